//! A file that is there as a whole or not at all: written under a hidden name, synced, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file being written, readable for its owner only. Dropped before it is complete, it is removed.
#[derive(Debug)]
pub(super) struct Partial {
    beside: PathBuf,
    to: PathBuf,
}

impl Partial {
    /// Begins it. What a killed process left under the hidden name is removed.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(to: &Path) -> io::Result<(Partial, File)> {
        let name = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = to.with_file_name(format!(".{name}.partial"));
        if fs::symlink_metadata(&beside).is_ok() {
            fs::remove_file(&beside)?;
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&beside)?;
        Ok((Partial { beside, to: to.to_owned() }, file))
    }

    /// The hidden name.
    pub fn path(&self) -> &Path {
        &self.beside
    }

    /// Gives it its name, once its bytes are on the disk, and syncs the directory. An existing file is not replaced.
    ///
    /// # Errors
    /// The system's; the file is not there then.
    pub fn complete(self) -> io::Result<()> {
        File::open(&self.beside)?.sync_all()?;
        // A link fails where the name is taken; a rename would replace.
        fs::hard_link(&self.beside, &self.to).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            // Some file systems have no links.
            _ => fs::rename(&self.beside, &self.to),
        })?;
        File::open(folder(&self.to))?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already where it was renamed.
        fs::remove_file(&self.beside).unwrap_or_default();
    }
}

/// The directory of a file.
fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("shop.sql");
        let (partial, mut file) = Partial::begin(&to).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(dir.path()), [".shop.sql.partial"]);
        drop(partial);
        assert!(names(dir.path()).is_empty());
        let (partial, mut file) = Partial::begin(&to).unwrap();
        file.write_all(b"whole").unwrap();
        partial.complete().unwrap();
        assert_eq!((names(dir.path()), fs::read(&to).unwrap()), (vec!["shop.sql".to_owned()], b"whole".to_vec()));
        assert_eq!(fs::metadata(&to).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_existing_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("shop.sql");
        fs::write(&to, "an earlier dump").unwrap();
        let (partial, _file) = Partial::begin(&to).unwrap();
        assert_eq!(partial.complete().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((names(dir.path()).len(), fs::read(&to).unwrap()), (1, b"an earlier dump".to_vec()));
    }
}
