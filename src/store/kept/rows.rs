//! Before and after a statement that changes rows, inside its transaction.

use super::plan::{How, Keep};
use super::text::{AFTER, IS, Names};
use super::{columns, settings};
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::sql::quote_identifier;
use crate::store::{Result, Store, StoreError};

/// Copies what the statement is about to change, and locks it. Only the budget's rows and one more are read: what goes
/// beyond is refused, and the statement has not run.
///
/// # Errors
/// [`StoreError::CannotKeep`] beyond the budget: roll the transaction back. Or the database's.
pub async fn before(store: &Store, session: &mut dyn Session, keeps: &mut [Keep]) -> Result<()> {
    for keep in keeps.iter_mut() {
        let names = Names::at_work(store, &keep.kept)?;
        let saved = settings::tolerant(session).await?;
        let done = copy(session, &names, keep).await;
        keep.kept.rows = settings::after(session, saved, done).await?;
        keep.kept.bytes = if keep.kept.rows == 0 { 0 } else { bytes(session, &names).await? };
    }
    within_budget(keeps)
}

/// Notes how the kept rows look now and which the statement added, and drops those that it did not change.
/// `affected` is what the server said that it changed.
///
/// # Errors
/// [`StoreError::CannotKeep`] when other rows were changed than were kept, or beyond the budget: roll the transaction
/// back. Or the database's.
pub async fn after(store: &Store, session: &mut dyn Session, keeps: &mut [Keep], affected: u64) -> Result<()> {
    for keep in keeps.iter_mut() {
        keep.kept.counted = true;
        // Of a table that is gone or empty there is nothing to note.
        if keep.kept.kind == KeptKind::TableCopied {
            continue;
        }
        let names = Names::at_work(store, &keep.kept)?;
        let saved = settings::tolerant(session).await?;
        let done = added(session, &names, keep).await;
        let added = settings::after(session, saved, done).await?;
        agree(keep, added, affected)?;
        let saved = settings::ours(session).await?;
        let done = match &keep.how {
            How::Columns { afterwards } => columns::note(session, &names, keep, &afterwards.clone()).await,
            _ => note(session, &names, keep).await,
        };
        let done = match done {
            Ok(()) => count(session, &names, keep).await,
            error => error,
        };
        settings::after(session, saved, done).await?;
    }
    within_budget(keeps)
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
async fn added(session: &mut dyn Session, names: &Names, keep: &Keep) -> Result<u64> {
    let condition = match &keep.how {
        How::Moved | How::Found { .. } | How::Columns { .. } => return Ok(0),
        How::Whole => format!("NOT EXISTS (SELECT 1 FROM {} AS k WHERE {})", names.place, names.same_key("t", "k")),
        How::Added { keys } => of_keys(names, keys),
        How::Counted { column, rows } => {
            let column = format!("t.{}", quote_identifier(column, session.kind().dialect())?);
            counted(session, &column, *rows, keep.floor).await?
        }
    };
    let sql = format!(
        "INSERT INTO {} ({}, {}) SELECT {}, 'n' FROM {} AS t WHERE {condition}",
        names.place,
        names.list(""),
        names.own(IS),
        names.list("t"),
        names.table,
    );
    Ok(session.run(&sql).await?.rows_affected)
}

fn of_keys(names: &Names, keys: &[Vec<String>]) -> String {
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
async fn counted(session: &mut dyn Session, column: &str, rows: u64, floor: Option<i64>) -> Result<String> {
    if let Some(floor) = floor {
        return Ok(format!("{column} > {floor}"));
    }
    let found = session.query("SELECT LAST_INSERT_ID(), @@SESSION.auto_increment_increment", &[]).await?;
    let (first, step) = found.first().map_or((0, 1), |row| (row.get_u64(0), row.get_u64(1)));
    let last = first.saturating_add(step.saturating_mul(rows.saturating_sub(1)));
    Ok(format!("{column} BETWEEN {first} AND {last}"))
}

/// The statement must have changed the very rows that were kept: functions may answer differently the second time.
fn agree(keep: &Keep, added: u64, affected: u64) -> Result<()> {
    let kept = match keep.how {
        How::Moved | How::Whole | How::Columns { .. } => return Ok(()),
        How::Found { .. } => keep.kept.rows,
        How::Added { .. } | How::Counted { .. } => added,
    };
    // What follows by a foreign key is kept whole, and not counted by the server.
    if kept == affected {
        return Ok(());
    }
    let reason = format!("the statement changed {affected} rows, and asking for them beforehand found {kept}");
    Err(StoreError::cannot_keep(reason))
}

async fn note(session: &mut dyn Session, names: &Names, keep: &Keep) -> Result<()> {
    let image = format!(
        "UPDATE {} AS k SET {} = (SELECT {} FROM {} AS t WHERE {})",
        names.place,
        names.own(AFTER),
        names.image(&keep.facts, "t"),
        names.table,
        names.same_key("t", "k"),
    );
    session.execute(&image, &[]).await?;
    let unchanged = format!(
        "DELETE FROM {} WHERE {} = 'o' AND {} = {}",
        names.place,
        names.own(IS),
        names.own(AFTER),
        names.image(&keep.facts, ""),
    );
    session.execute(&unchanged, &[]).await?;
    Ok(())
}

async fn count(session: &mut dyn Session, names: &Names, keep: &mut Keep) -> Result<()> {
    let count = format!("SELECT COUNT(*), {} FROM {}", names.bytes(), names.place);
    let rows = session.query(&count, &[]).await?;
    (keep.kept.rows, keep.kept.bytes) = rows.first().map_or((0, 0), |row| (row.get_u64(0), row.get_u64(1)));
    Ok(())
}
