//! `[[probes]]` of `caribou.toml`: queries whose time is measured before a batch and after it.

use super::error::ConfigError;
use crate::check::probes::admit;
use crate::model::Probe;
use crate::sql::Dialect;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Ratio beyond which a probe counts as slower, where it does not say.
const MAX_RATIO: f64 = 1.5;
/// Runs, where it does not say.
const RUNS: u32 = 7;
/// Keys of a probe.
const KEYS: [&str; 5] = ["name", "sql", "tables", "max_ratio", "runs"];

/// A probe and the line that declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredProbe {
    pub probe: Probe,
    /// From 1.
    pub line: usize,
}

/// Place of a line: file and number.
pub(super) type PlaceFn<'a> = &'a dyn Fn(usize) -> String;
/// Line of an offset.
pub(super) type LineFn<'a> = &'a dyn Fn(usize) -> usize;

/// Reads the probes of a file.
///
/// # Errors
/// The first thing that is wrong, with file, line and remedy.
pub(super) fn read(root: &DeTable<'_>, at: LineFn<'_>, place: PlaceFn<'_>) -> Result<Vec<DeclaredProbe>, ConfigError> {
    let Some(value) = root.get("probes") else { return Ok(Vec::new()) };
    let line = at(value.span().start);
    let tables = match value.get_ref() {
        DeValue::Array(tables) => tables,
        other => return Err(wrong(place(line), format!("probes must be tables, not a TOML {}", other.type_str()))),
    };
    let mut declared: Vec<DeclaredProbe> = Vec::new();
    for table in tables {
        let line = at(table.span().start);
        let DeValue::Table(keys) = Spanned::get_ref(table) else {
            return Err(wrong(place(line), "each of probes must be a table"));
        };
        let probe = one(keys, line, at, place)?;
        if declared.iter().any(|other| other.probe.name == probe.name) {
            return Err(wrong(place(line), format!("there are two probes {}", probe.name)));
        }
        declared.push(DeclaredProbe { probe, line });
    }
    Ok(declared)
}

fn wrong(place: String, what: impl std::fmt::Display) -> ConfigError {
    ConfigError::new(format!("{place}: {what}"))
        .hint("a probe is [[probes]] with name and sql, and if wanted tables, max_ratio (1.5), runs (7)")
}

fn one(keys: &DeTable<'_>, line: usize, at: LineFn<'_>, place: PlaceFn<'_>) -> Result<Probe, ConfigError> {
    let mut probe =
        Probe { name: String::new(), sql: String::new(), tables: Vec::new(), max_ratio: MAX_RATIO, runs: RUNS };
    for (key, value) in keys {
        let here = at(key.span().start);
        let must = |what: &str| wrong(place(here), format!("probes.{} must be {what}", key.get_ref()));
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("name", DeValue::String(name)) if is_name(name) => probe.name = name.to_string(),
            ("name", _) => return Err(must("a word of letters, digits, _ and -, at most 64 long")),
            ("sql", DeValue::String(sql)) if !sql.trim().is_empty() => probe.sql = sql.to_string(),
            ("sql", _) => return Err(must("a query")),
            ("tables", value) => probe.tables = names(value).ok_or_else(|| must("a list of table names"))?,
            ("max_ratio", value) => {
                let ratio = number(value).filter(|ratio| *ratio > 1.0 && *ratio <= 1000.0);
                probe.max_ratio = ratio.ok_or_else(|| must("a number above 1, at most 1000"))?;
            }
            ("runs", value) => {
                let runs = number(value).filter(|runs| (3.0..=100.0).contains(runs) && runs.fract() == 0.0);
                probe.runs = runs.ok_or_else(|| must("a whole number from 3 to 100"))? as u32;
            }
            (other, _) => {
                let known = KEYS.join(", ");
                return Err(wrong(place(here), format!("unknown key probes.{other}: there are {known}")));
            }
        }
    }
    for (key, value) in [("name", &probe.name), ("sql", &probe.sql)] {
        if value.is_empty() {
            return Err(wrong(place(line), format!("a probe has no {key}")));
        }
    }
    Ok(probe)
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}

