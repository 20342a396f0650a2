//! The lease: only its holder may append. Everything is judged on the database's clock (SYSDATE, never a session's
//! timestamp), and the fencing token only grows: whoever holds an earlier one writes nothing any more (`journal`).

use super::presence::{self, Sign};
use super::unhindered::unhindered;
use super::{Result, Store, StoreError};
use crate::database::{LifeMark, Session, Value, release_barrier};
use crate::model::{Millis, Token};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// The lease, held.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The fencing token.
    pub token: Token,
    /// Holder, as shown to others: `worker@host:pid`.
    pub holder: String,
    /// The connection that took it, for people.
    pub connection: u64,
    /// The server that it was taken on.
    pub server: String,
    /// Time that it lasts without being renewed.
    pub ttl: Duration,
    /// Time when it was taken, on the database's clock.
    pub taken: Millis,
    /// Lease before it, if its holder never gave it back.
    pub predecessor: Option<LeaseRow>,
    store: Store,
    /// SQLite: shows that this process lives.
    _life: Option<Arc<LifeMark>>,
}

/// Result of an attempt to take the lease.
#[derive(Debug, Clone)]
pub enum Acquired {
    /// It is ours.
    Held(Lease),
    /// Somebody else's.
    Busy { holder: String, connection: u64, age_ms: u64, expires_in_ms: u64 },
}

/// The row of `migration_leases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseRow {
    pub token: Token,
    pub holder: String,
    pub connection: u64,
    /// The server's identity when it was taken.
    pub server: String,
    pub taken: Millis,
    pub renewed: Millis,
    /// 0 when it was given back.
    pub expires: Millis,
    /// Milliseconds since it was renewed, on the database's clock.
    pub age_ms: u64,
    /// Milliseconds that it still lasts; 0 when it has ended.
    pub expires_in_ms: u64,
    /// All that showed its holder's life has gone: it is nobody's, though its time is not over.
    pub vanished: bool,
}

/// Time when the lease was renewed, and the end that it has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewedAt {
    pub at: Millis,
    pub expires: Millis,
}

/// Time after which a holder that seems to have vanished is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The only lease there is.
const NAME: &str = "worker";

const SELECT: &str = "SELECT token, holder, connection_id, server_identity, acquired_ms, renewed_ms, expires_ms, {now_ms} \
     FROM {orchestration.migration_leases} WHERE lease_name = 'worker'";

impl Lease {
    /// Takes the lease if nobody holds it, its holder has not renewed it in time, or has vanished: all its connections
    /// have ended, which is looked at twice.
    ///
    /// The session shows from then on that its holder lives, so it is to be kept as long as the lease. The lease is
    /// taken by one statement that commits by itself: who vanishes in the middle leaves nobody waiting for its row.
    ///
    /// # Errors
    /// When the database cannot be asked, or the present holder is in the middle of a commit for longer than a lock is
    /// waited for.
    pub async fn acquire(
        store: &Store,
        session: &mut dyn Session,
        holder: &str,
        connection: u64,
        server: &str,
        ttl: Duration,
    ) -> Result<Acquired> {
        let before = Self::before(store, session).await?;
        let next = Token(before.as_ref().map_or(0, |row| row.token.0) + 1);
        // Before it is ours: from its first moment on it has a holder that lives.
        let shows = presence::show_life(store, session, Sign::Lease, next).await?;
        let sql = store.sql(
            "UPDATE {orchestration.migration_leases} SET token = token + 1, holder = ?, connection_id = ?, \
             server_identity = ?, acquired_ms = {now_ms}, renewed_ms = {now_ms}, expires_ms = {now_ms} + ? \
             WHERE lease_name = ? AND (expires_ms <= {now_ms} OR token = ? AND renewed_ms = ?)",
        )?;
        let vanished = before.as_ref().filter(|row| row.vanished);
        let (token, renewed) = vanished.map_or((-1, -1), |row| (row.token.0, row.renewed.0));
        let ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let values = [
            holder.into(),
            connection.into(),
            server.into(),
            Value::Int(ms),
            NAME.into(),
            token.into(),
            renewed.into(),
        ];
        let taken = unhindered(store, session.connection_id(), session.execute(&sql, &values)).await? > 0;
        let row = Self::read(store, session)
            .await?
            .ok_or_else(|| StoreError::corrupt("migration_leases", "the row of the worker's lease is missing"))?;
        // One that ran out at once may be another's by the time it is read.
        if !taken || (row.holder.as_str(), row.connection) != (holder, connection) {
            if shows {
                release_barrier(session, &presence::lock_of(store, Sign::Lease, next)).await?;
            }
            let LeaseRow { holder, connection, age_ms, expires_in_ms, .. } = row;
            return Ok(Acquired::Busy { holder, connection, age_ms, expires_in_ms });
        }
        let abandoned = before.filter(|b| b.is_abandoned() && b.token.0 == row.token.0 - 1);
        Ok(Acquired::Held(Lease {
            token: row.token,
            holder: holder.to_owned(),
            connection,
            server: server.to_owned(),
            ttl,
            taken: row.taken,
            predecessor: abandoned,
            store: store.clone(),
            _life: store.database().mark_life(row.token.0).map(Arc::new),
        }))
    }

