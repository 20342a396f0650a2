//! Batches in each state that the console shows, made of real decisions.

use crate::model::testing::{Ledger, submission};
use crate::model::{
    BatchId, Category, Checksum, Class, Command, CommandId, Effect as Took, Failure, FileId, FileState, FileType,
    Finding, Input as Fact, Phase, Sending, StatementResult, StepUnit, Submission, Token, UndoPlan, UndoStep,
    ValidationStatus, Verb,
};

pub const BATCH: BatchId = BatchId(1);

/// A batch with a worker, made of a submission.
pub fn submitted(submission: Submission) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.give(Fact::LeaseTaken {
        token: Token(1),
        holder: "worker@web1:4242".into(),
        connection: 7,
        server: "uuid".into(),
        files_as_worker: false,
        versions: Default::default(),
    });
    ledger.give(Fact::Submitted { submission: Box::new(submission), operator: "ana@10.%".into(), command: None });
    ledger
}

/// A batch with a worker and files of so many statements; all but the first depend on the one before.
pub fn planned(statements: &[u32]) -> Ledger {
    let before: Vec<[usize; 1]> = (0..statements.len()).map(|n| [n.saturating_sub(1)]).collect();
    let files: Vec<(FileType, u32, &[usize])> = statements
        .iter()
        .enumerate()
        .map(|(n, count)| (FileType::Doctrine, *count, if n == 0 { &[][..] } else { &before[n][..] }))
        .collect();
    let mut submission = submission(&files);
    submission.name = "spring release".into();
    for (n, file) in submission.files.iter_mut().enumerate() {
        file.path = format!("migrations/{:04}_{}.sql", n + 1, ["users", "orders", "totals", "audit", "grants"][n % 5]);
    }
    for file in &mut submission.files {
        for required in &mut file.requires {
            required.path = "migrations/earlier.sql".into();
        }
    }
    submitted(submission)
}

fn finding(check: &str) -> Finding {
    let status = ValidationStatus::Passed;
    Finding { check: check.into(), status, class: None, result: "as expected".into(), ms: 1 }
}

/// Takes a file up to its first statement.
pub fn begin(ledger: &mut Ledger, file: FileId) {
    let batch = BATCH;
    ledger.give(Fact::Turn { batch, file });
    ledger.give(Fact::Prepared { batch, file, result: Ok(()) });
    ledger.give(Fact::CheckedBefore { batch, file, findings: vec![finding("parses"), finding("objects_exist")] });
    ledger.give(Fact::Captured {
        batch,
        file,
        fingerprint: "1:a".into(),
        definitions: Vec::new(),
        orphans: None,
        relations: Vec::new(),
        before: None,
    });
}

/// Sends a statement.
pub fn send(ledger: &mut Ledger, file: FileId, statement: u32, phase: Phase) {
    let hash = Checksum("h".into());
    ledger.give(Fact::Sending(Sending {
        line: statement * 3 + 1,
        fingerprint: "1:a".into(),
        connection: 31,
        ..Sending::new((BATCH, file), (phase, statement), hash)
    }));
}

/// The statement under way ends well.
pub fn done(ledger: &mut Ledger, file: FileId) {
    let result = StatementResult::Done {
        rows: 3,
        ms: 420,
        warnings: Vec::new(),
        fingerprint: "1:b".into(),
        definitions: Vec::new(),
        kept: Vec::new(),
    };
    ledger.give(Fact::Ended { batch: BATCH, file, result });
}

/// The statement under way fails.
pub fn fails(ledger: &mut Ledger, file: FileId, statement: u32) {
    let mut failure = Failure::new(Category::MissingObject, "Table 'core.nowhere' doesn't exist").at(statement, 7);
    failure.code = Some("1146".into());
    failure.hint = Some("create the table first, or mend the name".into());
    ledger.give(Fact::Ended {
        batch: BATCH,
        file,
        result: StatementResult::Failed { ms: 12, failure, effect: Took::None },
    });
}

/// Runs a file to its completion.
pub fn complete(ledger: &mut Ledger, file: FileId) {
    begin(ledger, file);
    let statements = ledger.world.file(BATCH, file).map_or(0, |f| f.statements);
    for n in 0..statements {
        send(ledger, file, n, Phase::Forward);
        done(ledger, file);
    }
    ledger.give(Fact::CheckedAfter { batch: BATCH, file, findings: vec![finding("objects_after")] });
    ledger.give(Fact::Recorded { batch: BATCH, file });
}

/// The second of three files runs its second statement.
pub fn running() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    complete(&mut ledger, FileId(1));
    begin(&mut ledger, FileId(2));
    send(&mut ledger, FileId(2), 0, Phase::Forward);
    done(&mut ledger, FileId(2));
    send(&mut ledger, FileId(2), 1, Phase::Forward);
    ledger
}

