//! What is broken in core: views that cannot be read, rows without the parents that their keys demand.

use super::alteration::qualified;
use super::context::{CheckContext, CheckedFile};
use super::count::{AT_ONCE, bounded, count, first_rows};
use super::dependences::standing;
use crate::database::{DbError, ErrorKind};
use crate::model::Orphans;
use crate::sql::{AlterOperation, ForeignKeyChecks, How, ObjectKind, ObjectName, Statement, StatementKind, quote_name};
use std::collections::BTreeSet;

/// A view that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) view: String,
    pub(super) question: String,
    pub(super) answer: String,
}

/// A foreign key that rows break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokenKey {
    pub(super) orphans: Orphans,
    /// What is wrong, in words that follow a number of rows.
    pub(super) what: String,
    pub(super) question: String,
}

/// What was counted of foreign keys.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Keys that were looked at.
    pub(super) keys: usize,
    pub(super) broken: Vec<BrokenKey>,
    /// Tables that are too large for it, or that others hold.
    pub(super) uncounted: Vec<String>,
}

/// The views that a file may have broken: those that name what it takes away or defines anew.
pub(super) async fn views_concerned(context: &mut CheckContext<'_>) -> Result<Vec<String>, DbError> {
    let changed = names_gone(context.file);
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let on = |text: &str| changed.iter().any(|object| text.to_lowercase().contains(&object.name.to_lowercase()));
    let standing = standing(context).await?;
    Ok(standing.views.iter().filter(|(_, text)| on(text)).map(|(name, _)| name.clone()).collect())
}

/// Those of some views that cannot be read. One that others hold is not told.
pub(super) async fn unreadable(context: &mut CheckContext<'_>, views: &[String]) -> Result<Vec<Unreadable>, DbError> {
    let (core, dialect) = (context.file.core, context.file.dialect);
    let mut found = Vec::new();
    for name in views {
        let view = ObjectName::qualified(ObjectKind::View, core, name.as_str());
        let question = format!("SELECT * FROM {} LIMIT 0", quote_name(&view, dialect)?);
        match context.data().await?.query_text(&bounded(&question, AT_ONCE, dialect)).await {
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::Timeout | ErrorKind::Interrupted) => {}
            Err(error) => found.push(Unreadable { view: name.clone(), question, answer: error.message }),
        }
    }
    Ok(found)
}

/// The tables that a file writes or changes while foreign keys are not enforced.
pub(super) fn written_unenforced(file: &CheckedFile<'_>) -> BTreeSet<ObjectName> {
    touched_by(file, &[How::Writes, How::Alters, How::RenamesTo], |s| is_unenforced(file, s))
}

/// True if foreign keys may not be enforced where a statement runs. SQLite is never asked for it here.
fn is_unenforced(file: &CheckedFile<'_>, statement: &Statement) -> bool {
    !file.dialect.is_mysql_family() || statement.foreign_key_checks != ForeignKeyChecks::On
}

/// True if a statement drops a table whose name a later one of its file gives again: perhaps without its rows.
fn makes_anew(file: &CheckedFile<'_>, statement: &Statement) -> bool {
    let mut dropped = statement.analysis.touches.iter().filter(|touch| touch.how == How::Drops);
    dropped.any(|touch| file.gives_again(&touch.object, statement))
}

/// The same, and the tables that refer to those from which the file may have taken parents.
pub(super) async fn keys_concerned(context: &mut CheckContext<'_>) -> Result<BTreeSet<ObjectName>, DbError> {
    use StatementKind::{AlterTable, Delete, DropTable, Replace, Truncate, Update};
    let file = context.file;
    let mut tables = written_unenforced(file);
    let takes = |s: &Statement| {
        let kind = s.analysis.kind;
        let takes = matches!(kind, Delete | Update | Replace | Truncate | AlterTable) || kind.is_opaque();
        is_unenforced(file, s) && (takes || (kind == DropTable && makes_anew(file, s)))
    };
    let parents = touched_by(file, &[How::Writes, How::Alters, How::Drops], takes);
    if parents.is_empty() {
        return Ok(tables);
    }
    let standing = standing(context).await?;
    let same = |one: &ObjectName, other: &ObjectName| one.name.eq_ignore_ascii_case(&other.name);
    for relation in standing.relations.iter().filter(|relation| relation.object.kind == ObjectKind::Table) {
        let is_known = tables.iter().any(|table| same(table, &relation.object));
        if !is_known && parents.iter().any(|parent| same(parent, &relation.on)) {
            tables.insert(relation.object.clone());
        }
    }
    Ok(tables)
}

