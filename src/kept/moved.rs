//! Tables that are renamed into the undo schema instead of being dropped or emptied.

use super::facts::{ForeignKey, Found, Known, ObjectNameKey, TableFacts, facts};
use super::keep::{Ask, How, Keep, LockedBy};
use super::settings::foreign_key_checks;
use super::text::{Names, table};
use super::{attached, parked, reform, settings, whole};
use crate::database::{ServerKind, Session};
use crate::model::{Kept, KeptKind, PutBack};
use crate::sql::{How as Touches, ObjectKind, ObjectName, StatementKind};
use crate::store::{Result, Store, StoreError};

/// Plans what is kept of the tables that a DROP TABLE or TRUNCATE destroys, a table each.
pub(crate) async fn plan(
    store: &Store,
    session: &mut dyn Session,
    known: &mut Known,
    ask: &Ask<'_>,
) -> Result<Vec<Keep>> {
    let analysis = &ask.statement.analysis;
    if analysis.is_temporary() {
        return Ok(Vec::new());
    }
    let mut tables = Vec::new();
    for touch in analysis.touches.iter().filter(|touch| touch.how != Touches::Reads) {
        match known.facts(session, &touch.object).await? {
            Found::Table(facts) => tables.push(TableFacts::clone(facts)),
            // A view would refuse the statement; the rows of a virtual table are its module's.
            Found::NoTable if session.kind() == ServerKind::Sqlite => {
                return Err(StoreError::cannot_keep(format!("{} is a virtual table or a view", touch.object)));
            }
            Found::Missing | Found::Temporary | Found::NoTable => {}
        }
    }
    if ask.locked && !ask.by_locks && !tables.is_empty() {
        return Err(StoreError::cannot_keep("the file holds LOCK TABLES"));
    }
    let mut keeps = Vec::new();
    for (n, facts) in (0_u32..).zip(&tables) {
        keeps.push(one(store, session, ask, n, facts, &tables).await?);
    }
    Ok(keeps)
}

async fn one(
    store: &Store,
    session: &mut dyn Session,
    ask: &Ask<'_>,
    n: u32,
    facts: &TableFacts,
    all: &[TableFacts],
) -> Result<Keep> {
    let truncate = ask.statement.analysis.kind == StatementKind::Truncate;
    let label = facts.label();
    let among = |id: &_| all.iter().any(|other| other.id() == *id) || ask.may_change(id);
    let reached = stands_against(session, facts, among).await?;
    if let Some(child) = reached.filter(|_| session.kind() == ServerKind::Sqlite) {
        return Err(StoreError::cannot_keep(format!("{} refers to {label}", child.table.1)));
    }
    let (rows, bytes) = (facts.rows, facts.bytes);
    let mut kept = Kept { rows, bytes, ..ask.kept(n, KeptKind::TableMoved, facts) };
    // Keys that stay would follow the table; and none is renamed under table locks.
    let how = if ask.locked || reached.is_some() || must_be_copied(store.kind(), facts, truncate) {
        kept.whole = facts.key.is_empty().then(|| whole::compared(facts, &[], &[]));
        kept.kind = KeptKind::TableCopied;
        if session.kind() != ServerKind::Sqlite {
            attached::note_triggers(store, session, facts, &mut kept).await?;
        }
        kept.counter = match store.kind() {
            ServerKind::Sqlite => reform::counter(session, &facts.name).await?,
            ServerKind::MariaDb | ServerKind::MySql => None,
        };
        How::Whole
    } else {
        if truncate {
            kept.twin = Some(ask.place.twin(n));
        } else {
            attached::take_off(session, facts, &mut kept).await?;
        }
        How::Moved
    };
    let locked_by = ask.locked.then_some(LockedBy::Script);
    Ok(Keep { kept, how, facts: facts.clone(), budget: ask.budget, locked_by, floor: None })
}

/// A foreign key by which the statement would reach another table than those that go with it, or stay on the moved one.
///
/// On SQLite the table is copied and keeps its name. The rows that refer to it change only where foreign keys are
/// enforced and act: those that do not act refuse the statement, or have no such rows.
async fn stands_against<'f>(
    session: &mut dyn Session,
    facts: &'f TableFacts,
    among: impl Fn(&ObjectNameKey) -> bool,
) -> Result<Option<&'f ForeignKey>> {
    let is_sqlite = session.kind() == ServerKind::Sqlite;
    if facts.children.is_empty() || (is_sqlite && !foreign_key_checks(session).await?) {
        return Ok(None);
    }
    let reaches = |key: &&ForeignKey| !is_sqlite || (key.acts() && key.table != facts.id());
    Ok(facts.children.iter().filter(reaches).find(|key| !among(&key.table)))
}

