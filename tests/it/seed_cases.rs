//! The seven test cases of the founding document, by name, on every database, through the real binary.

use crate::support::{Fresh, Project, Ran};
use caribou::database::ServerKind;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// The states that a file went through, from the journal.
fn way(project: &Project, path: &str) -> Vec<String> {
    let status = project.run(&["status", "--format", "json"]).json();
    let files = status["files"].as_array().expect("files").clone();
    let file = files.iter().find(|f| f["path"] == path).unwrap_or_else(|| panic!("{path} in {files:?}"));
    let moves = events(project).into_iter().filter(|e| e["kind"] == "file_moved" && e["file"] == file["id"]);
    moves.map(|e| e["to"].as_str().expect("a state").to_owned()).collect()
}

fn events(project: &Project) -> Vec<Value> {
    lines(project.run(&["events", "--format", "json"]))
}

fn events_of(project: &Project, batch: &str) -> Vec<Value> {
    lines(project.run(&["events", "--batch", batch, "--format", "json"]))
}

fn lines(ran: Ran) -> Vec<Value> {
    let ran = ran.exits(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

fn file(document: &Value, path: &str) -> Value {
    let files = document["files"].as_array().expect("files");
    files.iter().find(|f| f["path"] == path).unwrap_or_else(|| panic!("{path} in {document}")).clone()
}

async fn tables(fresh: &Fresh) -> Vec<String> {
    let database = fresh.database().await;
    let mut session = database.open(caribou::database::Purpose::File).await.unwrap();
    let sql = match fresh.kind {
        ServerKind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
        _ => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
    };
    let rows = session.query_text(sql).await.unwrap();
    session.close().await;
    rows.iter().map(|r| r.get_text(0)).collect()
}

fn migrate(project: &Project) -> Ran {
    project.run(&["migrate", "--format", "json"])
}

/// Statements that nothing undoes: a call, whose effects no text tells; on SQLite rows that are too many to be kept.
async fn irreversible(fresh: &Fresh, project: &Project) -> &'static str {
    if fresh.kind != ServerKind::Sqlite {
        return "CREATE PROCEDURE p() SET @p = 1;\nCALL p();\n";
    }
    run_by_hand(fresh, &["CREATE TABLE old (id INTEGER PRIMARY KEY)", "INSERT INTO old VALUES (1), (2)"]).await;
    project.configure("[undo]\nmax_rows = 1");
    "DELETE FROM old;\n"
}

async fn run_by_hand(fresh: &Fresh, statements: &[&str]) {
    let database = fresh.database().await;
    let mut session = database.open(caribou::database::Purpose::File).await.unwrap();
    for sql in statements {
        session.run(sql).await.unwrap();
    }
    session.close().await;
}

/// The same for files that nothing undoes.
fn migrate_all_the_same(project: &Project) -> Ran {
    project.run(&["migrate", "--format", "json", "--accept-irreversible"])
}

const GOOD: [&str; 5] = ["preparing", "validating_pre", "migrating", "validating_post", "completing"];

fn good_way() -> Vec<String> {
    GOOD.into_iter().chain(["idle"]).map(str::to_owned).collect()
}

async fn test_case_1_happy_path(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration(
            "0001_users.sql",
            "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(40));\nINSERT INTO users VALUES (1, 'Ana');\n",
        )
        .migration("0001_users.rollback.sql", "DROP TABLE users;\n")
        .migration("0002_mail.sql", "ALTER TABLE users ADD COLUMN mail VARCHAR(80);\n");
    let document = migrate(&project).exits(0).json();
    assert_eq!(document["batch"]["status"], "completed");
    assert_eq!(document["batch"]["files_completed"], 2);
    for path in ["0001_users.sql", "0002_mail.sql"] {
        assert_eq!(file(&document, path)["status"], "completed");
        assert_eq!(way(&project, path), good_way(), "{path}");
    }
    assert_eq!(tables(&fresh).await, ["users"]);
    // Nothing is left to do, and saying so is no failure.
    migrate(&project).exits(0);
    project.run(&["doctor"]).exits(0);
}

async fn test_case_2_mid_execution_failure(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n")
        .migration("0001_a.rollback.sql", "DROP TABLE a;\n")
        .migration(
            "0002_b.sql",
            "-- caribou: requires=0001_a\n\
             CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b VALUES (1);\nINSERT INTO b VALUES (1);\n",
        )
        .migration("0002_b.rollback.sql", "DELETE FROM b;\nDROP TABLE b;\n");
    let document = migrate(&project).exits(1).json();
    assert_eq!(document["batch"]["status"], "rolled_back");
    assert_eq!(file(&document, "0002_b.sql")["state"], "idle");
    assert_eq!(file(&document, "0002_b.sql")["status"], "rolled_back");
    assert_eq!(way(&project, "0002_b.sql"), ["preparing", "validating_pre", "migrating", "rolling_back", "idle"]);
    let back: Vec<String> = good_way().into_iter().chain(["rolling_back".into(), "idle".into()]).collect();
    assert_eq!(way(&project, "0001_a.sql"), back, "a doctrine file takes the whole batch with it");
    assert_eq!(tables(&fresh).await, [""; 0], "nothing of the batch is left");
    let failed = events(&project).into_iter().find(|e| e["kind"] == "statement_failed").expect("it is journalled");
    assert_eq!(failed["statement"], 2);
    project.run(&["doctor"]).exits(0);
    // Mended, it runs as a new batch.
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    migrate(&project).exits(0);
    assert_eq!(tables(&fresh).await, ["a", "b"]);
}

async fn test_case_3_dependency_failure(fresh: Fresh) {
    let project = Project::on(&fresh);
    // What nothing undoes: the file ends in failed, with an effect that stands.
    let base = format!("CREATE TABLE base (id INT PRIMARY KEY);\n{}", irreversible(&fresh, &project).await);
    project
        .unforeseen()
        .migration("0001_base.sql", base)
        .migration("0002_worse.sql", "-- caribou: requires=0001_base\nINSERT INTO no_such_table VALUES (1);\n");
    migrate_all_the_same(&project).exits(3);
    std::fs::remove_file(project.path("migrations/0002_worse.sql")).unwrap();
    project.migration("0003_more.sql", "-- caribou: requires=0001_base\nCREATE TABLE more (id INT PRIMARY KEY);\n");
    std::fs::rename(project.path("migrations/0001_base.sql"), project.path("0001_base.sql")).unwrap();
    let document = migrate(&project).exits(1).json();
    let more = file(&document, "0003_more.sql");
    assert_eq!((&more["state"], &more["status"]), (&"failed".into(), &"failed".into()));
    let error = more["error"].as_str().expect("an error");
    assert!(error.contains("0001_base.sql") && error.contains("failed"), "{error}");
    assert_eq!(way(&project, "0003_more.sql"), ["preparing", "failed"]);
    assert!(!tables(&fresh).await.contains(&"more".to_owned()), "nothing was touched");
    project.run(&["doctor"]).exits(0);
}

/// A statement that takes long, on each server.
fn long_statement(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Sqlite => {
            "CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT max(i) AS m FROM n;"
        }
        _ => "INSERT INTO t SELECT SLEEP(600);",
    }
}

