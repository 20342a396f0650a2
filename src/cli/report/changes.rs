//! What a batch changed: the definitions that the journal holds, from before its first file to after its last statement.

use crate::model::{Event, EventKind, RecordedDefinition};
use crate::undo::is_written;
use serde::Serialize;
use similar::TextDiff;
use std::collections::BTreeMap;

/// Change of an object from before the batch to after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ObjectChange {
    /// Kind and name.
    pub object: String,
    /// `created`, `dropped` or `changed`.
    pub what: &'static str,
    /// From the definition before to the one after, as a unified diff.
    pub diff: String,
}

/// The first and the last definition of an object.
struct Sides<'e> {
    before: Option<&'e str>,
    after: Option<&'e str>,
}

/// The objects whose definitions differ, by name.
pub(super) fn changes(events: &[Event]) -> Vec<ObjectChange> {
    let mut objects: BTreeMap<&str, Sides<'_>> = BTreeMap::new();
    for event in events {
        for definition in seen(&event.kind).iter().filter(|one| !is_written(&one.object)) {
            let text = definition.text.as_deref();
            // What no file took down before it did not exist before the statement that made it.
            let is_capture = matches!(event.kind, EventKind::FileCaptured { .. });
            let first = Sides { before: text.filter(|_| is_capture), after: None };
            objects.entry(&definition.object).or_insert(first).after = text;
        }
    }
    objects.into_iter().filter_map(|(object, sides)| change(object, &sides)).collect()
}

/// The definitions that an event tells of.
fn seen(kind: &EventKind) -> &[RecordedDefinition] {
    match kind {
        EventKind::FileCaptured { definitions, .. }
        | EventKind::StatementFinished { definitions, .. }
        | EventKind::StatementDecided { definitions, .. } => definitions,
        _ => &[],
    }
}

fn change(object: &str, sides: &Sides<'_>) -> Option<ObjectChange> {
    let what = match (sides.before, sides.after) {
        (before, after) if before == after => return None,
        (None, _) => "created",
        (_, None) => "dropped",
        _ => "changed",
    };
    let whole = |text: Option<&str>| text.map_or_else(String::new, |text| format!("{}\n", text.trim_end_matches('\n')));
    let (before, after) = (whole(sides.before), whole(sides.after));
    let diff =
        TextDiff::from_lines(&before, &after).unified_diff().context_radius(2).header("before", "after").to_string();
    Some(ObjectChange { object: object.to_owned(), what, diff })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, FileId, Millis, Phase, Seq};

    fn event(kind: EventKind) -> Event {
        Event { batch: BatchId(1), seq: Seq(1), at: Millis(0), operator: None, kind }
    }

    fn one(object: &str, text: Option<&str>) -> Vec<RecordedDefinition> {
        vec![(object.to_owned(), text.map(str::to_owned)).into()]
    }

    fn captured(object: &str, text: Option<&str>) -> Event {
        event(EventKind::FileCaptured {
            file: FileId(1),
            fingerprint: String::new(),
            definitions: one(object, text),
            orphans: None,
            relations: Vec::new(),
            before: None,
        })
    }

    fn finished(object: &str, text: Option<&str>) -> Event {
        event(EventKind::StatementFinished {
            file: FileId(1),
            statement: 0,
            phase: Phase::Forward,
            rows: 0,
            ms: 0,
            warnings: Vec::new(),
            fingerprint: String::new(),
            definitions: one(object, text),
            kept: Vec::new(),
        })
    }

    #[test]
    fn the_first_and_the_last_definition_are_compared() {
        let events = [
            captured("table t", Some("CREATE TABLE t (\n  a int\n)")),
            captured("table n", None),
            finished("table t", Some("CREATE TABLE t (\n  a int,\n  b int\n)")),
            finished("table n", Some("CREATE TABLE n (a int)")),
            captured("table t", Some("CREATE TABLE t (\n  a int,\n  b int\n)")),
            finished("table t", Some("CREATE TABLE t (\n  a bigint\n)")),
        ];
        let found = changes(&events);
        let names: Vec<_> = found.iter().map(|c| (c.object.as_str(), c.what)).collect();
        assert_eq!(names, [("table n", "created"), ("table t", "changed")]);
        assert!(found[1].diff.contains("-  a int\n+  a bigint"), "{}", found[1].diff);
        assert!(!found[1].diff.contains("b int"), "{}", found[1].diff);
    }

    #[test]
    fn what_was_undone_is_no_change() {
        let events = [captured("table n", None), finished("table n", Some("x")), finished("table n", None)];
        assert_eq!(changes(&events), []);
        let untouched = [captured("view v", Some("CREATE VIEW v"))];
        assert_eq!(changes(&untouched), []);
    }
}
