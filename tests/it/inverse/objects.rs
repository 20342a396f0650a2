//! Every kind of object made, altered, renamed and dropped.

use super::case::{BOTH, Case, Expect::*, MARIADB, MYSQL, case, run_table};
use crate::support::{Fresh, on_both_servers};

const T: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT)";
const ROWS: &str = "INSERT INTO t VALUES (1, 1), (2, 2)";
const ONE: &[&str] = &[T, ROWS];
const TWO: &[&str] = &[T, ROWS, "CREATE TABLE u (id INT PRIMARY KEY, z DATE)", "INSERT INTO u VALUES (7, NULL)"];
const VIEWS: &[&str] = &[
    T,
    ROWS,
    "CREATE VIEW v AS SELECT id, a + 1 AS b FROM t WHERE a <> 'x;y'",
    "CREATE VIEW a_v (n) AS SELECT b FROM v WITH CHECK OPTION",
];
const TRIGGER: &[&str] = &[
    T,
    ROWS,
    "SET @mode = @@sql_mode, sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'",
    "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; SET NEW.\"a\" = 2; END",
    "SET sql_mode = @mode",
];
const PROGRAMS: &[&str] = &[
    T,
    "SET @mode = @@sql_mode, sql_mode = 'PIPES_AS_CONCAT'",
    "CREATE PROCEDURE p(IN x INT, OUT y VARCHAR(9)) READS SQL DATA SQL SECURITY INVOKER COMMENT 'o''k' BEGIN SET y = x || 'a'; SELECT 1; END",
    "CREATE FUNCTION f(x INT) RETURNS VARCHAR(10) DETERMINISTIC RETURN 'a' || x",
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'c' DO SELECT 1 || 2",
    "SET sql_mode = @mode",
    "SET @zone = @@time_zone, time_zone = '+05:00'",
    "CREATE EVENT e2 ON SCHEDULE AT '2036-01-01 00:00:00' DO BEGIN SELECT 1; SELECT 2; END",
    "SET time_zone = @zone",
];
const SEQUENCE: &[&str] = &["CREATE SEQUENCE s START WITH 5 INCREMENT BY 2 MAXVALUE 100 CYCLE"];

