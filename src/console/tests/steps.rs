//! A step: it says what it is spent on, and is spent on nothing else.

use super::support::*;
use crate::console::feed::Update;
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::model::testing::Ledger;
use crate::model::{Ahead, CommandRequest, FileId, FileState, Phase, StepUnit, Verb};

fn request(desk: &mut Desk) -> Option<CommandRequest> {
    desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Submit(request)) => Some(request),
        _ => None,
    })
}

/// What has happened since so many events.
fn tell(desk: &mut Desk, ledger: &Ledger, known: usize) {
    let update = Update { events: ledger.events[known..].to_vec(), ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
}

/// The dialog of a step: its title, what it says, its button.
fn told(desk: &mut Desk) -> (String, String, String) {
    desk.press("S");
    let dialog = desk.app.dialog.as_ref().expect("a dialog");
    (dialog.title.to_string(), dialog.consequence[0].to_string(), dialog.accept.to_string())
}

#[test]
fn its_dialog_says_the_direction_and_the_statement() {
    let forward = told(&mut Desk::on(&stepping()));
    assert_eq!(forward.1, "It runs statement 2 of 2 in migrations/0001_users.sql, and holds again.");
    assert_eq!(forward.2, "Run one statement");
    let (title, says, button) = told(&mut Desk::on(&undo_in_steps(false)));
    assert_eq!(title, "Step: UNDO what comes next");
    let undoes = "It UNDOES: step 1 of 1 of the undo of migrations/0001_users.sql, which undoes statement 1; then it \
                  holds again.";
    assert_eq!((says.as_str(), button.as_str()), (undoes, "Undo one step"));
    let (_, says, button) = told(&mut Desk::on(&undo_in_steps(true)));
    assert!(says.starts_with("First the verification of the undo of migrations/0001_users.sql: "), "{says}");
    assert_eq!(button, "Verify the undo");
    let mut desk = Desk::on(&undo_in_steps(false));
    desk.press("P");
    let dialog = desk.app.dialog.as_ref().unwrap();
    assert!(dialog.consequence[0].as_str().starts_with("It goes on UNDOING by itself; next: step 1 of 1"));
    assert_eq!(dialog.accept.as_str(), "Go on undoing");
}

#[test]
fn a_held_batch_is_asked_for_the_step_that_was_seen() {
    let mut desk = Desk::on(&stepping());
    desk.press("Sy");
    let expects = request(&mut desk).unwrap().expects;
    assert_eq!(expects.ahead, Some(Ahead { undoes: false, at: Some((FileId(1), 1)) }));
    assert_eq!(expects.file, Some((FileId(1), FileState::Migrating)));
    let mut desk = Desk::on(&running());
    desk.press("Sy");
    let expects = request(&mut desk).unwrap().expects;
    assert_eq!((expects.ahead, expects.file), (Some(Ahead { undoes: false, at: None }), None), "it moves");
}

#[test]
fn a_step_for_a_statement_is_not_sent_once_its_file_goes_back() {
    let mut ledger = stepping();
    let mut desk = Desk::on(&ledger);
    desk.press("S");
    let known = ledger.events.len();
    command(&mut ledger, 6, Verb::Step { unit: StepUnit::Statement });
    send(&mut ledger, FileId(1), 1, Phase::Forward);
    fails(&mut ledger, FileId(1), 1);
    tell(&mut desk, &ledger, known);
    desk.press("y");
    assert!(request(&mut desk).is_none());
    let moved = desk.app.moved_on.take().unwrap();
    assert_eq!(moved.now.as_str(), "migrations/0001_users.sql is rolling_back");
    assert!(moved.seen.as_str().ends_with("; next: statement 2 of 0001_users.sql"), "{}", moved.seen);
}

#[test]
fn a_resume_of_the_way_forward_does_not_let_an_undo_go_on() {
    let mut ledger = paused();
    let mut desk = Desk::on(&ledger);
    desk.press("P");
    let known = ledger.events.len();
    command(&mut ledger, 6, Verb::Step { unit: StepUnit::Statement });
    send(&mut ledger, FileId(2), 2, Phase::Forward);
    fails(&mut ledger, FileId(2), 2);
    tell(&mut desk, &ledger, known);
    desk.press("y");
    assert!(request(&mut desk).is_none());
    let moved = desk.app.moved_on.take().unwrap();
    assert_eq!(moved.now.as_str(), "the way forward came next, and now step 1 of the undo of 0002_orders.sql does");
}

#[test]
fn every_screen_says_that_it_undoes_and_how_far_it_is() {
    let mut desk = Desk::on(&undo_in_steps(true));
    let board = desk.screen(120, 40);
    assert!(board.contains("RUNNING, UNDOING, STEPPING"), "{board}");
    assert!(board.contains("1 of 1 undone, held before it is verified  4 s"), "since the step ended: {board}");
    desk.press("2");
    let files = desk.screen(120, 40);
    let line = files.lines().find(|line| line.contains("rolling_back")).unwrap();
    assert!(line.contains("0/2") && line.contains("an operator"), "{line}");
    let mut forward = Desk::on(&stepping());
    assert!(!forward.screen(120, 40).contains("UNDOING"));
}
