//! A failover, a clone of production, a copy that was restored: the journal comes along, the server is another. Everything
//! holds until a person has said that it is the right one.

use crate::crash::Scene;
use crate::support::{Fresh, PrivateServer, Running, on_both_servers, run_on};
use caribou::database::{Purpose, ServerKind};
use caribou::model::EventKind;
use caribou::store::Store;
use nix::sys::signal::Signal;

/// A batch whose worker was killed after its first statement.
async fn left_half_way(fresh: &Fresh) -> Scene {
    let scene = Scene::new(fresh).await;
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT);\nINSERT INTO t VALUES (1);\n");
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let mut running = Running::start(&mut scene.project.command(&["migrate", "--step"]));
    scene.until("it holds", |e| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(())).await;
    scene.project.run(&["step", "--yes"]).exits(0);
    let ended = |kind: &EventKind| matches!(kind, EventKind::StatementFinished { .. });
    scene.until("a step has ended", |e| e.iter().any(|e| ended(&e.kind)).then_some(())).await;
    running.kill();
    scene
}

/// The same project, on the copy.
async fn moved(scene: Scene, copy: &Fresh) -> Scene {
    let Scene { project, .. } = scene;
    project.write("caribou.toml", format!("[database]\nurl = \"{}\"\n[workers]\nlease_ttl = \"5s\"\n", copy.url()));
    let database = copy.database().await;
    Scene { project, store: Store::new(database.clone()), database }
}

async fn count(scene: &Scene, is: impl Fn(&EventKind) -> bool) -> usize {
    scene.events().await.iter().filter(|e| is(&e.kind)).count()
}

fn started(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StatementStarted { .. })
}

/// Nothing has run on the copy, whatever was asked of it.
async fn is_held(scene: &Scene) {
    let before = count(scene, started).await;
    for _ in 0..2 {
        let ran = scene.project.run(&["migrate"]).exits(4);
        assert!(ran.stderr.contains("another server") && ran.stderr.contains("accept-server"), "{ran:?}");
    }
    assert_eq!(count(scene, started).await, before, "no statement was sent");
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(0));
    let changed = |kind: &EventKind| matches!(kind, EventKind::ServerChanged { .. });
    assert_eq!(count(scene, changed).await, 1, "found once, told once");
    let schema = &scene.database.schemas().orchestration;
    let critical = format!("SELECT COUNT(*) FROM {schema}.migration_alerts WHERE alert_type = 'critical'");
    let mut session = scene.database.open(Purpose::Control).await.unwrap();
    let rows = session.query(&critical, &[]).await.unwrap();
    session.close().await;
    assert_eq!(rows[0].get_i64(0), 1);

    let status = scene.project.run(&["status"]).exits(0);
    assert!(status.stdout.contains("ANOTHER SERVER"), "{status:?}");
    let status = scene.project.run(&["status", "--format", "json"]).exits(0).json();
    let other = &status["system"]["other_server"];
    assert!(other["known"].is_string() && other["found"].is_string() && other["known"] != other["found"], "{status}");
    let doctor = scene.project.run(&["doctor"]).exits(1);
    assert!(doctor.stdout.contains("accept-server"), "{doctor:?}");
}

/// The person who accepts it is in the journal, with the reason, and the batch goes on from what is known.
async fn is_accepted(scene: &Scene) {
    scene.project.run(&["accept-server", "--yes"]).exits(2);
    scene.project.run(&["accept-server", "--yes", "--reason", "failover, replication had caught up"]).exits(0);
    let events = scene.events().await;
    let accepted =
        events.iter().find(|e| matches!(e.kind, EventKind::ServerAccepted { .. })).expect("it is journalled");
    assert!(accepted.operator.is_some(), "{accepted:?}");
    assert!(matches!(&accepted.kind, EventKind::ServerAccepted { reason, .. } if reason.contains("failover")));
    let again = scene.project.run(&["accept-server", "--yes", "--reason", "again"]).exits(2);
    assert!(again.stderr.contains("nothing to accept"), "{again:?}");
    let status = scene.project.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("ANOTHER SERVER"), "{status:?}");
}

async fn a_copied_server_is_held_and_accepted_by_its_worker(shared: Fresh) {
    let original = PrivateServer::own(shared.kind, &[]);
    let fresh = Fresh::in_server(&original);
    let scene = left_half_way(&fresh).await;
    let copy = original.copied();
    let fresh = fresh.moved_to(&copy);
    let scene = moved(scene, &fresh).await;
    let mut bystander = scene.session().await;
    is_held(&scene).await;

    let worker = Running::start(&mut scene.project.command(&["worker"]));
    let taken = |kind: &EventKind| matches!(kind, EventKind::LeaseReleased { .. });
    worker.wait_text("holding everything");
    let refused = scene.project.run(&["resume", "--yes"]).exits(2);
    assert!(refused.stdout.contains("another server"), "{refused:?}");
    assert_eq!(count(&scene, |kind| matches!(kind, EventKind::LeaseTaken { .. })).await, 1, "only the original's");
    is_accepted(&scene).await;
    scene
        .until("it goes on", |e| {
            (e.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. })).count() == 2).then_some(())
        })
        .await;
    scene.project.run(&["resume", "--yes"]).exits(0);
    scene
        .until("the batch has ended", |e| {
            e.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. })).then_some(())
        })
        .await;
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    assert!(count(&scene, taken).await >= 1);
    bystander.ping().await.expect("nobody's connection was ended");
    bystander.close().await;
    scene.agree().await;
}

async fn copied_files_are_held_and_accepted_without_a_worker(fresh: Fresh) {
    let scene = left_half_way(&fresh).await;
    let copy = fresh.copied();
    let scene = moved(scene, &copy).await;
    is_held(&scene).await;
    is_accepted(&scene).await;
    scene.project.run(&["resume", "--yes", "--no-wait"]).exits(0);
    let ran = scene.project.run(&["migrate"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    assert!(count(&scene, |kind| matches!(kind, EventKind::BatchEnded { .. })).await >= 1);
    scene.agree().await;
}

#[test]
fn copied_files_are_held_until_they_are_accepted() {
    run_on(ServerKind::Sqlite, copied_files_are_held_and_accepted_without_a_worker);
}

on_both_servers!(a_copied_server_is_held_and_accepted_by_its_worker);
