//! Finds the tables that a query reads, at any depth, without understanding its expressions.
//!
//! `FROM` means tables only in parentheses that began with `SELECT`, so that `EXTRACT(YEAR FROM d)`
//! and its like are left alone.

use super::super::keyword::{is, one_of};
use super::super::lexer::TokenKind;
use super::super::{How, ObjectKind, ObjectName, StatementKind};
use super::cursor::Code;
use super::parser::{Parser, Reference};

/// One level of parentheses; the first is the statement itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// A `SELECT` began here: `FROM` means tables.
    pub select: bool,
    /// In a list of tables: a comma brings another.
    pub from: bool,
    /// A table must come next.
    pub expect: bool,
    /// Inside a subquery, seen from the statement.
    pub inner: bool,
    /// In the assignments of an `UPDATE`: a comma brings another column.
    pub assign: bool,
    /// The column of an assignment must come next.
    pub expect_column: bool,
    /// These parentheses define a common table expression of this name.
    cte: Option<String>,
}

impl Frame {
    /// A `SELECT` has begun.
    pub fn query() -> Self {
        Frame { select: true, ..Frame::default() }
    }

    /// A list of tables begins.
    pub fn tables() -> Self {
        Frame { from: true, expect: true, ..Frame::default() }
    }

    /// The assignments of an `UPDATE` begin.
    pub fn assignments() -> Self {
        Frame { assign: true, expect_column: true, ..Frame::default() }
    }

    fn leave_list(&mut self) {
        self.from = false;
        self.expect = false;
        self.assign = false;
        self.expect_column = false;
    }
}

/// Words that end a list of tables.
const AFTER_TABLES: &[&str] = &[
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "MINUS",
    "WINDOW",
    "INTO",
    "PROCEDURE",
    "SET",
    "RETURNING",
    "VALUES",
    "QUALIFY",
];
/// Words that stand behind a table where its alias could.
const NOT_ALIAS: &[&str] = &[
    "JOIN",
    "LEFT",
    "RIGHT",
    "INNER",
    "CROSS",
    "NATURAL",
    "STRAIGHT_JOIN",
    "ON",
    "USING",
    "SET",
    "WHERE",
    "ORDER",
    "GROUP",
    "HAVING",
    "LIMIT",
    "USE",
    "FORCE",
    "IGNORE",
    "PARTITION",
    "FOR",
    "FULL",
    "OUTER",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "INDEXED",
    "NOT",
    "RETURNING",
    "WINDOW",
    "FROM",
    "SELECT",
    "VALUES",
    "LOCK",
    "INTO",
    "PROCEDURE",
    "TABLESAMPLE",
];

