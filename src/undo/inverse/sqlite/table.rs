//! A table as SQLite keeps it: its text, and those of its indexes and triggers.

use crate::sql::lexer::{Lexer, TokenKind};
use crate::sql::{Dialect, ObjectName};
use crate::undo::inverse::NoInverse;
use crate::undo::inverse::text::{Word, qualified, same_name, unquoted, words};

pub(crate) const DIALECT: Dialect = Dialect::Sqlite;

/// Words that begin a constraint of the table, not a column.
const CONSTRAINTS: &[&str] = &["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// The lines of a table's definition.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// The table itself; without columns where it is something else.
    pub table: Table,
    text: Vec<String>,
}

impl Lines {
    /// Cuts a definition where a line ends outside quotes.
    pub fn parse(text: &str) -> Result<Lines, NoInverse> {
        let mut lexer = Lexer::new(text, DIALECT);
        let mut lines = Vec::new();
        let mut start = 0;
        while let Some(token) = lexer.next_token().map_err(|_| NoInverse::because("the definition cannot be cut"))? {
            if token.kind == TokenKind::Blank && text[token.start..token.end].contains('\n') {
                lines.push(text[start..token.start].to_owned());
                start = token.end;
            }
        }
        lines.push(text[start..].to_owned());
        let table = Table::parse(&lines[0])?;
        Ok(Lines { table, text: lines })
    }

    /// Every line.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.text.iter().map(String::as_str)
    }

    /// Indexes and triggers.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.all().skip(1)
    }
}

/// A line of a definition as a statement, in the schema of the object.
pub(crate) fn statement_from(line: &str, object: &ObjectName) -> Result<String, NoInverse> {
    let keyword = ["TABLE", "INDEX", "VIEW", "TRIGGER"];
    let words = words(line, DIALECT)?;
    let keyword = words.iter().find_map(|word| keyword.iter().find(|keyword| word.is(keyword)));
    let keyword = keyword.ok_or_else(|| NoInverse::because(format!("the definition of {object} makes nothing")))?;
    qualified(line, keyword, object, DIALECT)
}

/// A column with its whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    pub text: String,
    /// Computed from others.
    pub generated: bool,
}

impl Column {
    fn has(&self, keyword: &str) -> bool {
        words(&self.text, DIALECT).is_ok_and(|words| words.iter().any(|word| word.depth == 0 && word.is(keyword)))
    }

    /// True if it refers to another table, or a check speaks of it.
    pub fn refers(&self) -> bool {
        self.has("REFERENCES")
    }

    /// True if it says NOT NULL itself: not in a default, nor in a check.
    pub fn is_not_null(&self) -> bool {
        let words = words(&self.text, DIALECT).unwrap_or_default();
        words.windows(2).any(|pair| pair[0].depth == 0 && pair[0].is("NOT") && pair[1].is("NULL"))
    }

    /// Gives the text of the value for a row that has none; `None` where none is needed.
    pub fn filler(&self) -> Option<&'static str> {
        if !self.has("NOT") || self.has("DEFAULT") {
            return None;
        }
        let kind = words(&self.text, DIALECT).ok()?.get(1).map_or(String::new(), |word| word.text.to_ascii_uppercase());
        let number = ["INT", "REAL", "NUM", "DEC", "DOUB", "FLOA", "BOOL"].iter().any(|part| kind.contains(part));
        Some(if number { "0" } else { "''" })
    }

    /// True if `ADD COLUMN` takes it (lang_altertable, "ALTER TABLE ADD COLUMN").
    fn can_be_added(&self) -> bool {
        let words = words(&self.text, DIALECT).unwrap_or_default();
        let default = words.iter().position(|word| word.is("DEFAULT")).and_then(|at| words.get(at + 1));
        let constant = default
            .is_none_or(|value| !value.is_symbol("(") && !value.text.to_ascii_uppercase().starts_with("CURRENT"));
        let refused = ["PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "GENERATED", "AS"];
        !refused.iter().any(|keyword| self.has(keyword)) && constant && (!self.has("NOT") || default.is_some())
    }
}

/// A table's text in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub columns: Vec<Column>,
    constraints: usize,
    /// From the parenthesis behind the name on.
    pub body: String,
}

impl Table {
    /// Reads `CREATE TABLE name(…)…`; anything else is a table without columns.
    fn parse(text: &str) -> Result<Table, NoInverse> {
        let words = words(text, DIALECT)?;
        let (Some(first), Some(second), Some(open)) = (words.first(), words.get(1), words.get(3)) else {
            return Ok(Table::default());
        };
        if !first.is("CREATE") || !second.is("TABLE") || !open.is_symbol("(") {
            return Ok(Table::default());
        }
        let close = words.iter().position(|word| word.is_symbol(")") && word.depth == 0);
        let close = close.ok_or_else(|| NoInverse::because("the definition of a table is cut off"))?;
        let mut table = Table { body: text[open.start..].to_owned(), ..Table::default() };
        for item in words[4..close].split(|word| word.is_symbol(",") && word.depth == 1) {
            table.read(text, item)?;
        }
        Ok(table)
    }

    fn read(&mut self, text: &str, item: &[Word<'_>]) -> Result<(), NoInverse> {
        let (Some(first), Some(last)) = (item.first(), item.last()) else {
            return Err(NoInverse::because("the definition of a table has an empty part"));
        };
        if CONSTRAINTS.iter().any(|keyword| first.is(keyword)) {
            self.constraints += 1;
            return Ok(());
        }
        // Constraints of the table may follow a column without a comma, and make no difference here.
        let generated = item.iter().any(|word| word.depth == 1 && word.is("AS"));
        let text = text[first.start..last.end].to_owned();
        self.columns.push(Column { name: unquoted(first.text), text, generated });
        Ok(())
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same_name(&column.name, name))
    }

    /// The column that the other table has beyond these.
    pub fn with(self, other: &Table, name: &str) -> Option<Column> {
        let added = other.column(name).cloned()?;
        (self.column(name).is_none() && self.columns.len() + 1 == other.columns.len()).then_some(added)
    }

    /// The text of a column that stands last and can be added there again.
    pub fn last_is_simple(&self, name: &str) -> Option<&str> {
        let last = self.columns.last()?;
        let simple = same_name(&last.name, name) && self.constraints == 0 && last.can_be_added();
        simple.then_some(last.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_null_is_what_the_column_says_itself() {
        let lines =
            Lines::parse("CREATE TABLE t (a TEXT DEFAULT 'NOT NULL', b INT CHECK (b NOT NULL), c INT not  null)");
        let columns = lines.unwrap().table.columns;
        assert_eq!(columns.iter().map(Column::is_not_null).collect::<Vec<_>>(), [false, false, true]);
    }
}
