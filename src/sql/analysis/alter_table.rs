//! `ALTER TABLE`: its operations, one by one.
//!
//! MySQL manual, "ALTER TABLE Statement"; MariaDB, "ALTER TABLE"; SQLite, "lang_altertable".

use super::super::keyword::one_of;
use super::super::lexer::TokenKind;
use super::super::{AlterOperation, How, ObjectKind, ObjectName, StatementKind};
use super::parser::Parser;

/// Verbs that speak of partitions when `PARTITION` follows.
const PARTITION_VERBS: &[&str] =
    &["TRUNCATE", "COALESCE", "REORGANIZE", "EXCHANGE", "ANALYZE", "CHECK", "OPTIMIZE", "REBUILD", "REPAIR", "CONVERT"];

/// Words that say how an operation is carried out, not what it does.
const MODIFIERS: &[&str] = &["ALGORITHM", "LOCK", "WAIT", "NOWAIT"];

impl Parser<'_> {
    /// After `ALTER TABLE`.
    pub(super) fn alter_table(&mut self) -> Option<()> {
        self.analysis.kind = StatementKind::AlterTable;
        self.analysis.flags.if_exists = self.cursor.eat_all(&["IF", "EXISTS"]);
        let table = self.cursor.object(ObjectKind::Table)?;
        let main = self.analysis.touches.len();
        while self.cursor.peek(0).is_some() {
            if !self.cursor.eat_symbol(",") {
                self.operation();
            }
        }
        self.touch_altered(table, main);
        Some(())
    }

    /// The table first, unless it is only renamed.
    fn touch_altered(&mut self, table: ObjectName, main: usize) {
        let operations = &self.analysis.operations;
        let renames = |op: &AlterOperation| matches!(op, AlterOperation::RenameTo { .. });
        let modifies = |op: &AlterOperation| matches!(op, AlterOperation::Modifier { .. });
        let new = operations.iter().rev().find_map(|op| match op {
            AlterOperation::RenameTo { schema, name } => Some(ObjectName {
                kind: ObjectKind::Table,
                schema: schema.clone().or_else(|| table.schema.clone()),
                name: name.clone(),
            }),
            _ => None,
        });
        let only_renamed = new.is_some() && operations.iter().all(|op| renames(op) || modifies(op));
        let mut touched = Vec::new();
        if !only_renamed {
            touched.push((How::Alters, table.clone()));
        }
        if let Some(new) = new {
            touched.push((How::RenamesFrom, table));
            touched.push((How::RenamesTo, new));
        }
        for (n, (how, object)) in touched.into_iter().enumerate() {
            self.touch_at(main + n, how, object);
        }
    }

    /// One operation, up to its comma.
    fn operation(&mut self) {
        let first = self.cursor.peek(0).map_or("", |code| code.text);
        let before = self.analysis.operations.len();
        let understood = match first.to_ascii_uppercase().as_str() {
            "ADD" => self.add(),
            "DROP" => self.drop_part(),
            "MODIFY" => self.modify(),
            "CHANGE" => self.change(),
            "ALTER" => self.alter_part(),
            "RENAME" => self.rename_part(),
            _ => self.table_option(),
        };
        if understood.is_none() {
            self.analysis.operations.truncate(before);
            let text = first.to_owned();
            self.push(AlterOperation::Unknown { text });
            self.analysis.flags.partial = true;
        }
        self.rest_of_operation();
    }

    pub(super) fn push(&mut self, operation: AlterOperation) {
        self.analysis.operations.push(operation);
    }

    /// Up to the comma outside parentheses, noting foreign keys on the way. An option of the table
    /// needs no comma before it, and is left for the next round.
    fn rest_of_operation(&mut self) {
        let mut depth = 0_usize;
        while let Some(code) = self.cursor.peek(0) {
            let outside = depth == 0;
            if outside && (code.is_symbol(",") || self.at_table_option()) {
                return;
            }
            self.cursor.next();
            if code.is_symbol("(") {
                depth += 1;
            } else if code.is_symbol(")") {
                depth = depth.saturating_sub(1);
            } else if code.is_word("REFERENCES") {
                self.foreign_table();
            }
        }
    }

    /// `ENGINE = x` directly behind another operation.
    fn at_table_option(&mut self) -> bool {
        let assigned = self.cursor.peek(1).is_some_and(|code| code.is_symbol("="));
        assigned && self.cursor.peek(0).is_some_and(|code| code.kind == TokenKind::Word)
    }

    fn add(&mut self) -> Option<()> {
        self.cursor.next();
        if self.add_constraint()? {
            return Some(());
        }
        if self.cursor.at("PARTITION") {
            return self.partition("ADD");
        }
        if self.versioning("ADD") {
            return Some(());
        }
        self.cursor.eat("COLUMN");
        self.if_not_exists();
        if self.cursor.eat_symbol("(") {
            return self.add_list();
        }
        let name = self.cursor.name()?;
        self.push(AlterOperation::AddColumn { name });
        Some(())
    }

    /// `ADD (a INT, b INT, KEY (a))`.
    fn add_list(&mut self) -> Option<()> {
        loop {
            if !self.add_constraint()? {
                let name = self.cursor.name()?;
                self.push(AlterOperation::AddColumn { name });
            }
            let mut depth = 0_usize;
            loop {
                let code = self.cursor.next()?;
                match code.text {
                    "(" if code.kind == TokenKind::Symbol => depth += 1,
                    ")" if code.kind == TokenKind::Symbol && depth == 0 => return Some(()),
                    ")" if code.kind == TokenKind::Symbol => depth -= 1,
                    "," if code.kind == TokenKind::Symbol && depth == 0 => break,
                    _ if code.is_word("REFERENCES") => self.foreign_table(),
                    _ => {}
                }
            }
        }
    }

    fn if_not_exists(&mut self) {
        self.analysis.flags.if_not_exists |= self.cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    }

    fn if_exists(&mut self) {
        self.analysis.flags.if_exists |= self.cursor.eat_all(&["IF", "EXISTS"]);
    }

    /// A key or constraint, if one is next.
    fn add_constraint(&mut self) -> Option<bool> {
        let mut name = None;
        let named = self.cursor.eat("CONSTRAINT");
        if named {
            self.if_not_exists();
            if !self.cursor.at_any(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
                name = Some(self.cursor.name()?);
            }
        }
        if self.cursor.eat_all(&["PRIMARY", "KEY"]) {
            self.push(AlterOperation::AddPrimaryKey);
        } else if self.cursor.eat_all(&["FOREIGN", "KEY"]) {
            self.analysis.flags.foreign_key = true;
            self.push(AlterOperation::AddForeignKey { name });
        } else if self.cursor.at("CHECK") {
            self.cursor.next();
            self.push(AlterOperation::AddCheck { name });
        } else if self.cursor.eat("UNIQUE") {
            self.cursor.eat_any(&["INDEX", "KEY"]);
            self.index(name, true);
        } else if self.cursor.eat_any(&["FULLTEXT", "SPATIAL"]).is_some()
            || (self.cursor.at_all(&["VECTOR", "INDEX"]) && self.cursor.eat("VECTOR"))
        {
            self.cursor.eat_any(&["INDEX", "KEY"]);
            self.index(name, false);
        } else if self.cursor.eat_any(&["INDEX", "KEY"]).is_some() {
            self.index(name, false);
        } else if named {
            return None;
        } else {
            return Some(false);
        }
        Some(true)
    }

    /// The name of an index may be left out.
    fn index(&mut self, constraint: Option<String>, unique: bool) {
        self.if_not_exists();
        let written = if self.cursor.at("USING") || self.cursor.at_symbol("(") { None } else { self.cursor.name() };
        let name = written.or(constraint);
        self.push(AlterOperation::AddIndex { name, unique });
    }

    fn drop_part(&mut self) -> Option<()> {
        self.cursor.next();
        if self.cursor.eat_all(&["PRIMARY", "KEY"]) {
            self.push(AlterOperation::DropPrimaryKey);
            return Some(());
        }
        if self.cursor.at("PARTITION") {
            return self.partition("DROP");
        }
        if self.versioning("DROP") {
            return Some(());
        }
        let part = if self.cursor.eat_all(&["FOREIGN", "KEY"]) {
            "FOREIGN"
        } else {
            self.cursor.eat_any(&["INDEX", "KEY", "CONSTRAINT", "CHECK", "COLUMN"]).unwrap_or("COLUMN")
        };
        self.if_exists();
        let name = self.cursor.name()?;
        self.push(match part.to_ascii_uppercase().as_str() {
            "FOREIGN" => AlterOperation::DropForeignKey { name },
            "INDEX" | "KEY" => AlterOperation::DropIndex { name },
            "CONSTRAINT" | "CHECK" => AlterOperation::DropConstraint { name },
            _ => AlterOperation::DropColumn { name },
        });
        Some(())
    }

    fn modify(&mut self) -> Option<()> {
        self.cursor.next();
        self.cursor.eat("COLUMN");
        self.if_exists();
        let name = self.cursor.name()?;
        self.push(AlterOperation::ModifyColumn { name });
        Some(())
    }

    fn change(&mut self) -> Option<()> {
        self.cursor.next();
        self.cursor.eat("COLUMN");
        self.if_exists();
        let from = self.cursor.name()?;
        let to = self.cursor.name()?;
        self.push(AlterOperation::ChangeColumn { from, to });
        Some(())
    }

    fn alter_part(&mut self) -> Option<()> {
        self.cursor.next();
        if self.cursor.eat_any(&["INDEX", "KEY"]).is_some() {
            self.if_exists();
            let name = self.cursor.name()?;
            self.push(AlterOperation::IndexVisibility { name });
        } else if self.cursor.eat_any(&["CHECK", "CONSTRAINT"]).is_some() {
            let name = self.cursor.name()?;
            self.push(AlterOperation::AlterConstraint { name });
        } else {
            self.cursor.eat("COLUMN");
            self.if_exists();
            let name = self.cursor.name()?;
            let operation = if self.cursor.eat_all(&["SET", "DEFAULT"]) {
                AlterOperation::SetDefault { name }
            } else if self.cursor.eat_all(&["DROP", "DEFAULT"]) {
                AlterOperation::DropDefault { name }
            } else if self.cursor.eat("SET") {
                AlterOperation::ColumnVisibility { name }
            } else {
                return None;
            };
            self.push(operation);
        }
        Some(())
    }

    fn rename_part(&mut self) -> Option<()> {
        self.cursor.next();
        if self.cursor.eat_any(&["INDEX", "KEY"]).is_some() {
            self.if_exists();
            let (from, to) = self.renamed()?;
            self.push(AlterOperation::RenameIndex { from, to });
            return Some(());
        }
        // SQLite lets COLUMN be left out.
        let second_to = self.cursor.peek(1).is_some_and(|code| code.is_word("TO"));
        if self.cursor.at("COLUMN") || (second_to && !self.cursor.at("TO")) {
            self.cursor.eat("COLUMN");
            self.if_exists();
            let (from, to) = self.renamed()?;
            self.push(AlterOperation::RenameColumn { from, to });
            return Some(());
        }
        if self.cursor.eat_any(&["TO", "AS"]).is_none() {
            self.cursor.eat_symbol("=");
        }
        let ObjectName { schema, name, .. } = self.cursor.object(ObjectKind::Table)?;
        self.push(AlterOperation::RenameTo { schema, name });
        Some(())
    }

    fn renamed(&mut self) -> Option<(String, String)> {
        let from = self.cursor.name()?;
        self.cursor.eat("TO").then_some(())?;
        Some((from, self.cursor.name()?))
    }

    /// `SYSTEM VERSIONING`, `PERIOD FOR x`.
    fn versioning(&mut self, action: &str) -> bool {
        let found = self.cursor.eat_all(&["SYSTEM", "VERSIONING"]) || self.cursor.eat_all(&["PERIOD", "FOR"]);
        if found {
            let action = action.to_owned();
            self.push(AlterOperation::Versioning { action });
        }
        found
    }

    /// Nothing can follow an operation on partitions.
    fn partition(&mut self, action: &str) -> Option<()> {
        let action = action.to_ascii_uppercase();
        self.push(AlterOperation::Partition { action });
        while let Some(code) = self.cursor.next() {
            if code.is_word("WITH") && self.cursor.eat("TABLE") {
                let other = self.cursor.object(ObjectKind::Table)?;
                self.touch(How::Writes, other);
            }
        }
        Some(())
    }

    /// Reads an operation that is not `ADD`, `DROP`, `MODIFY`, `CHANGE`, `ALTER`, `RENAME`.
    fn table_option(&mut self) -> Option<()> {
        let word = self.cursor.peek(0)?.text;
        if one_of(word, PARTITION_VERBS) && self.cursor.peek(1).is_some_and(|code| code.is_word("PARTITION")) {
            return self.partition(word);
        }
        let first = self.cursor.next().filter(|code| code.kind == TokenKind::Word)?;
        let name = first.text.to_ascii_uppercase();
        let operation = match name.as_str() {
            "PARTITION" if self.cursor.at("BY") => return self.partition("BY"),
            "REMOVE" if self.cursor.at("PARTITIONING") => return self.partition("REMOVE"),
            "CONVERT" if self.cursor.eat("TO") => {
                self.cursor.eat_any(&["CHARACTER", "CHARSET"]);
                self.cursor.eat("SET");
                AlterOperation::ConvertCharset
            }
            "FORCE" => AlterOperation::Force,
            "ORDER" if self.cursor.eat("BY") => return self.order_by(),
            "ENGINE" => {
                self.cursor.eat_symbol("=");
                let name = self.cursor.name()?;
                AlterOperation::Engine { name }
            }
            "AUTO_INCREMENT" => AlterOperation::AutoIncrement,
            "DEFAULT" | "CHARACTER" | "CHARSET" | "COLLATE" => {
                self.cursor.eat("SET");
                self.cursor.eat_any(&["CHARACTER", "CHARSET", "COLLATE"]);
                self.cursor.eat("SET");
                AlterOperation::DefaultCharset
            }
            "ENABLE" | "DISABLE" | "DISCARD" | "IMPORT" => {
                let second = self.cursor.next()?.text.to_ascii_uppercase();
                let what = format!("{name} {second}");
                AlterOperation::Upkeep { what }
            }
            "WITH" | "WITHOUT" => {
                self.cursor.eat("VALIDATION").then_some(())?;
                AlterOperation::Modifier { name: "VALIDATION".into() }
            }
            _ if one_of(&name, MODIFIERS) => AlterOperation::Modifier { name },
            _ if self.cursor.at_symbol("=") || one_of(&name, &["COMMENT", "ROW_FORMAT"]) => {
                AlterOperation::Option { name }
            }
            _ => return None,
        };
        self.push(operation);
        self.option_value();
        Some(())
    }

    /// `= value`, so that the next option begins clean.
    fn option_value(&mut self) {
        if self.cursor.eat_symbol("=") && !self.cursor.at_symbol("(") {
            self.cursor.next();
        }
    }

    /// Its commas separate columns; what follows it is not looked at.
    fn order_by(&mut self) -> Option<()> {
        self.push(AlterOperation::OrderBy);
        while let Some(code) = self.cursor.next() {
            self.analysis.flags.partial |= code.is_symbol(",");
        }
        Some(())
    }
}
