//! Commands through the database, answers, who is watching, the tail.

use super::{control, give, installed, journal, submission, submitted};
use crate::support::{Fresh, on_both_servers, on_every_server};
use caribou::model::*;
use caribou::store::{
    Answer, NewCommand, PendingCommand, Reader, SessionRole, StoreError, answer, pending_requests, refuse_unreadable,
    submit_command, touch_session,
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
    let expects = Expectation { batch_status: Some(BatchStatus::Pending), file: Some((FileId(1), FileState::Idle)) };
    let pause = NewCommand { reason: Some("lunch".into()), expects, ..NewCommand::new(BATCH, Verb::Pause) };
    let pause = submit_command(session, &store, &pause).await.expect("submitted");
    let nowhere = NewCommand::new(BatchId(99), Verb::Resume);
    let nowhere = submit_command(session, &store, &nowhere).await.expect("submitted");
    assert_eq!(answer(session, &store, run).await.expect("an answer"), Answer::Pending);

    let pending = pending_requests(session, &store, CommandId(0)).await.expect("commands");
    assert_eq!(pending.iter().map(PendingCommand::id).collect::<Vec<_>>(), [run, pause, nowhere]);
    for command in pending {
        let PendingCommand::Readable { request: command, .. } = command else { panic!("{command:?}") };
        assert!(!command.operator.is_empty());
        give(&mut journal, Input::Commanded(command));
    }
    journal.commit().await.expect("committed");
    assert_eq!(pending_requests(session, &store, pause).await.expect("commands"), []);
    assert_eq!(answer(session, &store, run).await.expect("an answer"), Answer::Effective { batch: BATCH });
    assert_eq!(answer(session, &store, pause).await.expect("an answer"), Answer::Effective { batch: BATCH });
    match answer(session, &store, nowhere).await.expect("an answer") {
        Answer::Refused { reason } => assert!(reason.contains("99"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(journal.world().batch(BATCH).expect("a batch").holds.contains_key(&Hold::Paused));
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

async fn sessions_are_seen_until_they_expire(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut session = control(&store).await;
    for (key, seconds) in [("one", 3600), ("gone", -3600_i64), ("one", 3600)] {
        let ttl = Duration::from_secs(seconds.unsigned_abs());
        touch_session(session.as_mut(), &store, key, SessionRole::Console, ttl).await.expect("touched");
        if seconds < 0 {
            let sql = format!(
                "UPDATE {}.sessions SET expires_ymdhis = 20200101000000 WHERE session_key = 'gone'",
                fresh.schemas().ephemeral
            );
            session.execute(&sql, &[]).await.expect("expired");
        }
    }
    let mut reader = Reader::open(&store).await.expect("a reader");
    let seen = reader.sessions().await.expect("sessions");
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!((seen[0].key.as_str(), seen[0].role.as_str()), ("one", "console"));
    assert_eq!(seen[0].connection, session.connection_id());
    let now = reader.now().await.expect("a time");
    assert!(now.since(seen[0].seen) < 60_000 && !seen[0].account.is_empty(), "{seen:#?}");
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
    sessions_are_seen_until_they_expire,
    the_tail_is_everything_new,
);
