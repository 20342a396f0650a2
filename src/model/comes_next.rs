//! What a batch comes to next, found in the order of the engine, and compared with what somebody has seen.

use crate::model::{Ahead, Batch, Expectation, File, FileId, FileState, Phase, Rollback, RollbackStatus, Undo, Verb};

impl Batch {
    /// What it comes to next, or is at; `None` where nothing is left to do. It follows the order of the engine.
    pub fn ahead(&self) -> Option<Ahead> {
        let free = || self.active().find(|file| self.has_turn(file));
        if let Some(file) = self.active().find(|file| file.running.is_some()).or_else(free) {
            return Some(Ahead { undoes: self.goes_back(file), at: Some((file.id, behind(file))) });
        }
        if let Some(file) = self.running_rollback().and_then(|rollback| self.next_to_undo(rollback)) {
            return Some(Ahead { undoes: true, at: Some((file.id, 0)) });
        }
        if self.aborting.is_some() && !self.status.is_final() {
            return Some(Ahead { undoes: true, at: None });
        }
        let file = self.next_waiting().filter(|_| !self.stopped && !self.status.is_final())?;
        Some(Ahead { undoes: false, at: Some((file.id, 0)) })
    }

    /// True if what it comes to next is an undo.
    pub fn is_being_undone(&self) -> bool {
        self.ahead().is_some_and(|ahead| ahead.undoes)
    }

    /// The file that is undone now: one at a time, each rollback in its own order.
    pub fn undone_now(&self) -> Option<FileId> {
        let is_undone = |id: &FileId| self.file(*id).is_some_and(|f| f.state == FileState::RollingBack);
        let running = self.rollbacks.values().filter(|r| r.status == RollbackStatus::Running);
        let listed = running.into_iter().find_map(|r| r.files.iter().copied().find(is_undone));
        listed.or_else(|| self.active.iter().copied().find(is_undone))
    }

    fn has_turn(&self, file: &File) -> bool {
        match file.state {
            FileState::RollingBack => self.undone_now() == Some(file.id),
            _ => !file.is_blocked(),
        }
    }

    fn goes_back(&self, file: &File) -> bool {
        let takes = |r: &Rollback| r.status == RollbackStatus::Running && r.files.contains(&file.id);
        match &file.running {
            // What is under way is what it is, whatever comes after it.
            Some(running) => running.phase == Phase::Undo,
            None => {
                file.state == FileState::RollingBack || self.aborting.is_some() || self.rollbacks.values().any(takes)
            }
        }
    }
}

impl Expectation {
    /// What must still come next for a verb that lets something run: of a step just that, where the batch is held; else
    /// at least the direction.
    pub fn ahead_of(batch: &Batch, verb: &Verb) -> Option<Ahead> {
        let ahead = batch.ahead()?;
        match verb {
            Verb::Step { .. } if !batch.may_move() => Some(ahead),
            Verb::Step { .. } | Verb::Resume => Some(Ahead { at: None, ..ahead }),
            _ => None,
        }
    }
}

/// Statements that are behind, or the steps of the undo and of its parts before.
fn behind(file: &File) -> u32 {
    let forward = || u32::try_from(file.records.len()).unwrap_or(u32::MAX);
    match (file.state, &file.undo) {
        (FileState::RollingBack, Some(undo)) => steps_done(undo),
        (FileState::RollingBack, None) => 0,
        _ => forward(),
    }
}

fn steps_done(undo: &Undo) -> u32 {
    undo.earlier.iter().map(|part| part.done).sum::<u32>() + undo.done
}

impl Ahead {
    /// What has changed between what was seen and what is there, in words; `None` where it is the same deed.
    pub fn moved_on(self, batch: &Batch) -> Option<String> {
        let now = batch.ahead();
        let same = |now: Ahead| now.undoes == self.undoes && (self.at.is_none() || now.at == self.at);
        if now.is_some_and(same) {
            return None;
        }
        Some(format!(
            "{} came next, and now {}",
            self.words(batch),
            match now {
                Some(now) => format!("{} does", now.words(batch)),
                None => "nothing is left to do".to_owned(),
            }
        ))
    }

