//! Rows that others have changed since are left as they are by an undo, and that is told wherever its end is told.

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::Purpose;
use std::time::{Duration, Instant};

const THREE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);\nINSERT INTO t VALUES (1, 1), (2, 2), (3, 3);\n";
const BUT_FOR: &str = "but for 1 row that others have changed since: t (1)";

async fn a_failed_file_is_undone_but_for_them(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(THREE).await;
    project.unforeseen();
    project.migration("0001_t.sql", "UPDATE t SET n = 0;\nINSERT INTO no_such_table VALUES (1);\n");
    let running = Running::start(&mut project.command(&["migrate", "--step"]));
    running.wait_text("stepping");
    project.run(&["step", "--yes"]).exits(0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while project.run(&["status", "--format", "json"]).json()["files"][0]["statement"] != 1 {
        assert!(Instant::now() < deadline, "the first statement never ran");
    }
    fresh.sql("UPDATE t SET n = 10 WHERE id = 1").await;
    project.run(&["resume", "--yes"]).exits(0);
    let ran = running.wait().exits(3);
    assert!(ran.stdout.contains(&format!("definitions and kept rows are as they were before, {BUT_FOR}")), "{ran:?}");
    assert!(ran.stderr.contains(&format!("undone, {BUT_FOR}")), "{ran:?}");
    assert!(ran.stdout.contains("Next: look at the rows that the undo left alone"), "{ran:?}");
    assert!(!ran.stdout.contains("verified"), "{ran:?}");
    let status = project.run(&["status"]).exits(0);
    assert!(status.stdout.contains(BUT_FOR), "{status:?}");
    let status = project.run(&["status", "--format", "json"]).json();
    assert!(status["files"][0]["rows_left_alone"][0].as_str().is_some_and(|row| row.starts_with("t (1)")), "{status}");
}

async fn a_rollback_says_before_and_after(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql(THREE).await;
    project.migration("0001_t.sql", "UPDATE t SET n = 0;\nCREATE TABLE u (id INT);\n");
    project.run(&["migrate"]).exits(0);
    fresh.sql("UPDATE t SET n = 10 WHERE id = 1; INSERT INTO u VALUES (1), (2)").await;
    let would = project.run(&["rollback", "--dry-run"]).exits(0).stdout;
    assert!(would.contains("2 rows WRITTEN SINCE would be lost."), "{would}");
    assert!(would.contains("1 row that others have changed since will be LEFT ALONE"), "{would}");
    let would = project.run(&["rollback", "--dry-run", "--format", "json"]).exits(0).json();
    assert_eq!((&would["rows_written_since"], &would["rows_left_alone"]), (&3.into(), &1.into()), "{would}");
    fresh.sql("DELETE FROM u").await;
    let ran = project.run(&["rollback", "--reason", "a test", "--class", "C", "--yes"]).exits(0);
    let id = ran.stdout.split("rollback ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a number").to_owned();
    let ran = project.run(&["approve", &id, "--reason", "a test", "--yes"]).exits(3);
    assert!(ran.stdout.contains(BUT_FOR) && !ran.stdout.contains("verified"), "{ran:?}");
    let status = project.run(&["status", "--batch", "1"]).exits(0);
    assert!(status.stdout.contains(BUT_FOR), "{status:?}");
    assert_eq!(number(&fresh, "SELECT n FROM t WHERE id = 1").await, 10);
    assert_eq!(number(&fresh, "SELECT n FROM t WHERE id = 2").await, 2);
}

async fn number(fresh: &Fresh, sql: &str) -> i64 {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.unwrap();
    let rows = session.query_text(sql).await.unwrap();
    session.close().await;
    rows[0].get_i64(0)
}

on_every_server!(a_failed_file_is_undone_but_for_them, a_rollback_says_before_and_after);
