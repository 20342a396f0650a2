//! A fifth type of file, all of it here: one file suffices.

use crate::support::{Fresh, on_every_server};
use async_trait::async_trait;
use caribou::database::{Database, DbError, Purpose};
use caribou::engine::{self, Ended, EngineOptions, Work};
use caribou::handlers::{Catalog, Columns, Fault, Handler, Handlers, Original, OwnStep, Stands, Subject, record};
use caribou::model::{BatchId, BatchStatus, Checksum, Epoch, FileType, PlannedFile, SourceText, Submission};
use caribou::source::{SourceType, read_as};
use caribou::sql::{self, Dialect};
use caribou::store::{Reader, Store};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// Feature flags: `NAME on|off` lines, which become rows, and a file beside them that the applications read.
#[derive(Debug)]
struct Flags;

const NAME: &str = "flags";

#[async_trait]
impl Handler for Flags {
    fn source(&self) -> SourceType {
        SourceType { name: NAME, recorded_as: FileType::Agent, folders: &["switches"], extensions: &["flags"] }
    }

    fn has_steps(&self) -> bool {
        true
    }

    fn prepare(&self, file: &Original<'_>, _: Dialect) -> Result<Option<String>, Fault> {
        let mut pieces = Vec::new();
        for (number, line) in (1..).zip(file.text.lines()) {
            let Some((name, state @ ("on" | "off"))) = line.split_once(' ') else {
                return Err(Fault::new(number, format!("`{line}` is no flag: write NAME on, or NAME off")));
            };
            pieces.push((number, format!("INSERT INTO flags VALUES ('{name}', '{state}');")));
        }
        pieces.push((1, "CARIBOU STEP 'published';".to_owned()));
        Ok(Some(record(NAME, file.text, &pieces)))
    }

    async fn validate_before(&self, _: &Subject<'_>, catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        let missing = catalog.columns(None, "flags").await? == Columns::Missing;
        Ok(missing.then(|| Fault::new(1, "there is no table flags: create it")).into_iter().collect())
    }

    fn apply(&self, step: &OwnStep<'_>) -> Result<(), String> {
        std::fs::write(published(step)?, step.epoch.to_string()).map_err(|error| error.to_string())
    }