fn names(value: &DeValue<'_>) -> Option<Vec<String>> {
    let DeValue::Array(values) = value else { return None };
    let name = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(name) if !name.trim().is_empty() => Some(name.trim().to_lowercase()),
        _ => None,
    };
    values.iter().map(name).collect()
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(n) => n.as_str().parse().ok(),
        _ => None,
    }
}

/// Refuses a probe that does more than read. `url` tells the language; an option file does not, and then either will do.
pub(super) fn require_reading(
    declared: &[DeclaredProbe],
    url: Option<&str>,
    place: PlaceFn<'_>,
) -> Result<(), ConfigError> {
    let dialects: &[Dialect] = match url {
        Some(url) if url.starts_with("sqlite:") => &[Dialect::Sqlite],
        _ => &[Dialect::MariaDb, Dialect::MySql],
    };
    for DeclaredProbe { probe, line } in declared {
        let judged: Vec<_> = dialects.iter().map(|dialect| admit(&probe.sql, *dialect)).collect();
        if let (true, Some(Err(why))) = (judged.iter().all(Result::is_err), judged.first()) {
            return Err(ConfigError::new(format!("{}: the probe {} {why}", place(*line), probe.name))
                .hint("a probe is one SELECT whose time matters: it runs many times, before and after each batch"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources};
    use super::*;

    fn load(text: &str) -> Result<Vec<DeclaredProbe>, ConfigError> {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("caribou.toml"), text).expect("a file");
        let sources = Sources { cwd: dir.path().to_owned(), ..Sources::default() };
        Config::load(&sources).map(|config| config.probes)
    }

    #[test]
    fn what_a_probe_leaves_open_has_a_default() {
        let declared = load(
            "[[probes]]\nname = \"by_day\"\nsql = \"SELECT * FROM Orders\"\n\n[[probes]]\nname = \"b\"\nsql = \"SELECT 1\"\n\
             tables = [\"Shop.Orders\"]\nmax_ratio = 2\nruns = 11\n",
        )
        .expect("probes");
        let told: Vec<_> = declared
            .iter()
            .map(|d| (d.line, d.probe.name.as_str(), d.probe.max_ratio, d.probe.runs, d.probe.tables.as_slice()))
            .collect();
        let tables = ["shop.orders".to_owned()];
        assert_eq!(told, [(1, "by_day", 1.5, 7, &[][..]), (5, "b", 2.0, 11, &tables[..])]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_a_remedy() {
        for (text, says) in [
            ("[probes]\nname = 1\n", "caribou.toml:1: probes must be tables"),
            ("probes = 1\n", "caribou.toml:1: probes must be tables"),
            ("[[probes]]\nname = \"a\"\n", "caribou.toml:1: a probe has no sql"),
            ("[[probes]]\nsql = \"SELECT 1\"\n", "caribou.toml:1: a probe has no name"),
            ("[[probes]]\nname = \"a b\"\nsql = \"SELECT 1\"\n", "caribou.toml:2: probes.name must be a word"),
            ("[[probes]]\nname = \"a\"\nsql = \"SELECT 1\"\nruns = 2\n", "caribou.toml:4: probes.runs must be a whole"),
            ("[[probes]]\nname = \"a\"\nsql = \"SELECT 1\"\nmax_ratio = 1\n", "caribou.toml:4: probes.max_ratio must"),
            ("[[probes]]\nname = \"a\"\nsql = \"SELECT 1\"\nratio = 2\n", "caribou.toml:4: unknown key probes.ratio"),
            (
                "[[probes]]\nname = \"a\"\nsql = \"SELECT 1\"\n[[probes]]\nname = \"a\"\nsql = \"SELECT 1\"\n",
                "caribou.toml:4: there are two probes a",
            ),
            (
                "\n[[probes]]\nname = \"a\"\nsql = \"DELETE FROM t\"\n",
                "caribou.toml:2: the probe a must be a SELECT, and this is delete",
            ),
        ] {
            let error = load(text).expect_err(text);
            let message = error.message.rsplit('/').next().unwrap_or_default();
            assert!(message.starts_with(says), "{text:?}: {message}");
            assert!(error.hint.is_some(), "{text:?} has no remedy");
        }
    }
}
