//! Files that were edited after they had run, against the texts that ran.

use super::Project;
use crate::cli::config::Config;
use crate::cli::exit::CliError;
use crate::cli::planning::{self, FoundDirectory};
use crate::model::{BatchId, Checksum, FileId, FileStatus, Repair, SourceText};
use crate::plan::{self, Applied, Plan};
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
            if let Some(kept) = self.reader()?.recorded_text(*ran).await? {
                evidence.diff = difference(path, &kept.up, path, text);
            }
        }
        Ok(())
    }

    /// The files that have run and lie there otherwise now, each against the text that is recorded, where that is kept.
    pub(crate) async fn drifted(&mut self, config: &Config, found: FoundDirectory) -> Result<Vec<Drift>, CliError> {
        let (known, _) = self.state_for_a_plan(&found).await?;
        let mut drifted = Vec::new();
        for plan::Drifted { file, path, ran, repair, text } in planning::drifted(found, &known, config) {
            let batch = known.history.iter().find(|applied| applied.file_id == file).map(|applied| applied.batch);
            let diff = match (&text, self.reader()?.recorded_text(file).await?) {
                (Some(text), Some(kept)) => difference(&path, &kept.up, &text.path, &text.up),
                _ => String::new(),
            };
            drifted.push(Drift { batch: batch.unwrap_or_default(), file, path, ran, repair, text, diff });
        }
        Ok(drifted)
    }
}

/// A file that has run and lies there otherwise now.
pub(crate) struct Drift {
    /// The batch that it ran in.
    pub batch: BatchId,
    pub file: FileId,
    /// The path that is recorded.
    pub path: String,
    /// The checksum that is recorded.
    pub ran: Checksum,
    pub repair: Repair,
    /// The texts that lie there.
    pub text: Option<SourceText>,
    pub diff: String,
}

impl Drift {
    /// The path where it lies now, if that is another.
    pub fn renamed_to(&self) -> Option<&str> {
        match &self.repair {
            Repair::Renamed { path, .. } => Some(path),
            Repair::Edited { .. } | Repair::Gone => None,
        }
    }
}

/// Two texts of a file, as a unified diff.
fn difference(path: &str, ran: &str, path_now: &str, now: &str) -> String {
    let header = format!("{path} as it ran");
    TextDiff::from_lines(ran, now).unified_diff().context_radius(2).header(&header, path_now).to_string()
}