    fn undo(&self, step: &OwnStep<'_>) -> Result<(), String> {
        match self.stands(step) {
            Stands::After => std::fs::remove_file(published(step)?).map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }

    fn stands(&self, step: &OwnStep<'_>) -> Stands {
        match published(step) {
            Ok(path) if path.exists() => Stands::After,
            Ok(_) => Stands::Before,
            Err(why) => Stands::Neither(why),
        }
    }
}

fn published(step: &OwnStep<'_>) -> Result<std::path::PathBuf, String> {
    Ok(step.directory.ok_or("no directory")?.join(".published"))
}

/// The plan of a directory with one such file.
fn plan(dir: &Path, handlers: &Handlers, dialect: Dialect) -> Result<Box<Submission>, Fault> {
    let file = read_as(dir, "auto", dialect, &handlers.types()).expect("a directory").files.remove(0);
    assert_eq!((file.handler, file.file_type), (NAME, FileType::Agent));
    let handler = handlers.find(file.handler).expect("it is registered");
    let original = Original { path: &file.path, text: &file.up.text, sha256: &file.up.sha256 };
    let up = handler.prepare(&original, dialect)?.expect("it is no SQL");
    let statements = u32::try_from(sql::statements(&up, dialect).expect("statements").len()).expect("few");
    let source = SourceText::key(&up, None, None);
    let planned = PlannedFile {
        path: file.path.clone(),
        file_type: file.file_type,
        hash: Checksum(handler.identity(file.up.text.as_bytes())),
        canonical: Checksum("canonical".into()),
        source: source.clone(),
        epoch_from: Epoch(0),
        epoch_to: Epoch(7),
        wave: 0,
        again: None,
        statements,
        undo_statements: None,
        coverage: Default::default(),
        requires: Vec::new(),
        locks: None,
        expected: None,
        findings: Vec::new(),
    };
    let text = SourceText { checksum: source, path: file.path, up, down: None, verify: None };
    Ok(Box::new(Submission {
        name: "flags".into(),
        epoch_to: Epoch(7),
        files: vec![planned],
        texts: vec![text],
        ..Submission::default()
    }))
}

async fn run(database: &Arc<dyn Database>, sql: &str) -> Vec<String> {
    let mut session = database.open(Purpose::File).await.expect("a session");
    let rows = session.query_text(sql).await.expect("it runs");
    session.close().await;
    rows.iter().map(|row| row.get_text(0)).collect()
}

async fn a_fifth_type_is_one_file(fresh: Fresh) {
    let handlers = Handlers::standard().with(Arc::new(Flags));
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("switches")).expect("a folder");
    let write = |text: &str| std::fs::write(dir.path().join("switches/0001_a.flags"), text).expect("a file");
    let database = fresh.database().await;
    let store = Store::new(database.clone());
    store.install().await.expect("the schema");
    let drive = async |directory: Option<&Path>| {
        let submission = plan(dir.path(), &handlers, fresh.kind.dialect()).expect("a plan");
        let work = Work::Submit { submission, operator: "tester".into() };
        let options = EngineOptions {
            handlers: handlers.clone(),
            directory: directory.map(Path::to_owned),
            ..EngineOptions::default()
        };
        let (publish, (_stop, stopped)) = (broadcast::channel(64).0, watch::channel(false));
        let ended = engine::run(store.clone(), options, work, publish, stopped).await.expect("it runs");
        let Ended::Batch { id, .. } = ended else { panic!("{ended:?}") };
        let mut reader = Reader::open(&store).await.expect("a reader");
        let world = reader.world(id).await.expect("a world").expect("the batch");
        reader.close().await;
        let told = world
            .batch(id)
            .expect("the batch")
            .in_order()
            .map(|file| format!("{:?}", file.failure))
            .collect::<String>();
        (ended, told)
    };
    let published = || std::fs::read_to_string(dir.path().join(".published")).ok();

    write("blue maybe\n");
    let fault = plan(dir.path(), &handlers, fresh.kind.dialect()).expect_err("no flag");
    assert_eq!(fault.to_string(), "line 1: `blue maybe` is no flag: write NAME on, or NAME off");
    // Its validation stops the file before anything of it runs.
    write("blue on\n");
    let (ended, told) = drive(Some(dir.path())).await;
    assert_eq!(ended, Ended::Batch { id: BatchId(1), status: BatchStatus::Failed, needs_person: false });
    assert!(told.contains("there is no table flags: create it"), "{told}");
    assert_eq!(published(), None);
    run(&database, "CREATE TABLE flags (name VARCHAR(20) PRIMARY KEY, state VARCHAR(3))").await;
    // A worker that does not see the directory touches nothing.
    let (ended, told) = drive(None).await;
    assert!(matches!(ended, Ended::Batch { status: BatchStatus::Failed, needs_person: false, .. }), "{ended:?}");
    assert!(told.contains("does not see the migration directory") && told.contains("migrations.dir"), "{told}");
    // The third line fails: the step and the rows before it are taken back.
    write("blue on\ngreen off\nblue off\n");
    let (ended, told) = drive(Some(dir.path())).await;
    let is_undone = matches!(ended, Ended::Batch { status: BatchStatus::RolledBack, needs_person: false, .. });
    assert!(is_undone, "{ended:?} {told}");
    assert_eq!((published(), run(&database, "SELECT name FROM flags").await), (None, Vec::new()));
    write("blue on\ngreen off\n");
    let (ended, told) = drive(Some(dir.path())).await;
    assert!(matches!(ended, Ended::Batch { status: BatchStatus::Completed, .. }), "{ended:?} {told}");
    assert_eq!(published().as_deref(), Some("7"));
    assert_eq!(run(&database, "SELECT state FROM flags ORDER BY name").await, ["on", "off"]);
}

on_every_server!(a_fifth_type_is_one_file);
