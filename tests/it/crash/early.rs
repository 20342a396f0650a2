//! Rows of a table that the file itself has made are sent before their intent is durable: a crash at any moment, and each
//! statement runs once.

use super::Scene;
use crate::support::{Fresh, Ran, on_both_servers};
use caribou::model::{EventKind, Hold};

const UP: &str = "CREATE TABLE t (a INT);\nINSERT INTO t VALUES (1), (2);\nINSERT INTO t VALUES (3);\nALTER TABLE t ADD COLUMN b \
                  INT;\nUPDATE t SET b = a;\nINSERT INTO t VALUES (4, 4);\n";

/// The statements that are found, after a crash, by nothing but their receipts; `None` where there was no crash.
async fn found_after(scene: &Scene, fault: &str) -> Option<usize> {
    scene.project.configure("[policy]\non_crash = \"hold\"");
    scene.project.migration("0001_t.sql", UP);
    let mut command = scene.project.command(&["migrate"]);
    let ran: Ran = command.env("CARIBOU_FAULT", fault).output().expect("the binary can be run").into();
    if ran.code.is_some() {
        ran.exits(0);
        return None;
    }
    let worker = scene.migrate();
    let holds = |k: &EventKind| matches!(k, EventKind::HoldPlaced { hold: Hold::AwaitingApproval, .. });
    while !worker.has_ended() {
        if scene.events().await.iter().any(|event| holds(&event.kind)) {
            scene.project.run(&["resume", "--yes"]).exits(0);
            break;
        }
    }
    worker.wait().exits(0);
    for sql in ["SELECT SUM(a) FROM t", "SELECT SUM(b) FROM t"] {
        assert_eq!(scene.number(sql).await, Some(10), "{fault}: each once");
    }
    assert_eq!(scene.number("SELECT COUNT(*) FROM t").await, Some(4), "{fault}");
    scene.agree().await;
    let by_receipt = |k: &EventKind| matches!(k, EventKind::StatementDecided { evidence, .. } if evidence.contains("before its intent was durable"));
    Some(scene.events().await.iter().filter(|event| by_receipt(&event.kind)).count())
}

async fn what_was_sent_early_runs_once(fresh: Fresh) {
    let (mut crashes, mut found) = (0, 0);
    for point in ["before_commit", "during", "before_receipt", "before_end", "after_statement"] {
        for nth in 1.. {
            let own = Fresh::on(fresh.kind);
            let scene = Scene::new(&own).await;
            let seen = found_after(&scene, &format!("{point}:{nth}")).await;
            own.drop_schemas();
            let Some(seen) = seen else { break };
            (crashes, found) = (crashes + 1, found + seen);
        }
    }
    eprintln!("{}: {crashes} crashes, {found} statements found by their receipts alone", fresh.kind);
    assert!(crashes > 12 && found > 0, "{crashes} {found}");
}

on_both_servers!(what_was_sent_early_runs_once);
