//! The state of reading one statement.

use super::cursor::Cursor;
use super::types::Analysis;
use crate::sql::{Dialect, How, ObjectName, StatementKind, Touch};
use std::collections::HashSet;

/// A table of the statement's own list (not of a subquery).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub object: ObjectName,
    pub alias: Option<String>,
}

/// Reader of one statement, with what it has read so far. Its methods are in the files beside this one.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) dialect: Dialect,
    pub(super) analysis: Analysis,
    seen: HashSet<Touch>,
    /// Tables in the statement's own list, not in subqueries.
    pub(super) references: Vec<Reference>,
    /// Tables that the statement gives another name, in subqueries too.
    pub(super) aliased: Vec<Reference>,
    /// Columns that an `UPDATE` assigns, each with what qualifies it.
    pub(super) columns: Vec<Vec<String>>,
    /// Names of common table expressions, in lower case: not tables.
    pub(super) ctes: HashSet<String>,
    /// A common table expression whose parenthesis comes next.
    pub(super) pending_cte: Option<String>,
    pub(super) recursive: bool,
}

impl<'a> Parser<'a> {
    /// Before the first token.
    pub(super) fn new(sql: &'a str, dialect: Dialect) -> Parser<'a> {
        Parser {
            cursor: Cursor::new(sql, dialect),
            dialect,
            analysis: Analysis::unknown(),
            seen: HashSet::new(),
            references: Vec::new(),
            aliased: Vec::new(),
            columns: Vec::new(),
            ctes: HashSet::new(),
            pending_cte: None,
            recursive: false,
        }
    }

    pub(super) fn touch(&mut self, how: How, object: ObjectName) {
        self.touch_at(self.analysis.touches.len(), how, object);
    }

    pub(super) fn touch_at(&mut self, at: usize, how: How, object: ObjectName) {
        let touch = Touch { object, how };
        if self.seen.insert(touch.clone()) {
            let at = at.min(self.analysis.touches.len());
            self.analysis.touches.insert(at, touch);
        }
    }

    /// Tables in the statement's own list that nothing else claimed are read.
    pub(super) fn reads_of_references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            self.touch(How::Reads, reference.object);
        }
    }

    pub(super) fn finish(mut self, understood: bool) -> Analysis {
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
