//! A column that is parked instead of dropped: invisible, under another name, with its values (docs/design/undo.md, Four ways back).

use super::column::{Charset, Column};
use super::table::Table;
use super::text::{same_name, words};
use super::types::NoInverse;
use crate::sql::{Dialect, quote_identifier};

/// Operations of `ALTER TABLE` by which a column goes out of sight and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parking {
    pub away: String,
    pub back: String,
}

/// Gives the operations that park a column under a name, by the table's definition as the server shows it.
///
/// # Errors
/// Reason why it cannot be parked: the words behind "it".
pub fn park(shown: &str, column: &str, under: &str, dialect: Dialect) -> Result<Parking, NoInverse> {
    let table = Table::parse(shown, dialect)?;
    let found = table.columns.iter().find(|one| same_name(&one.name, column));
    let found = found.ok_or_else(|| NoInverse::because("is not in the table's definition"))?;
    if let Some(why) = stands_against(found, &table, shown) {
        return Err(NoInverse::because(why));
    }
    let quote = |name: &str| quote_identifier(name, dialect).map_err(|error| NoInverse::because(error.to_string()));
    let (name, under) = (quote(&found.name)?, quote(under)?);
    // Rows to come have no value for a column that they do not see.
    let default = match found.has_default {
        true => String::new(),
        false => format!(" DEFAULT {}", implicit(&found.written, dialect)?),
    };
    Ok(Parking {
        away: format!("CHANGE COLUMN {name} {under} {}{default} INVISIBLE", found.written),
        back: format!("CHANGE COLUMN {under} {name} {}", found.written),
    })
}

fn stands_against(column: &Column, table: &Table, shown: &str) -> Option<&'static str> {
    let definition = column.written.to_ascii_uppercase();
    let uses = format!("`{}`", column.name.replace('`', "``"));
    Some(match column {
        _ if table.is_versioned() => "is in a table with system versioning",
        _ if table.columns.len() == 1 => "is the only column",
        one if one.generated => "is generated",
        one if one.auto_increment => "has a counter",
        one if one.dropped_default => "has a default that was dropped",
        one if matches!(one.charset, Charset::InheritedOnce(_)) => "has the character set that its table had once",
        _ if definition.contains("ON UPDATE") => "changes by itself when its row does",
        _ if definition.contains("INVISIBLE") => "is invisible",
        _ if definition.contains('\\') => "has a backslash in its definition",
        // Also of its own definition: a check that names it would name what is gone.
        _ if shown.matches(&uses).count() != 1 => "is used by a key, a check or another column",
        _ => return None,
    })
}

/// The value that a row gets in a column without a default (manual of MySQL, "Data Type Default Values"). A date's would be
/// refused by most modes.
fn implicit(written: &str, dialect: Dialect) -> Result<String, NoInverse> {
    let words = words(written, dialect)?;
    let kind = words.first().map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
    let value = match kind.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float" | "double" | "bit" | "year" => {
            "0"
        }
        "char" | "varchar" | "binary" | "varbinary" | "set" => "''",
        "tinytext" | "text" | "mediumtext" | "longtext" | "tinyblob" | "blob" | "mediumblob" | "longblob" => "('')",
        "enum" => words.iter().find(|word| word.depth > 0 && !word.is_symbol("(")).map_or("", |word| word.text),
        _ => "",
    };
    match value {
        "" => Err(NoInverse::because("has no default, and needs one while it is out of sight")),
        value => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` varchar(9) NOT NULL COMMENT 'NOT NULL',\n  \
         `b` int NOT NULL DEFAULT 7,\n  `k` int DEFAULT NULL,\n  `n` int NOT NULL AUTO_INCREMENT,\n  `at` timestamp NULL DEFAULT NULL \
         ON UPDATE current_timestamp(),\n  PRIMARY KEY (`id`),\n  KEY `by_k` (`k`)\n) ENGINE=InnoDB";

    #[test]
    fn it_goes_out_of_sight_and_comes_back_as_it_was() {
        let parking = park(SHOWN, "A", "p", Dialect::MariaDb).unwrap();
        assert_eq!(parking.away, "CHANGE COLUMN `a` `p` varchar(9) NOT NULL COMMENT 'NOT NULL' DEFAULT '' INVISIBLE");
        assert_eq!(parking.back, "CHANGE COLUMN `p` `a` varchar(9) NOT NULL COMMENT 'NOT NULL'");
        let parking = park(SHOWN, "b", "p", Dialect::MySql).unwrap();
        assert_eq!(parking.away, "CHANGE COLUMN `b` `p` int NOT NULL DEFAULT 7 INVISIBLE");
    }

    #[test]
    fn what_rows_to_come_get_meanwhile() {
        for (written, value) in
            [("int unsigned NOT NULL", "0"), ("enum('x','y') NOT NULL", "'x'"), ("text NOT NULL", "('')")]
        {
            assert_eq!(implicit(written, Dialect::MySql).unwrap(), value);
        }
        for written in ["date NOT NULL", "json NOT NULL", "point NOT NULL"] {
            assert!(implicit(written, Dialect::MySql).is_err(), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_parked_is_said() {
        for (column, why) in [
            ("k", "is used by a key"),
            ("id", "is used by a key"),
            ("n", "has a counter"),
            ("at", "changes by itself"),
            ("z", "is not in the table"),
        ] {
            let error = park(SHOWN, column, "p", Dialect::MariaDb).unwrap_err().to_string();
            assert!(error.contains(why), "{column}: {error}");
        }
    }
}
