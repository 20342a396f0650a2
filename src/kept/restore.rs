//! Objects of SQLite brought back as they were written, inside the transaction of the undo.
//!
//! The settings under which this runs ([`SETTINGS`]) are the session's: under them dropping or renaming a table touches
//! no other object and no row, and asks nothing of the views that stand elsewhere. A text that only a rename changed is
//! put back as text, the one way in which nothing else can change with it (lang_altertable, "Making Other Kinds Of
//! Table Schema Changes"); a table whose rows have another form is made anew.

use super::reform::{self, quoted, sql_error};
use super::written::{self, lines};
use crate::database::{Session, canonical_definition};
use crate::model::{Restore, Restored, SchemaLine};
use crate::store::{Result, StoreError};
use std::collections::BTreeMap;

/// Pragmas of a session in which objects are restored and kept rows put back, whatever order that comes in.
pub const SETTINGS: &[(&str, &str)] = &[
    ("foreign_keys", "0"),
    ("legacy_alter_table", "1"),
    ("ignore_check_constraints", "1"),
    ("recursive_triggers", "0"),
];

/// The schema by the names of its tables and views.
type Schema = BTreeMap<String, Vec<SchemaLine>>;

/// Takes back what one statement changed in the schema. What is as it was already stays, and so does what others have
/// attached to a table since.
///
/// # Errors
/// [`StoreError::CannotRestore`] where others have changed what is to be restored; nothing of it may be committed then.
/// Or the database's.
pub async fn restore(session: &mut dyn Session, changes: &Restore) -> Result<()> {
    has_settings(session).await?;
    let now = lines(session).await?;
    let open: Vec<&Restored> = changes.relations.iter().filter(|one| !is_restored(one, &now)).collect();
    for one in &open {
        is_as_left(one, &now)?;
    }
    let others: Vec<SchemaLine> = open.iter().flat_map(|one| lines_of_others(one, &now)).collect();
    for one in &open {
        take_off(session, one, &now).await?;
    }
    for one in &open {
        relation_back(session, one).await?;
    }
    let lines_before: Vec<&SchemaLine> = open.iter().flat_map(|one| &one.before).collect();
    spell(session, &lines_before).await?;
    for line in lines_before.iter().filter(|line| line.kind == "view") {
        make(session, line).await?;
    }
    for line in lines_before.iter().copied().chain(&others).filter(|line| !line.is_relation()) {
        make(session, line).await?;
    }
    spell(session, &lines_before).await?;
    for (name, value) in &changes.numbers {
        session.execute(&format!("PRAGMA main.{name} = {value}"), &[]).await?;
    }
    verify(session, &open).await
}

/// Under other settings a rename or a drop would reach further than it says.
async fn has_settings(session: &mut dyn Session) -> Result<()> {
    for (name, value) in SETTINGS {
        let rows = session.query(&format!("PRAGMA {name}"), &[]).await?;
        if rows.first().map(|row| row.get_text(0)).as_deref() != Some(value) {
            return Err(StoreError::cannot_restore(format!("the session does not have {name} = {value}")));
        }
    }
    Ok(())
}

fn found<'s>(schema: &'s Schema, name: &str) -> Option<&'s Vec<SchemaLine>> {
    schema
        .get(name)
        .or_else(|| schema.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, lines)| lines))
}

/// The name under which it stands until it is restored.
fn name_now(one: &Restored) -> &str {
    one.renamed.as_deref().unwrap_or(&one.name)
}

fn is_restored(one: &Restored, now: &Schema) -> bool {
    let is = now.get(&one.name).map_or(&[][..], Vec::as_slice);
    let gone = one.renamed.as_ref().is_none_or(|name| !now.contains_key(name));
    gone && is.len() == one.before.len() && one.before.iter().all(|line| is.contains(line))
}

/// Refuses where somebody else has changed it since, which is not taken away.
fn is_as_left(one: &Restored, now: &Schema) -> Result<()> {
    let same = |a: &SchemaLine, b: &SchemaLine| {
        a.kind == b.kind && canonical_definition(&a.sql) == canonical_definition(&b.sql)
    };
    let name = name_now(one);
    let is = found(now, name).and_then(|lines| lines.first());
    match (one.after.first(), is) {
        (Some(left), Some(is)) if same(left, is) => Ok(()),
        // A table that the file made goes, whatever it has become.
        (Some(left), Some(is)) if one.before.is_empty() && left.kind == is.kind => Ok(()),
        (Some(_), Some(_)) => Err(StoreError::cannot_restore(format!("{name} was changed by others since"))),
        (Some(_), None) if one.before.is_empty() => Ok(()),
        (Some(_), None) => Err(StoreError::cannot_restore(format!("{name} is gone"))),
        (None, Some(_)) => Err(StoreError::cannot_restore(format!("there is another {name} by now"))),
        (None, None) => Ok(()),
    }
}

