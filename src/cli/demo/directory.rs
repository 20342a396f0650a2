//! The demo's directory: one of its own, taken away at the end unless it is to be kept.

use super::super::CliError;
use std::os::unix::fs::DirBuilderExt;
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
                let name = format!("caribou-demo-{}-{:08x}", std::process::id(), fastrand::u32(..));
                DemoDirectory { dir: std::env::temp_dir().join(name), kept: false }
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
