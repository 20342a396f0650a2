//! The execution checklist: what a machine can know ticks itself with its evidence, what only people can know is ticked by
//! an operator, with name and time; and what is open stops a start where the policy says so.

use crate::support::{Fresh, Project, on_every_server};
use serde_json::Value;

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
    assert!(!refused.stderr.contains("monitoring: "), "{refused:?}");
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

    // Another plan is another checklist: of what is planned otherwise, too.
    let stepped = project.run(&["checklist", "--step", "--format", "json"]).exits(0).json();
    assert_eq!(item(&stepped, "plan_reviewed")["done"], false);
    project.run(&["checklist", "tick", "plan_reviewed", "--step"]).exits(0);
    let stepped = project.run(&["checklist", "--step", "--format", "json"]).exits(0).json();
    assert_eq!(item(&stepped, "plan_reviewed")["done"], true);
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
    project.run(&["migrate"]).exits(0);

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
    let after = ["performance_verified", "documentation_updated", "monitoring_baseline"];
    project.run(&[&["checklist", "tick", "--batch", "1"], &after[..]].concat()).exits(0);
    let of_first = project.run(&["checklist", "--batch", "1", "--format", "json"]).exits(0).json();
    assert!(item(&of_first, "documentation_updated")["by"].is_string(), "{of_first}");
    project.run(&["migrate"]).exits(0);
}

on_every_server!(nothing_starts_before_its_checklist_is_done);
