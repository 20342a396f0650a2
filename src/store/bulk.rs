//! Many rows in few statements. The number of different texts is kept small, because each is prepared once.

use super::Result;
use crate::database::{Packet, Session, Value};

/// Rows in one statement, the largest first. Up to sixteen any number is used, since most commits are that small, and
/// then the even ones: a file of one statement makes about eighteen events.
const SIZES: [usize; 22] = [512, 64, 24, 22, 20, 18, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

/// Bytes in one statement, unless a single row is larger: well below every server's default packet.
const BYTES: usize = 2 << 20;

/// Bytes in one statement where the server takes packets of this size.
pub(super) fn most(packet: Option<u64>) -> usize {
    packet.and_then(|packet| usize::try_from(packet / 2).ok()).map_or(BYTES, |half| half.min(BYTES))
}

/// Number of rows the next statement takes, of rows with these sizes in bytes and with so many bytes at most.
pub(super) fn next_group(sizes: &[usize], most: usize) -> usize {
    let fits = |size: &usize| *size <= sizes.len() && sizes[..*size].iter().sum::<usize>() <= most;
    SIZES.into_iter().find(fits).unwrap_or(1)
}

/// Number of bytes that a row takes on its way, about.
pub(super) fn bytes_of(values: &[Value]) -> usize {
    values
        .iter()
        .map(|value| match value {
            Value::Text(text) => text.len() + 4,
            Value::Bytes(bytes) => bytes.len() + 4,
            _ => 9,
        })
        .sum()
}

/// `(?, ?, …)` for one row.
pub(super) fn placeholders(columns: usize) -> String {
    format!("({})", vec!["?"; columns].join(", "))
}

/// Adds rows, each of `columns` values, between `head` (`INSERT … VALUES`) and `tail`.
pub(super) fn add(packet: &mut Packet, head: &str, columns: usize, tail: &str, rows: Vec<Vec<Value>>, most: usize) {
    let sizes: Vec<usize> = rows.iter().map(|row| bytes_of(row)).collect();
    let one = placeholders(columns);
    let mut rows = rows.into_iter();
    let mut added = 0;
    while added < sizes.len() {
        let group = next_group(&sizes[added..], most);
        let sql = format!("{head} {} {tail}", vec![one.as_str(); group].join(", "));
        packet.add(sql.trim_end(), rows.by_ref().take(group).flatten().collect::<Vec<_>>());
        added += group;
    }
}

/// Sends rows, each of `columns` values, between `head` (`INSERT … VALUES`) and `tail`. Rows affected.
pub(super) async fn send(
    session: &mut dyn Session,
    head: &str,
    columns: usize,
    tail: &str,
    rows: Vec<Vec<Value>>,
    most: usize,
) -> Result<u64> {
    let mut packet = Packet::default();
    add(&mut packet, head, columns, tail, rows, most);
    let mut affected = 0;
    for (sql, values) in packet.statements() {
        affected += session.execute(sql, values).await?;
    }
    Ok(affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(mut sizes: &[usize]) -> Vec<usize> {
        let mut groups = Vec::new();
        while !sizes.is_empty() {
            let group = next_group(sizes, most(None));
            groups.push(group);
            sizes = &sizes[group..];
        }
        groups
    }

    #[test]
    fn few_sizes_cover_any_number() {
        assert_eq!(groups(&[10; 3]), [3]);
        assert_eq!(groups(&[10; 18]), [18]);
        assert_eq!(groups(&[10; 19]), [18, 1]);
        assert_eq!(groups(&[10; 1_100]), [512, 512, 64, 12]);
        assert_eq!(groups(&[10; 1_100]).iter().sum::<usize>(), 1_100);
    }

    #[test]
    fn large_rows_go_alone() {
        assert_eq!(groups(&[BYTES, 10, 10 * BYTES, 10]), [1, 1, 1, 1]);
        assert_eq!(next_group(&[600; 100], most(Some(10_000))), 8);
    }
}
