//! Alterations of tables that are there: which statements of a file they are, and whether they can be asked about now.

use super::context::CheckedFile;
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind};

/// A statement that changes the definition of a table which is there.
#[derive(Debug, Clone)]
pub(super) struct Alteration<'a> {
    pub(super) statement: &'a Statement,
    /// With its schema.
    pub(super) table: ObjectName,
    /// The statement before it that changes the table's definition, where there is one.
    pub(super) behind: Option<String>,
    /// The statement before it that changes the table's rows, where there is one.
    pub(super) rows_behind: Option<String>,
}

/// The alterations of a file; those of tables that the file or an earlier one makes are none.
pub(super) fn alterations<'a>(file: &CheckedFile<'a>) -> Vec<Alteration<'a>> {
    let mut found = Vec::new();
    let is_alteration = |statement: &Statement| {
        use StatementKind::{AlterTable, CreateIndex, DropIndex};
        matches!(statement.analysis.kind, AlterTable | CreateIndex | DropIndex) && !statement.analysis.is_temporary()
    };
    let statements = file.statements();
    if !statements.iter().any(is_alteration) {
        return found;
    }
    let mut earlier = file.earlier.clone();
    for statement in statements {
        let altered = statement.analysis.touches.iter().find(|touch| touch.how == How::Alters);
        if let Some(touch) = altered.filter(|_| is_alteration(statement))
            && !earlier.makes(&touch.object, file.core)
        {
            let behind = earlier.changes(&touch.object, file.core).map(str::to_owned);
            let rows_behind = earlier.writes(&touch.object, file.core).map(str::to_owned);
            found.push(Alteration { statement, table: qualified(&touch.object, file.core), behind, rows_behind });
        }
        earlier.advance(statement, &format!("statement {}", statement.index + 1), file.core);
    }
    found
}

/// A table's name with its schema.
pub(super) fn qualified(object: &ObjectName, core: &str) -> ObjectName {
    let schema = object.schema.as_deref().unwrap_or(core);
    ObjectName::qualified(ObjectKind::Table, schema, object.name.clone())
}

impl Alteration<'_> {
    /// The table's name for people: without its schema where that is core.
    pub(super) fn label(&self, core: &str) -> String {
        match &self.table.schema {
            Some(schema) if !schema.eq_ignore_ascii_case(core) => self.table.to_string(),
            _ => self.table.name.clone(),
        }
    }

    /// True if an operation of it is one of these.
    pub(super) fn has(&self, wanted: impl Fn(&AlterOperation) -> bool) -> bool {
        self.statement.analysis.operations.iter().any(wanted)
    }
}
