//! What another tool's table says of a directory.

use crate::adopt::{Comparison, Entry, Found};
use crate::cli::planning::FoundDirectory;

/// A history table, read and held against the directory.
pub(super) struct Understood {
    pub found: Found,
    pub entries: Vec<Entry>,
    pub comparison: Comparison,
    pub directory: FoundDirectory,
}