async fn test_case_4_partial_execution_recovery(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[workers]\nlease_ttl = \"10s\"");
    project
        .migration("0001_t.sql", format!("CREATE TABLE t (id INT PRIMARY KEY);\n{}\n", long_statement(fresh.kind)))
        .migration("0001_t.rollback.sql", "DELETE FROM t;\nDROP TABLE t;\n");
    let mut first = project.command(&["migrate"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    started(&project, 1);
    first.kill().unwrap();
    first.wait().unwrap();
    // What was left half-way is undone; then the file runs again, as it is by now.
    project.migration("0001_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n");
    let document = migrate(&project).exits(0).json();
    assert_eq!(
        (&document["batch"]["id"], &document["batch"]["status"]),
        (&2.into(), &"completed".into()),
        "{document}"
    );
    let crashed = project.run(&["status", "--batch", "1", "--format", "json"]).json();
    let t = file(&crashed, "0001_t.sql");
    assert_eq!((&t["state"], &t["status"]), (&"idle".into(), &"rolled_back".into()), "{crashed}");
    let events = events_of(&project, "1");
    let way: Vec<&Value> = events.iter().filter(|e| e["kind"] == "file_moved").map(|e| &e["to"]).collect();
    assert_eq!(way, ["preparing", "validating_pre", "migrating", "rolling_back", "idle"]);
    let decided = events.iter().find(|e| e["kind"] == "statement_decided").expect("it was in doubt");
    assert_eq!((&decided["statement"], &decided["effect"]), (&1.into(), &"none".into()), "{decided}");
    assert_eq!(tables(&fresh).await, ["t"]);
    project.run(&["doctor"]).exits(0);
}

/// Waits until the journal says that a statement (from 0) has started.
fn started(project: &Project, statement: u64) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let mut follow = loop {
        // The schema may not be there yet: following it then ends at once.
        let mut child = project
            .command(&["events", "--follow", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        match lines.next() {
            Some(Ok(first)) => break (child, lines, first),
            _ => assert!(std::time::Instant::now() < deadline, "the journal never began"),
        }
        child.wait().unwrap();
    };
    let is_it = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("JSON lines");
        event["kind"] == "statement_started" && event["statement"] == statement
    };
    let mut seen = is_it(&follow.2);
    while !seen {
        let line = follow.1.next().expect("the journal goes on").expect("it can be read");
        seen = is_it(&line);
    }
    follow.0.kill().unwrap();
    follow.0.wait().unwrap();
}

async fn test_case_5_validation_failure_pre(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "ALTER TABLE missing ADD COLUMN x INT;\n");
    let document = migrate(&project).exits(1).json();
    let a = file(&document, "0001_a.sql");
    assert_eq!((&a["state"], &a["status"]), (&"failed".into(), &"failed".into()));
    assert_eq!(way(&project, "0001_a.sql"), ["preparing", "validating_pre", "failed"]);
    let error = a["error"].as_str().expect("an error");
    assert!(error.contains("missing") && error.contains("line 1"), "{error}");
    let sent = events(&project).into_iter().filter(|e| e["kind"] == "statement_started").count();
    assert_eq!(sent, 0, "nothing was touched");
    // The cause is mended elsewhere; the file is retried as it is.
    let create = "CREATE TABLE missing (id INT PRIMARY KEY)";
    let database = fresh.database().await;
    let mut session = database.open(caribou::database::Purpose::File).await.unwrap();
    session.run(create).await.unwrap();
    session.close().await;
    let mut worker = live_worker(&project);
    project.run(&["retry", "0001_a.sql", "--yes", "--reason", "the table is there now"]).exits(0);
    // A run beside it hands over, and finds the file done.
    migrate(&project).exits(0);
    let document = project.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(file(&document, "0001_a.sql")["status"], "completed");
    assert_eq!(file(&document, "0001_a.sql")["retries"], 1);
    end(&mut worker);
}

