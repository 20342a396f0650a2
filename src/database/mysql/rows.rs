//! Rows of the driver become rows of ours, whatever the protocol and the column types.

use crate::database::{Row, Value};
use sqlx::mysql::MySqlRow;
use sqlx::{Column, Row as _, TypeInfo};
use std::sync::Arc;

/// Reads the rows of one answer; they share their column names.
#[derive(Default)]
pub(super) struct Reader {
    names: Option<Arc<[String]>>,
}

impl Reader {
    /// One row.
    pub(super) fn read(&mut self, row: &MySqlRow) -> Row {
        let same = self.names.as_ref().filter(|names| names.len() == row.len()).cloned();
        let names = same.unwrap_or_else(|| row.columns().iter().map(|c| c.name().to_owned()).collect());
        self.names = Some(Arc::clone(&names));
        let values = row.columns().iter().map(|c| value(row, c.ordinal(), c.type_info().name())).collect();
        Row::new(names, values)
    }
}

/// The way in which a column type is read. Names are the driver's.
enum Shape {
    Signed,
    Unsigned,
    Real,
    Text,
    Moment,
    Time,
    Bytes,
}

fn shape(type_name: &str) -> Shape {
    match type_name {
        name if name.ends_with("UNSIGNED") => Shape::Unsigned,
        "YEAR" | "BIT" => Shape::Unsigned,
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "INT" | "MEDIUMINT" | "BIGINT" => Shape::Signed,
        "FLOAT" | "DOUBLE" => Shape::Real,
        "DATE" | "DATETIME" | "TIMESTAMP" => Shape::Moment,
        "TIME" => Shape::Time,
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "ENUM" | "SET" | "JSON" | "DECIMAL" => {
            Shape::Text
        }
        _ => Shape::Bytes,
    }
}

fn value(row: &MySqlRow, index: usize, type_name: &str) -> Value {
    match shape(type_name) {
        Shape::Signed => row.try_get_unchecked::<Option<i64>, _>(index).ok().flatten().map_or(Value::Null, Value::Int),
        Shape::Unsigned => {
            row.try_get_unchecked::<Option<u64>, _>(index).ok().flatten().map_or(Value::Null, Value::UInt)
        }
        Shape::Real if type_name == "FLOAT" => row
            .try_get_unchecked::<Option<f32>, _>(index)
            .ok()
            .flatten()
            .map_or(Value::Null, |number| Value::Real(number.into())),
        Shape::Real => row.try_get_unchecked::<Option<f64>, _>(index).ok().flatten().map_or(Value::Null, Value::Real),
        Shape::Text => bytes(row, index).map_or(Value::Null, text),
        Shape::Bytes => bytes(row, index).map_or(Value::Null, Value::Bytes),
        Shape::Moment => bytes(row, index).map_or(Value::Null, |b| moment(&b).map_or_else(|| text(b), Value::Text)),
        Shape::Time => bytes(row, index).map_or(Value::Null, |b| duration(&b).map_or_else(|| text(b), Value::Text)),
    }
}

fn bytes(row: &MySqlRow, index: usize) -> Option<Vec<u8>> {
    row.try_get_unchecked::<Option<Vec<u8>>, _>(index).ok().flatten()
}

fn text(bytes: Vec<u8>) -> Value {
    String::from_utf8(bytes).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text)
}

/// A date or time stamp of the binary protocol (a length of 0, 4, 7 or 11 and as many bytes), as the text protocol
/// would write it. None for text, which begins with a digit.
fn moment(bytes: &[u8]) -> Option<String> {
    let (length, bytes) = bytes.split_first()?;
    if bytes.len() != usize::from(*length) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> u32 {
        bytes.get(range).unwrap_or_default().iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
    };
    let date = format!("{:04}-{:02}-{:02}", number(0..2), number(2..3), number(3..4));
    let clock = format!("{:02}:{:02}:{:02}", number(4..5), number(5..6), number(6..7));
    match bytes.len() {
        0 => Some("0000-00-00".to_owned()),
        4 => Some(date),
        7 => Some(format!("{date} {clock}")),
        11 => Some(format!("{date} {clock}.{:06}", number(7..11))),
        _ => None,
    }
}

/// A TIME of the binary protocol (a length of 0, 8 or 12, sign, days, clock, microseconds). None for text.
fn duration(bytes: &[u8]) -> Option<String> {
    let [sign @ (0 | 1), d0, d1, d2, d3, hours, minutes, seconds, rest @ ..] = (match bytes {
        [0] => return Some("00:00:00".to_owned()),
        [8 | 12, rest @ ..] => rest,
        _ => return None,
    }) else {
        return None;
    };
    let hours = u32::from_le_bytes([*d0, *d1, *d2, *d3]).saturating_mul(24).saturating_add(u32::from(*hours));
    let sign = if *sign == 1 { "-" } else { "" };
    let micros = match rest {
        [m0, m1, m2, m3] => format!(".{:06}", u32::from_le_bytes([*m0, *m1, *m2, *m3])),
        _ => String::new(),
    };
    Some(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{micros}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_binary_protocol_are_written_as_text() {
        assert_eq!(moment(&[4, 0xea, 0x07, 11, 22]).as_deref(), Some("2026-11-22"));
        assert_eq!(moment(&[7, 0xea, 0x07, 11, 22, 5, 6, 7]).as_deref(), Some("2026-11-22 05:06:07"));
        let exact = moment(&[11, 0xea, 0x07, 11, 22, 5, 6, 7, 1, 0, 0, 0]);
        assert_eq!(exact.as_deref(), Some("2026-11-22 05:06:07.000001"));
        assert_eq!(moment(&[0]).as_deref(), Some("0000-00-00"));
        assert_eq!(moment(b"2026-11-22"), None);
        assert_eq!(duration(&[8, 1, 1, 0, 0, 0, 2, 3, 4]).as_deref(), Some("-26:03:04"));
        assert_eq!(duration(&[0]).as_deref(), Some("00:00:00"));
        assert_eq!(duration(b"26:03:04"), None);
    }
}
