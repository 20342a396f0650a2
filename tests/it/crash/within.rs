//! Interruptions within a file that stands between two statements: ends of the process, aborts, transactions left open.

use super::{Scene, exits};
use crate::support::{Fresh, Ran, Running, on_both_servers, on_every_server};
use caribou::model::{BatchStatus, Event, EventKind, FileState, Phase};
use caribou::store::Reader;
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
    let up = "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n";
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
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    scene.project.run(&["migrate"]).exits(0);
    let up = "BEGIN;\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nCOMMIT;\n";
    scene.project.migration("0002_a.sql", up);
    let mut running = stepped(&scene, 3).await;
    running.kill();
    let again = scene.migrate();
    let is_lost = |e: &Event| matches!(e.kind, EventKind::TransactionUndone { .. });
    scene.until("the transaction is found lost", |events| events.iter().any(is_lost).then_some(())).await;
    scene.project.run(&["resume", "--yes"]).exits(0);
    // A crash is no fault of the file: it is undone, and runs again.
    again.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(2));
    scene.agree().await;
}

async fn an_abort_within_a_transaction_needs_no_script(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
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

/// The worker ended within the second file, and an operator aborts before another has undone that.
async fn an_abort_after_a_crash_takes_the_whole_batch_back(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    scene.project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b VALUES (1);\n");
    scene.project.migration("0001_a.rollback.sql", "DROP TABLE a;\n");
    scene.project.migration("0002_b.rollback.sql", "DROP TABLE b;\n");
    let mut running = stepped(&scene, 2).await;
    running.kill();
    // Nobody is there to answer; whoever comes next does.
    exits(scene.project.run(&["abort", "--yes", "--reason", "not like this"]), &[0, 4]);
    scene.project.run(&["migrate"]);
    assert_eq!(scene.number("SELECT COUNT(*) FROM b").await, None, "the file that the crash hit is undone");
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, None, "and so is the one that had completed");
    let mut reader = Reader::open(&scene.store).await.unwrap();
    assert_eq!(reader.batches(10).await.unwrap()[0].status, BatchStatus::RolledBack);
    reader.close().await;
    scene.agree().await;
}

/// The worker is lost between two steps of an undo, which stand in a transaction where the server has one for them.
async fn an_undo_held_between_two_steps_outlives_its_worker(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let up = "CREATE TABLE a (id INT PRIMARY KEY, n INT);\nINSERT INTO a VALUES (1, 1);\n";
    scene.project.migration("0001_a.sql", up);
    scene.project.run(&["migrate"]).exits(0);
    let up = "ALTER TABLE a ADD COLUMN c INT;\nUPDATE a SET c = 1;\nINSERT INTO a VALUES (1, 1, 1);\n";
    scene.project.migration("0002_a.sql", up);
    let mut running = stepped(&scene, 2).await;
    let undone = |e: &Event| matches!(e.kind, EventKind::StatementFinished { phase: Phase::Undo, .. });
    while !scene.events().await.iter().any(undone) {
        scene.project.run(&["step", "--yes"]);
    }
    running.kill();
    let again = scene.migrate();
    let found = |e: &Event| matches!(e.kind, EventKind::OutageEnded { .. });
    scene.until("it is taken over", |events| events.iter().any(found).then_some(())).await;
    scene.project.run(&["resume", "--yes"]);
    again.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(1));
    assert_eq!(scene.number("SELECT COUNT(c) FROM a").await, None, "the column is gone");
    let moves = |e: &Event| matches!(e.kind, EventKind::FileMoved { to: FileState::Failed, .. });
    assert!(!scene.events().await.iter().any(moves), "no person is needed");
    scene.agree().await;
}

async fn a_script_that_never_commits_is_not_completed(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    scene.project.migration("0002_a.sql", "BEGIN;\nINSERT INTO a VALUES (1);\n");
    scene.project.migration("0001_a.rollback.sql", "DROP TABLE a;\n");
    let ran = scene.project.run(&["migrate"]).exits(1);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("COMMIT"), "{ran:?}");
    scene.agree().await;
}

/// A crash under a statement that runs long, and what the next run says about it.
async fn crashed_under(fresh: Fresh, before: &str, up: &str, statement: u32) -> (Scene, Ran) {
    let scene = Scene::new(&fresh).await;
    fresh.native(before);
    scene.project.migration("0001_a.sql", up);
    let accepting = &["migrate", "--accept-irreversible"];
    let mut running = Running::start(&mut scene.project.command(accepting));
    super::running_statement(&scene, statement).await;
    running.kill();
    let ran = scene.project.run(accepting).exits(3);
    scene.agree().await;
    (scene, ran)
}

async fn a_crash_under_a_table_without_transactions_is_told(fresh: Fresh) {
    let before = "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM";
    let up = "INSERT INTO m VALUES (1);\nINSERT INTO m VALUES (2), (3 + SLEEP(600));\n";
    let (scene, ran) = crashed_under(fresh, before, up, 1).await;
    assert!(ran.stdout.contains("in doubt: statements 2"), "{ran:?}");
    let events = scene.project.run(&["events"]).exits(0).stdout;
    assert!(events.contains("has no transactions"), "{events}");
}

async fn a_crash_under_table_locks_is_told(fresh: Fresh) {
    let up = "LOCK TABLES t WRITE;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2 + SLEEP(600));\n";
    let (scene, ran) = crashed_under(fresh, "CREATE TABLE t (id INT PRIMARY KEY)", up, 2).await;
    // MySQL ends SLEEP when its connection is killed, and then keeps the row; MariaDB does not. Nobody can tell from here.
    assert!(scene.number("SELECT COUNT(*) FROM t").await >= Some(1), "each statement commits by itself");
    assert!(ran.stdout.contains("in doubt: statements 3"), "{ran:?}");
}

on_both_servers!(a_crash_under_a_table_without_transactions_is_told, a_crash_under_table_locks_is_told);

on_every_server!(
    an_interrupt_within_a_file_goes_on_there,
    a_transaction_that_ends_with_its_process_is_not_counted,
    an_abort_within_a_transaction_needs_no_script,
    an_abort_after_a_crash_takes_the_whole_batch_back,
    an_undo_held_between_two_steps_outlives_its_worker,
    a_script_that_never_commits_is_not_completed,
);
