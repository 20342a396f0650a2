//! The checks around a file, with what they look at.

use super::texts::FileText;
use crate::check::{self, CheckedFile, Earlier, KeptData, KnownObjects};
use crate::database::{Database, Session};
use crate::engine::EngineOptions;
use crate::engine::inspector::FileContext;
use crate::model::{Batch, Class, File, FileStatus, Finding, ValidationPhase};
use crate::sql::{self, Dialect};

/// Runs the checks of a phase. The session is not the files' own: what a file set there changes what the server shows.
pub(crate) async fn run(
    looking: (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
    options: &EngineOptions,
    (dialect, core): (Dialect, &str),
    context: FileContext<'_>,
    phase: ValidationPhase,
) -> Vec<Finding> {
    let FileContext { batch, file, text } = context;
    let schemas = database.schemas();
    // Whatever runs before the file has run.
    let earlier = Earlier::default();
    let checked = CheckedFile {
        path: &file.path,
        file_type: file.file_type,
        class: declared(text),
        dialect,
        core,
        scratch: Some(&schemas.ephemeral),
        earlier: &earlier,
        ahead: false,
        up: Ok(&text.up),
        down: text.down.as_deref().map(Ok),
        kept: Some(KeptData { held: &file.held, undo: &schemas.undo }),
        verify: text.verify.as_deref().map(Result::as_ref),
        is_last: is_last(batch, file),
    };
    check::run(phase, &checked, &options.checks, looking, database).await
}

/// Tells whether no other file of the batch is under way or to come.
fn is_last(batch: &Batch, file: &File) -> bool {
    let is_open = |other: &File| matches!(other.status(), FileStatus::Pending | FileStatus::Processing);
    !batch.files.values().any(|other| other.id != file.id && is_open(other))
}

/// The class that the file's author has declared for findings on it (`class=`).
fn declared(text: &FileText) -> Option<Class> {
    let directives = sql::directives(&text.source.up).ok()?;
    directives.class.and_then(|class| Class::parse(&class.to_string()))
}
