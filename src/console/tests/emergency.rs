//! A freeze without its worker: the banner, the key that ends it, what is asked first, and what stands once it is lifted.

use super::support::*;
use crate::console::feed::{Freeze, Update};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{BatchId, FreezeMeans, SystemStatus, Verb};
use crossterm::event::KeyCode;

/// News of a freeze, with its worker or without.
fn frozen(desk: &mut Desk, ledger: &Ledger, is_alone: bool, lifted: bool) {
    let freeze = Freeze {
        status: SystemStatus::Frozen,
        reason: "the importer runs".into(),
        by: Some("ana@10.%".into()),
        since: None,
        means: FreezeMeans::ReadOnly,
        lifted,
    };
    let mut news = Update { freeze: Some(freeze), ..news(ledger) };
    if is_alone {
        news.worker = Some(vanished());
    }
    desk.give(Input::Feed(Report::Update(Box::new(news))));
}

fn sent(desk: &mut Desk) -> Option<(BatchId, Verb, Option<String>)> {
    desk.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask(Request::Submit(request)) => Some((request.batch, request.verb, request.reason)),
        _ => None,
    })
}

#[test]
fn with_a_worker_it_is_asked_and_without_one_it_is_an_emergency() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    frozen(&mut desk, &ledger, false, false);
    desk.press("Fy");
    assert_eq!(sent(&mut desk), Some((BatchId::SYSTEM, Verb::Thaw { emergency: false }, None)));
    frozen(&mut desk, &ledger, true, false);
    for (width, height) in [(80, 24), (120, 40)] {
        let frame = desk.frame(width, height);
        let red = desk.app.theme.style(Role::BadBanner).fg;
        assert_eq!(style_of(&frame, "FROZEN").fg, red);
        assert!(text(&frame).contains("F ends it, without a worker"), "{}", text(&frame));
    }
    desk.press("F");
    let screen = desk.screen(120, 40);
    assert!(screen.contains("sets read_only = 0 on the server") && screen.contains("--emergency --reason"), "{screen}");
    assert!(!screen.contains("nobody will answer"), "{screen}");
    desk.press("y lost orders");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    assert_eq!(sent(&mut desk), None, "the name is missing");
    desk.press("spring release");
    desk.key(KeyCode::Enter);
    let reason = Some("y lost orders".to_owned());
    assert_eq!(sent(&mut desk), Some((BatchId::SYSTEM, Verb::Thaw { emergency: true }, reason)));
}

#[test]
fn past_a_worker_that_hangs_it_is_a_command() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    desk.command("thaw --emergency");
    assert_eq!(desk.notice(), "the system is not frozen");
    frozen(&mut desk, &ledger, false, false);
    desk.command("thaw --emergency");
    assert!(desk.screen(120, 40).contains("EMERGENCY, past the worker"));
}

#[test]
fn what_is_lifted_is_told_and_not_lifted_again() {
    let ledger = running();
    let mut desk = Desk::on(&ledger);
    frozen(&mut desk, &ledger, true, false);
    desk.press("F");
    // Somebody else was faster.
    frozen(&mut desk, &ledger, true, true);
    desk.press("mine");
    desk.key(KeyCode::Tab);
    desk.press("spring release");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    assert_eq!(sent(&mut desk), None);
    assert!(desk.screen(120, 40).contains("Not done: it moved on"));
    desk.key(KeyCode::Esc);
    let frame = desk.frame(120, 40);
    assert!(text(&frame).contains("LIFTED: applications can write to prod-db1 again"), "{}", text(&frame));
    assert_ne!(style_of(&frame, "FROZEN").fg, desk.app.theme.style(Role::BadBanner).fg);
    desk.press("F");
    assert!(desk.notice().contains("lifted on the server already"), "{}", desk.notice());
}

#[test]
fn a_system_is_frozen_and_thawed_where_nothing_has_run() {
    let ledger = Ledger::default();
    let mut desk = Desk::on(&ledger);
    desk.press("F");
    desk.press("importer");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    assert_eq!(sent(&mut desk), Some((BatchId::SYSTEM, Verb::Freeze, Some("importer".into()))));
    frozen(&mut desk, &ledger, true, false);
    desk.press("F");
    desk.press("lost orders");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    let reason = Some("lost orders".to_owned());
    assert_eq!(sent(&mut desk), Some((BatchId::SYSTEM, Verb::Thaw { emergency: true }, reason)));
}
