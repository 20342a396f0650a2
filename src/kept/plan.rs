//! Planning how to keep what a statement destroys.

use super::facts::{Found, Known, TableFacts};
use super::keep::{Ask, How, Keep, LockedBy};
use super::settings::foreign_key_checks;
use super::{attached, columns, functions, moved, triggers, whole};
use crate::database::{ServerKind, Session};
use crate::model::{Kept, KeptKind, Place, Sibling};
use crate::sql::{Dialect, How as Touches, InsertedValue, ObjectKind, ObjectName, Statement, StatementKind};
use crate::sql::{body_writes, inserted, may_write_by_calls, row_change};
use crate::store::{Result, Store, StoreError};
use std::collections::BTreeSet;

/// Plans what is to be kept for a statement. Empty for one that destroys nothing, and for one that will fail.
///
/// To be asked of the file's own session, where the statement will run: temporary tables and the default schema are its.
///
/// # Errors
/// [`StoreError::CannotKeep`] with the reason; or the database's.
pub async fn plan(store: &Store, session: &mut dyn Session, known: &mut Known, ask: &Ask<'_>) -> Result<Vec<Keep>> {
    let kind = ask.statement.analysis.kind;
    if kind.is_dml() || may_write_by_calls(kind) {
        functions::refuse_writing(session, known, (ask.statement.plain(), None)).await?;
    }
    match kind {
        StatementKind::DropTable | StatementKind::Truncate => moved::plan(store, session, known, ask).await,
        StatementKind::AlterTable => columns::plan(store, session, known, ask).await,
        StatementKind::LoadData => Err(StoreError::cannot_keep("LOAD DATA does not say which rows it brings")),
        _ if kind.is_dml() => rows(store, session, known, ask).await,
        _ => Ok(Vec::new()),
    }
}

async fn rows(store: &Store, session: &mut dyn Session, known: &mut Known, ask: &Ask<'_>) -> Result<Vec<Keep>> {
    let Written { mut tables, named, mut fired } = written(session, known, ask.statement).await?;
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    if ask.locked && !ask.by_locks {
        return Err(StoreError::cannot_keep("the file holds LOCK TABLES"));
    }
    // Bare columns in an UPDATE of several tables: more tables are named than are written, never fewer.
    let analysis = &ask.statement.analysis;
    if analysis.flags.partial && analysis.kind != StatementKind::Update {
        return Err(StoreError::cannot_keep("the statement does not tell all that it writes"));
    }
    let acting = foreign_key_checks(session).await?;
    triggered(session, known, &mut tables).await?;
    loop {
        let before = tables.len();
        // A key that takes the place of other rows makes a REPLACE of it.
        let kind = if tables.iter().any(|table| table.replaces) { StatementKind::Replace } else { analysis.kind };
        if acting && kind != StatementKind::Insert {
            followers(session, known, &mut tables, ask.statement).await?;
        }
        fired |= triggers::add_written_by_tables(session, known, &mut tables, kind).await?;
        if tables.len() == before {
            break;
        }
    }
    let alone = named == 1 && tables.len() == named;
    let locked_by = locked_by(ask, &tables);
    let mut keeps = Vec::new();
    for (n, facts) in (0_u32..).zip(tables) {
        can_keep_rows(&facts, ask)?;
        let plain_way = !fired && !analysis.flags.bound && locked_by.is_none() && (alone || (n == 0 && named == 1));
        let how = how(ask.statement, &facts, session.kind(), (plain_way, acting));
        let mut keep = Keep { locked_by, ..keep(ask, n, facts, how) };
        if session.kind() != ServerKind::Sqlite {
            attached::note_triggers(store, session, &keep.facts, &mut keep.kept).await?;
        }
        keeps.push(keep);
    }
    let siblings: Vec<Sibling> = keeps.iter().filter(|k| k.kept.whole.is_none()).map(|k| sibling(&k.kept)).collect();
    for keep in &mut keeps {
        keep.kept.siblings = siblings.iter().filter(|one| one.place != keep.kept.place).cloned().collect();
    }
    if locked_by.is_none() && keeps.iter().any(|keep| keep.how == How::Whole) {
        can_lock_whole(session, ask).await?;
    }
    Ok(keeps)
}

