//! What approvers decide about rollbacks, and what became of it. As with commands, the server says who decided and when.

use super::{Result, Store, StoreError};
use crate::database::{Row, Session, Value};
use crate::model::{BatchId, Decision, DecisionId, Event, EventKind, Millis, RollbackId, Seen, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// How far back decisions are looked for again: one that took its number first may be committed last.
const LOOK_BACK: i64 = 1_000;

/// A decision as it is submitted.
#[derive(Debug, Clone)]
pub struct NewDecision {
    pub batch: BatchId,
    pub rollback: RollbackId,
    pub verdict: Verdict,
    pub reason: Option<String>,
    /// What the approver looked at.
    pub seen: Seen,
}

/// A decision that nobody has answered yet.
#[derive(Debug, Clone, PartialEq)]
pub enum PendingDecision {
    Readable(Decision),
    /// Not of a form that this Caribou knows: to be refused, see [`refuse_unreadable_decision`].
    Unreadable {
        id: DecisionId,
        problem: String,
    },
}

impl PendingDecision {
    /// The decision's number.
    pub fn id(&self) -> DecisionId {
        match self {
            Self::Readable(decision) => decision.id,
            Self::Unreadable { id, .. } => *id,
        }
    }
}

/// What the worker said to a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum DecisionAnswer {
    /// Nothing yet; also when there is no such decision.
    Pending,
    Accepted,
    Refused {
        reason: String,
    },
}

/// An answer as it is written into the decision's row.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    status: &'static str,
    reason: Option<String>,
    at: Millis,
}

/// Submits a decision as the account that is connected.
///
/// # Errors
/// A missing EXECUTE on `submit_decision` is the database's `privilege` error, which names it.
pub async fn submit_decision(session: &mut dyn Session, store: &Store, new: &NewDecision) -> Result<DecisionId> {
    let seen = serde_json::to_string(&new.seen).map_err(|e| StoreError::corrupt("what the decision has seen", e))?;
    let mut values: Vec<Value> = vec![
        new.batch.0.into(),
        new.rollback.0.into(),
        new.verdict.as_str().into(),
        seen.into(),
        new.reason.as_deref().into(),
        super::commands::os_user().into(),
    ];
    let rows = if store.dialect().is_mysql_family() {
        session.query(&store.sql("CALL {orchestration.submit_decision}(?, ?, ?, ?, ?, ?)")?, &values).await?
    } else {
        let sql = store.sql(
            "INSERT INTO {orchestration.migration_decisions} (batch_id, rollback_id, decision, subject, reason, \
             os_user, operator, submitted_ms) VALUES (?, ?, ?, ?, ?, ?, ?, {now_ms}) RETURNING decision_id",
        )?;
        values.push(store.database().account().into());
        session.query(&sql, &values).await?
    };
    match rows.first().and_then(|row| row.opt_i64(0)) {
        Some(id) => Ok(DecisionId(id)),
        None => Err(StoreError::corrupt("submit_decision", "it gave no number back")),
    }
}

/// The unanswered decisions beyond a number, oldest first; those shortly before it that are still unanswered come again.
pub async fn pending_decisions(
    session: &mut dyn Session,
    store: &Store,
    after: DecisionId,
) -> Result<Vec<PendingDecision>> {
    let sql = store.sql(
        "SELECT decision_id, batch_id, rollback_id, operator, decision, reason, subject \
         FROM {orchestration.migration_decisions} WHERE decision_id > ? AND decision_status = 'submitted' \
         ORDER BY decision_id LIMIT 100",
    )?;
    let rows = session.query(&sql, &[(after.0 - LOOK_BACK).into()]).await?;
    Ok(rows.iter().map(pending).collect())
}

fn pending(row: &Row) -> PendingDecision {
    let id = DecisionId(row.get_i64(0));
    let word = row.get_text(4);
    let Some(verdict) = Verdict::parse(&word) else {
        return PendingDecision::Unreadable { id, problem: format!("{word:?} is no decision about a rollback") };
    };
    let seen = row.opt_text(6).filter(|text| !text.is_empty()).map(|text| serde_json::from_str::<Seen>(&text));
    match seen.transpose() {
        Err(problem) => PendingDecision::Unreadable { id, problem: problem.to_string() },
        Ok(seen) => PendingDecision::Readable(Decision {
            id,
            batch: BatchId(row.get_i64(1)),
            rollback: RollbackId(row.get_i64(2)),
            operator: row.get_text(3),
            verdict,
            reason: row.opt_text(5),
            seen,
        }),
    }
}

/// What the worker said to a decision.
pub async fn decision_answer(session: &mut dyn Session, store: &Store, id: DecisionId) -> Result<DecisionAnswer> {
    let sql = store
        .sql("SELECT decision_status, answer_reason FROM {orchestration.migration_decisions} WHERE decision_id = ?")?;
    let rows = session.query(&sql, &[id.0.into()]).await?;
    let Some(row) = rows.first() else { return Ok(DecisionAnswer::Pending) };
    Ok(match row.get_text(0).as_str() {
        "accepted" => DecisionAnswer::Accepted,
        "refused" => DecisionAnswer::Refused { reason: row.get_text(1) },
        _ => DecisionAnswer::Pending,
    })
}

/// Refuses a decision that cannot be read. It leaves no event.
pub async fn refuse_unreadable_decision(
    session: &mut dyn Session,
    store: &Store,
    id: DecisionId,
    problem: &str,
) -> Result<()> {
    let reason = format!("the decision cannot be read: {problem}; submit it with a Caribou of the worker's version");
    let answered = Answered { status: "refused", reason: Some(reason), at: Millis(0) };
    write_answers(store, session, &BTreeMap::from([(id, answered)])).await
}

/// The answer that an event gives to a decision.
pub(super) fn answered(event: &Event) -> Option<(DecisionId, Answered)> {
    let (decision, status, reason) = match &event.kind {
        EventKind::DecisionAccepted { decision, .. } => (*decision, "accepted", None),
        EventKind::DecisionRefused { decision, reason, .. } => (*decision, "refused", Some(reason.clone())),
        _ => return None,
    };
    Some((decision, Answered { status, reason, at: event.at }))
}

pub(super) async fn write_answers(
    store: &Store,
    session: &mut dyn Session,
    answers: &BTreeMap<DecisionId, Answered>,
) -> Result<()> {
    let sql = store.sql(
        "UPDATE {orchestration.migration_decisions} SET decision_status = ?, answer_reason = ?, answered_ms = ? \
         WHERE decision_id = ?",
    )?;
    for (decision, Answered { status, reason, at }) in answers {
        let values = [(*status).into(), reason.as_deref().into(), at.0.into(), decision.0.into()];
        session.execute(&sql, &values).await?;
    }
    Ok(())
}
