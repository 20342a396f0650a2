//! Every size, no colour, ASCII, and as few bytes as a quiet screen needs.

use super::stage::{SIZES, Stage, is_live, is_whole};
use crate::support::{Fresh, Terminal};
use caribou::database::ServerKind;
use std::process::Command;
use std::time::Duration;

fn finished() -> Stage {
    let stage = Stage::new(Fresh::on(ServerKind::Sqlite));
    stage.herds(12);
    stage.project.run(&["migrate"]).exits(0);
    stage
}

/// Without what changes by itself: times, ages, round trips.
fn steady(terminal: &Terminal) -> Vec<String> {
    let digits_out = |line: &String| line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    terminal.shot().lines().iter().map(digits_out).collect()
}

#[test]
fn a_storm_of_resizes_leaves_a_right_screen() {
    let stage = finished();
    let terminal = stage.live((80, 24));
    let mut state = 7_u16;
    for _ in 0..120 {
        // A small generator of sizes, the same every time.
        state = state.wrapping_mul(25_173).wrapping_add(13_849);
        terminal.resize(1 + state % 200, 1 + (state >> 8) % 70);
    }
    terminal.resize(120, 40);
    terminal.wait("a whole screen", |shot| is_whole(shot) && is_live(shot) && shot.shows("12/12"));
    terminal.wait_frames(2);
    let fresh = stage.live((120, 40));
    fresh.wait("the clock too", |shot| shot.shows("12/12") && shot.shows("UTC"));
    fresh.wait_frames(1);
    let (after, first) = (steady(&terminal), steady(&fresh));
    let different: Vec<_> = after.iter().zip(&first).filter(|(a, b)| a != b).collect();
    // The header counts the watchers, and each screen has seen the other come.
    assert!(different.len() <= 3, "{different:#?}");
    assert!(terminal.strange().is_empty(), "{:?}", terminal.strange());
}

/// Made smaller and as large again before anyone looks, a terminal has lost what was cut off; the program sees the old size.
#[test]
fn what_was_cut_off_is_drawn_again() {
    let stage = finished();
    let terminal = stage.live((120, 40));
    terminal.wait("a whole screen", |shot| shot.shows("12/12") && shot.is_even());
    for _ in 0..20 {
        terminal.resize(40, 10);
        terminal.resize(120, 40);
    }
    terminal.wait("the same screen", |shot| shot.shows("12/12") && shot.is_even() && shot.shows(":q leave"));
}

#[test]
fn a_screen_that_is_too_small_is_one_line_with_what_matters() {
    let stage = finished();
    let mut terminal = stage.console(&[], (40, 8));
    let shot = terminal.wait("the one line", |shot| shot.shows("✓ 12/12"));
    assert_eq!(shot.lines().iter().filter(|line| !line.is_empty()).count(), 1, "{}", shot.text());
    assert!(shot.shows("needs 60x14"), "{}", shot.text());
    for size in [(1, 1), (2, 1), (1, 30), (200, 1)] {
        let seen = terminal.frames();
        terminal.resize(size.0, size.1);
        terminal.wait_frame_after(seen);
    }
    terminal.resize(80, 24);
    terminal.wait("the whole screen", is_whole);
    terminal.keys("\x03");
    assert!(terminal.wait_exit().success());
}

/// A key is shown in the frame that answers it, and not in the one of the next second: then there would be twice as many.
#[test]
fn keys_do_not_wait_for_the_next_second() {
    let stage = finished();
    let mut terminal = stage.live(SIZES[1]);
    let (before, rounds) = (terminal.frames(), 15);
    for _ in 0..rounds {
        for (keys, shown) in [("2", "[2 Files]"), ("?", "Help: Files"), ("\x1b", "[2 Files]"), ("1", "[1 Board]")] {
            terminal.keys(keys);
            terminal.wait(shown, |shot| shot.shows(shown) && shot.shows("Help: ") == (keys == "?"));
        }
    }
    let frames = terminal.frames() - before;
    assert!(frames < rounds * 6, "{frames} frames for {} keys: they were answered at the turn of a second", rounds * 4);
    // Esc and a key in one piece are two keys.
    terminal.keys("?");
    terminal.wait_text("Help: Board");
    terminal.keys("\x1b2");
    terminal.wait("both keys", |shot| shot.shows("[2 Files]") && !shot.shows("Help: "));
}

/// Parameters of every SGR sequence.
fn sgr(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\x1b[").skip(1);
    let ends = |s: &str| s.find(|c: char| !c.is_ascii_digit() && !";:?>".contains(c));
    sequences.filter_map(|s| ends(s).filter(|end| s[*end..].starts_with('m')).map(|end| s[..end].to_owned())).collect()
}

fn is_colour(parameter: &str) -> bool {
    let first = parameter.split(':').next().and_then(|p| p.parse::<u16>().ok()).unwrap_or(0);
    matches!(first, 30..=38 | 40..=48 | 90..=97 | 100..=107 | 58)
}

fn tour(command: &Command, size: (u16, u16)) -> Vec<u8> {
    let mut terminal = Terminal::start(command, size.0, size.1);
    terminal.wait("a live console", |shot| shot.shows("LIVE"));
    // q closes what is open: an Esc and the key after it would be one key.
    for keys in ["2", "\r", "q", "9", "?", "q", "1", ":"] {
        terminal.keys(keys);
        terminal.wait_frames(1);
    }
    terminal.keys("quit\r");
    terminal.wait_exit();
    terminal.raw()
}

#[test]
fn no_color_writes_no_colour() {
    let stage = finished();
    for size in SIZES {
        let mut command = stage.project.on_terminal(&["console"]);
        let colours = sgr(&tour(&command, size));
        assert!(colours.iter().any(|p| p.split(';').any(is_colour)), "there is colour otherwise: {colours:?}");
        let found = sgr(&tour(command.env("NO_COLOR", "1"), size));
        let colours: Vec<_> = found.iter().filter(|p| p.split(';').any(is_colour)).collect();
        assert!(colours.is_empty(), "{colours:?}");
    }
}

#[test]
fn ascii_writes_only_ascii() {
    let stage = finished();
    for size in SIZES {
        let raw = tour(&stage.project.on_terminal(&["console", "--ascii"]), size);
        let foreign: Vec<u8> = raw.iter().copied().filter(|byte| !byte.is_ascii()).collect();
        assert!(foreign.is_empty(), "{}", String::from_utf8_lossy(&foreign));
        // By itself where the locale is not UTF-8.
        let mut command = stage.project.on_terminal(&["console"]);
        let raw = tour(command.env("LC_ALL", "C").env("LANG", "C"), size);
        assert!(raw.is_ascii());
    }
}

#[test]
fn a_quiet_screen_writes_little() {
    let stage = finished();
    let terminal = stage.live(SIZES[1]);
    terminal.wait_frames(5);
    let (bytes, frames) = (terminal.written(), terminal.frames());
    terminal.wait_frames(5);
    let per_frame = (terminal.written() - bytes) as u64 / (terminal.frames() - frames);
    assert!(per_frame <= 400, "{per_frame} bytes a frame");
}

#[test]
fn the_first_screen_is_there_soon() {
    let stage = finished();
    let terminal = stage.console(&[], SIZES[1]);
    let shot = terminal.wait("the batch", |shot| is_live(shot) && shot.shows("12/12"));
    let (started, first) = terminal.began();
    assert!(first.is_some_and(|first| first <= shot.at), "something is drawn before the database has answered");
    // 50 ms in a release build on a quiet machine: `cargo bench --bench console` measures it.
    assert!(shot.at - started < Duration::from_secs(5), "{:?}", shot.at - started);
}
