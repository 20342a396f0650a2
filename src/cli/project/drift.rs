//! Files that were edited after they had run, against the texts that ran.

use super::Project;
use crate::cli::exit::CliError;
use crate::cli::planning::FoundDirectory;
use crate::model::{FileId, FileStatus};
use crate::plan::{Applied, Plan};
use similar::TextDiff;
use std::collections::HashMap;

/// The texts of files whose bytes are not those that ran, and the run, by path.
pub(super) struct Edited(HashMap<String, (String, FileId)>);

impl Edited {
    /// Finds them.
    pub fn of(found: &FoundDirectory, history: &[Applied]) -> Edited {
        let mut ran: HashMap<&str, &Applied> = HashMap::new();
        for applied in history {
            let known = ran.entry(&applied.path).or_insert(applied);
            if known.file_id < applied.file_id {
                *known = applied;
            }
        }
        let edited = found.directory.files.iter().filter_map(|file| {
            let applied = ran.get(file.path.as_str())?;
            let is_edited = applied.status == FileStatus::Completed && applied.hash.0 != file.up.sha256;
            is_edited.then(|| (file.path.clone(), (file.up.text.clone(), applied.file_id)))
        });
        Edited(edited.collect())
    }
}

impl Project {
    /// Gives the findings about files that were edited the difference to what ran, where that text is kept.
    pub(super) async fn compare_edited(&mut self, plan: &mut Plan, edited: &Edited) -> Result<(), CliError> {
        for finding in &mut plan.findings {
            let Some(evidence) = finding.evidence.as_mut().filter(|_| finding.check == "checksum_drift") else {
                continue;
            };
            let Some((path, (text, ran))) = edited.0.get_key_value(&evidence.file) else { continue };
            if let Some(kept) = self.reader()?.source_of_file(*ran).await? {
                evidence.diff = TextDiff::from_lines(&kept.up, text)
                    .unified_diff()
                    .context_radius(2)
                    .header(&format!("{path} as it ran"), path)
                    .to_string();
            }
        }
        Ok(())
    }
}
