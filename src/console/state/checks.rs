//! Screen 4's rows: what needs a look first, and what passed in one line a file.

use super::app::App;
use super::evidence;
use super::views::{RowKey, RowKind};
use crate::console::lists::CheckResult;
use crate::model::{FileId, Millis, ValidationPhase, ValidationStatus};
use std::collections::{BTreeMap, HashMap};

/// A row of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckRow<'a> {
    One {
        result: &'a CheckResult,
        /// What has become of it since, where it failed.
        since: Option<Since>,
        /// It stands below the line of its file.
        inside: bool,
    },
    /// What passed of a file, or of the batch.
    Passed(PassedChecks),
}

/// What has become of a check that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// A retry has passed it.
    Retried,
    /// Somebody lets it pass.
    LetPass,
}

/// Results of a file that passed, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedChecks {
    pub file: Option<FileId>,
    /// `None` where they are of several.
    pub phase: Option<ValidationPhase>,
    pub count: usize,
    pub ms: u64,
    /// The newest of them.
    pub at: Millis,
    /// Others of the same file that did not pass, and stand above.
    pub others: usize,
    pub unfolded: bool,
}

impl CheckRow<'_> {
    /// Key by which the cursor finds the row again.
    pub fn key(&self) -> RowKey {
        match self {
            CheckRow::One { result, .. } => RowKey(RowKind::Single, result.id.0),
            CheckRow::Passed(passed) => passed_key(passed.file),
        }
    }
}

fn passed_key(file: Option<FileId>) -> RowKey {
    RowKey(RowKind::Folded, file.map_or(0, |file| file.0))
}

/// Name of a check's file without its directory; `the batch` for a check of all.
pub fn file_name(app: &App, file: Option<FileId>) -> String {
    let Some(file) = file else { return "the batch".to_owned() };
    let path = app.data.batch().and_then(|batch| batch.file(file)).map(|f| f.path.as_str());
    path.map_or_else(|| file.to_string(), |path| path.rsplit('/').next().unwrap_or(path).to_owned())
}

/// Text of a result that a filter looks at.
fn searchable(app: &App, result: &CheckResult) -> String {
    let name = file_name(app, result.file);
    let class = result.class.map_or("-", |class| class.as_str());
    format!(
        "{name} {} phase:{} status:{} class:{class} file:{name} check:{} {}",
        result.check, result.phase, result.status, result.check, result.result
    )
}

/// The rows as they stand, through the filter: failures, then warnings, then what passed, the newest first.
pub fn rows(app: &App) -> Vec<CheckRow<'_>> {
    let Some(list) = &app.lists.checks.told else { return Vec::new() };
    let filter = &app.validations.filter;
    let passed_since = passed_since(&list.results);
    let shown = list.results.iter().filter(|r| filter.is_empty() || filter.passes(&searchable(app, r)));
    let (mut bad, mut passed): (Vec<&CheckResult>, BTreeMap<Option<FileId>, Vec<&CheckResult>>) = Default::default();
    for result in shown {
        match result.status {
            ValidationStatus::Passed => passed.entry(result.file).or_default().push(result),
            ValidationStatus::Failed | ValidationStatus::Warning => bad.push(result),
        }
    }
    bad.sort_by_key(|r| (r.status != ValidationStatus::Failed, std::cmp::Reverse(r.id)));
    let mut others: HashMap<Option<FileId>, usize> = HashMap::new();
    bad.iter().for_each(|r| *others.entry(r.file).or_default() += 1);
    let mut rows: Vec<CheckRow<'_>> = bad
        .into_iter()
        .map(|result| CheckRow::One { result, since: since(result, &passed_since), inside: false })
        .collect();
    let mut groups: Vec<(PassedChecks, Vec<&CheckResult>)> = passed
        .into_iter()
        .map(|(file, results)| (group(app, file, &results, others.get(&file).copied().unwrap_or_default()), results))
        .collect();
    groups.sort_by_key(|(group, _)| std::cmp::Reverse((group.at, group.file)));
    for (group, mut results) in groups {
        let unfolded = group.unfolded;
        rows.push(CheckRow::Passed(group));
        if unfolded {
            results.sort_by_key(|r| std::cmp::Reverse(r.id));
            rows.extend(results.into_iter().map(|result| CheckRow::One { result, since: None, inside: true }));
        }
    }
    rows
}

/// The result under the cursor; none where that is on several that passed.
pub fn selected(app: &App) -> Option<&CheckResult> {
    match rows(app).get(app.validations.cursor)? {
        CheckRow::One { result, .. } => Some(result),
        CheckRow::Passed(_) => None,
    }
}

fn group(app: &App, file: Option<FileId>, results: &[&CheckResult], others: usize) -> PassedChecks {
    let first = results.first().map(|r| r.phase);
    PassedChecks {
        file,
        phase: first.filter(|phase| results.iter().all(|r| r.phase == *phase)),
        count: results.len(),
        ms: results.iter().map(|r| r.ms).sum(),
        at: results.iter().map(|r| r.at).max().unwrap_or_default(),
        others,
        unfolded: app.validations.unfolded.contains(&passed_key(file)),
    }
}

/// Of each check of a file, the newest result that did not fail.
type PassedSince<'a> = HashMap<(Option<FileId>, ValidationPhase, &'a str), &'a CheckResult>;

fn passed_since(results: &[CheckResult]) -> PassedSince<'_> {
    let mut newest = PassedSince::new();
    for result in results.iter().filter(|r| r.status != ValidationStatus::Failed) {
        let last = newest.entry((result.file, result.phase, result.check.as_str())).or_insert(result);
        if last.id < result.id {
            *last = result;
        }
    }
    newest
}

fn since(result: &CheckResult, passed_since: &PassedSince<'_>) -> Option<Since> {
    let newest = passed_since.get(&(result.file, result.phase, result.check.as_str()));
    let later = newest.filter(|later| result.status == ValidationStatus::Failed && later.id > result.id)?;
    let is_let_pass = !evidence::Evidence::new(&later.result).let_pass.is_empty();
    Some(if is_let_pass { Since::LetPass } else { Since::Retried })
}

/// Number of results by status and phase, of all that were read.
pub fn counts(app: &App) -> [[u64; ValidationPhase::ALL.len()]; ValidationStatus::ALL.len()] {
    let mut counts = [[0; ValidationPhase::ALL.len()]; ValidationStatus::ALL.len()];
    for result in app.lists.checks.told.iter().flat_map(|list| &list.results) {
        counts[result.status as usize][result.phase as usize] += 1;
    }
    counts
}

/// First line of a result, without its place.
pub fn first_line(result: &CheckResult) -> &str {
    evidence::place(result.result.lines().next().unwrap_or_default()).1
}
