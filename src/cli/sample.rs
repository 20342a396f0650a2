//! Batches for the tests of what is printed, made by the model itself.

use crate::model::*;

/// A world and the events that made it.
pub(crate) struct Story {
    pub world: World,
    pub events: Vec<Event>,
}

/// The batch of every story here.
pub(crate) const BATCH: BatchId = BatchId(1);

impl Story {
    fn new(paths: &[(&str, FileType)]) -> Story {
        let file = |(path, file_type): &(&str, FileType)| PlannedFile {
            path: (*path).to_owned(),
            file_type: *file_type,
            hash: Checksum("ab".into()),
            canonical: Checksum("1:cd".into()),
            source: Checksum("ef".into()),
            epoch_from: Epoch(1),
            epoch_to: Epoch(2),
            wave: 1,
            again: None,
            statements: 2,
            undo_statements: Some(2),
            coverage: Default::default(),
            requires: Vec::new(),
            locks: None,
            expected: None,
            findings: Vec::new(),
        };
        let submission = Submission {
            name: "2026-01-15 to 0002".into(),
            epoch_from: Epoch(1),
            epoch_to: Epoch(2),
            files: paths.iter().map(file).collect(),
            ..Submission::default()
        };
        let mut story = Story { world: World::default(), events: Vec::new() };
        story.put(Input::Submitted { submission: Box::new(submission), operator: "ana@%".into(), command: None });
        story
    }

    fn put(&mut self, input: Input) {
        for draft in decide(&self.world, input).expect("an input that fits") {
            let n = self.events.len() as i64 + 1;
            let Draft { batch, operator, kind } = draft;
            let event = Event { batch, seq: Seq(n), at: Millis(1_768_471_445_000 + 250 * n), operator, kind };
            self.world.apply(&event);
            self.events.push(event);
        }
    }

    fn send(&mut self, file: i64, statement: u32, phase: Phase) {
        let sending = Sending::new((BATCH, FileId(file)), (phase, statement), Checksum("12".into()));
        let (line, fingerprint, connection) = (statement + 1, "1:00".to_owned(), 9);
        self.put(Input::Sending(Sending { line, fingerprint, connection, ..sending }));
    }

    fn done(&mut self, file: i64) {
        let result = StatementResult::Done {
            rows: 5,
            ms: 40,
            warnings: Vec::new(),
            fingerprint: "1:01".into(),
            definitions: Vec::new(),
            kept: Vec::new(),
        };
        self.put(Input::Ended { batch: BATCH, file: FileId(file), result });
    }

    fn reach_migrating(&mut self, id: i64) {
        let (batch, file) = (BATCH, FileId(id));
        self.put(Input::Turn { batch, file });
        self.put(Input::Prepared { batch, file, result: Ok(()) });
        self.put(Input::CheckedBefore { batch, file, findings: Vec::new() });
        self.put(Input::Captured {
            batch,
            file,
            fingerprint: "1:00".into(),
            definitions: Vec::new(),
            orphans: None,
            relations: Vec::new(),
            before: None,
        });
    }

    fn complete(&mut self, id: i64) {
        let (batch, file) = (BATCH, FileId(id));
        self.reach_migrating(id);
        for statement in 0..2 {
            self.send(id, statement, Phase::Forward);
            self.done(id);
        }
        self.put(Input::CheckedAfter { batch, file, findings: Vec::new() });
        self.put(Input::Recorded { batch, file });
    }

    fn fail(&mut self, id: i64) {
        self.reach_migrating(id);
        self.send(id, 0, Phase::Forward);
        self.done(id);
        self.send(id, 1, Phase::Forward);
        let failure = Failure {
            code: Some("1146".into()),
            ..Failure::new(Category::MissingObject, "Table 'shop.userz' doesn't exist")
        }
        .at(1, 4)
        .hint("create it first, or name the table that is meant");
        let result = StatementResult::Failed { ms: 3, failure, effect: Effect::None };
        self.put(Input::Ended { batch: BATCH, file: FileId(id), result });
    }
}

/// One file completed, the second in its second statement, the third waiting.
pub(crate) fn half_way() -> Story {
    let mut story = Story::new(&[
        ("0001_users.sql", FileType::Module),
        ("0002_orders.sql", FileType::Module),
        ("0003_notes.sql", FileType::Documentation),
    ]);
    story.complete(1);
    story.reach_migrating(2);
    story.send(2, 0, Phase::Forward);
    story.done(2);
    story.send(2, 1, Phase::Forward);
    story
}

/// The second file failed at its second statement and is undone; the batch has ended.
pub(crate) fn rolled_back() -> Story {
    let mut story = Story::new(&[("0001_users.sql", FileType::Module)]);
    story.fail(1);
    let (batch, file) = (BATCH, FileId(1));
    let steps = vec![UndoStep { statement: 1, undoes: vec![0] }];
    story.put(Input::UndoChosen { batch, file, plan: UndoPlan::Written { steps } });
    story.send(1, 1, Phase::Undo);
    story.done(1);
    story.put(Input::Verified { batch, file, difference: None, not_compared: Vec::new(), left_alone: Vec::new() });
    story.put(Input::RollbackDone { batch, rollback: RollbackId(1) });
    story.put(Input::Exhausted { batch });
    story
}

/// The file failed and cannot be undone: a person is needed.
pub(crate) fn stuck() -> Story {
    let mut story = Story::new(&[("0001_users.sql", FileType::Module)]);
    story.fail(1);
    let (batch, file) = (BATCH, FileId(1));
    let plan = UndoPlan::Impossible { reason: "there is no rollback script".into(), remaining: vec![0] };
    story.put(Input::UndoChosen { batch, file, plan });
    story.put(Input::RollbackDone { batch, rollback: RollbackId(1) });
    story.put(Input::Exhausted { batch });
    story
}
