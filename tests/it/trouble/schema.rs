//! Tables of ours that are made by several at once, or spoilt: found by `doctor`, and mended by what it says.

use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server, run_on};
use caribou::database::{Place, Purpose, ServerKind};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

async fn change(fresh: &Fresh, sql: &str) {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let sql = sql.replace("OURS", &fresh.schemas().orchestration);
    session.query_text(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    session.close().await;
}

async fn number(fresh: &Fresh, sql: &str) -> i64 {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let rows = session.query_text(&sql.replace("OURS", &fresh.schemas().orchestration)).await.expect("rows");
    session.close().await;
    rows[0].get_i64(0)
}

fn migrated(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    for n in 1..=2 {
        project.migration(&format!("000{n}_t.sql"), format!("CREATE TABLE t{n} (id INT);\n"));
        project.run(&["migrate"]).exits(0);
    }
    project
}

/// Gives what `doctor` says of one thing: its verdict and its remedy.
#[track_caller]
fn examined(project: &Project, check: &str) -> (String, String) {
    let ran = project.run(&["doctor", "--format", "json"]);
    let findings = ran.json()["findings"].as_array().expect("findings").clone();
    let finding = findings.iter().find(|f| f["check"] == check).unwrap_or_else(|| panic!("no {check}: {ran:?}"));
    let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let (verdict, remedy) = (text("verdict"), text("remedy"));
    assert_eq!(ran.code == Some(0), findings.iter().all(|f| f["verdict"] != "wrong"), "{ran:?}");
    (verdict, remedy)
}

/// Carries out the SQL at the end of a remedy.
async fn carry_out(fresh: &Fresh, remedy: &str) {
    let sql = remedy.rsplit_once(": ").expect("SQL after a colon").1;
    // The colon of JSON text is none of the remedy's.
    let sql = ["INSERT INTO", "DELETE FROM", "UPDATE ", "ALTER TABLE"]
        .iter()
        .filter_map(|verb| remedy.find(verb))
        .min()
        .map_or(sql, |at| &remedy[at..]);
    for statement in sql.split("; ") {
        change(fresh, statement).await;
    }
}

async fn first_installations_at_the_same_time(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").migration("0002_b.sql", "CREATE TABLE b (id INT);\n");
    let all: Vec<Running> = (0..4).map(|_| Running::start(&mut project.command(&["migrate"]))).collect();
    for running in all {
        running.wait().exits(0);
    }
    assert_eq!(project.run(&["history", "--format", "json"]).json().as_array().map(Vec::len), Some(1));
    project.run(&["doctor"]).exits(0);
    let installs: Vec<Running> = (0..3).map(|_| Running::start(&mut project.command(&["schema", "install"]))).collect();
    installs.into_iter().for_each(|running| drop(running.wait().exits(0)));
}

async fn a_lease_without_its_row(fresh: Fresh) {
    let project = migrated(&fresh);
    let token = number(&fresh, "SELECT token FROM OURS.migration_leases").await;
    change(&fresh, "DELETE FROM OURS.migration_leases").await;
    let (verdict, remedy) = examined(&project, "lease");
    assert!(verdict == "wrong" && remedy.contains("caribou schema install"), "{verdict}: {remedy}");
    project.migration("0003_t.sql", "CREATE TABLE t3 (id INT);\n");
    assert!(project.run(&["migrate"]).exits(3).stderr.contains("caribou doctor"));
    project.run(&["schema", "install"]).exits(0);
    assert_eq!(examined(&project, "lease").0, "ok");
    project.run(&["migrate"]).exits(0);
    assert_eq!(number(&fresh, "SELECT token FROM OURS.migration_leases").await, token + 1);
}

async fn a_journal_with_a_gap(fresh: Fresh) {
    let project = migrated(&fresh);
    change(&fresh, "DELETE FROM OURS.migration_events WHERE batch_id = 1 AND seq = 3").await;
    let (verdict, remedy) = examined(&project, "events");
    assert_eq!(verdict, "wrong");
    carry_out(&fresh, &remedy).await;
    let (verdict, _) = examined(&project, "events");
    assert_eq!(verdict, "warning", "it has no journal any more");
    assert!(project.run(&["status", "--batch", "1"]).exits(0).stdout.contains("completed"));
    project.run(&["migrate"]).exits(0);
}

async fn a_gap_in_the_journal_of_the_system(fresh: Fresh) {
    let project = migrated(&fresh);
    change(&fresh, "DELETE FROM OURS.migration_events WHERE batch_id = 0 AND seq IN (1, 3)").await;
    let (verdict, remedy) = examined(&project, "events");
    assert_eq!(verdict, "wrong");
    carry_out(&fresh, &remedy).await;
    assert_eq!(examined(&project, "events").0, "ok");
    project.migration("0003_t.sql", "CREATE TABLE t3 (id INT);\n");
    project.run(&["migrate"]).exits(0);
    project.run(&["doctor"]).exits(0);
}

async fn an_open_batch_without_a_journal(fresh: Fresh) {
    let project = migrated(&fresh);
    project.migration("0003_t.sql", "CREATE TABLE t3 (id INT);\n");
    let running = Running::start(&mut project.command(&["migrate", "--step"]));
    running.wait_text("stepping");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().exits(130);
    change(&fresh, "DELETE FROM OURS.migration_events WHERE batch_id = 3").await;
    let (verdict, remedy) = examined(&project, "events");
    assert_eq!(verdict, "wrong");
    carry_out(&fresh, &remedy).await;
    assert_eq!(examined(&project, "events").0, "warning");
    project.run(&["migrate"]).exits(0);
    assert_eq!(number(&fresh, "SELECT COUNT(*) FROM OURS.migration_batches WHERE batch_status = 'completed'").await, 3);
}

async fn a_table_that_is_gone(fresh: Fresh) {
    let project = migrated(&fresh);
    change(&fresh, "DROP TABLE OURS.migration_rollback_log").await;
    let (verdict, remedy) = examined(&project, "schema");
    assert!(verdict == "wrong" && remedy.contains("caribou schema install"), "{verdict}: {remedy}");
    project.run(&["schema", "install"]).exits(0);
    project.run(&["doctor"]).exits(0);
}

async fn a_column_of_another_type(fresh: Fresh) {
    let project = migrated(&fresh);
    change(&fresh, "ALTER TABLE OURS.migration_files MODIFY COLUMN file_path VARCHAR(40) NOT NULL").await;
    let (verdict, remedy) = examined(&project, "schema");
    assert_eq!(verdict, "wrong");
    carry_out(&fresh, &remedy).await;
    project.run(&["doctor"]).exits(0);
}

async fn a_file_that_is_no_database(fresh: Fresh) {
    let project = migrated(&fresh);
    let Place::Sqlite { dir } = &fresh.target.place else { panic!("files") };
    let file = dir.join(format!("{}.db", fresh.schemas().orchestration));
    std::fs::write(&file, "not a database, and long enough to be looked at: ".repeat(40)).expect("spoilt");
    for rest in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{rest}", file.display())));
    }
    let (verdict, remedy) = examined(&project, "schema");
    assert_eq!(verdict, "wrong");
    let moved = remedy.split('`').nth(1).expect("a command").to_owned();
    let status = std::process::Command::new("sh").args(["-c", &moved]).status().expect("a shell");
    assert!(status.success() && moved.starts_with("mv "), "{moved}");
    project.run(&["schema", "install"]).exits(0);
    project.run(&["doctor"]).exits(0);
}

