//! A whole directory.

use super::arranged::Arranged;
use super::layout_name::NATIVE;
use super::manifest::{self, MANIFEST, Manifest};
use super::migration::{Contents, Migration};
use super::path::without_sql;
use super::spelling::nearest;
use super::{Folder, Need, Remark, SourceError, SourceFile, SourceType, Text, Types, Version, marks, others, registry};
use crate::model::{DependencyType, Span, natural};
use crate::sql::{Dialect, Directives, directives};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// A migration directory, read.
#[derive(Debug)]
pub struct Directory {
    /// The name of the layout that it was read by.
    pub layout: &'static str,
    /// True if the layout was recognised rather than configured.
    pub recognised: bool,
    /// The migrations in the order of their versions.
    pub files: Vec<SourceFile>,
    /// `batch.toml`, if there is one.
    pub manifest: Option<Manifest>,
    /// What there is to say of the directory as a whole.
    pub remarks: Vec<Remark>,
}

/// Reads a directory by the layout with that name; `auto` recognises it. The dialect says where statements end in a file
/// that holds both ways.
///
/// # Errors
/// [`SourceError`], always with the file it is about and what to do.
pub fn read(dir: &Path, layout: &str, dialect: Dialect) -> Result<Directory, SourceError> {
    read_as(dir, layout, dialect, &Types::default())
}

/// The same with these types of files.
///
/// # Errors
/// Those of [`read`].
pub fn read_as(dir: &Path, layout: &str, dialect: Dialect, types: &Types) -> Result<Directory, SourceError> {
    let folder = Folder::open(dir, dialect)?;
    let chosen = registry::choose(layout, &folder)?;
    let recognised = layout != chosen.name() && !chosen.aliases().contains(&layout);
    let Contents { mut migrations, remarks } = chosen.read(&folder)?;
    if recognised && chosen.name() == NATIVE {
        migrations.iter().try_for_each(|one| marks::refuse_others(&folder.shown, &one.up))?;
    }
    let manifest = read_manifest(&folder, types)?;
    for at in others::arrange(dir, &folder.paths, types, manifest.as_ref())? {
        let text = folder.text(&at.path)?;
        migrations.push(Migration::new(at, text));
    }
    sort(&mut migrations, chosen.name() == NATIVE)?;
    if let Some(manifest) = &manifest {
        refuse_unknown_paths(manifest, &migrations)?;
    }
    let files = migrations.into_iter().map(|migration| file(migration, (manifest.as_ref(), types)));
    let files = files.collect::<Result<_, _>>()?;
    Ok(Directory { layout: chosen.name(), recognised, files, manifest, remarks })
}

/// By version, what comes before a release before it, SQL first, then by name, then by path; two that claim one version are refused. Folders may have numbers of
/// their own.
fn sort(migrations: &mut [Migration], by_folder: bool) -> Result<(), SourceError> {
    migrations.sort_by(|a, b| {
        let (a, b) = (&a.at, &b.at);
        let is_other = |one: &Arranged| without_sql(&one.path).is_none();
        (a.version.cmp(&b.version))
            .then_with(|| stage(a).cmp(&stage(b)))
            .then_with(|| is_other(a).cmp(&is_other(b)))
            .then_with(|| a.order.cmp(&b.order))
            .then_with(|| natural(&a.name, &b.name))
            .then_with(|| natural(&a.path, &b.path))
    });
    // `1.0.0-rc2` is another version than `1.0.0`.
    let is_apart = |one: &Arranged, next: &Arranged| stage(one) != stage(next);
    let is_double = |one: &Arranged, next: &Arranged| {
        // What is written about a migration may have its number.
        let is_other = without_sql(&next.path).is_none();
        !(is_other || is_apart(one, next) || one.shares_version && next.shares_version && one.name != next.name)
    };
    let folder = |one: &'_ Arranged| if by_folder { folder(one).to_owned() } else { String::new() };
    let mut seen: BTreeMap<(Version, String), &Arranged> = BTreeMap::new();
    let mut versioned = migrations.iter().map(|migration| &migration.at).filter(|one| one.version.is_some());
    let double = versioned.find_map(|next| {
        let before = seen.insert((next.version.clone(), folder(next)), next)?;
        is_double(before, next).then_some((before, next))
    });
    match double {
        None => Ok(()),
        Some((one, next)) => Err(SourceError::DuplicateVersion {
            version: one.version.text.clone(),
            first: one.path.clone(),
            second: next.path.clone(),
        }),
    }
}

