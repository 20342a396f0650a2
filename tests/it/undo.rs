//! Undo without a rollback script, through the real binary: definitions from what the journal saw, rows from what was kept.

mod foreseen;
mod random;
mod theirs;
mod transactions;

use crate::support::{Fresh, Project, on_both_servers, on_every_server, run_on};
use caribou::database::{Definition, Purpose, ServerKind, Value};
use caribou::sql::{ObjectKind, ObjectName};

/// Statements that make what stands before the file that is undone.
const BEFORE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, note VARCHAR(40));\n\
     INSERT INTO people VALUES (1, 'Ada', NULL), (2, 'Bob', 'x'), (3, 'Eve', '');\n\
     CREATE TABLE pairs (a INT NOT NULL, b VARCHAR(20) NOT NULL, n INT, PRIMARY KEY (a, b));\n\
     INSERT INTO pairs VALUES (1, 'p', 10), (1, 'q', NULL), (2, 'p', 30);\n\
     CREATE INDEX by_name ON people (name);\n\
     CREATE VIEW named AS SELECT id, name FROM people;\n";

/// Last statement of a file that is to fail.
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
    comes_back_to(fresh, (BEFORE, &["people", "pairs"]), what).await;
}

async fn comes_back_to(fresh: &Fresh, (start, tables): (&str, &[&str]), what: &str) {
    let project = Project::on(fresh);
    project.unforeseen();
    project.migration("0001_before.sql", start);
    project.run(&["migrate"]).exits(0);
    let before = picture(fresh, tables).await;
    project.migration("0002_what.sql", format!("{what};\n{FAILS}"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("no_such_table"), "{what}: it fails where it is to fail: {ran:?}");
    assert!(ran.stdout.contains("undone       yes"), "{what}: {ran:?}");
    let after = picture(fresh, tables).await;
    assert_eq!(before, after, "{what}");
    project.run(&["doctor"]).exits(0);
}

/// Two tables, one referring to another column than the key, with a row that has no parent from the start.
const CODES: &str = "CREATE TABLE codes (id INTEGER PRIMARY KEY, code VARCHAR(9) NOT NULL UNIQUE);\n\
     CREATE TABLE uses (id INTEGER PRIMARY KEY, code VARCHAR(9), FOREIGN KEY (code) REFERENCES codes (code));\n\
     INSERT INTO codes VALUES (1, 'a');\n";

fn unchecked(fresh: &Fresh, sql: &str) -> String {
    match fresh.kind {
        ServerKind::Sqlite => format!("{sql};\n"),
        ServerKind::MariaDb | ServerKind::MySql => {
            format!("SET foreign_key_checks = 0;\n{sql};\nSET foreign_key_checks = 1;\n")
        }
    }
}

/// A file that `does` something is undone after others did theirs: it fails with `words`, and is a person's to
/// settle once that is mended.
async fn parents_are_missed(fresh: &Fresh, start: &str, does: &str, [theirs, mended]: [&str; 2], words: &[&str]) {
    let project = Project::on(fresh);
    project.unforeseen();
    let mut others = fresh.database().await.open(Purpose::File).await.unwrap();
    for statement in caribou::sql::statements(start, fresh.kind.dialect()).unwrap() {
        others.run(&statement.sql).await.unwrap();
    }
    project.migration("0002_does.sql", format!("{does};\n"));
    project.run(&["migrate"]).exits(0);
    others.run(theirs).await.unwrap();
    let ran = project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "not wanted"]);
    let said = format!("{ran:?}{:?}", project.run(&["status", "--format", "json"]));
    assert_eq!(ran.code, Some(3), "{said}");
    assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    others.run(mended).await.unwrap();
    others.close().await;
    // Everything is undone by then: there is nothing to order again.
    project.run(&["settle", "0002_does.sql", "--as", "rolled_back", "--yes", "--reason", "mended"]).exits(0);
}

