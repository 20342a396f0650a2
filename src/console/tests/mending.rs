//! Tests of what a person is told and may do about what has gone wrong, or was undone.

use super::support::*;
use crate::console::state::message::Effect;
use crate::console::state::message::Request;
use crate::console::view::waiting;
use crate::model::CommandRequest;
use crate::model::testing::Ledger;
use crate::model::{
    Batch, BatchId, FileId, FileState, Held, Hold, KeptKind, Millis, Outcome, RollbackId, RollbackStatus, Verb,
};
use crossterm::event::KeyCode;

fn request(desk: &mut Desk) -> Option<CommandRequest> {
    desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Submit(request)) => Some(request),
        _ => None,
    })
}

fn confirm(desk: &mut Desk, reason: &str) {
    desk.press(reason);
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
}

fn batch(ledger: &mut Ledger) -> &mut Batch {
    ledger.world.batches.get_mut(&BATCH).unwrap()
}

/// The consequence of the dialog that is open.
fn consequence(desk: &Desk) -> String {
    let dialog = desk.app.dialog.as_ref().unwrap_or_else(|| panic!("no dialog: {}", desk.notice()));
    dialog.consequence.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_failed_file_is_settled_with_a_reason() {
    let mut desk = Desk::on(&failed());
    desk.command("settle");
    assert!(desk.notice().contains("how does it stand?"), "{}", desk.notice());
    desk.command("settle 0001 --as completed");
    assert!(desk.notice().contains("only a failed file can be settled"), "{}", desk.notice());
    // The only failed one is meant, wherever the cursor is not on a file.
    desk.command("settle --as rolled_back");
    let told = consequence(&desk);
    assert!(told.contains("knows of 1 statement in force") && told.contains("would run it again"), "{told}");
    let line = desk.app.dialog.as_ref().unwrap().command_line.clone().unwrap();
    assert!(line.as_str().contains("settle migrations/0002_orders.sql --as rolled_back"), "{line}");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    assert!(request(&mut desk).is_none(), "there is no reason yet");
    desk.press("dropped by hand");
    desk.key(KeyCode::Enter);
    let sent = request(&mut desk).unwrap();
    assert_eq!(sent.verb, Verb::Settle { file: FileId(2), outcome: Outcome::RolledBack });
    assert_eq!(sent.reason.as_deref(), Some("dropped by hand"));
    assert_eq!(sent.expects.file, Some((FileId(2), FileState::Failed)));
}

#[test]
fn what_is_kept_is_let_go_with_a_reason() {
    let mut ledger = completed();
    let mut desk = Desk::on(&ledger);
    desk.press("2j");
    desk.command("discard");
    assert_eq!(desk.notice(), "nothing is kept of it");
    let held = Held {
        statement: 1,
        kind: KeptKind::Rows,
        table: "orders".into(),
        place: "k_1_2_1".into(),
        rows: 12,
        bytes: 900,
    };
    batch(&mut ledger).files.get_mut(&FileId(2)).unwrap().held.push(held);
    let mut desk = Desk::on(&ledger);
    desk.press("2j");
    desk.command("discard");
    let told = consequence(&desk);
    assert!(told.contains("12 rows of orders, statement 2 of 0002_orders.sql"), "{told}");
    confirm(&mut desk, "personal data");
    assert_eq!(request(&mut desk).unwrap().verb, Verb::Discard { file: Some(FileId(2)) });
    desk.command("discard --batch");
    confirm(&mut desk, "the disk is full");
    assert_eq!(request(&mut desk).unwrap().verb, Verb::Discard { file: None });
    // What an open rollback may need stays.
    let mut waits = windowed();
    let held = batch(&mut ledger).files[&FileId(2)].held.clone();
    batch(&mut waits).files.get_mut(&FileId(2)).unwrap().held = held;
    let mut desk = Desk::on(&waits);
    desk.command("discard --batch");
    assert!(desk.notice().contains("is open: decide about it first"), "{}", desk.notice());
}

#[test]
fn a_batch_that_was_taken_back_says_by_which_and_when() {
    let mut ledger = windowed();
    let rollback = batch(&mut ledger).rollbacks.get_mut(&RollbackId(1)).unwrap();
    rollback.status = RollbackStatus::Completed;
    rollback.compensated_by = Some(BatchId(2));
    rollback.updated_at = Millis(1_768_471_500_000);
    batch(&mut ledger).completed = 1;
    let mut desk = Desk::on(&ledger);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("COMPLETED, ↶ partly UNDONE"), "{screen}");
    let waits = waiting::on(&desk.app).to_plain();
    assert!(waits.starts_with("nothing: 2 files undone by batch 2 at 2026-01-15"), "{waits}");
}

#[test]
fn a_file_in_line_says_behind_whom_and_where() {
    let mut ledger = running();
    let batch = batch(&mut ledger);
    let locks = batch.files[&FileId(2)].locks.clone();
    let file = batch.files.get_mut(&FileId(3)).unwrap();
    (file.locks, file.state) = (locks, FileState::Preparing);
    file.holds.push((Hold::Blocked, "after somebody".into()));
    batch.active.insert(FileId(3));
    let mut desk = Desk::on(&ledger);
    let in_line = "blocked: in line at place 1, after migrations/0002_orders.sql: table t1";
    let board = desk.screen(120, 40);
    assert!(board.contains("in line at place 1, behind 0002: table t1"), "{board}");
    desk.press("2");
    let files = desk.screen(120, 40);
    assert!(files.contains("#1, behind 0002"), "{files}");
    desk.press("jj");
    desk.key(KeyCode::Enter);
    let file = desk.screen(200, 60);
    assert!(file.contains(in_line), "{file}");
}

#[test]
fn a_pane_is_not_scrolled_beyond_its_end() {
    let mut desk = Desk::on(&running());
    desk.frame(80, 24);
    desk.press("2j");
    desk.key(KeyCode::Enter);
    desk.key(KeyCode::Tab);
    desk.press("G");
    let end = desk.app.detail.as_ref().unwrap().facts_top;
    assert!(end > 0 && end < 100, "{end}");
    desk.press("k");
    assert_eq!(desk.app.detail.as_ref().unwrap().facts_top, end - 1);
}
