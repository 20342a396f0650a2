//! The checks around a file, with what they look at.

use super::EngineOptions;
use super::texts::Text;
use crate::check::{self, Known, Subject};
use crate::database::{Database, Session};
use crate::model::{Class, File, Finding, ValidationPhase};
use crate::sql::{self, Dialect};

/// Runs the checks of a phase. The session is not the files' own: what a file set there changes what the server shows.
pub(super) async fn run(
    looking: (&mut dyn Session, &mut Known),
    database: &dyn Database,
    options: &EngineOptions,
    (dialect, core): (Dialect, &str),
    file: &File,
    text: &Text,
    phase: ValidationPhase,
) -> Vec<Finding> {
    let subject = Subject {
        path: &file.path,
        file_type: file.file_type,
        class: declared(text),
        dialect,
        core,
        up: Ok(&text.up),
        down: text.down.as_deref().map(Ok),
        verify: text.verify.as_deref().map(Result::as_ref),
    };
    check::run(phase, &subject, &options.checks, looking, database).await
}

/// The class that the file's author has declared for findings on it (`class=`).
fn declared(text: &Text) -> Option<Class> {
    let directives = sql::directives(&text.source.up).ok()?;
    directives.class.and_then(|class| Class::parse(&class.to_string()))
}
