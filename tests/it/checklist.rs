//! The execution checklist: what a machine can know ticks itself with its evidence, what only people can know is ticked by
//! an operator, with name and time; and what is open stops a start where the policy says so.

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::Purpose;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::{Duration, Instant};

fn items(project: &Project) -> Value {
    project.run(&["checklist", "--format", "json"]).exits(0).json()
}

fn item<'a>(all: &'a Value, key: &str) -> &'a Value {
    all["items"].as_array().unwrap().iter().find(|item| item["item"] == key).unwrap_or_else(|| panic!("no {key}"))
}

async fn nothing_starts_before_its_checklist_is_done(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure(
        "[policy]\nchecklist = \"require\"\n[backup]\nfile = \"dump.sql\"\nmax_age = \"1h\"\n\
         [alerts.hooks.ops]\ncommand = [\"true\"]\n",
    );
    project.migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n");
    project.migration("0001_users.rollback.sql", "DROP TABLE users;\n");
    project.run(&["schema", "install"]).exits(0);
    let refused = project.run(&["migrate"]).exits(2);
    for key in ["backup: ", "plan_reviewed: ", "rollback_tested: ", "stakeholders_notified: "] {
        assert!(refused.stderr.contains(key), "{key}: {refused:?}");
    }
    assert!(refused.stderr.contains("monitoring: no worker is alive"), "{refused:?}");
    let served = project.run(&["migrate", "--metrics", "0"]).exits(2);
    assert!(!served.stderr.contains("monitoring: "), "{served:?}");
    project.write("dump.sql", "a dump");
    project.run(&["rehearse"]).exits(0);
    let judged = project.run(&["checklist", "tick", "backup"]).exits(2);
    assert!(judged.stderr.contains("nobody ticks it"), "{judged:?}");
    project.run(&["checklist", "tick", "no_such_item"]).exits(2);
    project.run(&["checklist", "tick", "plan_reviewed", "stakeholders_notified"]).exits(0);
    let all = items(&project);
    assert_eq!(all["policy"], "require");
    let reviewed = item(&all, "plan_reviewed");
    assert!(reviewed["done"] == true && reviewed["by"].is_string() && reviewed["at"].is_string(), "{reviewed}");
    assert!(item(&all, "backup")["evidence"].as_str().unwrap().contains("dump.sql is 0.0 h old"));
    assert_eq!(item(&all, "validation_passed")["done"], Value::Null);

    // Another plan is another checklist: of what is planned otherwise, too, but not of the same step by step.
    let stepped = project.run(&["checklist", "--step", "--format", "json"]).exits(0).json();
    assert_eq!(item(&stepped, "plan_reviewed")["done"], true);
    let otherwise = ["checklist", "--on-failure", "continue", "--format", "json"];
    assert_eq!(item(&project.run(&otherwise).exits(0).json(), "plan_reviewed")["done"], false);
    project.run(&["checklist", "tick", "plan_reviewed", "--on-failure", "continue"]).exits(0);
    assert_eq!(item(&project.run(&otherwise).exits(0).json(), "plan_reviewed")["done"], true);
    project.migration("0002_more.sql", "CREATE TABLE more (id INT PRIMARY KEY);\n");
    project.migration("0002_more.rollback.sql", "DROP TABLE more;\n");
    assert_eq!(item(&items(&project), "plan_reviewed")["done"], false);
    let refused = project.run(&["migrate"]).exits(2);
    assert!(refused.stderr.contains("rollback_tested: this plan was not rehearsed"), "{refused:?}");
    std::fs::remove_file(project.path("migrations/0002_more.sql")).unwrap();
    std::fs::remove_file(project.path("migrations/0002_more.rollback.sql")).unwrap();
    project.run(&["checklist", "untick", "plan_reviewed"]).exits(0);
    project.run(&["migrate"]).exits(2);
    project.run(&["checklist", "tick", "plan_reviewed"]).exits(0);
    project.run(&["migrate", "--metrics", "0"]).exits(0);

    let all = items(&project);
    assert!(all["about"].as_str().unwrap().contains("completed"), "{all}");
    assert_eq!(
        (&item(&all, "validation_passed")["done"], &item(&all, "thaw_completed")["done"]),
        (&true.into(), &true.into())
    );
    assert_eq!(item(&all, "documentation_updated")["done"], false);
    assert!(project.run(&["checklist"]).exits(0).stdout.contains("Stakeholders notified"));

    // What comes after the end of a batch has to be done before the next begins.
    project.migration("0002_more.sql", "CREATE TABLE more (id INT PRIMARY KEY);\n");
    project.migration("0002_more.rollback.sql", "DROP TABLE more;\n");
    project.run(&["rehearse"]).exits(0);
    project.run(&["checklist", "tick", "plan_reviewed", "stakeholders_notified"]).exits(0);
    let refused = project.run(&["migrate"]).exits(2);
    for words in [
        "the checklist of batch 1, which has ended",
        "documentation_updated: ",
        "`caribou checklist tick ITEM --batch 1`",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    assert!(!refused.stderr.contains("plan_reviewed: "), "{refused:?}");
    assert!(!refused.stderr.contains("monitoring_baseline: "), "the journal holds it: {refused:?}");
    let after = ["performance_verified", "documentation_updated"];
    project.run(&[&["checklist", "tick", "--batch", "1"], &after[..]].concat()).exits(0);
    let of_first = project.run(&["checklist", "--batch", "1", "--format", "json"]).exits(0).json();
    assert!(item(&of_first, "documentation_updated")["by"].is_string(), "{of_first}");
    let baseline = item(&of_first, "monitoring_baseline");
    assert!(baseline["done"] == true && baseline["person"] == false, "{baseline}");
    assert!(baseline["evidence"].as_str().unwrap().contains("were measured at the batch's end"), "{baseline}");
    project.run(&["migrate", "--metrics", "0"]).exits(0);
}

/// What the journal knows needs nobody: probes, documents, the baseline. What it does not know, a person does.
async fn the_journal_ticks_what_it_knows(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\nINSERT INTO users VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    let all = items(&project);
    assert_eq!(item(&all, "monitoring_baseline")["done"], true, "{all}");
    assert_eq!(
        (&item(&all, "performance_verified")["done"], &item(&all, "performance_verified")["person"]),
        (&false.into(), &true.into())
    );
    let probe = "[[probes]]\nname = \"users\"\nsql = \"SELECT * FROM users\"\nmax_ratio = 1000\nruns = 3\n";
    project.configure(probe);
    project.migration("docs/0002_users.md", "---\ntitle: Users\ndescribes:\n  - users\n---\n# Users\n");
    project.migration("0003_more.sql", "INSERT INTO users VALUES (2);\n");
    project.run(&["migrate"]).exits(0);
    let all = items(&project);
    for (key, evidence) in [
        ("performance_verified", "1 probes were measured, and none is slower"),
        ("documentation_updated", "docs/0002_users.md"),
        ("monitoring_baseline", "were measured at the batch's end"),
    ] {
        let found = item(&all, key);
        assert!(found["done"] == true && found["person"] == false, "{found}");
        assert!(found["evidence"].as_str().unwrap().contains(evidence), "{found}");
    }
}

/// Monitoring is a worker that is alive and whose metrics answer.
async fn monitoring_is_asked_for_an_answer(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n");
    project.run(&["schema", "install"]).exits(0);
    let monitoring = || item(&items(&project), "monitoring").clone();
    let told = |found: &Value| found["evidence"].as_str().unwrap_or_default().to_owned();
    assert!(told(&monitoring()).contains("no worker is alive"));
    let mut silent = Running::start(&mut project.command(&["worker"]));
    silent.wait_text("Working on");
    wait_for(|| told(&monitoring()).contains("serves no metrics"));
    silent.kill();
    let mut worker = Running::start(&mut project.command(&["worker", "--metrics", "0"]));
    worker.wait_text("Working on");
    wait_for(|| monitoring()["done"] == true);
    assert!(told(&monitoring()).contains("answer"), "{}", monitoring());
    // Killed, its lease stands for a while, and nobody answers.
    worker.kill();
    let found = monitoring();
    assert_eq!(found["done"], false, "{found}");
    let worker = Running::start(&mut project.command(&["worker", "--metrics", "0"]));
    worker.wait_text("Working on");
    wait_for(|| monitoring()["done"] == true);
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    assert!(told(&monitoring()).contains("no worker is alive"));
}

fn wait_for(is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "it never was so");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The rows of a check in the log: file and status.
async fn logged(fresh: &Fresh, check: &str) -> Vec<(i64, String)> {
    let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
    let sql = format!(
        "SELECT COALESCE(file_id, 0), validation_status FROM {}.migration_validation_log WHERE validation_type = ?",
        fresh.schemas().orchestration
    );
    let rows = session.query(&sql, &[check.into()]).await.expect("rows");
    session.close().await;
    rows.iter().map(|row| (row.get_i64(0), row.get_text(1))).collect()
}

/// `warn`: open items are told, and nothing is stopped. A backup that is not there is told with the plan.
async fn a_warning_stops_nothing(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[policy]\nchecklist = \"warn\"\n[backup]\nfile = \"dump.sql\"\n");
    project.migration("0001_users.sql", "CREATE TABLE users (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["findings"][0]["check"], "backup_missing", "{plan}");
    let told = project.run(&["plan"]).exits(0);
    assert!(format!("{}{}", told.stdout, told.stderr).contains("there is no such file"), "{told:?}");
    let ran = project.run(&["migrate"]).exits(0);
    for words in ["the checklist has open items", "plan_reviewed: ", "backup: ", "there is no such file", "tick ITEM"] {
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
    }
    // It stands in the log like any other check, of the batch and of no file.
    assert_eq!(logged(&fresh, "backup_missing").await, [(0, "warning".to_owned())]);
    let checks = project.run(&["checks", "--format", "json"]).exits(0).stdout;
    assert!(checks.contains("\"backup_missing\""), "{checks}");
    project.write("dump.sql", "a dump");
    project.migration("0002_more.sql", "CREATE TABLE more (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["findings"], serde_json::json!([]), "{plan}");
    let ran = project.run(&["migrate"]).exits(0);
    assert!(
        ran.stderr.contains("the checklist of batch 1, which has ended") && !ran.stderr.contains("backup: "),
        "{ran:?}"
    );
    // One that is too old is none; and where that blocks, nothing begins.
    let plain = std::fs::read_to_string(project.path("caribou.toml")).unwrap();
    project.write(
        "caribou.toml",
        plain.replace("[backup]\n", "[checks]\nbackup_missing = \"block\"\n[backup]\nmax_age = \"1h\"\n"),
    );
    project.migration("0003_old.sql", "CREATE TABLE old (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
    let dump = std::fs::File::options().append(true).open(project.path("dump.sql")).unwrap();
    dump.set_modified(std::time::SystemTime::now() - Duration::from_secs(7200)).unwrap();
    project.migration("0004_older.sql", "CREATE TABLE older (id INT PRIMARY KEY);\n");
    let refused = project.run(&["migrate"]).exits(2);
    for words in ["is 2.0 h old, and backup.max_age is 1.0 h", "checks.backup_missing", "--check backup_missing"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
}

on_every_server!(
    nothing_starts_before_its_checklist_is_done,
    the_journal_ticks_what_it_knows,
    monitoring_is_asked_for_an_answer,
    a_warning_stops_nothing,
);
