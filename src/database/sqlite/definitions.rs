//! Definitions as `sqlite_master` keeps them, made canonical.

use super::{errors, rows};
use crate::database::{DbError, Definition, Row};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_identifier};
use sqlx::{AssertSqlSafe, SqliteConnection};

/// The definition of one object in the schema seen under `alias`: of a table also its indexes and triggers, which go
/// with it.
pub(super) async fn inspect(
    connection: &mut SqliteConnection,
    alias: &str,
    object: &ObjectName,
) -> Result<Definition, DbError> {
    let condition = match object.kind {
        // A view may stand where a table is looked for.
        ObjectKind::Table => {
            "(tbl_name = ?1 COLLATE NOCASE AND type <> 'view' OR name = ?1 COLLATE NOCASE AND type = 'view')"
        }
        ObjectKind::View => "name = ?1 COLLATE NOCASE AND type = 'view'",
        ObjectKind::Index => "name = ?1 COLLATE NOCASE AND type = 'index'",
        ObjectKind::Trigger => "name = ?1 COLLATE NOCASE AND type = 'trigger'",
        // SQLite has none; a schema is a file, which is there when we can ask.
        ObjectKind::Procedure | ObjectKind::Function | ObjectKind::Event | ObjectKind::Sequence => {
            return Ok(Definition { object: object.clone(), text: None });
        }
        ObjectKind::Schema => return Ok(Definition { object: object.clone(), text: Some(String::new()) }),
    };
    let found = ask(connection, alias, condition, object).await?;
    let lines: Vec<String> = found.iter().map(|row| canonical(&row.get_text(0))).collect();
    let text = if lines.is_empty() { None } else { Some(lines.join("\n")) };
    Ok(Definition { object: object.clone(), text })
}

async fn ask(
    connection: &mut SqliteConnection,
    alias: &str,
    condition: &str,
    object: &ObjectName,
) -> Result<Vec<Row>, DbError> {
    let alias = quote_identifier(alias, Dialect::Sqlite)?;
    let sql = format!(
        "SELECT sql FROM {alias}.sqlite_master WHERE sql IS NOT NULL AND {condition} \
         ORDER BY type = 'table' DESC, type, name"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).bind(object.name.clone()).fetch_all(connection).await;
    let found = found.map_err(|error| errors::running(error, format!("inspect the {} {object}", object.kind)))?;
    let mut reader = rows::Reader::default();
    Ok(found.iter().map(|row| reader.read(row)).collect())
}

/// SQLite keeps the text as it was typed and edits it on ALTER, quoting what it renames. Here: comments gone, one blank
/// between words and none elsewhere, quotes taken off names that do not need them, strings untouched.
pub fn canonical(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut blank = false;
    let mut name;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' => (&rest[..quoted(rest, '\'')], quoted(rest, '\'')),
            '"' | '`' | '[' => {
                let end = if first == '[' { ']' } else { first };
                let length = quoted(rest, end);
                name = plain(&rest[..length], end);
                (name.as_str(), length)
            }
            '-' if rest.starts_with("--") => ("", rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => ("", rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
            c if c.is_whitespace() => ("", c.len_utf8()),
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (&rest[..length], length)
            }
            c => (&rest[..c.len_utf8()], c.len_utf8()),
        };
        rest = &rest[length..];
        if token.is_empty() {
            blank = true;
            continue;
        }
        // A blank counts only between two words (or a word and a quote).
        let glues = |c: Option<char>| c.is_some_and(|c| is_word(c) || matches!(c, '\'' | '"' | '`' | '['));
        if blank && glues(out.chars().next_back()) && glues(token.chars().next()) {
            out.push(' ');
        }
        out.push_str(token);
        blank = false;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a quoted token with its quotes; a doubled quote stands for one.
fn quoted(text: &str, end: char) -> usize {
    let mut position = 1;
    while let Some(found) = text[position..].find(end) {
        position += found + 1;
        if !text[position..].starts_with(end) {
            return position;
        }
        position += 1;
    }
    text.len()
}

/// A quoted name as everyone would write it: bare where it is a plain word, else in double quotes.
fn plain(text: &str, end: char) -> String {
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let name = if end == ']' { inside.to_owned() } else { inside.replace(&format!("{end}{end}"), &end.to_string()) };
    let simple = name.chars().all(is_word) && name.chars().next().is_some_and(|c| !c.is_numeric());
    let reserved = || RESERVED.iter().any(|word| word.eq_ignore_ascii_case(&name));
    if simple && !reserved() { name } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Words that are no names without quotes, or mean something else then (`parse.y`: the keywords without a fallback to a
/// name, and the times).
const RESERVED: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "AUTOINCREMENT",
    "BETWEEN",
    "CASE",
    "CHECK",
    "COLLATE",
    "COMMIT",
    "CONSTRAINT",
    "CREATE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DEFAULT",
    "DEFERRABLE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FOREIGN",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LIMIT",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "RETURNING",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TO",
    "TRANSACTION",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
];

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn the_same_table_typed_otherwise_is_the_same() {
        let one = canonical("CREATE TABLE t(a INT, b TEXT DEFAULT 'x  y')");
        for other in [
            "CREATE TABLE \"t\" (a INT, b TEXT DEFAULT 'x  y')",
            "CREATE  TABLE [t]( a INT -- the key\n, /* and */ `b` TEXT\nDEFAULT 'x  y' )",
        ] {
            assert_eq!(canonical(other), one);
        }
    }

    #[test]
    fn what_differs_stays_different() {
        let one = canonical("CREATE TABLE t(a INT DEFAULT 'x y')");
        for other in [
            "CREATE TABLE t(a INT DEFAULT 'x  y')",
            "CREATE TABLE t(a INT DEFAULT 'x y', b)",
            "CREATE TABLE \"t t\"(a INT DEFAULT 'x y')",
            "CREATE TABLE t(a INTDEFAULT 'x y')",
        ] {
            assert_ne!(canonical(other), one, "{other}");
        }
        assert_eq!(canonical("a ''' b"), "a ''' b");
    }

    #[test]
    fn names_that_need_quotes_have_them_all_alike() {
        let one = canonical("CREATE TABLE \"order\"(\"two words\" INT,\"group\" INT,\"a\"\"b\" INT,key INT)");
        assert_eq!(one, "CREATE TABLE \"order\"(\"two words\" INT,\"group\" INT,\"a\"\"b\" INT,key INT)");
        assert_eq!(canonical("CREATE TABLE [order]([two words] INT,`group` INT,`a\"b` INT,[key] INT)"), one);
    }
}
