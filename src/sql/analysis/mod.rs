//! What a statement is and what it touches.

mod alter_table;
mod create;
mod cursor;
mod define;
mod query;
mod rows;
mod verbs;

use super::{AlterOperation, Dialect, How, ObjectName, StatementKind, Touch};
use cursor::Cursor;
pub(super) use cursor::unquote;
use query::Reference;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

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
    /// `SET autocommit`: may commit what is open.
    pub autocommit: bool,
    /// The statement's touches are not known to be complete (an unusual `FROM`, a routine's body).
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
        let autocommit = self.flags.autocommit && dialect.is_mysql_family();
        autocommit || (self.kind.implicit_commit(dialect) && !temporary_table)
    }
}

/// Analyses one statement, as [`super::split`] yields it.
///
/// A text that holds more than one statement, or that cannot be cut into tokens, is
/// [`StatementKind::Unknown`].
pub fn analyse(sql: &str, dialect: Dialect) -> Analysis {
    let mut parser = Parser {
        cursor: Cursor::new(sql, dialect),
        dialect,
        analysis: Analysis::unknown(),
        seen: HashSet::new(),
        references: Vec::new(),
        columns: Vec::new(),
        ctes: HashSet::new(),
        pending_cte: None,
        recursive: false,
    };
    let understood = parser.statement();
    parser.finish(understood.is_some())
}

/// What has been read of one statement. Its methods are in the files beside this one.
struct Parser<'a> {
    cursor: Cursor<'a>,
    dialect: Dialect,
    analysis: Analysis,
    seen: HashSet<Touch>,
    /// Tables in the statement's own list, not in subqueries.
    references: Vec<Reference>,
    /// Columns that an `UPDATE` assigns, each with what qualifies it.
    columns: Vec<Vec<String>>,
    /// Names of common table expressions, in lower case: not tables.
    ctes: HashSet<String>,
    /// A common table expression whose parenthesis comes next.
    pending_cte: Option<String>,
    recursive: bool,
}

impl Parser<'_> {
    fn touch(&mut self, how: How, object: ObjectName) {
        self.touch_at(self.analysis.touches.len(), how, object);
    }

    fn touch_at(&mut self, at: usize, how: How, object: ObjectName) {
        let touch = Touch { object, how };
        if self.seen.insert(touch.clone()) {
            let at = at.min(self.analysis.touches.len());
            self.analysis.touches.insert(at, touch);
        }
    }

    /// Tables in the statement's own list that nothing else claimed are read.
    fn reads_of_references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            self.touch(How::Reads, reference.object);
        }
    }

    fn finish(mut self, understood: bool) -> Analysis {
        // The body of a routine has semicolons, and is not looked at.
        let body = matches!(
            self.analysis.kind,
            StatementKind::CreateTrigger
                | StatementKind::CreateProcedure
                | StatementKind::CreateFunction
                | StatementKind::CreateEvent
                | StatementKind::AlterEvent
                | StatementKind::Compound
        );
        if !body {
            while self.cursor.next().is_some() {}
        }
        if !understood || (!body && self.cursor.more) {
            return Analysis::unknown();
        }
        self.analysis.touches.sort_by_key(|touch| touch.how == How::Reads);
        self.analysis
    }
}