/// Gives what others have attached to a table that stays.
fn lines_of_others(one: &Restored, now: &Schema) -> Vec<SchemaLine> {
    if one.before.is_empty() {
        return Vec::new();
    }
    let is = found(now, name_now(one)).map_or(&[][..], Vec::as_slice);
    let known = |line: &&SchemaLine| !one.after.iter().any(|after| after.kind == line.kind && after.name == line.name);
    is.iter().filter(|line| !line.is_relation()).filter(known).cloned().collect()
}

/// Drops indexes, triggers and views that are not as before, and all that goes with a table that is made anew.
async fn take_off(session: &mut dyn Session, one: &Restored, now: &Schema) -> Result<()> {
    for line in found(now, name_now(one)).map_or(&[][..], Vec::as_slice) {
        let stays = one.before.contains(line)
            || (one.renamed.is_some() && one.before.iter().any(|b| b.kind == line.kind && b.name == line.name))
            || (!one.before.is_empty() && !one.after.iter().any(|a| a.kind == line.kind && a.name == line.name));
        if line.kind != "table" && (!stays || one.reformed) {
            drop_line(session, line).await?;
        }
    }
    Ok(())
}

async fn drop_line(session: &mut dyn Session, line: &SchemaLine) -> Result<()> {
    let sql = format!("DROP {} IF EXISTS main.{}", line.kind.to_uppercase(), quoted(&line.name)?);
    session.execute(&sql, &[]).await?;
    Ok(())
}

/// The table itself: gone, under its old name, in its old form, or there again.
async fn relation_back(session: &mut dyn Session, one: &Restored) -> Result<()> {
    let is_table = |lines: &[SchemaLine]| lines.first().is_some_and(|line| line.kind == "table");
    let name = name_now(one);
    match (is_table(&one.before), is_table(&one.after)) {
        (false, true) => {
            // Those of a virtual table are gone with it.
            session.execute(&format!("DROP TABLE IF EXISTS main.{}", quoted(name)?), &[]).await?;
        }
        (true, false) => {
            make(session, &one.before[0]).await?;
            if let Some(counter) = one.counter {
                reform::set_counter(session, &one.name, counter).await?;
            }
        }
        (true, true) if name != one.name => {
            let sql = format!("ALTER TABLE main.{} RENAME TO {}", quoted(name)?, quoted(&one.name)?);
            session.execute(&sql, &[]).await?;
        }
        (true, true) if one.reformed => reform::reform(session, &one.name, &one.before[0].sql).await?,
        _ => {}
    }
    Ok(())
}

/// Makes what a line says, unless it is there.
async fn make(session: &mut dyn Session, line: &SchemaLine) -> Result<()> {
    let there = "SELECT 1 FROM main.sqlite_master WHERE type = ? AND name = ?";
    if session.query(there, &[line.kind.as_str().into(), line.name.as_str().into()]).await?.is_empty() {
        session.run(&line.sql).await.map_err(|error| sql_error(error, &line.name))?;
    }
    Ok(())
}

/// Writes the texts of lines that stand with another one, and has the schema read again.
async fn spell(session: &mut dyn Session, lines: &[&SchemaLine]) -> Result<()> {
    let differs = "SELECT 1 FROM main.sqlite_master WHERE type = ? AND name = ? AND sql <> ?";
    let mut wrong = Vec::new();
    for line in lines {
        let values = [line.kind.as_str().into(), line.name.as_str().into(), line.sql.as_str().into()];
        if !session.query(differs, &values).await?.is_empty() {
            wrong.push(*line);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let version = written::number(session, "schema_version").await?;
    session.execute("PRAGMA writable_schema = ON", &[]).await?;
    let mut done = Ok(());
    for line in wrong {
        let sql = "UPDATE main.sqlite_master SET sql = ? WHERE type = ? AND name = ?";
        let values = [line.sql.as_str().into(), line.kind.as_str().into(), line.name.as_str().into()];
        done = session.execute(sql, &values).await.map(drop);
        if done.is_err() {
            break;
        }
    }
    session.execute("PRAGMA writable_schema = RESET", &[]).await?;
    done?;
    // Other connections read the schema again when its number has changed.
    session.execute(&format!("PRAGMA main.schema_version = {}", version + 1), &[]).await?;
    Ok(())
}

/// Each stands as it was written, letter by letter, and every table can be read.
async fn verify(session: &mut dyn Session, restored: &[&Restored]) -> Result<()> {
    let now = lines(session).await?;
    for one in restored {
        let is = now.get(&one.name).map_or(&[][..], Vec::as_slice);
        if let Some(line) = one.before.iter().find(|line| !is.contains(line)) {
            let reason = format!("the {} {} does not stand as it was written", line.kind, line.name);
            return Err(StoreError::cannot_restore(reason));
        }
        if one.before.is_empty() && !is.is_empty() {
            return Err(StoreError::cannot_restore(format!("{} is still there", one.name)));
        }
        if one.before.first().is_some_and(|line| line.kind == "table") {
            session.query(&format!("SELECT * FROM main.{} LIMIT 0", quoted(&one.name)?), &[]).await?;
        }
    }
    Ok(())
}
