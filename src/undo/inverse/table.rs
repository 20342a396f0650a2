//! A table as `SHOW CREATE TABLE` describes it: a line for each column, key and constraint, then the options.

use super::column::Column;
use super::options;
use super::text::{Word, same_name, unquoted, words};
use super::types::NoInverse;
use crate::sql::Dialect;
use crate::sql::lexer::TokenKind;
use std::ops::Range;

/// Class of keys that keep their order among themselves: the server sorts primary, unique, other and full-text keys in
/// this order, and leaves those of one class as they were made (`sort_keys` of both servers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyClass {
    Primary,
    Unique,
    Plain,
    FullText,
}

/// A key, with its text as it stands: `UNIQUE KEY `a` (`b`)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name; `PRIMARY` for the primary key.
    pub name: String,
    pub class: KeyClass,
    pub text: String,
}

/// A foreign key or check, with its text from `CONSTRAINT` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub name: String,
    pub text: String,
}

/// A table's definition in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    pub keys: Vec<Key>,
    pub foreign_keys: Vec<Constraint>,
    pub checks: Vec<Constraint>,
    /// `PERIOD FOR …` and whatever else stands between the parentheses.
    pub others: Vec<String>,
    pub options: options::Options,
    /// All that follows the closing parenthesis, as it stands.
    pub tail: String,
}

impl Table {
    /// Reads a definition.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Table, NoInverse> {
        let words = words(text, dialect)?;
        let head = match &words[..] {
            [create, table, name, open, ..]
                if create.is("CREATE") && table.is("TABLE") && name.is_name() && open.is_symbol("(") =>
            {
                unquoted(name.text)
            }
            [create, temporary, ..] if create.is("CREATE") && temporary.is("TEMPORARY") => {
                return Err(NoInverse::because("a temporary table hides the table of that name"));
            }
            _ => return Err(NoInverse::because("the server's definition does not read as a table's")),
        };
        let close = words.iter().position(|word| word.is_symbol(")") && word.depth == 0);
        let close = close.ok_or_else(|| NoInverse::because("the server's definition of a table is cut off"))?;
        let mut table = Table {
            name: head,
            columns: Vec::new(),
            keys: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            others: Vec::new(),
            options: options::Options::parse(text, &words[close + 1..])?,
            tail: text[words[close].end..].to_owned(),
        };
        for item in items(&words[4..close]) {
            table.read(text, &words[4 + item.start..4 + item.end], dialect)?;
        }
        Ok(table)
    }

    /// True if the server keeps old versions of its rows.
    pub fn is_versioned(&self) -> bool {
        self.options.rest.iter().any(|word| word.eq_ignore_ascii_case("VERSIONING"))
            || self.others.iter().any(|other| other.to_ascii_uppercase().contains("SYSTEM_TIME"))
    }

    /// True if a column is part of the primary key.
    pub fn is_in_primary_key(&self, column: &str, dialect: Dialect) -> Result<bool, NoInverse> {
        let Some(key) = self.keys.iter().find(|key| key.class == KeyClass::Primary) else { return Ok(false) };
        let words = words(&key.text, dialect)?;
        Ok(words.iter().any(|word| word.kind == TokenKind::Quoted && same_name(&unquoted(word.text), column)))
    }

    fn read(&mut self, text: &str, item: &[Word<'_>], dialect: Dialect) -> Result<(), NoInverse> {
        let (Some(first), Some(last)) = (item.first(), item.last()) else {
            return Err(NoInverse::because("the server's definition of a table has an empty part"));
        };
        let whole = text[first.start..last.end].to_owned();
        if first.kind == TokenKind::Quoted {
            let definition = text[first.end..last.end].trim().to_owned();
            self.columns.push(Column::parse(unquoted(first.text), definition, dialect)?);
            return Ok(());
        }
        let name_at = |index: usize| item.get(index).filter(|word| word.is_name()).map(|word| unquoted(word.text));
        let class = match first.text.to_ascii_uppercase().as_str() {
            "PRIMARY" => KeyClass::Primary,
            "UNIQUE" => KeyClass::Unique,
            "FULLTEXT" => KeyClass::FullText,
            "KEY" | "SPATIAL" | "VECTOR" => KeyClass::Plain,
            "CONSTRAINT" => return self.constraint(item, whole),
            _ => {
                self.others.push(whole);
                return Ok(());
            }
        };
        let name = match class {
            KeyClass::Primary => Some("PRIMARY".to_owned()),
            _ if first.is("KEY") => name_at(1),
            _ => name_at(2),
        };
        let name = name.ok_or_else(|| NoInverse::because(format!("a key without a name: {whole}")))?;
        self.keys.push(Key { name, class, text: whole });
        Ok(())
    }

    fn constraint(&mut self, item: &[Word<'_>], text: String) -> Result<(), NoInverse> {
        let (Some(name), Some(kind)) = (item.get(1).filter(|word| word.is_name()), item.get(2)) else {
            return Err(NoInverse::because(format!("a constraint without a name: {text}")));
        };
        let constraint = Constraint { name: unquoted(name.text), text };
        if kind.is("FOREIGN") {
            self.foreign_keys.push(constraint);
        } else if kind.is("CHECK") {
            self.checks.push(constraint);
        } else {
            self.others.push(constraint.text);
        }
        Ok(())
    }
}

/// The parts between commas at depth one.
fn items(words: &[Word<'_>]) -> Vec<Range<usize>> {
    let commas = words.iter().enumerate().filter(|(_, word)| word.is_symbol(",") && word.depth == 1);
    let mut start = 0;
    let mut items = Vec::new();
    for (at, _) in commas {
        items.push(start..at);
        start = at + 1;
    }
    items.push(start..words.len());
    items
}
