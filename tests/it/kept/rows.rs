//! UPDATE, DELETE, INSERT, REPLACE, upsert: the rows come back, and those of others stay.

use super::bench::{Bench, refused};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::kept::Budget;
use caribou::model::{Kept, SkipReason};

const FILLED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, s VARCHAR(20), UNIQUE (n));
INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, NULL, 'ü'), (4, NULL, NULL), (5, 50, '')";

/// Keeps, runs, puts back: the rows are as before. Says how many were kept.
async fn there_and_back(bench: &mut Bench, columns: &str, table: &str, sql: &str) -> Vec<Kept> {
    let before = bench.rows(columns, table).await;
    let kept = bench.keep(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_ne!(bench.rows(columns, table).await, before, "{sql} changes something");
    let done = bench.back(&kept).await;
    assert_eq!(done.skipped, [], "{sql}");
    assert_eq!(bench.rows(columns, table).await, before, "{sql}");
    // Again, as after a crash: nothing happens.
    assert_eq!(bench.back(&kept).await.skipped, [], "{sql}");
    assert_eq!(bench.rows(columns, table).await, before, "{sql}");
    kept
}

async fn every_form_comes_back(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let same = [
        ("UPDATE t SET s = 'x' WHERE id > 2", 3),
        ("UPDATE t AS x SET s = 'x' WHERE x.n = 10 -- the first\n OR x.id = 2", 2),
        ("UPDATE t SET n = n + 1000", 3),
        ("UPDATE t SET id = id + 100 WHERE id < 3", 4),
        ("DELETE FROM t WHERE n IS NULL", 2),
        ("DELETE FROM t", 5),
        ("INSERT INTO t VALUES (6, 60, 'f'), (-7, 70, 'g')", 2),
        ("INSERT INTO t (s, id) VALUES ('h', 8)", 1),
        ("REPLACE INTO t VALUES (1, 20, 'both'), (9, 90, 'new')", 3),
        ("INSERT INTO t SELECT id + 10, n + 1, s FROM t", 5),
        ("DELETE FROM t WHERE id IN (SELECT id FROM (SELECT id FROM t WHERE n > 10) AS x)", 2),
    ];
    let servers = [
        ("UPDATE t SET s = 'x' ORDER BY id DESC LIMIT 2", 2),
        ("DELETE FROM t ORDER BY id LIMIT 2", 2),
        ("INSERT IGNORE INTO t VALUES (1, 1, 'there'), (11, 110, 'new')", 1),
        ("INSERT INTO t VALUES (1, 1, 'there'), (12, 120, 'new') ON DUPLICATE KEY UPDATE s = 'changed'", 2),
        ("UPDATE t AS a JOIN t AS b ON a.id = b.id + 1 SET a.s = b.s", 4),
        ("DELETE a FROM t AS a JOIN t AS b ON a.id = b.id + 1", 4),
        ("INSERT INTO t SET id = 20, n = 200", 1),
    ];
    let sqlite = [
        ("INSERT OR IGNORE INTO t VALUES (1, 1, 'there'), (11, 110, 'new')", 1),
        ("INSERT INTO t VALUES (1, 1, 'there'), (12, 120, 'new') ON CONFLICT (id) DO UPDATE SET s = 'changed'", 2),
        ("INSERT INTO t (n) VALUES (300), (400)", 2),
        ("UPDATE t SET s = b.s || '!' FROM t AS b WHERE t.id = b.id + 1 AND b.s <> ''", 3),
    ];
    let own: &[(&str, u64)] = if bench.is_sqlite() { &sqlite } else { &servers };
    for (sql, rows) in same.iter().chain(own) {
        let kept = there_and_back(&mut bench, "id, n, s", "t", sql).await;
        assert_eq!(kept.iter().map(|kept| kept.rows).sum::<u64>(), *rows, "{sql}");
    }
    bench.close().await;
}

async fn what_others_changed_since_is_left_alone_and_named(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let kept = bench.keep("UPDATE t SET s = 'ours' WHERE id <= 3").await.unwrap();
    let deleted = bench.keep("DELETE FROM t WHERE id = 4").await.unwrap();
    let inserted = bench.keep("INSERT INTO t VALUES (6, 60, 'ours'), (7, 70, 'ours')").await.unwrap();
    bench
        .rival(
            "UPDATE t SET s = 'theirs' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, 44, 'theirs');
             UPDATE t SET n = 61 WHERE id = 6",
        )
        .await;
    let mut skipped = Vec::new();
    for kept in [inserted, deleted, kept] {
        let done = bench.back(&kept).await;
        skipped.extend(done.skipped.into_iter().map(|skipped| (skipped.row, skipped.reason)));
    }
    let expected = [
        ("t (6)", SkipReason::Changed),
        ("t (4)", SkipReason::Replaced),
        ("t (1)", SkipReason::Changed),
        ("t (2)", SkipReason::Gone),
    ];
    assert_eq!(skipped, expected.map(|(row, reason)| (row.to_owned(), reason)));
    let rows = bench.ask("SELECT id, s FROM t ORDER BY id").await;
    let rows: Vec<(i64, String)> = rows.iter().map(|row| (row.get_i64(0), row.get_text(1))).collect();
    let expected = [(1, "theirs"), (3, "ü"), (4, "theirs"), (5, ""), (6, "ours")];
    assert_eq!(rows, expected.map(|(id, s)| (id, s.to_owned())));
    bench.close().await;
}

async fn a_unique_value_taken_by_others_stands_against_the_row(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let kept = bench.keep("DELETE FROM t WHERE id IN (1, 2)").await.unwrap();
    bench.rival("INSERT INTO t VALUES (100, 10, 'has the value of 1')").await;
    let done = bench.back(&kept).await;
    assert_eq!(done.restored, 1);
    assert_eq!(done.skipped.len(), 1);
    assert_eq!((done.skipped[0].row.as_str(), done.skipped[0].reason), ("t (1)", SkipReason::Collides));
    assert_eq!(bench.number("SELECT COUNT(*) FROM t WHERE id = 2 AND n = 20").await, 1);
    bench.close().await;
}

async fn unique_values_change_places(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let sql = "UPDATE t SET n = CASE id WHEN 1 THEN 21 ELSE 9 END WHERE id IN (1, 2)";
    there_and_back(&mut bench, "id, n, s", "t", sql).await;
    bench.close().await;
}

async fn beyond_the_budget_nothing_runs(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, FILLED).await;
    let before = bench.rows("id, n, s", "t").await;
    bench.budget = Budget { max_rows: 4, max_bytes: 1_000 };
    for sql in ["DELETE FROM t", "REPLACE INTO t VALUES (1, 1, 'x')"] {
        let reason = refused(bench.keep(sql).await);
        assert!(reason.contains("undo.max_rows"), "{reason}");
    }
    bench.budget = Budget { max_rows: 4, max_bytes: 3 };
    let reason = refused(bench.keep("DELETE FROM t WHERE id < 3").await);
    assert!(reason.contains("undo.max_bytes"), "{reason}");
    assert_eq!(bench.rows("id, n, s", "t").await, before);
    bench.close().await;
}

