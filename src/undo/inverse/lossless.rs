//! Changes of a column that keep every value, so that changing back brings all of them back.

use super::column::{Charset, Column};
use super::table::Table;
use super::text::{Word, words};
use super::types::NoInverse;
use crate::sql::Dialect;

/// Integers by their width.
const INTEGERS: &[&str] = &["tinyint", "smallint", "mediumint", "int", "bigint"];
/// Types without an upper bound of their own, by their capacity; what fits into the first fits into all.
const TEXTS: &[&str] = &["tinytext", "text", "mediumtext", "longtext"];
const BLOBS: &[&str] = &["tinyblob", "blob", "mediumblob", "longblob"];
/// Types whose one number in parentheses may grow.
const GROWING: &[&str] = &["varchar", "char", "varbinary", "datetime", "timestamp", "time", "bit"];

/// True if every value of `was` is still there in `is`, which the forward statement made of it.
pub(crate) fn keeps_values(
    was: &Column,
    is: &Column,
    before: &Table,
    after: &Table,
    dialect: Dialect,
) -> Result<bool, NoInverse> {
    if is.generated || (is.not_null && !was.not_null) || (is.auto_increment && !was.auto_increment) {
        return Ok(false);
    }
    let (old, new) = (Type::parse(&was.shown, dialect)?, Type::parse(&is.shown, dialect)?);
    if !old.fits(&new) {
        return Ok(false);
    }
    if was.charset == Charset::None {
        return Ok(true);
    }
    let (old, new) = (charset(was, before, dialect)?, charset(is, after, dialect)?);
    Ok(new.is_some() && (old == new || new.as_deref() == Some("utf8mb4")))
}

/// True if a column defined by `new` takes every value of one whose type is `old`, as far as their types, signs and NULL
/// tell; what is not understood does not.
pub fn type_keeps_values(old: &str, new: &str, dialect: Dialect) -> bool {
    match (Type::parse(old, dialect), Type::parse(new, dialect)) {
        (Ok(old), Ok(new)) => old.fits(&new),
        _ => false,
    }
}

/// Bound of what a type holds, where one tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bound {
    /// So many characters.
    Characters(u32),
    /// Whole numbers from one to the other.
    Between(i128, i128),
    /// One of these values, as they are written.
    OneOf(Vec<String>),
    /// So many digits, and so many of them behind the point.
    Decimal(u32, u32),
    /// Texts that are whole numbers.
    Digits,
    /// Moments at the beginning of a day.
    Days,
}

/// The bound of a column's type before, for values of its type now that may be beyond it; nothing where all fit, or where
/// no bound tells.
pub(crate) fn bound(is: &str, was: &str, dialect: Dialect) -> Result<Option<Bound>, NoInverse> {
    let (is, was) = (Type::parse(is, dialect)?, Type::parse(was, dialect)?);
    if is.fits(&was) {
        return Ok(None);
    }
    Ok(match was.name.as_str() {
        "varchar" | "char" => was.number(0).map(Bound::Characters),
        "enum" => Some(Bound::OneOf(was.arguments.iter().map(|value| (*value).to_owned()).collect())),
        "date" if matches!(is.name.as_str(), "datetime" | "timestamp") => Some(Bound::Days),
        name if place(INTEGERS, name).is_some() && (is.name == "varchar" || place(TEXTS, &is.name).is_some()) => {
            Some(Bound::Digits)
        }
        "decimal" if is.is_number() || is.name == "double" => {
            was.number(0).zip(was.number(1)).map(|(digits, scale)| Bound::Decimal(digits, scale))
        }
        name => place(INTEGERS, name).map(|place| {
            let bits = [8, 16, 24, 32, 64][place];
            match was.unsigned {
                true => Bound::Between(0, (1 << bits) - 1),
                false => Bound::Between(-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            }
        }),
    })
}

/// True if two columns have one type, whatever else differs.
pub(crate) fn same_type(was: &Column, is: &Column, dialect: Dialect) -> Result<bool, NoInverse> {
    Ok(Type::parse(&was.shown, dialect)? == Type::parse(&is.shown, dialect)?)
}

/// The name of a column's character set.
fn charset(column: &Column, table: &Table, dialect: Dialect) -> Result<Option<String>, NoInverse> {
    Ok(match &column.charset {
        Charset::None => None,
        Charset::Inherited => table.options.value("CHARSET").map(str::to_owned),
        Charset::InheritedOnce(charset) => Some(charset.clone()),
        Charset::Own => {
            let words = words(&column.shown, dialect)?;
            let three = words.windows(3).find(|three| three[0].is("CHARACTER") && three[1].is("SET"));
            three.map(|three| three[2].text.to_owned())
        }
    })
}

/// A type as the server shows it.
#[derive(Debug, PartialEq, Eq)]
struct Type<'a> {
    name: String,
    arguments: Vec<&'a str>,
    unsigned: bool,
}

