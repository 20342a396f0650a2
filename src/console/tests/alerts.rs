//! Screen 6: alerts of all batches, what can be done about them, and who is told when.

use super::look::look;
use super::support::*;
use super::told::*;
use crate::console::feed::{FeedError, FeedFault, Update};
use crate::console::lists::{AlertList, Contact, List, ListRequest, Told};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::state::request::RequestStage;
use crate::console::view::theme::Role;
use crate::model::testing::Ledger;
use crate::model::{
    Alert, AlertId, AlertPolicy, AlertStatus, AlertType, BatchId, CommandId, Input as Fact, JobKind, JobSubject,
    Millis, Verb,
};
use crossterm::event::KeyCode;

const MINUTE: u64 = 60_000;
/// About the time of the ledger's last events.
const NOW: i64 = 1_768_471_476_000;

/// A batch that runs longer than it should, blocked by somebody: alert 1, which rises.
fn prolonged() -> Ledger {
    let mut ledger = blocked();
    let policy = AlertPolicy { prolonged: 60 * MINUTE, rises: 5 * MINUTE, ack_expires: 20 * MINUTE, milestones: false };
    ledger.world.batches.get_mut(&BATCH).unwrap().policy.alerts = Some(policy);
    let now = ledger.events.last().unwrap().at;
    ledger.give(Fact::Due { batch: BATCH, subject: JobSubject::Batch(BATCH), kind: JobKind::BatchProlonged, now });
    ledger
}

fn of_another_batch(id: i64, alert_type: AlertType, status: AlertStatus, title: &str) -> Alert {
    Alert {
        id: AlertId(id),
        batch: BatchId(40),
        file: None,
        alert_type,
        title: title.into(),
        message: String::new(),
        status,
        level: 0,
        rises: false,
        due: None,
        created_at: Millis(NOW - 3_600_000),
        updated_at: Millis(NOW - 60_000),
    }
}

/// Alerts in each status, who was told, and who would be.
pub fn list() -> AlertList {
    use AlertStatus::{Acknowledged, New, Resolved};
    let acknowledged = Alert {
        due: Some(Millis(NOW + 20 * 60_000)),
        ..of_another_batch(17, AlertType::Warning, Acknowledged, "half of the window of R7 is over")
    };
    AlertList {
        alerts: vec![
            of_another_batch(18, AlertType::Error, New, "0048_refunds.sql failed: disk_free\u{202e}"),
            acknowledged,
            of_another_batch(16, AlertType::Info, Resolved, "batch 40 “column notes” completed"),
        ],
        told: vec![
            Told { alert: AlertId(1), hook: "ops".into(), attempts: 1, at: Some(Millis(NOW)), error: None },
            Told {
                alert: AlertId(18),
                hook: "lead".into(),
                attempts: 3,
                at: Some(Millis(NOW - 3_000_000)),
                error: Some("pager.example answers 503".into()),
            },
        ],
        contacts: Some(vec![
            Contact { hook: "ops".into(), who: None, way: "webhook", level: 1 },
            Contact { hook: "lead".into(), who: Some("db-oncall".into()), way: "command", level: 2 },
            Contact { hook: "boss".into(), who: Some("head of ops".into()), way: "mail", level: 3 },
        ]),
    }
}

fn with(ledger: &Ledger, list: AlertList) -> Desk {
    let mut desk = Desk::on(ledger);
    told(&mut desk, ListRequest::Alerts, List::Alerts(list));
    desk.press("6");
    desk
}

#[test]
fn in_every_size() {
    look("list_alerts_empty", &mut with(&running(), AlertList::default()));
    let one = AlertList { contacts: Some(Vec::new()), ..AlertList::default() };
    look("list_alerts_one", &mut with(&prolonged(), one));
    let mut desk = with(&prolonged(), list());
    look("list_alerts_many", &mut desk);
    desk.key(KeyCode::Enter);
    look("list_alerts_opened", &mut desk);
    let mut desk = Desk::on(&running());
    let error = FeedError::new(FeedFault::Denied, "SELECT command denied to user 'ana'");
    desk.give(Input::Feed(Report::List(ListRequest::Alerts, Box::new(Err(error)))));
    desk.press("6");
    look("list_alerts_failed", &mut desk);
}

