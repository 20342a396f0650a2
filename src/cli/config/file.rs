//! `caribou.toml`: found upwards, read into names and values that know their line.

use super::error::ConfigError;
use super::keys::{self, Kind};
use super::probes::{self, DeclaredProbe};
use super::value;
use crate::check::{ELSEWHERE, Elsewhere};
use std::os::unix::fs::MetadataExt;
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

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    pub entries: Vec<Entry>,
    /// `[[probes]]`.
    pub probes: Vec<DeclaredProbe>,
}

/// The file of the project around a directory: the first `caribou.toml` from there upwards that counts. Those that do not
/// are told, each with the reason: a file that somebody else may write would choose the database, the files that are run
/// on it, and a command that is run for the password.
pub fn find(from: &Path) -> (Option<PathBuf>, Vec<String>) {
    let mut passed_over = Vec::new();
    for path in from.ancestors().map(|dir| dir.join(NAME)).filter(|path| path.exists()) {
        match trust(&path) {
            Ok(()) => return (Some(path), passed_over),
            Err(why) => passed_over.push(format!(
                "{} does not count, because {why}; name it with --config where it is meant",
                path.display()
            )),
        }
    }
    (None, passed_over)
}

/// Checks whether a file that nobody named counts: it is the caller's or root's, and nobody else may write it. The
/// error is the reason why not.
fn trust(path: &Path) -> Result<(), String> {
    let about = std::fs::metadata(path).map_err(|error| format!("it cannot be looked at: {error}"))?;
    let (user, group) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    // Who calls through sudo means their own files.
    let caller = std::env::var("SUDO_UID").ok().filter(|_| user == 0).and_then(|id| id.parse::<u32>().ok());
    if about.uid() != user && about.uid() != 0 && Some(about.uid()) != caller {
        return Err(format!("it belongs to another user ({})", about.uid()));
    }
    // On many systems everybody has a group of their own, and files are writable for it.
    let is_ours = about.gid() == group || about.gid() == 0;
    if about.mode() & 0o002 != 0 || (about.mode() & 0o020 != 0 && !is_ours) {
        return Err("others may write it".to_owned());
    }
    Ok(())
}

