//! Foreign keys and checks of a table: which of them come back.

use super::columns::Columns;
use super::table::{Constraint, Table};
use super::text::{Names, same_name, unquoted, words};
use super::types::NoInverse;
use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, quote_identifier};
use std::ops::Range;

/// Changes of an `ALTER TABLE` to constraints to lead back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    /// To be dropped before columns and keys change.
    pub drops: Vec<String>,
    /// Checks to be added with the columns.
    pub checks: Vec<String>,
    /// Foreign keys, to be added by a statement of their own: no server drops and adds one of a name at once.
    pub foreign_keys: Vec<String>,
    /// To be added once the values are there.
    pub later: Vec<String>,
    /// The columns of the foreign keys that are added, now or later.
    pub foreign: Vec<Vec<String>>,
}

/// Leads the constraints of `after` back to those of `before`.
pub(crate) fn back(
    before: &Table,
    after: &Table,
    columns: &Columns,
    dialect: Dialect,
) -> Result<Constraints, NoInverse> {
    let mut constraints = Constraints::default();
    foreign_keys(&mut constraints, before, after, columns, dialect)?;
    checks(&mut constraints, before, after, columns, dialect)?;
    Ok(constraints)
}

/// Both servers show foreign keys by name.
fn foreign_keys(
    constraints: &mut Constraints,
    before: &Table,
    after: &Table,
    columns: &Columns,
    dialect: Dialect,
) -> Result<(), NoInverse> {
    let mut are = Vec::new();
    for key in &after.foreign_keys {
        let ranges = parentheses(&key.text, dialect)?;
        let of_itself = key.text.contains(&format!("REFERENCES {} (", quote_identifier(&after.name, dialect)?));
        let mut text = key.text.clone();
        // From behind, so that the ranges before stay where they are.
        for range in ranges.into_iter().take(if of_itself { 2 } else { 1 }).rev() {
            text = columns.names.within(&text, range, dialect)?;
        }
        are.push(text);
    }
    // A column of a foreign key takes neither another type nor NOT NULL while the key is there (1832).
    let mut kept = Vec::new();
    for key in before.foreign_keys.iter().filter(|was| are.contains(&was.text)) {
        let own = parentheses(&key.text, dialect)?.into_iter().next().unwrap_or(0..0);
        if !names_any(&key.text[own], &columns.redefined, dialect) {
            kept.push(&key.text);
        }
    }
    for (key, _) in after.foreign_keys.iter().zip(&are).filter(|(_, text)| !kept.contains(text)) {
        constraints.drops.push(format!("DROP FOREIGN KEY {}", quote_identifier(&key.name, dialect)?));
    }
    for key in before.foreign_keys.iter().filter(|was| !kept.contains(&&was.text)) {
        let own = parentheses(&key.text, dialect)?.into_iter().next().unwrap_or(0..0);
        let waits = names_any(&key.text[own.clone()], &columns.without_values, dialect);
        constraints.foreign.push(quoted(&key.text[own], dialect)?);
        let list = if waits { &mut constraints.later } else { &mut constraints.foreign_keys };
        list.push(format!("ADD {}", key.text));
    }
    Ok(())
}

