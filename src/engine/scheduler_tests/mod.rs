//! The loop without a database: the scheduler's tasks are answered by a script of outcomes.

mod aborts;
mod any_order;
mod beside;
mod crash;
mod discards;
mod random;
mod windows;

use super::scheduler::{Next, Task, next};
use crate::model::testing::{Ledger, submission};
use crate::model::*;
use crate::store::projection::{Tables, replay};

const BATCH: BatchId = BatchId(1);

/// Faults that occur, by file and statement.
#[derive(Debug, Clone, Default)]
struct Script {
    not_ready: Vec<i64>,
    check_before: Vec<i64>,
    check_after: Vec<i64>,
    statements: Vec<(i64, u32)>,
    no_undo: Vec<i64>,
    undo_fails: Vec<i64>,
    undo_differs: Vec<i64>,
    /// Findings after a file that open a window.
    windows: Vec<(i64, Class)>,
    /// Data that each forward statement keeps.
    kept: Vec<Kept>,
}

fn failure(message: &str) -> Failure {
    Failure::new(Category::Internal, message)
}

fn finding(bad: bool) -> Vec<Finding> {
    let status = if bad { ValidationStatus::Failed } else { ValidationStatus::Passed };
    vec![Finding { check: "check".into(), status, class: None, result: "looked".into(), ms: 1 }]
}

/// Findings of the checks after a file, as the script says.
fn findings_after(script: &Script, file: FileId) -> Vec<Finding> {
    let mut findings = finding(script.check_after.contains(&file.0));
    for (_, class) in script.windows.iter().filter(|(f, _)| *f == file.0) {
        findings.push(Finding {
            check: "probe".into(),
            status: ValidationStatus::Warning,
            class: Some(*class),
            result: "slower than before".into(),
            ms: 1,
        });
    }
    findings
}

/// Answers one task as the runner would.
fn perform(ledger: &mut Ledger, script: &Script, task: Task) {
    perform_in(ledger, BATCH, script, task);
}

fn perform_in(ledger: &mut Ledger, batch: BatchId, script: &Script, task: Task) {
    let file_of = |f: FileId| ledger.world.file(batch, f).unwrap().clone();
    let input = match task {
        Task::Begin(file) => Input::Turn { batch, file },
        Task::Prepare(file) => {
            let result = if script.not_ready.contains(&file.0) { Err(failure("not ready")) } else { Ok(()) };
            Input::Prepared { batch, file, result }
        }
        Task::Block(file) => Input::Blocked { batch, file },
        Task::EndRollback(rollback) => Input::RollbackDone { batch, rollback },
        Task::CheckBefore(file) => {
            Input::CheckedBefore { batch, file, findings: finding(script.check_before.contains(&file.0)) }
        }
        Task::Capture(file) => Input::Captured {
            batch,
            file,
            fingerprint: "1:a".into(),
            definitions: vec![("t".to_owned(), None).into()],
            orphans: None,
            relations: Vec::new(),
            before: None,
        },
        Task::Drain(file) => Input::Drained { batch, file },
        Task::CheckAfter(file) => Input::CheckedAfter { batch, file, findings: findings_after(script, file) },
        Task::Record(file) => Input::Recorded { batch, file },
        Task::AbortFile(file) => Input::AbortFile { batch, file },
        Task::AbortBatch => Input::AbortBatch { batch },
        Task::RollBack(file) => Input::RollBack { batch, file },
        Task::ChooseUndo(file) => {
            let f = file_of(file);
            let took: Vec<u32> = f.in_force().collect();
            let plan = if took.is_empty() {
                UndoPlan::Nothing
            } else if script.no_undo.contains(&file.0) {
                UndoPlan::Impossible { reason: "no script".into(), remaining: took }
            } else {
                let steps = took.iter().rev().map(|n| UndoStep { statement: *n, undoes: vec![*n] }).collect();
                UndoPlan::Written { steps }
            };
            Input::UndoChosen { batch, file, plan }
        }
        Task::Verify(file) => {
            let difference = script.undo_differs.contains(&file.0).then(|| "-a\n+b".to_owned());
            Input::Verified { batch, file, difference, not_compared: Vec::new(), left_alone: Vec::new() }
        }
        Task::Break { file, statement } => Input::BreakpointReached { batch, file, statement },
        Task::Run { file, statement, phase } => {
            send(ledger, (batch, file), statement, phase);
            ended(script, (batch, file), statement, phase)
        }
    };
    ledger.give(input);
}

fn send(ledger: &mut Ledger, of: (BatchId, FileId), statement: u32, phase: Phase) {
    ledger.give(Input::Sending(Sending::new(of, (phase, statement), Checksum("x".into()))));
}

fn ended(script: &Script, (batch, file): (BatchId, FileId), statement: u32, phase: Phase) -> Input {
    let fails = match phase {
        Phase::Forward => script.statements.contains(&(file.0, statement)),
        Phase::Undo => script.undo_fails.contains(&file.0),
    };
    let result = if fails {
        StatementResult::Failed { ms: 1, failure: failure("refused"), effect: Effect::None }
    } else {
        StatementResult::Done {
            rows: 1,
            ms: 1,
            warnings: vec![],
            fingerprint: "1:c".into(),
            definitions: Vec::new(),
            kept: if phase == Phase::Forward { script.kept.clone() } else { Vec::new() },
        }
    };
    Input::Ended { batch, file, result }
}