impl Parser<'_> {
    /// Reads to the end, or past the word `stop` outside parentheses. Tables of subqueries become
    /// reads at once, the statement's own go to `references`. `own`: `WHERE`, `LIMIT` and
    /// `ORDER BY` out here belong to the statement.
    pub(super) fn scan(&mut self, top: Frame, stop: Option<&str>, own: bool) {
        let mut frames = vec![top];
        let mut last = "";
        while let Some(code) = self.cursor.next() {
            if self.step(&mut frames, code, last, stop, own) {
                return;
            }
            last = code.text;
        }
    }

    /// One token. `true`: it is the word to stop at.
    fn step(&mut self, frames: &mut Vec<Frame>, code: Code<'_>, last: &str, stop: Option<&str>, own: bool) -> bool {
        if code.kind == TokenKind::Symbol {
            self.scan_symbol(code.text, frames);
            return false;
        }
        let here = frames.len() == 1;
        let Some(frame) = frames.last_mut() else {
            return true;
        };
        if matches!(last, "." | "@") {
            // The rest of a name or a variable.
        } else if frame.expect_column {
            self.column(frame, code);
        } else if frame.expect && self.begins_table(code) {
            self.table(frame, code);
        } else if code.kind == TokenKind::Word {
            if here && stop.is_some_and(|word| is(code.text, word)) {
                return true;
            }
            if here && own {
                self.own_clause(code.text);
            }
            self.keyword(frame, code.text, last, here);
        }
        false
    }

    /// Reads what stands in parentheses, which must come next: a subquery, or a common table
    /// expression with the comma and the head of another behind it.
    pub(super) fn scan_definition(&mut self) -> Option<()> {
        self.cursor.at_symbol("(").then_some(())?;
        let mut frames = vec![Frame::default()];
        let mut last = "";
        loop {
            let code = self.cursor.next()?;
            self.step(&mut frames, code, last, None, false);
            last = code.text;
            if frames.len() == 1 {
                return Some(());
            }
        }
    }

    fn scan_symbol(&mut self, symbol: &str, frames: &mut Vec<Frame>) {
        let outermost = frames.len() == 1;
        let Some(frame) = frames.last_mut() else {
            return;
        };
        match symbol {
            "(" => {
                let inside = Frame {
                    from: frame.expect,
                    expect: frame.expect,
                    inner: frame.inner || frame.select,
                    cte: self.pending_cte.take(),
                    ..Frame::default()
                };
                frame.expect = false;
                frames.push(inside);
            }
            ")" if !outermost => {
                let closed = frames.pop().and_then(|frame| frame.cte);
                if let Some(name) = closed {
                    self.ctes.insert(name.to_lowercase());
                    if self.cursor.eat_symbol(",") {
                        self.cte_head(false);
                    }
                }
            }
            "," => {
                frame.expect = frame.from;
                frame.expect_column = frame.assign;
            }
            _ => {}
        }
    }

    /// True if a token that stands where a table must come is a table.
    fn begins_table(&mut self, code: Code<'_>) -> bool {
        match code.kind {
            TokenKind::Word => !one_of(code.text, &["SELECT", "VALUES", "WITH", "LATERAL", "TABLE", "ONLY", "OJ"]),
            TokenKind::Quoted => true,
            TokenKind::Text => code.text.starts_with('"') || !self.dialect.is_mysql_family(),
            _ => false,
        }
    }

    fn table(&mut self, frame: &mut Frame, code: Code<'_>) {
        frame.expect = false;
        let first = super::cursor::unquote(code.text);
        let mut object = ObjectName::new(ObjectKind::Table, first);
        if self.cursor.at_symbol(".") {
            self.cursor.next();
            let Some(second) = self.cursor.name() else {
                self.analysis.flags.partial = true;
                return;
            };
            object = ObjectName::qualified(ObjectKind::Table, object.name, second);
        }
        if self.cursor.at_symbol("(") {
            return; // a function that gives rows
        }
        if self.cursor.at_symbol("{") || self.cursor.at_symbol("%") {
            self.analysis.flags.partial = true;
            return;
        }
        let bare = object.schema.is_none();
        if bare && code.kind == TokenKind::Word && is(code.text, "DUAL") {
            return;
        }
        if bare && self.ctes.contains(&object.name.to_lowercase()) {
            return;
        }
        if frame.inner || frame.select {
            let at = usize::from(self.cursor.at("AS"));
            let is_named = self.cursor.is_name(at);
            let alias = self.cursor.peek(at).filter(|_| is_named).map(|code| super::cursor::unquote(code.text));
            self.note_alias(&object, alias);
            self.touch(How::Reads, object);
        } else {
            let alias = self.alias();
            self.note_alias(&object, alias.clone());
            self.references.push(Reference { object, alias });
        }
    }

    /// A word too many that is no alias does no harm.
    fn note_alias(&mut self, object: &ObjectName, alias: Option<String>) {
        if alias.is_some() {
            self.aliased.push(Reference { object: object.clone(), alias });
        }
    }

    fn alias(&mut self) -> Option<String> {
        if self.cursor.eat("PARTITION") {
            self.cursor.skip_parentheses();
        }
        if self.cursor.eat("AS") || (self.cursor.is_name(0) && !self.cursor.at_any(NOT_ALIAS)) {
            return self.cursor.name();
        }
        None
    }

    /// The column of an assignment, with what qualifies it.
    fn column(&mut self, frame: &mut Frame, code: Code<'_>) {
        frame.expect_column = false;
        let mut parts = vec![super::cursor::unquote(code.text)];
        while self.cursor.at_symbol(".") && self.cursor.is_name(1) {
            self.cursor.next();
            parts.extend(self.cursor.name());
        }
        self.columns.push(parts);
    }

    fn own_clause(&mut self, word: &str) {
        let flags = &mut self.analysis.flags;
        flags.has_where |= is(word, "WHERE");
        flags.has_limit |= is(word, "LIMIT");
        flags.has_order_by |= is(word, "ORDER");
    }

    fn keyword(&mut self, frame: &mut Frame, word: &str, last: &str, here: bool) {
        if is(word, "SELECT") {
            frame.leave_list();
            frame.select = true;
            self.analysis.flags.has_select = true;
        } else if is(word, "FROM") {
            if frame.select && !is(last, "DISTINCT") {
                frame.leave_list();
                frame.from = true;
                frame.expect = true;
            }
        } else if one_of(word, &["JOIN", "STRAIGHT_JOIN"]) {
            frame.expect = frame.from;
        } else if is(word, "FOR") {
            self.after_for(frame, last);
        } else if is(word, "WITH") {
            self.with();
        } else if one_of(word, AFTER_TABLES) {
            frame.leave_list();
            if is(word, "INTO") && self.cursor.at_any(&["OUTFILE", "DUMPFILE"]) {
                self.analysis.kind = StatementKind::SelectIntoFile;
            }
        } else if is(word, "TABLE") && (frame.expect || here) {
            frame.from = true;
            frame.expect = true;
        } else if is(word, "REFERENCES") {
            self.foreign_table();
        } else if is(word, "ON") && here && self.cursor.at_any(&["DUPLICATE", "CONFLICT"]) {
            frame.leave_list();
            if self.analysis.kind == StatementKind::Insert {
                self.analysis.kind = StatementKind::Upsert;
            }
        }
    }

    /// `FOR UPDATE` ends the tables; index hints and system versioning do not.
    fn after_for(&mut self, frame: &mut Frame, last: &str) {
        if one_of(last, &["INDEX", "KEY"]) {
            if self.cursor.eat_any(&["JOIN", "ORDER", "GROUP"]).is_some() {
                self.cursor.eat("BY");
            }
        } else if !self.cursor.at_any(&["SYSTEM_TIME", "PORTION"]) {
            frame.leave_list();
        }
    }

    /// The parent of a foreign key: its definition is read and locked.
    pub(super) fn foreign_table(&mut self) {
        if !matches!(self.analysis.kind, StatementKind::CreateTable | StatementKind::AlterTable) {
            return;
        }
        self.analysis.flags.foreign_key = true;
        match self.cursor.object(ObjectKind::Table) {
            Some(parent) => self.touch(How::Reads, parent),
            None => self.analysis.flags.partial = true,
        }
    }

    /// After `WITH`: a common table expression, or one of the many other uses of the word.
    pub(super) fn with(&mut self) {
        let recursive = self.cursor.at("RECURSIVE") && self.cursor.is_name(1);
        let name_at = usize::from(recursive);
        let behind = self.cursor.peek(name_at + 1);
        let defines = behind.is_some_and(|code| code.is_word("AS") || code.is_symbol("("));
        if self.cursor.is_name(name_at) && defines {
            if recursive {
                self.cursor.next();
            }
            self.cte_head(recursive);
        }
    }

    /// `name [(columns)] AS`, up to the parenthesis. A recursive one knows itself, others only
    /// those before them.
    fn cte_head(&mut self, recursive: bool) {
        self.recursive |= recursive;
        let Some(name) = self.cursor.name() else {
            self.analysis.flags.partial = true;
            return;
        };
        self.cursor.skip_parentheses();
        self.cursor.eat("AS");
        self.cursor.eat("NOT");
        self.cursor.eat("MATERIALIZED");
        if self.recursive {
            self.ctes.insert(name.to_lowercase());
        }
        self.pending_cte = Some(name);
    }
}
