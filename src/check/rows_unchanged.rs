//! Rows of tables that a file changes without touching their rows: as many as before it, with the same values.
//!
//! What others write meanwhile looks the same as a loss. So a difference counts only where nobody else can have written:
//! under a freeze that is enforced, and on SQLite where the file says that nobody has. Elsewhere it is told.

use super::context::CheckContext;
use super::count::AT_ONCE;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::row_watch::{RowCount, Watched};
use super::settings::CheckLevel::Block;
use super::unchanged::Unchanged;
use crate::database::{
    CONNECTIONS_HIDDEN, DbError, EXEMPT_HIDDEN, ErrorKind, ServerKind, Session, connected, exempt_accounts,
    is_read_only,
};
use crate::model::{Class, user_of};

pub(super) const ROWS_UNCHANGED: Check = Check::post(
    "rows_unchanged",
    [Block, Block],
    CheckFn::Database(|c| Box::pin(rows_unchanged(c))),
)
.class(Class::A)
.within(AT_ONCE)
.told(
    "A table whose definition alone the file changes has as many rows as before it, and the same values in the \
             columns that stay (up to checks.compared_rows rows).",
    "rows or values that a change of a definition loses are missed when somebody needs them, and not before",
    "run the statement on a copy of the table and compare; if it is meant to change rows, say so by a statement \
             about rows",
);

/// Key that governs which tables are compared.
const POLICY: &str = "checks.compared_rows";

async fn rows_unchanged(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let Some(rest) = context.file.rest else { return Ok(CheckOutcome::idle()) };
    let Some(watched) = context.known.rows.files.remove(&rest.file) else { return Ok(CheckOutcome::idle()) };
    let compared = compare(&watched);
    let idle = compared.same.is_empty() && compared.differs.is_empty() && compared.left_out.is_empty();
    let mut outcome = CheckOutcome { compared: compared.told(), idle, ..CheckOutcome::default() };
    if compared.differs.is_empty() {
        return Ok(outcome);
    }
    let others = others(context, &watched).await?;
    for seen in compared.differs {
        match &others {
            None => outcome.violations.push(Violation { policy: Some(POLICY.to_owned()), ..Violation::new(seen) }),
            Some(who) => outcome.undecided.push(Violation::new(format!("{seen}; {who}"))),
        }
    }
    Ok(outcome)
}

/// Tables of a file, compared, in words.
#[derive(Debug, Default)]
struct Compared {
    same: Vec<String>,
    differs: Vec<String>,
    left_out: Vec<String>,
}

impl Compared {
    fn told(&self) -> String {
        let count = self.same.len() + self.differs.len();
        let mut told = format!("{count} {}", if count == 1 { "table" } else { "tables" });
        if !self.same.is_empty() {
            told.push_str(&format!(", as before: {}", self.same.join(", ")));
        }
        if !self.left_out.is_empty() {
            told.push_str(&format!("; not compared: {}", self.left_out.join(", ")));
        }
        told
    }
}

fn compare(watched: &Watched) -> Compared {
    let mut compared = Compared { left_out: watched.comparable.left_out.clone(), ..Compared::default() };
    let mut after = watched.after.iter().flat_map(|seen| &seen.counts);
    for (table, before) in watched.comparable.tables.iter().zip(&watched.before.counts) {
        let name = &table.before.name;
        let missing = Err("nobody counted its rows after the file".to_owned());
        match (before, before.as_ref().ok().map(|_| after.next().unwrap_or(&missing))) {
            (Err(why), _) | (Ok(_), Some(Err(why))) => compared.left_out.push(format!("{name} ({why})")),
            (Ok(before), Some(Ok(after))) if before == after => compared.same.push(held(table, after)),
            (Ok(before), Some(Ok(after))) => compared.differs.push(differs(table, before, after)),
            (Ok(_), None) => {}
        }
    }
    compared
}

