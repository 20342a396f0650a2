//! The journal: durable or not there at all, gapless, and what the rows say.

use super::{control, give, installed, journal, leased, submitted};
use crate::support::{Fresh, on_every_server};
use caribou::database::{Purpose, ServerKind};
use caribou::model::*;
use caribou::store::{Journal, Reader, StoreError, compare};
use std::time::Instant;

const BATCH: BatchId = BatchId(1);

async fn what_is_appended_comes_back(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut first = journal(&store).await;
    assert!(!first.has_uncommitted());
    give(&mut first, submitted(3));
    give(&mut first, Input::Turn { batch: BATCH, file: FileId(1) });
    assert!(first.has_uncommitted());

    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(reader.events(BATCH, Seq(0), 100).await.expect("events"), [], "nothing before the commit");
    let published = first.commit().await.expect("committed");
    assert_eq!(reader.events(BATCH, Seq(0), 100).await.expect("events"), published);
    assert!(published.windows(2).all(|two| two[1].seq == two[0].seq.next() && two[1].at >= two[0].at));
    assert_eq!(first.commit().await.expect("nothing to do"), []);
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);

    let files = reader.files(BATCH).await.expect("files");
    assert_eq!(files[0].state, FileState::Preparing);
    assert_eq!(reader.dependencies(BATCH).await.expect("dependencies")[1].description, "größer — “declared” 🦌");
    assert_eq!(reader.world(BATCH).await.expect("a world").expect("a batch").batches, first.world().batches);

    // Another worker goes on with numbers and keys.
    first.lease().release(control(&store).await.as_mut()).await.expect("given back");
    let mut second = journal(&store).await;
    assert_eq!(second.open_batches().await.expect("batches"), [BATCH]);
    assert!(second.load(BATCH).await.expect("loaded") && !second.load(BATCH).await.expect("no more"));
    assert!(!second.load(BatchId(77)).await.expect("there is none"));
    assert_eq!(second.world().batches, first.world().batches);
    give(&mut second, submitted(1));
    give(&mut second, Input::Prepared { batch: BATCH, file: FileId(1), result: Ok(()) });
    let events = second.commit().await.expect("committed");
    assert_eq!(events.last().map(|e| e.seq), published.last().map(|e| e.seq.next()));
    assert_eq!(second.world().batch(BatchId(2)).map(|b| b.order.clone()), Some(vec![FileId(4)]));
}

async fn a_batch_that_is_not_loaded_cannot_be_appended_to(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    journal.append(vec![Draft::new(BatchId(5), EventKind::BatchStarted)]);
    let error = journal.commit().await.expect_err("its numbers are unknown");
    assert!(matches!(error, StoreError::Poisoned { .. }) && error.to_string().contains("batch 5"), "{error}");
}

/// A commit whose connection ends in the middle: nothing of it is there, and the numbers go on without a gap.
async fn a_commit_that_breaks_leaves_nothing(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut first = journal(&store).await;
    give(&mut first, submitted(2));
    let committed = first.commit().await.expect("committed").len();
    give(&mut first, Input::Turn { batch: BATCH, file: FileId(1) });
    break_the_next_commit(&fresh, &first).await;
    let error = first.commit().await.expect_err("it broke");
    assert!(!error.is_lease_lost(), "{error}");
    assert!(matches!(first.load(BATCH).await, Err(StoreError::Poisoned { .. })));
    mend(&fresh).await;

    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(reader.events(BATCH, Seq(0), 100).await.expect("events").len(), committed);
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
    let mut again = Journal::open(&store, first.lease()).await.expect("a journal");
    assert!(again.load(BATCH).await.expect("loaded"));
    give(&mut again, Input::Turn { batch: BATCH, file: FileId(1) });
    again.commit().await.expect("committed");
    let events = reader.events(BATCH, Seq(0), 100).await.expect("events");
    assert!(events.len() > committed && events.last().map(|e| e.seq.0) == Some(events.len() as i64));
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
}

