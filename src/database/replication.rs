//! How far a replica is behind, and how many follow a server.

use super::writers::sees_connections;
use super::{DbError, ErrorKind, ServerKind, Session, Value};

/// Milliseconds that the server of this session is behind the one that it follows; `None` where it does not say. Of several
/// that it follows the worst counts.
///
/// # Errors
/// The database's: the account needs REPLICATION CLIENT (MariaDB: REPLICA MONITOR).
pub async fn replica_lag(session: &mut dyn Session) -> Result<Option<u64>, DbError> {
    let rows = match session.query_text("SHOW REPLICA STATUS").await {
        Err(error) if error.kind == ErrorKind::Syntax => session.query_text("SHOW SLAVE STATUS").await?,
        asked => asked?,
    };
    let behind = rows.iter().map(|row| {
        let named = ["Seconds_Behind_Source", "Seconds_Behind_Master"].iter().find_map(|name| row.named(name));
        named.and_then(Value::as_text).and_then(|text| text.parse::<u64>().ok())
    });
    // One that does not say is worse than any that does.
    let all: Option<Vec<u64>> = behind.collect();
    Ok(all.and_then(|all| all.into_iter().max()).map(|seconds| seconds.saturating_mul(1000)))
}

/// Number of replicas that are connected to the server; `None` where this account may not see other connections.
///
/// # Errors
/// The database's.
pub async fn connected_replicas(session: &mut dyn Session) -> Result<Option<u64>, DbError> {
    let table = match session.kind() {
        ServerKind::Sqlite => return Ok(Some(0)),
        // The one of information_schema stops the server while it is read.
        ServerKind::MySql => "performance_schema.processlist",
        ServerKind::MariaDb => "information_schema.PROCESSLIST",
    };
    if !sees_connections(session).await? {
        return Ok(None);
    }
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')");
    match session.query_text(&sql).await {
        Ok(rows) => Ok(rows.first().and_then(|row| row.get_text(0).parse().ok())),
        Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::MissingObject) => Ok(None),
        Err(error) => Err(error.doing("ask for connected replicas")),
    }
}
