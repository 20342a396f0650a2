//! Nobody waits for the lease of a worker that was killed, and nobody takes it from one that lives. The lease lasts ten
//! minutes here: who waited for its end would wait for longer than a story does.

use super::{PATIENCE, Scene};
use crate::support::{Fresh, Project, Proxy, Running, on_both_servers, on_every_server};
use caribou::database::{Place, Purpose, ServerKind};
use caribou::engine::{self, Ended, EngineOptions, Work};
use caribou::model::{BatchId, EventKind, FileId};
use caribou::store::Lease;
use nix::sys::signal::Signal;
use std::time::Instant;
use tokio::sync::{broadcast, watch};

const LONG: &str = "[workers]\nlease_ttl = \"10m\"";

async fn scene(fresh: &Fresh) -> Scene {
    let project = Project::on(fresh);
    project.configure(LONG);
    project.run(&["schema", "install"]).exits(0);
    Scene::of(project, fresh).await
}

/// A worker that has the lease, and works as long as it lives.
async fn working(scene: &Scene) -> Running {
    let worker = Running::start(&mut scene.project.command(&["worker"]));
    scene
        .until("a worker has the lease", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).then_some(())
        })
        .await;
    worker
}

async fn a_killed_worker_is_succeeded_at_once(fresh: Fresh) {
    let scene = scene(&fresh).await;
    let mut worker = working(&scene).await;
    worker.kill();
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\n");
    let ran = scene.project.run(&["migrate"]).exits(0);
    assert!(!ran.stderr.contains("Handing"), "nobody is there to hand it to: {ran:?}");
    scene.agree().await;
}

/// A statement that it ran may outlive it: that is waited for, and looked into, as ever.
async fn a_worker_killed_within_a_statement_is_succeeded_at_once(fresh: Fresh) {
    let scene = scene(&fresh).await;
    let slow = match scene.database.kind() {
        ServerKind::Sqlite => {
            "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0;"
        }
        ServerKind::MariaDb | ServerKind::MySql => "INSERT INTO t SELECT SLEEP(600);",
    };
    scene.project.migration("0001_t.sql", format!("CREATE TABLE t (id INT);\n{slow}\n"));
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let mut first = scene.migrate();
    scene
        .until("the slow one has started", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::StatementStarted { statement: 1, .. })).then_some(())
        })
        .await;
    first.kill();
    scene.project.write("migrations/0001_t.sql", "CREATE TABLE t (id INT);\n");
    let second = scene.migrate();
    scene
        .until("a successor has the lease", |e| {
            (e.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count() > 1).then_some(())
        })
        .await;
    super::exits(second.wait(), &[0, 1]);
    let undone = |e: &caribou::model::Event| {
        matches!(
            e.kind,
            EventKind::StatementDecided { file: FileId(1), .. } | EventKind::FileMoved { file: FileId(1), .. }
        )
    };
    assert!(scene.events().await.iter().any(undone), "what it left was looked into");
    scene.agree().await;
}

/// A process that is stopped does nothing, and its connections stand.
async fn a_worker_that_is_only_slow_keeps_its_lease(fresh: Fresh) {
    let scene = scene(&fresh).await;
    let worker = working(&scene).await;
    worker.signal(Signal::SIGSTOP);
    for _ in 0..3 {
        let (_stop, stopped) = watch::channel(false);
        let (work, publish) = (Work::Continue { batch: BatchId(1) }, broadcast::channel(16).0);
        let ended = engine::run(scene.store.clone(), EngineOptions::default(), work, publish, stopped).await.unwrap();
        assert!(matches!(ended, Ended::Busy { .. }), "{ended:?}");
    }
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    assert!(Lease::current(&scene.store, session.as_mut()).await.unwrap().unwrap().is_held());
    session.close().await;
    worker.signal(Signal::SIGCONT);
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// All its connections were cut, and it cannot make others: the server knows, and its successor need not wait. When it
/// comes back it finds that it has lost the lease, and writes nothing.
async fn a_worker_that_was_cut_off_is_succeeded_and_does_nothing_more(fresh: Fresh) {
    let scene = scene(&fresh).await;
    let Place::Server(address) = &fresh.target.place else { panic!("a server") };
    let proxy = Proxy::before(address.port);
    let url = fresh.url().replace(&format!(":{}", address.port), &format!(":{}", proxy.port));
    let theirs = Project::empty();
    theirs.write("caribou.toml", format!("[database]\nurl = \"{url}\"\n{LONG}\n"));
    let worker = Running::start(&mut theirs.command(&["worker"]));
    scene
        .until("a worker has the lease", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).then_some(())
        })
        .await;
    // What connects from now on reaches nobody.
    proxy.stall();
    proxy.cut();
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    proxy.flow();
    let taken =
        |e: &[caribou::model::Event]| e.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count();
    scene.until("it begins again", |e| (taken(e) == 3).then_some(())).await;
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    scene.agree().await;
}

/// The locks of the server that the tables came from say nothing on the one that they were copied to.
async fn a_lease_of_another_server_is_waited_for(fresh: Fresh) {
    let scene = scene(&fresh).await;
    let mut worker = working(&scene).await;
    let ours = &scene.database.schemas().orchestration;
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    session.query_text(&format!("UPDATE {ours}.migration_leases SET server_identity = 'another'")).await.unwrap();
    worker.kill();
    let deadline = Instant::now() + PATIENCE;
    let of_worker = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = (SELECT connection_id FROM {ours}.migration_leases)"
    );
    while scene.number(&of_worker).await != Some(0) {
        assert!(Instant::now() < deadline, "its connection stays");
    }
    assert!(Lease::current(&scene.store, session.as_mut()).await.unwrap().unwrap().is_held());
    session.close().await;
}

on_every_server!(
    a_killed_worker_is_succeeded_at_once,
    a_worker_killed_within_a_statement_is_succeeded_at_once,
    a_worker_that_is_only_slow_keeps_its_lease,
);
on_both_servers!(a_worker_that_was_cut_off_is_succeeded_and_does_nothing_more, a_lease_of_another_server_is_waited_for,);
