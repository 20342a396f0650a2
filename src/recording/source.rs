//! The texts of a file as they are written.

use crate::model::{Checksum, SourceText};
use serde::{Deserialize, Serialize};

/// A file's texts under their key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WrittenSource {
    checksum: Checksum,
    path: String,
    up: String,
    down: Option<String>,
    verify: Option<String>,
}

impl From<&SourceText> for WrittenSource {
    fn from(text: &SourceText) -> WrittenSource {
        let SourceText { checksum, path, up, down, verify } = text.clone();
        WrittenSource { checksum, path, up, down, verify }
    }
}

impl From<WrittenSource> for SourceText {
    fn from(text: WrittenSource) -> SourceText {
        let WrittenSource { checksum, path, up, down, verify } = text;
        SourceText { checksum, path, up, down, verify }
    }
}
