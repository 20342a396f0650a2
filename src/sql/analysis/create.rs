//! `CREATE …`.

use super::super::{How, ObjectKind, ObjectName, StatementKind};
use super::parser::Parser;
use super::query::Frame;

/// The word after `CREATE` and its options, and what it makes.
const PLAIN: &[(&str, ObjectKind, StatementKind)] = &[
    ("PROCEDURE", ObjectKind::Procedure, StatementKind::CreateProcedure),
    ("FUNCTION", ObjectKind::Function, StatementKind::CreateFunction),
    ("EVENT", ObjectKind::Event, StatementKind::CreateEvent),
    ("DATABASE", ObjectKind::Schema, StatementKind::CreateSchema),
    ("SCHEMA", ObjectKind::Schema, StatementKind::CreateSchema),
    ("SEQUENCE", ObjectKind::Sequence, StatementKind::CreateSequence),
];

/// Things outside every schema, or that no undo is known for.
pub(super) const OTHERS: &[&str] =
    &["SERVER", "TABLESPACE", "LOGFILE", "UNDO", "RESOURCE", "PACKAGE", "LIBRARY", "INSTANCE"];

impl Parser<'_> {
    /// After `CREATE`.
    pub(super) fn create(&mut self) -> Option<()> {
        self.analysis.flags.or_replace = self.cursor.eat_all(&["OR", "REPLACE"]);
        if self.cursor.at_any(&["USER", "ROLE"]) {
            return self.set_kind(StatementKind::UserAdmin);
        }
        if self.cursor.at_any(OTHERS) || self.cursor.at_all(&["SPATIAL", "REFERENCE"]) {
            return self.set_kind(StatementKind::OtherDefinition);
        }
        self.create_options()?;
        if let Some(&(_, object, kind)) = PLAIN.iter().find(|row| self.cursor.at(row.0)) {
            self.cursor.next();
            return self.create_plain(object, kind);
        }
        match self.cursor.next()?.text.to_ascii_uppercase().as_str() {
            "TABLE" => self.create_table(),
            "VIEW" => self.create_view(),
            "INDEX" => self.create_index(),
            "TRIGGER" => self.create_trigger(),
            _ => None,
        }
    }

    /// Reads what may stand between `CREATE` and the kind of object.
    fn create_options(&mut self) -> Option<()> {
        loop {
            if self.cursor.eat_any(&["TEMPORARY", "TEMP"]).is_some() {
                self.analysis.flags.temporary = true;
            } else if self.cursor.eat("DEFINER") {
                self.cursor.eat_symbol("=").then_some(())?;
                self.cursor.skip_user();
            } else if self.cursor.eat("ALGORITHM") {
                self.cursor.eat_symbol("=").then_some(())?;
                self.cursor.next();
            } else if self.cursor.eat_all(&["SQL", "SECURITY"]) {
                self.cursor.next();
            } else if self.cursor.eat_any(&["UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "ONLINE", "OFFLINE"]).is_some()
                || self.cursor.eat_any(&["AGGREGATE", "VIRTUAL"]).is_some()
            {
            } else {
                return Some(());
            }
        }
    }

    pub(super) fn set_kind(&mut self, kind: StatementKind) -> Option<()> {
        self.analysis.kind = kind;
        Some(())
    }

    /// `IF NOT EXISTS` and the name.
    fn created(&mut self, object: ObjectKind) -> Option<ObjectName> {
        self.analysis.flags.if_not_exists |= self.cursor.eat_all(&["IF", "NOT", "EXISTS"]);
        self.cursor.object(object)
    }

    fn create_plain(&mut self, object: ObjectKind, kind: StatementKind) -> Option<()> {
        self.analysis.kind = kind;
        let name = self.created(object)?;
        self.touch(How::Creates, name);
        Some(())
    }

    fn create_table(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::CreateTable;
        let table = self.created(ObjectKind::Table)?;
        self.touch(How::Creates, table);
        let parenthesis = usize::from(self.cursor.at_symbol("("));
        let like = self.cursor.peek(parenthesis).is_some_and(|code| code.is_word("LIKE"));
        if like {
            for _ in 0..=parenthesis {
                self.cursor.next();
            }
            let model = self.cursor.object(ObjectKind::Table)?;
            self.touch(How::Reads, model);
            return Some(());
        }
        self.scan(Frame::default(), None, false);
        self.reads_of_references();
        Some(())
    }

    fn create_view(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::CreateView;
        let view = self.created(ObjectKind::View)?;
        self.touch(How::Creates, view);
        self.view_query()
    }

    /// The columns and the query of a view.
    pub(super) fn view_query(&mut self) -> Option<()> {
        self.cursor.skip_parentheses();
        self.cursor.eat("AS").then_some(())?;
        self.scan(Frame::default(), None, false);
        self.reads_of_references();
        Some(())
    }

    fn create_index(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::CreateIndex;
        let mut index = self.created(ObjectKind::Index)?;
        if self.cursor.eat_any(&["USING", "TYPE"]).is_some() {
            self.cursor.next();
        }
        self.cursor.eat("ON").then_some(())?;
        let mut table = self.cursor.object(ObjectKind::Table)?;
        // An index is in its table's schema: MySQL writes it at the table, SQLite at the index.
        match (&index.schema, &table.schema) {
            (None, Some(_)) => index.schema.clone_from(&table.schema),
            (Some(_), None) => table.schema.clone_from(&index.schema),
            _ => {}
        }
        self.touch(How::Creates, index);
        self.touch(How::Alters, table);
        Some(())
    }

    fn create_trigger(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::CreateTrigger;
        let trigger = self.created(ObjectKind::Trigger)?;
        self.touch(How::Creates, trigger);
        while let Some(code) = self.cursor.next() {
            if code.is_word("ON") {
                let table = self.cursor.object(ObjectKind::Table)?;
                self.touch(How::Alters, table);
                return Some(());
            }
        }
        None
    }
}
