//! Budget of the tables of the core schema.

use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{self, Block, Warn};
use crate::database::DbError;
use crate::model::Class;
use crate::sql::{Analysis, How, ObjectKind, StatementKind};
use std::collections::BTreeSet;

pub(super) const TABLE_BUDGET: Check =
    Check::pre("table_budget", [Warn, Block], CheckFn::Database(|context| Box::pin(table_budget(context))))
        .class(Class::C)
        .told(
            "The core schema keeps within its number of tables (budget.core_tables).",
            "a schema of few tables can be known by heart; each further one wants a reason",
            "drop what is not needed, or raise budget.core_tables",
        );

async fn table_budget(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let limit = context.settings.core_tables as usize;
    if !creates_table(context) {
        return Ok(CheckOutcome { compared: "no table is created".to_owned(), ..CheckOutcome::default() });
    }
    let counted = &context.settings.counted;
    let blocks = context.level == CheckLevel::Block;
    if let Some(before) = counted.known() {
        let after = expected(context, before);
        // Where the budget is just overstepped, and where it stops a file, only a list will do.
        if after <= limit || (before > limit && !blocks) {
            counted.changed(after);
            return Ok(judged(context, after));
        }
    }
    let relations = context.session.relations(context.file.core).await?;
    let names = relations.into_iter().filter(|object| object.kind == ObjectKind::Table).map(|object| object.name);
    let after = left_by(context, names).len();
    counted.listed(after);
    Ok(judged(context, after))
}

fn judged(context: &CheckContext<'_>, count: usize) -> CheckOutcome {
    let (core, limit) = (context.file.core, context.settings.core_tables);
    let outcome = CheckOutcome::counted(count, "table");
    if count <= limit as usize {
        return outcome;
    }
    let message = format!("{core} would have {count} tables, and its budget is {limit}");
    outcome.with(vec![Violation::new(message)])
}

fn analyses<'a>(context: &CheckContext<'a>) -> impl Iterator<Item = &'a Analysis> {
    context.file.statements().iter().map(|s| &s.analysis).filter(|analysis| !analysis.is_temporary())
}

fn creates_table(context: &CheckContext<'_>) -> bool {
    analyses(context).any(|analysis| analysis.kind == StatementKind::CreateTable)
}

/// The count after the file, were each of its statements to do something.
fn expected(context: &CheckContext<'_>, before: usize) -> usize {
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
fn left_by(context: &CheckContext<'_>, names: impl Iterator<Item = String>) -> BTreeSet<String> {
    let core = context.file.core;
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
