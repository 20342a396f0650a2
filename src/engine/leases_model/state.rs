//! Two workers, one database: what each may do next, with the program's own decisions.

use super::log::Log;
use super::rules::{BATCH, Rules};
use crate::engine::scheduler::{Next, Task, next};
use crate::model::*;
use std::collections::{BTreeMap, BTreeSet};

/// A statement of the file, forward or undoing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Job {
    pub(super) file: FileId,
    pub(super) statement: u32,
    pub(super) undo: bool,
}

/// A worker's file session, as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Session {
    Closed,
    /// It holds the barrier.
    Open {
        token: i64,
    },
    /// A statement is under way, whether or not its client still lives.
    Busy {
        token: i64,
        job: Job,
    },
    /// It has ended; its client has not heard.
    Done {
        token: i64,
    },
}

/// Stage that a worker that holds (or held) the lease has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    Taken,
    /// Nothing of an earlier worker is left on the server.
    Cleared,
    Driving,
}

/// A worker's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Up {
    pub(super) token: i64,
    pub(super) view: Log,
    pub(super) uncommitted: bool,
    pub(super) stage: Stage,
    /// To be sent by the next commit.
    pub(super) ready: Option<Job>,
    /// Committed, and not sent yet.
    pub(super) to_send: Option<Job>,
    pub(super) heard: BTreeSet<i64>,
    pub(super) decided: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The lease's row: its token, whose it is, and whether it has not run out.
    pub(super) token: i64,
    pub(super) holder: Option<usize>,
    pub(super) live: bool,
    pub(super) durable: Log,
    pub(super) workers: [Option<Up>; 2],
    pub(super) sessions: [Session; 2],
    /// Number of times that each statement took effect. Each wrote its receipt in its own transaction.
    pub(super) effects: BTreeMap<Job, u8>,
    pub(super) now: i64,
    pub(super) starts: u8,
    pub(super) crashes: u8,
    pub(super) expiries: u8,
    /// Event that may never be, if it came to one.
    pub(super) wrong: Option<&'static str>,
}

impl State {
    fn up(&mut self, w: usize) -> &mut Up {
        self.workers[w].as_mut().expect("the action is of a worker that is up")
    }

    fn give(&mut self, w: usize, input: Input) {
        let now = Millis(self.now);
        let up = self.up(w);
        up.view.give(input, now);
        up.uncommitted = true;
    }

    pub(super) fn take(&mut self, w: usize) {
        self.token += 1;
        (self.holder, self.live) = (Some(w), true);
        self.starts -= 1;
        self.workers[w] = Some(Up {
            token: self.token,
            view: self.durable.clone(),
            uncommitted: false,
            stage: Stage::Taken,
            ready: None,
            to_send: None,
            heard: BTreeSet::new(),
            decided: false,
        });
        let (token, holder) = (Token(self.token), format!("worker {w}"));
        self.give(
            w,
            Input::LeaseTaken {
                token,
                holder,
                connection: w as u64,
                server: "s".into(),
                files_as_worker: false,
                versions: Versions::default(),
            },
        );
    }

    /// The process ends: its session closes, unless a statement runs on it. That one is the server's by now.
    pub(super) fn end(&mut self, w: usize) {
        self.workers[w] = None;
        if !matches!(self.sessions[w], Session::Busy { .. }) {
            self.sessions[w] = Session::Closed;
        }
    }

    pub(super) fn commit(&mut self, w: usize, rules: Rules) {
        let (row, up) = (self.token, self.up(w));
        if up.token != row && rules.fence {
            return self.end(w);
        }
        let stale = up.token != row;
        up.uncommitted = false;
        up.to_send = up.ready.take();
        let view = up.view.clone();
        self.durable = view;
        if stale {
            self.wrong = Some("a commit under a token that was not the lease's any more");
        }
    }

    /// Ends what another left on the server: its connection is killed, and the end awaited.
    pub(super) fn clear(&mut self, w: usize, rules: Rules) {
        if rules.barrier {
            self.sessions[1 - w] = Session::Closed;
        }
        self.up(w).stage = Stage::Cleared;
    }

