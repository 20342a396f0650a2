//! Columns that a statement defines, as its author wrote them.

use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, Statement, StatementKind};
use crate::undo::{Word, unquoted, words};

/// Words that begin a part of a CREATE TABLE which is no column.
const NO_COLUMN: &[&str] = &[
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "KEY",
    "INDEX",
    "FULLTEXT",
    "SPATIAL",
    "VECTOR",
    "FOREIGN",
    "CHECK",
    "PERIOD",
    "LIKE",
];

/// Effect of a statement on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// With its table.
    Creates,
    /// To a table that is there.
    Adds,
    /// `MODIFY`, `CHANGE`.
    Redefines,
}

/// A column as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) name: String,
    /// Upper case: `VARCHAR`, `DOUBLE`; empty on SQLite where none is written.
    pub(super) type_name: String,
    pub(super) does: Does,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    pub(super) auto_increment: bool,
    pub(super) generated: bool,
    pub(super) primary: bool,
    pub(super) unique: bool,
    /// The first word of its default, upper case.
    pub(super) default: String,
}

/// The columns that a CREATE TABLE or ALTER TABLE defines; none where its text cannot be cut.
pub(super) fn written(statement: &Statement, dialect: Dialect) -> Vec<Written> {
    let kind = statement.analysis.kind;
    if !matches!(kind, StatementKind::CreateTable | StatementKind::AlterTable) {
        return Vec::new();
    }
    let Ok(words) = words(statement.plain(), dialect) else { return Vec::new() };
    if kind == StatementKind::CreateTable { created(&words) } else { altered(&words) }
}

/// Words that begin a key in a CREATE TABLE.
const KEYS: &[&str] = &["KEY", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"];

/// The names of the keys that a CREATE TABLE makes with its table, where they are written.
pub(super) fn keys_written(statement: &Statement, dialect: Dialect) -> Vec<String> {
    if statement.analysis.kind != StatementKind::CreateTable {
        return Vec::new();
    }
    let Ok(words) = words(statement.plain(), dialect) else { return Vec::new() };
    let Some(open) = words.iter().position(|word| word.is_symbol("(")) else { return Vec::new() };
    let inside: Vec<Word<'_>> = words[open + 1..].iter().take_while(|word| word.depth > 0).copied().collect();
    parts(&inside, 1).filter_map(key_name).collect()
}

/// The name of a key: `UNIQUE KEY name (…)`, `CONSTRAINT name UNIQUE (…)`. A foreign key is none.
fn key_name(part: &[Word<'_>]) -> Option<String> {
    let is_key = |word: &Word<'_>| KEYS.iter().any(|key| word.is(key));
    let first = part.first()?;
    if first.kind == TokenKind::Quoted {
        return None;
    }
    let name = match first.is("CONSTRAINT") {
        true => part.get(1).filter(|_| part.get(2).is_some_and(|word| word.is("UNIQUE"))),
        false if is_key(first) => part.iter().find(|word| word.kind == TokenKind::Quoted || !is_key(word)),
        false => None,
    };
    // What follows UNIQUE at once are its columns; a column may be called key.
    let is_behind =
        |name: &&Word<'_>| part.iter().any(|word| word.is_symbol("(") && word.text.as_ptr() > name.text.as_ptr());
    name.filter(|name| name.is_name()).filter(is_behind).map(|name| unquoted(name.text))
}

fn created(words: &[Word<'_>]) -> Vec<Written> {
    let Some(open) = words.iter().position(|word| word.is_symbol("(")) else { return Vec::new() };
    let inside: Vec<Word<'_>> = words[open + 1..].iter().take_while(|word| word.depth > 0).copied().collect();
    parts(&inside, 1).filter_map(|part| column(part, Does::Creates, 1)).collect()
}

fn altered(all: &[Word<'_>]) -> Vec<Written> {
    let mut found = Vec::new();
    let table = all.iter().position(|word| word.is("TABLE")).unwrap_or_default();
    let verb = all
        .iter()
        .enumerate()
        .skip(table)
        .position(|(_, word)| word.is("ADD") || word.is("MODIFY") || word.is("CHANGE"));
    let Some(first) = verb.map(|at| at + table) else { return found };
    for part in parts(&all[first..], 0) {
        let Some((verb, rest)) = part.split_first() else { continue };
        let rest = without(rest, &["COLUMN"]);
        let rest = without(without(without(rest, &["IF"]), &["NOT"]), &["EXISTS"]);
        if verb.is("ADD") && rest.first().is_some_and(|word| word.is_symbol("(")) {
            let inside: Vec<Word<'_>> = rest[1..].iter().take_while(|word| word.depth > 0).copied().collect();
            found.extend(parts(&inside, 1).filter_map(|part| column(part, Does::Adds, 1)));
        } else if verb.is("ADD") {
            found.extend(column(rest, Does::Adds, 0));
        } else if verb.is("MODIFY") {
            found.extend(column(rest, Does::Redefines, 0));
        } else if verb.is("CHANGE") && rest.len() > 1 {
            found.extend(column(&rest[1..], Does::Redefines, 0));
        }
    }
    found
}

fn without<'a, 'b>(words: &'a [Word<'b>], these: &[&str]) -> &'a [Word<'b>] {
    match words.first() {
        Some(first) if these.iter().any(|word| first.is(word)) => &words[1..],
        _ => words,
    }
}

/// The parts between commas at a depth.
fn parts<'a, 'b>(words: &'a [Word<'b>], depth: usize) -> impl Iterator<Item = &'a [Word<'b>]> {
    words.split(move |word| word.is_symbol(",") && word.depth == depth)
}

