//! Putting rows back, inside the transaction of the undo.
//!
//! First every kept row gets a mark that says what is to happen to it; a row that others have changed gets one that
//! leaves it alone. Then all rows that give way are deleted, and those that come back are inserted: so values that must
//! be unique can change places. Nothing cascades, because foreign keys are not checked meanwhile; what they would have
//! refused is looked for beforehand.

use super::facts::{Found, TableFacts, facts};
use super::text::{DO, IS, Names};
use super::{columns, marks, moved, parked, settings};
use crate::database::{Row, ServerKind, Session};
use crate::model::{Kept, KeptKind, Place, PutBack, SkipReason, Skipped};
use crate::sql::{ObjectKind, ObjectName};
use crate::store::{Result, Store, StoreError};

/// How many skipped rows are named; the others are counted by the events of those named.
const NAMED: u64 = 1_000;

/// Puts back what was kept; what was kept for one statement in the order of its numbers, parents before children. Rows: inside a transaction that the caller begins and commits. A table: by statements that
/// commit by themselves, and that can be run again after a crash.
///
/// # Errors
/// [`StoreError::CannotPutBack`] where it cannot be put back at all: the table is gone, or has triggers that would run.
/// Or the database's.
pub async fn put_back(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    put_back_before(store, session, kept, &[]).await
}

/// The same where more is put back behind it: a row whose parent is among that has its parent.
///
/// # Errors
/// As [`put_back`].
pub async fn put_back_before(
    store: &Store,
    session: &mut dyn Session,
    kept: &Kept,
    to_come: &[Kept],
) -> Result<PutBack> {
    match kept.kind {
        KeptKind::TableMoved => return moved::put_back(store, session, kept).await,
        KeptKind::ColumnParked => return parked::put_back(session, kept).await,
        KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => {}
    }
    let saved = settings::ours(session).await?;
    let done = rows(store, session, kept, to_come).await;
    settings::after(session, saved, done).await
}

/// What putting back would do now, and what it would leave alone: for the blast radius and the revertibility meter. To be
/// asked inside a transaction that is rolled back.
///
/// # Errors
/// As [`put_back`].
pub async fn since(store: &Store, session: &mut dyn Session, kept: &Kept, to_come: &[Kept]) -> Result<PutBack> {
    match kept.kind {
        KeptKind::TableMoved => return moved::since(store, session, kept).await,
        KeptKind::ColumnParked => return Ok(PutBack::default()),
        KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => {}
    }
    let saved = settings::ours(session).await?;
    let done = look(store, session, kept, to_come).await;
    settings::after(session, saved, done).await
}

/// The table as it is now, if rows can be put back into it, and what of them: a column that was parked may be gone for good.
async fn table(session: &mut dyn Session, kept: &Kept) -> Result<(TableFacts, Kept)> {
    let name = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
    let found = match facts(session, &name).await? {
        Found::Table(found) => *found,
        Found::Missing | Found::Temporary | Found::NoTable => {
            return Err(StoreError::cannot_put_back(&kept.place, format!("there is no table {name}")));
        }
    };
    let mut kept = kept.clone();
    kept.columns.retain(|column| !Place::is_parked(column) || found.column(column).is_some());
    if let Some(column) = kept.columns.iter().find(|column| found.column(column).is_none()) {
        return Err(StoreError::cannot_put_back(&kept.place, format!("{name} has no column {column}")));
    }
    let events: &[&str] = if kept.kind == KeptKind::Columns { &["UPDATE"] } else { &["INSERT", "DELETE"] };
    let triggers = found.triggers_on(events);
    if !triggers.is_empty() {
        let reason = format!("triggers of {name} would run: {triggers}");
        return Err(StoreError::cannot_put_back(&kept.place, reason));
    }
    if session.kind() == ServerKind::Sqlite {
        let rows = session.query("PRAGMA foreign_keys", &[]).await?;
        if rows.first().is_some_and(|row| row.get_bool(0)) && found.children.iter().any(|key| key.acts()) {
            return Err(StoreError::cannot_put_back(&kept.place, "foreign keys are enforced and would cascade"));
        }
    }
    Ok((found, kept))
}

async fn look(store: &Store, session: &mut dyn Session, kept: &Kept, to_come: &[Kept]) -> Result<PutBack> {
    let (facts, kept) = table(session, kept).await?;
    let names = Names::of(store, &kept)?;
    match kept.kind {
        KeptKind::Columns => columns::mark(session, &names, &facts, &kept).await?,
        _ => marks::set(store, session, &names, &facts, (&kept, to_come)).await?,
    }
    report(session, &names, &kept).await
}

