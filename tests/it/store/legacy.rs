//! The tables of version 4.0.25 as the founding system's engine left them: read as they are, completed by `install`.

use super::{control, give, journal, submitted};
use crate::support::{Fresh, Project, on_every_server};
use caribou::database::ServerKind;
use caribou::model::*;
use caribou::store::{Journal, Lease, Reader, SchemaState, Store, StoreError, ValidationFilter, compare};
use std::time::Duration;

const FIXTURE: &str = include_str!("../fixtures/legacy_4_0_25.sql");

/// The middle one of the three batches.
const BATCH: BatchId = BatchId(4002);

/// The schema, in a database that has nothing else of Caribou.
pub async fn left_behind(fresh: &Fresh) -> Store {
    let store = Store::new(fresh.database().await);
    let mut session = control(&store).await;
    let schema = &fresh.schemas().orchestration;
    session.create_schema(schema).await.expect("a schema");
    for statement in FIXTURE.replace("{orchestration}", schema).split(";\n") {
        let statement = match fresh.kind {
            ServerKind::Sqlite => for_sqlite(statement),
            _ => statement.to_owned(),
        };
        if statement.lines().any(|line| !line.trim().is_empty() && !line.starts_with("--")) {
            session.query_text(&statement).await.expect("the fixture");
        }
    }
    store
}

