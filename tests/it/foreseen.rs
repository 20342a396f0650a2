//! What the plan says will fail, the server refuses; and what it says nothing of, the server takes. Each case is a file of
//! one plan, and is then run on the server itself.

mod table;

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::ServerKind;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use table::{COLUMNS, Case, FOREIGN_KEYS, KEYS, KEYS_UNCHECKED, PROGRAMS, READ, TABLES, UNTOLD, VIEWS};

fn cases(kind: ServerKind) -> Vec<(String, &'static Case)> {
    let all = [TABLES, COLUMNS, KEYS, FOREIGN_KEYS, KEYS_UNCHECKED, VIEWS, PROGRAMS, UNTOLD].into_iter().flatten();
    let here = all.filter(|case| case.0.has(kind)).enumerate();
    here.map(|(index, case)| (format!("c{:03}", index + 1), case)).collect()
}

/// The blocking findings of each file.
fn blocking(plan: &Value) -> HashMap<String, Vec<(String, String)>> {
    let of = |file: &Value| {
        let findings = file["findings"].as_array().expect("findings").iter();
        let blocking =
            findings.filter(|finding| finding["level"] == "blocking" && finding["policy"] == "plan.foreseen");
        let said = |finding: &Value| -> (String, String) {
            (finding["check"].as_str().unwrap().to_owned(), finding["message"].to_string())
        };
        (file["path"].as_str().unwrap().trim_end_matches(".sql").to_owned(), blocking.map(said).collect())
    };
    plan["files"].as_array().expect("files").iter().map(of).collect()
}

