//! The demo's directory: one of its own, taken away at the end unless it is to be kept.

use super::super::CliError;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

const CONFIGURATION: &str = r#"# The demo's project: SQLite files beside this one, no server.
[database]
url = "sqlite:database"

[schemas]
core = "herd"

[migrations]
dir = "migrations"

# Time to decide about a rollback of class B; when nobody does, the file stays.
[windows]
b = "60s"
on_lapse = "keep"
"#;

/// Beginning of the name of a directory that is not kept; the process that made it follows, and a random number.
const PREFIX: &str = "caribou-demo-";

/// The project's directory.
#[derive(Debug)]
pub(super) struct DemoDirectory {
    dir: PathBuf,
    kept: bool,
}

impl DemoDirectory {
    /// Makes it, fresh.
    ///
    /// # Errors
    /// A directory to keep that holds something already.
    pub fn make(keep: Option<&Path>) -> Result<DemoDirectory, CliError> {
        let wrong = |dir: &Path, e: &std::io::Error| {
            CliError::refused(format!("cannot make the demo's project in {}: {e}", dir.display()))
        };
        let directory = match keep {
            Some(dir) => {
                let full = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
                if full {
                    return Err(CliError::refused(format!("{} is not empty", dir.display()))
                        .hint("name a directory that is not there yet, or an empty one"));
                }
                DemoDirectory { dir: std::path::absolute(dir).map_err(|e| wrong(dir, &e))?, kept: true }
            }
            None => {
                let place = std::env::temp_dir();
                remove_left(&place);
                let name = format!("{PREFIX}{}-{:08x}", std::process::id(), fastrand::u32(..));
                DemoDirectory { dir: place.join(name), kept: false }
            }
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory.migrations())
            .map_err(|e| wrong(&directory.dir, &e))?;
        std::fs::write(directory.dir.join("caribou.toml"), CONFIGURATION).map_err(|e| wrong(&directory.dir, &e))?;
        Ok(directory)
    }

    /// The project.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its migrations.
    pub fn migrations(&self) -> PathBuf {
        self.dir.join("migrations")
    }

    /// True if it stays.
    pub fn is_kept(&self) -> bool {
        self.kept
    }
}

impl Drop for DemoDirectory {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "the demo's project could not be removed");
        }
    }
}

/// Removes what demos have left that were killed: directories of this user whose process is gone.
fn remove_left(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let is_left = entry.file_name().to_str().and_then(maker).is_some_and(is_gone);
        // Of the entry itself: a link with such a name is not followed.
        let is_ours = entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
        if is_left && is_ours {
            let dir = entry.path();
            if let Err(error) = std::fs::remove_dir_all(&dir) {
                tracing::debug!(%error, dir = %dir.display(), "what a demo has left could not be removed");
            }
        }
    }
}

/// The process that made a directory of this name; `None` for any other name.
fn maker(name: &str) -> Option<Pid> {
    let (process, random) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let is_random = random.len() == 8 && random.bytes().all(|b| b.is_ascii_hexdigit());
    process.parse().ok().filter(|process| is_random && *process > 0).map(Pid::from_raw)
}

/// True if there is no such process, of whatever user.
fn is_gone(process: Pid) -> bool {
    kill(process, None) == Err(Errno::ESRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_demo_has_left_goes_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        let (gone, here) = (ended.id(), std::process::id());
        ended.wait().unwrap();
        let make = |name: String| std::fs::create_dir_all(place.path().join(name).join("migrations")).unwrap();
        let stays = [format!("{PREFIX}{here}-0123abcd"), format!("{PREFIX}{gone}"), format!("{PREFIX}mine-0123abcd")];
        stays.iter().cloned().for_each(make);
        make(format!("{PREFIX}{gone}-0123abcd"));
        std::os::unix::fs::symlink(place.path(), place.path().join(format!("{PREFIX}{gone}-0123abce"))).unwrap();
        remove_left(place.path());
        let names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        let mut wanted = stays.to_vec();
        wanted.push(format!("{PREFIX}{gone}-0123abce"));
        wanted.sort();
        assert_eq!(names, wanted);
    }
}
