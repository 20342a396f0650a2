//! The rest of the batch as it may go: when each file begins and ends, and which of them decide the end.

use super::time_left::Left;
use crate::model::{BatchId, File, FileId, FileState, Millis, Schedule, Slot};
use std::collections::HashMap;

/// The rest of the batch, as it was thought to go at one moment.
#[derive(Debug, Clone, Default)]
pub struct Forecast {
    /// The moment, on the console's own clock, and on the database's.
    pub made: u64,
    pub at: Millis,
    pub(super) batch: BatchId,
    /// Files that will still run, in the order of the plan, those under way first.
    pub files: Vec<FileId>,
    /// Time that is left of each, or why nobody knows it.
    pub left: Vec<Result<Left, String>>,
    pub(super) schedule: Schedule,
    pub(super) places: HashMap<FileId, usize>,
    /// Place of each on the path, by place in the files.
    pub(super) on_path: Vec<bool>,
    /// The files in the order of their bars: those on the path first, each group by its beginning.
    pub bars: Vec<FileId>,
    pub(super) eta: Option<Result<Left, String>>,
}

impl Forecast {
    /// When a file begins and ends, in milliseconds from [`Forecast::at`].
    pub fn slot(&self, file: FileId) -> Option<Slot> {
        self.schedule.slots[*self.places.get(&file)?]
    }

    /// Time that is left of a file.
    pub fn left_of(&self, file: FileId) -> Option<&Result<Left, String>> {
        self.left.get(*self.places.get(&file)?)
    }

    /// Milliseconds until the last file has ended.
    pub fn end(&self) -> u64 {
        self.schedule.slots.iter().flatten().map(|slot| slot.end).max().unwrap_or_default()
    }

    /// True if both are on the path, and the second begins when the first has ended.
    pub fn is_step(&self, first: FileId, then: FileId) -> bool {
        let behind = self.slot(then).and_then(|slot| slot.behind).and_then(|place| self.files.get(place));
        behind == Some(&first) && self.is_on_path(first) && self.is_on_path(then)
    }

    /// The files that decide the end, the first to begin first.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = FileId> + '_ {
        self.schedule.path.iter().filter_map(|place| self.files.get(*place).copied())
    }

    /// True if the file is one of them.
    pub fn is_on_path(&self, file: FileId) -> bool {
        self.places.get(&file).is_some_and(|place| self.on_path[*place])
    }
}

/// True if it will still run forward, or does.
pub fn is_to_come(file: &File) -> bool {
    match file.state {
        FileState::Idle => file.outcome.is_none(),
        FileState::Failed | FileState::RollingBack => false,
        _ => true,
    }
}
