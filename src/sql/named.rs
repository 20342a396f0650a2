//! Finding schemas that a text names and has no business with.
//!
//! In doubt it does: a name is found wherever it stands as one (bare, quoted, in a body, in a comment that some server
//! obeys), and in strings where these can become statements. What a text puts together at run time cannot be seen here:
//! against that stand the rights of the account that it runs as.

use super::keyword::{is, one_of};
use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, Language, Statement};

/// Words after which a string can only be a schema's name.
const BEFORE_A_SCHEMA: [&str; 4] = ["USE", "DATABASE", "SCHEMA", "ATTACH"];

/// The first of these schemas that a text names, whatever its case. `strings`: also in its strings, see [`can_prepare`].
pub fn named_schema<'a>(sql: &str, dialect: Dialect, schemas: &[&'a str], strings: bool) -> Option<&'a str> {
    let tokens = match tokens(sql, dialect) {
        Ok(tokens) => tokens,
        Err(at) => match found_in(sql.get(at..).unwrap_or(sql), schemas) {
            Some(found) => return Some(found),
            None => tokens(sql.get(..at).unwrap_or_default(), dialect).unwrap_or_default(),
        },
    };
    let text = |token: &Token| &sql[token.start..token.end];
    let mut joined = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let (before, after) = (index.checked_sub(1).map(|i| text(&tokens[i])), tokens.get(index + 1).map(text));
        let found = match token.kind {
            TokenKind::Word | TokenKind::Number => same(text(token), schemas).or_else(|| {
                let hex = unhexed(text(token)).filter(|_| strings);
                hex.and_then(|hex| found_in(&hex, schemas))
            }),
            TokenKind::Quoted => same(&unquoted(text(token)), schemas),
            TokenKind::Conditional => found_in(text(token), schemas),
            TokenKind::Text => {
                let inside = unquoted(text(token));
                let is_name = after == Some(".") || before.is_some_and(|b| one_of(b, &BEFORE_A_SCHEMA));
                let is_hex = before.is_some_and(|b| is(b, "X"));
                let is_body = text(token).starts_with('$');
                joined.push_str(&unhexed(&inside).filter(|_| is_hex).unwrap_or_else(|| inside.clone()));
                let hidden = (strings || is_body).then(|| found_in(&inside, schemas)).flatten();
                hidden.or_else(|| same(&inside, schemas).filter(|_| is_name))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    found_in(&joined, schemas).filter(|_| strings)
}

/// Every statement of a script that names one of these schemas: its line and the schema. A script that cannot be split
/// runs nowhere, and names nothing.
pub fn names_reserved<'a>(script: &str, language: impl Into<Language>, schemas: &[&'a str]) -> Vec<(u32, &'a str)> {
    let language = language.into();
    let dialect = language.dialect;
    // Most scripts name none, and most texts are long: a look for the bare letters is cheap.
    let strings = can_prepare(script, dialect);
    let lower = script.to_lowercase();
    if schemas.is_empty() || (!strings && !schemas.iter().any(|schema| lower.contains(&schema.to_lowercase()))) {
        return Vec::new();
    }
    let statements = super::statements(script, language).unwrap_or_default();
    let named =
        |statement: &Statement| Some((statement.line, named_schema(statement.plain(), dialect, schemas, strings)?));
    statements.iter().filter_map(named).collect()
}

/// True if a text of statements can make statements of its strings, or reads its quotes in another way than they are
/// read here.
pub fn can_prepare(sql: &str, dialect: Dialect) -> bool {
    let lower = sql.to_ascii_lowercase();
    let words: &[&str] = match dialect {
        Dialect::Sqlite => &["attach"],
        Dialect::MariaDb | Dialect::MySql => &["prepare", "immediate", "no_backslash_escapes", "language"],
    };
    words.iter().any(|word| lower.contains(word))
}

/// The tokens that may hold a name; a name that begins with digits is one. `Err`: the byte from which on it cannot be cut.
fn tokens(sql: &str, dialect: Dialect) -> Result<Vec<Token>, usize> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut found: Vec<Token> = Vec::new();
    loop {
        match lexer.next_token() {
            Ok(None) => return Ok(found),
            Err(_) => return Err(lexer.position()),
            Ok(Some(token)) if matches!(token.kind, TokenKind::Blank | TokenKind::Comment) => {}
            Ok(Some(token)) => {
                let is_run = |t: &Token| matches!(t.kind, TokenKind::Word | TokenKind::Number);
                match found.last_mut().filter(|last| last.end == token.start && is_run(last) && is_run(&token)) {
                    Some(last) => *last = Token { kind: TokenKind::Word, start: last.start, end: token.end },
                    None => found.push(token),
                }
            }
        }
    }
}

