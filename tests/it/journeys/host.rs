//! The worker's host vanishes in the middle of a long ALTER, and comes back when another has taken over.

use crate::crash::{PATIENCE, Scene, exits};
use crate::support::{Fresh, Running, on_both_servers, on_every_server};
use caribou::model::{Event, EventKind};
use nix::sys::signal::Signal;
use std::time::Instant;

fn leases(events: &[Event]) -> usize {
    events.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count()
}

/// Until the server is at the ALTER.
async fn altering(scene: &Scene) -> u64 {
    let connection = scene
        .until("the ALTER has started", |events| {
            events.iter().find_map(|e| match &e.kind {
                EventKind::StatementStarted { connection, .. } => Some(*connection),
                _ => None,
            })
        })
        .await;
    let sql =
        format!("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {connection} AND INFO LIKE 'ALTER%'");
    let deadline = Instant::now() + PATIENCE;
    while scene.number(&sql).await != Some(1) {
        assert!(Instant::now() < deadline, "connection {connection} never altered");
    }
    connection
}

/// The statement outlives its client: whoever takes over ends it, waits until it has left the server, and only then
/// looks what it did.
async fn a_host_that_vanishes_under_an_alter(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let mut other = scene.session().await;
    other.run("CREATE TABLE t (id INT PRIMARY KEY)").await.unwrap();
    other.run("START TRANSACTION").await.unwrap();
    other.run("SELECT * FROM t").await.unwrap();
    // For ten minutes it waits on the server for the reader, longer than any lease.
    scene
        .project
        .migration("0001_t.sql", "-- caribou: session=\"lock_wait_timeout=600\"\nALTER TABLE t ADD COLUMN n INT;\n");
    let first = scene.migrate();
    let zombie = altering(&scene).await;
    first.signal(Signal::SIGSTOP);

    let second = Running::start(&mut scene.project.command(&["worker"]));
    scene.until("the second has the lease", |events| (leases(events) == 2).then_some(())).await;
    let decided = scene
        .until("what became of it is decided", |events| {
            events.iter().find_map(|e| match &e.kind {
                EventKind::StatementDecided { effect, .. } => Some(*effect),
                _ => None,
            })
        })
        .await;
    assert_eq!(decided, caribou::model::Effect::None);
    assert!(!scene.database.is_connected(zombie).await.unwrap(), "it has left the server");
    other.run("COMMIT").await.unwrap();
    assert_eq!(scene.number("SELECT COUNT(n) FROM t").await, None, "and altered nothing");
    scene
        .until("the batch has ended", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. })).then_some(())
        })
        .await;

    // Back from its sleep, the first does nothing more.
    let before = scene.events().await.len();
    first.signal(Signal::SIGCONT);
    let ran = exits(first.wait(), &[4, 5]);
    assert!(ran.stderr.contains("lease"), "{ran:?}");
    assert_eq!(scene.events().await.len(), before, "not a word from it");
    second.signal(Signal::SIGTERM);
    second.wait().exits(0);
    scene.agree().await;
    other.close().await;
}

/// On every server: a worker that sleeps between two statements wakes to a batch that another has ended.
async fn a_host_that_sleeps_through_its_lease(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    let first = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    let noted = |e: &Event| matches!(e.kind, EventKind::ProgressNoted { .. });
    scene.until("it is at rest", |e| e.iter().any(noted).then_some(())).await;
    // On SQLite a process that is stopped within its commit keeps everybody out: a whole question later it is over.
    scene.project.run(&["status"]).exits(0);
    first.signal(Signal::SIGSTOP);
    let second = Running::start(&mut scene.project.command(&["worker"]));
    scene.until("the second has the lease", |events| (leases(events) == 2).then_some(())).await;
    scene.project.run(&["resume", "--yes", "--no-wait"]).exits(0);
    scene
        .until("the batch has ended", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. })).then_some(())
        })
        .await;
    first.signal(Signal::SIGCONT);
    exits(first.wait(), &[4, 5]);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1), "once");
    second.signal(Signal::SIGTERM);
    second.wait().exits(0);
    scene.agree().await;
}

/// `migrate` beside a live worker: handed over, followed, done once.
async fn a_second_migrate_beside_a_live_worker(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let worker = Running::start(&mut scene.project.command(&["worker"]));
    scene.until("it has the lease", |events| (leases(events) == 1).then_some(())).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    let (one, two) = (scene.migrate(), scene.migrate());
    let (one, two) = (one.wait(), two.wait());
    let codes = (one.code, two.code);
    // The other's plan is stale, or there is nothing left for it to do.
    assert!(codes.0 == Some(0) || codes.1 == Some(0), "{one:?} {two:?}");
    exits(one, &[0, 2]);
    exits(two, &[0, 2]);
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(1), "once");
    assert_eq!(leases(&scene.events().await), 1, "only the worker held it");
    let ran = scene.project.run(&["migrate"]).exits(0);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("othing"), "{ran:?}");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    scene.agree().await;
}

on_both_servers!(a_host_that_vanishes_under_an_alter);
on_every_server!(a_host_that_sleeps_through_its_lease, a_second_migrate_beside_a_live_worker);
