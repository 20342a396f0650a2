//! SQLite lets one session write to a file at a time: the sessions of a worker do not meet in one.

use super::Scene;
use crate::support::{Fresh, run_on};
use caribou::database::ServerKind;
use caribou::model::{EventKind, FileId};
use std::time::{Duration, Instant};

/// Makes a table that takes about this long here when it is joined three times with itself.
async fn slow_rows(scene: &Scene, lasting: Duration) {
    const TRIED: u32 = 180;
    let mut session = scene.session().await;
    session.run("CREATE TABLE slow (n INT)").await.unwrap();
    let numbers = |count: u32| {
        let numbers = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)";
        format!("INSERT INTO slow {numbers} SELECT n FROM c LIMIT {count}")
    };
    session.run(&numbers(TRIED)).await.unwrap();
    let began = Instant::now();
    session.run(&format!("SELECT {JOINED}")).await.unwrap();
    let times = lasting.as_secs_f64() / began.elapsed().as_secs_f64();
    let wanted = (f64::from(TRIED) * times.cbrt()) as u32;
    session.run("DELETE FROM slow").await.unwrap();
    session.run(&numbers(wanted)).await.unwrap();
    session.close().await;
}

const JOINED: &str = "COUNT(*) FROM slow a, slow b, slow c WHERE a.n < b.n";

/// The heartbeat and the journal have another file than the statement: a lease of a second outlives one of three.
async fn the_journal_is_written_beside_a_transaction_of_a_file(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let url = fresh.url();
    scene.project.write("caribou.toml", format!("[database]\nurl = \"{url}\"\n[workers]\nlease_ttl = \"1s\"\n"));
    slow_rows(&scene, Duration::from_secs(3)).await;
    let slowly = format!(
        "CREATE TABLE t (id INT);\nBEGIN;\nINSERT INTO t SELECT {JOINED};\nINSERT INTO t SELECT {JOINED};\nCOMMIT;\n"
    );
    scene.project.migration("0001_t.sql", &slowly);
    scene.project.migration("0002_u.sql", "CREATE TABLE u (id INT);");
    scene.project.run(&["migrate"]).exits(0);
    let events = scene.events().await;
    let took: u64 = events
        .iter()
        .map(|e| match e.kind {
            EventKind::StatementFinished { file: FileId(1), ms, .. } => ms,
            _ => 0,
        })
        .sum();
    assert!(took > 1_100, "too fast for the lease to run out in it: {took}");
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(2));
    assert_eq!(scene.number("SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'caribou$%'").await, Some(0));
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
