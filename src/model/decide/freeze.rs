//! The freeze: which step may follow, what a command about it comes to, and what a batch does without the freeze that its
//! policy asks for. The worker does what the steps say (`engine/freeze/`).

use super::context::Refusal;
use super::input::Draft;
use crate::model::{
    AlertId, AlertType, Batch, BatchId, Command, EventKind, FreezePolicy, FreezeStep, Hold, SystemStateId,
    SystemStatus, Verb, World,
};

/// Reason for a defect: only the worker's freeze answers these verbs.
pub(super) const OF_THE_SYSTEM: &str = "it is about the system, and was asked of a batch";

/// Title of the alert for a batch without the freeze that it needs.
const MISSING: &str = "no freeze";

/// The event of a step, if it may follow. A new freeze has a row of its own.
pub(super) fn stepped(world: &World, change: FreezeStep, operator: Option<String>) -> Result<Vec<Draft>, Refusal> {
    let from = world.system.system_status();
    if change.leads(from).is_none() {
        return Err(Refusal::Freeze { from });
    }
    let is_new = matches!(change, FreezeStep::Begun { .. });
    let state = SystemStateId(world.ids.state + i64::from(is_new));
    Ok(vec![Draft { batch: BatchId::SYSTEM, operator, kind: EventKind::FreezeChanged { state, change } }])
}

/// Reason why a command that freezes or thaws is refused before anything is tried.
pub(crate) fn refusal(world: &World, verb: &Verb) -> Option<String> {
    let stands = world.system.freeze.as_ref();
    match (verb, world.system.system_status()) {
        (Verb::Freeze, SystemStatus::Normal) => None,
        (Verb::Freeze, SystemStatus::Emergency) => {
            Some("the last freeze was lifted in an emergency; `caribou thaw` says that it is over".into())
        }
        (Verb::Freeze, status) => {
            let by = stands.map(|freeze| freeze.asked_by()).unwrap_or_default();
            Some(format!("the system is {status} already, by {by}"))
        }
        (Verb::Thaw { .. }, SystemStatus::Normal) => Some("the system is not frozen".into()),
        (Verb::Thaw { emergency: true }, SystemStatus::Emergency) => {
            Some("it was lifted in an emergency already".into())
        }
        _ => None,
    }
}

/// The answer to a command that freezes or thaws. Batches that are to run frozen pause when an operator thaws.
pub(super) fn answered(world: &World, command: Command, result: Result<(), String>) -> Vec<Draft> {
    let Command { id, operator, verb, reason, .. } = command;
    let by = |batch, kind| Draft { batch, operator: Some(operator.clone()), kind };
    if let Err(reason) = result {
        return vec![by(BatchId::SYSTEM, EventKind::CommandRefused { command: id, verb, reason })];
    }
    let thaws = matches!(verb, Verb::Thaw { .. });
    let mut all = vec![by(BatchId::SYSTEM, EventKind::CommandAccepted { command: id, verb, reason })];
    let needs_it = |batch: &&Batch| {
        thaws && batch.policy.freeze == FreezePolicy::Always && !batch.status.is_final() && batch.started_at.is_some()
    };
    let reason = format!("{operator} thawed the system, and this batch is to run frozen: resume freezes it again");
    for batch in world.batches.values().filter(needs_it).filter(|b| !b.holds.contains_key(&Hold::Paused)) {
        all.push(by(batch.id, EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason: reason.clone() }));
    }
    all.push(by(BatchId::SYSTEM, EventKind::CommandEffective { command: id }));
    all
}

/// The batch pauses, and people are told.
pub(super) fn missing(world: &World, batch: &Batch, reason: String) -> Vec<Draft> {
    let told = alert(world, MISSING, format!("batch {} is to run frozen, and cannot: {reason}", batch.id));
    if batch.holds.contains_key(&Hold::Paused) {
        return Vec::new();
    }
    let reason = format!("it is to run frozen, and cannot: {reason}");
    vec![Draft::new(batch.id, EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason }), told]
}