/// Drives a batch until it is held or has ended.
fn drive(ledger: &mut Ledger, script: &Script) {
    for _ in 0..10_000 {
        match next(&ledger.world.batches[&BATCH], 1) {
            Next::Do(task) => perform(ledger, script, task),
            Next::Exhausted => ledger.give(Input::Exhausted { batch: BATCH }),
            Next::Held | Next::Ended => return,
            Next::Busy => panic!("every statement has ended"),
        }
    }
    panic!("it never came to an end");
}

fn start(files: &[(FileType, u32, &[usize])]) -> Ledger {
    let mut ledger = Ledger::default();
    let submission = Box::new(submission(files));
    ledger.give(Input::Submitted { submission, operator: "ana@10.%".into(), command: None });
    ledger
}

fn run(files: &[(FileType, u32, &[usize])], script: &Script) -> Ledger {
    let mut ledger = start(files);
    drive(&mut ledger, script);
    ledger
}

fn command(ledger: &mut Ledger, id: i64, verb: Verb) {
    ask(ledger, id, verb, None);
}

/// Gives a command; the reason of a refusal.
fn ask(ledger: &mut Ledger, id: i64, verb: Verb, reason: Option<&str>) -> Option<String> {
    let command = Command {
        id: CommandId(id),
        batch: BATCH,
        operator: "ana@10.%".into(),
        verb,
        reason: reason.map(str::to_owned),
        expects: Expectation::default(),
        submission: None,
    };
    let before = ledger.events.len();
    ledger.give(Input::Commanded(command));
    ledger.events[before..].iter().find_map(|e| match &e.kind {
        EventKind::CommandRefused { reason, .. } => Some(reason.clone()),
        _ => None,
    })
}

/// World and tables as a replay of the payloads alone builds them.
fn replayed(ledger: &Ledger) -> (World, Tables) {
    let events = ledger.reread();
    let mut world = World::default();
    for event in &events {
        world.apply(event);
    }
    (world, replay(&events))
}

fn statuses(ledger: &Ledger) -> Vec<FileStatus> {
    ledger.world.batches[&BATCH].in_order().map(File::status).collect()
}

fn status(ledger: &Ledger) -> BatchStatus {
    ledger.world.batches[&BATCH].status
}

use FileState::*;
use FileType::{Doctrine, Module};

#[test]
fn happy_path() {
    let ledger = run(&[(Doctrine, 2, &[]), (Doctrine, 0, &[])], &Script::default());
    let way = [Preparing, ValidatingPre, Migrating, ValidatingPost, Completing, Idle];
    assert_eq!(ledger.way(FileId(1)), way);
    assert_eq!(ledger.way(FileId(2)), way, "a file with no statement goes the same way");
    assert_eq!(status(&ledger), BatchStatus::Completed);
}

#[test]
fn mid_execution_failure_rolls_the_whole_batch_back() {
    let script = Script { statements: vec![(3, 1)], ..Script::default() };
    let ledger = run(&[(Doctrine, 1, &[]), (Doctrine, 1, &[]), (Doctrine, 2, &[])], &script);
    assert_eq!(ledger.way(FileId(3)), [Preparing, ValidatingPre, Migrating, RollingBack, Idle]);
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack; 3]);
    assert_eq!(status(&ledger), BatchStatus::RolledBack);
    let rollback = &ledger.world.batches[&BATCH].rollbacks[&RollbackId(1)];
    assert_eq!((rollback.class, rollback.status), (Class::A, RollbackStatus::Completed));
    assert_eq!(rollback.files, [FileId(3), FileId(2), FileId(1)], "the last one first");
}

#[test]
fn a_failed_module_file_lets_independent_files_go_on_and_blocks_its_dependants() {
    let script = Script { statements: vec![(1, 0)], ..Script::default() };
    let ledger = run(&[(Module, 1, &[]), (Module, 1, &[0]), (Module, 1, &[])], &script);
    assert_eq!(statuses(&ledger), [FileStatus::RolledBack, FileStatus::Pending, FileStatus::Completed]);
    assert_eq!(status(&ledger), BatchStatus::Failed);
    let batch = &ledger.world.batches[&BATCH];
    let blocked = batch.blocked_by(&batch.files[&FileId(2)]).map(|f| f.id);
    assert_eq!(blocked, Some(FileId(1)));
}

#[test]
fn dependency_failure() {
    let script = Script { not_ready: vec![2], ..Script::default() };
    let ledger = run(&[(Doctrine, 1, &[]), (Doctrine, 1, &[])], &script);
    assert_eq!(ledger.way(FileId(2)), [Preparing, Failed]);
    assert_eq!(statuses(&ledger), [FileStatus::Completed, FileStatus::Failed]);
    assert_eq!(status(&ledger), BatchStatus::Failed);
}

