//! Types of columns.

use crate::plan::schema::table::Kind;
use crate::sql::Dialect;

/// Whole numbers and their size (manual of MySQL, "Integer Types" and "Using Data Types from Other Database Engines").
const INTEGERS: &[(&str, u8)] = &[
    ("TINYINT", 1),
    ("INT1", 1),
    ("BOOL", 1),
    ("BOOLEAN", 1),
    ("SMALLINT", 2),
    ("INT2", 2),
    ("MEDIUMINT", 3),
    ("MIDDLEINT", 3),
    ("INT3", 3),
    ("INT", 4),
    ("INTEGER", 4),
    ("INT4", 4),
    ("BIGINT", 8),
    ("INT8", 8),
    ("SERIAL", 8),
];

const LONG: &[&str] =
    &["TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "LONG", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"];

/// The kind of a type from its first word, the number behind it, and whether it is unsigned.
pub(super) fn kind(word: &str, length: Option<u32>, unsigned: bool, dialect: Dialect) -> Kind {
    if !dialect.is_mysql_family() {
        return Kind::Other;
    }
    let word = word.to_ascii_uppercase();
    if let Some((_, bytes)) = INTEGERS.iter().find(|row| row.0 == word) {
        return Kind::Integer { bytes: *bytes, unsigned: unsigned || word == "SERIAL" };
    }
    match word.as_str() {
        "CHAR" | "VARCHAR" | "CHARACTER" | "VARCHARACTER" => Kind::Text { length },
        "BINARY" | "VARBINARY" => Kind::Binary,
        _ if LONG.contains(&word.as_str()) => Kind::Long,
        _ => Kind::Other,
    }
}

/// The character set of a collation, where its name begins with it.
pub(super) fn charset_of(collation: &str) -> Option<String> {
    let collation = collation.to_lowercase();
    let charset = collation.split('_').next()?;
    let known = ["utf8mb4", "utf8mb3", "utf8", "latin1", "latin2", "ascii", "binary"].contains(&charset);
    known.then(|| charset.to_owned())
}
