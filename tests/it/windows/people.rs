//! People who decide, and who carries it out: accounts with roles, no worker, a worker that dies in it.

use super::{Scene, migrated, taken_back};
use crate::support::{Fresh, Ran, Running, on_both_servers};
use caribou::database::Purpose;
use caribou::model::{EventKind, Phase, RollbackStatus};
use caribou::store::Role;

/// Makes an account of a role; gives its name.
async fn account(scene: &Scene, role: Role) -> String {
    account_named(scene, role, &format!("{}_{}", role.as_str(), scene.database.schemas().core)).await
}

async fn account_named(scene: &Scene, role: Role, name: &str) -> String {
    let mut root = scene.database.open(Purpose::Control).await.unwrap();
    let create = format!("CREATE USER IF NOT EXISTS '{name}'@'127.0.0.1' IDENTIFIED BY 'Secret.1'");
    for sql in std::iter::once(create).chain(scene.store.grants(role, name, "127.0.0.1").unwrap()) {
        root.query_text(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    root.close().await;
    name.to_owned()
}

fn run_as(scene: &Scene, user: &str, arguments: &[&str]) -> Ran {
    let mut command = scene.project.command(arguments);
    command.args(["--user", user]).env("CARIBOU_PASSWORD", "Secret.1").env("CARIBOU_DATABASE_SSL_MODE", "preferred");
    command.output().expect("the binary can be run").into()
}

async fn two_people_are_needed(fresh: Fresh) {
    let scene = Scene::new(&fresh, "[workers]\nlease_ttl = \"5s\"").await;
    let (approver, operator) = (account(&scene, Role::Approver).await, account(&scene, Role::Operator).await);
    scene.run(&["migrate"]).exits(0);
    let _worker = Running::start(&mut scene.project.command(&["worker"]));
    let same = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(same.stdout.contains("started batch 1") && same.stdout.contains("four eyes"), "{same:?}");
    // Another spelling of the starter's name is another account to the server, and no second person.
    let alike = account_named(&scene, Role::Approver, "R\u{f6}OT").await;
    let spelt = run_as(&scene, &alike, &["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(spelt.stdout.contains("may be the same person") && spelt.stdout.contains("four eyes"), "{spelt:?}");
    let ordered = scene.run(&["rollback", "--file", "0004_apart.sql", "--now", "--yes", "--reason", "x"]).exits(2);
    assert!(ordered.stdout.contains("four eyes"), "{ordered:?}");
    let not_theirs = run_as(&scene, &operator, &["approve", "1", "--yes", "--reason", "a test"]).exits(5);
    let names_it = not_theirs.stderr.contains("submit_decision") && not_theirs.stderr.contains("grants approver");
    assert!(names_it, "the missing grant is named: {not_theirs:?}");
    let approved =
        run_as(&scene, &approver, &["approve", "1", "--yes", "--reason", "a test", "--format", "json"]).exits(0).json();
    assert_eq!(approved["rollback"]["status"], "completed", "{approved}");
    assert!(approved["rollback"]["decided_by"].as_str().is_some_and(|by| by.starts_with(&approver)), "{approved}");
    assert_eq!(scene.stands().await, taken_back());
    scene.agree().await;
}

/// A decision that an approver hands in with no worker alive stands until one comes, and is judged then.
async fn a_decision_waits_for_a_worker(fresh: Fresh) {
    let scene = Scene::new(&fresh, "[workers]\nlease_ttl = \"5s\"").await;
    let approver = account(&scene, Role::Approver).await;
    scene.run(&["migrate"]).exits(0);
    let stands = run_as(&scene, &approver, &["approve", "1", "--yes", "--reason", "a test"]).exits(4);
    assert!(stands.stdout.contains("no worker is alive"), "{stands:?}");
    assert_eq!(scene.stands().await, migrated());
    let _worker = Running::start(&mut scene.project.command(&["worker"]));
    scene.until_ended().await;
    assert_eq!(scene.stands().await, taken_back());
}

/// kill -9 while a statement of the undo waits for somebody's lock: the next worker goes on where it was.
async fn a_worker_that_dies_in_a_rollback_is_replaced(fresh: Fresh) {
    let scene = Scene::new(&fresh, "[workers]\nlease_ttl = \"5s\"").await;
    scene.run(&["migrate"]).exits(0);
    let mut reading = scene.database.open(Purpose::File).await.unwrap();
    reading.begin().await.unwrap();
    reading.query_text("SELECT * FROM badges").await.unwrap();
    let mut approving = Running::start(&mut scene.project.command(&["approve", "1", "--yes", "--reason", "a test"]));
    scene
        .until("the undo has begun", |kind| match kind {
            EventKind::StatementStarted { phase: Phase::Undo, .. } => Some(()),
            _ => None,
        })
        .await;
    approving.kill();
    let status = scene.json(&["history"]);
    let compensating = status.as_array().unwrap().iter().find(|b| b["id"] == 2).cloned().unwrap();
    assert_eq!(compensating["status"], "running", "{status}");
    reading.rollback().await.unwrap();
    reading.close().await;
    let _worker = Running::start(&mut scene.project.command(&["worker"]));
    let ended = scene.until_ended().await;
    assert_eq!(ended, RollbackStatus::Completed);
    assert_eq!(scene.stands().await, taken_back());
    let status = scene.json(&["status", "--batch", "2"]);
    assert_eq!((&status["batch"]["status"], &status["batch"]["epoch_to"]), (&"completed".into(), &5.into()));
    scene.agree().await;
}

on_both_servers!(a_worker_that_dies_in_a_rollback_is_replaced, two_people_are_needed, a_decision_waits_for_a_worker);
