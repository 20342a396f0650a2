//! Screen 5: what waits for somebody, what it would do, and what may be said about it.

use super::support::*;
use crate::console::feed::{RollbackSummary, Update};
use crate::console::state::message::{Effect, Input};
use crate::console::state::message::{Report, Request};
use crate::console::state::options::Options;
use crate::console::state::request::RequestStage;
use crate::model::RollbackSubject;
use crate::model::testing::Ledger;
use crate::model::{
    BatchId, BlastChange, BlastFile, BlastRadius, BlastStatement, Class, Decision, DecisionId, Epoch, Event, FileId,
    FileType, Input as Fact, JobKind, JobSubject, Millis, PrecheckResult, RollbackId, Rows, Seen, Verb, Verdict,
};
use crate::model::{CommandRequest, DecisionRequest};
use crossterm::event::KeyCode;

pub const ROLLBACK: RollbackId = RollbackId(1);

const SIDES: &str = "--- now\n+++ after the rollback\n";

/// Blast radius of the rollback of `windowed`.
pub fn radius(rollback: Option<RollbackId>) -> BlastRadius {
    let file = |id: i64, name: &str, sql: &str, object: &str| BlastFile {
        id: FileId(id),
        path: format!("migrations/{name}"),
        file_type: FileType::Doctrine,
        method: "written",
        reason: None,
        statements: vec![BlastStatement { index: 0, sql: sql.into(), undoes: vec![0] }],
        objects: vec![object.into()],
        rows_written_since: Some(12),
        rows_left_alone: Some(0),
        lost: Vec::new(),
        fit: PrecheckResult::default(),
        estimated_ms: 1_260,
        objects_lost: Vec::new(),
        objects_left_alone: Vec::new(),
    };
    BlastRadius {
        batch: BATCH,
        rollback,
        class: Class::B,
        files: vec![
            file(3, "0003_totals.sql", "DROP TABLE\n  totals", "lupopedia.totals"),
            file(2, "0002_orders.sql", "ALTER TABLE orders DROP COLUMN total", "lupopedia.orders"),
        ],
        refused: None,
        in_the_way: Vec::new(),
        written_to_since: Vec::new(),
        epoch_from: Epoch(2),
        epoch_to: Epoch(3),
        rows_written_since: Some(24),
        rows_left_alone: Some(0),
        fit: PrecheckResult {
            asked: 3,
            misfits: vec![Rows { rows: 2, what: "of orders are twice under the key total".into() }],
        },
        estimated_ms: 2_520,
        changes: vec![
            BlastChange {
                object: "table lupopedia.totals".into(),
                diff: Some(format!(
                    "{SIDES}@@ -1,3 +1 @@\n-CREATE TABLE `totals` (\n-  `n` int\n-)\n+(does not exist)\n"
                )),
                remark: None,
            },
            BlastChange {
                object: "table lupopedia.orders".into(),
                diff: Some(format!("{SIDES}@@ -2,3 +2,2 @@\n   `id` int,\n-  `total` int,\n   `note` text\u{202e}\n")),
                remark: Some("it no longer stands as the file left it: others have changed it since".into()),
            },
            BlastChange {
                object: "view lupopedia.sums".into(),
                diff: None,
                remark: Some("cannot be told: this account may not see it".into()),
            },
        ],
    }
}

/// Tells the desk what it would do, as if that had been looked up.
pub fn told(desk: &mut Desk, radius: BlastRadius) {
    let subject = RollbackSubject::Opened(ROLLBACK);
    desk.give(Input::Feed(Report::BlastRadius(BATCH, subject, Box::new(Ok(radius)))));
    desk.give(Input::Painted);
}

/// Looks, and is told what it would do.
pub fn looked(desk: &mut Desk) {
    desk.press("5");
    desk.key(KeyCode::Enter);
    told(desk, radius(Some(ROLLBACK)));
}

fn request(desk: &mut Desk) -> Option<DecisionRequest> {
    desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Decide(request)) => Some(request),
        _ => None,
    })
}

fn confirm(desk: &mut Desk, reason: &str, name: &str) {
    desk.press(reason);
    desk.key(KeyCode::Tab);
    desk.press(name);
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
}

