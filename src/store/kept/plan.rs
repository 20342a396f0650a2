//! What a statement destroys, and how that can be kept.

use super::facts::{Found, Known, ObjectNameKey, TableFacts};
use super::{columns, moved};
use crate::database::{ServerKind, Session};
use crate::model::{Kept, KeptKind, Place, Sibling};
use crate::sql::{Dialect, How as Touches, InsertedValue, ObjectKind, ObjectName, Statement, StatementKind};
use crate::sql::{inserted, is_named, row_change};
use crate::store::{Result, Store, StoreError};
use std::collections::{BTreeSet, HashSet};

/// How much may be kept for one statement (`undo.max_rows`, `undo.max_bytes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub max_rows: u64,
    pub max_bytes: u64,
}

/// A statement, and for whom something is kept.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub statement: &'a Statement,
    pub place: Place,
    pub budget: Budget,
    /// LOCK TABLES of the file is in force: tables of ours cannot be written.
    pub locked: bool,
    /// Columns that the file wants parked, `table.column`.
    pub park: &'a [String],
    /// What statements before it will have changed by then, where it is asked before they ran.
    pub changed_until_then: &'a HashSet<ObjectName>,
}

impl Ask<'_> {
    /// Whether the file wants a column parked that it drops.
    pub(super) fn parks(&self, table: &TableFacts, column: &str) -> bool {
        is_named(self.park, &table.name, column)
    }

    /// Whether what is known of a table need not hold any more when the statement runs. Names are compared as they were
    /// written; taking one for another only puts the answer off.
    pub(super) fn may_change(&self, (schema, name): &ObjectNameKey) -> bool {
        self.changed_until_then.iter().any(|object| {
            let same_schema =
                object.schema.as_ref().zip(schema.as_ref()).is_none_or(|(a, b)| a.eq_ignore_ascii_case(b));
            object.kind == ObjectKind::Table && same_schema && object.name.eq_ignore_ascii_case(name)
        })
    }
}

/// Something to be kept, and how to come by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// What the journal holds.
    pub kept: Kept,
    /// How.
    pub how: How,
    /// The table as it was found.
    pub facts: TableFacts,
    /// The budget.
    pub budget: Budget,
    /// The highest rowid before the statement, for rows that a counter numbers on SQLite.
    pub(super) floor: Option<i64>,
}

/// How to come by what is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The table is moved, or the column out of sight; nothing is read.
    Moved,
    /// The rows that the statement's own condition finds.
    Found { alias: Option<String>, condition: Option<String> },
    /// All rows of the table; those that the statement did not change are dropped again.
    Whole,
    /// Columns of all rows of the table; what those that stay are called afterwards.
    Columns { afterwards: Vec<String> },
    /// Rows that the statement adds, by their keys, as written: one list a row.
    Added { keys: Vec<Vec<String>> },
    /// Rows that the statement adds, by the numbers that the table's counter gives them.
    Counted { column: String, rows: u64 },
}

/// What is to be kept for a statement. Empty for one that destroys nothing, and for one that will fail.
///
/// To be asked of the file's own session, where the statement will run: temporary tables and the default schema are its.
///
/// # Errors
/// [`StoreError::CannotKeep`] with the reason; or the database's.
pub async fn plan(store: &Store, session: &mut dyn Session, known: &mut Known, ask: &Ask<'_>) -> Result<Vec<Keep>> {
    let kind = ask.statement.analysis.kind;
    match kind {
        StatementKind::DropTable | StatementKind::Truncate => moved::plan(store, session, known, ask).await,
        StatementKind::AlterTable => columns::plan(store, session, known, ask).await,
        StatementKind::LoadData => Err(StoreError::cannot_keep("LOAD DATA does not say which rows it brings")),
        _ if kind.is_dml() => rows(session, known, ask).await,
        _ => Ok(Vec::new()),
    }
}

