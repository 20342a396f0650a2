//! Baselines: files that stand for all versions up to their own where none of these has run.

use std::cmp::Ordering;

/// A file with a version, as far as it matters to a baseline.
#[derive(Debug, Clone, Copy)]
pub struct Versioned<'a> {
    /// The version's numbers; none for a file without one.
    pub numbers: &'a [u64],
    pub is_baseline: bool,
    pub has_completed: bool,
    /// True if it would run.
    pub is_pending: bool,
}

/// The files that another one stands for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// By their places.
    pub files: Vec<usize>,
    /// The baseline that is to run in their place; `None` where it has, or where they have.
    pub by: Option<usize>,
}

/// Settles which files a baseline stands for, and which baselines there is nothing to do for. The files come in the order of
/// their versions.
///
/// On a system on which no version has run, the baseline with the highest version runs in place of what is before it. On
/// any other, what has run stands for the baselines, also what is not there any more (`has_more_run`).
pub fn replaced(files: &[Versioned<'_>], has_more_run: bool) -> Replaced {
    let baselines = || (0..files.len()).filter(|at| files[*at].is_baseline);
    if baselines().next().is_none() {
        return Replaced::default();
    }
    let ran = baselines().rfind(|at| files[*at].has_completed);
    let is_fresh = !has_more_run && files.iter().all(|file| file.numbers.is_empty() || file.is_pending);
    let by = baselines().next_back().filter(|_| ran.is_none() && is_fresh);
    let chosen = ran.or(by);
    let is_replaced = |at: &usize| {
        let file = &files[*at];
        let is_before = chosen.is_some_and(|chosen| compare(file.numbers, files[chosen].numbers) != Ordering::Greater);
        let has_place = Some(*at) != chosen && file.is_pending && !file.numbers.is_empty();
        has_place && (file.is_baseline || is_before)
    };
    Replaced { files: (0..files.len()).filter(is_replaced).collect(), by }
}

/// Versions as numbers; `2` and `2.0` are the same.
fn compare(one: &[u64], other: &[u64]) -> Ordering {
    let length = one.len().max(other.len());
    let padded = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    (0..length).map(|at| padded(one, at)).cmp((0..length).map(|at| padded(other, at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `1`, `B2` (a baseline), `3+` (has completed), `-` (no version).
    fn of(files: &[&str]) -> Replaced {
        let numbers: Vec<Vec<u64>> =
            files.iter().map(|file| file.trim_matches(['B', '+']).parse().into_iter().collect()).collect();
        let told = files.iter().zip(&numbers).map(|(file, numbers)| Versioned {
            numbers,
            is_baseline: file.starts_with('B'),
            has_completed: file.ends_with('+'),
            is_pending: !file.ends_with('+'),
        });
        replaced(&told.collect::<Vec<_>>(), files.contains(&"gone"))
    }

    #[test]
    fn a_baseline_stands_for_what_is_before_it_on_a_fresh_system() {
        assert_eq!(of(&["1", "B2", "2", "3", "-"]), Replaced { files: vec![0, 2], by: Some(1) });
        assert_eq!(of(&["1", "B2", "B3", "4"]), Replaced { files: vec![0, 1], by: Some(2) });
        assert_eq!(of(&["1", "B2+", "2", "3"]), Replaced { files: vec![0, 2], by: None });
        assert_eq!(of(&["1+", "B2", "2", "3"]), Replaced { files: vec![1], by: None });
        assert_eq!(of(&["1", "2"]), Replaced::default());
        assert_eq!(of(&["B3", "4", "gone"]), Replaced { files: vec![0], by: None });
    }
}
