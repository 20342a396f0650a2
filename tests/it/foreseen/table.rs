//! Files of a plan, each with the finding that it leads to, and what the server says of it by itself.
//!
//! One table, and one file although it is a long one: whoever adds a case looks first whether it stands here.

use caribou::database::ServerKind;

/// Where a case is valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    All,
    /// MySQL and MariaDB.
    Servers,
    MySql,
    MariaDb,
    Sqlite,
}

impl On {
    pub fn has(self, kind: ServerKind) -> bool {
        match self {
            On::All => true,
            On::Servers => kind != ServerKind::Sqlite,
            On::MySql => kind == ServerKind::MySql,
            On::MariaDb => kind == ServerKind::MariaDb,
            On::Sqlite => kind == ServerKind::Sqlite,
        }
    }
}

/// What stands before (`~` is a prefix of the case's own), the file, and the finding that it leads to.
pub type Case = (On, &'static str, &'static str, Option<&'static str>);

const T: &str = "CREATE TABLE ~t (id INT, a INT)";
const PAIR: &str = "CREATE TABLE ~p (id INT PRIMARY KEY, b INT); CREATE TABLE ~c (id INT PRIMARY KEY, p INT, KEY k (p), \
     CONSTRAINT ~fk FOREIGN KEY (p) REFERENCES ~p (id))";

pub const TABLES: &[Case] = &[
    (On::All, "", "ALTER TABLE ~n ADD COLUMN b INT", Some("missing_table")),
    (On::All, "", "INSERT INTO ~n VALUES (1)", Some("missing_table")),
    (On::All, "", "UPDATE ~n SET a = 1", Some("missing_table")),
    (On::All, "", "DELETE FROM ~n", Some("missing_table")),
    (On::All, T, "INSERT INTO ~t (id) SELECT id FROM ~n", Some("missing_table")),
    (On::All, "", "DROP TABLE ~n", Some("missing_table")),
    (On::All, "", "DROP TABLE IF EXISTS ~n", None),
    (On::All, "", "CREATE TABLE ~t (id INT); CREATE TABLE ~t (id INT)", Some("exists_already")),
    (On::All, "", "CREATE TABLE ~t (id INT); CREATE TABLE IF NOT EXISTS ~t (id INT)", None),
    (On::All, T, "CREATE TABLE ~t (id INT)", Some("exists_already")),
    (On::All, T, "DROP TABLE ~t; INSERT INTO ~t VALUES (1, 1)", Some("missing_table")),
    (On::All, T, "DROP TABLE ~t; CREATE TABLE ~t (b INT); INSERT INTO ~t (b) VALUES (1)", None),
    (On::All, T, "ALTER TABLE ~t RENAME TO ~u; INSERT INTO ~u (a) VALUES (1)", None),
    (On::All, T, "ALTER TABLE ~t RENAME TO ~u; INSERT INTO ~t (a) VALUES (1)", Some("missing_table")),
    (On::All, T, "CREATE TABLE ~u (id INT); ALTER TABLE ~t RENAME TO ~u", Some("exists_already")),
    (
        On::All,
        T,
        "CREATE TABLE ~new (id INT, b INT); INSERT INTO ~new (id) SELECT id FROM ~t; DROP TABLE ~t; ALTER TABLE ~new \
         RENAME TO ~t; CREATE INDEX ~i ON ~t (b)",
        None,
    ),
    (On::Servers, T, "CREATE TABLE ~u (b INT); RENAME TABLE ~t TO ~x, ~u TO ~t, ~x TO ~u; UPDATE ~t SET b = 1", None),
    (On::Servers, T, "CREATE TABLE ~u LIKE ~t; INSERT INTO ~u (b) VALUES (1)", Some("missing_column")),
    (On::Servers, "", "CREATE TABLE ~u LIKE ~n", Some("missing_table")),
    (On::All, T, "CREATE TABLE ~u AS SELECT id AS b FROM ~t; INSERT INTO ~u (b) VALUES (1)", None),
    (On::Servers, "", "CREATE TABLE ~a (id INT); CREATE TABLE ~A (id INT)", None),
    (On::Sqlite, "", "CREATE TABLE ~a (id INT); CREATE TABLE ~A (id INT)", Some("exists_already")),
    (On::Servers, "", "CREATE TRIGGER ~g AFTER INSERT ON ~n FOR EACH ROW SET @x = 1", Some("missing_table")),
    (On::All, "", "CREATE TEMPORARY TABLE ~t (a INT); INSERT INTO ~t (a) VALUES (1); DROP TABLE ~t", None),
    (On::Servers, T, "CREATE TEMPORARY TABLE ~t (z INT); INSERT INTO ~t (z) VALUES (1)", None),
    (On::MariaDb, T, "CREATE OR REPLACE TABLE ~t (z INT); INSERT INTO ~t (z) VALUES (1)", None),
    (On::MariaDb, T, "INSERT INTO ~t (id) SELECT seq FROM seq_1_to_3", None),
];

pub const COLUMNS: &[Case] = &[
    (On::All, T, "INSERT INTO ~t (id, b) VALUES (1, 2)", Some("missing_column")),
    (On::All, T, "UPDATE ~t SET b = 2 WHERE id = 1", Some("missing_column")),
    (
        On::All,
        T,
        "ALTER TABLE ~t ADD COLUMN b INT; INSERT INTO ~t (id, b) VALUES (1, 2); UPDATE ~t SET b = 3, a = 1 WHERE b = 2; \
         ALTER TABLE ~t DROP COLUMN b; ALTER TABLE ~t ADD COLUMN b INT",
        None,
    ),
    (On::All, T, "ALTER TABLE ~t DROP COLUMN a; UPDATE ~t SET a = 1", Some("missing_column")),
    (On::All, T, "ALTER TABLE ~t ADD COLUMN a INT", Some("exists_already")),
    (On::All, T, "ALTER TABLE ~t DROP COLUMN b", Some("missing_column")),
    (On::All, T, "ALTER TABLE ~t RENAME COLUMN a TO b; INSERT INTO ~t (a) VALUES (1)", Some("missing_column")),
    (On::All, T, "ALTER TABLE ~t RENAME COLUMN a TO id", Some("exists_already")),
    (On::All, "CREATE TABLE ~t (a INT)", "ALTER TABLE ~t DROP COLUMN a", Some("last_column")),
    (On::Servers, "", "CREATE TABLE ~t (a INT, A INT)", Some("exists_already")),
    (On::Servers, T, "ALTER TABLE ~t MODIFY b BIGINT", Some("missing_column")),
    (On::Servers, T, "ALTER TABLE ~t CHANGE b c BIGINT", Some("missing_column")),
    (On::Servers, T, "ALTER TABLE ~t ALTER COLUMN b SET DEFAULT 1", Some("missing_column")),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN b INT AFTER c", Some("missing_column")),
    (
        On::Servers,
        T,
        "ALTER TABLE ~t CHANGE a b BIGINT, ADD COLUMN a INT AFTER b, ADD KEY (b), ADD KEY k (a); UPDATE ~t SET b = a",
        None,
    ),
    (On::Servers, T, "ALTER TABLE ~t DROP COLUMN a, ADD COLUMN a BIGINT FIRST; UPDATE ~t SET a = 1", None),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN (b INT, c INT DEFAULT 4), ADD INDEX (c); UPDATE ~t SET b = c", None),
    (On::MariaDb, T, "ALTER TABLE ~t ADD COLUMN IF NOT EXISTS a INT; ALTER TABLE ~t DROP COLUMN IF EXISTS b", None),
    (On::Servers, T, "UPDATE ~t AS x JOIN ~t AS y ON x.id = y.id SET x.a = y.a; DELETE x FROM ~t AS x", None),
    (On::Servers, T, "INSERT INTO ~t (a) WITH x AS (SELECT 1 AS a) SELECT a FROM x", None),
    (On::Servers, T, "INSERT INTO ~t SET id = 1, b = 2", Some("missing_column")),
    (On::Servers, T, "INSERT INTO ~t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = VALUES(a)", None),
    (
        On::Servers,
        T,
        "INSERT INTO ~t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 1, b = VALUES(a)",
        Some("missing_column"),
    ),
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INTEGER PRIMARY KEY, a INT UNIQUE)",
        "INSERT INTO ~t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = excluded.a ON CONFLICT (a) DO UPDATE SET \
         b = 1",
        Some("missing_column"),
    ),
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INTEGER PRIMARY KEY, a INT)",
        "INSERT INTO ~t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = excluded.a WHERE a > 0",
        None,
    ),
    (On::Sqlite, T, "INSERT INTO ~t (rowid, a) VALUES (1, 2); UPDATE ~t SET rowid = 2", None),
    (On::Sqlite, "", "BEGIN; CREATE TABLE ~t (a INT); ROLLBACK; CREATE TABLE ~t (b INT)", None),
    (
        On::Servers,
        "",
        "SET sql_mode = 'ANSI_QUOTES'; CREATE TABLE \"~q\" (\"a\" INT); UPDATE \"~q\" SET \"a\" = 1",
        None,
    ),
];

