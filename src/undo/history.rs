//! Definitions of the objects that a file changed, as the journal saw them: before the file, and after each
//! of its statements.

use super::part_change::PartChange;
use super::parts::with;
use super::theirs::{Gap, Others};
use crate::model::{Cause, Effect, Event, EventKind, Kept, Phase, RecordedDefinition, RunText, UndoPlan};
use crate::sql::{Dialect, ObjectKind, ObjectName};
use std::collections::HashMap;

/// The name under which an object's definition is journalled.
pub fn named(object: &ObjectName) -> String {
    format!("{} {object}", object.kind.as_str())
}

/// The versions of every object that a file changed, in the order in which they came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DefinitionHistory {
    versions: HashMap<String, Vec<Version>>,
    /// As the undo left them, step by step.
    undone: HashMap<String, Option<String>>,
    /// Of the steps of the undo in the present plan: what each replaced there.
    replaced: Vec<Replaced>,
    /// What others have changed between two looks, in the order in which it was found.
    gaps: Vec<Gap>,
    /// The same, once it was put into the versions before it.
    pub(super) others: Others,
    /// All that was kept for each statement: as intended when it was sent, as counted when it had ended.
    kept: HashMap<u32, Vec<Kept>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    /// The forward statement after which it stood; `None` before all of them.
    pub(super) after: Option<u32>,
    /// Its definition; `None` where it did not exist.
    pub(super) text: Option<String>,
    /// True if others made it so: it was found before the next statement.
    pub(super) found: bool,
}

/// An object as it stood before a step of an undo.
#[derive(Debug, Clone, PartialEq)]
struct Replaced {
    step: u32,
    object: String,
    /// `None` where no step had left it so far.
    before: Option<Option<String>>,
}

