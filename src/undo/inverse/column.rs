//! A column's definition, as far as it has to be understood.

use super::text::{Word, words};
use super::types::NoInverse;
use crate::sql::Dialect;

/// Origin of a column's character set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Not a text column.
    None,
    /// That of the table.
    Inherited,
    /// That which the table had when the column was made; the table has another now. MySQL only, which shows it as
    /// `CHARACTER SET` without `COLLATE`; such a column cannot be written down in one statement.
    InheritedOnce(String),
    /// Its own.
    Own,
}

/// A column, with the definition behind its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    /// As the server shows it.
    pub shown: String,
    /// As it has to be written to become what is shown: MySQL shows the table's collation at columns that inherit it,
    /// and would take it for the column's own.
    pub written: String,
    pub charset: Charset,
    /// Computed from other columns.
    pub generated: bool,
    pub auto_increment: bool,
    pub not_null: bool,
    /// A default is shown, or NULL can be one.
    pub has_default: bool,
    /// It can be NULL and its default was dropped: there is none, which only `ALTER COLUMN … DROP DEFAULT` brings about.
    pub dropped_default: bool,
    /// Computed when read.
    pub is_virtual: bool,
}

/// Types that MySQL shows without a default where that is NULL.
const NO_DEFAULT: &[&str] =
    &["tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob"];

/// Types of which a row that stands already gets an empty value where a column is added NOT NULL and without a default
/// (manual of MySQL, "Data Type Default Values").
const IMPLICIT: &[&str] = &[
    "tinyint",
    "smallint",
    "mediumint",
    "int",
    "bigint",
    "decimal",
    "float",
    "double",
    "bit",
    "year",
    "char",
    "varchar",
    "binary",
    "varbinary",
    "tinytext",
    "text",
    "mediumtext",
    "longtext",
    "tinyblob",
    "blob",
    "mediumblob",
    "longblob",
    "enum",
    "set",
    "date",
    "datetime",
    "timestamp",
    "time",
];

const TEXT_TYPES: &[&str] = &["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"];

impl Column {
    /// Reads the definition behind the name.
    pub fn parse(name: String, shown: String, dialect: Dialect) -> Result<Column, NoInverse> {
        let words = words(&shown, dialect)?;
        let first = words.first().ok_or_else(|| NoInverse::because(format!("the column {name} has no type")))?;
        let is_text = TEXT_TYPES.iter().any(|kind| first.is(kind));
        let top: Vec<&Word<'_>> = words.iter().filter(|word| word.depth == 0).collect();
        let at = |first: &str, second: &str| {
            top.windows(2).position(|pair| pair[0].is(first) && (second.is_empty() || pair[1].is(second)))
        };
        let set = at("CHARACTER", "SET");
        let collate = at("COLLATE", "");
        let charset = match (set, collate) {
            (None, _) if is_text => Charset::Inherited,
            (None, _) => Charset::None,
            (Some(set), None) if dialect == Dialect::MySql => {
                let charset = top.get(set + 2).ok_or_else(|| NoInverse::because("a character set without a name"))?;
                Charset::InheritedOnce(charset.text.to_owned())
            }
            _ => Charset::Own,
        };
        let written = match (&charset, collate) {
            (Charset::Inherited, Some(collate)) if dialect == Dialect::MySql => {
                without(&shown, top[collate].start, top[collate + 1].end)
            }
            _ => shown.clone(),
        };
        let has = |word: &str| top.iter().any(|code| code.is(word));
        let silent = dialect == Dialect::MySql && NO_DEFAULT.iter().any(|kind| first.is(kind));
        let can_be_null = at("NOT", "NULL").is_none() && !has("GENERATED") && !has("AUTO_INCREMENT");
        Ok(Column {
            dropped_default: can_be_null && !has("DEFAULT") && !silent,
            is_virtual: has("VIRTUAL"),
            generated: has("GENERATED"),
            auto_increment: has("AUTO_INCREMENT"),
            not_null: at("NOT", "NULL").is_some(),
            has_default: has("DEFAULT") || at("NOT", "NULL").is_none(),
            name,
            charset,
            written,
            shown,
        })
    }

