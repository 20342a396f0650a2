//! Files that have run and are not in the directory any more: renamed, or gone.

use super::standing::Standing;
use super::{Applied, Candidate, Finding, Level, Options, identity};
use crate::model::Again;
use crate::sql;
use std::collections::{HashMap, HashSet};

/// Number of paths that a finding names.
const NAMED: usize = 5;

/// What has completed and lies here no more, by path.
pub(super) fn gone<'a>(candidates: &[Candidate], latest: &HashMap<&'a str, &'a Applied>) -> Vec<&'a Applied> {
    let there: HashSet<&str> = candidates.iter().map(|candidate| candidate.path.as_str()).collect();
    let is_gone = |applied: &&Applied| applied.completed() && !there.contains(applied.path.as_str());
    let mut gone: Vec<&Applied> = latest.values().copied().filter(is_gone).collect();
    gone.sort_by_key(|applied| applied.file_id);
    gone
}

/// Takes pending files that hold the statements of one that is gone for that one, and leaves the others in `gone`.
pub(super) fn renamed<'a>(
    candidates: &[Candidate],
    standings: &mut [Standing],
    gone: &mut Vec<&'a Applied>,
    options: &Options,
) -> (HashMap<usize, &'a Applied>, Vec<Finding>) {
    let (mut renamed, mut findings) = (HashMap::new(), Vec::new());
    for (index, candidate) in candidates.iter().enumerate() {
        if gone.is_empty() || !options.may_be_renamed {
            break;
        }
        if standings[index] != Standing::Pending || candidate.rule.again != Again::Never {
            continue;
        }
        let Some(at) = earlier_name(candidate, gone, options) else { continue };
        let applied = gone.remove(at);
        standings[index] = Standing::Completed;
        renamed.insert(index, applied);
        let message = format!(
            "{} has the statements of {}, which has run and is not here any more: it is that file under another name, and \
             does not run again",
            candidate.path, applied.path
        );
        findings.push(Finding::new("renamed", Level::Info, None, message));
    }
    (renamed, findings)
}

/// The place of the file that a candidate was.
pub(super) fn earlier_name(candidate: &Candidate, gone: &[&Applied], options: &Options) -> Option<usize> {
    if let Some(same) = gone.iter().position(|applied| applied.hash.0 == candidate.up.sha256) {
        return Some(same);
    }
    let script = sql::read(&candidate.up.text, options.language(&candidate.up.text)).ok()?;
    let canonical = identity::canonical(&script);
    let has_any = !script.statements.is_empty() && !canonical.0.is_empty();
    gone.iter().position(|applied| has_any && applied.canonical == canonical)
}

/// Tells of those that are gone.
/// Those that are recorded as gone are no news.
pub(super) fn told(gone: &[&Applied]) -> Option<Finding> {
    let gone: Vec<&Applied> = gone.iter().copied().filter(|applied| !applied.gone).collect();
    let named: Vec<&str> = gone.iter().take(NAMED).map(|applied| applied.path.as_str()).collect();
    let more = if gone.len() > NAMED { format!(" and {} more", gone.len() - NAMED) } else { String::new() };
    let message = match gone.as_slice() {
        [] => return None,
        [one] => {
            format!(
                "{0} has run here and is not in the directory any more (`caribou repair {0}` records that)",
                one.path
            )
        }
        all => format!(
            "{} files have run here and are not in the directory any more (`caribou repair` records that): {}{more}",
            all.len(),
            named.join(", ")
        ),
    };
    Some(Finding::new("missing_file", Level::Info, None, message))
}