impl DefinitionHistory {
    /// Reads the events of one file, in order; those of an earlier attempt are left behind.
    pub fn from_events<'e>(events: impl IntoIterator<Item = &'e Event>) -> DefinitionHistory {
        let mut history = DefinitionHistory::default();
        for event in events {
            match &event.kind {
                EventKind::FileMoved { cause: Cause::Retried, .. } => history = DefinitionHistory::default(),
                EventKind::FileCaptured { definitions, .. } => history.record(None, definitions),
                EventKind::StatementStarted { statement, phase: Phase::Forward, kept, found, runs, .. } => {
                    history.seen_late(runs.as_deref());
                    history.kept.insert(*statement, kept.clone());
                    history.found(*statement, found);
                }
                EventKind::StatementStarted { phase: Phase::Undo, found, runs, .. } => {
                    history.seen_late(runs.as_deref());
                    for RecordedDefinition { object, text } in found {
                        history.gap(None, object, text.as_deref());
                        history.undone.insert(object.clone(), text.clone());
                    }
                }
                EventKind::UndoPlanned { .. } => history.replaced.clear(),
                EventKind::StatementFinished { statement, phase: Phase::Forward, definitions, kept, .. } => {
                    history.kept.insert(*statement, kept.clone());
                    history.record(Some(*statement), definitions);
                }
                EventKind::StatementDecided {
                    statement,
                    phase: Phase::Forward,
                    effect: Effect::Took,
                    definitions,
                    ..
                } => history.record(Some(*statement), definitions),
                EventKind::StatementFinished { phase: Phase::Undo, statement, definitions, .. }
                | EventKind::StatementDecided {
                    phase: Phase::Undo,
                    statement,
                    effect: Effect::Took,
                    definitions,
                    ..
                } => history.undone_by(*statement, definitions),
                EventKind::TransactionUndone { phase: Phase::Undo, effect: Effect::None, from, .. } => {
                    history.put_back_since(*from);
                }
                EventKind::TransactionUndone { phase: Phase::Forward, effect: Effect::None, from, .. } => {
                    history.discard_from(*from);
                }
                EventKind::KeptDiscarded { places, .. } => {
                    history.kept.values_mut().for_each(|kept| kept.retain(|kept| !places.contains(&kept.place)));
                }
                _ => {}
            }
        }
        history
    }

    /// The same of a file and its rollback script as one run: the script's statements come after the file's, numbered
    /// from `offset` on.
    pub fn with_script<'e>(events: impl IntoIterator<Item = &'e Event>, offset: u32) -> DefinitionHistory {
        let mut script = false;
        let mut all = Vec::new();
        for event in events {
            if let EventKind::UndoPlanned { plan, .. } = &event.kind {
                script = matches!(plan, UndoPlan::Written { .. });
            }
            let mut event = event.clone();
            match &mut event.kind {
                EventKind::StatementStarted { phase, statement, .. }
                | EventKind::StatementFinished { phase, statement, .. }
                | EventKind::StatementDecided { phase, statement, .. }
                | EventKind::TransactionUndone { phase, from: statement, .. }
                    if script && *phase == Phase::Undo =>
                {
                    *phase = Phase::Forward;
                    *statement = statement.saturating_add(offset);
                }
                _ => {}
            }
            all.push(event);
        }
        DefinitionHistory::from_events(&all)
    }

    fn record(&mut self, after: Option<u32>, definitions: &[RecordedDefinition]) {
        for RecordedDefinition { object, text } in definitions {
            let version = Version { after, text: text.clone(), found: false };
            self.versions.entry(object.clone()).or_default().push(version);
        }
    }

    /// What nobody knew to be changed before the statement came that changes it: it stood so before the file.
    fn seen_late(&mut self, runs: Option<&RunText>) {
        for RecordedDefinition { object, text } in runs.map_or(&[][..], |runs| &runs.before) {
            let first = || vec![Version { after: None, text: text.clone(), found: false }];
            self.versions.entry(object.clone()).or_insert_with(first);
        }
    }

    /// What others have changed since the statement before that one.
    fn found(&mut self, statement: u32, definitions: &[RecordedDefinition]) {
        for RecordedDefinition { object, text } in definitions {
            self.gap(Some(statement), object, text.as_deref());
            let version = Version { after: statement.checked_sub(1), text: text.clone(), found: true };
            self.versions.entry(object.clone()).or_default().push(version);
        }
    }

    /// Notes that an object stands otherwise than it was seen last. What was never seen may always have been so.
    pub(super) fn gap(&mut self, before: Option<u32>, object: &str, to: Option<&str>) {
        let Some(from) = self.latest(object) else { return };
        if from != to {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let gap = Gap { object: object.to_owned(), from: owned(from), to: owned(to), before };
            self.gaps.push(gap);
        }
    }

    /// The same of what the undo left last.
    pub(super) fn put_into_undone(&mut self, object: &str, change: &PartChange, dialect: Dialect) {
        let Some(text) = self.undone.get_mut(object) else { return };
        let put = match text {
            _ if change.is_whole() => change.is.clone(),
            Some(text) => with(text, change, dialect),
            None => None,
        };
        if put.is_some() || change.is_whole() {
            *text = put;
        }
    }

    fn undone_by(&mut self, step: u32, definitions: &[RecordedDefinition]) {
        for RecordedDefinition { object, text } in definitions {
            let before = self.undone.insert(object.clone(), text.clone());
            self.replaced.push(Replaced { step, object: object.clone(), before });
        }
    }

    /// Steps of the undo since that one were rolled back.
    fn put_back_since(&mut self, from: u32) {
        while let Some(last) = self.replaced.pop_if(|last| last.step >= from) {
            match last.before {
                Some(text) => self.undone.insert(last.object, text),
                None => self.undone.remove(&last.object),
            };
        }
    }

    pub(super) fn take_gaps(&mut self) -> Vec<Gap> {
        std::mem::take(&mut self.gaps)
    }

    pub(super) fn versions(&self, object: &str) -> &[Version] {
        self.versions.get(object).map_or(&[], Vec::as_slice)
    }

    pub(super) fn versions_mut(&mut self, object: &str) -> &mut [Version] {
        self.versions.get_mut(object).map_or(&mut [], Vec::as_mut_slice)
    }

    /// True if it was looked at after something of ours that may have changed it.
    pub(super) fn is_followed(&self, object: &str) -> bool {
        self.undone.contains_key(object) || self.versions(object).iter().any(|v| v.after.is_some() && !v.found)
    }

    /// Forgets the definitions since that statement: what the statements from it on did was rolled back.
    fn discard_from(&mut self, from: u32) {
        self.versions.values_mut().for_each(|all| all.retain(|version| version.after.is_none_or(|after| after < from)));
    }

    /// The definition of an object before a statement; the outer `None` when nobody looked.
    pub fn before(&self, object: &str, statement: u32) -> Option<Option<&str>> {
        let versions = self.versions.get(object)?;
        let last = versions.iter().rev().find(|v| v.after.is_none_or(|after| after < statement))?;
        Some(last.text.as_deref())
    }

    /// Its definition after a statement; the outer `None` when nobody looked.
    pub fn after(&self, object: &str, statement: u32) -> Option<Option<&str>> {
        let versions = self.versions.get(object)?;
        versions.iter().find(|v| v.after == Some(statement) && !v.found).map(|v| v.text.as_deref())
    }

    /// The names under which something was seen.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.versions.keys().chain(self.undone.keys().filter(|name| !self.versions.contains_key(*name)))
    }

    /// The names of what was seen after a statement, in the order of the alphabet.
    pub fn changed_by(&self, statement: u32) -> impl Iterator<Item = &String> {
        let by =
            |versions: &Vec<Version>| versions.iter().any(|version| version.after == Some(statement) && !version.found);
        let mut names: Vec<&String> = self.versions.iter().filter(|(_, all)| by(all)).map(|(name, _)| name).collect();
        names.sort();
        names.into_iter()
    }

    /// All that was kept for a statement.
    pub fn kept(&self, statement: u32) -> &[Kept] {
        self.kept.get(&statement).map_or(&[], Vec::as_slice)
    }

    /// Its definition when it was seen last.
    pub fn last(&self, object: &str) -> Option<Option<&str>> {
        self.versions.get(object)?.last().map(|v| v.text.as_deref())
    }

    /// The same, with the statement after which it was seen so.
    pub fn newest(&self, object: &str) -> Option<(Option<u32>, Option<&str>)> {
        self.versions.get(object)?.last().map(|v| (v.after, v.text.as_deref()))
    }

    /// The definition of what has that name when it was seen last: a table and a view may have had it in turn.
    pub fn last_of(&self, object: &ObjectName) -> Option<Option<&str>> {
        self.last(&named(object))?;
        let both = both_kinds(object).map(|name| self.newest(&name));
        let newest = both.into_iter().flatten().max_by_key(|(after, _)| *after).map(|(_, text)| text)?;
        let is_view = |text: &str| text.starts_with("CREATE") && !text.starts_with("CREATE TABLE");
        Some(newest.filter(|text| object.kind != ObjectKind::View || is_view(text)))
    }

    /// The definition of what has that name before a statement, whether it was a table or a view.
    pub fn before_of(&self, object: &ObjectName, statement: u32) -> Option<Option<&str>> {
        self.before(&named(object), statement)?;
        let version = |name: String| {
            let versions = self.versions.get(&name)?;
            versions.iter().rev().find(|v| v.after.is_none_or(|after| after < statement))
        };
        let both = both_kinds(object).map(version);
        both.into_iter().flatten().max_by_key(|v| v.after).map(|v| v.text.as_deref())
    }

    /// The same, whether the file's statements left it so or its undo.
    pub fn latest(&self, object: &str) -> Option<Option<&str>> {
        self.undone.get(object).map(|text| text.as_deref()).or_else(|| self.last(object))
    }

    /// Its definition before the file ran.
    pub fn first(&self, object: &str) -> Option<Option<&str>> {
        let first = self.versions.get(object)?.iter().rev().find(|v| v.after.is_none() && !v.found)?;
        Some(first.text.as_deref())
    }
}

