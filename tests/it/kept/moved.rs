//! DROP TABLE and TRUNCATE as a rename.

use super::bench::Bench;
use crate::support::{Fresh, on_both_servers};
use caribou::kept;
use caribou::model::{KeptKind, Place};

const FILLED: &str = "CREATE TABLE p (id INT PRIMARY KEY);
INSERT INTO p VALUES (1), (2);
CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, p INT, s VARCHAR(20), KEY (s),
  CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);
INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b');
CREATE TABLE alone (id INT PRIMARY KEY, n INT, CHECK (n > 0)) COMMENT 'kept';
INSERT INTO alone VALUES (1, 1)";

async fn a_dropped_table_comes_back_whole(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = (bench.definition("t").await, bench.rows("id, p, s", "t").await);
    bench.run("SET sql_mode = 'ANSI_QUOTES', sql_quote_show_create = 0").await;
    let kept = bench.keep("DROP TABLE IF EXISTS t, nothing").await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.kind).collect::<Vec<_>>(), [KeptKind::TableMoved]);
    assert_eq!(bench.definition("t").await, None);
    assert!(Place::read(&kept[0].place).is_some());
    // In the undo schema it neither blocks its parent nor loses rows to it.
    bench.rival("DELETE FROM p WHERE id = 1; INSERT INTO p VALUES (1)").await;
    assert!(kept::stands(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap() == Some(true));
    for _ in 0..2 {
        let done = kept::put_back(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap();
        assert_eq!((done.restored, done.skipped.len()), (2, 0));
        assert_eq!((bench.definition("t").await, bench.rows("id, p, s", "t").await), before.clone());
    }
    assert_eq!(bench.places().await, 0);
    bench.close().await;
}

async fn parent_and_child_go_together(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = (bench.definition("t").await, bench.definition("p").await);
    let refusal = bench.keep("DROP TABLE p").await.unwrap_err().to_string();
    assert!(refusal.contains("foreign key constraint"), "the server refuses it, as it does to anybody: {refusal}");
    let kept = bench.keep("DROP TABLE p, t").await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(bench.definition("p").await, None);
    for kept in &kept {
        kept::put_back(&bench.store, bench.keeper.as_mut(), kept).await.unwrap();
    }
    assert_eq!((bench.definition("t").await, bench.definition("p").await), before);
    bench.close().await;
}

async fn a_truncated_table_comes_back(fresh: Fresh) {
    let set_up =
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(20)); INSERT INTO t (s) VALUES ('a'), ('b')";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = (bench.definition("t").await, bench.rows("id, s", "t").await);
    let kept = bench.keep("TRUNCATE TABLE t").await.unwrap();
    assert_eq!(bench.definition("t").await, before.0, "an empty twin stands there");
    assert_eq!(bench.number("SELECT COUNT(*) FROM t").await, 0);
    kept::put_back(&bench.store, bench.keeper.as_mut(), &kept[0]).await.unwrap();
    assert_eq!((bench.definition("t").await, bench.rows("id, s", "t").await), before);
    kept::discard(&bench.store, bench.keeper.as_mut(), [kept[0].twin.as_ref().unwrap()]).await.unwrap();
    assert_eq!(bench.places().await, 0);
    bench.close().await;
}

