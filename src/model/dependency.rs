//! Dependencies of a file.

use crate::model::{DependencyId, DependencyType, FileId};
use serde::{Deserialize, Serialize};

/// One declared dependency of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dependency {
    pub id: DependencyId,
    /// The file that it depends on; it may be of an earlier batch.
    pub on: FileId,
    /// That file's path, for messages.
    pub path: String,
    pub kind: DependencyType,
    pub description: String,
}