fn same<'a>(name: &str, schemas: &[&'a str]) -> Option<&'a str> {
    schemas.iter().find(|schema| name.to_lowercase() == schema.to_lowercase()).copied()
}

/// A schema's name as a word of its own within a text, also as the name of its file.
fn found_in<'a>(text: &str, schemas: &[&'a str]) -> Option<&'a str> {
    let text = text.to_lowercase();
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
    let stands = |schema: &str| {
        text.match_indices(schema).any(|(at, _)| {
            !is_part(text[..at].chars().next_back()) && !is_part(text[at + schema.len()..].chars().next())
        })
    };
    schemas.iter().find(|schema| stands(&schema.to_lowercase())).copied()
}

/// A quoted name or string without its quotes and escapes.
fn unquoted(text: &str) -> String {
    let Some(open) = text.chars().next() else { return String::new() };
    let close = if open == '[' { ']' } else { open };
    if !matches!(open, '\'' | '"' | '`' | '[') || text.len() < 2 {
        return text.to_owned();
    }
    let inside =
        text.get(1..text.len() - 1).unwrap_or_default().replace(&format!("{close}{close}"), &close.to_string());
    if matches!(open, '\'' | '"') { inside.replace('\\', "") } else { inside }
}

/// The text that hexadecimal digits stand for.
fn unhexed(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text).as_bytes();
    if digits.len() < 2 || !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, MySql, Sqlite};

    fn found(sql: &str, dialect: Dialect) -> bool {
        let strings = can_prepare(sql, dialect);
        named_schema(sql, dialect, &["shop_orchestration", "shop_undo"], strings).is_some()
    }

    #[test]
    fn a_schema_is_found_however_it_is_written() {
        for sql in [
            "DELETE FROM shop_orchestration.migration_events",
            "DELETE FROM SHOP_Orchestration . migration_events",
            "DELETE FROM `shop_undo`.`x`",
            "USE shop_undo",
            "use\n`Shop_Undo`",
            "INSERT INTO t SELECT 1 FROM a, shop_orchestration.b",
            "CREATE PROCEDURE p() BEGIN DELETE FROM shop_undo.x; END",
            "CREATE VIEW v AS SELECT * FROM shop_undo /* x */ . y",
            "/*!50000 DROP DATABASE shop_undo */",
            "SELECT 1 /*!99999 , a FROM shop_undo.b */",
            "DROP TABLE IF EXISTS a, shop_undo.b",
            "PREPARE s FROM 'DELETE FROM shop_orchestration.migration_events'",
            "SET @s = 'DELETE FROM shop_' 'undo.x'; PREPARE s FROM @s",
            "SET @s = CONCAT('TRUNCATE shop_un', 'do.x'); PREPARE s FROM @s",
            "SET @s = 0x44524f50205441424c452073686f705f756e646f2e78; PREPARE s FROM @s",
            "SET @s = x'44524f50205441424c452073686f705f756e646f2e78'; PREPARE s FROM @s",
            "RENAME TABLE t TO shop_undo.t",
            "DELETE FROM \"shop_undo\".x",
            "HANDLER shop_undo.x OPEN",
            "SELECT 1 FROM shop_undo.`unclosed",
        ] {
            for dialect in [MySql, MariaDb] {
                assert!(found(sql, dialect), "{dialect:?}: {sql}");
            }
        }
        assert!(found("EXECUTE IMMEDIATE 'DROP DATABASE shop_undo'", MariaDb));
        for sql in [
            "DELETE FROM [shop_undo].x",
            "DELETE FROM 'shop_undo'.x",
            "ATTACH 'dir/shop_orchestration.db' AS y",
            "ATTACH DATABASE 'file:dir/Shop_Undo.db?mode=rwc' AS y",
            "ATTACH DATABASE 'dir/shop_' || 'undo.db' AS y",
            "PRAGMA shop_undo.table_info(x)",
        ] {
            assert!(found(sql, Sqlite), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for sql in [
            "CREATE TABLE shop_undone (id INT)",
            "INSERT INTO notes VALUES ('see shop_orchestration.migration_events')",
            "SELECT 1 -- shop_undo.x",
            "SELECT 1 /* shop_undo.x */",
            "DELETE FROM myshop_undo.x",
            "SELECT 'shop_undo'",
        ] {
            assert!(!found(sql, MySql), "{sql}");
            assert!(!found(sql, Sqlite), "{sql}");
        }
    }
}
