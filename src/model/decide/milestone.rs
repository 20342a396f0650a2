//! Milestones of a batch, told as alerts of type info, and the time that it may take.

use super::input::Draft;
use crate::model::{
    AlertId, AlertPolicy, AlertStatus, AlertType, Batch, BatchId, BatchStatus, EventKind, Ids, Lapse, World,
};

/// Adds to a decision what follows from its events for those who are told: a batch that starts is timed, one that ends
/// is prolonged no more, and where the policy says so each milestone is an alert.
pub(super) fn marked(world: &World, drafts: Vec<Draft>) -> Vec<Draft> {
    let mut ids = world.ids;
    for draft in &drafts {
        if let EventKind::AlertRaised { alert, .. } = &draft.kind {
            Ids::saw(&mut ids.alert, alert.0);
        }
    }
    let mut added = Vec::new();
    for draft in &drafts {
        // A plan of many files is as many drafts: only what matters is looked up.
        use EventKind::{BatchEnded, BatchStarted, WindowLapsed};
        let matters = matches!(draft.kind, BatchStarted | BatchEnded { .. } | WindowLapsed { .. });
        let Some(policy) = matters.then(|| policy(world, &drafts, draft.batch)).flatten() else { continue };
        match &draft.kind {
            // What was taken over has ended at once.
            EventKind::BatchStarted if !ends(&drafts, draft.batch) => {
                added.push(Draft::new(draft.batch, EventKind::BatchExpected { within: policy.prolonged }));
            }
            EventKind::BatchEnded { .. } => added.extend(world.batch(draft.batch).and_then(no_longer)),
            _ => {}
        }
        if let Some((title, message)) = told(draft).filter(|_| policy.milestones) {
            let alert = AlertId(Ids::take(&mut ids.alert));
            added.push(Draft::new(draft.batch, milestone(alert, title, message)));
        }
    }
    drafts.into_iter().chain(added).collect()
}

/// The policy of a batch, which may be one that only begins.
fn policy(world: &World, drafts: &[Draft], batch: BatchId) -> Option<AlertPolicy> {
    let begun = drafts.iter().filter(|draft| draft.batch == batch).find_map(|draft| match &draft.kind {
        EventKind::BatchCreated { policy, .. } => policy.alerts,
        _ => None,
    });
    begun.or_else(|| world.batch(batch)?.policy.alerts)
}

fn ends(drafts: &[Draft], batch: BatchId) -> bool {
    drafts.iter().rev().any(|draft| draft.batch == batch && matches!(draft.kind, EventKind::BatchEnded { .. }))
}

/// The alert about a prolonged batch is over with the batch.
fn no_longer(batch: &Batch) -> Option<Draft> {
    let alert = batch.alerts.get(&batch.prolonged?).filter(|alert| alert.status != AlertStatus::Resolved)?;
    let (status, level) = (AlertStatus::Resolved, alert.level);
    let changed = EventKind::AlertChanged { alert: alert.id, status, level, alert_type: None, timer: None };
    Some(Draft::new(batch.id, changed))
}

/// Nobody has to do anything about it.
fn milestone(alert: AlertId, title: String, message: String) -> EventKind {
    let (alert_type, status) = (AlertType::Info, AlertStatus::Resolved);
    EventKind::AlertRaised { alert, file: None, alert_type, title, message, status, level: 0, timer: None }
}

/// A milestone in words: its title, and what there is to say of it.
fn told(draft: &Draft) -> Option<(String, String)> {
    let batch = draft.batch;
    let (title, message) = match &draft.kind {
        EventKind::BatchStarted => (format!("batch {batch} has started"), String::new()),
        EventKind::BatchEnded { status, reason } => {
            let word = match status {
                BatchStatus::Completed => "has completed",
                BatchStatus::RolledBack => "is rolled back",
                _ => "has ended, and is not complete",
            };
            (format!("batch {batch} {word}"), reason.clone().unwrap_or_default())
        }
        EventKind::WindowLapsed { rollback, then, reason } => {
            let then = match then {
                Lapse::Keep => "the files stay",
                Lapse::Escalate => "a person has to look",
                Lapse::Rollback => "the rollback begins",
            };
            (format!("the window of rollback {rollback} has lapsed: {then}"), reason.clone().unwrap_or_default())
        }
        _ => return None,
    };
    Some((title, message))
}

#[cfg(test)]
mod tests {
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    const BATCH: BatchId = BatchId(1);
    const HOUR: u64 = 3_600_000;

    fn policy(milestones: bool) -> AlertPolicy {
        AlertPolicy { prolonged: HOUR, rises: HOUR / 4, ack_expires: 4 * HOUR, milestones }
    }

