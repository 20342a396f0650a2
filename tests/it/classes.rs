//! What leads to which class: the five triggers of the founding document, and that what was wrong before is nobody's fault.

use crate::probes::orders;
use crate::support::{Fresh, Project, on_every_server};
use caribou::database::{Purpose, ServerKind};
use chrono::DateTime;
use serde_json::Value;

/// One trigger, and what must come of it.
struct Trigger {
    named: &'static str,
    /// What stands before, for this server.
    before: Vec<&'static str>,
    configuration: String,
    /// A batch that goes before.
    first: Vec<(&'static str, &'static str)>,
    /// The file that is looked at, with what belongs to it.
    files: Vec<(&'static str, &'static str)>,
    check: &'static str,
    /// Words of the reason.
    says: &'static str,
    class: &'static str,
    /// Hours that somebody has to decide; none where nobody is asked.
    window: Option<i64>,
    alert: &'static str,
}

const FAMILY: [&str; 3] = [
    "CREATE TABLE parents (id INT PRIMARY KEY)",
    "CREATE TABLE kids (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
    "INSERT INTO parents VALUES (1)",
];

/// A query that reads a whole table twenty times where it has no index: longer than whatever else the machine does.
fn probe() -> String {
    let days: Vec<String> = (1..=20).map(|day| format!("(SELECT COUNT(*) FROM orders WHERE day = {day})")).collect();
    format!("[[probes]]\nname = \"by_day\"\nsql = \"SELECT {}\"\nmax_ratio = 3\nruns = 5\n", days.join(" + "))
}

/// A row without a parent, written while nothing looks.
fn orphan(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Sqlite => "INSERT INTO kids VALUES (1, 9);\n",
        _ => "SET foreign_key_checks = 0;\nINSERT INTO kids VALUES (1, 9);\nSET foreign_key_checks = 1;\n",
    }
}

fn triggers(kind: ServerKind) -> Vec<Trigger> {
    let is_sqlite = kind == ServerKind::Sqlite;
    let plain = || Trigger {
        named: "",
        before: Vec::new(),
        configuration: String::new(),
        first: Vec::new(),
        files: Vec::new(),
        check: "",
        says: "",
        class: "A",
        window: None,
        alert: "critical",
    };
    vec![
        Trigger {
            named: "a critical validation fails",
            files: vec![
                ("9_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n"),
                ("9_a.verify.sql", "SELECT COUNT(*) = 1 FROM a;\n"),
            ],
            check: "verify_script",
            ..plain()
        },
        Trigger {
            named: "the data's integrity is broken",
            before: FAMILY.to_vec(),
            files: vec![("9_a.sql", orphan(kind))],
            check: "keys_held",
            ..plain()
        },
        Trigger {
            named: "performance degrades",
            configuration: probe(),
            files: vec![(
                "9_a.sql",
                if is_sqlite { "DROP INDEX orders_day;\n" } else { "ALTER TABLE orders DROP INDEX orders_day;\n" },
            )],
            check: "performance_probe",
            says: "probe by_day",
            class: "B",
            window: Some(24),
            alert: "warning",
            ..plain()
        },
        // SQLite has no procedures: there an author says that a finding is one of meaning.
        Trigger {
            named: "what stands is not what the doctrine means",
            before: if is_sqlite {
                Vec::new()
            } else {
                vec![
                    "CREATE TABLE parents (id INT PRIMARY KEY)",
                    "CREATE PROCEDURE make_kids() CREATE TABLE kids (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) \
                     REFERENCES parents (id))",
                ]
            },
            configuration:
                "[budget]\ncore_tables = 1\n[checks]\ndoctrine_stands = \"block\"\nbudget_stands = \"block\"\n"
                    .to_owned(),
            files: if is_sqlite {
                vec![
                    ("9_a.sql", "-- caribou: class=C\nCREATE TABLE a (id INT PRIMARY KEY);\n"),
                    ("9_a.verify.sql", "SELECT COUNT(*) = 1 FROM a;\n"),
                ]
            } else {
                vec![("9_a.sql", "CALL make_kids();\n")]
            },
            check: if is_sqlite { "verify_script" } else { "doctrine_stands" },
            class: "C",
            window: Some(7 * 24),
            alert: "warning",
            ..plain()
        },
        Trigger {
            named: "a document describes what is not there any more",
            first: vec![
                ("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY, x INT);\n"),
                ("docs/2_a.md", "---\ndescribes: [a.x]\n---\n# The table a\n"),
                ("docs/3_a.md", "---\ndescribes: [a.id]\n---\n# The key of a\n"),
            ],
            files: vec![("9_a.sql", "ALTER TABLE a DROP COLUMN x;\n")],
            check: "documents_current",
            class: "D",
            window: Some(30 * 24),
            alert: "info",
            ..plain()
        },
    ]
}

