//! What a person says of files that have run and lie in the directory otherwise now: the journal takes what lies there
//! for what ran. The texts that really ran are kept, and an undo goes on reading them.

use super::{BatchId, Checksum, FileId};
use serde::{Deserialize, Serialize};

/// A text as the journal records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedText {
    /// SHA-256 of the file's bytes.
    pub hash: Checksum,
    /// Hash of its tokens.
    pub canonical: Checksum,
    /// Key of its texts in `migration_sources`.
    pub source: Checksum,
}

/// How a file that has run lies there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "now", rename_all = "snake_case")]
pub enum Repair {
    /// With another text.
    Edited { text: RecordedText },
    /// With the same statements, under another path.
    Renamed { path: String, text: RecordedText },
    /// Not any more.
    Gone,
}

impl Repair {
    /// The text that lies there.
    pub fn text(&self) -> Option<&RecordedText> {
        match self {
            Repair::Edited { text } | Repair::Renamed { text, .. } => Some(text),
            Repair::Gone => None,
        }
    }

    /// It in words, as what follows the file's name.
    pub fn sentence(&self) -> String {
        match self {
            Repair::Edited { .. } => "recorded with the text that lies there now".to_owned(),
            Repair::Renamed { path, .. } => format!("recorded under its name {path}"),
            Repair::Gone => "recorded as gone".to_owned(),
        }
    }
}

/// A file with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileRepair {
    /// The batch that it ran in.
    pub batch: BatchId,
    pub file: FileId,
    /// The checksum that was recorded when this was asked.
    pub ran: Checksum,
    pub repair: Repair,
}

/// What was said of a file, as far as it matters later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    /// Key of the text that was last taken for what ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Checksum>,
    /// True if it was recorded as gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}
