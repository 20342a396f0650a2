//! The cost of keeping, asked before anything runs (`docs/design/undo.md`, Four ways back: the budget stops it
//! before it starts).

use super::keep::{How, Keep};
use super::settings;
use super::text::Names;
use crate::database::Session;
use crate::model::KeptCost;
use crate::sql::quote_identifier;
use crate::store::{Result, Store, StoreError};

/// Rows and, roughly, bytes that would be copied for one statement as the tables stand now. A table that is
/// moved costs nothing.
///
/// # Errors
/// [`StoreError::CannotKeep`] beyond the budget; or the database's, also where the statement's own condition cannot be
/// asked yet.
pub async fn cost(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<KeptCost> {
    let mut cost = KeptCost::default();
    for keep in keeps {
        let saved = settings::unlimited(session).await?;
        let counted = rows_and_bytes(store, session, keep).await;
        let (rows, bytes) = settings::after(session, saved, counted).await?;
        cost.rows += rows;
        cost.bytes += bytes;
    }
    let Some(budget) = keeps.first().map(|keep| keep.budget) else { return Ok(cost) };
    let beyond = |what: String| Err(StoreError::cannot_keep(what));
    if cost.rows > budget.max_rows {
        return beyond(format!("it is more than the {} rows that may be kept (undo.max_rows)", budget.max_rows));
    }
    if cost.bytes > budget.max_bytes {
        let (is, most) = (cost.bytes, budget.max_bytes);
        return beyond(format!("it has about {is} bytes, and {most} may be kept (undo.max_bytes)"));
    }
    Ok(cost)
}

/// Number of rows that are looked at for how long a row is.
const SAMPLED: u64 = 100;

/// Counted, since what the catalogue says of a table may be a day old, or of before it was filled; but no further than
/// the budget and one more. How long the rows are is measured at the first of them.
async fn rows_and_bytes(store: &Store, session: &mut dyn Session, keep: &Keep) -> Result<(u64, u64)> {
    let condition = match &keep.how {
        How::Moved => return Ok((0, 0)),
        // Of rows that come, no more than their keys is kept.
        How::Added { keys } => return Ok((u64::try_from(keys.len()).unwrap_or(u64::MAX), 0)),
        How::Counted { rows, .. } => return Ok((*rows, 0)),
        How::Whole | How::Columns { .. } => None,
        How::Found { condition, .. } => condition.as_deref(),
    };
    let alias = match &keep.how {
        How::Found { alias: Some(alias), .. } => alias,
        _ => &keep.kept.table,
    };
    let names = Names::from_kept(store, &keep.kept)?;
    let alias = quote_identifier(alias, store.dialect())?;
    let condition = condition.map(|text| format!("WHERE ({text}\n) ")).unwrap_or_default();
    let from = format!("FROM {} AS {alias} {condition}", names.table);
    let most = keep.budget.max_rows.saturating_add(1);
    let counted = format!("SELECT COUNT(*) FROM (SELECT 1 {from}LIMIT {most}) AS caribou_counted");
    let rows = session.query(&counted, &[]).await?.first().map_or(0, |row| row.get_u64(0));
    if rows == 0 {
        return Ok((0, 0));
    }
    let (bytes, list) = (names.bytes(), names.list(&alias));
    let sampled = format!("SELECT {bytes} FROM (SELECT {list} {from}LIMIT {SAMPLED}) AS caribou_sampled");
    let measured = session.query(&sampled, &[]).await?.first().map_or(0, |row| row.get_u64(0));
    Ok((rows, rows.saturating_mul(measured) / rows.min(SAMPLED)))
}
