//! The demo's files, its acts, and what is said of them.

use super::super::CliError;
use crate::model::BatchStatus;
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
    "0010_weights.sql",
    "0011_health.rollback.sql",
    "0011_health.sql",
];

const LOCK: &[File] = files![
    "3-lock":
    "0011_health.sql",
];

const WINDOW: &[File] = files![
    "4-window":
    "0012_lichen.rollback.sql",
    "0012_lichen.sql",
    "0012_lichen.verify.sql",
];

const STEPS: &[File] = files![
    "5-steps":
    "0013_rangers.rollback.sql",
    "0013_rangers.sql",
];

/// Something that goes on beside the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// Another connection holds the write lock, and lets go.
    Lock,
    /// Somebody decides about a rollback.
    Decision,
    /// Somebody steps.
    Steps,
}

/// What is said of an act, and where to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// Before it begins; while the act before has more to say, that one's end stands there instead.
    pub before: &'static str,
    pub during: &'static str,
    /// Once it has ended as it was meant to.
    pub after: &'static str,
    pub look: &'static str,
    pub look_after: &'static str,
}

/// One act: the files that it adds, what goes on beside them, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    /// The batch's name, which tells the story on the screen.
    pub name: &'static str,
    pub title: &'static str,
    files: &'static [File],
    pub beside: Beside,
    /// The batch status that it is meant to end with.
    pub ends: BatchStatus,
    pub words: Words,
}

/// The story.
pub(super) const ACTS: [Act; 5] = [
    Act {
        name: "a herd",
        title: "Seven files build a herd-tracking database",
        files: BEGIN,
        beside: Beside::Nothing,
        ends: BatchStatus::Completed,
        words: Words {
            before: "Seven files will build a database of herds.",
            during: "Seven files run; each waits for those that it needs.",
            after: "All seven have completed.",
            look: "Look at: the pipeline's counts; 2 Files, 3 Graph (who waits for whom).",
            look_after: "Look at: 2 Files, Enter on one: its SQL, how it ended, what undoes it.",
        },
    },
    Act {
        name: "a mistake, undone",
        title: "Four more; the last is wrong, and all four are undone, with the data",
        files: MISTAKE,
        beside: Beside::Nothing,
        ends: BatchStatus::RolledBack,
        words: Words {
            before: "Four more files; the last of them is wrong.",
            during: "Four more files; the last of them is wrong.",
            after: "All four are undone, the rows too.",
            look: "Look at: the file that fails, and the others undone, newest first.",
            look_after: "Look at: 2 Files, Enter on 0011 (what failed) and 0010 (rows kept).",
        },
    },
    Act {
        name: "a lock",
        title: "The last is corrected; another connection holds the write lock, and lets go",
        files: LOCK,
        beside: Beside::Lock,
        ends: BatchStatus::Completed,
        words: Words {
            before: "The mistake is mended, and somebody holds a lock.",
            during: "A second connection holds SQLite's write lock.",
            after: "It waited, tried again, and ran.",
            look: "Look at: what it waits for. SQLite never says who holds its lock.",
            look_after: "Look at: 2 Files, Enter on 0008: its events tell of each try.",
        },
    },
    Act {
        name: "a decision",
        title: "A file of class B whose verify script fails: somebody decides whether it is undone",
        files: WINDOW,
        beside: Beside::Decision,
        ends: BatchStatus::Completed,
        words: Words {
            before: "A file that runs well, and whose result is wrong.",
            during: "A file that runs well, and whose result is wrong.",
            after: "The window is closed.",
            look: "Look at: 5 Decisions, Enter: what an undo does; A approves, X rejects.",
            look_after: "Look at: 5 Decisions, 7 History; 2 Files, Enter on 0012_lichen.sql.",
        },
    },
    Act {
        name: "step by step",
        title: "One file, a statement at a time, and on to a breakpoint",
        files: STEPS,
        beside: Beside::Steps,
        ends: BatchStatus::Completed,
        words: Words {
            before: "One more file, and you hold it.",
            during: "It waits for you before each statement.",
            after: "All of its statements are done.",
            look: "Keys: S, y: a statement; 2, Enter, B, y: a breakpoint; P, y: on to it.",
            look_after: "Look at: 2 Files, Enter on 0013_rangers.sql.",
        },
    },
];

/// The act after these: one of them is played again.
pub(super) const AGAIN: Replayed = Replayed {
    act: 1,
    name: "once more",
    title: "The mistake again, from its journal",
    words: "Act 2 plays again, out of its journal.",
    look: "Keys: Space plays, < > speed, [ ] what matters; :live leaves it.",
};

/// An act that plays an earlier one again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replayed {
    /// Which, counted from 0.
    pub act: usize,
    pub name: &'static str,
    pub title: &'static str,
    pub words: &'static str,
    pub look: &'static str,
}

/// Number of all acts.
pub(super) const TOTAL: usize = ACTS.len() + 1;

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

    /// Takes its files out of the project again.
    pub fn withdraw(&self, migrations: &Path) -> Result<(), CliError> {
        for (name, _) in self.files {
            let path = migrations.join(name);
            std::fs::remove_file(&path)
                .map_err(|e| CliError::refused(format!("cannot remove {}: {e}", path.display())))?;
        }
        Ok(())
    }
}

/// Columns of the strip on a screen of 80, behind its indent; in a replay's frame there are four less.
#[cfg(test)]
pub(super) const ROOM: usize = 73;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_look_is_seen_whole_on_a_screen_of_80_columns() {
        let told = |words: &Words| [words.before, words.during, words.after, words.look, words.look_after];
        for words in ACTS.iter().flat_map(|act| told(&act.words)) {
            assert!(words.len() <= ROOM, "{words}");
        }
        assert!(AGAIN.words.len() <= ROOM - 4 && AGAIN.look.len() <= ROOM - 4);
    }
}
