//! Looking for the history tables of other tools.

use super::Project;
use crate::adopt::{self, Comparison, Found};
use crate::cli::elsewhere::Elsewhere;
use crate::cli::exit::CliError;
use crate::cli::planning::FoundDirectory;
use crate::database::{Purpose, Session};

impl Project {
    /// Looks for history tables of other tools that speak of files of a directory.
    pub(super) async fn elsewhere(&self, found: &FoundDirectory) -> Result<Vec<Elsewhere>, CliError> {
        if self.is_unmade || found.directory.files.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = self.store.database().open(Purpose::Reader).await?;
        let tables = adopt::search(session.as_mut(), &self.store.schemas().core).await;
        let mut said = Vec::new();
        for table in tables.unwrap_or_default() {
            // A table that this account may not read is none that could be taken over by it.
            let Some(comparison) = compared(session.as_mut(), &table, found).await else { continue };
            let path = |file: usize| found.directory.files[file].path.clone();
            let files: Vec<String> = comparison.applied.iter().map(|known| path(known.file)).collect();
            if !files.is_empty() {
                let (tool, name, place) = (table.history.tool, table.history.name, table.place());
                said.push(Elsewhere { tool, name, place, files, is_one_of_several: false });
            }
        }
        session.close().await;
        let several = said.len() > 1;
        said.iter_mut().for_each(|one| one.is_one_of_several = several);
        Ok(said)
    }
}

async fn compared(session: &mut dyn Session, table: &Found, found: &FoundDirectory) -> Option<Comparison> {
    let entries = adopt::read(session, table).await.ok()?;
    // Whether the texts are those that ran is a question for the one who takes them over.
    Some(adopt::compare(table.history, &found.directory.files, &entries, |_| None))
}
