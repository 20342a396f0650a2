//! A world that things happen to: plausible inputs, by chance.

use super::submission;
use caribou::model::*;

/// Chooses inputs that fit a world.
pub struct Chance {
    random: fastrand::Rng,
    commands: i64,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), commands: seed as i64 * 1_000 }
    }

    /// True if now is a moment to commit.
    pub fn commits(&mut self) -> bool {
        self.random.u8(..4) == 0
    }

    /// Gives what follows from something that happens; `None` when it does not fit after all.
    pub fn next(&mut self, world: &World) -> Option<Vec<Draft>> {
        decide(world, self.input(world)).ok()
    }

    fn input(&mut self, world: &World) -> Input {
        let open: Vec<&Batch> = world.batches.values().filter(|b| !b.status.is_final()).collect();
        if open.is_empty() || (open.len() < 3 && self.random.u8(..60) == 0) {
            let mut submission = submission(self.random.usize(1..6));
            submission.policy.step = self.random.u8(..5) == 0;
            for file in &mut submission.files {
                file.file_type = FileType::ALL[self.random.usize(..FileType::ALL.len())];
                file.statements = self.random.u32(1..4);
            }
            return Input::Submitted { submission: Box::new(submission), operator: "ana@%".into(), command: None };
        }
        if self.random.u8(..15) == 0 {
            // Also one that has ended: what failed can be retried.
            let all: Vec<&Batch> = world.batches.values().collect();
            let any = all[self.random.usize(..all.len())];
            return self.command(any);
        }
        let batch = open[self.random.usize(..open.len())];
        match self.random.u8(..20) {
            0 => self.command(batch),
            1 => self.of_batch(batch),
            _ => self.of_some_file(batch),
        }
    }

    fn command(&mut self, batch: &Batch) -> Input {
        self.commands += 1;
        let file = batch.order[self.random.usize(..batch.order.len())];
        let verb = match self.random.u8(..9) {
            0 => Verb::Pause,
            1..=3 => Verb::Resume,
            4 => Verb::Step { unit: StepUnit::Statement },
            5 => Verb::Retry { file },
            6 => Verb::Break { file, statement: Some(1), clear: self.random.bool() },
            7 => Verb::Step { unit: StepUnit::Transition },
            _ => Verb::Abort { keep_completed: self.random.bool() },
        };
        Input::Commanded(Command {
            id: CommandId(self.commands),
            batch: batch.id,
            operator: "bob@%".into(),
            verb,
            reason: Some("because — “so”".into()),
            expects: Expectation::default(),
            submission: None,
        })
    }

    fn of_batch(&mut self, batch: &Batch) -> Input {
        let id = batch.id;
        match self.random.u8(..5) {
            0 => Input::Quiet { batch: id },
            1 => Input::Restarted {
                batch: id,
                resumable: batch.active().filter(|_| self.random.bool()).map(|f| f.id).collect(),
                expensive: batch
                    .active()
                    .filter(|_| self.random.u8(..4) == 0)
                    .map(|f| (f.id, "expensive".into()))
                    .collect(),
            },
            2 if batch.aborting.is_some() => Input::AbortBatch { batch: id },
            3 if batch.active.is_empty() && batch.next_waiting().is_none() => Input::Exhausted { batch: id },
            _ => {
                let percent_hundredths = self.random.u32(..10_001);
                let phase = "migrating".to_owned();
                Input::ProgressDue { batch: id, done: Progress { phase, percent_hundredths, ..Progress::default() } }
            }
        }
    }

    fn of_some_file(&mut self, batch: &Batch) -> Input {
        if let Some(file) = batch.active().next() {
            return self.of_active(batch.id, file);
        }
        if let Some(rollback) = batch.running_rollback() {
            let mut files = rollback.files.iter().filter_map(|id| batch.file(*id));
            if let Some(file) = files.find(|f| f.outcome == Some(Outcome::Completed)) {
                return Input::RollBack { batch: batch.id, file: file.id };
            }
            return Input::RollbackDone { batch: batch.id, rollback: rollback.id };
        }
        match batch.next_waiting() {
            Some(file) if !batch.stopped && batch.aborting.is_none() => Input::Turn { batch: batch.id, file: file.id },
            _ if batch.aborting == Some(false) && batch.completed > 0 => Input::AbortBatch { batch: batch.id },
            _ => Input::Exhausted { batch: batch.id },
        }
    }

    fn of_active(&mut self, batch: BatchId, active: &File) -> Input {
        let file = active.id;
        if let Some(running) = &active.running {
            return self.of_running(batch, file, running);
        }
        match active.state {
            FileState::Preparing => {
                let result = if self.rarely() { Err(self.failure()) } else { Ok(()) };
                Input::Prepared { batch, file, result }
            }
            FileState::ValidatingPre => Input::CheckedBefore { batch, file, findings: self.findings() },
            FileState::Migrating if active.fingerprint.is_none() => {
                let definitions = vec![("ä".to_owned(), Some("CREATE TABLE `ä` (a INT) -- \"x\"".to_owned())).into()];
                Input::Captured {
                    batch,
                    file,
                    fingerprint: "1:a".into(),
                    definitions,
                    orphans: None,
                    relations: Vec::new(),
                    before: None,
                }
            }
            FileState::Migrating => match active.next_statement() {
                Some(statement) => self.sending(batch, file, statement, Phase::Forward),
                None => Input::Drained { batch, file },
            },
            FileState::ValidatingPost => Input::CheckedAfter { batch, file, findings: self.findings() },
            FileState::Completing => Input::Recorded { batch, file },
            FileState::RollingBack => self.of_undo(batch, active),
            FileState::Idle | FileState::Failed => Input::Quiet { batch },
        }
    }

    fn of_running(&mut self, batch: BatchId, file: FileId, running: &Running) -> Input {
        if self.random.u8(..6) == 0 {
            let (failure, blockers) = (self.failure(), vec!["connection 9 of app@%".to_owned()]);
            return Input::Waited { batch, file, attempt: running.attempt, ms: 5, failure, blockers };
        }
        let result = if self.rarely() {
            let effect = [Effect::None, Effect::None, Effect::Unknown][self.random.usize(..3)];
            StatementResult::Failed { ms: 3, failure: self.failure(), effect }
        } else {
            let warnings = vec!["1366 ungültig".to_owned(); self.random.usize(..2)];
            StatementResult::Done {
                rows: 7,
                ms: self.random.u64(..90),
                warnings,
                fingerprint: "1:c".into(),
                definitions: Vec::new(),
                kept: Vec::new(),
            }
        };
        Input::Ended { batch, file, result }
    }

    fn of_undo(&mut self, batch: BatchId, active: &File) -> Input {
        let file = active.id;
        let Some(undo) = &active.undo else {
            let took: Vec<u32> = active.in_force().collect();
            let plan = if took.is_empty() {
                UndoPlan::Nothing
            } else if self.rarely() {
                UndoPlan::Impossible { reason: "it cannot be told".into(), remaining: took }
            } else {
                let step = |n: &u32| UndoStep { statement: *n, undoes: vec![*n] };
                UndoPlan::Written { steps: took.iter().rev().map(step).collect() }
            };
            return Input::UndoChosen { batch, file, plan };
        };
        match undo.next_step() {
            Some(step) => self.sending(batch, file, step.0, Phase::Undo),
            None => {
                let difference = self.rarely().then(|| "-a\n+b".to_owned());
                Input::Verified { batch, file, difference, not_compared: Vec::new(), left_alone: Vec::new() }
            }
        }
    }

    fn sending(&mut self, batch: BatchId, file: FileId, statement: u32, phase: Phase) -> Input {
        let sending = Sending::new((batch, file), (phase, statement), Checksum("x".into()));
        Input::Sending(Sending { line: 3, fingerprint: "1:b".into(), connection: 9, ..sending })
    }

    fn findings(&mut self) -> Vec<Finding> {
        let status = if self.rarely() { ValidationStatus::Failed } else { ValidationStatus::Passed };
        let class = Class::ALL[self.random.usize(..4)];
        vec![Finding { check: "budget".into(), status, class: Some(class), result: "75 von 77".into(), ms: 1 }]
    }

    fn failure(&mut self) -> Failure {
        let length = if self.random.u8(..8) == 0 { 70_000 } else { 10 };
        Failure::new(Category::Constraint, "ä".repeat(length)).hint("look").at(1, 2)
    }

    fn rarely(&mut self) -> bool {
        self.random.u8(..8) == 0
    }
}
