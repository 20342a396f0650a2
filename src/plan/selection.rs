//! The selection of the files that are to run.

use super::names::{Known, Names, Unknown};
use super::standing::Standing;
use super::{Applied, Candidate, Evidence, Finding, Level, Options, Refusal, baseline, gone, identity, squash};
use crate::model::{Again, DependencyType, FileId, FileStatus, Formerly};
use crate::sql;
use std::collections::HashMap;

/// The history, by path.
pub(super) struct History<'a> {
    /// Of several rows the latest.
    pub(super) latest: HashMap<&'a str, &'a Applied>,
}

impl<'a> History<'a> {
    pub(super) fn new(all: &'a [Applied]) -> History<'a> {
        let mut latest: HashMap<&str, &Applied> = HashMap::with_capacity(all.len());
        for applied in all {
            let known = latest.entry(&applied.path).or_insert(applied);
            if known.file_id < applied.file_id {
                *known = applied;
            }
        }
        History { latest }
    }

    /// True if the text of a candidate has completed under the path that it had.
    fn has_run_formerly(&self, candidate: &Candidate) -> bool {
        let Some(Formerly { path, later }) = &candidate.rule.formerly else { return false };
        let Some(applied) = self.latest.get(path.as_str()) else { return false };
        let is_this = applied.hash.0 == candidate.up.sha256;
        is_this && applied.completed() || later.contains(&applied.hash)
    }

    /// True if a candidate has completed, under its path or under the one that it had, or a batch has it in hand.
    pub(super) fn is_known(&self, candidate: &Candidate) -> bool {
        let under_way = |applied: &&&Applied| applied.completed() || applied.open;
        self.latest.get(candidate.path.as_str()).filter(under_way).is_some() || self.has_run_formerly(candidate)
    }

    /// The completed run that a candidate would repeat.
    pub(super) fn completed(&self, path: &str) -> Option<FileId> {
        self.latest.get(path).filter(|applied| applied.completed()).map(|applied| applied.file_id)
    }
}

/// Every candidate's standing, with what is odd about those that do not run.
#[derive(Default)]
pub(super) struct Selection<'a> {
    pub(super) standings: Vec<Standing>,
    /// Of candidates that have run under another name: that run.
    pub(super) renamed: HashMap<usize, &'a Applied>,
    pub(super) findings: Vec<Finding>,
    pub(super) refused: Vec<Refusal>,
    /// Refusals of candidates, if they are to run at all.
    pub(super) refused_if_chosen: Vec<(usize, Refusal)>,
    /// Squashes that count as having run and are not recorded.
    pub(super) counts_as_run: Vec<usize>,
}

/// Compares the directory with the history.
pub(super) fn select<'a>(candidates: &[Candidate], history: &History<'a>, options: &Options) -> Selection<'a> {
    let mut selection = Selection { standings: Vec::with_capacity(candidates.len()), ..Selection::default() };
    for candidate in candidates {
        let path = candidate.path.clone();
        let standing = match history.latest.get(candidate.path.as_str()) {
            None if history.has_run_formerly(candidate) => Standing::Completed,
            None => Standing::Pending,
            Some(applied) if applied.completed() => {
                let drift = drift(candidate, applied, options);
                match runs_again(candidate, applied, drift.is_some()) {
                    true => Standing::Pending,
                    false => {
                        selection.findings.extend(drift);
                        Standing::Completed
                    }
                }
            }
            Some(applied) if applied.open || applied.status == FileStatus::Processing => {
                let state = format!("{} ({})", applied.status, applied.state);
                selection.refused.push(Refusal::InProgress { path, state });
                Standing::Refused
            }
            Some(applied) if applied.status == FileStatus::Failed && applied.effects => {
                selection.refused.push(Refusal::FailedWithEffects { path });
                Standing::Refused
            }
            Some(_) => Standing::Pending,
        };
        selection.standings.push(standing);
    }
    let mut gone = gone::gone(candidates, &history.latest);
    let (renamed, told) = gone::renamed(candidates, &mut selection.standings, &mut gone, options);
    selection.renamed = renamed;
    selection.findings.extend(told);
    let squash::Squashes { counts, partly, findings } =
        squash::settle(candidates, &mut selection.standings, &history.latest, options.records_squashes);
    selection.findings.extend(findings);
    selection.refused_if_chosen = partly;
    selection.counts_as_run = counts.keys().copied().collect();
    selection.counts_as_run.sort_unstable();
    if !options.records_squashes {
        selection.renamed.extend(counts);
    }
    let replaced = baseline::replace(candidates, &mut selection.standings, &gone);
    let squashes = squash::squashes(candidates);
    let is_missed = |applied: &&Applied| !squashes.iter().any(|at| squash::replaces(&candidates[*at], &applied.path));
    gone.retain(is_missed);
    match replaced.is_empty() {
        true => selection.findings.extend(gone::told(&gone)),
        false => selection.findings.extend(replaced),
    }
    selection
}

