//! Requests as they are submitted, by the account that is connected.

use super::request::Sort;
use crate::database::{Session, Value};
use crate::model::{
    BatchId, CommandId, DecisionId, Expectation, OVERRIDE, OverrideRequest, RollbackId, Seen, Submission, Verb, Verdict,
};
use crate::store::limits::{self, LONGEST_COMMAND, LONGEST_SUBJECT, LONGEST_SUBMISSION};
use crate::store::{Result, Store, StoreError};

/// Number of bytes from which on a plan is compared with what the server takes.
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

/// A decision as it is submitted.
#[derive(Debug, Clone)]
pub struct NewDecision {
    pub batch: BatchId,
    pub rollback: RollbackId,
    pub verdict: Verdict,
    pub reason: Option<String>,
    /// State that the approver looked at.
    pub seen: Seen,
}

/// Submits a command.
///
/// # Errors
/// A missing EXECUTE on `submit_command` is the database's `privilege` error, which names it.
pub async fn submit_command(session: &mut dyn Session, store: &Store, new: &NewCommand) -> Result<CommandId> {
    let json = |what: &str, text: serde_json::Result<String>| {
        text.map_err(|error| StoreError::corrupt(format!("the command's {what}"), error))
    };
    let submission = new.submission.as_deref().map(|s| json("plan", serde_json::to_string(s))).transpose()?;
    let command = json("verb", serde_json::to_string(&new.verb))?;
    let expects = json("expectation", serde_json::to_string(&new.expects))?;
    limits::check_reason(new.reason.as_deref())?;
    limits::check("the command", &command, LONGEST_COMMAND)?;
    limits::check("what the command expects", &expects, LONGEST_COMMAND)?;
    if let Some(text) = submission.as_ref().filter(|text| text.len() >= LARGE) {
        refuse_too_large(session, store, text.len() as u64).await?;
        limits::check("the plan with the texts of its files", text, LONGEST_SUBMISSION)?;
    }
    let values = vec![
        ("batch_id", new.batch.0.into()),
        ("verb", new.verb.name().into()),
        ("command", command.into()),
        ("reason", new.reason.as_deref().into()),
        ("expects", expects.into()),
        ("submission", submission.into()),
    ];
    submit(session, store, Sort::Command, values).await.map(CommandId)
}

/// Submits a decision.
///
/// # Errors
/// A missing EXECUTE on `submit_decision` is the database's `privilege` error, which names it.
pub async fn submit_decision(session: &mut dyn Session, store: &Store, new: &NewDecision) -> Result<DecisionId> {
    let seen = serde_json::to_string(&new.seen).map_err(|e| StoreError::corrupt("what the decision has seen", e))?;
    limits::check_reason(new.reason.as_deref())?;
    limits::check("what the decision has seen", &seen, LONGEST_SUBJECT)?;
    let values = vec![
        ("batch_id", new.batch.0.into()),
        ("rollback_id", new.rollback.0.into()),
        ("decision", new.verdict.as_str().into()),
        ("subject", seen.into()),
        ("reason", new.reason.as_deref().into()),
    ];
    submit(session, store, Sort::Decision, values).await.map(DecisionId)
}

/// Submits a decision that lets checks pass. `batch` is 0 for a plan.
///
/// # Errors
/// A missing EXECUTE on `submit_decision` is the database's `privilege` error, which names it.
pub async fn submit_override(
    session: &mut dyn Session,
    store: &Store,
    batch: BatchId,
    new: &OverrideRequest,
) -> Result<DecisionId> {
    let subject = serde_json::to_string(&new.subject).map_err(|e| StoreError::corrupt("what is let pass", e))?;
    limits::check_reason(Some(&new.reason))?;
    limits::check("what is let pass", &subject, LONGEST_SUBJECT)?;
    let values = vec![
        ("batch_id", batch.0.into()),
        ("rollback_id", 0.into()),
        ("decision", OVERRIDE.into()),
        ("subject", subject.into()),
        ("reason", new.reason.as_str().into()),
    ];
    submit(session, store, Sort::Decision, values).await.map(DecisionId)
}

/// Hands the values over, in the order of the procedure's parameters; the number of the new row.
async fn submit(session: &mut dyn Session, store: &Store, sort: Sort, own: Vec<(&str, Value)>) -> Result<i64> {
    let (mut columns, mut values): (Vec<&str>, Vec<Value>) = own.into_iter().unzip();
    columns.push("os_user");
    values.push(os_user().into());
    let word = sort.word();
    let sql = if store.dialect().is_mysql_family() {
        format!("CALL {{orchestration.submit_{word}}}({})", vec!["?"; values.len()].join(", "))
    } else {
        columns.push("operator");
        values.push(store.database().account().into());
        let (columns, places) = (columns.join(", "), vec!["?"; values.len()].join(", "));
        let table = sort.table();
        format!("INSERT INTO {table} ({columns}, submitted_ms) VALUES ({places}, {{now_ms}}) RETURNING {word}_id")
    };
    let rows = session.query(&store.fill(&sql)?, &values).await?;
    let number = rows.first().and_then(|row| row.opt_i64(0));
    number.ok_or_else(|| StoreError::corrupt(format!("submit_{word}"), "it gave no number back"))
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
fn os_user() -> String {
    let user = nix::unistd::getuid();
    match nix::unistd::User::from_uid(user) {
        Ok(Some(found)) => found.name,
        Ok(None) | Err(_) => format!("uid{user}"),
    }
}
