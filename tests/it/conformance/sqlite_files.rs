//! Peculiarities of SQLite: which files there are, and in which mode.

use crate::support::{Fresh, is_wanted, run};
use caribou::database::{Purpose, ServerKind, Session, Target, connect};
use std::path::Path;

async fn text(session: &mut dyn Session, sql: &str) -> String {
    session.query(sql, &[]).await.expect(sql)[0].get_text(0)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map(|entries| {
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

#[test]
fn a_reader_makes_no_files() {
    if !is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let fresh = Fresh::on(ServerKind::Sqlite);
        let dir = fresh.sqlite_dir().expect("a directory");
        let database = fresh.database().await;
        let mut reader = database.open(Purpose::Reader).await.expect("a session");
        assert_eq!(reader.relations("core").await, Ok(Vec::new()));
        assert_eq!(names(&dir), Vec::<String>::new());
        drop(database.open(Purpose::File).await.expect("a session"));
        assert!(names(&dir).contains(&"core.db".to_owned()));
    });
}

#[test]
fn a_new_core_is_wal_and_an_old_one_stays_as_it_is() {
    if !is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let fresh = Fresh::on(ServerKind::Sqlite);
        let mut file = fresh.database().await.open(Purpose::File).await.expect("a session");
        assert_eq!(text(file.as_mut(), "PRAGMA main.journal_mode").await, "wal");
        assert_eq!(text(file.as_mut(), "PRAGMA core_orchestration.journal_mode").await, "wal");
        assert_eq!(text(file.as_mut(), "PRAGMA core_orchestration.synchronous").await, "2");
        assert_eq!(text(file.as_mut(), "PRAGMA foreign_keys").await, "0");
        file.run("PRAGMA main.journal_mode = DELETE").await.expect("changed");
        file.run("CREATE TABLE t (id INT)").await.expect("DDL");
        file.close().await;
        let mut again = fresh.database().await.open(Purpose::File).await.expect("a session");
        assert_eq!(text(again.as_mut(), "PRAGMA main.journal_mode").await, "delete");
    });
}

#[test]
fn sessions_that_make_the_files_together_all_open() {
    if !is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let target = Target::sqlite(dir.path().join("files"));
        let tasks: Vec<_> = (0..12)
            .map(|number| {
                let target = target.clone();
                tokio::spawn(async move {
                    let purpose = [Purpose::Journal, Purpose::Control, Purpose::File][number % 3];
                    connect(&target).await.expect("a database").open(purpose).await.map(drop)
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.expect("it ended"), Ok(()));
        }
    });
}

#[test]
fn a_file_that_holds_core_for_long_does_not_stop_the_journal() {
    if !is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let fresh = Fresh::on(ServerKind::Sqlite);
        let database = fresh.database().await;
        let mut journal = database.open(Purpose::Journal).await.expect("a session");
        journal.execute("CREATE TABLE core_orchestration.j (id INT)", &[]).await.expect("DDL");
        let mut file = database.open(Purpose::File).await.expect("a session");
        file.run("CREATE TABLE t (id INT)").await.expect("DDL");
        file.begin().await.expect("begin");
        file.run("INSERT INTO t VALUES (1)").await.expect("DML");
        journal.begin().await.expect("begin");
        journal.execute("INSERT INTO core_orchestration.j VALUES (?)", &[1.into()]).await.expect("DML");
        journal.commit().await.expect("commit");
        file.execute("INSERT INTO core_orchestration.j VALUES (?)", &[2.into()]).await.expect("a receipt");
        file.commit().await.expect("commit");
        assert_eq!(text(journal.as_mut(), "SELECT COUNT(*) FROM core_orchestration.j").await, "2");
    });
}

#[test]
fn a_trigger_with_a_body_is_one_statement() {
    if !is_wanted(ServerKind::Sqlite) {
        return;
    }
    run(async {
        let fresh = Fresh::on(ServerKind::Sqlite);
        let mut file = fresh.database().await.open(Purpose::File).await.expect("a session");
        file.run("CREATE TABLE t (id INT)").await.expect("DDL");
        let trigger =
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE id = 1; DELETE FROM t WHERE id = 2; END";
        file.run(&format!("{trigger}; DROP TABLE t")).await.expect_err("two statements");
        file.run(&format!("{trigger};")).await.expect("one statement");
        file.run("INSERT INTO t VALUES (1), (2), (3)").await.expect("DML");
        assert_eq!(text(file.as_mut(), "SELECT COUNT(*) FROM t").await, "1");
    });
}
