//! The columns that come back, and their places.

use super::column::{Charset, Column};
use super::lossless;
use super::table::Table;
use super::text::{Names, same_name};
use super::types::{Lost, NoInverse};
use crate::sql::{AlterOperation, Dialect, ObjectName, quote_identifier};

/// Changes of an `ALTER TABLE` to columns to lead back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    /// The clauses, in the order in which the server applies them.
    pub clauses: Vec<String>,
    /// From names after to names before.
    pub names: Names,
    /// Columns, by their names before, that come back without their own values.
    pub without_values: Vec<String>,
    /// Columns, by their names before, that are made anew: keys on them are lost with them.
    pub remade: Vec<String>,
    /// Columns, by their names before, that get another type, or do or do not take NULL.
    pub redefined: Vec<String>,
    /// Columns, by their names before, that number themselves.
    pub numbered: Vec<String>,
    /// Columns that get a definition, which says less than they are to be: see [`super::complete::complete_columns`].
    pub defined: Vec<Column>,
    /// Columns, by their names before, that can be NOT NULL only once their values are there: rows that stand already would
    /// get a value that the column does not take.
    pub unfilled: Vec<String>,
    /// Clauses that make them NOT NULL again.
    pub later: Vec<String>,
    /// There are dates that are NOT NULL without a default: rows that were there before such a column have zero dates.
    pub zero_dates: bool,
    /// Losses of the forward statement.
    pub lost: Vec<Lost>,
}

/// Leads the columns of `after` back to those of `before`.
pub(crate) fn back(
    object: &ObjectName,
    before: &Table,
    after: &Table,
    operations: &[AlterOperation],
    dialect: Dialect,
) -> Result<Columns, NoInverse> {
    let mut pairs = pairs(&before.columns, &after.columns, operations)?;
    let mut columns = Columns { names: names(&pairs, before, after), ..Columns::default() };
    let same_charset = before.options.same_charset(&after.options);
    columns.zero_dates =
        before.columns.iter().any(|column| column.not_null && !column.has_default && is_date(&column.shown));
    let numbered = before.columns.iter().filter(|column| column.auto_increment);
    columns.numbered.extend(numbered.map(|column| column.name.clone()));
    let mut changed = vec![false; before.columns.len()];
    for (index, was) in before.columns.iter().enumerate() {
        let Some(is) = pairs[index].map(|at| &after.columns[at]) else {
            if !was.generated {
                columns.lost.push(Lost::Column { table: object.clone(), column: was.name.clone() });
                columns.without_values.push(was.name.clone());
                if was.takes_no_implicit_value(dialect)? {
                    columns.unfilled.push(was.name.clone());
                }
            }
            continue;
        };
        let shown = columns.names.within(&is.shown, 0..is.shown.len(), dialect)?;
        changed[index] = shown != was.shown || (!same_charset && was.charset == Charset::Inherited);
        if !changed[index] {
            continue;
        }
        if was.not_null != is.not_null || !lossless::same_type(was, is, dialect)? {
            columns.redefined.push(was.name.clone());
        }
        // No row has NULL in a primary key: whoever made it one had none, or kept them.
        let by_key = is.not_null && !was.not_null && after.is_in_primary_key(&is.name, dialect)?;
        let is = if by_key { &Column { not_null: false, ..is.clone() } } else { is };
        if !was.generated && !lossless::keeps_values(was, is, before, after, dialect)? {
            columns.lost.push(Lost::Values { table: object.clone(), column: was.name.clone() });
            columns.without_values.push(was.name.clone());
        }
        if was.generated || is.generated {
            // No server turns the one into the other, nor changes every expression in place.
            pairs[index] = None;
        }
    }
    for name in &columns.unfilled {
        let column = before.columns.iter().filter(|column| column.name == *name);
        for column in column {
            columns.later.push(format!("MODIFY COLUMN {} {}", quote_identifier(name, dialect)?, column.written));
        }
    }
    let writer = Writer { before: &before.columns, after: &after.columns, pairs: &pairs, changed: &changed, dialect };
    writer.write(&mut columns)?;
    Ok(columns)
}

/// Of each column before, which column after it became. Renames are known from the statement alone.
fn pairs(before: &[Column], after: &[Column], operations: &[AlterOperation]) -> Result<Vec<Option<usize>>, NoInverse> {
    let find = |columns: &[Column], name: &str| columns.iter().position(|column| same_name(&column.name, name));
    let adds = |name: &str| {
        operations.iter().any(|op| matches!(op, AlterOperation::AddColumn { name: n } if same_name(n, name)))
    };
    let drops = |name: &str| {
        operations.iter().any(|op| matches!(op, AlterOperation::DropColumn { name: n } if same_name(n, name)))
    };
    let renames: Vec<(&str, &str)> = operations.iter().filter_map(renamed).collect();
    let mut pairs: Vec<Option<usize>> = vec![None; before.len()];
    let mut settled = vec![false; before.len()];
    let mut taken = vec![false; after.len()];
    for (from, to) in &renames {
        // IF EXISTS found nothing.
        let Some(was) = find(before, from) else { continue };
        let again = adds(from) || renames.iter().any(|(_, other)| same_name(other, from));
        let is = find(after, to).filter(|at| !taken[*at]);
        match is {
            Some(is) if find(after, from).is_none() || again => {
                pairs[was] = Some(is);
                settled[was] = true;
                taken[is] = true;
            }
            _ => return Err(NoInverse::because(format!("what became of the column {from} is not certain"))),
        }
    }
    for (was, column) in before.iter().enumerate() {
        if settled[was] || drops(&column.name) {
            continue;
        }
        pairs[was] = find(after, &column.name).filter(|at| !taken[*at]);
        if let Some(is) = pairs[was] {
            taken[is] = true;
        }
    }
    Ok(pairs)
}

