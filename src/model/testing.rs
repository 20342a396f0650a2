//! A journal in memory for the tests of pure code: decide, number, apply.

use crate::model::{
    BatchId, Checksum, DependencyType, Draft, Epoch, Event, EventKind, FileId, FileState, FileType, Input, LockMode,
    Millis, ObjectLock, On, PlannedFile, Requirement, Seq, Submission, World, decide,
};
use std::collections::BTreeMap;

/// Counterpart in memory of the store's journal.
#[derive(Default)]
pub(crate) struct Ledger {
    pub world: World,
    pub events: Vec<Event>,
    seqs: BTreeMap<BatchId, Seq>,
    /// Time by which the clock was put forward, in milliseconds.
    forward: u64,
}

impl Ledger {
    /// Decides on an input and appends what follows.
    pub fn give(&mut self, input: Input) {
        let drafts = decide(&self.world, input).expect("the input fits the world");
        self.append(drafts);
    }

    /// The server's clock: a second later with each event, and as far on as it was put.
    pub fn now(&self) -> Millis {
        Millis(1_768_471_445_000 + self.events.len() as i64 * 1000).plus(self.forward)
    }

    /// Time passes.
    pub fn pass(&mut self, ms: u64) {
        self.forward += ms;
    }

    pub fn append(&mut self, drafts: Vec<Draft>) {
        for Draft { batch, operator, kind } in drafts {
            let at = self.now();
            let seq = self.seqs.entry(batch).or_default();
            *seq = seq.next();
            let event = Event { batch, seq: *seq, at, operator, kind };
            self.world.apply(&event);
            self.events.push(event);
        }
    }

    /// The events as they are read again from their payloads.
    pub fn reread(&self) -> Vec<Event> {
        let reread = |event: &Event| {
            let kind = EventKind::from_payload(&event.kind.to_payload().unwrap()).unwrap();
            Event { kind, ..event.clone() }
        };
        self.events.iter().map(reread).collect()
    }

    /// The way of a file through the states.
    pub fn way(&self, file: FileId) -> Vec<FileState> {
        let moves = self.events.iter().filter_map(|e| match &e.kind {
            EventKind::FileMoved { file: f, to, .. } if *f == file => Some(*to),
            _ => None,
        });
        moves.collect()
    }
}

/// A plan of doctrine files with so many statements each; each depends on those named by place.
pub(crate) fn submission(files: &[(FileType, u32, &[usize])]) -> Submission {
    let planned = |(n, (file_type, statements, requires)): (usize, &(FileType, u32, &[usize]))| PlannedFile {
        path: format!("{:04}_file.sql", n + 1),
        file_type: *file_type,
        hash: Checksum(format!("h{n}")),
        canonical: Checksum(format!("1:c{n}")),
        source: Checksum(format!("s{n}")),
        epoch_from: Epoch(n as i64),
        epoch_to: Epoch(n as i64 + 1),
        wave: 1,
        again: None,
        statements: *statements,
        undo_statements: Some(*statements),
        coverage: Default::default(),
        requires: requires
            .iter()
            .map(|on| Requirement {
                on: On::Planned(*on),
                path: format!("{:04}_file.sql", on + 1),
                kind: DependencyType::Required,
                description: "declared".into(),
            })
            .collect(),
        locks: Some(vec![ObjectLock {
            object: format!("table t{n}").into(),
            mode: LockMode::Exclusive,
            changes: None,
        }]),
        expected: None,
        findings: Vec::new(),
    };
    Submission {
        name: "test".into(),
        epoch_from: Epoch(0),
        epoch_to: Epoch(files.len() as i64),
        plan: Checksum("plan".into()),
        files: files.iter().enumerate().map(planned).collect(),
        ..Submission::default()
    }
}
