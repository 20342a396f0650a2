//! What is wrong with a file is told with file, line and remedy, before anything runs.

use super::{AGENT, BASE};
use crate::support::{Fresh, Project, on_every_server};
use caribou::database::Purpose;

/// Path, text, words of the refusal.
type Case<'a> = (&'a str, String, &'a [&'a str]);

fn cases() -> Vec<Case<'static>> {
    let agent = |from: &str, to: &str| AGENT.replace("requires=0001_base", "class=B").replace(from, to);
    let path = "agents/0002_a.toml";
    vec![
        (path, agent("\"settings\"", "\"nowhere\""), &["agents/0002_a.toml, line 3", "no table nowhere", "create it"]),
        (
            path,
            agent("value = \"medium\"", "valeu = 1"),
            &["line 14", "settings has no column valeu", "agent, name, value"],
        ),
        (
            path,
            agent("[\"agent\", \"name\"]", "\"name\"").replace("\"b\"\nname = \"model\"", "\"b\"\nname = \"x\""),
            &["line 4", "no unique index over exactly name", "add a unique index"],
        ),
        (path, agent("\"medium\"", "[1, 2]"), &["line 14", "`value` is a list", "as JSON"]),
        (path, agent("\"b\"", "\"a\""), &["line 11", "as the row on line 6", "keep one"]),
        (path, "table = \n".to_owned(), &["line 1", "no TOML"]),
        (
            "agents/0002_a.json",
            "{\"table\": \"nowhere\", \"key\": [\"agent\"],\n \"rows\": [{\"agent\": \"a\"}]}\n".to_owned(),
            &["agents/0002_a.json, line 1", "no table nowhere", "create it"],
        ),
        (
            "agents/0002_a.yaml",
            "table: settings\nkey: [agent, name]\nrows:\n  - agent: a\n    name: b\n    valeu: c\n".to_owned(),
            &["agents/0002_a.yaml, line 6", "settings has no column valeu", "agent, name, value"],
        ),
        (
            "agents/0002_a.sql",
            "SELECT 1;\nREPLACE INTO nowhere (agent) VALUES ('a');\n".to_owned(),
            &["agents/0002_a.sql, line 2", "it writes nowhere, which will not be there", "create it first"],
        ),
        (
            "agents/0002_a.sql",
            "REPLACE INTO settings (agent, name, valeu) VALUES ('a', 'b', 'c');\n".to_owned(),
            &["agents/0002_a.sql, line 1", "the column valeu, which settings will not have", "add it first"],
        ),
        ("docs/0002_a.txt", "Settings\n".to_owned(), &["docs/0002_a.txt, line 1", "no front matter", "`---`"]),
        ("docs/0002_a.md", "---\ntitle: x\n".to_owned(), &["docs/0002_a.md, line 1", "does not end", "`---`"]),
        ("agents/0002_a.yaml", "table: settings\n".to_owned(), &["agents/0002_a.yaml, line 1", "no `key`"]),
        ("docs/0002_a.md", "# Settings\n".to_owned(), &["docs/0002_a.md, line 1", "no front matter", "`---`"]),
        ("docs/0002_a.md", "---\ndescribes:\n  - settings.colour\n---\n".to_owned(), &["line 3", "agent, name, value"]),
        ("docs/0002_a.md", "---\ndescribes: [nothing]\n---\n".to_owned(), &["line 2", "no such table or view"]),
        (
            "modules/shop/0002_a.sql",
            "SELECT 1;\nDROP TABLE settings;\n".to_owned(),
            &["modules/shop/0002_a.sql, line 2", "begin with shop_"],
        ),
        ("modules/0002_a.sql", "SELECT 1;\n".to_owned(), &["line 1", "module=NAME"]),
        (
            "0002_a.sql",
            "-- caribou: type=modul\nSELECT 1;\n".to_owned(),
            &["0002_a.sql, line 1", "did you mean \"module\""],
        ),
        (
            "agents/0002_a.sql",
            "SELECT 1;\nCREATE TABLE extra (id INT);\n".to_owned(),
            &["agents/0002_a.sql, line 2", "upserts rows into one table", "ON DUPLICATE KEY UPDATE", "type=doctrine"],
        ),
        (
            "agents/0002_a.sql",
            "REPLACE INTO settings VALUES ('a', 'b', 'c');\nREPLACE INTO other VALUES (1);\n".to_owned(),
            &["agents/0002_a.sql, line 2", "which is settings here", "a file for each table"],
        ),
        (
            "docs/0002_a.sql",
            "SELECT 1;\n\nDROP TABLE settings;\n".to_owned(),
            &["docs/0002_a.sql, line 3", "changes nothing in the database", "Markdown", "type=doctrine"],
        ),
        (
            "docs/0002_a.sql",
            "DELETE FROM settings;\n".to_owned(),
            &["docs/0002_a.sql, line 1", "documentation changes nothing"],
        ),
        ("0002_a.sql", "CARIBOU STEP 'x';\n".to_owned(), &["0002_a.sql, line 1", "take this statement out"]),
    ]
}

async fn what_is_wrong_is_told_before_anything_runs(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    for statement in caribou::sql::statements(BASE, fresh.kind.dialect()).expect("statements") {
        session.run(&statement.sql).await.expect("it runs");
    }
    project.migration("0001_first.sql", "CREATE TABLE first (id INT);\n");
    for (path, text, words) in cases() {
        let whole = format!("migrations/{path}");
        project.write(&whole, &text);
        let ran = project.run(&["migrate"]).exits(2);
        for word in words {
            assert!(ran.stderr.contains(word), "{path}: {word:?} is not in {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("recorded as completed"), "{path}: nothing is recorded of it: {}", ran.stderr);
        std::fs::remove_file(project.path(&whole)).expect("it can be removed");
    }
    let made = session.query_text("SELECT COUNT(*) FROM first").await;
    assert!(made.is_err(), "nothing has run");
    session.close().await;
}

/// A document is changed where it lies, and not by way of a link.
async fn a_linked_document_is_not_followed(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.write("elsewhere.md", "---\ntitle: x\n---\n").migration("docs/README.md", "About this folder.");
    std::os::unix::fs::symlink(project.path("elsewhere.md"), project.path("migrations/docs/0001_a.md"))
        .expect("a link");
    let ran = project.run(&["migrate"]).exits(1);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("symbolic link"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(project.path("elsewhere.md")).expect("it"), "---\ntitle: x\n---\n");
}

on_every_server!(what_is_wrong_is_told_before_anything_runs);

#[test]
fn a_link_is_not_followed() {
    crate::support::run_on(caribou::database::ServerKind::Sqlite, a_linked_document_is_not_followed);
}
