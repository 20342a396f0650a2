//! Cuts text into tokens, by the rules of each server's own lexer.
//!
//! Sources: MySQL manual "Comments" and "String Literals", `sql_lex.cc` of MariaDB 10.11, SQLite's
//! `tokenize.c`. Works on bytes; every boundary falls on ASCII or around a whole run of other
//! bytes, so slices are always valid UTF-8.

use super::Dialect;
use super::modes::Modes;
pub(crate) use super::token::{LexError, Token, TokenKind};
use super::token::{unclosed_comment, unclosed_quote};

/// Operators of more than one sign, longest first.
const OPERATORS: [&[u8]; 13] =
    [b"<=>", b"->>", b"<=", b">=", b"<>", b"!=", b":=", b"->", b"||", b"&&", b"<<", b">>", b"=="];

/// MySQL obeys `/*!NNNNN` up to its own version. Ours is not known here: anything up to 9.8 is
/// taken as obeyed, `/*!99999` (an idiom for "never") is not.
const MYSQL_OBEYS_BELOW: u32 = 99_000;
/// MariaDB obeys its own versions; 50700 to 99999 means Oracle's 5.7 and later, which it skips.
const MARIADB_SKIPS: std::ops::RangeInclusive<u32> = 50_700..=99_999;
/// `/*M!999999` (the first line of its dumps) is never obeyed.
const MARIADB_OBEYS_BELOW: u32 = 200_000;

