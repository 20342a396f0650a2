//! What the real binary prints with `--format json`, against the schemas that are published. Every run of the binary in
//! every story is checked ([`Project::run`]); here each schema is met at least once.

use crate::support::{Fresh, PrivateServer, Project, Ran, Running, is_wanted, json_schema, run_on};
use caribou::database::{Purpose, ServerKind};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Schemas that other stories meet: a demo takes long (`cli_demo.rs`).
const ELSEWHERE: [&str; 1] = ["demo"];

/// A project, and the schemas that its outputs fitted.
struct Scene {
    project: Project,
    met: BTreeSet<&'static str>,
}

impl Scene {
    fn show(&mut self, arguments: &[&str]) -> Ran {
        let arguments = [arguments, &["--format", "json"]].concat();
        let ran = self.project.run(&arguments);
        let fit = json_schema::check_output(&arguments, &ran.stdout);
        assert!(!fit.is_empty(), "no JSON: {arguments:?}: {ran:?}");
        self.met.extend(fit);
        ran
    }

    fn shows(&mut self, code: i32, commands: &[&str]) {
        for command in commands {
            let words: Vec<&str> = command.split(' ').collect();
            self.show(&words).exits(code);
        }
    }
}

fn begun(fresh: &Fresh) -> Scene {
    let mut scene = Scene { project: Project::empty(), met: BTreeSet::new() };
    scene.shows(0, &["init"]);
    let configuration = format!(
        "[database]\nurl = \"{}\"\n[alerts.hooks.ops]\ncommand = [\"true\"]\n[backup]\ndump = \"dumps\"\n[plan]\nforeseen = \"warn\"\n[[probes]]\n\
         name = \"count\"\nsql = \"SELECT COUNT(*) FROM people\"\n",
        fresh.url()
    );
    scene.project.write("caribou.toml", configuration);
    std::fs::create_dir(scene.project.path("dumps")).expect("a directory");
    scene
        .project
        .migration("0001_people.sql", "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40));\n")
        .migration("0001_people.rollback.sql", "DROP TABLE people;\n")
        .migration(
            "0002_rows.sql",
            "INSERT INTO people VALUES (1, 'ana'), (2, 'bo');\nUPDATE people SET name = 'x';\n",
        );
    scene
}

/// Everything about batches that run, fail and are undone.
fn batches(scene: &mut Scene) {
    scene.shows(0, &["config", "checks", "checks unbounded_write", "checks verify_script", "plan", "schema install"]);
    scene.shows(0, &["schema check", "schema settings", "schema settings environment test", "checklist"]);
    scene.shows(0, &["checklist tick plan_reviewed", "checklist untick plan_reviewed", "rehearse"]);
    scene.shows(0, &["migrate --dry-run", "migrate", "rehearse", "status", "status --all", "history"]);
    scene
        .shows(0, &["status --as flyway", "status --as django", "status --as laravel", "events", "events 0", "report"]);
    scene.shows(0, &["repair --all --dry-run", "repair --all"]);
    scene.project.migration("0003_wrong.sql", "DELETE FROM people WHERE id = 1;\nINSERT INTO nowhere VALUES (1);\n");
    scene.shows(1, &["migrate"]);
    scene.shows(0, &["status", "report", "events", "alerts", "alerts --all", "alerts test", "record 2 -o 2.caribou"]);
    scene.shows(0, &["replay 2.caribou", "rollbacks --all", "doctor"]);
    std::fs::remove_file(scene.project.path("migrations/0003_wrong.sql")).expect("it is there");
    scene.shows(0, &["rollback 1 --file 0002_rows.sql --dry-run"]);
    scene.shows(0, &["rollback 1 --file 0002_rows.sql --yes --reason slow", "rollbacks", "status"]);
    let open = scene.show(&["rollbacks"]).json();
    let id = open["rollbacks"][0]["id"].to_string();
    scene.shows(0, &[&format!("approve {id} --yes --reason slow"), "history", "events", "status"]);
    let alerts = scene.show(&["alerts", "--all"]).json();
    if let Some(alert) = alerts["alerts"].as_array().and_then(|all| all.iter().find(|one| one["status"] == "new")) {
        scene.shows(0, &[&format!("ack {} --yes", alert["id"])]);
    }
}

#[test]
fn what_is_printed_fits_the_published_schemas() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let mut scene = begun(&fresh);
        batches(&mut scene);
        scene.shows(0, &["backup --all"]);
        // Another tool's history.
        let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
        session.query_text("CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY)").await.expect("a table");
        session.query_text("INSERT INTO schema_migrations VALUES ('0009')").await.expect("a row");
        session.close().await;
        scene.project.write("other/0009_x.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n");
        scene.shows(0, &["adopt --dry-run --dir other"]);
        let known: BTreeSet<&str> = json_schema::published().iter().map(|schema| schema.name.as_str()).collect();
        let met_on_a_server = ["command", "schema-grants", "thaw-emergency"];
        let not_met: Vec<&str> = known.difference(&scene.met).copied().collect();
        let excused = |name: &&str| !ELSEWHERE.contains(name) && !met_on_a_server.contains(name);
        assert_eq!(not_met.into_iter().filter(excused).collect::<Vec<_>>(), Vec::<&str>::new(), "never printed");
    });
}

/// On a server of its own, for it is frozen as a whole.
fn of_server(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    let server = PrivateServer::own(kind, &[]);
    let mut scene = begun(&Fresh::in_server(&server));
    batches(&mut scene);
    scene.shows(0, &["schema grants observer me@localhost"]);
    let working = Running::start(&mut scene.project.command(&["worker"]));
    working.wait_text("Working on");
    scene.shows(0, &["status", "freeze --yes --reason quiet", "status", "thaw --emergency --yes --reason over"]);
    scene.shows(0, &["status", "doctor"]);
    working.signal(Signal::SIGTERM);
    working.wait();
    let met: Vec<&str> = ["command", "schema-grants", "thaw-emergency"].into_iter().collect();
    assert!(met.iter().all(|name| scene.met.contains(name)), "{:?}", scene.met);
}

#[test]
fn what_is_printed_on_mariadb_fits_too() {
    of_server(ServerKind::MariaDb);
}

#[test]
fn what_is_printed_on_mysql_fits_too() {
    of_server(ServerKind::MySql);
}

/// The check itself says no to what is missing, of another type, or in no schema.
#[test]
fn a_document_that_does_not_fit_is_refused() {
    let of = |name: &str| json_schema::published().iter().find(|schema| schema.name == name).expect("a schema");
    let good = json!({ "schema": "a", "done": ["b"] });
    of("schema-install").check(&good).expect("it fits");
    let with = |key: &str, value: Value| {
        let mut document = good.clone();
        document[key] = value;
        document
    };
    for (bad, why) in [
        (json!({ "schema": "a" }), "has no"),
        (with("schema", json!(1)), "$.schema: 1 is not of type"),
        (with("done", json!([1])), "$.done[0]: 1 is not of type"),
        (with("more", json!(1)), "$.more is in no schema"),
    ] {
        let error = of("schema-install").check(&bad).expect_err("it does not fit");
        assert!(error.contains(why), "{error}");
    }
    let event = json!({ "batch": 1, "seq": 1, "at": "x", "operator": null, "kind": "no_such_kind" });
    assert!(of("events").check(&event).is_err());
}
