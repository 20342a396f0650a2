//! What the worker sees on its server, as `status` tells it.

use super::output::{safe, took};
use crate::model::{Batch, Live, LiveBlocker, LiveStatement, Load, Phase, Stage};
use serde::Serialize;

/// What the worker sees, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LiveDocument {
    pub at: String,
    pub statements: Vec<LiveStatementDocument>,
    /// Null where no server is, and before the first look.
    pub load: Option<LoadDocument>,
}

/// A statement under way. Its number is from 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LiveStatementDocument {
    /// Null for a file of a batch that is not shown.
    pub path: Option<String>,
    #[serde(flatten)]
    pub seen: LiveStatement,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LoadDocument {
    pub at: String,
    pub threads_running: Option<u64>,
    pub connections: Option<u64>,
    pub rows_written_per_s: Option<u64>,
    pub replica_lag_ms: Option<u64>,
    pub unknown: Option<String>,
    pub lag_unknown: Option<String>,
}

impl LiveDocument {
    pub fn new(live: &Live, batch: Option<&Batch>) -> LiveDocument {
        let statement = |seen: &LiveStatement| LiveStatementDocument {
            path: path(seen, batch),
            seen: LiveStatement { statement: seen.statement + 1, ..seen.clone() },
        };
        LiveDocument {
            at: live.at.to_rfc3339(),
            statements: live.statements.iter().map(statement).collect(),
            load: live.load.as_ref().map(LoadDocument::from),
        }
    }
}

impl From<&Load> for LoadDocument {
    fn from(load: &Load) -> LoadDocument {
        LoadDocument {
            at: load.at.to_rfc3339(),
            threads_running: load.threads_running,
            connections: load.connections,
            rows_written_per_s: load.rows_written_per_s,
            replica_lag_ms: load.replica_lag_ms,
            unknown: load.unknown.clone(),
            lag_unknown: load.lag_unknown.clone(),
        }
    }
}

fn path(seen: &LiveStatement, batch: Option<&Batch>) -> Option<String> {
    batch.filter(|batch| batch.id == seen.batch).and_then(|batch| batch.file(seen.file)).map(|file| file.path.clone())
}