/// Tells whose table locks stand for a transaction, where there can be none around the statement.
fn locked_by(ask: &Ask<'_>, tables: &[TableFacts]) -> Option<LockedBy> {
    let by_us = || tables.iter().any(|table| !table.transactional).then_some(LockedBy::Us);
    if ask.locked { Some(LockedBy::Script) } else { by_us() }
}

/// Tables whose rows a statement writes by name.
struct Written {
    /// Those that are there, and those that a named view's triggers write.
    tables: Vec<TableFacts>,
    /// Number of tables that it names.
    named: usize,
    /// True if triggers write for it.
    fired: bool,
}

async fn written(session: &mut dyn Session, known: &mut Known, statement: &Statement) -> Result<Written> {
    let mut written = Written { tables: Vec::new(), named: 0, fired: false };
    for object in statement.analysis.touches.iter().filter(|t| t.how == Touches::Writes).map(|t| &t.object) {
        let is_schema = |name: &&str| object.name.eq_ignore_ascii_case(name);
        if session.kind() == ServerKind::Sqlite && ["sqlite_master", "sqlite_schema"].iter().any(is_schema) {
            return Err(StoreError::cannot_keep("definitions are written as rows"));
        }
        match known.facts(session, object).await? {
            Found::Table(facts) => {
                written.tables.push(TableFacts::clone(facts));
                written.named += 1;
            }
            // The statement fails, or changes what nobody else sees.
            Found::Missing | Found::Temporary => {}
            // On SQLite a view is written by its triggers.
            Found::NoTable => {
                if !triggers::add_written_by_view(session, known, object, &mut written.tables).await? {
                    let what =
                        if session.kind() == ServerKind::Sqlite { "a virtual table or a view" } else { "a view" };
                    return Err(StoreError::cannot_keep(format!("{object} is {what}")));
                }
                written.fired = true;
            }
        }
    }
    Ok(written)
}

/// The way in which the rows of one table are kept. `plain_way`: the statement itself tells which; `acting`: foreign keys
/// are enforced.
fn how(statement: &Statement, facts: &TableFacts, kind: ServerKind, (plain_way, acting): (bool, bool)) -> How {
    if facts.replaces || facts.triggers.iter().any(|trigger| trigger.before) {
        return How::Whole;
    }
    let how = if plain_way { plain(statement, facts, kind) } else { None };
    how.filter(|_| !facts.key.is_empty() && (!refers_to_itself(facts) || !acting)).unwrap_or(How::Whole)
}

fn sibling(kept: &Kept) -> Sibling {
    Sibling { schema: kept.schema.clone(), table: kept.table.clone(), place: kept.place.clone(), key: kept.key.clone() }
}

fn keep(ask: &Ask<'_>, n: u32, facts: TableFacts, how: How) -> Keep {
    let whole = facts.key.is_empty().then(|| whole::compared(&facts, &[], &[]));
    let kept = Kept { whole, ..ask.kept(n, KeptKind::Rows, &facts) };
    Keep { kept, how, facts, budget: ask.budget, locked_by: None, floor: None }
}

/// Refuses a table whose rows cannot be kept and put back, row by row.
fn can_keep_rows(facts: &TableFacts, ask: &Ask<'_>) -> Result<()> {
    let label = facts.label();
    // The rowid is a number of the file's own only as an INTEGER PRIMARY KEY, or where an index holds on to it.
    let is_own = facts.name.starts_with("sqlite_");
    if ask.renumbered && facts.is_known_by_rowid() && facts.uniques.is_empty() && !is_own {
        return Err(StoreError::cannot_keep(format!("VACUUM may number the rows of {label} anew")));
    }
    if !facts.transactional && !ask.by_locks {
        let engine = if facts.engine.is_empty() { "its engine" } else { &facts.engine };
        return Err(StoreError::cannot_keep(format!("{label} has no transactions ({engine})")));
    }
    Ok(())
}

