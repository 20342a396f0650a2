//! `caribou status --as flyway`: every file of the directory, in the words of another tool.

use crate::cli::context::Context;
use crate::cli::output;
use crate::cli::planning;
use crate::cli::project::Project;
use crate::cli::{CliError, Exit};
use crate::model::{Again, FileStatus, Versioned, replaced};
use crate::source::SourceFile;
use crate::store::{HistoryFile, SchemaState};
use serde::Serialize;
use std::collections::HashMap;

/// The tools whose words there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Wording {
    /// Pending, Success, Out of Order, Baseline, Failed, Undone, Ignored, Outdated, Missing; Available is a script that
    /// undoes what has run
    Flyway,
    /// Unapplied, applied, failed, rolled back
    Django,
    /// Pending, Ran, Failed, Rolled back
    Laravel,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Pending,
    /// Another one stands for it.
    Ignored,
    Running,
    Applied,
    /// Applied after a file with a higher version.
    Late,
    /// Applied, and it stands for all versions up to its own.
    Baseline,
    /// Applied, edited since, and to run again.
    Outdated,
    Failed,
    Undone,
    /// Applied, and no longer in the directory.
    Missing,
    /// A script of its own that undoes what is applied.
    Available,
}

/// Words of Flyway, Django and Laravel for each.
const WORDS: &[(Stand, [&str; 3])] = &[
    (Stand::Pending, ["Pending", "unapplied", "Pending"]),
    (Stand::Ignored, ["Ignored", "unapplied", "Pending"]),
    (Stand::Running, ["Running", "running", "Running"]),
    (Stand::Applied, ["Success", "applied", "Ran"]),
    (Stand::Late, ["Out of Order", "applied", "Ran"]),
    (Stand::Baseline, ["Baseline", "applied", "Ran"]),
    (Stand::Outdated, ["Outdated", "applied", "Ran"]),
    (Stand::Failed, ["Failed", "failed", "Failed"]),
    (Stand::Undone, ["Undone", "rolled back", "Rolled back"]),
    (Stand::Missing, ["Missing", "applied", "Ran"]),
    (Stand::Available, ["Available", "", ""]),
];

/// One file, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Row {
    version: String,
    description: String,
    path: String,
    state: &'static str,
    /// The batch that ran it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<i64>,
    /// True if a written script undoes it.
    undoable: bool,
}

/// The JSON of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Document {
    layout: &'static str,
    files: Vec<Row>,
}

/// Prints the view.
pub(super) async fn show(context: &Context, wording: Wording) -> Result<Exit, CliError> {
    let directory = planning::read_directory(context.config()?)?.directory;
    let mut project = Project::connect(context).await?;
    let history = match project.state() {
        SchemaState::Absent => Vec::new(),
        _ => project.reader()?.history_files().await?,
    };
    let files = rows(&directory.files, &history, wording);
    if context.is_json() {
        output::json(&Document { layout: directory.layout, files })?;
        return Ok(Exit::Done);
    }
    let told: Vec<Vec<String>> = files.iter().map(|row| line(row, wording)).collect();
    let heads: &[&str] = match wording {
        Wording::Flyway => &["Version", "Description", "State", "Undoable", "File"],
        Wording::Django => &["", "Migration", "State"],
        Wording::Laravel => &["Migration name", "Batch / Status"],
    };
    output::text(&output::table(heads, &told))?;
    Ok(Exit::Done)
}

fn line(row: &Row, wording: Wording) -> Vec<String> {
    let safe = |text: &str| output::safe(text);
    match wording {
        Wording::Flyway => {
            let undoable = if row.undoable { "Yes" } else { "No" };
            vec![safe(&row.version), safe(&row.description), row.state.to_owned(), undoable.to_owned(), safe(&row.path)]
        }
        Wording::Django => {
            let mark = if row.state == "applied" { "[X]" } else { "[ ]" };
            vec![mark.to_owned(), safe(&row.path), row.state.to_owned()]
        }
        Wording::Laravel => {
            let batch = row.batch.map_or_else(String::new, |batch| format!("[{batch}] "));
            vec![safe(&row.path), format!("{batch}{}", row.state)]
        }
    }
}

