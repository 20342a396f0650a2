//! A directory held against what another tool's table says.

use super::{Entry, EntryState, HistoryTable, Reach, key};
use crate::source::SourceFile;
use std::collections::{HashMap, HashSet};

/// Whether a file's text is the one that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameText {
    Yes,
    No,
    /// The tool keeps no checksum, or none that can be made from the file.
    NotCompared,
}

/// A file that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Place of the file in the directory.
    pub file: usize,
    /// Place of the entry that says so.
    pub entry: usize,
    pub same: SameText,
}

/// What a table says of a directory. All numbers are places in the lists that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Files that have run, in the order of the directory.
    pub applied: Vec<Known>,
    /// Files that have not.
    pub pending: Vec<usize>,
    /// Entries of files that have run and are not in the directory.
    pub without_file: Vec<usize>,
    /// Entries that nobody can build on.
    pub failed: Vec<usize>,
}

/// Compares the files of a directory with the entries of a table, of which a later one takes back what an earlier one
/// said. `bytes` gives the bytes of a file, `None` where they cannot be read.
pub fn compare(
    table: &HistoryTable,
    files: &[SourceFile],
    entries: &[Entry],
    bytes: impl Fn(&SourceFile) -> Option<Vec<u8>>,
) -> Comparison {
    let names = Names::new(table, files);
    let mut standing: HashMap<&str, usize> = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        standing.insert(entry.name(), place);
    }
    let mut standing: Vec<usize> = standing.into_values().collect();
    standing.sort_unstable();
    let shared = shared_keys(standing.iter().map(|place| &entries[*place]));
    let mut comparison = Comparison::default();
    let mut said_by: Vec<Option<usize>> = vec![None; files.len()];
    for place in standing {
        let entry = &entries[place];
        match (&entry.state, entry.reach) {
            (EntryState::Undone, _) => {}
            (EntryState::Failed(_), _) => comparison.failed.push(place),
            (EntryState::Applied, Reach::One) => match names.find(entry, &shared) {
                Some(file) => said_by[file] = Some(place),
                None => comparison.without_file.push(place),
            },
            (EntryState::Applied, Reach::UpTo) => match names.up_to(entry, files, &shared) {
                Some(last) => said_by[..=last].iter_mut().for_each(|said| *said = said.or(Some(place))),
                None => comparison.without_file.push(place),
            },
        }
    }
    for (file, said) in said_by.into_iter().enumerate() {
        match said {
            None => comparison.pending.push(file),
            Some(entry) => {
                let same = same_text(table, &files[file], &entries[entry], &bytes);
                comparison.applied.push(Known { file, entry, same });
            }
        }
    }
    comparison
}

/// Names that several entries have: `0001_initial` of two apps says nothing.
fn shared_keys<'a>(entries: impl Iterator<Item = &'a Entry>) -> HashSet<&'a str> {
    let (mut seen, mut shared) = (HashSet::new(), HashSet::new());
    for entry in entries {
        let own: HashSet<&str> = entry.keys.iter().map(String::as_str).collect();
        for key in own {
            if !seen.insert(key) {
                shared.insert(key);
            }
        }
    }
    shared
}

fn same_text(
    table: &HistoryTable,
    file: &SourceFile,
    entry: &Entry,
    bytes: &impl Fn(&SourceFile) -> Option<Vec<u8>>,
) -> SameText {
    let made = || table.checksum?(file, &bytes(file)?);
    match (entry.reach, &entry.checksum) {
        (Reach::One, Some(kept)) => match made() {
            Some(made) if made.eq_ignore_ascii_case(kept) => SameText::Yes,
            Some(_) => SameText::No,
            None => SameText::NotCompared,
        },
        _ => SameText::NotCompared,
    }
}

/// The files by the names that they can have in the table.
struct Names {
    /// Names by rank: a file's best name comes before any second best.
    by_rank: Vec<HashMap<String, Vec<usize>>>,
}

impl Names {
    fn new(table: &HistoryTable, files: &[SourceFile]) -> Names {
        let mut by_rank: Vec<HashMap<String, Vec<usize>>> = Vec::new();
        for (file, source) in files.iter().enumerate() {
            for (rank, name) in (table.keys)(source).into_iter().enumerate() {
                if by_rank.len() <= rank {
                    by_rank.push(HashMap::new());
                }
                by_rank[rank].entry(name).or_default().push(file);
            }
        }
        Names { by_rank }
    }

    /// The file that an entry is about; none where a name could be that of two files, or of two entries.
    fn find(&self, entry: &Entry, shared: &HashSet<&str>) -> Option<usize> {
        entry.keys.iter().filter(|key| !shared.contains(key.as_str())).find_map(|key| {
            self.by_rank.iter().find_map(|names| match names.get(key).map(Vec::as_slice) {
                Some([file]) => Some(*file),
                _ => None,
            })
        })
    }

    /// The last file that an entry is about: the one that it names, else the last whose version is not above its own.
    fn up_to(&self, entry: &Entry, files: &[SourceFile], shared: &HashSet<&str>) -> Option<usize> {
        self.find(entry, shared).or_else(|| {
            let version = crate::source::Version::parse(&key::number(entry.name()))?;
            files.iter().rposition(|file| file.version.is_some() && file.version <= version)
        })
    }
}
