//! Letting go of what was kept: when its time is over, or because somebody says so. Never what may still be needed.

use super::input::Draft;
use crate::model::{Batch, EventKind, File, FileId, FileState, RollbackStatus};

/// An operator wants it gone: personal data, disk space.
pub(super) fn discard(batch: &Batch, file: Option<FileId>, reason: Option<&str>) -> Result<Vec<EventKind>, String> {
    let Some(reason) = reason.map(str::trim).filter(|r| !r.is_empty()) else {
        return Err("discarding needs a reason: afterwards nothing brings these data back".into());
    };
    let holding = batch.discardable(file)?;
    Ok(holding.into_iter().map(|file| gone(file, &|_| true, reason)).collect())
}

impl Batch {
    /// The files whose kept data may go now: of one file, or of all of them.
    ///
    /// # Errors
    /// Reason why nothing may go, in one sentence.
    pub fn discardable(&self, file: Option<FileId>) -> Result<Vec<&File>, String> {
        let files: Vec<&File> = match file {
            Some(id) => vec![self.file(id).ok_or_else(|| format!("file {id} is not in batch {}", self.id))?],
            None => self.in_order().collect(),
        };
        let holding: Vec<&File> = files.into_iter().filter(|file| !file.held.is_empty()).collect();
        if holding.is_empty() {
            return Err("nothing is kept of it".into());
        }
        match holding.iter().find_map(|file| needed(self, file)) {
            Some(why) => Err(why),
            None => Ok(holding),
        }
    }
}

/// The time of these kept tables is over.
pub(super) fn expired(batch: &Batch, places: &[String]) -> Vec<Draft> {
    let free = batch.in_order().filter(|file| needed(batch, file).is_none());
    let over = free.filter(|file| file.held.iter().any(|held| places.contains(&held.place)));
    let reason = "the time for which it was kept is over";
    over.map(|file| Draft::new(batch.id, gone(file, &|place| places.contains(place), reason))).collect()
}

fn gone(file: &File, which: &dyn Fn(&String) -> bool, reason: &str) -> EventKind {
    let places = file.held.iter().map(|held| held.place.clone()).filter(|place| which(place)).collect();
    EventKind::KeptDiscarded { file: file.id, places, reason: reason.to_owned() }
}

/// Reason why what a file holds may still be needed.
fn needed(batch: &Batch, file: &File) -> Option<String> {
    if file.state != FileState::Idle && (file.state != FileState::Failed || file.has_effects()) {
        return Some(format!("{} is {}: its undo may need what was kept", file.path, file.state));
    }
    let open = batch.rollbacks.values().find(|rollback| {
        let under_way = matches!(rollback.status, RollbackStatus::Pending | RollbackStatus::Running);
        under_way && rollback.closed.is_none() && (rollback.files.is_empty() || rollback.files.contains(&file.id))
    });
    open.map(|rollback| format!("rollback {} over {} is open: decide about it first", rollback.id, file.path))
}
