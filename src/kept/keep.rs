//! Something to be kept for a statement: for whom, within which budget, and how to come by it.

use super::facts::{ObjectNameKey, TableFacts};
use crate::model::{Kept, KeptKind, Place};
use crate::sql::{ObjectKind, ObjectName, Statement, is_named};
use std::collections::HashSet;

/// Limit of what may be kept for one statement (`undo.max_rows`, `undo.max_bytes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub max_rows: u64,
    pub max_bytes: u64,
}

/// A statement, and for whom something is kept.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub statement: &'a Statement,
    pub place: Place,
    pub budget: Budget,
    /// LOCK TABLES of the file is in force: tables of ours cannot be written.
    pub locked: bool,
    /// Table locks may stand for what a transaction would do: those of the script, where it names our tables beside its
    /// own, else ours around the statement.
    pub by_locks: bool,
    /// The file lets its transactions see rows that others add meanwhile (`READ COMMITTED`).
    pub weakly_isolated: bool,
    /// A statement of the file that comes behind it may number rows anew: a VACUUM.
    pub renumbered: bool,
    /// Columns that the file wants parked, `table.column`.
    pub park: &'a [String],
    /// Objects that statements before it will have changed by then, where it is asked before they ran.
    pub changed_until_then: &'a HashSet<ObjectName>,
}

impl Ask<'_> {
    /// What is to be kept of a table, before anything is: its columns, and the key by which its rows are found again.
    pub(super) fn kept(&self, n: u32, kind: KeptKind, facts: &TableFacts) -> Kept {
        Kept {
            n,
            kind,
            schema: facts.schema.clone(),
            table: facts.name.clone(),
            place: self.place.name(n),
            twin: None,
            key: facts.key.clone(),
            columns: facts.writable().map(|column| column.name.clone()).collect(),
            changed: Vec::new(),
            off: Vec::new(),
            on: Vec::new(),
            siblings: Vec::new(),
            whole: None,
            counter: None,
            counted: false,
            rows: 0,
            bytes: 0,
        }
    }

    /// True if the file wants a column parked that it drops.
    pub(crate) fn parks(&self, table: &TableFacts, column: &str) -> bool {
        is_named(self.park, &table.name, column)
    }

    /// True if what is known of a table need not hold any more when the statement runs. Names are compared as they were
    /// written; taking one for another only puts the answer off.
    pub(crate) fn may_change(&self, (schema, name): &ObjectNameKey) -> bool {
        self.changed_until_then.iter().any(|object| {
            let same_schema =
                object.schema.as_ref().zip(schema.as_ref()).is_none_or(|(a, b)| a.eq_ignore_ascii_case(b));
            object.kind == ObjectKind::Table && same_schema && object.name.eq_ignore_ascii_case(name)
        })
    }
}

/// Something to be kept, and how to come by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Description of it, as the journal holds it.
    pub kept: Kept,
    /// Way to come by it.
    pub how: How,
    /// The table as it was found.
    pub facts: TableFacts,
    /// The budget.
    pub budget: Budget,
    /// Whose table locks are in force while it is kept, where it is not a transaction that holds it together.
    pub locked_by: Option<LockedBy>,
    /// The highest rowid before the statement, for rows that a counter numbers on SQLite.
    pub(crate) floor: Option<i64>,
}

/// Holder of table locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedBy {
    /// The script, whose LOCK TABLES names what we need too.
    Script,
    /// We, around the statement.
    Us,
}

/// Way to come by what is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The table is moved, or the column out of sight; nothing is read.
    Moved,
    /// The rows that the statement's own condition finds.
    Found { alias: Option<String>, condition: Option<String> },
    /// All rows of the table; those that the statement did not change are dropped again.
    Whole,
    /// Columns of all rows of the table; what those that stay are called afterwards.
    Columns { afterwards: Vec<String> },
    /// Rows that the statement adds, by their keys, as written: one list a row.
    Added { keys: Vec<Vec<String>> },
    /// Rows that the statement adds, by the numbers that the table's counter gives them.
    Counted { column: String, rows: u64 },
}

impl Keep {
    /// The names of the original table and of the one that keeps, where a query needs both. Under table locks only those
    /// names count that are locked.
    pub(crate) fn aliases(&self) -> (String, String) {
        match self.locked_by {
            None => ("t".to_owned(), "k".to_owned()),
            Some(_) => (backticked(&self.kept.table), backticked(&format!("{}$k", self.kept.place))),
        }
    }
}

fn backticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
