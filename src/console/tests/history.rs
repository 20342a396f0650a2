//! Screen 7: the batches so far, and their trends.

use super::look::look;
use super::support::*;
use super::told::*;
use crate::console::feed::{FeedError, FeedFault};
use crate::console::lists::{HistoryList, List, ListRequest, PastBatch, PastFailure, PastRollback};
use crate::console::state::action::Screen;
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::view::theme::Role;
use crate::model::{BatchId, BatchStatus, Category, Class, Epoch, Millis, RollbackId, RollbackStatus};
use crossterm::event::KeyCode;

/// A Monday at noon.
const START: i64 = 20_451 * 86_400_000 + 43_200_000;

fn past(id: i64, status: BatchStatus, days: i64, minutes: i64) -> PastBatch {
    let started = START + days * 86_400_000;
    PastBatch {
        id: BatchId(id),
        name: format!("release {id}"),
        status,
        epoch_from: Epoch(id),
        epoch_to: Epoch(id + 2),
        total_files: 3,
        completed_files: if status == BatchStatus::Completed { 3 } else { 0 },
        undone_files: 0,
        started_at: Some(Millis(started)),
        completed_at: Some(Millis(started + minutes * 60_000)),
        ran_until: None,
        by: Some("ben@10.4.%".into()),
        rollbacks: Vec::new(),
        failures: Vec::new(),
    }
}

fn failure(category: Category) -> PastFailure {
    PastFailure {
        path: "migrations/0035_customer_merge.sql".into(),
        category,
        what: "statement 3 (line 18): Duplicate entry 'k.berg@example\u{202e}' for key by_email [1062]".into(),
        at: Millis(START),
    }
}

fn rollback(class: Class, status: RollbackStatus) -> PastRollback {
    PastRollback {
        id: RollbackId(5),
        class,
        reason: "0035 failed at statement 3".into(),
        status,
        closed: None,
        decided_by: None,
        ms: 112_000,
        at: Millis(START),
    }
}

/// Eight batches, some of which went wrong.
pub fn batches() -> Vec<PastBatch> {
    use BatchStatus::{Completed, Failed, RolledBack};
    let minutes = [3, 48, 12, 6, 11, 2, 9, 31];
    let mut all: Vec<PastBatch> =
        (30..38).zip(minutes).map(|(id, minutes)| past(id, Completed, (id - 30) * 4, minutes)).collect();
    all[4].status = RolledBack;
    (all[4].completed_files, all[4].undone_files) = (0, 3);
    all[4].failures = vec![failure(Category::Constraint)];
    all[4].rollbacks = vec![rollback(Class::A, RollbackStatus::Completed)];
    all[6].status = Failed;
    all[6].completed_files = 1;
    all[6].failures = vec![failure(Category::LockWait), failure(Category::Constraint)];
    all[7].rollbacks = vec![PastRollback { id: RollbackId(7), ..rollback(Class::B, RollbackStatus::Pending) }];
    all.reverse();
    all
}

fn with(batches: Vec<PastBatch>) -> Desk {
    let mut desk = Desk::on(&running());
    desk.press("7");
    assert!(asked(&mut desk, ListRequest::History), "opening the screen asks");
    let list = HistoryList {
        batches,
        longest: Some(("migrations/0033_invoice_numbers.sql".into(), 1_870_000)),
        most_retried: Some(("migrations/0035_customer_merge.sql".into(), 3)),
    };
    told(&mut desk, ListRequest::History, List::History(list));
    desk
}

#[test]
fn in_every_size() {
    look("list_history_empty", &mut with(Vec::new()));
    let one = PastBatch { completed_at: None, ..past(1, BatchStatus::Running, 0, 0) };
    look("list_history_one", &mut with(vec![one]));
    let mut desk = with(batches());
    look("list_history_many", &mut desk);
    desk.press("jjj");
    look("list_history_rolled_back", &mut desk);
    desk.key(KeyCode::Tab);
    insta::assert_snapshot!("history_charts_80x24", content(&mut desk, 80, 24));
    let mut desk = Desk::on(&running());
    desk.press("7");
    let error = FeedError::new(FeedFault::Denied, "SELECT command denied to user 'ana'");
    desk.give(Input::Feed(Report::List(ListRequest::History, Box::new(Err(error)))));
    look("list_history_failed", &mut desk);
}

#[test]
fn what_went_wrong_has_the_colour_of_its_status_in_the_list_and_in_the_chart() {
    let mut desk = with(batches());
    let frame = desk.frame(120, 40);
    let colour = |role| desk.app.theme.style(role).fg;
    assert_eq!(style_of(&frame, "✗ 36").fg, colour(Role::Bad));
    assert_eq!(style_of(&frame, "↶ 34").fg, colour(Role::Caution));
    let chart: Vec<(u16, u16)> = (0..frame.area.height)
        .flat_map(|y| (0..frame.area.width).map(move |x| (x, y)))
        .filter(|at| ["▃", "▂", "▅", "▄", "▆", "▇", "█", "▁"].contains(&frame[*at].symbol()))
        .collect();
    let is = |role| chart.iter().any(|at| frame[*at].style().fg == colour(role));
    assert!(is(Role::Bad) && is(Role::Caution), "bars are coloured by status");
}

#[test]
fn enter_replays_what_has_ended_and_opens_what_has_not() {
    let mut desk = with(batches());
    desk.press("j");
    desk.key(KeyCode::Enter);
    assert!(desk.effects().contains(&Effect::Ask(Request::Replay(BatchId(36)))));
    let running = PastBatch { completed_at: None, ..past(38, BatchStatus::Running, 33, 0) };
    let mut desk = with(std::iter::once(running).chain(batches()).collect());
    desk.key(KeyCode::Enter);
    assert!(desk.effects().contains(&Effect::Ask(Request::Open(BatchId(38)))));
    assert_eq!(desk.app.screen, Screen::Board);
}

#[test]
fn the_filter_takes_status_error_and_file() {
    for (words, ids) in [("status:failed", "36"), ("error:constraint", "36 34"), ("release 30", "30")] {
        let mut desk = with(batches());
        desk.press("/");
        desk.press(words);
        desk.key(KeyCode::Enter);
        let rows: Vec<String> = desk.app.history.rows.iter().map(|row| row.1.to_string()).collect();
        assert_eq!(rows.join(" "), ids, "{words}");
    }
}

#[test]
fn a_filter_that_nothing_passes_is_told() {
    let mut desk = with(batches());
    desk.press("/zzz");
    desk.key(KeyCode::Enter);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("0 of 8 match /zzz"), "{screen}");
    assert!(screen.contains("no batch matches; Esc clears the filter"), "{screen}");
}

#[test]
fn s_changes_the_order_and_says_which() {
    let mut desk = with(batches());
    let mut first = |word: &str| {
        let screen = content(&mut desk, 120, 40);
        assert!(screen.lines().next().unwrap().contains(word), "{screen}");
        let rows: Vec<String> = desk.app.history.rows.iter().take(3).map(|row| row.1.to_string()).collect();
        desk.press("s");
        rows.join(" ")
    };
    assert_eq!(first("newest first"), "37 36 35");
    assert_eq!(first("trouble first"), "36 34 37");
    assert_eq!(first("longest first"), "31 37 32");
    assert_eq!(first("by name"), "30 31 32");
    assert_eq!(first("newest first"), "37 36 35");
}
