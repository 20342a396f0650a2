//! The frame around every screen: fixed slots, red only where something is wrong, glyphs that have an ASCII form.

use super::support::*;
use crate::console::feed::{FeedError, FeedFault, Update};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::state::presence::{EXPECTED_FOR, Presence};
use crate::console::view::theme::Role;
use crate::console::view::widgets::ascii;
use crate::model::testing::Ledger;
use crate::model::{BatchStatus, FileId, Input as Fact, Phase, Verb};
use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

const SIZES: [(u16, u16); 4] = [(60, 14), (80, 24), (120, 40), (200, 60)];

/// The run of three files from the beginning to its good end, after each step.
fn run() -> Vec<Ledger> {
    type Step = Box<dyn Fn(&mut Ledger)>;
    let mut steps: Vec<Step> = Vec::new();
    for (n, statements) in [(1, 2), (2, 3), (3, 1)] {
        let (batch, file) = (BATCH, FileId(n));
        steps.push(Box::new(move |l| begin(l, file)));
        for statement in 0..statements {
            steps.push(Box::new(move |l| send(l, file, statement, Phase::Forward)));
            steps.push(Box::new(move |l| done(l, file)));
        }
        steps.push(Box::new(move |l| l.give(Fact::CheckedAfter { batch, file, findings: Vec::new() })));
        steps.push(Box::new(move |l| l.give(Fact::Recorded { batch, file })));
    }
    steps.push(Box::new(|l| l.give(Fact::Exhausted { batch: BATCH })));
    let after = |n: usize| {
        let mut ledger = planned(&[2, 3, 1]);
        steps[..n].iter().for_each(|step| step(&mut ledger));
        ledger
    };
    (0..=steps.len()).map(after).collect()
}

fn row(frame: &Buffer, y: u16) -> String {
    text(frame).lines().nth(usize::from(y)).unwrap_or_default().to_owned()
}

fn column(line: &str, word: &str) -> Option<usize> {
    line.find(word).map(|at| line[..at].chars().count())
}

#[test]
fn no_slot_of_the_header_moves_while_a_batch_runs() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let words: &[(u16, &str)] = match width {
            80 => &[(0, "● LIVE"), (0, "Z"), (1, "/3"), (2, "rtt"), (2, " !")],
            _ => &[(0, "● LIVE"), (0, " UTC"), (1, "/3 files"), (2, "rtt"), (2, " !")],
        };
        let mut places = Vec::new();
        for (n, ledger) in run().iter().enumerate() {
            let mut desk = Desk::on(ledger);
            let mut news = news(ledger);
            news.round_trip_us = [700, 9_000, 10_000, 250_000][n % 4];
            news.watchers = vec![watcher("bob@10.%", None); n % 3];
            if let Some(worker) = &mut news.worker {
                worker.age_ms = [400, 9_000, 10_000][n % 3];
            }
            desk.give(Input::Feed(Report::Update(Box::new(news))));
            desk.wait([0, 999, 3_000][n % 3]);
            let frame = desk.frame(width, height);
            let at: Vec<Option<usize>> = words.iter().map(|(y, word)| column(&row(&frame, *y), word)).collect();
            assert!(at.iter().all(Option::is_some), "{at:?}\n{}", text(&frame));
            places.push((at, text(&frame)));
        }
        for (at, screen) in &places[1..] {
            assert_eq!(*at, places[0].0, "{}\n{screen}", places[0].1);
        }
    }
}

#[test]
fn a_run_that_succeeds_is_nowhere_red() {
    for ledger in run() {
        for keys in ["1", "2", "3", "4", "5", "6", "7", "8"] {
            let mut desk = Desk::on(&ledger);
            desk.press(keys);
            let red = desk.app.theme.style(Role::Bad).fg;
            for (width, height) in SIZES {
                let frame = desk.frame(width, height);
                let found = frame.content().iter().find(|cell| cell.fg == red.unwrap() && cell.symbol() != " ");
                assert!(found.is_none(), "{keys} {width}x{height}: {:?}\n{}", found, text(&frame));
            }
        }
    }
}