async fn rows(session: &mut dyn Session, known: &mut Known, ask: &Ask<'_>) -> Result<Vec<Keep>> {
    let analysis = &ask.statement.analysis;
    let written: Vec<&ObjectName> =
        analysis.touches.iter().filter(|t| t.how == Touches::Writes).map(|t| &t.object).collect();
    let mut tables = Vec::new();
    for object in written {
        match known.facts(session, object).await? {
            Found::Table(facts) => tables.push(TableFacts::clone(facts)),
            // The statement fails, or changes what nobody else sees.
            Found::Missing | Found::Temporary => {}
            Found::NoTable => return Err(StoreError::cannot_keep(format!("{object} is a view"))),
        }
    }
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    if ask.locked {
        return Err(StoreError::cannot_keep("the file holds LOCK TABLES"));
    }
    // Bare columns in an UPDATE of several tables: more tables are named than are written, never fewer.
    if analysis.flags.partial && analysis.kind != StatementKind::Update {
        return Err(StoreError::cannot_keep("the statement does not tell all that it writes"));
    }
    let acting = foreign_key_checks(session).await?;
    let named = tables.len();
    if acting && analysis.kind != StatementKind::Insert {
        followers(session, known, &mut tables, ask.statement).await?;
    }
    let alone = named == 1 && tables.len() == named;
    let mut keeps = Vec::new();
    for (n, facts) in (0_u32..).zip(tables) {
        can_keep_rows(&facts)?;
        let how = if alone || (n == 0 && named == 1) { plain(ask.statement, &facts, session.kind()) } else { None };
        let how = how.filter(|_| !refers_to_itself(&facts) || !acting).unwrap_or(How::Whole);
        keeps.push(keep(ask, n, facts, how));
    }
    let siblings: Vec<Sibling> = keeps.iter().map(|keep| sibling(&keep.kept)).collect();
    for keep in &mut keeps {
        keep.kept.siblings = siblings.iter().filter(|one| one.place != keep.kept.place).cloned().collect();
    }
    if keeps.iter().any(|keep| keep.how == How::Whole) {
        can_lock_whole(session).await?;
    }
    Ok(keeps)
}

fn sibling(kept: &Kept) -> Sibling {
    Sibling { schema: kept.schema.clone(), table: kept.table.clone(), place: kept.place.clone(), key: kept.key.clone() }
}

fn keep(ask: &Ask<'_>, n: u32, facts: TableFacts, how: How) -> Keep {
    let kept = Kept {
        n,
        kind: KeptKind::Rows,
        schema: facts.schema.clone(),
        table: facts.name.clone(),
        place: ask.place.name(n),
        twin: None,
        key: facts.key.clone(),
        columns: facts.writable().map(|column| column.name.clone()).collect(),
        changed: Vec::new(),
        off: Vec::new(),
        on: Vec::new(),
        siblings: Vec::new(),
        counted: false,
        rows: 0,
        bytes: 0,
    };
    Keep { kept, how, facts, budget: ask.budget, floor: None }
}

/// Whether rows of a table can be kept and put back, row by row.
fn can_keep_rows(facts: &TableFacts) -> Result<()> {
    let label = facts.label();
    if !facts.transactional {
        let engine = if facts.engine.is_empty() { "its engine" } else { &facts.engine };
        return Err(StoreError::cannot_keep(format!("{label} has no transactions ({engine})")));
    }
    if facts.key.is_empty() {
        return Err(StoreError::cannot_keep(format!("{label} has no key by which its rows could be found again")));
    }
    let triggers = facts.triggers_on(&["INSERT", "UPDATE", "DELETE"]);
    if !triggers.is_empty() {
        let reason =
            format!("triggers of {label} may write elsewhere, and would run when rows are put back: {triggers}");
        return Err(StoreError::cannot_keep(reason));
    }
    Ok(())
}

fn refers_to_itself(facts: &TableFacts) -> bool {
    facts.children.iter().any(|key| key.acts() && key.table == facts.id())
}

pub(super) async fn foreign_key_checks(session: &mut dyn Session) -> Result<bool> {
    let sql = match session.kind() {
        ServerKind::Sqlite => "PRAGMA foreign_keys",
        ServerKind::MariaDb | ServerKind::MySql => "SELECT @@SESSION.foreign_key_checks",
    };
    Ok(session.query(sql, &[]).await?.first().is_some_and(|row| row.get_bool(0)))
}

/// The tables whose rows change with these: their foreign keys cascade or set NULL.
async fn followers(
    session: &mut dyn Session,
    known: &mut Known,
    tables: &mut Vec<TableFacts>,
    statement: &Statement,
) -> Result<()> {
    let mut seen: BTreeSet<_> = tables.iter().map(TableFacts::id).collect();
    let mut at = 0;
    while at < tables.len() {
        let acting: Vec<_> = tables[at].children.iter().filter(|key| key.acts()).cloned().collect();
        for key in acting {
            if at == 0 && leaves_parents_alone(statement, &key.parent_columns, session.kind().dialect()) {
                continue;
            }
            if seen.insert(key.table.clone()) {
                let (schema, name) = key.table;
                let object = ObjectName { kind: ObjectKind::Table, schema, name };
                if let Found::Table(facts) = known.facts(session, &object).await? {
                    tables.push(TableFacts::clone(facts));
                }
            }
        }
        at += 1;
    }
    Ok(())
}

