//! Warnings of the checks after files: what was found once they had run, and was no reason to undo them.

use super::output::safe;
use crate::model::{Batch, FileId, ValidationPhase, ValidationStatus};
use crate::store::{Reader, Result, ValidationFilter, ValidationRow};
use serde::Serialize;

/// Warnings that are told; the rest is counted.
const TOLD: usize = 20;

/// A warning of a check after a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Warned {
    /// The file; none for a check of the whole batch.
    pub file: Option<String>,
    pub check: String,
    /// The first line of what it says.
    pub said: String,
}

/// The warnings of a batch, if there is one, the oldest first.
///
/// # Errors
/// The database's.
pub(crate) async fn of_batch(reader: &mut Reader, batch: Option<&Batch>) -> Result<Vec<Warned>> {
    let Some(batch) = batch else { return Ok(Vec::new()) };
    if batch.validations[ValidationStatus::Warning as usize] == 0 {
        return Ok(Vec::new());
    }
    let status = Some(ValidationStatus::Warning);
    let rows = reader.validations(&ValidationFilter { batch: batch.id, status, ..ValidationFilter::default() }).await?;
    let after = rows.into_iter().filter(|row| row.phase == ValidationPhase::Post);
    let path = |id: FileId| batch.file(id).map_or_else(|| format!("file {id}"), |file| file.path.clone());
    let warned = |row: ValidationRow| Warned {
        file: row.file_id.map(path),
        check: row.check,
        said: row.result.lines().next().unwrap_or_default().to_owned(),
    };
    Ok(after.map(warned).collect())
}

/// The same for people, a line each.
pub(crate) fn lines(warned: &[Warned]) -> Vec<String> {
    let line = |one: &Warned| {
        let file = one.file.as_deref().map_or_else(|| "the batch".to_owned(), safe);
        format!("{file}: {}: {}", safe(&one.check), safe(&one.said))
    };
    let mut lines: Vec<String> = warned.iter().take(TOLD).map(line).collect();
    if warned.len() > TOLD {
        lines.push(format!("and {} more: `caribou report` lists them", warned.len() - TOLD));
    }
    lines
}

/// The same below the story of a batch; empty where nothing was found.
pub(crate) fn told(warned: &[Warned]) -> String {
    if warned.is_empty() {
        return String::new();
    }
    format!("\nFound once files had run:\n  {}\n", lines(warned).join("\n  "))
}
