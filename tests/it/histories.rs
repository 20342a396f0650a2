//! Histories that are complicated: branches that meet, squashes, files that were edited, renamed or taken away, folders with
//! numbers of their own.

mod directories;
mod repair;
mod squash;

use crate::support::{Fresh, Project, on_every_server, snapshot};
use serde_json::Value;

/// The plan: the paths that would run, and what is found about others, by check.
fn planned(project: &Project) -> (Vec<String>, Vec<(String, Value)>) {
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let paths = plan["files"].as_array().expect("files").iter().map(|file| text(&file["path"])).collect();
    let findings = plan["findings"].as_array().expect("findings");
    (paths, findings.iter().map(|finding| (text(&finding["check"]), finding.clone())).collect())
}

fn remove(project: &Project, names: &[&str]) {
    for name in names {
        std::fs::remove_file(project.path(&format!("migrations/{name}"))).expect("it is there");
    }
}

fn table(name: &str) -> String {
    format!("CREATE TABLE {name} (id INT PRIMARY KEY);\n")
}

/// Files that ran are squashed into a baseline: where they ran nothing runs again, elsewhere it runs in their place, and
/// both are the same in the end.
async fn a_squash_runs_only_where_nothing_has(fresh: Fresh) {
    let project = Project::on(&fresh);
    let old = ["V1__a.sql", "V2__b.sql", "V3__c.sql"];
    for (file, name) in old.iter().zip(["a", "b", "c"]) {
        project.migration(file, table(name));
    }
    project.run(&["migrate"]).exits(0);
    remove(&project, &old);
    let squash = [table("a"), table("b"), table("c")].concat();
    project.migration("B3__all.sql", &squash).migration("V4__d.sql", table("d"));
    let (paths, findings) = planned(&project);
    assert_eq!(paths, ["V4__d.sql"]);
    assert_eq!(findings[0].0, "baseline");
    let message = findings[0].1["message"].as_str().expect("a text");
    assert!(message.contains("B3__all.sql does not run: 3 files") && message.contains("V3__c.sql"), "{message}");
    let told = project.run(&["status", "--as", "flyway", "--format", "json"]).exits(0).json();
    assert_eq!(told["files"][0]["state"], "Ignored", "{told}");
    project.run(&["migrate"]).exits(0);
    assert_eq!(planned(&project).0, [""; 0]);

    let other = Fresh::on(fresh.kind);
    let new = Project::on(&other);
    new.migration("B3__all.sql", &squash).migration("V4__d.sql", table("d"));
    assert_eq!(planned(&new).0, ["B3__all.sql", "V4__d.sql"]);
    new.run(&["migrate"]).exits(0);
    assert_eq!(snapshot(&fresh).await, snapshot(&other).await);
}

async fn a_renamed_file_does_not_run_again(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", table("a")).migration("0002_b.sql", table("b")).migration("0003_c.sql", table("c"));
    project.run(&["migrate"]).exits(0);
    remove(&project, &["0002_b.sql", "0003_c.sql"]);
    project
        .migration("0002_bees.sql", format!("-- under a better name\n{}", table("b")))
        .migration("0004_d.sql", format!("-- caribou: requires=0002_bees\n{}", table("d")));
    let (paths, findings) = planned(&project);
    assert_eq!(paths, ["0004_d.sql"]);
    let checks: Vec<&str> = findings.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(checks, ["renamed", "missing_file"]);
    assert!(findings[1].1["message"].as_str().expect("a text").contains("0003_c.sql"), "{findings:?}");
    project.run(&["migrate"]).exits(0);
    assert_eq!(planned(&project).0, [""; 0]);
}

async fn what_was_edited_is_shown_against_what_ran(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", "CREATE TABLE a (\n  id INT PRIMARY KEY\n);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("0001_a.sql", "CREATE TABLE a (\n  id INT PRIMARY KEY,\n  note VARCHAR(20)\n);\n");
    let (paths, findings) = planned(&project);
    assert_eq!((paths.len(), findings[0].0.as_str()), (0, "checksum_drift"));
    assert_eq!(findings[0].1["file"], "0001_a.sql");
    let diff = findings[0].1["diff"].as_str().expect("a difference");
    for line in
        ["--- 0001_a.sql as it ran", "-  id INT PRIMARY KEY\n", "+  id INT PRIMARY KEY,\n", "+  note VARCHAR(20)\n"]
    {
        assert!(diff.contains(line), "{line:?} is not in {diff}");
    }
    let told = project.run(&["plan"]).exits(0).stdout;
    assert!(told.contains("\n    +  note VARCHAR(20)\n"), "{told}");
    // Words alone are no change.
    project.migration("0001_a.sql", "-- a\nCREATE TABLE a (\n  id INT PRIMARY KEY\n);\n");
    assert_eq!(planned(&project).1.len(), 0);
}

/// Two branches that meet, and modules that number their files each for themselves.
async fn folders_have_numbers_of_their_own(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("0001_core.sql", table("core_t"))
        .migration("modules/shop/0001_x.sql", table("shop_x"))
        .migration("modules/shop/0003_z.sql", table("shop_z"))
        .migration("modules/blog/0001_x.sql", table("blog_x"));
    project.run(&["migrate"]).exits(0);
    project
        .migration("modules/shop/0002_y.sql", table("shop_y"))
        .migration("modules/blog/0002_y.sql", format!("-- caribou: requires=modules/shop/0001_x\n{}", table("blog_y")));
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let late = |path: &str| {
        let files = plan["files"].as_array().expect("files");
        let file = files.iter().find(|file| file["path"] == path).unwrap_or_else(|| panic!("{path} is not in {plan}"));
        file["findings"].as_array().expect("findings").iter().any(|finding| finding["check"] == "out_of_order")
    };
    assert!(late("modules/shop/0002_y.sql") && !late("modules/blog/0002_y.sql"), "{plan}");
    project.run(&["migrate"]).exits(0);
    project.migration("modules/shop/0002_again.sql", table("shop_again"));
    let refused = project.run(&["plan"]).exits(2).stderr;
    assert!(refused.contains("have the same version 0002"), "{refused}");
}

on_every_server!(
    a_squash_runs_only_where_nothing_has,
    a_renamed_file_does_not_run_again,
    what_was_edited_is_shown_against_what_ran,
    folders_have_numbers_of_their_own,
);
