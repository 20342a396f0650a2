//! A crash whose undo is not to begin unasked: somebody chooses, and nothing moves until then.

use super::Scene;
use crate::support::{Fresh, Ran, Running, on_every_server};
use caribou::model::{EventKind, Hold};

/// Three statements, and a worker that ended, as by kill -9, after the second.
async fn half_way(fresh: &Fresh, configuration: &str) -> Scene {
    let scene = Scene::new(fresh).await;
    scene.project.configure(configuration);
    scene.project.migration(
        "0001_t.sql",
        "-- caribou: transaction=statement\nCREATE TABLE t (id INT PRIMARY KEY, n INT);\nALTER TABLE t ADD COLUMN c INT;\n\
         CREATE TABLE u (id INT PRIMARY KEY);\n",
    );
    let mut command = scene.project.command(&["migrate"]);
    command.env("CARIBOU_FAULT", "after_statement:2");
    let ran: Ran = command.output().expect("the binary can be run").into();
    assert_eq!(ran.code, None, "{ran:?}");
    scene
}

/// A worker that has found what was left, and holds.
async fn held(scene: &Scene) -> Running {
    let worker = scene.migrate();
    let is_held = |k: &EventKind| matches!(k, EventKind::HoldPlaced { hold: Hold::AwaitingApproval, .. });
    scene.until("it holds", |events| events.iter().find(|e| is_held(&e.kind)).map(drop)).await;
    worker
}

const HOLD: &str = "[policy]\non_crash = \"hold\"";

async fn held_by_policy_it_goes_on(fresh: Fresh) {
    let scene = half_way(&fresh, HOLD).await;
    let worker = held(&scene).await;
    let status = scene.project.run(&["status"]);
    assert!(status.stdout.contains("on_crash") && status.stdout.contains("resume"), "{status:?}");
    scene.project.run(&["resume", "--yes"]).exits(0);
    worker.wait().exits(0);
    assert_eq!(scene.number("SELECT COUNT(c) FROM t").await, Some(0));
    assert_eq!(scene.number("SELECT COUNT(*) FROM u").await, Some(0));
    let started = |k: &EventKind| matches!(k, EventKind::StatementStarted { .. });
    assert_eq!(scene.events().await.iter().filter(|e| started(&e.kind)).count(), 3, "nothing ran twice");
    scene.agree().await;
}

async fn held_by_policy_it_is_undone(fresh: Fresh) {
    let scene = half_way(&fresh, HOLD).await;
    let worker = held(&scene).await;
    scene.project.run(&["rollback", "--reason", "not worth it", "--yes"]).exits(0);
    worker.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None, "it is gone");
    scene.agree().await;
}

/// The policy lets it be undone, and yet: somebody has written into the table that would go.
async fn rows_of_others_are_not_destroyed_unasked(fresh: Fresh) {
    let scene = half_way(&fresh, "").await;
    let mut session = scene.session().await;
    session.run("INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)").await.unwrap();
    session.close().await;
    let worker = held(&scene).await;
    let status = scene.project.run(&["status"]);
    assert!(status.stdout.contains("2 rows of"), "{status:?}");
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(2));
    scene.project.run(&["rollback", "--reason", "they were a test", "--yes"]).exits(0);
    worker.wait().exits(1);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, None, "it is gone");
    scene.agree().await;
}

/// A rollback of the file's own is certain: the file can go on behind it.
async fn after_its_own_rollback_a_file_goes_on(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.configure(HOLD);
    scene.project.migration(
        "0001_t.sql",
        "CREATE TABLE t (id INT PRIMARY KEY);\nBEGIN;\nINSERT INTO t VALUES (1);\nSAVEPOINT s;\nINSERT INTO t VALUES (2);\n\
         ROLLBACK TO s;\nCOMMIT;\nCREATE TABLE u (id INT PRIMARY KEY);\nINSERT INTO u VALUES (1);\n",
    );
    let mut command = scene.project.command(&["migrate"]);
    command.env("CARIBOU_FAULT", "after_statement:8");
    let ran: Ran = command.output().expect("the binary can be run").into();
    assert_eq!(ran.code, None, "{ran:?}");
    let worker = held(&scene).await;
    scene.project.run(&["resume", "--yes"]).exits(0);
    worker.wait().exits(0);
    assert_eq!(scene.number("SELECT SUM(id) FROM t").await, Some(1));
    assert_eq!(scene.number("SELECT SUM(id) FROM u").await, Some(1));
    scene.agree().await;
}

on_every_server!(
    after_its_own_rollback_a_file_goes_on,
    held_by_policy_it_goes_on,
    held_by_policy_it_is_undone,
    rows_of_others_are_not_destroyed_unasked
);
