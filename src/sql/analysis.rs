//! What a statement is and what it touches.

use super::{AlterOperation, Dialect, StatementKind, Touch};
use serde::{Deserialize, Serialize};

/// What the text of one statement says for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// What it is.
    pub kind: StatementKind,
    /// The objects in it, without duplicates, in the order of the text; the main object first.
    /// Objects that a view, routine or trigger body would touch later are not here.
    pub touches: Vec<Touch>,
    /// The operations of an `ALTER TABLE`, in order; empty for other kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<AlterOperation>,
    /// Smaller facts.
    #[serde(default)]
    pub flags: Flags,
}

/// Facts about a statement that change how it is run, undone or judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// `IF EXISTS` on the main object.
    pub if_exists: bool,
    /// `IF NOT EXISTS` on the main object.
    pub if_not_exists: bool,
    /// `CREATE OR REPLACE`.
    pub or_replace: bool,
    /// Acts on temporary tables only: no implicit commit, nothing others see.
    pub temporary: bool,
    /// Reads rows by a query: `INSERT … SELECT`, `CREATE TABLE … SELECT`, subqueries.
    pub has_select: bool,
    /// A `WHERE` of the statement itself, not of a subquery.
    pub has_where: bool,
    /// A `LIMIT` of the statement itself.
    pub has_limit: bool,
    /// An `ORDER BY` of the statement itself.
    pub has_order_by: bool,
    /// `IGNORE`: errors become warnings.
    pub ignore: bool,
    /// More than one main object: `DROP TABLE a, b`, multi-table `DELETE`.
    pub multiple_objects: bool,
    /// A foreign key is declared (`CREATE TABLE`, `ALTER TABLE`).
    pub foreign_key: bool,
    /// The table's touches are not known to be complete (an unusual `FROM`, a routine's body).
    pub partial: bool,
}

impl Analysis {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Analysis::of(StatementKind::Unknown)
    }

    /// A kind that touches nothing.
    pub fn of(kind: StatementKind) -> Self {
        Analysis { kind, touches: Vec::new(), operations: Vec::new(), flags: Flags::default() }
    }

    /// As [`StatementKind::implicit_commit`], knowing that temporary tables do not commit.
    pub fn implicit_commit(&self, dialect: Dialect) -> bool {
        let temporary_table =
            self.flags.temporary && matches!(self.kind, StatementKind::CreateTable | StatementKind::DropTable);
        self.kind.implicit_commit(dialect) && !temporary_table
    }
}

/// Analyses one statement, as [`super::split`] yields it.
pub fn analyse(sql: &str, dialect: Dialect) -> Analysis {
    let _ = (sql, dialect); // until the parser is here
    Analysis::unknown()
}
