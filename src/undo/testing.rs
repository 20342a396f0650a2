//! Events of one file, for tests about what the journal saw of it.

use crate::model::{BatchId, Event, EventKind, FileId, Millis, Phase, RecordedDefinition, Seq};

/// An event of the batch.
pub(super) fn event(kind: EventKind) -> Event {
    Event { batch: BatchId(1), seq: Seq(1), at: Millis(0), operator: None, kind }
}

/// What is seen of several objects at once.
pub(super) fn seen(all: &[(&str, Option<&str>)]) -> Vec<RecordedDefinition> {
    all.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned)).into()).collect()
}

/// What stands before the file.
pub(super) fn captured(definitions: Vec<RecordedDefinition>) -> Event {
    event(EventKind::FileCaptured {
        file: FileId(1),
        fingerprint: "1:".into(),
        definitions,
        orphans: None,
        relations: Vec::new(),
        before: None,
    })
}

/// What stands after a statement.
pub(super) fn finished(phase: Phase, statement: u32, definitions: Vec<RecordedDefinition>) -> Event {
    event(EventKind::StatementFinished {
        file: FileId(1),
        statement,
        phase,
        rows: 0,
        ms: 0,
        warnings: Vec::new(),
        fingerprint: "1:".into(),
        definitions,
        kept: Vec::new(),
    })
}
