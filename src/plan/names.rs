//! From the name in a directive to the file that is meant.

use super::{Applied, Candidate};
use std::collections::HashMap;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// A file of the directory, by its index.
    Candidate(usize),
    /// A file that only the history knows.
    Earlier(&'a Applied),
}

/// Why a name stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// No such file.
    Missing,
    /// Several.
    Ambiguous(Vec<String>),
}

/// Names that one or several files have.
type Index<'a, K> = HashMap<K, Vec<Known<'a>>>;

/// Every name of every file. A path is stronger than a name, a name than a version.
pub(super) struct Names<'a> {
    candidates: &'a [Candidate],
    paths: Index<'a, &'a str>,
    names: Index<'a, &'a str>,
    versions: Index<'a, Vec<u64>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(candidates: &'a [Candidate], history: &HashMap<&'a str, &'a Applied>) -> Names<'a> {
        let mut names = Names { candidates, paths: HashMap::new(), names: HashMap::new(), versions: HashMap::new() };
        for (index, candidate) in candidates.iter().enumerate() {
            let known = Known::Candidate(index);
            names.add_path(&candidate.path, known);
            names.names.entry(&candidate.name).or_default().push(known);
            if !candidate.numbers.is_empty() {
                names.versions.entry(without_zeros(candidate.numbers.clone())).or_default().push(known);
            }
        }
        let mut only_history: Vec<&Applied> =
            history.values().copied().filter(|applied| !names.paths.contains_key(applied.path.as_str())).collect();
        only_history.sort_by_key(|applied| applied.file_id);
        for applied in only_history {
            names.add_path(&applied.path, Known::Earlier(applied));
            let stem = stem(&applied.path);
            let name = stem.rsplit('/').next().unwrap_or(stem);
            names.names.entry(name).or_default().push(Known::Earlier(applied));
        }
        names
    }

    fn add_path(&mut self, path: &'a str, known: Known<'a>) {
        self.paths.entry(path).or_default().push(known);
        let stem = stem(path);
        if stem != path {
            self.paths.entry(stem).or_default().push(known);
        }
    }

    /// The file with a path (with or without its extension), else a name, else a version.
    pub(super) fn find(&self, name: &str) -> Result<Known<'a>, Unknown> {
        let found = self
            .paths
            .get(name)
            .or_else(|| self.names.get(name))
            .or_else(|| self.names.get(stem(name)))
            .or_else(|| self.versions.get(&version(name)?));
        match found.map(Vec::as_slice) {
            None | Some([]) => Err(Unknown::Missing),
            Some([only]) => Ok(*only),
            Some(several) => {
                Err(Unknown::Ambiguous(several.iter().map(|known| self.path(*known).to_owned()).collect()))
            }
        }
    }

    pub(super) fn path(&self, known: Known<'a>) -> &'a str {
        match known {
            Known::Candidate(index) => &self.candidates[index].path,
            Known::Earlier(applied) => &applied.path,
        }
    }

    /// The name that is most like one that is not there, if any is like it at all.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        let wanted = stem(name.rsplit('/').next().unwrap_or(name));
        let likeness = |known: &&str| strsim::normalized_levenshtein(wanted, known);
        let best = self.names.keys().copied().map(|known| (likeness(&known), known)).max_by(|a, b| {
            a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)) // of equally alike ones always the same
        })?;
        (best.0 >= 0.6).then(|| best.1.to_owned())
    }
}

/// A path without `.sql`, `.up.sql`.
fn stem(path: &str) -> &str {
    let plain = path.strip_suffix(".sql").or_else(|| path.strip_suffix(".SQL"));
    plain.map_or(path, |stem| stem.strip_suffix(".up").unwrap_or(stem))
}

/// The numbers of a version as people write it: `3`, `0003`, `4.0.25`, `v4_0_25`.
fn version(name: &str) -> Option<Vec<u64>> {
    let plain = name.strip_prefix(['v', 'V']).unwrap_or(name);
    let numbers: Option<Vec<u64>> = plain.split(['.', '_', '-']).map(number).collect();
    numbers.map(without_zeros)
}

fn number(part: &str) -> Option<u64> {
    // `parse` would take a sign too.
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

fn without_zeros(mut numbers: Vec<u64>) -> Vec<u64> {
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}
