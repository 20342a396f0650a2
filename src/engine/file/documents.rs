//! Documents that have completed: whether they still describe what exists once a file has taken something away.

use super::texts::FileText;
use crate::engine::EngineError;
use crate::engine::inspector::Inspector;
use crate::handlers::{Catalog, Fault, Subject};
use crate::model::{Batch, Class, File, FileStatus, FileType, Finding, ValidationStatus};
use crate::sql::{self, AlterOperation, How, ObjectKind, Statement};
use std::collections::{BTreeSet, HashSet};
use std::time::Instant;

/// The name of the check.
const CHECK: &str = "documents_current";

/// Compares the documents that describe what the file takes away, whole tables or columns. Of a document that comes again
/// in this batch it says nothing: that one says so itself.
pub(crate) async fn finding(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
    text: &FileText,
) -> Result<Option<Finding>, EngineError> {
    let gone = gone(&text.up.statements);
    if gone.is_empty() {
        return Ok(None);
    }
    let begun = Instant::now();
    let is_open = |path: &str| {
        let is_open = |file: &File| matches!(file.status(), FileStatus::Pending | FileStatus::Processing);
        batch.files.values().any(|file| file.path == path && is_open(file))
    };
    let mut faults = Vec::new();
    for (path, source) in inspector.reader.documents().await?.into_iter().filter(|(path, _)| !is_open(path)) {
        let Some(source) = inspector.reader.source(&source).await? else { continue };
        let lower = source.up.to_lowercase();
        if !gone.iter().any(|name| lower.contains(name)) {
            continue;
        }
        let found = look(inspector, &path, &source.up).await?;
        let names = |fault: &Fault| gone.iter().any(|name| fault.problem.to_lowercase().contains(name));
        faults.extend(found.into_iter().filter(names).map(|fault| format!("{path}, {fault}")));
    }
    if faults.is_empty() {
        return Ok(None);
    }
    let why = format!(
        "why: {} takes away what they describe, and whoever reads them is told of what is not there",
        file.path
    );
    let safer = "instead: change the document in the same batch; an edited document runs again";
    faults.extend([why, safer.to_owned()]);
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (check, status) = (CHECK.to_owned(), ValidationStatus::Warning);
    Ok(Some(Finding { check, status, class: Some(Class::D), result: faults.join("\n"), ms }))
}

/// What the handler of a document finds in it now.
async fn look(inspector: &mut Inspector, path: &str, text: &str) -> Result<Vec<Fault>, EngineError> {
    let (database, dialect) = (inspector.store.database().as_ref(), inspector.dialect());
    let Ok(script) = sql::read(text, dialect) else { return Ok(Vec::new()) };
    let handler = inspector.options.handlers.of(text, FileType::Documentation);
    let (core, made) = (database.schemas().core.as_str(), HashSet::new());
    let mut catalog = Catalog::new(Some(database), core, &made);
    let subject = Subject { path, text, script: &script, back: None, dialect, core };
    let found = handler.validate_after(&subject, &mut catalog).await;
    catalog.close().await;
    Ok(found?)
}

/// The tables and views, in lower case, that statements take away, or columns of which.
fn gone(statements: &[Statement]) -> BTreeSet<String> {
    use AlterOperation::{ChangeColumn, DropColumn, RenameColumn};
    let takes = |statement: &Statement| {
        let mut operations = statement.analysis.operations.iter();
        operations.any(|one| matches!(one, DropColumn { .. } | RenameColumn { .. } | ChangeColumn { .. }))
    };
    let mut gone = BTreeSet::new();
    for statement in statements.iter().filter(|statement| !statement.analysis.is_temporary()) {
        for touch in &statement.analysis.touches {
            let is_relation = matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View);
            let goes = match touch.how {
                How::Drops | How::RenamesFrom => true,
                How::Alters => takes(statement),
                _ => false,
            };
            if is_relation && goes {
                gone.insert(touch.object.name.to_lowercase());
            }
        }
    }
    gone
}
