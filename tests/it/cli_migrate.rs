//! `migrate` and what shows it, through the real binary, on every server.

use crate::support::{Fresh, PrivateServer, Project, Ran, Running, on_both_servers, on_every_server, run_on};
use caribou::database::{Purpose, ServerKind};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

/// A project with two good files.
fn two_files(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project
        .migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(40));\n")
        .migration("0001_users.rollback.sql", "DROP TABLE users;\n")
        .migration("0002_names.sql", "INSERT INTO users VALUES (1, 'ana');\nINSERT INTO users VALUES (2, 'bo');\n")
        .migration("0002_names.rollback.sql", "DELETE FROM users WHERE id IN (1, 2);\n");
    project
}

/// Names of the tables in core.
async fn tables(fresh: &Fresh) -> Vec<String> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let found = session.relations(&fresh.schemas().core).await.expect("relations");
    session.close().await;
    found.into_iter().map(|r| r.name).collect()
}

async fn everything_runs_once_and_is_told(fresh: Fresh) {
    let project = two_files(&fresh);
    let first = project.run(&["migrate"]).exits(0);
    assert!(first.stderr.contains("completed   0001_users.sql"), "{first:?}");
    let none = project.run(&["events", "99"]).exits(2);
    assert!(none.stderr.contains("there is no batch 99") && none.stderr.contains("caribou history"), "{none:?}");
    assert!(first.stdout.contains("2 of 2 files completed"), "{first:?}");
    let again = project.run(&["migrate"]).exits(0);
    assert!(again.stdout.contains("Nothing to do"), "{again:?}");
    let status = project.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["batch"]["status"], "completed");
    assert_eq!((&status["batch"]["files_total"], &status["batch"]["percent"]), (&2.into(), &100.0.into()));
    assert_eq!(status["files"][1]["path"], "0002_names.sql");
    assert_eq!(status["files"][1]["state"], "idle");
    assert_eq!(status["worker"]["alive"], false);
    let history = project.run(&["history", "--format", "json"]).exits(0).json();
    assert_eq!(history.as_array().map(Vec::len), Some(1));
    let events = project.run(&["events", "--format", "json"]).exits(0);
    let last: serde_json::Value = serde_json::from_str(events.stdout.lines().last().expect("a line")).expect("JSON");
    assert!(last["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{last}");
    let doctor = project.run(&["doctor", "--format", "json"]);
    let journal =
        doctor.json()["findings"].as_array().expect("findings").iter().find(|f| f["check"] == "journal").cloned();
    assert_eq!(journal.expect("the journal is examined")["verdict"], "ok", "{doctor:?}");
}

async fn a_failure_is_undone_and_explained(fresh: Fresh) {
    let project = two_files(&fresh);
    // One after the other: what is half-way when another file fails is undone half-way, and that is another story.
    project.configure("[workers]\nparallel = 1").unforeseen();
    project
        .migration("0003_bad.sql", "CREATE TABLE kept_out (id INT);\n\nINSERT INTO no_such_table VALUES (1);\n")
        .migration("0003_bad.rollback.sql", "DROP TABLE kept_out;\n");
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("0003_bad.sql:3"), "{ran:?}");
    assert!(ran.stdout.contains("no_such_table"), "the server's words are there: {ran:?}");
    assert!(ran.stdout.contains("undone       yes"), "{ran:?}");
    assert_eq!(tables(&fresh).await, Vec::<String>::new());
    let json = project.run(&["migrate", "--format", "json"]).exits(1).json();
    assert_eq!((&json["batch"]["status"], &json["files"][2]["status"]), (&"rolled_back".into(), &"rolled_back".into()));
    project.migration("0003_bad.sql", "CREATE TABLE kept_out (id INT);\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(tables(&fresh).await, ["kept_out", "users"]);
}

