//! The layout of golang-migrate and sqlx.

use super::arranged::Arranged;
use super::layout::Layout;
use super::layout_name::GOLANG_MIGRATE;
use super::migration::Contents;
use super::path::{file_name, without_sql};
use super::{Folder, SourceError, Version, names};
use std::collections::BTreeMap;

/// `VERSION_title.up.sql` with `VERSION_title.down.sql`; of sqlx also `VERSION_title.sql`. The version alone says which
/// files belong together, as in golang-migrate itself.
pub(super) struct GolangMigrate;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Up,
    Down,
    Verify,
}

const PARTS: &[(&str, Part)] = &[(".up", Part::Up), (".down", Part::Down), (".verify", Part::Verify)];

/// A file's name, read.
struct Named<'a> {
    version: Version,
    title: &'a str,
    name: &'a str,
    part: Part,
}

impl Layout for GolangMigrate {
    fn name(&self) -> &'static str {
        GOLANG_MIGRATE
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["sqlx", "migrate"]
    }

    fn sign(&self, folder: &Folder) -> Option<String> {
        let is_up = |path: &&String| {
            without_sql(path).is_some_and(|stem| stem.ends_with(".up"))
                && named(path).is_some_and(|n| n.part == Part::Up)
        };
        folder.paths.iter().find(is_up).cloned()
    }

    fn read(&self, folder: &Folder) -> Result<Contents, SourceError> {
        Contents::from_files(folder, self.arrange(&folder.paths)?)
    }
}

impl GolangMigrate {
    /// Sorts the files of a directory into migrations by their names.
    fn arrange(&self, paths: &[String]) -> Result<Vec<Arranged>, SourceError> {
        let mut arranged: BTreeMap<Version, Arranged> = BTreeMap::new();
        let mut companions = Vec::new();
        for path in paths.iter().filter(|path| without_sql(path).is_some()) {
            let file = named(path).ok_or_else(|| self.misfit(path))?;
            if file.part == Part::Up && names::is_companion(path) {
                return Err(self.misfit(path));
            }
            if file.part != Part::Up {
                companions.push((path, file));
                continue;
            }
            let migration = Arranged {
                path: path.clone(),
                name: file.name.to_owned(),
                version: file.version.clone(),
                shares_version: false,
                order: 0,
                title: file.title.to_owned(),
                down: None,
                verify: None,
            };
            if let Some(first) = arranged.insert(file.version.clone(), migration) {
                let version = file.version.text;
                return Err(SourceError::DuplicateVersion { version, first: first.path, second: path.clone() });
            }
        }
        for (path, file) in companions {
            let what = if file.part == Part::Down { "rollback" } else { "verify script" };
            let Some(of) = arranged.get_mut(&file.version) else {
                let folder = &path[..path.len() - file_name(path).len()];
                let expected = format!("{folder}{}.up.sql", file.name);
                return Err(SourceError::Orphan { path: path.clone(), what, expected });
            };
            let place = if file.part == Part::Down { &mut of.down } else { &mut of.verify };
            if let Some(first) = place.replace(path.clone()) {
                return Err(SourceError::Twice { what, of: of.name.clone(), first, second: path.clone() });
            }
        }
        Ok(arranged.into_values().collect())
    }

    fn misfit(&self, path: &str) -> SourceError {
        let expected = "name it VERSION_title.up.sql (or .down.sql) with a number as VERSION, or read the directory with \
                        migrations.layout = \"native\"";
        SourceError::Misfit { path: path.to_owned(), layout: self.name(), expected: expected.to_owned() }
    }
}

fn named(path: &str) -> Option<Named<'_>> {
    let stem = file_name(without_sql(path)?);
    let (name, part) =
        PARTS.iter().find_map(|(suffix, part)| Some((stem.strip_suffix(suffix)?, *part))).unwrap_or((stem, Part::Up));
    let (version, title) = name.split_once('_')?;
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Named { version: Version::parse(version)?, title, name, part })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrange(paths: &[&str]) -> Result<Vec<Arranged>, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        GolangMigrate.arrange(&paths).map_err(|error| error.to_string())
    }

    #[test]
    fn ups_and_downs_belong_together_by_version() {
        let found = arrange(&["10_b.up.sql", "2_a.up.sql", "2_another.down.sql", "3_c.sql", "notes.txt"]).unwrap();
        let names: Vec<(&str, Option<&str>)> = found.iter().map(|f| (f.name.as_str(), f.down.as_deref())).collect();
        assert_eq!(names, [("2_a", Some("2_another.down.sql")), ("3_c", None), ("10_b", None)]);
        assert_eq!(found[0].title, "a");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(arrange(&["seed.sql"]).unwrap_err().contains("seed.sql"));
        assert!(arrange(&["1_a.up.sql", "2_b.UNDO.sql"]).unwrap_err().contains("2_b.UNDO.sql"));
        assert!(arrange(&["1.2_a.up.sql"]).unwrap_err().contains("VERSION_title.up.sql"));
        let error = arrange(&["m/1_a.down.sql"]).unwrap_err();
        assert!(error.contains("add m/1_a.up.sql"), "{error}");
        let error = arrange(&["001_a.up.sql", "1_b.up.sql"]).unwrap_err();
        assert!(error.contains("001_a.up.sql") && error.contains("1_b.up.sql") && error.contains("version"), "{error}");
        assert!(arrange(&["1_a.up.sql", "1_a.down.sql", "1_b.down.sql"]).unwrap_err().contains("keep one"));
    }
}
