//! `flyway.conf` and `flyway.toml`, as far as they say how files are named and read.

use crate::source::remark::{Remark, kind};
use crate::source::{Folder, SourceError, Text};
use std::collections::BTreeMap;

/// Settings of a Flyway project, with Flyway's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Settings {
    pub versioned: String,
    pub undo: String,
    pub repeatable: String,
    pub baseline: String,
    pub separator: String,
    pub suffixes: Vec<String>,
    pub placeholder_prefix: String,
    pub placeholder_suffix: String,
    pub replaces: bool,
    /// By name in small letters: Flyway does not tell letter case apart.
    pub placeholders: BTreeMap<String, String>,
    /// The file that they are from, for messages.
    pub path: Option<String>,
    pub remarks: Vec<Remark>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            versioned: "V".into(),
            undo: "U".into(),
            repeatable: "R".into(),
            baseline: "B".into(),
            separator: "__".into(),
            suffixes: vec![".sql".into()],
            placeholder_prefix: "${".into(),
            placeholder_suffix: "}".into(),
            replaces: true,
            placeholders: BTreeMap::new(),
            path: None,
            remarks: Vec::new(),
        }
    }
}

/// The files that hold them, the newer form first.
const FILES: &[&str] = &["flyway.toml", "flyway.conf"];

/// Settings that would change what runs, and what to do instead of them.
const NOT_HONOURED: &[(&str, &str)] = &[
    ("initsql", "Flyway runs it on each connection: set the variables in [session]"),
    ("target", "use `caribou migrate --target`"),
    ("cherrypick", "use `caribou migrate --target`"),
    ("locations", "the directory that is read is migrations.dir"),
    ("schemas", "the schema is that of [database] url"),
    ("defaultschema", "the schema is that of [database] url"),
    ("baselineversion", "take over its history before the first migrate"),
    ("baselineonmigrate", "take over its history before the first migrate"),
    ("callbacks", "they do not run here"),
    ("javamigrations", "only SQL runs here"),
    ("outoforder", "a file that was added late runs, with a finding, and the checks of the plan can stop it"),
    ("group", "each file is undone by itself"),
    ("skipexecutingmigrations", "take over its history"),
];

impl Settings {
    /// Reads the settings of a directory: those in it, in the folder above, or in `conf` there.
    pub fn read(folder: &Folder) -> Result<Settings, SourceError> {
        let Some(text) = folder.settings(FILES)? else { return Ok(Settings::default()) };
        let mut settings = Settings { path: Some(text.path.clone()), ..Settings::default() };
        let entries = if text.path.ends_with(".toml") { toml_entries(&text)? } else { properties(&text.text) };
        for entry in entries {
            settings.set(&entry, &text)?;
        }
        Ok(settings)
    }

    fn set(&mut self, entry: &Entry, text: &Text) -> Result<(), SourceError> {
        let Some(key) = entry.key.strip_prefix("flyway.") else { return Ok(()) };
        let value = entry.value.clone();
        let lower = key.to_ascii_lowercase();
        if let Some(name) = lower.strip_prefix("placeholders.") {
            self.placeholders.insert(name.to_owned(), value);
            return Ok(());
        }
        match lower.as_str() {
            "sqlmigrationprefix" => self.versioned = value,
            "undosqlmigrationprefix" => self.undo = value,
            "repeatablesqlmigrationprefix" => self.repeatable = value,
            "baselinemigrationprefix" => self.baseline = value,
            "sqlmigrationseparator" => self.separator = value,
            "sqlmigrationsuffixes" => self.suffixes = value.split(',').map(|one| one.trim().to_owned()).collect(),
            "placeholderprefix" => self.placeholder_prefix = value,
            "placeholdersuffix" => self.placeholder_suffix = value,
            "placeholderreplacement" => self.replaces = value != "false",
            "encoding" if !is_utf8(&value) => return Err(other_encoding(&text.path, entry.line, &value)),
            _ => self.remarks.extend(not_honoured(&lower, entry, &text.path)),
        }
        Ok(())
    }
}

fn not_honoured(key: &str, entry: &Entry, path: &str) -> Option<Remark> {
    let (_, advice) = NOT_HONOURED.iter().find(|(known, _)| *known == key)?;
    let is_default = matches!((key, entry.value.as_str()), ("outoforder" | "group" | "baselineonmigrate", "false"));
    let message = format!("{path}, line {}: `{}` is not honoured here: {advice}", entry.line, entry.key);
    (!is_default).then(|| Remark::warning(kind::NOT_HONOURED, None, message))
}

