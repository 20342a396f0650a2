//! What the command line tells of a large batch: a page, and everything when it is asked for.

use crate::support::large::{Large, add, end, journal};
use crate::support::{Fresh, Project, run_on};
use caribou::database::ServerKind;
use caribou::model::{Event, FileId, Seq, World};
use caribou::store::{Filling, Reader, Store};
use std::collections::BTreeSet;

const FILES: usize = 1_100;

/// A project whose first batch has completed, but for the last three files.
async fn large(fresh: &Fresh) -> Project {
    let store = Store::new(fresh.database().await);
    store.install().await.expect("it can be installed");
    let mut journal = journal(&store).await;
    add(&mut journal, Large { failing: 3, ..Large::completed(FILES) }).await;
    end(journal).await;
    Project::on(fresh)
}

#[test]
fn status_is_a_page_and_says_how_to_see_the_rest() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let project = large(&fresh).await;
        let page = project.run(&["status", "--format", "json"]).exits(0).json();
        let files = page["files"].as_array().expect("files");
        assert_eq!((files.len(), &page["more"]["files"]), (40, &(FILES - 40).into()), "{page}");
        assert_eq!(page["more"]["by_status"]["completed"], FILES - 40);
        assert_eq!(page["more"]["see"], "caribou status 1 --all");
        assert!(files[..3].iter().all(|file| file["status"] == "failed"), "{files:?}");
        assert_eq!(page["batch"]["files_completed"], FILES - 3);

        let text = project.run(&["status"]).exits(0).stdout;
        assert!(text.contains("(1060 files more: 1060 completed; --all lists them)"), "{text}");

        let all = project.run(&["status", "--all", "--format", "json"]).exits(0).json();
        let paths: BTreeSet<&str> =
            all["files"].as_array().expect("files").iter().map(|f| f["path"].as_str().expect("a path")).collect();
        assert_eq!((paths.len(), &all["more"]), (FILES, &serde_json::Value::Null));
        assert_eq!(all["batch"], page["batch"]);
        let text = project.run(&["status", "--all"]).exits(0).stdout;
        assert!(paths.iter().all(|path| text.contains(path)), "{text}");
        assert!(!text.contains("--all lists them"), "{text}");
    });
}

#[test]
fn the_last_events_are_read_without_the_others() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let project = large(&fresh).await;
        let last = project.run(&["events", "--tail", "3", "--format", "json"]).exits(0).stdout;
        let kinds: Vec<String> = last
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["kind"].to_string())
            .collect();
        assert_eq!((kinds.len(), kinds[2].as_str()), (3, "\"batch_ended\""), "{last}");
        project.run(&["events", "--tail", "3", "--after", "1"]).exits(2);
    });
}

#[test]
fn a_large_journal_is_compared_in_parts() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let store = Store::new(fresh.database().await);
        store.install().await.expect("it can be installed");
        let mut journal = journal(&store).await;
        add(&mut journal, Large::completed(1_700)).await;
        end(journal).await;
        let project = Project::on(&fresh);
        let doctor = project.run(&["doctor"]);
        assert!(doctor.stdout.contains("the rows of 1 batch are what it says"), "{doctor:?}");
        let mut session = store.database().open(caribou::database::Purpose::Control).await.expect("a session");
        let schema = &store.schemas().orchestration;
        let change = format!("UPDATE {schema}.migration_files SET retry_count = 7 WHERE file_id = 1311");
        session.execute(&change, &[]).await.expect("it is done");
        let doctor = project.run(&["doctor"]).exits(1);
        assert!(doctor.stdout.contains("migration_files 1311, retry_count: 7 instead of 0"), "{doctor:?}");
    });
}

/// A batch of which some files have failed and some have not begun, and its journal.
async fn under_way(fresh: &Fresh) -> (Reader, caribou::model::BatchId, Vec<Event>) {
    let store = Store::new(fresh.database().await);
    store.install().await.expect("it can be installed");
    let mut journal = journal(&store).await;
    let batch = add(&mut journal, Large { files: 700, statements: 2, failing: 3, begun: 400 }).await;
    end(journal).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let events = reader.events(batch, Seq(0), usize::MAX).await.expect("events");
    (reader, batch, events)
}

fn as_of(events: &[Event], last: Seq) -> World {
    let mut world = World::default();
    events.iter().filter(|event| event.seq <= last).for_each(|event| drop(world.apply(event)));
    world
}

#[test]
fn a_batch_that_is_read_in_pieces_is_the_one_of_its_journal() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let (mut reader, batch, events) = under_way(&fresh).await;
        let end = events.last().expect("an event").seq;
        for until in [2, 350, 705, 2_000, end.0] {
            let mut filling = Filling::begin(&mut reader, batch).await.expect("it begins");
            while !filling.read(&mut reader, Seq(until)).await.expect("it reads on") {}
            assert_eq!(filling.files(), 700);
            // All files of a batch are planned at once: whoever reads it later knows them all.
            let world = as_of(&events, Seq(until.max(701)));
            assert_eq!(filling.into_world().batch(batch), world.batch(batch), "up to {until}");
        }
    });
}

#[test]
fn a_page_is_as_of_its_event() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let (mut reader, batch, events) = under_way(&fresh).await;
        let row = reader.batch(batch).await.expect("an answer").expect("the batch");
        let beside = [FileId(600), FileId(7)];
        let last = Seq(3_000);
        let page = reader.page_as_of(&row, 40, &beside, last).await.expect("an answer").expect("a page");
        let world = as_of(&events, last);
        let shown = page.world.batch(batch).expect("the batch");
        assert!(shown.files.len() < 120 && beside.iter().all(|id| shown.file(*id).is_some()), "{}", shown.files.len());
        for file in shown.files.values() {
            assert_eq!(Some(file), world.file(batch, file.id));
        }
        assert_eq!(page.counts.values().sum::<u64>(), 700);
    });
}

#[test]
fn the_sums_of_a_batch_are_those_of_its_files() {
    run_on(ServerKind::Sqlite, |fresh| async move {
        let (mut reader, batch, events) = under_way(&fresh).await;
        let row = reader.batch(batch).await.expect("an answer").expect("the batch");
        let sums = reader.sums(&row).await.expect("an answer").expect("the batch");
        let world = as_of(&events, Seq(i64::MAX));
        let (told, whole) = (sums.world.batch(batch).expect("the batch"), world.batch(batch).expect("the batch"));
        assert_eq!((told.validations, told.status, told.completed), (whole.validations, whole.status, whole.completed));
        assert_eq!(sums.irreversible, whole.files.values().map(|file| file.coverage.none).sum::<u32>());
        assert!(sums.documents.is_empty() && whole.validations.iter().sum::<u32>() > 700);
    });
}