#[test]
fn what_nobody_has_seen_comes_first_and_is_red_where_it_is_grave() {
    let mut desk = with(&prolonged(), list());
    let screen = content(&mut desk, 120, 40);
    let at = |id: &str| screen.find(id).unwrap_or_else(|| panic!("{id}: {screen}"));
    assert!(at("A1 ") < at("A18") && at("A18") < at("A17") && at("A17") < at("A16"), "{screen}");
    desk.press("G");
    let frame = desk.frame(120, 40);
    let colour = |role| desk.app.theme.style(role).fg;
    assert_eq!(style_of(&frame, "! A18").fg, colour(Role::Bad));
    assert_eq!(style_of(&frame, "! A1 ").fg, colour(Role::Caution));
    assert_eq!(style_of(&frame, "◷ A17").fg, colour(Role::Caution));
}

#[test]
fn an_acknowledgement_is_asked_for_and_shows_when_it_ends() {
    let mut ledger = prolonged();
    let mut desk = with(&ledger, list());
    desk.frame(120, 40);
    desk.press("A");
    let dialog = desk.app.dialog.clone().expect("a dialog");
    let lines: Vec<String> = dialog.consequence.iter().map(ToString::to_string).collect();
    assert!(lines[1].contains("for 20m 00s; then it fires again"), "{lines:?}");
    assert_eq!(dialog.command_line.unwrap().as_str(), "caribou ack 1");
    desk.press("y");
    let sent = desk.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask(Request::Submit(request)) => Some((request.batch, request.verb)),
        _ => None,
    });
    let verb = Verb::Alert { alert: AlertId(1), to: AlertStatus::Acknowledged };
    assert_eq!(sent, Some((BATCH, verb.clone())));
    let known = ledger.events.len();
    command(&mut ledger, 9, verb);
    let events = ledger.events[known..].iter().filter(|e| e.batch == BATCH).cloned().collect();
    desk.give(Input::Feed(Report::Update(Box::new(Update { events, ..news(&ledger) }))));
    let screen = content(&mut desk, 120, 40);
    assert!(screen.contains("acknowledged, 19m"), "{screen}");
    assert!(screen.contains("acknowledged by bob@10.%, level 1"), "its way: {screen}");
    desk.press("G");
    desk.press("g");
    desk.command("ack 1");
    assert!(desk.notice().contains("A1 is acknowledged already"), "{}", desk.notice());
}

#[test]
fn an_alert_of_another_batch_is_followed_in_the_list() {
    let mut desk = with(&running(), list());
    desk.press("X");
    assert!(desk.screen(80, 24).contains("of batch 40"), "{}", desk.screen(80, 24));
    desk.press("y");
    desk.give(Input::Feed(Report::Submitted(Ok(CommandId(5)))));
    assert_eq!(desk.app.request.clone().unwrap().stage, RequestStage::Sent(CommandId(5)));
    desk.effects();
    desk.wait(1_600);
    assert!(asked(&mut desk, ListRequest::Alerts), "nobody else tells what becomes of it");
    let mut now = list();
    now.alerts[0].status = AlertStatus::Resolved;
    told(&mut desk, ListRequest::Alerts, List::Alerts(now));
    assert_eq!(desk.app.request.clone().unwrap().stage, RequestStage::Effective);
}

#[test]
fn the_ways_out_have_their_price_and_the_blocker_is_copied() {
    let mut desk = with(&prolonged(), list());
    let screen = content(&mut desk, 200, 60);
    for text in ["connection 88 of app@10.0.0.5", "y copies KILL 88", ":abort undoes", "1 other file", "○ in 4m 5"] {
        assert!(screen.contains(text), "{text}: {screen}");
    }
    desk.press("y");
    assert!(desk.effects().contains(&Effect::Copy("KILL 88".into())));
}

#[test]
fn whoever_may_not_command_is_told_why_and_is_offered_nothing() {
    let ledger = prolonged();
    let mut observer = attached(&ledger);
    observer.account.may_command = false;
    let mut desk = Desk::with(&ledger, observer, &Default::default());
    desk.press("6A");
    assert!(desk.app.dialog.is_none() && desk.notice().contains("may not ask for this"), "{}", desk.notice());
    desk.wait(9_000);
    desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
    let screen = desk.screen(120, 40);
    assert!(!screen.contains("A acknowledge") && screen.contains("it lacks EXECUTE on submit_command"), "{screen}");
}
