//! News since the last look, and who else looks: the console's whole idle load, in one query.

use super::live::{self, row_of_live};
use super::sessions::{self, SessionRow};
use super::{LeaseRow, Reader, Result, events, presence};
use crate::database::Row;
use crate::model::{BatchId, CommandId, DecisionId, Event, Live, Millis, RequestKey, Seq, UnansweredRequest};

/// Number of events of each sort that come at once.
const MOST: usize = 2_000;

/// Answer of one poll.
#[derive(Debug, Clone)]
pub struct Tail {
    /// New events of the batch, up to a gap.
    pub events: Vec<Event>,
    /// New events of the system, up to a gap.
    pub system_events: Vec<Event>,
    /// Lease that is held, or was held last.
    pub lease: Option<LeaseRow>,
    /// The database's clock.
    pub now: Millis,
    /// The newest batch there is.
    pub newest_batch: Option<BatchId>,
    /// What the holder of the lease sees on its server now.
    pub live: Option<Live>,
    /// Consoles that have said of late that they watch.
    pub watching: Vec<SessionRow>,
    /// The newest requests that nobody has answered yet, the oldest first.
    pub unanswered: Vec<UnansweredRequest>,
}

const EVENTS: i64 = 1;
const SYSTEM: i64 = 2;
const LEASE: i64 = 3;
const END: i64 = 4;
const LIVE: i64 = 5;
const WATCHING: i64 = 6;
const COMMAND: i64 = 7;
const DECISION: i64 = 8;

/// Columns: which part, three numbers and two texts, then three more numbers and a text. Of the requests only the last
/// hundred are looked through: their table has no index but its key.
macro_rules! without_live {
    () => {
        "SELECT * FROM (SELECT 1 AS part, batch_id AS a, seq AS b, at_ms AS c, operator AS d, \
     CAST(payload AS CHAR) AS e, 0 AS f, 0 AS g, 0 AS h, NULL AS i FROM {orchestration.migration_events} \
     WHERE batch_id = ? AND batch_id <> 0 AND seq > ? ORDER BY seq LIMIT 2000) x \
     UNION ALL SELECT * FROM (SELECT 2 AS part, batch_id AS a, seq AS b, at_ms AS c, operator AS d, \
     CAST(payload AS CHAR) AS e, 0 AS f, 0 AS g, 0 AS h, NULL AS i FROM {orchestration.migration_events} \
     WHERE batch_id = 0 AND seq > ? ORDER BY seq LIMIT 2000) y \
     UNION ALL SELECT 3, token, acquired_ms, renewed_ms, holder, server_identity, connection_id, expires_ms, 0, NULL \
     FROM {orchestration.migration_leases} WHERE lease_name = 'worker' \
     UNION ALL SELECT 4, {now_ms}, (SELECT MAX(batch_id) FROM {orchestration.migration_batches} WHERE is_deleted = 0), 0, \
     NULL, NULL, 0, 0, 0, NULL \
     UNION ALL SELECT * FROM (SELECT 7 AS part, command_id AS a, submitted_ms AS b, 0 AS c, operator AS d, verb AS e, \
     0 AS f, 0 AS g, 0 AS h, NULL AS i FROM {orchestration.migration_commands} WHERE command_status = 'submitted' AND \
     command_id > (SELECT COALESCE(MAX(command_id), 0) - 100 FROM {orchestration.migration_commands}) \
     ORDER BY command_id DESC LIMIT 10) z \
     UNION ALL SELECT * FROM (SELECT 8 AS part, decision_id AS a, submitted_ms AS b, 0 AS c, operator AS d, decision AS e, \
     0 AS f, 0 AS g, 0 AS h, NULL AS i FROM {orchestration.migration_decisions} WHERE decision_status = 'submitted' AND \
     decision_id > (SELECT COALESCE(MAX(decision_id), 0) - 100 FROM {orchestration.migration_decisions}) \
     ORDER BY decision_id DESC LIMIT 10) v"
    };
}
const WITHOUT_LIVE: &str = without_live!();
const SQL: &str = concat!(
    without_live!(),
    " UNION ALL SELECT * FROM (SELECT 6 AS part, connection_id AS a, seen_ms AS b, 0 AS c, account AS d, \
     session_data_json AS e, 0 AS f, 0 AS g, 0 AS h, session_key AS i FROM {ephemeral.sessions} \
     WHERE session_role = 'console' AND seen_ms > {now_ms} - 45000 ORDER BY seen_ms DESC LIMIT 100) w \
     UNION ALL SELECT 5, 0, 0, 0, temp_type, CAST(temp_data_json AS CHAR), 0, 0, 0, NULL ",
    row_of_live!()
);

