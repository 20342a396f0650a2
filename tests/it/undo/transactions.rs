//! Transactions of a script's own, and what it takes back itself.

use super::{BEFORE, FAILS, picture};
use crate::support::{Fresh, Project, on_every_server, run_on};
use caribou::database::ServerKind;

/// A server shows a transaction no table that was made after it first read.
async fn a_transaction_of_a_file_is_kept_statement_by_statement(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.unforeseen();
    let counted = match fresh.kind {
        ServerKind::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        ServerKind::MariaDb | ServerKind::MySql => "INT PRIMARY KEY AUTO_INCREMENT",
    };
    let log =
        format!("CREATE TABLE log (id {counted}, n INT, note VARCHAR(9));\nINSERT INTO log (n) VALUES (1), (2);\n");
    project.migration("0001_log.sql", log);
    project.run(&["migrate"]).exits(0);
    let before = picture(&fresh, &["log"]).await;
    let within = "CREATE TABLE made (id INT);\nBEGIN;\nINSERT INTO made VALUES (1);\nINSERT INTO log (n) VALUES (3);\n\
                  UPDATE log SET note = 'later' WHERE n > 1;\nDELETE FROM log WHERE n = 1;\nCOMMIT;\nINSERT INTO made VALUES (2);\n";
    project.migration("0002_within.sql", format!("{within}{FAILS}"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("no_such_table"), "{ran:?}");
    assert_eq!(picture(&fresh, &["log"]).await, before);
    project.migration("0002_within.sql", within);
    project.migration("0002_within.rollback.sql", "DELETE FROM log WHERE n = 3;\nDROP TABLE made;\n");
    project.run(&["migrate"]).exits(0);
}

/// A part that a script itself rolls back is neither done nor done again, on the way there and on the way back.
async fn what_a_script_rolls_back_stays_so(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_before.sql", BEFORE);
    project.run(&["migrate"]).exits(0);
    let before = picture(&fresh, &["people", "pairs"]).await;
    project.migration(
        "0002_what.sql",
        "CREATE TABLE made (id INT PRIMARY KEY);\nBEGIN;\nSAVEPOINT a;\nUPDATE people SET note = 'no';\nROLLBACK TO a;\n\
         INSERT INTO pairs VALUES (9, 'z', 9);\nCOMMIT;\nBEGIN;\nDELETE FROM people;\nROLLBACK;\n",
    );
    project.migration(
        "0002_what.rollback.sql",
        "BEGIN;\nDELETE FROM people;\nROLLBACK;\nBEGIN;\nDELETE FROM pairs WHERE a = 9;\nSAVEPOINT b;\nDELETE FROM pairs;\n\
         ROLLBACK TO SAVEPOINT b;\nCOMMIT;\nDROP TABLE made;\n",
    );
    project.run(&["migrate"]).exits(0);
    project.run(&["doctor"]).exits(0);
    let after = picture(&fresh, &["people"]).await;
    assert_eq!(after.1[0], before.1[0], "the people are as before");
    project.run(&["rollback", "--file", "0002_what.sql", "--yes", "--reason", "back"]).exits(0);
    project.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(0);
    assert_eq!(picture(&fresh, &["people", "pairs"]).await, before);
    project.run(&["doctor"]).exits(0);
}

/// Checks that what a file fails after comes back, and that nothing of ours stays in core.
async fn fails_and_comes_back(fresh: &Fresh, tables: &[&str], does: &[&str]) {
    let project = Project::on(fresh);
    project.unforeseen();
    project.migration("0001_before.sql", format!("{BEFORE}CREATE TABLE r (a TEXT, n INT, b TEXT);\nINSERT INTO r VALUES ('x', 1, 'p'), ('y', 2, 'q'), ('z', 3, NULL);\n"));
    project.run(&["migrate"]).exits(0);
    let before = picture(fresh, tables).await;
    for what in does {
        project.migration("0002_what.sql", format!("{what};\n{FAILS}"));
        let ran = project.run(&["migrate"]).exits(1);
        assert!(ran.stdout.contains("no_such_table"), "{what}: {ran:?}");
        assert_eq!(picture(fresh, tables).await, before, "{what}: {ran:?}");
    }
}

/// A savepoint opens a transaction on SQLite, and releasing that one commits it with all savepoints within; and what was
/// defined and rolled back was never there.
async fn savepoints_of_sqlite_nest(fresh: Fresh) {
    let does = [
        "SAVEPOINT a; INSERT INTO pairs VALUES (7, 'x', 7); SAVEPOINT b; DELETE FROM people; ROLLBACK TO b; RELEASE a",
        "SAVEPOINT a; SAVEPOINT a; DELETE FROM pairs; RELEASE a; ROLLBACK TO a; UPDATE people SET note = 'n'; RELEASE a",
        "SAVEPOINT a; UPDATE people SET note = 'a'; SAVEPOINT b; UPDATE people SET note = 'b'; RELEASE a; DELETE FROM people",
        "BEGIN; SAVEPOINT s; CREATE TABLE x (i INT); ROLLBACK TO s; CREATE TABLE x (i INT); COMMIT",
        "BEGIN; SAVEPOINT s; ALTER TABLE r ADD COLUMN c INT; ROLLBACK TO s; COMMIT; ALTER TABLE r DROP COLUMN n",
        "BEGIN; ALTER TABLE r ADD COLUMN c INT; ROLLBACK; ALTER TABLE r DROP COLUMN n",
    ];
    fails_and_comes_back(&fresh, &["people", "pairs", "r"], &does).await;
}

/// A table without a key of its own is known by its rowids: one that is made anew keeps them.
async fn a_table_of_sqlite_that_is_made_anew_keeps_its_rowids(fresh: Fresh) {
    let does = [
        "DELETE FROM r WHERE n = 1; ALTER TABLE r DROP COLUMN n",
        "UPDATE r SET n = n + 1 WHERE n > 1; ALTER TABLE r DROP COLUMN n; DELETE FROM r WHERE a = 'x'",
        "DELETE FROM people WHERE id = 1; ALTER TABLE people DROP COLUMN note; ALTER TABLE pairs DROP COLUMN n",
    ];
    fails_and_comes_back(&fresh, &["people", "pairs", "r"], &does).await;
}

#[test]
fn savepoints_nest_on_sqlite() {
    run_on(ServerKind::Sqlite, savepoints_of_sqlite_nest);
}

#[test]
fn a_table_that_is_made_anew_keeps_its_rowids_on_sqlite() {
    run_on(ServerKind::Sqlite, a_table_of_sqlite_that_is_made_anew_keeps_its_rowids);
}

on_every_server!(what_a_script_rolls_back_stays_so, a_transaction_of_a_file_is_kept_statement_by_statement);
