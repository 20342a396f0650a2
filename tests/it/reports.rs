//! The report of a batch: from the journal, for batches that ended in every way.

use crate::support::{Fresh, Project, on_every_server};

const HERD: &str = "CREATE TABLE herd (id INT PRIMARY KEY, name VARCHAR(40));\nINSERT INTO herd VALUES (1, 'ana');\n";

async fn a_batch_is_told_whole_from_its_journal(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[report]\ndirectory = \"reports\"\n").unforeseen();
    assert!(project.run(&["report"]).exits(2).stderr.contains("there is no batch yet"));
    project.migration("1_herd.sql", HERD);
    let ran = project.run(&["migrate"]).exits(0);
    assert!(ran.stderr.contains("reports/batch-1.md"), "{ran:?}");
    project
        .migration("2_a|b.sql", "ALTER TABLE herd ADD COLUMN note VARCHAR(20);\nDELETE FROM herd WHERE id = 1;\n")
        .migration("3_bad.sql", "-- caribou: requires=2_a|b\nINSERT INTO nowhere VALUES ('<b>`x`');\n");
    project.run(&["migrate"]).exits(1);

    let first = std::fs::read_to_string(project.path("reports/batch-1.md")).expect("the report");
    assert_eq!(first, project.run(&["report", "1"]).exits(0).stdout, "the same, whenever it is made");
    for told in ["# Batch 1: ", "| 1 | 1\\_herd.sql | doctrine | completed | 2 of 2 | 1 |", "(created)", "herd"] {
        assert!(first.contains(told), "{told:?} is not in {first}");
    }
    let version = fresh.database().await.version().to_owned();
    assert!(first.contains(&version), "{version:?} is not in {first}");

    let second = std::fs::read_to_string(project.path("reports/batch-2.md")).expect("the report of a failure");
    for told in ["(rolled back)", "2\\_a\\|b.sql", "Nothing of it stands", "No definition", "nowhere"] {
        assert!(second.contains(told), "{told:?} is not in {second}");
    }

    project.run(&["report", "1", "--format", "json", "--output", "1.json"]).exits(0);
    let json = std::fs::read_to_string(project.path("1.json")).expect("the document");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["batch"]["status"], &json["changes"][0]["what"]), (&"completed".into(), &"created".into()));
    let refused = project.run(&["report", "1", "--output", "no/such/place.md"]).exits(1).stderr;
    assert!(refused.contains("cannot write no/such/place.md"), "{refused}");
    assert!(project.run(&["report", "77"]).exits(2).stderr.contains("no batch 77"));
}

on_every_server!(a_batch_is_told_whole_from_its_journal);
