//! Checks that stopped a file are let pass: who may, what is asked first, what is sent, and what is refused.

use super::deciding::goes_on;
use super::look::look;
use super::support::*;
use super::told;
use crate::console::feed::Update;
use crate::console::lists::{CheckList, CheckResult, List, ListRequest};
use crate::console::state::message::{Effect, Input, Report, Request};
use crate::console::state::options::Options;
use crate::console::state::request::RequestStage;
use crate::model::testing::Ledger;
use crate::model::{
    BatchId, Decision, DecisionId, FileId, Input as Fact, OverrideRequest, OverrideSubject, RollbackId,
    ValidationPhase, ValidationStatus, Verb, Verdict,
};
use crossterm::event::KeyCode;

fn request(desk: &mut Desk) -> Option<(BatchId, OverrideRequest)> {
    desk.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask(Request::LetPass(batch, request)) => Some((batch, request)),
        _ => None,
    })
}

fn confirm(desk: &mut Desk, reason: &str) {
    desk.press(reason);
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
}

fn subject(checks: &[&str]) -> OverrideSubject {
    let checks = checks.iter().map(|check| (*check).to_owned()).collect();
    OverrideSubject::File { file: FileId(1), retries: 0, checks }
}

/// The decision as the worker takes it.
fn taken(by: &str, checks: &[&str]) -> Fact {
    let decision = Decision {
        id: DecisionId(5),
        batch: BATCH,
        rollback: RollbackId(0),
        operator: by.into(),
        verdict: Verdict::Approve,
        reason: Some("older than the rule".into()),
        seen: None,
        overrides: Some(subject(checks)),
    };
    Fact::Decision { decision, now: crate::model::Millis(0) }
}