#[test]
fn nobody_is_missed_for_ten_seconds() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    let clock = news(&ledger).clock;
    let without = |after: u64| {
        let clock = crate::model::Millis(clock.0 + after as i64);
        Input::Feed(Report::Update(Box::new(Update { worker: None, clock, ..news(&running()) })))
    };
    desk.give(without(0));
    assert!(matches!(desk.app.presence(), Presence::Expected { .. }), "{:?}", desk.app.presence());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("no worker") && screen.contains("which is expected") && !screen.contains("NO WORKER"));
    desk.give(without(EXPECTED_FOR));
    assert!(matches!(desk.app.presence(), Presence::Missing { .. }));
    assert!(desk.screen(120, 40).contains("NO WORKER"));
    let ended = completed();
    let mut desk = Desk::on(&ended);
    desk.give(Input::Feed(Report::Update(Box::new(Update { worker: None, ..news(&ended) }))));
    assert_eq!(desk.app.presence(), Presence::Idle, "nothing is to be driven");
}

#[test]
fn what_is_stale_is_faint_below_the_first_row() {
    let mut desk = Desk::on(&failed());
    desk.wait(9_000);
    let error = FeedError::new(FeedFault::Gone, "read timed out (2013)");
    desk.give(Input::Feed(Report::Lost { error, again_ms: 8_000 }));
    let frame = desk.frame(120, 40);
    assert!(style_of(&frame, "STALE").add_modifier.contains(Modifier::REVERSED));
    assert!(row(&frame, 2).starts_with("not connected, next try in 8 s: read timed out"), "{}", row(&frame, 2));
    for y in (1..38).filter(|y| *y != 2) {
        for x in 0..120 {
            let cell = &frame[(x, y)];
            let drawn = cell.symbol() != " ";
            assert!(!drawn || cell.modifier.contains(Modifier::DIM), "{x},{y}\n{}", text(&frame));
        }
    }
    let keys = row(&frame, 39);
    assert!(!keys.contains("roll back") && keys.contains("? help"), "{keys}");
}

/// Whatever a snapshot shows that is not ASCII has a form in ASCII, but for texts that came from outside.
#[test]
fn every_glyph_has_an_ascii_form() {
    let snapshots = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/tests/snapshots");
    let mut seen = 0;
    for entry in std::fs::read_dir(snapshots).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let drawn = text.splitn(3, "---\n").nth(2).unwrap();
        seen += 1;
        let foreign: Vec<char> =
            drawn.chars().filter(|c| !c.is_ascii() && !ascii::is_known(c.encode_utf8(&mut [0; 4]))).collect();
        let ours: Vec<&char> = foreign.iter().filter(|c| !OUTSIDE.contains(*c)).collect();
        assert!(ours.is_empty(), "{ours:?} in\n{drawn}");
    }
    assert!(seen > 50);
}

/// Characters that stand in the texts of the tests and nowhere in ours.
const OUTSIDE: [char; 2] = ['␛', '\u{fffd}'];

#[test]
fn every_line_has_the_width_of_the_screen_at_every_size() {
    use unicode_width::UnicodeWidthStr;
    let mut desks = [Desk::on(&running()), Desk::on(&failed()), Desk::on(&completed())];
    desks[0].press(":");
    desks[1].press("2?");
    desks[2].press("5");
    for (n, width) in (60..=200u16).enumerate() {
        let height = 14 + (n as u16 * 7) % 47;
        let desk = &mut desks[n % 3];
        let frame = desk.frame(width, height);
        for y in 0..height {
            let mut x = 0;
            while x < width {
                x += UnicodeWidthStr::width(frame[(x, y)].symbol()).max(1) as u16;
            }
            assert_eq!(x, width, "row {y} at {width}x{height}\n{}", text(&frame));
        }
    }
}

/// A terminal that is pulled about draws every size as if it had always been that large.
#[test]
fn a_storm_of_sizes_leaves_nothing_behind() {
    let mut desk = Desk::on(&running());
    desk.press("2");
    let calm = desk.screen(120, 40);
    for n in 0..300u16 {
        desk.frame(1 + n * 37 % 210, 1 + n * 23 % 70);
    }
    assert_eq!(desk.screen(120, 40), calm);
}

