//! A large system: a page of it is read without the rest, and says the same of what it shows.

use super::installed;
use crate::support::large::{Large, add, journal};
use crate::support::{Fresh, PrivateServer, on_both_servers, on_every_server};
use caribou::model::*;
use caribou::store::{Reader, Store, compare_in_parts};

const FILES: usize = 600;
/// Files on a page.
const PAGE: usize = 20;

/// A batch that has completed, and one that goes on with some files failed.
async fn large(store: &Store) -> [BatchId; 2] {
    let mut journal = journal(store).await;
    let completed = add(&mut journal, Large::completed(FILES)).await;
    let open = Large { files: FILES, statements: 1, failing: FILES - 5, begun: 9 };
    [completed, add(&mut journal, open).await]
}

async fn a_page_is_what_the_whole_journal_says_of_it(fresh: Fresh) {
    let store = installed(&fresh).await;
    let batches = large(&store).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let open = reader.open_or_last().await.expect("an answer").expect("a batch");
    assert_eq!(open.batch_id, batches[1]);
    for batch in batches {
        let whole = reader.world(batch).await.expect("a world").expect("a batch");
        let whole = whole.batch(batch).expect("the batch");
        let row = reader.batch(batch).await.expect("a row").expect("the batch");
        let page = reader.page(&row, PAGE).await.expect("a page").expect("the batch");
        assert_eq!(page.files.len(), PAGE);
        let part = page.world.batch(batch).expect("the batch");
        for file in &page.files {
            assert_eq!(part.file(*file), whole.file(*file));
        }
        assert_eq!((part.completed, part.count(FileState::Failed)), (whole.completed, whole.count(FileState::Failed)));
        let of = |status| whole.files.values().filter(|f| f.status() == status).count() as u64;
        for status in FileStatus::ALL {
            assert_eq!(page.counts.get(status).copied().unwrap_or_default(), of(*status), "{status}");
        }
        assert_eq!(page.more().values().sum::<u64>() as usize, FILES - PAGE);
        let (mut after, mut seen) = (FileId::default(), 0);
        while let Some(page) = reader.files_after(batch, after, 250).await.expect("files") {
            for file in &page.files {
                assert_eq!(page.world.file(batch, *file), whole.file(*file));
            }
            seen += page.files.len();
            after = page.files.last().copied().expect("a file");
        }
        assert_eq!(seen, FILES);
    }
    let failed = reader.page(&open, PAGE).await.expect("a page").expect("the batch");
    let first: Vec<FileStatus> =
        failed.files.iter().map(|id| failed.world.file(batches[1], *id).expect("it").status()).collect();
    assert_eq!(
        first[..5],
        [FileStatus::Failed, FileStatus::Failed, FileStatus::Failed, FileStatus::Failed, FileStatus::Pending]
    );
}

async fn what_differs_is_found_in_parts_too(fresh: Fresh) {
    let store = installed(&fresh).await;
    let [batch, _] = large(&store).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(compare_in_parts(&mut reader, batch, 100).await.expect("a comparison"), []);
    let mut session = super::control(&store).await;
    for change in [
        "UPDATE {orchestration.migration_files} SET retry_count = 7 WHERE file_id = 311",
        "DELETE FROM {orchestration.migration_files} WHERE file_id = 600",
        "DELETE FROM {orchestration.migration_dependencies} WHERE dependency_id = 44",
        "UPDATE {orchestration.migration_batches} SET processed_files = 3 WHERE batch_id = 1",
        "INSERT INTO {orchestration.migration_validation_log} (validation_id, batch_id) VALUES (999999, 1)",
    ] {
        let schema = format!("{}.", store.schemas().orchestration);
        let change = change.replace("{orchestration.", &schema).replace('}', "");
        session.execute(&change, &[]).await.expect("it is done");
    }
    let found = compare_in_parts(&mut reader, batch, 100).await.expect("a comparison");
    let mut told: Vec<(&str, i64, Option<&str>)> =
        found.iter().map(|m| (m.table.trim_start_matches("migration_"), m.key, m.column.as_deref())).collect();
    told.sort_unstable();
    let expected = [
        ("batches", 1, Some("processed_files")),
        ("dependencies", 44, None),
        ("files", 311, Some("retry_count")),
        ("files", 600, None),
        ("validation_log", 999_999, None),
    ];
    // Without the row of its file nobody knows of what batch a dependency is.
    told.retain(|(table, key, _)| *table != "dependencies" || *key == 44);
    assert_eq!(told, expected);
}

