//! What is sent for one statement: itself or what stands for it, with its receipt where there can be one, and with what
//! is kept of the rows that it changes, all in one transaction.

use super::EngineError;
use super::carried::ReceiptPlace;
use super::fault::{self, Point};
use super::file_session::FileSession;
use super::runner::{Order, Work};
use crate::database::{ErrorKind, ServerKind, Warning};
use crate::model::{Kept, KeptKind};
use crate::store::kept::{self, Keep};

/// What the server did.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) rows: u64,
    /// The server's warnings, which the next statement would wipe; or the rows that were not put back.
    pub(super) warnings: Vec<String>,
    /// What was kept, counted.
    pub(super) kept: Vec<Kept>,
}

/// Sends a statement once.
pub(super) async fn send(file: &mut FileSession, order: &Order) -> Result<Sent, EngineError> {
    if let Work::PutBack { kept, .. } = &order.work
        && kept.kind.is_moved()
    {
        return put_back(file, order, kept, &[]).await;
    }
    match file.carried.receipt(&order.statement, file.session.kind()) {
        ReceiptPlace::Own => with_receipt(file, order).await,
        ReceiptPlace::Before => {
            order.receipt.write(&order.store, file.session.as_mut()).await?;
            fault::reach(Point::BeforeEnd);
            work(file, order).await
        }
        ReceiptPlace::Nowhere => work(file, order).await,
    }
}

async fn with_receipt(file: &mut FileSession, order: &Order) -> Result<Sent, EngineError> {
    file.session.begin().await?;
    let ended = work_and_commit(file, order).await;
    // SQLite keeps the transaction of a COMMIT that met a lock or had no room on the disk: with the receipt in it, it
    // would keep the journal from being written.
    if ended.is_err()
        && let Err(rollback) = file.session.rollback().await
    {
        tracing::debug!(error = %rollback, "the transaction ended by itself");
    }
    ended
}

async fn work_and_commit(file: &mut FileSession, order: &Order) -> Result<Sent, EngineError> {
    let sent = work(file, order).await?;
    fault::reach(Point::BeforeReceipt);
    order.receipt.write(&order.store, file.session.as_mut()).await?;
    fault::reach(Point::BeforeEnd);
    file.session.commit().await?;
    Ok(sent)
}

async fn work(file: &mut FileSession, order: &Order) -> Result<Sent, EngineError> {
    match &order.work {
        Work::PutBack { kept, to_come } => put_back(file, order, kept, to_come).await,
        Work::DropSchema(schema) => {
            fault::during(kept::drop_empty(file.session.as_mut(), schema)).await?;
            Ok(Sent::default())
        }
        Work::Run(keeps) if keeps.is_empty() => plain(file, order).await,
        Work::Run(keeps) => keeping(file, order, keeps.clone()).await,
    }
}

async fn plain(file: &mut FileSession, order: &Order) -> Result<Sent, EngineError> {
    let outcome = fault::during(file.session.run(&order.statement.sql)).await?;
    let warnings = file.session.warnings().await?.into_iter().map(words).collect();
    Ok(Sent { rows: outcome.rows_affected, warnings, kept: Vec::new() })
}

fn words(warning: Warning) -> String {
    format!("{} {}: {}", warning.level, warning.code, warning.message)
}

async fn keeping(file: &mut FileSession, order: &Order, mut keeps: Vec<Keep>) -> Result<Sent, EngineError> {
    if let Some(statements) = kept::substitute(&order.store, &keeps)? {
        instead(file, order, &keeps, &statements).await?;
        return Ok(Sent { kept: keeps.into_iter().map(|keep| keep.kept).collect(), ..Sent::default() });
    }
    if file.session.kind() == ServerKind::Sqlite {
        kept::prepare(&order.store, file.session.as_mut(), &keeps).await?;
        file.staged = true;
    }
    // What others wrote between the copy and a statement that commits by itself would be lost.
    kept::lock(&order.store, file.session.as_mut(), &keeps).await?;
    let ran = around(file, order, &mut keeps).await;
    let unlocked = kept::unlock(file.session.as_mut(), &keeps).await;
    let sent = ran?;
    unlocked?;
    Ok(Sent { kept: keeps.into_iter().map(|keep| keep.kept).collect(), ..sent })
}

async fn around(file: &mut FileSession, order: &Order, keeps: &mut [Keep]) -> Result<Sent, EngineError> {
    kept::before(&order.store, file.session.as_mut(), keeps).await?;
    let sent = plain(file, order).await?;
    kept::after(&order.store, file.session.as_mut(), keeps, sent.rows).await?;
    Ok(sent)
}

/// Runs what stands for a statement that drops or empties tables: all of it, or none.
async fn instead(
    file: &mut FileSession,
    order: &Order,
    keeps: &[Keep],
    statements: &[String],
) -> Result<(), EngineError> {
    for sql in statements {
        let Err(error) = fault::during(file.session.run(sql)).await else { continue };
        // Before the rename nothing has moved, but a foreign key or a trigger may be off its table.
        if error.kind != ErrorKind::ConnectionLost {
            for keep in keeps.iter().filter(|keep| keep.kept.kind == KeptKind::TableMoved) {
                kept::put_back(&order.store, file.session.as_mut(), &keep.kept).await?;
            }
        }
        return Err(error.into());
    }
    Ok(())
}

async fn put_back(file: &mut FileSession, order: &Order, kept: &Kept, to_come: &[Kept]) -> Result<Sent, EngineError> {
    let back = kept::put_back_before(&order.store, file.session.as_mut(), kept, to_come);
    let done = fault::during(back).await?;
    let warnings = done.skipped.iter().map(ToString::to_string).collect();
    Ok(Sent { rows: done.restored, warnings, kept: Vec::new() })
}