pub const KEYS: &[Case] = &[
    (On::All, T, "CREATE INDEX ~i ON ~t (a); CREATE INDEX ~i ON ~t (id)", Some("duplicate_key")),
    (
        On::All,
        "CREATE TABLE ~t (id INT, a INT); CREATE INDEX ~i ON ~t (a)",
        "CREATE INDEX ~i ON ~t (a)",
        Some("duplicate_key"),
    ),
    (On::All, T, "CREATE INDEX ~i ON ~t (b)", Some("missing_column")),
    (On::All, "", "CREATE INDEX ~i ON ~n (b)", Some("missing_table")),
    (On::Sqlite, T, "DROP INDEX ~i", Some("missing_key")),
    (On::Sqlite, T, "CREATE INDEX ~i ON ~t (a); DROP TABLE ~t; DROP INDEX ~i", Some("missing_key")),
    (On::Sqlite, T, "CREATE TABLE ~u (id INT); CREATE INDEX ~u ON ~t (a)", Some("duplicate_key")),
    (On::Sqlite, T, "CREATE INDEX ~i ON ~t (lower(a)); DROP INDEX ~i; CREATE INDEX ~i ON ~t (a COLLATE NOCASE)", None),
    (On::Servers, T, "ALTER TABLE ~t DROP INDEX i", Some("missing_key")),
    (On::Servers, T, "DROP INDEX i ON ~t", Some("missing_key")),
    (On::Servers, T, "ALTER TABLE ~t ADD KEY (a), ADD UNIQUE (a); ALTER TABLE ~t DROP KEY a, DROP KEY a_2", None),
    (On::Servers, T, "ALTER TABLE ~t ADD KEY k (a); ALTER TABLE ~t RENAME KEY k TO l; ALTER TABLE ~t DROP KEY l", None),
    (On::Servers, T, "ALTER TABLE ~t ADD KEY k (a); ALTER TABLE ~t DROP KEY k, ADD KEY k (id)", None),
    (On::Servers, T, "ALTER TABLE ~t ADD PRIMARY KEY (id); ALTER TABLE ~t ADD PRIMARY KEY (a)", Some("duplicate_key")),
    (On::Servers, T, "ALTER TABLE ~t ADD PRIMARY KEY (id); ALTER TABLE ~t DROP PRIMARY KEY, ADD PRIMARY KEY (a)", None),
    (On::Servers, T, "ALTER TABLE ~t DROP PRIMARY KEY", Some("missing_key")),
    (On::Servers, T, "ALTER TABLE ~t ADD b INT, ADD KEY (c)", Some("missing_column")),
    (On::Servers, "", "CREATE TABLE ~t (a TEXT, PRIMARY KEY (a))", Some("key_without_length")),
    (On::MySql, "", "CREATE TABLE ~t (a TEXT, KEY (a))", Some("key_without_length")),
    (On::MySql, "", "CREATE TABLE ~t (a TEXT, UNIQUE (a))", Some("key_without_length")),
    (On::MariaDb, "", "CREATE TABLE ~t (a TEXT, b TEXT, UNIQUE (a), KEY (b))", None),
    (On::Servers, "", "CREATE TABLE ~t (a TEXT, b VARCHAR(2000), KEY (a(20)), UNIQUE (b(100)), FULLTEXT (a))", None),
    (On::Servers, "", "CREATE TABLE ~t (a VARCHAR(1000) PRIMARY KEY) DEFAULT CHARSET = utf8mb4", Some("key_too_long")),
    (On::MySql, "", "CREATE TABLE ~t (a VARCHAR(1000) UNIQUE) DEFAULT CHARSET = utf8mb4", Some("key_too_long")),
    (On::Servers, "", "CREATE TABLE ~t (a VARCHAR(760) PRIMARY KEY) DEFAULT CHARSET = utf8mb4", None),
    (
        On::Servers,
        "",
        "CREATE TABLE ~a_name_of_more_than_sixty_four_characters_which_no_server_will_take_ (a INT)",
        Some("name_too_long"),
    ),
];

