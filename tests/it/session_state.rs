//! Files that do more than plain statements: `USE`, table locks, tables without transactions. Each told as it really
//! is.

use crate::support::{Fresh, Project, Ran, on_both_servers};
use caribou::database::{Purpose, ServerKind};

struct Scene {
    fresh: Fresh,
    project: Project,
}

impl Scene {
    fn new(fresh: Fresh) -> Scene {
        let project = Project::on(&fresh);
        Scene { fresh, project }
    }

    fn file(&self, up: &str, down: &str) -> &Project {
        self.project.migration("0001_a.sql", up).migration("0001_a.rollback.sql", down)
    }

    /// A number; `None` when the table is not there.
    async fn number(&self, sql: &str) -> Option<i64> {
        let database = self.fresh.database().await;
        let mut session = database.open(Purpose::File).await.expect("a session");
        let rows = session.query_text(sql).await;
        session.close().await;
        rows.ok().and_then(|rows| rows.first().map(|row| row.get_i64(0)))
    }

    /// A schema beside core, as applications may have one.
    fn other(&self) -> String {
        let other = format!("{}_shop", self.fresh.schemas().core);
        self.fresh.native(&format!("CREATE DATABASE {other}"));
        other
    }
}

#[track_caller]
fn says(ran: &Ran, texts: &[&str]) {
    for text in texts {
        assert!(ran.stdout.contains(text), "no {text:?} in {}", ran.stdout);
    }
}

const LOCKED: &str = "CREATE TABLE t (id INT PRIMARY KEY);\nCREATE TABLE u (id INT);\nLOCK TABLES t WRITE, u WRITE;\n\
                      INSERT INTO t VALUES (1);\nINSERT INTO u VALUES (1);\n";

async fn a_file_may_lock_its_tables(fresh: Fresh) {
    let scene = Scene::new(fresh);
    scene.file(&format!("{LOCKED}UNLOCK TABLES;\nINSERT INTO t VALUES (2);\n"), "DROP TABLE u;\nDROP TABLE t;\n");
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(2));
    scene.project.run(&["doctor"]).exits(0);
}

async fn a_failure_under_table_locks_is_undone(fresh: Fresh) {
    let scene = Scene::new(fresh);
    scene.file(&format!("{LOCKED}INSERT INTO t VALUES (1);\nUNLOCK TABLES;\n"), "DROP TABLE u;\nDROP TABLE t;\n");
    let ran = scene.project.run(&["migrate"]).exits(1);
    says(&ran, &["0001_a.sql:6", "took effect  statements 1 to 5", "undone       yes"]);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None);
    scene.project.run(&["doctor"]).exits(0);
}

async fn a_table_that_was_not_locked_is_refused_by_the_server(fresh: Fresh) {
    let scene = Scene::new(fresh);
    let up = "CREATE TABLE t (id INT PRIMARY KEY);\nCREATE TABLE u (id INT);\nLOCK TABLES t WRITE;\n\
              INSERT INTO u VALUES (1);\n";
    scene.file(up, "DROP TABLE u;\nDROP TABLE t;\n");
    let ran = scene.project.run(&["migrate"]).exits(1);
    says(&ran, &["0001_a.sql:4", "1100", "took effect  statements 1 to 3", "undone       yes"]);
}

async fn use_leads_where_the_file_says(fresh: Fresh) {
    let scene = Scene::new(fresh);
    let other = scene.other();
    let up =
        format!("CREATE TABLE here (id INT);\nUSE {other};\nCREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    scene.file(&up, &format!("DROP TABLE {other}.t;\nDROP TABLE here;\n"));
    scene.project.migration("0002_b.sql", "CREATE TABLE b (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM {other}.t")).await, Some(1));
    assert_eq!(scene.number("SELECT COUNT(*) FROM b").await, Some(0), "the next file is in core again");
    scene.project.run(&["doctor"]).exits(0);
}

