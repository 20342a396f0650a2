//! The freeze of a SQLite file: its write lock, held while no file runs.

use crate::support::{Fresh, Project, Running, run_on};
use caribou::database::{ErrorKind, Purpose, ServerKind};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_file_is_frozen_while_no_file_runs() {
    run_on(ServerKind::Sqlite, frozen);
}

async fn frozen(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[policy]\nfreeze = \"critical\"\n[freeze]\nmax_idle = \"8s\"");
    project.migration("0001_a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);\n");
    project.migration("0002_b.sql", "-- caribou: freeze=critical\nINSERT INTO a VALUES (1);\n");
    project.migration("0003_c.sql", "INSERT INTO a VALUES (2);\n");
    let said = project.run(&["migrate"]).exits(0).stderr;
    assert!(said.contains("  frozen ") && said.contains("  thawed "), "who migrates is told: {said}");
    // The policy froze for the one file that asks for it.
    let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
    assert_eq!(told.matches("\"step\":\"begun\"").count(), 1, "{told}");
    assert!(told.contains("0002_b.sql asks for it") && told.contains("\"step\":\"thawed\""), "{told}");

    let working = Running::start(&mut project.command(&["worker"]));
    working.wait_text("Working on");
    let until = Instant::now() + PATIENCE;
    while project.run(&["freeze", "--yes", "--reason", "nobody writes"]).code != Some(0) {
        assert!(Instant::now() < until, "never frozen");
    }
    let status = project.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(
        (status["system"]["means"].as_str(), status["system"]["enforced"].as_bool()),
        (Some("write_lock"), Some(true))
    );
    let database = fresh.database().await;
    let mut application = database.open(Purpose::File).await.expect("a session");
    application.query_text("PRAGMA busy_timeout = 0").await.expect("it need not wait");
    let error = application.run("INSERT INTO a VALUES (3)").await.expect_err("the file is frozen");
    assert_eq!(error.kind, ErrorKind::LockWait, "{error}");
    assert_eq!(application.query_text("SELECT COUNT(*) FROM a").await.expect("reading goes on")[0].get_i64(0), 2);
    // A worker that nobody needs for so long lets go by itself, and says so.
    let until = Instant::now() + PATIENCE;
    while application.run("INSERT INTO a VALUES (3)").await.is_err() {
        assert!(Instant::now() < until, "never thawed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    application.close().await;
    let told = project.run(&["events", "0", "--format", "json"]).exits(0).stdout;
    assert!(told.contains("freeze.max_idle"), "{told}");
    working.signal(Signal::SIGTERM);
    working.wait().exits(0);
    assert_eq!(project.run(&["status", "--format", "json"]).exits(0).json()["system"]["status"], "normal");
}
