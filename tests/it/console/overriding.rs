//! A check that stopped a file is let pass from the console: by an approver who did not start it, and by nobody else.

use super::stage::{SIZES, Stage, ask, confirm};
use crate::support::{Fresh, on_both_servers, on_every_server};

const LET_PASS: &str = "┌─ Let a check pass";

async fn an_approver_lets_a_check_pass_and_the_file_runs(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.configure("[names]\ntables = \"[a-z0-9_]+\"\n[checks]\nnames = \"block\"");
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT);\n");
    stage.project.migration("002_herd.sql", "CREATE TABLE Herd_2 (id INT);\n");
    let (observer, approver) = (stage.account("observer").await, stage.account("approver").await);
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("the stop", |status| status["files"][1]["state"] == "failed");
    // Whoever may only look is told who can, and what is missing when the key is pressed.
    let mut onlooker = stage.console(&["--user", &observer], SIZES[0]);
    let shot = onlooker.wait_text("an approver can let names pass: 002 then runs again");
    let keys = shot.lines().last().cloned().unwrap_or_default();
    assert!(keys.contains("may only look") && !keys.contains("let pass"), "{}", shot.text());
    onlooker.keys("O");
    let shot = onlooker.wait_text("may not decide: it lacks EXECUTE on submit_decision");
    assert!(!shot.shows(LET_PASS), "{}", shot.text());
    // Whoever started it has to find another.
    let mut starter = stage.console(&[], SIZES[1]);
    starter.wait_text("an approver who did not start the batch can let names pass");
    starter.keys("O");
    starter.wait_text("another account has to decide (four eyes)");
    drop(starter);
    // An approver looks at the evidence, and lets it pass from there.
    let mut terminal = stage.console(&["--user", &approver], SIZES[1]);
    terminal.wait("the way past it", |shot| {
        shot.line_with("lets names pass, with a reason").is_some_and(|l| l.starts_with(" O "))
    });
    terminal.keys("4");
    let shot = terminal.wait("the evidence", |shot| shot.shows("way past it") && shot.shows("O lets names pass"));
    assert!(shot.lines().last().is_some_and(|keys| keys.contains("O let pass")), "{}", shot.text());
    let shot = ask(&mut terminal, "O", LET_PASS);
    assert!(
        shot.shows("LETS PASS names: ") && shot.shows("caribou override 002_herd.sql --batch 1"),
        "{}",
        shot.text()
    );
    // Accept is dead without a reason.
    terminal.keys("\t\r");
    terminal.wait_frames(1);
    assert!(terminal.shot().shows(LET_PASS), "{}", terminal.shot().text());
    terminal.keys("older than the rule");
    terminal.wait_text("older than the rule");
    terminal.keys("\r");
    terminal.wait_gone(LET_PASS);
    terminal.wait("its way", |shot| shot.shows("override 002_herd.sql sent → accepted → effective"));
    terminal.wait("the end", |shot| shot.shows("2/2 files") && shot.shows("COMPLETED"));
    onlooker.wait("the end elsewhere", |shot| shot.shows("2/2") && shot.shows("COMPLETED"));
    // Who let it pass, and why, stands with the result and with the file.
    terminal.keys("j");
    terminal.wait("the result, which is a warning now", |shot| {
        shot.shows("let pass by")
            && shot.line_with("let pass   ").is_some_and(|line| line.contains(&approver))
            && shot.shows("older than the rule")
    });
    terminal.keys("2j\r");
    terminal.wait("the file", |shot| shot.shows("names is let pass by") && shot.shows("older than the rule"));
    let status = stage.status();
    let word = &status["files"][1]["overridden"][0];
    assert!(word["by"].as_str().is_some_and(|by| by.starts_with(&approver)), "{status:#}");
    assert_eq!(word["reason"], "older than the rule", "{status:#}");
}

async fn what_is_foreseen_is_let_pass_by_its_name(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT PRIMARY KEY);\n");
    stage.project.migration("002_herd.sql", "INSERT INTO herd_1 (id, born) VALUES (1, 2);\n");
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("the stop", |status| status["files"][1]["state"] == "failed");
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait_text("lets foreseen pass, with a reason");
    terminal.keys(":override 002 --check parses\r");
    terminal.wait_text("002_herd.sql was not stopped by parses, but by foreseen");
    // The cause is mended by hand.
    stage.ask("ALTER TABLE herd_1 ADD COLUMN born INT").await;
    let shot = ask(&mut terminal, ":override 002 --check foreseen\r", LET_PASS);
    assert!(shot.shows("LETS PASS foreseen: "), "{}", shot.text());
    confirm(&mut terminal, LET_PASS, &["the column is there now"]);
    terminal.wait("the end", |shot| shot.shows("2/2") && shot.shows("COMPLETED"));
    assert_eq!(stage.status()["files"][1]["overridden"][0]["check"], "foreseen");
}

on_both_servers!(an_approver_lets_a_check_pass_and_the_file_runs);
on_every_server!(what_is_foreseen_is_let_pass_by_its_name);
