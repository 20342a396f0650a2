//! The commands that speak with somebody at a terminal: the console from the command line, and confirmations.

use crate::support::{Fresh, Project, Terminal, run_on};
use caribou::database::ServerKind;

/// Three files, the second of which takes some seconds.
fn slow_project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    let slow = "CREATE TABLE slow AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) \
                SELECT i FROM n;\n";
    for (name, up, down) in [
        ("0001_a", "CREATE TABLE a (id INT);\n", "DROP TABLE a;\n"),
        ("0002_slow", slow, "DROP TABLE slow;\n"),
        ("0003_c", "CREATE TABLE c (id INT);\n", "DROP TABLE c;\n"),
    ] {
        project.migration(&format!("{name}.sql"), up).migration(&format!("{name}.rollback.sql"), down);
    }
    project
}

#[test]
fn the_demo_opens_the_console_and_leaving_pauses() {
    let project = Project::empty();
    let mut terminal = Terminal::start(&project.on_terminal(&["demo", "--keep", "herd"]), 120, 36);
    terminal.wait_text("0004_positions.sql");
    terminal.keys(":q\r");
    terminal.wait_text("Leave the console");
    terminal.keys("y");
    assert_eq!(terminal.wait_exit().exit_code(), 0);
    assert!(terminal.is_cooked(), "the terminal is as it was");
    let mut status = project.command(&["status", "--format", "json"]);
    let ran: crate::support::Ran = status.current_dir(project.path("herd")).output().expect("it runs").into();
    assert_eq!(ran.exits(0).json()["batch"]["hold"], "paused");
}

#[test]
fn a_run_in_the_console_pauses_when_it_is_left_and_goes_on_later() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        let mut terminal = Terminal::start(&project.on_terminal(&["migrate", "--step", "--console"]), 100, 30);
        terminal.wait_text("stepping  before 0001_a.sql");
        terminal.keys(":q\r");
        terminal.wait_text("Leave the console");
        terminal.keys("y");
        assert_eq!(terminal.wait_exit().exit_code(), 130);
        let again = project.run(&["migrate"]).exits(0);
        assert!(again.stdout.contains("3 of 3 files completed"), "{again:?}");
    });
}

#[test]
fn the_console_waits_for_the_first_run() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        let mut terminal = Terminal::start(&project.on_terminal(&["console"]), 100, 30);
        terminal.wait_text("Nothing has run");
        project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n").run(&["migrate"]).exits(0);
        terminal.wait_text("COMPLETED");
        terminal.keys(":q\r");
        assert_eq!(terminal.wait_exit().exit_code(), 0);
    });
}

#[test]
fn a_verb_asks_before_it_acts() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        let mut running = Terminal::start(&project.on_terminal(&["migrate", "--step"]), 100, 30);
        running.wait_text("step by step");
        let mut refusing = Terminal::start(&project.on_terminal(&["abort"]), 100, 30);
        refusing.wait_text("[y/N]");
        refusing.keys("n\r");
        assert_eq!(refusing.wait_exit().exit_code(), 2);
        let mut asking = Terminal::start(&project.on_terminal(&["abort"]), 100, 30);
        asking.wait_text("[y/N]");
        asking.keys("y\r");
        asking.wait_text("Reason:");
        asking.keys("a mistake\r");
        assert_eq!(asking.wait_exit().exit_code(), 0);
        assert_eq!(running.wait_exit().exit_code(), 1);
        let events = project.run(&["events"]).exits(0);
        assert!(events.stdout.contains("abort"), "{events:?}");
    });
}

#[test]
fn diagnostics_go_to_the_file_that_is_named() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = slow_project(&fresh);
        project.configure("[log]\nfile = \"log/caribou.log\"\nlevel = \"debug\"");
        let refused = project.run(&["migrate"]).exits(2);
        assert!(refused.stderr.contains("caribou.log"), "{refused:?}");
        std::fs::create_dir(project.path("log")).expect("a directory");
        project.run(&["migrate", "--target", "0001_a"]).exits(0);
        let log = std::fs::read_to_string(project.path("log/caribou.log")).expect("a log");
        assert!(!log.contains('\u{1b}'), "a file has no colours: {log}");
    });
}
