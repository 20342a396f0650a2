//! The one place where identifiers are quoted.

use super::{Dialect, ObjectKind, ObjectName};

/// A name that no server accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// MySQL and MariaDB refuse it; SQLite takes it.
    #[error("cannot quote an identifier: the name is empty; give it a name")]
    Empty,
    /// No server has a way to write it.
    #[error("cannot quote the identifier {name:?}: it holds a NUL byte, which no server accepts")]
    Nul {
        /// The name as given.
        name: String,
    },
}

/// Quotes one identifier: backticks for MySQL and MariaDB, double quotes for SQLite; quotes inside
/// are doubled, so that no name can leave its quotes.
pub fn quote_identifier(name: &str, dialect: Dialect) -> Result<String, QuoteError> {
    if name.is_empty() && dialect.is_mysql_family() {
        return Err(QuoteError::Empty);
    }
    if name.contains('\0') {
        return Err(QuoteError::Nul { name: name.into() });
    }
    let quote = if dialect.is_mysql_family() { '`' } else { '"' };
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push(quote);
    for c in name.chars() {
        if c == quote {
            quoted.push(quote);
        }
        quoted.push(c);
    }
    quoted.push(quote);
    Ok(quoted)
}

/// Quotes an object's name with its schema, if it has one.
pub fn quote_name(object: &ObjectName, dialect: Dialect) -> Result<String, QuoteError> {
    let name = quote_identifier(&object.name, dialect)?;
    match &object.schema {
        Some(schema) if object.kind != ObjectKind::Schema => {
            Ok(format!("{}.{name}", quote_identifier(schema, dialect)?))
        }
        _ => Ok(name),
    }
}

/// Quotes a text as a value on one line, in a way that holds under every SQL mode: where it has backslashes, control
/// characters or what looks like a comment, its bytes in hexadecimal.
///
/// # Errors
/// [`QuoteError::Nul`]: no literal of SQLite holds one.
pub fn quote_text(text: &str, dialect: Dialect) -> Result<String, QuoteError> {
    if text.contains('\0') {
        return Err(QuoteError::Nul { name: text.into() });
    }
    if !text.contains(|c: char| c.is_control() || c == '\\') && !text.contains("--") {
        return Ok(format!("'{}'", text.replace('\'', "''")));
    }
    let bytes: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    match dialect.is_mysql_family() {
        true => Ok(format!("_utf8mb4 X'{bytes}'")),
        false => Ok(format!("CAST(X'{bytes}' AS TEXT)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        let cases = [
            (Dialect::MySql, "it's", "'it''s'"),
            (Dialect::MySql, "a\\", "_utf8mb4 X'615C'"),
            (Dialect::Sqlite, "a\nb", "CAST(X'610A62' AS TEXT)"),
            (Dialect::Sqlite, "grün", "'grün'"),
            (Dialect::MariaDb, "", "''"),
        ];
        for (dialect, text, quoted) in cases {
            assert_eq!(quote_text(text, dialect).as_deref(), Ok(quoted));
        }
        assert!(quote_text("a\0", Dialect::MySql).is_err());
    }

    #[test]
    fn quotes_inside_are_doubled() {
        let cases = [
            (Dialect::MySql, "a`b", "`a``b`"),
            (Dialect::MariaDb, "a\"b", "`a\"b`"),
            (Dialect::Sqlite, "a\"b`", "\"a\"\"b`\""),
            (Dialect::Sqlite, "x; DROP TABLE y", "\"x; DROP TABLE y\""),
            (Dialect::MySql, "größe", "`größe`"),
        ];
        for (dialect, name, quoted) in cases {
            assert_eq!(quote_identifier(name, dialect).as_deref(), Ok(quoted));
        }
    }

    #[test]
    fn nul_and_empty_are_refused() {
        assert_eq!(quote_identifier("", Dialect::MySql), Err(QuoteError::Empty));
        assert_eq!(quote_identifier("", Dialect::Sqlite).as_deref(), Ok("\"\""));
        assert!(matches!(quote_identifier("a\0", Dialect::Sqlite), Err(QuoteError::Nul { .. })));
    }

    #[test]
    fn a_schema_is_quoted_apart() {
        let name = ObjectName::qualified(ObjectKind::Table, "co.re", "t");
        assert_eq!(quote_name(&name, Dialect::MySql).as_deref(), Ok("`co.re`.`t`"));
    }
}
