//! However the console ends, the terminal is as it was, and the migration goes on.

use super::stage::{SIZES, Stage};
use crate::support::{Fresh, Terminal, binary};
use caribou::database::ServerKind;
use nix::sys::signal::Signal;
use std::process::Command;

fn open() -> (Stage, Terminal) {
    let stage = Stage::new(Fresh::on(ServerKind::Sqlite));
    stage.herds(1);
    stage.project.run(&["migrate"]).exits(0);
    let terminal = stage.live(SIZES[0]);
    let shot = terminal.shot();
    assert!(shot.screen().alternate_screen() && shot.screen().hide_cursor() && !terminal.is_cooked());
    (stage, terminal)
}

#[track_caller]
fn is_restored(terminal: &Terminal) {
    let shot = terminal.shot();
    assert!(!shot.screen().alternate_screen(), "the alternate screen is left");
    assert!(!shot.screen().hide_cursor(), "the cursor shows");
    assert!(!shot.screen().bracketed_paste(), "pasting is as it was");
    assert_eq!(shot.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(terminal.is_cooked(), "the terminal echoes");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let (begun, ended) = (raw.rfind("\x1b[?2026h"), raw.rfind("\x1b[?2026l"));
    assert!(begun < ended, "the last synchronized frame is ended");
}

#[test]
fn leaving_restores_the_terminal() {
    for keys in [":q\r", "\x03", ":quit\r"] {
        let (_stage, mut terminal) = open();
        terminal.keys(keys);
        assert!(terminal.wait_exit().success(), "{keys:?}");
        is_restored(&terminal);
    }
}

#[test]
fn q_closes_a_pane_and_does_not_leave() {
    let (_stage, mut terminal) = open();
    terminal.keys("2\r");
    terminal.wait_gone("plan order");
    terminal.keys("q");
    terminal.wait_text("plan order");
    terminal.keys("q");
    terminal.wait_text(":q");
    terminal.keys("\x03");
    terminal.wait_exit();
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let (_stage, mut terminal) = open();
        terminal.signal(signal);
        terminal.wait_exit();
        is_restored(&terminal);
    }
}

#[test]
fn a_lost_terminal_ends_it() {
    let (_stage, mut terminal) = open();
    terminal.hang_up();
    terminal.wait_exit();
}

#[test]
fn a_panic_of_any_thread_restores_the_terminal_and_is_logged_and_told_after_it() {
    for (command, words) in [(":panic\r", "a panic of the screen"), (":panic task\r", "a panic in a task")] {
        let stage = Stage::new(Fresh::on(ServerKind::Sqlite));
        stage.herds(1);
        stage.project.run(&["migrate"]).exits(0);
        let mut terminal = stage.console(&["--log-file", "caribou.log"], SIZES[0]);
        terminal.wait("a live console", |shot| shot.shows("LIVE"));
        terminal.keys("m");
        terminal.wait("the mouse", |shot| shot.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None);
        terminal.keys(command);
        let status = terminal.wait_exit();
        assert_eq!(status.exit_code(), 1, "{command:?}");
        is_restored(&terminal);
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        let (drawn, told) = raw.split_once("\x1b[?1049l").expect("the alternate screen is left once");
        assert!(!drawn.contains("panicked at"), "nothing is written over the screen");
        assert!(told.contains("panicked at src/console/io/panics.rs") && told.contains(words), "{told}");
        assert!(told.contains("defect of Caribou") && told.contains("caribou status"), "{told}");
        assert!(!told.contains("1049"), "nobody leaves it a second time: {told:?}");
        let log = std::fs::read_to_string(stage.project.path("caribou.log")).expect("a log");
        assert!(log.contains("ERROR") && log.contains(words), "{log}");
        // The migration is where it was.
        assert_eq!(stage.status()["batch"]["status"], "completed");
    }
}

#[test]
fn suspending_gives_the_terminal_back_for_the_time() {
    let stage = Stage::new(Fresh::on(ServerKind::Sqlite));
    stage.herds(1);
    stage.project.run(&["migrate"]).exits(0);
    // Stopping needs a shell that controls jobs.
    let mut shell = Command::new("bash");
    shell.args(["-mc", "\"$0\" console; echo suspended; read word; fg"]).arg(binary());
    shell.current_dir(stage.project.path(""));
    let mut terminal = Terminal::start(&shell, 80, 24);
    terminal.wait("the console", |shot| shot.shows("LIVE"));
    terminal.keys("\x1a");
    let shot = terminal.wait_text("suspended");
    assert!(!shot.screen().alternate_screen() && terminal.is_cooked(), "{}", shot.text());
    terminal.keys("on\n");
    terminal.wait("the console again", |shot| shot.screen().alternate_screen() && shot.shows("LIVE"));
    terminal.keys("\x03");
    terminal.wait_exit();
    is_restored(&terminal);
}

#[test]
fn a_terminal_is_needed() {
    let stage = Stage::new(Fresh::on(ServerKind::Sqlite));
    let ran = stage.project.run(&["console"]).exits(2);
    assert!(ran.stderr.contains("terminal"), "{ran:?}");
}