pub const FOREIGN_KEYS: &[Case] = &[
    (
        On::Servers,
        "",
        "CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE ~p (id INT PRIMARY KEY)",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "",
        "CREATE TABLE ~p (id INT PRIMARY KEY); CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id) ON DELETE SET \
         NULL); INSERT INTO ~c (p) VALUES (NULL)",
        None,
    ),
    (
        On::Servers,
        "",
        "SET foreign_key_checks = 0; CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE ~p (id INT \
         PRIMARY KEY)",
        None,
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id BIGINT PRIMARY KEY)",
        "CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id))",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT UNSIGNED PRIMARY KEY)",
        "CREATE TABLE ~c (p INTEGER, FOREIGN KEY (p) REFERENCES ~p (id))",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY, b INT)",
        "CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (b))",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY, b INT)",
        "CREATE TABLE ~c (p INT); ALTER TABLE ~c ADD FOREIGN KEY (p) REFERENCES ~p (z)",
        Some("missing_column"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY)",
        "CREATE TABLE ~c (p INT NOT NULL, FOREIGN KEY (p) REFERENCES ~p (id) ON DELETE SET NULL)",
        Some("foreign_key"),
    ),
    (On::Servers, "", "CREATE TABLE ~t (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES ~t (id))", None),
    (On::Servers, "", "CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)) ENGINE = MyISAM", None),
    (On::Servers, PAIR, "DROP TABLE ~p", Some("referenced")),
    (On::Servers, PAIR, "DROP TABLE ~c; DROP TABLE ~p", None),
    (On::Servers, PAIR, "DROP TABLE ~c, ~p", None),
    (On::Servers, PAIR, "SET foreign_key_checks = 0; DROP TABLE ~p", None),
    (On::Servers, PAIR, "TRUNCATE ~p", Some("referenced")),
    (On::Servers, PAIR, "ALTER TABLE ~c DROP COLUMN p", Some("referenced")),
    (On::Servers, PAIR, "ALTER TABLE ~p DROP COLUMN id", Some("referenced")),
    (On::Servers, PAIR, "ALTER TABLE ~c DROP INDEX k", Some("referenced")),
    (On::Servers, PAIR, "ALTER TABLE ~c DROP FOREIGN KEY ~fk, DROP COLUMN p; DROP TABLE ~p", None),
    (On::Servers, PAIR, "ALTER TABLE ~c DROP FOREIGN KEY ~fk, DROP INDEX k", None),
    (On::Servers, PAIR, "ALTER TABLE ~c ADD KEY l (p, id); ALTER TABLE ~c DROP INDEX k", None),
    (On::Servers, PAIR, "ALTER TABLE ~c DROP FOREIGN KEY nothing", Some("missing_key")),
    (On::Servers, PAIR, "ALTER TABLE ~c ADD CONSTRAINT ~fk FOREIGN KEY (p) REFERENCES ~p (id)", Some("duplicate_key")),
    (
        On::Servers,
        PAIR,
        "RENAME TABLE ~p TO ~q; ALTER TABLE ~q RENAME COLUMN id TO i; DROP TABLE ~c; DROP TABLE ~q",
        None,
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY)",
        "CREATE TABLE ~c (p INT, CONSTRAINT ~fk FOREIGN KEY (p) REFERENCES ~p (id)); CREATE INDEX ~fk ON ~c (p); ALTER \
         TABLE ~c DROP FOREIGN KEY ~fk; DROP INDEX ~fk ON ~c",
        None,
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY)",
        "CREATE TABLE ~c (p INT REFERENCES ~p (id)); ALTER TABLE ~c ADD KEY (p); ALTER TABLE ~c DROP KEY p, ADD KEY (p)",
        None,
    ),
];