/// What is kept of core's rows, and the texts of its files, are as much to others' eyes as core is.
async fn files_are_to_be_read_by_whoever_may_read_core(fresh: Fresh) {
    let project = Project::on(&fresh);
    fresh.sql("CREATE TABLE people (id INTEGER PRIMARY KEY); INSERT INTO people VALUES (1)").await;
    let dir = fresh.sqlite_dir().expect("files");
    let files = || std::fs::read_dir(&dir).expect("files").map(|file| file.expect("a file").path());
    for path in files() {
        std::fs::set_permissions(path, Permissions::from_mode(0o640)).expect("permissions");
    }
    project.migration("0001_gone.sql", "DELETE FROM people;\nCREATE TABLE made (id INT);\n");
    project.run(&["migrate"]).exits(0);
    let mode = |path: &PathBuf| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let is_database = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "db");
    let modes: Vec<(PathBuf, u32)> = files().filter(is_database).map(|path| (path.clone(), mode(&path))).collect();
    assert!(modes.len() > 2 && modes.iter().all(|(_, mode)| *mode == 0o640), "{modes:?}");
}

#[test]
fn files_of_sqlite_are_to_be_read_by_whoever_may_read_core() {
    run_on(ServerKind::Sqlite, files_are_to_be_read_by_whoever_may_read_core);
}

#[test]
fn a_file_that_is_no_database_on_sqlite() {
    run_on(ServerKind::Sqlite, a_file_that_is_no_database);
}

on_every_server!(
    first_installations_at_the_same_time,
    a_lease_without_its_row,
    a_journal_with_a_gap,
    a_gap_in_the_journal_of_the_system,
    an_open_batch_without_a_journal,
    a_table_that_is_gone,
);
on_both_servers!(a_column_of_another_type);
