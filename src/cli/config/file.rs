//! `caribou.toml`: found upwards, read into names and values that know their line.

use super::keys::{self, Kind};
use super::{ConfigError, value};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The name of the file.
pub const NAME: &str = "caribou.toml";

/// One value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// The file of the project around a directory: the first `caribou.toml` from there upwards.
pub fn find(from: &Path) -> Option<PathBuf> {
    from.ancestors().map(|dir| dir.join(NAME)).find(|path| path.is_file())
}

/// Reads a file, every name checked, in the order of the file.
///
/// # Errors
/// What is wrong, with file and line.
pub fn read(path: &Path) -> Result<Vec<Entry>, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|e| ConfigError::new(format!("cannot read {}: {e}", path.display())))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Vec<Entry>, ConfigError> {
    let at = |offset: usize| 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let place = |line: usize| format!("{}:{line}", path.display());
    let root = DeTable::parse(text).map_err(|e| {
        let line = e.span().map_or(1, |s| at(s.start));
        ConfigError::new(format!("{}: {}", place(line), e.message()))
    })?;
    let mut found = Vec::new();
    flatten("", root.get_ref(), &mut found);
    found.sort_by_key(|(_, _, offset)| *offset);
    found.into_iter().map(|(name, value, offset)| entry(name, value, at(offset), &place)).collect()
}

type Found<'a> = (String, &'a DeValue<'a>, usize);

/// Names with their tables, down to values and to names that are no table's.
fn flatten<'a>(prefix: &str, table: &'a DeTable<'a>, into: &mut Vec<Found<'a>>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        match Spanned::get_ref(value) {
            DeValue::Table(inner) if keys::kind_of(&name).is_none() => flatten(&name, inner, into),
            other => into.push((name, other, key.span().start)),
        }
    }
}

fn entry(
    name: String,
    value: &DeValue<'_>,
    line: usize,
    place: &dyn Fn(usize) -> String,
) -> Result<Entry, ConfigError> {
    let Some(kind) = keys::kind_of(&name) else { return Err(unknown(&name, &place(line))) };
    let text = as_text(kind, value).ok_or_else(|| {
        ConfigError::new(format!("{}: {name} must be {}, not a TOML {}", place(line), wanted(kind), value.type_str()))
    })?;
    value::check(kind, &text)
        .map_err(|wanted| ConfigError::new(format!("{}: {name} must be {wanted}", place(line))))?;
    Ok(Entry { name, value: text, line })
}

/// The error for a name that is not known.
pub fn unknown(name: &str, place: &str) -> ConfigError {
    let error = ConfigError::new(format!("{place}: unknown key {name}"));
    match keys::nearest(name) {
        Some(near) => error.hint(format!("did you mean {near}? `caribou config` lists every key")),
        None => error.hint("`caribou config` lists every key"),
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Url | Kind::Path | Kind::Theme | Kind::Choice(_) => "a string",
        Kind::Integer { .. } => "a whole number",
        Kind::Duration => "a time such as \"30s\"",
        Kind::Switch => "true or false",
    }
}

fn as_text(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Switch, DeValue::Boolean(b)) => Some(b.to_string()),
        // A session variable may be written as what it is: foreign_key_checks = 0.
        (Kind::Text | Kind::Integer { .. } | Kind::Duration, DeValue::Integer(n)) => {
            i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n.to_string())
        }
        (Kind::Text, DeValue::Boolean(b)) => Some(b.to_string()),
        (Kind::Switch | Kind::Integer { .. }, _) => None,
        (_, DeValue::String(s)) => Some(s.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Entry>, String> {
        parse(text, Path::new("caribou.toml")).map_err(|e| e.to_string())
    }

    #[test]
    fn names_values_and_lines() {
        let text =
            "[database]\nurl = \"sqlite:db\"\nconnect_timeout = 5\n\n[session]\nsql_mode = \"\"\nb = 0\na = true\n";
        let found = parsed(text).unwrap();
        let found: Vec<_> = found.iter().map(|e| (e.name.as_str(), e.value.as_str(), e.line)).collect();
        assert_eq!(
            found,
            [
                ("database.url", "sqlite:db", 2),
                ("database.connect_timeout", "5", 3),
                ("session.sql_mode", "", 6),
                ("session.b", "0", 7),
                ("session.a", "true", 8),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, says) in [
            ("\n[database]\nulr = 1\n", "caribou.toml:3: unknown key database.ulr"),
            ("[workers]\nparallel = 0\n", "caribou.toml:2: workers.parallel must be a whole number from 1 to 64"),
            (
                "[workers]\nparallel = \"2\"\n",
                "caribou.toml:2: workers.parallel must be a whole number, not a TOML string",
            ),
            ("[database]\nurl = {a = 1}\n", "caribou.toml:2: database.url must be a string, not a TOML table"),
            ("[database\n", "caribou.toml:1: "),
            ("[databse]\nurl = \"x\"\n", "caribou.toml:2: unknown key databse.url"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.starts_with(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let error = parse("[migration]\ndir = \"x\"\n", Path::new("c")).unwrap_err();
        assert!(error.hint.as_deref().unwrap_or_default().contains("migrations.dir"), "{error:?}");
    }
}