/// Where the session does not check foreign keys: what it lets pass, and what the server refuses all the same.
pub const KEYS_UNCHECKED: &[Case] = &[
    (
        On::Servers,
        "",
        "-- caribou: session=foreign_key_checks=0\nCREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE \
         ~p (id INT PRIMARY KEY); INSERT INTO ~c (p) VALUES (1)",
        None,
    ),
    (On::Servers, PAIR, "-- caribou: session=foreign_key_checks=0\nDROP TABLE ~p", None),
    (On::Servers, PAIR, "-- caribou: session=\"sql_mode='', foreign_key_checks=off\"\nTRUNCATE ~p", None),
    (On::Servers, PAIR, "-- caribou: session=foreign_key_checks=1\nDROP TABLE ~p", Some("referenced")),
    (On::Servers, PAIR, "-- caribou: session=foreign_key_checks=1\nTRUNCATE ~p", Some("referenced")),
    (
        On::Servers,
        PAIR,
        "-- caribou: session=foreign_key_checks=0\nSET foreign_key_checks = 1; DROP TABLE ~p",
        Some("referenced"),
    ),
    (
        On::Servers,
        PAIR,
        "-- caribou: session=foreign_key_checks=0\nDROP TABLE ~p; CREATE TABLE ~p (id INT PRIMARY KEY, z INT); SET \
         foreign_key_checks = DEFAULT; INSERT INTO ~p (id, z) VALUES (1, 2)",
        None,
    ),
    (
        On::Servers,
        PAIR,
        "SET @old = @@foreign_key_checks, foreign_key_checks = 0; DROP TABLE ~p; CREATE TABLE ~p (id INT PRIMARY KEY); SET \
         foreign_key_checks = @old; DROP TABLE ~p",
        Some("referenced"),
    ),
    (On::MariaDb, PAIR, "SET STATEMENT foreign_key_checks = 0 FOR DROP TABLE ~p", None),
    (
        On::MariaDb,
        PAIR,
        "SET STATEMENT foreign_key_checks = 0 FOR DROP TABLE ~p; CREATE TABLE ~p (id INT PRIMARY KEY); DROP TABLE ~p",
        Some("referenced"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id BIGINT PRIMARY KEY)",
        "-- caribou: session=foreign_key_checks=0\nCREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id))",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY, b INT); CREATE TABLE ~c (p INT)",
        "-- caribou: session=foreign_key_checks=0\nALTER TABLE ~c ADD FOREIGN KEY (p) REFERENCES ~p (b)",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "CREATE TABLE ~p (id INT PRIMARY KEY)",
        "-- caribou: session=foreign_key_checks=0\nCREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (z))",
        Some("missing_column"),
    ),
    (
        On::Servers,
        "",
        "-- caribou: session=foreign_key_checks=0\nCREATE TABLE ~c (p INT NOT NULL, FOREIGN KEY (p) REFERENCES ~p (id) ON \
         DELETE SET NULL)",
        Some("foreign_key"),
    ),
    (On::Servers, PAIR, "-- caribou: session=foreign_key_checks=0\nALTER TABLE ~c DROP COLUMN p", Some("referenced")),
    (On::Servers, PAIR, "SET foreign_key_checks = 0; ALTER TABLE ~p DROP COLUMN id", Some("referenced")),
    (On::MySql, PAIR, "SET foreign_key_checks = 0; ALTER TABLE ~c DROP INDEX k", Some("referenced")),
    (On::MariaDb, PAIR, "SET foreign_key_checks = 0; ALTER TABLE ~c DROP INDEX k", None),
    (On::Servers, PAIR, "SET foreign_key_checks = 0; ALTER TABLE ~c DROP FOREIGN KEY nothing", Some("missing_key")),
    (
        On::Servers,
        PAIR,
        "SET foreign_key_checks = 0; ALTER TABLE ~c ADD CONSTRAINT ~fk FOREIGN KEY (p) REFERENCES ~p (id)",
        Some("duplicate_key"),
    ),
    // A table that foreign keys waited for has to fit them.
    (
        On::MySql,
        "",
        "SET foreign_key_checks = 0; CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE ~p (id BIGINT \
         PRIMARY KEY)",
        Some("foreign_key"),
    ),
    (
        On::MariaDb,
        "",
        "SET foreign_key_checks = 0; CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE ~p (id BIGINT \
         PRIMARY KEY)",
        None,
    ),
    (
        On::Servers,
        "",
        "SET foreign_key_checks = 0; CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); SET foreign_key_checks = 1; \
         CREATE TABLE ~p (id BIGINT PRIMARY KEY)",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        "",
        "SET foreign_key_checks = 0; CREATE TABLE ~c (p INT, FOREIGN KEY (p) REFERENCES ~p (id)); CREATE TABLE ~q (id INT); \
         RENAME TABLE ~q TO ~p",
        Some("foreign_key"),
    ),
    (
        On::Servers,
        PAIR,
        "SET foreign_key_checks = 0; CREATE TABLE ~q (id INT PRIMARY KEY, z INT); INSERT INTO ~q (id) SELECT id FROM ~p; DROP \
         TABLE ~p; RENAME TABLE ~q TO ~p; SET foreign_key_checks = 1; UPDATE ~p SET z = 1",
        None,
    ),
];

