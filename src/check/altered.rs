//! Answers of the server and of the data about the alterations of a file, asked once for all checks.

use super::alteration::{Alteration, alterations};
use super::context::CheckContext;
use super::count::{Sized, count, details, first_rows, size};
use super::facts::{Altered, Answer, Size};
use super::means::ladder;
use super::twin::Twin;
use crate::database::{DbError, ErrorKind, Session};
use crate::sql::{AlterOperation, Dialect, Statement, StatementKind};
use crate::undo::precheck::{self, RenamedColumn};
use crate::undo::words;
use std::sync::Arc;

/// Gives what is known of the alterations of the file.
pub(super) async fn altered(context: &mut CheckContext<'_>) -> Result<Arc<Vec<Altered>>, DbError> {
    if let Some(known) = &context.known.altered {
        return Ok(Arc::clone(known));
    }
    let mut all = Vec::new();
    for alteration in alterations(context.file) {
        let mut known = ask(context, &alteration).await?;
        if let Some(place) = &alteration.rows_behind {
            leave_open(&mut known, place, context.file.ahead);
        }
        all.push(known);
    }
    let all = Arc::new(all);
    context.known.altered = Some(Arc::clone(&all));
    Ok(all)
}

/// Takes the answers of the data for what they are: others may be there when its turn comes, and a statement may stand
/// before it just to mend what is in its way.
fn leave_open(known: &mut Altered, place: &str, ahead: bool) {
    let answers = std::mem::take(&mut known.answers);
    if !ahead || known.open.is_some() || known.size.rows == 0 {
        return;
    }
    let in_the_way = |answer: &Answer| answer.rows.filter(|rows| *rows > 0).map(|rows| answer.told(rows, &known.table));
    let told: Vec<String> = answers.iter().filter_map(in_the_way).collect();
    if !answers.is_empty() {
        let now = if told.is_empty() { "none of them is in its way".to_owned() } else { told.join(", ") };
        known.open = Some(format!("{place} changes rows of {} before it; as they stand now, {now}", known.table));
    }
}

async fn ask(context: &mut CheckContext<'_>, alteration: &Alteration<'_>) -> Result<Altered, DbError> {
    let mut known = Altered {
        statement: alteration.statement.index,
        table: alteration.label(context.file.core),
        ..Altered::default()
    };
    let dialect = context.file.dialect;
    if let Some(place) = &alteration.behind {
        // Rows that are there now may be in its way then; others the plan brings itself.
        let has_rows = context.file.ahead && {
            let rows = first_rows(context.data().await?, &alteration.table, 1, dialect).await;
            // A table that is not there has none.
            rows.is_ok_and(|rows| rows > 0)
        };
        known.open = has_rows.then(|| format!("{place} changes {} before it", known.table));
        return Ok(known);
    }
    let size = match size(context.data().await?, &alteration.table, dialect).await? {
        Sized::Known(size) => size,
        Sized::Missing => return Ok(known),
        Sized::Held => {
            known.open = Some(format!("others hold {}", known.table));
            return Ok(known);
        }
    };
    known.size = size;
    // Nothing is slow, and nothing in the way, in an empty table; the server may refuse the statement all the same.
    if size.rows == 0 {
        if context.file.ahead && dialect != Dialect::Sqlite {
            known.refused = refused_of_empty(context, alteration).await?;
        }
        return Ok(known);
    }
    if dialect == Dialect::Sqlite {
        known.answers = super::sqlite_data::answers(context.data().await?, alteration).await?;
        return Ok(known);
    }
    let is_large = size.rows >= context.settings.large_rows;
    if !context.file.ahead && !is_large && !concerns_rows(alteration) {
        return Ok(known);
    }
    if context.file.ahead {
        known.size = Size { rows: size.rows, ..details(context.session, &alteration.table, dialect).await? };
    }
    match ask_twin(context, alteration, &mut known).await {
        Ok(()) => {}
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) => known.open = Some(format!("no twin of {} can be asked: {}", known.table, error.message)),
    }
    Ok(known)
}

/// What the server says against an alteration of an empty table.
async fn refused_of_empty(
    context: &mut CheckContext<'_>,
    alteration: &Alteration<'_>,
) -> Result<Option<String>, DbError> {
    let mut known = Altered::default();
    match ask_twin(context, alteration, &mut known).await {
        Ok(()) => Ok(known.refused),
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Err(error) => {
            tracing::debug!(%error, "no twin can be asked");
            Ok(None)
        }
    }
}

/// True if rows can be in the way of an alteration.
fn concerns_rows(alteration: &Alteration<'_>) -> bool {
    use AlterOperation::{AddCheck, AddForeignKey, AddIndex, AddPrimaryKey, ChangeColumn, ModifyColumn};
    let adds = |op: &AlterOperation| match op {
        AddIndex { unique, .. } => *unique,
        AddPrimaryKey | AddForeignKey { .. } | AddCheck { .. } | ModifyColumn { .. } | ChangeColumn { .. } => true,
        _ => false,
    };
    let is_unique = |statement: &Statement| {
        let first = statement.plain().split_whitespace().nth(1);
        statement.analysis.kind == StatementKind::CreateIndex
            && first.is_some_and(|word| word.eq_ignore_ascii_case("UNIQUE"))
    };
    alteration.has(adds) || is_unique(alteration.statement)
}