async fn a_failure_after_use_is_told_as_it_is(fresh: Fresh) {
    let scene = Scene::new(fresh);
    let other = scene.other();
    let up = format!("USE {other};\nCREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);\n");
    scene.file(&up, &format!("DROP TABLE {other}.t;\n"));
    let ran = scene.project.run(&["migrate"]).exits(1);
    says(&ran, &["0001_a.sql:3", "nowhere", "undone       yes"]);
    assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM {other}.t")).await, None);
}

/// The script drops a table of the same name in core: what the file made elsewhere stands, and that is said.
async fn an_undo_finds_the_schema_that_use_had_chosen(fresh: Fresh) {
    let scene = Scene::new(fresh);
    let other = scene.other();
    let up = format!("USE {other};\nCREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);\n");
    scene.file(&up, "DROP TABLE IF EXISTS t;\n");
    // The script would look in core; what is derived from the definitions finds the table where it was made.
    let ran = scene.project.run(&["migrate"]).exits(1);
    assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM {other}.t")).await, None, "{ran:?}");
}

const MYISAM: &str = "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM;\nINSERT INTO m VALUES (1);\n";

async fn tables_without_transactions_are_filled(fresh: Fresh) {
    let scene = Scene::new(fresh);
    scene.file(&format!("{MYISAM}INSERT INTO m VALUES (2), (3);\n"), "DROP TABLE m;\n");
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM m").await, Some(3));
    scene.project.run(&["doctor"]).exits(0);
}

/// The table was there before: nothing takes back the row that came before the one that was refused.
async fn rows_that_cannot_be_rolled_back_are_told(fresh: Fresh) {
    let scene = Scene::new(fresh);
    scene.fresh.native(MYISAM);
    scene.file("INSERT INTO m VALUES (2);\nINSERT INTO m VALUES (3), (1);\n", "DELETE FROM m WHERE id = 2;\n");
    let ran = scene.project.run(&["migrate"]).exits(3);
    assert_eq!(scene.number("SELECT COUNT(*) FROM m WHERE id = 3").await, Some(1));
    says(
        &ran,
        &[
            "0001_a.sql:2",
            "in doubt: statements 2",
            "m is a MyISAM table and has no transactions",
            "a person has to look",
        ],
    );
}

async fn a_transaction_over_both_kinds_of_tables_is_told(fresh: Fresh) {
    let scene = Scene::new(fresh);
    scene.fresh.native(MYISAM);
    scene.fresh.native("CREATE TABLE i (id INT PRIMARY KEY)");
    let up = "BEGIN;\nINSERT INTO i VALUES (1);\nINSERT INTO m VALUES (2);\nINSERT INTO i VALUES (1);\nCOMMIT;\n";
    scene.file(up, "DELETE FROM i;\n");
    let ran = scene.project.run(&["migrate"]).exits(3);
    let rows = (scene.number("SELECT COUNT(*) FROM i").await, scene.number("SELECT COUNT(*) FROM m").await);
    // MySQL with GTIDs refuses the mixture before it runs; what that left is not known from the refusal alone.
    let (line, stands) = if scene.fresh.kind == ServerKind::MySql { (3, 1) } else { (4, 2) };
    assert_eq!(rows, (Some(0), Some(stands)), "{ran:?}");
    says(&ran, &[&format!("0001_a.sql:{line}"), "in doubt", "m is a MyISAM table and has no transactions"]);
}

on_both_servers!(
    a_file_may_lock_its_tables,
    a_failure_under_table_locks_is_undone,
    a_table_that_was_not_locked_is_refused_by_the_server,
    use_leads_where_the_file_says,
    a_failure_after_use_is_told_as_it_is,
    an_undo_finds_the_schema_that_use_had_chosen,
    tables_without_transactions_are_filled,
    rows_that_cannot_be_rolled_back_are_told,
    a_transaction_over_both_kinds_of_tables_is_told,
);
