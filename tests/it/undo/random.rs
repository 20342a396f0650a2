//! Files made at random, with transactions, savepoints and definitions among the rows: each fails in the end, and everything
//! is as before. The seed is printed; `CARIBOU_TEST_SEED` chooses it, `CARIBOU_TEST_ROUNDS` how many files.

use super::{Picture, picture};
use crate::support::{Fresh, Project, on_every_server};
use caribou::database::ServerKind;
use fastrand::Rng;

const TABLES: &[&str] = &["people", "log", "pairs", "child"];

fn start(kind: ServerKind) -> String {
    let counted = match kind {
        ServerKind::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        ServerKind::MariaDb | ServerKind::MySql => "INT PRIMARY KEY AUTO_INCREMENT",
    };
    format!(
        "CREATE TABLE people (id INT NOT NULL PRIMARY KEY, name VARCHAR(40) UNIQUE, n INT);\n\
         INSERT INTO people VALUES (1, 'Ada', 1), (2, 'Bob', NULL), (3, 'Eve', 3), (4, NULL, 4), (5, NULL, 5);\n\
         CREATE TABLE log (id {counted}, n INT, note VARCHAR(20));\n\
         INSERT INTO log (n, note) VALUES (1, 'a'), (2, NULL), (3, 'c');\n\
         CREATE TABLE pairs (a INT NOT NULL, b VARCHAR(9) NOT NULL, n INT, PRIMARY KEY (a, b));\n\
         INSERT INTO pairs VALUES (1, 'p', 10), (1, 'q', NULL), (2, 'p', 30);\n\
         CREATE TABLE child (id INT NOT NULL PRIMARY KEY, person INT, FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE);\n\
         INSERT INTO child VALUES (1, 1), (2, 1), (3, 3), (4, NULL);\n"
    )
}

/// One statement, or a few that belong together. Some are refused by the server: then the file fails there.
fn statement(kind: ServerKind, random: &mut Rng) -> String {
    let (id, n) = (random.u32(1..9), random.u32(1..90));
    let upsert = match kind {
        ServerKind::Sqlite => "ON CONFLICT (id) DO UPDATE SET n = 7",
        ServerKind::MariaDb | ServerKind::MySql => "ON DUPLICATE KEY UPDATE n = 7",
    };
    match random.u32(..22) {
        0 => format!("INSERT INTO people VALUES ({}, 'new{n}', {n})", id + 5),
        1 => format!("INSERT INTO people (id, n) VALUES ({}, {n}), ({}, {n})", n + 10, n + 110),
        2 | 3 => format!("INSERT INTO log (n, note) VALUES ({n}, 'x'), ({id}, NULL)"),
        4 | 5 => format!("UPDATE people SET n = {n} WHERE id > {id}"),
        6 => format!("UPDATE people SET name = 'same{n}' WHERE id = {id}"),
        7 => format!("UPDATE people SET name = NULL, n = n + 1 WHERE n < {n}"),
        8 => format!("DELETE FROM people WHERE id = {id}"),
        9 => format!("REPLACE INTO people VALUES ({id}, 'put{n}', {n})"),
        10 => format!("INSERT INTO people VALUES ({id}, 'up{n}', {n}) {upsert}"),
        11 => format!("UPDATE pairs SET n = {n} WHERE a = {}", random.u32(1..3)),
        12 => format!("DELETE FROM pairs WHERE n > {n}"),
        13 => format!("INSERT INTO pairs SELECT a + {n}, b, n FROM pairs"),
        14 => "DELETE FROM log WHERE n > 1".to_owned(),
        15 => format!("UPDATE log SET note = 'late' WHERE n <= {n}"),
        16 => format!("INSERT INTO child VALUES ({n}, {id})"),
        17 => format!("DELETE FROM child WHERE person = {id}"),
        18 => format!("CREATE TABLE made{n} (id INT PRIMARY KEY);\nINSERT INTO made{n} VALUES ({n})"),
        19 => format!("ALTER TABLE log ADD COLUMN c{n} INT"),
        20 => "ALTER TABLE pairs RENAME COLUMN n TO m;\nALTER TABLE pairs RENAME COLUMN m TO n".to_owned(),
        _ => format!("UPDATE pairs SET b = 'k{n}' WHERE a = 2"),
    }
}

