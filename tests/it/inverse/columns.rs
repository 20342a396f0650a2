//! `ALTER TABLE`: columns.

use super::case::{BOTH, Case, Expect::*, MARIADB, MYSQL, case, run_table};
use crate::support::{Fresh, on_both_servers};

const T: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20) NOT NULL DEFAULT 'x', c DATE)";
const ROWS: &str = "INSERT INTO t VALUES (1, 10, 'one', '2026-01-01'), (2, NULL, 'two', NULL)";
const SET: &[&str] = &[T, ROWS];

/// A text column that inherited a character set that its table has no longer.
const ONCE: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b TEXT) DEFAULT CHARSET latin1",
    "INSERT INTO t VALUES (1, 'ä', 'ö')",
    "ALTER TABLE t DEFAULT CHARSET utf8mb4",
];
const GENERATED: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, v INT, s INT AS (v + 1) STORED, w INT AS (v * 2) VIRTUAL, z INT, KEY k (s), KEY k2 (z))",
    "INSERT INTO t (id, v, z) VALUES (1, 5, 7), (2, 6, 8)",
];
const GENERAL: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b VARCHAR(10) COLLATE utf8mb4_bin, c VARCHAR(10) CHARACTER SET latin1, \
     d ENUM('a','b'), e TEXT, n INT) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci",
    "INSERT INTO t VALUES (1, 'a', 'b', 'c', 'a', 'e', 1)",
];

