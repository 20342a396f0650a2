//! What a batch does next: a pure look at its state, so that a restart, a retry and an ordinary next step are the
//! same thing. Parallel files will be several answers where there is one now.

use crate::model::{Batch, BatchStatus, Class, File, FileId, FileState, Phase};

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// The file's turn has come.
    Begin(FileId),
    /// Look whether the file may run: texts, checksum, dependencies.
    Prepare(FileId),
    CheckBefore(FileId),
    /// Take down the definitions of what the file touches.
    Capture(FileId),
    /// Run a statement of the file or of its rollback script.
    Run {
        file: FileId,
        statement: u32,
        phase: Phase,
    },
    /// All statements have ended.
    Drain(FileId),
    CheckAfter(FileId),
    Record(FileId),
    AbortFile(FileId),
    /// Roll back everything that has completed.
    AbortBatch,
    /// The running rollback comes to this file.
    RollBack(FileId),
    ChooseUndo(FileId),
    Verify(FileId),
    /// A breakpoint stands here: hold.
    Break {
        file: FileId,
        statement: Option<u32>,
    },
}

/// What a batch does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Do(Task),
    /// Statements are under way, and there is nothing to do before one of them ends.
    Busy,
    /// It could go on, and is held.
    Held,
    /// Nothing more can move: its end is to be decided.
    Exhausted,
    Ended,
}

/// The next thing for a batch. A compensating batch has no files: what it stands for is done, and ended, in the batch that
/// it takes back.
pub(super) fn next(batch: &Batch) -> Next {
    if batch.compensates.is_some() {
        return Next::Ended;
    }
    if batch.status.is_final() && batch.active.is_empty() && batch.running_rollback().is_none() {
        return Next::Ended;
    }
    match task(batch) {
        Some(task) if batch.may_move() => Next::Do(task),
        Some(_) => Next::Held,
        None if batch.is_running_statement() => Next::Busy,
        None => Next::Exhausted,
    }
}

fn task(batch: &Batch) -> Option<Task> {
    if let Some(file) = batch.active().next() {
        return file.running.is_none().then(|| of_file(batch, file));
    }
    if let Some(rollback) = batch.running_rollback() {
        return batch.next_to_undo(rollback).map(|f| Task::RollBack(f.id));
    }
    if batch.aborting.is_some() {
        return aborted(batch);
    }
    if batch.stopped {
        return None;
    }
    let file = batch.next_waiting()?;
    let stop_here = (file.id, None);
    Some(match batch.breakpoints.contains(&stop_here) {
        true => Task::Break { file: file.id, statement: None },
        false => Task::Begin(file.id),
    })
}

fn aborted(batch: &Batch) -> Option<Task> {
    let keeps_nothing = batch.aborting == Some(false) && batch.completed > 0;
    let tried = batch.rollbacks.values().any(|r| r.class == Class::A);
    (keeps_nothing && !tried && batch.status != BatchStatus::RolledBack).then_some(Task::AbortBatch)
}

fn of_file(batch: &Batch, file: &File) -> Task {
    let id = file.id;
    let aborting = batch.aborting.is_some();
    match file.state {
        FileState::Preparing | FileState::ValidatingPre | FileState::Migrating | FileState::ValidatingPost
            if aborting =>
        {
            Task::AbortFile(id)
        }
        FileState::Preparing => Task::Prepare(id),
        FileState::ValidatingPre => Task::CheckBefore(id),
        FileState::Migrating => of_migrating(batch, file),
        FileState::ValidatingPost => Task::CheckAfter(id),
        FileState::RollingBack => of_rolling_back(file),
        FileState::Completing | FileState::Idle | FileState::Failed => Task::Record(id),
    }
}

fn of_migrating(batch: &Batch, file: &File) -> Task {
    let id = file.id;
    match file.next_statement() {
        None => Task::Drain(id),
        Some(_) if file.fingerprint.is_none() => Task::Capture(id),
        Some(statement) if batch.breakpoints.contains(&(id, Some(statement))) => {
            Task::Break { file: id, statement: Some(statement) }
        }
        Some(statement) => Task::Run { file: id, statement, phase: Phase::Forward },
    }
}

fn of_rolling_back(file: &File) -> Task {
    let Some(undo) = &file.undo else { return Task::ChooseUndo(file.id) };
    match undo.next_step() {
        Some((statement, _)) => Task::Run { file: file.id, statement, phase: Phase::Undo },
        None => Task::Verify(file.id),
    }
}
