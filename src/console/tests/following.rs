//! What takes the place of what on the screen: the newest batch, and what was said.

use super::support::*;
use crate::console::feed::{Opened, Update};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::model::testing::Ledger;
use crate::model::{BatchId, CommandId, Event, EventKind, Millis, Seq, Verb};
use crossterm::event::KeyCode;

fn newer(desk: &mut Desk, ledger: &Ledger) {
    let update = Update { newest_batch: Some(BatchId(2)), ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
}

fn opens(desk: &mut Desk) -> bool {
    desk.effects().contains(&Effect::Ask(Request::Open(BatchId(2))))
}

#[test]
fn the_next_batch_is_shown_once_the_one_before_it_is_over() {
    let ledger = completed();
    let mut desk = Desk::on(&ledger);
    newer(&mut desk, &ledger);
    assert!(opens(&mut desk));
    assert_eq!(desk.notice(), "batch 2 has begun and is shown; :open 1 goes back");
    newer(&mut desk, &ledger);
    assert!(!opens(&mut desk), "it is asked for once");
    let runs = running();
    let mut desk = Desk::on(&runs);
    newer(&mut desk, &runs);
    assert!(!opens(&mut desk), "what runs stays");
}

#[test]
fn what_somebody_reads_or_has_chosen_stays() {
    let ledger = completed();
    let mut desk = Desk::on(&ledger);
    desk.press("2");
    desk.key(KeyCode::Enter);
    newer(&mut desk, &ledger);
    assert!(!opens(&mut desk), "a file is open");
    desk.key(KeyCode::Esc);
    newer(&mut desk, &ledger);
    assert!(opens(&mut desk));
    let opened = Opened { batch: BATCH, world: ledger.world.clone(), recent: Vec::new(), part: None };
    desk.give(Input::Feed(Report::Opened(Ok(Box::new(opened)))));
    newer(&mut desk, &ledger);
    assert!(!opens(&mut desk), "the earlier batch was opened although there is a newer one");
    assert!(desk.screen(120, 40).contains("batch 2 is newer, :open 2 shows it"));
}

#[test]
fn what_was_said_goes_with_its_screen_and_before_a_dialog() {
    let mut desk = Desk::on(&completed());
    desk.press("A");
    assert!(desk.notice().contains("means nothing here"), "{}", desk.notice());
    desk.press("5");
    assert_eq!(desk.notice(), "");
    let mut desk = Desk::on(&running());
    desk.press("A");
    assert_ne!(desk.notice(), "");
    desk.press("P");
    assert!(desk.app.dialog.is_some());
    assert_eq!(desk.notice(), "");
}

#[test]
fn the_way_of_a_command_is_not_hidden_by_what_was_said_before() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.press("Py");
    desk.give(Input::Feed(Report::Submitted(Ok(CommandId(9)))));
    desk.press("A");
    assert!(desk.screen(120, 40).contains("means nothing here"));
    let kind = EventKind::CommandAccepted { command: CommandId(9), verb: Verb::Pause, reason: None };
    let event = Event { batch: BATCH, seq: Seq(100), at: Millis(1), operator: None, kind };
    let update = Update { events: vec![event], ..news(&ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
    let screen = desk.screen(120, 40);
    assert!(screen.contains("pause sent as 9 → accepted, not yet in effect"), "{screen}");
}