    /// Finds whose it is before it is taken. A holder that seems to have vanished is looked at again: a network that
    /// failed for a moment ends every connection of a worker that lives, which then opens others.
    async fn before(store: &Store, session: &mut dyn Session) -> Result<Option<LeaseRow>> {
        let seen = Self::current(store, session).await?;
        if !seen.as_ref().is_some_and(|row| row.vanished) {
            return Ok(seen);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        let again = Self::current(store, session).await?;
        let is_same =
            |row: &LeaseRow| seen.as_ref().is_some_and(|seen| (seen.token, seen.renewed) == (row.token, row.renewed));
        Ok(again.map(|row| LeaseRow { vanished: row.vanished && is_same(&row), ..row }))
    }

    /// Renews it. To be done on a session of its own, well before it ends.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the token has moved on or the lease was given back.
    pub async fn renew(&self, session: &mut dyn Session) -> Result<RenewedAt> {
        let sql = self.store.sql(
            "UPDATE {orchestration.migration_leases} SET renewed_ms = {now_ms}, expires_ms = {now_ms} + ? \
             WHERE lease_name = ? AND token = ? AND expires_ms > 0",
        )?;
        let ms = i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX);
        let values = [Value::Int(ms), NAME.into(), self.token.0.into()];
        let changed = unhindered(&self.store, session.connection_id(), session.execute(&sql, &values)).await?;
        let row = Self::current(&self.store, session).await?;
        match row {
            Some(row) if changed > 0 && row.token == self.token => {
                Ok(RenewedAt { at: row.renewed, expires: row.expires })
            }
            row => Err(self.lost(row)),
        }
    }

    /// Gives it back; nothing happens when it was lost already.
    pub async fn release(&self, session: &mut dyn Session) -> Result<()> {
        let sql = self.store.sql(
            "UPDATE {orchestration.migration_leases} SET renewed_ms = {now_ms}, expires_ms = 0 \
             WHERE lease_name = ? AND token = ?",
        )?;
        let values = [NAME.into(), self.token.0.into()];
        unhindered(&self.store, session.connection_id(), session.execute(&sql, &values)).await?;
        Ok(())
    }

    /// Holds its row until the session's transaction ends. True if the lease is still ours, also one that has run out
    /// and that nobody has taken.
    pub async fn hold(&self, session: &mut dyn Session) -> Result<bool> {
        let lock = if self.store.dialect().is_mysql_family() { " FOR UPDATE" } else { "" };
        let sql = "SELECT token FROM {orchestration.migration_leases} WHERE lease_name = 'worker'";
        let rows = session.query_text(&self.store.fill(&format!("{sql}{lock}"))?).await?;
        Ok(rows.first().is_some_and(|row| row.get_i64(0) == self.token.0))
    }

    /// Reads who holds it or held it last; `None` when nobody ever did.
    pub async fn current(store: &Store, session: &mut dyn Session) -> Result<Option<LeaseRow>> {
        let mut current = Self::read(store, session).await?.filter(|row| row.token.0 > 0);
        if let Some(row) = current.as_mut().filter(|row| row.is_held()) {
            row.vanished = presence::has_vanished(store, session, row.token, &row.server).await?;
        }
        Ok(current)
    }

    async fn read(store: &Store, session: &mut dyn Session) -> Result<Option<LeaseRow>> {
        let rows = session.query_text(&store.sql(SELECT)?).await?;
        Ok(rows.first().map(|r| {
            let columns = (r.get_i64(0), r.get_text(1), r.get_u64(2), r.get_text(3));
            LeaseRow::new(columns, (r.get_i64(4), r.get_i64(5), r.get_i64(6)), Millis(r.get_i64(7)))
        }))
    }

    /// The error that says who has it now.
    pub fn lost(&self, current: Option<LeaseRow>) -> StoreError {
        let current = current.map(|row| format!("{} has {}", row.holder, row.token));
        StoreError::LeaseLost { ours: self.token.0, current }
    }
}

impl LeaseRow {
    /// From (token, holder, connection, server) and (taken, renewed, expires), seen at `now`.
    pub(super) fn new(who: (i64, String, u64, String), times: (i64, i64, i64), now: Millis) -> Self {
        let (token, holder, connection, server) = who;
        let (taken, renewed, expires) = (Millis(times.0), Millis(times.1), Millis(times.2));
        Self {
            token: Token(token),
            holder,
            connection,
            server,
            taken,
            renewed,
            expires,
            age_ms: now.since(renewed),
            expires_in_ms: expires.since(now),
            vanished: false,
        }
    }

    /// True if somebody holds it now.
    pub fn is_held(&self) -> bool {
        self.expires_in_ms > 0 && !self.vanished
    }

    /// True if more than half of its time is over: a worker that lives renews it before.
    pub fn is_late(&self) -> bool {
        self.age_ms > self.expires_in_ms
    }

    /// True if its time ran out or its holder has vanished, and nobody gave it back.
    pub fn is_abandoned(&self) -> bool {
        self.expires.0 > 0 && !self.is_held()
    }
}
