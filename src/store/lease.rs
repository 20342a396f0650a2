//! Who may append. Everything is judged on the database's clock (SYSDATE, never a session's timestamp), and the fencing
//! token only grows: whoever holds an earlier one writes nothing any more (`journal`).

use super::{Result, Store, StoreError};
use crate::database::{Session, Value};
use crate::model::{Millis, Token};
use serde::Serialize;
use std::time::Duration;

/// The lease, held.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The fencing token.
    pub token: Token,
    /// Who holds it, as shown to others: `worker@host:pid`.
    pub holder: String,
    /// The connection that took it, for people.
    pub connection: u64,
    /// The server that it was taken on.
    pub server: String,
    /// How long it lasts without being renewed.
    pub ttl: Duration,
    /// When it was taken, on the database's clock.
    pub taken: Millis,
    /// Whose lease it was before, if that one never gave it back.
    pub predecessor: Option<LeaseRow>,
    store: Store,
}

/// What an attempt to take the lease gave.
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
}

/// When the lease was renewed, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewedAt {
    pub at: Millis,
    pub expires: Millis,
}

/// The only lease there is.
const NAME: &str = "worker";

const SELECT: &str = "SELECT token, holder, connection_id, server_identity, acquired_ms, renewed_ms, expires_ms, {now_ms} \
     FROM {orchestration.migration_leases} WHERE lease_name = 'worker'";

impl Lease {
    /// Takes the lease if nobody holds it or its holder has not renewed it in time.
    ///
    /// It is taken by one statement that commits by itself: who vanishes in the middle leaves nobody waiting for its row.
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
        let before = Self::current(store, session).await?;
        let sql = store.sql(
            "UPDATE {orchestration.migration_leases} SET token = token + 1, holder = ?, connection_id = ?, \
             server_identity = ?, acquired_ms = {now_ms}, renewed_ms = {now_ms}, expires_ms = {now_ms} + ? \
             WHERE lease_name = ? AND expires_ms <= {now_ms}",
        )?;
        let ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let values = [holder.into(), connection.into(), server.into(), Value::Int(ms), NAME.into()];
        let taken = session.execute(&sql, &values).await? > 0;
        let row = Self::read(store, session)
            .await?
            .ok_or_else(|| StoreError::corrupt("migration_leases", "the row of the worker's lease is missing"))?;
        // One that ran out at once may be another's by the time it is read.
        if !taken || (row.holder.as_str(), row.connection) != (holder, connection) {
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
        }))
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
        let changed = session.execute(&sql, &[Value::Int(ms), NAME.into(), self.token.0.into()]).await?;
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
        session.execute(&sql, &[NAME.into(), self.token.0.into()]).await?;
        Ok(())
    }

    /// Who holds it or held it last; `None` when nobody ever did.
    pub async fn current(store: &Store, session: &mut dyn Session) -> Result<Option<LeaseRow>> {
        Ok(Self::read(store, session).await?.filter(|row| row.token.0 > 0))
    }

    async fn read(store: &Store, session: &mut dyn Session) -> Result<Option<LeaseRow>> {
        let rows = session.query(&store.sql(SELECT)?, &[]).await?;
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
        }
    }

    /// Whether somebody holds it now.
    pub fn is_held(&self) -> bool {
        self.expires_in_ms > 0
    }

    /// Whether its time ran out and nobody gave it back.
    pub fn is_abandoned(&self) -> bool {
        self.expires.0 > 0 && !self.is_held()
    }
}
