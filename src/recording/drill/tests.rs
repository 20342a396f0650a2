//! The questions of recordings, and what was done at each.

use super::*;
use crate::model::{
    BatchId, Category, Class, CommandId, DecisionId, Effect, Event, EventKind, Failure, FileId, FileState, Millis,
    Phase, RollbackId, Seq, Verb, Verdict,
};
use crate::recording::{Parts, Recording, write};

/// A second after the one before; an operator where one is named.
fn journal(events: Vec<(Option<&str>, EventKind)>) -> Recording {
    let event = |(n, (operator, kind)): (i64, (Option<&str>, EventKind))| Event {
        batch: BatchId(1),
        seq: Seq(n + 1),
        at: Millis(1_768_471_445_000 + n * 1000),
        operator: operator.map(str::to_owned),
        kind,
    };
    let events = (0..).zip(events).map(event).collect();
    Recording::open(write(&Parts { events, ..Parts::default() }).unwrap()).unwrap()
}

fn failed() -> EventKind {
    let failure = Failure { code: Some("1062".into()), ..Failure::new(Category::Constraint, "Duplicate entry") };
    let (file, statement, phase) = (FileId(1), 2, Phase::Forward);
    EventKind::StatementFailed { file, statement, phase, ms: 3, failure, effect: Effect::None }
}

fn moved(to: FileState) -> EventKind {
    let cause = crate::model::Cause::StatementFailed;
    EventKind::FileMoved { file: FileId(1), from: FileState::Migrating, to, cause, failure: None }
}

fn command(verb: Verb) -> EventKind {
    EventKind::CommandAccepted { command: CommandId(1), verb, reason: None }
}

fn window() -> EventKind {
    EventKind::RollbackOpened {
        rollback: RollbackId(7),
        file: None,
        class: Class::B,
        reason: "slow".into(),
        files: vec![FileId(1)],
        affected: Vec::new(),
        window: Some(60_000),
        alert: None,
        loss_accepted: false,
    }
}

fn asked(events: Vec<(Option<&str>, EventKind)>) -> Vec<(u64, String, Act, Option<u64>)> {
    let found = questions(&mut journal(events)).unwrap();
    for question in &found {
        assert!(question.choices.contains(&question.done), "what was done is among the choices: {question:?}");
    }
    found.into_iter().map(|q| (q.stop, q.title, q.done, q.their_ms)).collect()
}

#[test]
fn a_failure_is_asked_about_before_its_undo_is_seen() {
    let events = vec![(None, EventKind::BatchStarted), (None, failed()), (None, moved(FileState::RollingBack))];
    assert_eq!(asked(events), [(2, "1062, statement 3".into(), Act::LetUndo, None)]);
}

#[test]
fn an_operator_who_acts_upon_a_failure_has_answered_it() {
    let events = vec![(None, failed()), (None, EventKind::BatchStarted), (Some("ana"), command(Verb::Pause))];
    assert_eq!(asked(events), [(1, "1062, statement 3".into(), Act::Pause, Some(2_000))]);
}

#[test]
fn a_window_is_asked_about_when_it_opens() {
    let decided = EventKind::DecisionAccepted {
        decision: DecisionId(1),
        rollback: RollbackId(7),
        verdict: Verdict::Reject,
        judged: Millis(0),
        reason: None,
    };
    let events = vec![(None, window()), (None, EventKind::BatchStarted), (Some("ben"), decided)];
    assert_eq!(asked(events), [(1, "window of class B opens".into(), Act::Reject, Some(2_000))]);
    assert_eq!(asked(vec![(None, window())])[0].2, Act::Wait, "nobody decided");
}

#[test]
fn an_act_that_nothing_asked_for_is_asked_about_before_it() {
    let events = vec![(None, EventKind::BatchStarted), (Some("ana"), command(Verb::Freeze))];
    assert_eq!(asked(events), [(1, "nobody has asked".into(), Act::Freeze, None)]);
    assert!(asked(vec![(Some("ana"), command(Verb::Run))]).is_empty(), "nobody is asked whether to begin");
}

#[test]
fn the_sheet_grades_choices_and_leaves_texts_to_people() {
    let questions = questions(&mut journal(vec![(None, failed()), (None, moved(FileState::RollingBack))])).unwrap();
    let place = |act| questions[0].choices.iter().position(|choice| *choice == act);
    let (same, other) = (place(Act::LetUndo), place(Act::Retry));
    let mut sheet = Sheet { batch: "batch 1".into(), questions, ..Sheet::default() };
    sheet.answer(0, same, "", 9_000);
    sheet.answer(0, other, "", 31_000);
    sheet.answer(0, None, " call | somebody ", 61_000);
    let signs: Vec<&str> = sheet.answers.iter().map(|answer| answer.grade.sign()).collect();
    assert_eq!(signs, ["=", "≠", "≈"]);
    assert!(!sheet.judge(0) && sheet.judge(2));
    assert_eq!(sheet.summary(), "2 of 3 as they did · 1 otherwise · 0 can be argued · median 31 s");
    let text = sheet.markdown(Millis(1_768_471_445_000));
    assert!(text.contains("call \\| somebody | undone by the worker | 1:01 | - |"), "{text}");
}
