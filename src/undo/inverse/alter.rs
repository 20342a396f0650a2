//! An altered table of MySQL or MariaDB led back, from its definition after to the one before.

use super::columns::{self, Columns};
use super::complete::{complete_columns, with_zero_dates};
use super::constraints::{self, Constraints};
use super::keys::{self, Keys};
use super::table::{KeyClass, Table};
use super::text::same_name;
use super::types::{Inverse, NoInverse};
use crate::sql::{AlterOperation, Dialect, ObjectName, quote_identifier, quote_name};

/// Effect that an operation may have had and that no definition shows.
pub(crate) enum Beyond {
    /// Nothing.
    Nothing,
    /// Rows went with it.
    LosesRows,
    /// Something that nobody can undo.
    Unknown(&'static str),
}

/// Adds to the inverse what leads the table, which has its old name again, from `after` back to `before`.
pub(crate) fn back(
    inverse: &mut Inverse,
    object: &ObjectName,
    before: &Table,
    after: &Table,
    operations: &[AlterOperation],
    dialect: Dialect,
) -> Result<(), NoInverse> {
    if before.is_versioned() != after.is_versioned() {
        return Err(NoInverse::because(format!("the server keeps old versions of the rows of {object}, or did")));
    }
    if before.others != after.others {
        return Err(NoInverse::because(format!("the periods of {object} changed")));
    }
    let columns = columns::back(object, before, after, operations, dialect)?;
    if before.is_versioned() && !columns.lost.is_empty() {
        return Err(NoInverse::because(format!("the server keeps old versions of the rows of {object}")));
    }
    let constraints = constraints::back(before, after, &columns, dialect)?;
    let around = keys::Around {
        columns: &columns,
        operations,
        foreign: &constraints.foreign,
        all_anew: dialect == Dialect::MariaDb
            && before.options.value("KEY_BLOCK_SIZE") != after.options.value("KEY_BLOCK_SIZE"),
        dialect,
    };
    let keys = keys::back(&before.keys, &after.keys, &around)?;
    inverse.lost.extend(columns.lost.iter().cloned());
    let table = quote_name(object, dialect)?;
    let parts =
        Parts { table: &table, before, after, columns: &columns, keys: &keys, constraints: &constraints, dialect };
    let statements = parts.statements()?;
    // MariaDB sorts the keys when one is made, and leaves them as they stand where none is.
    let sorts = dialect == Dialect::MySql || !(keys.adds.is_empty() && keys.later.is_empty());
    if sorts && !statements.is_empty() && !keys::are_sorted(before, dialect)? {
        return Err(NoInverse::because(format!(
            "the keys of {object} stood in an order that the server does not give them again"
        )));
    }
    let zero_dates = columns.zero_dates || statements.iter().any(|sql| sql.contains("'0000-00-00"));
    let under = |statements: Vec<String>| match zero_dates && !statements.is_empty() {
        true => with_zero_dates(statements),
        false => statements,
    };
    inverse.statements.extend(under(statements));
    inverse.after_values.extend(under(parts.later()?.into_iter().collect()));
    Ok(())
}

/// Parts of which the statements are put together.
struct Parts<'a> {
    table: &'a str,
    before: &'a Table,
    after: &'a Table,
    columns: &'a Columns,
    keys: &'a Keys,
    constraints: &'a Constraints,
    dialect: Dialect,
}