/// The same, waiting for somebody's lock.
pub fn blocked() -> Ledger {
    let mut ledger = running();
    for attempt in 1..3 {
        ledger.give(Fact::Waited {
            batch: BATCH,
            file: FileId(2),
            attempt,
            ms: 3_000,
            failure: Failure::new(Category::LockWait, "Lock wait timeout exceeded"),
            blockers: vec!["connection 88 of app@10.0.0.5: SELECT * FROM orders, for 95 s".into()],
        });
    }
    ledger
}

/// The second file has failed at its second statement and is being undone.
pub fn rolling_back() -> Ledger {
    let mut ledger = running();
    fails(&mut ledger, FileId(2), 1);
    let steps = vec![UndoStep { statement: 2, undoes: vec![0] }];
    ledger.give(Fact::UndoChosen { batch: BATCH, file: FileId(2), plan: UndoPlan::Written { steps } });
    send(&mut ledger, FileId(2), 2, Phase::Undo);
    ledger
}

/// The undo of the second file was impossible: a person is needed.
pub fn failed() -> Ledger {
    let mut ledger = running();
    fails(&mut ledger, FileId(2), 1);
    let plan = UndoPlan::Impossible { reason: "it has no rollback script".into(), remaining: vec![0] };
    ledger.give(Fact::UndoChosen { batch: BATCH, file: FileId(2), plan });
    ledger.give(Fact::RollbackDone { batch: BATCH, rollback: crate::model::RollbackId(1) });
    ledger.give(Fact::Exhausted { batch: BATCH });
    ledger
}

/// A file that stopped in its checks, with nothing touched.
pub fn stopped_before() -> Ledger {
    let mut ledger = planned(&[2, 1]);
    let (batch, file) = (BATCH, FileId(1));
    ledger.give(Fact::Turn { batch, file });
    let failure = Failure::new(Category::Checksum, "the file has changed since it was planned");
    ledger.give(Fact::Prepared { batch, file, result: Err(failure) });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

/// A file that two checks stopped before it ran.
pub fn stopped_by_checks() -> Ledger {
    let mut ledger = planned(&[2, 1]);
    let (batch, file) = (BATCH, FileId(1));
    ledger.give(Fact::Turn { batch, file });
    ledger.give(Fact::Prepared { batch, file, result: Ok(()) });
    let fails = |check: &str, result: &str| Finding {
        status: ValidationStatus::Failed,
        result: result.into(),
        ..finding(check)
    };
    let findings = vec![
        finding("parses"),
        fails(
            "names",
            "line 3: table Users does not match [a-z_]+\nwhy: names that differ in case only are one on Windows",
        ),
        fails("table_budget", "78 tables, and 77 are allowed\npolicy: checks.table_budget"),
    ];
    ledger.give(Fact::CheckedBefore { batch, file, findings });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

/// An operator has paused it between two statements.
pub fn paused() -> Ledger {
    let mut ledger = running();
    done(&mut ledger, FileId(2));
    command(&mut ledger, 5, Verb::Pause);
    ledger
}

/// In step mode, before the first statement.
pub fn stepping() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    command(&mut ledger, 5, Verb::Step { unit: StepUnit::Statement });
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    done(&mut ledger, FileId(1));
    ledger.give(Fact::Quiet { batch: BATCH });
    ledger
}

/// In step mode, the second statement of the first file has failed: held before the one step of its undo, or after it.
pub fn undo_in_steps(undone: bool) -> Ledger {
    let (mut ledger, file, unit) = (stepping(), FileId(1), StepUnit::Statement);
    command(&mut ledger, 6, Verb::Step { unit });
    send(&mut ledger, file, 1, Phase::Forward);
    fails(&mut ledger, file, 1);
    let steps = vec![UndoStep { statement: 0, undoes: vec![0] }];
    ledger.give(Fact::UndoChosen { batch: BATCH, file, plan: UndoPlan::Written { steps } });
    if undone {
        command(&mut ledger, 7, Verb::Step { unit });
        send(&mut ledger, file, 0, Phase::Undo);
        done(&mut ledger, file);
    }
    ledger.give(Fact::Quiet { batch: BATCH });
    ledger
}

/// Everything has completed.
pub fn completed() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    (1..=3).for_each(|n| complete(&mut ledger, FileId(n)));
    ledger.give(Fact::Exhausted { batch: BATCH });
    ledger
}

/// A completed batch, and a class B rollback of its second file that waits for a decision.
pub fn windowed() -> Ledger {
    let mut ledger = completed();
    ledger.give(Fact::Commanded(Command {
        id: CommandId(7),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb: Verb::RollBack { files: vec![FileId(2)], class: Class::B, now: false, accept_loss: false },
        reason: Some("slow since Tuesday".into()),
        expects: Default::default(),
        submission: None,
    }));
    ledger
}

/// An operator's command, as the worker takes it.
pub fn command(ledger: &mut Ledger, id: i64, verb: Verb) {
    ledger.give(Fact::Commanded(Command {
        id: CommandId(id),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb,
        reason: None,
        expects: Default::default(),
        submission: None,
    }));
}

/// The state of a file, for short.
pub fn state_of(ledger: &Ledger, file: i64) -> FileState {
    ledger.world.file(BATCH, FileId(file)).unwrap().state
}
