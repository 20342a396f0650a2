//! Nobody decides in time.

use super::{Scene, migrated, taken_back};
use crate::support::{Fresh, Running, on_every_server};
use caribou::model::{EventKind, Hold, Lapse, Millis, RollbackStatus};

/// Lets the window lapse, and gives what became of it, told by a worker that was started after it was opened.
async fn lapse(fresh: &Fresh, on_lapse: &str) -> (Scene, Running, Lapse) {
    let configuration = format!("[windows]\nb = \"2s\"\non_lapse = \"{on_lapse}\"\n[workers]\nlease_ttl = \"5s\"");
    let scene = Scene::new(fresh, &configuration).await;
    scene.run(&["migrate"]).exits(0);
    // The process that opened the window is gone; what is due stands in the database.
    let worker = Running::start(&mut scene.project.command(&["worker"]));
    let then = scene
        .until("the window has lapsed", |kind| match kind {
            EventKind::WindowLapsed { then, .. } => Some(*then),
            _ => None,
        })
        .await;
    (scene, worker, then)
}

async fn a_window_that_lapses_keeps_the_files(fresh: Fresh) {
    let (scene, _worker, then) = lapse(&fresh, "keep").await;
    assert_eq!(then, Lapse::Keep);
    assert_eq!(scene.stands().await, migrated());
    let all = scene.json(&["rollbacks", "--all"]);
    assert_eq!(all["rollbacks"][0]["decision"], "kept");
    let marks = scene.events().await.iter().filter(|e| matches!(e.kind, EventKind::WindowWarned { .. })).count();
    assert_eq!(marks, 2, "at half and at nine tenths");
    let late = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(late.stdout.contains("closed: kept"), "{late:?}");
    scene.agree().await;
}

async fn a_window_that_lapses_is_escalated(fresh: Fresh) {
    let (scene, _worker, then) = lapse(&fresh, "escalate").await;
    assert_eq!(then, Lapse::Escalate);
    assert_eq!(scene.stands().await, migrated());
    let status = scene.json(&["status"]);
    let alert = &status["alerts"][0];
    assert_eq!(
        (&alert["type"], &alert["status"], &alert["level"]),
        (&"critical".into(), &"escalated".into(), &3.into())
    );
    scene.agree().await;
}

async fn a_window_that_lapses_rolls_back(fresh: Fresh) {
    let (scene, _worker, then) = lapse(&fresh, "rollback").await;
    assert_eq!(then, Lapse::Rollback);
    scene.until_ended().await;
    assert_eq!(scene.stands().await, taken_back());
    assert_eq!(scene.json(&["history"]).as_array().map(Vec::len), Some(2));
    scene.agree().await;
}

/// Nobody decided, so that it begins by itself; what others have made meanwhile it does not take away unasked.
async fn a_rollback_that_nobody_ordered_holds_before_what_others_made(shared: Fresh) {
    for verdict in ["approve", "reject"] {
        let fresh = Fresh::on(shared.kind);
        let configuration = "[windows]\nb = \"2s\"\non_lapse = \"rollback\"\n[workers]\nlease_ttl = \"5s\"";
        let scene = Scene::new(&fresh, configuration).await;
        scene.run(&["migrate"]).exits(0);
        fresh.sql("ALTER TABLE badges ADD COLUMN theirs INT").await;
        let _worker = Running::start(&mut scene.project.command(&["worker"]));
        let reason = scene
            .until("it holds", |kind| match kind {
                EventKind::HoldPlaced { hold: Hold::AwaitingApproval, reason, .. } => Some(reason.clone()),
                _ => None,
            })
            .await;
        assert!(reason.contains("what others have made") && reason.contains("theirs"), "{reason}");
        let theirs = || scene.text("SELECT COUNT(theirs) FROM badges");
        assert_eq!((scene.stands().await, theirs().await.is_some()), (migrated(), true), "nothing was taken away");
        let open = &scene.json(&["rollbacks"])["rollbacks"][0];
        assert!(open["held"].as_str().is_some_and(|held| held.contains("theirs")), "{open}");
        let asks = scene.run(&["alerts"]).exits(0).stdout;
        assert!(asks.contains("critical") && asks.contains("approval"), "{asks}");
        let discard = ["discard", "0002_loud.sql", "--batch", "1", "--yes", "--reason", "personal data"];
        let refused = scene.run(&discard).exits(2);
        let why = "rollback 1 over 0002_loud.sql is open: decide about it first";
        assert!(refused.stdout.contains(why), "what it needs stays: {refused:?}");
        let decided = scene.run(&[verdict, "1", "--yes", "--reason", "a test"]);
        let ended = scene.until_ended().await;
        if verdict == "approve" {
            assert_eq!((decided.code, ended), (Some(0), RollbackStatus::Completed), "{decided:?}");
            assert_eq!((scene.stands().await, theirs().await), (taken_back(), None));
        } else {
            assert_eq!(ended, RollbackStatus::Failed, "{decided:?}");
            assert_eq!((scene.stands().await, theirs().await.is_some()), (migrated(), true));
            scene.run(&discard).exits(0);
        }
        let again = scene.run(&discard).exits(2);
        assert!(again.stdout.contains("nothing is kept of it"), "{again:?}");
        scene.agree().await;
    }
}

async fn a_lapsed_window_cannot_be_approved(fresh: Fresh) {
    let scene = Scene::new(&fresh, "[windows]\nb = \"1s\"\non_lapse = \"escalate\"").await;
    scene.run(&["migrate"]).exits(0);
    scene.until_lapsed().await;
    let status = scene.run(&["status"]).exits(0);
    assert!(status.stdout.contains("OVERDUE"), "nobody is there to deal with it: {status:?}");
    let late = scene.run(&["approve", "1", "--yes", "--reason", "a test"]).exits(2);
    assert!(late.stdout.contains("lapsed at") || late.stdout.contains("closed: escalated"), "{late:?}");
    assert_eq!(scene.stands().await, migrated());
    let judged = scene.events().await.into_iter().find_map(|e| match e.kind {
        EventKind::DecisionRefused { judged, .. } => Some(judged),
        _ => None,
    });
    assert!(judged > Some(Millis(0)), "the server's clock is in the journal");
    scene.agree().await;
}

on_every_server!(
    a_window_that_lapses_keeps_the_files,
    a_window_that_lapses_is_escalated,
    a_window_that_lapses_rolls_back,
    a_rollback_that_nobody_ordered_holds_before_what_others_made,
    a_lapsed_window_cannot_be_approved,
);