fn rows(files: &[SourceFile], history: &[HistoryFile], wording: Wording) -> Vec<Row> {
    let is_gone =
        |one: &&HistoryFile| one.status == FileStatus::Completed && !files.iter().any(|file| file.path == one.path);
    let gone: Vec<&HistoryFile> = history.iter().filter(is_gone).collect();
    let latest: HashMap<&str, &HistoryFile> = history.iter().map(|one| (one.path.as_str(), one)).collect();
    // Versions are compared within a directory.
    let directories = files.chunk_by(|one, next| one.root == next.root);
    let mut rows: Vec<Row> = directories.flat_map(|files| rows_in_one(files, &latest, &gone, wording)).collect();
    rows.extend(gone.iter().map(|one| Row {
        version: String::new(),
        description: String::new(),
        path: one.path.clone(),
        state: word(Stand::Missing, wording),
        batch: Some(one.batch_id.0),
        undoable: false,
    }));
    rows
}

/// The files of one directory.
fn rows_in_one(
    files: &[SourceFile],
    latest: &HashMap<&str, &HistoryFile>,
    gone: &[&HistoryFile],
    wording: Wording,
) -> Vec<Row> {
    let root = files.first().map_or("", |file| file.root.as_str());
    let mut stands: Vec<Stand> =
        files.iter().map(|file| stand(file, latest.get(file.path.as_str()).copied())).collect();
    late(files, latest, &mut stands);
    let versioned = files.iter().zip(&stands).map(|(file, stand)| Versioned {
        numbers: &file.version.numbers,
        is_baseline: file.rule.baseline,
        has_completed: matches!(stand, Stand::Applied | Stand::Late),
        is_pending: *stand == Stand::Pending,
    });
    let has_more_run = gone.iter().any(|one| one.path.starts_with(root));
    for at in replaced(&versioned.collect::<Vec<_>>(), has_more_run).files {
        stands[at] = Stand::Ignored;
    }
    squashed(files, &mut stands);
    let row = |file: &SourceFile, stand: Stand| Row {
        version: file.version.text.clone(),
        description: file.title.clone(),
        path: file.path.clone(),
        state: word(stand, wording),
        batch: latest.get(file.path.as_str()).map(|one| one.batch_id.0),
        undoable: file.down.is_some(),
    };
    let mut rows = Vec::new();
    for (file, stand) in files.iter().zip(stands) {
        let is_applied = matches!(stand, Stand::Applied | Stand::Late | Stand::Outdated);
        let stand = if file.rule.baseline && is_applied { Stand::Baseline } else { stand };
        rows.push(row(file, stand));
        let script = file.down.as_ref().filter(|down| is_applied && down.path != file.path);
        if let Some(down) = script.filter(|_| wording == Wording::Flyway) {
            rows.push(Row { path: down.path.clone(), batch: None, undoable: false, ..row(file, Stand::Available) });
        }
    }
    rows
}

/// Marks what does not run since a squash that has run stands for it.
fn squashed(files: &[SourceFile], stands: &mut [Stand]) {
    let squashes: Vec<&SourceFile> = (files.iter().zip(stands.iter()))
        .filter(|(file, stand)| !file.rule.replaces.is_empty() && matches!(stand, Stand::Applied | Stand::Late))
        .map(|(file, _)| file)
        .collect();
    for (file, stand) in files.iter().zip(stands).filter(|(_, stand)| **stand == Stand::Pending) {
        let stands_for = |squash: &&SourceFile| squash.rule.replaces.iter().any(|span| span.holds(&file.path));
        if squashes.iter().any(stands_for) {
            *stand = Stand::Ignored;
        }
    }
}

fn word(stand: Stand, wording: Wording) -> &'static str {
    let words = WORDS.iter().find(|(known, _)| *known == stand).map(|(_, words)| words);
    words.map_or("", |words| words[wording as usize])
}

fn stand(file: &SourceFile, known: Option<&HistoryFile>) -> Stand {
    match known.map(|one| one.status) {
        None | Some(FileStatus::Pending) => Stand::Pending,
        Some(FileStatus::Processing) => Stand::Running,
        Some(FileStatus::Failed) => Stand::Failed,
        Some(FileStatus::RolledBack) => Stand::Undone,
        Some(FileStatus::Completed) => {
            let is_edited = known.is_some_and(|one| one.hash.0 != file.up.sha256);
            if file.rule.again != Again::Never && is_edited { Stand::Outdated } else { Stand::Applied }
        }
    }
}

