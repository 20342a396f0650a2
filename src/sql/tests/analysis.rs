//! One row per statement: what it is and what it touches.
//!
//! Touches are written as in `c:t` (creates table), with the letter of what happens, then the
//! object; kinds other than tables are named: `c:view v`.

use super::super::{Analysis, Dialect, How, ObjectKind, StatementKind, analyse};

fn written(analysis: &Analysis) -> String {
    let touches = analysis.touches.iter().map(|touch| {
        let how = match touch.how {
            How::Creates => "c",
            How::Drops => "d",
            How::Alters => "a",
            How::Writes => "w",
            How::Reads => "r",
            How::RenamesFrom => "from",
            How::RenamesTo => "to",
        };
        match touch.object.kind {
            ObjectKind::Table => format!("{how}:{}", touch.object),
            kind => format!("{how}:{kind} {}", touch.object),
        }
    });
    touches.collect::<Vec<_>>().join(", ")
}

fn check(rows: &[(&str, &str, &str)], dialects: &[Dialect]) {
    let mut wrong = Vec::new();
    for (sql, kind, touches) in rows {
        for dialect in dialects {
            let analysis = analyse(sql, *dialect);
            let found = (analysis.kind.as_str(), written(&analysis));
            if found != (*kind, (*touches).to_owned()) {
                wrong.push(format!("{dialect}: {sql}\n    {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same everywhere.
const COMMON: &[(&str, &str, &str)] = &[
    ("CREATE TABLE t (a INT)", "create_table", "c:t"),
    ("create table if not exists `s`.`t` (a INT)", "create_table", "c:s.t"),
    ("CREATE TABLE \"t\" (a INT)", "create_table", "c:t"),
    ("CREATE TEMPORARY TABLE t AS SELECT * FROM u JOIN v ON u.a = v.a", "create_table", "c:t, r:u, r:v"),
    (
        "CREATE TABLE t (a INT, b INT REFERENCES p (id), FOREIGN KEY (a) REFERENCES s.q (id))",
        "create_table",
        "c:t, r:p, r:s.q",
    ),
    ("CREATE TABLE t (`from` INT, `select` INT, c INT DEFAULT 1 /* FROM x */)", "create_table", "c:t"),
    ("DROP TABLE t", "drop_table", "d:t"),
    ("DROP TABLE IF EXISTS s.t", "drop_table", "d:s.t"),
    ("ALTER TABLE t ADD COLUMN a INT", "alter_table", "a:t"),
    ("ALTER TABLE t RENAME TO u", "alter_table", "from:t, to:u"),
    ("ALTER TABLE t RENAME COLUMN a TO b", "alter_table", "a:t"),
    ("ALTER TABLE t DROP COLUMN a", "alter_table", "a:t"),
    ("CREATE INDEX i ON t (a)", "create_index", "c:index i, a:t"),
    ("CREATE UNIQUE INDEX `i` ON `t` (a, b)", "create_index", "c:index i, a:t"),
    ("CREATE VIEW v AS SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u)", "create_view", "c:view v, r:t, r:u"),
    ("CREATE VIEW v (a, b) AS SELECT 1, 2", "create_view", "c:view v"),
    ("DROP VIEW IF EXISTS v", "drop_view", "d:view v"),
    ("DROP TRIGGER g", "drop_trigger", "d:trigger g"),
    ("INSERT INTO t VALUES (1, 'SELECT * FROM x')", "insert", "w:t"),
    ("INSERT INTO s.t (a, b) SELECT a, b FROM u, v WHERE u.a IN (SELECT a FROM w)", "insert", "w:s.t, r:u, r:v, r:w"),
    ("INSERT INTO t SELECT * FROM t", "insert", "w:t, r:t"),
    ("INSERT INTO t (a) SELECT a FROM u GROUP BY a, b ORDER BY c, d", "insert", "w:t, r:u"),
    ("REPLACE INTO t VALUES (1)", "replace", "w:t"),
    ("UPDATE t SET a = 1", "update", "w:t"),
    ("UPDATE t SET a = (SELECT MAX(b) FROM u), c = 2 WHERE d = 1", "update", "w:t, r:u"),
    ("DELETE FROM t WHERE a = 1", "delete", "w:t"),
    ("DELETE FROM s.t WHERE a IN (SELECT a FROM u)", "delete", "w:s.t, r:u"),
    ("SELECT 1", "select", ""),
    ("SELECT a.b FROM a, s.b AS x, (SELECT 1 FROM c) d", "select", "r:a, r:s.b, r:c"),
    ("SELECT * FROM a LEFT JOIN b USING (c) WHERE d IS NOT DISTINCT FROM e", "select", "r:a, r:b"),
    ("SELECT * FROM a UNION SELECT * FROM b ORDER BY c, d", "select", "r:a, r:b"),
    ("WITH c AS (SELECT * FROM t) SELECT * FROM c JOIN u", "select", "r:t, r:u"),
    (
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION SELECT n + 1 FROM c), d AS (SELECT * FROM c) SELECT * FROM d",
        "select",
        "",
    ),
    ("WITH c AS (SELECT 1) UPDATE t SET a = (SELECT * FROM c)", "update", "w:t"),
    ("WITH t AS (SELECT * FROM t) SELECT * FROM t", "select", "r:t"),
    ("BEGIN", "begin", ""),
    ("COMMIT", "commit", ""),
    ("ROLLBACK", "rollback", ""),
    ("ROLLBACK TO SAVEPOINT x", "rollback_to_savepoint", ""),
    ("SAVEPOINT x", "savepoint", ""),
    ("RELEASE SAVEPOINT x", "release_savepoint", ""),
    ("VALUES (1), (2)", "select", ""),
    ("/* DROP TABLE x */ INSERT INTO t VALUES (1) -- DELETE FROM t", "insert", "w:t"),
    ("SELECT 1;", "select", ""),
    ("", "unknown", ""),
    ("FOO BAR", "unknown", ""),
    ("'string'", "unknown", ""),
    ("SELECT 1; DROP TABLE t", "unknown", ""),
    ("DROP TABLE t; DROP TABLE u", "unknown", ""),
    ("DROP TABLE", "unknown", ""),
    ("DROP TABLE {{ prefix }}t", "unknown", ""),
    ("DROP TABLE ${prefix}t", "unknown", ""),
    ("CREATE TABLE t_{{ x }} (a INT)", "unknown", ""),
    ("CREATE SOMETHING x", "unknown", ""),
    ("INSERT INTO (a) VALUES (1)", "unknown", ""),
    ("SELECT 'never closed", "unknown", ""),
];

/// MySQL and MariaDB.
const MYSQL: &[(&str, &str, &str)] = &[
    ("CREATE TABLE t LIKE s.u", "create_table", "c:t, r:s.u"),
    ("CREATE TABLE t (LIKE u)", "create_table", "c:t, r:u"),
    (
        "CREATE TABLE t (a INT, CONSTRAINT FOREIGN KEY (a) REFERENCES `p q` (id)) ENGINE=InnoDB COMMENT='REFERENCES x'",
        "create_table",
        "c:t, r:p q",
    ),
    ("CREATE TABLE t (a INT) ENGINE=MyISAM AS (SELECT EXTRACT(YEAR FROM d) FROM u)", "create_table", "c:t, r:u"),
    ("CREATE TABLE `a``b` (a INT)", "create_table", "c:a`b"),
    ("CREATE TABLE 2fa (a INT)", "create_table", "c:2fa"),
    ("CREATE TABLE s.2fa (a INT)", "create_table", "c:s.2fa"),
    ("DROP TABLE IF EXISTS a, s.b CASCADE", "drop_table", "d:a, d:s.b"),
    ("DROP TEMPORARY TABLE t", "drop_table", "d:t"),
    ("DROP VIEW a, b", "drop_view", "d:view a, d:view b"),
    (
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES s.p (id) ON DELETE CASCADE, ADD b INT",
        "alter_table",
        "a:t, r:s.p",
    ),
    ("ALTER TABLE s.t ENGINE=InnoDB, RENAME u", "alter_table", "a:s.t, from:s.t, to:s.u"),
    ("ALTER TABLE t RENAME s2.u, ALGORITHM=INPLACE", "alter_table", "from:t, to:s2.u"),
    ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "alter_table", "a:t, w:u"),
    ("ALTER TABLE t REORGANIZE PARTITION p0, p1 INTO (PARTITION q VALUES LESS THAN (10))", "alter_table", "a:t"),
    ("RENAME TABLE a TO b, s.c TO s.d", "rename_table", "from:a, to:b, from:s.c, to:s.d"),
    ("TRUNCATE TABLE t", "truncate", "w:t"),
    ("TRUNCATE s.t", "truncate", "w:s.t"),
    ("CREATE FULLTEXT INDEX i ON s.t (a)", "create_index", "c:index s.i, a:s.t"),
    ("CREATE INDEX i USING BTREE ON t (a)", "create_index", "c:index i, a:t"),
    ("DROP INDEX i ON s.t", "drop_index", "d:index s.i, a:s.t"),
    ("DROP INDEX i", "drop_index", "d:index i"),
    (
        "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW s.v AS SELECT * FROM t WITH CHECK OPTION",
        "create_view",
        "c:view s.v, r:t",
    ),
    ("ALTER VIEW v AS SELECT * FROM t", "alter_view", "a:view v, r:t"),
    (
        "CREATE DEFINER = CURRENT_USER() TRIGGER g BEFORE INSERT ON t FOR EACH ROW INSERT INTO u VALUES (1)",
        "create_trigger",
        "c:trigger g, a:t",
    ),
    (
        "/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER g AFTER UPDATE ON t FOR EACH ROW BEGIN SET @a = 1; END */",
        "create_trigger",
        "c:trigger g, a:t",
    ),
    ("CREATE PROCEDURE s.p(IN a INT) BEGIN DELETE FROM t; END", "create_procedure", "c:procedure s.p"),
    ("ALTER PROCEDURE p COMMENT 'x'", "alter_procedure", "a:procedure p"),
    ("DROP PROCEDURE IF EXISTS p", "drop_procedure", "d:procedure p"),
    ("CREATE FUNCTION f() RETURNS INT RETURN 1", "create_function", "c:function f"),
    ("CREATE AGGREGATE FUNCTION f RETURNS INT SONAME 'x.so'", "create_function", "c:function f"),
    ("DROP FUNCTION f", "drop_function", "d:function f"),
    ("ALTER FUNCTION f SQL SECURITY INVOKER", "alter_function", "a:function f"),
    ("CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t", "create_event", "c:event e"),
    ("ALTER EVENT e RENAME TO f", "alter_event", "a:event e, from:event e, to:event f"),
    ("ALTER DEFINER = a@b EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; END", "alter_event", "a:event e"),
    ("DROP EVENT e", "drop_event", "d:event e"),
    ("CREATE DATABASE IF NOT EXISTS d CHARACTER SET utf8mb4", "create_schema", "c:schema d"),
    ("CREATE SCHEMA d", "create_schema", "c:schema d"),
    ("ALTER DATABASE d CHARACTER SET utf8mb4", "alter_schema", "a:schema d"),
    ("ALTER DATABASE CHARACTER SET utf8mb4", "alter_schema", "a:schema "),
    ("DROP SCHEMA IF EXISTS d", "drop_schema", "d:schema d"),
    ("CREATE TABLESPACE x ADD DATAFILE 'y'", "other_definition", ""),
    ("CREATE SERVER x FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h')", "other_definition", ""),
    ("INSERT IGNORE t VALUES (1)", "insert", "w:t"),
    ("INSERT LOW_PRIORITY INTO t SET a = 1, b = 2", "insert", "w:t"),
    ("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = 2", "upsert", "w:t"),
    ("INSERT INTO t SELECT * FROM u ON DUPLICATE KEY UPDATE a = 1, b = 2", "upsert", "w:t, r:u"),
    ("INSERT INTO t TABLE u", "insert", "w:t, r:u"),
    ("INSERT INTO t (a) WITH c AS (SELECT * FROM u) SELECT * FROM c", "insert", "w:t, r:u"),
    ("REPLACE DELAYED t SELECT * FROM u", "replace", "w:t, r:u"),
    ("UPDATE LOW_PRIORITY IGNORE s.t AS x SET x.a = 1 ORDER BY b, c LIMIT 5", "update", "w:s.t"),
    ("UPDATE t, u SET t.a = u.b", "update", "w:t, r:u"),
    ("UPDATE t AS x JOIN s.u y ON x.a = y.a SET y.b = 1, y.c = x.c WHERE x.d", "update", "w:s.u, r:t"),
    ("UPDATE t JOIN u USING (a) SET b = 1", "update", "w:t, w:u"),
    ("UPDATE t JOIN (SELECT a FROM v) w ON t.a = w.a SET t.b = 1", "update", "w:t, r:v"),
    ("DELETE t FROM t JOIN u ON t.a = u.a", "delete", "w:t, r:u"),
    ("DELETE x, y.* FROM t x JOIN s.u AS y JOIN w", "delete", "w:t, w:s.u, r:w"),
    ("DELETE FROM x USING t AS x, u WHERE x.a = u.a", "delete", "w:t, r:u"),
    ("DELETE QUICK FROM t ORDER BY a LIMIT 1", "delete", "w:t"),
    ("LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE s.t FIELDS TERMINATED BY ','", "load_data", "w:s.t"),
    ("LOAD INDEX INTO CACHE t", "flush", ""),
    ("(SELECT * FROM a) UNION (SELECT * FROM b)", "select", "r:a, r:b"),
    ("TABLE t ORDER BY a", "select", "r:t"),
    ("SELECT * FROM a USE INDEX FOR JOIN (i), b FORCE INDEX (j)", "select", "r:a, r:b"),
    ("SELECT * FROM a PARTITION (p0, p1), b", "select", "r:a, r:b"),
    ("SELECT TRIM(LEADING 'x' FROM y), SUBSTRING(a FROM 2) FROM t", "select", "r:t"),
    ("SELECT * FROM (a, b) JOIN ((c JOIN d))", "select", "r:a, r:b, r:c, r:d"),
    ("SELECT STRAIGHT_JOIN * FROM a STRAIGHT_JOIN b", "select", "r:a, r:b"),
    ("SELECT 1 FROM DUAL", "select", ""),
    ("SELECT t.from, @from, @@global.x FROM t FOR UPDATE", "select", "r:t"),
    ("SELECT a FROM t INTO OUTFILE 'x'", "select_into_file", "r:t"),
    ("SELECT a INTO @x FROM t", "select", "r:t"),
    ("SET @a = 1", "set", ""),
    ("SET NAMES utf8mb4", "set", ""),
    ("SET @x = (SELECT COUNT(*) FROM t), GLOBAL a = 1", "set_global", "r:t"),
    ("SET sql_mode = CONCAT(@@GLOBAL.sql_mode, ',X'), @global = 1", "set", ""),
    ("SET FOREIGN_KEY_CHECKS = 0", "set", ""),
    ("/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */", "set", ""),
    ("SET GLOBAL max_connections = 5", "set_global", ""),
    ("SET @@persist.x = 5", "set_global", ""),
    ("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "set_transaction", ""),
    ("SET PASSWORD FOR a = 'x'", "set_password", ""),
    ("CARIBOU STEP 'x'", "own_step", ""),
    ("CARIBOU STEP 'x' FOR a, s.b", "own_step", "r:a, r:s.b"),
    ("CARIBOU UNDO STEP ''", "own_undo", ""),
    ("CARIBOU STEP x", "unknown", ""),
    ("USE `d`", "use", "r:schema d"),
    ("CALL s.p(1)", "call", "r:procedure s.p"),
    ("START TRANSACTION WITH CONSISTENT SNAPSHOT", "begin", ""),
    ("BEGIN WORK", "begin", ""),
    ("ROLLBACK WORK TO x", "rollback_to_savepoint", ""),
    ("XA START 'x'", "xa", ""),
    ("LOCK TABLES a WRITE, s.b AS x READ LOCAL", "lock_tables", "w:a, r:s.b"),
    ("UNLOCK TABLES", "unlock_tables", ""),
    ("PREPARE s FROM 'DROP TABLE t'", "prepare", ""),
    ("EXECUTE s USING @a", "execute", ""),
    ("DEALLOCATE PREPARE s", "deallocate", ""),
    ("DROP PREPARE s", "deallocate", ""),
    ("GRANT SELECT ON d.* TO a@b", "grant", ""),
    ("REVOKE ALL ON d.* FROM a@b", "revoke", ""),
    ("CREATE USER IF NOT EXISTS a@b", "user_admin", ""),
    ("DROP ROLE r", "user_admin", ""),
    ("RENAME USER a TO b", "user_admin", ""),
    ("ANALYZE LOCAL TABLE a, s.b", "analyze", "r:a, r:s.b"),
    ("OPTIMIZE TABLE t", "optimize", "a:t"),
    ("REPAIR TABLE t QUICK", "repair", "a:t"),
    ("CHECK TABLE t", "show", "r:t"),
    ("FLUSH PRIVILEGES", "flush", ""),
    ("SHOW TABLES", "show", ""),
    ("EXPLAIN DELETE FROM t", "show", ""),
    ("EXPLAIN ANALYZE SELECT * FROM t", "select", "r:t"),
    ("DO SLEEP(1)", "do", ""),
    ("KILL 5", "server_admin", ""),
    ("SIGNAL SQLSTATE '45000'", "signal", ""),
    ("IF 1 THEN SELECT 1; END IF", "compound", ""),
    ("RENAME TABLE a b", "unknown", ""),
    ("PRAGMA foreign_keys = 1", "unknown", ""),
    ("DELETE a, b", "unknown", ""),
];

const MARIADB: &[(&str, &str, &str)] = &[
    ("CREATE OR REPLACE TABLE t (a INT)", "create_table", "c:t"),
    ("CREATE SEQUENCE s START WITH 1", "create_sequence", "c:sequence s"),
    ("DROP SEQUENCE IF EXISTS s", "drop_sequence", "d:sequence s"),
    ("ALTER TABLE IF EXISTS t WAIT 5 ADD COLUMN IF NOT EXISTS a INT", "alter_table", "a:t"),
    ("DROP TABLE IF EXISTS t WAIT 3", "drop_table", "d:t"),
    ("RENAME TABLE IF EXISTS a WAIT 3 TO b", "rename_table", "from:a, to:b"),
    ("BEGIN NOT ATOMIC SELECT 1; END", "compound", ""),
    ("SET STATEMENT max_statement_time=1 FOR DELETE FROM t", "delete", "w:t"),
    ("SET STATEMENT max_statement_time=1 FOR TRUNCATE t", "truncate", "w:t"),
    ("SET STATEMENT max_statement_time=1 FOR RENAME TABLE a TO b", "rename_table", "from:a, to:b"),
    ("ANALYZE FORMAT=JSON UPDATE t SET a = 1", "update", "w:t"),
    ("/*M!100100 DROP TABLE t */", "drop_table", "d:t"),
    ("/*!50701 DROP TABLE t */", "unknown", ""),
    ("SELECT * FROM t FOR SYSTEM_TIME AS OF '2020-01-01', u", "select", "r:t, r:u"),
    ("INSERT INTO t VALUES (1) RETURNING a, b", "insert", "w:t"),
];

const ORACLE_MYSQL: &[(&str, &str, &str)] = &[
    ("/*!80013 DROP TABLE t */", "drop_table", "d:t"),
    ("/*!99999 DROP TABLE t */", "unknown", ""),
    ("CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $$ return ';' $$", "create_function", "c:function f"),
    ("SET PERSIST x = 1", "set_global", ""),
    ("LOCK INSTANCE FOR BACKUP", "server_admin", ""),
];

const SQLITE: &[(&str, &str, &str)] = &[
    ("CREATE TABLE [a b] (c)", "create_table", "c:a b"),
    ("CREATE TABLE 't' (c)", "create_table", "c:t"),
    ("CREATE TABLE IF NOT EXISTS \"a\"\"b\" (c) STRICT, WITHOUT ROWID", "create_table", "c:a\"b"),
    ("CREATE TEMP TABLE t AS SELECT * FROM main.u", "create_table", "c:t, r:main.u"),
    ("CREATE VIRTUAL TABLE t USING fts5(a, b)", "create_table", "c:t"),
    ("CREATE INDEX IF NOT EXISTS main.i ON t (a) WHERE a > 1", "create_index", "c:index main.i, a:main.t"),
    ("DROP INDEX IF EXISTS main.i", "drop_index", "d:index main.i"),
    ("CREATE TRIGGER g AFTER UPDATE OF a, b ON t BEGIN DELETE FROM u; END", "create_trigger", "c:trigger g, a:t"),
    ("ALTER TABLE t RENAME a TO b", "alter_table", "a:t"),
    ("INSERT OR REPLACE INTO t VALUES (1)", "replace", "w:t"),
    ("INSERT OR IGNORE INTO t VALUES (1)", "insert", "w:t"),
    ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, c = 2", "upsert", "w:t"),
    ("INSERT INTO new_t SELECT a, b FROM t", "insert", "w:new_t, r:t"),
    ("UPDATE OR IGNORE t SET a = u.b FROM u, v WHERE t.c = u.c", "update", "w:t, r:u, r:v"),
    ("SELECT * FROM pragma_table_info('t')", "select", ""),
    ("PRAGMA foreign_keys = OFF", "pragma", ""),
    ("ATTACH 'x.db' AS y", "attach", ""),
    ("DETACH y", "detach", ""),
    ("VACUUM INTO 'x'", "vacuum", ""),
    ("REINDEX t", "reindex", ""),
    ("ANALYZE", "analyze", ""),
    ("BEGIN IMMEDIATE TRANSACTION", "begin", ""),
    ("END TRANSACTION", "commit", ""),
    ("EXPLAIN QUERY PLAN DELETE FROM t", "show", ""),
    ("TRUNCATE t", "unknown", ""),
    ("SET a = 1", "unknown", ""),
    ("/*! DROP TABLE t */", "unknown", ""),
];

#[test]
fn kinds_and_touches() {
    check(COMMON, &Dialect::ALL);
    check(MYSQL, &[Dialect::MySql, Dialect::MariaDb]);
    check(MARIADB, &[Dialect::MariaDb]);
    check(ORACLE_MYSQL, &[Dialect::MySql]);
    check(SQLITE, &[Dialect::Sqlite]);
}

#[test]
fn flags() {
    let flags = |sql: &str| analyse(sql, Dialect::MySql).flags;
    assert!(flags("DROP TABLE IF EXISTS t").if_exists);
    assert!(flags("CREATE TABLE IF NOT EXISTS t (a INT)").if_not_exists);
    assert!(flags("CREATE OR REPLACE VIEW v AS SELECT 1").or_replace);
    assert!(flags("CREATE TEMPORARY TABLE t (a INT)").temporary);
    assert!(flags("INSERT INTO t SELECT 1").has_select && !flags("INSERT INTO t VALUES ('SELECT')").has_select);
    assert!(flags("DELETE FROM t WHERE a").has_where && !flags("DELETE FROM t").has_where);
    assert!(!flags("UPDATE t SET a = (SELECT b FROM u WHERE c LIMIT 1)").has_where);
    assert!(flags("UPDATE t SET a = 1 ORDER BY b LIMIT 3").has_limit);
    assert!(flags("UPDATE t SET a = 1 ORDER BY b LIMIT 3").has_order_by);
    assert!(flags("INSERT IGNORE INTO t VALUES (1)").ignore);
    assert!(flags("DROP TABLE a, b").multiple_objects && !flags("DROP TABLE a").multiple_objects);
    assert!(flags("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES b (c))").foreign_key);
    assert!(flags("SET autocommit = 0").autocommit && !flags("SET @autocommit = 0").autocommit);
    assert!(flags("UPDATE a JOIN b SET c = 1").partial);
    let history = analyse("DELETE HISTORY FROM t BEFORE SYSTEM_TIME '2020-01-01'", Dialect::MariaDb);
    assert!(history.flags.partial && history.touches[0].object.name == "t", "{history:?}");
}

#[test]
fn commits() {
    let commits = |sql: &str, dialect| analyse(sql, dialect).implicit_commit(dialect);
    for sql in [
        "CREATE TABLE t (a INT)",
        "TRUNCATE t",
        "BEGIN",
        "LOCK TABLES t READ",
        "GRANT ALL ON *.* TO a",
        "SET autocommit = 1",
        "WHAT",
    ] {
        assert!(commits(sql, Dialect::MySql), "{sql}");
        assert!(!commits(sql, Dialect::Sqlite), "{sql}");
    }
    for sql in ["CREATE TEMPORARY TABLE t (a INT)", "INSERT INTO t VALUES (1)", "SELECT 1", "SET @a = 1", "COMMIT"] {
        assert!(!commits(sql, Dialect::MariaDb), "{sql}");
    }
}

#[test]
fn the_names_of_kinds_are_those_of_json() {
    for kind in StatementKind::ALL {
        let json = serde_json::to_string(kind).expect("serialises");
        assert_eq!(json, format!("\"{kind}\""));
    }
    let analysis = analyse("ALTER TABLE s.t ADD a INT", Dialect::MySql);
    let json = serde_json::to_value(&analysis).expect("serialises");
    assert_eq!(json["operations"][0]["op"], "add_column");
    assert_eq!(json["touches"][0]["how"], "alters");
    assert_eq!(serde_json::from_value::<Analysis>(json).expect("reads"), analysis);
}
