//! SQLite lets one session write to a file at a time, and a statement's receipt stands in the journal's file: neither
//! session of a worker may wait for the other for ever.

use super::Scene;
use crate::support::{Fresh, run_on};
use caribou::database::{Purpose, ServerKind};
use caribou::model::{EventKind, FileId};
use std::time::{Duration, Instant};

/// Makes a table that takes about this long here when it is joined three times with itself.
async fn slow_rows(scene: &Scene, table: &str, lasting: Duration) {
    const TRIED: u32 = 180;
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    session.query_text(&format!("CREATE TABLE {table} (n INT)")).await.unwrap();
    let numbers = |count: u32| {
        let numbers = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)";
        format!("INSERT INTO {table} {numbers} SELECT n FROM c LIMIT {count}")
    };
    session.query_text(&numbers(TRIED)).await.unwrap();
    let began = Instant::now();
    session.query_text(&format!("SELECT COUNT(*) FROM {table} a, {table} b, {table} c WHERE a.n < b.n")).await.unwrap();
    let times = lasting.as_secs_f64() / began.elapsed().as_secs_f64();
    let wanted = (f64::from(TRIED) * times.cbrt()) as u32;
    session.query_text(&format!("DELETE FROM {table}")).await.unwrap();
    session.query_text(&numbers(wanted)).await.unwrap();
    session.close().await;
}

/// The receipt is written and not yet committed when the worker wants to journal its progress.
async fn the_journal_is_written_beside_a_transaction_of_a_file(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    // The heartbeat waits for the receipt too: a lease of two seconds would run out.
    scene
        .project
        .write("caribou.toml", format!("[database]\nurl = \"{}\"\n[workers]\nlease_ttl = \"60s\"\n", fresh.url()));
    let ours = &fresh.schemas().orchestration;
    slow_rows(&scene, &format!("{ours}.slow"), Duration::from_secs(3)).await;
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    let trigger = format!(
        "CREATE TRIGGER {ours}.slowly AFTER INSERT ON migration_receipts WHEN NEW.file_id = 2 BEGIN SELECT COUNT(*) FROM slow a, slow b, \
         slow c WHERE a.n < b.n; END"
    );
    session.query_text(&trigger).await.unwrap();
    session.close().await;
    for (name, up) in [
        ("0001", "CREATE TABLE t (id INT);"),
        ("0002", "INSERT INTO t VALUES (1);"),
        ("0003", "CREATE TABLE u (id INT);"),
    ] {
        scene.project.migration(&format!("{name}_t.sql"), up);
    }
    scene.project.run(&["migrate"]).exits(0);
    let events = scene.events().await;
    let took = events.iter().find_map(|e| match e.kind {
        EventKind::StatementFinished { file: FileId(2), ms, .. } => Some(ms),
        _ => None,
    });
    assert!(took.is_some_and(|ms| ms > 1_100), "too fast to meet the journal's commit after a second: {took:?}");
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1));
    scene.agree().await;
}

/// A core file that is not in WAL mode cannot be committed to while somebody reads it.
async fn a_commit_that_meets_a_reader_is_tried_again(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let mut reader = scene.session().await;
    reader.query_text("PRAGMA journal_mode = DELETE").await.unwrap();
    reader.run("CREATE TABLE t (id INT)").await.unwrap();
    reader.begin().await.unwrap();
    reader.run("SELECT * FROM t").await.unwrap();
    scene.project.migration("0001_t.sql", "INSERT INTO t VALUES (1);\n");
    let running = scene.migrate();
    scene
        .until("the commit waits", |events| {
            events.iter().find(|e| matches!(e.kind, EventKind::StatementWaited { .. })).map(drop)
        })
        .await;
    reader.commit().await.unwrap();
    running.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1));
    scene.agree().await;
}

#[test]
fn a_statement_and_the_journal_do_not_wait_for_each_other() {
    run_on(ServerKind::Sqlite, the_journal_is_written_beside_a_transaction_of_a_file);
}

#[test]
fn a_commit_is_tried_again_when_a_reader_has_left() {
    run_on(ServerKind::Sqlite, a_commit_that_meets_a_reader_is_tried_again);
}
