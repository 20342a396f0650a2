//! Work for a frame and for an event goes by what is seen and by what has changed, not by how many files there are.

use super::support::*;
use crate::console::feed::{RECENT_EVENTS, Update};
use crate::console::state::figures::Figures;
use crate::console::state::message::{Input, Report};
use crate::console::view::widgets::styled_line::PIECES;
use crate::model::testing::Ledger;
use crate::model::{Event, FileId, FileType};
use crossterm::event::KeyCode;

const FEW: usize = 400;
const MANY: usize = 10_000;
/// Events of a second, and the frames that are drawn of them at the most.
const EVENTS: usize = 1_000;
const FRAMES: usize = 10;

/// Files in waves of fifty, each of which needs one of the wave before.
fn batch(files: usize) -> Ledger {
    let needs: Vec<Vec<usize>> = (0..files).map(|n| n.checked_sub(50).into_iter().collect()).collect();
    let shapes: Vec<(FileType, u32, &[usize])> = needs.iter().map(|n| (FileType::Doctrine, 1, &n[..])).collect();
    let mut plan = crate::model::testing::submission(&shapes);
    for (n, file) in plan.files.iter_mut().enumerate() {
        file.path = format!("migrations/{n:05}_herd.sql");
        file.wave = n as u32 / 50 + 1;
    }
    submitted(plan)
}

/// Pieces of text that are made by something.
fn pieces(work: impl FnOnce()) -> u64 {
    let before = PIECES.get();
    work();
    PIECES.get() - before
}

/// Pieces of a frame of every screen, with the cursor at the beginning and at the end.
fn frames(files: usize, size: (u16, u16)) -> Vec<(String, u64)> {
    let mut desk = Desk::on(&batch(files));
    let mut made = Vec::new();
    for keys in ["1", "1G", "2", "2G", "2g", "3", "3G", "3g", "4", "5", "6", "7", "8"] {
        desk.press(keys);
        desk.frame(size.0, size.1);
        made.push((format!("{keys} at {}x{}", size.0, size.1), pieces(|| drop(desk.frame(size.0, size.1)))));
    }
    desk.press("2");
    desk.key(KeyCode::Enter);
    made.push(("a file".to_owned(), pieces(|| drop(desk.frame(size.0, size.1)))));
    made
}

#[test]
fn a_frame_of_ten_thousand_files_is_made_of_as_many_pieces_as_one_of_a_few_hundred() {
    for size in [(80, 24), (200, 60)] {
        for ((screen, few), (_, many)) in frames(FEW, size).into_iter().zip(frames(MANY, size)) {
            assert!(few > 0 && many <= few + few / 4, "{screen}: {many} pieces of {MANY} files, {few} of {FEW}");
        }
    }
}

/// A second of a busy batch: its events in as many parts as there are frames.
fn busy(files: usize, screen: &str) -> (Desk, u64) {
    let mut ledger = batch(files);
    let mut desk = Desk::on(&ledger);
    desk.press(screen);
    desk.frame(120, 40);
    let known = ledger.events.len();
    let mut file = 0;
    while ledger.events.len() < known + EVENTS {
        file += 1;
        complete(&mut ledger, FileId(file));
    }
    let events: Vec<Event> = ledger.events[known..].to_vec();
    let made = pieces(|| {
        for part in events.chunks(EVENTS / FRAMES) {
            let update = Update { events: part.to_vec(), ..news(&ledger) };
            desk.give(Input::Feed(Report::Update(Box::new(update))));
            desk.frame(120, 40);
        }
    });
    (desk, made)
}

#[test]
fn a_second_of_a_thousand_events_makes_no_more_pieces_than_its_frames() {
    for screen in ["1", "2", "3"] {
        let (few, many) = (busy(FEW, screen).1, busy(MANY, screen).1);
        assert!(few > 0 && many <= few + few / 4, "{screen}: {many} pieces of {MANY} files, {few} of {FEW}");
    }
}

#[test]
fn the_figures_are_those_of_the_batch_after_every_event() {
    for ledger in [completed(), rolling_back(), failed(), blocked(), windowed(), stopped_before()] {
        let mut known = Ledger::default();
        let mut desk = Desk::apart(&Default::default());
        let begun = ledger.events.iter().position(|event| event.batch == BATCH).unwrap();
        ledger.events[..=begun].iter().for_each(|event| drop(known.world.apply(event)));
        desk.give(Input::Feed(Report::Attached(Box::new(attached(&known)))));
        for event in &ledger.events[begun + 1..] {
            let update = Update { events: vec![event.clone()], ..news(&ledger) };
            desk.give(Input::Feed(Report::Update(Box::new(update))));
            let batch = desk.app.data.batch().unwrap();
            assert_eq!(desk.app.data.figures, Figures::new(batch), "after {event:?}");
        }
        assert_eq!(desk.app.data.batch(), ledger.world.batch(BATCH));
    }
}

#[test]
fn the_newest_events_are_kept_and_no_more() {
    let (desk, _) = busy(MANY, "1");
    assert!(desk.app.data.recent.len() <= RECENT_EVENTS);
}
