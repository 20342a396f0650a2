//! Number of tables that core has, counted once for many files.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time for which a count is believed. Listing tables with what is a view takes milliseconds on every server, and this
/// runs before every file that creates a table.
const BELIEVED: Duration = Duration::from_secs(5);

/// Number of tables that core had when they were last listed, with what the files checked since then create and drop.
#[derive(Debug, Default)]
pub struct TableCount(Mutex<Option<(Instant, usize)>>);

impl TableCount {
    pub(super) fn known(&self) -> Option<usize> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, count)| count)
    }

    pub(super) fn listed(&self, count: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), count));
    }

    pub(super) fn changed(&self, count: usize) {
        if let Some((_, known)) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            *known = count;
        }
    }
}

/// A copy knows nothing yet.
impl Clone for TableCount {
    fn clone(&self) -> Self {
        TableCount::default()
    }
}

/// A count is no setting.
impl PartialEq for TableCount {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TableCount {}
