//! Several files at a time: in the order of the plan, never two that share an object, and whatever happens to them, each
//! ends as journalled.

mod beside;
mod crash;
mod line;

use crate::crash::Scene;
use crate::support::{Fresh, Running, on_both_servers};
use caribou::database::Session;
use caribou::model::{Event, EventKind, FileId, FileState, FileStatus, World};
use std::collections::BTreeMap;

/// Rows that files read and that a story holds: a statement that reads one is under way for as long as it likes.
struct Gate {
    session: Box<dyn Session>,
}

impl Gate {
    async fn close(scene: &Scene, number: u32) -> Gate {
        let mut session = scene.session().await;
        session.run("START TRANSACTION").await.unwrap();
        session.run(&format!("SELECT * FROM gate WHERE id = {number} FOR UPDATE")).await.unwrap();
        Gate { session }
    }

    async fn open(mut self) {
        self.session.run("COMMIT").await.unwrap();
        self.session.close().await;
    }
}

/// A scene with gates 1 to 9 and so many files; the second statement of each reads the gate of its number.
async fn scene_with(fresh: &Fresh, files: u32) -> Scene {
    let scene = Scene::new(fresh).await;
    let mut session = scene.session().await;
    session.run("CREATE TABLE gate (id INT PRIMARY KEY)").await.unwrap();
    session.run("INSERT INTO gate VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)").await.unwrap();
    session.close().await;
    for n in 1..=files {
        let up = format!(
            "CREATE TABLE t{n} (id INT PRIMARY KEY);\nINSERT INTO t{n} SELECT id FROM gate WHERE id = {n};\nINSERT INTO t{n} \
             VALUES (1000);\n"
        );
        scene.project.migration(&format!("000{n}_t.sql"), up);
        scene.project.migration(&format!("000{n}_t.rollback.sql"), format!("DROP TABLE t{n};\n"));
    }
    scene
}

fn migrate(scene: &Scene, parallel: u32) -> Running {
    Running::start(&mut scene.project.command(&["migrate", "--parallel", &parallel.to_string()]))
}

/// Waits until so many files are at their gates.
async fn at_gates(scene: &Scene, files: usize) {
    let is_at = |e: &&Event| matches!(e.kind, EventKind::StatementStarted { statement: 1, .. });
    scene.until("files are at their gates", |e| (e.iter().filter(is_at).count() >= files).then_some(())).await;
}

/// The paths of the files in the order in which they started.
fn starts(events: &[Event]) -> Vec<String> {
    let paths: BTreeMap<FileId, &String> = events
        .iter()
        .filter_map(|e| match &e.kind {
            EventKind::FilePlanned { file, path, .. } => Some((*file, path)),
            _ => None,
        })
        .collect();
    let started = |e: &Event| match &e.kind {
        EventKind::FileMoved { file, to: FileState::Preparing, .. } => Some(paths[file].clone()),
        _ => None,
    };
    events.iter().filter_map(started).collect()
}

/// Replays the journal: no two files that clash are ever under way together. How many were, at most.
fn most_at_a_time(events: &[Event]) -> usize {
    let mut world = World::default();
    let mut most = 0;
    for event in events {
        world.apply(event);
        let Some(batch) = world.batch(event.batch) else { continue };
        let under_way: Vec<_> = batch.active().filter(|f| f.holds_locks()).collect();
        for (n, file) in under_way.iter().enumerate() {
            for other in &under_way[n + 1..] {
                let clash = file.clash(other).map(|clash| clash.to_string());
                assert_eq!(clash, None, "{} and {} at event {}", file.path, other.path, event.seq.0);
            }
        }
        most = most.max(batch.active().filter(|f| f.running.is_some()).count());
    }
    most
}

/// Status of each file of the newest batch.
async fn statuses(scene: &Scene) -> Vec<FileStatus> {
    let mut world = World::default();
    for event in scene.events().await {
        world.apply(&event);
    }
    let newest = world.batches.values().next_back().expect("a batch");
    newest.in_order().map(|f| f.status()).collect()
}

async fn independent_files_start_in_the_order_of_the_plan_and_run_together(fresh: Fresh) {
    let scene = scene_with(&fresh, 5).await;
    let mut gates = Vec::new();
    for n in 1..=4 {
        gates.push(Gate::close(&scene, n).await);
    }
    let running = migrate(&scene, 3);
    at_gates(&scene, 3).await;
    assert_eq!(starts(&scene.events().await), ["0001_t.sql", "0002_t.sql", "0003_t.sql"], "three at a time");
    // The second file's end lets the fourth in; the first and the third are still under way.
    gates.remove(1).open().await;
    at_gates(&scene, 4).await;
    for gate in gates {
        gate.open().await;
    }
    running.wait().exits(0);
    let events = scene.events().await;
    let expected: Vec<String> = (1..=5).map(|n| format!("000{n}_t.sql")).collect();
    assert_eq!(starts(&events), expected);
    assert_eq!(most_at_a_time(&events), 3);
    scene.agree().await;
}

