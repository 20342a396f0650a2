//! Foreign keys and triggers, which must not follow a table into the undo schema: a foreign key would still cascade
//! there and block its parent, and a table with triggers cannot be renamed into another schema at all (1435).

use super::facts::{Found, TableFacts, TriggerFacts, facts};
use super::text::table;
use crate::database::Session;
use crate::model::{Attached, Kept};
use crate::sql::{ObjectKind, ObjectName, quote_identifier, sent_in};
use crate::store::{Result, Store, StoreError};

/// Session variables that a trigger is to be created under again; columns of SHOW CREATE TRIGGER.
const VARIABLES: [&str; 3] = ["sql_mode", "character_set_client", "collation_connection"];

/// Notes what is taken off the table, and how it is put on again.
pub(crate) async fn take_off(session: &mut dyn Session, facts: &TableFacts, kept: &mut Kept) -> Result<()> {
    let dialect = session.kind().dialect();
    let name = table(dialect, facts.schema.as_deref(), &facts.name)?;
    for key in &facts.parents {
        if key.declaration.is_empty() {
            let reason = format!("the server does not show the foreign key {} of {}", key.name, facts.label());
            return Err(StoreError::cannot_keep(reason));
        }
        kept.off.push(format!("ALTER TABLE {name} DROP FOREIGN KEY {}", quote_identifier(&key.name, dialect)?));
        let sql = format!("ALTER TABLE {name} ADD {}", key.declaration);
        kept.on.push(Attached::ForeignKey { name: key.name.clone(), sql });
    }
    if !facts.parents.is_empty() {
        kept.on.push(Attached::Indexes { lines: facts.indexes.clone() });
    }
    for trigger in &facts.triggers {
        let full = table(dialect, trigger.schema.as_deref(), &trigger.name)?;
        kept.off.push(format!("DROP TRIGGER IF EXISTS {full}"));
        kept.on.push(shown(session, trigger, &full, facts).await?);
    }
    Ok(())
}

/// Notes the triggers of a table whose rows are copied: they are off it while rows are put back, and made again then.
pub(crate) async fn note_triggers(
    store: &Store,
    session: &mut dyn Session,
    facts: &TableFacts,
    kept: &mut Kept,
) -> Result<()> {
    let dialect = session.kind().dialect();
    for trigger in facts.triggers.iter().filter(|trigger| !trigger.planned) {
        let full = table(dialect, trigger.schema.as_deref(), &trigger.name)?;
        let mut attached = shown(session, trigger, &full, facts).await?;
        if let Attached::Trigger { schema, .. } = &mut attached {
            *schema = trigger.schema.clone().filter(|schema| *schema != store.schemas().core);
        }
        kept.on.push(attached);
    }
    Ok(())
}

async fn shown(session: &mut dyn Session, trigger: &TriggerFacts, full: &str, facts: &TableFacts) -> Result<Attached> {
    let rows = session.query_text(&format!("SHOW CREATE TRIGGER {full}")).await?;
    let row = rows.first();
    let text = |column: &str| row.and_then(|row| row.named(column)).and_then(crate::database::Value::as_text);
    let Some(sql) = text("SQL Original Statement") else {
        let reason = format!("the server does not show the trigger {} of {}", trigger.name, facts.label());
        return Err(StoreError::cannot_keep(reason));
    };
    let set = text("character_set_client").unwrap_or_default();
    if sent_in(&sql, &set).is_none() {
        let reason =
            format!("the trigger {} of {} was made in {set}, and is not made again here", trigger.name, facts.label());
        return Err(StoreError::cannot_keep(reason));
    }
    let variables = VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect();
    Ok(Attached::Trigger { name: trigger.name.clone(), sql, schema: None, variables })
}

/// Puts on what is not there. The default schema must be the table's: a trigger is shown without its schema.
pub(crate) async fn put_on(session: &mut dyn Session, kept: &Kept) -> Result<()> {
    if kept.on.is_empty() {
        return Ok(());
    }
    let object = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
    let Found::Table(found) = facts(session, &object).await? else { return Ok(()) };
    let before = session.query("SELECT DATABASE() LIMIT 1", &[]).await?.first().and_then(|row| row.opt_text(0));
    if let Some(schema) = &kept.schema {
        session.use_schema(schema).await?;
    }
    let mut done = Ok(());
    for attached in &kept.on {
        done = one(session, attached, &found).await;
        if done.is_err() {
            break;
        }
    }
    if let Some(schema) = before {
        session.use_schema(&schema).await?;
    }
    done
}

/// Brings the secondary indexes back into their order, from the first that differs on.
async fn indexes(session: &mut dyn Session, lines: &[String], found: &TableFacts) -> Result<()> {
    let object = ObjectName { kind: ObjectKind::Table, schema: found.schema.clone(), name: found.name.clone() };
    let Found::Table(now) = facts(session, &object).await? else { return Ok(()) };
    let same = now.indexes.iter().zip(lines).take_while(|(now, before)| now == before).count();
    if same == now.indexes.len() && same == lines.len() {
        return Ok(());
    }
    let dropped = now.indexes[same..].iter().map(|line| format!("DROP INDEX {}", quoted_name(line)));
    let added = lines[same..].iter().map(|line| format!("ADD {line}"));
    let operations: Vec<String> = dropped.chain(added).collect();
    let table = table(session.kind().dialect(), found.schema.as_deref(), &found.name)?;
    session.run(&format!("ALTER TABLE {table} {}", operations.join(", "))).await?;
    Ok(())
}

/// The first quoted name of a line, quotes and all; those inside are doubled.
fn quoted_name(line: &str) -> &str {
    let start = line.find('`').unwrap_or(0);
    let mut end = start + 1;
    while let Some(quote) = line.get(end..).and_then(|rest| rest.find('`')) {
        end += quote + 1;
        if !line[end..].starts_with('`') {
            return &line[start..end];
        }
        end += 1;
    }
    &line[start..]
}

async fn one(session: &mut dyn Session, attached: &Attached, found: &TableFacts) -> Result<()> {
    match attached {
        // The table does not move.
        Attached::Column { .. } => {}
        Attached::Indexes { lines } => indexes(session, lines, found).await?,
        Attached::ForeignKey { name, sql } => {
            if found.parents.iter().all(|key| key.name != *name) {
                session.run(sql).await?;
            }
        }
        Attached::Trigger { name, sql, variables, .. } => {
            if found.triggers.iter().all(|trigger| trigger.name != *name) {
                // Ours are in force, and put back by whoever put them in force.
                for (variable, value) in variables {
                    session.execute(&format!("SET SESSION {variable} = ?"), &[value.as_str().into()]).await?;
                }
                let set = variables.iter().find(|(name, _)| name == "character_set_client");
                let sent = set.and_then(|(_, set)| sent_in(sql, set));
                session.run(sent.as_ref().unwrap_or(sql)).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::quoted_name;

    #[test]
    fn a_quoted_name_may_hold_quotes() {
        assert_eq!(quoted_name("UNIQUE KEY `a``b` (`c`)"), "`a``b`");
        assert_eq!(quoted_name("KEY `a` (`b`)"), "`a`");
    }
}
