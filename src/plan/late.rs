//! Files that come before one that has run: added late, by a branch that was merged after another.

use super::Candidate;
use super::standing::Standing;
use std::collections::{HashMap, HashSet};

/// Of each candidate the file with a higher version that has completed, if it comes after one.
pub(super) fn after<'a>(candidates: &'a [Candidate], standings: &[Standing]) -> Vec<Option<&'a str>> {
    let is_numbered_apart = have_own_numbers(candidates);
    let numbering =
        |candidate: &'a Candidate| (candidate.root.as_str(), if is_numbered_apart { folder(candidate) } else { "" });
    let mut last: HashMap<(&str, &str), &Candidate> = HashMap::new();
    for (candidate, _) in candidates.iter().zip(standings).filter(|(_, s)| **s == Standing::Completed) {
        last.insert(numbering(candidate), candidate);
    }
    let after = |candidate: &'a Candidate| last.get(&numbering(candidate)).filter(|last| candidate.order < last.order);
    candidates.iter().map(|candidate| after(candidate).map(|last| last.path.as_str())).collect()
}

/// True if folders number their files each for themselves: a number comes twice.
fn have_own_numbers(candidates: &[Candidate]) -> bool {
    let mut seen = HashSet::new();
    candidates.iter().filter(|one| !one.numbers.is_empty()).any(|one| !seen.insert((&one.root, &one.numbers)))
}

/// The folder of a migration; one that is a folder itself lies in the one above.
fn folder(candidate: &Candidate) -> &str {
    candidate.path.rfind(&candidate.name).map_or("", |at| &candidate.path[..at])
}