pub const VIEWS: &[Case] = &[
    (On::Servers, "", "CREATE VIEW ~v AS SELECT * FROM ~n", Some("missing_table")),
    (On::Sqlite, "", "CREATE VIEW ~v AS SELECT * FROM ~n", None),
    (On::All, T, "CREATE VIEW ~v AS SELECT id FROM ~t; CREATE VIEW ~v AS SELECT a FROM ~t", Some("exists_already")),
    (On::All, T, "CREATE VIEW ~t AS SELECT 1", Some("exists_already")),
    (On::Servers, T, "CREATE OR REPLACE VIEW ~t AS SELECT 1", Some("not_a_view")),
    (On::Servers, T, "CREATE OR REPLACE VIEW ~v AS SELECT id FROM ~t; ALTER VIEW ~v AS SELECT a FROM ~t", None),
    (On::All, T, "CREATE VIEW ~v AS SELECT id FROM ~t; DROP TABLE ~v", Some("wrong_kind")),
    (On::All, T, "DROP VIEW ~t", Some("wrong_kind")),
    (On::All, T, "CREATE VIEW ~v AS SELECT id FROM ~t; ALTER TABLE ~v ADD COLUMN b INT", Some("wrong_kind")),
    (On::All, "", "DROP VIEW ~v", Some("missing_table")),
    (On::All, T, "CREATE VIEW ~v AS SELECT id FROM ~t; DROP TABLE ~t; DROP VIEW ~v", None),
    (On::Servers, T, "CREATE VIEW ~v AS SELECT id FROM ~t; RENAME TABLE ~v TO ~w; DROP VIEW ~w", None),
    (On::MariaDb, "", "CREATE SEQUENCE ~s; SELECT NEXT VALUE FOR ~s; DROP SEQUENCE ~s", None),
];

