//! Letting go of what was kept.

use super::parked;
use super::text::place_name;
use crate::database::Session;
use crate::model::{KeptKind, Place};
use crate::store::{Result, Store, StoreError};

/// Drops what was kept: tables of the undo schema and parked columns, whose names are ours, and no other. Doing it
/// again does nothing.
///
/// # Errors
/// [`StoreError::Corrupt`] for a name that is not ours; or the database's.
pub async fn discard<'n>(
    store: &Store,
    session: &mut dyn Session,
    names: impl IntoIterator<Item = &'n String>,
) -> Result<()> {
    for name in names {
        if Place::read(name).is_none() {
            return Err(StoreError::corrupt(format!("the kept table {name}"), "its name is none of Caribou's"));
        }
        if is_parked(store, session, name).await? {
            parked::discard(store, session, name).await?;
            continue;
        }
        let place = place_name(store, name)?;
        session.execute(&format!("DROP TABLE IF EXISTS {place}"), &[]).await?;
    }
    Ok(())
}

async fn is_parked(store: &Store, session: &mut dyn Session, place: &str) -> Result<bool> {
    if !store.dialect().is_mysql_family() {
        return Ok(false);
    }
    let sql = store.sql("SELECT 1 FROM {orchestration.migration_undo} WHERE kept_object = ? AND kept_kind = ?")?;
    Ok(!session.query(&sql, &[place.into(), KeptKind::ColumnParked.as_str().into()]).await?.is_empty())
}
