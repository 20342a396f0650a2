//! Probes and baseline as Markdown.

use super::super::output::bytes;
use super::escape::{section, table, text};
use super::measured::{BaselineReport, CounterReport, EarlierValue, ProbeReport, TableReport};

/// What was measured of each probe.
pub(super) fn probes(probes: &[ProbeReport]) -> String {
    if probes.is_empty() {
        return String::new();
    }
    let time = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
    let row = |probe: &ProbeReport| {
        let earlier = probe.earlier.as_ref();
        vec![
            text(&probe.name),
            time(probe.before_ms),
            time(probe.after_ms),
            probe.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
            earlier.map_or_else(|| "-".to_owned(), |then| format!("{:.1} ms (batch {})", then.ms, then.batch)),
            probe.failed.as_deref().map_or_else(|| "-".to_owned(), text),
        ]
    };
    let rows: Vec<Vec<String>> = probes.iter().map(row).collect();
    section("Probes", table(&["probe", "before", "after", "ratio", "after an earlier batch", "not measured"], &rows))
}

/// The baseline, with what has changed since earlier ones.
pub(super) fn baseline(baseline: &BaselineReport) -> String {
    let mut content = String::new();
    if !baseline.tables.is_empty() {
        let rows: Vec<Vec<String>> = baseline.tables.iter().map(size).collect();
        content.push_str(&table(&["table", "size, about", "rows, about", "since"], &rows));
    }
    if !baseline.counters.is_empty() {
        let gap = if content.is_empty() { "" } else { "\n" };
        let rows: Vec<Vec<String>> = baseline.counters.iter().map(counter).collect();
        content.push_str(&format!("{gap}{}", table(&["counter", "at the end", "since"], &rows)));
    }
    for what in &baseline.not_measured {
        content.push_str(&format!("\n- not measured: {}\n", text(what)));
    }
    section("Monitoring baseline", content)
}

fn size(table: &TableReport) -> Vec<String> {
    let since = table.earlier.as_ref().map_or_else(
        || "-".to_owned(),
        |then| format!("batch {}: {} → {}", then.batch, bytes(then.value), bytes(table.bytes)),
    );
    let rows = table.rows.map_or_else(|| "-".to_owned(), |rows| rows.to_string());
    vec![text(&table.table), bytes(table.bytes), rows, since]
}

fn counter(counter: &CounterReport) -> Vec<String> {
    let since = |then: &EarlierValue| match counter.value.checked_sub(then.value) {
        Some(more) => format!("batch {}: +{more}", then.batch),
        None => format!("batch {}: {} then", then.batch, then.value),
    };
    let since = counter.earlier.as_ref().map_or_else(|| "-".to_owned(), since);
    vec![text(&counter.name), counter.value.to_string(), since]
}

#[cfg(test)]
mod tests {
    use super::super::measured::EarlierProbe;
    use super::*;

    #[test]
    fn growth_is_told_since_the_batch_that_measured_it() {
        let earlier = Some(EarlierValue { batch: 3, value: 120 << 20 });
        let tables = vec![TableReport { table: "t|x".into(), bytes: 480 << 20, rows: Some(7), earlier }];
        let counter = |name: &str, value, then| CounterReport {
            name: name.into(),
            value,
            earlier: Some(EarlierValue { batch: 4, value: then }),
        };
        let counters = vec![counter("Questions", 150, 100), counter("Uptime", 5, 900)];
        let not_measured = vec!["the <rest>".to_owned()];
        let told = baseline(&BaselineReport { counters, tables, not_measured });
        insta::assert_snapshot!(told);
    }

    #[test]
    fn probes_are_a_table() {
        let probe = ProbeReport {
            name: "by_day".into(),
            before_ms: Some(41.2),
            after_ms: Some(127.9),
            ratio: Some(3.1),
            runs: 7,
            failed: None,
            earlier: Some(EarlierProbe { batch: 3, ms: 40.0 }),
        };
        let failed = ProbeReport { after_ms: None, ratio: None, failed: Some("no `x`".into()), ..probe.clone() };
        insta::assert_snapshot!(probes(&[probe, failed]));
    }
}
