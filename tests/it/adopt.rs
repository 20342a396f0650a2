//! Taking over the history of another tool: tables that the tools themselves wrote (`fixtures/adopt/`), and on those that
//! were written by hand what no tool would leave behind unasked.

mod documented;
mod in_step;
mod tools;

use crate::support::{Fresh, PrivateServer, Project, on_both_servers, on_every_server};
use caribou::database::{Purpose, ServerKind};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A tool whose own table lies among the fixtures.
struct Written {
    tool: &'static str,
    table: &'static str,
    files: usize,
    /// Rows about files that the directory does not hold.
    without_file: usize,
    /// Verdict on the texts.
    text: &'static str,
}

const WRITTEN: &[Written] = &[
    Written { tool: "alembic", table: "alembic_version", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "dbmate", table: "schema_migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "diesel", table: "__diesel_schema_migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "django", table: "django_migrations", files: 2, without_file: 18, text: "not_compared" },
    Written { tool: "drizzle", table: "__drizzle_migrations", files: 2, without_file: 0, text: "same" },
    Written { tool: "knex", table: "knex_migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "laravel", table: "migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "liquibase", table: "DATABASECHANGELOG", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "prisma", table: "_prisma_migrations", files: 2, without_file: 0, text: "same" },
    Written { tool: "rails", table: "schema_migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "refinery", table: "refinery_schema_history", files: 2, without_file: 0, text: "same" },
    Written { tool: "sql-migrate", table: "gorp_migrations", files: 2, without_file: 0, text: "not_compared" },
    Written { tool: "sqlx", table: "_sqlx_migrations", files: 2, without_file: 0, text: "same" },
    Written { tool: "yoyo", table: "_yoyo_migration", files: 2, without_file: 0, text: "not_compared" },
];

fn fixtures(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/adopt").join(tool)
}

/// A file of one statement.
fn plain(name: &str) -> String {
    format!("CREATE TABLE {name} (id INT PRIMARY KEY);\n")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => assert!(fs::copy(entry.path(), target).is_ok()),
        }
    }
}

/// Runs a script whose statements end with their lines.
async fn run_script(fresh: &Fresh, script: &str) {
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    for statement in script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        session.run(statement.trim_end_matches(';')).await.unwrap();
    }
    session.close().await;
}

/// The rows of a table, as text.
async fn rows(fresh: &Fresh, table: &str) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    let rows = session.query(&format!("SELECT * FROM {table} ORDER BY 1"), &[]).await.unwrap();
    session.close().await;
    rows.iter().map(|row| format!("{row:?}")).collect()
}

/// A project with the tool's directory, in a database with the tool's table. `None` where it wrote none for this server.
async fn brought_along(fresh: &Fresh, tool: &str) -> Option<Project> {
    let kind = fresh.database().await.kind();
    if !is_written(tool, kind) {
        return None;
    }
    let script = fixtures(tool).join(if kind == ServerKind::Sqlite { "sqlite.sql" } else { "servers.sql" });
    let script = fs::read_to_string(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    run_script(fresh, &script).await;
    let project = Project::on(fresh);
    copy(&fixtures(tool).join("migrations"), &project.path("migrations"));
    Some(project)
}

/// Prisma's engine for servers is a program that no registry has.
fn is_written(tool: &str, kind: ServerKind) -> bool {
    tool != "prisma" || kind == ServerKind::Sqlite
}

fn adopt(project: &Project, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["adopt", "--format", "json"].iter().chain(arguments).copied().collect();
    project.run(&all).exits(0).json()
}

async fn what_a_tool_has_run_does_not_run_again(fresh: Fresh) {
    let kind = fresh.database().await.kind();
    for written in WRITTEN {
        let fresh = Fresh::on(kind);
        let Some(project) = brought_along(&fresh, written.tool).await else { continue };
        let before = rows(&fresh, written.table).await;
        let looked = adopt(&project, &["--dry-run"]);
        assert_eq!(looked["batch"], Value::Null, "{looked}");
        let taken = adopt(&project, &["--yes"]);
        let files = taken["files"].as_array().unwrap();
        let without = taken["without_file"].as_array().unwrap().len();
        assert_eq!((files.len(), without), (written.files, written.without_file), "{}: {taken}", written.tool);
        assert!(files.iter().all(|file| file["text"] == written.text), "{}: {taken}", written.tool);
        assert!(taken["batch"].is_number() && taken["to_record"] == written.files, "{taken}");
        assert_eq!(rows(&fresh, written.table).await, before, "{}: its table is as it was", written.tool);

        let nothing = project.run(&["migrate"]).exits(0);
        assert!(nothing.stdout.contains("Nothing to do"), "{}: {nothing:?}", written.tool);
        let again = adopt(&project, &["--yes"]);
        assert_eq!((&again["to_record"], &again["batch"]), (&0.into(), &Value::Null), "{again}");
        let refused = project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "no"]);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(refused.stderr.contains("taken over from"), "{}: {refused:?}", written.tool);
        project.run(&["doctor"]).exits(0);
    }
}

