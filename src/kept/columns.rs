//! The values of columns that an ALTER TABLE drops or converts.
//!
//! All rows are copied, key and those columns, under a lock: what others wrote between copy and ALTER would be lost.
//! Values that stay, converted, are converted back for the comparison, as the undo will convert them: a row whose value
//! then reads otherwise was changed by others.

use super::facts::{ColumnFacts, Found, Known, TableFacts};
use super::keep::{Ask, How, Keep, LockedBy};
use super::text::{self, AFTER, DO, K, Names, T, spare};
use super::{attached, parked, whole};
use crate::database::{ServerKind, Session};
use crate::model::{Kept, KeptKind, Place};
use crate::sql::{AlterOperation, Dialect, primary_key_columns, quote_identifier, redefined};
use crate::store::{Result, Store, StoreError};
use crate::undo::inverse::type_keeps_values;

/// Types that have a character set.
const TEXTS: &[&str] = &["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"];

/// Plans what is kept of the columns that an ALTER TABLE destroys; empty where it destroys nothing of them.
pub(crate) async fn plan(
    store: &Store,
    session: &mut dyn Session,
    known: &mut Known,
    ask: &Ask<'_>,
) -> Result<Vec<Keep>> {
    let dialect = session.kind().dialect();
    let Some(table) = ask.statement.analysis.touches.iter().find(|touch| touch.how.changes()) else {
        return Ok(Vec::new());
    };
    let Found::Table(facts) = known.facts(session, &table.object).await? else { return Ok(Vec::new()) };
    let mut lost = Destroyed::from_statement(ask, facts, dialect);
    lost.nulls_in_key(session, ask, facts).await?;
    if lost.is_nothing() {
        return Ok(Vec::new());
    }
    if let Some(parked) = parked::plan(store, session, ask, facts, &lost.dropped).await? {
        return Ok(parked);
    }
    let whole = lost.takes_key(facts).then(|| whole::compared(facts, &lost.gone(ask), &lost.changed_names()));
    can_be_kept(ask, facts, &lost, whole.is_some())?;
    let changed: Vec<String> = lost.changed.iter().map(|(from, _)| from.clone()).collect();
    let mut kept = ask.kept(0, KeptKind::Columns, facts);
    if whole.is_some() {
        kept.key = Vec::new();
    } else {
        kept.columns = lost.dropped.iter().chain(&changed).cloned().collect();
    }
    let kept = Kept { changed, whole, ..kept };
    let how = How::Columns { afterwards: lost.changed.into_iter().map(|(_, to)| to).collect() };
    let locked_by = ask.locked.then_some(LockedBy::Script);
    let mut keep = Keep { kept, how, facts: TableFacts::clone(facts), budget: ask.budget, locked_by, floor: None };
    if session.kind() != ServerKind::Sqlite {
        attached::note_triggers(store, session, &keep.facts, &mut keep.kept).await?;
    }
    Ok(vec![keep])
}

/// Columns whose values a statement destroys.
#[derive(Default)]
struct Destroyed {
    dropped: Vec<String>,
    /// Name before and after.
    changed: Vec<(String, String)>,
    renames: bool,
}

impl Destroyed {
    fn from_statement(ask: &Ask<'_>, facts: &TableFacts, dialect: Dialect) -> Destroyed {
        let mut lost = Destroyed::default();
        let definitions = redefined(ask.statement.plain(), dialect);
        for operation in &ask.statement.analysis.operations {
            match operation {
                AlterOperation::DropColumn { name } => {
                    let column = facts.column(name).filter(|column| !column.generated);
                    lost.dropped.extend(column.map(|column| column.name.clone()));
                }
                AlterOperation::ModifyColumn { name } => lost.redefine(facts, name, name, &definitions, dialect),
                AlterOperation::ChangeColumn { from, to } => lost.redefine(facts, from, to, &definitions, dialect),
                AlterOperation::ConvertCharset if !to_utf8mb4(&ask.statement.sql) => {
                    let texts = facts.writable().filter(|column| TEXTS.contains(&column.data_type.as_str()));
                    lost.changed.extend(texts.map(|column| (column.name.clone(), column.name.clone())));
                }
                AlterOperation::RenameTo { .. } => lost.renames = true,
                _ => {}
            }
        }
        lost
    }

    /// Columns that become part of the primary key and hold NULL, of which a server that is not strict makes another
    /// value.
    async fn nulls_in_key(&mut self, session: &mut dyn Session, ask: &Ask<'_>, facts: &TableFacts) -> Result<()> {
        let adds = ask.statement.analysis.operations.contains(&AlterOperation::AddPrimaryKey);
        if !adds || facts.engine.is_empty() {
            return Ok(());
        }
        let dialect = session.kind().dialect();
        let table = text::table(dialect, facts.schema.as_deref(), &facts.name)?;
        for name in primary_key_columns(ask.statement.plain(), dialect) {
            let Some(column) = facts.column(&name).filter(|c| c.nullable && !c.generated) else { continue };
            if self.touches(&name) {
                continue;
            }
            let quoted = quote_identifier(&column.name, dialect)?;
            let sql = format!("SELECT 1 FROM {table} WHERE {quoted} IS NULL LIMIT 1");
            if !session.query(&sql, &[]).await?.is_empty() {
                self.changed.push((column.name.clone(), column.name.clone()));
            }
        }
        Ok(())
    }

