//! Screen 4: results of the checks, the worst first, with their evidence.

use super::look::look;
use super::support::*;
use super::told::*;
use crate::console::feed::{FeedError, FeedFault, Update};
use crate::console::lists::{CheckList, CheckResult, List, ListRequest};
use crate::console::state::message::{Input, Report};
use crate::console::view::theme::Role;
use crate::model::{Class, FileId, ValidationPhase, ValidationStatus};
use crossterm::event::KeyCode;
use ratatui::style::Modifier;

const COPY: &str = "line 8: statement 2: ALGORITHM=COPY, which rebuilds 5,100,000 rows of lupopedia.orders\n\
                    why: every row is written anew, and writers wait for the whole time\n\
                    instead: add a new column, fill it in chunks, swap the names in a later file\n\
                    asked: which algorithm the server would choose for this ALTER, on an empty twin\n\
                    policy: checks.rebuild";

fn failed(id: i64, file: i64, check: &str, result: &str) -> CheckResult {
    let status = ValidationStatus::Failed;
    CheckResult { status, result: result.into(), ..passed(id, Some(file), ValidationPhase::Pre, check) }
}

/// A failure that a retry has passed, one that stands, a warning of class C, and what passed.
pub fn results() -> Vec<CheckResult> {
    let room = "0.9 GB free, 1.2 GB are needed\nwhy: a full disk stops the server\npolicy: checks.disk_free";
    let mut all = vec![
        failed(1, 1, "disk_free", room),
        failed(2, 3, "parses", "line 3: it does not parse: near \u{202e}`FORM`\npolicy: checks.parses"),
        CheckResult { status: ValidationStatus::Warning, class: Some(Class::C), ..failed(3, 2, "rebuild", COPY) },
        passed(4, Some(1), ValidationPhase::Pre, "disk_free"),
    ];
    for (n, check) in ["parses", "objects_exist", "long_transactions", "locks"].into_iter().enumerate() {
        all.push(passed(10 + n as i64, Some(1), ValidationPhase::Pre, check));
        all.push(passed(20 + n as i64, Some(2), ValidationPhase::Pre, check));
    }
    all.push(passed(30, Some(1), ValidationPhase::Post, "objects_after"));
    all.push(passed(31, None, ValidationPhase::Post, "probes"));
    all
}

fn with(results: Vec<CheckResult>) -> Desk {
    let mut desk = Desk::on(&running());
    desk.press("4");
    assert!(asked(&mut desk, ListRequest::Checks(BATCH)), "opening the screen asks");
    told(&mut desk, ListRequest::Checks(BATCH), List::Checks(CheckList { batch: BATCH, results }));
    desk
}

#[test]
fn in_every_size() {
    look("list_validations_empty", &mut with(Vec::new()));
    look("list_validations_one", &mut with(vec![passed(1, Some(1), ValidationPhase::Pre, "parses")]));
    let mut desk = with(results());
    look("list_validations_many", &mut desk);
    desk.press("j");
    look("list_validations_warning", &mut desk);
    desk.key(KeyCode::Enter);
    look("list_validations_evidence", &mut desk);
    let mut desk = Desk::on(&running());
    desk.press("4");
    let error = FeedError::new(FeedFault::Denied, "SELECT command denied to user 'ana'");
    desk.give(Input::Feed(Report::List(ListRequest::Checks(BATCH), Box::new(Err(error)))));
    look("list_validations_failed", &mut desk);
}

#[test]
fn what_failed_is_red_what_a_retry_passed_is_faint_and_what_passed_has_no_colour() {
    let mut desk = with(results());
    // The row under the cursor is in reverse.
    desk.press("jjj");
    let frame = desk.frame(120, 40);
    let style = |role| desk.app.theme.style(role);
    assert_eq!(style_of(&frame, "✗ 10:04:07").fg, style(Role::Bad).fg);
    let retried = style_of(&frame, "✗ 10:04:06");
    assert!(retried.fg != style(Role::Bad).fg && retried.add_modifier.contains(Modifier::DIM), "{retried:?}");
    let warning = style_of(&frame, "! 10:04:08");
    assert!(!warning.add_modifier.contains(Modifier::BOLD), "nobody has to act on a warning: {warning:?}");
    assert!(style_of(&frame, "✓ 10:04:35").add_modifier.contains(Modifier::DIM));
    assert!(style_of(&frame, "›✓").add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_line_unfolds_to_its_checks_and_the_cursor_stays_on_its_row() {
    let mut desk = with(results());
    desk.press("jjjj");
    let list = |desk: &mut Desk| content(desk, 120, 40).split("─ Evidence").next().unwrap().to_owned();
    assert!(!list(&mut desk).contains("long_transactions"));
    desk.key(KeyCode::Enter);
    let screen = list(&mut desk);
    assert!(screen.contains("  └") && screen.contains("long_transactions"), "{screen}");
    assert!(screen.contains("▾"), "{screen}");
    let row = desk.app.validations.selected();
    desk.press("j");
    desk.press("k");
    desk.key(KeyCode::Enter);
    assert_eq!(desk.app.validations.selected(), row);
    assert!(!list(&mut desk).contains("└"));
}

#[test]
fn the_filter_takes_phase_status_class_and_file() {
    for (words, shown, hidden) in [
        ("status:failed", "disk_free", "rebuild "),
        ("class:C", "rebuild", "disk_free"),
        ("phase:post", "all passed", "rebuild "),
        ("file:0002", "0002_orders.sql", "0003_totals"),
        ("!status:passed", "rebuild", "all passed"),
    ] {
        let mut desk = with(results());
        desk.press("/");
        desk.press(words);
        desk.key(KeyCode::Enter);
        let screen = content(&mut desk, 120, 40);
        let list = screen.split("─ Evidence").next().unwrap();
        assert!(list.contains(shown) && !list.contains(hidden), "{words}: {list}");
        assert!(list.contains(&format!("matching /{words}")), "{list}");
    }
}

#[test]
fn a_result_of_the_journal_comes_on_top_by_itself() {
    let mut ledger = planned(&[2, 1]);
    let mut desk = Desk::on(&ledger);
    desk.press("4");
    told(&mut desk, ListRequest::Checks(BATCH), List::Checks(CheckList { batch: BATCH, results: Vec::new() }));
    assert!(content(&mut desk, 80, 24).contains("No check has run yet."));
    let known = ledger.events.len();
    begin(&mut ledger, FileId(1));
    let events = ledger.events[known..].iter().filter(|e| e.batch == BATCH).cloned().collect();
    desk.give(Input::Feed(Report::Update(Box::new(Update { events, ..news(&ledger) }))));
    let screen = content(&mut desk, 80, 24);
    assert!(screen.contains("0001_users.sql") && screen.contains("2 checks"), "{screen}");
}
