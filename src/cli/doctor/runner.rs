//! As whom files run.

use super::super::exit::CliError;
use super::super::project::Project;
use super::finding::Finding;
use crate::engine;
use crate::store::{Settings, are_grants_installed};

const REMEDY: &str =
    "give files an account of their own: `caribou schema grants runner USER@HOST`, and [runner] in caribou.toml";

/// Nothing on SQLite, which has no accounts.
pub(super) async fn examine(project: &mut Project) -> Option<Finding> {
    if !project.store.dialect().is_mysql_family() {
        return None;
    }
    Some(look(project).await.unwrap_or_else(|error| Finding::unanswered("runner", &error)))
}

async fn look(project: &mut Project) -> Result<Finding, CliError> {
    let runs_as = engine::runner_account(&project.store).await?;
    if let Some(runner) = runs_as {
        return Ok(Finding::ok("runner", format!("files run as {runner}")));
    }
    let found = "files run as the worker's own account: a file can do whatever the worker may, to the journal too";
    Ok(match must_be_apart(project).await? {
        true => Finding::wrong("runner", format!("{found}; in production with four eyes no batch begins"), REMEDY),
        false => Finding::warning("runner", found, REMEDY),
    })
}

/// True if the schema's settings want them apart.
async fn must_be_apart(project: &mut Project) -> Result<bool, CliError> {
    let store = project.store.clone();
    let Ok(reader) = project.reader() else { return Ok(false) };
    if reader.is_legacy() {
        return Ok(false);
    }
    let settings = Settings::read(reader.session(), &store).await?;
    let guarded = are_grants_installed(reader.session(), &store).await?;
    Ok(settings.needs_runner(guarded))
}
