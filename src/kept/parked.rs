//! Columns that are parked instead of dropped, where the file asks for it (`park=table.column`): the column stays in its
//! table with its values, invisible and under another name. Nothing is copied, however large the table. Definitions do
//! not show it (`database::mysql::definitions`): to everything else it is dropped.

use super::facts::{Found, TableFacts, facts, mysql};
use super::keep::{Ask, How, Keep};
use super::settings;
use super::text::table;
use crate::database::{DbError, ServerKind, Session};
use crate::model::{Attached, Kept, KeptKind, Place, PutBack};
use crate::sql::{AlterOperation, Dialect, ObjectKind, ObjectName, quote_identifier};
use crate::store::{Result, Store, StoreError};
use crate::undo::inverse::park;

/// Time that somebody's lock on the table is waited for when a parked column goes for good, in seconds.
const LOCK_WAIT: u32 = 2;
/// No row is touched, or the server refuses.
const INSTANT: &str = "ALGORITHM=INSTANT";

/// The dropped columns that the file wants parked, a kept thing each; `None` where it wants none.
pub(crate) async fn plan(
    store: &Store,
    session: &mut dyn Session,
    ask: &Ask<'_>,
    facts: &TableFacts,
    dropped: &[String],
) -> Result<Option<Vec<Keep>>> {
    let columns: Vec<&String> = dropped.iter().filter(|column| ask.parks(facts, column)).collect();
    if columns.is_empty() || !store.dialect().is_mysql_family() {
        return Ok(None);
    }
    let label = facts.label();
    let refuse = |reason: String| Err(StoreError::CannotPark { reason });
    let operations = &ask.statement.analysis.operations;
    let drops = operations.iter().filter(|operation| matches!(operation, AlterOperation::DropColumn { .. })).count();
    let others = |o: &AlterOperation| !matches!(o, AlterOperation::DropColumn { .. } | AlterOperation::Modifier { .. });
    if drops != columns.len() || operations.iter().any(others) {
        return refuse(format!("a statement that parks columns of {label} does nothing else: write two"));
    }
    if facts.schema.as_ref().is_some_and(|schema| *schema != store.schemas().core) {
        return refuse(format!("columns are parked in {} only, and {label} is elsewhere", store.schemas().core));
    }
    if is_too_old(store) {
        return refuse(format!("MySQL {} cannot park columns; 8.0.28 and later can", store.database().version()));
    }
    let object = ObjectName { kind: ObjectKind::Table, schema: facts.schema.clone(), name: facts.name.clone() };
    let shown = mysql::show_create_table(session, &object).await?;
    let mut keeps = Vec::new();
    // In the order of the table: what comes back first may be what the next one stands behind.
    let in_order = facts.columns.iter().filter(|column| columns.contains(&&column.name));
    for (n, column) in (0_u32..).zip(in_order) {
        keeps.push(one(store, ask, facts, &shown, (n, &column.name))?);
    }
    Ok(Some(keeps))
}

/// Before that, a column cannot be renamed without a copy of the table (manual of MySQL, "Online DDL Operations").
fn is_too_old(store: &Store) -> bool {
    let mut numbers = store.database().version().split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
    let version: (u32, u32, u32) =
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    store.kind() == ServerKind::MySql && version < (8, 0, 28)
}

fn one(store: &Store, ask: &Ask<'_>, facts: &TableFacts, shown: &str, (n, column): (u32, &String)) -> Result<Keep> {
    let place = ask.place.name(n);
    let parking = park(shown, column, &Place::parked(&place), store.dialect());
    let parking = parking.map_err(|why| {
        let label = facts.label();
        StoreError::CannotPark { reason: format!("{label}.{column} cannot be parked: it {why}") }
    })?;
    let name = table(store.dialect(), facts.schema.as_deref(), &facts.name)?;
    let on = Attached::Column {
        name: column.clone(),
        sql: format!("ALTER TABLE {name} {}", parking.back),
        after: before(facts, column),
    };
    let kept = Kept {
        key: Vec::new(),
        columns: vec![column.clone()],
        off: vec![parking.away],
        on: vec![on],
        rows: facts.rows,
        ..ask.kept(n, KeptKind::ColumnParked, facts)
    };
    Ok(Keep { kept, how: How::Moved, facts: facts.clone(), budget: ask.budget, locked_by: None, floor: None })
}

/// The column before another, of those that are in sight.
fn before(facts: &TableFacts, column: &str) -> Option<String> {
    let until = facts.columns.iter().take_while(|one| one.name != column);
    until.filter(|one| !Place::is_parked(&one.name)).last().map(|one| one.name.clone())
}

/// The statement that runs instead of the one that drops the columns: all of them, or none, and no row is touched.
pub(crate) fn substitute(store: &Store, keeps: &[Keep]) -> Result<Vec<String>> {
    let Some(kept) = keeps.first().map(|keep| &keep.kept) else { return Ok(Vec::new()) };
    let name = table(store.dialect(), kept.schema.as_deref(), &kept.table)?;
    let operations: Vec<&str> = keeps.iter().flat_map(|keep| &keep.kept.off).map(String::as_str).collect();
    Ok(vec![format!("ALTER TABLE {name} {}, {INSTANT}", operations.join(", "))])
}

