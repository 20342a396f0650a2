//! Columns that are parked instead of dropped, where the file asks for it (`park=table.column`): the column stays in its
//! table with its values, invisible and under another name. Nothing is copied, however large the table. Definitions do
//! not show it (`database::mysql::definitions`): to everything else it is dropped.

use super::columns::Destroyed;
use super::facts::{Found, TableFacts, facts};
use super::plan::{Ask, How, Keep};
use super::text::table;
use super::{facts_mysql, settings};
use crate::database::Session;
use crate::model::{Attached, Kept, KeptKind, Place, PutBack};
use crate::sql::inverse::park;
use crate::sql::{AlterOperation, ObjectKind, ObjectName, quote_identifier};
use crate::store::{Result, Store, StoreError};

/// How long somebody's lock on the table is waited for when a parked column goes for good, in seconds.
const LOCK_WAIT: u32 = 2;

/// The dropped columns that the file wants parked, a kept thing each; `None` where it wants none.
pub(super) async fn plan(
    store: &Store,
    session: &mut dyn Session,
    ask: &Ask<'_>,
    facts: &TableFacts,
    lost: &Destroyed,
) -> Result<Option<Vec<Keep>>> {
    let columns: Vec<&String> = lost.dropped.iter().filter(|column| ask.parks(facts, column)).collect();
    if columns.is_empty() || !store.dialect().is_mysql_family() {
        return Ok(None);
    }
    let label = facts.label();
    let refuse = |reason: String| Err(StoreError::cannot_keep(reason));
    let operations = &ask.statement.analysis.operations;
    let drops_only = operations.iter().all(|operation| matches!(operation, AlterOperation::DropColumn { .. }));
    if !drops_only || operations.len() != columns.len() {
        return refuse(format!("a statement that parks columns of {label} does nothing else: write two"));
    }
    if facts.schema.as_ref().is_some_and(|schema| *schema != store.schemas().core) {
        return refuse(format!("columns are parked in {} only, and {label} is elsewhere", store.schemas().core));
    }
    if ask.locked {
        return refuse("the file holds LOCK TABLES".to_owned());
    }
    let object = ObjectName { kind: ObjectKind::Table, schema: facts.schema.clone(), name: facts.name.clone() };
    let shown = facts_mysql::shown(session, &object).await?;
    let mut keeps = Vec::new();
    for (n, column) in (0_u32..).zip(columns) {
        keeps.push(one(store, ask, facts, &shown, (n, column))?);
    }
    Ok(Some(keeps))
}

fn one(store: &Store, ask: &Ask<'_>, facts: &TableFacts, shown: &str, (n, column): (u32, &String)) -> Result<Keep> {
    let place = ask.place.name(n);
    let parking = park(shown, column, &Place::parked(&place), store.dialect());
    let parking = parking.map_err(|why| {
        let label = facts.label();
        StoreError::cannot_keep(format!("{label}.{column} cannot be parked: it {why}"))
    })?;
    let name = table(store.dialect(), facts.schema.as_deref(), &facts.name)?;
    let kept = Kept {
        n,
        kind: KeptKind::ColumnParked,
        schema: facts.schema.clone(),
        table: facts.name.clone(),
        place,
        twin: None,
        key: Vec::new(),
        columns: vec![column.clone()],
        changed: Vec::new(),
        off: vec![parking.away],
        on: vec![Attached::Column { name: column.clone(), sql: format!("ALTER TABLE {name} {}", parking.back) }],
        siblings: Vec::new(),
        counted: false,
        rows: facts.rows,
        bytes: 0,
    };
    Ok(Keep { kept, how: How::Moved, facts: facts.clone(), budget: ask.budget, floor: None })
}

/// The statement that runs instead of the one that drops the columns: all of them, or none.
pub(super) fn substitute(store: &Store, keeps: &[Keep]) -> Result<Vec<String>> {
    let Some(kept) = keeps.first().map(|keep| &keep.kept) else { return Ok(Vec::new()) };
    let name = table(store.dialect(), kept.schema.as_deref(), &kept.table)?;
    let operations: Vec<&str> = keeps.iter().flat_map(|keep| &keep.kept.off).map(String::as_str).collect();
    Ok(vec![format!("ALTER TABLE {name} {}", operations.join(", "))])
}

/// Whether the column is parked.
pub(super) async fn stands(session: &mut dyn Session, kept: &Kept) -> Result<bool> {
    Ok(now(session, kept).await?.is_some_and(|facts| facts.column(&Place::parked(&kept.place)).is_some()))
}

async fn now(session: &mut dyn Session, kept: &Kept) -> Result<Option<Box<TableFacts>>> {
    let object = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
    Ok(match facts(session, &object).await? {
        Found::Table(facts) => Some(facts),
        Found::Missing | Found::Temporary | Found::NoTable => None,
    })
}

/// Gives the column its name and its definition back. Rows that came without a value get what a column that is added
/// gives them. Can be done again after a crash.
pub(super) async fn put_back(session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let saved = settings::ours(session).await?;
    let done = rename_back(session, kept).await;
    settings::after(session, saved, done).await
}

async fn rename_back(session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let cannot = |reason: String| Err(StoreError::cannot_put_back(&kept.place, reason));
    let Some(facts) = now(session, kept).await? else {
        return cannot(format!("the table {} is gone", kept.table));
    };
    let parked = facts.column(&Place::parked(&kept.place)).is_some();
    for attached in &kept.on {
        let Attached::Column { name, sql } = attached else { continue };
        match (parked, facts.column(name).is_some()) {
            (true, false) => drop(session.run(sql).await?),
            (true, true) => return cannot(format!("{} has another column {name} by now", kept.table)),
            (false, true) => {}
            (false, false) => return cannot(format!("{name} is neither parked in {} nor in its place", kept.table)),
        }
    }
    Ok(PutBack { restored: facts.rows, skipped: Vec::new() })
}

/// Drops what is parked under these names, wherever in core it is by now. Doing it again does nothing.
pub(super) async fn discard(store: &Store, session: &mut dyn Session, place: &str) -> Result<()> {
    const WHERE: &str = "SELECT TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = ?";
    let core = store.schemas().core.as_str();
    let column = Place::parked(place);
    let tables = session.query(WHERE, &[core.into(), column.as_str().into()]).await?;
    for row in tables {
        let name = table(store.dialect(), Some(core), &row.get_text(0))?;
        session.execute(&format!("SET SESSION lock_wait_timeout = {LOCK_WAIT}"), &[]).await?;
        let column = quote_identifier(&column, store.dialect())?;
        session.execute(&format!("ALTER TABLE {name} DROP COLUMN {column}"), &[]).await?;
    }
    Ok(())
}

/// The places of all columns that are parked in core.
///
/// # Errors
/// The database's.
pub async fn parked_places(store: &Store, session: &mut dyn Session) -> Result<Vec<String>> {
    const ALL: &str = "SELECT DISTINCT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME LIKE 'parked$u%'";
    let rows = session.query(ALL, &[store.schemas().core.as_str().into()]).await?;
    Ok(rows.iter().filter_map(|row| Place::of_parked(&row.get_text(0)).map(str::to_owned)).collect())
}
