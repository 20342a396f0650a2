//! What the plan says will fail, the server refuses; and what it says nothing of, the server takes. Each case is a file of
//! one plan, and is then run on the server itself.

use crate::support::{Fresh, Project, Running, on_every_server};
use caribou::database::{Purpose, ServerKind};
use caribou::sql::{Language, statements};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Where a case is valid.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    All,
    /// MySQL and MariaDB.
    Servers,
    MySql,
    MariaDb,
    Sqlite,
}

impl On {
    fn has(self, kind: ServerKind) -> bool {
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
type Case = (On, &'static str, &'static str, Option<&'static str>);

const T: &str = "CREATE TABLE ~t (id INT, a INT)";
const PAIR: &str = "CREATE TABLE ~p (id INT PRIMARY KEY, b INT); CREATE TABLE ~c (id INT PRIMARY KEY, p INT, KEY k (p), \
     CONSTRAINT ~fk FOREIGN KEY (p) REFERENCES ~p (id))";

const TABLES: &[Case] = &[
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

const COLUMNS: &[Case] = &[
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
    (On::Sqlite, T, "INSERT INTO ~t (rowid, a) VALUES (1, 2); UPDATE ~t SET rowid = 2", None),
    (On::Sqlite, "", "BEGIN; CREATE TABLE ~t (a INT); ROLLBACK; CREATE TABLE ~t (b INT)", None),
    (
        On::Servers,
        "",
        "SET sql_mode = 'ANSI_QUOTES'; CREATE TABLE \"~q\" (\"a\" INT); UPDATE \"~q\" SET \"a\" = 1",
        None,
    ),
];

const KEYS: &[Case] = &[
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

const FOREIGN_KEYS: &[Case] = &[
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

const VIEWS: &[Case] = &[
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

const UNTOLD: &[Case] = &[
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

fn cases(kind: ServerKind) -> Vec<(String, &'static Case)> {
    let all = [TABLES, COLUMNS, KEYS, FOREIGN_KEYS, VIEWS, UNTOLD].into_iter().flatten();
    let here = all.filter(|case| case.0.has(kind)).enumerate();
    here.map(|(index, case)| (format!("c{:03}", index + 1), case)).collect()
}

/// Runs a text as the server takes it: its first refusal.
async fn natively(fresh: &Fresh, text: &str) -> Option<String> {
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    let mut refused = None;
    for statement in statements(text, Language::from(database.kind().dialect())).expect("it can be split") {
        if let Err(error) = session.run(&statement.sql).await {
            refused = Some(format!("{}: {}", statement.sql, error.message));
            break;
        }
    }
    session.close().await;
    database.close().await;
    refused
}

/// The blocking findings of each file.
fn blocking(plan: &Value) -> HashMap<String, Vec<(String, String)>> {
    let of = |file: &Value| {
        let findings = file["findings"].as_array().expect("findings").iter();
        let blocking =
            findings.filter(|finding| finding["level"] == "blocking" && finding["policy"] == "plan.foreseen");
        let said = |finding: &Value| -> (String, String) {
            (finding["check"].as_str().unwrap().to_owned(), finding["message"].to_string())
        };
        (file["path"].as_str().unwrap().trim_end_matches(".sql").to_owned(), blocking.map(said).collect())
    };
    plan["files"].as_array().expect("files").iter().map(of).collect()
}

async fn what_is_foreseen_happens(fresh: Fresh) {
    let project = Project::on(&fresh);
    let cases = cases(fresh.kind);
    let own = |text: &str, name: &str| text.replace('~', &format!("{name}_"));
    for (name, (_, before, file, _)) in &cases {
        assert_eq!(natively(&fresh, &own(before, name)).await, None, "before {file}");
        project.migration(&format!("{name}.sql"), format!("{};\n", own(file, name).replace("; ", ";\n")));
    }
    let plan = project.run(&["plan", "--accept-irreversible", "--format", "json"]).exits(0).json();
    let found = blocking(&plan);
    let mut wrong = Vec::new();
    for (name, (_, _, file, expected)) in &cases {
        let found = &found[name];
        let refused = natively(&fresh, &own(file, name)).await;
        let checks: Vec<&str> = found.iter().map(|(check, _)| check.as_str()).collect();
        let expects: Vec<&str> = expected.iter().copied().collect();
        if checks != expects || refused.is_some() != expected.is_some() {
            wrong.push(format!("{file}\n  expected {expected:?}\n  found {found:?}\n  the server: {refused:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} on {}:\n{}", wrong.len(), cases.len(), fresh.kind, wrong.join("\n"));
}

async fn a_finding_names_its_place_its_reason_and_a_remedy(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n\nALTER TABLE b ADD COLUMN c INT;\n");
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    let findings = plan["files"][0]["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["check"] == "missing_table").expect("it is found");
    assert_eq!(
        (&finding["check"], &finding["line"], &finding["statement"]),
        (&"missing_table".into(), &3.into(), &2.into())
    );
    assert_eq!(finding["safer"], "line 1 of 2_b.sql makes it: let that come first", "{plan}");
    assert!(!findings.iter().any(|finding| finding["check"] == "created_later"), "{plan}");
    let told = project.run(&["plan"]).exits(0).stdout;
    for line in [
        "blocking: line 3: statement 2: it alters b, which will not be there",
        "why: the server will say that there is no such table",
        "instead: line 1 of 2_b.sql makes it: let that come first",
    ] {
        assert!(told.contains(line), "{told}");
    }
    // Nothing begins where that is asked for; and nothing is asked of the server where it is not wanted.
    project.configure("[plan]\nforeseen = \"refuse\"\n");
    let refused = project.run(&["migrate"]).exits(2).stderr;
    assert!(refused.contains("1_a.sql, line 3: statement 2: it alters b"), "{refused}");
    assert_eq!(project.run(&["status", "--format", "json"]).json()["batch"], Value::Null);
}

/// The states that a file went through.
fn way(events: &[Value], file: &Value) -> Vec<String> {
    let moves = events.iter().filter(|event| event["kind"] == "file_moved" && event["file"] == *file);
    moves.map(|event| event["to"].as_str().expect("a state").to_owned()).collect()
}

fn events(project: &Project) -> Vec<Value> {
    let ran = project.run(&["events", "--format", "json"]).exits(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

/// Retries a file beside a worker, until it has come to a status; what is told then.
fn retried(project: &Project, file: &str, reason: &str, status: &str) -> Value {
    let working = Running::start(&mut project.command(&["worker"]));
    working.wait_text("Working on");
    let until = Instant::now() + Duration::from_secs(60);
    while project.run(&["status", "--format", "json"]).exits(0).json()["worker"]["alive"] != true {
        assert!(Instant::now() < until, "the worker never took the lease");
    }
    project.run(&["retry", file, "--yes", "--reason", reason]).exits(0);
    loop {
        let told = project.run(&["status", "--format", "json"]).exits(0).json();
        let files = told["files"].as_array().expect("files").iter();
        if files.clone().any(|one| one["path"] == file && one["status"] == status) {
            working.signal(Signal::SIGTERM);
            working.wait();
            return told;
        }
        assert!(Instant::now() < until, "{file} is never {status}: {told}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

async fn what_is_foreseen_stops_its_file_and_a_retry_runs_it(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO a (id, z) VALUES (1, 2);\n");
    let document = project.run(&["migrate", "--format", "json"]).exits(1).json();
    let file = &document["files"][1];
    assert_eq!((&file["state"], &file["status"]), (&"failed".into(), &"failed".into()), "{document}");
    assert_eq!(document["files"][0]["status"], "completed", "what comes before it stands: {document}");
    let error = file["error"].as_str().expect("an error");
    assert!(error.contains("foreseen: line 2: statement 2: ") && error.contains("missing_column"), "{error}");
    // Nothing of it has run, and nothing had to be undone.
    let stopped = events(&project);
    assert_eq!(way(&stopped, &file["id"]), ["preparing", "validating_pre", "failed"]);
    let begun = |event: &&Value| event["kind"] == "statement_started" && event["file"] == file["id"];
    assert_eq!(stopped.iter().filter(begun).count(), 0);
    assert_eq!(natively(&fresh, "CREATE TABLE b (id INT); DROP TABLE b").await, None, "b was not there");
    // Somebody has mended the schema meanwhile, and says so.
    assert_eq!(natively(&fresh, "ALTER TABLE a ADD COLUMN z INT").await, None);
    let mended = retried(&project, "2_b.sql", "z was added by hand", "completed");
    assert_eq!(mended["files"][1]["status"], "completed", "{mended}");
    let events = events(&project);
    let overridden: Vec<&Value> = events.iter().filter(|event| event["kind"] == "check_overridden").collect();
    assert_eq!(overridden.len(), 1);
    assert_eq!(
        (&overridden[0]["check"], &overridden[0]["reason"]),
        (&"foreseen".into(), &"z was added by hand".into())
    );
    assert!(overridden[0]["operator"].as_str().is_some_and(|by| !by.is_empty()), "{}", overridden[0]);
    let let_pass = events.iter().any(|event| {
        let told = event["result"].as_str().unwrap_or_default();
        event["check"] == "foreseen" && event["status"] == "warning" && told.contains("z was added by hand")
    });
    assert!(let_pass, "the log says who let it pass");
}

async fn a_retry_that_was_wrong_is_undone(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a (id, z) VALUES (1, 2);\n");
    project.run(&["migrate"]).exits(1);
    retried(&project, "1_a.sql", "I know better", "rolled_back");
    let events = events(&project);
    assert!(events.iter().any(|event| event["kind"] == "statement_failed"), "it ran, and the server refused it");
    assert_eq!(natively(&fresh, "CREATE TABLE a (id INT)").await, None, "what ran is undone");
}

on_every_server!(
    what_is_foreseen_happens,
    a_finding_names_its_place_its_reason_and_a_remedy,
    what_is_foreseen_stops_its_file_and_a_retry_runs_it,
    a_retry_that_was_wrong_is_undone,
);
