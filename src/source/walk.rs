//! Listing a directory.

use super::SourceError;
use super::manifest::MANIFEST;
use std::ffi::OsStr;
use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

/// The paths of all files in a directory and its folders, relative to it, with `/` between folders, sorted. Hidden files
/// and folders are left out; symbolic links are followed.
pub(super) fn walk(dir: &Path) -> Result<Vec<String>, SourceError> {
    let mut found = Vec::new();
    // Folders still to be listed: where, their path relative to the directory, and the folders that they are in.
    let mut folders = vec![(dir.to_owned(), String::new(), Vec::new())];
    while let Some((place, prefix, above)) = folders.pop() {
        let wrong = |error| SourceError::Directory { path: place.display().to_string(), error };
        for entry in std::fs::read_dir(&place).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let Some(name) = visible_name(&entry, &prefix)? else { continue };
            let path = format!("{prefix}{name}");
            let kind = kind(&entry, &path)?;
            if let Some(what) = crate::regular::what(kind).filter(|_| is_sql(OsStr::new(&name)) || path == MANIFEST) {
                return Err(SourceError::NotAFile { path, what });
            }
            if kind.is_dir() {
                let mut within = above.clone();
                within.push(canonical(&place)?);
                refuse_loop(&entry.path(), &path, &within)?;
                folders.push((entry.path(), path + "/", within));
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn visible_name(entry: &DirEntry, prefix: &str) -> Result<Option<String>, SourceError> {
    let name = entry.file_name();
    if name.as_encoded_bytes().starts_with(b".") {
        return Ok(None);
    }
    match name.to_str() {
        Some(text) => Ok(Some(text.to_owned())),
        None if is_sql(&name) || entry.path().is_dir() => {
            Err(SourceError::Name { path: format!("{prefix}{}", name.to_string_lossy()) })
        }
        None => Ok(None),
    }
}

fn is_sql(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

/// The kind, or what its link leads to. The usual case asks nothing of the system.
fn kind(entry: &DirEntry, path: &str) -> Result<FileType, SourceError> {
    let wrong = |error| SourceError::Unreadable { path: path.to_owned(), error };
    let kind = entry.file_type().map_err(wrong)?;
    if kind.is_symlink() {
        return Ok(std::fs::metadata(entry.path()).map_err(wrong)?.file_type());
    }
    Ok(kind)
}

fn refuse_loop(folder: &Path, path: &str, within: &[PathBuf]) -> Result<(), SourceError> {
    let real = canonical(folder)?;
    match within.iter().find(|above| **above == real) {
        None => Ok(()),
        Some(above) => Err(SourceError::SymlinkLoop { path: path.to_owned(), to: above.display().to_string() }),
    }
}

fn canonical(folder: &Path) -> Result<PathBuf, SourceError> {
    folder.canonicalize().map_err(|error| SourceError::Directory { path: folder.display().to_string(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn touch(dir: &Path, paths: &[&str]) {
        for path in paths {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
    }

    #[test]
    fn folders_are_walked_and_hidden_things_left_out() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["b.sql", "a/z.sql", "a/b/c.sql", ".hidden.sql", ".git/x.sql", "README"]);
        assert_eq!(walk(dir.path()).unwrap(), ["README", "a/b/c.sql", "a/z.sql", "b.sql"]);
    }

    #[test]
    fn links_are_followed_and_loops_refused() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        touch(other.path(), &["x.sql"]);
        touch(dir.path(), &["a/b/c.sql"]);
        symlink(other.path(), dir.path().join("linked")).unwrap();
        symlink(other.path().join("x.sql"), dir.path().join("y.sql")).unwrap();
        assert_eq!(walk(dir.path()).unwrap(), ["a/b/c.sql", "linked/x.sql", "y.sql"]);
        symlink(dir.path().join("a"), dir.path().join("a/b/again")).unwrap();
        let error = walk(dir.path()).unwrap_err().to_string();
        assert!(error.contains("a/b/again") && error.contains("remove the symbolic link"), "{error}");
    }

    #[test]
    fn a_dangling_link_and_a_missing_directory_are_named() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/nowhere/at/all.sql", dir.path().join("gone.sql")).unwrap();
        assert!(walk(dir.path()).unwrap_err().to_string().contains("gone.sql"));
        let error = walk(&dir.path().join("none")).unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("migrations.dir"), "{error}");
    }
}