/// A plain UPDATE of other columns than those that children refer to.
fn leaves_parents_alone(statement: &Statement, columns: &[String], dialect: Dialect) -> bool {
    let change = row_change(&statement.sql, dialect).filter(|_| statement.analysis.kind == StatementKind::Update);
    change.is_some_and(|change| {
        !columns.is_empty() && !change.assigned.iter().any(|name| columns.iter().any(|c| c.eq_ignore_ascii_case(name)))
    })
}

/// How to come by the rows of a plain statement on one table, without reading all of it.
fn plain(statement: &Statement, facts: &TableFacts, server: ServerKind) -> Option<How> {
    match statement.analysis.kind {
        StatementKind::Update | StatementKind::Delete => {
            let change = row_change(&statement.sql, server.dialect())?;
            let is_key = |name: &String| {
                let key = facts.key.iter().chain(&facts.rowid_column);
                key.into_iter().any(|key| key.eq_ignore_ascii_case(name))
            };
            let condition = change.condition.map(str::to_owned);
            (!change.assigned.iter().any(is_key)).then_some(How::Found { alias: change.alias, condition })
        }
        StatementKind::Insert => added(statement, facts, server),
        _ => None,
    }
}

/// The keys of the rows that a plain INSERT … VALUES adds.
fn added(statement: &Statement, facts: &TableFacts, server: ServerKind) -> Option<How> {
    let inserted = inserted(&statement.sql, server.dialect())?;
    let columns: Vec<String> = match &inserted.columns {
        Some(columns) => columns.clone(),
        None => {
            let visible = facts.columns.iter().filter(|column| !Place::is_parked(&column.name));
            visible.map(|column| column.name.clone()).collect()
        }
    };
    // Without a list, invisible columns are not meant; then the places are not known.
    if inserted.rows.iter().any(|row| row.len() != columns.len()) {
        return None;
    }
    let key: Vec<&str> = match &facts.rowid_column {
        Some(column) => vec![column],
        None => facts.key.iter().map(String::as_str).collect(),
    };
    let place = |name: &&str| columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let places: Vec<Option<usize>> = key.iter().map(place).collect();
    if let ([name], [place]) = (key.as_slice(), places.as_slice()) {
        let counts = server == ServerKind::Sqlite || facts.column(name).is_some_and(|column| column.counter);
        if counts && inserted.rows.iter().all(|row| value(row, *place) == InsertedValue::Absent) {
            let rows = u64::try_from(inserted.rows.len()).unwrap_or(u64::MAX);
            return Some(How::Counted { column: facts.key.first()?.clone(), rows });
        }
    }
    let numbers: Vec<bool> = key.iter().map(|name| is_number(facts, name)).collect();
    let literal = |row: &Vec<InsertedValue<'_>>| {
        let parts = places.iter().zip(&numbers);
        parts.map(|(place, number)| literal(value(row, *place), *number)).collect()
    };
    Some(How::Added { keys: inserted.rows.iter().map(literal).collect::<Option<_>>()? })
}

fn value<'v>(row: &[InsertedValue<'v>], place: Option<usize>) -> InsertedValue<'v> {
    place.and_then(|at| row.get(at)).copied().unwrap_or(InsertedValue::Absent)
}

/// A key's value as it is written. A literal of another sort than the column would be converted, and might then find
/// other rows than the one it makes.
fn literal(value: InsertedValue<'_>, number: bool) -> Option<String> {
    match (value, number) {
        (InsertedValue::Number(text), true) | (InsertedValue::Text(text), false) => Some(text.to_owned()),
        _ => None,
    }
}

/// Whether a column's values are written as numbers.
fn is_number(facts: &TableFacts, column: &str) -> bool {
    const NUMBERS: &[&str] = &["tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal"];
    facts.column(column).is_some_and(|column| NUMBERS.contains(&column.data_type.as_str()))
}

/// All rows can be locked, gaps included, only where a read sees no rows that others add meanwhile.
async fn can_lock_whole(session: &mut dyn Session) -> Result<()> {
    let variable = match session.kind() {
        ServerKind::Sqlite => return Ok(()),
        ServerKind::MariaDb => "tx_isolation",
        ServerKind::MySql => "transaction_isolation",
    };
    let rows = session.query(&format!("SELECT @@SESSION.{variable}"), &[]).await?;
    let level = rows.first().map(|row| row.get_text(0)).unwrap_or_default();
    match level.as_str() {
        "REPEATABLE-READ" | "SERIALIZABLE" => Ok(()),
        _ => Err(StoreError::cannot_keep(format!("the whole table cannot be locked under {level}"))),
    }
}
