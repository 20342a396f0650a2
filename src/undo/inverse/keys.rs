//! Keys of a table: which of them come back, in which order.

use super::columns::Columns;
use super::table::{Key, KeyClass, Table};
use super::text::{Names, same_name, unquoted, words};
use super::types::NoInverse;
use crate::sql::lexer::TokenKind;
use crate::sql::{AlterOperation, Dialect, quote_identifier};

/// Changes of an `ALTER TABLE` to keys to lead back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    pub drops: Vec<String>,
    pub changes: Vec<String>,
    pub adds: Vec<String>,
    /// To be added once the values are there.
    pub later: Vec<String>,
    /// Keys that go through another name: from it, to their own.
    pub passing: Vec<(String, String)>,
}

const CLASSES: [KeyClass; 4] = [KeyClass::Primary, KeyClass::Unique, KeyClass::Plain, KeyClass::FullText];

/// True if the keys of a table stand as the server sorts them whenever it makes the list anew: within the unique keys
/// those that can hold NULL are behind the others, and those on beginnings of columns behind those; MySQL puts keys on
/// virtual columns and expressions last. A change of a column may have left them otherwise.
pub(crate) fn are_sorted(table: &Table, dialect: Dialect) -> Result<bool, NoInverse> {
    let shapes = shapes(&table.keys, &Names::default(), dialect)?;
    let mut last = None;
    for (key, shape) in table.keys.iter().zip(&shapes) {
        let on = |which: &dyn Fn(&super::column::Column) -> bool| {
            table.columns.iter().any(|column| shape.names(&column.name) && which(column))
        };
        let rank = match key.class {
            KeyClass::Unique => (on(&|column| !column.not_null), shape.partial),
            KeyClass::Plain if dialect == Dialect::MySql => (shape.computed || on(&|column| column.is_virtual), false),
            _ => (false, false),
        };
        let rank = (key.class, rank);
        if last.is_some_and(|last| last > rank) {
            return Ok(false);
        }
        last = Some(rank);
    }
    Ok(true)
}

/// Facts that decide about keys beside their texts.
pub(crate) struct Around<'a> {
    pub columns: &'a Columns,
    pub operations: &'a [AlterOperation],
    /// The columns of the foreign keys that are added. A key on just these may be one that the server made for a foreign
    /// key; adding one would make it give way to a new one, with another place and name. A key that was renamed stays.
    pub foreign: &'a [Vec<String>],
    /// All keys have to be made anew: MariaDB keeps in each the block size that its table had.
    pub all_anew: bool,
    pub dialect: Dialect,
}

/// Leads the keys of `after` back to those of `before`. The order of keys is part of a definition, and a new key is
/// always the last of its class: from the first that is not there any more, all of a class are made anew.
pub(crate) fn back(before: &[Key], after: &[Key], around: &Around<'_>) -> Result<Keys, NoInverse> {
    let (columns, dialect) = (around.columns, around.dialect);
    let renames = renames(before, after, around.operations)?;
    let were = shapes(before, &Names::default(), dialect)?;
    let are = shapes(after, &columns.names, dialect)?;
    let mut keys = Keys::default();
    let mut kept = vec![false; after.len()];
    for class in CLASSES {
        let mut last = None;
        let mut rest = false;
        let mut later = false;
        for (was, key) in before.iter().enumerate().filter(|(_, key)| key.class == class) {
            let is = after.iter().position(|other| renames.get(&other.name).unwrap_or(&other.name) == key.name);
            let fits = is.filter(|is| {
                let changes =
                    usize::from(after[*is].name != key.name) + usize::from(were[was].hidden != are[*is].hidden);
                let changes = changes + usize::from(class == KeyClass::Plain && were[was].is_on(around.foreign));
                let on_remade = columns.remade.iter().any(|column| were[was].names(column));
                let same = after[*is].class == class && were[was].text == are[*is].text;
                same && changes < 2 && !on_remade && !around.all_anew
            });
            match fits.filter(|is| !rest && last.is_none_or(|last| last < *is)) {
                Some(is) => {
                    last = Some(is);
                    kept[is] = true;
                    change(&mut keys, key, &after[is], were[was].hidden, are[is].hidden, dialect)?;
                    if class == KeyClass::Plain && were[was].is_on(around.foreign) {
                        let other = format!("caribou_{}", keys.passing.len() + 1);
                        if before.iter().chain(after).any(|key| same_name(&key.name, &other)) {
                            return Err(NoInverse::because(format!("a key of the table is named {other}")));
                        }
                        keys.passing.push((other, key.name.clone()));
                    }
                }
                None => {
                    rest = true;
                    later |= must_wait(&were[was], class, columns);
                    let list = if later { &mut keys.later } else { &mut keys.adds };
                    list.push(format!("ADD {}", key.text));
                }
            }
        }
    }
    for (key, _) in after.iter().zip(kept).filter(|(_, kept)| !kept) {
        keys.drops.push(match key.class {
            KeyClass::Primary => "DROP PRIMARY KEY".to_owned(),
            _ => format!("DROP KEY {}", quote_identifier(&key.name, dialect)?),
        });
    }
    Ok(keys)
}

