//! Walks over the code tokens of one statement with a little lookahead.

use super::super::keyword::is;
use super::super::lexer::{Lexer, TokenKind};
use super::super::{Dialect, ObjectKind, ObjectName};
use std::collections::VecDeque;

/// A code token and its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
}

impl Code<'_> {
    /// A bare word equal to this keyword.
    pub fn is_word(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && is(self.text, keyword)
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }
}

/// Reads tokens up to the end or the first semicolon.
pub(crate) struct Cursor<'a> {
    sql: &'a str,
    lexer: Lexer<'a>,
    dialect: Dialect,
    ahead: VecDeque<Code<'a>>,
    ended: bool,
    /// Something follows the semicolon, or cannot be cut into tokens.
    pub more: bool,
}

impl<'a> Cursor<'a> {
    pub fn new(sql: &'a str, dialect: Dialect) -> Self {
        Cursor { sql, lexer: Lexer::new(sql, dialect), dialect, ahead: VecDeque::new(), ended: false, more: false }
    }

    fn lex(&mut self) -> Option<Code<'a>> {
        loop {
            match self.lexer.next_token() {
                Ok(Some(token)) if !token.is_code() => {}
                Ok(Some(token)) => {
                    if !matches!(token.kind, TokenKind::ExecOpen | TokenKind::ExecClose) {
                        return Some(Code { kind: token.kind, text: &self.sql[token.start..token.end] });
                    }
                }
                Ok(None) => return None,
                Err(_) => {
                    self.more = true;
                    return None;
                }
            }
        }
    }

    fn fill(&mut self, count: usize) {
        while self.ahead.len() < count && !self.ended {
            match self.lex() {
                Some(code) if !code.is_symbol(";") => self.ahead.push_back(code),
                Some(_) => {
                    self.ended = true;
                    self.more |= self.lex().is_some();
                }
                None => self.ended = true,
            }
        }
    }

    /// The token `n` places ahead; 0 is the next.
    pub fn peek(&mut self, n: usize) -> Option<Code<'a>> {
        self.fill(n + 1);
        self.ahead.get(n).copied()
    }

    pub fn next(&mut self) -> Option<Code<'a>> {
        self.fill(1);
        self.ahead.pop_front()
    }

    pub fn at(&mut self, keyword: &str) -> bool {
        self.peek(0).is_some_and(|code| code.is_word(keyword))
    }

    pub fn at_any(&mut self, keywords: &[&str]) -> bool {
        self.peek(0).is_some_and(|code| keywords.iter().any(|keyword| code.is_word(keyword)))
    }

    /// True if these words come next, in this order.
    pub fn at_all(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(n, keyword)| self.peek(n).is_some_and(|code| code.is_word(keyword)))
    }

    pub fn at_symbol(&mut self, symbol: &str) -> bool {
        self.peek(0).is_some_and(|code| code.is_symbol(symbol))
    }

    pub fn eat(&mut self, keyword: &str) -> bool {
        let found = self.at(keyword);
        if found {
            self.next();
        }
        found
    }

    /// Takes one of these words, if one is next.
    pub fn eat_any(&mut self, keywords: &[&str]) -> Option<&'a str> {
        if self.at_any(keywords) { self.next().map(|code| code.text) } else { None }
    }

    pub fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let found = self.at_all(keywords);
        if found {
            for _ in keywords {
                self.next();
            }
        }
        found
    }

    pub fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    /// True if the token `n` places ahead can be a name.
    pub fn is_name(&mut self, n: usize) -> bool {
        let dialect = self.dialect;
        self.peek(n).is_some_and(|code| match code.kind {
            TokenKind::Word | TokenKind::Quoted => true,
            // ANSI_QUOTES; without it the server refuses a string here. SQLite takes both kinds.
            TokenKind::Text => code.text.starts_with('"') || !dialect.is_mysql_family(),
            _ => false,
        })
    }

    /// A name, out of its quotes.
    pub fn name(&mut self) -> Option<String> {
        if self.is_name(0) { self.next().map(|code| unquote(code.text)) } else { None }
    }

    /// A name with or without its schema. A template's brace behind it means that the name is not
    /// the real one.
    pub fn object(&mut self, kind: ObjectKind) -> Option<ObjectName> {
        let first = self.name()?;
        let mut object = ObjectName::new(kind, first);
        let number = |code: Code<'_>| code.kind == TokenKind::Number;
        if self.at_symbol(".") && (self.is_name(1) || self.peek(1).is_some_and(number)) {
            self.next();
            let second = self.next().map(|code| unquote(code.text))?;
            object = ObjectName::qualified(kind, object.name, second);
        }
        let template = self.at_symbol("{") || self.at_symbol("%") || self.at_symbol("}");
        (!template).then_some(object)
    }

    /// Skips what stands in parentheses, if they are next.
    pub fn skip_parentheses(&mut self) {
        if !self.at_symbol("(") {
            return;
        }
        let mut depth = 0_usize;
        while let Some(code) = self.next() {
            if code.is_symbol("(") {
                depth += 1;
            } else if code.is_symbol(")") {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
        }
    }

    /// Skips `user@host`, `CURRENT_USER()`.
    pub fn skip_user(&mut self) {
        self.next();
        if self.eat_symbol("@") {
            self.next();
        }
        self.skip_parentheses();
    }
}

/// Takes the quotes off a name, and undoubles those inside.
pub(in crate::sql) fn unquote(text: &str) -> String {
    let mut chars = text.chars();
    let close = match chars.next() {
        Some('[') => return text[1..].trim_end_matches(']').to_owned(),
        Some(quote @ ('`' | '"' | '\'')) if text.len() >= 2 => quote,
        _ => return text.to_owned(),
    };
    let doubled: String = [close, close].iter().collect();
    text[1..text.len() - 1].replace(&doubled, &close.to_string())
}
