//! Steps through the tokens of a statement.

use crate::sql::Cursor;

/// Goes behind this word, which is near the beginning; `SET STATEMENT … FOR` may stand before it.
pub(super) fn find(cursor: &mut Cursor<'_>, word: &str) -> Option<()> {
    while !cursor.at(word) {
        cursor.next()?;
    }
    cursor.next().map(|_| ())
}

/// Takes one token, or all that stands in parentheses; `None` at the end.
pub(super) fn skip(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.at_symbol("(") {
        cursor.skip_parentheses();
        return Some(());
    }
    cursor.next().map(|_| ())
}

/// Goes on to the comma or the closing parenthesis.
pub(super) fn skip_item(cursor: &mut Cursor<'_>) -> Option<()> {
    while !cursor.at_symbol(",") && !cursor.at_symbol(")") {
        skip(cursor)?;
    }
    Some(())
}
