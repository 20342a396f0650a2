//! Scenario 5 of the founding document, by name: two migrations on one table at the same time. And two workers that race
//! for the lease.

use super::*;
use crate::support::on_every_server;
use std::time::{Duration, Instant};

const ROUNDS: i64 = 12;

/// Two files change one table, again and again, while two processes race for the lease. Each change is made once, and in
/// the order of the plan.
async fn scenario_5_concurrent_migrations_on_one_table(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    scene.project.migration("0000_t.sql", "CREATE TABLE t (step INT PRIMARY KEY, before_it INT);\n");
    scene.project.run(&["migrate"]).exits(0);
    for round in 0..ROUNDS {
        for half in 1..=2 {
            let step = round * 2 + half;
            let up = format!("INSERT INTO t SELECT {step}, COUNT(*) FROM t AS before_it;\n");
            scene.project.migration(&format!("{step:04}_step.sql"), up);
        }
        let (one, two) = (migrate(&scene, 4), migrate(&scene, 4));
        let ran = [one.wait(), two.wait()];
        let codes = ran.each_ref().map(|ran| ran.code);
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 4))) && codes.contains(&Some(0)), "{ran:?}");
    }
    let in_order = scene.number("SELECT COUNT(*) FROM t WHERE before_it = step - 1").await;
    assert_eq!(in_order, Some(ROUNDS * 2), "each saw exactly what came before it");
    let events = scene.events().await;
    assert_eq!(most_at_a_time(&events), 1);
    let mut tokens: Vec<i64> = events
        .iter()
        .filter_map(|e| match &e.kind {
            EventKind::LeaseTaken { token, .. } => Some(token.0),
            _ => None,
        })
        .collect();
    let taken = tokens.len();
    tokens.dedup();
    assert_eq!(tokens.len(), taken, "no token was given twice");
    assert!(tokens.is_sorted());
    scene.agree().await;
}

on_every_server!(scenario_5_concurrent_migrations_on_one_table);

/// The loser stands in line in preparing, says behind whom, and goes on by itself.
async fn the_loser_is_blocked_and_goes_on_by_itself(fresh: Fresh) {
    let scene = scene_with(&fresh, 1).await;
    scene.project.migration("0002_a.sql", "INSERT INTO t1 VALUES (7);\n-- needs no dependency: the table is there\n");
    scene.project.migration("0003_b.sql", "-- caribou: conflicts=0004_c\nCREATE TABLE b (id INT);\n");
    scene.project.migration("0004_c.sql", "CREATE TABLE c (id INT);\n");
    // The table is there before, so that the files have no path between them.
    let mut session = scene.session().await;
    session.run("CREATE TABLE t1 (id INT PRIMARY KEY)").await.unwrap();
    session.close().await;
    scene.project.migration("0001_t.sql", "INSERT INTO t1 SELECT id FROM gate WHERE id = 1;\n");
    let gate = Gate::close(&scene, 1).await;
    let running = migrate(&scene, 4);
    let reasons = |events: &[Event]| -> Vec<String> {
        let placed = |e: &Event| match &e.kind {
            EventKind::HoldPlaced { file: Some(_), reason, .. } => Some(reason.clone()),
            _ => None,
        };
        events.iter().filter_map(placed).collect()
    };
    let core = &scene.database.schemas().core;
    let first = format!("after 0001_t.sql: table {core}.t1");
    let both = |events: &[Event]| {
        let said = reasons(events);
        let declared = said.iter().any(|r| r.starts_with("after 0003_b.sql: a declared conflict"));
        (said.contains(&first) && declared).then_some(())
    };
    scene.until("both losers are told", both).await;
    let status = scene.project.run(&["status", "--format", "json"]).exits(0).json();
    let files = status["files"].as_array().expect("files").clone();
    let held = files.iter().find(|f| f["path"] == "0002_a.sql").expect("the file");
    assert_eq!(held["state"], "preparing", "{held}");
    let hold = &held["hold"];
    assert_eq!((&hold["name"], &hold["behind"], &hold["place"]), (&"blocked".into(), &"0001_t.sql".into(), &1.into()));
    let people = scene.project.run(&["status"]).exits(0).stdout;
    assert!(people.contains("0002_a.sql: blocked: in line at place 1, after 0001_t.sql: table "), "{people}");
    // The rows for people say it too, while it lasts.
    let ephemeral = &scene.database.schemas().ephemeral;
    let shown = format!(
        "SELECT COUNT(*) FROM {ephemeral}.locks WHERE lock_owner = '0001_t.sql' AND lock_data_json LIKE '%\"object\":\"table \
         {core}.t1\"%' AND lock_data_json LIKE '%0002_a.sql%'"
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while scene.number(&shown).await != Some(1) {
        assert!(Instant::now() < deadline, "the locks were never shown");
    }
    gate.open().await;
    running.wait().exits(0);
    assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM {ephemeral}.locks")).await, Some(0));
    let events = scene.events().await;
    assert_eq!(starts(&events), ["0001_t.sql", "0002_a.sql", "0003_b.sql", "0004_c.sql"]);
    most_at_a_time(&events);
    assert_eq!(statuses(&scene).await, [FileStatus::Completed; 4]);
    scene.agree().await;
}

on_both_servers!(the_loser_is_blocked_and_goes_on_by_itself);
