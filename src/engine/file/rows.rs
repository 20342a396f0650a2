//! Rows of tables that a file cannot change, counted before it and after it (`check/rows_unchanged.rs`).

use crate::check::{Rest, Side, count_rows};
use crate::database::Definition;
use crate::engine::EngineError;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::statement::file_session::FileSession;

/// Counts the tables of a file that is about to run. `definitions` are those of what it changes.
pub(crate) async fn before(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    session: &mut FileSession,
    definitions: &[Definition],
) -> Result<(), EngineError> {
    let most = inspector.options.checks.compared_rows;
    let (core, dialect) = (inspector.store.schemas().core.as_str(), inspector.store.dialect());
    let rest = Rest { batch: context.batch, file: context.file.id };
    let read = (context.text.up.statements.as_slice(), definitions);
    let tables = inspector.known.rows.begin(rest, read, (core, dialect), most);
    if tables.is_empty() {
        return Ok(());
    }
    let freeze = inspector.freeze;
    let seen = count_rows(session.look_session(), (&tables, Side::Before), most, freeze).await?;
    inspector.known.rows.stood(context.file.id, seen);
    Ok(())
}

/// Counts them again once it has run.
pub(crate) async fn after(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    session: &mut FileSession,
) -> Result<(), EngineError> {
    let tables = inspector.known.rows.to_compare(context.file.id);
    if !tables.is_empty() {
        let (most, freeze) = (inspector.options.checks.compared_rows, inspector.freeze);
        let seen = count_rows(session.look_session(), (&tables, Side::After), most, freeze).await?;
        inspector.known.rows.stand(context.file.id, seen);
    }
    Ok(())
}
