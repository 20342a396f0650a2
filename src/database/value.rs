//! Values that go to a server and rows that come back, the same for all servers.

use std::sync::Arc;

/// A value bound to a `?`, or one column of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer; on SQLite it must fit an `i64`.
    UInt(u64),
    /// A floating-point number.
    Real(f64),
    /// Text in UTF-8.
    Text(String),
    /// Bytes; also text that is not UTF-8.
    Bytes(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

value_from! {
    i64 => Int, i32 => Int, i16 => Int, u64 => UInt, u32 => UInt, u16 => UInt, u8 => UInt, bool => Int,
    f64 => Real, String => Text, &str => Text, &String => Text, Vec<u8> => Bytes, &[u8] => Bytes,
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::UInt(value as u64)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Value {
    /// As a signed integer, from any type that holds one without loss.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::UInt(number) => i64::try_from(*number).ok(),
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Some(*number as i64),
            Self::Text(text) => whole(text).parse().ok(),
            Self::Bytes(bytes) => whole(std::str::from_utf8(bytes).ok()?).parse().ok(),
            Self::Real(_) | Self::Null => None,
        }
    }

    /// As an unsigned integer, from any type that holds one without loss.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::UInt(number) => Some(*number),
            Self::Text(text) => whole(text).parse().ok(),
            Self::Bytes(bytes) => whole(std::str::from_utf8(bytes).ok()?).parse().ok(),
            other => other.as_i64().and_then(|number| u64::try_from(number).ok()),
        }
    }

    /// As a floating-point number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Real(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            Self::UInt(number) => Some(*number as f64),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
            Self::Null => None,
        }
    }

    /// As text; numbers are written out, bytes that are not UTF-8 are shown with replacement characters.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Int(number) => Some(number.to_string()),
            Self::UInt(number) => Some(number.to_string()),
            Self::Real(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// As bytes; text as its UTF-8.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            other => other.as_text().map(String::into_bytes),
        }
    }
}

/// The whole part of a decimal whose fraction is zero (`SUM` of BIGINT comes back as DECIMAL, sometimes `12.0000`).
fn whole(text: &str) -> &str {
    let text = text.trim();
    match text.split_once('.') {
        Some((number, fraction)) if fraction.bytes().all(|b| b == b'0') => number,
        _ => text,
    }
}

/// One row. Columns are asked for by index, from 0; the getters are tolerant of the column's type.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of `values` under `names`, which all rows of one answer share.
    pub fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True if there is no column at all.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The columns' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The value of a column; NULL beyond the last.
    pub fn get(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::Null)
    }

    /// The value of the column with this name, whatever its case; for SHOW statements, whose columns move between
    /// versions.
    pub fn named(&self, name: &str) -> Option<&Value> {
        let index = self.names.iter().position(|n| n.eq_ignore_ascii_case(name))?;
        self.values.get(index)
    }

    /// A signed integer; 0 for NULL or what is no integer.
    pub fn get_i64(&self, index: usize) -> i64 {
        self.opt_i64(index).unwrap_or_default()
    }

    /// An unsigned integer; 0 for NULL or what is no integer.
    pub fn get_u64(&self, index: usize) -> u64 {
        self.opt_u64(index).unwrap_or_default()
    }

    /// A floating-point number; 0 for NULL or what is no number.
    pub fn get_f64(&self, index: usize) -> f64 {
        self.get(index).as_f64().unwrap_or_default()
    }

    /// Text; empty for NULL.
    pub fn get_text(&self, index: usize) -> String {
        self.opt_text(index).unwrap_or_default()
    }

    /// Bytes; empty for NULL.
    pub fn get_bytes(&self, index: usize) -> Vec<u8> {
        self.opt_bytes(index).unwrap_or_default()
    }

    /// True for any number but 0.
    pub fn get_bool(&self, index: usize) -> bool {
        self.get_i64(index) != 0
    }

    /// A signed integer, or None for NULL.
    pub fn opt_i64(&self, index: usize) -> Option<i64> {
        self.get(index).as_i64()
    }

    /// An unsigned integer, or None for NULL.
    pub fn opt_u64(&self, index: usize) -> Option<u64> {
        self.get(index).as_u64()
    }

    /// Text, or None for NULL.
    pub fn opt_text(&self, index: usize) -> Option<String> {
        self.get(index).as_text()
    }

    /// Bytes, or None for NULL.
    pub fn opt_bytes(&self, index: usize) -> Option<Vec<u8>> {
        self.get(index).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_every_type_that_holds_them_without_loss() {
        assert_eq!(Value::Text("12.000".into()).as_i64(), Some(12));
        assert_eq!(Value::Text("12.5".into()).as_i64(), None);
        assert_eq!(Value::UInt(u64::MAX).as_i64(), None);
        assert_eq!(Value::UInt(u64::MAX).as_u64(), Some(u64::MAX));
        assert_eq!(Value::Int(-1).as_u64(), None);
        assert_eq!(Value::Bytes(b"18446744073709551615".to_vec()).as_u64(), Some(u64::MAX));
        assert_eq!(Value::Null.as_text(), None);
    }

    #[test]
    fn columns_are_found_by_name_and_missing_ones_are_null() {
        let names: Arc<[String]> = Arc::from(vec!["Table".to_owned(), "Create Table".to_owned()]);
        let row = Row::new(names, vec!["t".into(), "CREATE TABLE t".into()]);
        assert_eq!(row.named("create table").and_then(Value::as_text).as_deref(), Some("CREATE TABLE t"));
        assert_eq!(row.named("View"), None);
        assert_eq!(row.get(7), &Value::Null);
    }
}
