//! A step that a handler takes outside the database.

use std::path::Path;

/// A step of a file, with all that it takes to take it, to take it back, or to see whether it was taken.
#[derive(Debug, Clone, Copy)]
pub struct OwnStep<'a> {
    /// The migration directory, where this process sees it.
    pub directory: Option<&'a Path>,
    /// The file, relative to that.
    pub path: &'a str,
    /// Its text as it is recorded.
    pub text: &'a str,
    /// The statement that stands for the step.
    pub statement: &'a str,
    /// The epoch that the file leads to.
    pub epoch: i64,
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// It is not taken, or it is taken back.
    Before,
    /// It is taken.
    After,
    /// Neither; why.
    Neither(String),
}
