//! The types of files through their whole life, by the real binary: up, a crash in the middle, rolled back, edited
//! afterwards; and what is wrong with a file, told before anything runs.

mod bad_input;
mod fifth;
mod forms;

use crate::support::{Fresh, Project, Ran, on_every_server};
use caribou::database::Purpose;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

const BASE: &str = "CREATE TABLE settings (agent VARCHAR(20), name VARCHAR(20), value VARCHAR(40), PRIMARY KEY (agent, name));\n\
                    INSERT INTO settings VALUES ('a', 'model', 'small'), ('c', 'model', 'old');\n";
const AGENT: &str = "# Who uses which model.\n# caribou: requires=0001_base\ntable = \"settings\"\nkey = [\"agent\", \"name\"]\n\n\
                     [[rows]]\nagent = \"a\"\nname = \"model\"\nvalue = \"it's -- large\\n\"\n\n\
                     [[rows]]\nagent = \"b\"\nname = \"model\"\nvalue = \"medium\"\n";
const AGENT_PATH: &str = "migrations/agents/0003_models.toml";
const DOCUMENT: &str = "---\ntitle: Settings\nfile.last_modified_system_version: 4.0.25\ndescribes:\n  - settings\n  - \
                        settings.value\n  - shop_orders\n---\n# Settings; it's -- | about\n";
const DOCUMENT_PATH: &str = "migrations/docs/0004_settings.md";

/// A project with a file of each type.
fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project
        .migration("0001_base.sql", BASE)
        .migration("modules/shop/0002_orders.sql", "CREATE TABLE shop_orders (id INT PRIMARY KEY);\n")
        .write(AGENT_PATH, AGENT)
        .write(DOCUMENT_PATH, DOCUMENT);
    std::fs::set_permissions(project.path(DOCUMENT_PATH), std::fs::Permissions::from_mode(0o640)).expect("a mode");
    project
}

async fn settings(fresh: &Fresh) -> Vec<String> {
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
    let rows = session.query_text("SELECT agent, value FROM settings ORDER BY agent").await.expect("rows");
    session.close().await;
    rows.iter().map(|row| format!("{}={}", row.get_text(0), row.get_text(1))).collect()
}

fn document(project: &Project) -> String {
    std::fs::read_to_string(project.path(DOCUMENT_PATH)).expect("the document")
}

fn json(ran: Ran) -> Value {
    ran.exits(0).json()
}

async fn each_type_has_its_life(fresh: Fresh) {
    let project = project(&fresh);
    let plan = json(project.run(&["plan", "--format", "json"]));
    let types: Vec<&str> =
        plan["files"].as_array().expect("files").iter().map(|f| f["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["doctrine", "module", "agent", "documentation"]);
    // The statement stands for the rows, and has the line of the first.
    assert_eq!(
        (&plan["files"][2]["statements"][0]["line"], &plan["files"][2]["statements"][0]["kind"]),
        (&6.into(), &"upsert".into())
    );
    assert_eq!((&plan["undo_coverage"]["none"], document(&project).as_str()), (&0.into(), DOCUMENT));

    // A rehearsal changes no document but a copy of it.
    project.run(&["rehearse"]).exits(0);
    assert_eq!(document(&project), DOCUMENT);
    project.run(&["migrate"]).exits(0);
    assert_eq!(settings(&fresh).await, ["a=it's -- large\n", "b=medium", "c=old"]);
    // Four numbers from 1: the version in the document is a dotted one, and the epoch is none.
    let stamped = DOCUMENT.replace("4.0.25", "4");
    assert_eq!(document(&project), stamped);
    let mode = std::fs::metadata(project.path(DOCUMENT_PATH)).expect("the document").permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    // What was stamped is no change of the file; comments and blanks in rows are none either.
    project.write(AGENT_PATH, AGENT.replace("Who uses", "Who  uses"));
    let plan = json(project.run(&["plan", "--format", "json"]));
    assert_eq!(
        (plan["files"].as_array().map(Vec::len), &plan["findings"]),
        (Some(0), &Value::Array(Vec::new())),
        "{plan}"
    );
    // Other rows are.
    project.write(AGENT_PATH, AGENT.replace("medium", "tiny"));
    let plan = json(project.run(&["plan", "--format", "json"]));
    assert_eq!(plan["findings"][0]["check"], "checksum_drift", "{plan}");
    project.write(AGENT_PATH, AGENT);

    // An edited document is a new version of it.
    let edited = stamped.replace("about", "about them");
    project.write(DOCUMENT_PATH, &edited);
    let ran = project.run(&["migrate"]).exits(0);
    assert!(ran.stderr.contains("docs/0004_settings.md") && !ran.stderr.contains("0001_base"), "{ran:?}");
    assert_eq!(document(&project), edited.replace("version: 4", "version: 5"));
    project.run(&["rollback", "2", "--class", "A", "--yes", "--reason", "not wanted"]).exits(0);
    assert_eq!(document(&project), edited);

    // Rolled back as a whole: rows as they were, bytes as they were.
    project.write(DOCUMENT_PATH, &stamped);
    project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "not wanted"]).exits(0);
    assert_eq!(document(&project), DOCUMENT);
    project.run(&["doctor"]).exits(0);
}