/// True if the column is parked; `None` where it is not there at all.
pub(crate) async fn stands(session: &mut dyn Session, kept: &Kept) -> Result<Option<bool>> {
    let Some(facts) = now(session, kept).await? else { return Ok(None) };
    if facts.column(&Place::parked(&kept.place)).is_some() {
        return Ok(Some(true));
    }
    Ok(kept.columns.iter().all(|column| facts.column(column).is_some()).then_some(false))
}

async fn now(session: &mut dyn Session, kept: &Kept) -> Result<Option<Box<TableFacts>>> {
    let object = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
    Ok(match facts(session, &object).await? {
        Found::Table(facts) => Some(facts),
        Found::Missing | Found::Temporary | Found::NoTable => None,
    })
}

/// Gives the column its name, its definition and its place back. Rows that came without a value have what a column that
/// is added gives them. Can be done again after a crash.
pub(crate) async fn put_back(session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let saved = settings::ours(session).await?;
    let done = rename_back(session, kept).await;
    settings::after(session, saved, done).await
}

async fn rename_back(session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let cannot = |reason: String| Err(StoreError::cannot_put_back(&kept.place, reason));
    let Some(facts) = now(session, kept).await? else {
        return cannot(format!("the table {} is gone", kept.table));
    };
    let parked = Place::parked(&kept.place);
    for attached in &kept.on {
        let Attached::Column { name, sql, after } = attached else { continue };
        match (facts.column(&parked).is_some(), facts.column(name).is_some()) {
            (true, false) => {
                let moves = place_of(session.kind().dialect(), &facts, &parked, after.as_deref())?;
                alter(session, sql, &moves).await?;
            }
            (true, true) => return cannot(format!("{} has another column {name} by now", kept.table)),
            (false, true) => {}
            (false, false) => return cannot(format!("{name} is neither parked in {} nor in its place", kept.table)),
        }
    }
    Ok(PutBack { restored: facts.rows, skipped: Vec::new() })
}

/// Gives the clause for the place where the column has to go; empty where it is there. The column before it may have
/// been made anew since, behind it.
fn place_of(dialect: Dialect, facts: &TableFacts, parked: &str, after: Option<&str>) -> Result<String> {
    let is_after = before(facts, parked);
    let same = |one: &str| is_after.as_deref().is_some_and(|is| is.eq_ignore_ascii_case(one));
    Ok(match after {
        None if is_after.is_none() => String::new(),
        None => " FIRST".to_owned(),
        Some(name) if same(name) || facts.column(name).is_none() => String::new(),
        Some(name) => format!(" AFTER {}", quote_identifier(name, dialect)?),
    })
}

/// Without touching a row, where the server can; a column that goes elsewhere in its table is more work.
async fn alter(session: &mut dyn Session, sql: &str, moves: &str) -> Result<()> {
    if moves.is_empty() {
        match session.run(&format!("{sql}, {INSTANT}")).await {
            Err(error) if is_not_instant(&error) => {}
            done => return Ok(done.map(drop)?),
        }
    }
    Ok(session.run(&format!("{sql}{moves}")).await.map(drop)?)
}

/// ER_ALTER_OPERATION_NOT_SUPPORTED, the same with a reason, and a table that has been changed so too often.
fn is_not_instant(error: &DbError) -> bool {
    matches!(error.code.as_deref(), Some("1845" | "1846" | "4092"))
}

/// Drops what is parked under these names, in core or where its table was moved to. Doing it again does nothing. The
/// table is a live one: nobody's lock is waited for long, and no writer is kept waiting for a copy.
pub(crate) async fn discard(store: &Store, session: &mut dyn Session, place: &str) -> Result<()> {
    const WHERE: &str = "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (?, ?) AND COLUMN_NAME = ?";
    let schemas = store.schemas();
    let column = Place::parked(place);
    let asked = [schemas.core.as_str().into(), schemas.undo.as_str().into(), column.as_str().into()];
    let column = quote_identifier(&column, store.dialect())?;
    for row in session.query(WHERE, &asked).await? {
        let name = table(store.dialect(), Some(&row.get_text(0)), &row.get_text(1))?;
        session.execute(&format!("SET SESSION lock_wait_timeout = {LOCK_WAIT}"), &[]).await?;
        let drop = format!("ALTER TABLE {name} DROP COLUMN {column}");
        match session.execute(&format!("{drop}, {INSTANT}"), &[]).await {
            Err(error) if is_not_instant(&error) => {
                session.execute(&format!("{drop}, ALGORITHM=INPLACE, LOCK=NONE"), &[]).await?;
            }
            done => {
                done?;
            }
        }
    }
    Ok(())
}

/// The places of all columns that are parked, in core or in tables that were moved away.
///
/// # Errors
/// The database's.
pub async fn parked_places(store: &Store, session: &mut dyn Session) -> Result<Vec<String>> {
    const ALL: &str = "SELECT DISTINCT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (?, ?) AND \
         COLUMN_NAME LIKE ?";
    let (schemas, like) = (store.schemas(), Place::parked("u%"));
    let asked = [schemas.core.as_str().into(), schemas.undo.as_str().into(), like.as_str().into()];
    let rows = session.query(ALL, &asked).await?;
    Ok(rows.iter().filter_map(|row| Place::from_parked(&row.get_text(0)).map(str::to_owned)).collect())
}
