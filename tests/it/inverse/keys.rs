//! `ALTER TABLE`: keys, foreign keys, checks.

use super::case::{BOTH, Case, Expect::*, MARIADB, MYSQL, case, run_table};
use crate::support::{Fresh, on_both_servers};

const T: &str = "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b INT, c VARCHAR(50), d TEXT, \
     UNIQUE KEY u1 (b), UNIQUE KEY u2 (a), KEY k1 (a, b), KEY k2 (c(5)), KEY k3 (b DESC) COMMENT 'three', FULLTEXT KEY f1 (d), FULLTEXT KEY f2 (c, d))";
const KEYS: &[&str] = &[T, "INSERT INTO t (a, b, c, d) VALUES (1, 2, 'c', 'd'), (3, NULL, 'cc', NULL)"];
const FAMILY: &[&str] = &[
    "CREATE TABLE p (id INT PRIMARY KEY, x INT, UNIQUE KEY ux (x))",
    "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, KEY kc (c), CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE, \
     CONSTRAINT fb FOREIGN KEY (b) REFERENCES p (x), CONSTRAINT self FOREIGN KEY (c) REFERENCES t (id))",
    "INSERT INTO p VALUES (1, 10), (2, 20)",
    "INSERT INTO t VALUES (1, 1, 10, NULL), (2, 2, 20, 1)",
];
const CHECKS: &[&str] = &[
    "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, CHECK (a > 0), CONSTRAINT zz CHECK (b > a), CONSTRAINT aa CHECK (b < 100))",
    "INSERT INTO t VALUES (1, 2, 3)",
];
const GUARDED: &[&str] = &[
    "CREATE TABLE p (id INT PRIMARY KEY)",
    "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (id), CONSTRAINT x1 CHECK (b < 100))",
];
const UNNAMED: &[&str] = &[
    "CREATE TABLE p (id INT PRIMARY KEY)",
    "CREATE TABLE t (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES p (id), CHECK (id > 0))",
];

