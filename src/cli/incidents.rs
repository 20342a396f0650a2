//! What befell a batch beside its files' own ends: times without a worker, and an abort. Read from its journal.

use super::output::{count, safe, took};
use crate::model::{Batch, BatchStatus, Event, EventKind, FileState, Outage, Outcome, Verb};
use crate::store::{Reader, Result};
use serde::Serialize;

/// Outages that are told; there may be many of a batch that was held for days.
const TOLD: usize = 3;

const OUTAGE: &str = "outage";

/// Something that befell a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Incident {
    /// `outage` or `abort`.
    pub what: &'static str,
    /// When it began.
    pub since: String,
    /// When a worker had the batch again, or the abort was accepted.
    pub at: String,
    /// The account that aborted, or the worker that was missed.
    pub by: Option<String>,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// What came of it, and what is left, in words.
    pub said: String,
}

/// What befell a batch, if there is one, the oldest first; of its outages the last few.
///
/// # Errors
/// The database's.
pub(crate) async fn of_batch(reader: &mut Reader, batch: Option<&Batch>) -> Result<Vec<Incident>> {
    let Some(batch) = batch else { return Ok(Vec::new()) };
    let events = reader.batch_events(batch.id, &["outage_ended", "command_accepted"]).await?;
    let mut incidents: Vec<Incident> = events.iter().filter_map(|event| told(batch, event)).collect();
    let outages = incidents.iter().filter(|incident| incident.what == OUTAGE).count();
    let mut old = outages.saturating_sub(TOLD);
    incidents.retain(|incident| {
        let is_old = incident.what == OUTAGE && old > 0;
        old -= usize::from(is_old);
        !is_old
    });
    Ok(incidents)
}

fn told(batch: &Batch, event: &Event) -> Option<Incident> {
    let at = event.at.to_rfc3339();
    match &event.kind {
        EventKind::OutageEnded { outage } => Some(Incident {
            what: OUTAGE,
            since: outage.since.to_rfc3339(),
            at,
            by: Some(outage.holder.clone()),
            reason: None,
            said: self::outage(batch, outage, event),
        }),
        EventKind::CommandAccepted { verb: Verb::Abort { keep_completed }, reason, .. } => {
            let who = event.operator.as_deref().unwrap_or("somebody");
            let why = reason.as_deref().map_or_else(String::new, |why| format!(": {}", safe(why)));
            let left = left(batch, *keep_completed);
            Some(Incident {
                what: "abort",
                since: at.clone(),
                said: format!("Aborted by {} at {at}{why}.\n  {left}", safe(who)),
                at,
                by: event.operator.clone(),
                reason: reason.clone(),
            })
        }
        _ => None,
    }
}

/// An outage, in a line or two: since when, who was missed, what is held and what goes on.
pub(crate) fn outage(batch: &Batch, outage: &Outage, event: &Event) -> String {
    let away = took(event.at.since(outage.since));
    let then = outage.consequence(batch, safe);
    format!(
        "Outage of {away}, {} to {}: {}.\n  {then}; {}.",
        outage.since.to_rfc3339(),
        event.at.to_rfc3339(),
        safe(&outage.what()),
        Outage::goes_on(batch)
    )
}

/// What an abort has done so far, and what is left of it.
fn left(batch: &Batch, keep_completed: bool) -> String {
    let files = |n: usize| count(n as u64, "file");
    let number = |is: &dyn Fn(&crate::model::File) -> bool| batch.in_order().filter(|file| is(file)).count();
    let undone = number(&|f| f.outcome == Some(Outcome::RolledBack));
    let failed = number(&|f| f.state == FileState::Failed);
    let running = number(&|f| f.running.is_some() && f.state == FileState::Migrating);
    let under_way = batch.active.len() - running;
    let waiting = match batch.status.is_final() {
        true => 0,
        false if keep_completed => 0,
        false => batch.completed as usize,
    };
    let mut parts = Vec::new();
    let mut part = |n: usize, then: &str| {
        if n > 0 {
            parts.push(format!("{} {then}", files(n)));
        }
    };
    part(running, "being stopped");
    part(under_way, "being undone");
    part(waiting, "completed, still to be undone");
    part(undone, "undone");
    part(failed, "failed, a person is needed");
    let kept = batch.completed as usize - waiting;
    part(kept, if keep_completed { "completed, kept as was asked" } else { "completed, as they were" });
    if parts.is_empty() {
        parts.push("nothing had run, and nothing is left".to_owned());
    }
    let end = match batch.status {
        BatchStatus::Pending | BatchStatus::Running => "Under way",
        _ => "Ended",
    };
    format!("{end}: {}.", parts.join("; "))
}

/// The same for people, below the batch; empty where nothing befell it.
pub(crate) fn lines(incidents: &[Incident]) -> String {
    incidents.iter().map(|incident| format!("{}\n", incident.said)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::{BatchId, CommandId, Millis, Seq};

    fn event(kind: EventKind) -> Event {
        Event { batch: BatchId(1), seq: Seq(9), at: Millis(1_700_000_021_000), operator: Some("ana@%".into()), kind }
    }

    #[test]
    fn an_outage_says_since_when_and_what_goes_on() {
        let ledger = sample::half_way();
        let batch = ledger.world.batches.values().next().expect("a batch");
        let outage = Outage::found(batch, Millis(1_700_000_000_000), "w1@db", "w1@db");
        let said = told(batch, &event(EventKind::OutageEnded { outage })).expect("an incident").said;
        assert!(said.starts_with("Outage of 21"), "{said}");
        assert!(said.contains("its worker w1@db was cut off from the server"), "{said}");
        assert!(said.contains("the batch"), "{said}");
    }

    #[test]
    fn an_abort_says_who_when_why_and_what_is_left() {
        let ledger = sample::half_way();
        let batch = ledger.world.batches.values().next().expect("a batch");
        let verb = Verb::Abort { keep_completed: false };
        let accepted = EventKind::CommandAccepted { command: CommandId(3), verb, reason: Some("too slow".into()) };
        let said = told(batch, &event(accepted)).expect("an incident").said;
        assert!(said.contains("Aborted by ana@% at 2023-11-14T22:13:41") && said.contains(": too slow."), "{said}");
        assert!(said.contains("Under way: "), "{said}");
    }
}
