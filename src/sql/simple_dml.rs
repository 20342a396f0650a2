//! The parts of plain statements that change rows: what a single-table UPDATE or DELETE asks for, what an INSERT …
//! VALUES brings. Anything that is not plain has no shape.

use super::Dialect;
use super::analysis::unquote;
use super::keyword::{is, one_of};
use super::lexer::{Lexer, Token, TokenKind};

/// A single-table UPDATE or DELETE whose rows can be asked for beforehand with its own words: no join, no subquery, no
/// LIMIT, nothing that may differ from one evaluation to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange<'a> {
    /// Alias of the table in the statement.
    pub alias: Option<String>,
    /// The text of its WHERE; `None` for all rows.
    pub condition: Option<&'a str>,
    /// The columns that it assigns, unquoted.
    pub assigned: Vec<String>,
}

/// One value of an INSERT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertedValue<'a> {
    /// `NULL` or `DEFAULT`.
    Absent,
    /// A number, as written.
    Number(&'a str),
    /// A string, as written.
    Text(&'a str),
    /// Something to be computed.
    Other,
}

/// A plain `INSERT INTO t [(columns)] VALUES (…), …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted<'a> {
    /// The columns named; `None` where all are meant.
    pub columns: Option<Vec<String>>,
    /// The rows.
    pub rows: Vec<Vec<InsertedValue<'a>>>,
}

/// A column that an ALTER TABLE defines anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redefined<'a> {
    /// Its name before.
    pub from: String,
    /// The definition that it gets.
    pub definition: &'a str,
}

/// Words that may mean something else the second time, without parentheses behind them.
const UNSTEADY_WORDS: &[&str] = &[
    "CURRENT_TIMESTAMP",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
];

/// Functions that may answer differently the second time.
const UNSTEADY: &[&str] = &[
    "RAND",
    "RANDOM",
    "RANDOMBLOB",
    "RANDOM_BYTES",
    "UUID",
    "UUID_SHORT",
    "SYS_GUID",
    "SYSDATE",
    "NOW",
    "CURDATE",
    "CURTIME",
    "UNIX_TIMESTAMP",
    "SLEEP",
    "BENCHMARK",
    "GET_LOCK",
    "RELEASE_LOCK",
    "RELEASE_ALL_LOCKS",
    "ROW_COUNT",
    "FOUND_ROWS",
    "LAST_INSERT_ID",
    "LAST_INSERT_ROWID",
    "CHANGES",
    "TOTAL_CHANGES",
    "NEXTVAL",
    "LASTVAL",
    "SETVAL",
];

/// The same of SQLite, which takes the clock by default or for 'now'.
const UNSTEADY_IN_SQLITE: &[&str] = &["DATE", "TIME", "DATETIME", "JULIANDAY", "STRFTIME", "UNIXEPOCH", "TIMEDIFF"];

/// Takes a single-table UPDATE or DELETE apart.
pub fn row_change(sql: &str, dialect: Dialect) -> Option<RowChange<'_>> {
    let mut reader = Reader::new(sql, dialect)?;
    let update = reader.eat("UPDATE");
    if !update && !reader.eat("DELETE") {
        return None;
    }
    reader.eat("LOW_PRIORITY");
    if reader.eat("IGNORE") || reader.eat("OR") {
        return None;
    }
    if !update {
        reader.eat("QUICK");
        reader.eat("FROM").then_some(())?;
    }
    reader.name()?;
    let alias = reader.alias();
    let assigned = if update { reader.assignments()? } else { Vec::new() };
    let condition = match reader.next() {
        None => None,
        Some(token) if reader.is(token, "WHERE") => Some(reader.condition()?),
        Some(_) => return None,
    };
    Some(RowChange { alias, condition, assigned })
}

/// Takes an `INSERT … VALUES` apart.
pub fn inserted(sql: &str, dialect: Dialect) -> Option<Inserted<'_>> {
    let mut reader = Reader::new(sql, dialect)?;
    reader.eat("INSERT").then_some(())?;
    if !reader.eat("LOW_PRIORITY") {
        reader.eat("HIGH_PRIORITY");
    }
    reader.eat("INTO");
    reader.name()?;
    let columns = if reader.at_symbol("(") { Some(reader.columns()?) } else { None };
    if !reader.eat("VALUES") && !reader.eat("VALUE") {
        return None;
    }
    let mut rows = Vec::new();
    loop {
        rows.push(reader.row()?);
        match reader.next() {
            None => return Some(Inserted { columns, rows }),
            Some(token) if reader.text(token) == "," => {}
            Some(_) => return None,
        }
    }
}