    fn redefine(
        &mut self,
        facts: &TableFacts,
        from: &str,
        to: &str,
        definitions: &[crate::sql::Redefined<'_>],
        dialect: Dialect,
    ) {
        let Some(column) = facts.column(from).filter(|column| !column.generated) else { return };
        let definition = definitions.iter().find(|one| one.from.eq_ignore_ascii_case(from));
        if !definition.is_some_and(|one| keeps_values(column, facts, one.definition, dialect)) {
            self.changed.push((column.name.clone(), to.to_owned()));
        }
    }

    fn is_nothing(&self) -> bool {
        self.dropped.is_empty() && self.changed.is_empty()
    }

    fn touches_parked(&self) -> bool {
        self.changed.iter().any(|(from, _)| Place::is_parked(from))
    }

    /// True if nothing tells one row from another once the statement has run.
    fn takes_key(&self, facts: &TableFacts) -> bool {
        facts.key.is_empty() || facts.key.iter().chain(&facts.rowid_column).any(|part| self.touches(part))
    }

    fn changed_names(&self) -> Vec<String> {
        self.changed.iter().map(|(from, _)| from.clone()).collect()
    }

    /// The columns that are not there any more under their names.
    fn gone(&self, ask: &Ask<'_>) -> Vec<String> {
        let renamed = ask.statement.analysis.operations.iter().filter_map(|operation| match operation {
            AlterOperation::RenameColumn { from, .. } | AlterOperation::ChangeColumn { from, .. } => Some(from.clone()),
            _ => None,
        });
        self.dropped.iter().cloned().chain(renamed.filter(|name| !self.touches(name))).collect()
    }

    fn touches(&self, name: &str) -> bool {
        let names = self.dropped.iter().chain(self.changed.iter().map(|(from, _)| from));
        names.into_iter().any(|one| one.eq_ignore_ascii_case(name))
    }
}

/// `CONVERT TO CHARACTER SET utf8mb4` takes every character there is.
fn to_utf8mb4(sql: &str) -> bool {
    let upper = sql.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|two| matches!(two, ["SET" | "CHARSET", "UTF8MB4"]))
}

/// True if the new definition of a column takes every value that the old one does.
fn keeps_values(column: &ColumnFacts, table: &TableFacts, definition: &str, dialect: Dialect) -> bool {
    let upper = definition.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let has = |word: &str| words.contains(&word);
    if (has("NOT") || has("PRIMARY")) && column.nullable || has("AS") || has("AUTO_INCREMENT") && !column.counter {
        return false;
    }
    let charset = |collation: &Option<String>| {
        collation.as_deref().map(|name| name.split('_').next().unwrap_or_default().to_owned())
    };
    let named = has("CHARACTER") || has("CHARSET") || has("COLLATE") || has("ASCII") || has("UNICODE");
    let taken = match named {
        true => has("UTF8MB4"),
        false => {
            charset(&table.collation).is_some_and(|set| set == "utf8mb4" || Some(set) == charset(&column.collation))
        }
    };
    type_keeps_values(&column.column_type, definition, dialect) && (column.collation.is_none() || taken)
}

fn can_be_kept(ask: &Ask<'_>, facts: &TableFacts, lost: &Destroyed, whole: bool) -> Result<()> {
    let label = facts.label();
    let refuse = |reason: String| Err(StoreError::cannot_keep(reason));
    if lost.touches_parked() {
        return refuse(format!("a column that is parked in {label} would be converted too: discard it, or wait"));
    }
    if ask.locked && !ask.by_locks {
        return refuse("the file holds LOCK TABLES".to_owned());
    }
    if facts.versioned {
        return refuse(format!("the server keeps old versions of the rows of {label}, and their values go too"));
    }
    if lost.renames {
        return refuse(format!("{label} is renamed in the same statement"));
    }
    if whole && facts.engine.is_empty() {
        return refuse(format!("{label} has no key by which its rows could be found again"));
    }
    let events: &[&str] = if whole { &["INSERT", "DELETE"] } else { &["UPDATE"] };
    let triggers = facts.triggers_on(events);
    if facts.engine.is_empty() && !triggers.is_empty() {
        return refuse(format!("triggers of {label} would run when values are put back: {triggers}"));
    }
    Ok(())
}

