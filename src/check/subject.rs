//! What the checks look at.

use crate::model::FileType;
use crate::sql::{Dialect, Script, SplitError};

/// A file, as far as checks need it. The scripts are what [`crate::sql::read`] gave.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Relative to the migration directory.
    pub path: &'a str,
    /// Who handles it.
    pub file_type: FileType,
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