/// SQLite cannot move a table to another file. An empty twin has no foreign keys and triggers, on MySQL other names for
/// its checks, and partitions of its own.
fn must_be_copied(server: ServerKind, facts: &TableFacts, truncate: bool) -> bool {
    let twin_differs = !facts.parents.is_empty()
        || !facts.triggers.is_empty()
        || facts.partitioned
        || (facts.has_checks && server == ServerKind::MySql);
    server == ServerKind::Sqlite || (truncate && twin_differs)
}

/// The statements that run instead of the one that destroys; `None` where that runs itself.
///
/// # Errors
/// When a name cannot be quoted.
pub fn substitute(store: &Store, keeps: &[Keep]) -> Result<Option<Vec<String>>> {
    if keeps.is_empty() || keeps.iter().any(|keep| keep.how != How::Moved) {
        return Ok(None);
    }
    if keeps.iter().any(|keep| keep.kept.kind == KeptKind::ColumnParked) {
        return parked::substitute(store, keeps).map(Some);
    }
    let mut statements: Vec<String> = keeps.iter().flat_map(|keep| keep.kept.off.clone()).collect();
    let mut renames = Vec::new();
    for keep in keeps {
        let names = Names::from_kept(store, &keep.kept)?;
        renames.push(format!("{} TO {}", names.table, names.place));
        if let Some(twin) = &keep.kept.twin {
            let twin = table(store.dialect(), Some(&store.schemas().undo), twin)?;
            renames.push(format!("{twin} TO {}", names.table));
        }
    }
    statements.push(format!("RENAME TABLE {}", renames.join(", ")));
    Ok(Some(statements))
}

/// True if the undo schema holds it, or its table the parked column: for a statement in doubt that moves it there, the
/// proof that it ran. `None` for a column that is in neither place.
///
/// # Errors
/// The database's.
pub async fn stands(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<Option<bool>> {
    match kept.kind {
        KeptKind::ColumnParked => parked::stands(session, kept).await,
        _ => is_there(session, Some(&store.schemas().undo), &kept.place).await.map(Some),
    }
}

pub(crate) async fn is_there(session: &mut dyn Session, schema: Option<&str>, name: &str) -> Result<bool> {
    let object = ObjectName { kind: ObjectKind::Table, schema: schema.map(str::to_owned), name: name.to_owned() };
    Ok(matches!(facts(session, &object).await?, Found::Table(_)))
}

async fn count(session: &mut dyn Session, table: &str) -> Result<u64> {
    let rows = session.query(&format!("SELECT COUNT(*) FROM {table}"), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_u64(0)))
}

/// Puts a moved table back: step by step, each of which can be found done.
pub(crate) async fn put_back(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let saved = settings::ours(session).await?;
    let done = rename_back(store, session, kept).await;
    settings::after(session, saved, done).await
}

async fn rename_back(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let names = Names::from_kept(store, kept)?;
    let here = is_there(session, kept.schema.as_deref(), &kept.table).await?;
    if is_there(session, Some(&store.schemas().undo), &kept.place).await? {
        match (&kept.twin, here) {
            (None, false) => {
                session.execute(&format!("RENAME TABLE {} TO {}", names.place, names.table), &[]).await?;
            }
            (Some(twin), true) => swap_back(store, session, &names, kept, twin).await?,
            (None, true) => {
                let reason = format!("there is another table {} by now", kept.table);
                return Err(StoreError::cannot_put_back(&kept.place, reason));
            }
            (Some(_), false) => {
                let reason = format!("the table {} is gone", kept.table);
                return Err(StoreError::cannot_put_back(&kept.place, reason));
            }
        }
    } else if !here {
        return Err(StoreError::cannot_put_back(&kept.place, "it is neither there nor in its old place"));
    }
    attached::put_on(session, kept).await?;
    let restored = count(session, &names.table).await?;
    Ok(PutBack { restored, skipped: Vec::new() })
}

/// An emptied table that others have filled since stays: its rows are theirs.
async fn swap_back(store: &Store, session: &mut dyn Session, names: &Names, kept: &Kept, twin: &str) -> Result<()> {
    let since = count(session, &names.table).await?;
    if since > 0 {
        let reason = format!("{since} rows have been written to {} since", kept.table);
        return Err(StoreError::cannot_put_back(&kept.place, reason));
    }
    let twin = table(store.dialect(), Some(&store.schemas().undo), twin)?;
    let sql = format!("RENAME TABLE {} TO {twin}, {} TO {}", names.table, names.place, names.table);
    session.execute(&sql, &[]).await?;
    Ok(())
}

/// Counts the rows that putting a moved table back would restore; 0 where it is not in the undo schema.
pub(crate) async fn since(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<PutBack> {
    let names = Names::from_kept(store, kept)?;
    let stands = is_there(session, Some(&store.schemas().undo), &kept.place).await?;
    let restored = if stands { count(session, &names.place).await? } else { 0 };
    Ok(PutBack { restored, skipped: Vec::new() })
}
