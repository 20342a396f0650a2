//! Table locks around statements that commit by themselves: what is copied before them must not change until they run.

use super::keep::Keep;
use super::moved::is_there;
use super::rows;
use super::text::{Names, table};
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::sql::{Dialect, ObjectKind, Statement, quote_name};
use crate::store::{Result, Store};
use std::collections::BTreeSet;

/// True if the statement must run under [`lock`].
pub fn needs_lock(session: &dyn Session, keeps: &[Keep]) -> bool {
    session.kind() != ServerKind::Sqlite
        && keeps.iter().any(|keep| matches!(keep.kept.kind, KeptKind::Columns | KeptKind::TableCopied))
}

/// Locks the tables, those that keep, and those that the statement needs beside them (parents of a new foreign key),
/// where [`needs_lock`]. Commits what is open, as the statement itself would. Each by its own name: MariaDB 10.11 does
/// not find a renamed column in a check while its table is locked under another one too.
///
/// # Errors
/// The database's; a lock that is not had in time is worth another try.
pub async fn lock(store: &Store, session: &mut dyn Session, statement: &Statement, keeps: &[Keep]) -> Result<()> {
    if !needs_lock(session, keeps) {
        return Ok(());
    }
    let mut tables = BTreeSet::new();
    for keep in keeps {
        let names = Names::from_kept(store, &keep.kept)?;
        tables.extend([names.table, names.place].map(|table| format!("{table} WRITE")));
    }
    let is_kept = |name: &str| keeps.iter().any(|keep| keep.kept.table.eq_ignore_ascii_case(name));
    let beside = statement.analysis.touches.iter().map(|touch| &touch.object);
    for object in beside.filter(|object| object.kind == ObjectKind::Table && !is_kept(&object.name)) {
        // One that is not there is none of the lock's business.
        if is_there(session, object.schema.as_deref(), &object.name).await? {
            tables.insert(format!("{} WRITE", quote_name(object, Dialect::MySql)?));
        }
    }
    // Whose rows have no parent is looked at too (`marks`).
    for key in keeps.iter().filter(|keep| keep.kept.kind == KeptKind::TableCopied).flat_map(|keep| &keep.facts.parents)
    {
        let (schema, name) = &key.parent;
        if is_there(session, schema.as_deref(), name).await? {
            tables.insert(format!("{} AS p READ", table(Dialect::MySql, schema.as_deref(), name)?));
        }
    }
    let tables: Vec<String> = tables.into_iter().collect();
    session.query_text(&format!("LOCK TABLES {}", tables.join(", "))).await?;
    // What a try before this one copied.
    rows::empty(store, session, keeps).await
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
