//! `ALTER` of anything but a table, `DROP`, `RENAME`, `TRUNCATE`.

use super::super::{Dialect, How, ObjectKind, ObjectName, StatementKind};
use super::create::OTHERS;
use super::parser::Parser;

/// The word after `ALTER` or `DROP`, the object, and the kinds of both statements.
const OBJECTS: &[(&str, ObjectKind, StatementKind, StatementKind)] = &[
    ("VIEW", ObjectKind::View, StatementKind::AlterView, StatementKind::DropView),
    ("PROCEDURE", ObjectKind::Procedure, StatementKind::AlterProcedure, StatementKind::DropProcedure),
    ("FUNCTION", ObjectKind::Function, StatementKind::AlterFunction, StatementKind::DropFunction),
    ("EVENT", ObjectKind::Event, StatementKind::AlterEvent, StatementKind::DropEvent),
    ("DATABASE", ObjectKind::Schema, StatementKind::AlterSchema, StatementKind::DropSchema),
    ("SCHEMA", ObjectKind::Schema, StatementKind::AlterSchema, StatementKind::DropSchema),
    ("SEQUENCE", ObjectKind::Sequence, StatementKind::AlterSequence, StatementKind::DropSequence),
    ("TRIGGER", ObjectKind::Trigger, StatementKind::Unknown, StatementKind::DropTrigger),
    ("TABLES", ObjectKind::Table, StatementKind::Unknown, StatementKind::DropTable),
    ("TABLE", ObjectKind::Table, StatementKind::Unknown, StatementKind::DropTable),
];

/// Words that follow `ALTER DATABASE` when the name is left out.
const SCHEMA_OPTIONS: &[&str] =
    &["CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "ENCRYPTION", "READ", "COMMENT", "UPGRADE"];

impl Parser<'_> {
    /// After `ALTER`.
    pub(super) fn alter(&mut self) -> Option<()> {
        if self.cursor.at_any(&["USER", "ROLE"]) {
            return self.set_kind(StatementKind::UserAdmin);
        }
        if self.cursor.at_any(OTHERS) {
            return self.set_kind(StatementKind::OtherDefinition);
        }
        self.cursor.eat_any(&["ONLINE", "OFFLINE"]);
        self.analysis.flags.ignore = self.cursor.eat("IGNORE");
        if self.cursor.eat("TABLE") {
            return self.alter_table();
        }
        self.alter_options();
        let &(_, object, kind, _) = OBJECTS.iter().find(|row| self.cursor.at(row.0))?;
        self.cursor.next();
        self.analysis.kind = kind;
        self.analysis.flags.if_exists = self.cursor.eat_all(&["IF", "EXISTS"]);
        if object == ObjectKind::Schema && self.cursor.at_any(SCHEMA_OPTIONS) {
            // The current schema, which the text does not name: a name without a letter stands for it.
            self.touch(How::Alters, ObjectName::new(object, ""));
            return Some(());
        }
        let name = self.cursor.object(object)?;
        self.touch(How::Alters, name.clone());
        match kind {
            StatementKind::AlterView => self.view_query(),
            StatementKind::AlterEvent => self.alter_event(&name),
            StatementKind::Unknown => None,
            _ => Some(()),
        }
    }

    fn alter_options(&mut self) {
        loop {
            if self.cursor.eat("DEFINER") && self.cursor.eat_symbol("=") {
                self.cursor.skip_user();
            } else if self.cursor.eat_all(&["SQL", "SECURITY"])
                || (self.cursor.eat("ALGORITHM") && self.cursor.eat_symbol("="))
            {
                self.cursor.next();
            } else {
                return;
            }
        }
    }

    /// `RENAME TO` may stand before the body; behind `DO` nothing is read.
    fn alter_event(&mut self, name: &ObjectName) -> Option<()> {
        while let Some(code) = self.cursor.next() {
            if code.is_word("DO") {
                break;
            }
            if code.is_word("RENAME") && self.cursor.eat("TO") {
                let new = self.cursor.object(ObjectKind::Event)?;
                self.touch(How::RenamesFrom, name.clone());
                self.touch(How::RenamesTo, new);
            }
        }
        Some(())
    }

    /// After `DROP`.
    pub(super) fn drop_object(&mut self) -> Option<()> {
        if self.cursor.at_any(&["USER", "ROLE"]) {
            return self.set_kind(StatementKind::UserAdmin);
        }
        if self.cursor.at_any(OTHERS) || self.cursor.at_all(&["SPATIAL", "REFERENCE"]) {
            return self.set_kind(StatementKind::OtherDefinition);
        }
        if self.cursor.eat("PREPARE") {
            return self.set_kind(StatementKind::Deallocate);
        }
        self.cursor.eat_any(&["ONLINE", "OFFLINE"]);
        if self.cursor.eat("INDEX") {
            return self.drop_index();
        }
        self.analysis.flags.temporary = self.cursor.eat("TEMPORARY");
        let &(_, object, _, kind) = OBJECTS.iter().find(|row| self.cursor.at(row.0))?;
        self.cursor.next();
        self.analysis.kind = kind;
        self.analysis.flags.if_exists = self.cursor.eat_all(&["IF", "EXISTS"]);
        loop {
            let name = self.cursor.object(object)?;
            self.touch(How::Drops, name);
            if !self.cursor.eat_symbol(",") {
                break;
            }
            self.analysis.flags.multiple_objects = true;
        }
        self.cursor.eat_any(&["RESTRICT", "CASCADE"]);
        if self.cursor.eat("WAIT") {
            self.cursor.next();
        }
        self.cursor.eat("NOWAIT");
        self.cursor.peek(0).is_none().then_some(())
    }

    fn drop_index(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::DropIndex;
        self.analysis.flags.if_exists = self.cursor.eat_all(&["IF", "EXISTS"]);
        let mut index = self.cursor.object(ObjectKind::Index)?;
        let table = if self.cursor.eat("ON") {
            Some(self.cursor.object(ObjectKind::Table)?)
        } else if self.dialect == Dialect::Sqlite {
            None
        } else {
            // Without its table the server refuses it.
            self.analysis.flags.partial = true;
            None
        };
        if let Some(table) = &table {
            index.schema.clone_from(&table.schema);
        }
        self.touch(How::Drops, index);
        if let Some(table) = table {
            self.touch(How::Alters, table);
        }
        Some(())
    }

    /// After `RENAME`.
    pub(super) fn rename(&mut self) -> Option<()> {
        if self.cursor.at("USER") {
            return self.set_kind(StatementKind::UserAdmin);
        }
        self.cursor.eat_any(&["TABLE", "TABLES"])?;
        self.analysis.kind = StatementKind::RenameTable;
        self.analysis.flags.if_exists = self.cursor.eat_all(&["IF", "EXISTS"]);
        loop {
            let from = self.cursor.object(ObjectKind::Table)?;
            if self.cursor.eat("WAIT") {
                self.cursor.next();
            }
            self.cursor.eat("NOWAIT");
            self.cursor.eat("TO").then_some(())?;
            let to = self.cursor.object(ObjectKind::Table)?;
            self.touch(How::RenamesFrom, from);
            self.touch(How::RenamesTo, to);
            if !self.cursor.eat_symbol(",") {
                return self.cursor.peek(0).is_none().then_some(());
            }
            self.analysis.flags.multiple_objects = true;
        }
    }

    /// After `TRUNCATE`.
    pub(super) fn truncate(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::Truncate;
        self.cursor.eat("TABLE");
        let table = self.cursor.object(ObjectKind::Table)?;
        self.touch(How::Writes, table);
        Some(())
    }
}
