//! Before and after a statement that changes rows, inside its transaction.

use super::keep::{How, Keep};
use super::text::{AFTER, IS, Names};
use super::{columns, marks, settings, whole};
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::sql::quote_identifier;
use crate::store::{Result, Store, StoreError};

/// Answer of the server to a statement that changed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Number of rows that it changed.
    pub rows: u64,
    /// The first number that a counter gave to them (MySQL, MariaDB); 0 where none did.
    pub number: u64,
}

/// Copies what the statement is about to change, and locks it. Only the budget's rows and one more are read: what goes
/// beyond is refused, and the statement has not run.
///
/// # Errors
/// [`StoreError::CannotKeep`] beyond the budget: roll the transaction back. Or the database's.
pub async fn before(store: &Store, session: &mut dyn Session, keeps: &mut [Keep]) -> Result<()> {
    for keep in keeps.iter_mut() {
        let names = Names::at_work(store, &keep.kept)?;
        let saved = settings::tolerant(session).await?;
        let done = match copy(session, &names, keep).await {
            Ok(0) => Ok((0, 0)),
            Ok(rows) => bytes(session, &names).await.map(|bytes| (rows, bytes)),
            Err(error) => Err(error),
        };
        (keep.kept.rows, keep.kept.bytes) = settings::after(session, saved, done).await?;
        // Under table locks the parents cannot be looked at.
        if keep.locked_by.is_none()
            && keep.kept.rows > 0
            && keep.kept.kind != KeptKind::Columns
            && keep.kept.whole.is_none()
        {
            let saved = settings::ours(session).await?;
            let noted = marks::note_orphans(store, session, &names, &keep.facts).await;
            settings::after(session, saved, noted).await?;
        }
    }
    within_budget(keeps)
}

/// Notes how the kept rows look now and which the statement added, and drops those that it did not change.
/// `changed` is what the server said of it.
///
/// # Errors
/// [`StoreError::CannotKeep`] when other rows were changed than were kept, or beyond the budget: roll the transaction
/// back. Or the database's.
pub async fn after(store: &Store, session: &mut dyn Session, keeps: &mut [Keep], changed: Changed) -> Result<()> {
    let affected = changed.rows;
    for keep in keeps.iter_mut() {
        keep.kept.counted = true;
        // Of a table that is gone or empty there is nothing to note.
        if keep.kept.kind == KeptKind::TableCopied {
            let rows = keep.kept.rows;
            if let Some(whole) = &mut keep.kept.whole {
                whole.changed = rows > 0;
            }
            continue;
        }
        let names = Names::at_work(store, &keep.kept)?;
        let saved = settings::tolerant(session).await?;
        let done = added(session, &names, keep, changed.number).await;
        let added = settings::after(session, saved, done).await?;
        agree(session.kind(), keep, added, affected)?;
        let finds = matches!(keep.how, How::Found { .. });
        let saved = settings::ours(session).await?;
        let done = match &keep.how {
            how if keep.kept.whole.is_some() => {
                let afterwards = if let How::Columns { afterwards } = how { afterwards.clone() } else { Vec::new() };
                note_whole(session, &names, keep, &afterwards).await
            }
            How::Columns { afterwards } => columns::note(session, &names, keep, &afterwards.clone()).await,
            _ => note(session, &names, keep).await,
        };
        let done = match done {
            Ok(()) => count(session, &names, keep).await,
            error => error,
        };
        settings::after(session, saved, done).await?;
        if finds && session.kind() != ServerKind::Sqlite {
            changed_those(keep, affected)?;
        }
    }
    within_budget(keeps)
}