/// The tables that triggers write, and theirs in turn.
async fn triggered(session: &mut dyn Session, known: &mut Known, tables: &mut Vec<TableFacts>) -> Result<()> {
    let dialect = session.kind().dialect();
    if dialect == Dialect::Sqlite {
        return Ok(());
    }
    let mut at = 0;
    while at < tables.len() {
        for trigger in tables[at].triggers.clone() {
            let label = tables[at].label();
            let Some(written) = body_writes(&trigger.body, dialect) else {
                let reason =
                    format!("what the trigger {} of {label} writes cannot be told from its text", trigger.name);
                return Err(StoreError::cannot_keep(reason));
            };
            functions::refuse_writing(session, known, (&trigger.body, trigger.schema.as_deref())).await?;
            for mut object in written {
                object.schema = object.schema.or_else(|| trigger.schema.clone());
                match known.facts(session, &object).await? {
                    Found::Table(facts) if tables.iter().all(|table| table.id() != facts.id()) => {
                        tables.push(TableFacts::clone(facts));
                    }
                    Found::NoTable => {
                        let reason = format!("the trigger {} of {label} writes to the view {object}", trigger.name);
                        return Err(StoreError::cannot_keep(reason));
                    }
                    Found::Table(_) | Found::Missing | Found::Temporary => {}
                }
            }
        }
        at += 1;
    }
    Ok(())
}

fn refers_to_itself(facts: &TableFacts) -> bool {
    facts.children.iter().any(|key| key.acts() && key.table == facts.id())
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
    let change = row_change(statement.plain(), dialect).filter(|_| statement.analysis.kind == StatementKind::Update);
    change.is_some_and(|change| {
        !columns.is_empty() && !change.assigned.iter().any(|name| columns.iter().any(|c| c.eq_ignore_ascii_case(name)))
    })
}

/// Way to come by the rows of a plain statement on one table, without reading all of it; `None` for any other
/// statement.
fn plain(statement: &Statement, facts: &TableFacts, server: ServerKind) -> Option<How> {
    match statement.analysis.kind {
        StatementKind::Update | StatementKind::Delete => {
            let change = row_change(statement.plain(), server.dialect())?;
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
    let inserted = inserted(statement.plain(), server.dialect())?;
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
    // Of a zero, as of nothing, the counter makes a number, unless the file's mode says otherwise.
    let is_counter = |name: &str| facts.column(name).is_some_and(|column| column.counter);
    let mut counters = key.iter().zip(&places).filter(|(name, _)| is_counter(name)).map(|(_, place)| *place);
    if counters.any(|place| inserted.rows.iter().any(|row| is_zero(value(row, place)))) {
        return None;
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

fn is_zero(value: InsertedValue<'_>) -> bool {
    match value {
        InsertedValue::Number(text) | InsertedValue::Text(text) => {
            text.trim_matches(['\'', '"', ' ']).parse() == Ok(0.0)
        }
        _ => false,
    }
}

/// A key's value as it is written. A literal of another sort than the column would be converted, and might then find
/// other rows than the one it makes.
fn literal(value: InsertedValue<'_>, number: bool) -> Option<String> {
    match (value, number) {
        (InsertedValue::Number(text), true) | (InsertedValue::Text(text), false) => Some(text.to_owned()),
        _ => None,
    }
}

/// True if a column's values are written as numbers.
fn is_number(facts: &TableFacts, column: &str) -> bool {
    const NUMBERS: &[&str] = &["tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal"];
    facts.column(column).is_some_and(|column| NUMBERS.contains(&column.data_type.as_str()))
}

/// All rows can be locked, gaps included, only where a read sees no rows that others add meanwhile.
async fn can_lock_whole(session: &mut dyn Session, ask: &Ask<'_>) -> Result<()> {
    let variable = match session.kind() {
        ServerKind::Sqlite => return Ok(()),
        ServerKind::MariaDb => "tx_isolation",
        ServerKind::MySql => "transaction_isolation",
    };
    if ask.weakly_isolated {
        return Err(StoreError::cannot_keep("the whole table cannot be locked under READ COMMITTED"));
    }
    let rows = session.query(&format!("SELECT @@SESSION.{variable} LIMIT 1"), &[]).await?;
    let level = rows.first().map(|row| row.get_text(0)).unwrap_or_default();
    match level.as_str() {
        "REPEATABLE-READ" | "SERIALIZABLE" => Ok(()),
        _ => Err(StoreError::cannot_keep(format!("the whole table cannot be locked under {level}"))),
    }
}