const LEGACY: &str = "SELECT 4, {now_ms}, (SELECT MAX(batch_id) FROM {orchestration.migration_batches} WHERE \
     is_deleted = 0)";

impl Reader {
    /// Reads what is new in a batch and in the system beyond these numbers. Batch 0 asks for the system only. One
    /// query.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn tail(&mut self, batch: BatchId, after: Seq, system_after: Seq) -> Result<Tail> {
        let rows = if self.is_legacy() {
            self.session.query_text(&self.store.sql(LEGACY)?).await?
        } else {
            let values = [batch.0.into(), after.0.into(), system_after.0.into()];
            let asked = match self.sees_live {
                true => self.session.query(&self.store.sql(SQL)?, &values).await,
                false => self.session.query(&self.store.sql(WITHOUT_LIVE)?, &values).await,
            };
            match asked {
                // Without the ephemeral schema all the rest is there.
                Err(error) if self.sees_live && live::is_without_live(error.kind) => {
                    tracing::debug!(%error, "what the worker sees is not to be had");
                    self.sees_live = false;
                    self.session.query(&self.store.sql(WITHOUT_LIVE)?, &values).await?
                }
                rows => rows?,
            }
        };
        let end = rows.iter().find(|row| row.get_i64(0) == END);
        let now = Millis(end.map_or(0, |row| row.get_i64(1)));
        let row = rows.iter().find(|row| row.get_i64(0) == LEASE);
        let mut lease = row.map(|row| lease(row, now)).filter(|lease| lease.token.0 > 0);
        if let Some(row) = lease.as_mut().filter(|row| row.is_held() && row.is_late()) {
            row.vanished = presence::has_vanished(&self.store, self.session.as_mut(), row.token, &row.server).await?;
        }
        let seen = rows.iter().find(|row| row.get_i64(0) == LIVE).zip(lease.as_ref().filter(|row| row.expires.0 > 0));
        let live = seen.and_then(|(row, lease)| live::look(row, (4, 5), lease.token, now));
        Ok(Tail {
            events: part(&rows, EVENTS, after)?,
            system_events: part(&rows, SYSTEM, system_after)?,
            lease,
            now,
            newest_batch: end.and_then(|row| row.opt_i64(2)).map(BatchId),
            live,
            watching: rows.iter().filter(|row| row.get_i64(0) == WATCHING).map(|row| sessions::row(row, 1)).collect(),
            unanswered: unanswered(&rows),
        })
    }
}

/// Commands and decisions, the oldest first.
fn unanswered(rows: &[Row]) -> Vec<UnansweredRequest> {
    let read = |row: &Row| {
        let number = row.get_i64(1);
        let key = match row.get_i64(0) {
            COMMAND => RequestKey::Command(CommandId(number)),
            DECISION => RequestKey::Decision(DecisionId(number)),
            _ => return None,
        };
        Some(UnansweredRequest { key, at: Millis(row.get_i64(2)), operator: row.get_text(4), word: row.get_text(5) })
    };
    let mut all: Vec<UnansweredRequest> = rows.iter().filter_map(read).collect();
    all.sort_by_key(|request| (request.at, request.key));
    all
}

fn part(rows: &[Row], part: i64, after: Seq) -> Result<Vec<Event>> {
    let mut of_part: Vec<&Row> = rows.iter().filter(|row| row.get_i64(0) == part).collect();
    of_part.sort_by_key(|row| row.get_i64(2));
    debug_assert!(of_part.len() <= MOST);
    events::gapless(after, of_part.into_iter().map(|row| events::event(row, 1)))
}

fn lease(row: &Row, now: Millis) -> LeaseRow {
    let who = (row.get_i64(1), row.get_text(4), row.get_u64(6), row.get_text(5));
    LeaseRow::new(who, (row.get_i64(2), row.get_i64(3), row.get_i64(7)), now)
}
