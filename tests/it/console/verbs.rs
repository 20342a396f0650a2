//! What an operator changes from the console: dialogs first, then sent, accepted, effective or refused.

use super::stage::{SIZES, Stage, ask};
use crate::support::{Fresh, Terminal, on_every_server};

const STEP: &str = "Step to the next statement boundary";

/// A stepping batch of herds, and a console on it.
fn stepping(fresh: Fresh, files: usize) -> (Stage, Terminal) {
    let mut stage = Stage::new(fresh);
    stage.herds(files);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let terminal = stage.live(SIZES[0]);
    terminal.wait_text("step mode");
    (stage, terminal)
}

async fn cancelling_is_the_default(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 2);
    for cancel in ["\r", "\x1b", "\t\t\r", "n"] {
        ask(&mut terminal, "S", STEP);
        terminal.keys(cancel);
        terminal.wait_gone(STEP);
    }
    assert!(!terminal.shot().shows("effective") && !terminal.shot().shows("sent"), "{}", terminal.shot().text());
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(!events.contains("\"verb\":\"step\""), "{events}");
}

async fn keys_typed_before_the_dialog_was_painted_do_nothing(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 2);
    // All in one write: whoever typed ahead meant something else.
    terminal.keys("Sy");
    terminal.wait_text(STEP);
    terminal.wait_frames(1);
    assert!(terminal.shot().shows(STEP), "{}", terminal.shot().text());
    terminal.keys("\r");
    terminal.wait_gone(STEP);
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(!events.contains("\"verb\":\"step\""), "{events}");
}

async fn pause_and_resume(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 3);
    // A stepping batch is resumed by P.
    ask(&mut terminal, ":pause\r", "Pause the batch");
    terminal.keys("y");
    terminal.wait_text("effective");
    terminal.wait_text("paused");
    stage.until("the pause", |status| status["batch"]["hold"].as_str().is_some_and(|hold| hold.contains("paused")));
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    terminal.wait_text("3/3 files");
}

async fn a_breakpoint_holds_the_batch_there(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 3);
    terminal.keys("2");
    terminal.wait_text("003_herd.sql");
    terminal.keys("G");
    let shot = ask(&mut terminal, "B", "Set a breakpoint");
    assert!(shot.shows("003_herd.sql"), "{}", shot.text());
    terminal.keys("y");
    terminal.wait_text("effective");
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    stage.until("the breakpoint", |status| {
        status["batch"]["files_completed"] == 2
            && status["batch"]["hold"].as_str().is_some_and(|h| h.contains("paused"))
    });
    terminal.wait("the pause on the screen", |shot| shot.shows("2/3 files") && shot.shows("PAUSED"));
}

async fn a_failed_file_is_retried_with_a_reason(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    // Documentation and agents apart, only a module goes on alone: its failure leaves the batch running.
    stage.herds(1);
    stage.project.migration("002_missing.sql", "-- caribou: type=module\nCREATE TABLE herd_1 (id INT);\n");
    stage.project.migration("003_herd.sql", "-- caribou: type=module\nCREATE TABLE herd_3 (id INT);\n");
    stage.project.configure("[checks]\n");
    stage.start_worker();
    stage.hand_over(&["--on-failure", "continue"]);
    stage.until("a failure", |status| {
        status["batch"]["files_failed"].as_u64() >= Some(1) || status["batch"]["status"] == "failed"
    });
    let mut terminal = stage.live(SIZES[0]);
    terminal.keys("2");
    terminal.wait_text("002_missing.sql");
    terminal.keys("j");
    ask(&mut terminal, "T", "Retry the file");
    // Accept is dead until there is a reason.
    terminal.keys("\t\r");
    terminal.wait_text("Retry the file");
    terminal.keys("\x1b");
    terminal.wait_gone("Retry the file");
}

async fn an_abort_needs_a_reason_and_undoes(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    for n in 1..=3 {
        stage.project.migration(&format!("{n:03}_herd.sql"), format!("CREATE TABLE herd_{n} (id INT);\n"));
        stage.project.migration(&format!("{n:03}_herd.rollback.sql"), format!("DROP TABLE herd_{n};\n"));
    }
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait_text("step mode");
    ask(&mut terminal, "S", STEP);
    terminal.keys("y");
    terminal.wait_text("effective");
    let shot = ask(&mut terminal, ":abort\r", "Abort the batch");
    assert!(shot.shows("--reason"), "{}", shot.text());
    terminal.keys("wrong herd");
    terminal.wait_text("wrong herd");
    terminal.keys("\t\r");
    terminal.wait_gone("Abort the batch");
    stage.until("the undo", |status| status["batch"]["status"] == "rolled_back");
    terminal.wait_text("ROLLED BACK");
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(events.contains("wrong herd"), "{events}");
}

async fn what_makes_no_sense_now_is_refused_with_the_reason(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(1);
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait_text("COMPLETED");
    terminal.keys("P");
    terminal.wait_text("has ended");
    terminal.keys(":explode\r");
    terminal.wait_text("no command");
}

async fn read_only_refuses(fresh: Fresh) {
    let (stage, _) = stepping(fresh, 2);
    let mut terminal = stage.console(&["--read-only"], SIZES[0]);
    terminal.wait("a read-only console", |shot| shot.shows("READ-ONLY") && shot.shows("step mode"));
    for key in ["S", "P", ":abort\r"] {
        terminal.keys(key);
        terminal.wait_text("--read-only");
        assert!(!terminal.shot().shows(STEP));
    }
    terminal.keys(":arm 15m\r");
    terminal.wait_text("cannot be armed");
}

on_every_server!(
    cancelling_is_the_default,
    keys_typed_before_the_dialog_was_painted_do_nothing,
    pause_and_resume,
    a_breakpoint_holds_the_batch_there,
    a_failed_file_is_retried_with_a_reason,
    an_abort_needs_a_reason_and_undoes,
    what_makes_no_sense_now_is_refused_with_the_reason,
    read_only_refuses,
);
