//! Values as literals, for texts of several statements, which cannot be prepared.
//!
//! Text goes with its character set named, between quotes where each of its bytes is a printable one of ASCII that is
//! neither a quote nor a backslash, and as hexadecimal digits otherwise: no mode or character set of the session can make
//! anything else of it (MariaDB: "String Literals", "Hexadecimal Literals"; MySQL: "Character Set Introducers"). Most of a
//! journal is the former, and half as long for it.

use crate::database::{Packet, Value};
use std::fmt::Write;

/// Text of a packet's statements with their values in place, each ended by a semicolon. `None` where it would be longer
/// than `most` bytes, or where a value has no literal: then the statements are to be sent one by one.
pub(super) fn text(packet: &Packet, most: usize) -> Option<String> {
    let mut text = String::new();
    for (sql, values) in packet.statements() {
        fill(&mut text, sql, values)?;
        text.push_str("; ");
        if text.len() > most {
            return None;
        }
    }
    Some(text)
}

/// Writes a statement with a literal for each `?` outside quotes; `None` unless there are as many values.
fn fill(text: &mut String, sql: &str, values: &[Value]) -> Option<()> {
    let mut values = values.iter();
    let mut open: Option<char> = None;
    for c in sql.chars() {
        match open {
            None if c == '?' => {
                literal(text, values.next()?)?;
                continue;
            }
            None if matches!(c, '\'' | '"' | '`') => open = Some(c),
            // A quote that is doubled closes and opens again.
            Some(quote) if c == quote => open = None,
            // No fixed statement escapes anything that way, and what it would mean depends on the mode.
            Some(_) if c == '\\' => return None,
            _ => {}
        }
        text.push(c);
    }
    (open.is_none() && values.next().is_none()).then_some(())
}

fn literal(text: &mut String, value: &Value) -> Option<()> {
    // Writing to a string does not fail.
    match value {
        Value::Null => text.push_str("NULL"),
        Value::Int(number) => write!(text, "{number}").ok()?,
        Value::UInt(number) => write!(text, "{number}").ok()?,
        Value::Real(number) if number.is_finite() => write!(text, "{number:e}").ok()?,
        Value::Real(_) => return None,
        Value::Text(value) if value.bytes().all(is_plain) => write!(text, "_utf8mb4'{value}'").ok()?,
        Value::Text(value) => hexadecimal(text, "_utf8mb4", value.as_bytes()),
        Value::Bytes(value) => hexadecimal(text, "_binary", value),
    }
    Some(())
}

/// True for a byte that is itself between quotes, whatever the session makes of quotes and backslashes.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\')
}

fn hexadecimal(text: &mut String, introducer: &str, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push_str(introducer);
    text.push_str(" x'");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sql: &str, values: Vec<Value>) -> Option<String> {
        let mut packet = Packet::default();
        packet.add(sql, values);
        text(&packet, 1000)
    }

    #[test]
    fn values_stand_in_their_places() {
        let all = vec![
            Value::Null,
            (-7_i64).into(),
            Value::UInt(u64::MAX),
            Value::Real(1.5),
            "ä'?".into(),
            Value::Bytes(vec![0, 255]),
        ];
        assert_eq!(
            written("INSERT INTO `a?``?` VALUES (?, ?, ?, ?, ?, ?, 'why?')", all).as_deref(),
            Some(
                "INSERT INTO `a?``?` VALUES (NULL, -7, 18446744073709551615, 1.5e0, _utf8mb4 x'c3a4273f', _binary x'00ff', \
                 'why?'); "
            )
        );
    }

    #[test]
    fn text_is_plain_only_where_nothing_in_it_means_anything() {
        let one = |value: &str| written("SELECT ?", vec![value.into()]).unwrap();
        assert_eq!(one(r#"{"kind":"a","n":1} -- /* ? ; `%"#), r#"SELECT _utf8mb4'{"kind":"a","n":1} -- /* ? ; `%'; "#);
        assert_eq!(one(""), "SELECT _utf8mb4''; ");
        for value in ["it's", r"a\n", "a\nb", "\0", "\t", "\u{7f}", "ä", "\u{a0}", "\u{202e}"] {
            let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(one(value), format!("SELECT _utf8mb4 x'{digits}'; "), "{value:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_left_to_the_server() {
        assert_eq!(written("SELECT ?", vec![Value::Real(f64::NAN)]), None);
        assert_eq!(written("SELECT ?, ?", vec![Value::Int(1)]), None, "a value too few");
        assert_eq!(written("SELECT ?", vec![Value::Int(1), Value::Int(2)]), None, "a value too many");
        assert_eq!(written("SELECT 'a\\'?'", vec![Value::Int(1)]), None, "a mode decides what this is");
        assert_eq!(written("SELECT ?", vec!["x".repeat(1000).into()]), None, "too long");
    }
}
