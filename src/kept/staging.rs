//! On SQLite what is kept for a statement is written into core, in the statement's transaction, and relocated to the undo
//! schema when that has been committed: the two are files, and not committed together (`database::sqlite`).

use super::text::{place_name, staged_name};
use crate::database::{OURS_IN_CORE, ServerKind, Session};
use crate::model::Place;
use crate::store::{Result, Store};

/// Something kept that stands in core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    place: String,
    /// Its definition from the first parenthesis on.
    columns: String,
}

/// Reads what is kept in core for a while; nothing on a server.
///
/// # Errors
/// The database's.
pub async fn staged(session: &mut dyn Session) -> Result<Vec<Staged>> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND name LIKE '{OURS_IN_CORE}u%'");
    let rows = session.query(&sql, &[]).await?;
    let found = rows.iter().filter_map(|row| {
        let (name, sql) = (row.get_text(0), row.get_text(1));
        let place = name.strip_prefix(OURS_IN_CORE).filter(|place| Place::read(place).is_some())?;
        let columns = sql.find('(').map(|at| &sql[at..])?;
        Some(Staged { place: place.to_owned(), columns: columns.to_owned() })
    });
    Ok(found.collect())
}

/// Copies it to the undo schema. Doing it again, as after a crash, begins anew.
///
/// # Errors
/// The database's; nothing is copied then.
pub async fn copy_to_undo_schema(store: &Store, session: &mut dyn Session, staged: &[Staged]) -> Result<()> {
    let mut statements = Vec::new();
    for Staged { place: name, columns } in staged {
        let kept = place_name(store, name)?;
        statements.push(format!("DROP TABLE IF EXISTS {kept}"));
        statements.push(format!("CREATE TABLE {kept} {columns}"));
        statements.push(format!("INSERT INTO {kept} SELECT * FROM {}", staged_name(name)?));
    }
    together(session, &statements).await
}

/// Takes it out of core, when it stands in the undo schema.
///
/// # Errors
/// The database's; all of it stands there then.
pub async fn drop_from_core(session: &mut dyn Session, staged: &[Staged]) -> Result<()> {
    let drop = |staged: &Staged| Ok(format!("DROP TABLE {}", staged_name(&staged.place)?));
    together(session, &staged.iter().map(drop).collect::<Result<Vec<_>>>()?).await
}

async fn together(session: &mut dyn Session, statements: &[String]) -> Result<()> {
    session.begin().await?;
    for sql in statements {
        if let Err(error) = session.execute(sql, &[]).await {
            end(session).await;
            return Err(error.into());
        }
    }
    if let Err(error) = session.commit().await {
        end(session).await;
        return Err(error.into());
    }
    Ok(())
}

async fn end(session: &mut dyn Session) {
    if let Err(error) = session.rollback().await {
        tracing::debug!(%error, "the transaction had ended by itself");
    }
}
