//! What the checks look at.

use super::CheckSettings;
use crate::database::{Database, Session};
use crate::model::{Class, FileType};
use crate::sql::{Dialect, ObjectName, Script, SplitError, Statement};
use std::collections::HashMap;

/// A file, as far as checks need it. The scripts are what [`crate::sql::read`] gave.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Relative to the migration directory.
    pub path: &'a str,
    /// Who handles it.
    pub file_type: FileType,
    /// What its author has declared findings on it to be worth.
    pub class: Option<Class>,
    /// The language it is written in.
    pub dialect: Dialect,
    /// The core schema: where names without one live.
    pub core: &'a str,
    /// The migration.
    pub up: Result<&'a Script, &'a SplitError>,
    /// Its rollback script.
    pub down: Option<Result<&'a Script, &'a SplitError>>,
    /// Its verify script.
    pub verify: Option<Result<&'a Script, &'a SplitError>>,
}

impl<'a> Subject<'a> {
    /// The migration's statements; none where it cannot be split, which is a finding of its own.
    pub(super) fn statements(&self) -> &'a [Statement] {
        self.up.map_or(&[], |script| &script.statements)
    }
}

/// What was seen already, so that it need not be asked again for every file.
#[derive(Debug, Default)]
pub struct Known {
    /// Objects, and whether they are there: as the session that runs the file saw them last.
    pub there: HashMap<ObjectName, bool>,
}

/// A subject, and the means to look at the database.
pub struct Context<'a> {
    /// The file.
    pub subject: &'a Subject<'a>,
    /// How severe checks are, and their limits.
    pub settings: &'a CheckSettings,
    /// For looking at definitions: a Journal or Control session.
    pub session: &'a mut dyn Session,
    /// What was seen already.
    pub known: &'a mut Known,
    /// For a session like the file's own.
    pub database: &'a dyn Database,
}