/// Reads one token after another.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    pos: usize,
    dialect: Dialect,
    modes: Modes,
    /// Not `;`.
    delimiter: Option<Box<[u8]>>,
    /// Byte at which the executable comment that we are in was opened.
    exec_open: Option<usize>,
    /// The last code token was the word AS, after which MySQL 9 allows `$tag$ … $tag$`.
    after_as: bool,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str, dialect: Dialect) -> Self {
        Lexer {
            bytes: text.as_bytes(),
            pos: 0,
            dialect,
            modes: Modes::default(),
            delimiter: None,
            exec_open: None,
            after_as: false,
        }
    }

    /// The same under the modes of a session.
    pub fn with_modes(self, modes: Modes) -> Self {
        Lexer { modes, ..self }
    }

    /// Sets the modes under which all from here on is read.
    pub fn set_modes(&mut self, modes: Modes) {
        self.modes = modes;
    }

    /// The byte where the next token starts.
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Goes on reading at this byte, which must be a boundary of a token.
    pub fn jump(&mut self, to: usize) {
        self.pos = to;
    }

    /// Puts a client's delimiter in force; `;` is always a token of its own.
    pub fn set_delimiter(&mut self, delimiter: &str) {
        self.delimiter = (delimiter != ";").then(|| delimiter.as_bytes().into());
    }

    /// True if a delimiter other than `;` is in force.
    pub fn has_delimiter(&self) -> bool {
        self.delimiter.is_some()
    }

    /// The next token, `None` at the end.
    pub fn next_token(&mut self) -> Result<Option<Token>, LexError> {
        let start = self.pos;
        let Some(&first) = self.bytes.get(start) else {
            return match self.exec_open.take() {
                None => Ok(None),
                Some(at) => Err(unclosed_comment(at, "/*!")),
            };
        };
        let kind = self.read(first, start)?;
        debug_assert!(self.pos > start, "a token is never empty");
        let token = Token { kind, start, end: self.pos };
        if token.is_code() {
            self.after_as = kind == TokenKind::Word && self.bytes[start..self.pos].eq_ignore_ascii_case(b"AS");
        }
        Ok(Some(token))
    }

    /// Moves past the token that begins with `first` and says what it is.
    fn read(&mut self, first: u8, start: usize) -> Result<TokenKind, LexError> {
        if self.exec_open.is_none() && self.at_delimiter(start) {
            self.pos += self.delimiter.as_ref().map_or(1, |d| d.len());
            return Ok(TokenKind::Delimiter);
        }
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Ok(self.blank()),
            0xef if self.rest().starts_with(b"\xef\xbb\xbf") => {
                self.pos += 3;
                Ok(TokenKind::Blank)
            }
            b'-' if self.dashes_begin_comment() => Ok(self.line_comment()),
            b'#' if self.dialect.is_mysql_family() => Ok(self.line_comment()),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'*' if self.exec_open.is_some() && self.peek(1) == Some(b'/') => {
                self.exec_open = None;
                self.pos += 2;
                Ok(TokenKind::ExecClose)
            }
            b'\'' => self.quoted(first, self.escapes(), TokenKind::Text),
            b'"' if self.dialect.is_mysql_family() && !self.modes.ansi_quotes => {
                self.quoted(first, self.escapes(), TokenKind::Text)
            }
            b'"' | b'`' => self.quoted(first, false, TokenKind::Quoted),
            b'[' if self.has_brackets() => self.bracketed(),
            b'$' if self.after_as && self.dialect == Dialect::MySql => self.dollar_quoted(),
            b'0'..=b'9' => Ok(self.number()),
            b'.' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) && !self.after_name() => Ok(self.number()),
            _ if is_word(first) => {
                self.word_run();
                Ok(TokenKind::Word)
            }
            _ => {
                self.pos += self.operator_length();
                Ok(TokenKind::Symbol)
            }
        }
    }

    /// True if a backslash in a string escapes what follows it.
    fn escapes(&self) -> bool {
        self.dialect.is_mysql_family() && !self.modes.plain_backslashes
    }

    /// True if brackets quote names.
    fn has_brackets(&self) -> bool {
        self.dialect == Dialect::Sqlite || (self.dialect == Dialect::MariaDb && self.modes.brackets)
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.pos..]
    }

    fn at_delimiter(&self, at: usize) -> bool {
        self.delimiter.as_ref().is_some_and(|d| self.bytes[at..].starts_with(d))
    }

    fn blank(&mut self) -> TokenKind {
        let length = self.rest().iter().position(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c));
        self.pos += length.unwrap_or(self.rest().len());
        TokenKind::Blank
    }

    /// MySQL wants a blank or control character after `--` (manual, "Comments"); SQLite does not.
    fn dashes_begin_comment(&self) -> bool {
        if self.peek(1) != Some(b'-') {
            return false;
        }
        !self.dialect.is_mysql_family() || self.peek(2).is_none_or(|b| b == b' ' || b.is_ascii_control())
    }

    fn line_comment(&mut self) -> TokenKind {
        let length = self.rest().iter().position(|&b| b == b'\n');
        self.pos += length.unwrap_or(self.rest().len());
        TokenKind::Comment
    }

    fn block_comment(&mut self) -> Result<TokenKind, LexError> {
        let opened = self.pos;
        if self.dialect.is_mysql_family() {
            if let Some(mark) = self.executable_mark() {
                return self.executable(opened, mark);
            }
            if self.peek(2) == Some(b'+') {
                self.plain_comment(opened)?;
                return Ok(TokenKind::Conditional);
            }
        }
        self.plain_comment(opened)?;
        Ok(TokenKind::Comment)
    }

    /// Up to the first `*/`. SQLite lets the end of the text close it.
    fn plain_comment(&mut self, opened: usize) -> Result<(), LexError> {
        match find(&self.bytes[opened + 2..], b"*/") {
            Some(length) => self.pos = opened + 2 + length + 2,
            None if self.dialect == Dialect::Sqlite => self.pos = self.bytes.len(),
            None => return Err(unclosed_comment(opened, "/*")),
        }
        Ok(())
    }

    /// The length of `/*!` or MariaDB's `/*M!`.
    fn executable_mark(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with(b"/*!") {
            Some(3)
        } else if self.dialect == Dialect::MariaDb && rest.starts_with(b"/*M!") {
            Some(4)
        } else {
            None
        }
    }

    fn executable(&mut self, opened: usize, mark: usize) -> Result<TokenKind, LexError> {
        let digits = self.bytes[opened + mark..].iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        // Fewer than five digits are no version: they are code.
        let digits = if digits < 5 { 0 } else { digits };
        let version =
            self.bytes[opened + mark..opened + mark + digits].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        if digits > 0 && !self.obeys(version, mark == 4) {
            self.skipped_comment(opened)?;
            return Ok(TokenKind::Conditional);
        }
        self.pos = opened + mark + digits;
        // An inner mark changes nothing: the first */ closes.
        self.exec_open.get_or_insert(opened);
        Ok(TokenKind::ExecOpen)
    }

    fn obeys(&self, version: u32, maria_mark: bool) -> bool {
        match self.dialect {
            Dialect::MySql => version < MYSQL_OBEYS_BELOW,
            Dialect::MariaDb => version < MARIADB_OBEYS_BELOW && (maria_mark || !MARIADB_SKIPS.contains(&version)),
            Dialect::Sqlite => false,
        }
    }

    /// An executable comment that is not obeyed: comments may stand inside, one level deep.
    fn skipped_comment(&mut self, opened: usize) -> Result<(), LexError> {
        let mut at = opened + 2;
        let mut inside = false;
        while at + 1 < self.bytes.len() {
            match (&self.bytes[at..at + 2], inside) {
                (b"*/", false) => {
                    self.pos = at + 2;
                    return Ok(());
                }
                (b"*/", true) => {
                    inside = false;
                    at += 2;
                }
                (b"/*", false) => {
                    inside = true;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        Err(unclosed_comment(opened, "/*!"))
    }

    /// A doubled quote stands for itself; backslashes escape where the dialect says so.
    fn quoted(&mut self, quote: u8, escapes: bool, kind: TokenKind) -> Result<TokenKind, LexError> {
        let opened = self.pos;
        let mut at = opened + 1;
        while let Some(length) =
            self.bytes[at.min(self.bytes.len())..].iter().position(|&b| b == quote || (escapes && b == b'\\'))
        {
            at += length;
            if self.bytes[at] == b'\\' || self.bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                self.pos = at + 1;
                return Ok(kind);
            }
        }
        Err(unclosed_quote(opened, quote, kind))
    }

    fn bracketed(&mut self) -> Result<TokenKind, LexError> {
        match self.rest().iter().position(|&b| b == b']') {
            Some(length) => {
                self.pos += length + 1;
                Ok(TokenKind::Quoted)
            }
            None => Err(unclosed_quote(self.pos, b'[', TokenKind::Quoted)),
        }
    }

    /// `$$ … $$`, `$js$ … $js$` (MySQL 9, bodies of JavaScript routines).
    fn dollar_quoted(&mut self) -> Result<TokenKind, LexError> {
        let rest = self.rest();
        let tag = rest[1..]
            .iter()
            .position(|&b| b == b'$' || !is_word(b))
            .filter(|&n| rest[n + 1] == b'$')
            .map(|n| &rest[..n + 2]);
        let Some(tag) = tag else {
            self.word_run();
            return Ok(TokenKind::Word);
        };
        match find(&rest[tag.len()..], tag) {
            Some(length) => {
                self.pos += tag.len() + length + tag.len();
                Ok(TokenKind::Text)
            }
            None => Err(unclosed_quote(self.pos, b'$', TokenKind::Text)),
        }
    }

    /// Letters, digits, `_`, `$` and everything beyond ASCII, up to a delimiter.
    fn word_run(&mut self) {
        let first = self.delimiter.as_ref().map(|d| d[0]);
        let mut at = self.pos + 1;
        while let Some(&b) = self.bytes.get(at) {
            if !is_word(b) || (Some(b) == first && self.exec_open.is_none() && self.at_delimiter(at)) {
                break;
            }
            at += 1;
        }
        self.pos = at;
    }

    /// A number, or a name that begins with digits (`2fa_codes` is a name to MySQL).
    fn number(&mut self) -> TokenKind {
        let start = self.pos;
        if self.bytes[start] != b'.' {
            self.word_run();
        }
        let run = &self.bytes[start..self.pos];
        let whole = run.iter().all(u8::is_ascii_digit);
        if whole && self.peek(0) == Some(b'.') && self.peek(1) != Some(b'.') {
            self.pos += 1;
            if self.peek(0).is_some_and(is_word) {
                self.word_run();
            }
        } else if !whole && !numeric(run) {
            return TokenKind::Word;
        }
        let exponent = self.bytes[start..self.pos].last().is_some_and(|b| b.eq_ignore_ascii_case(&b'e'));
        let hexadecimal = run.len() > 1 && matches!(run[1], b'x' | b'X');
        let signed = matches!(self.peek(0), Some(b'+' | b'-')) && self.peek(1).is_some_and(|b| b.is_ascii_digit());
        if exponent && !hexadecimal && signed {
            self.pos += 1;
            self.word_run();
        }
        TokenKind::Number
    }

    /// True if the byte before is part of a name, so that `.1` is not a number: `t.1st`.
    fn after_name(&self) -> bool {
        self.pos > 0 && {
            let before = self.bytes[self.pos - 1];
            is_word(before) || matches!(before, b'`' | b'"' | b']')
        }
    }

    fn operator_length(&self) -> usize {
        let rest = self.rest();
        OPERATORS.iter().find(|operator| rest.starts_with(operator)).map_or(1, |operator| operator.len())
    }
}

/// `12`, `0x1F`, `0b01`, `1e10`, `1e`: what begins with a digit and is no name.
fn numeric(run: &[u8]) -> bool {
    let prefixed = |digits: fn(&u8) -> bool| run.len() > 2 && run[2..].iter().all(digits);
    match run {
        [b'0', b'x' | b'X', ..] => prefixed(u8::is_ascii_hexdigit),
        [b'0', b'b', ..] => prefixed(|b| matches!(b, b'0' | b'1')),
        _ => {
            let digits = run.iter().take_while(|b| b.is_ascii_digit()).count();
            matches!(run.get(digits), Some(b'e' | b'E')) && run[digits + 1..].iter().all(u8::is_ascii_digit)
        }
    }
}

/// Part of a bare name. Beyond ASCII everything is.
pub(crate) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80
}

/// The first place of a needle. The searches here stop at the first hit, and a miss ends the
/// lexing, so that they add up to one pass.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    let mut from = 0;
    while let Some(offset) = haystack[from..].iter().position(|&b| b == first) {
        let at = from + offset;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