async fn what_cannot_be_undone_needs_a_person(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration(
            "0001_good.sql",
            "CREATE TABLE stays (id INT);\nCREATE PROCEDURE p() INSERT INTO stays VALUES (1);\n",
        )
        .migration("0002_bad.sql", "CALL p();\nINSERT INTO no_such_table VALUES (1);\n");
    let ran = project.run(&["migrate", "--accept-irreversible"]).exits(3);
    assert!(ran.stdout.contains("a person has to look"), "{ran:?}");
    assert_eq!(tables(&fresh).await, ["stays"]);
    let retry = project.run(&["retry", "0002_bad", "--yes", "--reason", "again", "--no-wait"]).exits(0);
    assert!(retry.stdout.contains("submitted"), "{retry:?}");
}

on_every_server!(everything_runs_once_and_is_told, a_failure_is_undone_and_explained,);

on_both_servers!(what_cannot_be_undone_needs_a_person, who_follows_a_worker_lives_through_a_restart);

/// A statement that takes some seconds.
const SLOW: &str = "CREATE TABLE slow AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) \
                    SELECT i FROM n;\n";

fn slow_project(fresh: &Fresh) -> Project {
    let project = two_files(fresh);
    project.migration("0003_slow.sql", SLOW).migration("0003_slow.rollback.sql", "DROP TABLE slow;\n");
    project.migration("0004_last.sql", "CREATE TABLE last (id INT);\n");
    project.migration("0004_last.rollback.sql", "DROP TABLE last;\n");
    project
}

#[test]
fn a_dry_run_touches_nothing() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = two_files(&fresh);
        let said = project.run(&["migrate", "--dry-run", "--format", "json"]).exits(0).json();
        assert_eq!(said["files"].as_array().map(Vec::len), Some(2));
        project.run(&["plan"]).exits(0);
        project.run(&["status"]).exits(0);
        assert!(!fresh.sqlite_dir().expect("a directory").exists(), "looking made the database");
    });
}

#[test]
fn a_target_stops_there() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = two_files(&fresh);
        let ran = project.run(&["migrate", "--target", "0001_users"]).exits(0);
        assert!(ran.stdout.contains("1 of 1 file completed"), "{ran:?}");
        let refused = project.run(&["migrate", "--target", "0009"]).exits(2);
        assert!(refused.stderr.contains("0009"), "{refused:?}");
    });
}

#[test]
fn an_interrupt_pauses_safely_and_the_next_run_goes_on() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        let running = Running::start(&mut project.command(&["migrate"]));
        running.wait_text("completed   0002_names.sql");
        running.signal(Signal::SIGINT);
        let ran = running.wait().exits(130);
        assert!(ran.stderr.contains("Pausing safely"), "{ran:?}");
        let status = project.run(&["status", "--format", "json"]).exits(0).json();
        assert_eq!((&status["batch"]["status"], &status["batch"]["hold"]), (&"running".into(), &"paused".into()));
        let again = project.run(&["migrate"]).exits(0);
        assert!(again.stderr.contains("is unfinished"), "{again:?}");
        assert!(again.stdout.contains("4 of 4 files completed"), "{again:?}");
    });
}

#[test]
fn a_file_interrupted_between_two_statements_goes_on_with_the_next() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = two_files(&fresh);
        let text = "CREATE TABLE a (id INT);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n";
        project.migration("0003_three.sql", text).migration("0003_three.rollback.sql", "DROP TABLE a;\n");
        project.run(&["migrate", "--target", "0002_names"]).exits(0);
        let running = Running::start(&mut project.command(&["migrate", "--step"]));
        running.wait_text("stepping");
        project.run(&["step", "--yes"]).exits(0);
        running.signal(Signal::SIGINT);
        running.wait().exits(130);
        let status = project.run(&["status", "--format", "json"]).exits(0).json();
        assert_eq!((&status["files"][0]["state"], &status["files"][0]["statement"]), (&"migrating".into(), &1.into()));
        let again = project.run(&["migrate", "--format", "json"]).exits(0).json();
        assert_eq!(again["batch"]["status"], "completed", "{again}");
        let journal = project.run(&["events", "--format", "json"]).exits(0).stdout;
        assert_eq!(journal.matches("\"statement_started\"").count(), 3, "each ran once: {journal}");
    });
}

