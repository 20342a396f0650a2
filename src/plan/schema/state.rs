//! The schema at one moment of the plan.

use super::names::{Names, same};
use super::table::{ForeignKey, Has, Table};
use crate::sql::{Dialect, ObjectName};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A statement of the plan: file, statement (both from 0), line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) statement: u32,
    pub(super) line: u32,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// As its text names them.
    pub(super) reads: Vec<ObjectName>,
    /// The words of its text, in lower case.
    pub(super) words: HashSet<String>,
    /// Statement that made it, where the plan does.
    pub(super) by: Option<At>,
}

/// Knowledge of a name in core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Table(Box<Table>),
    View(Box<View>),
    /// A sequence.
    Other,
    /// Something is there whose definition is not known.
    Untold,
    /// Nothing is there.
    Gone(At),
    /// Nobody knows whether anything is there since a statement; `None`: since one that will fail.
    Unknown(Option<usize>),
}

/// Result of looking for a name.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Table(&'a Table),
    View(&'a View),
    Other,
    Untold,
    /// Nothing; where the plan took it away, there.
    Nothing(Option<At>),
    Unknown(Option<usize>),
}

/// The names of core and what is known of them.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) names: Names,
    core: String,
    entries: HashMap<String, Entry>,
    /// Names that are not among the entries are not known since a statement.
    unknown: Option<usize>,
    /// SQLite: the names of indexes, which are those of the schema, with their tables; `None`: whether there is one is not
    /// known.
    pub(super) indexes: HashMap<String, Option<String>>,
    /// SQLite: what the names of tables begin with that a module may make and drop by itself.
    shadows: Vec<String>,
    /// Views by what they read, and tables by what their foreign keys name: with some that do so no more.
    readers: HashMap<String, BTreeSet<String>>,
    children: HashMap<String, BTreeSet<String>>,
}

impl Schema {
    pub(super) fn new(names: Names, core: &str) -> Schema {
        Schema {
            names,
            core: core.to_owned(),
            entries: HashMap::new(),
            unknown: None,
            indexes: HashMap::new(),
            shadows: Vec::new(),
            readers: HashMap::new(),
            children: HashMap::new(),
        }
    }

    /// The key of an object, where it stands in core; a name without a schema does.
    pub(super) fn own(&self, object: &ObjectName) -> Option<String> {
        let is_own = object.schema.as_deref().is_none_or(|schema| self.is_core(schema));
        is_own.then(|| self.names.table(&object.name))
    }

    /// True if a schema is core. Its case is taken to matter only where the server says so of tables.
    pub(super) fn is_core(&self, schema: &str) -> bool {
        let sqlite = self.names.dialect == Dialect::Sqlite && schema.eq_ignore_ascii_case("main");
        sqlite || self.names.table(schema) == self.names.table(&self.core)
    }