/// Marks what ran after a file with a higher version.
fn late(files: &[SourceFile], latest: &HashMap<&str, &HistoryFile>, stands: &mut [Stand]) {
    let mut lowest = None;
    for (at, file) in files.iter().enumerate().rev().filter(|(_, file)| file.version.is_some()) {
        let Some(id) = latest.get(file.path.as_str()).filter(|_| stands[at] == Stand::Applied).map(|one| one.file_id)
        else {
            continue;
        };
        if lowest.is_some_and(|lowest| id > lowest) {
            stands[at] = Stand::Late;
        }
        lowest = Some(lowest.map_or(id, |lowest| id.min(lowest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Checksum, Epoch, FileId, FileState};
    use crate::source;
    use crate::sql::Dialect;

    fn told(
        files: &[(&str, &str)],
        history: &[(&str, i64, FileStatus)],
        wording: Wording,
    ) -> Vec<(String, &'static str)> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let read = source::read(dir.path(), "auto", Dialect::MySql).unwrap();
        let hash = |path: &str| {
            read.files.iter().find(|file| file.path == path).map_or_else(String::new, |file| file.up.sha256.clone())
        };
        let history: Vec<HistoryFile> = history
            .iter()
            .map(|(path, id, status)| HistoryFile {
                file_id: FileId(*id),
                batch_id: BatchId(1),
                path: path.trim_end_matches('!').to_owned(),
                hash: Checksum(hash(path)),
                canonical: None,
                status: *status,
                state: FileState::Idle,
                epoch_to: Epoch(1),
                gone: false,
            })
            .collect();
        rows(&read.files, &history, wording).into_iter().map(|row| (row.path, row.state)).collect()
    }

    #[test]
    fn each_tool_has_its_words() {
        use FileStatus::*;
        let sql = "SELECT 1;";
        let files = [
            ("V1__a.sql", sql),
            ("V2__b.sql", sql),
            ("V3__c.sql", sql),
            ("V4__d.sql", sql),
            ("R__e.sql", sql),
            ("R__f.sql", sql),
        ];
        let history = [
            ("V1__a.sql", 9, Completed),
            ("V2__b.sql", 2, Completed),
            ("V3__c.sql", 3, Failed),
            ("V4__d.sql", 4, RolledBack),
            ("R__e.sql!", 5, Completed),
            ("gone.sql", 1, Completed),
        ];
        let words =
            |wording| -> Vec<&str> { told(&files, &history, wording).into_iter().map(|(_, word)| word).collect() };
        assert_eq!(
            words(Wording::Flyway),
            ["Out of Order", "Success", "Failed", "Undone", "Outdated", "Pending", "Missing"]
        );
        assert_eq!(
            words(Wording::Django),
            ["applied", "applied", "failed", "rolled back", "applied", "unapplied", "applied"]
        );
        assert_eq!(words(Wording::Laravel)[..4], ["Ran", "Ran", "Failed", "Rolled back"]);
    }

    #[test]
    fn a_script_that_undoes_what_has_run_is_available() {
        let files = [("V1__a.sql", "SELECT 1;"), ("U1__a.sql", "SELECT 2;"), ("V2__b.sql", "SELECT 1;")];
        let files = [files.as_slice(), &[("U2__b.sql", "SELECT 2;")]].concat();
        let history = [("V1__a.sql", 1, FileStatus::Completed)];
        let told = |wording| told(&files, &history, wording);
        let pair = |path: &str, word: &'static str| (path.to_owned(), word);
        let flyway = [pair("V1__a.sql", "Success"), pair("U1__a.sql", "Available"), pair("V2__b.sql", "Pending")];
        assert_eq!(told(Wording::Flyway), flyway);
        assert_eq!(told(Wording::Laravel), [pair("V1__a.sql", "Ran"), pair("V2__b.sql", "Pending")]);
    }

    #[test]
    fn what_a_baseline_stands_for_is_ignored() {
        let files = [("V1__a.sql", "SELECT 1;"), ("B1__a.sql", "SELECT 1;"), ("V2__b.sql", "SELECT 1;")];
        let words = |history: &[(&str, i64, FileStatus)]| told(&files, history, Wording::Flyway);
        let of =
            |words: Vec<(String, &'static str)>, path: &str| words.into_iter().find(|one| one.0 == path).unwrap().1;
        assert_eq!(of(words(&[]), "V1__a.sql"), "Ignored");
        assert_eq!(of(words(&[("V1__a.sql", 1, FileStatus::Completed)]), "B1__a.sql"), "Ignored");
        assert_eq!(of(words(&[]), "V2__b.sql"), "Pending");
        assert_eq!(of(words(&[("B1__a.sql", 1, FileStatus::Completed)]), "B1__a.sql"), "Baseline");
    }
}
