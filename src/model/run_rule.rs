//! The rule by which a migration runs, given what has run before.

use super::{Checksum, Span};

/// The rule by which a migration runs that may have run before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunRule {
    /// When a completed one runs once more.
    pub again: Again,
    /// True if it stands for all versions up to its own on a system on which none of them has run, and for nothing on
    /// any other.
    pub baseline: bool,
    /// Where else this text may have run.
    pub formerly: Option<Formerly>,
    /// The files that it stands for: where all of these have run it counts as having run, where none has it runs alone.
    pub replaces: Vec<Span>,
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
    /// When what ran has one of these checksums: those of the texts that this one takes the place of.
    InPlaceOf(Vec<Checksum>),
}

/// The path that a text had before another one took its place there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formerly {
    /// That path.
    pub path: String,
    /// The checksums of those that took its place: where one of them was begun, this text has run.
    pub later: Vec<Checksum>,
}
