//! The terminal that the console's stories use is itself what it should be: shown with a shell.

use crate::support::Terminal;
use nix::sys::signal::Signal;
use std::process::Command;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn keys_go_in_and_the_screen_comes_out() {
    let mut terminal =
        Terminal::start(&shell("echo ready; read word; printf 'got \\033[1;31m%s\\033[0m' $word"), 40, 5);
    terminal.wait_text("ready");
    assert!(terminal.is_cooked());
    terminal.keys("corn\n");
    assert!(terminal.wait_exit().success());
    let shot = terminal.shot();
    assert_eq!(shot.lines()[2], "got corn");
    assert_eq!(shot.cell_of("got").map(vt100::Cell::fgcolor), Some(vt100::Color::Default));
    let cell = shot.screen().cell(2, 4).expect("a cell");
    assert!(cell.bold() && cell.fgcolor() == vt100::Color::Idx(1), "{cell:?}");
    assert!(terminal.strange().is_empty());
}

#[test]
fn sizes_reach_the_program() {
    let mut terminal =
        Terminal::start(&shell("trap 'stty size; exit' WINCH; echo ready; while :; do read x; done"), 40, 5);
    terminal.wait_text("ready");
    terminal.resize(61, 7);
    terminal.wait_text("7 61");
    terminal.wait_exit();
}

#[test]
fn a_frame_is_seen_whole_or_not_at_all() {
    let script = "stty raw -echo; printf '\\033[?2026hhalf'; read x; printf ' whole\\033[?2026l'; read y";
    let mut terminal = Terminal::start(&shell(script), 40, 5);
    terminal.wait("the first half to arrive", |_| true);
    while terminal.written() < 12 {
        std::thread::yield_now();
    }
    assert_eq!(terminal.shot().text().trim(), "");
    terminal.keys("\n");
    terminal.wait_text("half whole");
    assert_eq!(terminal.frames(), 1);
}

#[test]
fn what_a_hostile_text_would_do_is_noticed() {
    let mut terminal = Terminal::start(&shell("printf '\\033]0;owned\\007 \\007 \\033[5n'"), 40, 5);
    terminal.wait_exit();
    let strange = terminal.strange();
    for what in ["a title \"owned\"", "a bell", "a sequence None None [[5]] 'n'"] {
        assert!(strange.iter().any(|found| found == what), "{what}: {strange:?}");
    }
}

#[test]
fn hanging_up_and_signals_end_a_program() {
    let mut terminal =
        Terminal::start(&shell("trap 'echo drawn' WINCH; echo ready; while :; do read x || exit 7; done"), 40, 5);
    terminal.wait_text("ready");
    terminal.hang_up();
    assert!(!terminal.wait_exit().success());
    let mut terminal = Terminal::start(&shell("echo ready; read x"), 40, 5);
    terminal.wait_text("ready");
    terminal.signal(Signal::SIGTERM);
    assert_eq!(terminal.wait_exit().signal(), Some("Terminated"));
}
