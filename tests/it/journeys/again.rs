//! A file that failed is mended and run again; an undo is owed when the files are gone.

use crate::crash::Scene;
use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::model::{EventKind, FileStatus};
use caribou::store::Reader;

async fn a_mended_file_runs_again_as_a_new_attempt(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.unforeseen();
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO nowhere VALUES (1);\n");
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    scene.project.run(&["migrate"]).exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None, "undone");

    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1));
    let mut reader = Reader::open(&scene.store).await.unwrap();
    let mut history = Vec::new();
    for batch in reader.batches(10).await.unwrap().iter().rev() {
        history.extend(reader.files(batch.batch_id).await.unwrap());
    }
    let [first, second] = &history[..] else { panic!("two attempts: {history:?}") };
    assert_eq!((first.status, second.status), (FileStatus::RolledBack, FileStatus::Completed));
    assert!(first.path == second.path && first.hash != second.hash && first.batch_id < second.batch_id, "{history:?}");
    // The text of each attempt is kept: what failed can still be read.
    for file in &history {
        let world = reader.world(file.batch_id).await.unwrap().unwrap();
        let source = world.file(file.batch_id, file.file_id).unwrap().source.clone();
        assert!(reader.source(&source).await.unwrap().is_some(), "{file:?}");
    }
    reader.close().await;
    let again = scene.project.run(&["migrate"]).exits(0);
    assert!(!again.stdout.contains("0001_t.sql  "), "nothing is left to do: {again:?}");
    scene.agree().await;
}

/// The branch is gone, and with it the directory: the texts come from the database.
async fn an_undo_is_owed_when_the_files_are_gone(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0002_b.sql", "CREATE TABLE b (id INT);\nINSERT INTO b VALUES (1);\n");
    scene.project.migration("0002_b.rollback.sql", "DROP TABLE b;\n");
    let mut running = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    scene.until("it holds", |e| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(())).await;
    for step in 1..=1 {
        scene.project.run(&["step", "--yes"]).exits(0);
        let ended = |kind: &EventKind| matches!(kind, EventKind::StatementFinished { .. });
        scene.until("a step has ended", |e| (e.iter().filter(|e| ended(&e.kind)).count() >= step).then_some(())).await;
    }
    running.kill();
    drop(running);
    std::fs::remove_dir_all(scene.project.path("migrations")).expect("the files are gone");

    // Another checkout, of another branch, on another machine.
    let elsewhere = Project::on(&fresh);
    elsewhere.configure("[workers]\nlease_ttl = \"5s\"");
    let worker = Running::start(&mut elsewhere.command(&["worker"]));
    let leases =
        |e: &[caribou::model::Event]| e.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count();
    scene.until("it is taken over", |e| (leases(e) == 2).then_some(())).await;
    elsewhere.run(&["abort", "--yes", "--reason", "the branch was dropped"]).exits(0);
    scene
        .until("the batch has ended", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. })).then_some(())
        })
        .await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM b").await, None);
    worker.signal(nix::sys::signal::Signal::SIGTERM);
    worker.wait().exits(0);
    let doctor = elsewhere.run(&["doctor"]).exits(0);
    assert!(doctor.stdout.contains("journal"), "{doctor:?}");
}

on_every_server!(a_mended_file_runs_again_as_a_new_attempt, an_undo_is_owed_when_the_files_are_gone);