fn column(part: &[Word<'_>], does: Does, depth: usize) -> Option<Written> {
    let name = part.first().filter(|word| word.is_name())?;
    let is_column = name.kind == TokenKind::Quoted || !NO_COLUMN.iter().any(|word| name.is(word));
    is_column.then_some(())?;
    let rest: Vec<&Word<'_>> = part[1..].iter().filter(|word| word.depth == depth).collect();
    let has = |word: &str| rest.iter().any(|one| one.is(word));
    let pair = |one: &str, two: &str| rest.windows(2).any(|pair| pair[0].is(one) && pair[1].is(two));
    let default = rest.iter().position(|word| word.is("DEFAULT"));
    let value = default.and_then(|at| rest.get(at + 1)).map(|word| word.text.to_ascii_uppercase()).unwrap_or_default();
    let type_name = rest.first().filter(|word| word.kind == TokenKind::Word);
    Some(Written {
        name: unquoted(name.text),
        type_name: type_name.map(|word| word.text.to_ascii_uppercase()).unwrap_or_default(),
        does,
        not_null: pair("NOT", "NULL"),
        has_default: default.is_some(),
        auto_increment: has("AUTO_INCREMENT") || has("SERIAL"),
        generated: has("AS") || has("GENERATED"),
        primary: pair("PRIMARY", "KEY") || (has("KEY") && !has("UNIQUE") && !has("REFERENCES")) || has("SERIAL"),
        unique: has("UNIQUE"),
        default: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn found(sql: &str) -> Vec<(String, String, Does)> {
        let statement = &statements(sql, Dialect::MySql).unwrap()[0];
        written(statement, Dialect::MySql).into_iter().map(|c| (c.name, c.type_name, c.does)).collect()
    }

    #[test]
    fn columns_are_found_wherever_they_are_defined() {
        let is = |name: &str, kind: &str, does| (name.to_owned(), kind.to_owned(), does);
        assert_eq!(
            found(
                "CREATE TABLE t (id INT NOT NULL, `key` DECIMAL(5,2) DEFAULT 1, KEY a (id, `key`), PRIMARY KEY (id)) ENGINE=InnoDB"
            ),
            [is("id", "INT", Does::Creates), is("key", "DECIMAL", Does::Creates)]
        );
        assert_eq!(
            found(
                "ALTER TABLE t ADD COLUMN a INT, ADD (b TEXT, c DATE), MODIFY d ENUM('x','y') NOT NULL, CHANGE e f BIGINT, ADD KEY (a), DROP g, ALGORITHM=INPLACE"
            ),
            [
                is("a", "INT", Does::Adds),
                is("b", "TEXT", Does::Adds),
                is("c", "DATE", Does::Adds),
                is("d", "ENUM", Does::Redefines),
                is("f", "BIGINT", Does::Redefines)
            ]
        );
        assert_eq!(found("CREATE TABLE t LIKE u"), []);
        assert_eq!(found("CREATE TABLE t (LIKE u)"), []);
    }

    #[test]
    fn what_is_said_of_a_column() {
        let statement = &statements(
            "ALTER TABLE t ADD a INT NOT NULL DEFAULT 5, ADD b BIGINT AUTO_INCREMENT PRIMARY KEY",
            Dialect::MySql,
        )
        .unwrap()[0];
        let found = written(statement, Dialect::MySql);
        assert!(found[0].not_null && found[0].has_default && found[0].default == "5" && !found[0].primary);
        assert!(found[1].auto_increment && found[1].primary && !found[1].not_null);
    }
}
