//! Applying an event to its batch. The live console, the worker and the replay all come through here.

use crate::model::{
    Alert, Batch, BatchStatus, Cause, Change, Event, EventKind, Failure, File, FileId, FileState, Grant, Hold, Outcome,
    Rollback, RollbackId, RollbackStatus, StepUnit, ValidationPhase, Verb,
};

impl Batch {
    /// The batch that a `batch_created` event brings; `None` for any other event.
    pub(super) fn created(event: &Event) -> Option<Batch> {
        let EventKind::BatchCreated { name, epoch_from, epoch_to, total_files, plan, policy, compensates } =
            &event.kind
        else {
            return None;
        };
        Some(Batch {
            id: event.batch,
            name: name.clone(),
            status: BatchStatus::Pending,
            epoch_from: *epoch_from,
            epoch_to: *epoch_to,
            plan: plan.clone(),
            policy: policy.clone(),
            compensates: *compensates,
            started_by: event.operator.clone(),
            total_files: *total_files,
            order: Vec::new(),
            files: Default::default(),
            waiting: Default::default(),
            active: Default::default(),
            counts: [0; 8],
            completed: 0,
            holds: Default::default(),
            grant: None,
            breakpoints: Default::default(),
            aborting: None,
            stopped: false,
            rollbacks: Default::default(),
            alerts: Default::default(),
            expected_ms: None,
            prolonged: None,
            commands: Default::default(),
            progress: None,
            probes_before: None,
            probes_after: None,
            validations: [0; 3],
            started_at: None,
            completed_at: None,
            ran_until: None,
            created_at: event.at,
            updated_at: event.at,
        })
    }

    /// Takes in an event of this batch; says what has changed.
    pub(super) fn apply(&mut self, event: &Event) -> Vec<Change> {
        use EventKind::*;
        match &event.kind {
            FilePlanned { .. } => self.plan_file(event),
            BatchStarted => {
                self.status = BatchStatus::Running;
                self.started_at.get_or_insert(event.at);
                (self.completed_at, self.ran_until) = (None, None);
                self.touch(event)
            }
            BatchExpected { within } => {
                (self.expected_ms, self.prolonged) = (Some(*within), None);
                Vec::new()
            }
            BatchProlonged { alert } => {
                self.prolonged = Some(*alert);
                Vec::new()
            }
            BatchEnded { status, .. } => {
                self.status = *status;
                self.completed_at = Some(event.at);
                self.note_end_of_run(*status, event.at);
                self.aborting = None;
                self.grant = None;
                self.touch(event)
            }
            FileMoved { file, from, to, cause, failure } => self.move_file(event, *file, (*from, *to), *cause, failure),
            RollbackOpened { rollback, .. }
            | RollbackStarted { rollback, .. }
            | RollbackEnded { rollback, .. }
            | WindowWarned { rollback, .. }
            | WindowLapsed { rollback, .. }
            | DecisionAccepted { rollback, .. } => self.apply_rollback(event, *rollback),
            HoldPlaced { .. } | HoldLifted { .. } | StepGranted { .. } => self.apply_hold(event),
            BreakpointSet { file, statement } => {
                self.breakpoints.insert((*file, *statement));
                Vec::new()
            }
            BreakpointCleared { file, statement } => {
                self.breakpoints.remove(&(*file, *statement));
                Vec::new()
            }
            CommandAccepted { command, verb, .. } => {
                if let Verb::Abort { keep_completed } = verb {
                    self.aborting = Some(*keep_completed);
                }
                self.commands.insert(*command, verb.clone());
                Vec::new()
            }
            CommandRefused { .. } | DecisionRefused { .. } => Vec::new(),
            CommandEffective { command } => {
                self.commands.remove(command);
                Vec::new()
            }
            ValidationRecorded { .. } | ChecksPassed { .. } => {
                self.apply_to_file(event);
                let results = event.kind.validations();
                results
                    .map(|result| {
                        self.validations[result.status as usize] += 1;
                        Change::Validation(result.id)
                    })
                    .collect()
            }
            ProbesMeasured { phase, probes } => {
                let measured = match phase {
                    ValidationPhase::Post => &mut self.probes_after,
                    _ => &mut self.probes_before,
                };
                *measured = Some(probes.clone());
                Vec::new()
            }
            AlertRaised { .. } | AlertChanged { .. } => Alert::apply(&mut self.alerts, event).into_iter().collect(),
            ProgressNoted { progress, done } => {
                self.progress = Some((*progress, done.clone()));
                vec![Change::Progress(*progress)]
            }
            _ => self.apply_to_file(event),
        }
    }

    fn touch(&mut self, event: &Event) -> Vec<Change> {
        self.updated_at = event.at;
        vec![Change::Batch]
    }

