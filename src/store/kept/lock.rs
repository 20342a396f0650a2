//! Table locks around statements that commit by themselves: what is copied before them must not change until they run.

use super::plan::Keep;
use super::text::{K, Names, T};
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::store::{Result, Store};

/// Whether the statement must run under [`lock`].
pub fn needs_lock(session: &dyn Session, keeps: &[Keep]) -> bool {
    session.kind() != ServerKind::Sqlite
        && keeps.iter().any(|keep| matches!(keep.kept.kind, KeptKind::Columns | KeptKind::TableCopied))
}

/// Locks the tables and those that keep, where [`needs_lock`]. Commits what is open, as the statement itself would.
///
/// # Errors
/// The database's; a lock that is not had in time is worth another try.
pub async fn lock(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<()> {
    if !needs_lock(session, keeps) {
        return Ok(());
    }
    let mut tables = Vec::new();
    for keep in keeps {
        let names = Names::of(store, &keep.kept)?;
        for (table, alias) in [(&names.table, T), (&names.place, K)] {
            tables.push(format!("{table} WRITE"));
            tables.push(format!("{table} AS {alias} WRITE"));
        }
    }
    session.query_text(&format!("LOCK TABLES {}", tables.join(", "))).await?;
    // What a try before this one copied.
    for keep in keeps {
        let names = Names::of(store, &keep.kept)?;
        session.execute(&format!("DELETE FROM {}", names.place), &[]).await?;
    }
    Ok(())
}

/// Gives the locks back; also after a failure.
///
/// # Errors
/// The database's.
pub async fn unlock(session: &mut dyn Session, keeps: &[Keep]) -> Result<()> {
    if needs_lock(session, keeps) {
        session.query_text("UNLOCK TABLES").await?;
    }
    Ok(())
}