/// Reads a file, every name checked, in the order of the file.
///
/// # Errors
/// What is wrong, with file and line.
pub fn read(path: &Path) -> Result<Contents, ConfigError> {
    let text = crate::regular::read_text(path)
        .map_err(|e| ConfigError::new(format!("cannot read {}: {e}", path.display())))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Contents, ConfigError> {
    let at = |offset: usize| 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let place = |line: usize| format!("{}:{line}", path.display());
    let root = DeTable::parse(text).map_err(|e| {
        let line = e.span().map_or(1, |s| at(s.start));
        ConfigError::new(format!("{}: {}", place(line), e.message()))
    })?;
    if let Some((name, offset)) = empty_table("", root.get_ref()) {
        return Err(without_keys(&name, &place(at(offset))));
    }
    let mut found = Vec::new();
    flatten("", root.get_ref(), &mut found);
    found.sort_by_key(|(_, _, offset)| *offset);
    let entries = found.into_iter().map(|(name, value, offset)| entry(name, value, at(offset), &place));
    Ok(Contents { entries: entries.collect::<Result<_, _>>()?, probes: probes::read(root.get_ref(), &at, &place)? })
}

/// The first table that holds nothing and means nothing without it: a hook, or one that there is not.
fn empty_table(prefix: &str, table: &DeTable<'_>) -> Option<(String, usize)> {
    table.iter().find_map(|(key, value)| {
        let name = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        match Spanned::get_ref(value) {
            DeValue::Table(inner) if inner.is_empty() => (!keys::is_table(&name)).then(|| (name, key.span().start)),
            DeValue::Table(inner) => empty_table(&name, inner),
            _ => None,
        }
    })
}

fn without_keys(name: &str, place: &str) -> ConfigError {
    match name.strip_prefix(keys::HOOKS.table).and_then(|rest| rest.strip_prefix('.')) {
        Some(hook) => {
            ConfigError::new(format!("{place}: the alert hook {hook} has no address")).hint(keys::HOOK_REMEDY)
        }
        None => unknown(name, place),
    }
}

type Found<'a> = (String, &'a DeValue<'a>, usize);

/// Names with their tables, down to values and to names that are no table's.
fn flatten<'a>(prefix: &str, table: &'a DeTable<'a>, into: &mut Vec<Found<'a>>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        match Spanned::get_ref(value) {
            // Read apart: they are tables in a row.
            _ if name == "probes" => {}
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
    if keys::HOOKS.is_misplaced(name) {
        return error.hint(keys::HOOK_FORM);
    }
    let logged = ELSEWHERE.iter().find(|one| name.strip_prefix("checks.") == Some(one.name));
    if let Some(Elsewhere { name, from, .. }) = logged {
        return error.hint(format!("{name} has no level of its own: that comes from {from} (`caribou checks {name}`)"));
    }
    match keys::nearest(name) {
        Some(near) => error.hint(format!("did you mean {near}? `caribou config` lists every key")),
        None => error.hint("`caribou config` lists every key"),
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Filled | Kind::Url | Kind::Path => "a string",
        Kind::Paths => "a string, or a list of strings",
        Kind::Theme | Kind::Choice(_) | Kind::Web | Kind::Mail | Kind::Pattern => "a string",
        Kind::Command => "a list of strings",
        Kind::Prolonged => "a time such as \"2h\" or a multiple such as \"3x\"",
        Kind::Integer { .. } => "a whole number",
        Kind::Duration => "a time such as \"30s\"",
        Kind::Switch => "true or false",
    }
}

fn as_text(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Switch, DeValue::Boolean(b)) => Some(b.to_string()),
        // A session variable may be written as what it is: foreign_key_checks = 0.
        (Kind::Text | Kind::Filled | Kind::Integer { .. } | Kind::Duration, DeValue::Integer(n)) => {
            i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n.to_string())
        }
        (Kind::Text | Kind::Filled, DeValue::Boolean(b)) => Some(b.to_string()),
        (Kind::Command | Kind::Paths, DeValue::Array(items)) => {
            let word = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            };
            let words: Option<Vec<String>> = items.iter().map(word).collect();
            serde_json::to_string(&words?).ok()
        }
        (Kind::Switch | Kind::Integer { .. }, _) => None,
        (_, DeValue::String(s)) => Some(s.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Entry>, String> {
        parse(text, Path::new("caribou.toml")).map(|contents| contents.entries).map_err(|e| e.to_string())
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
    fn a_file_that_others_may_write_does_not_count() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(outer.path().join(NAME), "").unwrap();
        let bad = inner.join(NAME);
        std::fs::write(&bad, "").unwrap();
        let (found, passed_over) = find(&inner);
        assert_eq!((found, passed_over.len()), (Some(bad.clone()), 0));
        std::fs::set_permissions(&bad, std::fs::Permissions::from_mode(0o666)).unwrap();
        let (found, passed_over) = find(&inner);
        assert_eq!(found, Some(outer.path().join(NAME)));
        assert!(passed_over[0].contains("others may write it"), "{passed_over:?}");
        // Only root can give a file to somebody else.
        if nix::unistd::geteuid().is_root() {
            std::fs::set_permissions(&bad, std::fs::Permissions::from_mode(0o644)).unwrap();
            std::os::unix::fs::chown(&bad, Some(65_534), None).unwrap();
            assert!(find(&inner).1[0].contains("another user"));
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let error = parse("[migration]\ndir = \"x\"\n", Path::new("c")).unwrap_err();
        assert!(error.hint.as_deref().unwrap_or_default().contains("migrations.dir"), "{error:?}");
    }
}
