//! A file changes what refers to another file's table while that one runs: both are undone, and neither is blamed for the
//! other.

use crate::support::{Fresh, Project, on_both_servers, snapshot};

async fn what_another_file_changed_meanwhile_is_not_compared(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[workers]\nparallel = 2");
    let before = snapshot(&fresh).await;
    project.migration(
        "0001_both.sql",
        "CREATE TABLE parent (id INT PRIMARY KEY, note INT NOT NULL);\n\
         CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id));\n",
    );
    // The long one has begun with the child when the parent's turn comes, and ends after it.
    project.migration(
        "0002_child.sql",
        "ALTER TABLE child ADD COLUMN more INT;\nSELECT SLEEP(1);\nALTER TABLE child ADD COLUMN again INT;\n",
    );
    project.migration("0003_first.sql", "CREATE TABLE first (id INT PRIMARY KEY);\nSELECT SLEEP(0.3);\n");
    let parent = "-- caribou: requires=0003_first\nALTER TABLE parent MODIFY note INT NULL;\n";
    project.migration("0004_parent.sql", parent);
    project.run(&["migrate"]).exits(0);
    let undone = project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "back"]).exits(0);
    assert!(undone.stdout.contains("undone and verified"), "{undone:?}");
    assert_eq!(snapshot(&fresh).await, before);
    project.run(&["doctor"]).exits(0);
}

on_both_servers!(what_another_file_changed_meanwhile_is_not_compared);