/// Triggers, routines: the servers look at the row of a trigger at once, and at the rest when it runs.
pub const PROGRAMS: &[Case] = &[
    (On::Servers, T, "CREATE TRIGGER ~g BEFORE INSERT ON ~t FOR EACH ROW SET NEW.z = 1", Some("missing_column")),
    (On::Servers, T, "CREATE TRIGGER ~g BEFORE UPDATE ON ~t FOR EACH ROW SET NEW.a = OLD.id", None),
    (
        On::Servers,
        T,
        "ALTER TABLE ~t ADD COLUMN z INT; CREATE TRIGGER ~g BEFORE INSERT ON ~t FOR EACH ROW SET NEW.z = 1",
        None,
    ),
    (On::Servers, T, "CREATE TRIGGER ~g AFTER INSERT ON ~t FOR EACH ROW INSERT INTO ~n VALUES (NEW.id)", None),
    (On::Servers, T, "CREATE PROCEDURE ~p (x INT) UPDATE ~t SET z = x", None),
];

pub const UNTOLD: &[Case] = &[
    (
        On::Servers,
        "",
        "SET @s = 'CREATE TABLE ~t (a INT)'; PREPARE p FROM @s; EXECUTE p; INSERT INTO ~t (a) VALUES (1); DROP TABLE ~t",
        None,
    ),
    (
        On::Servers,
        "CREATE PROCEDURE ~make() CREATE TABLE ~t (a INT)",
        "CALL ~make(); INSERT INTO ~t (a) VALUES (1); CREATE TABLE ~u (b INT); UPDATE ~u SET c = 1",
        Some("missing_column"),
    ),
    (On::Servers, "", "USE information_schema; SELECT * FROM TABLES LIMIT 1", None),
    (On::MariaDb, "", "BEGIN NOT ATOMIC CREATE TABLE ~t (a INT); END; INSERT INTO ~t (a) VALUES (1)", None),
];

