//! A statement's identity: a hash of its tokens, not of its bytes.
//!
//! Blanks, line endings, comments, a byte order mark and a delimiter at the end do not count, nor
//! does the case of words that cannot be names. Strings, quoted and bare names count exactly,
//! executable comments and optimizer hints too: some server may obey them.

use super::Dialect;
use super::lexer::{Lexer, Token, TokenKind};
use sha2::{Digest, Sha256};

/// The version of the algorithm, first in every hash. Raise it with any change to what counts.
const VERSION: &str = "1:";

/// Bytes gathered before they are hashed.
const BUFFER: usize = 64 * 1024;

/// Words that are reserved everywhere, so that their case cannot matter. Sorted.
const RESERVED: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CHECK",
    "COLLATE",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DEFAULT",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "EXISTS",
    "FOREIGN",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INSERT",
    "INTO",
    "IS",
    "JOIN",
    "LIMIT",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TO",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
];

/// The longest of [`RESERVED`].
const LONGEST: usize = 17;

/// `1:` and 64 hexadecimal digits over the statement's tokens. Text that cannot be cut into tokens
/// is hashed as it stands from there on.
pub fn canonical_hash(sql: &str, dialect: Dialect) -> String {
    let mut hasher = TokenHasher::default();
    let mut lexer = Lexer::new(sql, dialect);
    // Semicolons count only when something follows them.
    let mut semicolons = 0;
    let mut after_point = false;
    loop {
        let token = match lexer.next_token() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(_) => {
                hasher.token(b'?', &sql.as_bytes()[lexer.position()..]);
                break;
            }
        };
        if matches!(token.kind, TokenKind::Blank | TokenKind::Comment) {
            continue;
        }
        let text = &sql[token.start..token.end];
        if text == ";" {
            semicolons += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut semicolons) {
            hasher.token(tag(TokenKind::Symbol), b";");
        }
        hash_token(&mut hasher, token, text, after_point);
        after_point = matches!(text, "." | "@");
    }
    hasher.finish()
}

fn hash_token(hasher: &mut TokenHasher, token: Token, text: &str, after_point: bool) {
    if token.kind == TokenKind::Word && !after_point && text.len() <= LONGEST {
        let mut upper = [0; LONGEST];
        let upper = &mut upper[..text.len()];
        upper.copy_from_slice(text.as_bytes());
        upper.make_ascii_uppercase();
        if RESERVED.binary_search_by(|word| word.as_bytes().cmp(upper)).is_ok() {
            hasher.token(tag(token.kind), upper);
            return;
        }
    }
    hasher.token(tag(token.kind), text.as_bytes());
}

/// One letter per kind of token; part of the algorithm.
fn tag(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::Blank | TokenKind::Comment => b' ',
        TokenKind::Conditional => b'c',
        TokenKind::ExecOpen => b'<',
        TokenKind::ExecClose => b'>',
        TokenKind::Word => b'w',
        TokenKind::Quoted => b'q',
        TokenKind::Text => b't',
        TokenKind::Number => b'n',
        TokenKind::Symbol | TokenKind::Delimiter => b's',
    }
}

/// Feeds tokens to SHA-256 in large portions, each with its kind and length before it so that no
/// two sequences of tokens give the same bytes.
#[derive(Default)]
struct TokenHasher {
    hasher: Sha256,
    buffer: Vec<u8>,
}

impl TokenHasher {
    fn token(&mut self, tag: u8, text: &[u8]) {
        self.buffer.push(tag);
        self.buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(text);
        if self.buffer.len() >= BUFFER {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn finish(mut self) -> String {
        self.hasher.update(&self.buffer);
        let mut hash = String::with_capacity(VERSION.len() + 64);
        hash.push_str(VERSION);
        for byte in self.hasher.finalize() {
            hash.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, MySql, Sqlite};

    const PLAIN: &str = "CREATE TABLE t (id INT DEFAULT 'a b', KEY k (id))";

    #[test]
    fn the_longest_word_fits_and_the_list_is_sorted() {
        assert_eq!(RESERVED.iter().map(|w| w.len()).max(), Some(LONGEST));
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn what_means_the_same_hashes_the_same() {
        for same in [
            "create table t (id INT default 'a b', KEY k (id));",
            "CREATE  TABLE\r\n t ( id INT -- x; y\r\n DEFAULT 'a b' /* z */,KEY k(id) ) ;\n",
            "\u{feff}CREATE TABLE t (id INT DEFAULT 'a b', KEY k (id))\n# end\n",
        ] {
            assert_eq!(canonical_hash(PLAIN, MySql), canonical_hash(same, MySql), "{same}");
        }
    }

    #[test]
    fn what_means_something_else_hashes_differently() {
        for other in [
            "CREATE TABLE T (id INT DEFAULT 'a b', KEY k (id))",
            "CREATE TABLE t (id INT DEFAULT 'a  b', KEY k (id))",
            "CREATE TABLE t (id INT DEFAULT 'A b', KEY k (id))",
            "CREATE TABLE t (id INT DEFAULT 'a b', KEY k (id)) /*!80000 COMMENT 'x' */",
            "CREATE TABLE t (id INT DEFAULT 'a b', KEY k (id)) /*!99999 COMMENT 'x' */",
            "CREATE TABLE t (id INT DEFAULT 'a b', KEY k (id)); DROP TABLE t",
            "CREATE TABLE t (id INT DEFAULT 'a b', KEY k (i d))",
        ] {
            assert_ne!(canonical_hash(PLAIN, MySql), canonical_hash(other, MySql), "{other}");
        }
        assert_ne!(canonical_hash("a.Index", MariaDb), canonical_hash("a.index", MariaDb));
    }

    #[test]
    fn the_algorithm_is_pinned() {
        assert_eq!(
            canonical_hash("SELECT 1", Sqlite),
            "1:59d4777e9200f8d04592cae870d9afaa13cfaeb8382c2d0c27b8b05a8b36d145"
        );
    }

    #[test]
    fn text_that_never_closes_has_a_hash_too() {
        assert_ne!(canonical_hash("a 'b", MySql), canonical_hash("a 'c", MySql));
    }
}
