//! Writes of SQLite's triggers beside the statement that fires them, and how they are kept from it while rows are put
//! back.

use super::facts::sqlite;
use super::facts::{Found, Known, TableFacts, TriggerFacts};
use super::reform::quoted;
use crate::database::{ServerKind, Session};
use crate::sql::{Dialect, ObjectName, StatementKind, body_writes};
use crate::store::{Result, StoreError};

/// Adds the tables that triggers of these write, those of the first one as far as the statement fires them. Whether any
/// is fired.
pub(crate) async fn add_written_by_tables(
    session: &mut dyn Session,
    known: &mut Known,
    tables: &mut Vec<TableFacts>,
    statement: StatementKind,
) -> Result<bool> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(false);
    }
    let mut fired = false;
    let mut at = 0;
    while at < tables.len() {
        let events: &[&str] = match statement {
            _ if at > 0 => &["INSERT", "UPDATE", "DELETE"],
            StatementKind::Delete => &["DELETE"],
            StatementKind::Update => &["UPDATE", "DELETE"],
            _ => &["INSERT", "UPDATE", "DELETE"],
        };
        let is_fired = |trigger: &&TriggerFacts| trigger.event.is_empty() || events.contains(&trigger.event.as_str());
        let triggers: Vec<TriggerFacts> = tables[at].triggers.iter().filter(is_fired).cloned().collect();
        fired |= !triggers.is_empty();
        add(session, known, tables, &triggers).await?;
        at += 1;
    }
    Ok(fired)
}

/// The same of a view, whose triggers stand for what is written to it. False where it is not written so.
pub(crate) async fn add_written_by_view(
    session: &mut dyn Session,
    known: &mut Known,
    view: &ObjectName,
    tables: &mut Vec<TableFacts>,
) -> Result<bool> {
    if session.kind() != ServerKind::Sqlite || view.schema.is_some() {
        return Ok(false);
    }
    let triggers = sqlite::triggers(session, "main", &view.name).await?;
    add(session, known, tables, &triggers).await?;
    Ok(!triggers.is_empty())
}

async fn add(
    session: &mut dyn Session,
    known: &mut Known,
    tables: &mut Vec<TableFacts>,
    triggers: &[TriggerFacts],
) -> Result<()> {
    for trigger in triggers {
        // One that a statement to come makes is known by its body.
        let planned = || body_writes(&trigger.body, Dialect::Sqlite).filter(|_| trigger.planned);
        let Some(writes) = trigger.writes.clone().or_else(planned) else {
            return Err(StoreError::cannot_keep(format!("what the trigger {} writes cannot be told", trigger.name)));
        };
        for object in &writes {
            match known.facts(session, object).await? {
                Found::Table(facts) if tables.iter().all(|table| table.id() != facts.id()) => {
                    tables.push(TableFacts::clone(facts));
                }
                Found::Table(_) | Found::Missing | Found::Temporary => {}
                Found::NoTable => {
                    let reason = format!("the trigger {} writes to {object}, which is no table", trigger.name);
                    return Err(StoreError::cannot_keep(reason));
                }
            }
        }
    }
    Ok(())
}

/// Takes the triggers off a table; their texts, in the order in which they were made.
pub(crate) async fn take_off(session: &mut dyn Session, table: &str) -> Result<Vec<String>> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(Vec::new());
    }
    let sql = "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid";
    let found = session.query(sql, &[table.into()]).await?;
    for row in &found {
        session.execute(&format!("DROP TRIGGER main.{}", quoted(&row.get_text(0))?), &[]).await?;
    }
    Ok(found.iter().map(|row| row.get_text(1)).collect())
}

/// Puts them on again.
pub(crate) async fn put_on(session: &mut dyn Session, triggers: &[String]) -> Result<()> {
    for sql in triggers {
        session.run(sql).await?;
    }
    Ok(())
}
