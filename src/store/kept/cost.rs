//! What keeping would cost, asked before anything runs (`3-rollback`, Undo: the budget stops it before it starts).

use super::plan::{How, Keep};
use super::text::Names;
use crate::database::Session;
use crate::model::KeptCost;
use crate::sql::quote_identifier;
use crate::store::{Result, Store, StoreError};

/// How many rows and about how many bytes would be copied for one statement as the tables stand now. A table that is
/// moved costs nothing.
///
/// # Errors
/// [`StoreError::CannotKeep`] beyond the budget; or the database's, also where the statement's own condition cannot be
/// asked yet.
pub async fn cost(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<KeptCost> {
    let mut cost = KeptCost::default();
    for keep in keeps {
        let rows = rows(store, session, keep).await?;
        cost.rows += rows;
        cost.bytes += rows.saturating_mul(bytes_a_row(keep));
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

/// Counted, since what the catalogue says of a table may be a day old; but no further than the budget and one more.
async fn rows(store: &Store, session: &mut dyn Session, keep: &Keep) -> Result<u64> {
    let condition = match &keep.how {
        How::Moved => return Ok(0),
        How::Added { keys } => return Ok(u64::try_from(keys.len()).unwrap_or(u64::MAX)),
        How::Counted { rows, .. } => return Ok(*rows),
        How::Whole | How::Columns { .. } => None,
        How::Found { condition, .. } => condition.as_deref(),
    };
    let alias = match &keep.how {
        How::Found { alias: Some(alias), .. } => alias,
        _ => &keep.kept.table,
    };
    let names = Names::of(store, &keep.kept)?;
    let alias = quote_identifier(alias, store.dialect())?;
    let condition = condition.map(|text| format!("WHERE ({text}\n) ")).unwrap_or_default();
    let most = keep.budget.max_rows.saturating_add(1);
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM {} AS {alias} {condition}LIMIT {most}) AS caribou_counted",
        names.table
    );
    Ok(session.query(&sql, &[]).await?.first().map_or(0, |row| row.get_u64(0)))
}

/// By what the catalogue says of the table as a whole; 0 where it does not say.
fn bytes_a_row(keep: &Keep) -> u64 {
    keep.facts.bytes.checked_div(keep.facts.rows).unwrap_or_default()
}