/// The place of a migration among those of its version: the stages before a release, and then the release.
fn stage(one: &Arranged) -> (bool, Option<(usize, u64)>) {
    let stage = one.version.stage(&one.title);
    (stage.is_none(), stage)
}

/// The folder of a migration; one that is a folder itself lies in the one above.
fn folder(one: &Arranged) -> &str {
    one.path.rfind(&one.name).map_or("", |at| &one.path[..at])
}

fn read_manifest(folder: &Folder, types: &Types) -> Result<Option<Manifest>, SourceError> {
    if !folder.has(MANIFEST) {
        return Ok(None);
    }
    manifest::parse(MANIFEST, &folder.text(MANIFEST)?.text, types).map(Some)
}

fn refuse_unknown_paths(manifest: &Manifest, migrations: &[Migration]) -> Result<(), SourceError> {
    let known: HashSet<&str> = migrations.iter().map(|migration| migration.at.path.as_str()).collect();
    for (path, about) in &manifest.files {
        if !known.contains(path.as_str()) {
            let like = nearest(path, migrations.iter().map(|migration| migration.at.path.as_str()));
            let advice = like.map_or("remove it".to_owned(), |like| format!("did you mean {like:?}?"));
            let problem = format!("there is no migration {path:?} in the directory: {advice}");
            let line = about.line as usize;
            return Err(SourceError::Manifest { path: MANIFEST.to_owned(), line, problem });
        }
    }
    Ok(())
}

/// A migration with its directives, its type, and what the manifest says of it.
fn file(migration: Migration, (manifest, types): (Option<&Manifest>, &Types)) -> Result<SourceFile, SourceError> {
    let Migration { at, up, down, verify, mut needs, remarks, mut rule } = migration;
    let has_directives = without_sql(&up.path).is_some() || others::has_directives(&up.path);
    let own = if has_directives { own_words(&up)? } else { Directives::default() };
    let kind = type_of(&at.path, &up, &own, (manifest, types))?;
    needs.extend(stated(&own, &up));
    rule.replaces = own.replaces.iter().map(|text| Span::parse(text, folder(&at))).collect();
    let about = manifest.and_then(|manifest| manifest.files.get(&at.path));
    needs.extend(about.into_iter().flat_map(|about| about.needs.iter().cloned()));
    Ok(SourceFile {
        path: at.path,
        root: String::new(),
        name: at.name,
        version: at.version,
        title: at.title,
        up,
        down,
        verify,
        directives: own,
        handler: kind.name,
        file_type: kind.recorded_as,
        needs,
        remarks,
        rule,
    })
}

fn own_words(up: &Text) -> Result<Directives, SourceError> {
    directives(&up.text).map_err(|error| SourceError::Directive { path: up.path.clone(), error })
}

/// The type of a file: from its directive, else the manifest, else its folder, else the first.
fn type_of(
    path: &str,
    up: &Text,
    own: &Directives,
    (manifest, types): (Option<&Manifest>, &Types),
) -> Result<SourceType, SourceError> {
    if let Some(name) = &own.file_type {
        let known = types.find(name).ok_or_else(|| SourceError::UnknownType {
            path: path.to_owned(),
            line: directive_line(&up.text, name),
            name: name.clone(),
            nearest: nearest(name, types.names().split(", ")).map(str::to_owned),
            known: types.names(),
        })?;
        others::refuse(path, known)?;
        return Ok(*known);
    }
    let about = manifest.and_then(|manifest| manifest.files.get(path)).and_then(|about| about.file_type.as_deref());
    if let Some(known) = about.and_then(|name| types.find(name)) {
        others::refuse(path, known)?;
        return Ok(*known);
    }
    let of_folder = types.of_folder(path).filter(|known| known.takes(path));
    Ok(of_folder.map_or_else(|| types.first(), |known| *known))
}

