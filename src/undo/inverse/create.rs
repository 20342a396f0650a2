//! Objects of MySQL and MariaDB made again from the texts that the server gave.

use super::complete::{complete_columns, with_zero_dates};
use super::keys;
use super::table::Table;
use super::text::{qualified, words};
use super::types::NoInverse;
use crate::sql::{Dialect, MadeUnder, ObjectKind, ObjectName, quote_identifier, quote_name, sent_in};

/// The word that names a kind in `CREATE` and `DROP`.
fn keyword(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "TABLE",
        ObjectKind::View => "VIEW",
        ObjectKind::Index => "INDEX",
        ObjectKind::Trigger => "TRIGGER",
        ObjectKind::Procedure => "PROCEDURE",
        ObjectKind::Function => "FUNCTION",
        ObjectKind::Event => "EVENT",
        ObjectKind::Schema => "DATABASE",
        ObjectKind::Sequence => "SEQUENCE",
    }
}

/// The statement that drops an object.
pub(crate) fn drop(object: &ObjectName, kind: ObjectKind, dialect: Dialect) -> Result<String, NoInverse> {
    Ok(format!("DROP {} {}", keyword(kind), quote_name(object, dialect)?))
}

/// True if a definition that was asked for as a table's is a view's.
pub(crate) fn is_view(text: &str, dialect: Dialect) -> Result<bool, NoInverse> {
    let words = words(text, dialect)?;
    Ok(words.iter().take_while(|word| !word.is("AS") && !word.is_symbol("(")).any(|word| word.is("VIEW")))
}

/// A view, in the place of the one that is there if `replace`.
pub(crate) fn view(object: &ObjectName, text: &str, replace: bool, dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    let behind = text.rsplit_once('\n').and_then(|(text, line)| Some((text, MadeUnder::read(line)?)));
    let (text, under) = behind.map_or((text, None), |(text, under)| (text, Some(under)));
    let text = qualified(text, "VIEW", object, dialect)?;
    let rest = text.strip_prefix("CREATE ").ok_or_else(|| NoInverse::because("a view's definition without CREATE"))?;
    let made = if replace { format!("CREATE OR REPLACE {rest}") } else { text };
    match under {
        Some(under) => Ok(under.around(vec![in_its_set(&made, object, &under)?])),
        None => Ok(vec![made]),
    }
}

/// What is sent so that the server reads the text in the set of whoever made the object.
fn in_its_set(sql: &str, object: &ObjectName, under: &MadeUnder) -> Result<String, NoInverse> {
    let cannot = || NoInverse::because(format!("{object} was made in {}, which is not sent here", under.charset));
    sent_in(sql, &under.charset).ok_or_else(cannot)
}

/// A sequence (MariaDB), whose options all stand in its text.
pub(crate) fn sequence(object: &ObjectName, text: &str, replace: bool, dialect: Dialect) -> Result<String, NoInverse> {
    let text = qualified(text, "SEQUENCE", object, dialect)?;
    let rest = text.strip_prefix("CREATE ").ok_or_else(|| NoInverse::because("a sequence without CREATE"))?;
    let options = rest.split(" ENGINE=").next().unwrap_or_default();
    Ok(if replace { format!("ALTER {options}") } else { text })
}

/// A routine, trigger or event: its text begins with the settings that it was made under, each on a line.
pub(crate) fn program(object: &ObjectName, text: &str, dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    let settings: &[&str] = if object.kind == ObjectKind::Event { &["sql_mode", "time_zone"] } else { &["sql_mode"] };
    let mut rest = text;
    let mut set = Vec::new();
    let mut unset = Vec::new();
    for setting in settings {
        let (value, behind) = rest.split_once('\n').ok_or_else(|| NoInverse::because("a program without sql_mode"))?;
        if value.contains(['\'', '\\']) {
            return Err(NoInverse::because(format!("{setting} has the value {value}")));
        }
        set.push(format!("@caribou_{setting} = @@SESSION.{setting}"));
        unset.push(format!("SESSION {setting} = @caribou_{setting}"));
        set.push(format!("SESSION {setting} = '{value}'"));
        rest = behind;
    }
    let line = rest.split_once('\n').and_then(|(line, behind)| Some((MadeUnder::read(line)?, behind)));
    let (under, rest) = line.map_or((None, rest), |(under, behind)| (Some(under), behind));
    let mut sql = qualified(rest, keyword(object.kind), object, dialect)?;
    if object.kind == ObjectKind::Trigger {
        sql = trigger_table(&sql, object, dialect)?;
    }
    let made = match under {
        Some(under) => under.around(vec![in_its_set(&sql, object, &under)?]),
        None => vec![sql],
    };
    let (set, unset) = (format!("SET {}", set.join(", ")), format!("SET {}", unset.join(", ")));
    Ok([vec![set], made, vec![unset]].concat())
}

/// A trigger's table is in the trigger's schema.
fn trigger_table(sql: &str, object: &ObjectName, dialect: Dialect) -> Result<String, NoInverse> {
    let Some(at) = words(sql, dialect)?.iter().find(|word| word.is("ON")).map(|word| word.start) else {
        return Err(NoInverse::because("a trigger without its table"));
    };
    Ok(format!("{}{}", &sql[..at], qualified(&sql[at..], "ON", object, dialect)?))
}

/// A table, and what has to run once all tables of the statement are there: foreign keys to those in `missing`, and
/// columns that inherited another character set.
pub(crate) fn table(
    object: &ObjectName,
    text: &str,
    missing: &[&ObjectName],
    dialect: Dialect,
) -> Result<(Vec<String>, Vec<String>), NoInverse> {
    let table = Table::parse(text, dialect)?;
    if table.options.value("SEQUENCE").is_some() {
        return Err(NoInverse::because(format!("{object} is a sequence")));
    }
    let name = quote_name(object, dialect)?;
    let mut parts = Vec::new();
    for column in &table.columns {
        parts.push(format!("{} {}", quote_identifier(&column.name, dialect)?, column.written));
    }
    parts.extend(table.others.iter().cloned());
    parts.extend(table.keys.iter().map(|key| key.text.clone()));
    let mut deferred = Vec::new();
    for key in &table.foreign_keys {
        let waits = references_any(&key.text, missing, dialect)?;
        let text = if waits { &mut deferred } else { &mut parts };
        text.push(if waits { format!("ADD {}", key.text) } else { key.text.clone() });
    }
    parts.extend(table.checks.iter().map(|check| check.text.clone()));
    let mut statements = vec![format!("CREATE TABLE {name} (\n  {}\n){}", parts.join(",\n  "), table.tail)];
    statements.extend(complete_columns(&name, &table.columns, &table, dialect)?);
    if !keys::are_sorted(&table, dialect)? {
        return Err(NoInverse::because(format!(
            "the keys of {object} stood in an order that the server does not give them again"
        )));
    }
    if text.contains("'0000-00-00") {
        statements = with_zero_dates(statements);
    }
    let deferred =
        if deferred.is_empty() { Vec::new() } else { vec![format!("ALTER TABLE {name} {}", deferred.join(", "))] };
    Ok((statements, deferred))
}

fn references_any(text: &str, tables: &[&ObjectName], dialect: Dialect) -> Result<bool, NoInverse> {
    let words = words(text, dialect)?;
    let behind = words.iter().skip_while(|word| !word.is("REFERENCES")).skip(1).take_while(|word| word.depth == 0);
    let named: Vec<String> = behind.map(|word| super::text::unquoted(word.text)).collect();
    Ok(tables.iter().any(|table| named.contains(&table.name)))
}
