//! A console beside a worker in another process, on every server.

use super::stage::{SIZES, Stage, ask, is_live, is_whole};
use crate::store::legacy::left_behind;
use crate::support::{Fresh, Project, Shot, Terminal, on_every_server};
use caribou::store::SchemaState;

async fn a_batch_is_watched_to_its_end(fresh: Fresh) {
    for size in SIZES {
        let mut stage = Stage::new(Fresh::on(fresh.kind));
        stage.start_worker();
        let terminal = stage.console(&[], size);
        // There is no batch yet: the screen says what would be there.
        terminal.wait("a console without a batch", |shot| is_live(shot) && is_whole(shot) && shot.shows("no batch"));
        stage.herds(4);
        stage.hand_over(&[]);
        let shot = terminal.wait("the end of the batch", |shot| shot.shows("4/4") && shot.shows("COMPLETED"));
        assert!(is_live(&shot) && !shot.shows("NO WORKER"), "{}", shot.text());
    }
}

async fn a_batch_that_holds_is_stepped_to_its_end(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(2);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[0]);
    terminal.wait_text("STEPPING");
    // First by Tab and Enter, then by y.
    for (keys, ended) in [("\t\r", "stmts 1/2"), ("y", "stmts 2/2")] {
        let shot = ask(&mut terminal, "S", "Step to the next statement boundary");
        assert!(shot.shows("caribou step --batch"), "{}", shot.text());
        terminal.keys(keys);
        terminal.wait("the statement's end", |shot| shot.shows(ended) && shot.shows("→ effective"));
    }
    // What is left needs no statement.
    if !terminal.shot().shows("COMPLETED") {
        ask(&mut terminal, "P", "Resume the batch");
        terminal.keys("y");
    }
    terminal.wait("the end of the batch", |shot| shot.shows("2/2") && shot.shows("COMPLETED"));
    let status = stage.until("completion", |status| status["batch"]["status"] == "completed");
    assert_eq!(status["batch"]["files_completed"], 2);
}

async fn files_and_their_statements_are_shown(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT);\nINSERT INTO herd_1 VALUES (7);\n");
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT);\n");
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[1]);
    terminal.wait_text("STEPPING");
    ask(&mut terminal, "S", "Step to the next statement boundary");
    terminal.keys("y");
    terminal.wait_text("→ effective");
    terminal.keys("2");
    terminal.wait("both files", |shot| shot.shows("001_herd.sql") && shot.shows("002_herd.sql"));
    terminal.keys("\r");
    let is_done = |shot: &Shot, text: &str| shot.line_with(text).is_some_and(|line| line.contains('✓'));
    let shot = terminal.wait("the SQL, and what has run of it", |shot| {
        !shot.shows("plan order") && is_done(shot, "CREATE TABLE herd_1") && shot.shows("INSERT INTO herd_1 VALUES (7)")
    });
    assert!(!is_done(&shot, "INSERT INTO herd_1"), "{}", shot.text());
    terminal.keys("\x1b");
    terminal.wait("the list again", |shot| shot.shows("002_herd.sql"));
    // Esc never leaves.
    terminal.keys("\x1b\x1b");
    terminal.wait_frames(1);
}

async fn an_untouched_schema_of_4_0_25_is_shown_and_not_touched(fresh: Fresh) {
    let store = left_behind(&fresh).await;
    let project = Project::on(&fresh);
    for (columns, rows) in SIZES {
        let mut terminal = Terminal::start(&project.on_terminal(&["console"]), columns, rows);
        let running = |shot: &Shot| is_live(shot) && shot.shows("READ-ONLY") && shot.shows("RUNNING");
        terminal.wait("the batch that was left running", running);
        terminal.keys("2");
        let shot = terminal.wait_text("0005_lilith.sql");
        for (file, state) in [("0003_channels", "completed"), ("0004_dialogs", "migrating"), ("0005_lilith", "failed")]
        {
            assert!(shot.line_with(file).is_some_and(|line| line.contains(state)), "{file}: {}", shot.text());
        }
        terminal.keys("S");
        terminal.wait_text("read-only");
        terminal.keys(":batches\r");
        terminal.wait("all three batches", |shot| ["4001", "4002", "4003"].iter().all(|id| shot.shows(id)));
    }
    assert_eq!(store.state().await.expect("a state"), SchemaState::Legacy);
}

on_every_server!(
    an_untouched_schema_of_4_0_25_is_shown_and_not_touched,
    a_batch_is_watched_to_its_end,
    a_batch_that_holds_is_stepped_to_its_end,
    files_and_their_statements_are_shown,
);
