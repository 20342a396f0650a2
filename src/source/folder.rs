//! A migration directory at hand: the paths that are there, and their texts.

use super::path::without_sql;
use super::{SourceError, Text, walk};
use crate::sql::Dialect;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A directory whose SQL has been read.
pub struct Folder {
    dir: PathBuf,
    /// The directory, for messages.
    pub(super) shown: String,
    /// Says where statements end.
    pub(super) dialect: Dialect,
    /// All files, sorted.
    pub(super) paths: Vec<String>,
    texts: BTreeMap<String, Text>,
}

impl Folder {
    /// Lists a directory, and reads its SQL.
    pub(super) fn open(dir: &Path, dialect: Dialect) -> Result<Folder, SourceError> {
        let paths = walk::walk(dir)?;
        let mut texts = BTreeMap::new();
        for path in paths.iter().filter(|path| without_sql(path).is_some()) {
            texts.insert(path.clone(), Text::read(dir, path)?);
        }
        Ok(Folder { dir: dir.to_owned(), shown: dir.display().to_string(), dialect, paths, texts })
    }

    /// The text of one of its files.
    pub(super) fn text(&self, path: &str) -> Result<Text, SourceError> {
        self.texts.get(path).cloned().map_or_else(|| Text::read(&self.dir, path), Ok)
    }

    /// The texts of its SQL, by path.
    pub(super) fn sql(&self) -> impl Iterator<Item = &Text> {
        self.texts.values()
    }

    /// True if there is such a file.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }

    /// The first of some files that is there: in the directory, in the one above it, or in `conf` there.
    pub(super) fn settings(&self, names: &[&str]) -> Result<Option<Text>, SourceError> {
        for place in ["", "../", "../conf/"] {
            for path in names.iter().map(|name| format!("{place}{name}")) {
                if self.has(&path) || self.dir.join(&path).is_file() {
                    return self.text(&path).map(Some);
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
impl Folder {
    /// A directory that is nowhere.
    pub(super) fn of(files: &[(&str, &str)]) -> Folder {
        Folder::in_dialect(files, Dialect::MySql)
    }

    /// The same in a dialect.
    pub(super) fn in_dialect(files: &[(&str, &str)], dialect: Dialect) -> Folder {
        let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        let text = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), Text::from_bytes(path, text.as_bytes().to_vec()).expect("a text"))
        };
        let texts = files.iter().map(text).collect();
        Folder { dir: "/nowhere/at/all/migrations".into(), shown: "migrations".into(), dialect, paths, texts }
    }
}