fn held(table: &Unchanged, count: &RowCount) -> String {
    let (name, rows) = (&table.before.name, rows(count.rows));
    match table.columns.len() {
        0 => format!("{name} ({rows})"),
        1 => format!("{name} ({rows}, values of 1 column)"),
        columns => format!("{name} ({rows}, values of {columns} columns)"),
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn differs(table: &Unchanged, before: &RowCount, after: &RowCount) -> String {
    let name = &table.before.name;
    if before.rows != after.rows {
        return format!("{name} had {} before the file, and has {} after it", rows(before.rows), after.rows);
    }
    let columns = table.columns.iter().map(|(_, now)| now.as_str()).collect::<Vec<_>>().join(", ");
    format!("{name} has its {} still, and other values in them than before the file ({columns})", rows(after.rows))
}

/// Who else may have written between the two looks, in words; `None` where nobody can have.
async fn others(context: &mut CheckContext<'_>, watched: &Watched) -> Result<Option<String>, DbError> {
    let Some(after) = &watched.after else { return Ok(None) };
    let before = &watched.before.witness;
    if watched.crossed {
        return Ok(Some("another file of the batch changed rows meanwhile".to_owned()));
    }
    if context.database.kind() == ServerKind::Sqlite {
        return Ok((!is_alone(watched)).then(|| "another program wrote to the core file meanwhile".to_owned()));
    }
    let is_frozen = after.witness.freeze.is_some() && after.witness.freeze == before.freeze;
    if !is_frozen || !is_read_only(context.session).await? {
        return Ok(Some("others may have written meanwhile: no freeze kept them from it (policy.freeze)".to_owned()));
    }
    match unstopped(context).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Err(error) => Ok(Some(format!("nobody can see who is exempt from the freeze: {error}"))),
        seen => seen,
    }
}

/// SQLite: true if no other connection committed anything to core between the two looks.
fn is_alone(watched: &Watched) -> bool {
    let seen = watched.after.as_ref().and_then(|after| after.witness.version);
    seen.is_some() && seen == watched.before.witness.version
}

/// Who writes under a freeze all the same, in words: accounts that are connected now, are exempt, and are not ours; events
/// of the server, whose account may be exempt; or that this account cannot see who is.
async fn unstopped(context: &mut CheckContext<'_>) -> Result<Option<String>, DbError> {
    let database = context.database;
    let own = [Some(database.account()), database.runner()];
    let is_own = |account: &str| own.iter().flatten().any(|one| user_of(one) == user_of(account));
    let exempt = exempt_accounts(context.session).await?.unwrap_or_default();
    // Every server has an administrator. Who is shown none is shown nobody.
    if exempt.iter().all(|one| is_own(one)) {
        return Ok(Some(EXEMPT_HIDDEN.to_owned()));
    }
    if has_events(context.session).await? {
        return Ok(Some("an event of the server may have written meanwhile, for an account that is exempt".to_owned()));
    }
    let Some(connected) = connected(context.session, user_of(database.account())).await? else {
        return Ok(Some(CONNECTIONS_HIDDEN.to_owned()));
    };
    let mut found: Vec<String> = connected.into_iter().map(|one| one.account).collect();
    found.retain(|one| !is_own(one) && exempt.iter().any(|exempt| user_of(exempt) == user_of(one)));
    found.sort();
    found.dedup();
    let told = format!("{} may have written meanwhile: a freeze does not stop who is exempt", found.join(", "));
    Ok((!found.is_empty()).then_some(told))
}

/// True if the server runs events, and has some that are enabled.
async fn has_events(session: &mut dyn Session) -> Result<bool, DbError> {
    const ENABLED: &str = "SELECT UPPER(@@GLOBAL.event_scheduler) IN ('ON', '1') AND EXISTS (SELECT 1 FROM \
                           information_schema.EVENTS WHERE STATUS = 'ENABLED')";
    let rows = session.query_text(ENABLED).await?;
    Ok(rows.first().is_some_and(|row| row.get_i64(0) != 0))
}

#[cfg(test)]
mod tests {
    use super::super::row_watch::{Side, count_rows};
    use super::super::unchanged::Comparable;
    use super::*;
    use crate::database::{Purpose, Target, connect};
    use crate::sql::{ObjectKind, ObjectName};

    const MOST: u64 = 10;

    async fn looked(session: &mut dyn Session, watched: &mut Watched, side: Side) {
        let seen = count_rows(session, (&watched.comparable.tables, side), MOST, None).await.unwrap();
        match side {
            Side::Before => watched.before = seen,
            Side::After => watched.after = Some(seen),
        }
    }

    /// On a real file: what its own session loses is a loss, what another connection writes may be its own affair.
    #[tokio::test]
    async fn a_loss_on_sqlite_is_told_from_what_others_write() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&Target::sqlite(dir.path())).await.unwrap();
        let mut own = database.open(Purpose::File).await.unwrap();
        for sql in
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, '')"]
        {
            own.run(sql).await.unwrap();
        }
        let mut other = database.open(Purpose::File).await.unwrap();
        let name = ObjectName::qualified(ObjectKind::Table, "main", "t");
        let columns = ["id", "a"].map(|name| (name.to_owned(), name.to_owned())).to_vec();
        let tables = vec![Unchanged { before: name.clone(), after: name, columns }];
        for (by_other, sql, expected) in [
            (false, "CREATE INDEX i ON t (a)", ""),
            (false, "DELETE FROM t WHERE id = 1", "t had 3 rows before the file, and has 2 after it"),
            (false, "UPDATE t SET a = NULL WHERE id = 3", "t has its 2 rows still, and other values in them"),
            (true, "DELETE FROM t WHERE id = 3", "t had 2 rows before the file, and has 1 after it"),
            (true, "CREATE TABLE u (id INTEGER)", ""),
        ] {
            let comparable = Comparable { tables: tables.clone(), left_out: Vec::new() };
            let mut watched = Watched { comparable, ..Watched::default() };
            looked(own.as_mut(), &mut watched, Side::Before).await;
            let writer = if by_other { &mut other } else { &mut own };
            writer.run(sql).await.unwrap();
            looked(own.as_mut(), &mut watched, Side::After).await;
            let differs = compare(&watched).differs;
            assert_eq!(differs.is_empty(), expected.is_empty(), "{sql}: {differs:?}");
            assert!(differs.iter().all(|told| told.starts_with(expected)), "{sql}: {differs:?}");
            assert_eq!(is_alone(&watched), !by_other, "{sql}");
        }
        own.close().await;
        other.close().await;
    }
}
