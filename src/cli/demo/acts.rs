//! The demo's files, and its three acts.

use super::super::CliError;
use std::path::Path;

/// A file's name in `migrations/`, and its text.
type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/demo/", $folder, "/", $name)))),+]
    };
}

const BEGIN: &[File] = files![
    "1-begin":
    "0001_herds.rollback.sql",
    "0001_herds.sql",
    "0002_animals.rollback.sql",
    "0002_animals.sql",
    "0003_collars.rollback.sql",
    "0003_collars.sql",
    "0004_positions.rollback.sql",
    "0004_positions.sql",
    "0005_distances.rollback.sql",
    "0005_distances.sql",
    "0006_encounters.rollback.sql",
    "0006_encounters.sql",
    "0007_reports.rollback.sql",
    "0007_reports.sql",
];

const MISTAKE: &[File] = files![
    "2-mistake":
    "0008_pastures.rollback.sql",
    "0008_pastures.sql",
    "0009_grazing.rollback.sql",
    "0009_grazing.sql",
    "0010_health.rollback.sql",
    "0010_health.sql",
];

const CORRECTED: &[File] = files![
    "3-corrected":
    "0010_health.sql",
];

/// One act: the files that it adds, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    /// The batch's name, which tells the story on the screen.
    pub name: &'static str,
    pub title: &'static str,
    files: &'static [File],
    /// True if it waits for the operator.
    pub step: bool,
    /// The batch status that it is meant to end with.
    pub ends: crate::model::BatchStatus,
}

/// The story.
pub(super) const ACTS: [Act; 3] = [
    Act {
        name: "act 1: a herd",
        title: "Seven files build a herd-tracking database",
        files: BEGIN,
        step: false,
        ends: crate::model::BatchStatus::Completed,
    },
    Act {
        name: "act 2: a mistake, undone",
        title: "Three more; the third is wrong, and all three are undone by their rollback scripts",
        files: MISTAKE,
        step: false,
        ends: crate::model::BatchStatus::RolledBack,
    },
    Act {
        name: "act 3: corrected, in steps",
        title: "The third is corrected, and the operator goes step by step",
        files: CORRECTED,
        step: true,
        ends: crate::model::BatchStatus::Completed,
    },
];

impl Act {
    /// Puts its files into the project.
    pub fn write(&self, migrations: &Path) -> Result<(), CliError> {
        for (name, text) in self.files {
            let path = migrations.join(name);
            std::fs::write(&path, text)
                .map_err(|e| CliError::refused(format!("cannot write {}: {e}", path.display())))?;
        }
        Ok(())
    }
}
