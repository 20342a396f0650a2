//! Transactions of others that an alteration will wait for.

use super::alteration::alterations;
use super::context::{CheckContext, CheckedFile};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Warn;
use super::surroundings::TableLock;
use crate::database::{CONNECTIONS_HIDDEN, DbError};
use crate::sql::{How, Statement, StatementKind};

pub(super) const LONG_TRANSACTIONS: Check =
    Check::pre("long_transactions", [Warn, Warn], CheckFn::Database(|c| Box::pin(long_transactions(c)))).told(
        "No transaction or table lock of others is older than checks.long_transaction when a table changes.",
        "the change waits for its end, and everybody else waits behind the change: each try stalls even plain SELECTs",
        "let it end, or end it (KILL), and migrate then; Caribou waits shortly, gives way, and tries again meanwhile",
    );

async fn long_transactions(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    if !context.file.dialect.is_mysql_family() {
        return Ok(CheckOutcome::idle());
    }
    let waiting = waiting(context.file);
    let Some((first, _)) = waiting.first() else { return Ok(CheckOutcome::idle()) };
    let core = context.file.core;
    let open = context.known.surroundings.transactions(context.session).await?;
    let locks = context.known.surroundings.table_locks(context.session, core).await?;
    let (Some(open), Some(locks)) = (open, locks) else {
        let unseen = Violation::at(first, format!("who else uses the table, and since when: {CONNECTIONS_HIDDEN}"));
        return Ok(CheckOutcome { undecided: vec![unseen], ..CheckOutcome::counted(1, "transaction") });
    };
    let limit = context.settings.long_transaction.as_secs();
    let mut violations = Vec::new();
    for one in open.iter().filter(|one| one.seconds >= limit) {
        let (account, connection) = (&one.account, one.connection);
        let seen = format!(
            "a transaction of {account} (connection {connection}) is open for {} s and has written {} rows",
            one.seconds, one.rows
        );
        let held = waiting.iter().find(|(_, table)| locks.iter().any(|lock| lock.is(table, connection)));
        violations.push(match held {
            Some((statement, table)) => Violation::at(statement, format!("{seen}; it holds a lock on {table}")),
            None => Violation::at(first, seen),
        });
    }
    // Locks without a transaction of InnoDB: LOCK TABLES, a long SELECT, another engine.
    let told = |lock: &&TableLock| open.iter().any(|one| one.connection == lock.connection);
    for lock in locks.iter().filter(|lock| lock.seconds >= limit && !told(lock)) {
        let Some((statement, table)) = waiting.iter().find(|(_, table)| lock.is(table, lock.connection)) else {
            continue;
        };
        let TableLock { account, connection, state, seconds, .. } = lock;
        let seen = format!("{account} (connection {connection}, {state} for {seconds} s) holds a lock on {table}");
        violations.push(Violation::at(statement, seen));
    }
    Ok(CheckOutcome::of(open.len().max(1), "transaction", violations))
}

/// The statements that wait for everybody who uses a table that is there, each with that table's name.
fn waiting<'a>(file: &CheckedFile<'a>) -> Vec<(&'a Statement, String)> {
    let takes = |kind| matches!(kind, StatementKind::DropTable | StatementKind::RenameTable | StatementKind::Truncate);
    let mut found: Vec<_> = alterations(file).into_iter().map(|one| (one.statement, one.table.name)).collect();
    for statement in file.statements().iter().filter(|s| takes(s.analysis.kind) && !s.analysis.is_temporary()) {
        let touches = statement.analysis.touches.iter();
        let theirs = touches.filter(|t| t.how != How::Reads && !file.earlier.makes(&t.object, file.core));
        found.extend(theirs.map(|touch| (statement, touch.object.name.clone())));
    }
    found
}

impl TableLock {
    /// True if it is one of a connection on a table.
    fn is(&self, table: &str, connection: u64) -> bool {
        self.connection == connection && self.table.eq_ignore_ascii_case(table)
    }
}
