//! Lists as a feed tells them, and the part of the screen that shows them.

use super::support::Desk;
use crate::console::lists::{CheckResult, List, ListRequest};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::view::layout;
use crate::model::{FileId, Millis, ValidationId, ValidationPhase, ValidationStatus};

/// The feed answers.
pub fn told(desk: &mut Desk, wanted: ListRequest, list: List) {
    desk.give(Input::Feed(Report::List(wanted, Box::new(Ok(list)))));
}

/// True if a list was asked for since the last look.
pub fn asked(desk: &mut Desk, wanted: ListRequest) -> bool {
    desk.effects().contains(&Effect::Ask(Request::List(wanted)))
}

/// The screen without its frame, as text.
pub fn content(desk: &mut Desk, width: u16, height: u16) -> String {
    let screen = desk.screen(width, height);
    let area = layout::regions(&desk.app).unwrap().content;
    screen.lines().skip(area.y.into()).take(area.height.into()).collect::<Vec<_>>().join("\n")
}

/// A result that passed; others are made of it.
pub fn passed(id: i64, file: Option<i64>, phase: ValidationPhase, check: &str) -> CheckResult {
    CheckResult {
        id: ValidationId(id),
        file: file.map(FileId),
        phase,
        check: check.into(),
        status: ValidationStatus::Passed,
        class: None,
        result: "3 objects".into(),
        ms: 12,
        at: Millis(1_768_471_445_000 + id * 1_000),
    }
}
