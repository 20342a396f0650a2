//! Squashes among the candidates: a file that replaces others runs only where none of them has run. Where all have, it
//! counts as having run, and `migrate` records that.

use super::standing::Standing;
use super::{Applied, Candidate, CandidateNeed, Finding, Level, Refusal};
use crate::model::{DependencyType, Span};
use std::collections::HashMap;

/// Number of paths that a message names.
const NAMED: usize = 10;

/// What follows from the squashes of a directory.
#[derive(Default)]
pub(super) struct Squashes<'a> {
    /// Those that count as having run and are not recorded yet, each with the last run of what it replaces.
    pub(super) counts: HashMap<usize, &'a Applied>,
    /// Those that cannot run, since only a part of what they replace has.
    pub(super) partly: Vec<(usize, Refusal)>,
    pub(super) findings: Vec<Finding>,
}

/// The squashes of a directory; most have none.
pub(super) fn squashes(candidates: &[Candidate]) -> Vec<usize> {
    (0..candidates.len()).filter(|at| !candidates[*at].rule.replaces.is_empty()).collect()
}

/// True if a candidate replaces the file at that path.
pub(super) fn replaces(candidate: &Candidate, path: &str) -> bool {
    candidate.path != path && candidate.rule.replaces.iter().any(|span| span.holds(path))
}

/// The squash that stands for a file, by its path or the name that others use of it.
pub(super) fn stands_for(candidates: &[Candidate], squashes: &[usize], name: &str) -> Option<usize> {
    squashes.iter().copied().find(|at| {
        let candidate = &candidates[*at];
        let in_its_folder = candidate.path.rfind('/').map_or("", |at| &candidate.path[..=at]);
        replaces(candidate, name) || (!name.contains('/') && replaces(candidate, &format!("{in_its_folder}{name}")))
    })
}

/// Settles what each squash is, and what becomes of the files that it replaces. With `records`, one that counts as having
/// run stays pending: it is being recorded.
pub(super) fn settle<'a>(
    candidates: &[Candidate],
    standings: &mut [Standing],
    latest: &HashMap<&'a str, &'a Applied>,
    records: bool,
) -> Squashes<'a> {
    let mut all = Squashes::default();
    for (index, squash) in candidates.iter().enumerate().filter(|(_, one)| !one.rule.replaces.is_empty()) {
        let members = Members::of(squash, candidates, latest);
        match (standings[index], members.ran.last(), members.missing.as_slice()) {
            (Standing::Completed, ..) | (Standing::Pending, None, _) => {
                let place = |path: &str| candidates.iter().position(|candidate| candidate.path == path);
                let pending = |at: &usize| standings[*at] == Standing::Pending;
                let stood_for: Vec<usize> =
                    members.missing.iter().filter_map(|path| place(path)).filter(pending).collect();
                let count = stood_for.len();
                stood_for.into_iter().for_each(|at| standings[at] = Standing::Replaced);
                let has_run = standings[index] == Standing::Completed;
                all.findings.extend(stands_alone(squash, count, has_run));
            }
            (Standing::Pending, Some(last), []) => {
                all.findings.extend(counts(squash, members.ran.len()).filter(|_| !records));
                all.counts.insert(index, last);
                if !records {
                    standings[index] = Standing::Completed;
                }
            }
            (Standing::Pending, Some(_), missing) => all.partly.push((index, partly(squash, &members, missing))),
            _ => {}
        }
    }
    all
}

/// The files that squashes which are being recorded stand on.
pub(super) fn needs(candidate: &Candidate, latest: &HashMap<&str, &Applied>) -> Vec<CandidateNeed> {
    let ran = latest.values().filter(|applied| applied.completed() && replaces(candidate, &applied.path));
    let mut paths: Vec<&str> = ran.map(|applied| applied.path.as_str()).collect();
    paths.sort_unstable();
    let need = |path: &str| CandidateNeed {
        name: path.to_owned(),
        kind: DependencyType::Required,
        said_in: candidate.path.clone(),
        line: 1,
    };
    paths.into_iter().map(need).collect()
}

/// The files that a squash replaces.
struct Members<'a> {
    /// Those that have run, in the order in which they did.
    ran: Vec<&'a Applied>,
    /// Paths, or names, of those that have not.
    missing: Vec<String>,
}

impl<'a> Members<'a> {
    fn of(squash: &Candidate, candidates: &[Candidate], latest: &HashMap<&'a str, &'a Applied>) -> Members<'a> {
        let mut ran: Vec<&Applied> =
            latest.values().copied().filter(|one| one.completed() && replaces(squash, &one.path)).collect();
        ran.sort_by_key(|one| one.file_id);
        let is_missing = |one: &&Candidate| {
            let has_run = latest.get(one.path.as_str()).is_some_and(|applied| applied.completed());
            replaces(squash, &one.path) && !has_run
        };
        let mut missing: Vec<String> =
            candidates.iter().filter(is_missing).map(|candidate| candidate.path.clone()).collect();
        // Of those that lie here no more the names alone are known.
        let named = squash.rule.replaces.iter().flat_map(Span::named);
        let is_known = |name: &str| {
            ran.iter().any(|one| Span::is(name, &one.path)) || missing.iter().any(|path| Span::is(name, path))
        };
        let unknown: Vec<String> = named.filter(|name| !is_known(name)).map(str::to_owned).collect();
        missing.extend(unknown);
        Members { ran, missing }
    }
}

fn stands_alone(squash: &Candidate, count: usize, has_run: bool) -> Option<Finding> {
    let message = match has_run {
        true => format!("{count} files do not run: {} has run, and replaces them", squash.path),
        false => format!("{} runs in place of {count} others that it replaces: none of them has run here", squash.path),
    };
    (count > 0).then(|| Finding::new("baseline", Level::Info, None, message))
}

fn counts(squash: &Candidate, count: usize) -> Option<Finding> {
    let (files, have) = if count == 1 { ("file", "has") } else { ("files", "have") };
    let message = format!(
        "{} does not run: the {count} {files} that it replaces {have} run here; `caribou migrate` records that it counts as run",
        squash.path
    );
    Some(Finding::new("baseline", Level::Info, None, message))
}

fn partly(squash: &Candidate, members: &Members<'_>, missing: &[String]) -> Refusal {
    let shown: Vec<&str> = missing.iter().take(NAMED).map(String::as_str).collect();
    let more = missing.len() - shown.len();
    Refusal::PartlySquashed {
        path: squash.path.clone(),
        ran: members.ran.len(),
        missing: shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() },
        last: missing.last().cloned().unwrap_or_default(),
    }
}
