//! The journal: durable or not there at all, gapless, and what the rows say.

use super::{control, give, installed, journal, submitted};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::database::{Purpose, ServerKind};
use caribou::model::*;
use caribou::store::{Journal, Reader, Store, StoreError, compare, forget_receipts};
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

/// Somebody's locks are in the way twice: the third try writes it, once and whole. A fourth is not made.
async fn a_commit_that_meets_a_lock_is_written_again(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let schema = fresh.schemas().orchestration.clone();
    // As the server says it of a lock that was not had in time, and of a deadlock.
    for (code, refused, is_written) in [(1205, 5, true), (1213, 5, true), (1205, 6, false)] {
        let mut journal = journal(&store).await;
        let make = format!(
            "CREATE TRIGGER {schema}.in_the_way BEFORE INSERT ON {schema}.migration_events FOR EACH ROW BEGIN \
             SET @tried = COALESCE(@tried, 0) + 1; IF @tried <= {refused} THEN SIGNAL SQLSTATE 'HY000' SET \
             MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'in the way'; END IF; END"
        );
        session.query_text(&make).await.expect("a trigger");
        give(&mut journal, submitted(2));
        let batch = *journal.world().batches.keys().last().expect("a batch");
        let committed = journal.commit().await;
        session.query_text(&format!("DROP TRIGGER {schema}.in_the_way")).await.expect("dropped");
        let mut reader = Reader::open(&store).await.expect("a reader");
        let found = reader.events(batch, Seq(0), 100).await.expect("events");
        match committed {
            Ok(published) => assert!(is_written && found.len() == published.len(), "{code}: {found:?}"),
            Err(error) => {
                assert!(!is_written && found.is_empty() && error.to_string().contains("in the way"), "{error}")
            }
        }
        assert_eq!(compare(&mut reader, batch).await.expect("a comparison"), []);
        journal.lease().release(session.as_mut()).await.expect("given back");
    }
}

/// Rows are written, then inserting the events fails.
async fn a_commit_that_fails_in_the_middle_leaves_nothing(fresh: Fresh) {
    let schema = fresh.schemas().orchestration.clone();
    let fail = match fresh.kind {
        ServerKind::Sqlite => "SELECT RAISE(ABORT, 'broken')",
        _ => "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'",
    };
    let (table, each) = match fresh.kind {
        ServerKind::Sqlite => ("migration_events".to_owned(), ""),
        _ => (format!("{schema}.migration_events"), "FOR EACH ROW"),
    };
    let make = format!("CREATE TRIGGER {schema}.broken BEFORE INSERT ON {table} {each} BEGIN {fail}; END");
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    breaks_and_goes_on(&fresh, &store, async |_: &Journal, broken: bool| {
        let sql = if broken { make.clone() } else { format!("DROP TRIGGER {schema}.broken") };
        session.query_text(&sql).await.expect("a trigger");
    })
    .await;
}

