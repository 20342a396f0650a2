//! Remains of a process that was killed within a commit in SQLite's files: a commit that stands in the WAL, that nobody
//! sees, and that comes back when the files are opened anew.

use super::values::file_session;
use crate::support::{Fresh, run_on};
use caribou::database::{Purpose, ServerKind, Session, Target, connect};
use std::path::Path;
use std::process::Command;

/// The two copies of the header of the WAL's index, which say how far the WAL is seen.
const HEADER: &str = "count=96";

/// Another process copies: closing a file in this one would give up the locks that SQLite has on it.
fn tool(name: &str, arguments: &[String]) {
    let done = Command::new(name).args(arguments).output().expect("a tool of the system");
    assert!(done.status.success(), "{name} {arguments:?}: {done:?}");
}

fn copy_of_header(from: &Path, to: &Path) {
    let (from, to) = (format!("if={}", from.display()), format!("of={}", to.display()));
    tool("dd", &[from, to, "bs=1".to_owned(), HEADER.to_owned(), "conv=notrunc".to_owned()]);
}

/// Number of columns that `t` has for who opens the files anew, as after the end of every process that had them open.
async fn columns_anew(fresh: &Fresh, name: &str) -> usize {
    let files = fresh.sqlite_dir().expect("files");
    let place = files.with_file_name(name);
    std::fs::create_dir(&place).expect("a directory");
    let core = format!("{}.db", fresh.schemas().core);
    for file in [core.clone(), format!("{core}-wal")] {
        tool("cp", &[files.join(&file).display().to_string(), place.join(&file).display().to_string()]);
    }
    let database = connect(&Target::sqlite(place)).await.expect("the copy");
    let mut session = database.open(Purpose::File).await.expect("a session");
    let columns = columns(session.as_mut()).await;
    session.close().await;
    columns
}

async fn columns(session: &mut dyn Session) -> usize {
    session.query_text("PRAGMA table_info(t)").await.expect("columns").len()
}

async fn a_commit_that_nobody_saw_does_not_come_back(fresh: Fresh) {
    let mut first = file_session(&fresh).await;
    first.run("CREATE TABLE t (id INT)").await.expect("a table");
    let index = fresh.sqlite_dir().expect("files").join(format!("{}.db-shm", fresh.schemas().core));
    let kept = index.with_extension("kept");
    copy_of_header(&index, &kept);
    let mut killed = file_session(&fresh).await;
    killed.run("ALTER TABLE t ADD COLUMN c INT").await.expect("a column");
    // Killed after the sync and before the index was written.
    copy_of_header(&kept, &index);

    assert_eq!(columns(first.as_mut()).await, 1, "nobody sees it");
    assert_eq!(columns_anew(&fresh, "before").await, 2, "this is what it is about: it would be back");
    first.settle().await.expect("settled");
    assert_eq!(columns(first.as_mut()).await, 1);
    assert_eq!(columns_anew(&fresh, "after").await, 1, "it is back");
    first.run("ALTER TABLE t ADD COLUMN c INT").await.expect("it was not there");
    drop(killed);
    first.close().await;
}

#[test]
fn a_commit_that_nobody_saw_does_not_come_back_on_sqlite() {
    run_on(ServerKind::Sqlite, a_commit_that_nobody_saw_does_not_come_back);
}
