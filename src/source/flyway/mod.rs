//! The layout of Flyway.
//!
//! Source: Flyway's documentation of migrations, placeholders, script configuration and settings. Its reader of MySQL obeys
//! `DELIMITER` as the server's client does, so statements end where the client ends them.

mod name;
mod settings;

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::{FLYWAY, REFINERY};
use super::migration::{Contents, Migration};
use super::path::{extension, file_name};
use super::placeholders::fill;
use super::remark::{Remark, kind};
use super::{Folder, SourceError, Text, Version};
use crate::model::{Again, RunRule};
use name::{Kind, Name};
use settings::Settings;
use std::collections::BTreeMap;

/// `V1__title.sql`, with `U1__title.sql`; `R__title.sql`, which runs again when it was edited; `B1__title.sql`, which stands
/// for all versions up to its own.
pub(super) struct Flyway;

/// Languages of migrations that are no SQL.
const LANGUAGES: &[(&str, &str)] =
    &[("java", "Java"), ("class", "Java"), ("kt", "Kotlin"), ("py", "Python"), ("sh", "shell"), ("ps1", "PowerShell")];

impl Layout for Flyway {
    fn name(&self) -> &'static str {
        FLYWAY
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let settings = Settings::read(folder).unwrap_or_default();
        let is_sign = |path: &&String| {
            let named = name::read(file_name(path), &settings);
            named.is_some_and(|name| name.kind == Kind::Repeatable || !name.description.is_empty())
        };
        folder.paths.iter().find(is_sign).cloned()
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        let settings = Settings::read(folder)?;
        let mut found = Found::sort(folder, &settings)?;
        let mut remarks = settings.remarks.clone();
        remarks.append(&mut found.remarks);
        let mut migrations = Vec::with_capacity(found.forward.len());
        found.forward.sort_by(|a, b| a.1.description.cmp(&b.1.description));
        for (order, (path, name)) in found.forward.iter().enumerate() {
            let (up, execute) = filled(folder, path, &settings, &mut remarks)?;
            let undo = if name.kind == Kind::Versioned { found.undo.remove(&name.version) } else { None };
            let down = undo.map(|path| filled(folder, &path, &settings, &mut remarks)).transpose()?;
            if !execute {
                let message = format!("{path} does not run: {path}.conf says shouldExecute=false");
                remarks.push(Remark::info(kind::LEFT_ALONE, None, message));
                continue;
            }
            let at = arranged(path, name, order, &found.forward);
            let rule = RunRule {
                again: if name.kind == Kind::Repeatable { Again::WhenEdited } else { Again::Never },
                baseline: name.kind == Kind::Baseline,
                ..RunRule::default()
            };
            migrations.push(Migration { down: down.map(|(text, _)| text), rule, ..Migration::new(at, up) });
        }
        match found.undo.into_values().next() {
            None => Ok(Contents { migrations, remarks }),
            Some(path) => Err(orphan(&path, &settings)),
        }
    }
}

/// The files of a directory, by what they are.
#[derive(Default)]
struct Found {
    forward: Vec<(String, Name)>,
    undo: BTreeMap<Version, String>,
    remarks: Vec<Remark>,
}

impl Found {
    fn sort(folder: &Folder, settings: &Settings) -> Result<Found, SourceError> {
        let mut found = Found::default();
        for path in &folder.paths {
            let file = file_name(path);
            refuse_other_language(path, settings)?;
            match name::read(file, settings) {
                Some(name) if !file.to_ascii_lowercase().ends_with(".sql") => {
                    let problem = format!("{} is not read: only files that end in .sql are; rename it", name.stem);
                    return Err(SourceError::Line { path: path.clone(), line: 1, problem });
                }
                Some(name) if name.kind == Kind::Undo => {
                    if let Some(first) = found.undo.insert(name.version.clone(), path.clone()) {
                        let (what, of) = ("undo script", name.version.text);
                        return Err(SourceError::Twice { what, of, first, second: path.clone() });
                    }
                }
                Some(name) => found.forward.push((path.clone(), name)),
                None => found.remarks.extend(left_alone(path, settings)),
            }
        }
        Ok(found)
    }
}

fn refuse_other_language(path: &str, settings: &Settings) -> Result<(), SourceError> {
    let stem = file_name(path).rsplit_once('.').map_or("", |(stem, _)| stem);
    let language = extension(path).and_then(|ending| LANGUAGES.iter().find(|(known, _)| *known == ending));
    match language.filter(|_| name::stem_read(stem, settings).is_some()) {
        None => Ok(()),
        Some((_, language)) => {
            let advice = "run it with Flyway, or write what it does as SQL";
            Err(SourceError::NotSql { path: path.to_owned(), tool: "Flyway", language, advice })
        }
    }
}