    /// Looks what became of what was under way, and says so.
    pub(super) fn look(&mut self, w: usize) {
        let up = self.up(w);
        up.stage = Stage::Driving;
        let batch = up.view.world.batches[&BATCH].clone();
        if batch.active.is_empty() {
            return;
        }
        for file in batch.active() {
            if let Some(running) = &file.running {
                let undo = running.phase == Phase::Undo;
                let job = Job { file: file.id, statement: running.statement, undo };
                let effect = if self.effects.contains_key(&job) { Effect::Took } else { Effect::None };
                let (evidence, definitions) = ("its receipt".to_owned(), Vec::new());
                self.give(w, Input::Decided { batch: BATCH, file: file.id, effect, evidence, definitions });
            }
        }
        self.give(w, Input::Restarted { batch: BATCH, resumable: Vec::new(), expensive: Vec::new() });
    }

    /// Everything that needs nobody else, up to the next statement.
    pub(super) fn step(&mut self, w: usize, rules: Rules) {
        loop {
            let batch = &self.up(w).view.world.batches[&BATCH];
            match next(batch, 1) {
                Next::Do(Task::Run { file, statement, phase }) => return self.make_ready(w, file, statement, phase),
                Next::Do(task) => {
                    let input = answer(batch, task, rules);
                    self.give(w, input);
                }
                Next::Exhausted => self.give(w, Input::Exhausted { batch: BATCH }),
                Next::Busy | Next::Held | Next::Ended => return,
            }
        }
    }

    fn make_ready(&mut self, w: usize, file: FileId, statement: u32, phase: Phase) {
        let token = self.up(w).token;
        if self.sessions[w] == Session::Closed {
            // Whoever has the barrier is this worker's successor when the lease has moved on.
            let is_held = self.sessions[1 - w] != Session::Closed;
            if is_held && token != self.token {
                return self.end(w);
            }
            self.sessions[w] = Session::Open { token };
        }
        let job = Job { file, statement, undo: phase == Phase::Undo };
        let sending = Sending::new((BATCH, file), (phase, statement), Checksum("x".into()));
        self.give(w, Input::Sending(Sending { connection: w as u64, ..sending }));
        self.up(w).ready = Some(job);
    }

    /// Sends what was committed; a session that was killed says so, and its worker finds that it has lost the lease.
    pub(super) fn send(&mut self, w: usize) {
        let token = self.up(w).token;
        let Some(job) = self.up(w).to_send.take() else { return };
        match self.sessions[w] {
            Session::Open { .. } => self.sessions[w] = Session::Busy { token, job },
            _ => self.end(w),
        }
    }

    /// The server carries a statement out.
    pub(super) fn run(&mut self, w: usize) {
        let Session::Busy { token, job } = self.sessions[w] else { return };
        *self.effects.entry(job).or_default() += 1;
        let alive = self.workers[w].as_ref().is_some_and(|up| up.token == token);
        self.sessions[w] = if alive { Session::Done { token } } else { Session::Closed };
        if self.workers.iter().flatten().any(|up| up.token > token && up.stage > Stage::Taken) {
            self.wrong = Some("a statement ran when a successor had looked already");
        }
    }

    pub(super) fn hear_end(&mut self, w: usize) {
        let file = self.up(w).view.world.batches[&BATCH].active().next().map(|f| f.id);
        let Some(file) = file else { return };
        self.sessions[w] = Session::Open { token: self.up(w).token };
        let (warnings, fingerprint, definitions) = (Vec::new(), "1:c".to_owned(), Vec::new());
        let kept = Vec::new();
        let result = StatementResult::Done { rows: 1, ms: 1, warnings, fingerprint, definitions, kept };
        self.give(w, Input::Ended { batch: BATCH, file, result });
    }

