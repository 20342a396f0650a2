//! Proof of a backup: a file that is young enough, or a command that succeeds.

use crate::notify::run_command;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Time that the command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Proof of a backup, as configured (`[backup]`).
#[derive(Debug, Clone, Default)]
pub(crate) struct BackupProof {
    pub command: Option<Vec<String>>,
    pub file: Option<PathBuf>,
    /// Age that the file may have.
    pub max_age: Duration,
    /// The directory that the command runs in.
    pub dir: PathBuf,
}

impl BackupProof {
    /// Looks for the proof; `None` where nothing is configured. Where both a file and a command are, both have to hold.
    pub(crate) async fn look(&self) -> Option<Result<String, String>> {
        let file = self.file.as_deref().map(|file| age(file, self.max_age, SystemTime::now()));
        let command = match &self.command {
            Some(argv) => Some(run_command(argv, &self.dir, b"", PATIENCE).await.map(|said| match said.is_empty() {
                true => format!("{} succeeded", argv.first().map(String::as_str).unwrap_or_default()),
                false => said,
            })),
            None => None,
        };
        match (file, command) {
            (Some(Ok(file)), Some(Ok(command))) => Some(Ok(format!("{file}; {command}"))),
            (Some(Err(why)), _) | (_, Some(Err(why))) => Some(Err(why)),
            (file, command) => file.or(command),
        }
    }
}

/// Judges a file: not empty, and no older than it may be.
fn age(file: &Path, max_age: Duration, now: SystemTime) -> Result<String, String> {
    let shown = file.display();
    let about = std::fs::metadata(file).map_err(|error| format!("{shown} cannot be looked at: {error}"))?;
    if !about.is_file() || about.len() == 0 {
        return Err(format!("{shown} holds nothing, or is no file"));
    }
    let changed = about.modified().map_err(|error| format!("{shown} has no age: {error}"))?;
    let age = now.duration_since(changed).unwrap_or_default();
    let hours = |time: Duration| format!("{:.1} h", time.as_secs_f64() / 3600.0);
    match age <= max_age {
        true => Ok(format!("{shown} is {} old, {} bytes", hours(age), about.len())),
        false => Err(format!("{shown} is {} old, and backup.max_age is {}", hours(age), hours(max_age))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[tokio::test]
    async fn a_file_proves_a_backup_as_long_as_it_is_young() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.sql.gz");
        let proof = BackupProof { file: Some(file.clone()), max_age: DAY, ..BackupProof::default() };
        assert!(proof.look().await.unwrap().unwrap_err().contains("cannot be looked at"));
        std::fs::write(&file, "").unwrap();
        assert!(proof.look().await.unwrap().unwrap_err().contains("holds nothing"));
        std::fs::write(&file, "dump").unwrap();
        assert!(proof.look().await.unwrap().unwrap().contains("0.0 h old, 4 bytes"));
        let late = SystemTime::now() + DAY * 2;
        assert!(age(&file, DAY, late).unwrap_err().contains("is 48.0 h old, and backup.max_age is 24.0 h"));
    }

    #[tokio::test]
    async fn a_command_proves_it_by_succeeding() {
        let run = |words: &[&str]| BackupProof {
            command: Some(words.iter().map(|word| (*word).to_owned()).collect()),
            dir: "/".into(),
            ..BackupProof::default()
        };
        assert_eq!(run(&["echo", "snapshot 12, 03:00"]).look().await, Some(Ok("snapshot 12, 03:00".to_owned())));
        assert_eq!(run(&["true"]).look().await, Some(Ok("true succeeded".to_owned())));
        assert!(run(&["false"]).look().await.unwrap().unwrap_err().contains("false failed"));
        assert_eq!(BackupProof::default().look().await, None);
    }
}
