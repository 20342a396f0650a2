//! Windows, decisions and compensating batches.

use super::*;
use crate::store::projection::{Cell, Table};

pub(super) const DAY: u64 = 24 * 3_600_000;
pub(super) const ANA: &str = "ana@10.%";
pub(super) const BEN: &str = "ben@10.%";

/// Drives every batch until nothing moves.
fn drive_all(ledger: &mut Ledger, script: &Script) {
    for _ in 0..10_000 {
        let moving = ledger.world.batches.values().find(|b| !matches!(next(b, 1), Next::Ended | Next::Held));
        let Some((id, next)) = moving.map(|b| (b.id, next(b, 1))) else { return };
        match next {
            Next::Do(task) => perform_in(ledger, id, script, task),
            _ => ledger.give(Input::Exhausted { batch: id }),
        }
    }
    panic!("it never came to an end");
}

pub(super) fn submit(ledger: &mut Ledger, files: &[(FileType, u32, &[usize])], four_eyes: bool, on_lapse: Lapse) {
    let mut submission = submission(files);
    submission.epoch_from = epoch(ledger);
    submission.epoch_to = Epoch(submission.epoch_from.0 + files.len() as i64);
    submission.policy.four_eyes = four_eyes;
    submission.policy.windows.on_lapse = on_lapse;
    ledger.give(Input::Submitted { submission: Box::new(submission), operator: ANA.into(), command: None });
}

/// The version stamp of the system, as the store reads it: that of the newest completed batch.
fn epoch(ledger: &Ledger) -> Epoch {
    let completed = ledger.world.batches.values().rev().find(|b| b.status == BatchStatus::Completed);
    completed.map_or(Epoch(0), |b| b.epoch_to)
}

fn with_window(files: &[(FileType, u32, &[usize])], found: (i64, Class), on_lapse: Lapse) -> (Ledger, Script) {
    let script = Script { windows: vec![found], ..Script::default() };
    let mut ledger = Ledger::default();
    // With four eyes a lapse begins no rollback.
    submit(&mut ledger, files, on_lapse != Lapse::Rollback, on_lapse);
    drive_all(&mut ledger, &script);
    (ledger, script)
}

pub(super) fn decision(
    ledger: &Ledger,
    id: i64,
    batch: BatchId,
    rollback: RollbackId,
    operator: &str,
    verdict: Verdict,
) -> Decision {
    let known = ledger.world.batches.get(&batch).and_then(|b| b.rollbacks.get(&rollback));
    let seen = known.map(|r| Seen { class: r.class, status: r.status, files: ledger.world.scope_of(r) });
    let (operator, reason) = (operator.to_owned(), Some("because".to_owned()));
    Decision { id: DecisionId(id), batch, rollback, operator, verdict, reason, seen, overrides: None }
}

/// Decides as a user; the reason of a refusal.
fn decide_as(ledger: &mut Ledger, operator: &str, verdict: Verdict) -> Result<(), String> {
    let decision = decision(ledger, 1, BATCH, RollbackId(1), operator, verdict);
    answer_to(ledger, decision)
}

pub(super) fn answer_to(ledger: &mut Ledger, decision: Decision) -> Result<(), String> {
    let (before, now) = (ledger.events.len(), ledger.now());
    ledger.give(Input::Decision { decision, now });
    let answers = ledger.events[before..].iter().filter_map(|e| match &e.kind {
        EventKind::DecisionAccepted { .. } => Some(Ok(())),
        EventKind::DecisionRefused { reason, .. } => Some(Err(reason.clone())),
        _ => None,
    });
    let answers: Vec<Result<(), String>> = answers.collect();
    assert_eq!(answers.len(), 1, "every decision is answered once");
    answers.into_iter().next().unwrap()
}

fn due(ledger: &mut Ledger, kind: JobKind) {
    let now = ledger.now();
    ledger.give(Input::Due { batch: BATCH, subject: JobSubject::Rollback(RollbackId(1)), kind, now });
}

pub(super) fn rollback(ledger: &mut Ledger, id: i64, files: &[i64], class: Class, now: bool) -> Option<String> {
    let files = files.iter().map(|f| FileId(*f)).collect();
    ask(ledger, id, Verb::RollBack { files, class, now, accept_loss: false }, Some("asked"))
}

fn window(ledger: &Ledger) -> &Rollback {
    &ledger.world.batches[&BATCH].rollbacks[&RollbackId(1)]
}