/// Unique keys on columns whose values are still missing, and all on columns that are not NOT NULL yet. A key on a column that numbers itself cannot wait, and need
/// not.
fn must_wait(shape: &Shape, class: KeyClass, columns: &Columns) -> bool {
    let unique = matches!(class, KeyClass::Primary | KeyClass::Unique);
    let numbered = |column: &String| columns.numbered.iter().any(|name| same_name(name, column));
    let waits = |column: &&String| shape.names(column) && !numbered(column);
    columns.unfilled.iter().any(|column| waits(&column)) || (unique && columns.without_values.iter().any(|c| waits(&c)))
}

/// From names after to names before.
fn renames(before: &[Key], after: &[Key], operations: &[AlterOperation]) -> Result<Names, NoInverse> {
    let has = |keys: &[Key], name: &str| keys.iter().find(|key| same_name(&key.name, name)).map(|key| key.name.clone());
    let mut names = Names::default();
    for operation in operations {
        let AlterOperation::RenameIndex { from, to } = operation else { continue };
        if let (Some(was), Some(is)) = (has(before, from), has(after, to)) {
            names.0.push((is, was));
        }
    }
    Ok(names)
}

fn change(
    keys: &mut Keys,
    was: &Key,
    is: &Key,
    hidden: bool,
    hidden_now: bool,
    dialect: Dialect,
) -> Result<(), NoInverse> {
    let (old, new) = (quote_identifier(&is.name, dialect)?, quote_identifier(&was.name, dialect)?);
    if old != new {
        keys.changes.push(format!("RENAME INDEX {old} TO {new}"));
    }
    if hidden != hidden_now {
        let word = match (dialect, hidden) {
            (Dialect::MariaDb, true) => "IGNORED",
            (Dialect::MariaDb, false) => "NOT IGNORED",
            (_, true) => "INVISIBLE",
            (_, false) => "VISIBLE",
        };
        keys.changes.push(format!("ALTER INDEX {new} {word}"));
    }
    Ok(())
}

/// A key without its name and its visibility.
#[derive(Debug)]
struct Shape {
    text: String,
    hidden: bool,
    columns: Vec<String>,
    /// On the beginning of a column only.
    partial: bool,
    /// On an expression.
    computed: bool,
}

impl Shape {
    /// True if the column is in the key, or in an expression of it.
    fn names(&self, column: &str) -> bool {
        self.columns.iter().any(|name| same_name(name, column))
    }

    /// True if its columns are those of a foreign key.
    fn is_on(&self, foreign: &[Vec<String>]) -> bool {
        foreign.iter().any(|columns| {
            columns.len() == self.columns.len() && columns.iter().zip(&self.columns).all(|(a, b)| same_name(a, b))
        })
    }
}

fn shapes(keys: &[Key], names: &Names, dialect: Dialect) -> Result<Vec<Shape>, NoInverse> {
    keys.iter().map(|key| shape(key, names, dialect)).collect()
}

fn shape(key: &Key, names: &Names, dialect: Dialect) -> Result<Shape, NoInverse> {
    let open = key.text.find('(').unwrap_or(key.text.len());
    let open = words(&key.text, dialect)?.iter().find(|word| word.is_symbol("(")).map_or(open, |word| word.start);
    let text = names.within(&key.text, open..key.text.len(), dialect)?;
    let words = words(&text, dialect)?;
    let is_hidden = |word: &&super::text::Word<'_>| word.depth == 0 && (word.is("INVISIBLE") || word.is("IGNORED"));
    let hidden = words.iter().rev().take(2).find(is_hidden).is_some();
    let mark = |word: &super::text::Word<'_>| matches!(word.kind, TokenKind::ExecOpen | TokenKind::ExecClose);
    let mut parts = Vec::new();
    let mut named = key.class == KeyClass::Primary;
    let mut columns = Vec::new();
    for word in &words {
        if !named && word.kind == TokenKind::Quoted {
            named = true;
        } else if !(mark(word) || hidden && is_hidden(&word)) {
            parts.push(word.text);
        }
        if word.depth > 0 && word.kind == TokenKind::Quoted {
            columns.push(unquoted(word.text));
        }
    }
    let deep = |kind: TokenKind| words.iter().any(|word| word.depth > 1 && word.kind == kind);
    let computed = deep(TokenKind::Quoted);
    let partial = !computed && deep(TokenKind::Number);
    Ok(Shape { text: parts.join(" "), hidden, columns, partial, computed })
}