    pub(super) fn find(&self, key: &str) -> Found<'_> {
        if self.shadows.iter().any(|shadow| key.starts_with(shadow.as_str())) {
            return Found::Unknown(None);
        }
        match self.entries.get(key) {
            Some(Entry::Table(table)) => Found::Table(table),
            Some(Entry::View(view)) => Found::View(view),
            Some(Entry::Other) => Found::Other,
            Some(Entry::Untold) => Found::Untold,
            Some(Entry::Gone(at)) => Found::Nothing(Some(*at)),
            Some(Entry::Unknown(cause)) => Found::Unknown(*cause),
            // How servers compare other letters is theirs to know.
            None if !key.is_ascii() => Found::Unknown(None),
            None => self.unknown.map_or(Found::Nothing(None), |cause| Found::Unknown(Some(cause))),
        }
    }

    pub(super) fn table(&self, key: &str) -> Option<&Table> {
        match self.entries.get(key) {
            Some(Entry::Table(table)) => Some(table),
            _ => None,
        }
    }

    pub(super) fn table_mut(&mut self, key: &str) -> Option<&mut Table> {
        match self.entries.get_mut(key) {
            Some(Entry::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Takes an entry out, to put it back changed.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        self.entries.remove(key)
    }

    /// From here on, this is known of a name.
    pub(super) fn put(&mut self, key: String, entry: Entry) {
        if entry == Entry::Untold && self.names.dialect == Dialect::Sqlite {
            self.shadows.push(format!("{key}_"));
        }
        match &entry {
            Entry::Table(table) => {
                for parent in
                    table.foreign_keys.iter().filter_map(|foreign| self.own(&foreign.parent)).collect::<Vec<_>>()
                {
                    self.children.entry(parent).or_default().insert(key.clone());
                }
            }
            Entry::View(view) => {
                for read in view.reads.iter().filter_map(|read| self.own(read)).collect::<Vec<_>>() {
                    self.readers.entry(read).or_default().insert(key.clone());
                }
            }
            Entry::Other | Entry::Untold | Entry::Gone(_) | Entry::Unknown(_) => {}
        }
        self.entries.insert(key, entry);
    }

    /// From here on, nothing is known.
    pub(super) fn forget_all(&mut self, cause: usize) {
        self.entries.clear();
        self.indexes.clear();
        self.unknown = Some(cause);
    }

    /// SQLite: whether there is an index of this name.
    pub(super) fn has_index(&self, key: &str) -> Has {
        match self.indexes.get(key) {
            Some(Some(_)) => Has::Yes,
            Some(None) => Has::Unsure,
            None if self.unknown.is_some() || !key.is_ascii() => Has::Unsure,
            None => Has::No,
        }
    }

    /// SQLite: the indexes of a table go with it.
    pub(super) fn drop_indexes(&mut self, key: &str) {
        let names: Vec<String> =
            self.table(key).into_iter().flat_map(index_names).map(|n| self.names.table(n)).collect();
        match self.table(key) {
            Some(_) => names.iter().for_each(|name| drop(self.indexes.remove(name))),
            None => self.indexes.retain(|_, table| table.as_deref() != Some(key)),
        }
    }

    /// SQLite: the indexes of a table follow it to its new name.
    pub(super) fn move_indexes(&mut self, from: &str, to: &str, entry: &Entry) {
        match entry {
            Entry::Table(table) => {
                let names: Vec<String> = index_names(table).map(|name| self.names.table(name)).collect();
                let moved = names.into_iter().filter(|name| self.indexes.contains_key(name));
                for name in moved.collect::<Vec<_>>() {
                    self.indexes.insert(name, Some(to.to_owned()));
                }
            }
            _ => {
                let moved = self.indexes.values_mut().flatten().filter(|table| *table == from);
                moved.for_each(|table| to.clone_into(table));
            }
        }
    }

    /// True if a table has a foreign key to this one.
    fn refers(&self, table: &Table, key: &str) -> bool {
        table.foreign_keys.iter().any(|foreign| self.own(&foreign.parent).as_deref() == Some(key))
    }

    /// Tables with a foreign key to this one, itself left out.
    pub(super) fn children(&self, key: &str) -> Vec<(&str, &Table)> {
        let names = self.children.get(key).into_iter().flatten().filter(|name| *name != key);
        let tables = names.filter_map(|name| Some((name.as_str(), self.table(name)?)));
        tables.filter(|(_, table)| self.refers(table, key)).collect()
    }

    /// Views that read this table.
    pub(super) fn readers(&self, key: &str) -> Vec<(&str, &View)> {
        let names = self.readers.get(key).into_iter().flatten();
        let views = names.filter_map(|name| match self.entries.get(name) {
            Some(Entry::View(view)) => Some((name.as_str(), view.as_ref())),
            _ => None,
        });
        views.filter(|(_, view)| view.reads.iter().any(|read| self.own(read).as_deref() == Some(key))).collect()
    }

    /// SQLite: views follow a table to its new name.
    pub(super) fn rename_read(&mut self, from: &str, to: &str, name: &str) {
        for view in self.readers.remove(from).unwrap_or_default() {
            let Some(Entry::View(entry)) = self.entries.get(&view) else { continue };
            let is_it: Vec<bool> = entry.reads.iter().map(|read| self.own(read).as_deref() == Some(from)).collect();
            let Some(Entry::View(entry)) = self.entries.get_mut(&view) else { continue };
            entry
                .reads
                .iter_mut()
                .zip(is_it)
                .filter(|(_, is)| *is)
                .for_each(|(read, _)| name.clone_into(&mut read.name));
            self.readers.entry(to.to_owned()).or_default().insert(view);
        }
    }

    /// SQLite: views follow a column to its new name. The old one is another's where what they read beside has it too.
    pub(super) fn rename_word(&mut self, key: &str, from: &str, to: &str) {
        let views: Vec<String> = self.readers(key).into_iter().map(|(name, _)| name.to_owned()).collect();
        for name in views {
            if let Some(Entry::View(view)) = self.entries.get_mut(&name)
                && view.words.contains(&from.to_lowercase())
            {
                view.words.insert(to.to_lowercase());
            }
        }
    }

    /// The foreign keys of other tables follow a table to its new name.
    pub(super) fn rename_parent(&mut self, from: &str, to: &str, name: &str) {
        self.with_children(from, |foreign| name.clone_into(&mut foreign.parent.name));
        let children = self.children.remove(from).unwrap_or_default();
        self.children.entry(to.to_owned()).or_default().extend(children);
    }

    /// The foreign keys of other tables follow a column to its new name.
    pub(super) fn rename_parent_column(&mut self, key: &str, from: &str, to: &str) {
        self.with_children(key, |foreign| {
            let columns = foreign.parent_columns.iter_mut().filter(|column| same(column, from));
            columns.for_each(|column| to.clone_into(column));
        });
    }

    fn with_children(&mut self, key: &str, mut change: impl FnMut(&mut ForeignKey)) {
        let children: Vec<String> = self.children.get(key).into_iter().flatten().cloned().collect();
        for child in children {
            let Some(Entry::Table(table)) = self.entries.get(&child) else { continue };
            let own = |foreign: &ForeignKey| self.own(&foreign.parent).as_deref() == Some(key);
            let which: Vec<bool> = table.foreign_keys.iter().map(own).collect();
            let Some(table) = self.table_mut(&child) else { continue };
            table.foreign_keys.iter_mut().zip(which).filter(|(_, is)| *is).for_each(|(foreign, _)| change(foreign));
        }
    }
}

fn index_names(table: &Table) -> impl Iterator<Item = &str> {
    table.keys.iter().filter_map(|key| key.name.as_deref())
}
