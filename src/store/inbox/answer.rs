//! Answers to requests: the one that an event gives, or a refusal without one.

use super::request::{RequestId, Sort};
use crate::database::{Packet, Session, Value};
use crate::model::{BatchId, Event, EventKind, Millis};
use crate::store::limits::{self, ABANDONED};
use crate::store::unhindered::unhindered;
use crate::store::{Result, Store};
use serde::Serialize;
use std::collections::BTreeMap;

/// Answer of the worker to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet; also when there is no such request.
    Pending,
    Accepted {
        batch: BatchId,
    },
    /// The command has reached the state that it asked for.
    Effective {
        batch: BatchId,
    },
    Refused {
        reason: String,
    },
}

/// Answers as they are written into the rows, by sort and number.
pub(in crate::store) type Answers = BTreeMap<(Sort, i64), Answered>;

/// An answer as it is written into the row.
#[derive(Debug, Clone)]
pub(in crate::store) struct Answered {
    status: &'static str,
    batch: BatchId,
    reason: Option<String>,
    at: Millis,
}

/// Reads the worker's answer to a request.
///
/// # Errors
/// The database's.
pub async fn answer<I: RequestId>(session: &mut dyn Session, store: &Store, id: I) -> Result<Answer> {
    let (table, word, batch) = (I::SORT.table(), I::SORT.word(), I::SORT.answered_batch());
    let sql = store.fill(&format!("SELECT {word}_status, {batch}, answer_reason FROM {table} WHERE {word}_id = ?"))?;
    let rows = session.query(&sql, &[id.number().into()]).await?;
    let Some(row) = rows.first() else { return Ok(Answer::Pending) };
    let batch = BatchId(row.get_i64(1));
    Ok(match row.get_text(0).as_str() {
        "accepted" => Answer::Accepted { batch },
        "effective" => Answer::Effective { batch },
        "refused" => Answer::Refused { reason: row.get_text(2) },
        _ => Answer::Pending,
    })
}

/// Refuses a request that cannot be read, and so cannot be decided on. It leaves no event.
///
/// # Errors
/// The database's.
pub async fn refuse_unreadable<I: RequestId>(
    session: &mut dyn Session,
    store: &Store,
    id: I,
    problem: &str,
) -> Result<()> {
    let word = I::SORT.word();
    let reason = format!("the {word} cannot be read: {problem}; submit it with a Caribou of the worker's version");
    refuse(session, store, id, reason).await
}

/// Refuses a request that a worker took up and did not answer. It leaves no event.
///
/// # Errors
/// The database's.
pub async fn refuse_abandoned<I: RequestId>(session: &mut dyn Session, store: &Store, id: I) -> Result<()> {
    refuse(session, store, id, ABANDONED.to_owned()).await
}

/// Refuses a request without an event: about what it asks nothing can be decided.
pub(super) async fn refuse<I: RequestId>(
    session: &mut dyn Session,
    store: &Store,
    id: I,
    reason: String,
) -> Result<()> {
    let answered = Answered { status: "refused", batch: BatchId::SYSTEM, reason: Some(reason), at: Millis(0) };
    let mut packet = Packet::default();
    write_answers(store, &mut packet, &BTreeMap::from([((I::SORT, id.number()), answered)]))?;
    for (sql, values) in packet.statements() {
        unhindered(store, session.connection_id(), session.execute(sql, values)).await?;
    }
    Ok(())
}

/// The answer that an event gives to a request.
pub(in crate::store) fn answered(event: &Event) -> Option<((Sort, i64), Answered)> {
    use EventKind::{
        CheckOverridden, CommandAccepted, CommandEffective, CommandRefused, DecisionAccepted, DecisionRefused,
        OverrideRefused, PlanOverridden,
    };
    let (request, status, reason) = match &event.kind {
        CommandAccepted { command, .. } => ((Sort::Command, command.0), "accepted", None),
        CommandEffective { command } => ((Sort::Command, command.0), "effective", None),
        CommandRefused { command, reason, .. } => ((Sort::Command, command.0), "refused", Some(reason.clone())),
        DecisionAccepted { decision, .. } => ((Sort::Decision, decision.0), "accepted", None),
        DecisionRefused { decision, reason, .. } => ((Sort::Decision, decision.0), "refused", Some(reason.clone())),
        CheckOverridden { decision: Some(decision), .. } | PlanOverridden { decision, .. } => {
            ((Sort::Decision, decision.0), "accepted", None)
        }
        OverrideRefused { decision, reason } => ((Sort::Decision, decision.0), "refused", Some(reason.clone())),
        _ => return None,
    };
    Some((request, Answered { status, batch: event.batch, reason, at: event.at }))
}

/// Adds the answers to what is written.
pub(in crate::store) fn write_answers(store: &Store, packet: &mut Packet, answers: &Answers) -> Result<()> {
    for ((sort, number), Answered { status, batch, reason, at }) in answers {
        let reason = reason.as_deref().map(limits::answer);
        let mut values: Vec<Value> = vec![(*status).into(), reason.into(), at.0.into()];
        let word = sort.word();
        let mut set = format!("{word}_status = ?, answer_reason = ?, answered_ms = ?");
        if *sort == Sort::Command {
            set.push_str(", answer_batch_id = ?");
            values.push(batch.0.into());
        }
        values.push((*number).into());
        let sql = store.fill(&format!("UPDATE {} SET {set} WHERE {word}_id = ?", sort.table()))?;
        packet.add(sql, values);
    }
    Ok(())
}
