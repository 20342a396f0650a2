//! Support that the benches share: the stories' private servers and terminal, figures, a table.

#[expect(dead_code, unused_imports, unused_macros, reason = "each bench uses a part of what the stories use")]
#[path = "../../tests/it/support/mod.rs"]
pub mod support;

use std::time::Duration;

/// The middle of some figures.
#[allow(dead_code, reason = "each bench compiles these helpers, and not all of them compare in pairs")]
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// A duration in milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The words after `--` on the command line; cargo's own `--bench` is not among them.
pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).filter(|word| word != "--bench").collect()
}

/// The value after a flag.
pub fn flag(words: &[String], name: &str) -> Option<String> {
    words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned()
}

/// Prints rows with columns as wide as they need to be.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count()));
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let padded: Vec<String> =
            cells.iter().enumerate().map(|(i, cell)| format!("{cell:<w$}", w = width(i))).collect();
        println!("{}", padded.join("  ").trim_end());
    };
    line(&head.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>());
    line(&(0..head.len()).map(|column| "-".repeat(width(column))).collect::<Vec<_>>());
    for row in rows {
        line(row);
    }
}

/// "reached" or by how much not.
pub fn verdict(figure: f64, bar: f64) -> String {
    if figure <= bar { "reached".to_owned() } else { format!("missed by {:.0} %", (figure / bar - 1.0) * 100.0) }
}
