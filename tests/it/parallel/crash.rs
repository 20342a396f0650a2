//! kill -9 with several files under way: each is decided on its own evidence.

use super::*;
use caribou::database::ServerKind;
use caribou::model::{Effect, Phase};
use caribou::store::Reader;

async fn a_killed_worker_leaves_no_statement_behind_and_each_file_is_decided(fresh: Fresh) {
    let scene = scene_with(&fresh, 3).await;
    let gates = [Gate::close(&scene, 1).await, Gate::close(&scene, 2).await, Gate::close(&scene, 3).await];
    let mut running = migrate(&scene, 3);
    at_gates(&scene, 3).await;
    running.kill();
    // The statements of the killed worker still wait on the server: the next one ends their connections first. What the
    // crash left is undone, and runs again.
    let next = Running::start(&mut scene.project.command(&["migrate"]));
    let undone = |e: &&Event| matches!(e.kind, EventKind::UndoVerified { equal: true, .. });
    let all = |events: &[Event]| (events.iter().filter(undone).count() == 3).then(|| events.to_vec());
    let events = scene.until("all are undone", all).await;
    let decided: Vec<Effect> = events
        .iter()
        .filter_map(|e| match &e.kind {
            EventKind::StatementDecided { effect, phase: Phase::Forward, .. } => Some(*effect),
            _ => None,
        })
        .collect();
    assert_eq!(decided, [Effect::None; 3], "no receipt: none of them ran");
    for gate in gates {
        gate.open().await;
    }
    next.wait().exits(0);
    assert_eq!(statuses(&scene).await, [FileStatus::Completed; 3]);
    for n in 1..=3 {
        assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM t{n}")).await, Some(2), "each ran once");
    }
    scene.agree().await;
}

on_both_servers!(a_killed_worker_leaves_no_statement_behind_and_each_file_is_decided);

/// Eight files that make, fill and change tables; two of them share one.
async fn herd(fresh: &Fresh) -> Scene {
    let scene = Scene::new(fresh).await;
    for n in 1..=8 {
        let (up, down) = match n {
            7 => ("ALTER TABLE h1 ADD COLUMN n INT;\n".to_owned(), "ALTER TABLE h1 DROP COLUMN n;\n".to_owned()),
            _ => (
                format!(
                    "CREATE TABLE h{n} (id INT PRIMARY KEY);\nINSERT INTO h{n} VALUES (1);\nINSERT INTO h{n} VALUES (2);\n"
                ),
                format!("DROP TABLE h{n};\n"),
            ),
        };
        scene.project.migration(&format!("{n:04}_h.sql"), up);
        scene.project.migration(&format!("{n:04}_h.rollback.sql"), down);
    }
    scene
}

/// Checks that the database holds what the journal says of each file.
async fn each_is_as_journalled(scene: &Scene, seed: u64) {
    let mut reader = Reader::open(&scene.store).await.unwrap();
    for row in reader.history_files().await.unwrap() {
        let n: u32 = row.path[..4].parse().unwrap();
        let sql = if n == 7 { "SELECT COUNT(n) * 0 FROM h1".to_owned() } else { format!("SELECT COUNT(*) FROM h{n}") };
        let stands = scene.number(&sql).await;
        let done = Some(if n == 7 { 0 } else { 2 });
        let world = reader.world(row.batch_id).await.unwrap().unwrap();
        let file = world.file(row.batch_id, row.file_id).unwrap();
        match row.status {
            FileStatus::Completed => assert_eq!(stands, done, "seed {seed}: {} is completed", row.path),
            FileStatus::Pending | FileStatus::RolledBack => {
                assert_eq!(stands, None, "seed {seed}: {} is {}", row.path, row.status);
            }
            FileStatus::Failed => assert!(file.has_effects(), "seed {seed}: {} failed for nothing", row.path),
            FileStatus::Processing => panic!("seed {seed}: {} is still under way", row.path),
        }
    }
    reader.close().await;
}

async fn kill_9_round(fresh: Fresh, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let scene = herd(&fresh).await;
    for _ in 0..random.usize(1..4) {
        let mut running = migrate(&scene, 4);
        let more = scene.events().await.len() + random.usize(1..90);
        let ended = |e: &Event| matches!(e.kind, EventKind::BatchEnded { .. });
        let before = scene.events().await.iter().filter(|e| ended(e)).count();
        // It may have ended before: then the kill hits nothing, which is one of the moments.
        let over = |events: &[Event]| events.len() >= more || events.iter().filter(|e| ended(e)).count() > before;
        scene.until("so many events", |events| (over(events) || is_done(events)).then_some(())).await;
        running.kill();
    }
    for _ in 0..12 {
        if scene.project.run(&["migrate", "--parallel", "4"]).code != Some(1) {
            break;
        }
    }
    each_is_as_journalled(&scene, seed).await;
    most_at_a_time(&scene.events().await);
    scene.agree().await;
}

/// Every file has completed, so that a run has nothing to do.
fn is_done(events: &[Event]) -> bool {
    let last = events.iter().rev().find(|e| matches!(e.kind, EventKind::BatchEnded { .. }));
    let completed = caribou::model::BatchStatus::Completed;
    last.is_some_and(|e| matches!(&e.kind, EventKind::BatchEnded { status, .. } if *status == completed))
}

/// `CARIBOU_CRASH_SEED` begins the seeds elsewhere, `CARIBOU_CRASH_ROUNDS` says how many there are.
fn kill_9_at_any_moment(kind: ServerKind) {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let first = number("CARIBOU_CRASH_SEED", 1);
    for seed in first..first + number("CARIBOU_CRASH_ROUNDS", 5) {
        eprintln!("seed {seed}");
        crate::support::run_on(kind, move |fresh| kill_9_round(fresh, seed));
    }
}

mod kill_9 {
    use caribou::database::ServerKind;

    #[test]
    fn mariadb() {
        super::kill_9_at_any_moment(ServerKind::MariaDb);
    }

    #[test]
    fn mysql() {
        super::kill_9_at_any_moment(ServerKind::MySql);
    }
}