impl Parts<'_> {
    fn alter(&self, clauses: &[String]) -> String {
        format!("ALTER TABLE {} {}", self.table, clauses.join(", "))
    }

    /// The statements that need no values: what has to go first, then all at once, then what has to follow.
    fn statements(&self) -> Result<Vec<String>, NoInverse> {
        let first = self.renames_alone()?;
        let mut clauses = self.clauses(&first, self.before.options.back_from(&self.after.options)?);
        for (other, own) in &self.keys.passing {
            clauses.push(self.rename_index(own, other)?);
        }
        let partitions = self.before.options.partitions_back_from(&self.after.options);
        let mut statements = Vec::new();
        if !first.is_empty() {
            statements.push(self.alter(&first));
        }
        if !clauses.is_empty() || partitions.is_some() {
            let whole = format!("{} {}", self.alter(&clauses), partitions.unwrap_or_default());
            statements.push(whole.trim_end().to_owned());
        }
        statements.extend(complete_columns(self.table, &self.columns.defined, self.before, self.dialect)?);
        let follows = self.with_own_names(&self.constraints.foreign_keys, self.constraints.later.is_empty())?;
        if !follows.is_empty() {
            statements.push(self.alter(&follows));
        }
        Ok(statements)
    }

    /// Renames of columns of foreign keys. No server takes one together with a change for which it copies the table
    /// (1846), or that makes the key anew which the foreign key needs (1553).
    fn renames_alone(&self) -> Result<Vec<String>, NoInverse> {
        let mut renames = Vec::new();
        for (is, was) in &self.columns.names.0 {
            let name = quote_identifier(is, self.dialect)?;
            let clause = format!("RENAME COLUMN {name} TO {}", quote_identifier(was, self.dialect)?);
            let is_free = !self.after.columns.iter().any(|column| same_name(&column.name, was));
            if is_free && self.is_of_foreign_key_alone(&name) && self.columns.clauses.contains(&clause) {
                renames.push(clause);
            }
        }
        Ok(renames)
    }

    /// True if only a foreign key names it. A name in a check or an expression is renamed with its column.
    fn is_of_foreign_key_alone(&self, name: &str) -> bool {
        let after = self.after;
        let in_check = after.checks.iter().any(|check| check.text.contains(name));
        let in_expression = after.columns.iter().any(|column| column.generated && column.shown.contains(name));
        !in_check && !in_expression && after.foreign_keys.iter().any(|key| key.text.contains(name))
    }

    /// The statement that waits for values.
    fn later(&self) -> Result<Option<String>, NoInverse> {
        let parts = [&self.columns.later, &self.keys.later, &self.constraints.later];
        let waits: Vec<String> = parts.into_iter().flatten().cloned().collect();
        let waits = self.with_own_names(&waits, !self.constraints.later.is_empty())?;
        Ok((!waits.is_empty()).then(|| self.alter(&waits)))
    }

    /// The clauses of the last statement that adds foreign keys, in which the keys get their names again.
    fn with_own_names(&self, clauses: &[String], last: bool) -> Result<Vec<String>, NoInverse> {
        let mut all = Vec::new();
        if last {
            for (other, own) in &self.keys.passing {
                all.push(self.rename_index(other, own)?);
            }
        }
        all.extend(clauses.iter().cloned());
        Ok(all)
    }

    fn rename_index(&self, from: &str, to: &str) -> Result<String, NoInverse> {
        let (from, to) = (quote_identifier(from, self.dialect)?, quote_identifier(to, self.dialect)?);
        Ok(format!("RENAME INDEX {from} TO {to}"))
    }

    /// The clauses in one statement but for the first: what is dropped makes way for what is added.
    fn clauses(&self, first: &[String], options: Vec<String>) -> Vec<String> {
        let (columns, keys, constraints) = (&self.columns.clauses, self.keys, self.constraints);
        let parts =
            [&constraints.drops, &keys.drops, columns, &keys.changes, &keys.adds, &constraints.checks, &options];
        let mut all: Vec<String> = parts.into_iter().flatten().filter(|c| !first.contains(c)).cloned().collect();
        let texts = self.before.keys.iter().filter(|key| key.class == KeyClass::FullText).count();
        if self.dialect == Dialect::MySql && texts > 1 && !all.is_empty() {
            // In place, InnoDB makes one full-text key at a time (1795).
            all.push("ALGORITHM=COPY".to_owned());
        }
        all
    }
}

/// Gives what an operation does beyond definitions.
pub(crate) fn beyond(operation: &AlterOperation) -> Beyond {
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
