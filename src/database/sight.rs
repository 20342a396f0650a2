//! What an account sees of a schema.

use super::{DbError, ErrorKind, Session};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_name};

/// What an account sees of a schema of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Every,
    /// To one with rights on some tables, the server does not even say that another is not there.
    Some,
    /// There is no such schema.
    NoSchema,
}

/// Finds out what the session's account sees of a schema.
///
/// # Errors
/// The database's.
pub async fn sight(session: &mut dyn Session, schema: &str) -> Result<Sight, DbError> {
    let nothing = ObjectName::qualified(ObjectKind::Table, schema, "caribou$nothing");
    let question = format!("SELECT 1 FROM {} LIMIT 0", quote_name(&nothing, Dialect::MySql)?);
    match session.query_text(&question).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Err(error) if error.code.as_deref() == Some("1049") => Ok(Sight::NoSchema),
        Err(error) if error.code.as_deref() == Some("1146") => match session.schema_exists(schema).await? {
            true => Ok(Sight::Every),
            false => Ok(Sight::NoSchema),
        },
        _ => Ok(Sight::Some),
    }
}