    fn started(milestones: bool) -> Ledger {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Doctrine, 1, &[])]);
        plan.policy.alerts = Some(policy(milestones));
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        ledger.give(Input::Turn { batch: BATCH, file: FileId(1) });
        ledger
    }

    /// The next job, as the store keeps them, and when it is due.
    fn jobs(ledger: &Ledger) -> Vec<Job> {
        let mut pending: std::collections::BTreeMap<i64, Job> = Default::default();
        for change in ledger.events.iter().flat_map(job_changes) {
            match change {
                JobChange::Set(job) => drop(pending.insert(Job::key(job.subject, job.kind), job)),
                JobChange::Done(key) => drop(pending.remove(&key)),
                JobChange::Cancelled(subject) => pending.retain(|_, job| job.subject != subject),
            }
        }
        pending.into_values().collect()
    }

    /// Time passes until the only job that is pending is due, and it is done; how long that took.
    fn until_due(ledger: &mut Ledger) -> u64 {
        let pending = jobs(ledger);
        let [Job { batch, subject, kind, due }] = pending.as_slice() else { panic!("{pending:?}") };
        let wait = due.since(ledger.now());
        ledger.pass(wait);
        let now = ledger.now();
        ledger.give(Input::Due { batch: *batch, subject: *subject, kind: *kind, now });
        wait
    }

    fn alert(ledger: &Ledger) -> &Alert {
        let batch = &ledger.world.batches[&BATCH];
        &batch.alerts[&batch.prolonged.expect("an alert about the time")]
    }

    fn stands(ledger: &Ledger) -> (AlertStatus, u32, AlertType) {
        let alert = alert(ledger);
        (alert.status, alert.level, alert.alert_type)
    }

    fn says(ledger: &mut Ledger, to: AlertStatus) {
        let verb = Verb::Alert { alert: alert(ledger).id, to };
        ledger.give(Input::Commanded(Command {
            id: CommandId(1),
            batch: BATCH,
            operator: "ben@%".into(),
            verb,
            reason: None,
            expects: Expectation::default(),
            submission: None,
        }));
    }

    #[test]
    fn a_prolonged_batch_rises_level_by_level_until_somebody_acknowledges_it() {
        let mut ledger = started(false);
        assert!(until_due(&mut ledger) > HOUR - 60_000);
        assert_eq!(stands(&ledger), (AlertStatus::New, 1, AlertType::Warning));
        assert!(until_due(&mut ledger) > HOUR / 4 - 60_000);
        assert_eq!(stands(&ledger), (AlertStatus::Escalated, 2, AlertType::Warning));
        until_due(&mut ledger);
        assert_eq!(stands(&ledger), (AlertStatus::Escalated, 3, AlertType::Critical));
        assert_eq!(jobs(&ledger), [], "there is no level beyond the highest");
        says(&mut ledger, AlertStatus::Acknowledged);
        assert!(until_due(&mut ledger) > 4 * HOUR - 60_000, "an acknowledgement lasts");
        assert_eq!(stands(&ledger), (AlertStatus::New, 3, AlertType::Critical), "and then it fires again");
    }

    #[test]
    fn what_is_acknowledged_rises_no_more_and_fires_again_where_it_stood() {
        let mut ledger = started(false);
        until_due(&mut ledger);
        says(&mut ledger, AlertStatus::Acknowledged);
        assert_eq!(jobs(&ledger).iter().map(|job| job.kind).collect::<Vec<_>>(), [JobKind::AckExpires]);
        until_due(&mut ledger);
        assert_eq!(stands(&ledger), (AlertStatus::New, 1, AlertType::Warning));
        until_due(&mut ledger);
        assert_eq!(stands(&ledger).1, 2, "nobody answered: it rises again");
        says(&mut ledger, AlertStatus::Resolved);
        assert_eq!(jobs(&ledger), []);
    }

    #[test]
    fn the_end_of_the_batch_ends_its_alert_and_its_jobs() {
        let mut ledger = started(false);
        until_due(&mut ledger);
        ledger.give(Input::Exhausted { batch: BATCH });
        assert_eq!(stands(&ledger).0, AlertStatus::Resolved);
        assert_eq!(jobs(&ledger), []);
        let (before, after) = (ledger.events.clone(), ledger.reread());
        assert_eq!(before, after, "every event is read as it was written");
    }

    #[test]
    fn milestones_are_alerts_that_nobody_has_to_answer() {
        let mut ledger = started(true);
        ledger.give(Input::Exhausted { batch: BATCH });
        let told: Vec<(String, AlertType, AlertStatus)> =
            ledger.world.batches[&BATCH].alerts.values().map(|a| (a.title.clone(), a.alert_type, a.status)).collect();
        let info = |title: &str| (title.to_owned(), AlertType::Info, AlertStatus::Resolved);
        assert_eq!(told, [info("batch 1 has started"), info("batch 1 is rolled back")]);
        assert!(started(false).world.batches[&BATCH].alerts.is_empty());
    }

    #[test]
    fn what_stands_about_the_system_is_one_alert_until_it_is_over() {
        let hook = |trouble| Input::HookTold { hook: "ops".into(), trouble };
        let step = |trouble| Input::InStepTold { tool: "dbmate".into(), trouble };
        let mut ledger = Ledger::default();
        for (of, input) in [("ops", &hook as &dyn Fn(Option<String>) -> Input), ("dbmate", &step)] {
            let before = ledger.events.len();
            let mut told = |trouble: Option<&str>| {
                ledger.give(input(trouble.map(str::to_owned)));
                let open = ledger.world.system.alerts.values().filter(|a| a.status == AlertStatus::New);
                (ledger.events.len() - before, open.filter(|a| a.title.contains(of)).count())
            };
            assert_eq!(told(None), (0, 0));
            assert_eq!(told(Some("refused")), (1, 1));
            assert_eq!(told(Some("refused")), (1, 1), "told once");
            assert_eq!(told(None), (2, 0));
            assert_eq!(told(Some("refused")), (3, 1));
        }
    }
}
