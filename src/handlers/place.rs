//! A file of the migration directory, read and replaced as a whole.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file that exists, found without following a link.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    found: Metadata,
}

impl Place {
    /// Finds a file. Every part of its path is a folder of the directory, and no link: a plan may come from anybody.
    ///
    /// # Errors
    /// Why it is none that may be replaced, with what to do.
    pub fn find(directory: &Path, path: &str) -> Result<Place, String> {
        let mut place = directory.to_owned();
        let mut found = None;
        for part in path.split('/') {
            if matches!(part, "" | "." | "..") {
                return Err(format!("{path} is no path of a file"));
            }
            place.push(part);
            let about = fs::symlink_metadata(&place).map_err(|error| cannot("read", &place, &error))?;
            if about.is_symlink() {
                return Err(format!(
                    "{} is a symbolic link, and a document is changed only where it is: put the file itself there",
                    place.display()
                ));
            }
            found = Some(about);
        }
        match found.filter(Metadata::is_file) {
            Some(found) if found.nlink() > 1 => Err(format!(
                "{} has {} names (hard links), and replacing it would part them: keep one",
                place.display(),
                found.nlink()
            )),
            Some(found) => Ok(Place { path: place, found }),
            None => Err(format!("{} is no plain file", place.display())),
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The system's, in words.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        let mut options = OpenOptions::new();
        let mut bytes = Vec::new();
        let opened = options.read(true).custom_flags(nix::libc::O_NOFOLLOW).open(&self.path);
        opened.and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|error| cannot("read", &self.path, &error))?;
        Ok(bytes)
    }

    /// Replaces it: the new bytes are on the disk under another name, with mode and owner of the old, before they take its
    /// name. A process that is killed leaves the one or the other.
    ///
    /// # Errors
    /// The system's, in words; the file is as it was.
    pub fn replace(&self, bytes: &[u8]) -> Result<(), String> {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Hidden: whoever reads the directory does not see it. What a killed process left is overwritten.
        let beside = self.path.with_file_name(format!(".{name}.caribou"));
        let written = self.write_beside(&beside, bytes).and_then(|()| fs::rename(&beside, &self.path));
        if let Err(error) = written {
            // What cannot be removed either is hidden, and overwritten the next time.
            fs::remove_file(&beside).unwrap_or_default();
            return Err(cannot("replace", &self.path, &error));
        }
        // Where the folder cannot be synced the new name is there all the same; a crash of the machine may bring the old
        // one back, which is seen.
        if let Some(Err(error)) =
            self.path.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()))
        {
            tracing::debug!(%error, "the folder of a document was not synced");
        }
        Ok(())
    }

    fn write_beside(&self, beside: &Path, bytes: &[u8]) -> io::Result<()> {
        if fs::symlink_metadata(beside).is_ok() {
            fs::remove_file(beside)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (self.found.uid(), self.found.gid()) {
            std::os::unix::fs::fchown(&file, Some(self.found.uid()), Some(self.found.gid()))?;
        }
        file.set_permissions(fs::Permissions::from_mode(self.found.mode() & 0o7777))?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} {}: {error}; give the account that runs Caribou the right to", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("docs")).unwrap();
        let file = dir.path().join("docs/a.md");
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        fs::write(dir.path().join("docs/.a.md.caribou"), "left by a killed process").unwrap();
        let place = Place::find(dir.path(), "docs/a.md").unwrap();
        assert_eq!(place.read().unwrap(), b"before");
        place.replace(b"after").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"after");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(fs::read_dir(dir.path().join("docs")).unwrap().count(), 1);
    }

    #[test]
    fn links_and_ways_out_are_refused() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("a.md"), "x").unwrap();
        symlink(other.path(), dir.path().join("docs")).unwrap();
        symlink(other.path().join("a.md"), dir.path().join("a.md")).unwrap();
        fs::write(dir.path().join("b.md"), "x").unwrap();
        fs::hard_link(dir.path().join("b.md"), dir.path().join("c.md")).unwrap();
        let cases = [
            ("docs/a.md", "symbolic link"),
            ("a.md", "symbolic link"),
            ("../a.md", "no path"),
            ("b.md", "2 names"),
            ("none.md", "cannot read"),
        ];
        for (path, words) in cases {
            let error = Place::find(dir.path(), path).unwrap_err();
            assert!(error.contains(words), "{path}: {error}");
        }
    }
}
