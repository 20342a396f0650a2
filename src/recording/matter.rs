//! Events that matter: those that a replay stops at when somebody asks for the next one.

use crate::model::{
    AlertStatus, AlertType, BatchStatus, Event, EventKind, FileState, FreezeStep, Millis, RollbackStatus, Verdict,
};
use serde::{Deserialize, Serialize};

/// The sort of something that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterKind {
    Started,
    Failed,
    /// It waited for somebody's lock.
    Waited,
    /// A hold, a breakpoint, a crash: it does not move by itself.
    Held,
    /// Others are kept from writing, or are not any more.
    Freeze,
    /// A window opened: somebody is to decide.
    Window,
    /// An operator commanded or decided.
    Operator,
    Undoing,
    Undone,
    Alert,
    Completed,
}

/// An event that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// Its number, from 0: it has happened once so many events and one more are applied.
    pub event: u64,
    pub at: Millis,
    pub kind: MatterKind,
    /// One to three words, e.g. "failed", "approve".
    pub words: String,
}

/// What matters about an event, if it does.
pub fn matter(event: &Event, number: u64) -> Option<Matter> {
    let (kind, words) = judged(&event.kind, event.operator.is_some())?;
    Some(Matter { event: number, at: event.at, kind, words })
}

fn judged(kind: &EventKind, asked: bool) -> Option<(MatterKind, String)> {
    use EventKind::*;
    let (kind, words) = match kind {
        BatchStarted => (MatterKind::Started, "begin".to_owned()),
        StatementFailed { .. } => (MatterKind::Failed, "failed".into()),
        StatementWaited { attempt: 1, .. } => (MatterKind::Waited, "lock".into()),
        UndoFellShort { .. } => (MatterKind::Failed, "undo fell short".into()),
        FileMoved { to: FileState::Failed, .. } => (MatterKind::Failed, "needs a person".into()),
        FileMoved { to: FileState::RollingBack, .. } => (MatterKind::Undoing, "undo".into()),
        FileMoved { from: FileState::RollingBack, to: FileState::Idle, .. } => (MatterKind::Undone, "undone".into()),
        HoldPlaced { hold, .. } => (MatterKind::Held, hold.as_str().replace('_', " ")),
        BreakpointSet { .. } => (MatterKind::Held, "breakpoint".into()),
        CrashHeld { .. } => (MatterKind::Held, "crash".into()),
        OutageEnded { .. } => (MatterKind::Held, "outage".into()),
        FreezeChanged { change, .. } => (MatterKind::Freeze, freeze(change)?.into()),
        RollbackOpened { class, window: Some(_), .. } => (MatterKind::Window, format!("window {}", class.as_str())),
        RollbackEnded { status: RollbackStatus::Failed, .. } => (MatterKind::Failed, "rollback failed".into()),
        WindowLapsed { .. } => (MatterKind::Window, "lapsed".into()),
        DecisionAccepted { verdict, .. } => {
            let words = if *verdict == Verdict::Approve { "approved" } else { "rejected" };
            (MatterKind::Operator, words.into())
        }
        // One that a command lets pass is told by the command.
        CheckOverridden { decision: Some(_), .. } => (MatterKind::Operator, "let pass".into()),
        CommandAccepted { verb, .. } if asked => (MatterKind::Operator, verb.name().into()),
        FileSettled { .. } => (MatterKind::Operator, "settled".into()),
        FileRepaired { .. } => (MatterKind::Operator, "repaired".into()),
        AlertRaised { alert_type, status: AlertStatus::New, .. } if *alert_type != AlertType::Info => {
            (MatterKind::Alert, "alert".into())
        }
        BatchEnded { status, .. } => match status {
            BatchStatus::Completed => (MatterKind::Completed, "completed".into()),
            BatchStatus::RolledBack => (MatterKind::Undone, "rolled back".into()),
            _ => (MatterKind::Failed, "batch failed".into()),
        },
        _ => return None,
    };
    Some((kind, words))
}

fn freeze(step: &FreezeStep) -> Option<&'static str> {
    match step {
        FreezeStep::Begun { .. } => Some("freeze"),
        FreezeStep::Thawed { .. } => Some("thaw"),
        FreezeStep::Overridden { .. } => Some("thaw by hand"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, DecisionId, FileId, Seq};

    #[test]
    fn what_an_approver_lets_pass_matters_and_the_same_of_a_command_is_told_once() {
        let told = |decision| {
            let (check, reason) = ("names".to_owned(), "agreed".to_owned());
            let kind = EventKind::CheckOverridden { file: FileId(1), check, reason, decision };
            let event = Event { batch: BatchId(1), seq: Seq(1), at: Millis(1), operator: Some("bea@%".into()), kind };
            matter(&event, 0).map(|matter| matter.words)
        };
        assert_eq!(told(Some(DecisionId(5))).as_deref(), Some("let pass"));
        assert_eq!(told(None), None);
    }
}
