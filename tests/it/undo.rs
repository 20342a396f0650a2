//! Undo without a rollback script, through the real binary: definitions from what the journal saw, rows from what was kept.

use crate::support::{Fresh, Project, on_both_servers, on_every_server};
use caribou::database::{Definition, Purpose, ServerKind, Value};
use caribou::sql::{ObjectKind, ObjectName};

/// What stands before the file that is undone.
const BEFORE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, note VARCHAR(40));\n\
     INSERT INTO people VALUES (1, 'Ada', NULL), (2, 'Bob', 'x'), (3, 'Eve', '');\n\
     CREATE TABLE pairs (a INT NOT NULL, b VARCHAR(20) NOT NULL, n INT, PRIMARY KEY (a, b));\n\
     INSERT INTO pairs VALUES (1, 'p', 10), (1, 'q', NULL), (2, 'p', 30);\n\
     CREATE INDEX by_name ON people (name);\n\
     CREATE VIEW named AS SELECT id, name FROM people;\n";

/// What comes last in a file that is to fail.
const FAILS: &str = "INSERT INTO no_such_table VALUES (1);\n";

/// Definitions of tables, index and view, and all rows.
type Picture = (Vec<Definition>, Vec<Vec<String>>);

async fn picture(fresh: &Fresh, tables: &[&str]) -> Picture {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::Control).await.unwrap();
    let core = database.schemas().core.clone();
    let relations = session.relations(&core).await.unwrap();
    let mut objects: Vec<ObjectName> = relations;
    objects.push(ObjectName::new(ObjectKind::Index, "by_name"));
    let definitions = session.inspect(&objects).await.unwrap();
    let mut rows = Vec::new();
    session.close().await;
    let mut files = database.open(Purpose::File).await.unwrap();
    for table in tables {
        let found = files.query_text(&format!("SELECT * FROM {table} ORDER BY 1")).await.unwrap();
        rows.push(
            found.iter().map(|row| (0..row.len()).map(|i| text(row.get(i))).collect::<Vec<_>>().join("|")).collect(),
        );
    }
    files.close().await;
    (definitions, rows)
}

fn text(value: &Value) -> String {
    value.as_text().unwrap_or_else(|| "NULL".to_owned())
}

/// Runs a file that does `what` and then fails; everything must be as before.
async fn comes_back(fresh: &Fresh, what: &str) {
    let project = Project::on(fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    let before = picture(fresh, &["people", "pairs"]).await;
    project.migration("0002_what.sql", format!("{what};\n{FAILS}"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("no_such_table"), "{what}: it fails where it is to fail: {ran:?}");
    assert!(ran.stdout.contains("undone       yes"), "{what}: {ran:?}");
    let after = picture(fresh, &["people", "pairs"]).await;
    assert_eq!(before, after, "{what}");
    project.run(&["doctor"]).exits(0);
}

async fn rows_come_back(fresh: Fresh) {
    comes_back(
        &fresh,
        "UPDATE people SET note = 'changed' WHERE id < 3;\n\
         DELETE FROM people WHERE id = 2;\n\
         INSERT INTO people (id, name) VALUES (7, 'Zoe'), (8, 'Yan');\n\
         INSERT INTO pairs VALUES (2, 'q', 1);\n\
         UPDATE pairs SET n = 99 WHERE b = 'p';\n\
         REPLACE INTO pairs VALUES (1, 'q', 5);\n\
         BEGIN;\n\
         DELETE FROM pairs;\n\
         INSERT INTO pairs SELECT id, name, 0 FROM people;\n\
         COMMIT",
    )
    .await;
}

async fn definitions_come_back(fresh: Fresh) {
    let drop_index = match fresh.kind {
        ServerKind::Sqlite => "DROP INDEX by_name",
        ServerKind::MariaDb | ServerKind::MySql => "DROP INDEX by_name ON people",
    };
    comes_back(
        &fresh,
        &format!(
            "CREATE TABLE more (id INTEGER PRIMARY KEY, v INT);\n\
             INSERT INTO more VALUES (1, 2);\n\
             CREATE INDEX of_more ON more (v);\n\
             ALTER TABLE people ADD COLUMN age INT;\n\
             UPDATE people SET age = 30;\n\
             CREATE VIEW aged AS SELECT id, age FROM people;\n\
             {drop_index};\n\
             DROP VIEW named;\n\
             CREATE TABLE temp_one (id INT);\n\
             DROP TABLE temp_one"
        ),
    )
    .await;
}

async fn a_batch_is_undone_file_by_file(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    let before = picture(&fresh, &["people", "pairs"]).await;
    project
        .migration("0002_a.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);\n")
        .migration("0003_b.sql", "ALTER TABLE t ADD COLUMN x INT;\nUPDATE people SET note = name;\n")
        .migration("0004_c.sql", FAILS);
    let ran = project.run(&["migrate", "--format", "json"]).exits(1);
    assert_eq!(ran.json()["batch"]["status"], "rolled_back");
    assert_eq!(before, picture(&fresh, &["people", "pairs"]).await);
    project.run(&["doctor"]).exits(0);
}

on_every_server!(rows_come_back, definitions_come_back, a_batch_is_undone_file_by_file);

async fn dropped_and_converted_columns_come_back(fresh: Fresh) {
    comes_back(
        &fresh,
        "ALTER TABLE people DROP COLUMN note, MODIFY name VARCHAR(3) NOT NULL DEFAULT 'x';\n\
         ALTER TABLE pairs CHANGE n m TINYINT",
    )
    .await;
}

async fn what_cannot_be_kept_stops_a_file_before_it_runs(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("0001_before.sql", "CREATE TABLE heap (a INT);\nINSERT INTO heap VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("0002_more.sql", "CREATE TABLE more (a INT);\nDELETE FROM heap WHERE a = 1;\n");
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("has no key") && ran.stdout.contains("--accept-irreversible"), "{ran:?}");
    assert!(!picture(&fresh, &["heap", "heap"]).await.0.iter().any(|d| d.object.name == "more"), "nothing has run");
    project.run(&["migrate", "--accept-irreversible"]).exits(0);
}

async fn dropped_and_emptied_tables_come_back(fresh: Fresh) {
    comes_back(
        &fresh,
        "TRUNCATE TABLE pairs;\nINSERT INTO pairs VALUES (9, 'z', 9);\nDROP VIEW named;\nDROP TABLE people",
    )
    .await;
}

async fn what_hangs_on_a_table_comes_back_with_it(fresh: Fresh) {
    comes_back(
        &fresh,
        "CREATE TABLE parents (id INT PRIMARY KEY);\n\
         INSERT INTO parents VALUES (10), (30);\n\
         ALTER TABLE pairs ADD CONSTRAINT of_parent FOREIGN KEY (n) REFERENCES parents (id) ON DELETE CASCADE;\n\
         CREATE TRIGGER no_empty BEFORE INSERT ON pairs FOR EACH ROW SET NEW.b = UPPER(NEW.b);\n\
         DROP TABLE pairs",
    )
    .await;
}

on_both_servers!(
    what_hangs_on_a_table_comes_back_with_it,
    dropped_and_emptied_tables_come_back,
    dropped_and_converted_columns_come_back,
    what_cannot_be_kept_stops_a_file_before_it_runs,
);
