//! Files that have run and lie in the directory otherwise now: what `repair` records.

use super::{Applied, Candidate, Options, gone, identity, selection, squash};
use crate::model::{Again, Checksum, FileId, RecordedText, Repair, SourceText};
use crate::sql;

/// A file that lies there otherwise than it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drifted {
    /// Its run.
    pub file: FileId,
    /// The path that is recorded.
    pub path: String,
    /// The checksum that is recorded.
    pub ran: Checksum,
    pub repair: Repair,
    /// The texts that lie there; none where the file is gone.
    pub text: Option<SourceText>,
}

/// Compares the directory with what has run. A file that runs again when it is edited has not drifted, and what a baseline
/// stands for is not missed.
pub fn drifted(candidates: &[Candidate], history: &[Applied], options: &Options) -> Vec<Drifted> {
    let history = selection::History::new(history);
    let mut found = Vec::new();
    let mut gone = gone::gone(candidates, &history.latest);
    for candidate in candidates.iter().filter(|candidate| candidate.rule.again == Again::Never) {
        let applied = history.latest.get(candidate.path.as_str()).filter(|applied| applied.completed());
        match applied {
            Some(applied) if selection::drift(candidate, applied, options).is_some() => {
                found.push(lies_there(candidate, applied, options, |text| Repair::Edited { text }));
            }
            None if !history.is_known(candidate) => {
                let Some(at) = gone::earlier_name(candidate, &gone, options) else { continue };
                let path = candidate.path.clone();
                found.push(lies_there(candidate, gone.remove(at), options, |text| Repair::Renamed { path, text }));
            }
            _ => {}
        }
    }
    let has_baseline = candidates.iter().any(|candidate| candidate.rule.baseline);
    let is_squashed = |applied: &Applied| candidates.iter().any(|one| squash::replaces(one, &applied.path));
    gone.retain(|applied| !applied.gone && !has_baseline && !is_squashed(applied));
    found.extend(gone.into_iter().map(|applied| Drifted {
        file: applied.file_id,
        path: applied.path.clone(),
        ran: applied.hash.clone(),
        repair: Repair::Gone,
        text: None,
    }));
    found
}

fn lies_there(
    candidate: &Candidate,
    applied: &Applied,
    options: &Options,
    repair: impl FnOnce(RecordedText) -> Repair,
) -> Drifted {
    let up = &candidate.up.text;
    let (down, verify) = (candidate.down.as_ref().map(|down| down.text.clone()), candidate.verify.clone());
    let source = identity::source(up, down.as_deref(), verify.as_deref());
    // A text that cannot be split has no statements to compare by: its bytes are what is recorded.
    let canonical = sql::read(up, options.language(up)).map(|script| identity::canonical(&script)).unwrap_or_default();
    let hash = Checksum(candidate.up.sha256.clone());
    Drifted {
        file: applied.file_id,
        path: applied.path.clone(),
        ran: applied.hash.clone(),
        repair: repair(RecordedText { hash, canonical, source: source.clone() }),
        text: Some(SourceText { checksum: source, path: candidate.path.clone(), up: up.clone(), down, verify }),
    }
}
