//! Every statement kind, with what its author wrote to undo it. A new kind is a new row.

use caribou::database::ServerKind::{self, MariaDb, MySql, Sqlite};

/// One kind of statement.
pub struct Kind {
    pub name: &'static str,
    pub servers: &'static [ServerKind],
    /// Statements that make what stands before, beside [`BASE`].
    pub before: &'static str,
    pub up: &'static str,
    pub down: &'static str,
}

/// Statements with which every case begins.
pub const BASE: &str = "CREATE TABLE t (id INT PRIMARY KEY, n INT, s VARCHAR(20));\n\
                        INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c');\n";

const ALL: &[ServerKind] = &[Sqlite, MariaDb, MySql];
const BOTH: &[ServerKind] = &[MariaDb, MySql];
const LITE: &[ServerKind] = &[Sqlite];

const fn kind(
    name: &'static str,
    servers: &'static [ServerKind],
    before: &'static str,
    up: &'static str,
    down: &'static str,
) -> Kind {
    Kind { name, servers, before, up, down }
}

const ROWS_OF_T: &str = "INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c')";

/// Names of the kinds that nothing undoes without a script.
pub const IRREVERSIBLE: &[&str] = &["call", "without_transactions"];

/// The kinds, definitions first.
pub const KINDS: &[Kind] = &[
    kind("create_table", ALL, "", "CREATE TABLE a (id INT PRIMARY KEY)", "DROP TABLE a"),
    kind("create_table_like", BOTH, "", "CREATE TABLE a LIKE t", "DROP TABLE a"),
    kind("create_table_as", ALL, "", "CREATE TABLE a AS SELECT id, n FROM t", "DROP TABLE a"),
    kind(
        "drop_table",
        ALL,
        "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO a VALUES (1, 'x');",
        "DROP TABLE a",
        "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO a VALUES (1, 'x')",
    ),
    kind("rename_table", BOTH, "", "RENAME TABLE t TO renamed", "RENAME TABLE renamed TO t"),
    kind("alter_rename", ALL, "", "ALTER TABLE t RENAME TO renamed", "ALTER TABLE renamed RENAME TO t"),
    kind("truncate", BOTH, "", "TRUNCATE TABLE t", ROWS_OF_T),
    kind("create_index", ALL, "", "CREATE INDEX i ON t (n)", ""),
    kind("create_unique_index", BOTH, "", "CREATE UNIQUE INDEX i ON t (n, s)", "DROP INDEX i ON t"),
    kind("drop_index", BOTH, "CREATE INDEX i ON t (n);", "DROP INDEX i ON t", "CREATE INDEX i ON t (n)"),
    kind("drop_index_lite", LITE, "CREATE INDEX i ON t (n);", "DROP INDEX i", "CREATE INDEX i ON t (n)"),
    kind("create_view", ALL, "", "CREATE VIEW w AS SELECT id FROM t", "DROP VIEW w"),
    kind(
        "replace_view",
        BOTH,
        "CREATE VIEW w AS SELECT id FROM t;",
        "CREATE OR REPLACE VIEW w AS SELECT id, n FROM t",
        "CREATE OR REPLACE VIEW w AS SELECT id FROM t",
    ),
    kind("drop_view", ALL, "CREATE VIEW w AS SELECT id FROM t;", "DROP VIEW w", "CREATE VIEW w AS SELECT id FROM t"),
    kind(
        "create_trigger",
        BOTH,
        "",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1",
        "DROP TRIGGER g",
    ),
    kind(
        "drop_trigger",
        BOTH,
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1;",
        "DROP TRIGGER g",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1",
    ),
    kind(
        "create_trigger_lite",
        LITE,
        "",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET n = 1 WHERE id = new.id; END",
        "DROP TRIGGER g",
    ),
    kind("create_procedure", BOTH, "", "CREATE PROCEDURE p() SELECT 1", "DROP PROCEDURE p"),
    kind("drop_procedure", BOTH, "CREATE PROCEDURE p() SELECT 1;", "DROP PROCEDURE p", "CREATE PROCEDURE p() SELECT 1"),
    kind("create_function", BOTH, "", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "DROP FUNCTION f"),
    kind(
        "drop_function",
        BOTH,
        "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;",
        "DROP FUNCTION f",
        "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
    ),
    kind(
        "create_event",
        BOTH,
        "",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM t WHERE id = 99",
        "DROP EVENT e",
    ),
    kind("add_column", ALL, "", "ALTER TABLE t ADD COLUMN c INT", "ALTER TABLE t DROP COLUMN c"),
    kind("add_column_first", BOTH, "", "ALTER TABLE t ADD COLUMN c INT FIRST", "ALTER TABLE t DROP COLUMN c"),
    kind(
        "drop_column",
        BOTH,
        "",
        "ALTER TABLE t DROP COLUMN n",
        "ALTER TABLE t ADD COLUMN n INT DEFAULT NULL AFTER id; UPDATE t SET n = id * 10",
    ),
    // Not the last column: undone by making the table anew. The rows are known by their rowids, which have a gap.
    kind(
        "drop_column_lite",
        LITE,
        "CREATE TABLE r (a TEXT, n INT, b TEXT); INSERT INTO r VALUES ('x', 1, 'p'), ('y', 2, 'q'), ('z', 3, NULL); \
         DELETE FROM r WHERE n = 1;",
        "ALTER TABLE r DROP COLUMN n",
        "CREATE TABLE r_new (a TEXT, n INT, b TEXT); INSERT INTO r_new (rowid, a, n, b) SELECT rowid, a, rowid, b FROM r; \
         DROP TABLE r; ALTER TABLE r_new RENAME TO r",
    ),
    kind(
        "park_column",
        BOTH,
        "",
        "-- caribou: park=t.n\nALTER TABLE t DROP COLUMN n",
        "ALTER TABLE t ADD COLUMN n INT DEFAULT NULL AFTER id; UPDATE t SET n = id * 10",
    ),
    kind(
        "modify_column",
        BOTH,
        "",
        "ALTER TABLE t MODIFY s VARCHAR(40) NOT NULL DEFAULT 'x'",
        "ALTER TABLE t MODIFY s VARCHAR(20) DEFAULT NULL",
    ),
    kind("change_column", BOTH, "", "ALTER TABLE t CHANGE n m BIGINT", "ALTER TABLE t CHANGE m n INT"),
    kind("rename_column", ALL, "", "ALTER TABLE t RENAME COLUMN n TO m", "ALTER TABLE t RENAME COLUMN m TO n"),
    kind(
        "add_index",
        BOTH,
        "",
        "ALTER TABLE t ADD INDEX i (n), ADD INDEX j (s)",
        "ALTER TABLE t DROP INDEX i, DROP INDEX j",
    ),
    kind(
        "add_foreign_key",
        BOTH,
        "CREATE TABLE u (id INT PRIMARY KEY, t_id INT, KEY k (t_id));",
        "ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t (id)",
        "ALTER TABLE u DROP FOREIGN KEY fk",
    ),
    kind(
        "drop_foreign_key",
        BOTH,
        "CREATE TABLE u (id INT PRIMARY KEY, t_id INT, KEY k (t_id), CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t (id));",
        "ALTER TABLE u DROP FOREIGN KEY fk",
        "ALTER TABLE u ADD CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t (id)",
    ),
    kind(
        "add_check",
        BOTH,
        "",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0)",
        "ALTER TABLE t DROP CONSTRAINT positive",
    ),
    kind("set_default", BOTH, "", "ALTER TABLE t ALTER n SET DEFAULT 5", "ALTER TABLE t MODIFY n INT DEFAULT NULL"),
    kind("comment", BOTH, "", "ALTER TABLE t COMMENT = 'people'", "ALTER TABLE t COMMENT = ''"),
    kind("insert", ALL, "", "INSERT INTO t VALUES (4, 40, 'd')", "DELETE FROM t WHERE id = 4"),
    kind(
        "insert_select",
        ALL,
        "CREATE TABLE a (id INT PRIMARY KEY);",
        "INSERT INTO a SELECT id FROM t",
        "DELETE FROM a",
    ),
    kind("update", ALL, "", "UPDATE t SET n = n + 1", "UPDATE t SET n = n - 1"),
    kind("update_one", ALL, "", "UPDATE t SET s = 'z' WHERE id = 2", "UPDATE t SET s = 'b' WHERE id = 2"),
    kind("delete", ALL, "", "DELETE FROM t WHERE id > 1", "INSERT INTO t VALUES (2, 20, 'b'), (3, 30, 'c')"),
    kind("replace", ALL, "", "REPLACE INTO t VALUES (2, 99, 'x')", "REPLACE INTO t VALUES (2, 20, 'b')"),
    kind(
        "upsert",
        BOTH,
        "",
        "INSERT INTO t VALUES (2, 0, 'x') ON DUPLICATE KEY UPDATE n = 0",
        "UPDATE t SET n = 20 WHERE id = 2",
    ),
    kind(
        "upsert_lite",
        LITE,
        "",
        "INSERT INTO t VALUES (2, 0, 'x') ON CONFLICT (id) DO UPDATE SET n = 0",
        "UPDATE t SET n = 20 WHERE id = 2",
    ),
    kind(
        "transaction",
        ALL,
        "",
        "BEGIN; INSERT INTO t VALUES (4, 40, 'd'); UPDATE t SET n = 11 WHERE id = 1; COMMIT",
        "BEGIN; UPDATE t SET n = 10 WHERE id = 1; DELETE FROM t WHERE id = 4; COMMIT",
    ),
    kind(
        "several",
        ALL,
        "",
        "CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO a VALUES (1); ALTER TABLE a ADD COLUMN c INT",
        "ALTER TABLE a DROP COLUMN c; DELETE FROM a; DROP TABLE a",
    ),
    kind("set", BOTH, "", "SET @x = 1", "SET @x = NULL"),
    kind(
        "call",
        BOTH,
        "CREATE PROCEDURE fill() INSERT INTO t VALUES (4, 40, 'd');",
        "CALL fill()",
        "DELETE FROM t WHERE id = 4",
    ),
    kind(
        "without_transactions",
        BOTH,
        "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM;",
        "INSERT INTO m VALUES (1), (2)",
        "DELETE FROM m",
    ),
];

impl Kind {
    /// The rollback script on a server.
    pub fn down_on(&self, server: ServerKind) -> &'static str {
        match (self.name, server) {
            ("create_index", Sqlite) => "DROP INDEX i",
            ("create_index", MariaDb | MySql) => "DROP INDEX i ON t",
            _ => self.down,
        }
    }
}
