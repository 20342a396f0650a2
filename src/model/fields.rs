//! A hash over a list of fields.

use sha2::{Digest, Sha256};

/// SHA-256 over fields, of which no two lists look alike.
#[derive(Debug, Default)]
pub(crate) struct FieldsHash(Sha256);

impl FieldsHash {
    /// Adds a field; `None` is one too.
    pub(crate) fn field(&mut self, text: Option<&str>) {
        match text {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.0.update((text.len() as u64).to_le_bytes());
                self.0.update(text.as_bytes());
            }
        }
    }

    /// Adds bytes of which there are always as many.
    pub(crate) fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.update(bytes);
    }

    /// The hash in lower-case hexadecimal, behind the version of what it is over.
    pub(crate) fn finish(self, version: &str) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(version.len() + 64);
        text.push_str(version);
        for byte in self.0.finalize() {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text
    }
}