async fn the_session_keeps_its_settings_and_the_last_number(fresh: Fresh) {
    let set_up = "CREATE TABLE c (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME, m TIMESTAMP NULL);
        SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+05:00';
        SET NAMES latin1; SET sql_safe_updates = 1, foreign_key_checks = 1";
    let mut bench = Bench::new(&fresh, set_up).await;
    const SETTINGS: &str = "SELECT @@sql_mode, @@time_zone, @@character_set_client, @@collation_connection, \
                            @@character_set_results, @@sql_safe_updates, @@foreign_key_checks, @@sql_select_limit";
    let before = bench.ask(SETTINGS).await;
    let kept = bench.keep("INSERT INTO c (at, m) VALUES ('2020-01-01', '2020-01-01'), (NULL, NULL)").await.unwrap();
    assert_eq!(bench.number("SELECT LAST_INSERT_ID()").await, 1, "what the file may ask for");
    assert_eq!(bench.ask(SETTINGS).await, before);
    assert_eq!(kept[0].rows, 2);
    assert_eq!(bench.back(&kept).await.restored, 2);
    assert_eq!(bench.ask(SETTINGS).await, before);
    bench.close().await;
}

async fn what_cannot_be_kept_says_why(fresh: Fresh) {
    let set_up = "CREATE TABLE nokey (a INT);
        CREATE TABLE prefix (a TEXT NOT NULL, UNIQUE (a(10)));
        CREATE TABLE nullable (a INT NULL UNIQUE);
        CREATE TABLE old (a INT PRIMARY KEY) ENGINE=MyISAM;
        CREATE TABLE seen (a INT PRIMARY KEY);
        CREATE TABLE heard (a INT PRIMARY KEY);
        CREATE TRIGGER tr AFTER INSERT ON seen FOR EACH ROW INSERT INTO heard VALUES (NEW.a);
        CREATE VIEW v AS SELECT * FROM heard";
    let mut bench = Bench::new(&fresh, set_up).await;
    let cases = [
        ("DELETE FROM old", "no transactions (MyISAM)"),
        ("DELETE FROM v", "is a view"),
        ("LOAD DATA INFILE 'x' INTO TABLE heard", "LOAD DATA"),
    ];
    for (sql, expected) in cases {
        let reason = refused(bench.keep(sql).await);
        assert!(reason.contains(expected), "{sql}: {reason}");
    }
    bench.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await;
    let reason = refused(bench.keep("REPLACE INTO heard VALUES (1)").await);
    assert!(reason.contains("READ-COMMITTED"), "{reason}");
    bench.close().await;
}

on_every_server!(
    every_form_comes_back,
    what_others_changed_since_is_left_alone_and_named,
    a_unique_value_taken_by_others_stands_against_the_row,
    unique_values_change_places,
    beyond_the_budget_nothing_runs,
);
on_both_servers!(the_session_keeps_its_settings_and_the_last_number, what_cannot_be_kept_says_why);
