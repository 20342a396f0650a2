//! Transactions of others that an alteration will wait for.

use super::alteration::alterations;
use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use crate::database::DbError;
use crate::sql::{How, StatementKind};

pub(super) const LONG_TRANSACTIONS: Check =
    Check::pre("long_transactions", [Warn, Warn], CheckFn::Database(|c| Box::pin(long_transactions(c)))).told(
        "No transaction of others is open for longer than checks.long_transaction when a table changes.",
        "the change waits for its end, and everybody else waits behind the change: each try stalls even plain SELECTs",
        "let it end, or end it (KILL), and migrate then; Caribou waits shortly, gives way, and tries again meanwhile",
    );

async fn long_transactions(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    if !context.file.dialect.is_mysql_family() {
        return Ok(CheckOutcome::idle());
    }
    let takes = |kind| matches!(kind, StatementKind::DropTable | StatementKind::RenameTable | StatementKind::Truncate);
    let mut others = context.file.statements().iter().filter(|s| takes(s.analysis.kind) && !s.analysis.is_temporary());
    let of_file = |statement: &&crate::sql::Statement| {
        let file = context.file.earlier;
        statement.analysis.touches.iter().any(|t| t.how != How::Reads && !file.makes(&t.object, context.file.core))
    };
    let first = alterations(context.file).first().map(|one| one.statement).or_else(|| others.find(of_file));
    let Some(statement) = first else { return Ok(CheckOutcome::idle()) };
    let open = context.known.surroundings.transactions(context.session).await?;
    let limit = context.settings.long_transaction.as_secs();
    let long = open.iter().filter(|one| one.seconds >= limit);
    let seen = |one: &super::surroundings::OpenTransaction| {
        let (account, connection) = (&one.account, one.connection);
        format!(
            "a transaction of {account} (connection {connection}) is open for {} s and has written {} rows",
            one.seconds, one.rows
        )
    };
    let violations = long.map(|one| Violation::at(statement, seen(one))).collect();
    Ok(CheckOutcome::of(open.len().max(1), "transaction", violations))
}
