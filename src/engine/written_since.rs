//! Rows that others have written since a file ran, and that its undo would leave alone or lose: half of the blast radius,
//! and what tells how well the undo still fits (`3-rollback`, Before you approve).

use super::EngineError;
use super::texts::Text;
use crate::database::{Purpose, Session};
use crate::model::{File, KeptKind, Phase, UndoAct, UndoPlan};
use crate::sql::{How, ObjectKind, ObjectName, Statement, quote_name};
use crate::store::{Store, StoreError, kept};
use std::collections::BTreeSet;

/// Counts them; `None` where that cannot be told: there is no undo, or the account may not look at core's rows.
pub(super) async fn count(store: &Store, file: &File, text: &Text, plan: &UndoPlan) -> Option<u64> {
    let undo = match plan {
        UndoPlan::Nothing => return Some(0),
        UndoPlan::Impossible { .. } => return None,
        UndoPlan::Written { .. } | UndoPlan::Derived { .. } => plan,
    };
    match looked_up(store, file, text, undo).await {
        Ok(rows) => Some(rows),
        Err(error) => {
            tracing::debug!(%error, file = %file.path, "cannot tell what was written since");
            None
        }
    }
}

async fn looked_up(store: &Store, file: &File, text: &Text, plan: &UndoPlan) -> Result<u64, EngineError> {
    let mut session = store.database().open(Purpose::File).await?;
    session.begin().await?;
    let counted = in_transaction(store, session.as_mut(), file, text, plan).await;
    // Looking marks the kept rows: nothing of that stays.
    session.rollback().await?;
    session.close().await;
    counted
}

async fn in_transaction(
    store: &Store,
    session: &mut dyn Session,
    file: &File,
    text: &Text,
    plan: &UndoPlan,
) -> Result<u64, EngineError> {
    let mut rows = 0;
    if let UndoPlan::Derived { steps, .. } = plan {
        for (index, step) in (0..).zip(steps) {
            let UndoAct::PutBack { kept } = &step.act else { continue };
            if kept.kind == KeptKind::Rows {
                rows += kept::since(store, session, kept, &text.put_back_later(index)).await?.skipped.len() as u64;
            }
        }
    }
    for table in dropped(text.statements(Phase::Undo)) {
        let name = quote_name(&table, store.dialect()).map_err(StoreError::from)?;
        let there = session.query(&format!("SELECT COUNT(*) FROM {name}"), &[]).await?;
        let there = there.first().map_or(0, |row| row.get_u64(0));
        rows += there.saturating_sub(written_by(file, text, &table));
    }
    Ok(rows)
}

/// The tables that an undo drops with all that is in them.
fn dropped(statements: &[Statement]) -> BTreeSet<ObjectName> {
    let touches = statements.iter().flat_map(|s| &s.analysis.touches);
    let tables = touches.filter(|t| t.how == How::Drops && t.object.kind == ObjectKind::Table);
    tables.map(|t| t.object.clone()).collect()
}

/// How many rows the file itself wrote to a table.
fn written_by(file: &File, text: &Text, table: &ObjectName) -> u64 {
    let writes =
        |s: &&Statement| s.analysis.touches.iter().any(|t| t.how == How::Writes && t.object.name == table.name);
    let wrote = text.up.statements.iter().filter(writes);
    wrote.filter_map(|s| file.records.get(s.index as usize)).map(|record| record.rows).sum()
}
