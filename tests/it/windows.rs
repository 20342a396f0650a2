//! Rollback classes, decision windows and compensating batches, through the real binary.

mod lapse;
mod people;
mod standing;

use crate::support::{Fresh, Project, Ran, on_both_servers, on_every_server};
use caribou::database::{Database, Purpose};
use caribou::model::{BatchId, Event, EventKind, RollbackStatus, Seq};
use caribou::store::{Reader, Store, compare};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A project whose second file is worth a class B finding, and whose third depends on it.
struct Scene {
    project: Project,
    database: Arc<dyn Database>,
    store: Store,
}

impl Scene {
    async fn new(fresh: &Fresh, configuration: &str) -> Scene {
        let project = Project::on(fresh);
        project.configure(configuration);
        project
            .migration(
                "0001_users.sql",
                "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(40));\nINSERT INTO users VALUES (1, 'ana');\n",
            )
            .migration("0001_users.rollback.sql", "DROP TABLE users;\n")
            .migration(
                "0002_loud.sql",
                "-- caribou: class=B requires=0001_users\nUPDATE users SET name = 'ANA' WHERE id = 1;\n",
            )
            .migration("0002_loud.rollback.sql", "UPDATE users SET name = 'ana' WHERE id = 1;\n")
            .migration("0002_loud.verify.sql", "SELECT COUNT(*) = 7 FROM users;\n")
            .migration("0003_badges.sql", "-- caribou: requires=0002_loud\nCREATE TABLE badges (id INT PRIMARY KEY);\n")
            .migration("0003_badges.rollback.sql", "DROP TABLE badges;\n")
            .migration("0004_apart.sql", "CREATE TABLE apart (id INT PRIMARY KEY);\n")
            .migration("0004_apart.rollback.sql", "DROP TABLE apart;\n");
        project.run(&["schema", "install"]).exits(0);
        let database = fresh.database().await;
        Scene { project, store: Store::new(database.clone()), database }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.project.run(arguments)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        self.run(&arguments).json()
    }

    async fn events(&self) -> Vec<Event> {
        let mut reader = Reader::open(&self.store).await.unwrap();
        let mut all = Vec::new();
        for batch in reader.batches(100).await.unwrap().iter().rev() {
            all.extend(reader.events(batch.batch_id, Seq(0), 10_000).await.unwrap());
        }
        reader.close().await;
        all
    }

    /// Waits until the journal says it.
    async fn until<T>(&self, what: &str, found: impl Fn(&EventKind) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let events = self.events().await;
            if let Some(found) = events.iter().find_map(|e| found(&e.kind)) {
                return found;
            }
            assert!(Instant::now() < deadline, "the journal never said: {what}; it says {:?}", events.last());
        }
    }

    /// Waits until a rollback has ended; how.
    async fn until_ended(&self) -> RollbackStatus {
        self.until("the rollback has ended", |kind| match kind {
            EventKind::RollbackEnded { status, .. } => Some(*status),
            _ => None,
        })
        .await
    }

    /// Waits until the database's clock is past the window of rollback 1.
    async fn until_lapsed(&self) {
        let mut reader = Reader::open(&self.store).await.unwrap();
        let world = reader.world(BatchId(1)).await.unwrap().unwrap();
        let window = world.batches[&BatchId(1)].rollbacks.values().next().unwrap().clone();
        let deadline = Instant::now() + PATIENCE;
        while !window.has_lapsed(reader.now().await.unwrap()) {
            assert!(Instant::now() < deadline, "the window never lapsed: {window:?}");
        }
        reader.close().await;
    }

    async fn text(&self, sql: &str) -> Option<String> {
        let mut session = self.database.open(Purpose::File).await.unwrap();
        let rows = session.query_text(sql).await;
        session.close().await;
        rows.ok().and_then(|rows| rows.first().map(|row| row.get_text(0)))
    }

    /// The name that the second file makes loud, and how many of badges and apart there are.
    async fn stands(&self) -> (Option<String>, bool, bool) {
        let name = self.text("SELECT name FROM users WHERE id = 1").await;
        let badges = self.text("SELECT COUNT(*) FROM badges").await.is_some();
        (name, badges, self.text("SELECT COUNT(*) FROM apart").await.is_some())
    }

    /// The rows are what the journal says, in every batch.
    async fn agree(&self) {
        let mut reader = Reader::open(&self.store).await.unwrap();
        for batch in reader.batches(100).await.unwrap() {
            let wrong = compare(&mut reader, batch.batch_id).await.unwrap();
            assert!(wrong.is_empty(), "{wrong:?}");
        }
        reader.close().await;
    }
}