/// The journal has gone on: its events since arrive.
pub fn goes_on(desk: &mut Desk, ledger: &mut Ledger, fact: Fact) {
    let known = ledger.events.len();
    ledger.give(fact);
    let events: Vec<Event> = ledger.events[known..].iter().filter(|e| e.batch == BATCH).cloned().collect();
    let update = Update { events, ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
}

#[test]
fn an_approval_shows_what_it_does_and_needs_a_reason_and_the_name() {
    let mut desk = Desk::on(&windowed());
    desk.press("5A");
    let asked = Effect::Ask(Request::BlastRadius(BATCH, RollbackSubject::Opened(ROLLBACK)));
    assert!(desk.effects().contains(&asked) && desk.app.dialog.is_none(), "it is looked up first");
    told(&mut desk, radius(Some(ROLLBACK)));
    let dialog = desk.app.dialog.clone().unwrap();
    let lines: Vec<String> = dialog.consequence.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    for text in [
        "2 files are undone by 2 statements",
        "0003_totals.sql written",
        "lupopedia.orders",
        "24 rows",
        "on from 2 to 3",
    ] {
        assert!(lines.contains(text), "{text}: {lines}");
    }
    assert!(dialog.target.as_str().contains("prod-db1 · lupopedia · batch 1 “spring release”"), "{}", dialog.target);
    assert_eq!(dialog.command_line.unwrap().as_str(), "caribou approve 1 --reason '…'");
    confirm(&mut desk, "it is slow", "spring");
    assert!(request(&mut desk).is_none() && desk.app.dialog.is_some(), "the name must be typed as it stands");
    desk.key(KeyCode::Esc);
    desk.press("A");
    told(&mut desk, radius(Some(ROLLBACK)));
    confirm(&mut desk, "it is slow", "spring release");
    let seen =
        Seen { class: Class::B, status: crate::model::RollbackStatus::Pending, files: vec![FileId(3), FileId(2)] };
    let (verdict, reason) = (Verdict::Approve, Some("it is slow".to_owned()));
    assert_eq!(request(&mut desk), Some(DecisionRequest { batch: BATCH, rollback: ROLLBACK, verdict, reason, seen }));
}

#[test]
fn a_rejection_needs_a_reason_and_nothing_else() {
    let mut ledger = windowed();
    let mut desk = Desk::on(&ledger);
    desk.command("reject 1");
    assert!(desk.screen(120, 40).contains("Reject rollback 1"));
    desk.press("the query is gone");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    let request = request(&mut desk).unwrap();
    assert_eq!((request.verdict, request.seen.files.len()), (Verdict::Reject, 2));
    desk.give(Input::Feed(Report::Decided(Ok(DecisionId(5)))));
    assert_eq!(desk.app.request.clone().unwrap().stage, RequestStage::Decided(DecisionId(5)));
    goes_on(&mut desk, &mut ledger, decided(5, Verdict::Reject, "eve@10.%"));
    assert_eq!(desk.app.request.clone().unwrap().stage, RequestStage::Effective);
    assert!(desk.screen(120, 40).contains("· R1   rejected"), "{}", desk.screen(120, 40));
}

fn decided(id: i64, verdict: Verdict, by: &str) -> Fact {
    let seen =
        Seen { class: Class::B, status: crate::model::RollbackStatus::Pending, files: vec![FileId(3), FileId(2)] };
    let decision = Decision {
        id: DecisionId(id),
        batch: BATCH,
        rollback: ROLLBACK,
        operator: by.into(),
        verdict,
        reason: Some("seen".into()),
        seen: Some(seen),
        overrides: None,
    };
    Fact::Decision { decision, now: Millis(0) }
}

#[test]
fn whoever_may_not_decide_is_told_why() {
    let ledger = windowed();
    let refused = |mut desk: Desk, why: &str| {
        for keys in ["5A", "X"] {
            desk.press(keys);
            assert!(desk.app.dialog.is_none() && desk.notice().contains(why), "{why}: {}", desk.notice());
        }
        let screen = desk.screen(200, 60);
        assert!(!screen.contains("A approve  "), "the footer offers nothing that is refused: {screen}");
    };
    let mut operator = attached(&ledger);
    operator.account.may_decide = false;
    refused(Desk::with(&ledger, operator, &Options::default()), "ana@10.% may not decide: it lacks EXECUTE");
    let mut own = windowed();
    own.world.batches.get_mut(&BATCH).unwrap().policy.four_eyes = true;
    refused(Desk::on(&own), "another account has to decide (four eyes)");
    let mut late = Desk::on(&ledger);
    lapses(&mut late, &ledger);
    refused(late, "it can no longer be decided");
    // An approver may decide although it may not command.
    let mut approver = attached(&ledger);
    approver.account.may_command = false;
    let mut desk = Desk::with(&ledger, approver, &Options::default());
    desk.press("5X");
    assert!(desk.app.dialog.is_some(), "{}", desk.notice());
}

/// The database's clock comes to the deadline, and no worker has said so yet.
fn lapses(desk: &mut Desk, ledger: &Ledger) {
    let by = ledger.world.batch(BATCH).unwrap().rollbacks[&ROLLBACK].decide_by.unwrap();
    let update = Update { clock: by, ..news(ledger) };
    desk.give(Input::Feed(Report::Update(Box::new(update))));
}

#[test]
fn what_moved_on_since_is_not_decided() {
    let mut ledger = windowed();
    let mut desk = Desk::on(&ledger);
    let open = |desk: &mut Desk| {
        desk.press("5A");
        told(desk, radius(Some(ROLLBACK)));
        assert!(desk.app.dialog.is_some(), "{}", desk.notice());
    };
    open(&mut desk);
    lapses(&mut desk, &ledger);
    confirm(&mut desk, "now", "spring release");
    assert!(request(&mut desk).is_none());
    let moved = desk.app.moved_on.take().unwrap();
    assert!(moved.now.as_str().contains("lapsed at"), "{moved:?}");
    desk = Desk::on(&ledger);
    open(&mut desk);
    goes_on(&mut desk, &mut ledger, decided(5, Verdict::Reject, "eve@10.%"));
    confirm(&mut desk, "now", "spring release");
    assert!(request(&mut desk).is_none());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("─ Not done: it moved on since you looked ─"), "{screen}");
    assert!(screen.contains("rollback 1 was closed: rejected") && screen.contains("Nothing was sent."), "{screen}");
    desk.key(KeyCode::Enter);
    assert!(!desk.screen(120, 40).contains("Not done"));
}

