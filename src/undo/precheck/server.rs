//! The questions to the rows of a table of MySQL or MariaDB.

use super::data_check::{Compared, DataCheck, Question};
use super::default_value::default_value;
use crate::sql::ObjectName;
use crate::undo::inverse::NoInverse;
use crate::undo::inverse::column::{Charset, Column};
use crate::undo::inverse::table::{KeyClass, Table};
use crate::undo::inverse::text::{qualified, same_name, unquoted, words};

/// Makes the questions which rows the narrower types, NOT NULL, keys and checks of the goal would refuse, and which
/// values go with a column.
pub(super) fn questions(check: &DataCheck<'_>, now: &str, goal: &str) -> Result<Vec<Question>, NoInverse> {
    let (now, goal) = (Table::parse(now, check.dialect)?, Table::parse(goal, check.dialect)?);
    let mut questions = Vec::new();
    for is in &now.columns {
        match goal.columns.iter().find(|was| check.is_same(&is.name, &was.name)) {
            Some(was) if was.shown != is.shown && !was.generated => {
                if was.not_null && !is.not_null {
                    questions.push(check.nulls(&is.name)?);
                }
                questions.extend(check.out_of_range(&is.name, &is.shown, &was.shown)?);
            }
            Some(_) => {}
            None if is.generated || is.auto_increment => {}
            None => {
                questions.extend(check.lost_values(&is.name, default_value(&is.shown, is.not_null, check.dialect)?)?)
            }
        }
    }
    let is_there = |name: &str| now.keys.iter().any(|key| same_name(&key.name, name));
    let unique = |class| matches!(class, KeyClass::Primary | KeyClass::Unique);
    for key in goal.keys.iter().filter(|key| unique(key.class) && !is_there(&key.name)) {
        questions.extend(check.duplicates(&now, (&key.name, &key.text), &[])?);
    }
    let compared = compared(check, &now, &goal)?;
    for key in goal.keys.iter().filter(|key| unique(key.class) && is_there(&key.name)) {
        let names = words(&key.text, check.dialect)?;
        let is_part = |one: &&Compared| names.iter().any(|word| same_name(&unquoted(word.text), &one.column));
        let otherwise: Vec<Compared> = compared.iter().filter(is_part).cloned().collect();
        if !otherwise.is_empty() {
            questions.extend(check.duplicates(&now, (&key.name, &key.text), &otherwise)?);
        }
    }
    let is_there = |name: &str| now.foreign_keys.iter().any(|key| same_name(&key.name, name));
    for key in goal.foreign_keys.iter().filter(|key| !is_there(&key.name)) {
        questions.extend(check.orphans(&now, &key.name, &key.text)?);
    }
    let is_there = |name: &str| now.checks.iter().any(|check| same_name(&check.name, name));
    for rule in goal.checks.iter().filter(|rule| check.renamed.is_empty() && !is_there(&rule.name)) {
        questions.extend(check.violations(&rule.name, &rule.text)?);
    }
    Ok(questions)
}

/// The columns whose texts compare under another collation in the goal, where both tell which.
fn compared(check: &DataCheck<'_>, now: &Table, goal: &Table) -> Result<Vec<Compared>, NoInverse> {
    let mut found = Vec::new();
    for is in &now.columns {
        let Some(was) = goal.columns.iter().find(|was| check.is_same(&is.name, &was.name)) else { continue };
        let (old, new) = (collation(is, now, check)?, collation(was, goal, check)?);
        let (Some(old), Some(new)) = (old, new) else { continue };
        // Its name begins with that of its character set.
        if let Some(charset) = new.split('_').next().filter(|_| old != new) {
            found.push(Compared { column: is.name.clone(), charset: charset.to_owned(), collation: new.clone() });
        }
    }
    Ok(found)
}

/// The collation of a text column: its own, or its table's.
fn collation(column: &Column, table: &Table, check: &DataCheck<'_>) -> Result<Option<String>, NoInverse> {
    if column.charset == Charset::None {
        return Ok(None);
    }
    let words = words(&column.shown, check.dialect)?;
    let own = words.windows(2).find(|two| two[0].is("COLLATE")).map(|two| two[1].text.to_owned());
    Ok(own.or_else(|| table.options.value("COLLATE").map(str::to_owned)))
}

/// The parents that a definition names.
pub(super) fn keys(check: &DataCheck<'_>, object: &ObjectName, definition: &str) -> Result<Vec<Question>, NoInverse> {
    let table = Table::parse(definition, check.dialect)?;
    let mut questions = Vec::new();
    for key in &table.foreign_keys {
        let text = qualified(&key.text, "REFERENCES", object, check.dialect)?;
        questions.extend(check.orphans(&table, &key.name, &text)?);
    }
    Ok(questions)
}
