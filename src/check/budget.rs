//! How many tables the core schema may have.

use super::{Breach, Context, Looked};
use crate::database::DbError;
use crate::sql::{ObjectKind, StatementKind};
use std::collections::BTreeSet;

pub(super) async fn table_budget(context: &mut Context<'_>) -> Result<Looked, DbError> {
    let (core, limit) = (context.subject.core, context.settings.core_tables as usize);
    if !creates_table(context) {
        return Ok(Looked { at: "no table is created".to_owned(), breaches: Vec::new() });
    }
    let relations = context.session.relations(core).await?;
    let tables = relations.into_iter().filter(|object| object.kind == ObjectKind::Table);
    let mut tables: BTreeSet<String> = tables.map(|object| object.name.to_lowercase()).collect();
    for statement in context.subject.statements() {
        let analysis = &statement.analysis;
        if analysis.flags.temporary {
            continue;
        }
        for touch in &analysis.touches {
            let in_core = touch.object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core));
            if !in_core || touch.object.kind != ObjectKind::Table {
                continue;
            }
            let name = touch.object.name.to_lowercase();
            match touch.how {
                crate::sql::How::Creates | crate::sql::How::RenamesTo => tables.insert(name),
                crate::sql::How::Drops | crate::sql::How::RenamesFrom => tables.remove(&name),
                _ => false,
            };
        }
    }
    let looked = Looked::at(tables.len(), "table");
    if tables.len() <= limit {
        return Ok(looked);
    }
    let count = tables.len();
    let message = format!(
        "{core} would have {count} tables, and its budget is {limit}: drop what is not needed, or raise budget.core_tables"
    );
    Ok(looked.with(vec![Breach::new(message)]))
}

fn creates_table(context: &Context<'_>) -> bool {
    let creates = |kind, temporary: bool| kind == StatementKind::CreateTable && !temporary;
    context.subject.statements().iter().any(|s| creates(s.analysis.kind, s.analysis.flags.temporary))
}
