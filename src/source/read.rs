//! A whole directory.

use super::layout::{self, Arranged};
use super::manifest::{self, MANIFEST, Manifest};
use super::version::natural;
use super::{Need, SourceError, SourceFile, Text, foreign, walk};
use crate::model::{DependencyType, FileType};
use crate::sql::{Directives, directives};
use std::collections::HashSet;
use std::path::Path;

/// A migration directory, read.
#[derive(Debug)]
pub struct Directory {
    /// The name of the layout that it was read by.
    pub layout: &'static str,
    /// Whether the layout was recognised rather than configured.
    pub recognised: bool,
    /// The migrations in the order of their versions.
    pub files: Vec<SourceFile>,
    /// `batch.toml`, if there is one.
    pub manifest: Option<Manifest>,
}

/// Reads a directory by the layout with that name; `auto` recognises it.
///
/// # Errors
/// [`SourceError`], always with the file it is about and what to do.
pub fn read(dir: &Path, layout: &str) -> Result<Directory, SourceError> {
    let paths = walk::walk(dir)?;
    let shown = dir.display().to_string();
    let chosen = layout::choose(layout, &shown, &paths)?;
    let recognised = layout != chosen.name() && !chosen.aliases().contains(&layout);
    let mut arranged = chosen.arrange(&paths)?;
    sort(&mut arranged)?;
    let manifest = read_manifest(dir, &paths, &arranged)?;
    let mut files = Vec::with_capacity(arranged.len());
    for migration in arranged {
        let file = read_file(dir, migration, manifest.as_ref())?;
        if recognised {
            foreign::refuse_by_text(&shown, &file.up)?;
        }
        files.push(file);
    }
    Ok(Directory { layout: chosen.name(), recognised, files, manifest })
}

/// By version, then by name, then by path; two that claim one version are refused.
fn sort(arranged: &mut [Arranged]) -> Result<(), SourceError> {
    arranged.sort_by(|a, b| {
        (a.version.cmp(&b.version)).then_with(|| natural(&a.name, &b.name)).then_with(|| natural(&a.path, &b.path))
    });
    let is_double = |pair: &&[Arranged]| {
        let share = pair[0].shares_version && pair[1].shares_version && pair[0].name != pair[1].name;
        pair[0].version.is_some() && pair[0].version == pair[1].version && !share
    };
    match arranged.windows(2).find(is_double) {
        None => Ok(()),
        Some(pair) => Err(SourceError::DuplicateVersion {
            version: pair[0].version.text.clone(),
            first: pair[0].path.clone(),
            second: pair[1].path.clone(),
        }),
    }
}

fn read_manifest(dir: &Path, paths: &[String], arranged: &[Arranged]) -> Result<Option<Manifest>, SourceError> {
    if paths.binary_search_by(|path| path.as_str().cmp(MANIFEST)).is_err() {
        return Ok(None);
    }
    let manifest = manifest::parse(MANIFEST, &Text::read(dir, MANIFEST)?.text)?;
    let known: HashSet<&str> = arranged.iter().map(|migration| migration.path.as_str()).collect();
    for (path, about) in &manifest.files {
        if !known.contains(path.as_str()) {
            let like = layout::nearest(path, arranged.iter().map(|migration| migration.path.as_str()));
            let advice = like.map_or("remove it".to_owned(), |like| format!("did you mean {like:?}?"));
            let problem = format!("there is no migration {path:?} in the directory: {advice}");
            let line = about.line as usize;
            return Err(SourceError::Manifest { path: MANIFEST.to_owned(), line, problem });
        }
    }
    Ok(Some(manifest))
}

fn read_file(dir: &Path, migration: Arranged, manifest: Option<&Manifest>) -> Result<SourceFile, SourceError> {
    let up = Text::read(dir, &migration.path)?;
    if up.is_blank() {
        return Err(SourceError::Empty { path: migration.path });
    }
    let down = migration.down.map(|path| Text::read(dir, &path)).transpose()?;
    let verify = migration.verify.map(|path| Text::read(dir, &path)).transpose()?;
    let wrong = |error| SourceError::Directive { path: migration.path.clone(), error };
    let directives = directives(&up.text).map_err(wrong)?;
    let about = manifest.and_then(|manifest| manifest.files.get(&migration.path));
    let own_type = directives.file_type.as_deref().and_then(FileType::parse);
    let file_type = own_type
        .or_else(|| about.and_then(|about| about.file_type))
        .or_else(|| folder_type(&migration.path))
        .unwrap_or(FileType::Doctrine);
    let mut needs = needs(&directives, &up);
    needs.extend(about.into_iter().flat_map(|about| about.needs.iter().cloned()));
    Ok(SourceFile {
        path: migration.path,
        name: migration.name,
        version: migration.version,
        title: migration.title,
        up,
        down,
        verify,
        directives,
        file_type,
        needs,
    })
}

/// The type that the innermost folder with a type's name says; plurals count.
fn folder_type(path: &str) -> Option<FileType> {
    path.rsplit('/').skip(1).find_map(|folder| {
        let folder = folder.to_ascii_lowercase();
        FileType::parse(&folder).or_else(|| FileType::parse(folder.strip_suffix('s')?))
    })
}

fn needs(directives: &Directives, up: &Text) -> Vec<Need> {
    let kinds = [
        (&directives.requires, DependencyType::Required),
        (&directives.optional, DependencyType::Optional),
        (&directives.conflicts, DependencyType::Conflict),
    ];
    let need = |name: &String, kind| Need {
        name: name.clone(),
        kind,
        said_in: up.path.clone(),
        line: directive_line(&up.text, name),
    };
    kinds.iter().flat_map(|(names, kind)| names.iter().map(|name| need(name, *kind))).collect()
}