async fn a_commit_without_a_connection_leaves_nothing(fresh: Fresh) {
    let store = installed(&fresh).await;
    let database = fresh.database().await;
    breaks_and_goes_on(&fresh, &store, async |journal: &Journal, broken: bool| {
        if broken {
            assert!(database.kill(journal.connection_id()).await.expect("killed"));
            while database.is_connected(journal.connection_id()).await.expect("an answer") {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// A commit fails: nothing of it is there, and the numbers go on without a gap.
async fn breaks_and_goes_on(fresh: &Fresh, store: &Store, mut breaks: impl AsyncFnMut(&Journal, bool)) {
    let mut first = journal(store).await;
    give(&mut first, submitted(2));
    let committed = first.commit().await.expect("committed").len();
    give(&mut first, Input::Turn { batch: BATCH, file: FileId(1) });
    breaks(&first, true).await;
    let error = first.commit().await.expect_err("it broke");
    assert!(!error.is_lease_lost(), "{}: {error}", fresh.kind);
    assert!(matches!(first.load(BATCH).await, Err(StoreError::Poisoned { .. })));
    breaks(&first, false).await;

    let mut reader = Reader::open(store).await.expect("a reader");
    assert_eq!(reader.events(BATCH, Seq(0), 100).await.expect("events").len(), committed);
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
    let mut again = Journal::open(store, first.lease()).await.expect("a journal");
    assert!(again.load(BATCH).await.expect("loaded"));
    give(&mut again, Input::Turn { batch: BATCH, file: FileId(1) });
    again.commit().await.expect("committed");
    let events = reader.events(BATCH, Seq(0), 100).await.expect("events");
    assert!(events.len() > committed && events.last().map(|e| e.seq.0) == Some(events.len() as i64));
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
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
    let journal = journal(&store).await;
    let file = FileId(1);
    let mut session = store.database().open(Purpose::File).await.expect("a session");
    session.run("CREATE TABLE t (a INT)").await.expect("a table");
    for commits in [false, true] {
        let receipt = journal.receipt(BATCH, file, 0, Phase::Forward);
        session.begin().await.expect("begun");
        session.run("INSERT INTO t VALUES (1)").await.expect("a row");
        receipt.write(&store, session.as_mut()).await.expect("a receipt");
        if commits { session.commit().await } else { session.rollback().await }.expect("ended");
        assert_eq!(receipt.is_there(&store, session.as_mut()).await.expect("an answer"), commits);
    }
    for (statement, phase) in [(1, Phase::Forward), (0, Phase::Undo)] {
        let other = journal.receipt(BATCH, file, statement, phase);
        assert!(!other.is_there(&store, session.as_mut()).await.expect("an answer"));
    }
    // What stood in core meanwhile is seen by nobody, and goes.
    let core = fresh.schemas().core.clone();
    let tables = session.relations(&core).await.expect("tables");
    assert_eq!(tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["t"]);
    forget_receipts(&store, session.as_mut(), journal.token()).await.expect("forgotten");
    if fresh.kind == ServerKind::Sqlite {
        let receipt = journal.receipt(BATCH, file, 0, Phase::Forward);
        assert!(!receipt.is_there(&store, session.as_mut()).await.expect("an answer"));
    }
}

/// Cost of a statement for the journal, against one row inserted with autocommit: printed, since machines differ.
async fn cost_of_a_commit(fresh: Fresh) {
    const FILES: i64 = 200;
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    give(&mut journal, submitted(FILES as usize));
    journal.commit().await.expect("committed");
    let mut plain = store.database().open(Purpose::Journal).await.expect("a session");
    let table = format!("{}.plain", fresh.schemas().orchestration);
    plain.query_text(&format!("CREATE TABLE {table} (id BIGINT PRIMARY KEY, v TEXT)")).await.expect("a table");
    let insert = format!("INSERT INTO {table} VALUES (?, ?)");
    let (mut commits, mut plain_times) = (Vec::new(), Vec::new());
    for n in 1..=FILES {
        let (batch, file) = (BATCH, FileId(n));
        give(&mut journal, Input::Turn { batch, file });
        give(&mut journal, Input::Prepared { batch, file, result: Ok(()) });
        give(&mut journal, Input::CheckedBefore { batch, file, findings: Vec::new() });
        for statement in 0..2 {
            let sending = Sending::new((batch, file), (Phase::Forward, statement), Checksum("x".into()));
            give(&mut journal, Input::Sending(Sending { fingerprint: "1:b".into(), connection: 9, ..sending }));
            let start = Instant::now();
            journal.commit().await.expect("committed");
            commits.push(start.elapsed());
            let start = Instant::now();
            let row = [(n * 2 + i64::from(statement)).into(), "x".repeat(200).into()];
            plain.execute(&insert, &row).await.expect("inserted");
            plain_times.push(start.elapsed());
            let done = StatementResult::Done {
                rows: 1,
                ms: 1,
                warnings: Vec::new(),
                fingerprint: "1:c".into(),
                definitions: Vec::new(),
                kept: Vec::new(),
            };
            give(&mut journal, Input::Ended { batch, file, result: done });
        }
        give(&mut journal, Input::CheckedAfter { batch, file, findings: Vec::new() });
        give(&mut journal, Input::Recorded { batch, file });
    }
    journal.commit().await.expect("committed");
    let quantiles = |times: &mut Vec<std::time::Duration>| {
        times.sort();
        [10, 50, 90].map(|percent| times[times.len() * percent / 100])
    };
    let (commits, plain_times) = (quantiles(&mut commits), quantiles(&mut plain_times));
    eprintln!("{}: 10, 50, 90 % of commits {commits:?}, of plain inserts {plain_times:?}", fresh.kind);
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert_eq!(compare(&mut reader, BATCH).await.expect("a comparison"), []);
}

on_both_servers!(a_commit_without_a_connection_leaves_nothing, a_commit_that_meets_a_lock_is_written_again);
on_every_server!(
    what_is_appended_comes_back,
    a_batch_that_is_not_loaded_cannot_be_appended_to,
    a_commit_that_fails_in_the_middle_leaves_nothing,
    twenty_thousand_files_are_one_commit,
    a_gap_stops_readers_and_is_corruption_to_a_replay,
    a_row_changed_by_hand_is_found,
    texts_are_kept_once_and_a_huge_one_is_refused,
    a_receipt_is_there_when_its_transaction_was_committed,
    cost_of_a_commit,
);