fn file(kind: ServerKind, random: &mut Rng) -> String {
    let mut all = String::new();
    let mut open = false;
    for _ in 0..random.usize(2..9) {
        let next = match (open, random.u32(..10)) {
            (false, 0..3) => {
                open = true;
                "BEGIN".to_owned()
            }
            (true, 0..2) => {
                open = false;
                ["COMMIT", "COMMIT", "ROLLBACK"][random.usize(..3)].to_owned()
            }
            (true, 2) => {
                let within = statement(kind, random);
                format!("SAVEPOINT s;\n{within};\nROLLBACK TO SAVEPOINT s")
            }
            _ => statement(kind, random),
        };
        all.push_str(&next);
        all.push_str(";\n");
    }
    if open {
        all.push_str("COMMIT;\n");
    }
    all
}

/// Counts of how files ended.
#[derive(Default)]
struct Tally {
    undone: u64,
    refused: u64,
}

async fn files_come_back(fresh: Fresh) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let seed = number("CARIBOU_TEST_SEED", 100);
    let rounds = number("CARIBOU_TEST_ROUNDS", if fresh.kind == ServerKind::MySql { 10 } else { 25 });
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_start.sql", start(fresh.kind));
    project.run(&["migrate"]).exits(0);
    let before: Picture = picture(&fresh, TABLES).await;
    let mut tally = Tally::default();
    for seed in seed..seed + rounds {
        let text = file(fresh.kind, &mut Rng::with_seed(seed));
        let again = format!("CARIBOU_TEST_SEED={seed} CARIBOU_TEST_ROUNDS=1 on {}:\n{text}", fresh.kind);
        project.migration("0002_random.sql", format!("{text}{}", super::FAILS));
        let ran = project.run(&["migrate"]);
        match ran.code {
            Some(1) => tally.undone += 1,
            Some(2) if ran.stderr.contains("--accept-irreversible") => tally.refused += 1,
            _ => panic!("{again}{ran:?}"),
        }
        assert_eq!(picture(&fresh, TABLES).await, before, "{again}{ran:?}");
    }
    eprintln!("{}: of {rounds} files {} undone, {} refused", fresh.kind, tally.undone, tally.refused);
    assert!(tally.undone > tally.refused, "most can be undone");
}

/// A rollback script that knows nothing of its file: it does something else, fails half-way or at once, or holds nothing.
fn script(kind: ServerKind, random: &mut Rng) -> String {
    match random.u32(..8) {
        0 => "-- nothing can be done\n".to_owned(),
        1 => super::FAILS.to_owned(),
        2..=4 => format!("{}{}", file(kind, random), super::FAILS),
        _ => file(kind, random),
    }
}

/// Whatever a rollback script does, everything is as before in the end.
async fn scripts_end_as_before(fresh: Fresh) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let seed = number("CARIBOU_TEST_SEED", 500);
    let rounds = number("CARIBOU_TEST_ROUNDS", if fresh.kind == ServerKind::MySql { 10 } else { 20 });
    let project = Project::on(&fresh);
    project.unforeseen();
    project.migration("0001_start.sql", start(fresh.kind));
    project.run(&["migrate"]).exits(0);
    let before: Picture = picture(&fresh, TABLES).await;
    let mut rolled_back = 0;
    for seed in seed..seed + rounds {
        let mut random = Rng::with_seed(seed);
        let (up, down) = (file(fresh.kind, &mut random), script(fresh.kind, &mut random));
        let again = format!("CARIBOU_TEST_SEED={seed} CARIBOU_TEST_ROUNDS=1 on {}:\n{up}---\n{down}", fresh.kind);
        project.migration("0002_random.sql", up).migration("0002_random.rollback.sql", down);
        let ran = project.run(&["migrate"]);
        match ran.code {
            Some(0) => {
                let back = project.run(&["rollback", "--class", "A", "--reason", "at random", "--yes"]);
                assert_eq!(back.code, Some(0), "{again}{back:?}{:?}", project.run(&["events"]));
                rolled_back += 1;
            }
            // A statement was refused by the server.
            Some(1) => {}
            _ => panic!("{again}{ran:?}"),
        }
        assert_eq!(picture(&fresh, TABLES).await, before, "{again}{ran:?}");
    }
    eprintln!("{}: of {rounds} files {rolled_back} completed and were rolled back", fresh.kind);
    assert!(rolled_back * 3 > rounds, "enough of them complete");
}

on_every_server!(files_come_back, scripts_end_as_before);