/// Drops what was copied, inside the same transaction: it is not kept after all.
///
/// # Errors
/// The database's.
pub async fn empty(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<()> {
    for keep in keeps.iter().filter(|keep| !keep.kept.kind.is_moved()) {
        let names = Names::at_work(store, &keep.kept)?;
        let saved = settings::ours(session).await?;
        let done = session.execute(&format!("DELETE FROM {}", names.place), &[]).await.map(|_| ()).map_err(Into::into);
        settings::after(session, saved, done).await?;
    }
    Ok(())
}

fn within_budget(keeps: &[Keep]) -> Result<()> {
    let Some(budget) = keeps.first().map(|keep| keep.budget) else { return Ok(()) };
    let rows: u64 = keeps.iter().map(|keep| keep.kept.rows).sum();
    let bytes: u64 = keeps.iter().map(|keep| keep.kept.bytes).sum();
    if rows > budget.max_rows {
        let reason = format!("it is more than the {} rows that may be kept (undo.max_rows)", budget.max_rows);
        return Err(StoreError::cannot_keep(reason));
    }
    if bytes > budget.max_bytes {
        let most = budget.max_bytes;
        let reason = format!("it has {bytes} bytes, and {most} may be kept (undo.max_bytes)");
        return Err(StoreError::cannot_keep(reason));
    }
    Ok(())
}

/// The condition's text may end in a comment: hence the line end.
async fn copy(session: &mut dyn Session, names: &Names, keep: &mut Keep) -> Result<u64> {
    let dialect = session.kind().dialect();
    let (alias, condition) = match &keep.how {
        How::Found { alias, condition } => (alias.clone(), condition.clone()),
        How::Whole | How::Columns { .. } => (None, None),
        How::Counted { column, .. } if session.kind() == ServerKind::Sqlite => {
            let sql = format!("SELECT COALESCE(MAX({}), 0) FROM {}", quote_identifier(column, dialect)?, names.table);
            keep.floor = session.query(&sql, &[]).await?.first().map(|row| row.get_i64(0));
            return Ok(0);
        }
        How::Moved | How::Added { .. } | How::Counted { .. } => return Ok(0),
    };
    let alias = quote_identifier(alias.as_deref().unwrap_or(&keep.kept.table), dialect)?;
    // On SQLite an unqualified name in the condition may mean the table by its name, which is then its alias.
    let condition = condition.map(|text| format!("WHERE ({text}\n) ")).unwrap_or_default();
    let lock = if session.kind() == ServerKind::Sqlite { "" } else { " FOR UPDATE" };
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} AS {alias} {condition}LIMIT {}{lock}",
        names.place,
        names.list(""),
        names.list(&alias),
        names.table,
        keep.budget.max_rows.saturating_add(1),
    );
    Ok(session.run(&sql).await?.rows_affected)
}

async fn bytes(session: &mut dyn Session, names: &Names) -> Result<u64> {
    let rows = session.query(&format!("SELECT {} FROM {}", names.bytes(), names.place), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_u64(0)))
}

/// Copies the rows that the statement added, under the file's settings: the keys are its own words.
async fn added(session: &mut dyn Session, names: &Names, keep: &Keep, number: u64) -> Result<u64> {
    let (t, k) = keep.aliases();
    let condition = match &keep.how {
        How::Moved | How::Found { .. } | How::Columns { .. } => return Ok(0),
        How::Whole if keep.kept.whole.is_some() => return Ok(0),
        How::Whole => format!("NOT EXISTS (SELECT 1 FROM {} AS {k} WHERE {})", names.place, names.kept_key(&t, &k)),
        How::Added { keys } => has_keys(names, keys),
        How::Counted { column, rows } => {
            let column = format!("t.{}", quote_identifier(column, session.kind().dialect())?);
            counted(session, &column, (number, *rows), keep.floor).await?
        }
    };
    let sql = format!(
        "INSERT INTO {} ({}, {}) SELECT {}, 'n' FROM {} AS {t} WHERE {condition}",
        names.place,
        names.list(""),
        names.own(IS),
        names.list(&t),
        names.table,
    );
    Ok(session.run(&sql).await?.rows_affected)
}