/// The same in lines for people, that end with a line end; empty where nothing is to be told.
pub(crate) fn told(live: &Live, batch: Option<&Batch>) -> String {
    let mut lines = Vec::new();
    for seen in &live.statements {
        lines.extend(statement(seen, batch));
    }
    lines.extend(live.load.as_ref().map(load));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn statement(seen: &LiveStatement, batch: Option<&Batch>) -> Vec<String> {
    let what = path(seen, batch).unwrap_or_else(|| format!("a file of batch {}", seen.batch));
    let phase = if seen.phase == Phase::Undo { "undo statement" } else { "statement" };
    let on = seen.connection.map_or_else(String::new, |connection| format!(", connection {connection}"));
    let number = seen.statement + 1;
    let mut lines = vec![format!("Now: {}, {phase} {number}, for {}{on}", safe(&what), took(seen.elapsed_ms))];
    lines.extend(seen.stage.as_ref().map(|stage| format!("  {}", self::stage(seen, stage))));
    lines.extend(seen.stage_unknown.as_ref().map(|why| format!("  how far it is: ? {}", safe(why))));
    for blocker in &seen.blocked_by {
        lines.push(format!("  {}", self::blocker(blocker)));
        lines.extend(blocker.last.as_ref().map(|sql| format!("    its last: {}", safe(sql))));
        lines.extend(blocker.runs.as_ref().map(|sql| format!("    it runs: {}", safe(sql))));
    }
    lines.extend(seen.blockers_unknown.as_ref().map(|why| format!("  who is in its way: ? {}", safe(why))));
    lines.extend(seen.waits_unknown.as_ref().map(|why| format!("  whether it waits: ? {}", safe(why))));
    lines
}

fn stage(seen: &LiveStatement, stage: &Stage) -> String {
    let mut text = safe(&stage.name);
    if let Some((step, steps)) = stage.step.zip(stage.steps) {
        text.push_str(&format!(" {step}/{steps}"));
    }
    if let Some(permille) = stage.done_permille {
        text.push_str(&format!(", {} %", permille / 10));
    }
    match stage.rows_done.zip(stage.rows_total) {
        Some((done, all)) if done <= all => text.push_str(&format!(", ~{} of {} rows", grouped(done), grouped(all))),
        Some((done, all)) => {
            text.push_str(&format!(", ~{} rows, more than the {} of the estimate", grouped(done), grouped(all)));
        }
        None => {}
    }
    if let Some((low, high)) = seen.left_ms() {
        let words = |ms: u64| took(ms.div_ceil(1000) * 1000);
        let range = if low == high { words(low) } else { format!("{} to {}", words(low), words(high)) };
        text.push_str(&format!(", {range} left"));
    }
    text
}

fn blocker(blocker: &LiveBlocker) -> String {
    let LiveBlocker { connection, account, object, lock, certain, transaction_ms, .. } = blocker;
    let on = if object.is_empty() { String::new() } else { format!(" on {}", safe(object)) };
    let of = if account.is_empty() { String::new() } else { format!(" {}", safe(account)) };
    let who = match certain {
        true => format!("{lock}{on}, held by connection {connection}{of}"),
        false => format!("{lock}{on}, perhaps held by connection {connection}{of}"),
    };
    let open = transaction_ms.map_or_else(String::new, |ms| format!(", transaction open for {}", took(ms)));
    let idle = if blocker.runs.is_none() { ", no statement running" } else { "" };
    format!("{who}{open}{idle}")
}

fn load(load: &Load) -> String {
    let mut parts = Vec::new();
    parts.extend(load.threads_running.map(|n| format!("{n} running")));
    parts.extend(load.connections.map(|n| format!("{} connections", grouped(n))));
    parts.extend(load.rows_written_per_s.map(|n| format!("{} rows written/s", grouped(n))));
    parts.extend(load.replica_lag_ms.map(|ms| format!("replica lag {}", took(ms))));
    parts.extend(load.unknown.as_ref().map(|why| format!("? {}", safe(why))));
    format!("Server: {}", parts.join(", "))
}

/// A number with a comma each thousand.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    #[test]
    fn a_statement_is_told_with_its_progress_and_who_is_in_its_way() {
        let copying = LiveStatement {
            statement: 2,
            connection: Some(8123),
            elapsed_ms: 581_000,
            stage: Some(Stage {
                name: "copy to tmp table".into(),
                step: Some(1),
                steps: Some(2),
                done_permille: Some(615),
                rows_done: Some(4_182_000),
                rows_total: Some(6_800_000),
                left_ms: Some(360_000),
            }),
            ..LiveStatement::default()
        };
        let blocked = LiveStatement {
            phase: Phase::Undo,
            connection: Some(8127),
            stage: Some(Stage { name: "Waiting for table metadata lock".into(), ..Stage::default() }),
            blocked_by: vec![LiveBlocker {
                connection: 8093,
                account: "report@10.4.7.21\u{202e}".into(),
                object: "shop.payments".into(),
                lock: "metadata lock".into(),
                certain: true,
                transaction_ms: Some(724_000),
                last: Some("SELECT 1\u{1b}[31m".into()),
                ..LiveBlocker::default()
            }],
            ..LiveStatement::default()
        };
        let load = Load { threads_running: Some(9), connections: Some(1_212), ..Load::default() };
        let live = Live { at: Millis(0), parallel: None, statements: vec![copying, blocked], load: Some(load) };
        insta::assert_snapshot!(told(&live, None));
    }

    #[test]
    fn unknown_is_said_with_its_reason() {
        let seen = LiveStatement {
            stage_unknown: Some("SQLite does not say how far a statement is".into()),
            blockers_unknown: Some("another process holds the lock".into()),
            ..LiveStatement::default()
        };
        let live = Live { statements: vec![seen], ..Live::default() };
        insta::assert_snapshot!(told(&live, None));
    }

    #[test]
    fn thousands_have_a_comma() {
        assert_eq!([0, 999, 1_000, 6_800_000].map(grouped), ["0", "999", "1,000", "6,800,000"]);
    }
}
