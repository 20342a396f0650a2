//! A worker that slept through the end of its lease, and the one that took over: the sleeper does nothing more, and its
//! successor is left alone.

use super::{PATIENCE, Scene};
use crate::support::{Fresh, Running, on_both_servers};
use caribou::database::{Purpose, Session, barrier_holder, barrier_name, take_barrier};
use caribou::engine::{self, Ended, EngineError, EngineOptions, Work};
use caribou::model::{BatchId, EventKind};
use caribou::store::{Acquired, Lease};
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// The lease has run out, and a successor takes it for `connection`.
async fn succeeded(scene: &Scene, connection: u64) -> Lease {
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    let ours = &scene.database.schemas().orchestration;
    session.query_text(&format!("UPDATE {ours}.migration_leases SET expires_ms = 1")).await.unwrap();
    let ttl = Duration::from_secs(600);
    let server = session.server_identity().await.unwrap();
    let taken = Lease::acquire(&scene.store, session.as_mut(), "successor", connection, &server, ttl).await.unwrap();
    session.close().await;
    let Acquired::Held(lease) = taken else { panic!("it had run out: {taken:?}") };
    lease
}

/// Until a connection waits for a session lock.
async fn waits_for_lock(scene: &Scene, connection: u64) {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {connection} AND INFO LIKE '%GET_LOCK%'"
    );
    let deadline = Instant::now() + PATIENCE;
    while scene.number(&sql).await != Some(1) {
        assert!(Instant::now() < deadline, "connection {connection} never waited");
    }
}

/// The successor ends the sleeper's connection and passes the barrier. The sleeper notices that its connection is gone,
/// opens another, and finds the barrier held.
async fn a_sleeper_does_not_end_its_successors_connection(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t SELECT SLEEP(600);\n");
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let first = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    scene.until("it holds", |e| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(())).await;
    first.signal(Signal::SIGINT);
    first.wait().exits(130);
    scene.project.run(&["resume", "--yes", "--no-wait"]).exits(0);

    // A heartbeat that is not due for minutes: as if the process slept.
    let options = EngineOptions { lease: Duration::from_secs(600), wait_for_lease: true, ..EngineOptions::default() };
    let (_stop, stopped) = watch::channel(false);
    let work = Work::Continue { batch: BatchId(1) };
    let sleeper = tokio::spawn(engine::run(scene.store.clone(), options, work, broadcast::channel(4096).0, stopped));
    let sleeping = super::running_statement(&scene, 1).await;

    let mut theirs = scene.session().await;
    let successor = theirs.connection_id();
    let lease = succeeded(&scene, successor).await;
    let name = barrier_name("files", &scene.database.schemas().orchestration);
    let lock = name.clone();
    let passing = tokio::spawn(async move {
        let passed = take_barrier(theirs.as_mut(), &lock, PATIENCE).await.unwrap();
        (passed, theirs)
    });
    waits_for_lock(&scene, successor).await;
    scene.database.kill(sleeping).await.unwrap();
    let (passed, theirs): (bool, Box<dyn Session>) = passing.await.unwrap();
    assert!(passed, "the sleeper's session held it until it ended");

    let error = sleeper.await.unwrap().expect_err("its lease is another's");
    assert!(matches!(error, EngineError::LeaseLost(_)), "{error}");
    assert!(scene.database.is_connected(successor).await.unwrap(), "the successor's connection was ended");
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    assert_eq!(barrier_holder(session.as_mut(), &name).await.unwrap(), Some(successor));
    lease.release(session.as_mut()).await.unwrap();
    session.close().await;
    theirs.close().await;
}
/// A host that vanished within a commit: the server keeps the connection of its journal, with the locks of the open
/// transaction, and among them that of the lease itself.
async fn a_vanished_commit_holds_nobody_up(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    let ours = &scene.database.schemas().orchestration;
    let mut vanished = scene.database.open(Purpose::Journal).await.unwrap();
    let lock = barrier_name("journal", ours);
    assert!(take_barrier(vanished.as_mut(), &lock, Duration::ZERO).await.unwrap(), "nobody has it");
    vanished
        .query_text(&format!("UPDATE {ours}.migration_leases SET token = token + 1, expires_ms = 1"))
        .await
        .unwrap();
    vanished.begin().await.unwrap();
    for table in ["migration_files", "migration_leases"] {
        vanished.query_text(&format!("SELECT * FROM {ours}.{table} FOR UPDATE")).await.unwrap();
    }

    scene.project.migration("0002_u.sql", "CREATE TABLE u (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    assert!(!scene.database.is_connected(vanished.connection_id()).await.unwrap(), "it has left the server");
    scene.agree().await;
}

async fn a_journal_under_a_lease_that_lasts_is_left_alone(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let mut holder = scene.database.open(Purpose::Control).await.unwrap();
    let mut theirs = scene.database.open(Purpose::Journal).await.unwrap();
    let lock = barrier_name("journal", &scene.database.schemas().orchestration);
    assert!(take_barrier(theirs.as_mut(), &lock, Duration::ZERO).await.unwrap(), "nobody has it");
    let lease = succeeded(&scene, holder.connection_id()).await;
    let (_stop, stopped) = watch::channel(false);
    let (work, publish) = (Work::Continue { batch: BatchId(1) }, broadcast::channel(16).0);
    let ended = engine::run(scene.store.clone(), EngineOptions::default(), work, publish, stopped).await.unwrap();
    assert!(matches!(ended, Ended::Busy { .. }), "{ended:?}");
    assert!(scene.database.is_connected(theirs.connection_id()).await.unwrap(), "its journal was ended");
    theirs.close().await;
    lease.release(holder.as_mut()).await.unwrap();
    holder.close().await;
}

on_both_servers!(
    a_sleeper_does_not_end_its_successors_connection,
    a_vanished_commit_holds_nobody_up,
    a_journal_under_a_lease_that_lasts_is_left_alone,
);
