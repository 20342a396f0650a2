//! The server goes away and comes back: what becomes of a batch follows from where it stood, whoever notices and whenever.

use super::{Scene, running_statement};
use crate::support::{Fresh, PrivateServer, Running, on_both_servers};
use caribou::model::{BatchStatus, Event, EventKind, FileState};
use nix::sys::signal::Signal;

/// The lease lasts for so long that a server that is back at once is back within it.
pub(super) const LONG_LEASE: &str = "60s";
pub(super) const SHORT_LEASE: &str = "1s";

const UP: &str = "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n";

pub(super) async fn scene(server: &PrivateServer, lease: &str, more: &str) -> (Scene, Running) {
    let scene = Scene::new(&Fresh::in_server(server)).await;
    let before = std::fs::read_to_string(scene.project.path("caribou.toml")).expect("a configuration");
    scene.project.write("caribou.toml", format!("{}\n{more}\n", before.replace("\"3s\"", &format!("\"{lease}\""))));
    let worker = Running::start(&mut scene.project.command(&["worker"]));
    worker.wait_text("Working on");
    (scene, worker)
}

/// Hands the files to the worker. Who follows them would end with the server.
pub(super) async fn hand_over(scene: &Scene, command: &[&str]) {
    let made = |e: &[Event]| e.iter().filter(|e| matches!(e.kind, EventKind::BatchCreated { .. })).count();
    let before = made(&scene.events().await);
    let follower = Running::start(&mut scene.project.command(command));
    scene.until("a batch", |e| (made(e) > before).then_some(())).await;
    drop(follower);
}

pub(super) fn outages(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|e| matches!(e.kind, EventKind::OutageEnded { .. })).collect()
}

fn was_undone(events: &[Event]) -> bool {
    events.iter().any(|e| matches!(e.kind, EventKind::FileMoved { to: FileState::RollingBack, .. }))
}

/// A batch that a person holds between two statements of a file.
async fn held(fresh: &Fresh, lease: &str, hold: &str) {
    let mut server = PrivateServer::own(fresh.kind, &[]);
    let (scene, worker) = scene(&server, lease, "").await;
    scene.project.migration("0001_a.sql", UP);
    hand_over(&scene, &["migrate", "--step"]).await;
    let holds = |e: &[Event]| e.iter().any(|e| matches!(e.kind, EventKind::HoldPlaced { .. })).then_some(());
    scene.until("it holds", holds).await;
    scene.project.run(&["step", "--yes"]).exits(0);
    let ended = |e: &[Event]| e.iter().any(|e| matches!(e.kind, EventKind::StatementFinished { .. })).then_some(());
    scene.until("a statement has ended", ended).await;
    if hold == "paused" {
        scene.project.run(&["pause", "--yes"]).exits(0);
    }
    server.crash();
    server.restart();
    // Nobody asks for anything: it is noticed all the same.
    scene.until("the outage is told", |e| (!outages(e).is_empty()).then_some(())).await;
    let events = scene.events().await;
    assert!(!was_undone(&events), "{hold}: what a person holds between two statements stays");
    let status = scene.project.run(&["status"]).exits(0);
    let said = |words: &str| assert!(status.stdout.contains(words), "{hold}, {words}: {}", status.stdout);
    said("Outage of ");
    said("0001_a.sql stays as it stood, between two statements");
    said(&format!("the batch is held ({hold})"));
    scene.project.run(&["resume", "--yes"]).exits(0);
    let is_over = |e: &[Event]| e.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. })).then_some(());
    scene.until("its end", is_over).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(2), "each statement once");
    let started = |e: &&Event| matches!(e.kind, EventKind::StatementStarted { .. });
    assert_eq!(scene.events().await.iter().filter(started).count(), 3, "nothing ran twice");
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
    scene.agree().await;
}

async fn a_batch_that_is_held_stays_so(fresh: Fresh) {
    held(&fresh, SHORT_LEASE, "stepping").await;
    held(&fresh, LONG_LEASE, "paused").await;
}

