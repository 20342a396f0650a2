//! How far running statements are, and what they wait for, as their server sees them.

use super::{DbError, ErrorKind, Row, ServerKind, Session};

/// What a connection does, as its server sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub connection: u64,
    /// Stage of the server's work, in its words (`copy to tmp table`); `None` between two statements.
    pub stage: Option<String>,
    /// Number of the stage, from 1, and of all, where the server counts them.
    pub step: Option<(u32, u32)>,
    /// Work that is done, and all of it, in the server's units; `None` where it measures none.
    pub work: Option<(f64, f64)>,
    /// True if the units are rows.
    pub in_rows: bool,
    /// It waits for a row that another transaction has locked; `None` where this account may not see it.
    pub waits_for_row: Option<bool>,
}

/// Activities of several connections, and why no work is known, where that can be mended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activities {
    /// Those that the server shows, in no order. A connection that has ended is none of them.
    pub shown: Vec<Activity>,
    pub unmeasured: Option<String>,
}

/// Sentences about what an account lacks.
pub(crate) const NEEDS_PROCESS: &str =
    "the worker's account may not see it: it needs PROCESS (`caribou schema grants worker`)";
pub(super) const NEEDS_SCHEMA: &str =
    "the worker's account may not see it: it needs SELECT on performance_schema (`caribou schema grants worker`)";
const NO_CONSUMER: &str = "the server does not measure it: its consumer events_stages_current is off (UPDATE \
     performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'events_stages_current')";

/// Columns: connection, command, stage, number of the stage, of all, work done, all work, waits for a row, consumer on.
/// PROGRESS is the percentage of the present stage, and 0 where none is measured.
const MARIADB: &str = "SELECT p.ID, p.COMMAND, p.STATE, p.STAGE, p.MAX_STAGE, NULLIF(p.PROGRESS, 0), 100, \
     {waits}, 'YES' FROM information_schema.PROCESSLIST p {transactions} WHERE p.ID IN ({connections})";
/// The stage with its work, where the consumer `events_stages_current` is on; else the bare state.
const MYSQL: &str = "SELECT t.PROCESSLIST_ID, t.PROCESSLIST_COMMAND, \
     COALESCE(SUBSTRING_INDEX(s.EVENT_NAME, '/', -1), t.PROCESSLIST_STATE), 0, 0, s.WORK_COMPLETED, s.WORK_ESTIMATED, \
     {waits}, (SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'events_stages_current') \
     FROM performance_schema.threads t LEFT JOIN performance_schema.events_stages_current s \
     ON s.THREAD_ID = t.THREAD_ID AND s.END_EVENT_ID IS NULL {transactions} WHERE t.PROCESSLIST_ID IN ({connections})";

const WAITS: &str = "COALESCE(x.trx_state = 'LOCK WAIT', 0)";

impl Activity {
    /// Part of the work that is done, from 0 to 1: of its stage, where stages are counted.
    pub fn done(&self) -> Option<f64> {
        self.work.filter(|(_, all)| *all > 0.0).map(|(done, all)| (done / all).clamp(0.0, 1.0))
    }

    /// True if it waits for a lock that is no row's: a metadata lock, a global one.
    pub fn waits_for_lock(&self) -> bool {
        self.stage.as_deref().is_some_and(|stage| stage.starts_with("Waiting for ") && stage.ends_with(" lock"))
    }
}

/// The activities of connections, to be asked on another one; one round trip where the account may see everything.
/// What it may not see is told in words. Nothing on SQLite, which never says.
pub async fn activities(session: &mut dyn Session, connections: &[u64]) -> Result<Activities, DbError> {
    let (sql, id) = match session.kind() {
        ServerKind::Sqlite => return Ok(Activities::default()),
        ServerKind::MariaDb => (MARIADB, "p.ID"),
        ServerKind::MySql => (MYSQL, "t.PROCESSLIST_ID"),
    };
    if connections.is_empty() {
        return Ok(Activities::default());
    }
    let sql = sql.replace("{connections}", &listed(connections));
    let joined = format!("LEFT JOIN information_schema.INNODB_TRX x ON x.trx_mysql_thread_id = {id}");
    let whole = sql.replace("{waits}", WAITS).replace("{transactions}", &joined);
    let doing = |error: DbError| error.doing("ask how far the statements are");
    let rows = match session.query(&whole, &[]).await {
        Err(error) if error.kind == ErrorKind::Privilege => {
            let part = sql.replace("{waits}", "NULL").replace("{transactions}", "");
            match session.query(&part, &[]).await {
                Err(error) if error.kind == ErrorKind::Privilege => {
                    return Ok(Activities { shown: Vec::new(), unmeasured: Some(NEEDS_SCHEMA.to_owned()) });
                }
                rows => rows.map_err(doing)?,
            }
        }
        rows => rows.map_err(doing)?,
    };
    let shown: Vec<Activity> = rows.iter().map(activity).collect();
    let off = rows.iter().any(|row| row.get_text(8) != "YES");
    // Without PROCESS the sessions of other users are not there: those that run the files, where they are a runner's.
    let hidden = shown.len() < connections.len() && shown.iter().all(|seen| seen.waits_for_row.is_none());
    let hidden = hidden && may_not_see_transactions(session).await?;
    let unmeasured = if off { Some(NO_CONSUMER) } else { hidden.then_some(NEEDS_PROCESS) };
    Ok(Activities { shown, unmeasured: unmeasured.map(str::to_owned) })
}

/// True if the account lacks PROCESS, without which neither transactions nor others' sessions are shown.
pub(super) async fn may_not_see_transactions(session: &mut dyn Session) -> Result<bool, DbError> {
    match session.query("SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1", &[]).await {
        Err(error) if error.kind == ErrorKind::Privilege => Ok(true),
        asked => asked.map(|_| false),
    }
}

fn activity(row: &Row) -> Activity {
    let number = |column| row.opt_u64(column).and_then(|n| u32::try_from(n).ok());
    let stage = row.opt_text(2).filter(|stage| !stage.is_empty() && row.get_text(1) != "Sleep");
    let is_copy = stage.as_deref() == Some("copy to tmp table");
    let measures = row.opt_text(5).is_some() && row.get_f64(6) > 0.0;
    Activity {
        connection: row.get_u64(0),
        in_rows: is_copy && number(4) == Some(0),
        step: number(3).zip(number(4)).filter(|(_, all)| *all > 0 && stage.is_some()),
        work: (measures && stage.is_some()).then(|| (row.get_f64(5), row.get_f64(6))),
        waits_for_row: row.opt_i64(7).map(|waits| waits != 0),
        stage,
    }
}

/// Numbers in a list of SQL.
pub(super) fn listed(connections: &[u64]) -> String {
    connections.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// About how many rows a table has, in the server's own estimate; `None` where it does not say.
pub async fn estimated_rows(session: &mut dyn Session, schema: &str, table: &str) -> Result<Option<u64>, DbError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    let rows = session.query(sql, &[schema.into(), table.into()]).await;
    let rows = rows.map_err(|error| error.doing(format!("ask how large {schema}.{table} is")))?;
    Ok(rows.first().and_then(|row| row.opt_u64(0)))
}
