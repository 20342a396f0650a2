//! What operators ask, and what became of it. On a server the row is written by a procedure that runs as its definer and
//! stamps `USER()` and the clock: nobody can claim to be another, and it works while the server is read only.

use super::{Result, Store, StoreError};
use crate::database::{Row, Session, Value};
use crate::model::{BatchId, Command, CommandId, Event, EventKind, Expectation, Millis, Submission, Verb};
use serde::Serialize;
use std::collections::BTreeMap;

/// How far back commands are looked for again: one that took its number first may be committed last.
const LOOK_BACK: i64 = 1_000;

/// From how many bytes on a plan is compared with what the server takes.
const LARGE: usize = 512 << 10;

/// A command as it is submitted.
#[derive(Debug, Clone)]
pub struct NewCommand {
    /// The batch it is about; 0 for `run`.
    pub batch: BatchId,
    pub verb: Verb,
    pub reason: Option<String>,
    pub expects: Expectation,
    pub submission: Option<Box<Submission>>,
}

impl NewCommand {
    /// A verb and its batch.
    pub fn new(batch: BatchId, verb: Verb) -> Self {
        Self { batch, verb, reason: None, expects: Expectation::default(), submission: None }
    }
}

/// A command that nobody has answered yet.
#[derive(Debug, Clone, PartialEq)]
pub enum PendingCommand {
    /// To be decided on.
    Readable(Command),
    /// Not of a form that this Caribou knows: to be refused, see [`refuse_unreadable`].
    Unreadable { id: CommandId, batch: BatchId, operator: String, problem: String },
}

impl PendingCommand {
    /// The command's number.
    pub fn id(&self) -> CommandId {
        match self {
            Self::Readable(command) => command.id,
            Self::Unreadable { id, .. } => *id,
        }
    }
}

/// What the worker said to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet; also when there is no such command.
    Pending,
    Accepted {
        batch: BatchId,
    },
    /// What it asked for is now so.
    Effective {
        batch: BatchId,
    },
    Refused {
        reason: String,
    },
}

/// An answer as it is written into the command's row.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    status: &'static str,
    batch: BatchId,
    reason: Option<String>,
    at: Millis,
}

/// Submits a command as the account that is connected.
///
/// # Errors
/// A missing EXECUTE on `submit_command` is the database's `privilege` error, which names it.
pub async fn submit_command(session: &mut dyn Session, store: &Store, new: &NewCommand) -> Result<CommandId> {
    let json = |what: &str, text: serde_json::Result<String>| {
        text.map_err(|error| StoreError::corrupt(format!("the command's {what}"), error))
    };
    let submission = new.submission.as_deref().map(|s| json("plan", serde_json::to_string(s))).transpose()?;
    if let Some(text) = submission.as_ref().filter(|text| text.len() >= LARGE) {
        refuse_too_large(session, store, text.len() as u64).await?;
    }
    let mut values: Vec<Value> = vec![
        new.batch.0.into(),
        new.verb.name().into(),
        json("verb", serde_json::to_string(&new.verb))?.into(),
        new.reason.as_deref().into(),
        json("expectation", serde_json::to_string(&new.expects))?.into(),
        submission.into(),
        os_user().into(),
    ];
    let rows = if store.dialect().is_mysql_family() {
        session.query(&store.sql("CALL {orchestration.submit_command}(?, ?, ?, ?, ?, ?, ?)")?, &values).await?
    } else {
        let sql = store.sql(
            "INSERT INTO {orchestration.migration_commands} (batch_id, verb, command, reason, expects, submission, \
             os_user, operator, submitted_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, {now_ms}) RETURNING command_id",
        )?;
        values.push(store.database().account().into());
        session.query(&sql, &values).await?
    };
    match rows.first().and_then(|row| row.opt_i64(0)) {
        Some(id) => Ok(CommandId(id)),
        None => Err(StoreError::corrupt("submit_command", "it gave no number back")),
    }
}

/// The server would cut the connection in the middle of a packet that is too large for it.
async fn refuse_too_large(session: &mut dyn Session, store: &Store, bytes: u64) -> Result<()> {
    if !store.dialect().is_mysql_family() {
        return Ok(());
    }
    let rows = session.query_text("SELECT @@max_allowed_packet").await?;
    let most = rows.first().map_or(u64::MAX, |row| row.get_u64(0));
    if bytes + 4096 < most {
        return Ok(());
    }
    Err(StoreError::TooLarge { what: "the plan with the texts of its files".to_owned(), bytes, most })
}