/// The worker lives through a restart of its server, and so does whoever follows it.
async fn who_follows_a_worker_lives_through_a_restart(shared: Fresh) {
    let mut server = PrivateServer::own(shared.kind, &[]);
    let fresh = Fresh::in_server(&server);
    let project = two_files(&fresh);
    project.run(&["schema", "install"]).exits(0);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Working on");
    let migrate = Running::start(&mut project.command(&["migrate", "--step"]));
    migrate.wait_text("stepping");
    server.crash();
    migrate.wait_text("connecting again");
    server.restart();
    migrate.wait_text("Connected again");
    // The worker connects again by itself, at about the same time.
    let deadline = Instant::now() + Duration::from_secs(60);
    let alive = || project.run(&["status", "--format", "json"]).json()["worker"]["alive"] == true;
    while !alive() {
        assert!(Instant::now() < deadline, "the worker lives: {:?}", project.run(&["status"]));
    }
    project.run(&["resume", "--yes"]).exits(0);
    let ended = migrate.wait().exits(0);
    assert!(ended.stderr.contains("completed   0002_names.sql"), "{ended:?}");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

#[test]
fn a_batch_goes_to_the_live_worker_and_operators_are_obeyed() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        project.run(&["schema", "install"]).exits(0);
        let worker = Running::start(&mut project.command(&["worker"]));
        worker.wait_text("Working on");
        let migrate = Running::start(&mut project.command(&["migrate", "--step"]));
        migrate.wait_text("stepping");
        let effective = |arguments: &[&str]| -> Ran {
            let ran = project.run(arguments).exits(0);
            assert!(ran.stdout.contains("effective"), "{ran:?}");
            ran
        };
        effective(&["step", "--yes"]);
        effective(&["step", "--transition", "--yes"]);
        effective(&["break", "0003_slow", "--yes"]);
        effective(&["resume", "--yes"]);
        migrate.wait_text("breakpoint at 0003_slow.sql");
        let refused = project.run(&["pause", "--yes"]).exits(2);
        assert!(refused.stdout.contains("paused already"), "{refused:?}");
        let unreasoned = project.run(&["abort", "--yes"]).exits(2);
        assert!(unreasoned.stderr.contains("needs a reason"), "{unreasoned:?}");
        effective(&["abort", "--yes", "--reason", "enough for today"]);
        let ended = migrate.wait().exits(1);
        assert!(ended.stderr.contains("Handing the batch to the worker"), "{ended:?}");
        assert_eq!(tables(&fresh).await, Vec::<String>::new());
        worker.signal(Signal::SIGTERM);
        worker.wait().exits(0);
    });
}

#[test]
fn a_verb_without_a_worker_says_so_at_once() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        let running = Running::start(&mut project.command(&["migrate", "--step"]));
        running.wait_text("stepping");
        running.signal(Signal::SIGTERM);
        running.wait().exits(130);
        let alone = project.run(&["resume", "--yes"]).exits(4);
        assert!(alone.stdout.contains("no worker is alive"), "{alone:?}");
        let unasked = project.run(&["resume"]).exits(2);
        assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
        project.run(&["migrate"]).exits(0);
    });
}

#[test]
fn two_migrations_at_once_are_one_after_the_other() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        let first = Running::start(&mut project.command(&["migrate"]));
        first.wait_text("completed   0002_names.sql");
        let second = project.run(&["migrate"]).exits(0);
        assert!(second.stderr.contains("following"), "{second:?}");
        first.wait().exits(0);
        assert_eq!(project.run(&["history", "--format", "json"]).json().as_array().map(Vec::len), Some(1));
    });
}
