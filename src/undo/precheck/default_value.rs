//! The value that a row has in a column which was added and never written.

use crate::sql::Dialect;
use crate::sql::lexer::TokenKind;
use crate::undo::inverse::NoInverse;
use crate::undo::inverse::text::words;

/// Value of a row in a column that was added and never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DefaultValue {
    Null,
    /// As written.
    Literal(String),
    /// The value that a server takes where there is no default.
    Empty,
    /// By an expression: no value tells.
    Computed,
}

/// By the definition behind a column's name.
pub(super) fn default_value(definition: &str, not_null: bool, dialect: Dialect) -> Result<DefaultValue, NoInverse> {
    let words = words(definition, dialect)?;
    let position = words.iter().position(|word| word.depth == 0 && word.is("DEFAULT"));
    let Some(at) = position else { return Ok(if not_null { DefaultValue::Empty } else { DefaultValue::Null }) };
    let sign = words.get(at + 1).filter(|word| word.is_symbol("-") || word.is_symbol("+"));
    let value = words.get(at + 1 + usize::from(sign.is_some()));
    Ok(match value {
        Some(value) if value.is("NULL") => DefaultValue::Null,
        Some(value) if matches!(value.kind, TokenKind::Number | TokenKind::Text) => {
            DefaultValue::Literal(format!("{}{}", sign.map_or("", |sign| sign.text), value.text))
        }
        _ => DefaultValue::Computed,
    })
}