const CASES: &[Case] = &[
    case(BOTH, SET, "ALTER TABLE t ADD COLUMN n INT", Back),
    case(BOTH, SET, "ALTER TABLE t ADD n INT NOT NULL DEFAULT 3 FIRST", Back),
    case(BOTH, SET, "ALTER TABLE t ADD n INT AFTER a, ADD m INT AFTER n, ADD (o INT, p INT)", Back),
    case(BOTH, SET, "ALTER TABLE t ADD n INT, ADD KEY (n), ADD UNIQUE (n, a)", Back),
    case(BOTH, SET, "ALTER TABLE t DROP COLUMN a", Lost(&["column t.a"])),
    case(BOTH, &[T, "INSERT INTO t (id, a) VALUES (1, 2)"], "ALTER TABLE t DROP COLUMN id", Lost(&["column t.id"])),
    case(BOTH, SET, "ALTER TABLE t DROP c", Lost(&["column t.c"])),
    case(BOTH, SET, "ALTER TABLE t DROP a, DROP b, DROP c", Lost(&["column t.a", "column t.b", "column t.c"])),
    case(BOTH, SET, "ALTER TABLE t DROP a, ADD n INT FIRST", Lost(&["column t.a"])),
    case(BOTH, SET, "ALTER TABLE t DROP a, ADD a VARCHAR(3) FIRST", Lost(&["column t.a"])),
    case(BOTH, SET, "ALTER TABLE t DROP a, ADD a INT AFTER id", Lost(&["column t.a"])),
    case(
        BOTH,
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, d DATE NOT NULL, e DATETIME(3) NOT NULL, f INT)",
            "INSERT INTO t VALUES (1, '2026-01-01', '2026-01-01', 1)",
        ],
        "ALTER TABLE t DROP d, DROP e",
        Lost(&["column t.d", "column t.e"]),
    ),
    case(
        BOTH,
        &["CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)", "INSERT INTO t (a) VALUES (1), (2)"],
        "ALTER TABLE t DROP id",
        Lost(&["column t.id"]),
    ),
    case(
        BOTH,
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL UNIQUE, b INT, UNIQUE (b))",
            "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
        ],
        "ALTER TABLE t DROP a",
        Lost(&["column t.a"]),
    ),
    case(BOTH, SET, "ALTER TABLE t MODIFY a BIGINT", Back),
    case(BOTH, SET, "ALTER TABLE t MODIFY a TINYINT", Lost(&["values t.a"])),
    case(BOTH, SET, "ALTER TABLE t MODIFY b VARCHAR(10) NOT NULL DEFAULT 'x'", Lost(&["values t.b"])),
    case(BOTH, SET, "ALTER TABLE t MODIFY b VARCHAR(300) NULL DEFAULT 'y' COMMENT 'it''s \\\\ new' FIRST", Back),
    case(BOTH, &[T], "ALTER TABLE t MODIFY a INT NOT NULL", Lost(&["values t.a"])),
    case(BOTH, SET, "ALTER TABLE t MODIFY c DATETIME", Back),
    case(BOTH, SET, "ALTER TABLE t MODIFY id INT AFTER c", Back),
    case(BOTH, SET, "ALTER TABLE t MODIFY c DATE FIRST, MODIFY b VARCHAR(20) NOT NULL DEFAULT 'x' AFTER c", Back),
    case(BOTH, SET, "ALTER TABLE t MODIFY id INT AUTO_INCREMENT", Lost(&["values t.id"])),
    case(BOTH, SET, "ALTER TABLE t RENAME COLUMN a TO n", Back),
    case(BOTH, SET, "ALTER TABLE t RENAME COLUMN a TO c, RENAME COLUMN c TO a", Back),
    case(BOTH, SET, "ALTER TABLE t CHANGE a n INT", Back),
    case(BOTH, SET, "ALTER TABLE t CHANGE a A INT", Back),
    case(BOTH, &[T], "ALTER TABLE t CHANGE a n BIGINT NOT NULL DEFAULT 4 AFTER c", Lost(&["values t.a"])),
    case(BOTH, SET, "ALTER TABLE t CHANGE a n INT, ADD a INT AFTER n", Back),
    case(BOTH, SET, "ALTER TABLE t DROP c, CHANGE a c INT", Lost(&["column t.c"])),
    case(
        BOTH,
        SET,
        "ALTER TABLE t CHANGE id key_ INT FIRST, CHANGE b title VARCHAR(20) NOT NULL DEFAULT 'x' AFTER c, ADD n INT AFTER title",
        Back,
    ),
    case(BOTH, SET, "ALTER TABLE t ALTER a SET DEFAULT 5", Back),
    case(BOTH, SET, "ALTER TABLE t ALTER b DROP DEFAULT", Back),
    case(BOTH, SET, "ALTER TABLE t ALTER COLUMN c SET DEFAULT (CURRENT_DATE)", Back),
    case(MARIADB, SET, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, ADD COLUMN IF NOT EXISTS n INT", Back),
    case(MARIADB, SET, "ALTER TABLE t DROP COLUMN IF EXISTS nope", Back),
    case(MARIADB, SET, "ALTER TABLE t CHANGE COLUMN IF EXISTS nope a INT", Back),
    case(MARIADB, SET, "ALTER TABLE t RENAME COLUMN IF EXISTS nope TO c", Back),
    case(MARIADB, SET, "ALTER TABLE t MODIFY a INT INVISIBLE", Back),
    case(MYSQL, SET, "ALTER TABLE t ALTER COLUMN a SET INVISIBLE", Back),
    case(
        MYSQL,
        &["CREATE TABLE t (id INT PRIMARY KEY, a INT INVISIBLE, b INT)"],
        "ALTER TABLE t DROP a",
        Lost(&["column t.a"]),
    ),
    case(
        MARIADB,
        &["CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(99) COMPRESSED, b INT)"],
        "ALTER TABLE t DROP a",
        Lost(&["column t.a"]),
    ),
    case(
        BOTH,
        &["CREATE TABLE t (a INT, `b``c` INT, `d e` INT)"],
        "ALTER TABLE t DROP `b``c`, RENAME COLUMN `d e` TO `f``g`",
        Lost(&["column t.b`c"]),
    ),
    case(
        BOTH,
        &[
            "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b;c','d''e') DEFAULT 'a', s SET('x','y'), j JSON, p DECIMAL(10,2) UNSIGNED ZEROFILL, \
           b BIT(3) DEFAULT b'101', ts TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), y YEAR, bl BLOB, g POINT)",
        ],
        "ALTER TABLE t DROP e, DROP s, DROP j, DROP p, DROP b, DROP ts, DROP y, DROP bl, DROP g",
        Lost(&[
            "column t.b",
            "column t.bl",
            "column t.e",
            "column t.g",
            "column t.j",
            "column t.p",
            "column t.s",
            "column t.ts",
            "column t.y",
        ]),
    ),
    case(
        BOTH,
        &["CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b'))", "INSERT INTO t VALUES (1, 'b')"],
        "ALTER TABLE t MODIFY e ENUM('b','c','a')",
        Back,
    ),
    case(
        BOTH,
        &["CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b'))"],
        "ALTER TABLE t MODIFY e ENUM('a')",
        Lost(&["values t.e"]),
    ),
    case(
        BOTH,
        &["CREATE TABLE t (p DECIMAL(10,4))", "INSERT INTO t VALUES (1.2345)"],
        "ALTER TABLE t MODIFY p DECIMAL(10,2)",
        Lost(&["values t.p"]),
    ),
    // Generated columns.
    case(BOTH, GENERATED, "ALTER TABLE t DROP s", Back),
    case(BOTH, GENERATED, "ALTER TABLE t DROP w, ADD x INT AS (v + 9) VIRTUAL FIRST", Back),
    case(BOTH, GENERATED, "ALTER TABLE t DROP KEY k, DROP s, ADD s INT AS (v + 2) STORED", Back),
    case(MYSQL, GENERATED, "ALTER TABLE t MODIFY s INT AS (v + 3) STORED", Back),
    case(BOTH, GENERATED, "ALTER TABLE t MODIFY s INT", Back),
    case(MYSQL, GENERATED, "ALTER TABLE t MODIFY z INT AS (v + 3) STORED", Lost(&["values t.z"])),
    case(BOTH, GENERATED, "ALTER TABLE t DROP z, ADD z INT AS (v) VIRTUAL", Lost(&["column t.z"])),
    case(MARIADB, GENERATED, "ALTER TABLE t RENAME COLUMN v TO v2", Back),
    case(MARIADB, GENERATED, "ALTER TABLE t CHANGE v v2 BIGINT AFTER z", Back),
    // Character sets.
    case(BOTH, GENERAL, "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", Back),
    case(
        BOTH,
        GENERAL,
        "ALTER TABLE t CONVERT TO CHARACTER SET latin1",
        Lost(&["values t.a", "values t.b", "values t.d", "values t.e"]),
    ),
    case(BOTH, GENERAL, "ALTER TABLE t DEFAULT CHARACTER SET latin1", Back),
    case(BOTH, GENERAL, "ALTER TABLE t COLLATE utf8mb4_bin, ADD x VARCHAR(3), DROP a", Lost(&["column t.a"])),
    case(
        BOTH,
        GENERAL,
        "ALTER TABLE t MODIFY a VARCHAR(10) CHARACTER SET latin1, MODIFY c VARCHAR(10)",
        Lost(&["values t.a"]),
    ),
    case(
        BOTH,
        GENERAL,
        "ALTER TABLE t DROP a, DROP b, DROP c, DROP d, DROP e",
        Lost(&["column t.a", "column t.b", "column t.c", "column t.d", "column t.e"]),
    ),
    case(BOTH, ONCE, "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", Back),
    case(BOTH, ONCE, "ALTER TABLE t MODIFY a VARCHAR(30)", Back),
    case(BOTH, ONCE, "ALTER TABLE t MODIFY a VARCHAR(30) CHARACTER SET latin1, DROP b", Lost(&["column t.b"])),
    case(BOTH, ONCE, "ALTER TABLE t DEFAULT CHARSET latin1", Back),
    case(BOTH, ONCE, "ALTER TABLE t RENAME COLUMN a TO z", Back),
    case(BOTH, ONCE, "DROP TABLE t", Lost(&["rows t"])),
    case(BOTH, GENERAL, "DROP TABLE t", Lost(&["rows t"])),
    // Zero dates that the session would not take.
    case(
        BOTH,
        &[
            "SET @mode = @@sql_mode, sql_mode = ''",
            "CREATE TABLE t (id INT PRIMARY KEY, d DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', x INT)",
            "SET sql_mode = @mode",
        ],
        "ALTER TABLE t DROP d",
        Lost(&["column t.d"]),
    ),
];

async fn columns_come_back(fresh: Fresh) {
    run_table(&fresh, CASES).await;
}

on_both_servers!(columns_come_back);