/// Sqitch has a registry of its own beside what it migrates: one a server, one a directory.
async fn the_registry_of_sqitch_is_read(fresh: Fresh) {
    let server = (fresh.kind != ServerKind::Sqlite).then(|| PrivateServer::own(fresh.kind, &[]));
    let fresh = server.as_ref().map_or(fresh, Fresh::in_server);
    let script = |name: &str| fs::read_to_string(fixtures("sqitch").join(name)).unwrap();
    let registry = match &server {
        Some(server) => {
            server.ask(&format!("CREATE DATABASE sqitch; USE sqitch; {}", script("servers.sql"))).unwrap();
            Fresh::named(server, "sqitch")
        }
        None => Fresh::on(fresh.kind),
    };
    if let Some(dir) = fresh.sqlite_dir() {
        run_script(&registry, &script("sqlite.sql")).await;
        let made = registry.sqlite_dir().unwrap().join(format!("{}.db", registry.schemas().core));
        fs::create_dir_all(&dir).unwrap();
        fs::copy(made, dir.join("sqitch.db")).unwrap();
    }
    let project = Project::on(&fresh);
    copy(&fixtures("sqitch").join("migrations"), &project.path("migrations"));
    let taken = adopt(&project, &["--yes"]);
    let texts: Vec<&Value> = taken["files"].as_array().unwrap().iter().map(|file| &file["text"]).collect();
    assert_eq!((texts, &taken["to_record"]), (vec![&"same".into(), &"same".into()], &2.into()), "{taken}");
    let nothing = project.run(&["migrate"]).exits(0);
    assert!(nothing.stdout.contains("Nothing to do"), "{nothing:?}");
    assert_eq!(rows(&registry, "changes").await.len(), 2);
}

/// Number of columns of the table that the files are about.
async fn columns(fresh: &Fresh) -> usize {
    let mut session = fresh.database().await.open(Purpose::File).await.unwrap();
    session.run("INSERT INTO users (id, name) VALUES (7, 'Ana')").await.unwrap();
    let rows = session.query("SELECT * FROM users", &[]).await.unwrap();
    session.run("DELETE FROM users WHERE id = 7").await.unwrap();
    session.close().await;
    rows[0].len()
}

async fn what_is_new_runs_after_what_was_taken_over(fresh: Fresh) {
    let project = brought_along(&fresh, "dbmate").await.unwrap();
    run_script(&fresh, "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, email VARCHAR(80))").await;
    project.migration(
        "20260301080000_add_age.sql",
        "-- migrate:up\nALTER TABLE users ADD COLUMN age INT;\n\n-- migrate:down\nALTER TABLE users DROP COLUMN age;\n",
    );
    let taken = project.run(&["adopt", "--yes"]).exits(0);
    for words in ["2 files of this directory have run", "not run yet: 1", "add_age", "nothing was run"] {
        assert!(format!("{}{}", taken.stdout, taken.stderr).contains(words), "{words}: {taken:?}");
    }
    let ran = project.run(&["migrate", "--format", "json"]).exits(0).json();
    assert_eq!(ran["batch"]["files_total"], 1, "{ran}");
    assert_eq!(columns(&fresh).await, 4);
    let again = adopt(&project, &["--yes", "--keep-in-step"]);
    assert_eq!(again["pending"], serde_json::json!([]), "{again}");
    assert_eq!(again["ran_here"], serde_json::json!(["20260301080000_add_age.sql"]), "{again}");
    assert_eq!(again["kept_in_step"], true, "{again}");
    let history = project.run(&["history"]).exits(0).stdout;
    assert!(history.contains("taken over from"), "{history}");
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "not yet"]).exits(0);
    assert_eq!(columns(&fresh).await, 3, "what ran here is undone, and what was taken over stands");
}

/// Before anything has run here, the plan points to the history of another tool, and what that has run is not run again.
async fn the_plan_points_to_the_history_of_another_tool(fresh: Fresh) {
    let project = brought_along(&fresh, "dbmate").await.unwrap();
    let planned = project.run(&["plan"]).exits(0).stdout;
    for words in ["dbmate says in", "schema_migrations that 2 files", "`caribou adopt`"] {
        assert!(planned.contains(words), "{words}: {planned}");
    }
    let refused = project.run(&["migrate"]).exits(2);
    assert!(
        refused.stderr.contains("would run a second time") && refused.stderr.contains("caribou adopt"),
        "{refused:?}"
    );
    assert!(!project.run(&["history"]).stdout.contains("completed"), "nothing ran");
    // What that tool has not run is not in question.
    run_script(&fresh, "DELETE FROM schema_migrations").await;
    let planned = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert!(!planned["findings"].to_string().contains("ran_elsewhere"), "{planned}");
    let version = "INSERT INTO schema_migrations (version) VALUES ('20260101120000'), ('20260102090000')";
    run_script(&fresh, version).await;
    project.run(&["migrate", "--ignore-other-history"]).exits(0);
    assert_eq!(columns(&fresh).await, 3);
}

