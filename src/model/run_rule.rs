//! The rule by which a migration runs, given what has run before.

use super::Checksum;

/// The rule by which a migration runs that may have run before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunRule {
    /// When a completed one runs once more.
    pub again: Again,
    /// True if it stands for all versions up to its own on a system on which none of them has run, and for nothing on
    /// any other.
    pub baseline: bool,
    /// The path under which this text may have run.
    pub formerly: Option<String>,
}

/// When a completed migration runs once more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Again {
    /// Never: one that was edited is reported as changed.
    #[default]
    Never,
    /// When its statements are others than those that ran.
    WhenEdited,
    /// In every batch.
    Always,
    /// When what ran has this checksum: the text that this one takes the place of.
    InPlaceOf(Checksum),
}
