//! Applying an event to its file.

use crate::model::{
    Cause, Crash, Effect, Event, EventKind, Failure, File, FileState, Held, Hold, Kept, Outcome, Overridden, Phase,
    Repair, Repaired, RollbackId, Running, StatementRecord, Undo, UndoAct, UndoPart, UndoPlan, ValidationPhase,
    ValidationStatus,
};
use std::collections::{BTreeMap, BTreeSet};

impl File {
    /// The file that a `file_planned` event brings; `None` for any other event.
    pub(super) fn planned(event: &Event) -> Option<File> {
        let EventKind::FilePlanned {
            file,
            path,
            file_type,
            hash,
            canonical,
            source,
            epoch_from,
            epoch_to,
            sort_order,
            wave,
            statements,
            undo_statements,
            coverage,
            depends_on,
            locks,
            expected,
            findings,
        } = &event.kind
        else {
            return None;
        };
        Some(File {
            id: *file,
            batch: event.batch,
            path: path.clone(),
            file_type: *file_type,
            hash: hash.clone(),
            canonical: canonical.clone(),
            source: source.clone(),
            epoch_from: *epoch_from,
            epoch_to: *epoch_to,
            sort_order: *sort_order,
            wave: *wave,
            statements: *statements,
            undo_statements: *undo_statements,
            coverage: *coverage,
            depends_on: depends_on.clone(),
            locks: locks.clone(),
            expected: expected.clone(),
            findings: findings.clone(),
            stopped_by: BTreeSet::new(),
            overridden: BTreeMap::new(),
            state: FileState::Idle,
            moved_at: event.at,
            begun_at: None,
            outcome: None,
            records: Vec::new(),
            runs: BTreeMap::new(),
            running: None,
            shared: None,
            held: Vec::new(),
            left_alone: BTreeSet::new(),
            definitions_left_alone: Vec::new(),
            undo: None,
            settled: None,
            repaired: None,
            fingerprint: None,
            holds: Vec::new(),
            crash: None,
            failure: None,
            retries: 0,
            processing_ms: 0,
            created_at: event.at,
            updated_at: event.at,
        })
    }

    /// The file has entered a state.
    pub(super) fn moved(&mut self, event: &Event, to: FileState, cause: Cause, failure: &Option<Failure>) {
        self.state = to;
        if to == FileState::Preparing {
            self.begun_at = Some(event.at);
            self.stopped_by.clear();
        }
        self.moved_at = event.at;
        self.updated_at = event.at;
        match cause {
            Cause::Recorded => self.outcome = Some(Outcome::Completed),
            Cause::Undone => {
                self.outcome = Some(Outcome::RolledBack);
                self.held.clear();
                if let Some(failure) = &mut self.failure {
                    failure.undo = None;
                }
            }
            Cause::Retried => {
                self.retries += 1;
                self.forget_run();
            }
            Cause::Settled => self.outcome = self.settled.take(),
            Cause::RollbackOrdered => self.outcome = None,
            _ => {}
        }
        if to == FileState::RollingBack {
            self.shared = None;
            self.undo = None;
            self.left_alone.clear();
            self.definitions_left_alone.clear();
        }
        if failure.is_some() {
            self.failure.clone_from(failure);
        }
        self.holds.clear();
        self.crash = None;
    }

    /// A new attempt starts with nothing behind it.
    fn forget_run(&mut self) {
        self.outcome = None;
        self.records.clear();
        self.runs.clear();
        self.running = None;
        self.shared = None;
        self.held.clear();
        self.undo = None;
        self.left_alone.clear();
        self.definitions_left_alone.clear();
        self.fingerprint = None;
        self.failure = None;
        self.processing_ms = 0;
    }

