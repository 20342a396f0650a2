//! Relations that a directory declares: no foreign key enforces them, they are looked at after the files.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A column of a table of core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ColumnOf {
    pub table: String,
    pub column: String,
}

impl ColumnOf {
    /// Reads `TABLE.COLUMN`.
    pub fn parse(text: &str) -> Option<ColumnOf> {
        let (table, column) = text.split_once('.')?;
        let is_name = |name: &str| !name.is_empty() && !name.contains('.') && name.trim() == name;
        (is_name(table) && is_name(column)).then(|| ColumnOf { table: table.to_owned(), column: column.to_owned() })
    }
}

impl fmt::Display for ColumnOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

/// A relation: what the child's column says, but for NULL, stands in the parent's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeclaredRelation {
    pub child: ColumnOf,
    pub parent: ColumnOf,
    /// The line of the manifest where it is declared, from 1, for whoever plans; 0 once it goes with a batch.
    #[serde(skip)]
    pub line: u32,
}

impl DeclaredRelation {
    /// The same as it goes with a batch.
    pub fn without_line(self) -> DeclaredRelation {
        DeclaredRelation { line: 0, ..self }
    }
}

impl fmt::Display for DeclaredRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.child, self.parent)
    }
}
