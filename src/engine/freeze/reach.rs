//! What a freeze of a whole server hits, in lines for people and for the journal.

use crate::database::{CONNECTIONS_HIDDEN, DbError, EXEMPT_HIDDEN, Session, connected, exempt_accounts};

/// Number of schemas that are named.
const NAMED: usize = 20;

const SCHEMAS: &str = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', \
     'information_schema', 'performance_schema') ORDER BY 1";

/// The schemas, the accounts that are connected beside this one, and those that are not stopped.
pub(super) async fn reach(session: &mut dyn Session, own_user: &str) -> Result<Vec<String>, DbError> {
    let schemas = session.query_text(SCHEMAS).await?;
    let names: Vec<String> = schemas.iter().take(NAMED).map(|row| row.get_text(0)).collect();
    let more = schemas.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let mut lines = vec![format!("every schema of the server: {}{more}", names.join(", "))];
    lines.push(match connected(session, own_user).await? {
        None => format!("connected: {CONNECTIONS_HIDDEN}"),
        Some(others) if others.is_empty() => "no other account is connected".to_owned(),
        Some(others) => format!("connected: {}", said(&others)),
    });
    lines.push(match exempt_accounts(session).await? {
        None => format!("not stopped: {EXEMPT_HIDDEN}"),
        Some(exempt) => format!("not stopped: {}", said(&exempt)),
    });
    Ok(lines)
}

fn said(several: &[impl ToString]) -> String {
    several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
