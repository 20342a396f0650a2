//! Sequences of `ALTER TABLE` made at random: each is undone and checked, run again, and in the end all are undone in
//! reverse order. The seed is printed; `CARIBOU_TEST_SEED` chooses it, `CARIBOU_TEST_ROUNDS` how many sequences.

use super::alterations::{Known, alteration};
use super::{capture, undone};
use crate::support::{Fresh, on_every_server};
use caribou::database::{Purpose, ServerKind, Session};
use caribou::sql::ObjectName;
use caribou::undo::inverse::{Inverse, Lost};

/// Alterations in a sequence that the server takes.
const LENGTH: usize = 12;
/// Tries for a sequence: many are refused by the server, and leave nothing behind.
const TRIES: usize = 120;

/// Refusals that are true, and end a sequence: a nullable column of a unique key became NOT NULL; a default was dropped in
/// one statement with another change of its column.
const HONEST: &[&str] = &["an order that the server does not give", "has no default though it can be NULL"];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

fn start(kind: ServerKind) -> &'static [&'static str] {
    match kind {
        ServerKind::Sqlite => &[
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, c1 INT, c2 TEXT, c3 TEXT NOT NULL DEFAULT 'x', CHECK (id > 0))",
            "CREATE INDEX k1 ON t (c1)",
            "INSERT INTO t (id, c1, c2) VALUES (1, 1, 'a'), (2, 2, NULL)",
        ],
        _ => &[
            "CREATE TABLE p (id INT PRIMARY KEY, x INT UNIQUE)",
            "INSERT INTO p VALUES (1, 1), (2, 2)",
            "CREATE TABLE t (id INT PRIMARY KEY, c1 INT, c2 VARCHAR(20), c3 TEXT, c4 INT NOT NULL DEFAULT 1, KEY k1 (c1), UNIQUE KEY k2 (c2), \
             KEY k3 (c1, c2), CONSTRAINT f1 FOREIGN KEY (c4) REFERENCES p (id), CONSTRAINT x1 CHECK (c1 < 100))",
            "INSERT INTO t VALUES (1, 1, 'a', 'b', 1), (2, 2, NULL, 'c', 2)",
        ],
    }
}

async fn sequences_of_alterations_come_back(fresh: Fresh) {
    let seed = number("CARIBOU_TEST_SEED", 100);
    let rounds = number("CARIBOU_TEST_ROUNDS", 4);
    eprintln!("{}: CARIBOU_TEST_SEED={seed} CARIBOU_TEST_ROUNDS={rounds}", fresh.kind);
    let mut taken = 0;
    for round in 0..rounds {
        let mut session = fresh.database().await.open(Purpose::File).await.expect("a file session");
        let mut random = fastrand::Rng::with_seed(seed + round);
        for sql in start(fresh.kind) {
            session.run(sql).await.expect("the start");
        }
        // Half of the sequences on an empty table, where the server refuses less.
        if round % 2 == 0 {
            session.run("DELETE FROM t").await.expect("an empty table");
        }
        let core = fresh.schemas().core.clone();
        taken += sequence(session.as_mut(), &core, &mut random).await.unwrap_or_else(|why| {
            panic!("CARIBOU_TEST_SEED={} CARIBOU_TEST_ROUNDS=1 on {}:\n{why}", seed + round, fresh.kind)
        });
        capture::empty(session.as_mut(), &core).await;
        session.close().await;
    }
    eprintln!("{}: {taken} alterations undone", fresh.kind);
    assert!(taken as u64 >= rounds * 3, "too few alterations were taken by the server: {taken}");
}

/// One sequence; how many alterations it has.
async fn sequence(session: &mut dyn Session, core: &str, random: &mut fastrand::Rng) -> Result<usize, String> {
    let first = capture::definitions(session, core).await;
    let mut done: Vec<Inverse> = Vec::new();
    let mut history = Vec::new();
    let mut known = Known::default();
    for _ in 0..TRIES {
        if done.len() == LENGTH {
            break;
        }
        let before = capture::definitions(session, core).await;
        let mut rows = capture::rows(session, core).await;
        known.look(session, core).await;
        let sql = alteration(&known, session.kind(), random);
        let Ok(derived) = undone::forward(session, &sql).await else { continue };
        history.push(sql.clone());
        let said = |why: String| format!("{}\n{why}", history.join(";\n"));
        if derived.as_ref().is_err_and(|refused| HONEST.iter().any(|words| refused.why.contains(words))) {
            eprintln!("{}: refused after {} alterations: {sql}", session.kind(), done.len());
            return Ok(done.len());
        }
        let inverse = derived.map_err(|refused| said(format!("no inverse: {refused}")))?;
        let has_key = |table: &ObjectName| rows.get(&table.name).into_iter().flatten().all(|r| r.contains_key("id"));
        let unfit = |lost: &Lost| match lost {
            Lost::Values { .. } => true,
            Lost::Column { table, column } => column == "id" || !has_key(table),
            Lost::Rows { .. } => false,
        };
        if inverse.lost.iter().any(unfit) {
            // What the statement made of the values need not fit back, and without `id` none can be put back.
            known.look(session, core).await;
            session.run(&format!("DELETE FROM {}", known.table)).await.expect("no rows");
            rows = capture::rows(session, core).await;
        }
        undone::back(session, &inverse, &rows).await.map_err(said)?;
        undone::same(&before, &capture::definitions(session, core).await, &inverse).map_err(said)?;
        undone::same_rows(&rows, &capture::rows(session, core).await, &inverse).map_err(said)?;
        // Some cannot be done again: what came back without its values may not be unique.
        match undone::forward(session, &sql).await {
            Ok(again) => done.push(again.map_err(|refused| said(format!("no inverse the second time: {refused}")))?),
            Err(_) => {
                history.pop();
            }
        }
    }
    // Values are not put back here, so that what waits for them may not be possible with rows.
    known.look(session, core).await;
    session.run(&format!("DELETE FROM {}", known.table)).await.map_err(|error| error.to_string())?;
    for inverse in done.iter().rev() {
        undone::back(session, inverse, &capture::Rows::new())
            .await
            .map_err(|why| format!("{}\n{why}", history.join(";\n")))?;
    }
    let last = Inverse::default();
    undone::same(&first, &capture::definitions(session, core).await, &last)
        .map_err(|why| format!("{}\n{why}", history.join(";\n")))?;
    Ok(done.len())
}

on_every_server!(sequences_of_alterations_come_back);