#[test]
fn what_would_be_refused_has_no_dialog() {
    let mut desk = Desk::on(&windowed());
    desk.press("5A");
    let why = "batch 2 (summer) depends on it";
    told(&mut desk, BlastRadius { refused: Some(why.into()), ..radius(Some(ROLLBACK)) });
    assert!(desk.app.dialog.is_none() && desk.notice() == why, "{}", desk.notice());
    assert!(desk.screen(120, 40).contains("REFUSED as things stand"), "{}", desk.screen(120, 40));
}

#[test]
fn production_is_armed_first() {
    let ledger = windowed();
    let mut attached = attached(&ledger);
    attached.server.environment = "production".into();
    let mut desk = Desk::with(&ledger, attached, &Options::default());
    desk.press("5A");
    assert!(desk.notice().contains(":arm 15m"), "{}", desk.notice());
    desk.command("arm 15m");
    desk.press("X");
    assert!(desk.app.dialog.is_some());
}

#[test]
fn a_rollback_of_another_batch_opens_it_too() {
    let ledger = windowed();
    let batch = ledger.world.batch(BATCH).unwrap();
    let mut window = RollbackSummary::from_rollback(&ledger.world, batch, &batch.rollbacks[&ROLLBACK]);
    (window.rollback.id, window.rollback.batch) = (RollbackId(9), BatchId(7));
    let mut desk = Desk::on(&running());
    desk.give(Input::Feed(Report::Rollbacks(Ok(vec![window]))));
    desk.press("5");
    assert!(desk.screen(120, 40).contains("slow since Tuesday"));
    desk.effects();
    desk.key(KeyCode::Enter);
    let blast = Request::BlastRadius(BatchId(7), RollbackSubject::Opened(RollbackId(9)));
    let look = Request::LookAt(Some(RollbackId(9)));
    assert_eq!(desk.effects(), [Request::Open(BatchId(7)), blast, look].map(Effect::Ask));
    desk.command("approve 8");
    assert!(desk.notice().contains("no rollback 8"), "{}", desk.notice());
}

#[test]
fn what_has_run_is_rolled_back_by_name() {
    let mut desk = Desk::on(&completed());
    desk.command("rollback 0002 --class B");
    let subject = RollbackSubject::Proposed { files: vec![FileId(2)], class: Class::B };
    assert!(desk.effects().contains(&Effect::Ask(Request::BlastRadius(BATCH, subject.clone()))));
    desk.give(Input::Feed(Report::BlastRadius(BATCH, subject, Box::new(Ok(radius(None))))));
    desk.give(Input::Painted);
    let first = desk.app.dialog.as_ref().unwrap().consequence[0].to_string();
    assert!(first.contains("nothing is undone before somebody approves it"), "{first}");
    confirm(&mut desk, "slow", "spring release");
    let sent = desk.effects().into_iter().find_map(|e| match e {
        Effect::Ask(Request::Submit(CommandRequest { verb, reason, .. })) => Some((verb, reason)),
        _ => None,
    });
    let verb = Verb::RollBack { files: vec![FileId(2)], class: Class::B, now: false, accept_loss: false };
    assert_eq!(sent, Some((verb, Some("slow".into()))));
    desk.command("rollback --class Z");
    assert!(desk.notice().contains("no class"), "{}", desk.notice());
}