#[test]
fn pre_validation_failure_touches_nothing_and_can_be_retried() {
    let script = Script { check_before: vec![1], ..Script::default() };
    let mut ledger = run(&[(Doctrine, 1, &[])], &script);
    assert_eq!(ledger.way(FileId(1)), [Preparing, ValidatingPre, Failed]);
    command(&mut ledger, 1, Verb::Retry { file: FileId(1) });
    drive(&mut ledger, &Script::default());
    assert_eq!(status(&ledger), BatchStatus::Completed);
    assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().retries, 1);
}

#[test]
fn post_validation_failure_rolls_back() {
    let script = Script { check_after: vec![1], ..Script::default() };
    let ledger = run(&[(Doctrine, 2, &[])], &script);
    assert_eq!(ledger.way(FileId(1)), [Preparing, ValidatingPre, Migrating, ValidatingPost, RollingBack, Idle]);
    assert_eq!(status(&ledger), BatchStatus::RolledBack);
}

#[test]
fn rollback_failure_needs_a_person() {
    for script in [
        Script { statements: vec![(1, 1)], no_undo: vec![1], ..Script::default() },
        Script { statements: vec![(1, 1)], undo_fails: vec![1], ..Script::default() },
        Script { statements: vec![(1, 1)], undo_differs: vec![1], ..Script::default() },
    ] {
        let mut ledger = run(&[(Doctrine, 2, &[])], &script);
        assert_eq!(ledger.way(FileId(1)).last(), Some(&Failed), "{script:?}");
        assert_eq!(status(&ledger), BatchStatus::Failed);
        let effects = script.undo_differs.is_empty();
        assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().has_effects(), effects);
        command(&mut ledger, 1, Verb::Retry { file: FileId(1) });
        let refused = matches!(ledger.events.last().unwrap().kind, EventKind::CommandRefused { .. });
        assert_eq!(refused, effects, "retry is refused while effects remain: {script:?}");
    }
}

#[test]
fn a_person_settles_what_could_not_be_undone() {
    let script = Script { statements: vec![(1, 1)], undo_fails: vec![1], ..Script::default() };
    for (outcome, expected) in
        [(Outcome::Completed, BatchStatus::Completed), (Outcome::RolledBack, BatchStatus::RolledBack)]
    {
        let mut ledger = run(&[(Doctrine, 2, &[])], &script);
        let settle = |reason: Option<&str>| {
            Input::Commanded(Command {
                id: CommandId(1),
                batch: BATCH,
                operator: "ana@10.%".into(),
                verb: Verb::Settle { file: FileId(1), outcome },
                reason: reason.map(str::to_owned),
                expects: Expectation::default(),
                submission: None,
            })
        };
        ledger.give(settle(None));
        assert!(matches!(ledger.events.last().unwrap().kind, EventKind::CommandRefused { .. }), "a reason is needed");
        ledger.give(settle(Some("dropped the table by hand")));
        assert_eq!(status(&ledger), expected);
        assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().outcome, Some(outcome));
        let (world, tables) = replayed(&ledger);
        assert_eq!((world.batches, tables), (ledger.world.batches.clone(), replay(&ledger.events)));
    }
}

#[test]
fn a_paused_file_goes_on_where_it_stands_unless_its_session_is_missed() {
    for (resumable, expected) in [(vec![FileId(1)], BatchStatus::Completed), (vec![], BatchStatus::RolledBack)] {
        let mut ledger = start(&[(Doctrine, 3, &[])]);
        command(&mut ledger, 1, Verb::Break { file: FileId(1), statement: Some(1), clear: false });
        drive(&mut ledger, &Script::default());
        assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().records.len(), 1, "it stands between two statements");
        ledger.give(Input::Restarted { batch: BATCH, resumable, expensive: vec![] });
        command(&mut ledger, 2, Verb::Resume);
        drive(&mut ledger, &Script::default());
        assert_eq!(status(&ledger), expected);
    }
}

#[test]
fn a_step_ends_with_the_next_statement() {
    let mut plan = submission(&[(Doctrine, 2, &[]), (Doctrine, 1, &[])]);
    plan.policy.step = true;
    let mut ledger = Ledger::default();
    ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana".into(), command: None });
    drive(&mut ledger, &Script::default());
    assert_eq!(ledger.way(FileId(1)), [], "held before anything moves");
    let step = |unit| Verb::Step { unit };
    for (n, done) in [(1, 1), (2, 2)] {
        command(&mut ledger, n, step(StepUnit::Statement));
        drive(&mut ledger, &Script::default());
        assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().records.len(), done);
    }
    command(&mut ledger, 3, step(StepUnit::Transition));
    drive(&mut ledger, &Script::default());
    assert_eq!(ledger.world.file(BATCH, FileId(1)).unwrap().state, Completing);
    command(&mut ledger, 4, Verb::Resume);
    drive(&mut ledger, &Script::default());
    assert_eq!(status(&ledger), BatchStatus::Completed);
}
