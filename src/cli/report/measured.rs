//! What was measured around a batch, held against what earlier batches measured.

use crate::model::{Baseline, Event, EventKind, MeasuredProbe, TableSize, ValidationPhase};
use serde::Serialize;

/// A probe before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProbeReport {
    pub name: String,
    /// Median in milliseconds; null where it was not measured.
    pub before_ms: Option<f64>,
    pub after_ms: Option<f64>,
    /// After to before.
    pub ratio: Option<f64>,
    pub runs: u32,
    /// Reason why it was not measured.
    pub failed: Option<String>,
    /// The last batch before that measured it, and its median then.
    pub earlier: Option<EarlierProbe>,
}

/// Median of a probe after an earlier batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EarlierProbe {
    pub batch: i64,
    pub ms: f64,
}

/// The baseline of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BaselineReport {
    pub counters: Vec<CounterReport>,
    pub tables: Vec<TableReport>,
    pub not_measured: Vec<String>,
}

/// A counter of the server, and what it was at the baseline before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CounterReport {
    pub name: String,
    pub value: u64,
    pub earlier: Option<EarlierValue>,
}

/// A table's size, and what it was when an earlier batch changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TableReport {
    pub table: String,
    pub bytes: u64,
    /// As the server estimates them; null where it keeps no estimate.
    pub rows: Option<u64>,
    pub earlier: Option<EarlierValue>,
}

/// A value at the end of an earlier batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EarlierValue {
    pub batch: i64,
    pub value: u64,
}

/// The probes of a batch. `earlier` is what batches before measured, the newest first.
pub(super) fn probes(events: &[Event], earlier: &[Event]) -> Vec<ProbeReport> {
    let (before, after) = (last(events, ValidationPhase::Pre), last(events, ValidationPhase::Post));
    let find = |name: &str| after.iter().find(|one| one.probe.name == name);
    before.iter().map(|was| probe(was, find(&was.probe.name), earlier)).collect()
}

/// The probes that were measured last in a phase.
fn last(events: &[Event], wanted: ValidationPhase) -> &[MeasuredProbe] {
    let measured = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::ProbesMeasured { phase, probes } if *phase == wanted => Some(probes.as_slice()),
        _ => None,
    });
    measured.unwrap_or_default()
}

fn probe(was: &MeasuredProbe, now: Option<&MeasuredProbe>, earlier: &[Event]) -> ProbeReport {
    let (before, after) = (median(was), now.and_then(median));
    let failed = was.failed.as_ref().or(now.and_then(|now| now.failed.as_ref()));
    let of_earlier = earlier.iter().find_map(|event| {
        let EventKind::ProbesMeasured { phase: ValidationPhase::Post, probes } = &event.kind else { return None };
        let same = probes.iter().find(|one| one.probe.name == was.probe.name && one.probe.sql == was.probe.sql)?;
        Some(EarlierProbe { batch: event.batch.0, ms: median(same)? })
    });
    ProbeReport {
        name: was.probe.name.clone(),
        before_ms: before,
        after_ms: after,
        ratio: before.zip(after).filter(|(before, _)| *before > 0.0).map(|(before, after)| rounded(after / before)),
        runs: was.probe.runs,
        failed: failed.map(|failure| failure.message.clone()),
        earlier: of_earlier,
    }
}

fn median(measured: &MeasuredProbe) -> Option<f64> {
    Some(measured.median_us()? as f64 / 1000.0)
}

/// To two decimals.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The baseline that a batch took, if it did.
pub(super) fn baseline(events: &[Event], earlier: &[Event]) -> Option<BaselineReport> {
    let taken = events.iter().rev().find_map(of)?;
    let before: Vec<(i64, &Baseline)> = earlier.iter().filter_map(|event| Some((event.batch.0, of(event)?))).collect();
    let counter = |(name, value): (&String, &u64)| CounterReport {
        name: name.clone(),
        value: *value,
        earlier: before
            .first()
            .and_then(|(batch, one)| one.counters.get(name).map(|value| EarlierValue { batch: *batch, value: *value })),
    };
    let table = |size: &TableSize| TableReport {
        table: size.table.clone(),
        bytes: size.bytes,
        rows: size.rows,
        earlier: before.iter().find_map(|(batch, one)| {
            let then = one.tables.iter().find(|then| then.table == size.table)?;
            Some(EarlierValue { batch: *batch, value: then.bytes })
        }),
    };
    Some(BaselineReport {
        counters: taken.counters.iter().map(counter).collect(),
        tables: taken.tables.iter().map(table).collect(),
        not_measured: taken.not_measured.clone(),
    })
}

fn of(event: &Event) -> Option<&Baseline> {
    match &event.kind {
        EventKind::BaselineTaken { baseline } => Some(baseline),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Millis, Probe, Seq};

    fn event(batch: i64, kind: EventKind) -> Event {
        Event { batch: BatchId(batch), seq: Seq(1), at: Millis(0), operator: None, kind }
    }

    fn measured(batch: i64, phase: ValidationPhase, us: u64) -> Event {
        let probe = Probe { name: "p".into(), sql: "SELECT 1".into(), tables: Vec::new(), max_ratio: 1.5, runs: 3 };
        let probes = vec![MeasuredProbe { us: vec![us; 3], ..MeasuredProbe::new(probe) }];
        event(batch, EventKind::ProbesMeasured { phase, probes })
    }

    fn sized(batch: i64, tables: &[(&str, u64)]) -> Event {
        let size = |(table, bytes): &(&str, u64)| TableSize { table: (*table).into(), bytes: *bytes, rows: None };
        let baseline = Baseline {
            counters: [("Questions".to_owned(), batch.unsigned_abs() * 100)].into(),
            tables: tables.iter().map(size).collect(),
            not_measured: Vec::new(),
        };
        event(batch, EventKind::BaselineTaken { baseline: Box::new(baseline) })
    }

    #[test]
    fn each_table_is_held_against_the_last_batch_that_changed_it() {
        let earlier = [sized(4, &[("other", 7)]), sized(3, &[("t", 120)]), sized(2, &[("t", 60)])];
        let report = baseline(&[sized(5, &[("new", 1), ("t", 480)])], &earlier).expect("a baseline");
        assert_eq!(report.tables[0].earlier, None);
        assert_eq!(report.tables[1].earlier, Some(EarlierValue { batch: 3, value: 120 }));
        assert_eq!(report.counters[0].earlier, Some(EarlierValue { batch: 4, value: 400 }));
        assert_eq!(baseline(&[], &earlier), None);
    }

    #[test]
    fn a_probe_is_told_before_after_and_earlier() {
        let events = [measured(5, ValidationPhase::Pre, 2000), measured(5, ValidationPhase::Post, 5000)];
        let earlier = [measured(4, ValidationPhase::Pre, 9000), measured(3, ValidationPhase::Post, 1000)];
        let told = probes(&events, &earlier);
        assert_eq!((told[0].before_ms, told[0].after_ms, told[0].ratio), (Some(2.0), Some(5.0), Some(2.5)));
        assert_eq!(told[0].earlier, Some(EarlierProbe { batch: 3, ms: 1.0 }));
    }
}
