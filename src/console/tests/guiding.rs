//! The tour's strip: what it says, when it goes on, and what it leaves alone.

use super::look::look;
use super::support::*;
use crate::console::guide::{Guide, Next};
use crate::console::state::message::{Effect, Input};
use crate::console::view::theme::Role;
use crossterm::event::KeyCode;

fn words(number: u64, after_ms: Option<u64>) -> Guide {
    Guide {
        number,
        title: "act 2 of 6: a mistake, undone".into(),
        words: "All four are undone, the rows too.".into(),
        look: "Look at: 2 Files, Enter on 0011_health.sql (what failed).".into(),
        next: after_ms.map(|after_ms| Next { what: "act 3".into(), does: "begins".into(), after_ms }),
        replay: None,
    }
}

fn guided(after_ms: Option<u64>) -> Desk {
    let mut desk = Desk::on(&completed());
    desk.give(Input::Guide(words(7, after_ms)));
    desk.effects.clear();
    desk
}

fn goes_on(desk: &mut Desk) -> bool {
    desk.effects().contains(&Effect::GoOn(7))
}

#[test]
fn the_strip_at_every_size() {
    look("strip", &mut guided(Some(15_000)));
}

#[test]
fn the_strip_is_not_to_be_taken_for_the_batch() {
    let mut desk = guided(Some(15_000));
    let theme = desk.app.theme;
    let frame = desk.frame(120, 40);
    assert_eq!(style_of(&frame, " DEMO ").fg, theme.style(Role::UnrealBanner).fg);
    assert_eq!(style_of(&frame, "act 2 of 6").fg, theme.style(Role::Unreal).fg);
    assert_eq!(style_of(&frame, "Enter begins now").fg, theme.style(Role::Key).fg);
}

#[test]
fn it_goes_on_after_its_time_and_once() {
    let mut desk = guided(Some(15_000));
    desk.wait(14_000);
    assert!(!goes_on(&mut desk));
    desk.wait(1_000);
    assert!(goes_on(&mut desk));
    desk.wait(20_000);
    assert!(!goes_on(&mut desk));
}

#[test]
fn enter_on_board_goes_on_at_once_and_elsewhere_opens_what_it_opens() {
    let mut desk = guided(Some(15_000));
    desk.press("2");
    desk.key(KeyCode::Enter);
    assert!(!goes_on(&mut desk));
    assert!(desk.app.detail.is_some(), "the file is open");
    desk.press("1");
    desk.key(KeyCode::Enter);
    assert!(goes_on(&mut desk));
}

#[test]
fn it_does_not_go_on_under_the_eyes_of_whoever_looks_around() {
    let mut desk = guided(Some(15_000));
    desk.wait(14_000);
    desk.press("2");
    desk.wait(29_000);
    assert!(!goes_on(&mut desk), "half a minute from the last key");
    desk.press("?");
    desk.wait(60_000);
    assert!(!goes_on(&mut desk), "the help is read");
    desk.press("?");
    desk.wait(30_000);
    assert!(goes_on(&mut desk));
}

#[test]
fn without_something_that_comes_nothing_goes_on() {
    let mut desk = guided(None);
    desk.wait(600_000);
    desk.key(KeyCode::Enter);
    assert!(!goes_on(&mut desk));
    assert!(!desk.screen(120, 40).contains("begins"));
}
