//! The rows that stand once a file has run, against the definitions to which its undo leads back.

use super::alteration::qualified;
use super::context::{CheckContext, CheckedFile};
use super::count::count;
use super::outcome::Violation;
use crate::database::DbError;
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind};
use crate::undo::precheck::questions;

/// True if a file leaves tables of which it can be asked whether their rows would fit back.
pub(crate) fn asks_definitions(file: &CheckedFile<'_>) -> bool {
    !tables(file).is_empty()
}

/// The tables that a file defines anew, under one name and with the same columns' names, and whose rows it leaves to
/// others: its own go before the definition returns. Nothing where a rollback script has the first word.
fn tables<'a>(file: &CheckedFile<'a>) -> Vec<(&'a Statement, &'a ObjectName)> {
    use AlterOperation::{ChangeColumn, RenameColumn, RenameTo};
    let has_script = file.down.is_some_and(|down| down.is_ok_and(|script| !script.statements.is_empty()));
    let statements = file.statements();
    if has_script || statements.iter().any(|s| s.analysis.kind.is_opaque()) {
        return Vec::new();
    }
    let touches = |object: &ObjectName, wanted: &dyn Fn(&Statement, How) -> bool| {
        statements.iter().any(|s| s.analysis.touches.iter().any(|t| t.object == *object && wanted(s, t.how)))
    };
    let names_anew = |s: &Statement| {
        let renames = |o: &AlterOperation| matches!(o, RenameColumn { .. } | RenameTo { .. } | ChangeColumn { .. });
        s.analysis.operations.iter().any(renames)
    };
    let mut found: Vec<(&Statement, &ObjectName)> = Vec::new();
    for statement in statements {
        let alters = matches!(statement.analysis.kind, StatementKind::AlterTable | StatementKind::DropIndex);
        for touch in statement.analysis.touches.iter().filter(|_| alters && !statement.analysis.is_temporary()) {
            let object = &touch.object;
            let is_table = object.kind == ObjectKind::Table && touch.how == How::Alters;
            let moves = |s: &Statement, how: How| {
                names_anew(s)
                    || matches!(how, How::Writes | How::Creates | How::Drops | How::RenamesFrom | How::RenamesTo)
            };
            let is_new = !found.iter().any(|(_, known)| *known == object);
            if is_table && is_new && !touches(object, &moves) {
                found.push((statement, object));
            }
        }
    }
    found
}

/// Rows at which the undo of the file would stop. What cannot be told in time is no word about them.
pub(super) async fn misfits(context: &mut CheckContext<'_>) -> Result<Vec<Violation>, DbError> {
    let (file, dialect) = (context.file, context.file.dialect);
    let mut violations = Vec::new();
    for (statement, table) in tables(file) {
        let name = crate::undo::named(table);
        let before = file.stood.iter().find(|stood| stood.object == name).and_then(|stood| stood.text.as_deref());
        let found = context.session.inspect(std::slice::from_ref(table)).await?;
        let now = found.into_iter().next().and_then(|definition| definition.text);
        let (Some(before), Some(now)) = (before, now) else { continue };
        let asked = questions(&qualified(table, file.core), (&now, before), &[], dialect).unwrap_or_default();
        for question in asked.into_iter().filter(|question| !question.loses) {
            let rows = count(context.data().await?, &question, dialect).await?.unwrap_or(0);
            if rows > 0 {
                let noun = if rows == 1 { "row" } else { "rows" };
                let seen = format!("the undo would stop at {rows} {noun} {}", question.what);
                violations.push(Violation::at(statement, seen).asked(question.sql));
            }
        }
    }
    Ok(violations)
}