/// Notes how the values that stay read when they are converted back; drops the rows of which nothing was lost.
pub(crate) async fn note(session: &mut dyn Session, names: &Names, keep: &Keep, afterwards: &[String]) -> Result<()> {
    if afterwards.is_empty() {
        return Ok(());
    }
    let dialect = session.kind().dialect();
    let mut spares = Vec::new();
    // The tables are locked by their own names, and by these they are named (`lock`).
    let (t, k) = (quote_identifier(&keep.kept.table, dialect)?, quote_identifier(&keep.kept.place, dialect)?);
    // One at a time: under table locks a statement may name a table once.
    for (n, (name, now)) in keep.kept.changed.iter().zip(afterwards).enumerate() {
        let Some(column) = keep.facts.column(name) else { continue };
        let into = ColumnFacts { name: spare(n), ..column.clone() };
        let sql = format!(
            "UPDATE {} AS {k} SET {} = (SELECT {t}.{} FROM {} AS {t} WHERE {})",
            names.place,
            quote_identifier(&into.name, dialect)?,
            quote_identifier(now, dialect)?,
            names.table,
            names.same_key(&t, &k)
        );
        session.execute(&sql, &[]).await?;
        spares.push(into);
    }
    let image = format!("UPDATE {} SET {} = {}", names.place, names.own(AFTER), names.image_of(&spares, ""));
    session.execute(&image, &[]).await?;
    if keep.kept.changed.len() == keep.kept.columns.len() {
        let changed: Vec<ColumnFacts> = stay(&keep.facts, &keep.kept);
        let same = names.image_of(&changed, "");
        session.execute(&format!("DELETE FROM {} WHERE {} = {same}", names.place, names.own(AFTER)), &[]).await?;
    }
    Ok(())
}

/// The columns that stay, with other values.
fn stay(facts: &TableFacts, kept: &Kept) -> Vec<ColumnFacts> {
    kept.changed.iter().filter_map(|name| facts.column(name)).cloned().collect()
}

/// Marks each kept row: `s` stands as it was, `u` to be put back, `C` changed by others, `G` gone.
pub(crate) async fn mark(session: &mut dyn Session, names: &Names, facts: &TableFacts, kept: &Kept) -> Result<()> {
    let changed = stay(facts, kept);
    let as_left = match changed.is_empty() {
        true => "1 = 1".to_owned(),
        false => format!("{} = {K}.{}", names.image_of(&changed, T), names.own(AFTER)),
    };
    let sql = format!(
        "UPDATE {} AS {K} SET {} = COALESCE((SELECT CASE WHEN {} = {} THEN 's' WHEN {as_left} THEN 'u' ELSE 'C' END FROM \
         {} AS {T} WHERE {}), 'G')",
        names.place,
        names.own(DO),
        names.image(facts, T),
        names.image(facts, K),
        names.table,
        names.same_key(T, K),
    );
    session.execute(&sql, &[]).await?;
    Ok(())
}

/// Writes the old values into the rows that are marked so.
pub(crate) async fn put_back(session: &mut dyn Session, names: &Names, facts: &TableFacts, kept: &Kept) -> Result<()> {
    let dialect = session.kind().dialect();
    let mut set = Vec::new();
    let prefix = if session.kind() == ServerKind::Sqlite { String::new() } else { format!("{T}.") };
    for name in &kept.columns {
        let name = quote_identifier(name, dialect)?;
        set.push(format!("{prefix}{name} = {K}.{name}"));
    }
    // What changes by itself when the row does is to stay as it is.
    for column in facts.writable().filter(|column| column.on_update && !kept.columns.contains(&column.name)) {
        let name = quote_identifier(&column.name, dialect)?;
        set.push(format!("{T}.{name} = {T}.{name}"));
    }
    let (set, same, marked) = (set.join(", "), names.same_key(T, K), format!("{K}.{} = 'u'", names.own(DO)));
    let sql = match session.kind() {
        ServerKind::Sqlite => {
            format!(
                "UPDATE OR ABORT {} AS {T} SET {set} FROM {} AS {K} WHERE {same} AND {marked}",
                names.table, names.place
            )
        }
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "UPDATE {} AS {K} STRAIGHT_JOIN {} AS {T} ON {same} SET {set} WHERE {marked}",
            names.place, names.table
        ),
    };
    session.execute(&sql, &[]).await?;
    let wrong = format!(
        "SELECT COUNT(*) FROM {} AS {K} JOIN {} AS {T} ON {same} WHERE {K}.{} IN ('u', 's') AND {} <> {}",
        names.place,
        names.table,
        names.own(DO),
        names.image(facts, T),
        names.image(facts, K),
    );
    match session.query(&wrong, &[]).await?.first().map_or(0, |row| row.get_u64(0)) {
        0 => Ok(()),
        wrong => {
            let reason = format!("{wrong} rows of {} do not read as they were kept", kept.table);
            Err(StoreError::cannot_put_back(&kept.place, reason))
        }
    }
}