async fn by_hand(fresh: &Fresh, statements: &[&str]) {
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    for sql in statements {
        session.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    session.close().await;
}

fn hours(from: &Value, to: &Value) -> i64 {
    let time = |value: &Value| DateTime::parse_from_rfc3339(value.as_str().expect("a time")).expect("a time");
    ((time(to) - time(from)).num_minutes() + 30) / 60
}

/// Each trigger of the founding document leads to its class: state, window, type of alert.
async fn each_trigger_has_its_class(fresh: Fresh) {
    for trigger in triggers(fresh.kind) {
        let fresh = Fresh::on(fresh.kind);
        let project = Project::on(&fresh);
        project.configure(&trigger.configuration);
        project.run(&["schema", "install"]).exits(0);
        by_hand(&fresh, &trigger.before).await;
        if trigger.class == "B" {
            orders(fresh.database().await.as_ref()).await;
        }
        if !trigger.first.is_empty() {
            for (path, text) in &trigger.first {
                project.migration(path, text);
            }
            project.run(&["migrate"]).exits(0);
        }
        for (path, text) in &trigger.files {
            project.migration(path, text);
        }
        let is_critical = trigger.class == "A";
        let ran = project.run(&["migrate", "--accept-irreversible", "--format", "json"]);
        let document = ran.exits(if is_critical { 1 } else { 0 }).json();
        let told = format!("{}: {document}", trigger.named);
        let status = if is_critical { "rolled_back" } else { "completed" };
        assert_eq!(document["batch"]["status"], status, "{told}");
        let files = document["files"].as_array().expect("files");
        let file = files.iter().find(|file| file["path"] == "9_a.sql").unwrap_or_else(|| panic!("{told}"));
        assert_eq!((&file["state"], &file["status"]), (&"idle".into(), &status.into()), "{told}");
        let rollbacks = document["rollbacks"].as_array().expect("rollbacks");
        assert_eq!(rollbacks.len(), 1, "{told}");
        assert_eq!(rollbacks[0]["class"], trigger.class, "{told}");
        assert!(
            rollbacks[0]["reason"].as_str().is_some_and(|reason| reason.contains(if trigger.says.is_empty() {
                trigger.check
            } else {
                trigger.says
            })),
            "{told}"
        );
        match trigger.window {
            None => {
                assert_eq!((&rollbacks[0]["status"], &rollbacks[0]["decide_by"]), (&"completed".into(), &Value::Null));
            }
            Some(length) => {
                assert_eq!(rollbacks[0]["status"], "pending", "{told}");
                let found = hours(&document["batch"]["completed_at"], &rollbacks[0]["decide_by"]);
                assert_eq!(found, length, "{told}");
            }
        }
        let alerts = project.run(&["alerts", "--format", "json"]).exits(0).stdout;
        let all: Value = serde_json::from_str(&alerts).unwrap_or_else(|error| panic!("{error}: {alerts}"));
        let all = all.as_array().or_else(|| all["alerts"].as_array()).unwrap_or_else(|| panic!("{alerts}")).clone();
        let about = if is_critical { "rolled back" } else { "waits for a decision" };
        let is_it = |alert: &&Value| alert["title"].as_str().is_some_and(|title| title.contains(about));
        let types: Vec<&Value> = all.iter().filter(is_it).map(|alert| &alert["type"]).collect();
        assert!(types.contains(&&trigger.alert.into()), "{}: {types:?} of {alerts}", trigger.named);
        if !is_critical {
            // It is named where people look, and in the checklist.
            for arguments in [&["status"][..], &["checklist"][..]] {
                let said = project.run(arguments).exits(0).stdout;
                assert!(said.contains(trigger.check), "{}: {arguments:?}: {said}", trigger.named);
            }
        }
    }
}

/// What was broken before a file is not its fault, and does not hide what it breaks itself.
async fn what_was_broken_before_is_nobodys_fault(fresh: Fresh) {
    let project = Project::on(&fresh);
    let before = [
        "CREATE TABLE parents (id INT PRIMARY KEY)",
        "CREATE TABLE kids (id INT PRIMARY KEY, parent INT, note INT, FOREIGN KEY (parent) REFERENCES parents (id))",
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT)",
        "CREATE VIEW reads_c AS SELECT c FROM t",
        "CREATE VIEW reads_b AS SELECT b FROM t",
    ];
    by_hand(&fresh, &before).await;
    // A server breaks a view without a word; SQLite takes one of a table that is not there.
    let (breaks, orphans) = match fresh.kind {
        ServerKind::Sqlite => (
            vec![
                "CREATE TABLE aside (id INT)",
                "CREATE VIEW reads_gone AS SELECT aside.id FROM aside JOIN gone ON gone.id = aside.id",
            ],
            vec!["PRAGMA foreign_keys = OFF", "INSERT INTO kids VALUES (1, 9, 0)"],
        ),
        _ => (
            vec!["ALTER TABLE t DROP COLUMN c", "ALTER TABLE t ADD COLUMN d INT"],
            vec!["SET foreign_key_checks = 0", "INSERT INTO kids VALUES (1, 9, 0)"],
        ),
    };
    by_hand(&fresh, &breaks).await;
    by_hand(&fresh, &orphans).await;
    let (off, takes) = match fresh.kind {
        ServerKind::Sqlite => ("", "DROP TABLE aside;\n"),
        _ => ("SET foreign_key_checks = 0;\n", "ALTER TABLE t DROP COLUMN a;\n"),
    };
    project
        .migration(
            "1_rows.sql",
            format!("{off}UPDATE kids SET note = 1 WHERE id = 1;\nINSERT INTO kids VALUES (2, NULL, 0);\n"),
        )
        .migration("2_column.sql", takes);
    project.run(&["migrate"]).exits(0);
    project.migration("3_rows.sql", format!("{off}INSERT INTO kids VALUES (3, 9, 0);\n"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("keys_held: 2 rows of"), "{ran:?}");
    std::fs::remove_file(project.path("migrations/3_rows.sql")).expect("it can be removed");
    if fresh.kind != ServerKind::Sqlite {
        project.migration("4_column.sql", "ALTER TABLE t DROP COLUMN b;\n");
        let ran = project.run(&["migrate"]).exits(1);
        assert!(ran.stdout.contains("views_readable: the view reads_b cannot be read"), "{ran:?}");
        assert!(!ran.stdout.contains("reads_c"), "{ran:?}");
    }
    project.run(&["doctor"]).exits(0);
}

/// A parent goes while keys are not enforced: its children stand in a table that the file does not name.
async fn children_that_lose_their_parent_are_found(fresh: Fresh) {
    let project = Project::on(&fresh);
    by_hand(&fresh, &FAMILY).await;
    let off = if fresh.kind == ServerKind::Sqlite { "" } else { "SET foreign_key_checks = 0;\n" };
    by_hand(&fresh, &["INSERT INTO parents VALUES (2), (3)", "INSERT INTO kids VALUES (1, 1), (2, 1), (3, 3)"]).await;
    project.migration("1_parents.sql", format!("{off}DELETE FROM parents WHERE id = 2;\n"));
    project.run(&["migrate"]).exits(0);
    project.migration("2_parents.sql", format!("{off}DELETE FROM parents WHERE id = 1;\n"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("keys_held: 2 rows of"), "{ran:?}");
    std::fs::remove_file(project.path("migrations/2_parents.sql")).expect("it can be removed");
    project.migration("3_parents.sql", format!("{off}UPDATE parents SET id = 30 WHERE id = 3;\n"));
    let ran = project.run(&["migrate"]).exits(1);
    assert!(ran.stdout.contains("keys_held: 1 rows of"), "{ran:?}");
    project.run(&["doctor"]).exits(0);
}

/// What another file of the batch mends is waited for; what it does not mend is found when it has run.
async fn what_a_later_file_mends_is_waited_for(fresh: Fresh) {
    let project = Project::on(&fresh);
    by_hand(&fresh, &FAMILY).await;
    let off = if fresh.kind == ServerKind::Sqlite { "" } else { "SET foreign_key_checks = 0;\n" };
    project
        .migration("1_kids.sql", format!("{off}INSERT INTO kids VALUES (1, 7), (2, 8);\n"))
        .migration("2_parents.sql", "-- caribou: requires=1_kids\nINSERT INTO parents VALUES (7), (8);\n");
    project.run(&["migrate"]).exits(0);
    project
        .migration("3_kids.sql", format!("{off}INSERT INTO kids VALUES (3, 5), (4, 6);\n"))
        .migration("4_parents.sql", "-- caribou: requires=3_kids\nINSERT INTO parents VALUES (55);\n");
    let ran = project.run(&["migrate", "--format", "json"]).exits(1);
    let document = ran.json();
    assert_eq!(document["batch"]["status"], "rolled_back", "{document}");
    let error = document["files"][1]["error"].as_str().unwrap_or_default();
    assert!(error.contains("keys_held: 2 rows of"), "{document}");
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    let kids = session.query_text("SELECT COUNT(*) FROM kids").await.expect("rows");
    assert_eq!(kids[0].get_text(0), "2", "both files are taken back");
    session.close().await;
}

/// Nobody sets a check of class A to less than it is.
#[test]
fn class_a_cannot_be_switched_off() {
    for (check, level) in
        [("keys_held", "warn"), ("views_readable", "off"), ("verify_script", "off"), ("objects_as_stated", "warn")]
    {
        let project = Project::empty();
        project.configure(&format!("[database]\nurl = \"sqlite:files\"\n[checks]\n{check} = \"{level}\""));
        let ran = project.run(&["config"]).exits(2);
        for words in ["caribou.toml:5", &format!("checks.{check} = \"{level}\""), "class A", "take checks."] {
            assert!(ran.stderr.contains(words), "{words:?} is not in {ran:?}");
        }
        project.write("caribou.toml", format!("[checks]\n{check} = \"block\"\n"));
        project.run(&["config"]).exits(0);
    }
}

on_every_server!(
    each_trigger_has_its_class,
    what_was_broken_before_is_nobodys_fault,
    what_a_later_file_mends_is_waited_for,
    children_that_lose_their_parent_are_found,
);
