//! Changes of a statement of SQLite in the schema, to be restored: told by the texts that stood before it and after it,
//! and not by what it says. So what a rename reached in other objects is among it.

use super::forward_run::ForwardRun;
use super::history::DefinitionHistory;
use super::inverse::{Lost, holds_values};
use super::lost::{is_kept, missing};
use crate::model::{Kept, Restore, Restored, SchemaLine};
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement};
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "source of ";
const NUMBER: &str = "number ";

/// The name under which the text of a table or view is journalled, with what goes with it.
pub fn source_of(relation: &str) -> String {
    format!("{SOURCE}{relation}")
}

/// The number of the file that is journalled under a name.
pub fn number_of(journalled: &str) -> Option<&str> {
    journalled.strip_prefix(NUMBER)
}

/// The table or view whose text as it was written is journalled under a name.
pub fn relation_of(journalled: &str) -> Option<&str> {
    journalled.strip_prefix(SOURCE)
}

/// True if a journalled definition is a text as it was written, and none of the canonical ones that are compared.
pub fn is_written(journalled: &str) -> bool {
    journalled.starts_with(SOURCE) || journalled.starts_with(NUMBER)
}

/// A schema as it is journalled.
pub fn sources(lines: &BTreeMap<String, Vec<SchemaLine>>, numbers: &[(&str, i64)]) -> BTreeMap<String, String> {
    let text = |lines: &Vec<SchemaLine>| serde_json::to_string(lines).unwrap_or_default();
    let relations = lines.iter().map(|(name, lines)| (source_of(name), text(lines)));
    relations.chain(numbers.iter().map(|(name, value)| (format!("{NUMBER}{name}"), value.to_string()))).collect()
}

impl DefinitionHistory {
    /// The schema as it was seen last, and what was seen to be gone.
    pub fn sources(&self) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut there, mut gone) = (BTreeMap::new(), BTreeSet::new());
        for name in self.names().filter(|name| is_written(name)) {
            match self.latest(name).flatten() {
                Some(text) => there.insert(name.clone(), text.to_owned()).map(drop),
                None => gone.insert(name.clone()).then_some(()),
            };
        }
        (there, gone)
    }
}

/// Gives what restores the objects that a statement changed; `None` where it changed nothing.
///
/// # Errors
/// In words, where something went that was not kept.
pub(crate) fn restore(run: &ForwardRun<'_>, statement: &Statement, kept: &[Kept]) -> Result<Option<Restore>, String> {
    let mut restore = Restore::default();
    let changed: Vec<&String> = run.history.changed_by(statement.index).filter(|name| is_written(name)).collect();
    for name in changed {
        let after = run.history.after(name, statement.index).flatten();
        // Of what did not exist when the file began nothing was taken down then.
        let before = run.history.before(name, statement.index).unwrap_or_default();
        match (number_of(name), name.strip_prefix(SOURCE)) {
            (Some(number), _) => {
                let value = before.and_then(|value| value.parse().ok());
                let value = value.ok_or_else(|| format!("what {number} was before was not taken down"))?;
                restore.numbers.push((number.to_owned(), value));
            }
            (None, Some(relation)) => restore.relations.push(Restored {
                name: relation.to_owned(),
                renamed: None,
                before: lines(before)?,
                after: lines(after)?,
                reformed: false,
                counter: None,
            }),
            (None, None) => {}
        }
    }
    renamed(&mut restore.relations, statement);
    for one in &mut restore.relations {
        one.reformed = reforms(one, statement);
        can_be_restored(one, statement, kept)?;
        if one.after.is_empty() {
            one.counter = kept.iter().find(|k| k.table.eq_ignore_ascii_case(&one.name)).and_then(|k| k.counter);
        }
    }
    // Modules of virtual tables make tables of their own, which go with them.
    restore.relations.sort_by_key(|one| !one.after.iter().chain(&one.before).any(is_virtual));
    Ok((restore != Restore::default()).then_some(restore))
}

fn lines(text: Option<&str>) -> Result<Vec<SchemaLine>, String> {
    let Some(text) = text else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(|error| format!("the schema that was taken down cannot be read: {error}"))
}

/// The one that lost its name and the one that got it are one table.
fn renamed(relations: &mut Vec<Restored>, statement: &Statement) {
    let named = |how: How| statement.analysis.touches.iter().find(|t| t.how == how).map(|t| t.object.name.clone());
    let (Some(from), Some(to)) = (named(How::RenamesFrom), named(How::RenamesTo)) else { return };
    let is_from = |one: &Restored| one.name.eq_ignore_ascii_case(&from) && one.after.is_empty();
    let is_to = |one: &Restored| one.name.eq_ignore_ascii_case(&to) && one.before.is_empty();
    let (Some(lost), Some(got)) = (relations.iter().position(is_from), relations.iter().position(is_to)) else {
        return;
    };
    relations[lost].renamed = Some(relations[got].name.clone());
    relations[lost].after = std::mem::take(&mut relations[got].after);
    relations.remove(got);
}

/// True if the rows of a table have another form since: the statement altered it, and did not only change names.
fn reforms(one: &Restored, statement: &Statement) -> bool {
    let is_table = |lines: &[SchemaLine]| lines.first().is_some_and(|line| line.kind == "table");
    let names = |operation: &AlterOperation| {
        matches!(operation, AlterOperation::RenameTo { .. } | AlterOperation::RenameColumn { .. })
    };
    let operations = &statement.analysis.operations;
    let altered = !operations.is_empty() && !operations.iter().all(names);
    let named = |touch: &crate::sql::Touch| touch.object.name.eq_ignore_ascii_case(&one.name);
    altered && is_table(&one.before) && is_table(&one.after) && statement.analysis.touches.iter().any(named)
}

fn can_be_restored(one: &Restored, statement: &Statement, kept: &[Kept]) -> Result<(), String> {
    let table = ObjectName::new(ObjectKind::Table, &one.name);
    let Some(before) = one.before.first().filter(|line| line.kind == "table") else { return Ok(()) };
    if one.after.is_empty() {
        if is_virtual(before) {
            return Err(format!("what the module of the virtual table {} held was not kept", one.name));
        }
        let lost = Lost::Rows { table };
        return if is_kept(kept, &lost) { Ok(()) } else { Err(missing(&lost)) };
    }
    for operation in &statement.analysis.operations {
        let AlterOperation::DropColumn { name } = operation else { continue };
        let lost = Lost::Column { table: table.clone(), column: name.clone() };
        if one.reformed && holds_values(&before.sql, name) && !is_kept(kept, &lost) {
            return Err(missing(&lost));
        }
    }
    Ok(())
}

fn is_virtual(line: &SchemaLine) -> bool {
    line.sql.get(..14).is_some_and(|head| head.eq_ignore_ascii_case("CREATE VIRTUAL"))
}
