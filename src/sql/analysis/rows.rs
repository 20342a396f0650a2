//! `INSERT`, `REPLACE`, `UPDATE`, `DELETE`, `LOAD DATA`: which tables they write and which they read.

use super::super::{Dialect, How, ObjectKind, ObjectName, StatementKind};
use super::parser::{Parser, Reference};
use super::query::Frame;
use std::collections::{HashMap, HashSet};

impl Parser<'_> {
    /// After `INSERT` or `REPLACE`.
    pub(super) fn insert(&mut self, kind: StatementKind) -> Option<()> {
        self.analysis.kind = kind;
        self.cursor.eat_any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"]);
        if self.cursor.eat("OR") {
            // SQLite's conflict clause.
            let resolution = self.cursor.next()?;
            if resolution.is_word("REPLACE") {
                self.analysis.kind = StatementKind::Replace;
            }
            self.analysis.flags.ignore = resolution.is_word("IGNORE");
        }
        self.analysis.flags.ignore |= self.cursor.eat("IGNORE");
        self.cursor.eat("INTO");
        let table = self.cursor.object(ObjectKind::Table)?;
        self.touch(How::Writes, table);
        self.scan(Frame::default(), None, false);
        self.reads_of_references();
        Some(())
    }

    /// After `UPDATE`.
    pub(super) fn update(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Update;
        self.cursor.eat("LOW_PRIORITY");
        self.analysis.flags.ignore = self.cursor.eat("IGNORE");
        if self.cursor.eat("OR") {
            self.analysis.flags.ignore = self.cursor.next()?.is_word("IGNORE");
        }
        self.scan(Frame::tables(), Some("SET"), false);
        let tables = std::mem::take(&mut self.references);
        if tables.is_empty() {
            return None;
        }
        let mut assignments = Frame::assignments();
        // SQLite: UPDATE t SET … FROM other tables, which are only read.
        assignments.select = !self.dialect.is_mysql_family();
        self.scan(assignments, None, true);
        self.reads_of_references();
        if let [only] = tables.as_slice() {
            self.touch(How::Writes, only.object.clone());
            return Some(());
        }
        self.update_several(&tables);
        Some(())
    }

    /// Only the tables whose columns are assigned are written; a bare column may belong to any.
    fn update_several(&mut self, tables: &[Reference]) {
        let mut written = vec![false; tables.len()];
        let mut bare = false;
        let index = index(tables);
        for parts in std::mem::take(&mut self.columns) {
            let found = match parts.as_slice() {
                [table, _] => index.get(&(None, table.as_str())),
                [schema, table, _] => index.get(&(Some(schema.as_str()), table.as_str())),
                _ => None,
            };
            match found {
                Some(&at) => written[at] = true,
                None => bare = true,
            }
        }
        if bare {
            written.fill(true);
            self.analysis.flags.partial = true;
        }
        self.analysis.flags.multiple_objects = written.iter().filter(|w| **w).count() > 1;
        for (table, written) in tables.iter().zip(written) {
            let how = if written { How::Writes } else { How::Reads };
            self.touch(how, table.object.clone());
        }
    }

    /// After `DELETE`.
    pub(super) fn delete(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Delete;
        self.cursor.eat("LOW_PRIORITY");
        self.cursor.eat("QUICK");
        self.analysis.flags.ignore = self.cursor.eat("IGNORE");
        if self.dialect == Dialect::MariaDb && self.cursor.eat_all(&["HISTORY", "FROM"]) {
            // Old versions of rows, which no query of ours finds.
            self.analysis.flags.partial = true;
            let table = self.cursor.object(ObjectKind::Table)?;
            self.touch(How::Writes, table);
            self.scan(Frame::default(), None, true);
            return Some(());
        }
        let from_first = self.cursor.eat("FROM");
        let mut targets = vec![self.delete_target()?];
        while self.cursor.eat_symbol(",") {
            targets.push(self.delete_target()?);
        }
        let several = if from_first {
            self.cursor.eat("USING")
        } else {
            self.cursor.eat("FROM").then_some(())?;
            true
        };
        if !several {
            let [only] = targets.as_slice() else {
                return None;
            };
            self.touch(How::Writes, only.clone());
            self.scan(Frame::default(), None, true);
            return Some(());
        }
        self.scan(Frame::tables(), None, true);
        let tables = std::mem::take(&mut self.references);
        self.analysis.flags.multiple_objects = targets.len() > 1;
        let index = index(&tables);
        for target in &targets {
            let found = index.get(&(target.schema.as_deref(), target.name.as_str()));
            let object = found.map_or(target, |&at| &tables[at].object);
            self.touch(How::Writes, object.clone());
        }
        let names: HashSet<_> = targets.iter().map(|target| target.name.as_str()).collect();
        for table in &tables {
            let name = table.alias.as_ref().unwrap_or(&table.object.name);
            if !names.contains(name.as_str()) {
                self.touch(How::Reads, table.object.clone());
            }
        }
        Some(())
    }

    /// `t`, `t.*`, `schema.t.*`.
    fn delete_target(&mut self) -> Option<ObjectName> {
        let target = self.cursor.object(ObjectKind::Table)?;
        if self.cursor.eat_symbol(".") && !self.cursor.eat_symbol("*") {
            return None;
        }
        Some(target)
    }

    /// After `LOAD`.
    pub(super) fn load(&mut self) -> Option<()> {
        if self.cursor.eat_all(&["INDEX", "INTO", "CACHE"]) {
            self.analysis.kind = StatementKind::Flush;
            return Some(());
        }
        self.cursor.eat_any(&["DATA", "XML"])?;
        self.analysis.kind = StatementKind::LoadData;
        while let Some(code) = self.cursor.next() {
            self.analysis.flags.ignore |= code.is_word("IGNORE");
            if code.is_word("INTO") && self.cursor.eat("TABLE") {
                let table = self.cursor.object(ObjectKind::Table)?;
                self.touch(How::Writes, table);
                return Some(());
            }
        }
        None
    }
}

/// The tables of a statement by what it may call them: the alias, else the name with and without
/// its schema. The first of two counts.
fn index(tables: &[Reference]) -> HashMap<(Option<&str>, &str), usize> {
    let mut index = HashMap::new();
    for (at, table) in tables.iter().enumerate().rev().filter(|(_, table)| table.alias.is_none()) {
        index.insert((None, table.object.name.as_str()), at);
        index.insert((table.object.schema.as_deref(), table.object.name.as_str()), at);
    }
    for (at, table) in tables.iter().enumerate().rev() {
        if let Some(alias) = &table.alias {
            index.insert((None, alias.as_str()), at);
        }
    }
    index
}
