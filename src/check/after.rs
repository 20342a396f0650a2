//! Conditions that hold once a file has run: views can be read, and rows keep the keys that are declared.

use super::context::CheckContext;
use super::count::{AT_ONCE, bounded, count, first_rows};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::standing::standing;
use crate::database::{DbError, ErrorKind};
use crate::model::Class;
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind, quote_name};
use std::collections::BTreeSet;

pub(super) const VIEWS_READABLE: Check =
    Check::post("views_readable", [Warn, Block], CheckFn::Database(|c| Box::pin(views_readable(c))))
        .class(Class::A)
        .told(
            "Every view on a table that the file changed can still be read.",
            "a server does not look at views when a table changes: the first caller finds out",
            "change the view in the same file",
        );

pub(super) const KEYS_HELD: Check =
    Check::post("keys_held", [Warn, Block], CheckFn::Database(|c| Box::pin(keys_held(c)))).class(Class::A).told(
        "Rows of tables that the file wrote while foreign keys were not enforced have their parents.",
        "a server never looks at such rows again: they stay broken until something trips over them",
        "order the statements so that parents come first; delete what has none",
    );

/// Tables and views of core that the file takes, or columns of which, or that it defines anew: no other change breaks
/// a view.
fn names_gone(context: &CheckContext<'_>) -> BTreeSet<ObjectName> {
    use AlterOperation::{ChangeColumn, DropColumn, ModifyColumn, RenameColumn};
    let takes = |op: &AlterOperation| {
        matches!(op, DropColumn { .. } | RenameColumn { .. } | ChangeColumn { .. } | ModifyColumn { .. })
    };
    let breaks = |s: &Statement| match s.analysis.kind {
        StatementKind::AlterTable => s.analysis.operations.iter().any(takes),
        StatementKind::CreateIndex | StatementKind::DropIndex => false,
        _ => true,
    };
    touched_by(context, &[How::Alters, How::Drops, How::RenamesFrom], breaks)
}

/// Tables of core that the file changes in one of these ways.
fn touched(context: &CheckContext<'_>, ways: &[How]) -> BTreeSet<ObjectName> {
    touched_by(context, ways, |_| true)
}

fn touched_by(context: &CheckContext<'_>, ways: &[How], wanted: impl Fn(&Statement) -> bool) -> BTreeSet<ObjectName> {
    let core = context.file.core;
    let statements = context.file.statements().iter().filter(|s| !s.analysis.is_temporary() && wanted(s));
    let touches = statements.flat_map(|s| &s.analysis.touches);
    let of_core = |object: &ObjectName| object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core));
    touches
        .filter(|t| {
            ways.contains(&t.how) && matches!(t.object.kind, ObjectKind::Table | ObjectKind::View) && of_core(&t.object)
        })
        .map(|t| t.object.clone())
        .collect()
}

async fn views_readable(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let changed = names_gone(context);
    if changed.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let (core, dialect) = (context.file.core, context.file.dialect);
    let standing = standing(context).await?;
    let on = |text: &str| changed.iter().any(|object| text.to_lowercase().contains(&object.name.to_lowercase()));
    let concerned: Vec<&(String, String)> = standing.views.iter().filter(|(_, text)| on(text)).collect();
    let mut violations = Vec::new();
    for (name, _) in &concerned {
        let view = ObjectName::qualified(ObjectKind::View, core, name.as_str());
        let question = format!("SELECT * FROM {} LIMIT 0", quote_name(&view, dialect)?);
        match context.data().await?.query_text(&bounded(&question, AT_ONCE, dialect)).await {
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            // Others hold a table of it.
            Err(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::Timeout | ErrorKind::Interrupted) => {}
            Err(error) => violations
                .push(Violation::new(format!("the view {name} cannot be read: {}", error.message)).asked(question)),
        }
    }
    Ok(CheckOutcome::of(concerned.len(), "view", violations))
}

async fn keys_held(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let dialect = context.file.dialect;
    let unenforced = !dialect.is_mysql_family()
        || context.file.statements().iter().any(|s| s.plain().to_ascii_lowercase().contains("foreign_key_checks"));
    let written = touched(context, &[How::Writes, How::Alters, How::RenamesTo]);
    if !unenforced || written.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let (mut count, mut violations) = (0, Vec::new());
    for table in written {
        let table = super::alteration::qualified(&table, context.file.core);
        let (broken, keys) = broken_keys(context, &table).await?;
        count += keys;
        violations.extend(broken);
    }
    Ok(CheckOutcome::of(count, "foreign key", violations))
}

/// Keys of a table whose parents are missing, and how many keys it has.
async fn broken_keys(context: &mut CheckContext<'_>, table: &ObjectName) -> Result<(Vec<Violation>, usize), DbError> {
    let dialect = context.file.dialect;
    if !dialect.is_mysql_family() {
        let schema = crate::sql::quote_identifier(context.file.core, dialect)?;
        let name = crate::sql::quote_identifier(&table.name, dialect)?;
        let question = format!("PRAGMA {schema}.foreign_key_check({name})");
        // It reads every row of the table, and nothing ends it before.
        let most = context.settings.large_rows;
        if first_rows(context.data().await?, table, most, dialect).await.is_ok_and(|rows| rows >= most) {
            return Ok((Vec::new(), 0));
        }
        let rows = match context.data().await?.query_text(&question).await {
            Ok(rows) => rows,
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(_) => return Ok((Vec::new(), 0)), // no such table any more
        };
        let Some(first) = rows.first() else { return Ok((Vec::new(), 1)) };
        let seen = format!("{} rows of {} have no parent in {}", rows.len(), table.name, first.get_text(2));
        return Ok((vec![Violation::new(seen).asked(question)], 1));
    }
    let found = context.session.inspect(std::slice::from_ref(table)).await?;
    let Some(text) = found.into_iter().next().and_then(|definition| definition.text) else {
        return Ok((Vec::new(), 0));
    };
    let questions = crate::undo::precheck::keys(table, &text, dialect).unwrap_or_default();
    let mut violations = Vec::new();
    for question in &questions {
        let rows = count(context.session, question, dialect).await?.unwrap_or(0);
        if rows > 0 {
            violations.push(Violation::new(format!("{rows} rows {}", question.what)).asked(question.sql.clone()));
        }
    }
    Ok((violations, questions.len()))
}