    /// True if it cannot be added as it is to a table with rows: it takes neither NULL nor the empty value of its type.
    pub fn takes_no_implicit_value(&self, dialect: Dialect) -> Result<bool, NoInverse> {
        let words = words(&self.shown, dialect)?;
        let knows = words.first().is_some_and(|first| IMPLICIT.iter().any(|kind| first.is(kind)));
        let has = |word: &str| words.iter().any(|one| one.depth == 0 && one.is(word));
        let silent = self.auto_increment || self.generated || has("DEFAULT");
        Ok(self.not_null && ((!knows && !silent) || has("CHECK")))
    }

    /// The definition as it is written, but taking NULL.
    pub fn nullable(&self, dialect: Dialect) -> Result<String, NoInverse> {
        let words = words(&self.written, dialect)?;
        let top: Vec<&Word<'_>> = words.iter().filter(|word| word.depth == 0).collect();
        let not =
            top.windows(2).find(|two| two[0].is("NOT") && two[1].is("NULL")).map(|two| (two[0].start, two[1].end));
        Ok(match not {
            Some((start, end)) => format!("{}NULL{}", &self.written[..start], &self.written[end..]),
            None => self.written.clone(),
        })
    }

    /// The definition without any character set, which is then the table's.
    pub fn inheriting(&self) -> Result<String, NoInverse> {
        let words = words(&self.shown, Dialect::MySql)?;
        let top: Vec<&Word<'_>> = words.iter().filter(|word| word.depth == 0).collect();
        let at = top.windows(3).find(|three| three[0].is("CHARACTER") && three[1].is("SET"));
        Ok(at.map_or_else(|| self.written.clone(), |three| without(&self.shown, three[0].start, three[2].end)))
    }
}

/// A text without a part of it and the blanks before that part.
fn without(text: &str, start: usize, end: usize) -> String {
    format!("{}{}", text[..start].trim_end(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(shown: &str, dialect: Dialect) -> Column {
        Column::parse("c".to_owned(), shown.to_owned(), dialect).unwrap()
    }

    #[test]
    fn where_the_character_set_comes_from() {
        for (shown, charset, written) in [
            ("varchar(10) DEFAULT NULL", Charset::Inherited, "varchar(10) DEFAULT NULL"),
            ("varchar(10) COLLATE utf8mb4_bin DEFAULT NULL", Charset::Inherited, "varchar(10) DEFAULT NULL"),
            ("text CHARACTER SET latin1", Charset::InheritedOnce("latin1".to_owned()), "text CHARACTER SET latin1"),
            (
                "varchar(9) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL",
                Charset::Own,
                "varchar(9) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL",
            ),
            ("int DEFAULT ((1 + 2))", Charset::None, "int DEFAULT ((1 + 2))"),
            ("varchar(9) DEFAULT (_utf8mb4'COLLATE')", Charset::Inherited, "varchar(9) DEFAULT (_utf8mb4'COLLATE')"),
        ] {
            let column = column(shown, Dialect::MySql);
            assert_eq!((column.charset, column.written.as_str()), (charset, written), "{shown}");
        }
        assert_eq!(column("text CHARACTER SET latin1 NOT NULL", Dialect::MySql).inheriting().unwrap(), "text NOT NULL");
    }

    #[test]
    fn what_else_matters() {
        let generated = column("int GENERATED ALWAYS AS ((`v` + 1)) STORED", Dialect::MySql);
        assert!(generated.generated && generated.has_default && !generated.not_null);
        assert!(column("varchar(20)", Dialect::MySql).dropped_default);
        assert!(!column("text", Dialect::MySql).dropped_default && column("text", Dialect::MariaDb).dropped_default);
        assert!(!generated.dropped_default);
        let key = column("int NOT NULL AUTO_INCREMENT", Dialect::MySql);
        assert!(key.auto_increment && key.not_null && !key.has_default);
        let text = column("varchar(9) NOT NULL DEFAULT 'GENERATED' COMMENT 'AUTO_INCREMENT'", Dialect::MariaDb);
        assert!(!text.generated && !text.auto_increment && text.not_null && text.has_default);
    }
}
