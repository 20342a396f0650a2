//! Waiting for open write transactions: `read_only` returns at once while they are open, and their COMMIT then fails.

use crate::database::{DbError, ErrorKind, Session, Writer, open_writers};
use std::time::{Duration, Instant};

/// For how long they are waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// Interval at which they are looked for.
const AGAIN: Duration = Duration::from_millis(100);
/// Number of them that a refusal names.
const NAMED: usize = 5;

/// Waits until every transaction that had written when it was asked is over; new ones may have begun by then, and their
/// COMMIT is refused with an error that their application sees. `Err`: those that stay, in words.
pub(super) async fn drained(session: &mut dyn Session, own: &[u64]) -> Result<Result<(), String>, DbError> {
    let first = match open_writers(session, own).await {
        Ok(first) => first,
        Err(error) if error.kind == ErrorKind::Privilege => return Ok(Err(hidden(&error))),
        Err(error) => return Err(error),
    };
    let until = Instant::now() + PATIENCE;
    let mut open = first.clone();
    while !open.is_empty() && Instant::now() < until {
        tokio::time::sleep(AGAIN).await;
        open = open_writers(session, own).await?;
        open.retain(|writer| first.iter().any(|f| f.transaction == writer.transaction));
    }
    Ok(if open.is_empty() { Ok(()) } else { Err(refusal(&open)) })
}

fn hidden(error: &DbError) -> String {
    format!(
        "open write transactions cannot be seen by this account ({error}): `caribou schema grants worker USER@HOST`"
    )
}

fn refusal(open: &[Writer]) -> String {
    let named: Vec<String> = open.iter().take(NAMED).map(ToString::to_string).collect();
    let more = open.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let (are, they) = if open.len() == 1 { ("transaction is", "it") } else { ("transactions are", "they") };
    format!(
        "{} write {are} open and did not end within {} s, the longest first: {}{more}. A freeze would lose what {they} \
         wrote: end {they} or wait, and ask again",
        open.len(),
        PATIENCE.as_secs(),
        named.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_longest_and_counts_the_rest() {
        let writer = |n: u64| Writer {
            transaction: n.to_string(),
            connection: n,
            account: "app@10.0.0.7".into(),
            schema: Some("shop".into()),
            seconds: 900 - n,
            rows: 3,
        };
        let one = refusal(&[writer(8)]);
        assert!(one.contains("1 write transaction is open") && one.contains("connection 8 of app@10.0.0.7 on shop"));
        let many: Vec<Writer> = (1..=7).map(writer).collect();
        assert!(refusal(&many).contains("; and 2 more"), "{}", refusal(&many));
    }
}