async fn rows(store: &Store, session: &mut dyn Session, kept: &Kept, to_come: &[Kept]) -> Result<PutBack> {
    let (facts, kept) = table(session, kept).await?;
    let names = Names::of(store, &kept)?;
    if kept.kind == KeptKind::Columns {
        columns::mark(session, &names, &facts, &kept).await?;
        let done = report(session, &names, &kept).await?;
        columns::put_back(session, &names, &facts, &kept).await?;
        return Ok(done);
    }
    marks::set(store, session, &names, &facts, (&kept, to_come)).await?;
    let done = report(session, &names, &kept).await?;
    give_way(session, &names).await?;
    let insert = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} IN ('u', 'd')",
        names.table,
        names.list(""),
        names.list(""),
        names.place,
        names.own(DO),
    );
    session.execute(&insert, &[]).await?;
    verify(session, &names, &facts, &kept).await?;
    Ok(done)
}

/// Deletes the rows that give way to their old selves, and those that the statement added.
async fn give_way(session: &mut dyn Session, names: &Names) -> Result<()> {
    let sql = match session.kind() {
        ServerKind::Sqlite => format!(
            "DELETE FROM {} WHERE ({}) IN (SELECT {} FROM {} WHERE {} IN ('u', 'n'))",
            names.table,
            names.key().join(", "),
            names.key().join(", "),
            names.place,
            names.own(DO),
        ),
        // The order of the join is given: the table may be large, what was kept is not.
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "DELETE t FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{} IN ('u', 'n')",
            names.place,
            names.table,
            names.same_key("t", "k"),
            names.own(DO),
        ),
    };
    session.execute(&sql, &[]).await?;
    Ok(())
}

/// Every row that was put back is there as it was kept: count and images are compared on the server.
async fn verify(session: &mut dyn Session, names: &Names, facts: &TableFacts, kept: &Kept) -> Result<()> {
    let wrong = format!(
        "SELECT COUNT(*) FROM {} AS k WHERE (k.{is} = 'o' AND k.{do_} IN ('u', 'd', 's') AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {} \
         AND {} = {})) OR (k.{is} = 'n' AND k.{do_} IN ('n', 's') AND EXISTS (SELECT 1 FROM {} AS t WHERE {}))",
        names.place,
        names.table,
        names.same_key("t", "k"),
        names.image(facts, "t"),
        names.image(facts, "k"),
        names.table,
        names.same_key("t", "k"),
        is = names.own(IS),
        do_ = names.own(DO),
    );
    let rows = session.query(&wrong, &[]).await?;
    match rows.first().map_or(0, |row| row.get_u64(0)) {
        0 => Ok(()),
        wrong => {
            let reason = format!("{wrong} rows of {} do not read as they were kept", kept.table);
            Err(StoreError::cannot_put_back(&kept.place, reason))
        }
    }
}

/// What the marks say.
async fn report(session: &mut dyn Session, names: &Names, kept: &Kept) -> Result<PutBack> {
    let do_ = names.own(DO);
    let sql = format!("SELECT COUNT(*) FROM {} WHERE {do_} IN ('u', 'd', 'n', 's')", names.place);
    let restored = session.query(&sql, &[]).await?.first().map_or(0, |row| row.get_u64(0));
    let sql = format!(
        "SELECT {do_}, {} FROM {} WHERE {do_} NOT IN ('u', 'd', 'n', 's') LIMIT {NAMED}",
        names.key().join(", "),
        names.place,
    );
    let rows = session.query(&sql, &[]).await?;
    let skipped = rows.iter().filter_map(|row| skipped(row, kept)).collect();
    Ok(PutBack { restored, skipped })
}

fn skipped(row: &Row, kept: &Kept) -> Option<Skipped> {
    let reason = match row.get_text(0).as_str() {
        "C" => SkipReason::Changed,
        "G" => SkipReason::Gone,
        "R" => SkipReason::Replaced,
        "X" => SkipReason::Collides,
        "P" => SkipReason::Orphan,
        "K" => SkipReason::Referred,
        _ => return None,
    };
    let key: Vec<String> = (1..row.len()).map(|at| row.opt_text(at).unwrap_or_else(|| "NULL".to_owned())).collect();
    Some(Skipped { row: format!("{} ({})", kept.table, key.join(", ")), reason })
}