    /// Takes in an event of this file; says whether it has changed for those who read no journal.
    pub(super) fn apply(&mut self, event: &Event) -> bool {
        use EventKind::*;
        match &event.kind {
            FileSettled { outcome, .. } => self.settle(*outcome),
            FileRepaired { repair, .. } => self.repair(repair),
            FileCaptured { fingerprint, .. } => self.fingerprint = Some(fingerprint.clone()),
            StatementStarted { statement, phase, line, connection, fingerprint, kept, shares, runs, .. } => {
                if let Some(runs) = runs {
                    self.runs.insert(self.numbered(*phase, *statement), runs.text.clone());
                }
                if *shares {
                    self.shared.get_or_insert(*statement);
                }
                self.running = Some(Box::new(Running {
                    statement: *statement,
                    phase: *phase,
                    line: *line,
                    since: event.at,
                    connection: *connection,
                    attempt: 1,
                    blockers: Vec::new(),
                    fingerprint: fingerprint.clone(),
                    kept: kept.clone(),
                    shares: *shares,
                }));
            }
            StatementWaited { attempt, blockers, .. } => {
                if let Some(running) = &mut self.running {
                    running.attempt = attempt + 1;
                    running.blockers.clone_from(blockers);
                }
                return false;
            }
            StatementFinished { phase, statement, rows, ms, warnings, kept, .. } => {
                self.hold(self.numbered(*phase, *statement), kept);
                let left = self.leaves_alone(*phase, warnings).to_vec();
                self.left_alone.extend(left);
                let warnings = u32::try_from(warnings.len()).unwrap_or(u32::MAX);
                self.ended(
                    *phase,
                    StatementRecord { effect: Effect::Took, rows: *rows, ms: *ms, warnings, uncounted: false },
                );
            }
            StatementFailed { phase, statement, ms, effect, .. } => {
                let uncounted = *effect != Effect::None;
                if uncounted {
                    self.hold_what_was_sent(self.numbered(*phase, *statement));
                }
                self.ended(*phase, StatementRecord { effect: *effect, rows: 0, ms: *ms, warnings: 0, uncounted });
            }
            StatementDecided { phase, statement, effect, .. } => {
                if *effect != Effect::None {
                    self.hold_what_was_sent(self.numbered(*phase, *statement));
                }
                let uncounted = *effect != Effect::None;
                self.ended(*phase, StatementRecord { effect: *effect, rows: 0, ms: 0, warnings: 0, uncounted });
            }
            KeptDiscarded { places, .. } => self.held.retain(|held| !places.contains(&held.place)),
            TransactionCommitted { .. } => self.shared = None,
            TransactionUndone { phase: Phase::Forward, from, effect, .. } => self.forward_lost(*from, *effect),
            TransactionUndone { phase: Phase::Undo, from, effect, .. } => self.undo_lost(*from, *effect),
            UndoPlanned { rollback, plan, after, .. } => self.undo_planned(*rollback, plan, after.as_ref()),
            UndoFellShort { failure, .. } => {
                if let Some(undo) = &mut self.undo {
                    undo.fell_short = Some(failure.clone());
                }
            }
            UndoVerified { equal, not_compared, left_alone, .. } => {
                self.definitions_left_alone.clone_from(left_alone);
                if let Some(undo) = &mut self.undo {
                    undo.verified = Some(*equal);
                    undo.not_compared.clone_from(not_compared);
                }
                return false;
            }
            CrashHeld { reason, resumable, .. } => {
                self.crash = Some(Crash { resumable: *resumable });
                self.holds.push((Hold::AwaitingApproval, reason.clone()));
            }
            CrashResumed { statement, .. } => {
                self.crash = None;
                self.shared = None;
                self.holds.retain(|(hold, _)| *hold != Hold::AwaitingApproval);
                self.records.truncate(*statement as usize);
            }
            HoldPlaced { hold, reason, .. } => {
                self.holds.retain(|(h, _)| h != hold);
                self.holds.push((*hold, reason.clone()));
            }
            HoldLifted { hold, .. } => self.holds.retain(|(h, _)| h != hold),
            ValidationRecorded { phase: ValidationPhase::Pre, status: ValidationStatus::Failed, check, .. } => {
                self.stopped_by.insert(check.clone());
                return false;
            }
            CheckOverridden { check, reason, .. } => {
                let by = event.operator.clone().unwrap_or_default();
                self.overridden.insert(check.clone(), Overridden { by, reason: reason.clone() });
                return false;
            }
            _ => return false,
        }
        self.updated_at = event.at;
        true
    }

    /// Sets the plan of the undo. A statement that the part before had undone, and that this one undoes again, stands
    /// until it has.
    fn undo_planned(&mut self, rollback: Option<RollbackId>, plan: &UndoPlan, after: Option<&UndoPart>) {
        let mut earlier = self.undo.take().map(|undo| undo.earlier).unwrap_or_default();
        match after {
            Some(part) => earlier.push(part.clone()),
            None => earlier.clear(),
        }
        let undo = Undo { rollback, plan: plan.clone(), done: 0, verified: None, earlier, ..Undo::default() };
        let again: BTreeSet<u32> = (0..undo.len()).flat_map(|step| undo.undone_by(step)).copied().collect();
        for (index, record) in (0u32..).zip(&mut self.records) {
            if record.effect == Effect::Undone && again.contains(&index) {
                record.effect = Effect::Took;
            }
        }
        self.undo = Some(Box::new(undo));
    }

    /// What lies in the directory is recorded; `source` stays the text that ran.
    fn repair(&mut self, repair: &Repair) {
        if let Some(text) = repair.text() {
            self.hash.clone_from(&text.hash);
            self.canonical.clone_from(&text.canonical);
        }
        if let Repair::Renamed { path, .. } = repair {
            self.path.clone_from(path);
        }
        let before = self.repaired.take().and_then(|repaired| repaired.source);
        let source = repair.text().map(|text| text.source.clone()).or(before);
        self.repaired = Some(Box::new(Repaired { source, gone: *repair == Repair::Gone }));
    }

