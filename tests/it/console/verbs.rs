//! Changes that an operator makes from the console: dialogs first, then sent, accepted, effective or refused.

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
    terminal.wait_text("STEPPING");
    (stage, terminal)
}

async fn cancelling_is_the_default(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 2);
    for cancel in ["\r", "\x1b", "\t\t\r", "n"] {
        ask(&mut terminal, "S", STEP);
        terminal.keys(cancel);
        terminal.wait_gone(STEP);
    }
    assert!(!terminal.shot().shows("→ effective") && !terminal.shot().shows("sent"), "{}", terminal.shot().text());
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

async fn keys_that_pour_in_do_not_keep_news_waiting(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 3);
    terminal.keys("2");
    terminal.wait_text("003_herd.sql");
    terminal.pour("jjjjjjjjkkkkkkkk", |terminal| {
        // They are all still coming while the batch is driven to its end elsewhere, and that is seen.
        stage.project.run(&["resume", "--yes"]).exits(0);
        stage.until("completion", |status| status["batch"]["status"] == "completed");
        terminal.wait("news among keys", |shot| shot.shows("3/3") && shot.shows("COMPLETED"));
    });
    // What was typed last is answered too.
    terminal.keys("1");
    terminal.wait_text("What happened");
}

async fn pause_and_resume(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 3);
    // A stepping batch is resumed by P.
    ask(&mut terminal, ":pause\r", "Pause the batch");
    terminal.keys("y");
    terminal.wait_text("→ effective");
    terminal.wait_text("paused");
    stage.until("the pause", |status| status["batch"]["hold"].as_str().is_some_and(|hold| hold.contains("paused")));
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    terminal.wait_text("3/3");
}

async fn a_breakpoint_holds_the_batch_there(fresh: Fresh) {
    let (stage, mut terminal) = stepping(fresh, 3);
    terminal.keys("2");
    terminal.wait_text("003_herd.sql");
    terminal.keys("G");
    let shot = ask(&mut terminal, "B", "Set a breakpoint");
    assert!(shot.shows("003_herd.sql"), "{}", shot.text());
    terminal.keys("y");
    terminal.wait_text("→ effective");
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    stage.until("the breakpoint", |status| {
        status["batch"]["files_completed"] == 2
            && status["batch"]["hold"].as_str().is_some_and(|h| h.contains("paused"))
    });
    terminal.wait("the pause on the screen", |shot| shot.shows("2/3") && shot.shows("PAUSED"));
}

async fn a_failed_file_is_retried_with_a_reason_and_runs_to_its_end(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.migration("001_herd.sql", "ALTER TABLE herd_1 ADD COLUMN born INT;\n");
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT);\n");
    stage.start_worker();
    stage.hand_over(&[]);
    let status = stage.until("a failure", |status| status["batch"]["status"] == "failed");
    assert_eq!(status["files"][0]["state"], "failed", "{status:#}");
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait_text("tries 001 again: what stopped it is asked anew");
    // The cause is mended elsewhere.
    stage.ask("CREATE TABLE herd_1 (id INT)").await;
    terminal.keys("2");
    terminal.wait_text("002_herd.sql");
    let shot = ask(&mut terminal, "T", "Retry the file");
    assert!(shot.shows("as attempt 2") && shot.shows("001_herd.sql failed"), "{}", shot.text());
    // Accept is dead until there is a reason.
    terminal.keys("\t\r");
    terminal.wait_frames(1);
    assert!(terminal.shot().shows("Retry the file") && !terminal.shot().shows("last command"));
    terminal.keys("the herd is there now");
    terminal.wait_text("the herd is there now");
    terminal.keys("\r");
    terminal.wait_gone("Retry the file");
    let status = stage.until("completion", |status| status["batch"]["status"] == "completed");
    assert_eq!((&status["files"][0]["retries"], &status["files"][0]["status"]), (&1.into(), &"completed".into()));
    terminal.wait("the end on the screen", |shot| shot.shows("2/2") && shot.shows("accepted → effective"));
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(events.contains("the herd is there now"), "{events}");
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
    terminal.wait_text("STEPPING");
    ask(&mut terminal, "S", STEP);
    terminal.keys("y");
    terminal.wait_text("→ effective");
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
    terminal.wait("a read-only console", |shot| shot.shows("READ-ONLY") && shot.shows("STEPPING"));
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
    keys_that_pour_in_do_not_keep_news_waiting,
    pause_and_resume,
    a_breakpoint_holds_the_batch_there,
    a_failed_file_is_retried_with_a_reason_and_runs_to_its_end,
    an_abort_needs_a_reason_and_undoes,
    what_makes_no_sense_now_is_refused_with_the_reason,
    read_only_refuses,
);