fn stated(directives: &Directives, up: &Text) -> Vec<Need> {
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
    use super::super::testing::directory;
    use super::*;
    use crate::model::FileType;
    use tempfile::TempDir;

    fn names(dir: &TempDir) -> Vec<String> {
        read(dir.path(), "auto", Dialect::MySql).unwrap().files.into_iter().map(|file| file.name).collect()
    }

    fn refused(files: &[(&str, &str)]) -> String {
        read(directory(files).path(), "auto", Dialect::MySql).unwrap_err().to_string()
    }

    #[test]
    fn files_come_in_the_order_of_their_versions() {
        let sql = "SELECT 1;";
        let files = ["10_j.sql", "2_b.sql", "sub/3_c.sql", "1.5_a.sql", "users_4_0_25.sql", "orders_4_0_25.sql"];
        let dir = directory(&files.map(|path| (path, sql)));
        assert_eq!(names(&dir), ["1.5_a", "2_b", "3_c", "orders_4_0_25", "users_4_0_25", "10_j"]);
        let dir = directory(&["b.sql", "a10.sql", "a9.sql", "0_first.sql"].map(|path| (path, sql)));
        assert_eq!(names(&dir), ["0_first", "a9", "a10", "b"]);
        assert!(read(directory(&[]).path(), "auto", Dialect::MySql).unwrap().files.is_empty());
    }

    #[test]
    fn what_comes_before_a_release_runs_before_it() {
        let sql = "SELECT 1;";
        let dir =
            directory(&["1.0.0.sql", "1.0.0-rc10.sql", "1.0.0-rc2.sql", "1.0.0-beta3.sql"].map(|path| (path, sql)));
        assert_eq!(names(&dir), ["1.0.0-beta3", "1.0.0-rc2", "1.0.0-rc10", "1.0.0"]);
        let same = refused(&[("1.0.0-rc2.sql", sql), ("1.0.0rc2.sql", sql)]);
        assert!(same.contains("have the same version"), "{same}");
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
        let types: Vec<FileType> =
            read(dir.path(), "auto", Dialect::MySql).unwrap().files.iter().map(|file| file.file_type).collect();
        use FileType::*;
        assert_eq!(types, [Agent, Documentation, Module, Documentation, Doctrine, Agent]);
    }

    #[test]
    fn files_that_are_no_sql_are_taken_where_their_type_takes_them() {
        let types = Types::new([
            SourceType { name: "doctrine", recorded_as: FileType::Doctrine, folders: &[], extensions: &["sql"] },
            SourceType { name: "agent", recorded_as: FileType::Agent, folders: &[], extensions: &["sql", "toml"] },
            SourceType {
                name: "documentation",
                recorded_as: FileType::Documentation,
                folders: &["docs"],
                extensions: &["md"],
            },
        ]);
        let dir = directory(&[
            ("0002_b.sql", "SELECT 1;"),
            ("agents/0002_b.toml", "# caribou: requires=0002_b\n"),
            ("docs/README.md", "x"),
            ("docs/0001_a.md", "# caribou: a deer"),
            ("notes.md", "x"),
            ("other.toml", "a = 1"),
            ("9_own.toml", "# caribou: type=agent\n"),
        ]);
        let read = |dir: &TempDir| read_as(dir.path(), "auto", Dialect::MySql, &types);
        let files = read(&dir).unwrap().files;
        let found: Vec<(&str, &str)> = files.iter().map(|file| (file.path.as_str(), file.handler)).collect();
        assert_eq!(
            found,
            [
                ("docs/0001_a.md", "documentation"),
                ("0002_b.sql", "doctrine"),
                ("agents/0002_b.toml", "agent"),
                ("9_own.toml", "agent")
            ]
        );
        assert_eq!((files[2].needs.len(), files[2].name.as_str()), (1, "0002_b"));
        let wrong = directory(&[("1_a.sql", "-- caribou: type=agnt\nSELECT 1;")]);
        let error = read(&wrong).unwrap_err().to_string();
        assert!(error.contains("1_a.sql, line 1") && error.contains("did you mean \"agent\"?"), "{error}");
        let wrong = directory(&[("1_a.sql", "-- caribou: type=documentation\nSELECT 1;")]);
        assert!(read(&wrong).unwrap_err().to_string().contains("takes files with the extensions md"));
    }

    #[test]
    fn needs_know_where_they_were_said() {
        let dir = directory(&[
            ("1_a.sql", "SELECT 1;"),
            ("2_b.sql", "-- about b\n-- caribou: requires=1_a\n-- caribou: conflicts=3_c optional=9\nSELECT 1;"),
            ("batch.toml", "name = \"x\"\n\n[files.\"2_b.sql\"]\nrequires = [\"3_c\"]\n"),
        ]);
        let directory = read(dir.path(), "auto", Dialect::MySql).unwrap();
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
        let cases: [Case<'_>; 5] = [
            (
                &[("sub/001_a.sql", sql), ("other/1_c.sql", sql), ("sub/1_b.sql", sql)],
                &["sub/001_a.sql and sub/1_b.sql", "same version 001", "another"],
            ),
            (&[("1_a.sql", "-- caribou: requirs=x\nSELECT 1;")], &["1_a.sql, line 1", "did you mean `requires`?"]),
            (
                &[("1_a.sql", "SELECT 0;\n-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;")],
                &["dbmate", "1_a.sql, line 1"],
            ),
            (&[("a.sql", "-- Deploy app:a to mysql\nSELECT 1;")], &["Sqitch", "a.sql"]),
            (
                &[("1_a.sql", sql), ("batch.toml", "[files.\"1_b.sql\"]\n")],
                &["batch.toml, line 1", "did you mean \"1_a.sql\"?"],
            ),
        ];
        for (files, words) in cases {
            let error = refused(files);
            for word in words {
                assert!(error.contains(word), "{word:?} is not in {error:?}");
            }
        }
    }

    #[test]
    fn empty_files_and_comments_are_files_and_line_endings_do_not_matter() {
        let dir = directory(&[
            ("0_empty.sql", " \n\t"),
            ("1_a.sql", "-- on purpose\r\n"),
            ("2_b.sql", "\u{feff}-- caribou: type=module\r\nSELECT 1;\r\n"),
        ]);
        let files = read(dir.path(), "auto", Dialect::MySql).unwrap().files;
        assert_eq!((files.len(), files[2].file_type), (3, FileType::Module));
    }

    #[test]
    fn one_file_may_hold_both_ways() {
        let both = "-- +migrate Up\nCREATE TABLE a (i INT);\n-- +migrate Down\nDROP TABLE a;\n";
        let dir = directory(&[("1_a.sql", both)]);
        let file = read(dir.path(), "auto", Dialect::MySql).unwrap().files.remove(0);
        assert!(!file.up.text.contains("DROP") && file.down.is_some_and(|down| down.text.contains("DROP TABLE a;")));
        let both = both.replace("+migrate ", "");
        let error = refused(&[("1_a.sql", &both), ("1_a.rollback.sql", "DROP TABLE a;")]);
        assert!(error.contains("1_a.sql and 1_a.rollback.sql are both the rollback"), "{error}");
    }

    #[test]
    fn a_large_file_is_read_whole() {
        let mut text = String::from("INSERT INTO t VALUES ");
        while text.len() < 5_000_000 {
            text.push_str("(1, 'some text that fills the row'), ");
        }
        text.push_str("(2, 'end');\n");
        let dir = directory(&[("1_a.sql", &text)]);
        let files = read(dir.path(), "auto", Dialect::MySql).unwrap().files;
        assert_eq!(files[0].up.text.len(), text.len());
    }
}