const CASES: &[Case] = &[
    case(BOTH, KEYS, "ALTER TABLE t ADD KEY k4 (a), ADD UNIQUE u3 (c(10)), ADD FULLTEXT f3 (d)", Back),
    case(BOTH, KEYS, "CREATE INDEX k4 ON t (a)", Back),
    case(BOTH, KEYS, "CREATE UNIQUE INDEX u3 ON t (a, b)", Back),
    case(BOTH, KEYS, "DROP INDEX k1 ON t", Back),
    case(BOTH, KEYS, "DROP INDEX k3 ON t", Back),
    case(BOTH, KEYS, "DROP INDEX u1 ON t", Back),
    case(BOTH, KEYS, "DROP INDEX f1 ON t", Back),
    case(BOTH, KEYS, "ALTER TABLE t DROP KEY k2, DROP KEY u2, DROP KEY f2", Back),
    case(BOTH, KEYS, "ALTER TABLE t DROP KEY k1, ADD KEY k1 (a)", Back),
    case(BOTH, KEYS, "ALTER TABLE t RENAME INDEX k1 TO k9", Back),
    case(BOTH, KEYS, "ALTER TABLE t RENAME KEY k1 TO k9, RENAME KEY u1 TO u9, DROP KEY k3", Back),
    case(BOTH, KEYS, "ALTER TABLE t RENAME COLUMN a TO aa, RENAME KEY k1 TO k9", Back),
    case(BOTH, KEYS, "ALTER TABLE t DROP COLUMN b", Lost(&["column t.b"])),
    case(BOTH, KEYS, "ALTER TABLE t DROP COLUMN c", Lost(&["column t.c"])),
    case(BOTH, KEYS, "ALTER TABLE t MODIFY id INT NOT NULL, DROP PRIMARY KEY", Back),
    case(BOTH, KEYS, "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)", Back),
    case(
        BOTH,
        KEYS,
        "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, a), ADD n INT FIRST, MODIFY c VARCHAR(60) AFTER id",
        Back,
    ),
    case(
        BOTH,
        &["CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)", "INSERT INTO t (a) VALUES (1)"],
        "ALTER TABLE t DROP COLUMN id, ADD COLUMN n BIGINT AUTO_INCREMENT PRIMARY KEY FIRST",
        Lost(&["column t.id"]),
    ),
    case(BOTH, &[T], "ALTER TABLE t MODIFY b INT NOT NULL DEFAULT 0 FIRST", Lost(&["values t.b"])),
    case(
        BOTH,
        &["CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, UNIQUE u1 (a), UNIQUE u2 (b))"],
        "ALTER TABLE t MODIFY a INT",
        Back,
    ),
    case(BOTH, &["CREATE TABLE t (a INT, b INT)"], "ALTER TABLE t ADD PRIMARY KEY (a)", Back),
    case(
        BOTH,
        &["CREATE TABLE t (a INT NOT NULL)", "INSERT INTO t VALUES (1), (2)"],
        "ALTER TABLE t ADD PRIMARY KEY (a)",
        Back,
    ),
    case(BOTH, &["CREATE TABLE t (a INT, g POINT NOT NULL, SPATIAL KEY s (g), KEY k (a))"], "DROP INDEX s ON t", Back),
    case(BOTH, &["CREATE TABLE t (a INT, g POINT NOT NULL, KEY k (a))"], "ALTER TABLE t ADD SPATIAL KEY s (g)", Back),
    case(MYSQL, KEYS, "ALTER TABLE t ALTER INDEX k1 INVISIBLE", Back),
    case(MYSQL, KEYS, "ALTER TABLE t ALTER INDEX k1 INVISIBLE, RENAME INDEX k3 TO k4, ADD KEY k5 (a)", Back),
    case(
        MYSQL,
        &["CREATE TABLE t (a INT, b INT, KEY k (a) INVISIBLE, KEY l (b))"],
        "ALTER TABLE t ALTER INDEX k VISIBLE",
        Back,
    ),
    case(MYSQL, &["CREATE TABLE t (a INT, b INT, KEY k (a) INVISIBLE, KEY l (b))"], "ALTER TABLE t DROP KEY k", Back),
    case(MARIADB, KEYS, "ALTER TABLE t ALTER INDEX k1 IGNORED", Back),
    case(
        MARIADB,
        &["CREATE TABLE t (a INT, b INT, KEY k (a) IGNORED, KEY l (b))"],
        "ALTER TABLE t ALTER INDEX k NOT IGNORED",
        Back,
    ),
    case(
        MYSQL,
        &["CREATE TABLE t (a INT, b INT, KEY f ((a + b)), KEY l (b), KEY g ((lower(b))))"],
        "ALTER TABLE t DROP KEY f",
        Back,
    ),
    case(MYSQL, &["CREATE TABLE t (a INT, b INT, KEY l (b))"], "ALTER TABLE t ADD KEY f ((a * 2) DESC, b)", Back),
    case(
        MYSQL,
        &["CREATE TABLE t (a INT, d TEXT, FULLTEXT KEY f (d) WITH PARSER ngram)"],
        "ALTER TABLE t DROP KEY f",
        Back,
    ),
    case(
        MARIADB,
        &["CREATE TABLE t (a INT, d TEXT, UNIQUE KEY u (d), UNIQUE KEY v (a))"],
        "ALTER TABLE t DROP KEY u",
        Back,
    ),
    case(MARIADB, KEYS, "ALTER TABLE t ADD INDEX IF NOT EXISTS k1 (b), DROP INDEX IF EXISTS nope", Back),
    case(MARIADB, KEYS, "DROP INDEX IF EXISTS nope ON t", Back),
    case(MARIADB, KEYS, "CREATE OR REPLACE INDEX k1 ON t (b)", Back),
    // Foreign keys.
    case(BOTH, GUARDED, "ALTER TABLE t DROP CONSTRAINT x1, RENAME COLUMN a TO aa", Back),
    case(
        BOTH,
        FAMILY,
        "ALTER TABLE t DROP FOREIGN KEY self, DROP COLUMN c, RENAME COLUMN a TO aa",
        Lost(&["column t.c"]),
    ),
    case(BOTH, FAMILY, "ALTER TABLE t DROP FOREIGN KEY fa", Back),
    case(BOTH, FAMILY, "ALTER TABLE t DROP FOREIGN KEY fa, DROP KEY fa", Back),
    case(
        BOTH,
        FAMILY,
        "ALTER TABLE t DROP FOREIGN KEY fa, DROP FOREIGN KEY fb, DROP FOREIGN KEY self, DROP COLUMN a",
        Lost(&["column t.a"]),
    ),
    case(
        BOTH,
        FAMILY,
        "ALTER TABLE t DROP FOREIGN KEY fa, DROP COLUMN a, DROP KEY kc, ADD KEY kc (c, id)",
        Lost(&["column t.a"]),
    ),
    case(BOTH, FAMILY, "ALTER TABLE t RENAME COLUMN a TO n, RENAME COLUMN id TO key_", Back),
    case(BOTH, FAMILY, "ALTER TABLE p RENAME COLUMN id TO n", Back),
    case(
        BOTH,
        FAMILY,
        "ALTER TABLE t ADD COLUMN n INT, ADD CONSTRAINT fn FOREIGN KEY (n) REFERENCES p (id) ON UPDATE SET NULL",
        Back,
    ),
    case(BOTH, FAMILY, "ALTER TABLE t ADD KEY ab (a, b)", Back),
    case(BOTH, FAMILY, "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES p (id)", Back),
    case(BOTH, FAMILY, "ALTER TABLE t DROP FOREIGN KEY fa, ADD CONSTRAINT fa2 FOREIGN KEY (a) REFERENCES p (id)", Back),
    case(BOTH, FAMILY, "ALTER TABLE t ADD KEY kb (b, a), DROP FOREIGN KEY fa, MODIFY a BIGINT", Back),
    case(BOTH, FAMILY, "DROP TABLE t", Lost(&["rows t"])),
    case(BOTH, FAMILY, "DROP TABLE t, p", Lost(&["rows p", "rows t"])),
    case(BOTH, UNNAMED, "RENAME TABLE t TO u", Back),
    case(BOTH, UNNAMED, "ALTER TABLE t RENAME TO u, ADD COLUMN n INT FIRST", Back),
    case(BOTH, UNNAMED, "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES p (id), DROP FOREIGN KEY t_ibfk_1", Back),
    case(BOTH, FAMILY, "ALTER TABLE t MODIFY a INT NULL COMMENT 'x', ADD n INT", Back),
    case(
        BOTH,
        &[
            "CREATE TABLE p (id INT PRIMARY KEY)",
            "CREATE TABLE t (a INT NOT NULL, b INT, FOREIGN KEY (a) REFERENCES p (id), FOREIGN KEY (b) REFERENCES p (id))",
        ],
        "ALTER TABLE t MODIFY a INT NULL",
        Back,
    ),
    // Checks.
    case(BOTH, CHECKS, "ALTER TABLE t DROP CONSTRAINT zz", Back),
    case(BOTH, CHECKS, "ALTER TABLE t DROP CONSTRAINT aa, ADD CONSTRAINT aa CHECK (b < 200)", Back),
    case(BOTH, CHECKS, "ALTER TABLE t ADD CHECK (a <> 7), ADD CONSTRAINT named CHECK (id > 0)", Back),
    case(BOTH, CHECKS, "ALTER TABLE t DROP CONSTRAINT zz, DROP CONSTRAINT aa, DROP COLUMN b", Lost(&["column t.b"])),
    case(BOTH, CHECKS, "ALTER TABLE t ADD COLUMN n INT CHECK (n > 0)", Back),
    case(BOTH, CHECKS, "DROP TABLE t", Lost(&["rows t"])),
    case(MYSQL, CHECKS, "ALTER TABLE t ALTER CHECK zz NOT ENFORCED", Back),
    case(
        MYSQL,
        CHECKS,
        "ALTER TABLE t DROP CHECK zz, RENAME COLUMN b TO bb, DROP CHECK aa, ADD CONSTRAINT zz CHECK (bb > 0)",
        Back,
    ),
    case(MARIADB, CHECKS, "ALTER TABLE t RENAME COLUMN b TO bb", Back),
    case(MARIADB, CHECKS, "ALTER TABLE t MODIFY b BIGINT CHECK (b <> 9)", Back),
    case(MARIADB, CHECKS, "ALTER TABLE t DROP CONSTRAINT IF EXISTS nope", Back),
];

async fn keys_come_back(fresh: Fresh) {
    run_table(&fresh, CASES).await;
}

on_both_servers!(keys_come_back);
