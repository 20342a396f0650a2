//! Progress of a running statement, as its server sees it.

use super::{DbError, ErrorKind, ServerKind, Session};

/// The progress of a running statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Stage of the server's work, in its words (`copy to tmp table`, `alter table (read PK and internal sort)`).
    pub stage: String,
    /// Done of all, from 0 to 1, where the server estimates it.
    pub done: Option<f64>,
}

/// The stage with its work, where the consumer `events_stages_current` is on; else the bare state.
const MYSQL: &str = "SELECT COALESCE(SUBSTRING_INDEX(s.EVENT_NAME, '/', -1), t.PROCESSLIST_STATE), \
     s.WORK_COMPLETED, s.WORK_ESTIMATED FROM performance_schema.threads t \
     LEFT JOIN performance_schema.events_stages_current s ON s.THREAD_ID = t.THREAD_ID \
     WHERE t.PROCESSLIST_ID = ? AND t.PROCESSLIST_COMMAND <> 'Sleep'";

/// PROGRESS is the percentage of the present stage of MAX_STAGE.
const MARIADB: &str = "SELECT STATE, (GREATEST(STAGE, 1) - 1) * 100 + PROGRESS, MAX_STAGE * 100 \
     FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND <> 'Sleep'";

/// The progress of what `connection` runs; to be asked on another session. None when it runs nothing, or the server
/// does not say (SQLite never does).
pub async fn progress(session: &mut dyn Session, connection: u64) -> Result<Option<Progress>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(None),
        ServerKind::MySql => MYSQL,
        ServerKind::MariaDb => MARIADB,
    };
    let rows = match session.query(sql, &[connection.into()]).await {
        Ok(rows) => rows,
        // Progress is a courtesy: an account that may not see it sees none.
        Err(error) if error.kind == ErrorKind::Privilege => return Ok(None),
        Err(error) => return Err(error.doing(format!("ask how far connection {connection} is"))),
    };
    let Some(row) = rows.first() else { return Ok(None) };
    let (completed, estimated) = (row.get_f64(1), row.get_f64(2));
    let done = (estimated > 0.0).then(|| (completed / estimated).clamp(0.0, 1.0));
    Ok(Some(Progress { stage: row.get_text(0), done }))
}
