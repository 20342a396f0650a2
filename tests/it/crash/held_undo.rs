//! An undo that stops half-way, because somebody holds it or the server goes away, goes on afterwards where it was.

use super::Scene;
use super::outage::{LONG_LEASE, SHORT_LEASE, hand_over, outages, scene};
use crate::support::{Fresh, PrivateServer, on_both_servers};
use caribou::model::{BatchStatus, Event, EventKind, Phase};
use nix::sys::signal::Signal;

/// Three tables, and a row that is there twice.
const FAILS: &str = "CREATE TABLE a (id INT PRIMARY KEY);\nCREATE TABLE b (id INT PRIMARY KEY);\n\
    CREATE TABLE c (id INT PRIMARY KEY);\nINSERT INTO a VALUES (1), (1);\n";
/// More steps than there are.
const STEPS: usize = 30;

fn count(events: &[Event], is: impl Fn(&EventKind) -> bool) -> usize {
    events.iter().filter(|event| is(&event.kind)).count()
}

fn finished(events: &[Event], of: Phase) -> usize {
    count(events, |kind| matches!(kind, EventKind::StatementFinished { phase, .. } if *phase == of))
}

fn undo_started(events: &[Event]) -> usize {
    count(events, |kind| matches!(kind, EventKind::StatementStarted { phase: Phase::Undo, .. }))
}

/// The tables of the file that stand.
async fn standing(scene: &Scene) -> Vec<&'static str> {
    let mut there = Vec::new();
    for table in ["a", "b", "c"] {
        if scene.number(&format!("SELECT COUNT(*) FROM {table}")).await.is_some() {
            there.push(table);
        }
    }
    there
}

/// Goes through the file by single steps, until as much as that has happened.
async fn step_until(scene: &Scene, what: &str, reached: impl Fn(&[Event]) -> bool) {
    for _ in 0..STEPS {
        if reached(&scene.events().await) {
            return;
        }
        scene.project.run(&["step", "--yes"]).exits(0);
    }
    panic!("{what} is never reached");
}

async fn is_undone(scene: &Scene) {
    let ended = |events: &[Event]| {
        events.iter().find_map(|event| match event.kind {
            EventKind::BatchEnded { status, .. } => Some(status),
            _ => None,
        })
    };
    assert_eq!(scene.until("its end", ended).await, BatchStatus::RolledBack);
    assert!(standing(scene).await.is_empty(), "nothing of it stands");
}

async fn one_that_somebody_holds_goes_on(fresh: Fresh) {
    for (hold, goes_away) in [("paused", false), ("paused", true), ("stepping", true)] {
        let mut server = PrivateServer::own(fresh.kind, &[]);
        let (scene, worker) = scene(&server, LONG_LEASE, "").await;
        scene.project.migration("0001_a.sql", FAILS);
        hand_over(&scene, &["migrate", "--step"]).await;
        step_until(&scene, "the undo", |events| finished(events, Phase::Undo) == 1).await;
        if hold == "paused" {
            scene.project.run(&["pause", "--yes"]).exits(0);
        }
        if goes_away {
            server.crash();
            server.restart();
            scene.until("the outage is told", |events| (!outages(events).is_empty()).then_some(())).await;
        }
        assert_eq!(standing(&scene).await, ["a", "b"], "{hold}: it stays as it stood, between two statements");
        let status = scene.project.run(&["status"]).exits(0).stdout;
        assert!(status.contains(hold), "{status}");
        assert_eq!(finished(&scene.events().await, Phase::Undo), 1, "{hold}");
        scene.project.run(&["resume", "--yes"]).exits(0);
        is_undone(&scene).await;
        assert_eq!(undo_started(&scene.events().await), 3, "{hold}: each statement of the undo once");
        worker.signal(Signal::SIGTERM);
        worker.wait().exits(0);
        scene.agree().await;
    }
}

/// A statement of the undo waits for somebody's lock when the server goes away. Nobody has to ask for the rest.
async fn one_under_which_the_server_goes_away_goes_on(fresh: Fresh) {
    for lease in [LONG_LEASE, SHORT_LEASE] {
        let mut server = PrivateServer::own(fresh.kind, &[]);
        let (scene, worker) = scene(&server, lease, "").await;
        scene.project.migration("0001_a.sql", FAILS);
        hand_over(&scene, &["migrate", "--step"]).await;
        step_until(&scene, "the third table", |events| finished(events, Phase::Forward) == 3).await;
        let mut reading = scene.session().await;
        reading.begin().await.unwrap();
        reading.query_text("SELECT * FROM b").await.unwrap();
        scene.project.run(&["resume", "--yes"]).exits(0);
        scene.until("the undo waits", |events| (undo_started(events) == 2).then_some(())).await;
        server.crash();
        server.restart();
        is_undone(&scene).await;
        drop(reading);
        let status = scene.project.run(&["status"]).exits(0).stdout;
        assert!(status.contains("Outage of "), "{status}");
        worker.signal(Signal::SIGTERM);
        worker.wait();
        scene.agree().await;
    }
}

on_both_servers!(one_that_somebody_holds_goes_on, one_under_which_the_server_goes_away_goes_on);
