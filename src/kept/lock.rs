//! Table locks around statements that commit by themselves, or write where no transaction is: what is copied before them
//! must not change until they have run.

use super::keep::{Keep, LockedBy};
use super::moved::is_there;
use super::rows;
use super::settings;
use super::text::{IS, Names, table};
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::sql::{Dialect, How, ObjectKind, Statement, Touch, aliased, quote_identifier, quote_name};
use crate::store::{Result, Store};
use std::collections::BTreeSet;

/// True if the statement must run under [`lock`].
pub fn needs_lock(session: &dyn Session, keeps: &[Keep]) -> bool {
    session.kind() != ServerKind::Sqlite
        && keeps.iter().any(|keep| {
            let commits = matches!(keep.kept.kind, KeptKind::Columns | KeptKind::TableCopied);
            (commits && keep.locked_by.is_none()) || keep.locked_by == Some(LockedBy::Us)
        })
}

/// The tables that a `LOCK TABLES` of the script has to name beside its own, so that we can keep what the statements
/// behind it destroy; `named` are its own, in lower case.
///
/// # Errors
/// When a name cannot be quoted.
pub fn beside(store: &Store, keeps: &[Keep], named: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let mut tables = BTreeSet::new();
    for keep in keeps.iter().filter(|keep| keep.locked_by == Some(LockedBy::Script)) {
        let names = Names::from_kept(store, &keep.kept)?;
        tables.insert(format!("{} WRITE", names.place));
        tables.insert(format!("{} AS {} WRITE", names.place, keep.aliases().1));
        if !named.contains(&keep.kept.table.to_lowercase()) {
            tables.insert(format!("{} WRITE", names.table));
        }
    }
    Ok(tables)
}

/// Takes back what a statement that failed left in tables without transactions, while the locks are still held. False
/// where that cannot be, since triggers would run.
///
/// # Errors
/// The database's.
pub async fn take_back(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<bool> {
    let without: Vec<&Keep> = keeps.iter().filter(|keep| !keep.facts.transactional).collect();
    if without.is_empty() || without.iter().any(|keep| !keep.facts.triggers.is_empty()) {
        return Ok(false);
    }
    let saved = settings::ours(session).await?;
    let mut done = Ok(());
    for keep in without {
        done = as_copied(store, session, keep).await;
        if done.is_err() {
            break;
        }
    }
    settings::after(session, saved, done).await.map(|()| true)
}

async fn as_copied(store: &Store, session: &mut dyn Session, keep: &Keep) -> Result<()> {
    let names = Names::from_kept(store, &keep.kept)?;
    let back = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} = 'o'",
        names.table,
        names.list(""),
        names.list(""),
        names.place,
        names.own(IS),
    );
    session.execute(&format!("DELETE FROM {}", names.table), &[]).await?;
    session.execute(&back, &[]).await?;
    Ok(())
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
        if keep.locked_by.is_some() {
            tables.insert(format!("{} AS {} WRITE", names.place, keep.aliases().1));
        }
        tables.extend([names.table, names.place].map(|table| format!("{table} WRITE")));
    }
    let is_kept = |name: &str| keeps.iter().any(|keep| keep.kept.table.eq_ignore_ascii_case(name));
    let of_rows = keeps.iter().any(|keep| keep.locked_by.is_some());
    let is_beside = |touch: &&Touch| touch.object.kind == ObjectKind::Table && !is_kept(&touch.object.name);
    for Touch { object, how } in statement.analysis.touches.iter().filter(is_beside) {
        // One that is not there is none of the lock's business.
        if is_there(session, object.schema.as_deref(), &object.name).await? {
            let how = if of_rows && *how == How::Reads { "READ" } else { "WRITE" };
            tables.insert(format!("{} {how}", quote_name(object, Dialect::MySql)?));
        }
    }
    if of_rows {
        tables.extend(by_other_names(session, statement).await?);
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

/// The tables of a statement by the other names that it gives them: the server wants a lock for each.
async fn by_other_names(session: &mut dyn Session, statement: &Statement) -> Result<Vec<String>> {
    let mut tables = Vec::new();
    for (object, alias) in aliased(statement.plain(), session.kind().dialect()) {
        if is_there(session, object.schema.as_deref(), &object.name).await? {
            let writes = |touch: &Touch| touch.object == object && touch.how == How::Writes;
            let how = if statement.analysis.touches.iter().any(writes) { "WRITE" } else { "READ" };
            let alias = quote_identifier(&alias, Dialect::MySql)?;
            tables.push(format!("{} AS {alias} {how}", quote_name(&object, Dialect::MySql)?));
        }
    }
    Ok(tables)
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
