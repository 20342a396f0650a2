//! The record of a file's earlier runs.

use crate::model::{BatchId, Checksum, Epoch, FileId, FileState, FileStatus};

/// A file that a batch has known. Of several rows for one path the one with the highest id counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its key.
    pub file_id: FileId,
    /// Relative to the migration directory.
    pub path: String,
    /// SHA-256 of its bytes when it was planned.
    pub hash: Checksum,
    /// Hash of its tokens then (see [`super::canonical`]); empty where the row has none (a legacy row).
    pub canonical: Checksum,
    /// The place where it stands.
    pub status: FileStatus,
    /// Its state.
    pub state: FileState,
    /// True if anything that it did, or may have done, still stands in the database. Looked at for failed files only.
    pub effects: bool,
    /// True if its batch has not ended. Such a file is that batch's; it is not planned again.
    pub open: bool,
    /// The epoch that it led to.
    pub epoch_to: Epoch,
    /// True if a person has recorded that it is in the directory no more.
    pub gone: bool,
    /// The batch that it ran in.
    pub batch: BatchId,
}

impl Applied {
    pub(super) fn completed(&self) -> bool {
        self.status == FileStatus::Completed
    }
}
