//! Files that a script of SQLite attaches.

use super::Dialect;
use super::keyword::is;
use super::qualifiers::identifiers;

/// A file, and the schema under which it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attached {
    /// The schema, in lower case.
    pub(crate) schema: String,
    /// It is seen by this session alone, and gone with it.
    pub(crate) is_of_session: bool,
}

/// Takes an `ATTACH` apart; `None` where its schema is not told by its text.
pub(crate) fn attached(sql: &str) -> Option<Attached> {
    let words = identifiers(sql, Dialect::Sqlite);
    let [verb, between @ .., before, schema] = words.as_slice() else { return None };
    if !is(verb, "ATTACH") || !is(before, "AS") {
        return None;
    }
    let files: Vec<&String> = between.iter().filter(|word| !is(word, "DATABASE")).collect();
    let is_of_session = matches!(files.as_slice(), [file] if file.is_empty() || file.as_str() == ":memory:");
    Some(Attached { schema: schema.to_lowercase(), is_of_session })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_session_sees_is_told_from_a_file() {
        let of = |sql: &str| attached(sql).map(|one| (one.schema, one.is_of_session));
        assert_eq!(of("ATTACH ':memory:' AS M"), Some(("m".to_owned(), true)));
        assert_eq!(of("attach database '' as \"t x\""), Some(("t x".to_owned(), true)));
        assert_eq!(of("ATTACH 'other.db' AS o"), Some(("o".to_owned(), false)));
        assert_eq!(of("ATTACH 'a' || 'b' AS o"), Some(("o".to_owned(), false)));
        assert_eq!(of("DETACH o"), None);
    }
}