/// The dialog that is open, its consequence in one text.
fn consequence(desk: &Desk) -> String {
    let dialog = desk.app.dialog.as_ref().unwrap_or_else(|| panic!("no dialog: {}", desk.notice()));
    dialog.consequence.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Validations with what stopped the file, and a finding of another kind.
fn validations(ledger: &Ledger) -> Desk {
    let failed = |id, phase, check: &str| CheckResult {
        status: ValidationStatus::Failed,
        result: "line 3: table Users does not match [a-z_]+".into(),
        ..told::passed(id, Some(1), phase, check)
    };
    let results = vec![
        failed(3, ValidationPhase::Pre, "names"),
        failed(2, ValidationPhase::Pre, "table_budget"),
        failed(1, ValidationPhase::Post, "probes"),
        told::passed(4, Some(1), ValidationPhase::Pre, "parses"),
    ];
    let mut desk = Desk::on(ledger);
    desk.press("4");
    told::told(&mut desk, ListRequest::Checks(BATCH), List::Checks(CheckList { batch: BATCH, results }));
    desk
}

#[test]
fn what_stopped_a_file_is_let_pass_with_a_reason_and_the_file_runs_again() {
    let mut ledger = stopped_by_checks();
    let mut desk = Desk::on(&ledger);
    desk.press("O");
    let told = consequence(&desk);
    for text in [
        "LETS PASS names: table Users does not match",
        "LETS PASS table_budget: 78 tables, and 77 are allowed",
        "Batch 1 goes on: 0001_users.sql runs from its beginning, as attempt 2.",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    let dialog = desk.app.dialog.as_ref().unwrap();
    assert_eq!(dialog.accept.as_str(), "Let 2 checks pass");
    let line = dialog.command_line.as_ref().unwrap().as_str();
    assert_eq!(line, "caribou override migrations/0001_users.sql --batch 1 --reason '…'");
    desk.key(KeyCode::Tab);
    desk.key(KeyCode::Enter);
    assert!(request(&mut desk).is_none(), "it takes a reason");
    desk.press("older than the rule");
    desk.key(KeyCode::Enter);
    let asked = OverrideRequest { subject: subject(&["names", "table_budget"]), reason: "older than the rule".into() };
    assert_eq!(request(&mut desk), Some((BATCH, asked)));
    desk.give(Input::Feed(Report::Decided(Ok(DecisionId(5)))));
    assert!(desk.screen(120, 40).contains("override 0001_users.sql handed in as 5"), "{}", desk.screen(120, 40));
    goes_on(&mut desk, &mut ledger, taken("ana@10.%", &["names", "table_budget"]));
    assert_eq!(desk.app.request.as_ref().unwrap().stage, RequestStage::Effective);
    let screen = desk.screen(120, 40);
    assert!(screen.contains("override 0001_users.sql sent → accepted → effective"), "{screen}");
    desk.press("2");
    desk.key(KeyCode::Enter);
    let screen = desk.screen(200, 60);
    assert!(screen.contains("names is let pass by ana@10.%: older than the rule"), "{screen}");
    desk.press("O");
    assert!(desk.notice().contains("0001_users.sql is idle: no check has stopped it"), "{}", desk.notice());
}

#[test]
fn on_validations_it_is_the_check_under_the_cursor() {
    let mut desk = validations(&stopped_by_checks());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("O lets names pass, with a reason") && screen.contains("O let pass"), "{screen}");
    desk.press("O");
    let told = consequence(&desk);
    assert!(told.contains("LETS PASS names") && told.contains("table_budget stop it again"), "{told}");
    let line = desk.app.dialog.as_ref().unwrap().command_line.clone().unwrap();
    assert!(line.as_str().contains("--check names --batch 1"), "{line}");
    confirm(&mut desk, "agreed");
    assert_eq!(request(&mut desk).unwrap().1.subject, subject(&["names"]));
    desk.press("jjO");
    let screen = desk.screen(120, 40);
    assert!(desk.notice().contains("was not stopped by probes, but by names, table_budget"), "{}", desk.notice());
    assert!(!screen.contains("O let pass") && !screen.contains("lets probes pass"), "{screen}");
    desk.press("jO");
    assert!(desk.notice().contains("no check that stopped a file is under the cursor"), "{}", desk.notice());
}

#[test]
fn what_is_let_pass_is_told_with_its_result() {
    let mut desk = validations(&stopped_by_checks());
    let told = |id, status, result: &str| CheckResult {
        status,
        result: result.into(),
        ..told::passed(id, Some(1), ValidationPhase::Pre, "names")
    };
    let results = vec![
        told(1, ValidationStatus::Failed, "line 3: table Users is wrong"),
        told(2, ValidationStatus::Warning, "let pass by bea@%: agreed\nline 3: table Users is wrong"),
    ];
    super::told::told(&mut desk, ListRequest::Checks(BATCH), List::Checks(CheckList { batch: BATCH, results }));
    let screen = desk.screen(120, 40);
    assert!(screen.contains("let pass: ") && screen.contains("table Users is wrong"), "{screen}");
    assert!(screen.contains("it is let pass, and told as a warning") && !screen.contains("way past it"), "{screen}");
    desk.press("j");
    let screen = desk.screen(120, 40);
    assert!(screen.contains("let pass        by bea@%: agreed"), "{screen}");
    assert!(screen.contains("Evidence  names · 0001_users.sql · line 3"), "{screen}");
}

#[test]
fn the_palette_names_file_and_check() {
    let mut desk = Desk::on(&stopped_by_checks());
    desk.command("override 0001 --check names");
    confirm(&mut desk, "agreed");
    assert_eq!(request(&mut desk).unwrap().1.subject, subject(&["names"]));
    for (line, why) in [
        ("override 0001 --check parses", "not stopped by parses, but by names, table_budget"),
        ("override 0001 --check", "which check?"),
        ("override 0002", "is idle: no check has stopped it"),
        ("override 0009", "no file of this batch"),
        ("override 0001 0002", "means nothing here"),
    ] {
        desk.command(line);
        assert!(desk.app.dialog.is_none() && desk.notice().contains(why), "{line}: {}", desk.notice());
    }
    desk.key(KeyCode::Esc);
    desk.press("?/one under the cursor");
    assert!(desk.screen(120, 40).contains("O          let the checks pass"), "{}", desk.screen(120, 40));
    assert!(!desk.screen(120, 40).contains("run one statement"), "{}", desk.screen(120, 40));
}

#[test]
fn whoever_may_not_is_told_before_the_key_and_after_it() {
    let ledger = stopped_by_checks();
    let refused = |mut desk: Desk, why: &str, words: &str| {
        let screen = desk.screen(120, 40);
        assert!(!screen.contains("O let pass") && screen.contains(words), "{why}: {screen}");
        desk.press("O");
        assert!(desk.app.dialog.is_none() && desk.notice().contains(why), "{why}: {}", desk.notice());
        desk.press(":override");
        let palette = desk.screen(200, 60);
        let beginning = &why[..20];
        assert!(palette.contains(&format!("not now: {beginning}")) || palette.contains(beginning), "{palette}");
    };
    let with = |change: &dyn Fn(&mut crate::console::feed::Attached)| {
        let mut news = attached(&ledger);
        change(&mut news);
        Desk::with(&ledger, news, &Options::default())
    };
    let observer = with(&|news| (news.account.may_command, news.account.may_decide) = (false, false));
    refused(observer, "ana@10.% may not decide: it lacks EXECUTE on submit_decision", "an approver can let 2 checks");
    let operator = with(&|news| news.account.may_decide = false);
    refused(operator, "ana@10.% may not decide: it lacks EXECUTE on submit_decision", "an approver can let 2 checks");
    let unarmed = with(&|news| news.server.environment = "production".into());
    refused(unarmed, "read-only: this is production; :arm 15m", ":arm 15m");
    let mut own = stopped_by_checks();
    own.world.batches.get_mut(&BATCH).unwrap().policy.four_eyes = true;
    refused(Desk::on(&own), "ana@10.% started batch 1: another account", "an approver who did not start the batch");
    // An approver lets it pass although it may not command.
    let mut approver = with(&|news| news.account.may_command = false);
    approver.press("O");
    assert!(approver.app.dialog.is_some(), "{}", approver.notice());
}

#[test]
fn what_moved_on_since_is_not_let_pass() {
    let mut ledger = stopped_by_checks();
    let mut desk = Desk::on(&ledger);
    desk.press("O");
    let retry = Fact::Commanded(crate::model::Command {
        id: crate::model::CommandId(9),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb: Verb::Retry { file: FileId(1) },
        reason: Some("looked".into()),
        expects: Default::default(),
        submission: None,
    });
    goes_on(&mut desk, &mut ledger, retry);
    confirm(&mut desk, "agreed");
    assert!(request(&mut desk).is_none());
    let screen = desk.screen(120, 40);
    assert!(screen.contains("Not done: it moved on") && screen.contains("0001_users.sql is idle"), "{screen}");
    // What the worker finds when it takes it is told too.
    let mut ledger = stopped_by_checks();
    ledger.world.batches.get_mut(&BATCH).unwrap().policy.four_eyes = true;
    let mut desk = Desk::on(&stopped_by_checks());
    desk.press("O");
    confirm(&mut desk, "agreed");
    desk.give(Input::Feed(Report::Decided(Ok(DecisionId(5)))));
    goes_on(&mut desk, &mut ledger, taken("ana@10.%", &["names"]));
    let screen = desk.screen(120, 40);
    assert!(screen.contains("override 0001_users.sql refused: ana started batch 1"), "{screen}");
}

#[test]
fn in_every_size() {
    let ledger = stopped_by_checks();
    let mut desk = Desk::on(&ledger);
    look("board_stopped", &mut desk);
    desk.press("O");
    look("dialog_override", &mut desk);
    desk.key(KeyCode::Esc);
    desk.press("2");
    look("files_stopped", &mut desk);
    desk.key(KeyCode::Enter);
    look("file_stopped", &mut desk);
    look("validations_stopped", &mut validations(&ledger));
    let mut observer = attached(&ledger);
    (observer.account.may_command, observer.account.may_decide) = (false, false);
    look("board_stopped_observer", &mut Desk::with(&ledger, observer, &Options::default()));
    let mut alone = Desk::on(&ledger);
    let gone = Update { worker: None, ..news(&ledger) };
    alone.give(Input::Feed(Report::Update(Box::new(gone))));
    alone.press("O");
    look("dialog_override_alone", &mut alone);
}