/// After the rows are written, inserting the events fails.
async fn break_the_next_commit(fresh: &Fresh, journal: &Journal) {
    let database = fresh.database().await;
    if fresh.kind == ServerKind::Sqlite {
        let mut session = database.open(Purpose::Control).await.expect("a session");
        let schema = &fresh.schemas().orchestration;
        let trigger = format!(
            "CREATE TRIGGER {schema}.broken BEFORE INSERT ON migration_events BEGIN SELECT RAISE(ABORT, 'broken'); END"
        );
        session.query_text(&trigger).await.expect("a trigger");
    } else {
        assert!(database.kill(journal.connection_id()).await.expect("killed"));
        while database.is_connected(journal.connection_id()).await.expect("an answer") {
            tokio::task::yield_now().await;
        }
    }
}

async fn mend(fresh: &Fresh) {
    if fresh.kind == ServerKind::Sqlite {
        let mut session = fresh.database().await.open(Purpose::Control).await.expect("a session");
        let sql = format!("DROP TRIGGER {}.broken", fresh.schemas().orchestration);
        session.query_text(&sql).await.expect("dropped");
    }
}

async fn twenty_thousand_files_are_one_commit(fresh: Fresh) {
    const FILES: usize = 20_000;
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    give(&mut journal, submitted(FILES));
    let start = Instant::now();
    assert_eq!(journal.commit().await.expect("committed").len(), FILES + 1);
    eprintln!("{}: a batch of {FILES} files committed in {:?}", fresh.kind, start.elapsed());
    let mut reader = Reader::open(&store).await.expect("a reader");
    let start = Instant::now();
    assert_eq!(reader.history_files().await.expect("history").len(), FILES);
    eprintln!("{}: history of {FILES} files read in {:?}", fresh.kind, start.elapsed());
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
}

async fn a_gap_stops_readers_and_is_corruption_to_a_replay(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    give(&mut journal, submitted(5));
    journal.commit().await.expect("committed");
    let sql = format!("DELETE FROM {}.migration_events WHERE seq = 4", fresh.schemas().orchestration);
    control(&store).await.execute(&sql, &[]).await.expect("deleted");
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(reader.events(BATCH, Seq(0), 100).await.expect("events").len(), 3);
    assert_eq!(reader.tail(BATCH, Seq(1), Seq(0)).await.expect("a tail").events.len(), 2);
    let error = reader.world(BATCH).await.expect_err("something is missing");
    assert!(matches!(&error, StoreError::Corrupt { .. }) && error.to_string().contains("event 4"), "{error}");
}

async fn a_row_changed_by_hand_is_found(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    give(&mut journal, submitted(2));
    journal.commit().await.expect("committed");
    let schema = &fresh.schemas().orchestration;
    let mut session = control(&store).await;
    let sql = format!("UPDATE {schema}.migration_files SET file_status = 'completed' WHERE file_id = 2");
    session.execute(&sql, &[]).await.expect("changed");
    session.execute(&format!("DELETE FROM {schema}.migration_dependencies"), &[]).await.expect("deleted");
    let mut reader = Reader::open(&store).await.expect("a reader");
    let found = compare(&mut reader, BATCH).await.expect("a comparison");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0].column.as_deref(), Some("file_status"));
    assert_eq!((found[0].row.as_deref(), found[0].journal.as_deref()), (Some("completed"), Some("pending")));
    assert_eq!((found[1].table.as_str(), found[1].column.as_deref()), ("migration_dependencies", None));
}

async fn texts_are_kept_once_and_a_huge_one_is_refused(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    let text = |name: &str, up: String| SourceText {
        checksum: Checksum(name.into()),
        path: format!("{name}.sql"),
        up,
        down: Some("DROP TABLE ä;".into()),
        verify: None,
    };
    let one = text("one", "CREATE TABLE ä (b TEXT); -- 🦌".into());
    journal.put_texts(&[one.clone(), text("two", "x".repeat(3_000_000))]).await.expect("kept");
    journal.put_texts(&[text("one", "something else".into())]).await.expect("there already");
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(reader.source(&Checksum("one".into())).await.expect("an answer"), Some(one));
    assert_eq!(reader.source(&Checksum("two".into())).await.expect("an answer").map(|t| t.up.len()), Some(3_000_000));
    assert_eq!(reader.source(&Checksum("three".into())).await.expect("an answer"), None);
    if fresh.kind != ServerKind::Sqlite {
        let error = journal.put_texts(&[text("huge", "x".repeat(70_000_000))]).await.expect_err("too large");
        assert!(matches!(&error, StoreError::TooLarge { .. }) && error.to_string().contains("huge.sql"), "{error}");
    }
    give(&mut journal, submitted(1));
    journal.commit().await.expect("the journal goes on");
}

