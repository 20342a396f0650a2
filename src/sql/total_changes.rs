//! SQLite's `total_changes()`: what a session has changed since it began. Rows of ours are among that, and are taken off
//! again wherever a statement of a file asks.

use super::Dialect;
use super::keyword::is;
use super::lexer::{Lexer, TokenKind};
use std::ops::Range;

/// True if a statement asks it.
pub(crate) fn asks_total_changes(sql: &str) -> bool {
    !calls(sql, "TOTAL_CHANGES").is_empty()
}

/// True if a text asks what its session did: it counts what we do in it, too.
pub(crate) fn asks_the_session(sql: &str) -> bool {
    ["TOTAL_CHANGES", "CHANGES", "LAST_INSERT_ROWID"].iter().any(|name| !calls(sql, name).is_empty())
}

/// The same statement for a session that has changed so many rows besides.
pub(crate) fn without_ours(sql: &str, ours: i64) -> String {
    let mut text = sql.to_owned();
    for call in calls(sql, "TOTAL_CHANGES").into_iter().rev() {
        text.replace_range(call, &format!("(total_changes() - ({ours}))"));
    }
    text
}

/// Where a function without arguments is called.
fn calls(sql: &str, name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !sql.to_ascii_uppercase().contains(name) {
        return found;
    }
    let mut lexer = Lexer::new(sql, Dialect::Sqlite);
    let mut last: Vec<(Range<usize>, TokenKind)> = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if !token.is_code() {
            continue;
        }
        last.push((token.start..token.end, token.kind));
        let text = |at: usize| &sql[last[at].0.clone()];
        let Some(first) = last.len().checked_sub(3) else { continue };
        let is_name = last[first].1 == TokenKind::Word && is(text(first), name);
        let is_member = first > 0 && text(first - 1) == ".";
        if is_name && !is_member && text(first + 1) == "(" && text(first + 2) == ")" {
            found.push(last[first].0.start..last[first + 2].0.end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_are_changed() {
        for (sql, expected) in [
            ("SELECT total_changes(), 'total_changes()'", "SELECT (total_changes() - (3)), 'total_changes()'"),
            ("INSERT INTO o VALUES (Total_Changes ( ))", "INSERT INTO o VALUES ((total_changes() - (3)))"),
            ("INSERT INTO total_changes (a) VALUES (1)", "INSERT INTO total_changes (a) VALUES (1)"),
            ("SELECT changes() -- total_changes()", "SELECT changes() -- total_changes()"),
        ] {
            assert_eq!(without_ours(sql, 3), expected);
            assert_eq!(asks_total_changes(sql), sql != expected, "{sql}");
        }
    }

    #[test]
    fn a_session_is_asked_by_three_names() {
        for (sql, asks) in [
            ("SELECT changes()", true),
            ("SELECT last_insert_rowid() + 1", true),
            ("SELECT total_changes()", true),
            ("INSERT INTO changes (a) VALUES (1)", false),
            ("SELECT 1", false),
        ] {
            assert_eq!(asks_the_session(sql), asks, "{sql}");
        }
    }
}
