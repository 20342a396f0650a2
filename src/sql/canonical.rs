//! A statement's identity: a hash of its tokens, not of its bytes.

use super::Dialect;
use sha2::{Digest, Sha256};

/// The version of the algorithm, first in every hash.
const VERSION: &str = "1:";

/// `1:` and 64 hexadecimal digits over the statement's tokens.
pub fn canonical_hash(sql: &str, dialect: Dialect) -> String {
    let _ = dialect; // until the lexer is here
    let digest = Sha256::digest(sql.as_bytes());
    let mut hash = String::with_capacity(VERSION.len() + 64);
    hash.push_str(VERSION);
    for byte in digest {
        hash.push_str(&format!("{byte:02x}"));
    }
    hash
}
