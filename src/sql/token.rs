//! A token, and what may be wrong with one.

use super::SplitFault;

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// White space; a byte order mark, which stands inside where files were joined.
    Blank,
    /// A comment that no server looks into.
    Comment,
    /// A comment that some server may obey: an optimizer hint, or an executable comment for
    /// another version. Nothing to the analysis, something to the canonical hash.
    Conditional,
    /// `/*!`, `/*!80013`, `/*M!100100` whose content runs.
    ExecOpen,
    /// The `*/` that ends it.
    ExecClose,
    /// A keyword or a bare name.
    Word,
    /// A quoted name.
    Quoted,
    /// A string.
    Text,
    /// A number.
    Number,
    /// An operator or other sign, `;` included.
    Symbol,
    /// The delimiter in force, when it is not `;`.
    Delimiter,
}

/// A token as a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// Neither blank nor comment.
    pub fn is_code(self) -> bool {
        !matches!(self.kind, TokenKind::Blank | TokenKind::Comment | TokenKind::Conditional)
    }
}

/// Something that opens and never closes, at this byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LexError {
    pub at: usize,
    pub fault: SplitFault,
}

pub(super) fn unclosed_comment(at: usize, opened: &str) -> LexError {
    let fault = SplitFault::UnclosedComment { opened: opened.into() };
    LexError { at, fault }
}

pub(super) fn unclosed_quote(at: usize, quote: u8, kind: TokenKind) -> LexError {
    let quote = char::from(quote);
    let fault = if kind == TokenKind::Quoted {
        SplitFault::UnclosedIdentifier { quote }
    } else {
        SplitFault::UnclosedString { quote }
    };
    LexError { at, fault }
}
