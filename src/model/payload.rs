//! The form of an event in the journal: its columns and its JSON.

use super::{EventKind, FileId, Validation, ValidationId, ValidationPhase, ValidationStatus};
use serde::{Deserialize, Serialize};

/// The version of the payload's form, written into every payload as `v`.
pub const FORMAT_VERSION: u32 = 1;

impl EventKind {
    /// The file that the event is about (column `file_id`).
    pub fn file(&self) -> Option<FileId> {
        use EventKind::*;
        match self {
            FilePlanned { file, .. }
            | FileMoved { file, .. }
            | FileSettled { file, .. }
            | FileRepaired { file, .. }
            | FileCaptured { file, .. }
            | StatementStarted { file, .. }
            | StatementFinished { file, .. }
            | StatementFailed { file, .. }
            | StatementWaited { file, .. }
            | StatementDecided { file, .. }
            | TransactionCommitted { file, .. }
            | TransactionUndone { file, .. }
            | KeptDiscarded { file, .. }
            | UndoPlanned { file, .. }
            | UndoFellShort { file, .. }
            | UndoVerified { file, .. }
            | CrashHeld { file, .. }
            | CrashResumed { file, .. }
            | CheckOverridden { file, .. }
            | ChecksPassed { file, .. }
            | BreakpointSet { file, .. }
            | BreakpointCleared { file, .. } => Some(*file),
            RollbackOpened { file, .. }
            | ValidationRecorded { file, .. }
            | HoldPlaced { file, .. }
            | HoldLifted { file, .. }
            | AlertRaised { file, .. } => *file,
            _ => None,
        }
    }

    /// The statement that the event is about, from 0 (column `statement_index`).
    pub fn statement(&self) -> Option<u32> {
        use EventKind::*;
        match self {
            StatementStarted { statement, .. }
            | StatementFinished { statement, .. }
            | StatementFailed { statement, .. }
            | StatementWaited { statement, .. }
            | StatementDecided { statement, .. }
            | TransactionCommitted { statement, .. }
            | CrashResumed { statement, .. } => Some(*statement),
            BreakpointSet { statement, .. } | BreakpointCleared { statement, .. } => *statement,
            _ => None,
        }
    }

