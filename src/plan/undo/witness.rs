//! What the journal saw of the objects that a file changed: as defined before the file, and after each of its statements.

use crate::model::{Cause, Effect, Event, EventKind, Kept, Phase};
use crate::sql::ObjectName;
use std::collections::HashMap;

/// The name under which an object's definition is journalled.
pub fn named(object: &ObjectName) -> String {
    format!("{} {object}", object.kind.as_str())
}

/// The versions of every object that a file changed, in the order in which they came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Witness {
    versions: HashMap<String, Vec<Version>>,
    /// As the undo left them, step by step.
    undone: HashMap<String, Option<String>>,
    /// What was kept for each statement: as intended when it was sent, as counted when it had ended.
    kept: HashMap<u32, Vec<Kept>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Version {
    /// The forward statement after which it stood; `None` before all of them.
    after: Option<u32>,
    /// Its definition; `None` where it did not exist.
    text: Option<String>,
}

impl Witness {
    /// Reads the events of one file, in order; those of an earlier attempt are left behind.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Witness {
        let mut witness = Witness::default();
        for event in events {
            match &event.kind {
                EventKind::FileMoved { cause: Cause::Retried, .. } => witness = Witness::default(),
                EventKind::FileCaptured { definitions, .. } => witness.saw(None, definitions),
                EventKind::StatementStarted { statement, phase: Phase::Forward, kept, .. } => {
                    witness.kept.insert(*statement, kept.clone());
                }
                EventKind::StatementFinished { statement, phase: Phase::Forward, definitions, kept, .. } => {
                    witness.kept.insert(*statement, kept.clone());
                    witness.saw(Some(*statement), definitions);
                }
                EventKind::StatementDecided {
                    statement,
                    phase: Phase::Forward,
                    effect: Effect::Took,
                    definitions,
                    ..
                } => witness.saw(Some(*statement), definitions),
                EventKind::StatementFinished { phase: Phase::Undo, definitions, .. }
                | EventKind::StatementDecided { phase: Phase::Undo, effect: Effect::Took, definitions, .. } => {
                    witness.undone.extend(definitions.iter().cloned())
                }
                EventKind::TransactionUndone { phase: Phase::Forward, effect: Effect::None, from, .. } => {
                    witness.unsee(*from);
                }
                EventKind::KeptDiscarded { places, .. } => {
                    witness.kept.values_mut().for_each(|kept| kept.retain(|kept| !places.contains(&kept.place)));
                }
                _ => {}
            }
        }
        witness
    }

    fn saw(&mut self, after: Option<u32>, definitions: &[(String, Option<String>)]) {
        for (object, text) in definitions {
            self.versions.entry(object.clone()).or_default().push(Version { after, text: text.clone() });
        }
    }

    /// What the statements from that one on did was rolled back.
    fn unsee(&mut self, from: u32) {
        self.versions.values_mut().for_each(|all| all.retain(|version| version.after.is_none_or(|after| after < from)));
    }

    /// How an object was defined before a statement; the outer `None` when nobody looked.
    pub fn before(&self, object: &str, statement: u32) -> Option<Option<&str>> {
        let versions = self.versions.get(object)?;
        let last = versions.iter().rev().find(|v| v.after.is_none_or(|after| after < statement))?;
        Some(last.text.as_deref())
    }

    /// How it was defined after a statement; the outer `None` when nobody looked.
    pub fn after(&self, object: &str, statement: u32) -> Option<Option<&str>> {
        let versions = self.versions.get(object)?;
        versions.iter().find(|v| v.after == Some(statement)).map(|v| v.text.as_deref())
    }

    /// What was kept for a statement.
    pub fn kept(&self, statement: u32) -> &[Kept] {
        self.kept.get(&statement).map_or(&[], Vec::as_slice)
    }

    /// How it was defined when it was seen last.
    pub fn last(&self, object: &str) -> Option<Option<&str>> {
        self.versions.get(object)?.last().map(|v| v.text.as_deref())
    }

    /// The same, whether the file's statements left it so or its undo.
    pub fn latest(&self, object: &str) -> Option<Option<&str>> {
        self.undone.get(object).map(|text| text.as_deref()).or_else(|| self.last(object))
    }

    /// How it was defined before the file ran.
    pub fn first(&self, object: &str) -> Option<Option<&str>> {
        self.before(object, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, FileId, FileState, Millis, Seq};

    fn event(kind: EventKind) -> Event {
        Event { batch: BatchId(1), seq: Seq(1), at: Millis(0), operator: None, kind }
    }

    fn captured(text: Option<&str>) -> Event {
        let definitions = vec![("table t".to_owned(), text.map(str::to_owned))];
        event(EventKind::FileCaptured { file: FileId(1), fingerprint: "1:".into(), definitions })
    }

    fn finished(statement: u32, text: Option<&str>) -> Event {
        event(EventKind::StatementFinished {
            file: FileId(1),
            statement,
            phase: Phase::Forward,
            rows: 0,
            ms: 0,
            warnings: Vec::new(),
            fingerprint: "1:".into(),
            definitions: vec![("table t".to_owned(), text.map(str::to_owned))],
            kept: Vec::new(),
        })
    }

    #[test]
    fn each_statement_has_a_before_and_an_after() {
        let events = [captured(None), finished(0, Some("a")), finished(3, Some("b"))];
        let witness = Witness::of(&events);
        assert_eq!(witness.before("table t", 0), Some(None));
        assert_eq!(witness.after("table t", 0), Some(Some("a")));
        assert_eq!(witness.before("table t", 2), Some(Some("a")));
        assert_eq!(witness.before("table t", 4), Some(Some("b")));
        assert_eq!(witness.after("table t", 2), None, "nobody looked");
        assert_eq!((witness.first("table t"), witness.last("table t")), (Some(None), Some(Some("b"))));
        assert_eq!(witness.before("table u", 4), None);
    }

    #[test]
    fn an_earlier_attempt_is_forgotten() {
        let (from, to) = (FileState::Failed, FileState::Idle);
        let retried = EventKind::FileMoved { file: FileId(1), from, to, cause: Cause::Retried, failure: None };
        let events = [captured(Some("old")), finished(0, Some("a")), event(retried), captured(Some("new"))];
        let witness = Witness::of(&events);
        assert_eq!(witness.first("table t"), Some(Some("new")));
        assert_eq!(witness.after("table t", 0), None);
    }
}