async fn a_batch_that_is_held_stays_so_however_the_lease_lasts(fresh: Fresh) {
    held(&fresh, LONG_LEASE, "stepping").await;
    held(&fresh, SHORT_LEASE, "paused").await;
}

/// A server that goes away under a statement, and what the policy says about that.
async fn under_a_statement(fresh: &Fresh, lease: &str, policy: &str) -> (PrivateServer, Scene, Running) {
    let mut server = PrivateServer::own(fresh.kind, &[]);
    let (scene, worker) = scene(&server, lease, policy).await;
    scene.project.migration("0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    scene.project.run(&["migrate"]).exits(0);
    scene.project.migration(
        "0002_b.sql",
        "CREATE TABLE b (id INT PRIMARY KEY);\nINSERT INTO b SELECT 1 + SLEEP(IF(@@GLOBAL.max_error_count = 99, 600, 0));\n\
         INSERT INTO b VALUES (2);\n",
    );
    // The first time it runs for long; a server that was started again has forgotten that.
    let mut session = scene.session().await;
    session.run("SET GLOBAL max_error_count = 99").await.unwrap();
    session.close().await;
    hand_over(&scene, &["migrate"]).await;
    running_statement(&scene, 1).await;
    server.crash();
    server.restart();
    (server, scene, worker)
}

/// The file is undone, and the next run does it again; what had completed before it stays.
async fn a_file_that_runs_is_undone_and_runs_again(fresh: Fresh) {
    for lease in [LONG_LEASE, SHORT_LEASE] {
        let (_server, scene, worker) = under_a_statement(&fresh, lease, "").await;
        scene.until("the outage is told", |e| (!outages(e).is_empty()).then_some(())).await;
        let told = scene.events().await;
        let EventKind::OutageEnded { outage } = &outages(&told)[0].kind else { unreachable!() };
        assert_eq!((outage.undone.len(), outage.stays.len(), outage.asked.len()), (1, 0, 0), "{outage:?}");
        let undone = |e: &Event| matches!(e.kind, EventKind::BatchEnded { status: BatchStatus::RolledBack, .. });
        scene.until("it is undone", |e| e.iter().any(undone).then_some(())).await;
        assert_eq!(scene.number("SELECT COUNT(*) FROM b").await, None, "nothing of it stands");
        assert_eq!(scene.number("SELECT COUNT(*) FROM a").await, Some(0), "what had completed before it does");
        let status = scene.project.run(&["status"]).exits(0).stdout;
        let said = "0002_b.sql was under a statement: it is undone, and the next migrate runs it again";
        assert!(status.contains(said), "{status}");
        scene.project.run(&["migrate"]).exits(0);
        assert_eq!(scene.number("SELECT SUM(id) FROM b").await, Some(3), "each statement once");
        worker.signal(Signal::SIGTERM);
        worker.wait();
        scene.agree().await;
    }
}

/// Nothing is undone unasked where the policy says so, whatever noticed the outage.
async fn a_file_that_runs_is_held_where_the_policy_says_so(fresh: Fresh) {
    for lease in [LONG_LEASE, SHORT_LEASE] {
        let (_server, scene, worker) = under_a_statement(&fresh, lease, "[policy]\non_crash = \"hold\"").await;
        scene.until("the outage is told", |e| (!outages(e).is_empty()).then_some(())).await;
        assert!(!was_undone(&scene.events().await));
        let status = scene.project.run(&["status"]);
        assert!(status.stdout.contains("0002_b.sql waits for a choice"), "{}", status.stdout);
        worker.signal(Signal::SIGTERM);
        worker.wait();
    }
}

on_both_servers!(
    a_batch_that_is_held_stays_so,
    a_batch_that_is_held_stays_so_however_the_lease_lasts,
    a_file_that_runs_is_undone_and_runs_again,
    a_file_that_runs_is_held_where_the_policy_says_so,
);
