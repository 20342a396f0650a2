//! Facts of a statement.

use crate::sql::{AlterOperation, Dialect, StatementKind, Touch};
use serde::{Deserialize, Serialize};

/// The facts that the text of one statement tells for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// Its kind.
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
    /// `SET autocommit`: may commit what is open.
    pub autocommit: bool,
    /// All that it changes is temporary where it stands in its script, though it does not say so itself.
    pub on_temporary: bool,
    /// A `PRAGMA` whose setting stays in the file, for everybody.
    pub lasting: bool,
    /// It drops temporary tables and others together.
    pub mixes: bool,
    /// A statement behind it asks what it did: nothing of ours may run on its session until that one has.
    pub asked: bool,
    /// It is one unit with those that ask about it, or that it asks about, and can be committed with them.
    pub unit: bool,
    /// A COMMIT or ROLLBACK that begins the next transaction.
    pub chains: bool,
    /// A COMMIT or ROLLBACK that ends the connection.
    pub releases: bool,
    /// Values are bound to it when it runs (`EXECUTE … USING`): its text does not tell them.
    pub bound: bool,
    /// The session began without autocommit, and nothing before this statement has set it.
    pub no_autocommit: bool,
    /// The statement's touches are not known to be complete (an unusual `FROM`, a routine's body).
    pub partial: bool,
}

impl Analysis {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Analysis::from_kind(StatementKind::Unknown)
    }

    /// A kind that touches nothing.
    pub fn from_kind(kind: StatementKind) -> Self {
        Analysis { kind, touches: Vec::new(), operations: Vec::new(), flags: Flags::default() }
    }

    /// True if all that it changes is temporary: seen by no other session, and gone with this one.
    pub fn is_temporary(&self) -> bool {
        self.flags.temporary || self.flags.on_temporary
    }

    /// True if it switches indexes off or on, which no definition shows.
    pub fn only_switches_indexes(&self) -> bool {
        let switches = |one: &AlterOperation| matches!(one, AlterOperation::Upkeep { what } if what.ends_with("KEYS"));
        !self.operations.is_empty() && self.operations.iter().all(switches)
    }

    /// As [`StatementKind::implicit_commit`], knowing that temporary tables do not commit.
    pub fn implicit_commit(&self, dialect: Dialect) -> bool {
        let temporary_table =
            self.flags.temporary && matches!(self.kind, StatementKind::CreateTable | StatementKind::DropTable);
        let autocommit = self.flags.autocommit && dialect.is_mysql_family();
        autocommit || (self.kind.implicit_commit(dialect) && !temporary_table)
    }
}