/// The columns that an ALTER TABLE defines anew by MODIFY or CHANGE.
pub fn redefined(sql: &str, dialect: Dialect) -> Vec<Redefined<'_>> {
    let Some(reader) = Reader::new(sql, dialect) else { return Vec::new() };
    let (mut depth, mut from) = (0_usize, 0);
    let mut found = Vec::new();
    for (at, token) in reader.tokens.iter().enumerate() {
        match reader.text(*token) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                found.extend(reader.redefinition(from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    found.extend(reader.redefinition(from, reader.tokens.len()));
    found
}

/// The code tokens of a statement; none for one with comments that a server may obey.
struct Reader<'a> {
    sql: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(sql: &'a str, dialect: Dialect) -> Option<Self> {
        let mut lexer = Lexer::new(sql, dialect);
        let mut tokens = Vec::new();
        while let Some(token) = lexer.next_token().ok()? {
            match token.kind {
                TokenKind::Blank | TokenKind::Comment => {}
                TokenKind::Conditional | TokenKind::ExecOpen | TokenKind::ExecClose | TokenKind::Delimiter => {
                    return None;
                }
                _ if &sql[token.start..token.end] == ";" => return None,
                _ => tokens.push(token),
            }
        }
        Some(Reader { sql, dialect, tokens, at: 0 })
    }

    fn text(&self, token: Token) -> &'a str {
        &self.sql[token.start..token.end]
    }

    fn is(&self, token: Token, keyword: &str) -> bool {
        token.kind == TokenKind::Word && is(self.text(token), keyword)
    }

    fn peek(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek(0)?;
        self.at += 1;
        Some(token)
    }

    fn at_symbol(&self, symbol: &str) -> bool {
        self.peek(0).is_some_and(|t| t.kind == TokenKind::Symbol && self.text(t) == symbol)
    }

    fn eat(&mut self, keyword: &str) -> bool {
        let found = self.peek(0).is_some_and(|token| self.is(token, keyword));
        self.at += usize::from(found);
        found
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    /// One part of a name. A string is none, whatever the session's mode.
    fn part(&mut self) -> Option<String> {
        let token = self.next()?;
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted).then(|| unquote(self.text(token)))
    }

    /// `[[schema.]table.]column`: its last part.
    fn name(&mut self) -> Option<String> {
        let mut last = self.part()?;
        while self.eat_symbol(".") {
            last = self.part()?;
        }
        Some(last)
    }

    fn alias(&mut self) -> Option<String> {
        const AFTER_A_TABLE: &[&str] = &["SET", "WHERE"];
        let explicit = self.eat("AS");
        let token = self.peek(0).filter(|t| matches!(t.kind, TokenKind::Word | TokenKind::Quoted))?;
        if !explicit && token.kind == TokenKind::Word && one_of(self.text(token), AFTER_A_TABLE) {
            return None;
        }
        self.part()
    }

    /// `SET a = …, b = …` up to WHERE or the end.
    fn assignments(&mut self) -> Option<Vec<String>> {
        self.eat("SET").then_some(())?;
        let mut assigned = Vec::new();
        loop {
            assigned.push(self.name()?);
            self.eat_symbol("=").then_some(())?;
            let mut depth = 0_usize;
            loop {
                let Some(token) = self.peek(0) else { return Some(assigned) };
                match self.text(token) {
                    "(" => depth += 1,
                    ")" => depth = depth.checked_sub(1)?,
                    "," if depth == 0 => break,
                    _ if depth == 0 && self.is(token, "WHERE") => return Some(assigned),
                    _ if depth == 0 && self.ends_plain(token) => return None,
                    _ => {}
                }
                self.at += 1;
            }
            self.at += 1;
        }
    }

    /// True if the word makes an UPDATE or DELETE more than a condition on one table.
    fn ends_plain(&self, token: Token) -> bool {
        const BEYOND: &[&str] = &["FROM", "ORDER", "LIMIT", "RETURNING", "USING", "JOIN"];
        token.kind == TokenKind::Word && one_of(self.text(token), BEYOND)
    }

    /// The rest, where it may be asked twice.
    fn condition(&mut self) -> Option<&'a str> {
        let start = self.peek(0)?.start;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            let text = self.text(token);
            match token.kind {
                TokenKind::Word if is(text, "SELECT") || self.is_unsteady(text) => return None,
                TokenKind::Word if depth == 0 && self.ends_plain(token) => return None,
                TokenKind::Symbol if text.contains('@') || text == ":=" || text == "{" => return None,
                TokenKind::Symbol if text == "(" => depth += 1,
                TokenKind::Symbol if text == ")" => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        let end = self.tokens.last()?.end;
        (depth == 0).then(|| &self.sql[start..end])
    }

    /// True if a word, whose token was the last, may mean something else the second time.
    fn is_unsteady(&self, word: &str) -> bool {
        let called = self.at_symbol("(") && one_of(word, UNSTEADY);
        let clock = self.at_symbol("(") && self.dialect == Dialect::Sqlite && one_of(word, UNSTEADY_IN_SQLITE);
        let sequence = is(word, "NEXT") && self.peek(0).is_some_and(|token| self.is(token, "VALUE"));
        called || clock || sequence || one_of(word, UNSTEADY_WORDS)
    }

    /// One operation of an ALTER TABLE, from one token to another; the first has the table before it.
    fn redefinition(&self, from: usize, to: usize) -> Option<Redefined<'a>> {
        let tokens = self.tokens.get(from..to)?;
        let verb = tokens.iter().position(|token| self.is(*token, "MODIFY") || self.is(*token, "CHANGE"))?;
        let mut rest = Reader { sql: self.sql, dialect: self.dialect, tokens: tokens[verb + 1..].to_vec(), at: 0 };
        rest.eat("COLUMN");
        if rest.eat("IF") {
            rest.eat("EXISTS").then_some(())?;
        }
        let from = rest.part()?;
        if self.is(tokens[verb], "CHANGE") {
            rest.part()?;
        }
        let (start, end) = (rest.peek(0)?.start, tokens.last()?.end);
        Some(Redefined { from, definition: &self.sql[start..end] })
    }

    fn columns(&mut self) -> Option<Vec<String>> {
        self.eat_symbol("(").then_some(())?;
        let mut columns = Vec::new();
        while !self.eat_symbol(")") {
            columns.push(self.name()?);
            if !self.at_symbol(")") {
                self.eat_symbol(",").then_some(())?;
            }
        }
        Some(columns)
    }

    /// `(value, …)`.
    fn row(&mut self) -> Option<Vec<InsertedValue<'a>>> {
        self.eat_symbol("(").then_some(())?;
        let (mut values, mut depth, mut from) = (Vec::new(), 0_usize, self.at);
        loop {
            let token = self.next()?;
            match self.text(token) {
                "(" => depth += 1,
                ")" if depth > 0 => depth -= 1,
                end @ (")" | ",") if depth == 0 && token.kind == TokenKind::Symbol => {
                    if self.at - 1 > from {
                        values.push(self.value(from, self.at - 1));
                    }
                    from = self.at;
                    if end == ")" {
                        return Some(values);
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives the value that the tokens from one index to another stand for.
    fn value(&self, from: usize, to: usize) -> InsertedValue<'a> {
        match &self.tokens[from..to] {
            [only] => match only.kind {
                TokenKind::Number => InsertedValue::Number(self.text(*only)),
                TokenKind::Text if self.text(*only).starts_with('\'') || self.dialect.is_mysql_family() => {
                    InsertedValue::Text(self.text(*only))
                }
                TokenKind::Word if one_of(self.text(*only), &["NULL", "DEFAULT"]) => InsertedValue::Absent,
                _ => InsertedValue::Other,
            },
            [sign, number] if self.text(*sign) == "-" && number.kind == TokenKind::Number => {
                InsertedValue::Number(&self.sql[sign.start..number.end])
            }
            _ => InsertedValue::Other,
        }
    }
}