/// MySQL shows checks by name, MariaDB in the order in which they were made.
fn checks(
    constraints: &mut Constraints,
    before: &Table,
    after: &Table,
    columns: &Columns,
    dialect: Dialect,
) -> Result<(), NoInverse> {
    let mut are = Vec::new();
    for check in &after.checks {
        let expression = parentheses(&check.text, dialect)?.into_iter().next().unwrap_or(0..0);
        are.push(columns.names.within(&check.text, expression, dialect)?);
    }
    let in_order = dialect == Dialect::MariaDb;
    let mut kept = vec![false; are.len()];
    let mut last = None;
    let mut rest = false;
    let mut later = false;
    for check in &before.checks {
        let is = are.iter().position(|text| *text == check.text);
        match is.filter(|is| !in_order || (!rest && last.is_none_or(|last| last < *is))) {
            Some(is) => {
                last = Some(is);
                kept[is] = true;
            }
            None => {
                rest = true;
                let waits = names_any(&check.text, &columns.without_values, dialect);
                later = waits || (later && in_order);
                let list = if later { &mut constraints.later } else { &mut constraints.checks };
                list.push(format!("ADD {}", check.text));
            }
        }
    }
    for (check, _) in after.checks.iter().zip(kept).filter(|(_, kept)| !kept) {
        refuse_ambiguous(check, after)?;
        let verb = if dialect == Dialect::MySql { "DROP CHECK" } else { "DROP CONSTRAINT" };
        constraints.drops.push(format!("{verb} {}", quote_identifier(&check.name, dialect)?));
    }
    Ok(())
}

/// `DROP CONSTRAINT` of MariaDB takes whatever has the name.
fn refuse_ambiguous(check: &Constraint, after: &Table) -> Result<(), NoInverse> {
    let keys = after.keys.iter().map(|key| &key.name);
    let mut others = keys.chain(after.foreign_keys.iter().map(|key| &key.name));
    if others.any(|name| same_name(name, &check.name)) {
        return Err(NoInverse::because(format!("a key and a check of the table are both named {}", check.name)));
    }
    Ok(())
}

/// Finds what stands between the outermost parentheses, one range for each pair.
fn parentheses(text: &str, dialect: Dialect) -> Result<Vec<Range<usize>>, NoInverse> {
    let words = words(text, dialect)?;
    let mut open = None;
    let mut ranges = Vec::new();
    for word in words.iter().filter(|word| word.depth == 0) {
        if word.is_symbol("(") {
            open = Some(word.end);
        } else if word.is_symbol(")")
            && let Some(start) = open.take()
        {
            ranges.push(start..word.start);
        }
    }
    Ok(ranges)
}

fn names_any(text: &str, columns: &[String], dialect: Dialect) -> bool {
    let names = quoted(text, dialect).unwrap_or_default();
    names.iter().any(|name| columns.iter().any(|column| same_name(column, name)))
}

/// The quoted names in a text.
fn quoted(text: &str, dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    let words = words(text, dialect)?;
    Ok(words.iter().filter(|word| word.kind == TokenKind::Quoted).map(|word| unquoted(word.text)).collect())
}

/// The constraints of a table as they will be called when it has its old name again: the servers rename those that they
/// named themselves, and follow the tables that are referenced.
pub(crate) fn under_old_name(table: &mut Table, old: &str, tables: &Names, dialect: Dialect) -> Result<(), NoInverse> {
    let new = std::mem::replace(&mut table.name, old.to_owned());
    let all = table.foreign_keys.iter_mut().map(|key| (key, "_ibfk_"));
    for (constraint, mark) in all.chain(table.checks.iter_mut().map(|check| (check, "_chk_"))) {
        let number = constraint.name.strip_prefix(&new).and_then(|rest| rest.strip_prefix(mark));
        let given = number.filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        let follows = dialect == Dialect::MySql || mark == "_ibfk_";
        if let Some(number) = given.filter(|_| follows) {
            let name = format!("{old}{mark}{number}");
            let head = format!("CONSTRAINT {}", quote_identifier(&constraint.name, dialect)?);
            let rest = constraint.text.strip_prefix(&head).unwrap_or_default();
            constraint.text = format!("CONSTRAINT {}{rest}", quote_identifier(&name, dialect)?);
            constraint.name = name;
        }
        let words = words(&constraint.text, dialect)?;
        let referenced = words.windows(2).find(|pair| pair[0].is("REFERENCES") && pair[0].depth == 0);
        if let Some(range) = referenced.map(|pair| pair[1].start..pair[1].end) {
            constraint.text = tables.within(&constraint.text, range, dialect)?;
        }
    }
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}
