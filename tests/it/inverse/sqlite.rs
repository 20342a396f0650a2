//! SQLite: the few things that it alters, and every kind of object made and dropped.

use super::case::{Case, Expect::*, SQLITE, case, run_table};
use crate::support::Fresh;
use caribou::database::ServerKind;

const T: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b TEXT NOT NULL DEFAULT 'x', c TEXT NOT NULL)";
const ROWS: &str = "INSERT INTO t VALUES (1, 10, 'one', 'c'), (2, NULL, 'two', 'd')";
const ONE: &[&str] = &[T, ROWS];
/// All that may hang on a table.
const RICH: &[&str] = &[
    "CREATE TABLE other (id INTEGER PRIMARY KEY, t_id INT REFERENCES t (id) ON DELETE CASCADE)",
    "CREATE TABLE [t] ( -- the table\n id INTEGER PRIMARY KEY AUTOINCREMENT, \"order\" INT, `two words` TEXT DEFAULT 'it''s; two', \
     n INT NOT NULL CHECK (n <> -1), \"group\" TEXT COLLATE NOCASE, g INT AS (n * 2) STORED, last REAL, \
     CONSTRAINT named UNIQUE (\"order\", n), FOREIGN KEY (n) REFERENCES other (id))",
    "CREATE INDEX i ON t (\"group\" DESC, n) WHERE n > 0",
    "CREATE UNIQUE INDEX \"my index\" ON t (n)",
    "CREATE TRIGGER g AFTER INSERT ON t WHEN new.n > 5 BEGIN UPDATE t SET last = 1 WHERE id = new.id; SELECT 'a;b'; END",
    "CREATE TRIGGER g2 AFTER DELETE ON other BEGIN DELETE FROM t WHERE id = old.t_id; END",
    "CREATE VIEW v AS SELECT id, \"order\" FROM t",
    "INSERT INTO t (\"order\", n, \"group\") VALUES (5, 1, 'x'), (6, 9, 'y')",
    "INSERT INTO other VALUES (1, 1), (2, 2)",
];

const CASES: &[Case] = &[
    // Columns.
    case(SQLITE, ONE, "ALTER TABLE t ADD COLUMN n INT", Back),
    case(SQLITE, ONE, "ALTER TABLE t ADD n TEXT NOT NULL DEFAULT 'it''s'", Back),
    case(SQLITE, ONE, "ALTER TABLE t ADD n INT REFERENCES t (id)", Back),
    case(SQLITE, ONE, "ALTER TABLE t ADD n INT CHECK (n > 0)", Back),
    case(SQLITE, ONE, "ALTER TABLE t ADD n INT AS (a + 1)", Back),
    case(SQLITE, RICH, "ALTER TABLE t ADD COLUMN \"new one\" INT DEFAULT 3", Back),
    case(SQLITE, RICH, "ALTER TABLE t ADD COLUMN n2 INT REFERENCES other (id)", Back),
    case(SQLITE, ONE, "ALTER TABLE t DROP COLUMN a", Lost(&["column t.a"])),
    case(SQLITE, ONE, "ALTER TABLE t DROP b", Lost(&["column t.b"])),
    case(SQLITE, ONE, "ALTER TABLE t DROP c", Lost(&["column t.c"])),
    case(
        SQLITE,
        &["CREATE TABLE t (a INT, b INT DEFAULT 3)", "INSERT INTO t VALUES (1, 2)"],
        "ALTER TABLE t DROP b",
        Lost(&["column t.b"]),
    ),
    case(
        SQLITE,
        &["CREATE TABLE t (a INT, b INT DEFAULT (1 + 2))", "INSERT INTO t VALUES (1, 2)"],
        "ALTER TABLE t DROP b",
        Lost(&["column t.b"]),
    ),
    case(
        SQLITE,
        &[
            "CREATE TABLE t (a TEXT, b TEXT NOT NULL, PRIMARY KEY (a)) STRICT, WITHOUT ROWID",
            "INSERT INTO t VALUES ('x', 'y')",
        ],
        "ALTER TABLE t DROP b",
        Lost(&["column t.b"]),
    ),
    case(SQLITE, RICH, "ALTER TABLE t DROP COLUMN \"two words\"", Lost(&["column t.two words"])),
    case(SQLITE, RICH, "ALTER TABLE t DROP COLUMN g", Back),
    case(SQLITE, ONE, "ALTER TABLE t RENAME COLUMN a TO z", Back),
    case(SQLITE, ONE, "ALTER TABLE t RENAME a TO \"select\"", Back),
    case(SQLITE, RICH, "ALTER TABLE t RENAME COLUMN n TO \"where\"", Back),
    case(SQLITE, RICH, "ALTER TABLE t RENAME COLUMN \"two words\" TO two", Back),
    // Tables.
    case(SQLITE, RICH, "ALTER TABLE t RENAME TO u", Back),
    case(SQLITE, RICH, "ALTER TABLE t RENAME TO \"a name\"", Back),
    case(SQLITE, ONE, "CREATE TABLE n (a INT)", Back),
    case(SQLITE, ONE, "CREATE TABLE main.n AS SELECT * FROM t", Back),
    case(SQLITE, ONE, "CREATE TABLE IF NOT EXISTS t (z)", Back),
    case(SQLITE, ONE, "CREATE TEMP TABLE n (z)", Back),
    case(SQLITE, ONE, "DROP TABLE t", Lost(&["rows t"])),
    case(SQLITE, RICH, "DROP TABLE t", Lost(&["rows t"])),
    case(SQLITE, ONE, "DROP TABLE IF EXISTS nope", Back),
    case(SQLITE, &["CREATE TABLE t (\"t\" INT, \"order\" TEXT)"], "DROP TABLE main.t", Lost(&["rows main.t"])),
    case(SQLITE, &[], "CREATE VIRTUAL TABLE f USING fts5(a, b)", Back),
    case(SQLITE, &["CREATE VIRTUAL TABLE f USING fts5(a, b, tokenize = 'porter')"], "DROP TABLE f", Lost(&["rows f"])),
    // Indexes, views, triggers.
    case(SQLITE, ONE, "CREATE INDEX i ON t (a)", Back),
    case(SQLITE, RICH, "CREATE INDEX IF NOT EXISTS i ON t (n)", Back),
    case(SQLITE, RICH, "DROP INDEX i", Back),
    case(SQLITE, RICH, "DROP INDEX \"my index\"", Back),
    case(SQLITE, RICH, "DROP INDEX IF EXISTS nope", Back),
    case(SQLITE, RICH, "DROP TRIGGER g", Back),
    case(SQLITE, RICH, "CREATE TRIGGER n INSTEAD OF INSERT ON v BEGIN SELECT 1; END", Back),
    case(SQLITE, RICH, "DROP VIEW v", Back),
    case(SQLITE, RICH, "CREATE VIEW w (\"a b\") AS SELECT id FROM t", Back),
    case(SQLITE, RICH, "CREATE VIEW IF NOT EXISTS v AS SELECT 1", Back),
    // What is no definition.
    case(SQLITE, ONE, "UPDATE t SET a = 3", None("more than definitions")),
    case(SQLITE, ONE, "DELETE FROM t", None("more than definitions")),
];

#[test]
fn all_comes_back() {
    crate::support::run_on(ServerKind::Sqlite, |fresh: Fresh| async move { run_table(&fresh, CASES).await });
}
