//! Repairing what is recorded: files that ran and were edited, renamed or taken away, with who said so, and why.

use super::{planned, remove, table};
use crate::support::{Fresh, Project, Running, on_every_server, snapshot};
use serde_json::Value;

fn repaired(project: &Project, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["repair", "--format", "json"].iter().chain(arguments).copied().collect();
    project.run(&all).exits(0).json()
}

fn checks(project: &Project) -> Vec<String> {
    planned(project).1.into_iter().map(|(check, _)| check).collect()
}

async fn an_edited_file_is_recorded_as_it_lies_there(fresh: Fresh) {
    let project = Project::on(&fresh);
    let before = snapshot(&fresh).await;
    project.migration("0001_a.sql", table("a")).migration("0002_b.sql", table("b"));
    project.run(&["migrate"]).exits(0);
    project.migration("0001_a.sql", table("another"));
    assert_eq!(checks(&project), ["checksum_drift"]);

    let shown = repaired(&project, &["--dry-run", "0001_a.sql"]);
    assert_eq!((&shown["files"][0]["now"], &shown["files"][0]["batch"]), (&"edited".into(), &1.into()), "{shown}");
    assert!(shown["files"][0]["diff"].as_str().expect("a diff").contains("-CREATE TABLE a "), "{shown}");
    let unasked = project.run(&["repair", "0001_a.sql"]).exits(2);
    assert!(unasked.stderr.contains("+CREATE TABLE another") && unasked.stderr.contains("--yes"), "{unasked:?}");
    let unreasoned = project.run(&["repair", "0001_a.sql", "--yes"]).exits(2);
    assert!(unreasoned.stderr.contains("needs a reason"), "{unreasoned:?}");
    assert_eq!(checks(&project), ["checksum_drift"], "nothing was recorded yet");

    let answer = repaired(&project, &["0001_a.sql", "--yes", "--reason", "told so by Ana"]);
    assert_eq!((&answer["verb"], &answer["status"]), (&"repair".into(), &"effective".into()), "{answer}");
    assert_eq!(checks(&project), [""; 0]);
    let nothing = project.run(&["repair", "--all", "--yes", "--reason", "again"]).exits(0);
    assert!(nothing.stdout.contains("nothing to repair"), "{nothing:?}");
    project.run(&["doctor"]).exits(0);
    let events = project.run(&["events", "1", "--format", "json"]).exits(0).stdout;
    let event = events.lines().find(|line| line.contains("file_repaired")).expect("it is journalled");
    assert!(event.contains("told so by Ana") && event.contains("\"operator\":\""), "{event}");
    let report = project.run(&["report", "1"]).exits(0).stdout;
    assert!(report.contains("told so by Ana"), "{report}");

    // Edited once more, it is shown against what was recorded last.
    project.migration("0001_a.sql", table("third"));
    let shown = repaired(&project, &["--dry-run", "--all"]);
    assert!(shown["files"][0]["diff"].as_str().expect("a diff").contains("-CREATE TABLE another"), "{shown}");
    // What ran is what is undone.
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "all of it"]).exits(0);
    assert_eq!(snapshot(&fresh).await, before);
    project.run(&["doctor"]).exits(0);
}

async fn other_names_and_missing_files_are_recorded(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("V1__a.sql", table("a")).migration("V2__b.sql", table("b")).migration("V3__c.sql", table("c"));
    project.run(&["migrate"]).exits(0);
    remove(&project, &["V2__b.sql", "V3__c.sql"]);
    project.migration("V2__bees.sql", format!("-- a better name\n{}", table("b")));
    // This tool knows a file by its name alone, so that it would run again.
    assert_eq!(planned(&project).0, ["V2__bees.sql"]);
    let shown = repaired(&project, &["--dry-run", "--all"]);
    let now: Vec<&str> = shown["files"].as_array().expect("files").iter().filter_map(|f| f["now"].as_str()).collect();
    assert_eq!((now, &shown["files"][0]["renamed_to"]), (vec!["renamed", "gone"], &"V2__bees.sql".into()), "{shown}");
    repaired(&project, &["V2__bees.sql", "--yes", "--reason", "a better name"]);
    assert_eq!((planned(&project).0.len(), checks(&project)), (0, vec!["missing_file".to_owned()]));
    repaired(&project, &["V3__c.sql", "--yes", "--reason", "lives in another repository"]);
    assert_eq!(checks(&project), [""; 0]);
    let status = project.run(&["status", "--as", "flyway", "--format", "json"]).exits(0).json();
    let states: Vec<&str> =
        status["files"].as_array().expect("files").iter().filter_map(|f| f["state"].as_str()).collect();
    assert_eq!(states, ["Success", "Success", "Missing"], "{status}");
    project.run(&["doctor"]).exits(0);
    // One that comes back is the one that ran.
    project.migration("V3__c.sql", table("c"));
    assert_eq!((planned(&project).0.len(), checks(&project)), (0, vec![]));
}

async fn only_what_has_run_and_while_nothing_runs(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", table("a"));
    project.run(&["migrate"]).exits(0);
    project.migration("0001_a.sql", table("x")).migration("0002_b.sql", table("b"));
    let pending = project.run(&["repair", "0002_b.sql", "--yes", "--reason", "why not"]).exits(2);
    assert!(pending.stderr.contains("has not run"), "{pending:?}");
    let unknown = project.run(&["repair", "nothing.sql", "--yes", "--reason", "why not"]).exits(2);
    assert!(unknown.stderr.contains("--all --dry-run"), "{unknown:?}");
    let mut running = Running::start(&mut project.command(&["migrate", "--step"]));
    running.wait_text("stepping");
    let open = project.run(&["repair", "--all", "--yes", "--reason", "meanwhile"]).exits(2);
    assert!(open.stdout.contains("batch 2") && open.stdout.contains("it ends first"), "{open:?}");
    running.kill();
}

on_every_server!(
    an_edited_file_is_recorded_as_it_lies_there,
    other_names_and_missing_files_are_recorded,
    only_what_has_run_and_while_nothing_runs,
);
