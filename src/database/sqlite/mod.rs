//! SQLite.

use super::{Database, DbError, ErrorKind, Target};
use std::path::Path;
use std::sync::Arc;

/// Opens the files of a directory.
pub(super) async fn connect(target: &Target, _dir: &Path) -> Result<Arc<dyn Database>, DbError> {
    Err(DbError::new(
        ErrorKind::Unsupported,
        format!("connect to {}", target.label()),
        "not built yet",
    ))
}
