//! Small things that a person would believe: what is said of them is so.

use crate::support::{Fresh, Project, Running, on_every_server};
use nix::sys::signal::Signal;
use serde_json::json;

const TABLE: &str = "CREATE TABLE herd (id INT PRIMARY KEY);\n";

async fn a_rehearsal_before_the_first_install_is_remembered(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", TABLE).migration("1_a.rollback.sql", "DROP TABLE herd;\n");
    let ran = project.run(&["rehearse", "--format", "json"]).exits(0).json();
    assert_eq!((&ran["rehearsed"], &ran["kept"]), (&json!(true), &json!(true)), "{ran}");
    assert_eq!(project.run(&["plan", "--format", "json"]).exits(0).json()["rollback_rehearsed"], true);
    let stepped = project.run(&["migrate", "--step", "--dry-run", "--format", "json"]).exits(0).json();
    assert_eq!(stepped["rollback_rehearsed"], true, "it is the same plan, step by step");
    project.run(&["migrate"]).exits(0);
}

async fn a_failed_rehearsal_is_told_line_by_line(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.unforeseen().migration("1_a.sql", "INSERT INTO nowhere VALUES (1);\n");
    let told = project.run(&["rehearse"]).exits(1).stdout;
    for line in ["  statement    1 of 1", "  took effect  nothing"] {
        assert!(told.lines().any(|told| told == line), "{line} is no line of {told}");
    }
}

async fn a_wanted_rollback_is_no_failure(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", TABLE);
    project.run(&["migrate"]).exits(0);
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "wrong day"]).exits(0);
    let told = project.run(&["status", "1"]).exits(0).stdout;
    assert!(told.contains("was rolled back") && told.contains("wrong day"), "{told}");
    for lie in ["failed", "correct the file"] {
        assert!(!told.contains(lie), "{lie}: {told}");
    }
    project.run(&["migrate"]).exits(0);
}

async fn a_worker_installs_what_is_not_there(fresh: Fresh) {
    let project = Project::on(&fresh);
    let worker = Running::start(&mut project.command(&["worker"]));
    worker.wait_text("Installed the orchestration schema");
    worker.wait_text("Working on");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    project.run(&["schema", "check"]).exits(0);
}

async fn a_batch_may_be_an_argument(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", TABLE);
    project.run(&["migrate"]).exits(0);
    project.migration("2_b.sql", "CREATE TABLE farm (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
    for command in ["status", "events", "rollbacks", "alerts"] {
        let argument = project.run(&[command, "1", "--format", "json"]).exits(0).stdout;
        let option = project.run(&[command, "--batch", "1", "--format", "json"]).exits(0).stdout;
        let without_age = |text: String| {
            text.lines()
                .filter(|line| !line.contains("lease_age_ms"))
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        };
        assert_eq!(without_age(argument), without_age(option), "{command}");
        assert!(
            project.run(&[command, "1", "--batch", "1"]).exits(2).stderr.contains("cannot be used with"),
            "{command}"
        );
    }
    for command in ["pause", "resume", "step", "abort"] {
        let refused = project.run(&[command, "77", "--yes", "--reason", "a try"]).exits(2).stderr;
        assert!(refused.contains("there is no batch 77"), "{command}: {refused}");
    }
}

on_every_server!(
    a_rehearsal_before_the_first_install_is_remembered,
    a_failed_rehearsal_is_told_line_by_line,
    a_wanted_rollback_is_no_failure,
    a_worker_installs_what_is_not_there,
    a_batch_may_be_an_argument,
);

#[test]
fn a_key_in_the_wrong_table_is_answered_with_the_right_one() {
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:db\"\ncore = \"shop\"\n");
    let refused = project.run(&["plan"]).exits(2).stderr;
    assert!(refused.contains("did you mean schemas.core?"), "{refused}");
}

#[test]
fn a_warning_says_so_once() {
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:db\"\n");
    project.migration("1_a.sql", TABLE);
    project.run(&["migrate"]).exits(0);
    project.migration("1_a.sql", "CREATE TABLE other (id INT);\n");
    let told = project.run(&["migrate"]).exits(0).stderr;
    assert!(told.contains("warning: 1_a.sql was changed"), "{told}");
}
