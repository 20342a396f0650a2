//! MariaDB and Oracle MySQL.

use super::{Database, DbError, ErrorKind, ServerAddress, Target};
use std::sync::Arc;

/// Connects, and finds out which of the two it is.
pub(super) async fn connect(
    target: &Target,
    _address: &ServerAddress,
) -> Result<Arc<dyn Database>, DbError> {
    Err(DbError::new(
        ErrorKind::Unsupported,
        format!("connect to {}", target.label()),
        "not built yet",
    ))
}