    pub(super) fn hear_command(&mut self, w: usize, id: i64, verb: Verb) {
        self.up(w).heard.insert(id);
        let (operator, expects) = ("ana@10.%".to_owned(), Expectation::default());
        let command =
            Command { id: CommandId(id), batch: BATCH, operator, verb, reason: None, expects, submission: None };
        self.give(w, Input::Commanded(command));
    }

    /// An approver has looked, and approves.
    pub(super) fn hear_decision(&mut self, w: usize) {
        let now = Millis(self.now);
        let up = self.up(w);
        up.decided = true;
        let world = &up.view.world;
        let Some(rollback) = world.batches[&BATCH].rollbacks.values().find(|r| r.class != Class::A) else { return };
        let seen = Seen { class: rollback.class, status: RollbackStatus::Pending, files: world.scope_of(rollback) };
        let decision = Decision {
            id: DecisionId(1),
            batch: BATCH,
            rollback: rollback.id,
            operator: "bea@10.%".into(),
            verdict: Verdict::Approve,
            reason: None,
            seen: Some(seen),
            overrides: None,
        };
        self.give(w, Input::Decision { decision, now });
    }

    pub(super) fn lapse(&mut self, w: usize) {
        let now = Millis(self.now);
        let window = self.up(w).view.world.batches[&BATCH].rollbacks.values().find(|r| r.is_awaiting()).map(|r| r.id);
        if let Some(rollback) = window {
            let subject = JobSubject::Rollback(rollback);
            self.give(w, Input::Due { batch: BATCH, subject, kind: JobKind::WindowLapse, now });
        }
    }
}

/// Answers a task that only looks.
fn answer(batch: &Batch, task: Task, rules: Rules) -> Input {
    let status = ValidationStatus::Warning;
    let class = rules.window.then_some(Class::B);
    let finding = Finding { check: "check".into(), status, class, result: "slower".into(), ms: 1 };
    let batch_id = BATCH;
    match task {
        Task::Begin(file) => Input::Turn { batch: batch_id, file },
        Task::Prepare(file) => Input::Prepared { batch: batch_id, file, result: Ok(()) },
        Task::Block(file) => Input::Blocked { batch: batch_id, file },
        Task::EndRollback(rollback) => Input::RollbackDone { batch: batch_id, rollback },
        Task::CheckBefore(file) => Input::CheckedBefore { batch: batch_id, file, findings: Vec::new() },
        Task::Capture(file) => Input::Captured {
            batch: batch_id,
            file,
            fingerprint: "1:a".into(),
            definitions: Vec::new(),
            orphans: None,
            relations: Vec::new(),
            before: None,
        },
        Task::Drain(file) => Input::Drained { batch: batch_id, file },
        Task::CheckAfter(file) => Input::CheckedAfter {
            batch: batch_id,
            file,
            findings: rules.window.then_some(finding).into_iter().collect(),
        },
        Task::Record(file) => Input::Recorded { batch: batch_id, file },
        Task::AbortFile(file) => Input::AbortFile { batch: batch_id, file },
        Task::AbortBatch => Input::AbortBatch { batch: batch_id },
        Task::RollBack(file) => Input::RollBack { batch: batch_id, file },
        Task::ChooseUndo(file) => {
            let took: Vec<u32> = batch.file(file).map(|f| f.in_force().collect()).unwrap_or_default();
            let step = |n: &u32| UndoStep { statement: *n, undoes: vec![*n] };
            let plan = match took.is_empty() {
                true => UndoPlan::Nothing,
                false => UndoPlan::Written { steps: took.iter().rev().map(step).collect() },
            };
            Input::UndoChosen { batch: batch_id, file, plan }
        }
        Task::Verify(file) => Input::Verified {
            batch: batch_id,
            file,
            difference: None,
            not_compared: Vec::new(),
            left_alone: Vec::new(),
        },
        Task::Break { file, statement } => Input::BreakpointReached { batch: batch_id, file, statement },
        Task::Run { .. } => unreachable!("a statement is sent, not answered"),
    }
}
