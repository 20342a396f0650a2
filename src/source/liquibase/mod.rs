//! The layout of Liquibase, as far as it is SQL: formatted changelogs, each changeset a migration of its own.
//!
//! Sources: Liquibase's documentation of formatted SQL, and its `FormattedSqlChangeLogParser`. A changeset is named
//! `FILE::ID::AUTHOR`, as Liquibase names it. XML, YAML and JSON are refused by name.

mod attributes;
mod changelog;
mod changeset;

use super::layout::Layout;
use super::layout_name::LIQUIBASE;
use super::lines::lines;
use super::migration::{Contents, Migration};
use super::path::{extension, file_name};
use super::{Folder, SourceError, Text};

/// Files that begin with `--liquibase formatted sql`.
pub(super) struct Liquibase;

/// Changelogs in other languages.
const LANGUAGES: &[(&str, &str)] = &[("xml", "XML"), ("yaml", "YAML"), ("yml", "YAML"), ("json", "JSON")];

impl Layout for Liquibase {
    fn name(&self) -> &'static str {
        LIQUIBASE
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let formatted =
            folder.sql().find(|text| is_formatted(text)).map(|text| format!("its first line in {}", text.path));
        formatted.or_else(|| other_language(folder).map(|(path, _)| path))
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        if let Some((path, language)) = other_language(folder) {
            let advice = "print it as SQL with `liquibase update-sql`, or write formatted SQL, and keep it in a directory of its own";
            return Err(SourceError::NotSql { path, tool: "Liquibase", language, advice });
        }
        let mut contents = Contents::default();
        for text in folder.sql() {
            match is_formatted(text) {
                true => changelog::read(text, folder.dialect, &mut contents)?,
                false => contents.migrations.push(changeset::raw(text)),
            }
        }
        for (order, migration) in contents.migrations.iter_mut().enumerate() {
            migration.at.order = order;
        }
        refuse_double(&contents.migrations)?;
        Ok(contents)
    }
}

/// True if the first line that is not empty says so.
fn is_formatted(text: &Text) -> bool {
    let first = lines(&text.text).find(|line| !line.text.trim().is_empty());
    first.is_some_and(|line| {
        let said = line.comment().unwrap_or_default().to_ascii_lowercase();
        said.split_whitespace().take(2).eq(["liquibase", "formatted"])
    })
}

/// A changelog in another language, by its name and by what it says.
fn other_language(folder: &Folder) -> Option<(String, &'static str)> {
    folder.paths.iter().find_map(|path| {
        let ending = extension(path)?.to_ascii_lowercase();
        let (_, language) = LANGUAGES.iter().find(|(known, _)| *known == ending)?;
        let is_named_so = file_name(path).to_ascii_lowercase().contains("changelog");
        let is_one = folder.text(path).map_or(is_named_so, |text| text.text.contains("databaseChangeLog"));
        is_one.then(|| (path.clone(), *language))
    })
}

fn refuse_double(migrations: &[Migration]) -> Result<(), SourceError> {
    let mut seen = std::collections::BTreeSet::new();
    match migrations.iter().find(|one| !seen.insert(one.at.path.as_str())) {
        None => Ok(()),
        Some(double) => {
            let problem = format!("there is a second changeset {}: give it another id", double.at.path);
            let line = changeset::first_line(&double.up.text);
            Err(SourceError::Line { path: double.up.path.clone(), line, problem })
        }
    }
}

#[cfg(test)]
mod tests;
