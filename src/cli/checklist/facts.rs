//! Findings that the items are judged by, as the journal tells them.

use super::answering;
use super::items::Facts;
use crate::cli::frozen::Frozen;
use crate::cli::warned;
use crate::model::{
    AlertStatus, Batch, BatchId, EventKind, FileType, Freeze, Millis, Outcome, ValidationPhase, ValidationStatus,
    hook_alert_title,
};
use crate::store::{Reader, Result, Sums};

/// Adds what is of no batch: the worker, hooks that fail, the freeze.
///
/// # Errors
/// The database's.
pub(crate) async fn of_journal(reader: &mut Reader, facts: &mut Facts) -> Result<()> {
    facts.worker = reader.lease().await?.filter(|lease| lease.is_held()).map(|lease| lease.holder);
    if facts.worker.is_some()
        && let Some(at) = reader.metrics_at().await?
    {
        facts.metrics = Some(answering::answer(&at).await);
    }
    let alerts = reader.alerts(Some(BatchId::SYSTEM)).await?;
    let is_open = |title: &str| alerts.iter().any(|a| a.title == title && a.status != AlertStatus::Resolved);
    facts.broken_hooks = facts.hooks.iter().map(|hook| hook_alert_title(hook)).filter(|title| is_open(title)).collect();
    if !reader.is_legacy() {
        facts.frozen = Frozen::read(reader, facts.worker.is_some()).await?;
    }
    Ok(())
}

/// Adds what is of a batch.
///
/// # Errors
/// The database's.
pub(crate) async fn of_batch(reader: &mut Reader, batch: &Batch, facts: &mut Facts) -> Result<()> {
    facts.open = !batch.status.is_final();
    facts.status = Some(batch.status).filter(|status| status.is_final());
    if let Some(ran) = batch.started_at.zip(batch.completed_at).filter(|_| facts.status.is_some()) {
        facts.was_frozen = was_frozen(reader.last_freeze().await?.as_ref(), batch.id, ran);
    }
    facts.validations = batch.validations;
    facts.warned = warned::lines(&warned::of_batch(reader, Some(batch)).await?);
    facts.irreversible = batch.files.coverage().none;
    let rehearsed = reader.settings().await?.rehearsed();
    facts.rehearsed = rehearsed.filter(|r| r.plan == batch.plan.0).map(|r| r.passed);
    if facts.status.is_some() {
        measured(reader, batch, facts).await?;
        let of_docs = batch.briefs().filter(|file| file.facts.file_type == FileType::Documentation);
        let done = of_docs.filter(|file| file.facts.outcome == Some(Outcome::Completed));
        facts.documents = stamped(&done.map(|file| file.path).collect::<Vec<_>>());
    }
    Ok(())
}

/// The same of a batch of very many files, from what is counted where they stand.
///
/// # Errors
/// The database's.
pub(crate) async fn of_sums(reader: &mut Reader, batch: &Batch, sums: &Sums, facts: &mut Facts) -> Result<()> {
    of_batch(reader, batch, facts).await?;
    facts.irreversible = sums.irreversible;
    if facts.status.is_some() {
        facts.documents = stamped(&sums.documents.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(())
}

/// Results of checks that are looked through, the gravest and newest first.
const RESULTS: usize = 1_000;

/// What was measured at the end of a batch: its baseline, and its probes against those before it.
async fn measured(reader: &mut Reader, batch: &Batch, facts: &mut Facts) -> Result<()> {
    let (mut after, mut baseline) = (0, None);
    for event in reader.measurements_of(batch.id).await? {
        match event.kind {
            EventKind::BaselineTaken { baseline: taken } => baseline = Some(taken),
            EventKind::ProbesMeasured { phase: ValidationPhase::Post, probes } => {
                after = probes.iter().filter(|probe| probe.median_us().is_some()).count();
            }
            _ => {}
        }
    }
    facts.baseline = baseline.map(|taken| {
        let (tables, counters) = (taken.tables.len(), taken.counters.len());
        format!("{tables} tables and {counters} counters of the server were measured at the batch's end")
    });
    if after == 0 {
        return Ok(());
    }
    let results = reader.check_results(batch.id, RESULTS).await?;
    let mut slower = results.iter().map(|(row, _)| row).filter(|row| {
        row.check == "performance_probe" && row.phase == ValidationPhase::Post && row.status != ValidationStatus::Passed
    });
    facts.probes = Some(match slower.next() {
        Some(row) => (false, row.result.lines().next().unwrap_or_default().to_owned()),
        None => (true, format!("{after} probes were measured, and none is slower than before")),
    });
    Ok(())
}

/// Documents that the batch has stamped; nothing where it has none.
fn stamped(paths: &[&str]) -> Option<String> {
    (!paths.is_empty()).then(|| format!("stamped with their epoch: {}", paths.join(", ")))
}

/// Whether the last freeze kept others from writing while a batch ran, with the evidence; `None` where one before it may
/// have.
fn was_frozen(last: Option<&Freeze>, batch: BatchId, (began, ended): (Millis, Millis)) -> Option<(bool, String)> {
    let never = || Some((false, "nobody was kept from writing".to_owned()));
    let Some(freeze) = last else { return never() };
    match () {
        () if freeze.batch == Some(batch) => {}
        () if freeze.since > ended => return None,
        () if freeze.stands() || freeze.updated >= began => {}
        () => return never(),
    }
    let until = match freeze.stands() {
        true => "and it still stands".to_owned(),
        false => format!("until {}", freeze.updated.to_rfc3339()),
    };
    let words =
        format!("the last freeze stood from {} {until}: {}", freeze.since.to_rfc3339(), freeze.means.sentence());
    Some((freeze.means.is_enforced(), words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FreezeMeans, SystemStateId, SystemStatus, Token};

    fn freeze(since: i64, updated: i64, status: SystemStatus) -> Freeze {
        Freeze {
            state: SystemStateId(1),
            status,
            means: FreezeMeans::ReadOnly,
            reason: String::new(),
            by: None,
            batch: None,
            token: Token(1),
            holder: String::new(),
            since: Millis(since),
            proof: None,
            reach: Vec::new(),
            ended: None,
            updated: Millis(updated),
        }
    }

    #[test]
    fn a_freeze_is_told_of_a_batch_that_it_covered() {
        let told = |freeze: Option<&Freeze>| Some(was_frozen(freeze, BatchId(4), (Millis(1_000), Millis(2_000)))?.0);
        let (thawed, frozen) = (SystemStatus::Normal, SystemStatus::Frozen);
        assert_eq!(told(None), Some(false));
        assert_eq!(told(Some(&freeze(500, 700, thawed))), Some(false));
        assert_eq!(told(Some(&freeze(500, 1_500, thawed))), Some(true));
        assert_eq!(told(Some(&freeze(500, 700, frozen))), Some(true));
        assert_eq!(told(Some(&freeze(3_000, 3_500, thawed))), None, "one before it may have");
        let asked = Freeze { batch: Some(BatchId(4)), ..freeze(3_000, 3_000, thawed) };
        assert_eq!(told(Some(&asked)), Some(true));
        let word = Freeze { means: FreezeMeans::Advisory, ..asked };
        assert_eq!(told(Some(&word)), Some(false), "it stopped nobody");
    }
}
