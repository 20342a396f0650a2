//! Decisions about a rollback, who may take them and by when: with real accounts, against a worker in another process.

use super::stage::{SIZES, Stage, ask};
use crate::support::{Fresh, Terminal, on_both_servers, on_every_server};

/// Two herds that have been migrated, and a class B rollback of the second that waits for somebody.
fn windowed(stage: &mut Stage) {
    for n in 1..=2 {
        stage.project.migration(&format!("{n:03}_herd.sql"), format!("CREATE TABLE herd_{n} (id INT);\n"));
        stage.project.migration(&format!("{n:03}_herd.rollback.sql"), format!("DROP TABLE herd_{n};\n"));
    }
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    let reason = "slow since Tuesday";
    stage.project.run(&["rollback", "--file", "002_herd.sql", "--yes", "--reason", reason]).exits(0);
}

fn decisions(stage: &Stage, arguments: &[&str]) -> Terminal {
    let mut terminal = stage.console(arguments, SIZES[1]);
    terminal.wait("a live console with a deadline", |shot| shot.shows("LIVE") && shot.shows("◷ R1"));
    terminal.keys("5");
    terminal.wait_text("slow since Tuesday");
    terminal
}

async fn only_an_approver_who_did_not_start_it_approves(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    let (operator, approver) = (stage.account("operator").await, stage.account("approver").await);
    windowed(&mut stage);
    let mut terminal = decisions(&stage, &["--user", &operator]);
    terminal.keys("A");
    terminal.wait_text("may not decide: it lacks EXECUTE on submit_decision");
    let onlooker = terminal;
    // Whoever started it.
    let mut terminal = decisions(&stage, &[]);
    terminal.keys("A");
    terminal.wait_text("another account has to decide (four eyes)");
    let mut terminal = decisions(&stage, &["--user", &approver]);
    terminal.keys("\r");
    onlooker.wait("who has it open", |shot| shot.shows(&approver) && shot.shows("has this rollback open"));
    terminal.wait("what it would do", |shot| shot.shows("If you approve") && shot.shows("DROP TABLE herd_2"));
    let shot = ask(&mut terminal, "A", "Approve rollback 1 (class B)");
    let name = stage.status()["batch"]["name"].as_str().expect("a name").to_owned();
    assert!(shot.shows("1 file is undone by 1 statement") && shot.shows(&name), "{}", shot.text());
    // Without the name, typed as it stands, Accept is dead.
    terminal.keys("it is slow\t\t\r");
    terminal.wait_frames(1);
    assert!(terminal.shot().shows("Approve rollback 1"), "{}", terminal.shot().text());
    terminal.keys(&format!("{name}\r"));
    terminal.wait_gone("Approve rollback 1");
    terminal.wait("the rollback", |shot| shot.shows("✓ R1   rolled back"));
    onlooker.wait("who decided, and why", |shot| shot.shows(&format!("by {approver}")) && shot.shows("“it is slow”"));
    let rollbacks = stage.project.run(&["rollbacks", "--all", "--format", "json"]).json();
    let rollback = &rollbacks["rollbacks"][0];
    assert_eq!(rollback["status"], "completed", "{rollback:#}");
    assert!(rollback["decided_by"].as_str().is_some_and(|by| by.starts_with(&approver)), "{rollback:#}");
    let events = stage.project.run(&["events", "--batch", "1", "--format", "json"]).stdout;
    assert!(events.contains("it is slow"), "{events}");
}

async fn a_lapse_is_watched_and_cannot_be_approved(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.configure("[windows]\nb = \"4s\"");
    windowed(&mut stage);
    let mut terminal = stage.console(&[], SIZES[1]);
    terminal.wait_text("LIVE");
    terminal.keys("5");
    let shot = terminal.wait("the lapse", |shot| shot.shows("lapsed, kept"));
    assert!(shot.shows("slow since Tuesday"), "{}", shot.text());
    terminal.keys("A");
    terminal.wait_text("was closed: kept");
    assert_eq!(stage.status()["files"][1]["status"], "completed");
}

async fn without_a_worker_a_lapsed_window_says_so(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.configure("[windows]\nb = \"6s\"");
    windowed(&mut stage);
    stage.kill_worker();
    let mut terminal = stage.console(&[], SIZES[0]);
    terminal.keys("5");
    terminal.wait_text("LAPSED, no worker");
    terminal.keys("A");
    terminal.wait_text("UTC: it can no longer be decided");
    stage.start_worker();
    terminal.wait_text("lapsed, kept");
}

on_both_servers!(only_an_approver_who_did_not_start_it_approves);
on_every_server!(a_lapse_is_watched_and_cannot_be_approved, without_a_worker_a_lapsed_window_says_so);
