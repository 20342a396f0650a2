//! The checks around a file, with what they look at.

use super::texts::FileText;
use crate::check::{self, CheckedFile, Earlier, KeptData, KnownObjects, Rest};
use crate::database::{Database, DbError, Schemas, Session};
use crate::engine::EngineOptions;
use crate::engine::inspector::FileContext;
use crate::model::{Before, Class, Finding, RecordedDefinition, ValidationPhase};
use crate::sql::{self, Dialect};

/// Takes down what is wrong before the file runs, for the checks after it.
pub(crate) async fn before(
    looking: (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
    options: &EngineOptions,
    (dialect, core): (Dialect, &str),
    context: FileContext<'_>,
) -> Result<Option<Before>, DbError> {
    let (schemas, earlier) = (database.schemas(), Earlier::default());
    let checked = checked(context, schemas, (dialect, core), &earlier);
    check::before(&checked, &options.checks, looking, database).await
}

/// Tells whether the checks after a file compare with what was wrong before it.
pub(crate) fn compare_with_before(database: &dyn Database, dialect: Dialect, context: FileContext<'_>) -> bool {
    let (schemas, earlier) = (database.schemas(), Earlier::default());
    check::compares(&checked(context, schemas, (dialect, &schemas.core), &earlier))
}

/// Tells whether the checks after a file ask the data whether its undo fits them.
pub(crate) fn asks_definitions(database: &dyn Database, dialect: Dialect, context: FileContext<'_>) -> bool {
    let (schemas, earlier) = (database.schemas(), Earlier::default());
    check::asks_definitions(&checked(context, schemas, (dialect, &schemas.core), &earlier))
}

/// Runs the checks of a phase. The session is not the files' own: what a file set there changes what the server shows.
pub(crate) async fn run(
    looking: (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
    options: &EngineOptions,
    (dialect, core): (Dialect, &str),
    (context, before, stood): (FileContext<'_>, Option<&Before>, &[RecordedDefinition]),
    phase: ValidationPhase,
) -> Vec<Finding> {
    let (schemas, earlier) = (database.schemas(), Earlier::default());
    let checked = CheckedFile { before, stood, ..checked(context, schemas, (dialect, core), &earlier) };
    check::run(phase, &checked, &options.checks, looking, database).await
}

/// A file as checks look at it. Whatever runs before the file has run.
fn checked<'a>(
    context: FileContext<'a>,
    schemas: &'a Schemas,
    (dialect, core): (Dialect, &'a str),
    earlier: &'a Earlier,
) -> CheckedFile<'a> {
    let FileContext { batch, file, text } = context;
    let rest = Rest { batch, file: file.id };
    CheckedFile {
        path: &file.path,
        file_type: file.file_type,
        class: declared(text),
        dialect,
        core,
        scratch: Some(&schemas.ephemeral),
        earlier,
        ahead: false,
        up: Ok(&text.up),
        down: text.down.as_deref().map(Ok),
        kept: Some(KeptData { held: &file.held, undo: &schemas.undo }),
        verify: text.verify.as_deref().map(Result::as_ref),
        is_last: rest.is_over(),
        rest: Some(rest),
        before: None,
        stood: &[],
        future: &[],
    }
}

/// The class that the file's author has declared for findings on it (`class=`).
fn declared(text: &FileText) -> Option<Class> {
    let directives = sql::directives(&text.source.up).ok()?;
    directives.class.and_then(|class| Class::parse(&class.to_string()))
}