const CHAIN: &[(FileType, u32, &[usize])] =
    &[(Doctrine, 1, &[]), (Module, 1, &[]), (Module, 1, &[1]), (FileType::Documentation, 1, &[2]), (Doctrine, 1, &[])];

#[test]
fn each_class_has_the_scope_of_the_seed_in_reverse_order() {
    let (ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    let batch = &ledger.world.batches[&BATCH];
    let scope = |class, files: &[i64]| -> Vec<i64> {
        let files: Vec<FileId> = files.iter().map(|f| FileId(*f)).collect();
        batch.scope(class, &files).into_iter().map(|f| f.0).collect()
    };
    assert_eq!(scope(Class::A, &[]), [5, 4, 3, 2, 1], "the whole batch");
    assert_eq!(scope(Class::B, &[2]), [4, 3, 2], "and all that depends on it, directly or not");
    assert_eq!(scope(Class::B, &[3]), [4, 3]);
    assert_eq!(scope(Class::C, &[]), [5, 1], "doctrine files, and what depends on them");
    assert_eq!(scope(Class::D, &[]), [4], "documentation, and nothing else");
    assert_eq!(scope(Class::D, &[2]), [2], "a file that its author declared so");
}

#[test]
fn a_finding_opens_a_window_and_the_file_completes() {
    for (class, days, alert) in
        [(Class::B, 1, AlertType::Warning), (Class::C, 7, AlertType::Warning), (Class::D, 30, AlertType::Info)]
    {
        let (ledger, _) = with_window(CHAIN, (1, class), Lapse::Keep);
        assert_eq!((status(&ledger), epoch(&ledger)), (BatchStatus::Completed, Epoch(5)));
        let window = window(&ledger);
        assert_eq!((window.class, window.status, window.is_awaiting()), (class, RollbackStatus::Pending, true));
        assert_eq!(window.decide_by, Some(window.created_at.plus(days * DAY)));
        assert_eq!(ledger.world.batches[&BATCH].alerts[&window.alert.unwrap()].alert_type, alert);
    }
}

#[test]
fn an_approved_rollback_is_a_batch_of_its_own_with_a_higher_epoch() {
    let (mut ledger, script) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    decide_as(&mut ledger, BEN, Verdict::Approve).unwrap();
    assert_eq!(epoch(&ledger), Epoch(5), "until it has ended");
    drive_all(&mut ledger, &script);
    use FileStatus::{Completed, RolledBack};
    assert_eq!(statuses(&ledger), [Completed, RolledBack, RolledBack, RolledBack, Completed]);
    assert_eq!(status(&ledger), BatchStatus::Completed, "history is not rewritten");
    let compensating = &ledger.world.batches[&BatchId(2)];
    assert_eq!(compensating.compensates, Some(Compensates { batch: BATCH, rollback: RollbackId(1) }));
    assert_eq!((compensating.epoch_from, compensating.epoch_to), (Epoch(5), Epoch(6)));
    assert_eq!((compensating.status, epoch(&ledger)), (BatchStatus::Completed, Epoch(6)));
    assert_eq!(ledger.way(FileId(3)).last_chunk::<2>(), Some(&[RollingBack, Idle]));
    let (world, tables) = replayed(&ledger);
    assert_eq!((world.batches, tables), (ledger.world.batches.clone(), replay(&ledger.events)));
}

#[test]
fn a_rollback_that_fails_leaves_the_epoch_where_it_was_and_can_be_ordered_again() {
    let (mut ledger, script) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    decide_as(&mut ledger, BEN, Verdict::Approve).unwrap();
    drive_all(&mut ledger, &Script { undo_fails: vec![3], ..script.clone() });
    use FileStatus::{Completed, RolledBack};
    assert_eq!(statuses(&ledger), [Completed, Completed, FileStatus::Failed, RolledBack, Completed]);
    assert_eq!((ledger.world.batches[&BatchId(2)].status, epoch(&ledger)), (BatchStatus::Failed, Epoch(5)));
    assert_eq!(rollback(&mut ledger, 9, &[2, 3], Class::B, false), None);
    drive_all(&mut ledger, &script);
    assert_eq!(statuses(&ledger), [Completed, RolledBack, RolledBack, RolledBack, Completed]);
    assert_eq!((ledger.world.batches[&BatchId(3)].status, epoch(&ledger)), (BatchStatus::Completed, Epoch(6)));
}

#[test]
fn a_lapsed_window_cannot_be_decided_not_even_in_the_same_millisecond() {
    for verdict in [Verdict::Approve, Verdict::Reject] {
        let (mut ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
        let left = window(&ledger).decide_by.unwrap().since(ledger.now());
        ledger.pass(left);
        assert_eq!(window(&ledger).decide_by, Some(ledger.now()));
        let refused = decide_as(&mut ledger, BEN, verdict).unwrap_err();
        assert!(refused.contains("lapsed at") && refused.contains("caribou rollback"), "{refused}");
        assert!(window(&ledger).is_awaiting(), "until its lapse is dealt with");
    }
    let (mut ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    let left = window(&ledger).decide_by.unwrap().since(ledger.now());
    ledger.pass(left - 1);
    decide_as(&mut ledger, BEN, Verdict::Approve).unwrap();
}

#[test]
fn whoever_started_it_does_not_decide_from_wherever_they_connect() {
    let (mut ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    for verdict in [Verdict::Approve, Verdict::Reject] {
        let refused = decide_as(&mut ledger, "ana@localhost", verdict).unwrap_err();
        assert!(refused.contains("ana started batch 1"), "{refused}");
    }
    decide_as(&mut ledger, BEN, Verdict::Reject).unwrap();
    assert_eq!(window(&ledger).closed, Some(Closed::Rejected));
    assert_eq!(window(&ledger).decided_by.as_deref(), Some(BEN));
    let row = &replay(&ledger.events).0[&(Table::RollbackLog, 1)];
    assert_eq!(row.get("rollback_status"), Some(&Cell::text("pending")), "the column has no other word");
    assert_eq!(row.get("is_deleted"), Some(&Cell::Int(1)));
    let refused = decide_as(&mut ledger, BEN, Verdict::Approve).unwrap_err();
    assert!(refused.contains("rejected"), "{refused}");
}

#[test]
fn a_decision_about_something_else_than_was_seen_is_refused() {
    let (mut ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    let mut blind = decision(&ledger, 1, BATCH, RollbackId(1), BEN, Verdict::Approve);
    blind.seen = None;
    assert!(answer_to(&mut ledger, blind).unwrap_err().contains("does not say what was seen"));
    let mut stale = decision(&ledger, 2, BATCH, RollbackId(1), BEN, Verdict::Approve);
    stale.seen.as_mut().unwrap().files.pop();
    let refused = answer_to(&mut ledger, stale).unwrap_err();
    assert!(refused.contains("moved on since you looked"), "{refused}");
    let unknown = decision(&ledger, 3, BATCH, RollbackId(7), BEN, Verdict::Approve);
    assert!(answer_to(&mut ledger, unknown).unwrap_err().contains("no rollback 7"));
}

#[test]
fn nobody_decides_and_the_policy_does() {
    for (on_lapse, closed, batches) in [
        (Lapse::Keep, Some(Closed::Kept), 1),
        (Lapse::Escalate, Some(Closed::Escalated), 1),
        (Lapse::Rollback, None, 2),
    ] {
        let (mut ledger, script) = with_window(CHAIN, (2, Class::B), on_lapse);
        due(&mut ledger, JobKind::WindowLapse);
        assert!(window(&ledger).is_awaiting(), "it is not due yet");
        let alert = |ledger: &Ledger| ledger.world.batches[&BATCH].alerts[&window(ledger).alert.unwrap()].clone();
        ledger.pass(DAY / 2);
        due(&mut ledger, JobKind::WindowHalf);
        assert_eq!((alert(&ledger).level, alert(&ledger).alert_type), (1, AlertType::Warning));
        due(&mut ledger, JobKind::WindowNineTenths);
        due(&mut ledger, JobKind::WindowHalf);
        assert_eq!((alert(&ledger).level, alert(&ledger).alert_type), (2, AlertType::Critical));
        ledger.pass(DAY / 2);
        due(&mut ledger, JobKind::WindowLapse);
        due(&mut ledger, JobKind::WindowLapse);
        drive_all(&mut ledger, &script);
        assert_eq!(window(&ledger).closed, closed, "{on_lapse:?}");
        assert_eq!(ledger.world.batches.len(), batches);
        assert_eq!(window(&ledger).status == RollbackStatus::Completed, on_lapse == Lapse::Rollback);
        let level = if on_lapse == Lapse::Escalate { 3 } else { 2 };
        assert_eq!(alert(&ledger).level, level);
    }
}

#[test]
fn with_four_eyes_a_lapse_begins_no_rollback() {
    let script = Script { windows: vec![(2, Class::B)], ..Script::default() };
    let mut ledger = Ledger::default();
    submit(&mut ledger, CHAIN, true, Lapse::Rollback);
    drive_all(&mut ledger, &script);
    ledger.pass(DAY);
    due(&mut ledger, JobKind::WindowLapse);
    drive_all(&mut ledger, &script);
    assert_eq!(window(&ledger).closed, Some(Closed::Escalated));
    assert_eq!(ledger.world.batches.len(), 1);
}

#[test]
fn the_jobs_of_a_window_follow_from_its_events() {
    let (mut ledger, _) = with_window(CHAIN, (2, Class::B), Lapse::Keep);
    let set: Vec<Job> = ledger
        .events
        .iter()
        .flat_map(job_changes)
        .filter_map(|change| if let JobChange::Set(job) = change { Some(job) } else { None })
        .collect();
    let opened = window(&ledger).created_at;
    let kinds = [JobKind::WindowHalf, JobKind::WindowNineTenths, JobKind::WindowLapse].map(|kind| kind.as_str());
    assert_eq!(set.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), kinds);
    assert_eq!(set.iter().map(|job| job.due.since(opened)).collect::<Vec<_>>(), [DAY / 2, DAY / 10 * 9, DAY]);
    let before = ledger.events.len();
    decide_as(&mut ledger, BEN, Verdict::Reject).unwrap();
    let after: Vec<JobChange> = ledger.events[before..].iter().flat_map(job_changes).collect();
    let of_alert = window(&ledger).alert.map(JobSubject::Alert).unwrap();
    let over = [JobSubject::Rollback(RollbackId(1)), of_alert].map(JobChange::Cancelled);
    assert_eq!(after, over);
}

#[test]
fn what_a_later_batch_stands_on_stays() {
    let (mut ledger, script) = with_window(CHAIN, (2, Class::B), Lapse::Rollback);
    submit(&mut ledger, &[(Doctrine, 1, &[])], false, Lapse::Keep);
    let refused = decide_as(&mut ledger, BEN, Verdict::Approve).unwrap_err();
    assert!(refused.contains("batch 2 (test) is pending"), "{refused}");
    drive_all(&mut ledger, &script);
    let refused = rollback(&mut ledger, 1, &[], Class::A, false).unwrap();
    assert!(refused.contains("went on from epoch 5 to 6") && refused.contains("class B"), "{refused}");
    // The later file depends on one of the scope.
    let depending = ledger.world.batches.get_mut(&BatchId(2)).unwrap().files.get_mut(&FileId(6)).unwrap();
    depending.depends_on.push(Dependency {
        id: DependencyId(99),
        on: FileId(3),
        path: "0003_file.sql".into(),
        kind: DependencyType::Required,
        description: "declared".into(),
    });
    let refused = decide_as(&mut ledger, BEN, Verdict::Approve).unwrap_err();
    assert!(refused.contains("0001_file.sql of batch 2 depends on 0003_file.sql"), "{refused}");
    ledger.pass(DAY);
    due(&mut ledger, JobKind::WindowLapse);
    assert_eq!(window(&ledger).closed, Some(Closed::Escalated), "a rollback that cannot begin is for a person");
}

#[test]
fn an_operator_opens_a_window_orders_or_is_refused() {
    let open = |four_eyes| {
        let mut ledger = Ledger::default();
        submit(&mut ledger, CHAIN, four_eyes, Lapse::Keep);
        drive_all(&mut ledger, &Script::default());
        ledger
    };
    let mut ledger = open(true);
    assert!(rollback(&mut ledger, 1, &[2], Class::B, true).unwrap().contains("four eyes"));
    assert_eq!(rollback(&mut ledger, 2, &[2], Class::B, false), None);
    assert!(window(&ledger).is_awaiting() && window(&ledger).decide_by.is_some());
    assert!(rollback(&mut ledger, 3, &[2], Class::B, false).unwrap().contains("waits for a decision"));
    assert!(rollback(&mut ledger, 4, &[2], Class::C, false).unwrap().contains("type doctrine"));
    assert!(rollback(&mut ledger, 5, &[2], Class::A, false).unwrap().contains("whole batch"));
    assert_eq!(rollback(&mut ledger, 6, &[], Class::A, false), None);
    let whole = &ledger.world.batches[&BATCH].rollbacks[&RollbackId(2)];
    assert!(whole.is_awaiting() && whole.decide_by.is_none(), "it waits for the second pair of eyes");

    let mut ledger = open(false);
    assert_eq!(rollback(&mut ledger, 1, &[], Class::A, false), None);
    drive_all(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 5]);
    assert_eq!((status(&ledger), epoch(&ledger)), (BatchStatus::RolledBack, Epoch(0)), "back to epoch_from, whole");
    assert!(rollback(&mut ledger, 2, &[2], Class::B, false).unwrap().contains("rolled_back"));

    let mut ledger = open(false);
    assert_eq!(rollback(&mut ledger, 1, &[5], Class::B, true), None);
    drive_all(&mut ledger, &Script::default());
    assert_eq!((statuses(&ledger)[4], epoch(&ledger)), (FileStatus::RolledBack, Epoch(6)));
    let command = Verb::RollBack { files: vec![], class: Class::B, now: false, accept_loss: false };
    let verb = serde_json::to_string(&command).unwrap();
    assert_eq!(verb, r#"{"verb":"rollback","files":[],"class":"B","now":false}"#);
}

#[test]
fn an_undo_that_failed_is_ordered_again() {
    let script = Script { statements: vec![(2, 1)], undo_fails: vec![2], ..Script::default() };
    let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 2, &[])]);
    drive_all(&mut ledger, &script);
    assert_eq!(statuses(&ledger), [FileStatus::Completed, FileStatus::Failed]);
    assert_eq!(rollback(&mut ledger, 1, &[], Class::A, false), None);
    drive_all(&mut ledger, &Script::default());
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 2]);
    assert_eq!(status(&ledger), BatchStatus::RolledBack);
    assert_eq!(ledger.world.batches.len(), 1, "it never came to its epoch, so nothing has to be compensated");
}

