//! From the name in a directive to the file that is meant.

use super::{Applied, Candidate};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// A file of the directory, by its index.
    Candidate(usize),
    /// A file that only the history knows.
    Earlier(&'a Applied),
}

/// Reason why a name stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// No such file.
    Missing,
    /// Several.
    Ambiguous(Vec<String>),
}

/// Names that one or several files have: the first, and the others.
type Index<'a, K> = HashMap<K, (Known<'a>, Vec<Known<'a>>)>;

fn add<'a, K: std::hash::Hash + Eq>(index: &mut Index<'a, K>, key: K, known: Known<'a>) {
    match index.entry(key) {
        Entry::Vacant(place) => {
            place.insert((known, Vec::new()));
        }
        Entry::Occupied(mut place) => place.get_mut().1.push(known),
    }
}

/// Every name of every file. A path is stronger than a name, a name than a version.
pub(super) struct Names<'a> {
    candidates: &'a [Candidate],
    paths: Index<'a, &'a str>,
    names: Index<'a, &'a str>,
    versions: Index<'a, Vec<u64>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(candidates: &'a [Candidate], history: &HashMap<&'a str, &'a Applied>) -> Names<'a> {
        let mut names = {
            let count = candidates.len();
            let paths = HashMap::with_capacity(2 * count);
            let (names, versions) = (HashMap::with_capacity(count), HashMap::with_capacity(count));
            Names { candidates, paths, names, versions }
        };
        for (index, candidate) in candidates.iter().enumerate() {
            let known = Known::Candidate(index);
            names.add_path(&candidate.path, known);
            add(&mut names.names, &candidate.name, known);
            if !candidate.numbers.is_empty() {
                add(&mut names.versions, without_zeros(candidate.numbers.clone()), known);
            }
        }
        let mut only_history: Vec<&Applied> =
            history.values().copied().filter(|applied| !names.paths.contains_key(applied.path.as_str())).collect();
        only_history.sort_by_key(|applied| applied.file_id);
        for applied in only_history {
            names.add_path(&applied.path, Known::Earlier(applied));
            let stem = stem(&applied.path);
            let name = stem.rsplit('/').next().unwrap_or(stem);
            add(&mut names.names, name, Known::Earlier(applied));
        }
        names
    }

    fn add_path(&mut self, path: &'a str, known: Known<'a>) {
        add(&mut self.paths, path, known);
        let stem = stem(path);
        if stem != path {
            add(&mut self.paths, stem, known);
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
        match found {
            None => Err(Unknown::Missing),
            Some((only, others)) if others.is_empty() => Ok(*only),
            Some((first, others)) => {
                let all = std::iter::once(first).chain(others);
                Err(Unknown::Ambiguous(all.map(|known| self.path(*known).to_owned()).collect()))
            }
        }
    }

    /// The same, said in a file: of several that have the name the one in the same folder, or else in the same directory.
    pub(super) fn find_near(&self, name: &str, said_in: &str) -> Result<Known<'a>, Unknown> {
        let Err(Unknown::Ambiguous(paths)) = self.find(name) else { return self.find(name) };
        let mut above = said_in;
        while let Some((folder, _)) = above.rsplit_once('/') {
            above = folder;
            let is_in = |path: &&String| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            let near: Vec<&String> = paths.iter().filter(is_in).collect();
            if let [one] = near.as_slice() {
                return self.find(one);
            }
        }
        Err(Unknown::Ambiguous(paths))
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
