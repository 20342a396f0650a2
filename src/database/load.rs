//! How busy a server is.

use super::{DbError, ServerKind, Session};
use std::collections::BTreeMap;

/// Counters of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadCounters {
    /// Statements that run, this question among them.
    pub threads_running: Option<u64>,
    pub connections: Option<u64>,
    /// Rows inserted, updated and deleted since the server began; InnoDB's where it counts them, else all engines'.
    pub rows_written: Option<u64>,
}

const SQL: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_running', 'Threads_connected', \
     'Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted', 'Handler_write', 'Handler_update', \
     'Handler_delete')";
/// MySQL counts the rows of its temporary tables as the engines' too; MariaDB counts none as InnoDB's.
const WRITTEN: [[&str; 3]; 2] = [
    ["innodb_rows_inserted", "innodb_rows_updated", "innodb_rows_deleted"],
    ["handler_write", "handler_update", "handler_delete"],
];

/// The counters, in one round trip; `None` on SQLite, where no server is. It needs no privilege.
pub async fn load_counters(session: &mut dyn Session) -> Result<Option<LoadCounters>, DbError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(None);
    }
    let rows = session.query_text(SQL).await.map_err(|error| error.doing("ask how busy the server is"))?;
    let told: BTreeMap<String, u64> =
        rows.iter().filter_map(|row| Some((row.get_text(0).to_lowercase(), row.opt_text(1)?.parse().ok()?))).collect();
    let written = |names: &[&str; 3]| names.iter().map(|name| told.get(*name).copied()).sum::<Option<u64>>();
    Ok(Some(LoadCounters {
        threads_running: told.get("threads_running").copied(),
        connections: told.get("threads_connected").copied(),
        rows_written: WRITTEN.iter().find_map(written),
    }))
}