/// Keys are unchecked while an undo runs, so it is looked afterwards who lost a parent by it.
async fn a_row_that_loses_its_parent_by_an_undo_is_told(fresh: Fresh) {
    let start = format!("{CODES}{}", unchecked(&fresh, "INSERT INTO uses VALUES (19, 'none')"));
    let others = ["INSERT INTO uses VALUES (13, 'z')", "DELETE FROM uses WHERE id = 13"];
    let words = ["2 rows of", "uses break the foreign key", "to codes: there is no such parent (1 before)"];
    parents_are_missed(&fresh, &start, "UPDATE codes SET code = 'z' WHERE id = 1", others, &words).await;
    assert_eq!(picture(&fresh, &["codes"]).await.1[0], ["1|a"]);
}

/// While the children's table was away, nothing kept others from taking a parent.
async fn a_table_that_comes_back_without_a_parent_is_told(fresh: Fresh) {
    let others = ["DELETE FROM parents WHERE id = 1", "INSERT INTO parents VALUES (1, 'a')"];
    let words = ["1 row of", "kids break the foreign key", "(p) to parents: there is no such parent (0 before)"];
    parents_are_missed(&fresh, FAMILY, "DROP TABLE kids", others, &words).await;
    assert_eq!(picture(&fresh, &["kids"]).await.1[0], ["10|1", "11|2", "12|NULL"]);
}

/// Two tables, of which one refers to the other.
const FAMILY: &str = "CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(9));\n\
     CREATE TABLE kids (id INTEGER PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parents (id) ON DELETE CASCADE);\n\
     INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (3, 'c');\n\
     INSERT INTO kids VALUES (10, 1), (11, 2), (12, NULL);\n";

async fn a_family_of_tables_comes_back(fresh: Fresh) {
    let family = (FAMILY, &["parents", "kids"][..]);
    comes_back_to(&fresh, family, "DROP TABLE kids;\nDROP TABLE parents").await;
}

async fn children_wait_for_parents_that_come_back_after_them(fresh: Fresh) {
    let family = (FAMILY, &["parents", "kids"][..]);
    let unchecked = match fresh.kind {
        ServerKind::Sqlite => "",
        ServerKind::MariaDb | ServerKind::MySql => "SET foreign_key_checks = 0;\n",
    };
    // The undo begins with what was done last.
    comes_back_to(&fresh, family, &format!("{unchecked}DELETE FROM parents;\nDELETE FROM kids")).await;
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
    project.unforeseen();
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

on_every_server!(
    rows_come_back,
    definitions_come_back,
    a_batch_is_undone_file_by_file,
    a_family_of_tables_comes_back,
    children_wait_for_parents_that_come_back_after_them,
    a_row_that_loses_its_parent_by_an_undo_is_told,
);

/// As SQLite's manual changes a table: made anew, filled, put in the old one's place, with its index of the same name.
#[test]
fn a_table_of_sqlite_made_anew_comes_back() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        comes_back(
            &fresh,
            "DROP VIEW named;\n\
             DROP INDEX by_name;\n\
             CREATE TABLE new_people (id INTEGER PRIMARY KEY, name TEXT);\n\
             INSERT INTO new_people SELECT id, name FROM people;\n\
             DROP TABLE people;\n\
             ALTER TABLE new_people RENAME TO people;\n\
             CREATE INDEX by_name ON people (name)",
        )
        .await;
    });
}

#[test]
fn a_parent_of_sqlite_dropped_before_its_children_comes_back() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let family = (FAMILY, &["parents", "kids"][..]);
        comes_back_to(&fresh, family, "DROP TABLE parents;\nDROP TABLE kids").await;
        // Where nothing refers to it any more, and where something still does.
        let project = Project::on(&fresh);
        project.unforeseen();
        project
            .migration("0001_before.sql", FAMILY)
            .migration("0003_alone.sql", format!("DROP TABLE parents;\n{FAILS}"));
        let ran = project.run(&["migrate"]).exits(1);
        assert!(ran.stdout.contains("undone       yes"), "{ran:?}");
        assert_eq!(picture(&fresh, &["parents"]).await.1[0], ["1|a", "2|b", "3|c"]);
    });
}