/// True if a completed file runs once more.
fn runs_again(candidate: &Candidate, applied: &Applied, drifted: bool) -> bool {
    match &candidate.rule.again {
        Again::Never => false,
        Again::WhenEdited => drifted,
        Again::Always => true,
        Again::InPlaceOf(before) => applied.hash.0 != candidate.up.sha256 && before.contains(&applied.hash),
    }
}

/// A completed file whose statements are not those that ran. Another checksum of the same tokens is nothing.
pub(super) fn drift(candidate: &Candidate, applied: &Applied, options: &Options) -> Option<Finding> {
    if candidate.up.sha256 == applied.hash.0 {
        return None;
    }
    let canonical =
        sql::read(&candidate.up.text, options.language(&candidate.up.text)).map(|script| identity::canonical(&script));
    if canonical.is_ok_and(|canonical| canonical == applied.canonical) {
        return None;
    }
    let message = format!(
        "{0} was changed after it had run: its statements are no longer those that ran; put it back as it was, and write \
         the change as a new migration, or record it as it is (`caribou repair {0}`)",
        candidate.path
    );
    let evidence = Evidence { file: candidate.path.clone(), ..Evidence::default() };
    Some(Finding::new("checksum_drift", Level::Warning, None, message).with(evidence))
}

/// Keeps of the pending files those up to the target and what they need.
pub(super) fn limit_to_target(
    standings: &[Standing],
    candidates: &[Candidate],
    names: &Names<'_>,
    target: Option<&str>,
) -> Result<Vec<bool>, Refusal> {
    let mut chosen: Vec<bool> = standings.iter().map(|standing| *standing == Standing::Pending).collect();
    let Some(target) = target else { return Ok(chosen) };
    let refusal = |problem: String| Refusal::Target { name: target.to_owned(), problem };
    let last = match names.find(target) {
        Ok(Known::Candidate(index)) => candidates[index].order,
        Ok(Known::Earlier(_)) => return Err(refusal("not in the directory any more: name another file".to_owned())),
        Err(Unknown::Ambiguous(paths)) => {
            return Err(refusal(format!("ambiguous: it can be {}; write the whole path", paths.join(" or "))));
        }
        Err(Unknown::Missing) => {
            let like = names.nearest(target).map_or(String::new(), |like| format!("; did you mean {like:?}?"));
            return Err(refusal(format!("not in the directory{like}")));
        }
    };
    let pending = std::mem::replace(&mut chosen, vec![false; candidates.len()]);
    let mut to_visit: Vec<usize> =
        (0..candidates.len()).filter(|i| pending[*i] && candidates[*i].order <= last).collect();
    while let Some(index) = to_visit.pop() {
        if std::mem::replace(&mut chosen[index], true) {
            continue;
        }
        let needs = candidates[index].needs.iter().filter(|need| need.kind != DependencyType::Conflict);
        for need in needs {
            if let Ok(Known::Candidate(on)) = names.find(&need.name)
                && pending[on]
            {
                to_visit.push(on);
            }
        }
    }
    Ok(chosen)
}
