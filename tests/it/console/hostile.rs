//! Texts that would take over a terminal, in every place that a stranger can write to.

use super::stage::{SIZES, Stage};
use crate::support::{Fresh, Terminal, on_every_server};

/// Clears the screen, renames the window, rings, turns text around, moves the cursor by a C1 control.
const EVIL: &str = "\x1b[2J\x1b]0;owned\x07\u{202e}drawkcab\u{9b}1;1H\u{200b}\u{2066}";

fn is_unharmed(terminal: &Terminal) {
    assert!(terminal.strange().is_empty(), "{:?}", terminal.strange());
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for (what, evil) in [("a title", "\x1b]0;"), ("a bell", "\x07"), ("a turn", "\u{202e}"), ("a C1 control", "\u{9b}")]
    {
        assert!(!raw.contains(evil), "{what} reached the terminal");
    }
    for hidden in ["\u{200b}", "\u{2066}"] {
        assert!(!raw.contains(hidden), "{hidden:?} reached the terminal");
    }
}

/// A tour over everything that shows a file's name, text or failure.
fn tour(terminal: &mut Terminal) {
    // q closes what is open: an Esc and the key after it would be one key.
    for keys in ["1", "2", "\r", "l", "\t", "w", "q", "j", "\r", "q", "9", "1", "?", "q", "w"] {
        terminal.keys(keys);
        terminal.wait_frames(1);
    }
}

async fn names_and_texts_are_shown_and_not_obeyed(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(1);
    let long = "very_long_".repeat(2000);
    let sql =
        format!("CREATE TABLE herd_2 (id INT);\n/* {EVIL}\ttab\t{long} 漢字 */\nINSERT INTO herd_2 VALUES (1);\n");
    stage.project.migration("002_\x1b[31mherd\u{202e}.sql", sql);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    for size in SIZES {
        let mut terminal = stage.live(size);
        tour(&mut terminal);
        terminal.keys("2g");
        terminal.keys("j\r");
        terminal.wait_text("CREATE TABLE herd_2");
        terminal.wait_text("␛[2J");
        is_unharmed(&terminal);
    }
}

async fn errors_of_the_server_are_shown_and_not_obeyed(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(1);
    // The server's message repeats what it was given.
    stage.project.migration("002_wrong.sql", format!("INSERT INTO herd_1 (id) SELECT id FROM `missing{EVIL}`;\n"));
    stage.start_worker();
    stage.hand_over(&[]);
    stage.until("the failure", |status| {
        ["failed", "rolled_back"].contains(&status["batch"]["status"].as_str().unwrap_or_default())
    });
    for size in SIZES {
        let mut terminal = stage.live(size);
        tour(&mut terminal);
        terminal.keys("2g");
        terminal.keys("j\r");
        terminal.wait_text("missing");
        is_unharmed(&terminal);
        terminal.keys("\x03");
        terminal.wait_exit();
        is_unharmed(&terminal);
    }
}

on_every_server!(names_and_texts_are_shown_and_not_obeyed, errors_of_the_server_are_shown_and_not_obeyed);
