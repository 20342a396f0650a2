//! Files that stand on another by an object: those of its batch go back with it, those of later batches are in its way.

use crate::support::{Fresh, Project, on_every_server};
use caribou::database::Purpose;

fn said(project: &Project, arguments: &[&str]) -> String {
    let ran = project.run(arguments);
    format!("{}{}", ran.stdout, ran.stderr)
}

async fn what_changes_the_same_table_goes_back_first(fresh: Fresh) {
    let project = Project::on(&fresh);
    let table =
        "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(40));\nINSERT INTO orders VALUES (1, 'a'), (2, 'b');\n";
    project.migration("001_orders.sql", table);
    project.run(&["migrate"]).exits(0);
    project.migration("002_status.sql", "ALTER TABLE orders ADD COLUMN status VARCHAR(20) DEFAULT 'new';\n");
    project.migration("003_note.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    project.migration("004_apart.sql", "CREATE TABLE apart (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("005_rows.sql", "UPDATE orders SET status = 'old' WHERE id = 1;\n");
    project.run(&["migrate"]).exits(0);

    // The batch's own files that changed the table later are taken along; who wrote rows of it later is told.
    let back = ["rollback", "2", "--file", "002_status.sql"];
    let dry = project.run(&[&back[..], &["--dry-run", "--format", "json"]].concat()).exits(0).json();
    let files: Vec<&str> = dry["files"].as_array().expect("files").iter().filter_map(|f| f["path"].as_str()).collect();
    assert_eq!(files, ["003_note.sql", "002_status.sql"], "{dry}");
    assert_eq!(dry["in_the_way"], serde_json::json!([]), "{dry}");
    let since = dry["written_to_since"][0].as_str().expect("a sentence");
    assert!(since.starts_with("005_rows.sql of batch 3 has changed rows of table "), "{since}");
    assert!(said(&project, &[&back[..], &["--dry-run"]].concat()).contains(&format!("Since: {since}.")), "{since}");

    // A later batch that changed what the table is stands on it.
    project.migration("006_more.sql", "ALTER TABLE orders ADD COLUMN more INT;\n");
    project.run(&["migrate"]).exits(0);
    let now = [&back[..], &["--now", "--yes", "--reason", "a test"]].concat();
    let refused = project.run(&now).exits(2);
    let refused = format!("{}{}", refused.stdout, refused.stderr);
    assert!(
        refused.contains("006_more.sql of batch 4 changes table ") && refused.contains("stands on it first"),
        "{refused}"
    );
    project.run(&["rollback", "4", "--file", "006_more.sql", "--now", "--yes", "--reason", "a test"]).exits(0);

    let undone = project.run(&now).exits(0);
    assert!(format!("{}{}", undone.stdout, undone.stderr).contains("verified"), "{undone:?}");
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    let notes = session.query_text("SELECT note FROM orders ORDER BY id").await.expect("the column is back");
    assert_eq!(notes.iter().map(|row| row.get_text(0)).collect::<Vec<_>>(), ["a", "b"]);
    session.query_text("SELECT status FROM orders").await.expect_err("it is gone");
    session.query_text("SELECT id FROM apart").await.expect("nothing stood between them");
    session.close().await;
}

on_every_server!(what_changes_the_same_table_goes_back_first);
