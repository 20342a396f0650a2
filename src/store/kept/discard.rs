//! Letting go of what was kept.

use super::text::table;
use crate::database::Session;
use crate::model::{Kept, Place};
use crate::store::{Result, Store, StoreError};

/// Drops what was kept: tables of the undo schema whose names are ours, and no other. Doing it again does nothing.
///
/// # Errors
/// [`StoreError::Corrupt`] for a name that is not ours; or the database's.
pub async fn discard(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<()> {
    for name in [Some(&kept.place), kept.twin.as_ref()].into_iter().flatten() {
        if Place::read(name).is_none() {
            return Err(StoreError::corrupt(format!("the kept table {name}"), "its name is none of Caribou's"));
        }
        let place = table(store.dialect(), Some(&store.schemas().undo), name)?;
        session.execute(&format!("DROP TABLE IF EXISTS {place}"), &[]).await?;
    }
    Ok(())
}
