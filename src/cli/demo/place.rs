//! Where the demo plays: a directory of its own, taken away at the end unless it is to be kept.

use super::super::CliError;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const CONFIGURATION: &str = "# The demo's project: SQLite files beside this one, no server.\n[database]\nurl = \
                             \"sqlite:database\"\n\n[schemas]\ncore = \"herd\"\n\n[migrations]\ndir = \"migrations\"\n";

/// The project's directory.
#[derive(Debug)]
pub(super) struct Place {
    dir: PathBuf,
    kept: bool,
}

impl Place {
    /// Makes it, fresh.
    ///
    /// # Errors
    /// A directory to keep that holds something already.
    pub fn make(keep: Option<&Path>) -> Result<Place, CliError> {
        let wrong = |dir: &Path, e: &std::io::Error| {
            CliError::refused(format!("cannot make the demo's project in {}: {e}", dir.display()))
        };
        let place = match keep {
            Some(dir) => {
                let full = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
                if full {
                    return Err(CliError::refused(format!("{} is not empty", dir.display()))
                        .hint("name a directory that is not there yet, or an empty one"));
                }
                Place { dir: std::path::absolute(dir).map_err(|e| wrong(dir, &e))?, kept: true }
            }
            None => {
                let name = format!("caribou-demo-{}-{:08x}", std::process::id(), fastrand::u32(..));
                Place { dir: std::env::temp_dir().join(name), kept: false }
            }
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(place.migrations())
            .map_err(|e| wrong(&place.dir, &e))?;
        std::fs::write(place.dir.join("caribou.toml"), CONFIGURATION).map_err(|e| wrong(&place.dir, &e))?;
        Ok(place)
    }

    /// The project.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its migrations.
    pub fn migrations(&self) -> PathBuf {
        self.dir.join("migrations")
    }

    /// Whether it stays.
    pub fn is_kept(&self) -> bool {
        self.kept
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "the demo's project could not be removed");
        }
    }
}
