//! What the command line tells of a large batch: a page, and everything when it is asked for.

use crate::support::large::{Large, add, end, journal};
use crate::support::{Fresh, Project, run_on};
use caribou::database::ServerKind;
use caribou::store::Store;
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