    /// The results of checks that the event records, in the order of their keys; none for an event of another kind.
    pub fn validations(&self) -> impl Iterator<Item = Validation<'_>> {
        let one = match self {
            EventKind::ValidationRecorded { validation, file, phase, check, status, class, result, ms } => {
                let (id, file, phase, status) = (*validation, *file, *phase, *status);
                Some(Validation { id, file, phase, check, status, class: *class, result, ms: *ms })
            }
            _ => None,
        };
        let (first, file, phase, passed) = match self {
            EventKind::ChecksPassed { first, file, phase, checks } => (first.0, Some(*file), *phase, checks.as_slice()),
            _ => (0, None, ValidationPhase::Pre, &[][..]),
        };
        let passed = (first..).zip(passed).map(move |(id, passed)| Validation {
            id: ValidationId(id),
            file,
            phase,
            check: &passed.check,
            status: ValidationStatus::Passed,
            class: None,
            result: &passed.result,
            ms: passed.ms,
        });
        one.into_iter().chain(passed)
    }

    /// The tag, as it stands in the column `kind`.
    pub fn name(&self) -> &'static str {
        use EventKind::*;
        match self {
            BatchCreated { .. } => "batch_created",
            FilePlanned { .. } => "file_planned",
            BatchStarted => "batch_started",
            BatchExpected { .. } => "batch_expected",
            BatchProlonged { .. } => "batch_prolonged",
            BatchEnded { .. } => "batch_ended",
            FileMoved { .. } => "file_moved",
            FileSettled { .. } => "file_settled",
            FileRepaired { .. } => "file_repaired",
            FileCaptured { .. } => "file_captured",
            StatementStarted { .. } => "statement_started",
            StatementFinished { .. } => "statement_finished",
            StatementFailed { .. } => "statement_failed",
            StatementWaited { .. } => "statement_waited",
            StatementDecided { .. } => "statement_decided",
            TransactionCommitted { .. } => "transaction_committed",
            TransactionUndone { .. } => "transaction_undone",
            KeptDiscarded { .. } => "kept_discarded",
            UndoPlanned { .. } => "undo_planned",
            UndoFellShort { .. } => "undo_fell_short",
            UndoVerified { .. } => "undo_verified",
            RollbackOpened { .. } => "rollback_opened",
            RollbackStarted { .. } => "rollback_started",
            RollbackEnded { .. } => "rollback_ended",
            WindowWarned { .. } => "window_warned",
            WindowLapsed { .. } => "window_lapsed",
            DecisionAccepted { .. } => "decision_accepted",
            DecisionRefused { .. } => "decision_refused",
            ValidationRecorded { .. } => "validation_recorded",
            ChecksPassed { .. } => "checks_passed",
            CheckOverridden { .. } => "check_overridden",
            PlanOverridden { .. } => "plan_overridden",
            OverrideRefused { .. } => "override_refused",
            OutageEnded { .. } => "outage_ended",
            CrashHeld { .. } => "crash_held",
            CrashResumed { .. } => "crash_resumed",
            HoldPlaced { .. } => "hold_placed",
            HoldLifted { .. } => "hold_lifted",
            BreakpointSet { .. } => "breakpoint_set",
            BreakpointCleared { .. } => "breakpoint_cleared",
            StepGranted { .. } => "step_granted",
            CommandAccepted { .. } => "command_accepted",
            CommandRefused { .. } => "command_refused",
            CommandEffective { .. } => "command_effective",
            AlertRaised { .. } => "alert_raised",
            AlertChanged { .. } => "alert_changed",
            ChecklistTicked { .. } => "checklist_ticked",
            ProgressNoted { .. } => "progress_noted",
            ProbesMeasured { .. } => "probes_measured",
            BaselineTaken { .. } => "baseline_taken",
            LeaseTaken { .. } => "lease_taken",
            ServerChanged { .. } => "server_changed",
            ServerAccepted { .. } => "server_accepted",
            EphemeralPurged { .. } => "ephemeral_purged",
            LeaseReleased { .. } => "lease_released",
            FreezeChanged { .. } => "freeze_changed",
        }
    }

    /// The payload as it is journalled: the event as JSON with the format version `v`.
    ///
    /// # Errors
    /// Never for the kinds above; the type says so because serde_json does.
    pub fn to_payload(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Versioned<'a> {
            v: u32,
            #[serde(flatten)]
            kind: &'a EventKind,
        }
        serde_json::to_string(&Versioned { v: FORMAT_VERSION, kind: self })
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// When the JSON is not an event of this version.
    pub fn from_payload(payload: &str) -> Result<EventKind, serde_json::Error> {
        use serde::de::Error;
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            v: u32,
        }
        // Nearly always it stands in front, and reading the whole for it would take as long as reading the event.
        let in_front = payload.strip_prefix("{\"v\":").and_then(|rest| rest.split_once(',')?.0.trim().parse().ok());
        let v = match in_front {
            Some(v) => v,
            None => serde_json::from_str::<Version>(payload)?.v,
        };
        if v > FORMAT_VERSION {
            return Err(serde_json::Error::custom(format!(
                "the event has format {v}, and this Caribou reads up to {FORMAT_VERSION}: use the newer one"
            )));
        }
        serde_json::from_str(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phase;

    #[test]
    fn payload_there_and_back_with_its_tag() {
        let kind = EventKind::StatementFinished {
            file: FileId(7),
            statement: 2,
            phase: Phase::Forward,
            rows: 3,
            ms: 12,
            warnings: vec!["1366 Incorrect value".into()],
            fingerprint: "1:ab".into(),
            definitions: vec![("table t".to_owned(), None).into()],
            kept: Vec::new(),
        };
        let payload = kind.to_payload().unwrap();
        assert!(payload.contains(r#""v":1"#) && payload.contains(kind.name()), "{payload}");
        assert_eq!(EventKind::from_payload(&payload).unwrap(), kind);
        assert_eq!((kind.file(), kind.statement()), (Some(FileId(7)), Some(2)));
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let error = EventKind::from_payload(r#"{"v":9,"kind":"batch_started"}"#).unwrap_err().to_string();
        assert!(error.contains("format 9"), "{error}");
    }
}