    fn plan_file(&mut self, event: &Event) -> Vec<Change> {
        let Some(file) = File::planned(event) else { return Vec::new() };
        let changed = vec![Change::File(file.id), Change::Dependencies(file.id)];
        self.order.push(file.id);
        self.waiting.insert((file.sort_order, file.id));
        self.counts[FileState::Idle as usize - 1] += 1;
        self.files.insert(file.id, file);
        changed
    }

    fn move_file(
        &mut self,
        event: &Event,
        id: FileId,
        (from, to): (FileState, FileState),
        cause: Cause,
        failure: &Option<Failure>,
    ) -> Vec<Change> {
        let Some(file) = self.files.get_mut(&id) else { return Vec::new() };
        let was_completed = file.outcome == Some(Outcome::Completed);
        file.moved(event, to, cause, failure);
        let is_completed = file.outcome == Some(Outcome::Completed);
        if to == FileState::RollingBack
            && let Some(rollback) =
                self.rollbacks.values_mut().find(|r| r.status == RollbackStatus::Running && r.files.contains(&id))
        {
            rollback.begun.insert(id);
        }
        let place = (file.sort_order, id);
        let waits = to == FileState::Idle && file.outcome.is_none();
        let gone_wrong = to == FileState::Failed || cause == Cause::Undone;
        let stops = gone_wrong && !self.policy.continues_after(file.file_type);

        self.stopped = stops || (self.stopped && cause != Cause::Retried);
        self.completed = self.completed + u32::from(is_completed) - u32::from(was_completed);
        self.counts[from as usize - 1] = self.counts[from as usize - 1].saturating_sub(1);
        self.counts[to as usize - 1] += 1;
        if waits {
            self.waiting.insert(place)
        } else {
            self.waiting.remove(&place)
        };
        if matches!(to, FileState::Idle | FileState::Failed) {
            self.active.remove(&id)
        } else {
            self.active.insert(id)
        };
        self.used_grant(StepUnit::Transition);
        let mut changed = vec![Change::File(id)];
        // The batch's own figures have changed, or it may look as if it had ended.
        let counts = was_completed != is_completed || from == FileState::Failed;
        if counts || matches!(to, FileState::Idle | FileState::Failed) {
            changed.extend(self.touch(event));
        }
        changed
    }

    /// A granted unit has passed: the batch holds again.
    fn used_grant(&mut self, unit: StepUnit) {
        if self.grant.is_some_and(|g| g.unit == unit) {
            self.grant = None;
        }
    }

    fn apply_hold(&mut self, event: &Event) -> Vec<Change> {
        match &event.kind {
            EventKind::HoldPlaced { hold, file: None, reason } => {
                self.holds.insert(*hold, reason.clone());
                if *hold == Hold::Paused {
                    // A step that was granted before must not carry the batch past a pause or a breakpoint.
                    self.grant = None;
                }
            }
            EventKind::HoldLifted { hold, file: None } => {
                self.holds.remove(hold);
                self.grant = None;
            }
            EventKind::StepGranted { unit } => self.grant = Some(Grant { unit: *unit }),
            _ => return self.apply_to_file(event),
        }
        self.touch(event)
    }

    /// A rollback is opened, or something happens to it.
    fn apply_rollback(&mut self, event: &Event, id: RollbackId) -> Vec<Change> {
        if let Some(opened) = Rollback::opened(event) {
            self.rollbacks.insert(id, opened);
            return vec![Change::Rollback(id)];
        }
        let is_under_way = |f: &&File| f.state == FileState::RollingBack;
        let under_way: Vec<FileId> = self.active().filter(is_under_way).map(|f| f.id).collect();
        let Some(rollback) = self.rollbacks.get_mut(&id) else { return Vec::new() };
        rollback.apply(event);
        if matches!(event.kind, EventKind::RollbackStarted { .. }) {
            // The failure that brought it has begun the undo of its own file already.
            let own = under_way.into_iter().filter(|id| rollback.files.contains(id)).collect::<Vec<_>>();
            rollback.begun.extend(own);
        }
        vec![Change::Rollback(id)]
    }

    fn apply_to_file(&mut self, event: &Event) -> Vec<Change> {
        let Some(file) = event.kind.file().and_then(|id| self.files.get_mut(&id)) else { return Vec::new() };
        let changed = file.apply(event).then_some(Change::File(file.id));
        use EventKind::{StatementDecided, StatementFailed, StatementFinished};
        if matches!(event.kind, StatementFinished { .. } | StatementFailed { .. } | StatementDecided { .. }) {
            self.used_grant(StepUnit::Statement);
        }
        changed.into_iter().collect()
    }
}
