//! Absence of a worker that was there: one that begins again after an outage gives its lease up for a moment.

use super::exit::CliError;
use super::project::Project;
use std::time::{Duration, Instant};

/// Time that a worker takes at most to begin again where nothing is in its way.
const GRACE: Duration = Duration::from_secs(3);

/// Since when nobody has held the lease.
#[derive(Debug, Default)]
pub(crate) struct Absence(Option<Instant>);

impl Absence {
    /// True once the worker has been away for longer than it takes to begin again.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_certain(&mut self, project: &mut Project) -> Result<bool, CliError> {
        if project.worker().await?.alive {
            self.0 = None;
            return Ok(false);
        }
        Ok(self.0.get_or_insert_with(Instant::now).elapsed() >= GRACE)
    }
}