/// A file that is no migration, where somebody may think that it is one.
fn left_alone(path: &str, settings: &Settings) -> Option<Remark> {
    let file = file_name(path);
    if name::is_callback(file, settings) {
        let message = format!(
            "{path} is a callback, and does not run here: write what it does into the migrations, or into a hook or a probe"
        );
        return Some(Remark::warning(kind::NOT_HONOURED, None, message));
    }
    let is_sql = extension(path).is_some_and(|ending| ending.eq_ignore_ascii_case("sql"));
    is_sql.then(|| {
        let (prefix, separator) = (&settings.versioned, &settings.separator);
        let message = format!(
            "{path} does not run: Flyway leaves a file with such a name alone; if it is to run, name it {prefix}1{separator}title.sql"
        );
        Remark::warning(kind::LEFT_ALONE, None, message)
    })
}

/// An undo script without its migration: Flyway's own has one, and refinery's is no undo script.
fn orphan(path: &str, settings: &Settings) -> SourceError {
    let expected = format!(
        "it undoes a version that is not there ({}…): add that, or remove it; in a directory of refinery, where such a file is a \
         migration, say so with migrations.layout = \"{REFINERY}\" (Flyway's is \"{FLYWAY}\")",
        settings.versioned
    );
    SourceError::Misfit { path: path.to_owned(), layout: FLYWAY, expected }
}

fn arranged(path: &str, name: &Name, order: usize, all: &[(String, Name)]) -> Arranged {
    let is_baseline = name.kind == Kind::Baseline;
    let beside_baseline = |(_, other): &(String, Name)| {
        other.version == name.version && (other.kind == Kind::Baseline) != is_baseline && other.version.is_some()
    };
    Arranged {
        path: path.to_owned(),
        name: name.stem.clone(),
        version: name.version.clone(),
        shares_version: all.iter().any(beside_baseline),
        order: if is_baseline { 0 } else { order + 1 },
        title: name.description.clone(),
        down: None,
        verify: None,
    }
}

/// A text with its placeholders filled, and whether it is to run.
fn filled(
    folder: &Folder,
    path: &str,
    settings: &Settings,
    remarks: &mut Vec<Remark>,
) -> Result<(Text, bool), SourceError> {
    let text = folder.text(path)?;
    let own = OwnSettings::read(folder, path, remarks)?;
    if !own.replaces.unwrap_or(settings.replaces) {
        return Ok((text, own.executes));
    }
    let signs = (settings.placeholder_prefix.as_str(), settings.placeholder_suffix.as_str());
    let filled = fill(&text.text, signs, |placeholder| {
        let value = value(placeholder.name, path, settings);
        value.map(Some).ok_or_else(|| no_value(path, placeholder.line, placeholder.name, settings))
    })?;
    Ok((text.as_read(filled), own.executes))
}

/// The value of a placeholder: from the settings, from the environment as Flyway names it there, or the file's own name.
fn value(name: &str, path: &str, settings: &Settings) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let variable = format!("FLYWAY_PLACEHOLDERS_{}", name.to_ascii_uppercase());
    let own = || (name == "flyway:filename").then(|| file_name(path).to_owned());
    std::env::var(variable).ok().or_else(|| settings.placeholders.get(&name).cloned()).or_else(own)
}

fn no_value(path: &str, line: usize, name: &str, settings: &Settings) -> SourceError {
    let (prefix, suffix) = (&settings.placeholder_prefix, &settings.placeholder_suffix);
    let place = settings.path.as_deref().unwrap_or("flyway.conf");
    let advice = match name.starts_with("flyway:") {
        true => "it is one of Flyway's own, which are not filled here: write what it stands for".to_owned(),
        false => format!(
            "add flyway.placeholders.{name} to {place}, or set FLYWAY_PLACEHOLDERS_{}",
            name.to_ascii_uppercase()
        ),
    };
    let problem = format!("the placeholder {prefix}{name}{suffix} has no value: {advice}");
    SourceError::Line { path: path.to_owned(), line, problem }
}

/// Settings of one script: `V1__title.sql.conf`.
struct OwnSettings {
    replaces: Option<bool>,
    executes: bool,
}

impl OwnSettings {
    fn read(folder: &Folder, path: &str, remarks: &mut Vec<Remark>) -> Result<OwnSettings, SourceError> {
        let mut own = OwnSettings { replaces: None, executes: true };
        let conf = format!("{path}.conf");
        if !folder.has(&conf) {
            return Ok(own);
        }
        for entry in settings::properties(&folder.text(&conf)?.text) {
            match (entry.key.as_str(), entry.value.as_str()) {
                // Every statement runs by itself here.
                ("executeInTransaction", _) => {}
                ("placeholderReplacement", value) => own.replaces = Some(value != "false"),
                ("shouldExecute", "true") => {}
                ("shouldExecute", "false") => own.executes = false,
                ("encoding", value) if settings::is_utf8(value) => {}
                ("encoding", value) => return Err(settings::other_encoding(&conf, entry.line, value)),
                ("shouldExecute", value) => {
                    let problem = format!("shouldExecute={value} is not evaluated here: write true or false");
                    return Err(SourceError::Line { path: conf, line: entry.line, problem });
                }
                (key, _) => {
                    let message = format!("{conf}, line {}: `{key}` is not honoured here: take it out", entry.line);
                    remarks.push(Remark::warning(kind::NOT_HONOURED, None, message));
                }
            }
        }
        Ok(own)
    }
}

#[cfg(test)]
mod tests;
