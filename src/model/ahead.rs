//! What a batch comes to next: the direction, the file, and how much of it is behind. A step is spent on this and on
//! nothing else.

use crate::model::FileId;
use serde::{Deserialize, Serialize};

/// The next deed of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// It undoes.
    pub undoes: bool,
    /// The file, and how many of its statements are behind, or steps of its undo. `None` leaves that open: of a batch that
    /// nothing holds it changes while one looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<(FileId, u32)>,
}