/// The table is made anew for it, inside a transaction, while the journal goes on.
#[test]
fn a_dropped_column_of_sqlite_comes_back_into_its_place() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        comes_back(&fresh, "ALTER TABLE pairs DROP COLUMN n;\nINSERT INTO pairs VALUES (7, 'z')").await;
    });
}

/// A schema beside core, and a file that makes it if it is not there, and a table in it.
fn beside(fresh: &Fresh) -> (String, String) {
    let name = format!("{}_beside", fresh.schemas().core);
    let file = format!(
        "CREATE DATABASE IF NOT EXISTS {name};\nUSE {name};\nCREATE TABLE made (id INT PRIMARY KEY);\n\
         INSERT INTO made VALUES (1);\n"
    );
    (name, file)
}

async fn tables_of(fresh: &Fresh, schema: &str) -> Option<Vec<String>> {
    let mut session = fresh.database().await.open(Purpose::Control).await.unwrap();
    let there = session.schema_exists(schema).await.unwrap();
    let tables = session.relations(schema).await.unwrap();
    session.close().await;
    there.then(|| tables.into_iter().map(|table| table.name).collect())
}

async fn a_schema_that_a_file_made_goes_again(fresh: Fresh) {
    let (name, file) = beside(&fresh);
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_beside.sql", format!("{file}{FAILS}"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("undone       yes"), "{ran:?}");
    assert_eq!(tables_of(&fresh, &name).await, None);
}

async fn a_schema_that_was_there_stays(fresh: Fresh) {
    let (name, file) = beside(&fresh);
    fresh.native(&format!("CREATE DATABASE {name}; CREATE TABLE {name}.theirs (id INT)"));
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_beside.sql", format!("{file}{FAILS}"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("undone       yes"), "{ran:?}");
    assert_eq!(tables_of(&fresh, &name).await, Some(vec!["theirs".to_owned()]));
    fresh.native(&format!("DROP DATABASE {name}"));
}

async fn a_schema_in_which_others_made_something_is_not_dropped(fresh: Fresh) {
    let (name, file) = beside(&fresh);
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_beside.sql", file);
    project.run(&["migrate"]).exits(0);
    fresh.native(&format!("CREATE TABLE {name}.theirs (id INT); CREATE PROCEDURE {name}.p() SELECT 1"));
    let roll_back = ["rollback", "1", "--class", "A", "--yes", "--reason", "not wanted"];
    let ran = project.run(&roll_back);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let status = project.run(&["status", "--format", "json"]);
    let error = status.json()["batches"].to_string() + &status.stdout;
    assert!(error.contains("holds table theirs, procedure p"), "{status:?}");
    assert_eq!(tables_of(&fresh, &name).await, Some(vec!["theirs".to_owned()]), "theirs stands, ours is gone");
    fresh.native(&format!("DROP TABLE {name}.theirs; DROP PROCEDURE {name}.p"));
    let again = ["rollback", "1", "--file", "0001_beside.sql", "--yes", "--reason", "moved away"];
    project.run(&again).exits(0);
    assert_eq!(tables_of(&fresh, &name).await, None);
}

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
    project.unforeseen();
    project.migration("0001_before.sql", "CREATE TABLE heap (a INT) ENGINE=MyISAM;\nINSERT INTO heap VALUES (1);\n");
    project.run(&["migrate"]).exits(0);
    project.migration("0002_more.sql", "CREATE TABLE more (a INT);\nDELETE FROM heap WHERE a = 1;\n");
    let ran = project.run(&["migrate"]).exits(2);
    assert!(ran.stderr.contains("transactions") && ran.stderr.contains("--accept-irreversible"), "{ran:?}");
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
    a_table_that_comes_back_without_a_parent_is_told,
    a_schema_that_a_file_made_goes_again,
    a_schema_that_was_there_stays,
    a_schema_in_which_others_made_something_is_not_dropped,
    what_hangs_on_a_table_comes_back_with_it,
    dropped_and_emptied_tables_come_back,
    dropped_and_converted_columns_come_back,
    what_cannot_be_kept_stops_a_file_before_it_runs,
);