    /// The deed in words: `statement 2 of 0001_users.sql`.
    pub fn words(self, batch: &Batch) -> String {
        let what = if self.undoes { "the undo" } else { "the way forward" };
        let Some((file, behind)) = self.at.and_then(|(id, behind)| Some((batch.file(id)?, behind))) else {
            return what.to_owned();
        };
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        match self.undoes {
            true => format!("step {} of the undo of {name}", behind + 1),
            false if behind < file.statements => format!("statement {} of {name}", behind + 1),
            false => format!("what follows the last statement of {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{
        BatchId, Category, Checksum, Command, CommandId, Effect, EventKind, Failure, FileType, Input, Sending,
        StatementResult, StepUnit, UndoPlan, UndoStep,
    };

    const BATCH: BatchId = BatchId(1);
    const FILE: FileId = FileId(1);

    fn send(ledger: &mut Ledger, statement: u32, phase: Phase) {
        ledger.give(Input::Sending(Sending::new((BATCH, FILE), (phase, statement), Checksum("h".into()))));
    }

    /// In step mode before the second of three statements.
    fn held() -> Ledger {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Doctrine, 3, &[])]);
        plan.policy.step = true;
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        ledger.give(Input::Turn { batch: BATCH, file: FILE });
        ledger.give(Input::Prepared { batch: BATCH, file: FILE, result: Ok(()) });
        ledger.give(Input::CheckedBefore { batch: BATCH, file: FILE, findings: Vec::new() });
        let fingerprint = "1:a".to_owned();
        ledger.give(Input::Captured {
            batch: BATCH,
            file: FILE,
            fingerprint,
            definitions: Vec::new(),
            orphans: None,
            relations: Vec::new(),
            before: None,
        });
        send(&mut ledger, 0, Phase::Forward);
        let result = StatementResult::Done {
            rows: 0,
            ms: 1,
            warnings: Vec::new(),
            fingerprint: "1:b".into(),
            definitions: Vec::new(),
            kept: Vec::new(),
        };
        ledger.give(Input::Ended { batch: BATCH, file: FILE, result });
        ledger
    }

    /// The same, and its second statement has failed: what it did is undone next.
    fn going_back() -> Ledger {
        let mut ledger = held();
        send(&mut ledger, 1, Phase::Forward);
        let failure = Failure::new(Category::MissingObject, "gone").at(1, 2);
        let result = StatementResult::Failed { ms: 1, failure, effect: Effect::None };
        ledger.give(Input::Ended { batch: BATCH, file: FILE, result });
        let steps = vec![UndoStep { statement: 0, undoes: vec![0] }];
        ledger.give(Input::UndoChosen { batch: BATCH, file: FILE, plan: UndoPlan::Written { steps } });
        ledger
    }

    fn ahead(ledger: &Ledger) -> Option<Ahead> {
        ledger.world.batch(BATCH).and_then(Batch::ahead)
    }

    /// The worker's answer to a step that was asked for with something else in sight.
    fn answer(ledger: &mut Ledger, seen: Option<Ahead>) -> Option<String> {
        ledger.give(Input::Commanded(Command {
            id: CommandId(9),
            batch: BATCH,
            operator: "ana@%".into(),
            verb: Verb::Step { unit: StepUnit::Statement },
            reason: None,
            expects: Expectation { ahead: seen, ..Expectation::default() },
            submission: None,
        }));
        ledger.events.iter().find_map(|event| match &event.kind {
            EventKind::CommandRefused { reason, .. } => Some(reason.clone()),
            _ => None,
        })
    }

    #[test]
    fn what_comes_next_has_a_direction_a_file_and_a_place() {
        assert_eq!(ahead(&held()), Some(Ahead { undoes: false, at: Some((FILE, 1)) }));
        let mut ledger = going_back();
        assert_eq!(ahead(&ledger), Some(Ahead { undoes: true, at: Some((FILE, 0)) }));
        send(&mut ledger, 0, Phase::Undo);
        assert!(ledger.world.batch(BATCH).unwrap().is_being_undone());
    }

    #[test]
    fn a_step_is_spent_on_what_was_seen_and_on_nothing_else() {
        assert_eq!(answer(&mut held(), ahead(&held())), None);
        let words = "moved on since you looked: statement 2 of 0001_file.sql came next, and now step 1 of the undo of \
                     0001_file.sql does";
        assert_eq!(answer(&mut going_back(), ahead(&held())).as_deref(), Some(words));
        let forward = Some(Ahead { undoes: false, at: None });
        assert_eq!(answer(&mut held(), forward), None, "of a batch that moves only the direction is compared");
        assert!(answer(&mut going_back(), forward).is_some());
        let earlier = Some(Ahead { undoes: false, at: Some((FILE, 0)) });
        let words = "moved on since you looked: statement 1 of 0001_file.sql came next, and now statement 2 of \
                     0001_file.sql does";
        assert_eq!(answer(&mut held(), earlier).as_deref(), Some(words));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let expects = Expectation { ahead: ahead(&held()), ..Expectation::default() };
        let text = serde_json::to_string(&expects).unwrap();
        assert_eq!(text, r#"{"ahead":{"undoes":false,"at":[1,1]}}"#);
        assert_eq!(serde_json::from_str::<Expectation>(&text).unwrap(), expects);
        assert_eq!(serde_json::from_str::<Expectation>("{}").unwrap(), Expectation::default());
    }
}
