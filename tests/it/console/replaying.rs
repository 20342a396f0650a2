//! The recordings that ship, played by a person: play, speed, steps, seeks, notes, the nine screens; and their drills, to
//! the score sheet.

use super::stage::{SCREENS, SIZES};
use crate::support::{Project, Shot, Terminal};
use std::path::Path;

/// The recordings, and the word that each ends with.
const SHIPPED: [(&str, &str); 2] =
    [("class-a-undone.caribou", "ROLLED BACK"), ("class-b-decision.caribou", "COMPLETED")];

/// F1 to F9, as xterm sends them: they do what the digits do.
const SCREEN_KEYS: [&str; 9] =
    ["\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~", "\x1b[20~"];

/// A project with a copy of a recording, since notes go into the file.
fn copied(name: &str) -> Project {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recordings").join(name);
    let project = Project::empty();
    project.write("played.caribou", std::fs::read(shipped).expect("a recording"));
    project
}

fn played(project: &Project, words: &[&str]) -> Terminal {
    let words = [&["replay", "played.caribou", "--max-gap", "1s"], words].concat();
    let terminal = Terminal::start(&project.on_terminal(&words), SIZES[1].0, SIZES[1].1);
    terminal.wait("the replay", |shot| event(shot).is_some() && !shot.shows("LIVE"));
    terminal
}

/// The number of the event that the replay stands at, and of all.
fn event(shot: &Shot) -> Option<(u64, u64)> {
    let line = shot.lines().into_iter().find(|line| line.contains("   event "))?;
    let mut words = line.split("   event ").nth(1)?.split_whitespace();
    let at = words.next()?.parse().ok()?;
    Some((at, words.nth(1)?.parse().ok()?))
}

/// Presses a key and waits until the replay stands elsewhere, as wanted.
fn moves(terminal: &mut Terminal, key: &str, wanted: impl Fn(u64, u64) -> bool) -> u64 {
    let before = event(&terminal.shot()).expect("a place").0;
    terminal.keys(key);
    let shot = terminal.wait(key, |shot| event(shot).is_some_and(|(at, _)| wanted(before, at)));
    event(&shot).expect("a place").0
}

#[test]
fn somebody_moves_through_both_recordings() {
    for (name, end) in SHIPPED {
        let project = copied(name);
        let mut terminal = played(&project, &[]);
        let shot = terminal.wait_text("REPLAY  batch");
        assert!(shot.shows("checksum good") && shot.shows("gaps cut to"), "{}", shot.text());
        terminal.keys(" ");
        terminal.wait_text("‖ 1x");
        // Near the end, to the beginning; one event on, one back; tenths; what matters.
        moves(&mut terminal, ":seek 90%\r", |before, at| at > before);
        let began = moves(&mut terminal, "0", |before, at| at < before);
        moves(&mut terminal, ".", |before, at| at == before + 1);
        moves(&mut terminal, ",", |before, at| at + 1 == before);
        moves(&mut terminal, "}}}}}", |before, at| at > before);
        moves(&mut terminal, "0", |_, at| at == began);
        moves(&mut terminal, "]", |before, at| at > before);
        let there = moves(&mut terminal, "]", |before, at| at > before);
        moves(&mut terminal, "[", |before, at| at < before);
        moves(&mut terminal, "]", |_, at| at == there);
        // A note stays with the file.
        terminal.keys(":mark here it was looked at\r");
        terminal.wait_text("▏here it was looked at");
        // On each of the screens it is a replay, and nothing can be changed.
        for (key, (_, tab)) in SCREEN_KEYS.iter().zip(SCREENS) {
            terminal.keys(key);
            let shot = terminal.wait(tab, |shot| shot.shows(tab));
            assert!(shot.shows("REPLAY  ") && !shot.shows("LIVE") && !shot.shows("NO WORKER"), "{}", shot.text());
        }
        for (digit, tab) in SCREENS.iter().rev() {
            terminal.keys(digit);
            terminal.wait(tab, |shot| shot.shows(tab));
        }
        // Played fast, to the end.
        for speed in ["2x", "4x", "8x", "16x", "32x", "64x"] {
            terminal.keys(">");
            terminal.wait_text(&format!("‖ {speed}"));
        }
        terminal.keys("0 ");
        let shot = terminal.wait("the end", |shot| shot.shows("■ end") && shot.shows(end));
        assert!(event(&shot).is_some_and(|(at, all)| at == all), "{}", shot.text());
        terminal.keys("P");
        terminal.wait_text("this is a replay");
        terminal.keys(":q\r");
        assert!(terminal.wait_exit().success());
        let mut again = played(&project, &[]);
        again.keys(" ]]");
        again.wait("the note, by somebody else", |shot| shot.shows("marks 1") || shot.shows("▏here it was looked at"));
        again.keys(":q\r");
        assert!(again.wait_exit().success());
        // What was noted is no damage.
        let ran = project.run(&["replay", "played.caribou", "--headless"]).exits(0);
        assert!(!ran.stderr.contains("damaged"), "{ran:?}");
    }
}

#[test]
fn somebody_answers_every_question_of_both_drills() {
    for (name, _) in SHIPPED {
        let project = copied(name);
        let mut terminal = played(&project, &["--drill", "--trainee", "eva", "--speed", "64"]);
        let mut answered = 0;
        loop {
            let asked = format!("question {} of", answered + 1);
            let shot = terminal.wait("a question, or the end", |shot| shot.shows(&asked) || shot.shows("■ end"));
            if !shot.shows(&asked) {
                break;
            }
            assert!(shot.shows("the clock stands still") && shot.shows("What do you do now?"), "{}", shot.text());
            if answered == 0 {
                // The screens first; the question waits, and so does the recording.
                let at = event(&shot);
                terminal.keys("\x1b");
                terminal.wait_text("the question waits");
                terminal.keys("\x1bOQ");
                let shot = terminal.wait_text("[2 Files");
                assert_eq!(event(&shot), at, "{}", shot.text());
                terminal.keys("a");
                terminal.wait_text(&asked);
            }
            terminal.keys(["a\r", "b\r"][answered % 2]);
            terminal.wait_gone(&asked);
            answered += 1;
        }
        assert!(answered > 0, "{name} asks nothing");
        terminal.keys(":score\r");
        let sheet = terminal.wait("the sheet", |shot| {
            shot.shows("score sheet") && shot.shows("trainee: eva") && shot.shows(&format!("of {answered} as they did"))
        });
        assert!(sheet.shows("you said") && sheet.shows("was done"), "{}", sheet.text());
        terminal.keys(":save sheet.md\r");
        terminal.wait_text("saved as sheet.md");
        let saved = std::fs::read_to_string(project.path("sheet.md")).expect("the sheet");
        assert!(saved.contains("Trainee: eva"), "{saved}");
        terminal.keys(":q\r");
        assert!(terminal.wait_exit().success());
    }
}