#[test]
fn what_has_moved_on_is_not_sent() {
    let mut ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.press("P");
    let seen = ledger.events.len();
    done(&mut ledger, FileId(2));
    complete_rest(&mut ledger);
    let mut update = news(&ledger);
    update.events = ledger.events[seen..].to_vec();
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    desk.press("y");
    let sent = desk.effects().into_iter().any(|e| matches!(e, Effect::Ask(Request::Submit(_))));
    assert!(!sent);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("Not done: it moved on since you looked"), "{screen}");
    assert!(screen.contains("running, 1 of 3") && screen.contains("batch 1 is completed"), "{screen}");
    desk.key(KeyCode::Esc);
    assert!(!desk.screen(120, 40).contains("Not done"));
}

fn complete_rest(ledger: &mut Ledger) {
    send(ledger, FileId(2), 2, Phase::Forward);
    done(ledger, FileId(2));
    ledger.give(Fact::CheckedAfter { batch: BATCH, file: FileId(2), findings: Vec::new() });
    ledger.give(Fact::Recorded { batch: BATCH, file: FileId(2) });
    complete(ledger, FileId(3));
    ledger.give(Fact::Exhausted { batch: BATCH });
    assert_eq!(ledger.world.batch(BATCH).unwrap().status, BatchStatus::Completed);
}

#[test]
fn the_palette_says_why_not_and_offers_the_last_first() {
    let mut desk = Desk::on(&running());
    desk.press(":resu");
    let screen = desk.screen(120, 40);
    assert!(
        screen.contains("not now: nothing holds it") && screen.contains(" Now refused: nothing holds it"),
        "{screen}"
    );
    desk.key(KeyCode::Esc);
    desk.command("theme light");
    desk.press(":");
    let screen = desk.screen(120, 40);
    assert!(screen.contains("› :theme"), "{screen}");
}

#[test]
fn help_is_searched() {
    let mut desk = Desk::on(&running());
    desk.press("?/breakpoint");
    desk.key(KeyCode::Enter);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("breakpoint") && !screen.contains("page up"), "{screen}");
    desk.key(KeyCode::Esc);
    assert!(desk.screen(120, 40).contains("Everywhere"), "the first Esc ends the search");
    desk.key(KeyCode::Esc);
    assert!(!desk.screen(120, 40).contains("Everywhere"));
}

#[test]
fn a_click_is_a_key() {
    let mut desk = Desk::on(&running());
    desk.frame(120, 40);
    let files = column(&row(&desk.frame(120, 40), 3), "2 Files").unwrap() as u16;
    desk.give(Input::Click { column: files, row: 3 });
    assert!(!desk.screen(120, 40).contains("[2 Files]"), "the mouse is off");
    desk.press("m");
    desk.give(Input::Click { column: files, row: 3 });
    assert!(desk.screen(120, 40).contains("[2 Files]"));
    let pause = column(&row(&desk.frame(120, 40), 39), "P pause").unwrap() as u16;
    desk.give(Input::Click { column: pause, row: 39 });
    assert!(desk.app.dialog.is_some(), "it asks, as the key does");
    desk.give(Input::Painted);
    desk.key(KeyCode::Esc);
    let before = desk.app.files.selected();
    let frame = desk.frame(120, 40);
    let third = (0..40).find(|y| row(&frame, *y).contains("0003_totals.sql")).unwrap();
    desk.give(Input::Click { column: 8, row: third });
    assert_ne!(desk.app.files.selected(), before);
    assert_eq!(desk.app.files.selected(), Some(FileId(3)));
    desk.give(Input::Click { column: 8, row: third });
    assert!(desk.app.detail.is_some(), "a click on the cursor opens it");
}

#[test]
fn a_batch_that_did_not_arrive_stands_where_it_began() {
    let mut desk = Desk::on(&failed());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("epoch 0 · ✗ FAILED, a person is needed"), "{screen}");
    let mut aborted = running();
    command(&mut aborted, 1, Verb::Abort { keep_completed: false });
    assert!(Desk::on(&aborted).screen(120, 40).contains("epoch 0 → 3"), "it is still under way");
    let waiting = Desk::on(&windowed()).screen(120, 40);
    assert!(waiting.contains("waiting on: a decision about rollback 1"), "{waiting}");
}