impl<'a> Type<'a> {
    fn parse(definition: &'a str, dialect: Dialect) -> Result<Type<'a>, NoInverse> {
        let words: Vec<Word<'a>> = words(definition, dialect)?;
        let name = words.first().map_or(String::new(), |word| word.text.to_ascii_lowercase());
        let listed = words.get(1).is_some_and(|word| word.is_symbol("("));
        let arguments: Vec<&str> = if listed {
            let inside = words[2..].iter().take_while(|word| word.depth > 0);
            inside.filter(|word| !word.is_symbol(",")).map(|word| word.text).collect()
        } else {
            Vec::new()
        };
        let behind = words.iter().skip(1).find(|word| word.depth == 0 && !word.is_symbol("(") && !word.is_symbol(")"));
        Ok(Type { name, arguments, unsigned: behind.is_some_and(|word| word.is("unsigned")) })
    }

    /// True if its values are exact numbers.
    fn is_number(&self) -> bool {
        place(INTEGERS, &self.name).is_some() || self.name == "decimal"
    }

    fn number(&self, index: usize) -> Option<u32> {
        self.arguments.get(index).and_then(|text| text.parse().ok())
    }

    /// True if every value of this type is one of the other.
    fn fits(&self, other: &Type<'_>) -> bool {
        if self == other {
            return true;
        }
        if let (Some(old), Some(new)) = (place(INTEGERS, &self.name), place(INTEGERS, &other.name)) {
            return match (self.unsigned, other.unsigned) {
                (true, false) => new > old,
                (false, true) => false,
                _ => new >= old,
            };
        }
        if self.written_out().is_some_and(|length| other.holds_text(length)) {
            return true;
        }
        let unsigned = self.unsigned == other.unsigned;
        match (self.name.as_str(), other.name.as_str()) {
            ("decimal", "decimal") => unsigned && self.decimal_fits(other),
            ("float", "double") => unsigned && self.arguments.is_empty() && other.arguments.is_empty(),
            ("enum", "enum") | ("set", "set") => self.arguments.iter().all(|value| other.arguments.contains(value)),
            ("date", "datetime") => true,
            ("char", "varchar") => self.number(0) <= other.number(0),
            ("varchar" | "char", text) => place(TEXTS, text).is_some_and(|place| place > 0),
            ("varbinary", blob) => place(BLOBS, blob).is_some_and(|place| place > 0) || self.grows_into(other),
            (old, new) => {
                let wider = |types| matches!((place(types, old), place(types, new)), (Some(a), Some(b)) if a <= b);
                wider(TEXTS) || wider(BLOBS) || self.grows_into(other)
            }
        }
        .max(self.grows_into(other))
    }

    /// The length of the longest value as text, of types whose values are the same again when read from it.
    fn written_out(&self) -> Option<u32> {
        let fraction = self.number(0).map_or(0, |digits| digits + 1);
        match self.name.as_str() {
            "tinyint" => Some(4),
            "smallint" => Some(6),
            "mediumint" => Some(8),
            "int" => Some(11),
            "bigint" => Some(20),
            "decimal" => Some(self.number(0)? + 2),
            "date" => Some(10),
            "datetime" | "timestamp" => Some(19 + fraction),
            // Quotes and escapes only make it longer.
            "enum" => self.arguments.iter().map(|value| value.len()).max().and_then(|length| length.try_into().ok()),
            _ => None,
        }
    }

    /// True if it is a text type that holds so many characters.
    fn holds_text(&self, length: u32) -> bool {
        match self.name.as_str() {
            "varchar" => self.number(0) >= Some(length),
            name => place(TEXTS, name).is_some(),
        }
    }

    fn grows_into(&self, other: &Type<'_>) -> bool {
        self.name == other.name
            && GROWING.contains(&self.name.as_str())
            && self.number(0).unwrap_or(0) <= other.number(0).unwrap_or(0)
    }

    fn decimal_fits(&self, other: &Type<'_>) -> bool {
        let parts = |one: &Type<'_>| Some((one.number(0)?, one.number(1)?));
        match (parts(self), parts(other)) {
            (Some((p, s)), Some((q, t))) => t >= s && q.saturating_sub(t) >= p.saturating_sub(s),
            _ => false,
        }
    }
}

fn place(types: &[&str], name: &str) -> Option<usize> {
    types.iter().position(|one| *one == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_every_value_and_what_does_not() {
        let fits = |old: &str, new: &str| {
            let (old, new) = (Type::parse(old, Dialect::MySql).unwrap(), Type::parse(new, Dialect::MySql).unwrap());
            old.fits(&new)
        };
        for (small, large) in [
            ("tinyint(1) DEFAULT NULL", "int NOT NULL"),
            ("int unsigned", "bigint"),
            ("varchar(10)", "varchar(20) DEFAULT 'x'"),
            ("varchar(10)", "text"),
            ("tinytext", "longtext"),
            ("decimal(5,2)", "decimal(8,3)"),
            ("enum('a','b')", "enum('b','c','a')"),
            ("datetime", "datetime(3)"),
            ("date", "datetime"),
            ("float", "double"),
            ("char(3)", "varchar(3)"),
            ("varbinary(3)", "varbinary(4)"),
            ("int unsigned", "varchar(11)"),
            ("datetime(3)", "varchar(23)"),
            ("enum('a','bc')", "tinytext"),
        ] {
            assert!(fits(small, large), "{small} in {large}");
            assert!(!fits(large, small), "{large} in {small}");
        }
        for (one, other) in [
            ("int", "int unsigned"),
            ("int", "varchar(10)"),
            ("time", "text"),
            ("decimal(8,3)", "decimal(9,1)"),
            ("decimal(8,3)", "decimal(8,4)"),
            ("varchar(10)", "tinytext"),
            ("varchar(10)", "char(10)"),
            ("json", "text"),
            ("varchar(20)", "int"),
        ] {
            assert!(!fits(one, other), "{one} in {other}");
        }
    }
}
