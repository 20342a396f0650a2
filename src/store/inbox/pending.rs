//! Requests that nobody has answered yet.

use super::request::{COMMON, RequestId};
use crate::database::{Row, Session};
use crate::model::{CommandId, DecisionId};
use crate::store::limits::{self, TAKEN_UP};
use crate::store::{Result, Store};

/// Range of numbers before the last one in which requests are looked for again: one that took its number first may be
/// committed last.
const LOOK_BACK: i64 = 1_000;

/// Number of unanswered requests that are listed at once.
pub const LISTED: usize = 100;

/// A request that nobody has answered yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Pending<I: RequestId> {
    /// To be decided on.
    Readable { id: I, request: I::Request },
    /// Not of a form that this Caribou knows: to be refused, see [`refuse_unreadable`](super::refuse_unreadable).
    Unreadable { id: I, problem: String },
    /// A worker took it up and ended before it answered: to be refused, see
    /// [`refuse_abandoned`](super::refuse_abandoned).
    Abandoned { id: I },
}

/// A command that nobody has answered yet.
pub type PendingCommand = Pending<CommandId>;
/// A decision that nobody has answered yet.
pub type PendingDecision = Pending<DecisionId>;

impl<I: RequestId> Pending<I> {
    /// The request's number.
    pub fn id(&self) -> I {
        match self {
            Self::Readable { id, .. } | Self::Unreadable { id, .. } | Self::Abandoned { id } => *id,
        }
    }
}

/// The unanswered requests beyond a number, oldest first. Those that were given their number shortly before `after` and
/// are still unanswered come again, since one may have been committed late: answer each before asking again.
///
/// # Errors
/// The database's.
pub async fn pending_requests<I: RequestId>(
    session: &mut dyn Session,
    store: &Store,
    after: I,
) -> Result<Vec<Pending<I>>> {
    let mut found = Vec::new();
    for id in waiting_requests(session, store, after).await? {
        found.extend(read_request(session, store, id).await?);
    }
    Ok(found)
}

/// The numbers of [`pending_requests`]: what is asked is read one by one, since a plan may be large.
///
/// # Errors
/// The database's.
pub async fn waiting_requests<I: RequestId>(session: &mut dyn Session, store: &Store, after: I) -> Result<Vec<I>> {
    let (table, word) = (I::SORT.table(), I::SORT.word());
    let sql = store.fill(&format!(
        "SELECT {word}_id FROM {table} WHERE {word}_id > ? AND {word}_status = 'submitted' ORDER BY {word}_id LIMIT {LISTED}"
    ))?;
    let rows = session.query(&sql, &[after.number().saturating_sub(LOOK_BACK).into()]).await?;
    Ok(rows.iter().map(|row| I::from_number(row.get_i64(0))).collect())
}

/// Reads an unanswered request; `None` when it has been answered. What is too long is not fetched.
///
/// # Errors
/// The database's.
pub async fn read_request<I: RequestId>(session: &mut dyn Session, store: &Store, id: I) -> Result<Option<Pending<I>>> {
    let short = COMMON.iter().chain(I::SHORT).map(|column| (*column).to_owned());
    let long = I::LONG.iter().map(|(column, most)| {
        format!("CASE WHEN OCTET_LENGTH({column}) <= {most} THEN {column} END, OCTET_LENGTH({column})")
    });
    let columns: Vec<String> = short.chain(long).collect();
    let (table, word) = (I::SORT.table(), I::SORT.word());
    let sql = store.fill(&format!(
        "SELECT {} FROM {table} WHERE {word}_id = ? AND {word}_status = 'submitted'",
        columns.join(", ")
    ))?;
    let rows = session.query(&sql, &[id.number().into()]).await?;
    Ok(rows.first().map(|row| from_row(id, row)))
}

fn from_row<I: RequestId>(id: I, row: &Row) -> Pending<I> {
    if row.opt_text(2).is_some_and(|said| said == TAKEN_UP) {
        return Pending::Abandoned { id };
    }
    let reason = limits::check_reason(row.opt_text(3).as_deref()).map_err(|error| error.to_string());
    match reason.and_then(|()| id.read(row)) {
        Ok(request) => Pending::Readable { id, request },
        Err(problem) => Pending::Unreadable { id, problem },
    }
}