/// The same tables in SQLite's words.
fn for_sqlite(statement: &str) -> String {
    let mut text = statement.replace(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", "").replace(" JSON ", " TEXT ");
    while let Some(at) = text.find("ENUM(") {
        let end = text[at..].find(')').expect("a bracket") + at;
        text.replace_range(at..=end, "TEXT");
    }
    text
}

async fn is_read_as_it_is(fresh: Fresh) {
    let store = left_behind(&fresh).await;
    assert_eq!(store.state().await.expect("a state"), SchemaState::Legacy);
    let mut reader = Reader::open(&store).await.expect("a reader");
    assert!(reader.is_legacy());

    let batches = reader.batches(10).await.expect("batches");
    let seen: Vec<_> = batches.iter().map(|b| (b.batch_id.0, b.status.as_str())).collect();
    assert_eq!(seen, [(4003, "pending"), (4002, "running"), (4001, "completed")]);
    let files = reader.files(BATCH).await.expect("files");
    let states: Vec<_> = files.iter().map(|f| (f.file_id.0, f.state, f.status.as_str())).collect();
    let expected = [
        (3, FileState::Idle, "completed"),
        (4, FileState::Migrating, "processing"),
        (5, FileState::Failed, "failed"),
        (6, FileState::Idle, "pending"),
    ];
    assert_eq!(states, expected, "a deleted file is not shown, an absent state is idle");
    assert!(files[2].error_message.as_deref().is_some_and(|m| m.contains("1050")));

    assert_eq!(reader.dependencies(BATCH).await.expect("dependencies").len(), 2);
    let filter = ValidationFilter { batch: BATCH, status: Some(ValidationStatus::Warning), ..Default::default() };
    assert_eq!(reader.validations(&filter).await.expect("validations")[0].result, "76 of 77 tables");
    assert_eq!(reader.rollbacks(BATCH).await.expect("rollbacks")[0].class, Class::B);
    assert_eq!(reader.alerts(Some(BATCH)).await.expect("alerts")[0].level, 1);
    let system = reader.system_state().await.expect("an answer").expect("a row");
    assert_eq!(system.status, SystemStatus::Frozen);
    let history = reader.history_files().await.expect("history");
    assert_eq!(history.len(), 7);
    assert_eq!((history[3].state, history[3].canonical.clone()), (FileState::Migrating, None));
    assert_eq!(reader.current_epoch().await.expect("an epoch"), Epoch(4024));

    let tail = reader.tail(BATCH, Seq(0), Seq(0)).await.expect("a tail");
    assert!(
        tail.events.is_empty()
            && tail.lease.is_none()
            && tail.watching.is_empty()
            && tail.newest_batch == Some(BatchId(4003))
    );
    assert!(reader.events(BATCH, Seq(0), 10).await.expect("events").is_empty());
    assert!(reader.lease().await.expect("an answer").is_none());
    let world = reader.world(BATCH).await.expect("a world").expect("a batch");
    let batch = world.batch(BATCH).expect("a batch");
    assert_eq!((batch.status, batch.completed, batch.count(FileState::Failed)), (BatchStatus::Running, 1, 1));
    assert_eq!(batch.file(FileId(4)).map(|f| f.state), Some(FileState::Migrating));
    assert_eq!(batch.alerts[&AlertId(1)].status, AlertStatus::Acknowledged);
    assert!(reader.world(BatchId(1)).await.expect("an answer").is_none());
}

/// The founding system counts in the batch's row, and leaves the state where the file had been last.
async fn is_shown_as_its_rows_say(fresh: Fresh) {
    let store = left_behind(&fresh).await;
    let schema = &fresh.schemas().orchestration;
    let mut session = control(&store).await;
    for sql in [
        format!("UPDATE {schema}.migration_batches SET total_files = 3, processed_files = 1 WHERE batch_id = 4002"),
        format!("DELETE FROM {schema}.migration_files WHERE file_id = 5"),
        format!(
            "UPDATE {schema}.migration_files SET file_status = 'rolled_back', properties = '{{\"state_id\": 7}}' WHERE \
             file_id IN (3, 4)"
        ),
    ] {
        session.query_text(&sql).await.expect("the rows");
    }
    let project = Project::on(&fresh);
    let told = project.run(&["status", "4002"]).exits(0).stdout;
    assert!(told.contains("1 of 3 files") && told.contains("The system is frozen: migration in progress"), "{told}");
    assert!(!told.contains("processing"), "{told}");
    let document = project.run(&["status", "4002", "--format", "json"]).exits(0).json();
    let file = |at: usize| (document["files"][at]["state"].clone(), document["files"][at]["status"].clone());
    assert_eq!((file(0), file(1)), (("idle".into(), "rolled_back".into()), ("idle".into(), "rolled_back".into())));
    assert_eq!(document["system"]["status"], "frozen");
    assert_eq!(document["batch"]["files_completed"], 1);
}

async fn is_not_driven_before_it_is_completed(fresh: Fresh) {
    let store = left_behind(&fresh).await;
    let done = store.install().await.expect("installed");
    assert!(done.iter().any(|line| line.contains("migration_files.state_id")), "{done:#?}");
    assert!(!done.iter().any(|line| line.contains("created table") && line.contains("migration_files")), "{done:#?}");
    assert_eq!(store.check().await.expect("a comparison"), []);
    assert_eq!(store.install().await.expect("again"), Vec::<String>::new());

    let mut reader = Reader::open(&store).await.expect("a reader");
    let files = reader.files(BATCH).await.expect("files");
    assert_eq!(files[1].state, FileState::Migrating, "what stood there stands there");
    assert!(reader.world(BATCH).await.expect("a world").is_some());

    let mut journal = journal(&store).await;
    assert_eq!(journal.open_batches().await.expect("batches"), [], "the old ones have no journal");
    assert!(!journal.load(BATCH).await.expect("nothing to load"));
    give(&mut journal, submitted(2));
    journal.commit().await.expect("committed");
    let new = BatchId(4004);
    assert_eq!(journal.world().batch(new).map(|b| b.order.clone()), Some(vec![FileId(9), FileId(10)]));
    assert_eq!(compare(&mut reader, new).await.expect("a comparison"), []);
    assert_eq!(reader.history_files().await.expect("history").len(), 9);
}

async fn a_journal_is_refused(fresh: Fresh) {
    let store = left_behind(&fresh).await;
    let elsewhere = Fresh::on(fresh.kind);
    let other = super::installed(&elsewhere).await;
    let lease = super::leased(&other, Duration::from_secs(60)).await;
    let error = Journal::open(&store, &lease).await.expect_err("refused");
    assert!(matches!(&error, StoreError::SchemaLegacy { .. }), "{error}");
    assert!(Lease::current(&store, control(&store).await.as_mut()).await.is_err());
}

on_every_server!(
    is_read_as_it_is,
    is_shown_as_its_rows_say,
    is_not_driven_before_it_is_completed,
    a_journal_is_refused
);
