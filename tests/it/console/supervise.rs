//! A person watches a batch, pauses it, lets it go on; steps through a file that fails, and sees what becomes of it.

use super::stage::{SIZES, Stage, ask, is_live};
use crate::support::{Fresh, Shot, Terminal, on_mariadb};

/// The title of its dialog: of the way forward and of an undo.
const STEP: &str = "┌─ Step";

async fn somebody_watches_pauses_and_lets_it_go_on(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    let gate = stage.gate().await;
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT);\n");
    stage.project.migration("002_herd.sql", "UPDATE gate SET n = n + 1;\nCREATE TABLE herd_2 (id INT);\n");
    stage.project.migration("003_herd.sql", "CREATE TABLE herd_3 (id INT);\n");
    stage.start_worker();
    let mut terminal = stage.console(&[], SIZES[1]);
    terminal.wait("a console without a batch", |shot| is_live(shot) && shot.shows("no batch"));
    terminal.keep_pages();
    stage.hand_over(&[]);
    // What runs is there with its SQL, and how far the batch is.
    terminal.wait("what runs", |shot| {
        shot.shows("002_herd.sql") && shot.shows("UPDATE gate SET n = n + 1") && shot.shows("1/3 files")
    });
    let shot = ask(&mut terminal, "P", "Pause the batch");
    assert!(shot.shows("002_herd.sql ends first"), "{}", shot.text());
    assert!(shot.shows("caribou pause --batch 1"), "{}", shot.text());
    terminal.keys("y");
    // The statement under way ends first, and that is said.
    terminal.wait("the pause, which waits for the statement", |shot| {
        shot.shows("1/3 files") && shot.shows("UPDATE gate") && shot.shows("accepted, not yet in effect")
    });
    gate.open().await;
    let paused = terminal.wait("the pause", |shot| {
        shot.shows("PAUSED") && shot.shows("an operator: paused by root@") && shot.shows("→ effective")
    });
    // The next statement is shown, and has not begun.
    assert!(paused.shows("1/3 files") && paused.shows("CREATE TABLE herd_2"), "{}", paused.text());
    let shot = ask(&mut terminal, "P", "Resume the batch");
    assert!(shot.shows("statement 2 of 2 in"), "{}", shot.text());
    terminal.keys("y");
    let shot = terminal.wait("the end", |shot| shot.shows("3/3 files") && shot.shows("COMPLETED"));
    assert!(shot.shows("3 files completed") && shot.shows("nothing: all files are completed"), "{}", shot.text());
    // Who did what stays on the screen, and nobody was missed meanwhile.
    terminal.wait("the story", |shot| {
        let said = |verb: &str| shot.lines().iter().any(|line| line.contains(verb) && line.contains("by root@"));
        said("pause ") && said("resume ")
    });
    for page in terminal.pages() {
        assert!(!page.text.contains("NO WORKER"), "{}", page.text);
    }
}

/// Steps until the screen is as wanted; what moves by itself is waited for.
fn steps_until(terminal: &mut Terminal, what: &str, wanted: impl Fn(&Shot) -> bool) -> Shot {
    loop {
        let shot = terminal.wait(what, |shot| wanted(shot) || shot.shows(": S "));
        if wanted(&shot) {
            return shot;
        }
        ask(terminal, "S", STEP);
        terminal.keys("y");
        terminal.wait_gone(STEP);
        // Before that, what is on the screen may be what was there before the step.
        terminal.wait("the step's end", |shot| shot.shows("→ effective") || shot.shows("ROLLED BACK"));
    }
}

async fn somebody_steps_through_a_file_that_fails(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT PRIMARY KEY);\n");
    let twice = "CREATE TABLE herd_2 (id INT PRIMARY KEY);\n\
                 INSERT INTO herd_2 VALUES (1);\n\
                 INSERT INTO herd_2 VALUES (1);\n";
    stage.project.migration("002_herd.sql", twice);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[1]);
    // Each step is one statement; what comes next stands there before it runs.
    steps_until(&mut terminal, "the first file's end", |shot| shot.shows("1/2 files"));
    terminal.wait("the second before its second statement", |shot| {
        shot.shows("INSERT INTO herd_2 VALUES (1)") && shot.shows("statements  2 of 4")
    });
    // The step that fails: by what, and that what it has done goes back, a step at a time.
    steps_until(&mut terminal, "the failure", |shot| {
        shot.shows("statement 3 of 3: 1062 Duplicate entry") && shot.shows(" undone, held")
    });
    terminal.wait("its category", |shot| shot.line_with("errors").is_some_and(|line| line.contains("1 constraint")));
    steps_until(&mut terminal, "the end", |shot| shot.shows("ROLLED BACK"));
    // What failed, by what, what became of it, and what can be done.
    let told = [
        "statement 3 of 3: 1062 Duplicate entry",
        "INSERT INTO herd_2 VALUES (1)",
        "undone and verified",
        "mend 002_herd.sql",
    ];
    terminal.wait("what happened", |shot| told.iter().all(|words| shot.shows(words)));
    terminal.keys("\r");
    terminal.wait("the file, with the category", |shot| {
        shot.shows("About it") && shot.shows("constraint") && shot.shows("rolled_back") && shot.shows("Duplicate entry")
    });
    // And so it is.
    assert_eq!(stage.fresh().native("SHOW TABLES LIKE 'herd%'").trim(), "");
}

on_mariadb!(somebody_watches_pauses_and_lets_it_go_on, somebody_steps_through_a_file_that_fails);