/// The line of the directive that holds a name. Directives stand in leading comments, so the first such line is it.
fn directive_line(text: &str, name: &str) -> u32 {
    let mut directives = text.lines().zip(1u32..).filter(|(line, _)| line.contains("caribou:"));
    let first = directives.clone().next();
    directives.find(|(line, _)| line.contains(name)).or(first).map_or(1, |(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn directory(files: &[(&str, &str)]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    fn names(dir: &TempDir) -> Vec<String> {
        read(dir.path(), "auto").unwrap().files.into_iter().map(|file| file.name).collect()
    }

    fn refused(files: &[(&str, &str)]) -> String {
        read(directory(files).path(), "auto").unwrap_err().to_string()
    }

    #[test]
    fn files_come_in_the_order_of_their_versions() {
        let sql = "SELECT 1;";
        let files = ["10_j.sql", "2_b.sql", "sub/3_c.sql", "1.5_a.sql", "users_4_0_25.sql", "orders_4_0_25.sql"];
        let dir = directory(&files.map(|path| (path, sql)));
        assert_eq!(names(&dir), ["1.5_a", "2_b", "3_c", "orders_4_0_25", "users_4_0_25", "10_j"]);
        let dir = directory(&["b.sql", "a10.sql", "a9.sql", "0_first.sql"].map(|path| (path, sql)));
        assert_eq!(names(&dir), ["0_first", "a9", "a10", "b"]);
        assert!(read(directory(&[]).path(), "auto").unwrap().files.is_empty());
    }

    #[test]
    fn a_type_comes_from_the_directive_the_manifest_the_folder() {
        let dir = directory(&[
            ("module/1_a.sql", "-- caribou: type=agent\nSELECT 1;"),
            ("module/2_b.sql", "SELECT 1;"),
            ("module/3_c.sql", "SELECT 1;"),
            ("Docs/documentation/deep/4_d.sql", "SELECT 1;"),
            ("5_e.sql", "SELECT 1;"),
            ("agents/6_f.sql", "SELECT 1;"),
            (
                "batch.toml",
                "[files.\"module/1_a.sql\"]\ntype = \"doctrine\"\n[files.\"module/2_b.sql\"]\ntype = \"documentation\"\n",
            ),
        ]);
        let types: Vec<FileType> = read(dir.path(), "auto").unwrap().files.iter().map(|file| file.file_type).collect();
        use FileType::*;
        assert_eq!(types, [Agent, Documentation, Module, Documentation, Doctrine, Agent]);
    }

    #[test]
    fn needs_know_where_they_were_said() {
        let dir = directory(&[
            ("1_a.sql", "SELECT 1;"),
            ("2_b.sql", "-- about b\n-- caribou: requires=1_a\n-- caribou: conflicts=3_c optional=9\nSELECT 1;"),
            ("batch.toml", "name = \"x\"\n\n[files.\"2_b.sql\"]\nrequires = [\"3_c\"]\n"),
        ]);
        let directory = read(dir.path(), "auto").unwrap();
        let needs: Vec<(&str, &str, u32)> = directory.files[1]
            .needs
            .iter()
            .map(|need| (need.name.as_str(), need.said_in.as_str(), need.line))
            .collect();
        assert_eq!(
            needs,
            [("1_a", "2_b.sql", 2), ("9", "2_b.sql", 3), ("3_c", "2_b.sql", 3), ("3_c", "batch.toml", 3)]
        );
        assert_eq!(directory.manifest.and_then(|manifest| manifest.name).as_deref(), Some("x"));
    }

    /// Files and their texts; words of the error.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

    #[test]
    fn what_is_wrong_is_told_with_the_file_and_what_to_do() {
        let sql = "SELECT 1;";
        let cases: [Case<'_>; 7] = [
            (
                &[("001_a.sql", sql), ("sub/1_b.sql", sql)],
                &["001_a.sql and sub/1_b.sql", "same version 001", "another"],
            ),
            (&[("1_a.sql", " \n\t")], &["1_a.sql is empty"]),
            (&[("1_a.sql", "\u{feff}")], &["1_a.sql is empty"]),
            (&[("1_a.sql", "-- caribou: requirs=x\nSELECT 1;")], &["1_a.sql, line 1", "did you mean `requires`?"]),
            (&[("1_a.sql", "-- migrate:up\nSELECT 1;")], &["dbmate", "1_a.sql"]),
            (
                &[("1_a.sql", sql), ("batch.toml", "[files.\"1_b.sql\"]\n")],
                &["batch.toml, line 1", "did you mean \"1_a.sql\"?"],
            ),
            (&[("V1__a.sql", sql)], &["Flyway"]),
        ];
        for (files, words) in cases {
            let error = refused(files);
            for word in words {
                assert!(error.contains(word), "{word:?} is not in {error:?}");
            }
        }
    }

    #[test]
    fn a_comment_alone_is_not_empty_and_line_endings_do_not_matter() {
        let dir = directory(&[
            ("1_a.sql", "-- on purpose\r\n"),
            ("2_b.sql", "\u{feff}-- caribou: type=module\r\nSELECT 1;\r\n"),
        ]);
        let files = read(dir.path(), "auto").unwrap().files;
        assert_eq!((files.len(), files[1].file_type), (2, FileType::Module));
    }

    #[test]
    fn a_large_file_is_read_whole() {
        let mut text = String::from("INSERT INTO t VALUES ");
        while text.len() < 5_000_000 {
            text.push_str("(1, 'some text that fills the row'), ");
        }
        text.push_str("(2, 'end');\n");
        let dir = directory(&[("1_a.sql", &text)]);
        let files = read(dir.path(), "auto").unwrap().files;
        assert_eq!(files[0].up.text.len(), text.len());
    }
}
