//! The next task of a batch: a pure look at its state, so that a restart, a retry and an ordinary next step are the
//! same thing. Several files may be under way, and yet each answer is one thing: the world is looked at again before
//! the next, so that nothing starts on what was true before.

use crate::model::{
    Batch, BatchStatus, Class, File, FileId, FileState, Hold, Phase, Rollback, RollbackId, RollbackStatus,
};

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The file's turn has come.
    Begin(FileId),
    /// Look whether the file may run: texts, checksum, dependencies.
    Prepare(FileId),
    /// It clashes with files before it: it stands in line.
    Block(FileId),
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
    /// There is nothing left that it can undo.
    EndRollback(RollbackId),
    ChooseUndo(FileId),
    Verify(FileId),
    /// A breakpoint stands here: hold.
    Break {
        file: FileId,
        statement: Option<u32>,
    },
}

/// The next thing that a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Do(Task),
    /// Statements are under way, and there is nothing to do before one of them ends.
    Busy,
    /// It could go on, and is held.
    Held,
    /// Nothing more can move: its end is to be decided.
    Exhausted,
    Ended,
}

/// The next thing for a batch of which at most `width` files may be under way. A compensating batch has no files: what
/// it stands for is done, and ended, in the batch that it undoes.
pub(crate) fn next(batch: &Batch, width: usize) -> Next {
    if batch.compensates.is_some() {
        return Next::Ended;
    }
    if batch.status.is_final() && batch.active.is_empty() && batch.running_rollback().is_none() {
        return Next::Ended;
    }
    let is_running = batch.is_running_statement();
    if is_running && batch.grant.is_some() {
        // A step is one thing at a time: the statement under way is the step.
        return Next::Busy;
    }
    let throttled = batch.is_throttled();
    match task(batch, width, throttled) {
        Some(task) if batch.may_move() => Next::Do(task),
        Some(_) => Next::Held,
        None if is_running => Next::Busy,
        None if throttled && task(batch, width, false).is_some() => Next::Held,
        None => Next::Exhausted,
    }
}

/// The next task; while it is throttled, of those that begin nothing.
fn task(batch: &Batch, width: usize, throttled: bool) -> Option<Task> {
    let undone = batch.undone_now();
    let mut free = batch.active().filter(|f| f.running.is_none());
    let begins = |task: &Task| matches!(task, Task::Run { phase: Phase::Forward, .. });
    if let Some(task) = free.find_map(|f| file_task(batch, f, undone).filter(|task| !(throttled && begins(task)))) {
        return Some(task);
    }
    if let Some(task) = running_rollbacks(batch).find_map(|r| rollback_task(batch, r)) {
        return Some(task);
    }
    if is_taken_back(batch) || running_rollbacks(batch).any(|r| batch.next_to_undo(r).is_some()) {
        return None;
    }
    if batch.aborting.is_some() {
        return abort_task(batch).filter(|_| batch.active.is_empty());
    }
    if batch.stopped || throttled {
        return None;
    }
    let file = batch.next_turn(width)?;
    let stop_here = (file.id, None);
    Some(match batch.breakpoints.contains(&stop_here) {
        true => Task::Break { file: file.id, statement: None },
        false => Task::Begin(file.id),
    })
}

fn running_rollbacks(batch: &Batch) -> impl Iterator<Item = &Rollback> {
    batch.rollbacks.values().filter(|r| r.status == RollbackStatus::Running)
}

/// Tells whether the batch as a whole is being undone: nothing goes forward then.
fn is_taken_back(batch: &Batch) -> bool {
    running_rollbacks(batch).any(|r| r.class == Class::A)
}

/// A rollback comes to its completed files when nothing of the batch is under way any more.
fn rollback_task(batch: &Batch, rollback: &Rollback) -> Option<Task> {
    if rollback.files.iter().any(|id| batch.active.contains(id)) {
        return None;
    }
    match batch.next_to_undo(rollback) {
        Some(file) => batch.active.is_empty().then_some(Task::RollBack(file.id)),
        None => Some(Task::EndRollback(rollback.id)),
    }
}

fn abort_task(batch: &Batch) -> Option<Task> {
    (batch.owes_an_abort() && batch.status != BatchStatus::RolledBack).then_some(Task::AbortBatch)
}

/// The next task of a file, if it can do anything: `undone` is the one whose undo goes on.
fn file_task(batch: &Batch, file: &File, undone: Option<FileId>) -> Option<Task> {
    use FileState::{Completing, Failed, Idle, Migrating, Preparing, RollingBack, ValidatingPost, ValidatingPre};
    let id = file.id;
    let aborting = batch.aborting.is_some();
    let nothing_starts = aborting || batch.stopped || is_taken_back(batch);
    let goes_back = aborting || running_rollbacks(batch).any(|r| r.files.contains(&id));
    Some(match file.state {
        Preparing | ValidatingPre if nothing_starts => Task::AbortFile(id),
        Migrating | ValidatingPost if goes_back => Task::AbortFile(id),
        Preparing => return preparing_task(batch, file),
        ValidatingPre => Task::CheckBefore(id),
        Migrating => migrating_task(batch, file),
        ValidatingPost => Task::CheckAfter(id),
        RollingBack if undone == Some(id) => undo_task(file),
        RollingBack => return None,
        Completing | Idle | Failed => Task::Record(id),
    })
}

/// It takes its locks, all together, or stands in line.
fn preparing_task(batch: &Batch, file: &File) -> Option<Task> {
    let Some(queue) = batch.queue(file) else { return Some(Task::Prepare(file.id)) };
    let reason = queue.reason();
    let is_told = file.holds.iter().any(|(hold, told)| *hold == Hold::Blocked && *told == reason);
    (!is_told).then_some(Task::Block(file.id))
}

fn migrating_task(batch: &Batch, file: &File) -> Task {
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

fn undo_task(file: &File) -> Task {
    let Some(undo) = &file.undo else { return Task::ChooseUndo(file.id) };
    match undo.next_step() {
        _ if undo.fell_short.is_some() => Task::ChooseUndo(file.id),
        Some((statement, _)) => Task::Run { file: file.id, statement, phase: Phase::Undo },
        None => Task::Verify(file.id),
    }
}
