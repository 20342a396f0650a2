//! The tokens of a definition.

use super::types::NoInverse;
use crate::sql::keyword::is;
use crate::sql::lexer::{Lexer, TokenKind};
use crate::sql::{Dialect, ObjectName, quote_identifier};

/// A token of a definition that means something, and where it stands. The marks of executable comments are among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
    /// The number of parentheses that are open around it; for a parenthesis itself, around what it opens or closes.
    pub depth: usize,
}

impl Word<'_> {
    /// A bare word equal to this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && is(self.text, keyword)
    }

    /// A sign.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// A name in quotes, or a word that may be one.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }
}

/// Cuts a definition into its tokens.
pub(crate) fn words(text: &str, dialect: Dialect) -> Result<Vec<Word<'_>>, NoInverse> {
    let mut lexer = Lexer::new(text, dialect);
    let mut words = Vec::new();
    let mut depth = 0_usize;
    loop {
        let token = match lexer.next_token() {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(words),
            Err(_) => return Err(NoInverse::because("the server's definition cannot be cut into tokens")),
        };
        if matches!(token.kind, TokenKind::Blank | TokenKind::Comment) {
            continue;
        }
        let part = &text[token.start..token.end];
        let symbol = token.kind == TokenKind::Symbol;
        if symbol && part == ")" {
            depth = depth.saturating_sub(1);
        }
        words.push(Word { kind: token.kind, text: part, start: token.start, end: token.end, depth });
        if symbol && part == "(" {
            depth += 1;
        }
    }
}

/// A name out of its quotes.
pub(crate) fn unquoted(text: &str) -> String {
    let Some(quote @ ('`' | '"' | '\'' | '[')) = text.chars().next() else { return text.to_owned() };
    let close = if quote == '[' { ']' } else { quote };
    let inside = text.get(1..text.len() - 1).unwrap_or_default();
    inside.replace(&format!("{close}{close}"), &close.to_string())
}

/// True if two names of columns, keys or constraints mean the same to every server.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// Pairs of names: each with the name that it becomes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(pub Vec<(String, String)>);

impl Names {
    /// The new name of what is called so.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(from, _)| same_name(from, name)).map(|(_, to)| to.as_str())
    }

    /// A text in which the quoted names within `from..to` are the new ones.
    pub fn within(&self, text: &str, range: std::ops::Range<usize>, dialect: Dialect) -> Result<String, NoInverse> {
        if self.0.is_empty() {
            return Ok(text.to_owned());
        }
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for word in words(text, dialect)? {
            let quoted = word.kind == TokenKind::Quoted && range.contains(&word.start);
            let Some(new) = self.get(&unquoted(word.text)).filter(|_| quoted) else { continue };
            out.push_str(&text[done..word.start]);
            out.push_str(&quote_identifier(new, dialect)?);
            done = word.end;
        }
        out.push_str(&text[done..]);
        Ok(out)
    }
}

/// The text with the object's schema before the name that follows `keyword`, where the object has a schema and the name
/// has none.
pub(crate) fn qualified(text: &str, keyword: &str, object: &ObjectName, dialect: Dialect) -> Result<String, NoInverse> {
    let Some(schema) = &object.schema else { return Ok(text.to_owned()) };
    let words = words(text, dialect)?;
    let missing = || NoInverse::because(format!("the definition of {object} does not name it after {keyword}"));
    let at = words.iter().position(|word| word.is(keyword)).ok_or_else(missing)?;
    let name = words.get(at + 1).filter(|word| word.is_name()).ok_or_else(missing)?;
    if words.get(at + 2).is_some_and(|word| word.is_symbol(".")) {
        return Ok(text.to_owned());
    }
    let schema = quote_identifier(schema, dialect)?;
    Ok(format!("{}{schema}.{}", &text[..name.start], &text[name.start..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ObjectKind;

    #[test]
    fn depth_counts_open_parentheses() {
        let found = words("a (b, (c)) d", Dialect::MySql).unwrap();
        let depths: Vec<(&str, usize)> = found.iter().map(|word| (word.text, word.depth)).collect();
        assert_eq!(depths, [("a", 0), ("(", 0), ("b", 1), (",", 1), ("(", 1), ("c", 2), (")", 1), (")", 0), ("d", 0)]);
        assert!(words("a 'b", Dialect::MySql).is_err());
    }

    #[test]
    fn names_are_replaced_in_their_range_and_not_in_strings() {
        let names = Names(vec![("a".to_owned(), "b`c".to_owned())]);
        let text = "KEY `a` (`A`,`ab`) COMMENT '`a`'";
        let open = text.find('(').unwrap();
        let replaced = names.within(text, open..text.len(), Dialect::MySql).unwrap();
        assert_eq!(replaced, "KEY `a` (`b``c`,`ab`) COMMENT '`a`'");
    }

    #[test]
    fn a_schema_is_put_before_a_bare_name_only() {
        let object = ObjectName::qualified(ObjectKind::Table, "s", "t");
        let with = |text| qualified(text, "TABLE", &object, Dialect::MySql).unwrap();
        assert_eq!(with("CREATE TABLE `t` (\n  `a` int\n)"), "CREATE TABLE `s`.`t` (\n  `a` int\n)");
        assert_eq!(with("CREATE TABLE `x`.`t` (a int)"), "CREATE TABLE `x`.`t` (a int)");
        assert!(qualified("CREATE VIEW v", "TABLE", &object, Dialect::MySql).is_err());
        assert_eq!(unquoted("`a``b`"), "a`b");
    }
}
