//! History of what the worker sees on its server, for the curves: the row itself has only the moment.

use crate::model::{BatchId, FileId, Live, LiveStatement, Load, Millis, Phase};
use std::collections::{BTreeMap, VecDeque};

/// Time for which samples are kept, in milliseconds.
pub const KEPT_MS: i64 = 600_000;

/// Samples of the last ten minutes.
#[derive(Debug, Default)]
pub struct LiveHistory {
    load: VecDeque<Load>,
    rows: BTreeMap<Running, VecDeque<RowsAt>>,
}

/// A statement under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Running {
    batch: BatchId,
    file: FileId,
    phase: Phase,
    statement: u32,
}

impl Running {
    fn of(s: &LiveStatement) -> Running {
        Running { batch: s.batch, file: s.file, phase: s.phase, statement: s.statement }
    }
}

/// Rows that were done at a moment of the database's clock, in a stage of the server's work.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RowsAt {
    at: Millis,
    step: Option<u32>,
    rows: u64,
}

impl LiveHistory {
    /// Takes in a look. The same look told twice is one; a statement that is not under way any more is forgotten.
    pub fn take(&mut self, live: &Live) {
        if let Some(load) = live.load.as_ref().filter(|load| self.load.back().is_none_or(|last| last.at < load.at)) {
            self.load.push_back(load.clone());
        }
        while self.load.front().is_some_and(|first| first.at.0 < live.at.0 - KEPT_MS) {
            self.load.pop_front();
        }
        let running: Vec<Running> = live.statements.iter().map(Running::of).collect();
        self.rows.retain(|key, _| running.contains(key));
        for (key, statement) in running.into_iter().zip(&live.statements) {
            let Some((stage, rows)) = statement.stage.as_ref().and_then(|s| Some((s, s.rows_done?))) else { continue };
            let samples = self.rows.entry(key).or_default();
            if samples.back().is_none_or(|last| last.at < live.at) {
                samples.push_back(RowsAt { at: live.at, step: stage.step, rows });
            }
            while samples.front().is_some_and(|first| first.at.0 < live.at.0 - KEPT_MS) {
                samples.pop_front();
            }
        }
    }

    /// The looks at the server's load, oldest first. They come about each five seconds while a batch is driven.
    pub fn load(&self) -> impl DoubleEndedIterator<Item = &Load> {
        self.load.iter()
    }

    /// Rows per second of a statement between each two looks, oldest first: the time of the later one, and the pace.
    /// Empty where the server tells no rows. Where another stage begins no pace is known.
    pub fn pace(&self, batch: BatchId, file: FileId, phase: Phase, statement: u32) -> Vec<(Millis, Option<u64>)> {
        let Some(samples) = self.rows.get(&Running { batch, file, phase, statement }) else { return Vec::new() };
        samples.iter().zip(samples.iter().skip(1)).map(|(before, after)| (after.at, pace(before, after))).collect()
    }
}

fn pace(before: &RowsAt, after: &RowsAt) -> Option<u64> {
    let ms = u64::try_from(after.at.0 - before.at.0).ok().filter(|ms| *ms > 0)?;
    let rows = after.rows.checked_sub(before.rows).filter(|_| before.step == after.step)?;
    Some(rows.saturating_mul(1000) / ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stage;

    fn look(at: i64, rows: u64, step: u32) -> Live {
        let stage = Stage { rows_done: Some(rows), step: Some(step), ..Stage::default() };
        let statement = LiveStatement { batch: BatchId(1), file: FileId(2), stage: Some(stage), ..Default::default() };
        // The load is looked at each five seconds.
        let load = Load { at: Millis(at / 5_000 * 5_000), threads_running: Some(rows), ..Load::default() };
        Live { at: Millis(at), parallel: None, statements: vec![statement], load: Some(load) }
    }

    #[test]
    fn the_pace_is_rows_between_two_looks_and_unknown_where_a_stage_begins() {
        let mut history = LiveHistory::default();
        for live in [look(10_000, 0, 1), look(11_000, 500, 1), look(11_000, 500, 1), look(13_000, 1_500, 1)] {
            history.take(&live);
        }
        history.take(&look(14_000, 100, 2));
        let pace = history.pace(BatchId(1), FileId(2), Phase::Forward, 0);
        assert_eq!(pace, [(Millis(11_000), Some(500)), (Millis(13_000), Some(500)), (Millis(14_000), None)]);
        assert!(history.pace(BatchId(1), FileId(2), Phase::Undo, 0).is_empty());
        // It has ended.
        history.take(&Live { at: Millis(15_000), ..Live::default() });
        assert!(history.pace(BatchId(1), FileId(2), Phase::Forward, 0).is_empty());
    }

    #[test]
    fn a_look_at_the_load_that_is_told_again_is_one_and_old_ones_are_forgotten() {
        let mut history = LiveHistory::default();
        for second in 0..1_000 {
            history.take(&look(second * 1_000, 1, 1));
        }
        assert_eq!(history.load().count(), 120);
        assert_eq!(history.load().next().map(|load| load.at), Some(Millis(400_000)));
    }
}
