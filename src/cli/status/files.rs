//! Every file of a batch, as `status --all` tells it: read and printed a few at a time, however many there are.

use crate::cli::document::{FileDocument, StatusDocument};
use crate::cli::output::{self, Columns};
use crate::cli::project::Project;
use crate::cli::{CliError, Exit};
use crate::model::{BatchId, File, FileId};
use crate::store::Page;
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// Number of files that are read at once.
const CHUNK: usize = 500;
/// Number of files that may wait to be printed.
const AHEAD: usize = 64;

/// The columns of the table for people.
pub(super) const HEAD: [&str; 6] = ["file", "type", "state", "status", "statement", "took"];

/// A file as a row of the table.
pub(super) fn row(file: &File) -> Vec<String> {
    let ended = file.running.as_ref().map_or(file.records.len() as u64, |r| u64::from(r.statement) + 1);
    vec![
        output::safe(&file.path),
        file.file_type.to_string(),
        file.state.to_string(),
        file.status().to_string(),
        format!("{ended}/{}", file.statements),
        output::took(file.processing_ms),
    ]
}

/// Prints the table of all files, each part with columns as wide as those before it.
pub(super) async fn print_text(project: &mut Project, batch: BatchId) -> Result<(), CliError> {
    let mut columns = Columns::new(&HEAD);
    let mut after = None;
    while let Some(page) = next(project, batch, after).await? {
        let rows: Vec<Vec<String>> = files(&page, batch).map(row).collect();
        columns.fit(&rows);
        let mut text = String::new();
        if after.is_none() {
            text.push_str(&format!("\n{}\n", columns.line(&HEAD.map(str::to_owned))));
        }
        rows.iter().for_each(|row| text.push_str(&format!("{}\n", columns.line(row))));
        output::text(&text)?;
        after = page.files.last().copied();
    }
    Ok(())
}

/// Prints a document with all files of its batch.
pub(super) async fn print_json(
    project: &mut Project,
    batch: BatchId,
    document: StatusDocument,
) -> Result<(), CliError> {
    let (send, receive) = mpsc::channel(AHEAD);
    let document = document.with(FileStream(Mutex::new(receive)));
    let printed = tokio::task::spawn_blocking(move || output::json(&document));
    let read = feed(project, batch, &send).await;
    if let Err(error) = &read {
        // So that half a document is never taken for a whole one.
        drop(send.send(Err(error.message.clone())).await);
    }
    drop(send);
    let printed = printed.await.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    read.and(printed)
}

/// Reads the files for whoever prints them, until nobody does any more.
async fn feed(
    project: &mut Project,
    batch: BatchId,
    send: &mpsc::Sender<Result<FileDocument, String>>,
) -> Result<(), CliError> {
    let mut after = None;
    while let Some(page) = next(project, batch, after).await? {
        after = page.files.last().copied();
        let Some(of) = page.world.batch(batch) else { return Ok(()) };
        for file in files(&page, batch) {
            if send.send(Ok(FileDocument::new(of, file))).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn next(project: &mut Project, batch: BatchId, after: Option<FileId>) -> Result<Option<Page>, CliError> {
    Ok(project.reader()?.files_after(batch, after.unwrap_or_default(), CHUNK).await?)
}

fn files(page: &Page, batch: BatchId) -> impl Iterator<Item = &File> {
    page.files.iter().filter_map(move |id| page.world.file(batch, *id))
}

/// Files that come while the document is printed; the error with which they end.
struct FileStream(Mutex<mpsc::Receiver<Result<FileDocument, String>>>);

impl Serialize for FileStream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = serializer.serialize_seq(None)?;
        while let Some(file) = files.blocking_recv() {
            list.serialize_element(&file.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}
