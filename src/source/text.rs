//! A file's text and the checksum of its bytes.

use super::SourceError;
use sha2::{Digest, Sha256};
use std::path::Path;

/// A text as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Relative to the migration directory, with `/` between folders.
    pub path: String,
    /// The text, without a byte order mark. Line endings are as in the file.
    pub text: String,
    /// SHA-256 of the whole file's bytes, mark included, in lower-case hexadecimal.
    pub sha256: String,
}

/// The mark that some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Text {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8 (with the offset of the first wrong byte), or holds a NUL byte.
    pub fn read(dir: &Path, path: &str) -> Result<Text, SourceError> {
        let wrong = |error| SourceError::Unreadable { path: path.to_owned(), error };
        Text::from_bytes(path, crate::regular::read(&dir.join(path)).map_err(wrong)?)
    }

    /// Makes a text of bytes.
    ///
    /// # Errors
    /// As [`Text::read`].
    pub fn from_bytes(path: &str, bytes: Vec<u8>) -> Result<Text, SourceError> {
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        let mut text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
        if text.as_bytes().starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        match text.bytes().position(|byte| byte == 0) {
            None => Ok(Text { path: path.to_owned(), text, sha256 }),
            Some(offset) => Err(SourceError::Nul { path: path.to_owned(), offset, line: line_of(&text, offset) }),
        }
    }

    /// Replaces the text by what is to be run of the file, where that is not the file as it lies.
    pub(super) fn as_read(&self, text: String) -> Text {
        Text { text, ..self.clone() }
    }
}

fn not_utf8(path: &str, error: &std::string::FromUtf8Error) -> SourceError {
    let offset = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let line = 1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count();
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    SourceError::NotUtf8 { path: path.to_owned(), offset, line, byte: bytes[offset], utf16 }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count()
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_taken_off_and_stays_in_the_checksum() {
        let plain = Text::from_bytes("a.sql", b"SELECT 1;\r\n".to_vec()).unwrap();
        let marked = Text::from_bytes("a.sql", b"\xEF\xBB\xBFSELECT 1;\r\n".to_vec()).unwrap();
        assert_eq!(plain.text, "SELECT 1;\r\n");
        assert_eq!(plain.text, marked.text);
        assert_ne!(plain.sha256, marked.sha256);
        let empty = Text::from_bytes("e.sql", Vec::new()).unwrap();
        assert_eq!(empty.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn what_is_not_utf8_is_refused_with_its_offset_and_line() {
        let error = Text::from_bytes("m/a.sql", b"-- a\nSELECT '\xE4';".to_vec()).unwrap_err().to_string();
        for part in ["m/a.sql", "byte 13", "line 2", "0xE4", "UTF-8"] {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
        let error = Text::from_bytes("a.sql", b"\xFF\xFES\0E\0".to_vec()).unwrap_err().to_string();
        assert!(error.contains("UTF-16"), "{error}");
        let error = Text::from_bytes("a.sql", b"\nSELECT\0".to_vec()).unwrap_err().to_string();
        assert!(error.contains("NUL") && error.contains("byte 7") && error.contains("line 2"), "{error}");
    }
}
