//! Columns that are dropped, narrowed or converted: their values come back.

use super::bench::{Bench, refused};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::model::{KeptKind, SkipReason};

const FILLED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, d DECIMAL(10, 2), s VARCHAR(20), n INT);
INSERT INTO t VALUES (1, 1.25, 'long enough', 10), (2, NULL, 'b', NULL), (3, 3, NULL, 30)";

async fn a_dropped_column_comes_back(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = bench.rows("id, d, s, n", "t").await;
    let kept = bench.keep("ALTER TABLE t DROP COLUMN s").await.unwrap();
    assert_eq!(kept[0].kind, KeptKind::Columns);
    assert_eq!((kept[0].rows, kept[0].columns.as_slice()), (3, ["s".to_owned()].as_slice()));
    bench.rival("UPDATE t SET n = 11 WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, 4, 4)").await;
    bench.run("ALTER TABLE t ADD COLUMN s VARCHAR(20)").await;
    for _ in 0..2 {
        let done = bench.back(&kept).await;
        assert_eq!((done.restored, done.skipped.len()), (2, 1));
        assert_eq!((done.skipped[0].row.as_str(), done.skipped[0].reason), ("t (2)", SkipReason::Gone));
    }
    let after = bench.rows("id, d, s, n", "t").await;
    assert_eq!(after.len(), 3);
    assert_eq!(after[0].get_text(2), before[0].get_text(2));
    assert_eq!(after[0].get_i64(3), 11, "what others wrote beside it stays");
    assert_eq!(after[1], before[2]);
    bench.close().await;
}

async fn narrowed_and_converted_values_come_back(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    bench.run("SET sql_mode = ''").await;
    let before = (bench.definition("t").await, bench.rows("id, d, s, n", "t").await);
    let kept = bench.keep("ALTER TABLE t MODIFY d INT, CHANGE s name VARCHAR(4)").await.unwrap();
    assert_eq!(bench.ask("SELECT d, name FROM t WHERE id = 1").await[0].get_text(1), "long");
    assert_eq!(kept[0].changed, ["d", "s"]);
    assert_eq!(kept[0].rows, 1, "only one row has lost something");
    bench.run("ALTER TABLE t MODIFY d DECIMAL(10, 2), CHANGE name s VARCHAR(20)").await;
    let done = bench.back(&kept).await;
    assert_eq!((done.restored, done.skipped.len()), (1, 0));
    assert_eq!((bench.definition("t").await, bench.rows("id, d, s, n", "t").await), before);
    bench.close().await;
}

async fn a_converted_value_that_others_changed_is_left_alone(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    bench.run("SET sql_mode = ''; UPDATE t SET s = 'also long enough' WHERE id = 2").await;
    let kept = bench.keep("ALTER TABLE t MODIFY s VARCHAR(4) CHARACTER SET latin1").await.unwrap();
    assert_eq!(kept[0].rows, 2);
    bench.rival("UPDATE t SET s = 'new' WHERE id = 1").await;
    bench.run("ALTER TABLE t MODIFY s VARCHAR(20)").await;
    let done = bench.back(&kept).await;
    assert_eq!(done.restored, 1);
    assert_eq!((done.skipped[0].row.as_str(), done.skipped[0].reason), ("t (1)", SkipReason::Changed));
    let rows = bench.rows("id, s", "t").await;
    assert_eq!((rows[0].get_text(1), rows[1].get_text(1)), ("new".to_owned(), "also long enough".to_owned()));
    bench.close().await;
}

async fn a_moment_that_moves_by_itself_stays(fresh: Fresh) {
    let set_up = "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON \
                  UPDATE CURRENT_TIMESTAMP); INSERT INTO t VALUES (1, 'a', '2001-02-03 04:05:06')";
    let mut bench = Bench::new(&fresh, set_up).await;
    let before = bench.rows("id, s, at", "t").await;
    let kept = bench.keep("UPDATE t SET s = 'b'").await.unwrap();
    assert_eq!(bench.back(&kept).await.restored, 1);
    assert_eq!(bench.rows("id, s, at", "t").await, before);
    let kept = bench.keep("ALTER TABLE t DROP s").await.unwrap();
    bench.run("ALTER TABLE t ADD s VARCHAR(20) AFTER id").await;
    assert_eq!(bench.back(&kept).await.restored, 1);
    assert_eq!(bench.rows("id, s, at", "t").await, before);
    bench.close().await;
}

async fn what_loses_nothing_is_not_copied(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    for sql in [
        "ALTER TABLE t MODIFY s VARCHAR(200), MODIFY n BIGINT",
        "ALTER TABLE t CHANGE d price DECIMAL(12, 2)",
        "ALTER TABLE t ADD COLUMN x INT, ADD INDEX (s)",
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
    ] {
        assert_eq!(bench.keep(sql).await.unwrap(), [], "{sql}");
    }
    let cases = [("ALTER TABLE t MODIFY n TINYINT", 1), ("ALTER TABLE t MODIFY s VARCHAR(20) NOT NULL", 1)];
    for (sql, columns) in cases {
        let keeps = bench.plan(sql).await.unwrap();
        assert_eq!(keeps[0].kept.columns.len(), columns, "{sql}");
    }
    bench.close().await;
}

async fn a_column_that_cannot_be_kept_says_why(fresh: Fresh) {
    let set_up = "CREATE TABLE nokey (a INT, b INT); CREATE TABLE t (id INT PRIMARY KEY, b INT);
        CREATE TABLE seen (id INT PRIMARY KEY, b INT); CREATE TRIGGER tr BEFORE UPDATE ON seen FOR EACH ROW SET NEW.b = 1";
    let mut bench = Bench::new(&fresh, set_up).await;
    let reason = refused(bench.keep("ALTER TABLE t DROP b, RENAME TO u").await);
    assert!(reason.contains("renamed"), "{reason}");
    // Nothing tells its rows apart once the key has other values: they are kept together.
    let kept = bench.keep("ALTER TABLE t MODIFY id TINYINT").await.unwrap();
    assert!(kept[0].whole.is_some(), "{kept:?}");
    bench.close().await;
}

async fn others_wait_between_copy_and_alter(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let sql = "ALTER TABLE t DROP COLUMN s";
    let mut keeps = bench.plan(sql).await.unwrap();
    let statement = caribou::sql::statements(sql, bench.store.dialect()).unwrap().remove(0);
    caribou::kept::prepare(&bench.store, bench.keeper.as_mut(), &keeps).await.unwrap();
    caribou::kept::lock(&bench.store, bench.file.as_mut(), &statement, &keeps).await.unwrap();
    caribou::kept::before(&bench.store, bench.file.as_mut(), &mut keeps).await.unwrap();
    let mut rival = bench.store.database().open(caribou::database::Purpose::File).await.unwrap();
    rival.run("SET lock_wait_timeout = 1").await.unwrap();
    let error = rival.run("UPDATE t SET s = 'late' WHERE id = 1").await.unwrap_err();
    assert_eq!(error.kind, caribou::database::ErrorKind::LockWait);
    caribou::kept::unlock(bench.file.as_mut(), &keeps).await.unwrap();
    rival.run("UPDATE t SET s = 'in time' WHERE id = 1").await.unwrap();
    rival.close().await;
    bench.close().await;
}

on_every_server!(a_dropped_column_comes_back);
on_both_servers!(
    narrowed_and_converted_values_come_back,
    a_converted_value_that_others_changed_is_left_alone,
    a_moment_that_moves_by_itself_stays,
    what_loses_nothing_is_not_copied,
    a_column_that_cannot_be_kept_says_why,
    others_wait_between_copy_and_alter,
);