async fn triggers_come_back_with_their_table(fresh: Fresh) {
    let set_up = "CREATE TABLE log (n INT); CREATE TABLE t (id INT PRIMARY KEY);
        SET sql_mode = 'ANSI_QUOTES';
        CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW SET NEW.id = NEW.id + 1;
        CREATE TRIGGER second BEFORE INSERT ON t FOR EACH ROW INSERT INTO log VALUES (NEW.\"id\");
        SET sql_mode = ''; INSERT INTO t VALUES (1)";
    let mut bench = Bench::new(&fresh, set_up).await;
    const TRIGGERS: &str = "SELECT TRIGGER_NAME, ACTION_ORDER, ACTION_STATEMENT, SQL_MODE, DEFINER, \
                            CHARACTER_SET_CLIENT, COLLATION_CONNECTION FROM information_schema.TRIGGERS \
                            WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY TRIGGER_NAME";
    let before = bench.ask(TRIGGERS).await;
    assert_eq!(before.len(), 2);
    let kept = bench.keep("DROP TABLE t").await.unwrap();
    assert_eq!(bench.ask(TRIGGERS).await, []);
    for _ in 0..2 {
        kept::put_back(&bench.store, bench.file.as_mut(), &kept[0]).await.unwrap();
        assert_eq!(bench.ask(TRIGGERS).await, before);
    }
    assert_eq!(bench.rows("id", "t").await.len(), 1);
    bench.close().await;
}

async fn a_truncated_table_that_cannot_be_swapped_is_copied(fresh: Fresh) {
    let set_up = "CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1);
        CREATE TABLE t (id INT PRIMARY KEY, p INT, s VARCHAR(20) CHECK (s <> ''), FOREIGN KEY (p) REFERENCES p (id));
        INSERT INTO t VALUES (1, 1, 'a'), (2, NULL, 'b'); CREATE TABLE nokey (p INT, FOREIGN KEY (p) REFERENCES p (id))";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = (bench.definition("t").await, bench.rows("id, p, s", "t").await);
    let kept = bench.keep("TRUNCATE t").await.unwrap();
    assert_eq!((kept[0].kind, kept[0].rows), (KeptKind::TableCopied, 2));
    bench.rival("INSERT INTO t VALUES (2, 1, 'theirs')").await;
    let done = bench.back(&kept).await;
    assert_eq!((done.restored, done.skipped.len()), (1, 1), "{done:?}");
    bench.run("DELETE FROM t WHERE id = 2").await;
    bench.back(&kept).await;
    assert_eq!((bench.definition("t").await, bench.rows("id, p, s", "t").await), before);
    let kept = bench.keep("TRUNCATE nokey").await.unwrap();
    assert_eq!((kept[0].kind, kept[0].key.len()), (KeptKind::TableCopied, 0), "kept as a whole");
    bench.close().await;
}

async fn rows_written_to_an_emptied_table_stand_against_it(fresh: Fresh) {
    let set_up = "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)";
    let mut bench = Bench::new(&fresh, set_up).await;
    let kept = bench.keep("TRUNCATE t").await.unwrap();
    bench.rival("INSERT INTO t VALUES (7)").await;
    let error = kept::put_back(&bench.store, bench.file.as_mut(), &kept[0]).await.unwrap_err().to_string();
    assert!(error.contains("1 rows have been written to t since"), "{error}");
    assert_eq!(bench.number("SELECT id FROM t").await, 7);
    bench.close().await;
}

async fn a_dropped_table_of_sqlite_is_copied(fresh: Fresh) {
    let set_up = "CREATE TABLE t (a TEXT, b REAL, c);
        INSERT INTO t VALUES ('x', 1.5, x'00ff'), (NULL, 1e300, 'text'), ('x', 1.5, NULL); DELETE FROM t WHERE rowid = 1";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = bench.rows("rowid, a, b, c, typeof(c)", "t").await;
    let kept = bench.keep("DROP TABLE t").await.unwrap();
    assert_eq!((kept[0].kind, kept[0].rows), (KeptKind::TableCopied, 2));
    assert_eq!(bench.definition("t").await, None);
    bench.run("CREATE TABLE t (a TEXT, b REAL, c)").await;
    assert_eq!(bench.back(&kept).await.restored, 2);
    assert_eq!(bench.rows("rowid, a, b, c, typeof(c)", "t").await, before);
    bench.close().await;
}

mod sqlite_only {
    #[test]
    fn a_dropped_table_of_sqlite_is_copied() {
        crate::support::run_on(caribou::database::ServerKind::Sqlite, super::a_dropped_table_of_sqlite_is_copied);
    }
}

on_both_servers!(
    a_dropped_table_comes_back_whole,
    parent_and_child_go_together,
    a_truncated_table_comes_back,
    triggers_come_back_with_their_table,
    a_truncated_table_that_cannot_be_swapped_is_copied,
    rows_written_to_an_emptied_table_stand_against_it,
);
