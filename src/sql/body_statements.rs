//! Statements in the body of a trigger, routine or event, as far as they can be cut out of it.

use super::keyword::is;
use super::lexer::{Lexer, TokenKind};
use super::{Analysis, Dialect, analyse};

/// Words with which a statement begins that names tables and their columns.
const BEGINS: &[&str] = &["INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT"];
/// Words of a body in which a name may mean something else than a table that stands.
const UNTOLD: &[&str] = &["TEMPORARY", "PREPARE", "EXECUTE", "WITH", "CREATE", "DROP", "RENAME", "ALTER"];

/// A statement of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyStatement<'a> {
    pub(crate) sql: &'a str,
    pub(crate) analysis: Analysis,
}

/// A column of the row that fires a trigger: `NEW.a`, `OLD.a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowColumn {
    pub(crate) row: String,
    pub(crate) column: String,
}

struct Code<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    is_word: bool,
    is_name: bool,
}

fn code(body: &str, dialect: Dialect) -> Option<Vec<Code<'_>>> {
    let mut lexer = Lexer::new(body, dialect);
    let mut code = Vec::new();
    while let Some(token) = lexer.next_token().ok()? {
        if token.is_code() {
            let is_word = token.kind == TokenKind::Word;
            let is_name = is_word || token.kind == TokenKind::Quoted;
            code.push(Code {
                text: &body[token.start..token.end],
                start: token.start,
                end: token.end,
                is_word,
                is_name,
            });
        }
    }
    Some(code)
}

/// The statements about rows in the body of what a CREATE makes, the outer ones; none where names may mean something else
/// there.
pub(crate) fn body_statements(body: &str, dialect: Dialect) -> Vec<BodyStatement<'_>> {
    let Some(code) = code(body, dialect) else { return Vec::new() };
    let one_of = |at: usize, words: &[&str]| code[at].is_word && words.iter().any(|word| is(code[at].text, word));
    let mut found = Vec::new();
    let mut at = begins(&code);
    if (at..code.len()).any(|at| one_of(at, UNTOLD)) {
        return Vec::new();
    }
    while at < code.len() {
        let is_name = at > 0 && code[at - 1].text == ".";
        let calls = code.get(at + 1).is_some_and(|next| next.text == "(");
        let is_clause = at > 0 && one_of(at - 1, &["FOR", "ON", "BEFORE", "AFTER", "OF"]) && !one_of(at, &["SELECT"]);
        if is_name || calls || is_clause || !one_of(at, BEGINS) {
            at += 1;
            continue;
        }
        let end = ends(&code, at);
        let until = if end > at { code[end - 1].end } else { code[at].end };
        let sql = &body[code[at].start..until];
        found.push(BodyStatement { sql, analysis: analyse(sql, dialect) });
        at = end.max(at + 1);
    }
    found
}

/// Where the body begins: behind `FOR EACH ROW` or `DO`, at `BEGIN`, else at its only statement.
fn begins(code: &[Code<'_>]) -> usize {
    let is_at = |at: usize, word: &str| code.get(at).is_some_and(|one| one.is_word && is(one.text, word));
    let header = (0..code.len()).find_map(|at| match () {
        () if is_at(at, "EACH") && is_at(at + 1, "ROW") => Some(at + 2),
        () if is_at(at, "DO") => Some(at + 1),
        () if is_at(at, "BEGIN") => Some(at),
        () => None,
    });
    let statement = || (0..code.len()).find(|at| BEGINS.iter().any(|word| is_at(*at, word)));
    header.or_else(statement).unwrap_or(code.len())
}

/// Where a statement ends: before its semicolon, or before the parenthesis that closes around it.
fn ends(code: &[Code<'_>], from: usize) -> usize {
    let mut depth = 0_u32;
    for (at, one) in code.iter().enumerate().skip(from) {
        match one.text {
            ";" => return at,
            "(" => depth += 1,
            ")" if depth == 0 => return at,
            ")" => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The columns of the row that fires a trigger which its text names.
pub(crate) fn row_columns(text: &str, dialect: Dialect) -> Vec<RowColumn> {
    let Some(code) = code(text, dialect) else { return Vec::new() };
    let mut found: Vec<RowColumn> = Vec::new();
    for at in 0..code.len().saturating_sub(2) {
        let is_row = code[at].is_word && (is(code[at].text, "NEW") || is(code[at].text, "OLD"));
        let is_whole = at == 0 || code[at - 1].text != ".";
        if is_row && is_whole && code[at + 1].text == "." && code[at + 2].is_name {
            let column = code[at + 2].text.trim_matches(['`', '"', '[', ']']).to_owned();
            let one = RowColumn { row: code[at].text.to_ascii_uppercase(), column };
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        body_statements(&format!("CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW {body}"), Dialect::MariaDb)
            .iter()
            .map(|one| one.sql.to_owned())
            .collect()
    }

    #[test]
    fn statements_are_cut_out_of_a_body() {
        let body = "BEGIN IF NEW.a > (SELECT MAX(b) FROM x WHERE c = 1) THEN UPDATE y SET d = INSERT('a', 1, 1, 'b'); END IF; \
                    INSERT INTO z (e) VALUES (NEW.a) ON DUPLICATE KEY UPDATE e = 2; END";
        assert_eq!(
            texts(body),
            [
                "SELECT MAX(b) FROM x WHERE c = 1",
                "UPDATE y SET d = INSERT('a', 1, 1, 'b')",
                "INSERT INTO z (e) VALUES (NEW.a) ON DUPLICATE KEY UPDATE e = 2"
            ]
        );
        assert_eq!(
            texts("BEGIN CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1); END"),
            Vec::<String>::new()
        );
        assert_eq!(texts("SET NEW.a = 1"), Vec::<String>::new());
        let found =
            |sql: &str, dialect| body_statements(sql, dialect).iter().map(|one| one.sql.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            found("CREATE PROCEDURE p (a INT) DELETE FROM t WHERE b = a", Dialect::MySql),
            ["DELETE FROM t WHERE b = a"]
        );
        assert_eq!(
            found("CREATE TRIGGER x UPDATE OF a ON t BEGIN DELETE FROM u; SELECT 1; END", Dialect::Sqlite),
            ["DELETE FROM u", "SELECT 1"]
        );
    }

    #[test]
    fn columns_of_the_row_are_found() {
        let found = row_columns("SET NEW.a = OLD.`b` + new.a + x.new.c", Dialect::MySql);
        let told: Vec<String> = found.iter().map(|one| format!("{}.{}", one.row, one.column)).collect();
        assert_eq!(told, ["NEW.a", "OLD.b"]);
    }
}