fn renamed(operation: &AlterOperation) -> Option<(&str, &str)> {
    match operation {
        AlterOperation::RenameColumn { from, to } | AlterOperation::ChangeColumn { from, to } => {
            (!same_name(from, to)).then_some((from.as_str(), to.as_str()))
        }
        _ => None,
    }
}

fn names(pairs: &[Option<usize>], before: &Table, after: &Table) -> Names {
    let pairs = pairs.iter().enumerate().filter_map(|(was, is)| is.map(|is| (was, is)));
    let names = pairs.map(|(was, is)| (after.columns[is].name.clone(), before.columns[was].name.clone()));
    Names(names.filter(|(from, to)| from != to).collect())
}

struct Writer<'a> {
    before: &'a [Column],
    after: &'a [Column],
    pairs: &'a [Option<usize>],
    changed: &'a [bool],
    dialect: Dialect,
}

impl Writer<'_> {
    /// Drops first, then the columns in the order that they are to have: each has its predecessor in place.
    fn write(&self, columns: &mut Columns) -> Result<(), NoInverse> {
        for (index, column) in self.after.iter().enumerate() {
            if !self.pairs.contains(&Some(index)) {
                columns.clauses.push(format!("DROP COLUMN {}", quote_identifier(&column.name, self.dialect)?));
            }
        }
        let kept: Vec<usize> = self.pairs.iter().copied().flatten().collect();
        let in_place = longest_rising(&kept);
        for (index, column) in self.before.iter().enumerate() {
            let clause = match self.pairs[index] {
                None => Some(self.add(index, columns)?),
                Some(is) => self.alter(index, is, in_place.contains(&is))?,
            };
            let Some(clause) = clause else { continue };
            let defined = !clause.starts_with("RENAME");
            columns.clauses.push(clause);
            if defined {
                columns.defined.push(column.clone());
            }
            if self.pairs[index].is_none() {
                columns.remade.push(column.name.clone());
            }
        }
        Ok(())
    }

    fn add(&self, index: usize, columns: &Columns) -> Result<String, NoInverse> {
        let column = &self.before[index];
        let name = quote_identifier(&column.name, self.dialect)?;
        let place = if index + 1 == self.before.len() { String::new() } else { self.place(index)? };
        let written = match columns.unfilled.contains(&column.name) {
            true => &column.nullable(self.dialect)?,
            false => &column.written,
        };
        Ok(format!("ADD COLUMN {name} {written}{place}"))
    }

    fn alter(&self, index: usize, is: usize, in_place: bool) -> Result<Option<String>, NoInverse> {
        let (was, is) = (&self.before[index], &self.after[is]);
        let (old, new) = (quote_identifier(&is.name, self.dialect)?, quote_identifier(&was.name, self.dialect)?);
        let renamed = old != new;
        if in_place && !self.changed[index] {
            return Ok(match renamed {
                // In another case only, which RENAME COLUMN may take for the same.
                true if same_name(&is.name, &was.name) => Some(format!("CHANGE COLUMN {old} {new} {}", was.written)),
                true => Some(format!("RENAME COLUMN {old} TO {new}")),
                false => None,
            });
        }
        let place = if in_place { String::new() } else { self.place(index)? };
        Ok(Some(match renamed {
            true => format!("CHANGE COLUMN {old} {new} {}{place}", was.written),
            false => format!("MODIFY COLUMN {new} {}{place}", was.written),
        }))
    }

    fn place(&self, index: usize) -> Result<String, NoInverse> {
        match index.checked_sub(1) {
            None => Ok(" FIRST".to_owned()),
            Some(previous) => Ok(format!(" AFTER {}", quote_identifier(&self.before[previous].name, self.dialect)?)),
        }
    }
}

fn is_date(definition: &str) -> bool {
    ["date", "datetime", "timestamp"].iter().any(|kind| {
        let rest = definition.strip_prefix(kind);
        rest.is_some_and(|rest| rest.starts_with([' ', '(']))
    })
}

/// The largest set of numbers that rise in the order given: the columns that can stay where they are.
fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    // Of each number, the length of the longest run that ends with it and what stands before it in that run.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let best = (0..at).filter(|earlier| numbers[*earlier] < *number).max_by_key(|earlier| runs[*earlier].0);
        runs.push((best.map_or(1, |earlier| runs[earlier].0 + 1), best));
    }
    let mut at = (0..numbers.len()).max_by_key(|at| runs[*at].0);
    let mut rising = Vec::new();
    while let Some(index) = at {
        rising.push(numbers[index]);
        at = runs[index].1;
    }
    rising
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_columns_as_possible_are_moved() {
        for (numbers, moved) in [(vec![0, 1, 2, 3], 0), (vec![3, 0, 1, 2], 1), (vec![1, 0, 3, 2], 2), (vec![], 0)] {
            let mut rising = longest_rising(&numbers);
            rising.reverse();
            assert_eq!(numbers.len() - rising.len(), moved, "{numbers:?}");
            assert!(rising.is_sorted());
        }
    }

    #[test]
    fn dates_are_told_by_their_type() {
        assert!(is_date("date NOT NULL") && is_date("datetime(3) NOT NULL"));
        assert!(!is_date("datex NOT NULL") && !is_date("time NOT NULL"));
    }
}