/// The operating system's user, for information only.
pub(super) fn os_user() -> String {
    let user = nix::unistd::getuid();
    match nix::unistd::User::from_uid(user) {
        Ok(Some(found)) => found.name,
        Ok(None) | Err(_) => format!("uid{user}"),
    }
}

/// The unanswered commands beyond a number, oldest first. Commands that were given their number shortly before `after`
/// and are still unanswered come again, since one may have been committed late: answer each before asking again.
pub async fn pending_commands(
    session: &mut dyn Session,
    store: &Store,
    after: CommandId,
) -> Result<Vec<PendingCommand>> {
    let sql = store.sql(
        "SELECT command_id, batch_id, operator, command, reason, expects, submission \
         FROM {orchestration.migration_commands} WHERE command_id > ? AND command_status = 'submitted' \
         ORDER BY command_id LIMIT 100",
    )?;
    let rows = session.query(&sql, &[(after.0 - LOOK_BACK).into()]).await?;
    Ok(rows.iter().map(pending).collect())
}

fn pending(row: &Row) -> PendingCommand {
    let (id, batch, operator) = (CommandId(row.get_i64(0)), BatchId(row.get_i64(1)), row.get_text(2));
    match readable(row, id, batch, operator.clone()) {
        Ok(command) => PendingCommand::Readable(command),
        Err(problem) => PendingCommand::Unreadable { id, batch, operator, problem: problem.to_string() },
    }
}

fn readable(row: &Row, id: CommandId, batch: BatchId, operator: String) -> serde_json::Result<Command> {
    let text = |column: usize| row.opt_text(column).filter(|text| !text.is_empty());
    Ok(Command {
        id,
        batch,
        operator,
        verb: serde_json::from_str(&row.get_text(3))?,
        reason: row.opt_text(4),
        expects: text(5).map(|t| serde_json::from_str(&t)).transpose()?.unwrap_or_default(),
        submission: text(6).map(|t| serde_json::from_str(&t)).transpose()?,
    })
}

/// What the worker said to a command.
pub async fn answer(session: &mut dyn Session, store: &Store, id: CommandId) -> Result<Answer> {
    let sql = store.sql(
        "SELECT command_status, answer_batch_id, answer_reason FROM {orchestration.migration_commands} \
         WHERE command_id = ?",
    )?;
    let rows = session.query(&sql, &[id.0.into()]).await?;
    let Some(row) = rows.first() else { return Ok(Answer::Pending) };
    let batch = BatchId(row.get_i64(1));
    Ok(match row.get_text(0).as_str() {
        "accepted" => Answer::Accepted { batch },
        "effective" => Answer::Effective { batch },
        "refused" => Answer::Refused { reason: row.get_text(2) },
        _ => Answer::Pending,
    })
}

/// Refuses a command that cannot be read, and so cannot be decided on. It leaves no event.
pub async fn refuse_unreadable(session: &mut dyn Session, store: &Store, id: CommandId, problem: &str) -> Result<()> {
    let reason = format!("the command cannot be read: {problem}; submit it with a Caribou of the worker's version");
    let answered = Answered { status: "refused", batch: BatchId::SYSTEM, reason: Some(reason), at: Millis(0) };
    write_answers(store, session, &BTreeMap::from([(id, answered)])).await
}

/// The answer that an event gives to a command.
pub(super) fn answered(event: &Event) -> Option<(CommandId, Answered)> {
    let (command, status, reason) = match &event.kind {
        EventKind::CommandAccepted { command, .. } => (*command, "accepted", None),
        EventKind::CommandEffective { command } => (*command, "effective", None),
        EventKind::CommandRefused { command, reason, .. } => (*command, "refused", Some(reason.clone())),
        _ => return None,
    };
    Some((command, Answered { status, batch: event.batch, reason, at: event.at }))
}

pub(super) async fn write_answers(
    store: &Store,
    session: &mut dyn Session,
    answers: &BTreeMap<CommandId, Answered>,
) -> Result<()> {
    let sql = store.sql(
        "UPDATE {orchestration.migration_commands} SET command_status = ?, answer_batch_id = ?, answer_reason = ?, \
         answered_ms = ? WHERE command_id = ?",
    )?;
    for (command, answered) in answers {
        let Answered { status, batch, reason, at } = answered;
        let values = [(*status).into(), batch.0.into(), reason.as_deref().into(), at.0.into(), command.0.into()];
        session.execute(&sql, &values).await?;
    }
    Ok(())
}
