//! A schema that a file made goes again, if nothing of others stands in it by then.

use crate::database::Session;
use crate::sql::quote_identifier;
use crate::store::{Result, StoreError};

/// Query for what stands in a schema beside tables and views, which go with it.
const PROGRAMS: &str = "SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME) FROM information_schema.ROUTINES WHERE \
     ROUTINE_SCHEMA = ? UNION ALL SELECT CONCAT('event ', EVENT_NAME) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?";

/// Number of obstacles that are named.
const NAMED: usize = 5;

/// Drops a schema in which nothing stands; there is no such statement on MySQL and MariaDB, where DROP DATABASE takes
/// everything with it. So it is looked first: what somebody makes there in the same moment is not seen.
///
/// # Errors
/// [`StoreError::CannotDrop`] with what stands there; or the database's.
pub async fn drop_empty(session: &mut dyn Session, schema: &str) -> Result<()> {
    let relations = session.relations(schema).await?;
    let mut held: Vec<String> = relations.iter().map(|object| format!("{} {}", object.kind, object.name)).collect();
    let programs = session.query(PROGRAMS, &[schema.into(), schema.into()]).await?;
    held.extend(programs.iter().map(|row| row.get_text(0)));
    if held.is_empty() {
        session.run(&format!("DROP DATABASE {}", quote_identifier(schema, session.kind().dialect())?)).await?;
        return Ok(());
    }
    let more = held.len().saturating_sub(NAMED);
    held.truncate(NAMED);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(StoreError::CannotDrop { schema: schema.to_owned(), holds: format!("{}{and_more}", held.join(", ")) })
}