/// A process that is killed around the step of an agent file, or of a document, leaves nothing half-way.
async fn a_crash_in_the_middle_is_taken_back(fresh: Fresh) {
    let project = project(&fresh);
    project.run(&["migrate", "--target", "0002_orders"]).exits(0);
    let before = settings(&fresh).await;
    for fault in ["during:1", "before_end:1", "after_statement:1", "during:2", "after_statement:2"] {
        let crashed =
            project.command(&["migrate"]).env("CARIBOU_FAULT", fault).output().expect("the binary can be run");
        let crashed = Ran::from(crashed);
        // A statement of SQLite may have ended before the process could.
        let may_be_done = fault.starts_with("during") && crashed.code == Some(0);
        assert!(crashed.code.is_none() || may_be_done, "{fault}: {crashed:?}");
        project.run(&["migrate"]).exits(0);
        assert_eq!(settings(&fresh).await, ["a=it's -- large\n", "b=medium", "c=old"], "{fault}");
        assert_ne!(document(&project), DOCUMENT, "{fault}");
        // What the crash took back ran again in a batch of its own, beside what had completed.
        let batches = json(project.run(&["history", "--format", "json"]));
        for batch in batches.as_array().expect("batches") {
            let (id, stands) = (&batch["id"], batch["files_completed"].as_u64() > Some(0));
            if *id == 1 || !stands || !batch["compensated_by"].is_null() {
                continue;
            }
            project.run(&["rollback", &id.to_string(), "--class", "A", "--yes", "--reason", "once more"]).exits(0);
        }
        assert_eq!((settings(&fresh).await, document(&project).as_str()), (before.clone(), DOCUMENT), "{fault}");
    }
    project.run(&["doctor"]).exits(0);
}

/// Nobody's words are overwritten: neither going forward nor back.
async fn a_document_that_others_changed_is_left_alone(fresh: Fresh) {
    let project = project(&fresh);
    project.run(&["migrate"]).exits(0);
    let theirs = document(&project).replace("about", "by somebody else");
    let foreseen = || project.run(&["rollback", "1", "--class", "A", "--dry-run"]).exits(0).stdout;
    assert!(!foreseen().contains("left alone"), "nobody has changed it yet");
    project.write(DOCUMENT_PATH, &theirs);
    let told = foreseen();
    assert!(
        told.contains("docs/0004_settings.md") && told.contains("CANNOT BE UNDONE") && told.contains("left alone"),
        "{told}"
    );
    let ran = project.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "not wanted"]);
    assert_eq!((ran.code, document(&project)), (Some(3), theirs), "{ran:?}");
    assert!(ran.stdout.contains("left alone") || ran.stderr.contains("left alone"), "{ran:?}");
}

/// The prefix of a module may be another than its name; an error names the key that says so.
async fn a_module_has_the_prefix_that_is_configured(fresh: Fresh) {
    let project = project(&fresh);
    project.configure("[modules]\nshop = \"sh_\"\n");
    let refused = project.run(&["migrate"]).exits(2).stderr;
    for word in ["modules/shop/0002_orders.sql, line 1", "begin with sh_ (modules.shop)", "shop_orders"] {
        assert!(refused.contains(word), "{word}: {refused}");
    }
    project.migration("modules/shop/0002_orders.sql", "CREATE TABLE sh_orders (id INT PRIMARY KEY);\n");
    project.write(DOCUMENT_PATH, DOCUMENT.replace("shop_orders", "sh_orders"));
    project.run(&["migrate"]).exits(0);
    project.configure("blog = \"\"\n");
    let empty = project.run(&["plan"]).exits(2).stderr;
    assert!(
        empty.contains("modules.blog = \"\" is no beginning of names") && empty.contains("caribou.toml:"),
        "{empty}"
    );
}

/// What a file makes is there for the agent and the document behind it, and what it does not make is told by the plan.
async fn agents_and_documents_are_followed_through_the_schema(fresh: Fresh) {
    let project = Project::on(&fresh);
    project
        .migration("0001_base.sql", BASE)
        .write(AGENT_PATH, AGENT)
        .write(DOCUMENT_PATH, "---\ndescribes:\n  - settings\n  - settings.value\n---\n");
    let blocking = |plan: &Value| -> Vec<String> {
        let files = plan["files"].as_array().expect("files").iter();
        let of = |file: &Value| -> Vec<String> {
            let findings = file["findings"].as_array().expect("findings").iter();
            let blocking = findings.filter(|one| one["level"] == "blocking");
            blocking
                .map(|one| format!("{}:{}: {}", file["path"].as_str().unwrap(), one["line"], one["message"]))
                .collect()
        };
        files.flat_map(of).collect()
    };
    let plan = json(project.run(&["plan", "--format", "json"]));
    assert_eq!(blocking(&plan), [] as [String; 0], "{plan}");
    project.write(AGENT_PATH, AGENT.replace("value =", "valeu ="));
    project.write(DOCUMENT_PATH, "---\ndescribes:\n  - settings\n  - settings.colour\n---\n");
    // Rows for a column that will not be there are refused, whichever file was to make it.
    let plan = project.run(&["plan", "--format", "json"]).exits(2).json();
    assert!(plan["refused"].to_string().contains("agents/0003_models.toml, line 6"), "{plan}");
    let found = blocking(&plan);
    assert_eq!(found.len(), 2, "{plan}");
    assert!(found[0].starts_with("agents/0003_models.toml:6: ") && found[0].contains("valeu"), "{found:?}");
    assert!(found[1].starts_with("docs/0004_settings.md:4: ") && found[1].contains("settings.colour"), "{found:?}");
}

on_every_server!(
    agents_and_documents_are_followed_through_the_schema,
    a_module_has_the_prefix_that_is_configured,
    each_type_has_its_life,
    a_crash_in_the_middle_is_taken_back,
    a_document_that_others_changed_is_left_alone,
);
