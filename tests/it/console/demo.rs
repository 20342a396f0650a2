//! The demo on a terminal, as a newcomer has it: the strip leads through six acts.

use super::stage::{SIZES, ask, is_whole};
use crate::support::{Page, Project, Shot, Terminal};
use std::collections::BTreeMap;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// Time that an act may take on a busy machine: it does real work.
const ACT: Duration = Duration::from_secs(120);

/// Waits until an act is announced, and has it begin.
fn begin(terminal: &mut Terminal, act: u32) {
    terminal.wait_for(&format!("act {act}"), ACT, |shot| shot.shows(&format!("act {act} begins in")));
    // Enter means it on Board.
    terminal.keys("1\r");
    terminal.wait_for(&format!("the words of act {act}"), ACT, |shot| shot.shows(&format!("DEMO  act {act} of 6")));
}

#[test]
fn the_demo_leads_through_its_acts_without_a_silent_moment() {
    walk_through((120, 40));
}

#[test]
fn the_demo_leads_through_its_acts_on_a_large_screen() {
    walk_through((200, 60));
}

fn walk_through((width, height): (u16, u16)) {
    let project = Project::empty();
    let mut terminal = Terminal::start(&project.on_terminal(&["demo"]), width, height);
    terminal.keep_pages();
    begin(&mut terminal, 1);
    begin(&mut terminal, 2);
    terminal.wait_for("the failure, undone", ACT, |shot| shot.shows("All four are undone, the rows too"));
    begin(&mut terminal, 3);
    terminal.wait_for("the lock, let go", ACT, |shot| shot.shows("The lock is let go after two tries"));
    begin(&mut terminal, 4);
    terminal.wait_for("the window", ACT, |shot| shot.shows("It stands, with a window of 60 s"));
    terminal.keys("5");
    terminal.wait_text("verify_script: line 2");
    ask(&mut terminal, "X", "Reject rollback");
    terminal.keys("it may stay\t\r");
    terminal.wait_for("the decision", ACT, |shot| shot.shows("Rejected: it stays"));
    begin(&mut terminal, 5);
    terminal.wait_text("S runs");
    ask(&mut terminal, "S", "Step to the next statement");
    terminal.keys("y");
    terminal.wait("the step", |shot| shot.shows("step sent → accepted → effective"));
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    terminal.wait_for("its end", ACT, |shot| shot.shows("All of its statements are done"));
    begin(&mut terminal, 6);
    terminal.wait_text("REPLAY  batch 2");
    terminal.keys(":live\r");
    terminal.wait_gone("REPLAY  batch 2");
    terminal.wait_for("the end", ACT, |shot| shot.shows("that was all"));
    terminal.keys(":q\r");
    assert_eq!(terminal.wait_exit().exit_code(), 0);

    let pages = terminal.pages();
    assert!(pages.len() > 30, "{} frames", pages.len());
    let drawn = pages.iter().filter(|page| !page.text.trim().is_empty());
    let mut slots = Slots { width: usize::from(width), ..Slots::default() };
    for page in drawn {
        assert!(!page.text.contains("NO WORKER"), "{}", page.text);
        assert!(page.text.contains(" DEMO "), "a moment without words:\n{}", page.text);
        let goes_well = ["batch 1 “a herd”", "batch 5 “step by step”"].iter().any(|batch| page.text.contains(batch));
        assert!(!goes_well || page.red.trim().is_empty(), "red ({}) where all is well:\n{}", page.red, page.text);
        slots.look(page);
    }
    assert!(slots.places.len() > 6 && slots.looked > 30, "{:?}, {}", slots.places, slots.looked);
}

/// Words at fixed places of the header: the row, the word, and whether its place depends on the batch.
const SLOTS: [(usize, &str, bool); 5] =
    [(0, "● LIVE", false), (0, " UTC", false), (1, " files", true), (2, "rtt", false), (2, " ! ", false)];

/// Places at which the words of the header were first seen, by word and batch.
#[derive(Default)]
struct Slots {
    width: usize,
    places: BTreeMap<(&'static str, String), usize>,
    looked: usize,
}

impl Slots {
    /// A frame of what is now: its words stand where they stood, and every line is as wide as the screen thinks.
    fn look(&mut self, page: &Page) {
        let lines: Vec<&str> = page.text.lines().collect();
        assert!(!page.is_broken, "a line was broken:\n{}", page.text);
        assert!(lines.iter().all(|line| line.width() <= self.width), "{}", page.text);
        if page.text.contains("REPLAY") || lines.len() < 4 || !lines[0].contains("LIVE") {
            return;
        }
        self.looked += 1;
        assert_eq!(lines[3].width(), self.width, "the right edge:\n{}", page.text);
        assert!(lines[0].width() == self.width || !lines[0].contains("UTC"), "the right edge:\n{}", page.text);
        // A batch that did not arrive has one epoch and no way between two: its row is another one.
        let way = if lines[1].contains('→') { "under way" } else { "stayed" };
        let batch = format!("{} {way}", lines[1].split(" · ").next().unwrap_or_default());
        for (row, word, is_of_batch) in SLOTS {
            let Some(at) = Shot::column_of(lines[row], word) else { continue };
            let whose = if is_of_batch { batch.clone() } else { String::new() };
            let first = *self.places.entry((word, whose)).or_insert(at);
            assert_eq!(at, first, "{word:?} has moved:\n{}", page.text);
        }
    }
}

#[test]
fn the_demo_opens_at_every_size() {
    for size in SIZES {
        let project = Project::empty();
        let mut terminal = Terminal::start(&project.on_terminal(&["demo"]), size.0, size.1);
        terminal.wait("the strip", |shot| is_whole(shot) && shot.shows("DEMO  act 1 of 6") && shot.shows("Enter"));
        terminal.keys(":q\r");
        assert_eq!(terminal.wait_exit().exit_code(), 0);
    }
}
