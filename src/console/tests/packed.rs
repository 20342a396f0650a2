//! A batch of very many files: what is packed is shown as if it were not, and of a batch that is being read no more is said
//! than is known.

use super::support::*;
use crate::console::feed::{Attached, Opened, Update};
use crate::console::state::message::{Input, Report};
use crate::model::testing::Ledger;
use crate::model::{BatchId, FileId, FileStatus, FileType, World};
use crossterm::event::KeyCode;

const FILES: usize = 300;
/// Files that have completed.
const DONE: i64 = 140;
/// Chunks that a screen may unpack at the most: those of the rows that are seen, and of what these need.
const SEEN: usize = 12;

/// Files in waves of twenty, each of which needs one of the wave before; the first have completed, and one has failed.
fn ledger() -> Ledger {
    let needs: Vec<Vec<usize>> = (0..FILES).map(|n| n.checked_sub(20).into_iter().collect()).collect();
    let shapes: Vec<(FileType, u32, &[usize])> = needs.iter().map(|n| (FileType::Module, 2, &n[..])).collect();
    let mut plan = crate::model::testing::submission(&shapes);
    for (n, file) in plan.files.iter_mut().enumerate() {
        file.path = format!("migrations/{n:05}_herd.sql");
        file.wave = n as u32 / 20 + 1;
    }
    plan.policy.continue_on_failure = Some(true);
    let mut ledger = submitted(plan);
    (1..=DONE).for_each(|file| complete(&mut ledger, FileId(file)));
    begin(&mut ledger, FileId(DONE + 1));
    send(&mut ledger, FileId(DONE + 1), 0, crate::model::Phase::Forward);
    fails(&mut ledger, FileId(DONE + 1), 0);
    ledger
}

/// Every screen with the cursor at both ends, a filter, orders, and a file.
fn screens(desk: &mut Desk, size: (u16, u16)) -> Vec<String> {
    let mut shown = Vec::new();
    for keys in ["1", "jjj", "G", "g", "2", "G", "g", "s", "s", "s", "s", "3", "G", "l", "4", "5", "6", "7", "8"] {
        desk.press(keys);
        shown.push(format!("{keys}\n{}", desk.screen(size.0, size.1)));
    }
    desk.press("2/0013");
    shown.push(desk.screen(size.0, size.1));
    desk.key(KeyCode::Enter);
    desk.key(KeyCode::Enter);
    shown.push(desk.screen(size.0, size.1));
    shown
}

fn pack(desk: &mut Desk) {
    desk.app.data.world.batches.values_mut().for_each(|batch| batch.files.pack_whole());
}

#[test]
fn what_is_packed_is_shown_as_if_it_were_not() {
    let ledger = ledger();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let (mut plain, mut packed) = (Desk::on(&ledger), Desk::on(&ledger));
        pack(&mut packed);
        for (plain, packed) in screens(&mut plain, size).into_iter().zip(screens(&mut packed, size)) {
            assert_eq!(packed, plain);
        }
    }
}

#[test]
fn a_screen_unpacks_what_is_seen() {
    let needs: Vec<(FileType, u32, &[usize])> = (0..10_000).map(|_| (FileType::Module, 1, &[] as &[usize])).collect();
    let mut ledger = submitted(crate::model::testing::submission(&needs));
    (1..=300).for_each(|file| complete(&mut ledger, FileId(file)));
    for size in [(80, 24), (200, 60)] {
        let mut desk = Desk::on(&ledger);
        for keys in
            ["1", "G", "g", "2", "G", "g", "s", "s", "s", "s", "/0013", "3", "G", "l", "4", "5", "6", "7", "8", "1"]
        {
            pack(&mut desk);
            let looks = |desk: &Desk| desk.app.data.batch().map_or(0, |batch| batch.files.looks());
            let before = looks(&desk);
            desk.press(keys);
            desk.screen(size.0, size.1);
            if keys.starts_with('/') {
                desk.key(KeyCode::Esc);
            }
            let unpacked = looks(&desk).saturating_sub(before);
            assert!(unpacked <= SEEN, "{keys} at {size:?} unpacks {unpacked} chunks");
        }
    }
}

/// The batch with its last files only, and the number of all in each status.
fn page(ledger: &Ledger) -> Opened {
    let mut world = World::default();
    let is_here = |file: FileId| file.0 > DONE - 10 && file.0 < DONE + 10;
    for event in &ledger.events {
        if event.batch != BATCH || event.kind.file().is_none_or(is_here) {
            world.apply(event);
        }
    }
    let mut counts = std::collections::BTreeMap::new();
    let batch = ledger.world.batch(BATCH).expect("the batch");
    batch.files.briefs().for_each(|file| *counts.entry(file.facts.status()).or_default() += 1);
    if let Some(page) = world.batches.get_mut(&BATCH) {
        (page.counts, page.completed) = (batch.counts, batch.completed);
    }
    assert_eq!(counts.get(&FileStatus::Completed), Some(&(DONE as u64)));
    let of_batch: Vec<_> = ledger.events.iter().filter(|event| event.batch == BATCH).cloned().collect();
    let recent = of_batch[of_batch.len() - 200..].to_vec();
    Opened { batch: BATCH, world, recent, part: Some(counts) }
}

#[test]
fn of_a_page_no_more_is_said_than_is_known_until_the_whole_is_there() {
    let ledger = ledger();
    let mut desk =
        Desk::with(&ledger, Attached { opened: Some(page(&ledger)), ..attached(&ledger) }, &Default::default());
    desk.give(Input::Feed(Report::Update(Box::new(Update { read: Some(60), ..news(&ledger) }))));
    let board = desk.screen(120, 40);
    assert!(board.contains("reading its files, 20 %") && board.contains("140/300"), "{board}");
    assert!(!board.contains("of 600"), "{board}");
    desk.press("2");
    let files = desk.screen(120, 40);
    assert!(files.contains("file (19 so far)"), "{files}");

    let whole = Opened { batch: BATCH, world: ledger.world.clone(), recent: Vec::new(), part: None };
    let update = Update { read: Some(300), whole: Some(Box::new(whole)), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    assert_eq!(desk.app.data.batch(), ledger.world.batch(BATCH));
    let at_once = Opened { world: ledger.world.clone(), part: None, ..page(&ledger) };
    let mut direct = Desk::with(&ledger, Attached { opened: Some(at_once), ..attached(&ledger) }, &Default::default());
    for keys in ["1", "2g", "3", "4", "5", "6", "8"] {
        desk.press(keys);
        direct.press(keys);
        assert_eq!(desk.screen(120, 40), direct.screen(120, 40), "{keys}");
    }
}

#[test]
fn the_whole_of_another_batch_is_not_taken_for_this_one() {
    let ledger = ledger();
    let mut desk = Desk::on(&ledger);
    let whole = Opened { batch: BatchId(9), world: World::default(), recent: Vec::new(), part: None };
    let update = Update { whole: Some(Box::new(whole)), ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    assert_eq!(desk.app.data.batch(), ledger.world.batch(BATCH));
}
