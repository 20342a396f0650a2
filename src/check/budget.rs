//! How many tables the core schema may have.

use super::{Breach, CheckLevel, Context, Looked, check};
use crate::database::DbError;
use crate::sql::{Analysis, How, ObjectKind, StatementKind};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The check's name.
pub(super) const TABLE_BUDGET: &str = "table_budget";

/// How long a count is believed. Listing tables with what is a view takes milliseconds on every server, and this runs
/// before every file that creates a table.
const BELIEVED: Duration = Duration::from_secs(5);

/// How many tables core had when they were last listed, with what the files checked since then create and drop.
#[derive(Debug, Default)]
pub struct TableCount(Mutex<Option<(Instant, usize)>>);

impl TableCount {
    fn known(&self) -> Option<usize> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, count)| count)
    }

    fn listed(&self, count: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), count));
    }

    fn changed(&self, count: usize) {
        if let Some((_, known)) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            *known = count;
        }
    }
}

/// A copy knows nothing yet.
impl Clone for TableCount {
    fn clone(&self) -> Self {
        TableCount::default()
    }
}

/// What was counted is no setting.
impl PartialEq for TableCount {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TableCount {}

pub(super) async fn table_budget(context: &mut Context<'_>) -> Result<Looked, DbError> {
    let limit = context.settings.core_tables as usize;
    if !creates_table(context) {
        return Ok(Looked { at: "no table is created".to_owned(), breaches: Vec::new() });
    }
    let counted = &context.settings.counted;
    let blocks = check(TABLE_BUDGET).is_some_and(|check| context.settings.level(check) == CheckLevel::Block);
    if let Some(before) = counted.known() {
        let after = expected(context, before);
        // Where the budget is just overstepped, and where it stops a file, only a list will do.
        if after <= limit || (before > limit && !blocks) {
            counted.changed(after);
            return Ok(judged(context, after));
        }
    }
    let relations = context.session.relations(context.subject.core).await?;
    let names = relations.into_iter().filter(|object| object.kind == ObjectKind::Table).map(|object| object.name);
    let after = left_by(context, names).len();
    counted.listed(after);
    Ok(judged(context, after))
}

fn judged(context: &Context<'_>, count: usize) -> Looked {
    let (core, limit) = (context.subject.core, context.settings.core_tables);
    let looked = Looked::at(count, "table");
    if count <= limit as usize {
        return looked;
    }
    let message = format!(
        "{core} would have {count} tables, and its budget is {limit}: drop what is not needed, or raise budget.core_tables"
    );
    looked.with(vec![Breach::new(message)])
}

fn analyses<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Analysis> {
    context.subject.statements().iter().map(|s| &s.analysis).filter(|analysis| !analysis.flags.temporary)
}

fn creates_table(context: &Context<'_>) -> bool {
    analyses(context).any(|analysis| analysis.kind == StatementKind::CreateTable)
}

/// The count after the file, were each of its statements to do something.
fn expected(context: &Context<'_>, before: usize) -> usize {
    let mut count = before;
    for touch in analyses(context).flat_map(|analysis| &analysis.touches).filter(|t| t.object.kind == ObjectKind::Table)
    {
        match touch.how {
            How::Creates => count += 1,
            How::Drops => count = count.saturating_sub(1),
            _ => {}
        }
    }
    count
}

/// The tables of core after the file.
fn left_by(context: &Context<'_>, names: impl Iterator<Item = String>) -> BTreeSet<String> {
    let core = context.subject.core;
    let mut tables: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
    for touch in analyses(context).flat_map(|analysis| &analysis.touches) {
        let in_core = touch.object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core));
        if !in_core || touch.object.kind != ObjectKind::Table {
            continue;
        }
        let name = touch.object.name.to_lowercase();
        match touch.how {
            How::Creates | How::RenamesTo => tables.insert(name),
            How::Drops | How::RenamesFrom => tables.remove(&name),
            _ => false,
        };
    }
    tables
}
