//! The history table of another tool that is kept in step.

use super::super::exit::CliError;
use super::super::output::count;
use super::super::project::Project;
use super::finding::Finding;
use crate::adopt::InStep;
use crate::database::Purpose;
use crate::model::END_IN_STEP;
use crate::store::HistoryFile;

const CHECK: &str = "in_step";

/// Nothing where no table is kept in step.
pub(super) async fn examine(project: &mut Project) -> Option<Finding> {
    look(project).await.unwrap_or_else(|error| Some(Finding::unanswered(CHECK, &error)))
}

async fn look(project: &mut Project) -> Result<Option<Finding>, CliError> {
    if project.reader()?.is_legacy() {
        return Ok(None);
    }
    let Some(tool) = project.reader()?.settings().await?.kept_in_step() else { return Ok(None) };
    let files = project.reader()?.history_files().await?;
    let mut session = project.store.database().open(Purpose::Reader).await?;
    let found = InStep::of(session.as_mut(), &project.store.schemas().core, &tool).await;
    let finding = match found {
        Ok(Some(table)) => {
            let missing = table.missing(session.as_mut(), &HistoryFile::ended(&files)).await;
            missing.map(|missing| compared(&table.place(), &tool, missing.into_iter().collect()))
        }
        Ok(None) => Ok(not_there(&project.store.schemas().core, &tool)),
        Err(error) => Err(error),
    };
    session.close().await;
    Ok(Some(finding?))
}

fn not_there(core: &str, tool: &str) -> Finding {
    Finding::wrong(
        CHECK,
        format!(
            "the history table of {tool} is to be kept in step, and is not in {core}: {tool} would run everything again"
        ),
        format!("bring it back from a copy, and the next worker writes what is missing; or end it: `{END_IN_STEP}`"),
    )
}

fn compared(place: &str, tool: &str, missing: Vec<String>) -> Finding {
    let Some(first) = missing.first() else { return Finding::ok(CHECK, format!("{place} says what has run here")) };
    let others = match missing.len() {
        1 => String::new(),
        all => format!(", and {} more", count(all as u64 - 1, "file")),
    };
    Finding::wrong(
        CHECK,
        format!("{place} does not say what became of {first}{others}: {tool} would run it again, or not at all"),
        format!(
            "let the worker's account write the table: `caribou worker` brings it in step as it begins, and so does the \
             next `caribou migrate` that has a file to run; or end it: `{END_IN_STEP}`"
        ),
    )
}
