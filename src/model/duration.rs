//! Times of a batch: how long its run took, how long its undo, and never the time between.

use crate::model::{Batch, BatchStatus, Millis, Rollback};

impl Batch {
    /// Notes the end of its run. Of one that was undone as a whole that was before the undo began; what ends it again
    /// later, such as a rollback that was ordered, moves it no more.
    pub(super) fn note_end_of_run(&mut self, status: BatchStatus, at: Millis) {
        let undo = self.rollbacks.values().filter_map(|rollback| rollback.started_at).min();
        let end = undo.filter(|_| status == BatchStatus::RolledBack).unwrap_or(at);
        self.ran_until.get_or_insert(end.min(at));
    }

    /// Milliseconds from its start to the end of its run, or to `now` while it runs.
    pub fn run_ms(&self, now: Option<Millis>) -> Option<u64> {
        let until = if self.status.is_final() { self.ran_until.or(self.completed_at) } else { now };
        Some(until?.since(self.started_at?))
    }

    /// Milliseconds of its rollbacks, each from its beginning to its end.
    pub fn undo_ms(&self) -> u64 {
        let ended = |rollback: &&Rollback| rollback.started_at.is_some() && !rollback.is_open();
        self.rollbacks.values().filter(ended).map(|rollback| rollback.ms).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{Class, Event, EventKind, FileType, Input, RollbackId, RollbackStatus, Seq};

    fn batch() -> Batch {
        let mut ledger = Ledger::default();
        let plan = submission(&[(FileType::Doctrine, 1, &[])]);
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        ledger.world.batches.into_values().next().expect("a batch")
    }

    fn give(batch: &mut Batch, second: i64, kind: EventKind) {
        let at = Millis(second * 1_000);
        batch.apply(&Event { batch: batch.id, seq: Seq(0), at, operator: None, kind });
    }

    fn undone(batch: &mut Batch, from: i64, to: i64) {
        let rollback = RollbackId(1);
        let (reason, files, affected) = (String::new(), Vec::new(), Vec::new());
        let class = Class::A;
        let opened = EventKind::RollbackOpened {
            rollback,
            file: None,
            class,
            reason,
            files,
            affected,
            window: None,
            alert: None,
            loss_accepted: false,
        };
        give(batch, from, opened);
        give(batch, from, EventKind::RollbackStarted { rollback, files: Vec::new(), compensating: None });
        let status = RollbackStatus::Completed;
        give(batch, to, EventKind::RollbackEnded { rollback, status, error: None });
    }

    fn ended(batch: &mut Batch, second: i64, status: BatchStatus) {
        give(batch, second, EventKind::BatchEnded { status, reason: None });
    }

    #[test]
    fn a_batch_that_is_undone_hours_later_did_not_run_for_hours() {
        let mut batch = batch();
        give(&mut batch, 10, EventKind::BatchStarted);
        ended(&mut batch, 14, BatchStatus::Failed);
        undone(&mut batch, 7_200, 7_203);
        ended(&mut batch, 7_203, BatchStatus::RolledBack);
        assert_eq!((batch.run_ms(None), batch.undo_ms()), (Some(4_000), 3_000));
    }

    #[test]
    fn the_undo_is_no_part_of_the_run_that_failed() {
        let mut batch = batch();
        give(&mut batch, 10, EventKind::BatchStarted);
        undone(&mut batch, 14, 16);
        ended(&mut batch, 16, BatchStatus::RolledBack);
        assert_eq!((batch.run_ms(None), batch.undo_ms()), (Some(4_000), 2_000));
    }

    #[test]
    fn a_retry_runs_on() {
        let mut batch = batch();
        give(&mut batch, 10, EventKind::BatchStarted);
        ended(&mut batch, 14, BatchStatus::Failed);
        give(&mut batch, 20, EventKind::BatchStarted);
        assert_eq!(batch.run_ms(Some(Millis(21_000))), Some(11_000));
        ended(&mut batch, 25, BatchStatus::Completed);
        assert_eq!((batch.run_ms(None), batch.undo_ms()), (Some(15_000), 0));
    }
}