fn migrated() -> (Option<String>, bool, bool) {
    (Some("ANA".to_owned()), true, true)
}

fn taken_back() -> (Option<String>, bool, bool) {
    (Some("ana".to_owned()), false, true)
}

async fn a_class_b_finding_is_approved_and_compensated(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    let ran = scene.run(&["migrate"]).exits(0);
    assert!(ran.stdout.contains("Rollback 1 (class B"), "{ran:?}");
    assert_eq!(scene.stands().await, migrated());
    let open = &scene.json(&["rollbacks"])["rollbacks"];
    assert_eq!((&open[0]["class"], &open[0]["status"]), (&"B".into(), &"pending".into()));
    assert_eq!(open[0]["scope"], serde_json::json!(["0003_badges.sql", "0002_loud.sql"]));
    assert!(open[0]["decide_by"].as_str().is_some_and(|at| at.ends_with('Z')), "{open}");

    let approved = scene.json(&["approve", "1", "--yes", "--reason", "a test"]);
    assert_eq!(approved["status"], "effective", "{approved}");
    assert_eq!(
        (&approved["rollback"]["status"], &approved["rollback"]["compensated_by"]),
        (&"completed".into(), &2.into())
    );
    assert_eq!(scene.stands().await, taken_back());
    let history = scene.json(&["history"]);
    let of = |id: i64| history.as_array().unwrap().iter().find(|b| b["id"] == id).cloned().unwrap();
    assert_eq!((&of(1)["status"], &of(1)["epoch_to"]), (&"completed".into(), &4.into()), "history is not rewritten");
    assert_eq!(
        (&of(2)["epoch_from"], &of(2)["epoch_to"], &of(2)["status"]),
        (&4.into(), &5.into(), &"completed".into())
    );
    let status = scene.json(&["status", "--batch", "1"]);
    let statuses: Vec<&str> =
        status["files"].as_array().unwrap().iter().map(|f| f["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["completed", "rolled_back", "rolled_back", "completed"]);
    // Completed it was; that it does not stand any more is said beside it.
    assert_eq!(status["batch"]["compensated_by"], 2, "{status:#}");
    assert!(status["batch"]["compensated_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{status:#}");
    assert_eq!((&of(1)["compensated_by"], &of(2)["compensated_by"]), (&2.into(), &Value::Null));
    let people = scene.run(&["status", "--batch", "1"]).exits(0).stdout;
    assert!(people.contains("was undone in part: 2 of 4 files still stand"), "{people}");
    assert!(people.contains("Undone: 2 files, by batch 2 at "), "{people}");
    assert!(scene.run(&["history"]).stdout.contains("completed, undone by 2"));
    scene.agree().await;

    // A decision counts once.
    let again = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(again.stdout.contains("completed already"), "{again:?}");
    // What was undone is planned again, and its epoch is beyond that of the rollback.
    let plan = scene.json(&["plan"]);
    assert_eq!(plan["files"].as_array().map(Vec::len), Some(2), "{plan}");
    assert_eq!(plan["epoch_from"], 5);
    scene.run(&["migrate"]).exits(0);
    assert_eq!(scene.stands().await, migrated());
    let status = scene.json(&["status"]);
    assert_eq!((&status["batch"]["epoch_from"], &status["batch"]["epoch_to"]), (&5.into(), &7.into()));
    scene.agree().await;
}

async fn a_rejected_rollback_keeps_the_files(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    let refused = scene.run(&["reject", "1", "--yes"]).exits(2);
    assert!(refused.stderr.contains("needs a reason"), "{refused:?}");
    let rejected = scene.json(&["reject", "1", "--yes", "--reason", "the probe was wrong"]);
    assert_eq!((&rejected["status"], &rejected["rollback"]["decision"]), (&"effective".into(), &"rejected".into()));
    assert_eq!(scene.stands().await, migrated());
    assert_eq!(scene.json(&["rollbacks"])["rollbacks"], serde_json::json!([]));
    let all = scene.json(&["rollbacks", "--all"]);
    assert_eq!(
        (&all["rollbacks"][0]["status"], &all["rollbacks"][0]["decision"]),
        (&"pending".into(), &"rejected".into())
    );
    let refused = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(refused.stdout.contains("rejected"), "{refused:?}");
    let jobs = format!(
        "SELECT COUNT(*) FROM {} WHERE job_status <> 'cancelled'",
        scene.database.schemas().orchestration.clone() + ".migration_jobs"
    );
    assert_eq!(scene.text(&jobs).await.as_deref(), Some("0"), "nothing is due any more");
    scene.agree().await;
}

async fn the_blast_radius_is_shown_and_nothing_happens(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    let events = scene.events().await.len();
    let radius = scene.json(&["rollback", "--file", "0002_loud.sql", "--dry-run"]);
    assert_eq!((&radius["class"], &radius["batch"], &radius["refused"]), (&"B".into(), &1.into(), &Value::Null));
    let paths: Vec<&str> = radius["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["0003_badges.sql", "0002_loud.sql"], "in the order of the undo");
    assert_eq!(radius["files"][0]["method"], "written");
    assert_eq!(radius["files"][0]["statements"][0]["sql"], "DROP TABLE badges");
    assert!(radius["files"][0]["objects"][0].as_str().is_some_and(|o| o.ends_with("badges")), "{radius}");
    assert_eq!((&radius["epoch_from"], &radius["epoch_to"]), (&4.into(), &5.into()));
    let changes = radius["changes"].as_array().expect("changes");
    let badges = changes.iter().find(|c| c["object"].as_str().is_some_and(|o| o.ends_with("badges")));
    let diff = badges.and_then(|c| c["diff"].as_str()).unwrap_or_else(|| panic!("{radius:#}"));
    assert!(diff.starts_with("--- now\n+++ after the rollback\n") && diff.contains("\n+(does not exist)"), "{diff}");
    assert!(diff.lines().any(|line| line.starts_with('-') && line.contains("id")), "{diff}");
    assert!(radius["estimated_ms"].is_u64() && radius["rows_written_since"] == 0, "{radius}");
    let human = scene.run(&["rollback", "--class", "a", "--dry-run"]).exits(0);
    assert!(human.stdout.contains("4 files, in this order") && human.stdout.contains("Epoch: 4 to 0"), "{human:?}");
    assert!(human.stdout.contains("Definitions: - as they stand now") && human.stdout.contains("+(does not exist)"));
    // What somebody has changed since is in the difference, and said.
    let mut session = scene.database.open(Purpose::File).await.unwrap();
    session.run("ALTER TABLE badges ADD COLUMN theirs INT").await.unwrap();
    session.close().await;
    let radius = scene.json(&["rollback", "--file", "0003_badges.sql", "--dry-run"]);
    let change = &radius["changes"][0];
    assert!(change["diff"].as_str().is_some_and(|diff| diff.contains("theirs")), "{radius:#}");
    assert!(change["remark"].as_str().is_some_and(|why| why.contains("others have changed it since")), "{radius:#}");
    assert_eq!(scene.events().await.len(), events, "nothing was written");
    assert_eq!(scene.stands().await, migrated());
}

/// Rows were changed, and then a column of theirs was dropped: which of them others have changed since is not to be told
/// before the column is back, but what would be lost is.
async fn rows_without_their_column_are_no_reason_to_know_nothing(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.project.migration(
        "0005_column.sql",
        "UPDATE users SET name = 'x' WHERE id = 1;\nALTER TABLE users DROP COLUMN name;\nCREATE TABLE later (id INT PRIMARY KEY);\n",
    );
    scene.run(&["migrate"]).exits(0);
    let since = || scene.json(&["rollback", "--file", "0005_column.sql", "--dry-run"])["rows_written_since"].clone();
    assert_eq!(since(), 0);
    let mut session = scene.database.open(Purpose::File).await.unwrap();
    session.run("INSERT INTO later VALUES (1), (2)").await.unwrap();
    session.close().await;
    assert_eq!(since(), 2);
}

async fn jobs_that_the_journal_did_not_make_are_found(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    let windows = |doctor: Value| {
        let findings = doctor["findings"].as_array().expect("findings").clone();
        findings.into_iter().find(|f| f["check"] == "windows").expect("the windows are examined")
    };
    assert_eq!(windows(scene.json(&["doctor"]))["verdict"], "ok");
    let jobs = format!("{}.migration_jobs", scene.store.schemas().orchestration);
    let mut session = scene.database.open(Purpose::Journal).await.unwrap();
    let later = format!("UPDATE {jobs} SET due_ms = due_ms + 1 WHERE job_type = 'window_lapse'");
    session.execute(&later, &[]).await.unwrap();
    let found = windows(scene.run(&["doctor", "--format", "json"]).exits(1).json());
    assert_eq!(found["verdict"], "wrong", "{found}");
    assert!(found["found"].as_str().is_some_and(|text| text.contains("due_ms")), "{found}");
    assert!(found["remedy"].as_str().is_some_and(|text| text.contains("caribou rollbacks")), "{found}");
    session.execute(&later.replace("+ 1", "- 1"), &[]).await.unwrap();
    session.execute(&format!("DELETE FROM {jobs} WHERE job_type = 'window_half'"), &[]).await.unwrap();
    session.close().await;
    let found = windows(scene.run(&["doctor", "--format", "json"]).exits(1).json());
    assert!(found["found"].as_str().is_some_and(|text| text.contains("nothing instead of window_half")), "{found}");
}

async fn what_a_later_batch_stands_on_is_not_taken_back(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    scene
        .project
        .migration("0005_pins.sql", "-- caribou: requires=0003_badges\nCREATE TABLE pins (id INT PRIMARY KEY);\n")
        .migration("0005_pins.rollback.sql", "DROP TABLE pins;\n");
    scene.run(&["migrate"]).exits(0);
    let refused = scene.run(&["rollback", "1", "--file", "0003_badges.sql", "--yes", "--reason", "x"]).exits(2);
    assert!(refused.stderr.contains("0005_pins.sql of batch 2 depends on 0003_badges.sql"), "{refused:?}");
    let refused = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(refused.stdout.contains("0005_pins.sql of batch 2"), "{refused:?}");
    let refused = scene.run(&["rollback", "1", "--class", "A", "--yes", "--reason", "x"]).exits(2);
    assert!(refused.stderr.contains("went on from epoch 4 to 5"), "{refused:?}");
    let dry = scene.run(&["rollback", "1", "--class", "A", "--dry-run"]).exits(2);
    assert!(dry.stdout.contains("REFUSED as things stand"), "{dry:?}");
    // The last first.
    let last = scene.json(&["rollback", "2", "--class", "A", "--yes", "--reason", "not wanted"]);
    assert_eq!((&last["status"], &last["rollback"]["status"]), (&"effective".into(), &"completed".into()), "{last}");
    let first = scene.json(&["rollback", "1", "--class", "A", "--yes", "--reason", "nor this"]);
    assert_eq!(first["rollback"]["status"], "completed", "{first}");
    assert_eq!(scene.stands().await, (None, false, false));
    let status = scene.json(&["status", "--batch", "1"]);
    assert_eq!(status["batch"]["status"], "rolled_back");
    assert_eq!(scene.json(&["plan"])["epoch_from"], 0, "back to where it began, whole");
    scene.agree().await;
}

async fn an_undo_that_failed_is_ordered_again(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    // Somebody is in the way: a view of theirs has the name that the undo needs to find a table by.
    let mut session = scene.database.open(Purpose::File).await.unwrap();
    session.query_text("ALTER TABLE badges RENAME TO badges_away").await.unwrap();
    session.query_text("CREATE VIEW badges AS SELECT 1 AS one").await.unwrap();
    let failed = scene.run(&["approve", "1", "--yes", "--reason", "a test", "--format", "json"]).exits(3).json();
    assert_eq!(failed["rollback"]["status"], "failed", "{failed}");
    let status = scene.json(&["status", "--batch", "1"]);
    assert_eq!(status["files"][2]["state"], "failed");
    assert_eq!(scene.stands().await.0.as_deref(), Some("ANA"), "the rest waits for a person");
    let history = scene.json(&["history"]);
    let compensating = history.as_array().unwrap().iter().find(|b| b["id"] == 2).cloned().unwrap();
    assert_eq!(compensating["status"], "failed", "its epoch is not reached");
    session.query_text("DROP VIEW badges").await.unwrap();
    session.query_text("ALTER TABLE badges_away RENAME TO badges").await.unwrap();
    session.close().await;
    let files = ["--file", "0002_loud.sql", "--file", "0003_badges.sql"];
    let again: Vec<&str> = ["rollback", "1", "--yes", "--reason", "mended"].into_iter().chain(files).collect();
    let again = scene.json(&again);
    assert_eq!(again["rollback"]["status"], "completed", "{again}");
    assert_eq!(scene.stands().await, taken_back());
    assert_eq!(scene.json(&["plan"])["epoch_from"], 5);
    scene.agree().await;
}

async fn an_alert_is_seen_and_dealt_with(fresh: Fresh) {
    let scene = Scene::new(&fresh, "").await;
    scene.run(&["migrate"]).exits(0);
    let alerts = scene.json(&["alerts"]);
    assert_eq!((&alerts["alerts"][0]["type"], &alerts["alerts"][0]["status"]), (&"warning".into(), &"new".into()));
    let id = alerts["alerts"][0]["id"].to_string();
    scene.run(&["ack", &id, "--yes"]).exits(0);
    let again = scene.run(&["ack", &id, "--yes"]).exits(2);
    assert!(again.stdout.contains("acknowledged already"), "{again:?}");
    scene.run(&["escalate", &id, "--yes"]).exits(0);
    let alerts = scene.json(&["alerts"]);
    assert_eq!((&alerts["alerts"][0]["level"], &alerts["alerts"][0]["status"]), (&1.into(), &"escalated".into()));
    scene.run(&["resolve", &id, "--yes"]).exits(0);
    assert_eq!(scene.json(&["alerts"])["alerts"], serde_json::json!([]));
    scene.run(&["resolve", "99", "--yes"]).exits(2);
    scene.agree().await;
}

on_every_server!(
    rows_without_their_column_are_no_reason_to_know_nothing,
    an_alert_is_seen_and_dealt_with,
    a_class_b_finding_is_approved_and_compensated,
    jobs_that_the_journal_did_not_make_are_found,
    a_rejected_rollback_keeps_the_files,
    the_blast_radius_is_shown_and_nothing_happens,
    what_a_later_batch_stands_on_is_not_taken_back,
);
// On SQLite an approved undo is a restore, in whose way a view of others is not.
on_both_servers!(an_undo_that_failed_is_ordered_again);
