//! Reasons why a recording cannot be played, or not to its end.

use crate::model::Millis;
use std::fmt;

/// A file that cannot be played at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    #[error("this is no recording: it does not begin with \"caribou recording\"")]
    NoRecording,
    #[error("the recording has format {found}, and this Caribou reads format {known}: use the newer one")]
    Version { found: String, known: u32 },
    #[error("the recording is damaged at byte {at}, in its {part}, without which nothing can be played")]
    Unplayable { at: usize, part: &'static str },
    #[error("the recording cannot be read at byte {at}: {why}")]
    Unreadable { at: usize, why: String },
}

/// The kind of a damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamageKind {
    /// The file ends too early.
    Cut,
    /// A block is not what its checksum says.
    Corrupt,
}

/// A damage behind which nothing is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub kind: DamageKind,
    /// Place in the file.
    pub at_byte: usize,
    /// Time of the last event that is sound.
    pub plays_to: Millis,
    /// Milliseconds and events that are missing behind it.
    pub missing_ms: u64,
    pub missing_events: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, at) = match self.kind {
            DamageKind::Cut => ("cut", self.at_byte),
            DamageKind::Corrupt => ("damaged", self.at_byte),
        };
        let clock = self.plays_to.to_utc().format("%H:%M:%S");
        write!(f, "{kind} at byte {at}: it plays up to {clock} UTC")?;
        if self.missing_events > 0 {
            write!(f, "; {} events and {} s are missing", self.missing_events, self.missing_ms.div_ceil(1000))?;
        }
        Ok(())
    }
}
