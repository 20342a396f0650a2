//! Caribou is upgraded while something is open: the schema goes forward, and what was open goes on.

use crate::crash::Scene;
use crate::support::{Fresh, Running, on_every_server};
use caribou::database::Purpose;
use caribou::model::EventKind;
use caribou::store::{SCHEMA_VERSION, Store};
use nix::sys::signal::Signal;

/// As an earlier Caribou would have left it: a lower version, without what came later.
async fn as_before(scene: &Scene) {
    let schemas = scene.database.schemas();
    let (ours, ephemeral) = (&schemas.orchestration, &schemas.ephemeral);
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    for sql in [
        format!("UPDATE {ours}.migration_schema_version SET version = 0"),
        format!("DROP TABLE {ours}.migration_settings"),
        format!("DROP TABLE {ephemeral}.temp_data"),
        format!("ALTER TABLE {ours}.migration_decisions DROP COLUMN os_user"),
    ] {
        session.query_text(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    session.close().await;
}

async fn an_open_batch_outlives_an_upgrade(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    let running = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    scene.until("it holds", |e| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(())).await;
    scene.project.run(&["step", "--yes"]).exits(0);
    let ended = |kind: &EventKind| matches!(kind, EventKind::StatementFinished { .. });
    scene.until("a step has ended", |e| e.iter().any(|e| ended(&e.kind)).then_some(())).await;
    running.signal(Signal::SIGINT);
    running.wait().exits(130);
    let before = scene.events().await;

    as_before(&scene).await;
    for verb in [&["migrate"][..], &["status"], &["resume", "--yes"], &["worker"]] {
        let ran = scene.project.run(verb).exits(2);
        assert!(ran.stderr.contains("version 0") && ran.stderr.contains("schema install"), "{ran:?}");
    }
    let done = scene.project.run(&["schema", "install"]).exits(0);
    for made in ["migration_settings", "temp_data", "migration_decisions.os_user"] {
        assert!(done.stdout.contains(made), "{done:?}");
    }
    scene.project.run(&["schema", "check"]).exits(0);
    assert_eq!(scene.events().await, before, "history is as it was");
    scene.project.run(&["migrate"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1), "each statement once");
    scene.agree().await;
}

/// A window that waits for a person waits on, until the same moment, and the decision counts.
async fn an_open_window_outlives_an_upgrade(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene
        .project
        .migration(
            "0001_t.sql",
            "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9));\nINSERT INTO t VALUES (1, 'ana');\n",
        )
        .migration("0002_u.sql", "-- caribou: class=B requires=0001_t\nUPDATE t SET name = 'ANA' WHERE id = 1;\n")
        .migration("0002_u.verify.sql", "SELECT COUNT(*) = 7 FROM t;\n");
    scene.project.run(&["migrate"]).exits(0);
    let window = || scene.project.run(&["rollbacks", "--format", "json"]).json()["rollbacks"][0].clone();
    let before = window();
    assert_eq!(before["status"], "pending", "{before}");

    as_before(&scene).await;
    let early = scene.project.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(early.stderr.contains("schema install"), "{early:?}");
    scene.project.run(&["schema", "install"]).exits(0);
    let after = window();
    for what in ["id", "class", "status", "decide_by", "scope"] {
        assert_eq!(after[what], before[what], "{what}");
    }
    scene.project.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(0);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t WHERE SUBSTR(HEX(name), 1, 2) = '61'").await, Some(1), "undone");
    scene.agree().await;
}

/// The other way round there is no way: a newer schema is left alone.
async fn a_newer_schema_is_left_alone(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let ours = &scene.database.schemas().orchestration;
    let newer = SCHEMA_VERSION + 1;
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    let sql = format!("INSERT INTO {ours}.migration_schema_version (version) VALUES ({newer})");
    session.query_text(&sql).await.unwrap();
    session.close().await;
    for verb in [&["migrate"][..], &["status"], &["schema", "install"]] {
        let ran = scene.project.run(verb).exits(2);
        assert!(ran.stderr.contains(&format!("version {newer}")), "{ran:?}");
    }
    assert!(Store::new(scene.database.clone()).install().await.is_err());
}

on_every_server!(an_open_batch_outlives_an_upgrade, an_open_window_outlives_an_upgrade, a_newer_schema_is_left_alone);
