//! Screen 8: the checklist with its evidence, and ticks with a name.

use super::look::look;
use super::support::*;
use super::told::*;
use crate::console::feed::{FeedError, FeedFault};
use crate::console::lists::{Checklist, ChecklistItem, ChecklistPhase, List, ListRequest};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::view::theme::Role;
use crate::model::{BatchId, Checksum, Millis, Verb};
use crossterm::event::KeyCode;

const REQUEST: ListRequest = ListRequest::Checklist(BATCH);

fn item(
    phase: ChecklistPhase,
    key: &'static str,
    title: &'static str,
    done: Option<bool>,
    said: &str,
) -> ChecklistItem {
    let evidence = said.to_owned();
    ChecklistItem { phase, key, title, is_of_person: false, done, evidence, ticked: None }
}

/// Items in each state.
pub fn items() -> Vec<ChecklistItem> {
    use ChecklistPhase::{After, Before, During};
    let person = |item: ChecklistItem| ChecklistItem { is_of_person: true, ..item };
    let backup = "/var/backups/prod-db1/2026-11-29.mb\u{202e} is 4.2 h old, 812 bytes";
    vec![
        item(Before, "backup", "System backup completed", Some(true), backup),
        ChecklistItem {
            ticked: Some(("ben@10.4.%".into(), Millis(1_768_471_445_000))),
            ..person(item(Before, "plan_reviewed", "Migration plan reviewed", Some(true), "ben@10.4.%, then"))
        },
        item(Before, "rollback_tested", "Rollback plan tested", Some(false), "this plan was not rehearsed"),
        person(item(Before, "stakeholders_notified", "Stakeholders notified", Some(false), "a person knows")),
        item(During, "checks_passing", "Validation checks passing", Some(true), "9 passed, 0 failed, 1 warned"),
        item(During, "rollback_capability", "Rollback capability verified", Some(false), "nothing undoes 2"),
        item(After, "thaw_completed", "System thaw completed", None, "not now"),
        person(item(After, "documentation_updated", "Documentation updated", None, "not now")),
    ]
}

fn with(items: Vec<ChecklistItem>, policy: Option<&'static str>) -> Desk {
    let mut desk = Desk::on(&running());
    desk.press("8");
    assert!(asked(&mut desk, REQUEST), "opening the screen asks");
    told(&mut desk, REQUEST, list(items, policy));
    desk
}

pub fn list(items: Vec<ChecklistItem>, policy: Option<&'static str>) -> List {
    List::Checklist(Checklist { batch: BATCH, plan: Checksum("9f3c".into()), policy, items })
}

#[test]
fn in_every_size() {
    let mut desk = Desk::on(&running());
    desk.press("8");
    look("list_checklist_empty", &mut desk);
    let one = item(ChecklistPhase::Before, "backup", "System backup completed", Some(false), "nothing proves it");
    look("list_checklist_one", &mut with(vec![one], None));
    let mut desk = with(items(), Some("require"));
    look("list_checklist_many", &mut desk);
    desk.press("j");
    desk.key(KeyCode::Enter);
    look("list_checklist_opened", &mut desk);
    desk.key(KeyCode::Esc);
    desk.frame(80, 24);
    desk.key(KeyCode::Tab);
    insta::assert_snapshot!("checklist_during_80x24", content(&mut desk, 80, 24));
    let mut desk = Desk::on(&running());
    desk.press("8");
    let error = FeedError::new(FeedFault::Denied, "a schema of version 4.0.25 has no checklist");
    desk.give(Input::Feed(Report::List(REQUEST, Box::new(Err(error)))));
    look("list_checklist_failed", &mut desk);
}

#[test]
fn what_is_not_as_it_should_be_and_what_waits_for_a_person_has_a_colour() {
    let mut desk = with(items(), Some("require"));
    let frame = desk.frame(120, 40);
    let colour = |role| desk.app.theme.style(role).fg;
    assert_eq!(style_of(&frame, "✓ Migration").fg, colour(Role::Good));
    assert_eq!(style_of(&frame, "! Rollback plan").fg, colour(Role::Caution));
    assert_eq!(style_of(&frame, "? Stakeholders").fg, colour(Role::Caution));
    let to_come = style_of(&frame, "· System thaw");
    assert!(to_come.add_modifier.contains(ratatui::style::Modifier::DIM), "{to_come:?}");
}

fn sent(desk: &mut Desk) -> Option<(BatchId, Verb)> {
    desk.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask(Request::Submit(request)) => Some((request.batch, request.verb)),
        _ => None,
    })
}

#[test]
fn a_person_ticks_with_their_name_and_takes_it_back() {
    let mut desk = with(items(), None);
    desk.frame(120, 40);
    desk.press("jjjA");
    let screen = desk.screen(120, 40);
    assert!(screen.contains("you stand by it with your name"), "{screen}");
    assert!(screen.contains("caribou checklist tick stakeholders_notified"), "{screen}");
    desk.press("y");
    let tick =
        |item: &str, done| (BatchId::SYSTEM, Verb::Tick { item: item.into(), plan: Checksum("9f3c".into()), done });
    assert_eq!(sent(&mut desk), Some(tick("stakeholders_notified", true)));
    desk.command("tick plan_reviewed");
    assert!(desk.screen(120, 40).contains("ben@10.4.% stood by it"), "{}", desk.screen(120, 40));
    desk.press("y");
    assert_eq!(sent(&mut desk), Some(tick("plan_reviewed", false)));
}

#[test]
fn what_a_machine_judges_or_what_is_to_come_is_not_ticked() {
    let mut desk = with(items(), None);
    desk.frame(120, 40);
    for (word, why) in [
        ("backup", "nobody ticks it"),
        ("documentation_updated", "before the batch has ended"),
        ("lunch", "no item lunch"),
    ] {
        desk.command(&format!("tick {word}"));
        assert!(desk.app.dialog.is_none() && desk.notice().contains(why), "{word}: {}", desk.notice());
    }
    desk.press("A");
    assert!(desk.notice().contains("backup is judged by what is found"), "{}", desk.notice());
}

#[test]
fn what_is_over_is_not_to_come() {
    let over =
        item(ChecklistPhase::During, "progress_monitoring", "Progress monitoring active", None, "the batch has ended");
    let mut desk = with(vec![over], None);
    let screen = desk.screen(120, 40);
    assert!(
        screen.contains("the batch has ended") && !screen.contains("Progress monitoring active       to come"),
        "{screen}"
    );
    desk.key(KeyCode::Enter);
    assert!(desk.screen(120, 40).contains("· over"), "{}", desk.screen(120, 40));
}