/// An alert of the system.
pub(super) fn alert(world: &World, title: &str, message: String) -> Draft {
    let raised = EventKind::alert(AlertId(world.ids.alert + 1), None, AlertType::Critical, title, message);
    Draft::new(BatchId::SYSTEM, raised)
}

#[cfg(test)]
mod tests {
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    fn batch_of(ledger: &mut Ledger, freeze: FreezePolicy) -> BatchId {
        let mut plan = submission(&[(FileType::Doctrine, 1, &[])]);
        plan.policy.freeze = freeze;
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        let batch = BatchId(ledger.world.ids.batch);
        ledger.give(Input::Turn { batch, file: FileId(1) });
        batch
    }

    fn ask(verb: Verb) -> Command {
        Command {
            id: CommandId(9),
            batch: BatchId::SYSTEM,
            operator: "ana@%".into(),
            verb,
            reason: None,
            expects: Expectation::default(),
            submission: None,
        }
    }

    fn begun() -> FreezeStep {
        FreezeStep::Begun {
            means: FreezeMeans::ReadOnly,
            reason: "importer".into(),
            batch: None,
            token: Token(1),
            holder: "w".into(),
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_way_on() {
        let mut ledger = Ledger::default();
        let why = |ledger: &Ledger, verb: Verb| freeze_refusal(&ledger.world, &verb).unwrap_or_default();
        let thaw = Verb::Thaw { emergency: false };
        assert_eq!(why(&ledger, Verb::Freeze), "");
        assert!(why(&ledger, thaw.clone()).contains("not frozen"));
        let step = |change| Input::FreezeStepped { change, operator: Some("ana@%".into()) };
        ledger.give(step(begun()));
        assert!(why(&ledger, Verb::Freeze).contains("frozen already, by ana@%"));
        assert_eq!(why(&ledger, thaw.clone()), "");
        let again = decide(&ledger.world, step(begun())).unwrap_err();
        assert!(again.to_string().contains("frozen"), "{again}");
        ledger.give(step(FreezeStep::Overridden { reason: "stuck".into() }));
        assert!(why(&ledger, Verb::Freeze).contains("emergency"));
        assert!(why(&ledger, Verb::Thaw { emergency: true }).contains("already"));
        ledger.give(step(FreezeStep::EmergencyEnded { reason: "over".into() }));
        // The next freeze has a row of its own.
        ledger.give(step(begun()));
        assert_eq!(ledger.world.system.freeze.as_ref().map(|f| f.state), Some(SystemStateId(2)));
    }

    #[test]
    fn whoever_thaws_pauses_what_is_to_run_frozen() {
        let mut ledger = Ledger::default();
        let id = batch_of(&mut ledger, FreezePolicy::Always);
        ledger.give(Input::FreezeAnswered { command: ask(Verb::Thaw { emergency: false }), result: Ok(()) });
        let held = ledger.world.batch(id).unwrap().holds.get(&Hold::Paused).cloned().unwrap_or_default();
        assert!(held.contains("ana@%"), "{held}");
        let refused = Input::FreezeAnswered { command: ask(Verb::Freeze), result: Err("a writer is open".into()) };
        let drafts = decide(&ledger.world, refused).unwrap();
        assert!(matches!(&drafts[0].kind, EventKind::CommandRefused { reason, .. } if reason.contains("writer")));
    }

    #[test]
    fn without_its_freeze_a_batch_pauses_once_and_says_so() {
        let mut ledger = Ledger::default();
        let batch = batch_of(&mut ledger, FreezePolicy::Always);
        let missing = || Input::FreezeMissing { batch, reason: "read_only stood before".into() };
        ledger.give(missing());
        assert!(ledger.world.batch(batch).unwrap().holds[&Hold::Paused].contains("read_only stood before"));
        assert_eq!(ledger.world.system.alerts.len(), 1);
        assert_eq!(decide(&ledger.world, missing()).unwrap(), []);
    }
}
