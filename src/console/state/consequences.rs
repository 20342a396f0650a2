//! Consequences of a file's failure: computed from the journal and the plan alone, nothing is asked. An abort of the
//! batch stops a file in the same way.

use crate::model::{Batch, Cause, Class, DependencyType, File, FileId, FileState, Outcome, Phase};
use std::collections::BTreeSet;

/// What follows when a file fails at a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfItFails {
    /// The statement under way, which the server undoes by itself.
    pub cut_off: Option<u32>,
    /// Its statements that are in force, which are undone one by one, the last first, and the milliseconds that they
    /// took.
    pub undone: Vec<u32>,
    pub undone_ms: u64,
    /// Its statements that nothing undoes, counted over the whole file.
    pub without_undo: u32,
    /// Class of the rollback.
    pub class: Class,
    /// The other files that are undone with it, in the order of the undo, and the milliseconds that their statements
    /// took.
    pub others: Vec<FileId>,
    pub others_ms: u64,
    /// Files under way beside it, which are undone too.
    pub beside: Vec<FileId>,
    /// True if nothing new starts after it.
    pub stops: bool,
    /// Files that cannot run, since they need it or another of these.
    pub blocked: Vec<FileId>,
}

/// Tells what follows when a file fails where it stands; `None` where it cannot any more: it has ended, has failed, or is
/// being undone.
pub fn if_it_fails(batch: &Batch, file: &File) -> Option<IfItFails> {
    let has_ended = file.state == FileState::Idle && file.outcome.is_some();
    if has_ended || matches!(file.state, FileState::Failed | FileState::RollingBack) || batch.status.is_final() {
        return None;
    }
    let (class, files) = batch.failure_scope(file, Cause::StatementFailed);
    let others: Vec<&File> = files.iter().filter(|id| **id != file.id).filter_map(|id| batch.file(*id)).collect();
    let mut undone: Vec<u32> = file.in_force().collect();
    undone.reverse();
    let took = |n: &u32| file.records.get(*n as usize).map_or(0, |record| record.ms);
    Some(IfItFails {
        cut_off: file.running.as_ref().filter(|r| r.phase == Phase::Forward).map(|r| r.statement),
        undone_ms: undone.iter().map(took).sum(),
        undone,
        without_undo: file.coverage.none,
        class,
        others_ms: others.iter().map(|f| f.processing_ms).sum(),
        beside: others.iter().filter(|f| f.state != FileState::Idle).map(|f| f.id).collect(),
        others: others.iter().map(|f| f.id).collect(),
        stops: !batch.policy.continues_after(file.file_type),
        blocked: blocked_by(batch, file.id),
    })
}

/// The files that need a file, directly or through others, and have not completed, in the order of the plan.
pub fn blocked_by(batch: &Batch, file: FileId) -> Vec<FileId> {
    let mut stuck = BTreeSet::from([file]);
    let mut blocked = Vec::new();
    // One pass does: a file comes after all that it needs.
    for other in batch.in_order().filter(|f| f.outcome != Some(Outcome::Completed)) {
        let needs = |id: &FileId| stuck.contains(id);
        if other.depends_on.iter().any(|d| d.kind == DependencyType::Required && needs(&d.on)) {
            stuck.insert(other.id);
            blocked.push(other.id);
        }
    }
    blocked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::tests::support::{BATCH, begin, complete, done, planned, running, send};
    use crate::model::Policy;
    use crate::model::testing::Ledger;

    fn of(ledger: &Ledger, file: i64) -> Option<IfItFails> {
        let batch = ledger.world.batch(BATCH).unwrap();
        if_it_fails(batch, batch.file(FileId(file)).unwrap())
    }

    #[test]
    fn a_doctrine_file_takes_all_that_has_completed_with_it() {
        let told = of(&running(), 2).unwrap();
        assert_eq!((told.cut_off, told.undone.as_slice(), told.undone_ms), (Some(1), &[0][..], 420));
        assert_eq!((told.class, told.stops), (Class::A, true));
        assert_eq!(told.others, [FileId(1)]);
        assert_eq!(told.others_ms, 840);
        assert_eq!(told.blocked, [FileId(3)]);
    }

    #[test]
    fn what_has_ended_cannot_fail() {
        assert_eq!(of(&running(), 1), None);
        let waiting = of(&running(), 3).unwrap();
        assert_eq!((waiting.cut_off, waiting.undone.len(), waiting.blocked.len()), (None, 0, 0));
    }

    #[test]
    fn the_rollback_that_then_comes_is_the_one_that_was_told() {
        let mut ledger = planned(&[1, 2, 1]);
        complete(&mut ledger, FileId(1));
        begin(&mut ledger, FileId(2));
        send(&mut ledger, FileId(2), 0, Phase::Forward);
        done(&mut ledger, FileId(2));
        send(&mut ledger, FileId(2), 1, Phase::Forward);
        let told = of(&ledger, 2).unwrap();
        crate::console::tests::support::fails(&mut ledger, FileId(2), 1);
        let batch = ledger.world.batch(BATCH).unwrap();
        let rollback = batch.running_rollback().unwrap();
        assert_eq!(rollback.class, told.class);
        assert_eq!(rollback.files[1..], told.others);
        assert_eq!(batch.policy, Policy::default());
    }
}