const CASES: &[Case] = &[
    // Tables.
    case(BOTH, ONE, "CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY, FOREIGN KEY (id) REFERENCES t (id))", Back),
    case(BOTH, ONE, "CREATE TABLE n LIKE t", Back),
    case(BOTH, ONE, "CREATE TABLE n AS SELECT * FROM t", Back),
    case(BOTH, ONE, "CREATE TABLE IF NOT EXISTS t (z INT)", Back),
    case(BOTH, ONE, "CREATE TABLE IF NOT EXISTS n (z INT)", Back),
    case(BOTH, ONE, "CREATE TEMPORARY TABLE n (z INT)", Back),
    case(BOTH, ONE, "DROP TABLE t", Lost(&["rows t"])),
    case(BOTH, TWO, "DROP TABLE IF EXISTS t, nope, u", Lost(&["rows t", "rows u"])),
    case(BOTH, ONE, "DROP TABLE IF EXISTS nope", Back),
    case(BOTH, TRIGGER, "DROP TABLE t", Lost(&["rows t"])),
    case(MARIADB, ONE, "CREATE OR REPLACE TABLE t (z INT)", Lost(&["rows t"])),
    case(MARIADB, ONE, "CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, a INT)", Lost(&["rows t"])),
    case(MARIADB, ONE, "CREATE OR REPLACE TABLE n (z INT)", Back),
    // Renames.
    case(BOTH, ONE, "RENAME TABLE t TO n", Back),
    case(BOTH, TWO, "RENAME TABLE t TO tmp, u TO t, tmp TO u", Back),
    case(BOTH, TWO, "RENAME TABLE t TO n, n TO m, u TO n", None("twice")),
    case(BOTH, ONE, "ALTER TABLE t RENAME n", Back),
    case(BOTH, ONE, "ALTER TABLE t RENAME AS n, ADD z INT FIRST, RENAME COLUMN a TO b, ADD KEY (b)", Back),
    case(BOTH, TRIGGER, "RENAME TABLE t TO n", Back),
    case(MARIADB, ONE, "RENAME TABLE IF EXISTS nope TO n", None("was not seen before")),
    case(BOTH, VIEWS, "RENAME TABLE v TO w", Back),
    // Views.
    case(BOTH, ONE, "CREATE VIEW v AS SELECT id FROM t", Back),
    case(BOTH, VIEWS, "CREATE OR REPLACE VIEW v AS SELECT id, id AS b FROM t", Back),
    case(BOTH, VIEWS, "ALTER ALGORITHM=MERGE SQL SECURITY INVOKER VIEW v AS SELECT id, 5 AS b FROM t", Back),
    case(BOTH, VIEWS, "DROP VIEW a_v", Back),
    case(BOTH, VIEWS, "DROP VIEW a_v, v", Back),
    // Triggers.
    case(BOTH, ONE, "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW SET @x = 1", Back),
    case(BOTH, TRIGGER, "DROP TRIGGER g", Back),
    case(BOTH, TRIGGER, "DROP TRIGGER IF EXISTS nope", Back),
    case(MARIADB, TRIGGER, "CREATE OR REPLACE TRIGGER g AFTER UPDATE ON t FOR EACH ROW SET @x = 1", Back),
    // Routines and events.
    case(BOTH, ONE, "CREATE PROCEDURE p() BEGIN SELECT 1; END", Back),
    case(BOTH, ONE, "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", Back),
    case(BOTH, PROGRAMS, "DROP PROCEDURE p", Back),
    case(BOTH, PROGRAMS, "DROP FUNCTION f", Back),
    case(BOTH, PROGRAMS, "DROP EVENT e", Back),
    case(BOTH, PROGRAMS, "DROP EVENT e2", Back),
    case(BOTH, PROGRAMS, "ALTER PROCEDURE p COMMENT 'new' SQL SECURITY DEFINER", Back),
    case(BOTH, PROGRAMS, "ALTER FUNCTION f COMMENT 'new'", Back),
    case(BOTH, PROGRAMS, "ALTER EVENT e ON SCHEDULE EVERY 2 HOUR DO SELECT 7", Back),
    case(BOTH, PROGRAMS, "ALTER EVENT e RENAME TO e9", Back),
    case(BOTH, PROGRAMS, "ALTER EVENT e2 DISABLE", Back),
    case(BOTH, PROGRAMS, "CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 2 HOUR DO SELECT 7", Back),
    case(BOTH, ONE, "CREATE EVENT n ON SCHEDULE EVERY 2 HOUR DO SELECT 7", Back),
    case(MARIADB, PROGRAMS, "CREATE OR REPLACE PROCEDURE p() SELECT 3", Back),
    case(MARIADB, PROGRAMS, "CREATE OR REPLACE FUNCTION f() RETURNS INT RETURN 3", Back),
    case(MARIADB, PROGRAMS, "CREATE OR REPLACE EVENT e ON SCHEDULE EVERY 2 HOUR DO SELECT 7", Back),
    // Sequences.
    case(MARIADB, ONE, "CREATE SEQUENCE n", Back),
    case(MARIADB, SEQUENCE, "DROP SEQUENCE s", Lost(&["rows s"])),
    case(MARIADB, SEQUENCE, "ALTER SEQUENCE s INCREMENT BY 7 NOCYCLE MAXVALUE 900 CACHE 5", Back),
    case(MARIADB, SEQUENCE, "DROP TABLE s", None("sequence")),
    // Schemas.
    case(BOTH, ONE, "CREATE SCHEMA IF NOT EXISTS mysql", Back),
    case(BOTH, ONE, "CREATE SCHEMA caribou_inverse_case", None("empty")),
    case(BOTH, ONE, "ALTER SCHEMA caribou_inverse_case CHARACTER SET latin1", Back),
    case(BOTH, ONE, "DROP SCHEMA caribou_inverse_case", None("what the schema held")),
    // What is no definition, or stands outside.
    case(BOTH, ONE, "UPDATE t SET a = 3", None("more than definitions")),
    case(BOTH, ONE, "ALTER DATABASE CHARACTER SET utf8mb4", Back),
    case(MYSQL, ONE, "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')", None("outside every schema")),
    case(MYSQL, ONE, "DROP SERVER s", None("outside every schema")),
];

async fn objects_come_back(fresh: Fresh) {
    run_table(&fresh, CASES).await;
}

on_both_servers!(objects_come_back);
