//! The columns of a primary key that a statement adds.

use super::Dialect;
use super::keyword::is;
use super::lexer::{Lexer, TokenKind};

/// The columns between the parentheses of the first `PRIMARY KEY (…)`; empty where there is none, as with a column that is
/// declared to be the key.
pub fn primary_key_columns(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut code = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if token.is_code() {
            code.push((token.kind, &sql[token.start..token.end]));
        }
    }
    let two = code.windows(2).position(|two| is(two[0].1, "PRIMARY") && is(two[1].1, "KEY"));
    let Some(key) = two else { return Vec::new() };
    let open = code[key + 2..].iter().take(3).position(|(_, text)| *text == "(");
    let Some(open) = open.map(|at| key + 2 + at) else { return Vec::new() };
    let (mut columns, mut depth) = (Vec::new(), 0_u32);
    for (at, (_, text)) in code.iter().enumerate().skip(open) {
        match *text {
            "(" => depth += 1,
            ")" if depth == 1 => break,
            ")" => depth -= 1,
            _ => {}
        }
        let begins = matches!(*text, "(" | ",") && depth == 1;
        let next = code.get(at + 1).filter(|(kind, _)| begins && matches!(kind, TokenKind::Word | TokenKind::Quoted));
        columns.extend(next.map(|(_, name)| name.trim_matches(['`', '"']).replace("``", "`")));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_key() {
        for (sql, columns) in [
            ("ALTER TABLE t ADD PRIMARY KEY (a)", vec!["a"]),
            ("ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY USING BTREE (`a b`, c DESC), ADD d INT", vec!["a b", "c"]),
            ("ALTER TABLE t ADD PRIMARY KEY (a(5), b)", vec!["a", "b"]),
            ("ALTER TABLE t ADD a INT PRIMARY KEY, ADD KEY (b)", vec![]),
            ("ALTER TABLE t ADD KEY (b)", vec![]),
        ] {
            assert_eq!(primary_key_columns(sql, Dialect::MySql), columns, "{sql}");
        }
    }
}