/// True for the names of the only encoding that is read.
pub(super) fn is_utf8(encoding: &str) -> bool {
    matches!(encoding.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii")
}

/// The error of files in another encoding.
pub(super) fn other_encoding(path: &str, line: usize, encoding: &str) -> SourceError {
    let problem = format!("files in {encoding} are not read: convert them to UTF-8, and say so here");
    SourceError::Line { path: path.to_owned(), line, problem }
}

/// A key and its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// The entries of a file of properties: `key=value`, comments of `#` and `!`, a backslash at the end goes on.
pub(super) fn properties(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((line, first)) = lines.next() {
        let mut whole = first.trim().to_owned();
        if whole.starts_with(['#', '!']) {
            continue;
        }
        while whole.ends_with('\\') {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next.trim());
        }
        if let Some((key, value)) = whole.split_once(['=', ':']) {
            entries.push(Entry { key: key.trim().to_owned(), value: value.trim().to_owned(), line });
        }
    }
    entries
}

/// The entries of the table `flyway`, with the names that they have in the older form.
fn toml_entries(text: &Text) -> Result<Vec<Entry>, SourceError> {
    let table: toml::Table = text.text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = 1 + text.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        SourceError::Line { path: text.path.clone(), line, problem: error.message().to_owned() }
    })?;
    let mut entries = Vec::new();
    let flyway = table.get("flyway").and_then(toml::Value::as_table);
    for (key, value) in flyway.into_iter().flatten() {
        match value {
            toml::Value::Table(inner) => {
                entries.extend(inner.iter().map(|(name, value)| entry(&format!("{key}.{name}"), value, text)));
            }
            value => entries.push(entry(key, value, text)),
        }
    }
    Ok(entries)
}

fn entry(key: &str, value: &toml::Value, text: &Text) -> Entry {
    let plain = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = match value {
        toml::Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        value => plain(value),
    };
    let name = key.rsplit('.').next().unwrap_or(key);
    // The parser keeps no places.
    let line = 1 + text.text.lines().position(|line| line.trim_start().starts_with(name)).unwrap_or(0);
    Entry { key: format!("flyway.{key}"), value, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let conf = "# ours\nflyway.sqlMigrationPrefix=M\nflyway.placeholders.Schema = shop\nflyway.url=jdbc:x\n\
                    flyway.sqlMigrationSuffixes=.sql,.pkg.sql\nflyway.placeholderPrefix=#[\nflyway.placeholderSuffix=]\n";
        let toml = "[flyway]\nsqlMigrationPrefix = \"M\"\nsqlMigrationSuffixes = [\".sql\", \".pkg.sql\"]\n\
                    placeholderPrefix = \"#[\"\nplaceholderSuffix = \"]\"\n[flyway.placeholders]\nSchema = \"shop\"\n";
        let read = |name, text| Settings::read(&Folder::of(&[(name, text)])).unwrap();
        let (a, b) = (read("flyway.conf", conf), read("flyway.toml", toml));
        assert_eq!(Settings { path: None, ..a.clone() }, Settings { path: None, ..b });
        assert_eq!((a.versioned.as_str(), a.placeholders["schema"].as_str(), a.suffixes.len()), ("M", "shop", 2));
    }

    #[test]
    fn what_is_not_honoured_is_told_with_its_line() {
        let conf = "flyway.outOfOrder=false\nflyway.initSql=SET \\\n  x = 1\nflyway.target=5\n";
        let settings = Settings::read(&Folder::of(&[("flyway.conf", conf)])).unwrap();
        let told: Vec<&str> = settings.remarks.iter().map(|one| one.message.as_str()).collect();
        assert!(told.len() == 2 && told[0].contains("flyway.conf, line 2") && told[1].contains("--target"), "{told:?}");
        let wrong = |name, text| Settings::read(&Folder::of(&[(name, text)])).unwrap_err().to_string();
        assert!(wrong("flyway.conf", "\nflyway.encoding=ISO-8859-1").contains("flyway.conf, line 2"));
        assert!(wrong("flyway.toml", "[flyway]\nx = ").contains("flyway.toml, line 2"));
    }
}