/// A twin shows what becomes of the definition; a large table's also, by which means.
async fn ask_twin(
    context: &mut CheckContext<'_>,
    alteration: &Alteration<'_>,
    known: &mut Altered,
) -> Result<(), DbError> {
    let dialect = context.file.dialect;
    let moves = |op: &AlterOperation| matches!(op, AlterOperation::RenameTo { .. } | AlterOperation::Partition { .. });
    if alteration.has(moves) {
        return Ok(());
    }
    let is_large = known.size.rows >= context.settings.large_rows;
    let concerns_keys = alteration.has(|op| {
        matches!(
            op,
            AlterOperation::AddForeignKey { .. }
                | AlterOperation::DropForeignKey { .. }
                | AlterOperation::DropConstraint { .. }
        )
    }) || alteration.statement.analysis.kind == StatementKind::DropIndex
        || alteration.has(|op| matches!(op, AlterOperation::DropIndex { .. }));
    if (!is_large || context.file.scratch.is_none()) && !concerns_keys {
        let twin = Twin::temporary(context.session, &alteration.table, dialect).await?;
        let tried = try_plainly(context.session, &twin, alteration, known, dialect).await;
        twin.drop(context.session).await?;
        // What a temporary table cannot do says nothing of the table.
        if tried? {
            ask_data(context, alteration, known).await?;
            if !is_large {
                return Ok(());
            }
        }
    }
    let Some(scratch) = context.file.scratch else {
        known.refused = None;
        known.open = Some(format!(
            "no twin of {} can stand anywhere: Caribou has no schema of its own here yet (`caribou schema install` makes them; \
             so does the first `caribou migrate`)",
            known.table
        ));
        return Ok(());
    };
    let definition = context.session.inspect(std::slice::from_ref(&alteration.table)).await?;
    let Some(text) = definition.into_iter().next().and_then(|definition| definition.text) else { return Ok(()) };
    let made = Twin::in_schema(context.session, (&alteration.table, &text), scratch, dialect).await?;
    let Some(twin) = made else { return Ok(()) };
    let tried = match is_large {
        true => try_means(context.session, &twin, alteration, known, dialect).await,
        false => try_plainly(context.session, &twin, alteration, known, dialect).await.map(drop),
    };
    twin.drop(context.session).await?;
    tried?;
    ask_data(context, alteration, known).await
}

/// Runs the statement on the twin. Whether the server took it.
async fn try_plainly(
    session: &mut dyn Session,
    twin: &Twin,
    alteration: &Alteration<'_>,
    known: &mut Altered,
    dialect: Dialect,
) -> Result<bool, DbError> {
    let Some(text) = twin.statement(alteration.statement, &alteration.table, dialect) else { return Ok(true) };
    let before = twin.definition(session).await?;
    known.refused = None;
    match session.run(&text).await {
        Ok(_) => known.definitions = Some((before, twin.definition(session).await?)),
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) => known.refused = Some(error.message),
    }
    Ok(known.refused.is_none())
}

/// Tries the statement by the lightest means first.
async fn try_means(
    session: &mut dyn Session,
    twin: &Twin,
    alteration: &Alteration<'_>,
    known: &mut Altered,
    dialect: Dialect,
) -> Result<(), DbError> {
    let kind = alteration.statement.analysis.kind;
    if says_how(alteration, dialect) {
        return try_plainly(session, twin, alteration, known, dialect).await.map(drop);
    }
    let Some(text) = twin.statement(alteration.statement, &alteration.table, dialect) else { return Ok(()) };
    let (before, number) = (twin.definition(session).await?, twin.number(session, dialect).await);
    for means in ladder(kind, dialect) {
        match session.run(&Twin::by(&text, means, kind)).await {
            Ok(_) => {
                known.means = Some(means);
                known.definitions = Some((before, twin.definition(session).await?));
                let after = twin.number(session, dialect).await;
                known.rebuilds = number.zip(after).map(|(before, after)| before != after);
                return Ok(());
            }
            // ALTER_OPERATION_NOT_SUPPORTED, with and without a reason.
            Err(error) if matches!(error.code.as_deref(), Some("1845" | "1846")) => {
                known.reason = reason(&error.message).or(known.reason.take());
            }
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => {
                known.refused = Some(error.message);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// True if the author says algorithm or lock.
fn says_how(alteration: &Alteration<'_>, dialect: Dialect) -> bool {
    let modifies = alteration.has(|op| matches!(op, AlterOperation::Modifier { .. }));
    modifies
        || words(alteration.statement.plain(), dialect)
            .is_ok_and(|words| words.iter().any(|word| word.depth == 0 && (word.is("ALGORITHM") || word.is("LOCK"))))
}

/// `Reason: … .` of the server's message.
fn reason(message: &str) -> Option<String> {
    let behind = message.split("Reason: ").nth(1)?;
    Some(behind.split(". Try").next().unwrap_or(behind).to_owned())
}

/// Asks the data whether its rows fit the definition to come.
async fn ask_data(
    context: &mut CheckContext<'_>,
    alteration: &Alteration<'_>,
    known: &mut Altered,
) -> Result<(), DbError> {
    let Some((before, after)) = &known.definitions else { return Ok(()) };
    let renamed: Vec<RenamedColumn> = alteration.statement.analysis.operations.iter().filter_map(renamed).collect();
    let questions =
        precheck::questions(&alteration.table, (before, after), &renamed, context.file.dialect).unwrap_or_default();
    for question in questions {
        let rows = count(context.session, &question, context.file.dialect).await?;
        known.answers.push(Answer { question, rows });
    }
    Ok(())
}

fn renamed(operation: &AlterOperation) -> Option<RenamedColumn> {
    match operation {
        AlterOperation::RenameColumn { from, to } | AlterOperation::ChangeColumn { from, to } if from != to => {
            Some(RenamedColumn { now: from.clone(), before: to.clone() })
        }
        _ => None,
    }
}
