//! Rows of every type come back bit by bit; keys of every sort find them.

use super::bench::Bench;
use crate::support::{Fresh, on_both_servers, on_every_server};

/// A table of every type, and expressions that show each of its values.
const TYPES: &str = "CREATE TABLE t (`key` INT NOT NULL, `order` VARCHAR(20) NOT NULL, de DECIMAL(20, 6), fl FLOAT, \
     db DOUBLE, bi BIT(10), ti TINYINT UNSIGNED, bg BIGINT UNSIGNED, bl LONGBLOB, tx LONGTEXT, vb VARBINARY(9), \
     js JSON, en ENUM('a', 'ü'), st SET('x', 'y'), da DATE, dt DATETIME(6), tm TIME(3), ts TIMESTAMP(6) NULL, yr YEAR, \
     gm GEOMETRY, sto INT AS (`key` + 1) STORED, vir INT AS (`key` + 2) VIRTUAL, inv INT INVISIBLE DEFAULT 5, \
     u INT NULL UNIQUE, PRIMARY KEY (`order`, `key`))";
const FILL: &str = "INSERT INTO t (`key`, `order`, de, fl, db, bi, ti, bg, bl, tx, vb, js, en, st, da, dt, tm, ts, yr, gm, \
     inv, u) VALUES (1, 'größe 🦌', -12345.678901, 1.1, 1e300, b'1010101010', 255, 18446744073709551615, x'00ff27', \
     'a''b\\\\c', x'0027', '{\"a\": [1, \"ü\"]}', 'ü', 'x,y', '0000-00-00', '2020-02-30 00:00:00.123456', \
     '-838:59:59.000', '2020-01-01 00:00:00.5', 1999, ST_GeomFromText('POINT(1 2)'), 7, 1), (2, '', NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), \
     (3, 'größe 🦌', 0, 3.4e38, 0.1, b'0', 0, 0, '', '', '', '[]', 'a', '', '1000-01-01', '9999-12-31 23:59:59', '0', \
     '1970-01-01 00:00:01', 2155, NULL, 0, NULL)";
const SHOWN: &str = "`key`, HEX(`order`), de, fl + 0e0, db, bi + 0, ti, bg, HEX(bl), HEX(tx), HEX(vb), js, HEX(en), st + 0, \
     CAST(da AS CHAR), CAST(dt AS CHAR), CAST(tm AS CHAR), CAST(ts AS CHAR), yr, ST_AsText(gm), sto, vir, inv, u";

async fn every_type_comes_back(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, "SET sql_mode = 'ALLOW_INVALID_DATES'").await;
    bench.run(TYPES).await;
    bench.run(FILL).await;
    bench.run("SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE', time_zone = '+03:00'").await;
    let (before, definition) = (bench.rows(SHOWN, "t").await, bench.definition("t").await);
    for sql in [
        "DELETE FROM t WHERE `order` = 'größe 🦌'",
        "UPDATE t SET tx = 'x', js = NULL, bl = x'00', db = 0, inv = 1 WHERE `key` <> 2",
        "UPDATE t SET fl = fl / 2, u = 9 WHERE `key` = 1",
        "UPDATE t SET `key` = `key` + 5",
        "INSERT INTO t (`key`, `order`) VALUES (9, 'größe 🦌')",
        "DELETE FROM t",
    ] {
        let kept = bench.keep(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_ne!(bench.rows(SHOWN, "t").await, before, "{sql}");
        let done = bench.back(&kept).await;
        assert_eq!(done.skipped, [], "{sql}");
        assert_eq!(bench.rows(SHOWN, "t").await, before, "{sql}");
    }
    assert_eq!(bench.definition("t").await, definition);
    bench.close().await;
}

async fn keys_of_every_sort_find_their_rows(fresh: Fresh) {
    let (without_rowid, set_up) = (fresh.kind == caribou::database::ServerKind::Sqlite, "");
    let mut bench = Bench::new(&fresh, set_up).await;
    let keys: &[(&str, &[&str])] = &[
        ("VARCHAR(20) PRIMARY KEY", &["'a'", "'B'", "'ü 🦌'", "''", "'it''s'"]),
        ("VARBINARY(20) PRIMARY KEY", &["x'00'", "x'0027ff'", "x''"]),
        ("DECIMAL(10, 3) PRIMARY KEY", &["1.250", "-7", "0"]),
        ("DATETIME PRIMARY KEY", &["'2020-01-02 03:04:05'", "'1999-12-31 00:00:00'"]),
        ("BIGINT NOT NULL UNIQUE", &["1", "-9223372036854775808", "9223372036854775807"]),
    ];
    for (n, (definition, values)) in keys.iter().enumerate() {
        let tail = if without_rowid && definition.contains("PRIMARY") { "WITHOUT ROWID" } else { "" };
        bench.run(&format!("CREATE TABLE `select{n}` (`from` {definition}, `where` INT) {tail}")).await;
        for value in *values {
            let table = format!("`select{n}`");
            let before = bench.rows("`from`, `where`", &table).await;
            let kept = bench.keep(&format!("INSERT INTO {table} VALUES ({value}, 1)")).await;
            let kept = kept.unwrap_or_else(|error| panic!("{definition}, {value}: {error}"));
            assert_eq!(kept[0].rows, 1, "{definition}, {value}");
            let full = bench.rows("`from`, `where`", &table).await;
            assert_eq!(bench.back(&kept).await.skipped, []);
            assert_eq!(bench.rows("`from`, `where`", &table).await, before, "{definition}, {value}");
            bench.run(&format!("INSERT INTO {table} VALUES ({value}, 1)")).await;
            for sql in
                [format!("UPDATE {table} SET `where` = 2"), format!("DELETE FROM {table} WHERE `from` = {value}")]
            {
                let kept = bench.keep(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                assert_eq!(bench.back(&kept).await.skipped, [], "{sql}");
                assert_eq!(bench.rows("`from`, `where`", &table).await, full, "{sql}");
            }
        }
    }
    bench.close().await;
}

async fn an_empty_table_keeps_nothing(fresh: Fresh) {
    let mut bench = Bench::new(&fresh, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)").await;
    for sql in
        ["DELETE FROM t", "UPDATE t SET n = 1", "INSERT INTO t SELECT id, n FROM t", "ALTER TABLE t DROP COLUMN n"]
    {
        let kept = bench.keep(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(kept.iter().map(|kept| kept.rows).sum::<u64>(), 0, "{sql}");
    }
    bench.close().await;
}

on_every_server!(keys_of_every_sort_find_their_rows, an_empty_table_keeps_nothing);
on_both_servers!(every_type_comes_back);