async fn what_is_foreseen_happens(fresh: Fresh) {
    let project = Project::on(&fresh);
    let cases = cases(fresh.kind);
    let own = |text: &str, name: &str| text.replace('~', &format!("{name}_"));
    for (name, (_, before, file, _)) in &cases {
        assert_eq!(fresh.try_sql(&own(before, name)).await, None, "before {file}");
        project.migration(&format!("{name}.sql"), format!("{};\n", own(file, name).replace("; ", ";\n")));
    }
    let plan = project.run(&["plan", "--accept-irreversible", "--format", "json"]).exits(0).json();
    let found = blocking(&plan);
    let mut wrong = Vec::new();
    for (name, (_, _, file, expected)) in &cases {
        let found = &found[name];
        let refused = fresh.try_sql(&own(file, name)).await;
        let checks: Vec<&str> = found.iter().map(|(check, _)| check.as_str()).collect();
        let expects: Vec<&str> = expected.iter().copied().collect();
        if checks != expects || refused.is_some() != expected.is_some() {
            wrong.push(format!("{file}\n  expected {expected:?}\n  found {found:?}\n  the server: {refused:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} on {}:\n{}", wrong.len(), cases.len(), fresh.kind, wrong.join("\n"));
}

/// What no text tells, the server is asked for: whether it can read a statement, whether it takes it on nothing.
async fn what_the_server_refuses_is_told_by_the_plan(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    let cases: Vec<_> = READ.iter().filter(|case| case.0.has(fresh.kind)).enumerate().collect();
    let own = |text: &str, index: usize| text.replace('~', &format!("r{index:03}_"));
    for (index, (_, before, file, _)) in &cases {
        assert_eq!(fresh.try_sql(&own(before, *index)).await, None, "before {file}");
        project.migration(&format!("r{index:03}.sql"), format!("{};\n", own(file, *index).replace("; ", ";\n")));
    }
    let plan = project.run(&["plan", "--accept-irreversible", "--format", "json"]).exits(0).json();
    let mut wrong = Vec::new();
    for (index, (_, _, file, expected)) in &cases {
        let planned = plan["files"].as_array().expect("files").iter();
        let planned =
            planned.clone().find(|one| one["path"] == format!("r{index:03}.sql").as_str()).expect("it is planned");
        let findings = planned["findings"].as_array().expect("findings").iter();
        let told: Vec<&Value> =
            findings.filter(|one| one["check"] == "refused_by_server" && one["level"] == "warning").collect();
        let refused = fresh.try_sql(&own(file, *index)).await;
        if (told.len() == 1) != *expected || refused.is_some() != *expected {
            wrong.push(format!("{file}\n  refused {expected}\n  told {told:?}\n  the server: {refused:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} on {}:\n{}", wrong.len(), cases.len(), fresh.kind, wrong.join("\n"));
}

/// What the body of a program names is looked at beforehand, and held against the schema behind the whole plan.
async fn what_a_body_names_has_to_be_there_when_it_runs(fresh: Fresh) {
    let project = Project::on(&fresh);
    let body = |name: &str, body: &str| match fresh.kind {
        ServerKind::Sqlite => format!("CREATE TRIGGER {name} AFTER INSERT ON t BEGIN {body}; END;\n"),
        _ => format!("CREATE TRIGGER {name} AFTER INSERT ON t FOR EACH ROW {body};\n"),
    };
    project.migration("1_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\nCREATE TABLE goes (id INT PRIMARY KEY);\n");
    project.migration("2_a.sql", body("a", "INSERT INTO nowhere VALUES (NEW.id)"));
    project.migration("3_b.sql", body("b", "INSERT INTO later (id, z) VALUES (NEW.id, (SELECT MAX(id) FROM gone))"));
    project.migration("4_c.sql", body("c", "DELETE FROM goes WHERE id = NEW.id"));
    project.migration("5_d.sql", format!("{}DROP TRIGGER d;\n", body("d", "INSERT INTO nobody VALUES (1)")));
    project.migration("6_later.sql", "CREATE TABLE later (id INT PRIMARY KEY, b INT);\nDROP TABLE goes;\n");
    let plan = project.run(&["plan", "--accept-irreversible", "--format", "json"]).exits(0).json();
    let of = |path: &str| -> Vec<String> {
        let file = plan["files"].as_array().expect("files").iter().find(|file| file["path"] == path).expect(path);
        let findings = file["findings"].as_array().expect("findings").iter();
        let told = findings.filter(|one| one["check"].as_str().is_some_and(|check| check.starts_with("missing_")));
        told.map(|one| format!("{} {}", one["level"].as_str().unwrap(), one["message"].as_str().unwrap())).collect()
    };
    let told = |what: &str| vec![format!("warning statement 1: {what} when it runs")];
    assert_eq!(of("2_a.sql"), told("the trigger a names nowhere, which will not be there"));
    assert_eq!(of("3_b.sql").len(), 2, "{plan}");
    assert!(of("3_b.sql").contains(&told("the trigger b names gone, which will not be there")[0]), "{plan}");
    assert!(of("3_b.sql").contains(&told("the trigger b writes the column z, which later will not have")[0]), "{plan}");
    assert_eq!(of("4_c.sql"), told("the trigger c names goes, which will not be there"));
    assert_eq!(of("5_d.sql"), Vec::<String>::new(), "it does not stay");
}

async fn a_finding_names_its_place_its_reason_and_a_remedy(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n\nALTER TABLE b ADD COLUMN c INT;\n");
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let findings = plan["files"][0]["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["check"] == "missing_table").expect("it is found");
    assert_eq!(
        (&finding["check"], &finding["line"], &finding["statement"]),
        (&"missing_table".into(), &3.into(), &2.into())
    );
    assert_eq!(finding["safer"], "line 1 of 2_b.sql makes it: let that come first", "{plan}");
    assert!(!findings.iter().any(|finding| finding["check"] == "created_later"), "{plan}");
    let told = project.run(&["plan"]).exits(0).stdout;
    for line in [
        "blocking: line 3: statement 2: it alters b, which will not be there",
        "why: the server will say that there is no such table",
        "instead: line 1 of 2_b.sql makes it: let that come first",
    ] {
        assert!(told.contains(line), "{told}");
    }
    // Nothing begins where that is asked for; and nothing is asked of the server where it is not wanted.
    project.configure("[plan]\nforeseen = \"refuse\"\n");
    let refused = project.run(&["migrate"]).exits(2).stderr;
    assert!(refused.contains("1_a.sql, line 3: statement 2: it alters b"), "{refused}");
    assert_eq!(project.run(&["status", "--format", "json"]).json()["batch"], Value::Null);
}

/// The states that a file went through.
fn way(events: &[Value], file: &Value) -> Vec<String> {
    let moves = events.iter().filter(|event| event["kind"] == "file_moved" && event["file"] == *file);
    moves.map(|event| event["to"].as_str().expect("a state").to_owned()).collect()
}

fn events(project: &Project) -> Vec<Value> {
    let ran = project.run(&["events", "--format", "json"]).exits(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

/// Retries a file beside a worker, until it has come to a status; what is told then.
fn retried(project: &Project, file: &str, reason: &str, status: &str) -> Value {
    let working = Running::start(&mut project.command(&["worker"]));
    working.wait_text("Working on");
    let until = Instant::now() + Duration::from_secs(60);
    while project.run(&["status", "--format", "json"]).exits(0).json()["worker"]["alive"] != true {
        assert!(Instant::now() < until, "the worker never took the lease");
    }
    project.run(&["retry", file, "--yes", "--reason", reason]).exits(0);
    loop {
        let told = project.run(&["status", "--format", "json"]).exits(0).json();
        let files = told["files"].as_array().expect("files").iter();
        if files.clone().any(|one| one["path"] == file && one["status"] == status) {
            working.signal(Signal::SIGTERM);
            working.wait();
            return told;
        }
        assert!(Instant::now() < until, "{file} is never {status}: {told}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

async fn what_is_foreseen_stops_its_file_and_a_retry_runs_it(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO a (id, z) VALUES (1, 2);\n");
    let document = project.run(&["migrate", "--format", "json"]).exits(1).json();
    let file = &document["files"][1];
    assert_eq!((&file["state"], &file["status"]), (&"failed".into(), &"failed".into()), "{document}");
    assert_eq!(document["files"][0]["status"], "completed", "what comes before it stands: {document}");
    let error = file["error"].as_str().expect("an error");
    assert!(error.contains("foreseen: line 2: statement 2: ") && error.contains("missing_column"), "{error}");
    // Nothing of it has run, and nothing had to be undone.
    let stopped = events(&project);
    assert_eq!(way(&stopped, &file["id"]), ["preparing", "validating_pre", "failed"]);
    let begun = |event: &&Value| event["kind"] == "statement_started" && event["file"] == file["id"];
    assert_eq!(stopped.iter().filter(begun).count(), 0);
    assert_eq!(fresh.try_sql("CREATE TABLE b (id INT); DROP TABLE b").await, None, "b was not there");
    // Somebody has mended the schema meanwhile, and says so.
    assert_eq!(fresh.try_sql("ALTER TABLE a ADD COLUMN z INT").await, None);
    let mended = retried(&project, "2_b.sql", "z was added by hand", "completed");
    assert_eq!(mended["files"][1]["status"], "completed", "{mended}");
    let events = events(&project);
    let overridden: Vec<&Value> = events.iter().filter(|event| event["kind"] == "check_overridden").collect();
    assert_eq!(overridden.len(), 1);
    assert_eq!(
        (&overridden[0]["check"], &overridden[0]["reason"]),
        (&"foreseen".into(), &"z was added by hand".into())
    );
    assert!(overridden[0]["operator"].as_str().is_some_and(|by| !by.is_empty()), "{}", overridden[0]);
    let let_pass = events.iter().any(|event| {
        let told = event["result"].as_str().unwrap_or_default();
        event["check"] == "foreseen" && event["status"] == "warning" && told.contains("z was added by hand")
    });
    assert!(let_pass, "the log says who let it pass");
}

async fn a_retry_that_was_wrong_is_undone(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a (id, z) VALUES (1, 2);\n");
    project.run(&["migrate"]).exits(1);
    retried(&project, "1_a.sql", "I know better", "rolled_back");
    let events = events(&project);
    assert!(events.iter().any(|event| event["kind"] == "statement_failed"), "it ran, and the server refused it");
    assert_eq!(fresh.try_sql("CREATE TABLE a (id INT)").await, None, "what ran is undone");
}

on_every_server!(
    what_is_foreseen_happens,
    what_the_server_refuses_is_told_by_the_plan,
    what_a_body_names_has_to_be_there_when_it_runs,
    a_finding_names_its_place_its_reason_and_a_remedy,
    what_is_foreseen_stops_its_file_and_a_retry_runs_it,
    a_retry_that_was_wrong_is_undone,
);
