//! Commands through the database, answers, who is watching, the tail.

use super::{control, give, installed, journal, submission, submitted};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::model::*;
use caribou::store::{
    Answer, NewCommand, PendingCommand, Reader, SessionNote, SessionRole, Store, StoreError, answer, pending_requests,
    refuse_unreadable, submit_command, touch_session,
};
use std::time::Duration;

const BATCH: BatchId = BatchId(1);

async fn a_command_is_read_decided_and_answered(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let session = session.as_mut();
    let mut journal = journal(&store).await;
    let run = NewCommand { submission: Some(Box::new(submission(2))), ..NewCommand::new(BatchId(0), Verb::Run) };
    let run = submit_command(session, &store, &run).await.expect("submitted");
    let file = Some((FileId(1), FileState::Idle));
    let expects = Expectation { batch_status: Some(BatchStatus::Pending), file, ahead: None };
    let pause = NewCommand { reason: Some("lunch".into()), expects, ..NewCommand::new(BATCH, Verb::Pause) };
    let pause = submit_command(session, &store, &pause).await.expect("submitted");
    let nowhere = NewCommand::new(BatchId(99), Verb::Resume);
    let nowhere = submit_command(session, &store, &nowhere).await.expect("submitted");
    assert_eq!(answer(session, &store, run).await.expect("an answer"), Answer::Pending);

    let pending = pending_requests(session, &store, CommandId(0)).await.expect("commands");
    assert_eq!(pending.iter().map(PendingCommand::id).collect::<Vec<_>>(), [run, pause, nowhere]);
    let seen = unanswered(&store).await;
    let keys: Vec<RequestKey> = seen.iter().map(|request| request.key).collect();
    assert_eq!(keys, [run, pause, nowhere].map(RequestKey::Command), "whoever watches sees them on their way");
    assert!(seen[1].word == "pause" && !seen[1].operator.is_empty() && seen[1].at.0 > 0, "{seen:?}");
    for command in pending {
        let PendingCommand::Readable { request: command, .. } = command else { panic!("{command:?}") };
        assert!(!command.operator.is_empty());
        give(&mut journal, Input::Commanded(command));
    }
    journal.commit().await.expect("committed");
    assert_eq!(pending_requests(session, &store, pause).await.expect("commands"), []);
    assert_eq!(unanswered(&store).await, []);
    assert_eq!(answer(session, &store, run).await.expect("an answer"), Answer::Effective { batch: BATCH });
    assert_eq!(answer(session, &store, pause).await.expect("an answer"), Answer::Effective { batch: BATCH });
    match answer(session, &store, nowhere).await.expect("an answer") {
        Answer::Refused { reason } => assert!(reason.contains("99"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(journal.world().batch(BATCH).expect("a batch").holds.contains_key(&Hold::Paused));
}

/// Requests that the console's question each second tells of.
async fn unanswered(store: &Store) -> Vec<UnansweredRequest> {
    let mut reader = Reader::open(store).await.expect("a reader");
    reader.tail(BatchId(0), Seq(0), Seq(0)).await.expect("a tail").unanswered
}

async fn a_command_that_cannot_be_read_is_refused(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let table = format!("{}.migration_commands", fresh.schemas().orchestration);
    let sql = format!("INSERT INTO {table} (batch_id, verb, command, operator) VALUES (1, 'dance', ?, 'eve')");
    session.execute(&sql, &[r#"{"verb":"dance"}"#.into()]).await.expect("inserted");
    let pending = pending_requests(session.as_mut(), &store, CommandId(0)).await.expect("commands");
    let [PendingCommand::Unreadable { id, problem, .. }] = &pending[..] else { panic!("{pending:?}") };
    refuse_unreadable(session.as_mut(), &store, *id, problem).await.expect("refused");
    assert_eq!(pending_requests(session.as_mut(), &store, CommandId(0)).await.expect("commands"), []);
    let answer = answer(session.as_mut(), &store, *id).await.expect("an answer");
    assert!(matches!(&answer, Answer::Refused { reason } if reason.contains("dance")), "{answer:?}");
}

async fn who_watches_is_seen_for_a_while_and_what_they_have_open(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    for (key, role, rollback) in [
        ("one", SessionRole::Console, None),
        ("gone", SessionRole::Console, None),
        ("worker", SessionRole::Worker, None),
        ("one", SessionRole::Console, Some(RollbackId(7))),
    ] {
        let note = SessionNote { key, role, ttl: Duration::from_secs(3600), rollback };
        touch_session(session.as_mut(), &store, &note).await.expect("touched");
    }
    let sql = format!(
        "UPDATE {}.sessions SET seen_ms = seen_ms - 46000 WHERE session_key = 'gone'",
        fresh.schemas().ephemeral
    );
    session.execute(&sql, &[]).await.expect("it was last seen a while ago");
    let tail = reader.tail(BatchId(0), Seq(0), Seq(0)).await.expect("a tail");
    let seen = tail.watching;
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!((seen[0].key.as_str(), seen[0].rollback), ("one", Some(RollbackId(7))));
    assert_eq!(seen[0].connection, session.connection_id());
    assert!(tail.now.since(seen[0].seen) < 60_000 && !seen[0].account.is_empty(), "{seen:#?}");
}

async fn the_tail_is_everything_new(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let empty = reader.tail(BatchId(0), Seq(0), Seq(0)).await.expect("a tail");
    assert!(empty.events.is_empty() && empty.system_events.is_empty());
    assert!(empty.lease.is_none() && empty.newest_batch.is_none());

    let mut journal = journal(&store).await;
    let token = journal.token();
    let taken = Input::LeaseTaken {
        token,
        holder: "worker@here:1".into(),
        connection: 7,
        server: "server".into(),
        files_as_worker: false,
        versions: Default::default(),
    };
    give(&mut journal, taken);
    give(&mut journal, submitted(3));
    journal.commit().await.expect("committed");
    let tail = reader.tail(BATCH, Seq(2), Seq(0)).await.expect("a tail");
    assert_eq!(tail.events.iter().map(|e| e.seq).collect::<Vec<_>>(), [Seq(3), Seq(4)]);
    assert_eq!(tail.system_events.len(), 1);
    assert_eq!(tail.newest_batch, Some(BATCH));
    let lease = tail.lease.expect("a lease");
    assert!(lease.is_held() && lease.token == token && lease.holder == "worker@here:1" && lease.age_ms < 60_000);
    assert!(tail.now >= tail.events[0].at);
    let nothing = reader.tail(BATCH, Seq(4), Seq(1)).await.expect("a tail");
    assert!(nothing.events.is_empty() && nothing.system_events.is_empty() && nothing.lease.is_some());

    let file = FileId(2);
    let found = reader.find_event(BATCH, file, "file_planned").await.expect("an answer");
    assert_eq!(found.map(|e| e.seq), Some(Seq(3)));
    assert_eq!(reader.find_event(BATCH, file, "file_captured").await.expect("an answer"), None);
    assert_eq!(reader.current_epoch().await.expect("an epoch"), Epoch(0));
}

/// Cost of the console while nothing happens.
async fn a_tail_is_one_query(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let mut questions = Vec::new();
    for _ in 0..4 {
        let rows = reader.session().query_text("SHOW SESSION STATUS LIKE 'Questions'").await.expect("a count");
        questions.push(rows[0].get_i64(1));
        reader.tail(BATCH, Seq(0), Seq(0)).await.expect("a tail");
    }
    // The first is prepared as well; each interval counts the question itself.
    assert_eq!(questions[3] - questions[2], 2, "{questions:?}");
}

async fn a_plan_that_is_too_large_is_refused(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut submission = submission(1);
    let up = "x".repeat(70_000_000);
    let checksum = Checksum("a".into());
    submission.texts.push(SourceText { checksum, path: "a.sql".into(), up, down: None, verify: None });
    let run = NewCommand { submission: Some(Box::new(submission)), ..NewCommand::new(BatchId(0), Verb::Run) };
    let mut session = control(&store).await;
    let error = submit_command(session.as_mut(), &store, &run).await.expect_err("too large");
    assert!(
        matches!(&error, StoreError::TooLarge { .. }) && error.to_string().contains("max_allowed_packet"),
        "{error}"
    );
    session.ping().await.expect("the connection is as it was");
}

on_both_servers!(a_tail_is_one_query, a_plan_that_is_too_large_is_refused);
on_every_server!(
    a_command_is_read_decided_and_answered,
    a_command_that_cannot_be_read_is_refused,
    who_watches_is_seen_for_a_while_and_what_they_have_open,
    the_tail_is_everything_new,
);
