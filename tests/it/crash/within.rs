//! What happens within a file that stands between two statements: ends of the process, aborts, transactions left open.

use super::Scene;
use crate::support::{Fresh, Running, on_every_server};
use caribou::model::{Event, EventKind, FileState};
use nix::sys::signal::Signal;

/// A batch in step mode with so many statements run, each seen in the journal.
async fn stepped(scene: &Scene, steps: usize) -> Running {
    let running = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    scene.until("it holds", |e| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(())).await;
    for step in 1..=steps {
        scene.project.run(&["step", "--yes"]).exits(0);
        let ended = |e: &&Event| matches!(e.kind, EventKind::StatementFinished { .. });
        scene.until("a step has ended", |e| (e.iter().filter(ended).count() >= step).then_some(())).await;
    }
    running
}

async fn an_interrupt_within_a_file_goes_on_there(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let up = "CREATE TABLE a (id INT);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n";
    scene.project.migration("0001_a.sql", up);
    let running = stepped(&scene, 2).await;
    running.signal(Signal::SIGINT);
    running.wait().exits(130);
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(2), "each once");
    scene.agree().await;
}

async fn a_transaction_that_ends_with_its_process_is_not_counted(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    let up = "BEGIN;\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nCOMMIT;\n";
    scene.project.migration("0002_a.sql", up);
    let mut running = stepped(&scene, 3).await;
    running.kill();
    let again = scene.migrate();
    let is_lost = |e: &Event| matches!(e.kind, EventKind::TransactionUndone { .. });
    scene.until("the transaction is found lost", |events| events.iter().any(is_lost).then_some(())).await;
    scene.project.run(&["resume", "--yes"]).exits(0);
    again.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(0));
    scene.agree().await;
}

async fn an_abort_within_a_transaction_needs_no_script(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    scene.project.migration("0002_a.sql", "BEGIN;\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nCOMMIT;\n");
    let running = stepped(&scene, 3).await;
    scene.project.run(&["abort", "--yes", "--reason", "not now"]).exits(0);
    running.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(0));
    let moves = |e: &Event| matches!(e.kind, EventKind::FileMoved { to: FileState::Failed, .. });
    assert!(!scene.events().await.iter().any(moves), "there was nothing to undo");
    scene.agree().await;
}

async fn a_script_that_never_commits_is_not_completed(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    scene.project.migration("0002_a.sql", "BEGIN;\nINSERT INTO a VALUES (1);\n");
    scene.project.migration("0001_a.rollback.sql", "DROP TABLE a;\n");
    let ran = scene.project.run(&["migrate"]).exits(1);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("COMMIT"), "{ran:?}");
    scene.agree().await;
}

on_every_server!(
    an_interrupt_within_a_file_goes_on_there,
    a_transaction_that_ends_with_its_process_is_not_counted,
    an_abort_within_a_transaction_needs_no_script,
    a_script_that_never_commits_is_not_completed,
);