async fn a_name_that_two_rows_have_says_nothing(fresh: Fresh) {
    run_script(
        &fresh,
        "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app VARCHAR(99), name VARCHAR(99), applied \
                        VARCHAR(40))",
    )
    .await;
    run_script(
        &fresh,
        "INSERT INTO django_migrations VALUES (1, 'auth', '0001_initial', ''), (2, 'blog', '0001_initial', \
                        ''), (3, 'auth', '0002_more', '')",
    )
    .await;
    let project = Project::on(&fresh);
    project.migration("shop/0001_initial.sql", "CREATE TABLE shop (id INT);\n");
    project.migration("auth/0002_more.sql", "CREATE TABLE more (id INT);\n");
    let taken = adopt(&project, &["--dry-run"]);
    let paths: Vec<&str> = taken["files"].as_array().unwrap().iter().filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(paths, ["auth/0002_more.sql"], "{taken}");
    assert_eq!(taken["pending"], serde_json::json!(["shop/0001_initial.sql"]), "{taken}");
}

async fn a_failed_state_is_refused_with_the_way_out(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_users.up.sql", "CREATE TABLE users (id INT);\n");
    project.migration("1_users.down.sql", "DROP TABLE users;\n");
    project.migration("2_more.up.sql", "CREATE TABLE more (id INT);\n");
    project.migration("2_more.down.sql", "DROP TABLE more;\n");
    let none = project.run(&["adopt"]).exits(2);
    assert!(none.stderr.contains("no history table"), "{none:?}");
    run_script(&fresh, "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, dirty BOOLEAN NOT NULL);")
        .await;
    run_script(&fresh, "INSERT INTO schema_migrations VALUES (2, 1);").await;
    let dirty = project.run(&["adopt", "--yes"]).exits(2);
    assert!(dirty.stderr.contains("version 2 is dirty") && dirty.stderr.contains("migrate force"), "{dirty:?}");
    let history = project.run(&["history", "--format", "json"]);
    assert!(!history.stdout.contains("taken over"), "nothing was written: {history:?}");

    run_script(&fresh, "UPDATE schema_migrations SET version = 1, dirty = 0;").await;
    let unasked = project.run(&["adopt"]).exits(2);
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    let taken = adopt(&project, &["--yes"]);
    assert_eq!(taken["files"][0]["path"], "1_users.up.sql", "{taken}");
    assert_eq!(taken["pending"][0], "2_more.up.sql", "{taken}");
}

/// States that a tool itself left: the script beside its table (`failed.sql`), and the words that lead out.
const LEFT_FAILED: &[(&str, [&str; 2])] = &[
    ("prisma", ["20260103000000_bad has not finished", "prisma migrate resolve --rolled-back"]),
    ("sqlx", ["version 20260103000000 has not succeeded", "delete its row from _sqlx_migrations"]),
];

async fn a_state_that_the_tool_left_failed_is_refused(fresh: Fresh) {
    let kind = fresh.database().await.kind();
    for (tool, words) in LEFT_FAILED {
        let fresh = Fresh::on(kind);
        let Some(project) = brought_along(&fresh, tool).await else { continue };
        run_script(&fresh, &fs::read_to_string(fixtures(tool).join("failed.sql")).unwrap()).await;
        let refused = project.run(&["adopt", "--yes"]).exits(2);
        assert!(words.iter().all(|word| refused.stderr.contains(word)), "{tool}: {refused:?}");
    }
}

on_every_server!(
    a_state_that_the_tool_left_failed_is_refused,
    what_a_tool_has_run_does_not_run_again,
    the_registry_of_sqitch_is_read,
    what_is_new_runs_after_what_was_taken_over,
    the_plan_points_to_the_history_of_another_tool,
    a_name_that_two_rows_have_says_nothing,
    a_failed_state_is_refused_with_the_way_out
);

async fn of_several_tables_a_person_chooses(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_users.sql", "CREATE TABLE users (id INT);\n");
    run_script(&fresh, "CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY);").await;
    run_script(&fresh, "CREATE TABLE gorp_migrations (id VARCHAR(255) PRIMARY KEY, applied_at DATETIME);").await;
    run_script(&fresh, "INSERT INTO gorp_migrations VALUES ('1_users.sql', '2026-01-02 03:04:05');").await;
    let asked = project.run(&["adopt", "--yes"]).exits(2);
    for words in ["several", "dbmate", "sql-migrate", "--from"] {
        assert!(asked.stderr.contains(words), "{words}: {asked:?}");
    }
    let other = project.run(&["adopt", "--yes", "--from", "goose"]).exits(2);
    assert!(other.stderr.contains("no history table of goose"), "{other:?}");
    let taken = adopt(&project, &["--yes", "--from", "sql-migrate"]);
    assert_eq!(taken["files"][0]["applied_at"], "2026-01-02 03:04:05", "{taken}");
}

on_both_servers!(of_several_tables_a_person_chooses);