async fn files_that_share_an_object_never_run_together(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    // Files 1 to 4 make tables; each of the others changes one and reads another, so that most of them clash.
    for n in 1..=4 {
        scene
            .project
            .migration(&format!("{n:04}_make.sql"), format!("CREATE TABLE s{n} (id INT PRIMARY KEY, n INT);\n"));
    }
    let mut random = fastrand::Rng::with_seed(8);
    for n in 5..=40 {
        let (changed, read) = (random.u32(1..=4), random.u32(1..=4));
        let up = format!("INSERT INTO s{changed} SELECT {n}, COUNT(*) FROM s{read};\n");
        scene.project.migration(&format!("{n:04}_use.sql"), up);
    }
    scene.project.migration("0041_any.sql", "SET @a = 1;\nCREATE PROCEDURE p() BEGIN SELECT 1; END;\n");
    scene.project.migration("0042_last.sql", "CREATE TABLE s9 (id INT);\n");
    scene.project.run(&["migrate", "--parallel", "4"]).exits(0);
    let events = scene.events().await;
    assert!(most_at_a_time(&events) >= 2, "some ran beside each other");
    assert_eq!(scene.number("SELECT (SELECT COUNT(*) FROM s1) + (SELECT COUNT(*) FROM s2) + (SELECT COUNT(*) FROM s3) + (SELECT COUNT(*) FROM s4)").await, Some(36));
    // What a file read was what those before it had written: as if they had run one after the other.
    for n in 5..=40 {
        let mut replayed = fastrand::Rng::with_seed(8);
        let uses: Vec<(u32, u32)> = (5..=40).map(|_| (replayed.u32(1..=4), replayed.u32(1..=4))).collect();
        let (changed, read) = uses[n - 5];
        let before = uses[..n - 5].iter().filter(|(c, _)| *c == read).count() as i64;
        let sql = format!("SELECT n FROM s{changed} WHERE id = {n}");
        assert_eq!(scene.number(&sql).await, Some(before), "file {n}");
    }
    scene.agree().await;
}

async fn a_pause_with_several_under_way_starts_no_statement(fresh: Fresh) {
    let scene = scene_with(&fresh, 4).await;
    let mut gates = Vec::new();
    for n in 1..=3 {
        gates.push(Gate::close(&scene, n).await);
    }
    let running = migrate(&scene, 3);
    at_gates(&scene, 3).await;
    // Statements run: the pause is accepted, and not so yet.
    scene.project.run(&["pause", "--yes"]).exits(4);
    let sent = |events: &[Event]| events.iter().filter(|e| e.kind.name() == "statement_started").count();
    let before = sent(&scene.events().await);
    for gate in gates {
        gate.open().await;
    }
    let ended = |e: &&Event| matches!(e.kind, EventKind::StatementFinished { statement: 1, .. });
    let all_three = |events: &[Event]| (events.iter().filter(ended).count() == 3).then_some(());
    scene.until("the three statements have ended", all_three).await;
    // A step is one statement of one file.
    scene.project.run(&["step", "--yes"]).exits(0);
    scene.until("one more has ended", |e| (sent(e) == before + 1).then_some(())).await;
    let effective = |e: &&Event| matches!(e.kind, EventKind::CommandEffective { .. });
    scene.until("pause and step are so", |e| (e.iter().filter(effective).count() >= 2).then_some(())).await;
    assert_eq!(sent(&scene.events().await), before + 1, "none started but that of the step");
    scene.project.run(&["resume", "--yes"]).exits(0);
    running.wait().exits(0);
    assert_eq!(statuses(&scene).await, [FileStatus::Completed; 4]);
    scene.agree().await;
}

async fn an_abort_kills_all_that_run_and_undoes_them(fresh: Fresh) {
    let scene = scene_with(&fresh, 4).await;
    let gates = [Gate::close(&scene, 1).await, Gate::close(&scene, 2).await, Gate::close(&scene, 3).await];
    let running = migrate(&scene, 3);
    at_gates(&scene, 3).await;
    scene.project.run(&["abort", "--yes", "--reason", "not today"]).exits(0);
    running.wait().exits(1);
    for gate in gates {
        gate.open().await;
    }
    let rolled_back = FileStatus::RolledBack;
    assert_eq!(statuses(&scene).await, [rolled_back, rolled_back, rolled_back, FileStatus::Pending]);
    let events = scene.events().await;
    assert_eq!(events.iter().filter(|e| e.kind.name() == "statement_failed").count(), 3, "each was stopped");
    for n in 1..=4 {
        assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM t{n}")).await, None, "t{n} is gone");
    }
    scene.agree().await;
}

async fn a_doctrine_failure_takes_back_what_runs_beside_it(fresh: Fresh) {
    let scene = scene_with(&fresh, 3).await;
    let bad = "CREATE TABLE t2 (id INT PRIMARY KEY);\nINSERT INTO t2 SELECT id FROM gate WHERE id = 2;\nINSERT INTO t2 VALUES (2);\n";
    scene.project.migration("0002_t.sql", bad);
    let (one, two, three) = (Gate::close(&scene, 1).await, Gate::close(&scene, 2).await, Gate::close(&scene, 3).await);
    let running = migrate(&scene, 3);
    at_gates(&scene, 3).await;
    two.open().await;
    scene.until("the second has failed", |e| e.iter().find(|e| e.kind.name() == "rollback_started").map(drop)).await;
    one.open().await;
    three.open().await;
    running.wait().exits(1);
    assert_eq!(statuses(&scene).await, [FileStatus::RolledBack; 3]);
    let events = scene.events().await;
    let failed = events.iter().filter(|e| e.kind.name() == "statement_failed").count();
    assert_eq!(failed, 1, "the others came to their statements' ends");
    for n in 1..=3 {
        assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM t{n}")).await, None, "t{n} is gone");
    }
    scene.agree().await;
}

on_both_servers!(
    independent_files_start_in_the_order_of_the_plan_and_run_together,
    files_that_share_an_object_never_run_together,
    a_pause_with_several_under_way_starts_no_statement,
    an_abort_kills_all_that_run_and_undoes_them,
    a_doctrine_failure_takes_back_what_runs_beside_it,
);
