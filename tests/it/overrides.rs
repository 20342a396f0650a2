//! A check that blocks is let pass by somebody who may, with a reason: the real binary.

use crate::support::{Fresh, Project, on_every_server};
use serde_json::{Value, json};

fn events(project: &Project, batch: &str) -> Vec<Value> {
    let ran = project.run(&["events", batch, "--format", "json"]).exits(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

async fn a_check_that_stopped_a_file_is_let_pass_with_a_reason(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[names]\ntables = \"[a-z_]+\"\n[checks]\nnames = \"block\"");
    project.migration("0001_a.sql", "CREATE TABLE Legacy (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(1);
    let nobody = project.run(&["override", "0001_a.sql", "--yes"]).exits(2).stderr;
    assert!(nobody.contains("override needs a reason"), "{nobody}");
    let other = ["override", "0001_a.sql", "--check", "parses", "--yes", "--reason", "x", "--format", "json"];
    let refused = project.run(&other).exits(2).json();
    assert!(
        refused["reason"].as_str().is_some_and(|why| why.contains("not stopped by parses, but by names")),
        "{refused}"
    );
    let asked = ["override", "0001_a.sql", "--yes", "--reason", "the name is older than the rule", "--format", "json"];
    let answer = project.run(&asked).exits(0).json();
    assert_eq!((&answer["verb"], &answer["status"]), (&json!("override"), &json!("effective")), "{answer}");
    let done = project.run(&["migrate", "--format", "json"]).exits(0).json();
    let file = &done["files"][0];
    assert_eq!(file["status"], "completed", "{done}");
    let word = &file["overridden"][0];
    assert_eq!(
        (&word["check"], &word["reason"]),
        (&json!("names"), &json!("the name is older than the rule")),
        "{done}"
    );
    assert!(word["by"].as_str().is_some_and(|by| !by.is_empty()), "{done}");
    let told = project.run(&["status"]).exits(0).stdout;
    assert!(told.contains("names is let pass by") && told.contains("older than the rule"), "{told}");
    let events = events(&project, "1");
    let overridden: Vec<&Value> = events.iter().filter(|event| event["kind"] == "check_overridden").collect();
    assert_eq!((overridden.len(), &overridden[0]["operator"]), (1, &word["by"]), "{events:?}");
    assert!(overridden[0]["decision"].as_i64().is_some(), "{}", overridden[0]);
    let logged = events.iter().rev().find(|event| event["check"] == "names").expect("it stands in the log");
    assert_eq!(logged["status"], "warning");
    assert!(logged["result"].as_str().is_some_and(|result| result.starts_with("let pass by ")), "{logged}");
    let report = project.run(&["report"]).exits(0).stdout;
    assert!(report.contains("let names pass for 0001") || report.contains("let names pass for"), "{report}");
    // It has run: there is nothing left to let pass.
    let over = project.run(&["override", "0001_a.sql", "--batch", "1", "--yes", "--reason", "x"]).exits(2).stderr;
    assert!(over.contains("no check has stopped it"), "{over}");
}

async fn a_check_that_refuses_a_plan_is_let_pass_for_that_plan(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n").run(&["migrate"]).exits(0);
    project.configure("[checks]\nchecksum_drift = \"block\"");
    project.migration("0001_a.sql", "CREATE TABLE a (id BIGINT PRIMARY KEY);\n");
    project.migration("0002_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(2).json();
    let checksum = plan["checksum"].as_str().expect("a checksum").to_owned();
    let refused = project.run(&["migrate"]).exits(2).stderr;
    let line = format!("caribou override 0001_a.sql --plan {checksum} --check checksum_drift");
    assert!(refused.contains(&line), "{refused}");
    let of = ["override", "0001_a.sql", "--plan", checksum.as_str(), "--yes", "--reason", "only wider"];
    let unnamed = project.run(&of).exits(2).stderr;
    assert!(unnamed.contains("--check"), "{unnamed}");
    project.run(&[&of[..], &["--check", "checksum_drift"]].concat()).exits(0);
    let done = project.run(&["migrate", "--format", "json"]).exits(0).json();
    assert_eq!(done["batch"]["status"], "completed", "{done}");
    let overridden: Vec<Value> =
        events(&project, "0").into_iter().filter(|event| event["kind"] == "plan_overridden").collect();
    assert_eq!((&overridden[0]["path"], &overridden[0]["reason"]), (&json!("0001_a.sql"), &json!("only wider")));
    let logged = events(&project, "2").into_iter().find(|event| event["check"] == "checksum_drift").expect("logged");
    assert!(logged["result"].as_str().is_some_and(|result| result.contains("let pass by")), "{logged}");
    // Another plan is another matter.
    project.migration("0003_c.sql", "CREATE TABLE c (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(2);
}

on_every_server!(
    a_check_that_stopped_a_file_is_let_pass_with_a_reason,
    a_check_that_refuses_a_plan_is_let_pass_for_that_plan,
);