/// Counts the rows of tables that break their foreign keys.
pub(super) async fn broken_keys<'t>(
    context: &mut CheckContext<'_>,
    tables: impl IntoIterator<Item = &'t ObjectName>,
) -> Result<Counted, DbError> {
    let mut counted = Counted::default();
    for table in tables {
        let table = qualified(table, context.file.core);
        match context.file.dialect.is_mysql_family() {
            true => on_server(context, &table, &mut counted).await?,
            false => embedded(context, &table, &mut counted).await?,
        }
    }
    Ok(counted)
}

async fn on_server(context: &mut CheckContext<'_>, table: &ObjectName, to: &mut Counted) -> Result<(), DbError> {
    let dialect = context.file.dialect;
    let found = context.session.inspect(std::slice::from_ref(table)).await?;
    let Some(text) = found.into_iter().next().and_then(|definition| definition.text) else { return Ok(()) };
    let questions = crate::undo::precheck::keys(table, &text, dialect).unwrap_or_default();
    to.keys += questions.len();
    for question in questions {
        match count(context.session, &question, dialect).await? {
            Some(0) => {}
            Some(rows) => to.broken.push(BrokenKey {
                orphans: Orphans { table: table.name.clone(), key: question.subject, rows },
                what: question.what,
                question: question.sql,
            }),
            None => to.uncounted.push(table.name.clone()),
        }
    }
    Ok(())
}

async fn embedded(context: &mut CheckContext<'_>, table: &ObjectName, to: &mut Counted) -> Result<(), DbError> {
    let dialect = context.file.dialect;
    let schema = crate::sql::quote_identifier(context.file.core, dialect)?;
    let name = crate::sql::quote_identifier(&table.name, dialect)?;
    let question = format!("PRAGMA {schema}.foreign_key_check({name})");
    // It reads every row of the table, and nothing ends it before.
    let most = context.settings.large_rows;
    if first_rows(context.data().await?, table, most, dialect).await.is_ok_and(|rows| rows >= most) {
        to.uncounted.push(table.name.clone());
        return Ok(());
    }
    let rows = match context.data().await?.query_text(&question).await {
        Ok(rows) => rows,
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(_) => return Ok(()), // no such table any more
    };
    to.keys += 1;
    let parents: BTreeSet<String> = rows.iter().map(|row| row.get_text(2)).collect();
    for parent in parents {
        let count = rows.iter().filter(|row| row.get_text(2) == parent).count() as u64;
        let what = format!("of {} have no parent in {parent}", table.name);
        let orphans = Orphans { table: table.name.clone(), key: parent, rows: count };
        to.broken.push(BrokenKey { orphans, what, question: question.clone() });
    }
    Ok(())
}

/// Tables and views of core that the file takes, or columns of which, or that it defines anew: no other change breaks
/// a view.
pub(super) fn names_gone(file: &CheckedFile<'_>) -> BTreeSet<ObjectName> {
    use AlterOperation::{ChangeColumn, DropColumn, ModifyColumn, RenameColumn};
    let takes = |op: &AlterOperation| {
        matches!(op, DropColumn { .. } | RenameColumn { .. } | ChangeColumn { .. } | ModifyColumn { .. })
    };
    let breaks = |s: &Statement| match s.analysis.kind {
        StatementKind::AlterTable => s.analysis.operations.iter().any(takes),
        StatementKind::CreateIndex | StatementKind::DropIndex => false,
        _ => true,
    };
    touched_by(file, &[How::Alters, How::Drops, How::RenamesFrom], breaks)
}

/// Tables and views of core that the file changes in one of these ways.
fn touched_by(file: &CheckedFile<'_>, ways: &[How], wanted: impl Fn(&Statement) -> bool) -> BTreeSet<ObjectName> {
    let core = file.core;
    let statements = file.statements().iter().filter(|s| !s.analysis.is_temporary() && wanted(s));
    let touches = statements.flat_map(|s| &s.analysis.touches);
    let of_core = |object: &ObjectName| object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core));
    touches
        .filter(|t| {
            ways.contains(&t.how) && matches!(t.object.kind, ObjectKind::Table | ObjectKind::View) && of_core(&t.object)
        })
        .map(|t| t.object.clone())
        .collect()
}
