//! Attributes of a line of Liquibase: `key:value key:"a value"`.

use crate::sql::Dialect;

/// Attributes, by their keys in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Reads those between a sign (`:` or `=`) and its value. Words without one are none.
    pub fn read(text: &str, sign: char) -> Attributes {
        let mut found = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == sign || c.is_whitespace()).unwrap_or(rest.len());
            let (key, behind) = rest.split_at(end);
            let Some(value) = behind.strip_prefix(sign) else {
                rest = behind.trim_start();
                continue;
            };
            let (value, after) = value_and_rest(value);
            found.push((key.to_ascii_lowercase(), value.to_owned()));
            rest = after.trim_start();
        }
        Attributes(found)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// A value that is `true` or `false`.
    pub fn is(&self, key: &str, default: bool) -> bool {
        self.get(key).map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

/// A value, in quotes or up to a blank, and what stands behind it.
fn value_and_rest(text: &str) -> (&str, &str) {
    if let Some((value, after)) = text.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
        return (value, after);
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// True if a list of databases (`mysql,!sqlite`, `all`, `none`) holds the one of a dialect.
pub(super) fn is_for(list: &str, dialect: Dialect) -> bool {
    let mut names =
        list.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).peekable();
    if names.peek().is_none() {
        return true;
    }
    let own = dialect.as_str();
    let (mut included, mut only_excluded) = (false, true);
    for name in names {
        match name.strip_prefix('!') {
            Some(excluded) if excluded == own => return false,
            Some(_) => {}
            None => {
                only_excluded = false;
                included |= name == own || name == "all";
            }
        }
    }
    included || only_excluded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read() {
        let read = Attributes::read("runOnChange:true context:\"a or b\" words endDelimiter:// dbms:mysql,!h2", ':');
        assert_eq!((read.get("context"), read.get("enddelimiter")), (Some("a or b"), Some("//")));
        assert!(read.is("runonchange", false) && !read.is("runalways", false) && read.get("words").is_none());
        assert_eq!(Attributes::read("name=x value=\"y z\"", '=').get("value"), Some("y z"));
    }

    #[test]
    fn databases_are_chosen() {
        for (list, mysql, sqlite) in [
            ("mysql", true, false),
            ("mysql,mariadb", true, false),
            ("!sqlite", true, false),
            ("!oracle", true, true),
            ("all", true, true),
            ("none", false, false),
            ("", true, true),
            ("h2, sqlite", false, true),
        ] {
            assert_eq!((is_for(list, Dialect::MySql), is_for(list, Dialect::Sqlite)), (mysql, sqlite), "{list}");
        }
    }
}