/// What the server is asked for beforehand (`refused_by_server`): whether it refuses the file.
pub const READ: &[(On, &str, &str, bool)] = &[
    (On::All, T, "UPDATE ~t SET a = 1 WHERE z = 1", true),
    (On::All, T, "UPDATE ~t SET a = z WHERE id = 1", true),
    (On::All, T, "UPDATE ~t SET a = id WHERE a IS NULL", false),
    (On::All, T, "DELETE FROM ~t WHERE z = 1", true),
    (On::All, T, "INSERT INTO ~t SELECT z, a FROM ~t", true),
    (On::All, T, "INSERT INTO ~t (id, a) VALUES (1, 2, 3)", true),
    (On::All, T, "INSERT INTO ~t VALUES (1)", true),
    (On::All, T, "INSERT INTO ~t VALUES (1, 2); UPDATE ~t SET a = 3 WHERE id = 1", false),
    (On::All, T, "SELECT z FROM ~t", true),
    (On::All, T, "ALTER TABLE ~t ADD COLUMN z INT; UPDATE ~t SET a = 1 WHERE z = 1", false),
    (On::All, T, "ALTER TABLE ~t ADD COLUMN z INT; UPDATE ~t SET a = 1 WHERE y = 1", true),
    (On::All, T, "ALTER TABLE ~t RENAME COLUMN a TO b; DELETE FROM ~t WHERE b = 1", false),
    (On::All, T, "ALTER TABLE ~t RENAME COLUMN a TO b; DELETE FROM ~t WHERE a = 1", true),
    (On::All, T, "ALTER TABLE ~t DROP COLUMN a; DELETE FROM ~t WHERE a = 1", true),
    (On::All, T, "ALTER TABLE ~t ADD COLUMN z INT; INSERT INTO ~t VALUES (1, 2)", true),
    (On::All, T, "ALTER TABLE ~t ADD COLUMN z INT; INSERT INTO ~t VALUES (1, 2, 3)", false),
    (On::All, T, "ALTER TABLE ~t RENAME TO ~u; UPDATE ~u SET a = 1 WHERE z = 1", true),
    (On::All, "", "CREATE TABLE ~n (id INT, b INT); DELETE FROM ~n WHERE a = 1", true),
    (On::All, "", "CREATE TABLE ~n (id INT, b INT); INSERT INTO ~n (id) SELECT b FROM ~n WHERE b > 1", false),
    (On::All, T, "CREATE TABLE ~n (id INT, b INT); INSERT INTO ~n (id) SELECT t.b FROM ~t t WHERE t.id > 1", true),
    (
        On::MariaDb,
        T,
        "CREATE TABLE ~n (id INT); INSERT INTO ~n (id) SELECT n.b FROM ~t t JOIN ~n n ON n.id = t.id",
        true,
    ),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN z INT; CREATE VIEW ~v (q) AS SELECT y FROM ~t", true),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN z INT; CREATE VIEW ~v (q) AS SELECT z FROM ~t", false),
    (On::Servers, T, "CREATE VIEW ~v AS SELECT z FROM ~t", true),
    (On::Servers, T, "ALTER TABLE ~t ADD CHECK (z > 0)", true),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN d DATE DEFAULT 'nonsense'", true),
    (On::Servers, T, "ALTER TABLE ~t ADD COLUMN d DATE DEFAULT '2026-01-01'", false),
    (
        On::Servers,
        T,
        "CREATE TEMPORARY TABLE ~t (z INT); UPDATE ~t SET z = 1 WHERE z = 2; DROP TEMPORARY TABLE ~t",
        false,
    ),
    (
        On::Servers,
        T,
        "SET SESSION sql_mode = 'ANSI_QUOTES'; UPDATE ~t SET a = 1 WHERE \"id\" = 1; SET SESSION sql_mode = DEFAULT",
        false,
    ),
    (On::Sqlite, T, "CREATE TABLE ~u AS SELECT z FROM ~t", true),
    (On::Sqlite, "CREATE TABLE ~t (id INT, a INT UNIQUE)", "ALTER TABLE ~t DROP COLUMN a", true),
    (On::Sqlite, "CREATE TABLE ~t (id INT, a INT CHECK (a > id))", "ALTER TABLE ~t DROP COLUMN id", true),
    (On::Sqlite, "CREATE TABLE ~t (id INT, a INT); CREATE INDEX ~i ON ~t (a)", "ALTER TABLE ~t DROP COLUMN a", true),
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INT, a INT); CREATE INDEX ~i ON ~t (a)",
        "BEGIN; DROP INDEX ~i; ALTER TABLE ~t DROP COLUMN a; COMMIT",
        false,
    ),
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INT, a INT); CREATE VIEW ~v AS SELECT a FROM ~t",
        "ALTER TABLE ~t DROP COLUMN a",
        true,
    ),
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INT, a INT); CREATE VIEW ~v AS SELECT a FROM ~t",
        "DROP VIEW ~v; ALTER TABLE ~t DROP COLUMN a",
        false,
    ),
    // The last one: a view that is broken stops every change of a name.
    (
        On::Sqlite,
        "CREATE TABLE ~t (id INT, a INT); CREATE VIEW ~v AS SELECT a FROM ~t",
        "CREATE TABLE ~n (id INT, a INT); DROP TABLE ~t; ALTER TABLE ~n RENAME TO ~t",
        true,
    ),
];