    /// Whatever stood or was in doubt now is as a person left it.
    fn settle(&mut self, outcome: Outcome) {
        let effect = match outcome {
            Outcome::Completed => Effect::Took,
            Outcome::RolledBack => Effect::Undone,
        };
        let standing = |r: &&mut StatementRecord| matches!(r.effect, Effect::Took | Effect::Unknown);
        self.records.iter_mut().filter(standing).for_each(|r| r.effect = effect);
        self.running = None;
        self.shared = None;
        self.undo = None;
        self.settled = Some(outcome);
    }

    /// The number under which something is kept for a statement: those of the rollback script come after the file's.
    pub fn numbered(&self, phase: Phase, statement: u32) -> u32 {
        match phase {
            Phase::Forward => statement,
            Phase::Undo => self.statements.saturating_add(statement),
        }
    }

    /// The rows that the end of a step of the undo has left as others made them: what it said, where it put kept data
    /// back.
    pub fn leaves_alone<'w>(&self, phase: Phase, said: &'w [String]) -> &'w [String] {
        let step = self.undo.as_ref().and_then(|undo| match &undo.plan {
            UndoPlan::Derived { steps, .. } => steps.get(undo.done as usize),
            _ => None,
        });
        let puts_back = matches!(step.map(|step| &step.act), Some(UndoAct::PutBack { .. }));
        if phase == Phase::Undo && puts_back { said } else { &[] }
    }

    /// A statement broke off: what was to be kept for it may be kept.
    fn hold_what_was_sent(&mut self, statement: u32) {
        let kept = self.running.as_ref().map(|running| running.kept.clone()).unwrap_or_default();
        self.hold(statement, &kept);
    }

    fn hold(&mut self, statement: u32, kept: &[Kept]) {
        let full = kept.iter().filter(|kept| !kept.is_empty());
        self.held.extend(full.map(|kept| Held::from_kept(statement, kept)));
    }

    /// A statement has ended, one way or the other.
    fn ended(&mut self, phase: Phase, record: StatementRecord) {
        let goes_on = self.running.take().is_some_and(|running| running.shares) && record.effect == Effect::Took;
        self.shared = self.shared.filter(|_| goes_on);
        self.processing_ms += record.ms;
        match phase {
            Phase::Forward => self.records.push(record),
            Phase::Undo if record.effect == Effect::Took => self.took_back(),
            Phase::Undo => {}
        }
    }

    /// Marks the statements that took effect since that one as not in force, or as what nobody can say. Kept rows of
    /// theirs that are not in force were rolled back with them.
    fn forward_lost(&mut self, from: u32, effect: Effect) {
        let mut lost = Vec::new();
        self.shared = None;
        for (index, record) in (0u32..).zip(&mut self.records).skip(from as usize) {
            if record.effect == Effect::Took {
                record.effect = effect;
                lost.push(index);
            }
        }
        if effect == Effect::None {
            self.held.retain(|held| !lost.contains(&held.statement));
        }
    }

    /// The undo's steps since that statement of the script are not in force, so what they undid stands again; or nobody
    /// can say.
    fn undo_lost(&mut self, from: u32, effect: Effect) {
        let Some(undo) = &mut self.undo else { return };
        let stays = undo.done_steps().into_iter().take_while(|statement| *statement < from).count();
        let lost = undo.done as usize;
        let (first, all) = (self.statements.saturating_add(from), self.statements);
        if effect == Effect::None && matches!(undo.plan, UndoPlan::Written { .. }) {
            self.held.retain(|held| held.statement < first.max(all));
        }
        undo.done = u32::try_from(stays).unwrap_or(u32::MAX);
        for index in (stays..lost).flat_map(|step| undo.undone_by(step)) {
            if let Some(record) = self.records.get_mut(*index as usize).filter(|r| r.effect == Effect::Undone) {
                record.effect = if effect == Effect::None { Effect::Took } else { effect };
            }
        }
    }

    /// The undo's current step is in force: what it undoes no longer stands.
    fn took_back(&mut self) {
        let Some(undo) = &mut self.undo else { return };
        let undone: Vec<u32> = undo.next_step().map(|(_, undoes)| undoes.to_vec()).unwrap_or_default();
        undo.done += 1;
        let last = undo.next_step().is_none();
        for (index, record) in (0u32..).zip(&mut self.records) {
            if undone.contains(&index) || (last && record.effect == Effect::Took) {
                record.effect = Effect::Undone;
            }
        }
    }
}