/// A worker in a process of its own that holds the lease.
fn live_worker(project: &Project) -> Child {
    let worker = project.command(&["worker"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while project.run(&["status", "--format", "json"]).json()["worker"]["alive"] != true {
        assert!(std::time::Instant::now() < deadline, "the worker never took the lease");
    }
    worker
}

/// Asks it to end, as an init system does.
fn end(worker: &mut Child) {
    let pid = Pid::from_raw(i32::try_from(worker.id()).unwrap());
    kill(pid, Signal::SIGTERM).unwrap();
    assert!(worker.wait().unwrap().success());
}

async fn test_case_6_validation_failure_post(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n")
        .migration("0001_a.rollback.sql", "DROP TABLE a;\n")
        .migration("0001_a.verify.sql", "SELECT COUNT(*) > 0 FROM a;\n");
    let document = migrate(&project).exits(1).json();
    assert_eq!(file(&document, "0001_a.sql")["status"], "rolled_back");
    let expected = ["preparing", "validating_pre", "migrating", "validating_post", "rolling_back", "idle"];
    assert_eq!(way(&project, "0001_a.sql"), expected);
    assert_eq!(tables(&fresh).await, [""; 0]);
    assert_eq!(document["rollbacks"][0]["class"], "A");
    project.run(&["doctor"]).exits(0);
}

async fn test_case_7_rollback_failure(fresh: Fresh) {
    let project = Project::on(&fresh);
    let up = format!(
        "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\n{}",
        irreversible(&fresh, &project).await
    );
    project
        .migration("0001_a.sql", up)
        .migration("0001_a.verify.sql", "SELECT COUNT(*) = 2 FROM a;\n")
        .migration("0001_a.rollback.sql", "DELETE FROM nowhere;\nDROP TABLE a;\n");
    let document = migrate_all_the_same(&project).exits(3).json();
    let a = file(&document, "0001_a.sql");
    assert_eq!((&a["state"], &a["status"]), (&"failed".into(), &"failed".into()));
    let expected = ["preparing", "validating_pre", "migrating", "validating_post", "rolling_back", "failed"];
    assert_eq!(way(&project, "0001_a.sql"), expected);
    assert_eq!(document["batch"]["status"], "failed");
    assert!(document["alerts"].as_array().expect("alerts").iter().any(|alert| alert["type"] == "critical"));
    // A person has to look: it cannot be retried, and a new run is refused.
    let mut worker = live_worker(&project);
    let refused = project.run(&["retry", "0001_a.sql", "--yes", "--reason", "again"]).exits(2);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("effects that still stand"), "{said}");
    end(&mut worker);
    let refused = migrate(&project).exits(2);
    assert!(refused.stderr.contains("caribou settle"), "{}", refused.stderr);
    // The person drops the table, says so, and mends the file: it runs, with no row touched by hand in the journal.
    let sqlite = fresh.kind == ServerKind::Sqlite;
    let left = if sqlite { "INSERT INTO old VALUES (1), (2)" } else { "DROP PROCEDURE p" };
    run_by_hand(&fresh, &["DROP TABLE a", left]).await;
    let reason = ["--reason", "dropped table a by hand", "--yes"];
    project.run(&[&["settle", "0001_a.sql", "--as", "rolled_back"][..], &reason[..]].concat()).exits(0);
    let document = project.run(&["status", "--format", "json"]).json();
    assert_eq!(file(&document, "0001_a.sql")["status"], "rolled_back");
    assert_eq!(document["batch"]["status"], "rolled_back");
    project.migration("0001_a.verify.sql", "SELECT COUNT(*) = 1 FROM a;\n");
    migrate_all_the_same(&project).exits(0);
    project.run(&["doctor"]).exits(0);
}

crate::support::on_every_server!(
    test_case_1_happy_path,
    test_case_2_mid_execution_failure,
    test_case_3_dependency_failure,
    test_case_4_partial_execution_recovery,
    test_case_5_validation_failure_pre,
    test_case_6_validation_failure_post,
    test_case_7_rollback_failure,
);
