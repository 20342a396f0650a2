//! The rest of a batch: what is under way or to come beside a file, and may yet mend what the file leaves.

use crate::model::{Batch, File, FileId, FileStatus, LockMode};

/// A file in its batch.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    pub batch: &'a Batch,
    pub file: FileId,
}

impl<'a> Rest<'a> {
    fn open(self) -> impl Iterator<Item = &'a File> {
        let is_open = |file: &File| matches!(file.status(), FileStatus::Pending | FileStatus::Processing);
        self.batch.files.values().filter(move |other| other.id != self.file && is_open(other))
    }

    /// True if no other file of the batch is under way or to come.
    pub fn is_over(self) -> bool {
        self.open().next().is_none()
    }

    /// A file under way or to come that says it changes a table or view of that name.
    pub(super) fn changer(self, name: &str) -> Option<&'a str> {
        let name = name.to_lowercase();
        let is_it = |object: &str| object.strip_suffix(&name).is_some_and(|rest| rest.ends_with([' ', '.']));
        let changes = |file: &&File| {
            let mut locks = file.locks.iter().flatten();
            locks.any(|lock| lock.mode == LockMode::Exclusive && is_it(&lock.object))
        };
        self.open().find(changes).map(|file| file.path.as_str())
    }
}
