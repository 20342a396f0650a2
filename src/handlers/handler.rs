//! A type of file as a value.

use super::{Catalog, Described, Fault, Original, OwnStep, Stands, Subject};
use crate::database::DbError;
use crate::source::SourceType;
use crate::sql::Dialect;
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::fmt;

/// One type of file: its five operations, and which files are of it.
///
/// What is not said here is as for SQL: the file runs as it is, statement by statement, and each is undone by a written
/// script, by what can be derived, or by what was kept.
#[async_trait]
pub trait Handler: fmt::Debug + Send + Sync {
    /// Which files are of the type.
    fn source(&self) -> SourceType;

    /// True if a completed file with this path that was edited runs again, instead of being reported as changed.
    fn runs_again_as(&self, _path: &str) -> bool {
        false
    }

    /// By what is known whether a file is still the one that was planned.
    fn identity(&self, bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What a file, as it is recorded, describes of the database; nothing where that cannot be read.
    fn describes(&self, _path: &str, _recorded: &str) -> Vec<Described> {
        Vec::new()
    }

    /// Prepares: the text that stands for the file, in SQL, with every statement on the line of the file that it comes
    /// from; `None` where that is the file as it is.
    ///
    /// # Errors
    /// The first fault in it.
    fn prepare(&self, _file: &Original<'_>, _dialect: Dialect) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    /// Validates before anything of the file runs. What it gives stops the file.
    ///
    /// # Errors
    /// The database's.
    async fn validate_before(&self, _file: &Subject<'_>, _catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        Ok(Vec::new())
    }

    /// Applies a step outside the database. Once more is as good as once: a worker may have ended in the middle.
    ///
    /// # Errors
    /// Why it cannot be taken; nothing was changed then.
    fn apply(&self, _step: &OwnStep<'_>) -> Result<(), String> {
        Err(self.no_steps())
    }

    /// Validates what stands when the file has run.
    ///
    /// # Errors
    /// The database's.
    async fn validate_after(&self, _file: &Subject<'_>, _catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        Ok(Vec::new())
    }

    /// Undoes a step outside the database, also one that was taken half.
    ///
    /// # Errors
    /// Why it cannot be taken back; nothing was changed then.
    fn undo(&self, _step: &OwnStep<'_>) -> Result<(), String> {
        Err(self.no_steps())
    }

    /// Looks where a step stands.
    fn stands(&self, _step: &OwnStep<'_>) -> Stands {
        Stands::Neither(self.no_steps())
    }

    /// True if files of the type have steps outside the database.
    fn has_steps(&self) -> bool {
        false
    }

    /// The words of a type that has no steps of its own.
    fn no_steps(&self) -> String {
        format!("files of the type {} have no steps outside the database", self.source().name)
    }
}
