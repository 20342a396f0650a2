//! Times that the store knows, as a plan takes them.

use crate::model::Checksum;
use crate::plan::{LastRun, MeasuredTimes, RehearsedTimes};
use crate::store::{PastRun, RehearsedFile};
use std::collections::HashMap;

/// Adds what ran and what was rehearsed; of several runs of the same bytes or path the last one counts.
pub(super) fn take_in(
    measured: &mut MeasuredTimes,
    mut runs: Vec<PastRun>,
    rehearsed: HashMap<Checksum, RehearsedFile>,
) {
    runs.sort_by_key(|run| run.file);
    for run in runs {
        let last = LastRun { batch: run.batch, ms: run.ms, statements: run.statements };
        measured.of_bytes.insert(run.hash, last.clone());
        measured.of_path.insert(run.path, last);
    }
    let times = rehearsed.into_iter().map(|(hash, file)| (hash, RehearsedTimes { at: file.at, statements: file.ms }));
    measured.rehearsed.extend(times);
}