#[test]
fn an_undo_that_would_destroy_what_others_wrote_waits_for_somebody() {
    let held = || {
        let script = Script { statements: vec![(2, 1)], ..Script::default() };
        let mut ledger = start(&[(Doctrine, 1, &[]), (Doctrine, 2, &[])]);
        while ledger.world.batches[&BATCH].files[&FileId(2)].state != RollingBack {
            match next(&ledger.world.batches[&BATCH], 1) {
                Next::Do(task) => perform(&mut ledger, &script, task),
                other => panic!("{other:?}"),
            }
        }
        ledger.give(Input::WouldLose {
            batch: BATCH,
            file: FileId(2),
            rows: 3,
            what: "table t".into(),
            objects: false,
        });
        (ledger, script)
    };
    let (mut ledger, script) = held();
    drive_all(&mut ledger, &script);
    let batch = &ledger.world.batches[&BATCH];
    assert_eq!(next(batch, 1), Next::Held);
    assert!(batch.holds[&Hold::AwaitingApproval].contains("3 rows"), "{:?}", batch.holds);
    assert!(batch.alerts.values().any(|a| a.alert_type == AlertType::Critical && a.title.contains("approval")));
    command(&mut ledger, 1, Verb::Step { unit: StepUnit::Transition });
    assert_eq!(next(&ledger.world.batches[&BATCH], 1), Next::Held, "a step does not go past it");
    decide_as(&mut ledger, BEN, Verdict::Approve).unwrap();
    let before = ledger.events.len();
    ledger.give(Input::WouldLose { batch: BATCH, file: FileId(2), rows: 3, what: "table t".into(), objects: false });
    assert_eq!(ledger.events.len(), before, "it was decided");
    drive_all(&mut ledger, &script);
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 2]);

    let (mut ledger, script) = held();
    decide_as(&mut ledger, BEN, Verdict::Reject).unwrap();
    drive_all(&mut ledger, &script);
    assert_eq!(statuses(&ledger), [FileStatus::Completed, FileStatus::Failed], "a person has to mend it");
    let failure = ledger.world.batches[&BATCH].files[&FileId(2)].failure.clone().unwrap().to_string();
    assert!(failure.contains("rejected: because"), "{failure}");
}