/// Written on the file session, inside its transaction: there exactly when that was committed.
async fn a_receipt_is_there_when_its_transaction_was_committed(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    let file = FileId(1);
    let mut session = store.database().open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (a INT)").await.expect("a table");
    for commits in [false, true] {
        let receipt = journal.receipt(BATCH, file, 0, Phase::Forward);
        let (sql, values) = receipt.statement(&store).expect("a statement");
        session.begin().await.expect("begun");
        session.run("INSERT INTO t VALUES (1)").await.expect("a row");
        session.execute(&sql, &values).await.expect("a receipt");
        if commits { session.commit().await } else { session.rollback().await }.expect("ended");
        let there = journal.has_receipt(BATCH, file, 0, Phase::Forward).await.expect("an answer");
        assert_eq!(there, commits);
    }
    assert!(!journal.has_receipt(BATCH, file, 1, Phase::Forward).await.expect("an answer"));
    assert!(!journal.has_receipt(BATCH, file, 0, Phase::Undo).await.expect("an answer"));
}

/// What a migrated file costs the journal: printed, since machines differ; the number of commits is what matters.
async fn cost_of_a_commit(fresh: Fresh) {
    const FILES: i64 = 200;
    let store = installed(&fresh).await;
    let lease = leased(&store, super::TTL).await;
    let mut journal = Journal::open(&store, &lease).await.expect("a journal");
    give(&mut journal, submitted(FILES as usize));
    journal.commit().await.expect("committed");
    let mut times = Vec::new();
    for n in 1..=FILES {
        let (batch, file) = (BATCH, FileId(n));
        give(&mut journal, Input::Turn { batch, file });
        give(&mut journal, Input::Prepared { batch, file, result: Ok(()) });
        give(&mut journal, Input::CheckedBefore { batch, file, findings: Vec::new() });
        for statement in 0..2 {
            let (hash, fingerprint) = (Checksum("x".into()), "1:b".to_owned());
            let phase = Phase::Forward;
            let sending = Input::Sending { batch, file, statement, phase, hash, line: 1, fingerprint, connection: 9 };
            give(&mut journal, sending);
            let start = Instant::now();
            journal.commit().await.expect("committed");
            times.push(start.elapsed());
            let done = StatementResult::Done { rows: 1, ms: 1, warnings: Vec::new(), fingerprint: "1:c".into() };
            give(&mut journal, Input::Ended { batch, file, result: done });
        }
        give(&mut journal, Input::CheckedAfter { batch, file, findings: Vec::new() });
        give(&mut journal, Input::Recorded { batch, file });
    }
    journal.commit().await.expect("committed");
    times.sort();
    eprintln!(
        "{}: {} commits, median {:?}, 90 % {:?}, 10 % {:?}",
        fresh.kind,
        times.len(),
        times[times.len() / 2],
        times[times.len() * 9 / 10],
        times[times.len() / 10]
    );
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
}

on_every_server!(
    what_is_appended_comes_back,
    a_batch_that_is_not_loaded_cannot_be_appended_to,
    a_commit_that_breaks_leaves_nothing,
    twenty_thousand_files_are_one_commit,
    a_gap_stops_readers_and_is_corruption_to_a_replay,
    a_row_changed_by_hand_is_found,
    texts_are_kept_once_and_a_huge_one_is_refused,
    a_receipt_is_there_when_its_transaction_was_committed,
    cost_of_a_commit,
);
