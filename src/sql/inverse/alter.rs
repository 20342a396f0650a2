//! An altered table of MySQL or MariaDB led back, from its definition after to the one before.

use super::super::{AlterOperation, Dialect, ObjectName, quote_name};
use super::column::{Charset, Column};
use super::columns::{self, Columns};
use super::constraints::{self, Constraints};
use super::keys::{self, Keys};
use super::table::Table;
use super::{Inverse, Lost, NoInverse, create};

/// What an operation may have done that no definition shows.
enum Beyond {
    Nothing,
    LosesRows,
    Unknown(&'static str),
}

/// Adds to the inverse what leads the table, which has its old name again, from `after` back to `before`.
pub(super) fn back(
    inverse: &mut Inverse,
    object: &ObjectName,
    before: &Table,
    after: &Table,
    operations: &[AlterOperation],
    dialect: Dialect,
) -> Result<(), NoInverse> {
    if before.is_versioned() || after.is_versioned() {
        return Err(NoInverse::because(format!("the server keeps old versions of the rows of {object}")));
    }
    if before.others != after.others {
        return Err(NoInverse::because(format!("the periods of {object} changed")));
    }
    for operation in operations {
        match beyond(operation) {
            Beyond::Nothing => {}
            Beyond::LosesRows => inverse.lost.push(Lost::Rows { table: object.clone() }),
            Beyond::Unknown(why) => return Err(NoInverse::because(why)),
        }
    }
    let columns = columns::back(object, before, after, operations, dialect)?;
    let keys = keys::back(&before.keys, &after.keys, &columns, operations, dialect)?;
    let constraints = constraints::back(before, after, &columns, dialect)?;
    let options = before.options.back_from(&after.options)?;
    let partitions = before.options.partitions_back_from(&after.options);
    inverse.lost.extend(columns.lost.iter().cloned());
    let table = quote_name(object, dialect)?;
    let alter = |clauses: &[String]| format!("ALTER TABLE {table} {}", clauses.join(", "));
    let mut statements = Vec::new();
    let clauses = clauses(&columns, &keys, &constraints, options);
    match (clauses.is_empty(), partitions) {
        (true, None) => {}
        (true, Some(partitions)) => statements.push(format!("ALTER TABLE {table} {partitions}")),
        (false, partitions) => {
            statements.push([alter(&clauses), partitions.unwrap_or_default()].join(" ").trim_end().to_owned())
        }
    }
    statements.extend(inheriting_once(&table, &columns.inherited_once, before, dialect)?);
    if !constraints.foreign_keys.is_empty() {
        statements.push(alter(&constraints.foreign_keys));
    }
    let later: Vec<String> = keys.later.iter().chain(&constraints.later).cloned().collect();
    if !later.is_empty() {
        inverse.after_values.push(alter(&later));
    }
    let zero_dates = columns.zero_dates || statements.iter().any(|sql| sql.contains("'0000-00-00"));
    inverse.statements.extend(if zero_dates { create::with_zero_dates(statements) } else { statements });
    Ok(())
}

/// The clauses in one statement: what is dropped makes way for what is added.
fn clauses(columns: &Columns, keys: &Keys, constraints: &Constraints, options: Vec<String>) -> Vec<String> {
    let parts =
        [&constraints.drops, &keys.drops, &columns.clauses, &keys.changes, &keys.adds, &constraints.checks, &options];
    parts.into_iter().flatten().cloned().collect()
}

/// Statements that let columns inherit a character set that is not, or no longer, their table's.
pub(super) fn inheriting_once(
    table: &str,
    columns: &[Column],
    before: &Table,
    dialect: Dialect,
) -> Result<Vec<String>, NoInverse> {
    let mut statements = Vec::new();
    for column in columns {
        let Charset::InheritedOnce(charset) = &column.charset else { continue };
        let name = super::super::quote_identifier(&column.name, dialect)?;
        statements.push(format!(
            "ALTER TABLE {table} DEFAULT CHARACTER SET {charset}, MODIFY COLUMN {name} {}",
            column.inheriting()?
        ));
    }
    if !statements.is_empty() {
        let clause = before.options.charset_clause();
        let clause = clause.ok_or_else(|| NoInverse::because("the table had no default character set"))?;
        statements.push(format!("ALTER TABLE {table} {clause}"));
    }
    Ok(statements)
}

fn beyond(operation: &AlterOperation) -> Beyond {
    match operation {
        AlterOperation::Partition { action } => match action.as_str() {
            "DROP" | "TRUNCATE" => Beyond::LosesRows,
            "EXCHANGE" | "CONVERT" => Beyond::Unknown("rows went from one table to another with a partition"),
            _ => Beyond::Nothing,
        },
        AlterOperation::Upkeep { what } if what.ends_with("KEYS") => Beyond::Nothing,
        AlterOperation::Upkeep { .. } => Beyond::Unknown("a tablespace was discarded or imported"),
        AlterOperation::Versioning { .. } => Beyond::Unknown("the server keeps old versions of rows, or did"),
        AlterOperation::Unknown { .. } => Beyond::Unknown("an operation of the ALTER TABLE is not known"),
        _ => Beyond::Nothing,
    }
}
