//! A row of a history table, in the words of no tool.

/// Number of files that an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The one that it names.
    One,
    /// The one that it names and all before it: tools that write down their last version only, and baselines.
    UpTo,
}

/// State of a file as the other tool has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryState {
    /// It has run.
    Applied,
    /// It had run, and was undone.
    Undone,
    /// It failed half-way, or is under way: nobody knows what of it stands. Holds the words of the tool.
    Failed(String),
}

/// A row of a history table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Names by which its file can be known, the best first.
    pub keys: Vec<String>,
    pub state: EntryState,
    pub reach: Reach,
    /// Checksum of the file's text when it ran, as the tool writes it.
    pub checksum: Option<String>,
    /// Time when it ran, as the tool wrote it.
    pub at: Option<String>,
}

impl Entry {
    /// An entry of a file that has run.
    pub(super) fn applied(key: impl Into<String>) -> Entry {
        Entry { keys: vec![key.into()], state: EntryState::Applied, reach: Reach::One, checksum: None, at: None }
    }

    /// The entry by its best name, for people.
    pub fn name(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }
}
