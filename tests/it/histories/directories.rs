//! Several directories, each with numbers of its own.

use super::{planned, table};
use crate::support::{Fresh, Project, on_every_server, snapshot};

fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.configure("[migrations]\ndir = [\"core\", \"modules/shop\"]");
    project.write("core/0001_a.sql", table("a")).write("core/0003_c.sql", table("c"));
    project.write("modules/shop/0001_a.sql", table("shop_a"));
    project.write("modules/shop/0001_a.rollback.sql", "DROP TABLE shop_a;\n");
    project
}

async fn each_has_its_order_and_a_name(fresh: Fresh) {
    let before = snapshot(&fresh).await;
    let project = project(&fresh);
    assert_eq!(planned(&project).0, ["core/0001_a.sql", "core/0003_c.sql", "modules/shop/0001_a.sql"]);
    project.run(&["migrate"]).exits(0);
    // A name alone is that of the same directory; and what is late in one is not late in the other.
    project.write("modules/shop/0002_b.sql", format!("-- caribou: requires=0001_a\n{}", table("shop_b")));
    project.write("core/0002_b.sql", format!("-- caribou: requires=modules/shop/0001_a\n{}", table("b")));
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let files = plan["files"].as_array().expect("files");
    let told: Vec<(&str, &str, bool)> = files
        .iter()
        .map(|file| {
            let is_late = |found: &serde_json::Value| found["check"] == "out_of_order";
            let late = file["findings"].as_array().expect("findings").iter().any(is_late);
            (file["path"].as_str().expect("a path"), file["depends_on"][0].as_str().unwrap_or_default(), late)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("core/0002_b.sql", "modules/shop/0001_a.sql", true),
            ("modules/shop/0002_b.sql", "modules/shop/0001_a.sql", false)
        ]
    );
    project.run(&["migrate"]).exits(0);
    // As arguments, from where the directories are.
    let other = Fresh::on(fresh.kind);
    let url = other.url();
    let all = ["plan", "--format", "json", "--url", url.as_str(), "--dir", "modules/shop", "--dir", "core"];
    let plan = project.run(&all).exits(0).json();
    assert_eq!(plan["files"][0]["path"], "modules/shop/0001_a.sql", "{plan}");
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "back"]).exits(0);
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "back"]).exits(0);
    assert_eq!(snapshot(&fresh).await, before);
    project.run(&["doctor"]).exits(0);
}

async fn errors_name_the_directory(fresh: Fresh) {
    let project = project(&fresh);
    project.write("modules/shop/0002_b.sql", "-- caribou: requirs=0001_a\nSELECT 1;\n");
    let wrong = project.run(&["plan"]).exits(2);
    assert!(wrong.stderr.contains("modules/shop: 0002_b.sql, line 1"), "{wrong:?}");
    project.write("modules/shop/0002_b.sql", "CREATE TABLE b (id INT;\n");
    let wrong = project.run(&["migrate"]);
    assert!(wrong.stderr.contains("modules/shop/0002_b.sql"), "{wrong:?}");
    project.write("modules/shop/0002_b.sql", "SELECT 1;\n").write("modules/shop/0002_c.sql", "SELECT 1;\n");
    let twice = project.run(&["plan"]).exits(2);
    assert!(twice.stderr.contains("modules/shop: ") && twice.stderr.contains("same version 0002"), "{twice:?}");
    let elsewhere = project.run(&["plan", "--dir", "core", "--dir", "/etc"]).exits(2);
    assert!(elsewhere.stderr.contains("does not lie below"), "{elsewhere:?}");
}

/// A project with one directory gets a second one: what ran is known by its new name.
async fn a_second_directory_runs_nothing_again(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_a.sql", table("a"));
    project.run(&["migrate"]).exits(0);
    project.configure("[migrations]\ndir = [\"migrations\", \"more\"]").write("more/0001_b.sql", table("b"));
    let (paths, findings) = planned(&project);
    assert_eq!((paths, findings[0].0.as_str()), (vec!["more/0001_b.sql".to_owned()], "renamed"));
    project.run(&["repair", "--all", "--yes", "--reason", "a second directory"]).exits(0);
    project.run(&["migrate"]).exits(0);
    let (paths, findings) = planned(&project);
    assert_eq!((paths.len(), findings.len()), (0, 0), "{findings:?}");
}

on_every_server!(each_has_its_order_and_a_name, errors_name_the_directory, a_second_directory_runs_nothing_again);
