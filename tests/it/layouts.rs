//! Directories of other tools over several runs: what runs again, what is added to a file that has run, and in whose words
//! it is told.

use crate::support::{Fresh, Project, on_every_server};
use caribou::database::Purpose;
use serde_json::Value;

async fn names(fresh: &Fresh, query: &str) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    let rows = session.query_text(query).await.expect("rows");
    session.close().await;
    rows.iter().map(|row| row.get_text(0)).collect()
}

/// The paths that a plan would run.
fn planned(project: &Project) -> Vec<String> {
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let path = |file: &Value| file["path"].as_str().expect("a path").to_owned();
    plan["files"].as_array().expect("files").iter().map(path).collect()
}

/// State of each file in the words of Flyway, by path.
fn states(project: &Project) -> Vec<(String, String)> {
    let told = project.run(&["status", "--as", "flyway", "--format", "json"]).exits(0).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    told["files"].as_array().expect("files").iter().map(|file| (text(&file["path"]), text(&file["state"]))).collect()
}

fn pair(path: &str, state: &str) -> (String, String) {
    (path.to_owned(), state.to_owned())
}

async fn a_repeatable_runs_again_when_it_was_edited(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("V1__t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO t VALUES (1);\n")
        .migration("R__count.sql", "DELETE FROM t WHERE id > 1;\nINSERT INTO t VALUES (2);\n");
    assert_eq!(states(&project), [pair("V1__t.sql", "Pending"), pair("R__count.sql", "Pending")]);
    project.run(&["migrate"]).exits(0);
    assert_eq!(planned(&project), [] as [String; 0]);
    project.migration("R__count.sql", "-- words alone\nDELETE FROM t WHERE id > 1;\nINSERT INTO t VALUES (2);\n");
    assert_eq!(planned(&project), [] as [String; 0]);
    project
        .migration("R__count.sql", "DELETE FROM t WHERE id > 1;\nINSERT INTO t VALUES (3);\n")
        .migration("V2__u.sql", "CREATE TABLE u (id INT PRIMARY KEY);\n")
        .migration("V1.5__v.sql", "CREATE TABLE v (id INT PRIMARY KEY);\n");
    assert_eq!(states(&project)[3], pair("R__count.sql", "Outdated"));
    project.run(&["migrate", "--target", "V2__u"]).exits(0);
    assert_eq!(names(&fresh, "SELECT id FROM t ORDER BY id").await, ["1", "2"]);
    project.run(&["migrate"]).exits(0);
    assert_eq!(names(&fresh, "SELECT id FROM t ORDER BY id").await, ["1", "3"]);
    project.run(&["rollback", "--class", "A", "--reason", "test", "--yes"]).exits(0);
    assert_eq!(names(&fresh, "SELECT id FROM t ORDER BY id").await, ["1", "2"]);
    assert_eq!(states(&project)[3], pair("R__count.sql", "Undone"));
}

async fn a_changelog_grows(fresh: Fresh) {
    let project = Project::on(&fresh);
    let first = "--liquibase formatted sql\n--changeset anna:1\nCREATE TABLE t (id INT PRIMARY KEY);\n--rollback DROP TABLE t;\n";
    project.migration("log.sql", first);
    project.run(&["migrate"]).exits(0);
    project.migration(
        "log.sql",
        format!("{first}--changeset anna:2 runAlways:true\nINSERT INTO t SELECT COUNT(*) FROM t;\n"),
    );
    assert_eq!(planned(&project), ["log.sql::2::anna"]);
    project.run(&["migrate"]).exits(0);
    project.run(&["migrate"]).exits(0);
    assert_eq!(names(&fresh, "SELECT id FROM t ORDER BY id").await, ["0", "1"]);
    let held = first.replace("--rollback", "--preconditions onFail:MARK_RAN\n--rollback").replace("anna:1", "anna:3");
    project.migration("log.sql", held);
    let refused = project.run(&["plan"]).exits(2);
    assert!(refused.stderr.contains("MARK_RAN") && refused.stderr.contains("line 4"), "{refused:?}");
}

async fn a_reworked_change_runs_where_it_stood_before(fresh: Fresh) {
    let stamp = "2024-01-01T00:00:00Z Anna <a@example.org>";
    let project = Project::on(&fresh);
    project
        .migration("sqitch.plan", format!("%project=p\nt {stamp}\nrow {stamp}\n"))
        .migration("deploy/t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n")
        .migration("deploy/row.sql", "INSERT INTO t VALUES (1);\n")
        .migration("verify/row.sql", "BEGIN;\nSELECT COUNT(*) FROM t;\nROLLBACK;\n");
    project.run(&["migrate"]).exits(0);
    project
        .migration("sqitch.plan", format!("%project=p\nt {stamp}\nrow {stamp}\n@v1 {stamp}\nrow [row@v1] {stamp}\n"))
        .migration("deploy/row@v1.sql", "INSERT INTO t VALUES (1);\n")
        .migration("deploy/row.sql", "INSERT INTO t VALUES (2);\n");
    assert_eq!(planned(&project), ["deploy/row.sql"]);
    project.run(&["migrate"]).exits(0);
    assert_eq!(planned(&project), [] as [String; 0]);
    assert_eq!(names(&fresh, "SELECT id FROM t ORDER BY id").await, ["1", "2"]);
}

on_every_server!(
    a_repeatable_runs_again_when_it_was_edited,
    a_changelog_grows,
    a_reworked_change_runs_where_it_stood_before,
);
