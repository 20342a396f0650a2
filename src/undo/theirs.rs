//! What others have changed of what a file changes, as it was found.

use super::part_change::PartChange;
use std::collections::BTreeMap;

/// An object that no longer stood as it was seen last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gap {
    pub(super) object: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// The statement of the file before which it was found; `None` where all of them had run.
    pub(super) before: Option<u32>,
}

/// What others have changed, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Others {
    /// What each object was when the file began, where it is another since theirs were put in.
    pub(super) first: BTreeMap<String, Option<String>>,
    /// Changes that the undo would take away, by object and part; the last one of each counts.
    pub(super) lost: BTreeMap<(String, String), PartChange>,
}
