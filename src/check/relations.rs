//! Relations that the directory declares (`[[relations]]`), in place of foreign keys: rows that a file leaves without
//! their parents. What was orphaned before the file is nobody's fault.

use super::context::CheckContext;
use super::count::PATIENCE;
use super::declared::{concerned, orphaned, question};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Block;
use crate::database::DbError;
use crate::model::Class;

pub(super) const RELATIONS_HELD: Check =
    Check::post("relations_held", [Block, Block], CheckFn::Database(|c| Box::pin(relations_held(c))))
        .class(Class::A)
        .within(PATIENCE)
        .told(
            "Rows of tables that the file touched have the parents that [[relations]] in batch.toml declares.",
            "no foreign key keeps such rows: what reads child and parent together loses them in silence",
            "bring the parents in the same file, before their children; delete the children of what goes",
        );

async fn relations_held(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let (core, dialect) = (context.file.core, context.file.dialect);
    let seen = std::mem::take(&mut context.known.relations);
    let relations = concerned(context.file.statements(), &seen.declared, core);
    let mut outcome = CheckOutcome::of(relations.len(), "relation", Vec::new());
    for relation in relations {
        let now = orphaned(context.data().await?, relation, core, dialect).await?;
        let before = seen.before.iter().find(|before| before.key == relation.to_string()).map(|before| before.rows);
        let asked = question(relation, core, dialect)?;
        match (before, now) {
            (Some(before), Some(now)) if now > before => {
                let rows = if now == 1 { "1 row" } else { &format!("{now} rows") };
                let seen = format!(
                    "{rows} of {} have a {} that is not in {} ({before} before the file)",
                    relation.child.table, relation.child.column, relation.parent
                );
                outcome.violations.push(Violation::new(seen).asked(asked));
            }
            (Some(_), Some(_)) => {}
            _ => outcome.undecided.push(
                Violation::new(format!("{relation} could not be counted within {PATIENCE} s, before or after"))
                    .asked(asked),
            ),
        }
    }
    Ok(outcome)
}
