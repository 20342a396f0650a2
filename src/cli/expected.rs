//! How long a plan may take, for people.

use super::output;
use crate::model::{Expected, ExpectedSource};
use crate::plan::{ExpectedEnd, Plan, PlanFile, PlanStatement};

/// A guess below this, in milliseconds, is not worth a word.
const WORTH_SAYING: u64 = 1_000;
/// Files of the path that are named.
const NAMED: usize = 5;

/// What stands behind a file: `, 4m 18s (rehearsed)`.
pub(super) fn of_file(file: &PlanFile) -> String {
    let told = file.expected.as_deref().filter(|expected| is_worth_saying(expected));
    told.map_or_else(String::new, |e| format!(", {} ({})", e.words(), e.source.word()))
}

/// What stands behind a statement: by which algorithm and lock, and how long. The time of one that is alone in its file
/// stands behind the file.
pub(super) fn of_statement(statement: &PlanStatement, is_alone: bool) -> String {
    let means = statement.algorithm.map(|algorithm| match statement.lock {
        Some(lock) => format!("ALGORITHM={algorithm}, LOCK={lock}"),
        None => format!("ALGORITHM={algorithm}"),
    });
    let time = match (&statement.expected, &statement.expected_unknown) {
        _ if is_alone => None,
        (Some(expected), _) if is_worth_saying(expected) => {
            Some(format!("{} ({})", expected.words(), expected.source.word()))
        }
        (None, Some(_)) => Some("time not known".to_owned()),
        _ => None,
    };
    [means, time].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn is_worth_saying(expected: &Expected) -> bool {
    expected.source != ExpectedSource::Guessed || expected.ms >= WORTH_SAYING
}

/// The line on the whole; empty where nothing is worth saying.
pub(super) fn of_plan(plan: &Plan) -> String {
    let Some(end) = &plan.expected else { return String::new() };
    let says_something = plan.files.iter().any(|file| file.expected.as_deref().is_none_or(is_worth_saying));
    match (end.ms, end.unknown.as_slice()) {
        (_, [first, more @ ..]) => {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
            format!("Time: not known: {}{more}.\n", output::safe(first))
        }
        (Some(ms), []) if says_something || ms >= WORTH_SAYING => {
            let guessed = plan.files.iter().filter_map(|file| file.expected.as_deref());
            let guessed = guessed.filter(|expected| expected.source == ExpectedSource::Guessed).count();
            let guessed = match guessed {
                0 => String::new(),
                n => format!(", {} of it guessed", output::count(n as u64, "file")),
            };
            format!("Time: ~{} in statements, decided by {}{guessed}.\n", output::took(ms), path(end))
        }
        _ => String::new(),
    }
}

fn path(end: &ExpectedEnd) -> String {
    let names: Vec<String> = end.path.iter().map(|path| output::safe(path)).collect();
    match names.len() {
        0..=NAMED => names.join(" → "),
        n => format!("{} → … {} more → {}", names[..NAMED - 2].join(" → "), n - NAMED, names[n - 2..].join(" → ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_shortened_in_its_middle() {
        let end = |n: u32| ExpectedEnd { path: (1..=n).map(|n| n.to_string()).collect(), ..ExpectedEnd::default() };
        assert_eq!(path(&end(5)), "1 → 2 → 3 → 4 → 5");
        assert_eq!(path(&end(9)), "1 → 2 → 3 → … 4 more → 8 → 9");
    }
}
