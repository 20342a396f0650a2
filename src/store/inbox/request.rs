//! The two sorts of what people ask: their tables, their columns, and how a row is read.

use crate::database::Row;
use crate::model::{BatchId, Command, CommandId, Decision, DecisionId, OVERRIDE, RollbackId, Verdict};
use crate::store::limits::{LONGEST_COMMAND, LONGEST_SUBJECT, LONGEST_SUBMISSION};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// A sort of what people ask. Each has a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    Command,
    Decision,
}

impl Sort {
    /// The word for one, by which its columns begin: `command_id`, `command_status`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Sort::Command => "command",
            Sort::Decision => "decision",
        }
    }

    /// The table's name, for [`Store::fill`](crate::store::Store::fill).
    pub(super) fn table(self) -> String {
        format!("{{orchestration.migration_{}s}}", self.word())
    }

    /// The column of the batch that an answer speaks of.
    pub(super) fn answered_batch(self) -> &'static str {
        match self {
            Sort::Command => "answer_batch_id",
            Sort::Decision => "batch_id",
        }
    }
}

/// Columns that every sort has, in the order in which they are read; its own follow.
pub(super) const COMMON: [&str; 4] = ["batch_id", "operator", "answer_reason", "reason"];

/// The number of a request, and with it the sort that it is of.
pub trait RequestId: Copy + Ord + Debug {
    /// Content of the request, as a worker reads it.
    type Request;
    /// The sort.
    const SORT: Sort;
    /// Columns of its own that are short.
    const SHORT: &'static [&'static str];
    /// Columns of its own that may be long, and how many bytes of them are read at most.
    const LONG: &'static [(&'static str, usize)];

    /// From the number in the row.
    fn from_number(number: i64) -> Self;

    /// The number in the row.
    fn number(self) -> i64;

    /// Reads what is asked from a row of [`COMMON`], the short and the long columns.
    ///
    /// # Errors
    /// Reason why it is not of a form that this Caribou knows.
    fn read(self, row: &Row) -> Result<Self::Request, String>;
}

impl RequestId for CommandId {
    type Request = Command;
    const SORT: Sort = Sort::Command;
    const SHORT: &'static [&'static str] = &[];
    const LONG: &'static [(&'static str, usize)] =
        &[("command", LONGEST_COMMAND), ("expects", LONGEST_COMMAND), ("submission", LONGEST_SUBMISSION)];

    fn from_number(number: i64) -> Self {
        CommandId(number)
    }

    fn number(self) -> i64 {
        self.0
    }

    fn read(self, row: &Row) -> Result<Command, String> {
        let command = long::<Self>(row, 0, "it")?.unwrap_or_default();
        let (expects, submission) = (long::<Self>(row, 1, "what it expects")?, long::<Self>(row, 2, "its plan")?);
        Ok(Command {
            id: self,
            batch: BatchId(row.get_i64(0)),
            operator: row.get_text(1),
            verb: json(&command)?,
            reason: row.opt_text(3),
            expects: expects.map(|text| json(&text)).transpose()?.unwrap_or_default(),
            submission: submission.map(|text| json(&text)).transpose()?,
        })
    }
}

impl RequestId for DecisionId {
    type Request = Decision;
    const SORT: Sort = Sort::Decision;
    const SHORT: &'static [&'static str] = &["rollback_id", "decision"];
    const LONG: &'static [(&'static str, usize)] = &[("subject", LONGEST_SUBJECT)];

    fn from_number(number: i64) -> Self {
        DecisionId(number)
    }

    fn number(self) -> i64 {
        self.0
    }

    fn read(self, row: &Row) -> Result<Decision, String> {
        let word = row.get_text(COMMON.len() + 1);
        let subject = long::<Self>(row, 0, "what it has seen")?;
        let overrides = match (word == OVERRIDE, &subject) {
            (true, Some(subject)) => Some(json(subject)?),
            (true, None) => return Err("it does not say what it lets pass".to_owned()),
            (false, _) => None,
        };
        let verdict = match overrides {
            Some(_) => Verdict::Approve,
            None => Verdict::parse(&word).ok_or_else(|| format!("{word:?} is no decision about a rollback"))?,
        };
        let seen = subject.filter(|_| overrides.is_none());
        Ok(Decision {
            id: self,
            batch: BatchId(row.get_i64(0)),
            rollback: RollbackId(row.get_i64(COMMON.len())),
            operator: row.get_text(1),
            verdict,
            reason: row.opt_text(3),
            seen: seen.map(|text| json(&text)).transpose()?,
            overrides,
        })
    }
}

/// The n-th long column; nothing where it is empty. Text and length stand side by side.
fn long<I: RequestId>(row: &Row, n: usize, what: &str) -> Result<Option<String>, String> {
    let column = COMMON.len() + I::SHORT.len() + 2 * n;
    match (row.opt_text(column), row.opt_u64(column + 1)) {
        (None, Some(bytes)) => Err(format!("{what} has {bytes} bytes, which is more than is read")),
        (text, _) => Ok(text.filter(|text| !text.is_empty())),
    }
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
