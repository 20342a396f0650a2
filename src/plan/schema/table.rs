//! A table, as far as later statements depend on it.

use super::names::same;
use crate::sql::ObjectName;

/// The type of a column, as far as keys depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number of so many bytes.
    Integer { bytes: u8, unsigned: bool },
    /// CHAR, VARCHAR: with its length in characters.
    Text { length: Option<u32> },
    /// BINARY, VARBINARY.
    Binary,
    /// TEXT and BLOB of every size: keys take a part of them only.
    Long,
    /// Anything else.
    Other,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// As written, for messages: `int unsigned`.
    pub(super) written: String,
    /// Its own character set, in lower case.
    pub(super) charset: Option<String>,
    pub(super) not_null: bool,
    /// `INVISIBLE`.
    pub(super) hidden: bool,
}

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The column; `None` for an expression.
    pub(super) column: Option<String>,
    /// Only the beginning of it: `(name(10))`.
    pub(super) prefix: bool,
    /// Marks a name that may be a string to the server (SQLite's double quotes).
    pub(super) may_be_text: bool,
}

/// Purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyClass {
    Primary,
    Unique,
    Plain,
    /// FULLTEXT, SPATIAL, VECTOR.
    Special,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name, where the author gave one.
    pub(super) name: Option<String>,
    pub(super) class: KeyClass,
    pub(super) parts: Vec<Part>,
}

impl Key {
    /// True if it begins with these columns, in whatever order, each of them whole or not.
    pub(super) fn leads_with(&self, columns: &[String]) -> bool {
        let lead = self.parts.get(..columns.len());
        let is_among = |column: &String| {
            lead.is_some_and(|lead| lead.iter().filter_map(|p| p.column.as_ref()).any(|name| same(name, column)))
        };
        self.class != KeyClass::Special && columns.iter().all(is_among)
    }

    /// The columns of it.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| part.column.as_deref())
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) parent: ObjectName,
    /// Empty where the text names none.
    pub(super) parent_columns: Vec<String>,
    /// ON DELETE or ON UPDATE SET NULL.
    pub(super) sets_null: bool,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// As written.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) keys: Vec<Key>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// In lower case, where it is written.
    pub(super) engine: Option<String>,
    /// The character set of its columns, in lower case, where it is written.
    pub(super) charset: Option<String>,
    /// It may have columns that are not told.
    pub(super) more_columns: bool,
    /// It may have keys, or names of keys, that are not told.
    pub(super) more_keys: bool,
    /// It may have foreign keys, or names of them, that are not told.
    pub(super) more_foreign_keys: bool,
}

/// An answer that may be neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Has {
    Yes,
    No,
    Unsure,
}

/// Names of columns that servers bring with them.
const HIDDEN: [&str; 6] = ["rowid", "_rowid_", "oid", "my_row_id", "row_start", "row_end"];

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same(&column.name, name))
    }

    /// Looks for a column. Servers take some letters with accents for those without.
    pub(super) fn has_column(&self, name: &str) -> Has {
        let is_plain = name.is_ascii() && self.columns.iter().all(|column| column.name.is_ascii());
        match self.column(name) {
            Some(_) => Has::Yes,
            None if self.more_columns || !is_plain || HIDDEN.iter().any(|hidden| same(hidden, name)) => Has::Unsure,
            None => Has::No,
        }
    }

    /// Takes a column to be there after all, of which nothing is known.
    pub(super) fn assume_column(&mut self, name: String) {
        let column =
            Column { name, kind: Kind::Other, written: String::new(), charset: None, not_null: false, hidden: false };
        self.columns.push(column);
    }

    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name.as_deref().is_some_and(|own| same(own, name)))
    }

    /// Looks for a key of this name.
    pub(super) fn has_key(&self, name: &str) -> Has {
        let unsure = self.more_keys
            || !name.is_ascii()
            || self.keys.iter().any(|key| key.name.is_none() && key.class != KeyClass::Primary);
        match self.key(name) {
            Some(_) => Has::Yes,
            None if same(name, "PRIMARY") => self.has_primary_key(),
            None if unsure => Has::Unsure,
            None => Has::No,
        }
    }

    pub(super) fn has_primary_key(&self) -> Has {
        match self.keys.iter().any(|key| key.class == KeyClass::Primary) {
            true => Has::Yes,
            false if self.more_keys || self.more_columns => Has::Unsure,
            false => Has::No,
        }
    }

    /// Looks for a foreign key of this name.
    pub(super) fn has_foreign_key(&self, name: &str) -> Has {
        let is = |key: &ForeignKey| key.name.as_deref().is_some_and(|own| same(own, name));
        match self.foreign_keys.iter().any(is) {
            true => Has::Yes,
            false if self.more_foreign_keys || !name.is_ascii() => Has::Unsure,
            false if self.foreign_keys.iter().any(|key| key.name.is_none()) => Has::Unsure,
            false => Has::No,
        }
    }

    /// Adds a key; a table has one primary key.
    pub(super) fn add_key(&mut self, key: Key) {
        if key.class == KeyClass::Primary {
            self.keys.retain(|old| old.class != KeyClass::Primary);
        }
        self.keys.push(key);
    }

    /// Adds a foreign key; the server makes a key for it where none serves, and names it by rules of its own.
    pub(super) fn add_foreign_key(&mut self, key: ForeignKey) {
        self.more_keys |= !self.keys.iter().any(|own| own.leads_with(&key.columns));
        self.foreign_keys.push(key);
    }

    /// Takes a column away, and from its keys too.
    pub(super) fn drop_column(&mut self, name: &str) {
        self.columns.retain(|column| !same(&column.name, name));
        for key in &mut self.keys {
            key.parts.retain(|part| !part.column.as_deref().is_some_and(|column| same(column, name)));
        }
        self.keys.retain(|key| !key.parts.is_empty());
    }

    /// Gives a column another name, in keys and foreign keys too.
    pub(super) fn rename_column(&mut self, from: &str, to: &str) {
        let columns = self.columns.iter_mut().map(|column| &mut column.name);
        let parts = self.keys.iter_mut().flat_map(|key| &mut key.parts).filter_map(|part| part.column.as_mut());
        let children = self.foreign_keys.iter_mut().flat_map(|key| &mut key.columns);
        for name in columns.chain(parts).chain(children).filter(|name| same(name, from)) {
            name.replace_range(.., to);
        }
    }
}

/// Place of a new column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    First,
    After(String),
}
