//! Proof of a backup: a dump made for the plan, a file that is young enough, or a command that succeeds.

use super::manifest;
use crate::cli::output;
use crate::model::Checksum;
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
    /// Directory of the dumps that `caribou backup` makes.
    pub dump: Option<PathBuf>,
    /// The dump tool, where it is not the usual one.
    pub tool: Option<Vec<String>>,
    /// Age that a file or a dump may have.
    pub max_age: Duration,
    /// The directory that the command runs in.
    pub dir: PathBuf,
}

impl BackupProof {
    /// Looks for the proof; `None` where nothing is configured. Of what is configured, everything has to hold.
    pub(crate) async fn look(&self, plan: &Checksum) -> Option<Result<String, String>> {
        let files = self.look_at_files(plan);
        let command = match &self.command {
            Some(argv) => Some(run_command(argv, &self.dir, b"", PATIENCE).await.map(|said| match said.is_empty() {
                true => format!("{} succeeded", argv.first().map(String::as_str).unwrap_or_default()),
                false => said,
            })),
            None => None,
        };
        all_hold([files, command])
    }

    /// The same but for the command, which may take its time.
    pub(crate) fn look_at_files(&self, plan: &Checksum) -> Option<Result<String, String>> {
        let dump = self.dump.as_deref().map(|dir| dumped(dir, &plan.0, self.max_age, SystemTime::now()));
        let file = self.file.as_deref().map(|file| age(file, self.max_age, SystemTime::now()));
        all_hold([dump, file])
    }
}

/// What was found, together; `None` where nothing was looked for.
fn all_hold(found: [Option<Result<String, String>>; 2]) -> Option<Result<String, String>> {
    let found: Vec<Result<String, String>> = found.into_iter().flatten().collect();
    if found.is_empty() {
        return None;
    }
    Some(found.into_iter().collect::<Result<Vec<String>, String>>().map(|held| held.join("; ")))
}

/// Judges the newest dump that was made for a plan.
fn dumped(dir: &Path, plan: &str, max_age: Duration, now: SystemTime) -> Result<String, String> {
    let found = manifest::newest(dir, plan)
        .map_err(|error| format!("{} cannot be looked at: {error}; `caribou backup` makes it", dir.display()))?;
    let Some((dump, manifest)) = found else {
        return Err(format!("{} holds no dump for this plan: `caribou backup`", dir.display()));
    };
    let (shown, age) = (dump.display(), manifest.age(now));
    let tables = if manifest.all { "all of core".to_owned() } else { manifest.tables.join(", ") };
    let tables = if tables.is_empty() { "no table is changed".to_owned() } else { tables };
    match age <= max_age {
        true => Ok(format!("{shown} is {} old, {}: {tables}", hours(age), output::bytes(manifest.bytes))),
        false => Err(format!(
            "{shown} is {} old, and backup.max_age is {}: `caribou backup` again",
            hours(age),
            hours(max_age)
        )),
    }
}

fn hours(time: Duration) -> String {
    format!("{:.1} h", time.as_secs_f64() / 3600.0)
}

/// Judges a file: not empty, and no older than it may be.
fn age(file: &Path, max_age: Duration, now: SystemTime) -> Result<String, String> {
    let shown = file.display();
    let about = std::fs::metadata(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{shown}: there is no such file"),
        _ => format!("{shown} cannot be looked at: {error}"),
    })?;
    if !about.is_file() || about.len() == 0 {
        return Err(format!("{shown} holds nothing, or is no file"));
    }
    let changed = about.modified().map_err(|error| format!("{shown} has no age: {error}"))?;
    let age = now.duration_since(changed).unwrap_or_default();
    match age <= max_age {
        true => Ok(format!("{shown} is {} old, {} bytes", hours(age), about.len())),
        false => Err(format!("{shown} is {} old, and backup.max_age is {}", hours(age), hours(max_age))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dump_proves_a_backup_of_the_plan_that_it_was_made_for() {
        let dir = tempfile::tempdir().unwrap();
        let dumps = dir.path().join("dumps");
        let proof = BackupProof { dump: Some(dumps.clone()), max_age: DAY, ..BackupProof::default() };
        assert!(proof.look(&plan()).await.unwrap().unwrap_err().contains("cannot be looked at"));
        std::fs::create_dir(&dumps).unwrap();
        assert!(proof.look(&plan()).await.unwrap().unwrap_err().contains("no dump for this plan"));
        let begun = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() - 3600;
        std::fs::write(dumps.join("shop.sql"), "12345").unwrap();
        manifest::sample("p1", 5, begun).write(&dumps.join("shop.sql")).unwrap();
        let said = proof.look(&plan()).await.unwrap().unwrap();
        assert!(said.ends_with("shop.sql is 1.0 h old, 5 bytes: orders"), "{said}");
        assert!(proof.look(&Checksum("p2".into())).await.unwrap().is_err());
        let both = BackupProof { file: Some(dir.path().join("none")), ..proof };
        assert!(both.look(&plan()).await.unwrap().is_err(), "both have to hold");
        assert!(dumped(&dumps, "p1", DAY, SystemTime::now() + DAY).unwrap_err().contains("is 25.0 h old"));
    }

    fn plan() -> Checksum {
        Checksum("p1".into())
    }

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[tokio::test]
    async fn a_file_proves_a_backup_as_long_as_it_is_young() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.sql.gz");
        let proof = BackupProof { file: Some(file.clone()), max_age: DAY, ..BackupProof::default() };
        assert!(proof.look(&plan()).await.unwrap().unwrap_err().contains("there is no such file"));
        std::fs::write(&file, "").unwrap();
        assert!(proof.look(&plan()).await.unwrap().unwrap_err().contains("holds nothing"));
        std::fs::write(&file, "dump").unwrap();
        assert!(proof.look(&plan()).await.unwrap().unwrap().contains("0.0 h old, 4 bytes"));
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
        assert_eq!(run(&["echo", "snapshot 12, 03:00"]).look(&plan()).await, Some(Ok("snapshot 12, 03:00".to_owned())));
        assert_eq!(run(&["true"]).look(&plan()).await, Some(Ok("true succeeded".to_owned())));
        assert!(run(&["false"]).look(&plan()).await.unwrap().unwrap_err().contains("false failed"));
        assert_eq!(BackupProof::default().look(&plan()).await, None);
    }
}