/// The names under which an object is journalled that may be a table or a view; its own kind comes last.
fn both_kinds(object: &ObjectName) -> [String; 2] {
    let other = match object.kind {
        ObjectKind::Table => ObjectKind::View,
        ObjectKind::View => ObjectKind::Table,
        kind => kind,
    };
    [named(&ObjectName { kind: other, ..object.clone() }), named(object)]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, event, seen};
    use super::*;
    use crate::model::{FileId, FileState};

    fn captured(text: Option<&str>) -> Event {
        testing::captured(seen(&[("table t", text)]))
    }

    fn finished(statement: u32, text: Option<&str>) -> Event {
        testing::finished(Phase::Forward, statement, seen(&[("table t", text)]))
    }

    #[test]
    fn each_statement_has_a_before_and_an_after() {
        let events = [captured(None), finished(0, Some("a")), finished(3, Some("b"))];
        let history = DefinitionHistory::from_events(&events);
        assert_eq!(history.before("table t", 0), Some(None));
        assert_eq!(history.after("table t", 0), Some(Some("a")));
        assert_eq!(history.before("table t", 2), Some(Some("a")));
        assert_eq!(history.before("table t", 4), Some(Some("b")));
        assert_eq!(history.after("table t", 2), None, "nobody looked");
        assert_eq!((history.first("table t"), history.last("table t")), (Some(None), Some(Some("b"))));
        assert_eq!(history.before("table u", 4), None);
    }

    #[test]
    fn what_only_the_run_told_stood_so_before_the_file() {
        let started = |text: &str| {
            let before = seen(&[("table t", Some(text))]);
            event(EventKind::StatementStarted {
                file: FileId(1),
                statement: 2,
                phase: Phase::Forward,
                hash: crate::model::Checksum("h".into()),
                line: 1,
                fingerprint: String::new(),
                connection: 1,
                kept: Vec::new(),
                shares: false,
                found: Vec::new(),
                runs: Some(Box::new(RunText { text: "DROP TABLE t".into(), before })),
            })
        };
        let late = DefinitionHistory::from_events(&[started("a"), finished(2, None)]);
        assert_eq!((late.first("table t"), late.before("table t", 2)), (Some(Some("a")), Some(Some("a"))));
        let known = DefinitionHistory::from_events(&[captured(None), finished(0, Some("a")), started("a")]);
        assert_eq!(known.first("table t"), Some(None));
    }

    #[test]
    fn an_earlier_attempt_is_forgotten() {
        let (from, to) = (FileState::Failed, FileState::Idle);
        let retried = EventKind::FileMoved { file: FileId(1), from, to, cause: Cause::Retried, failure: None };
        let events = [captured(Some("old")), finished(0, Some("a")), event(retried), captured(Some("new"))];
        let history = DefinitionHistory::from_events(&events);
        assert_eq!(history.first("table t"), Some(Some("new")));
        assert_eq!(history.after("table t", 0), None);
    }
}
