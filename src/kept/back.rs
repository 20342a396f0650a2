//! Putting rows back, inside the transaction of the undo.
//!
//! First every kept row gets a mark that says what is to happen to it; a row that others have changed gets one that
//! leaves it alone. Then all rows that give way are deleted, and those that come back are inserted: so values that must
//! be unique can change places. Nothing cascades, because foreign keys are not checked meanwhile; what they would have
//! refused is looked for beforehand.

use super::facts::{Found, ObjectNameKey, TableFacts, facts};
use super::text::{DO, IS, Names};
use super::{columns, marks, moved, parked, settings, triggers, whole};
use crate::database::{Row, ServerKind, Session};
use crate::model::{Kept, KeptKind, Place, PutBack, SkipReason, Skipped};
use crate::sql::{ObjectKind, ObjectName};
use crate::store::{Result, Store, StoreError};
use std::collections::{HashMap, HashSet};

/// Number of skipped rows that are named; the others are counted by the events of those named.
const NAMED: u64 = 1_000;

/// Puts back what was kept; what was kept for one statement in the order of its numbers, parents before children. Rows:
/// inside a transaction that the caller begins and commits. A table: by statements that commit by themselves, and that
/// can be run again after a crash.
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
    let done = without_triggers(store, session, kept, to_come).await;
    settings::after(session, saved, done).await
}

/// Tells what putting back would do now, and what it would leave alone: for the blast radius and the revertibility
/// meter. To be asked inside a transaction that is rolled back.
///
/// # Errors
/// As [`put_back`].
pub async fn since(
    store: &Store,
    session: &mut dyn Session,
    kept: &Kept,
    (so_far, to_come): (&mut SoFar, &[Kept]),
) -> Result<PutBack> {
    match kept.kind {
        KeptKind::TableMoved => return moved::since(store, session, kept).await,
        KeptKind::ColumnParked => return Ok(PutBack::default()),
        KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => {}
    }
    let saved = settings::ours(session).await?;
    let done = look(store, session, kept, (so_far, to_come)).await;
    settings::after(session, saved, done).await
}

/// The table as it is now, if rows can be put back into it, and what of them: a column that was parked may be gone for
/// good.
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
    let updates = kept.kind == KeptKind::Columns && kept.whole.is_none();
    let events: &[&str] = if updates { &["UPDATE"] } else { &["INSERT", "DELETE"] };
    let triggers = found.triggers_on(events);
    // On SQLite they are off meanwhile.
    if !triggers.is_empty() && session.kind() != ServerKind::Sqlite {
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

async fn look(
    store: &Store,
    session: &mut dyn Session,
    kept: &Kept,
    (so_far, to_come): (&mut SoFar, &[Kept]),
) -> Result<PutBack> {
    let (facts, kept) = table(session, kept).await?;
    let names = Names::from_kept(store, &kept)?.seeing(so_far.rows(&kept)?);
    if kept.whole.is_some() {
        let found = whole::since(session, &names, &facts, &kept).await?;
        if found.skipped.is_empty() && kept.kind == KeptKind::Rows {
            so_far.note(&kept, whole::kept_rows(&names));
        }
        return Ok(found);
    }
    if kept.kind == KeptKind::Columns {
        columns::mark(session, &names, &facts, &kept).await?;
    } else {
        let will_change = |table: &ObjectNameKey| so_far.has(table);
        marks::set(store, session, &names, &facts, (&kept, to_come), will_change).await?;
        so_far.note(&kept, after(&names));
    }
    report(session, &names, &kept).await
}

/// The table's rows once those that are marked have been put back.
fn after(names: &Names) -> String {
    let (place, do_) = (&names.place, names.own(DO));
    format!(
        "(SELECT {} FROM {} WHERE NOT EXISTS (SELECT 1 FROM {place} AS g WHERE {} AND g.{do_} IN ('u', 'd', 'n')) UNION ALL \
         SELECT {} FROM {place} AS g WHERE g.{do_} IN ('u', 'd'))",
        names.list("t"),
        names.rows("t"),
        names.kept_key("t", "g"),
        names.list("g"),
    )
}

/// Number of steps that put back rows of one table and are looked at one behind the other: each reads what the one before it
/// would leave, and servers do not nest queries without end.
const DEEPEST: usize = 12;

/// The tables as the steps of an undo that were looked at so far would leave them.
#[derive(Debug, Default)]
pub struct SoFar {
    rows: HashMap<(Option<String>, String), (String, usize)>,
    /// Those of which that cannot be told.
    doubted: HashSet<(Option<String>, String)>,
}

impl SoFar {
    fn key(kept: &Kept) -> (Option<String>, String) {
        (kept.schema.clone(), kept.table.to_lowercase())
    }

    /// True if a step before has put back something into that table.
    fn has(&self, (schema, name): &ObjectNameKey) -> bool {
        let key = (schema.clone(), name.to_lowercase());
        self.rows.contains_key(&key) || self.doubted.contains(&key)
    }

    /// How the rows of the table will look is not told: values of its columns come back, or others are made of them.
    pub fn doubt(&mut self, (schema, name): ObjectNameKey) {
        self.doubted.insert((schema, name.to_lowercase()));
    }

    /// The rows of the table that something is put back into, unless it is as it stands.
    fn rows(&self, kept: &Kept) -> Result<Option<String>> {
        if self.doubted.contains(&Self::key(kept)) {
            let reason = "a step before it puts values of the same table back";
            return Err(StoreError::cannot_put_back(&kept.place, reason));
        }
        match self.rows.get(&Self::key(kept)) {
            Some((_, depth)) if *depth >= DEEPEST => {
                let reason = "more steps before it put back rows of the same table than can be looked at";
                Err(StoreError::cannot_put_back(&kept.place, reason))
            }
            found => Ok(found.map(|(rows, _)| rows.clone())),
        }
    }

    fn note(&mut self, kept: &Kept, rows: String) {
        let entry = self.rows.entry(Self::key(kept)).or_default();
        *entry = (rows, entry.1 + 1);
    }
}

async fn without_triggers(store: &Store, session: &mut dyn Session, kept: &Kept, to_come: &[Kept]) -> Result<PutBack> {
    let off = triggers::take_off(session, &kept.table).await?;
    let done = rows(store, session, kept, to_come).await?;
    triggers::put_on(session, &off).await?;
    Ok(done)
}

async fn rows(store: &Store, session: &mut dyn Session, kept: &Kept, to_come: &[Kept]) -> Result<PutBack> {
    let (facts, kept) = table(session, kept).await?;
    let names = Names::from_kept(store, &kept)?;
    if kept.whole.is_some() {
        return whole::put_back(session, &names, &facts, &kept).await;
    }
    if kept.kind == KeptKind::Columns {
        columns::mark(session, &names, &facts, &kept).await?;
        let done = report(session, &names, &kept).await?;
        columns::put_back(session, &names, &facts, &kept).await?;
        return Ok(done);
    }
    marks::set(store, session, &names, &facts, (&kept, to_come), |_| false).await?;
    let done = report(session, &names, &kept).await?;
    give_way(session, &names).await?;
    let insert = format!(
        "{} INTO {} ({}) SELECT {} FROM {} WHERE {} IN ('u', 'd')",
        names.insert(),
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
        "SELECT COUNT(*) FROM {} AS k WHERE (k.{is} <> 'n' AND k.{do_} IN ('u', 'd', 's') AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {} \
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

/// Reads the result from the marks.
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
