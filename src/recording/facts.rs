//! Facts about a recording: which batch of which server, recorded when and by which program.

use crate::model::{BatchId, Millis};
use serde::{Deserialize, Serialize};

/// The server that was recorded, as the console shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub label: String,
    /// "mariadb", "mysql", "sqlite".
    pub kind: String,
    pub version: String,
    /// Name of the core schema.
    pub core: String,
    pub environment: String,
    /// `@@GLOBAL.sql_mode`, under which the texts are read.
    #[serde(default)]
    pub sql_mode: String,
    /// The account that recorded.
    pub account: String,
}

/// Facts at the head of a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Version of the program that recorded.
    pub caribou: String,
    pub recorded_at: Millis,
    pub origin: Origin,
    pub batch: BatchId,
    pub batch_name: String,
    /// Times of the first and the last event.
    pub begins: Millis,
    pub ends: Millis,
    /// Number of events.
    pub events: u64,
    /// False where the batch had not ended when it was recorded.
    pub batch_ended: bool,
    /// True if hosts, accounts and literals were taken out.
    pub redacted: bool,
}

/// A note that somebody put at a moment of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    pub at: Millis,
    pub note: String,
}
