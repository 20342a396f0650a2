//! Alterations that SQLite does not know, and rebuilds of tables in their place.

use super::columns::{self, Does};
use super::context::{CheckContext, CheckedFile};
use super::definition::{Check, CheckFn};
use super::dependences::standing;
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::settings::CheckSettings;
use crate::database::DbError;
use crate::sql::{AlterOperation, Dialect, ForeignKeyChecks, How, ObjectKind, ObjectName, Statement, StatementKind};

pub(super) const ALTER_UNKNOWN: Check = Check::pre("alter_unknown", [Block, Block], CheckFn::Text(alter_unknown)).told(
    "Every ALTER TABLE is one that SQLite knows: it adds, drops and renames columns, and renames tables.",
    "the statement fails there, with the statements before it done already",
    "make a table as it is to be, copy the rows, drop the old one, rename the new one; a unique column by CREATE UNIQUE INDEX",
);

pub(super) const REBUILD_FORGETS: Check =
    Check::pre("rebuild_forgets", [Warn, Block], CheckFn::Database(|c| Box::pin(rebuild_forgets(c)))).told(
        "A table that is rebuilt on SQLite has its indexes and triggers again.",
        "they go with the old table, and nothing says so: queries get slow, what triggers did is not done any more",
        "make them again behind ALTER TABLE … RENAME TO",
    );

pub(super) const REBUILD_WITH_KEYS: Check =
    Check::pre("rebuild_with_keys", [Warn, Block], CheckFn::Text(rebuild_with_keys)).told(
        "No table is rebuilt on SQLite while foreign keys are enforced.",
        "DROP TABLE deletes the rows first: children with ON DELETE CASCADE lose theirs, and any others make it fail",
        "PRAGMA foreign_keys = OFF before the rebuild, outside a transaction, and PRAGMA foreign_key_check behind it",
    );

/// The ALTERs that SQLite has no words for.
pub(super) fn alter_unknown(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if file.dialect != Dialect::Sqlite {
        return CheckOutcome::idle();
    }
    let alters: Vec<&Statement> =
        file.statements().iter().filter(|s| s.analysis.kind == StatementKind::AlterTable).collect();
    let violations = alters.iter().filter_map(|s| Some(Violation::at(s, unknown(s)?))).collect();
    CheckOutcome::of(alters.len(), "statement", violations)
}

/// The part of an ALTER TABLE that SQLite has no word for.
fn unknown(statement: &Statement) -> Option<String> {
    use AlterOperation::{AddForeignKey, AddIndex, AddPrimaryKey, ChangeColumn, DropPrimaryKey, ModifyColumn};
    let operations = &statement.analysis.operations;
    let strange = operations.iter().find_map(|op| match op {
        ModifyColumn { name } => Some(format!("MODIFY {name}")),
        ChangeColumn { from, .. } => Some(format!("CHANGE {from}")),
        AddIndex { .. } => Some("ADD INDEX".to_owned()),
        AddPrimaryKey => Some("ADD PRIMARY KEY".to_owned()),
        DropPrimaryKey => Some("DROP PRIMARY KEY".to_owned()),
        AddForeignKey { .. } => Some("ADD FOREIGN KEY".to_owned()),
        _ => None,
    });
    if let Some(what) = strange {
        return Some(format!("SQLite has no ALTER TABLE … {what}"));
    }
    let added = columns::written(statement, Dialect::Sqlite).into_iter();
    let keyed = added.filter(|column| column.does == Does::Adds).find(|column| column.primary || column.unique);
    keyed.map(|column| {
        let what = if column.unique { "UNIQUE" } else { "PRIMARY KEY" };
        format!("SQLite adds no column that is {what}, as {} is to be", column.name)
    })
}

/// Tables that a file drops and puts another in the place of: where they are dropped.
fn rebuilt<'a>(file: &CheckedFile<'a>) -> Vec<(&'a Statement, &'a ObjectName)> {
    let statements = file.statements();
    let mut found = Vec::new();
    for (at, statement) in statements.iter().enumerate().filter(|(_, s)| s.analysis.kind == StatementKind::DropTable) {
        for touch in statement.analysis.touches.iter().filter(|touch| touch.how == How::Drops) {
            let returns = |s: &Statement| {
                let mut touches = s.analysis.touches.iter();
                touches.any(|t| t.how == How::RenamesTo && t.object.name.eq_ignore_ascii_case(&touch.object.name))
            };
            if statements[at..].iter().any(returns) {
                found.push((statement, &touch.object));
            }
        }
    }
    found
}

async fn rebuild_forgets(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let rebuilt = if context.file.dialect == Dialect::Sqlite { rebuilt(context.file) } else { Vec::new() };
    if rebuilt.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let standing = standing(context).await?;
    let mut violations = Vec::new();
    for (statement, table) in &rebuilt {
        for (kind, name, of) in standing.hanging.iter().filter(|(.., of)| of.eq_ignore_ascii_case(&table.name)) {
            let again = |s: &Statement| {
                let mut touches = s.analysis.touches.iter();
                touches.any(|t| {
                    matches!(t.object.kind, ObjectKind::Index | ObjectKind::Trigger)
                        && t.how == How::Creates
                        && t.object.name.eq_ignore_ascii_case(name)
                })
            };
            if !context.file.statements()[statement.index as usize..].iter().any(again) {
                let seen = format!("the {kind} {name} goes with the old {of}, and is not made again");
                violations.push(Violation::at(statement, seen));
            }
        }
    }
    Ok(CheckOutcome::of(rebuilt.len(), "table", violations))
}

fn rebuild_with_keys(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let rebuilt = if file.dialect == Dialect::Sqlite { rebuilt(file) } else { Vec::new() };
    let mut violations = Vec::new();
    for (statement, table) in &rebuilt {
        if statement.foreign_key_checks == ForeignKeyChecks::On {
            violations.push(Violation::at(statement, format!("it drops {table} while foreign_keys is on")));
        }
    }
    CheckOutcome::of(rebuilt.len(), "table", violations)
}
