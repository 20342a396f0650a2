//! Rights of accounts at the console: what an account may do is seen before the key and after it; an observer is told at
//! each key what it lacks, and nothing is handed in.

use super::stage::{SIZES, Stage, ask};
use crate::support::{Fresh, on_both_servers, on_every_server, on_mariadb};

/// Every command that changes something.
const CHANGES: [&str; 11] = [
    "step",
    "step --transition",
    "pause",
    "resume",
    "abort",
    "freeze",
    "rollback",
    "retry 001",
    "settle 001 --as completed",
    "discard --batch",
    "break 001",
];

async fn an_observer_is_refused_at_every_key_before_anything_is_handed_in(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    let observer = stage.account("observer").await;
    stage.herds(2);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.console(&["--user", &observer], SIZES[1]);
    let shot = terminal.wait("an observer's console", |shot| shot.shows("may only look") && shot.shows("STEPPING"));
    let footer = shot.lines().last().cloned().unwrap_or_default();
    assert!(footer.contains("this account may only look") && !footer.contains("S step"), "{footer}");
    for change in CHANGES {
        terminal.keys(&format!(":{change}\r"));
        let shot = terminal.wait_text("it lacks EXECUTE on");
        assert!(!shot.shows("Cancel <]"), "{change}: {}", shot.text());
        // A notice stays for a while: another one is waited for before the next.
        terminal.keys(":arm 15m\r");
        terminal.wait_text("changes are allowed here anyway");
    }
    for key in ["S", "P", "F", "R", "T"] {
        terminal.keys(key);
        let shot = terminal.wait("a reason", |shot| shot.shows("it lacks EXECUTE on") || shot.shows("which file?"));
        assert!(!shot.shows("Cancel <]"), "{key}: {}", shot.text());
        terminal.keys(":arm 15m\r");
        terminal.wait_text("changes are allowed here anyway");
    }
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(!events.contains("command_refused"), "nothing came to the worker: {events}");
}

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

/// Gives a dialog its reason, and accepts it.
#[track_caller]
fn accept(terminal: &mut crate::support::Terminal, title: &str, reason: &str) {
    terminal.keys(reason);
    terminal.wait_text(reason);
    terminal.keys("\t\r");
    terminal.wait_gone(title);
}

async fn what_was_kept_is_discarded_and_a_hand_mended_file_is_settled(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.ask("CREATE TABLE herd_1 (id INT PRIMARY KEY)").await;
    stage.ask("INSERT INTO herd_1 VALUES (1), (2)").await;
    stage.project.migration("001_herd.sql", "DELETE FROM herd_1 WHERE id = 2;\n");
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
    let mut terminal = stage.live(SIZES[1]);
    let shot = ask(&mut terminal, ":discard --batch\r", "Discard what is kept");
    assert!(shot.shows("[ Drop 1 kept object ]") && shot.shows("1 row of"), "{}", shot.text());
    accept(&mut terminal, "Discard what is kept", "nobody wants it back");
    terminal.wait_text("discard sent → accepted → effective");
    terminal.keys(":discard --batch\r");
    terminal.wait_text("nothing is kept of it");
    // A file that fails, of which nothing stands: a person says so.
    stage.project.migration("002_herd.sql", "ALTER TABLE nowhere ADD COLUMN born INT;\n");
    stage.hand_over(&[]);
    stage.until("a failure", |status| status["batch"]["status"] == "failed");
    let mut terminal = stage.console(&[], SIZES[1]);
    terminal.wait_text("FAILED");
    let shot = ask(&mut terminal, ":settle 002 --as rolled_back\r", "Settle the file");
    assert!(shot.shows("[ Count it as rolled back ]"), "{}", shot.text());
    accept(&mut terminal, "Settle the file", "looked at by hand");
    terminal.wait_text("settle 002_herd.sql sent → accepted → effective");
    let status = stage.until("the word", |status| status["files"][0]["state"] == "idle");
    assert_ne!(status["files"][0]["status"], "failed", "{status:#}");
}

async fn what_has_run_is_asked_back_and_an_item_is_ticked(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    for n in 1..=2 {
        stage.project.migration(&format!("{n:03}_herd.sql"), format!("CREATE TABLE herd_{n} (id INT);\n"));
        stage.project.migration(&format!("{n:03}_herd.rollback.sql"), format!("DROP TABLE herd_{n};\n"));
    }
    stage.start_worker();
    stage.hand_over(&[]);
    let status = stage.until("completion", |status| status["batch"]["status"] == "completed");
    let name = status["batch"]["name"].as_str().expect("a name").to_owned();
    let mut terminal = stage.live(SIZES[1]);
    let shot = ask(&mut terminal, ":rollback 002 --class B\r", "Roll back (class B)");
    assert!(shot.shows("[ Open a window ]") && shot.shows("needs a reason and the name"), "{}", shot.text());
    terminal.keys("slow since Tuesday\t");
    terminal.keys(&name);
    terminal.wait("both texts", |shot| shot.shows("slow since Tuesday") && !shot.shows("needs the name"));
    terminal.keys("\t\r");
    terminal.wait_text("◷ R1");
    terminal.keys("5");
    terminal.wait("the window", |shot| shot.shows("slow since Tuesday") && shot.shows("who decides"));
    terminal.keys("8");
    terminal.wait_text("Checklist of batch");
    let shot = ask(&mut terminal, ":tick stakeholders_notified\r", "Tick: Stakeholders notified");
    assert!(shot.shows("[ Tick it ]"), "{}", shot.text());
    terminal.keys("y");
    terminal.wait_text("tick stakeholders_notified sent → accepted → effective");
}

on_mariadb!(an_observer_looks_and_is_told_why_that_is_all);
on_both_servers!(an_observer_is_refused_at_every_key_before_anything_is_handed_in);
on_every_server!(
    what_was_kept_is_discarded_and_a_hand_mended_file_is_settled,
    what_has_run_is_asked_back_and_an_item_is_ticked,
);