#[test]
fn a_lapse_is_watched() {
    let mut ledger = windowed();
    let mut desk = Desk::on(&ledger);
    assert!(desk.screen(120, 40).contains("◷ R1 23h 59m"), "{}", desk.screen(120, 40));
    lapses(&mut desk, &ledger);
    desk.press("5");
    assert!(desk.screen(120, 40).contains("! LAPSED"), "{}", desk.screen(120, 40));
    let by = ledger.world.batch(BATCH).unwrap().rollbacks[&ROLLBACK].decide_by.unwrap();
    let fact = Fact::Due { batch: BATCH, subject: JobSubject::Rollback(ROLLBACK), kind: JobKind::WindowLapse, now: by };
    goes_on(&mut desk, &mut ledger, fact);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("· R1   lapsed, kept") && !screen.contains("decide rollback 1"), "{screen}");
}

#[test]
fn the_list_is_asked_for_when_it_may_be_another() {
    let ledger = windowed();
    let mut desk = Desk::apart(&Options::default());
    desk.give(Input::Feed(Report::Attached(Box::new(attached(&ledger)))));
    let asks = |desk: &mut Desk| desk.effects().contains(&Effect::Ask(Request::Rollbacks));
    assert!(asks(&mut desk), "at the beginning");
    for _ in 0..40 {
        desk.wait(1_000);
        desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
    }
    assert!(!asks(&mut desk), "nobody looks");
    desk.press("5");
    assert!(asks(&mut desk), "somebody does");
}

/// Answers the question about the rollback.
fn answered(desk: &mut Desk, rows: Option<u64>) {
    let radius = BlastRadius { rows_written_since: rows, ..radius(Some(ROLLBACK)) };
    told(desk, radius);
}

#[test]
fn the_list_says_what_would_be_lost_and_asks_again_each_minute() {
    let ledger = windowed();
    let mut desk = Desk::on(&ledger);
    desk.press("5");
    let question = Effect::Ask(Request::BlastRadius(BATCH, RollbackSubject::Opened(ROLLBACK)));
    assert!(desk.effects().contains(&question), "opening the screen asks");
    let row = |desk: &mut Desk| {
        let screen = desk.screen(120, 40);
        screen.lines().find(|line| line.contains("B 24 h")).unwrap().to_owned()
    };
    assert!(row(&mut desk).contains("?  slow since"), "nobody knows yet: {}", row(&mut desk));
    answered(&mut desk, Some(1_204));
    assert!(row(&mut desk).contains("1,204 rows"), "{}", row(&mut desk));
    let frame = desk.frame(120, 40);
    assert_eq!(style_of(&frame, "1,204 rows").add_modifier, ratatui::style::Modifier::REVERSED, "under the cursor");
    answered(&mut desk, Some(0));
    assert!(row(&mut desk).contains("none"), "{}", row(&mut desk));
    desk.effects();
    for second in 1..=61 {
        desk.wait(1_000);
        desk.give(Input::Feed(Report::Update(Box::new(news(&ledger)))));
        assert_eq!(desk.effects().contains(&question), second == 60, "second {second}");
    }
}

#[test]
fn what_is_lost_comes_first_and_is_red_and_nothing_is_green() {
    for (rows, words, role) in [
        (Some(24), "24 rows that others", crate::console::view::theme::Role::Bad),
        (Some(0), "nothing: no row", crate::console::view::theme::Role::Good),
        (None, "? not counted: this account cannot read", crate::console::view::theme::Role::Bad),
    ] {
        let mut desk = Desk::on(&windowed());
        desk.press("5");
        desk.key(KeyCode::Enter);
        answered(&mut desk, rows);
        let frame = desk.frame(120, 40);
        assert_eq!(style_of(&frame, words).fg, desk.app.theme.style(role).fg, "{words}");
        let screen = text(&frame);
        let at = |word: &str| screen.find(word).unwrap_or_else(|| panic!("{word}: {screen}"));
        assert!(at("LOST") < at("UNDONE") && at("UNDONE") < at("Undo, in this order"), "{screen}");
    }
}