fn has_keys(names: &Names, keys: &[Vec<String>]) -> String {
    let columns: Vec<String> = names.key().iter().map(|name| format!("t.{name}")).collect();
    match columns.as_slice() {
        [only] => {
            let values: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
            format!("{only} IN ({})", values.join(", "))
        }
        _ => {
            let rows: Vec<String> = keys.iter().map(|key| format!("({})", key.join(", "))).collect();
            // SQLite takes a list of rows only as VALUES; so do the others, but slowly.
            let open = if names.is_sqlite() { "VALUES " } else { "" };
            format!("({}) IN ({open}{})", columns.join(", "), rows.join(", "))
        }
    }
}

/// The numbers that the counter gave. A server gives those of a simple INSERT in one piece (manual, "AUTO_INCREMENT
/// Handling in InnoDB"); on SQLite nobody else can have written meanwhile.
async fn counted(
    session: &mut dyn Session,
    column: &str,
    (first, rows): (u64, u64),
    floor: Option<i64>,
) -> Result<String> {
    if let Some(floor) = floor {
        return Ok(format!("{column} > {floor}"));
    }
    let found = session.query("SELECT @@SESSION.auto_increment_increment LIMIT 1", &[]).await?;
    let step = found.first().map_or(1, |row| row.get_u64(0));
    let last = first.saturating_add(step.saturating_mul(rows.saturating_sub(1)));
    Ok(format!("{column} BETWEEN {first} AND {last}"))
}

/// The statement must have changed the very rows that were kept: functions may answer differently the second time. A
/// server counts the rows that an UPDATE changed, not those that it found: which of them it changed, their images tell
/// ([`changed_those`]).
fn agree(server: ServerKind, keep: &Keep, added: u64, affected: u64) -> Result<()> {
    let (kept, agrees) = match keep.how {
        How::Moved | How::Whole | How::Columns { .. } => return Ok(()),
        How::Found { .. } => {
            (keep.kept.rows, keep.kept.rows == affected || (server != ServerKind::Sqlite && keep.kept.rows > affected))
        }
        How::Added { .. } | How::Counted { .. } => (added, added == affected),
    };
    if agrees { Ok(()) } else { Err(other_rows(affected, kept)) }
}

/// Of the rows that were found beforehand, as many must have changed as the server says.
fn changed_those(keep: &Keep, affected: u64) -> Result<()> {
    if keep.kept.rows == affected { Ok(()) } else { Err(other_rows(affected, keep.kept.rows)) }
}

// What follows by a foreign key is kept whole, and not counted by the server.
fn other_rows(affected: u64, kept: u64) -> StoreError {
    let reason = format!("the statement changed {affected} rows, and asking for them beforehand found {kept}");
    StoreError::cannot_keep(reason)
}

async fn note_whole(session: &mut dyn Session, names: &Names, keep: &mut Keep, afterwards: &[String]) -> Result<()> {
    let changed = whole::note(session, names, keep, afterwards).await?;
    if let Some(whole) = &mut keep.kept.whole {
        whole.changed = changed;
    }
    Ok(())
}

async fn note(session: &mut dyn Session, names: &Names, keep: &Keep) -> Result<()> {
    let (t, k) = keep.aliases();
    let image = format!(
        "UPDATE {} AS {k} SET {} = (SELECT {} FROM {} AS {t} WHERE {})",
        names.place,
        names.own(AFTER),
        names.image(&keep.facts, &t),
        names.table,
        names.same_key(&t, &k),
    );
    session.execute(&image, &[]).await?;
    let unchanged = format!(
        "DELETE FROM {} WHERE {} <> 'n' AND {} = {}",
        names.place,
        names.own(IS),
        names.own(AFTER),
        names.image(&keep.facts, ""),
    );
    session.execute(&unchanged, &[]).await?;
    Ok(())
}

async fn count(session: &mut dyn Session, names: &Names, keep: &mut Keep) -> Result<()> {
    let count = match keep.kept.whole.is_some() {
        true => whole::count(names),
        false => format!("SELECT COUNT(*), {} FROM {}", names.bytes(), names.place),
    };
    let rows = session.query(&count, &[]).await?;
    (keep.kept.rows, keep.kept.bytes) = rows.first().map_or((0, 0), |row| (row.get_u64(0), row.get_u64(1)));
    Ok(())
}