async fn rows_read(reader: &mut Reader) -> u64 {
    let rows =
        reader.session().query_text("SHOW SESSION STATUS LIKE 'Handler_read%'").await.expect("the server counts");
    rows.iter().map(|row| row.get_text(1).parse::<u64>().unwrap_or_default()).sum()
}

/// Asks something, and says how many rows the server has read for it.
macro_rules! counted {
    ($reader:ident, $question:expr) => {{
        let before = rows_read(&mut $reader).await;
        let _answer = $question.await.expect("an answer");
        let between = rows_read(&mut $reader).await;
        // Looking reads rows too.
        (between - before).saturating_sub(rows_read(&mut $reader).await - between)
    }};
}

async fn no_question_reads_more_than_it_shows(shared: Fresh) {
    // What others have on a server makes its own tables larger, and the counts.
    let server = PrivateServer::own(shared.kind, &[]);
    let fresh = Fresh::in_server(&server);
    let store = installed(&fresh).await;
    let batches = large(&store).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let rows = reader.batches(50).await.expect("rows");
    let [open, completed] = rows.as_slice() else { panic!("{rows:?}") };
    let (file, system) = (FileId(300), BatchId::SYSTEM);
    let last = reader.before_last(batches[0], 20).await.expect("a number");
    assert!(last.0 > 10 * FILES as i64, "a journal of {last} events");
    let read = [
        ("the batch to look at", counted!(reader, reader.open_or_last())),
        ("open batches", counted!(reader, reader.open_batches())),
        ("the epoch", counted!(reader, reader.current_epoch())),
        ("a page of a completed batch", counted!(reader, reader.page(completed, PAGE))),
        ("a page of an open batch", counted!(reader, reader.page(open, PAGE))),
        ("the next files", counted!(reader, reader.files_after(batches[0], file, PAGE))),
        ("checks", counted!(reader, reader.check_results(batches[0], PAGE))),
        ("alerts", counted!(reader, reader.alert_list())),
        ("past events", counted!(reader, reader.past_events(&rows))),
        ("open rollbacks", counted!(reader, reader.rollback_keys(true))),
        ("what is due", counted!(reader, reader.due_jobs())),
        ("the system", counted!(reader, reader.system())),
        ("how things stand", counted!(reader, reader.standing())),
        ("the last events", counted!(reader, reader.before_last(batches[0], 20))),
        ("news", counted!(reader, reader.tail(batches[0], last, Seq(0)))),
        ("events of a file", counted!(reader, reader.events_of(batches[0], file))),
        ("a file's event", counted!(reader, reader.find_event(batches[0], file, "file_captured"))),
        ("events of the batch itself", counted!(reader, reader.batch_events(batches[0], &["command_accepted"]))),
        ("measurements", counted!(reader, reader.measurements_before(batches[1]))),
        ("the system's events", counted!(reader, reader.events(system, Seq(0), 50))),
    ];
    for (question, rows) in read {
        eprintln!("{question}: {rows} rows read");
        // The history's two figures are of the newest 10,000 files, which are all here.
        let most = if question == "past events" { 2 * 2 * FILES as u64 + 1_000 } else { 1_000 };
        assert!(rows <= most, "{question}: {rows} rows read");
    }
}

on_every_server!(a_page_is_what_the_whole_journal_says_of_it, what_differs_is_found_in_parts_too);
on_both_servers!(no_question_reads_more_than_it_shows);
