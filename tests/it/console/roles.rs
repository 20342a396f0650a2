//! What a person may do is seen before the key and after it: an observer only looks, and is told why.

use super::stage::{SIZES, Stage};
use crate::support::{Fresh, on_mariadb};

async fn an_observer_looks_and_is_told_why_that_is_all(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    for n in 1..=2 {
        stage.project.migration(&format!("{n:03}_herd.sql"), format!("CREATE TABLE herd_{n} (id INT);\n"));
        stage.project.migration(&format!("{n:03}_herd.rollback.sql"), format!("DROP TABLE herd_{n};\n"));
    }
    let observer = stage.account("observer").await;
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    stage.project.run(&["rollback", "--file", "002_herd.sql", "--yes", "--reason", "slow since Tuesday"]).exits(0);
    for (size, asks, decides) in [(SIZES[0], "R", "A"), (SIZES[1], "F", "X")] {
        let mut terminal = stage.console(&["--user", &observer], size);
        // Before any key: the header says it, and the footer offers nothing that would be refused.
        let shot = terminal.wait("what the observer may", |shot| {
            shot.shows("READ-ONLY") && shot.shows("only look") && shot.shows("◷")
        });
        let keys = shot.lines().last().cloned().unwrap_or_default();
        assert!(!keys.contains("roll back") && !keys.contains("freeze"), "{}", shot.text());
        // After it: who, and the grant that is missing.
        terminal.keys(asks);
        terminal.wait_text(&format!("{observer}@% may not ask for this: it lacks EXECUTE on"));
        terminal.keys("5");
        terminal.wait_text("slow since Tuesday");
        terminal.keys(decides);
        terminal.wait_text("may not decide: it lacks EXECUTE on submit_decision");
        assert!(terminal.shot().shows("slow since Tuesday"), "no dialog: {}", terminal.shot().text());
    }
    let rollbacks = stage.project.run(&["rollbacks", "--all", "--format", "json"]).json();
    assert!(rollbacks["rollbacks"][0]["decided_by"].is_null(), "{rollbacks:#}");
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(!events.contains(&observer), "{events}");
}

on_mariadb!(an_observer_looks_and_is_told_why_that_is_all);
