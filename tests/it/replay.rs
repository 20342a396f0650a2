//! Recordings, through the real binary: made from a database, played without it.

use crate::support::{Fresh, Project, Terminal, on_every_server};
use caribou::model::{BatchId, BatchStatus, World};
use caribou::recording::{DamageKind, Recording};
use caribou::store::{Reader, Store};
use serde_json::Value;
use std::path::{Path, PathBuf};

const SECRET: &str = "k.berg@example.org";

/// A project whose second batch fails and is undone.
fn failing(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.migration("1_people.sql", "CREATE TABLE people (id INT PRIMARY KEY, mail VARCHAR(40));\n");
    project.run(&["migrate"]).exits(0);
    let insert = format!("INSERT INTO people VALUES (471147, '{SECRET}');\n");
    project
        .migration("2_rows.sql", &insert)
        .migration("2_rows.rollback.sql", "DELETE FROM people WHERE id = 471147;\n")
        .migration("3_again.sql", format!("-- caribou: requires=2_rows\n-- for {SECRET}\n{insert}"));
    project.run(&["migrate"]).exits(1);
    project
}

fn open(path: &Path) -> Recording {
    Recording::open(std::fs::read(path).expect("a file")).expect("a recording")
}

async fn what_is_recorded_ends_as_the_journal_says(fresh: Fresh) {
    let project = failing(&fresh);
    let said = project.run(&["record", "2", "--output", "b.caribou", "--format", "json"]).exits(0).json();
    assert_eq!((&said["batch"], &said["batch_ended"]), (&2.into(), &true.into()), "{said}");
    let mut recording = open(&project.path("b.caribou"));
    let played = recording.world_after(recording.events()).expect("the end");
    let store = Store::new(fresh.database().await);
    let mut reader = Reader::open(&store).await.expect("a reader");
    let world = reader.world(BatchId(2)).await.expect("a journal").expect("a batch");
    assert_eq!(played.batch(BatchId(2)), world.batch(BatchId(2)));
    let file = world.batch(BatchId(2)).and_then(|batch| batch.files.values().next()).expect("a file");
    let text = recording.source(&file.source).expect("a text").expect("the text is in it");
    assert!(text.up.contains(SECRET), "{text:?}");
    reader.close().await;

    let events = |arguments: &[&str]| -> Vec<Value> {
        let told = project.run(arguments).exits(0).stdout;
        told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let journal = events(&["events", "2", "--format", "json"]);
    for from in [vec!["b.caribou"], vec!["--batch", "2"]] {
        let played = events(&[&["replay"], &from[..], &["--headless", "--format", "json"]].concat());
        let own = played.iter().filter(|event| event["batch"] == 2);
        let seqs: Vec<&Value> = own.map(|event| &event["seq"]).collect();
        assert_eq!(seqs, journal.iter().map(|event| &event["seq"]).collect::<Vec<_>>());
        assert!(played.iter().any(|event| event["matters"] == "failed"), "{played:?}");
    }
    assert!(project.run(&["record", "77", "-o", "x"]).exits(2).stderr.contains("no batch 77"));
    let nowhere = project.run(&["record", "--newest", "-o", "no/such/x"]).exits(1).stderr;
    assert!(nowhere.contains("cannot write no/such/x"), "{nowhere}");
}

async fn a_redacted_recording_names_nobody(fresh: Fresh) {
    let project = failing(&fresh);
    project.run(&["record", "--newest", "--redact", "--output", "r.caribou"]).exits(0);
    let lines = project.run(&["replay", "r.caribou", "--headless", "--format", "json"]).exits(0).stdout;
    let mut recording = open(&project.path("r.caribou"));
    assert!(recording.facts().redacted);
    let texts: Vec<String> = recording
        .sources()
        .cloned()
        .collect::<Vec<_>>()
        .iter()
        .map(|key| format!("{:?}", recording.source(key).expect("a text")))
        .collect();
    let begin = serde_json::to_string(&recording.world_after(0).expect("the beginning")).expect("JSON");
    let facts = format!("{:?}", recording.facts());
    let database = fresh.database().await;
    let account = database.account().split('@').next().unwrap_or_default().to_owned();
    let host = nix::unistd::gethostname().expect("a name").to_string_lossy().into_owned();
    for all in texts.iter().chain([&lines, &begin, &facts]) {
        for secret in [SECRET, "471147", host.as_str(), database.label().as_str()] {
            assert!(!all.contains(secret), "{secret:?} is in {all}");
        }
        assert!(!all.contains(&format!("\"operator\":\"{account}")), "{account:?} is in {all}");
    }
    assert!(lines.contains("people") && lines.contains("user-1"), "{lines}");
}

on_every_server!(what_is_recorded_ends_as_the_journal_says, a_redacted_recording_names_nobody);

/// The recordings that ship, and how each ends.
const SHIPPED: [(&str, BatchStatus); 2] =
    [("class-a-undone.caribou", BatchStatus::RolledBack), ("class-b-decision.caribou", BatchStatus::Completed)];

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recordings").join(name)
}

#[test]
fn the_shipped_recordings_play_to_the_end_that_they_had() {
    for (name, status) in SHIPPED {
        let mut recording = open(&shipped(name));
        assert_eq!((recording.damage(), recording.facts().batch_ended), (None, true), "{name}");
        let all = recording.events();
        let batch = recording.facts().batch;
        let mut world: World = recording.world_after(0).expect("the beginning");
        for event in recording.read(0..all).expect("the events") {
            world.apply(&event);
        }
        let ended = world.batch(batch).expect("its batch");
        assert_eq!((ended.status, ended.active.len()), (status, 0), "{name}");
        assert_eq!(recording.world_after(all).expect("the end"), world, "{name}");
        let decided = recording.matters().iter().any(|matter| matter.words == "approved" || matter.words == "undone");
        assert!(decided, "{name}: {:?}", recording.matters());
    }
}

#[test]
fn a_cut_file_plays_up_to_the_cut_and_says_so() {
    let project = Project::empty();
    let whole = std::fs::read(shipped(SHIPPED[0].0)).expect("a recording");
    // The index and all behind the events is gone.
    let cut = whole.len() - whole.len() / 8;
    project.write("cut.caribou", &whole[..cut]);
    let ran = project.run(&["replay", "cut.caribou", "--headless"]).exits(1);
    assert!(ran.stderr.contains("cut at byte"), "{ran:?}");
    let recording = Recording::open(whole[..cut].to_vec()).expect("a recording");
    assert_eq!(recording.damage().map(|damage| damage.kind), Some(DamageKind::Cut));
    let lines = u64::try_from(ran.stdout.lines().count()).expect("a count");
    assert_eq!(lines, recording.events());
    project.write("other", "caribou recording 9\n").write("none", "SELECT 1;\n");
    assert!(project.run(&["replay", "other", "--headless"]).exits(2).stderr.contains("format \"9\""));
    assert!(project.run(&["replay", "none", "--headless"]).exits(2).stderr.contains("no recording"));
    assert!(project.run(&["replay", "not-there"]).exits(2).stderr.contains("cannot replay not-there"));
}

#[test]
fn a_film_of_the_screens_ends_with_the_end() {
    let project = Project::empty();
    let file = shipped(SHIPPED[0].0).display().to_string();
    project.run(&["replay", &file, "--export", "cast", "--output", "film.cast", "--max-gap", "1s"]).exits(0);
    let film = std::fs::read_to_string(project.path("film.cast")).expect("a film");
    let mut lines = film.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let head = lines.next().expect("a head");
    assert_eq!((&head["version"], &head["width"], &head["height"]), (&2.into(), &120.into(), &40.into()));
    let mut screen = vt100::Parser::new(rows(40), rows(120), 0);
    let mut last = 0.0;
    for frame in lines {
        let at = frame[0].as_f64().expect("a time");
        assert!(at >= last && frame[1] == "o", "{frame}");
        last = at;
        screen.process(frame[2].as_str().expect("bytes").as_bytes());
    }
    let text = screen.screen().contents();
    assert!(text.contains("REPLAY") && text.contains("ROLLED BACK"), "{text}");
}

#[test]
fn somebody_plays_a_recording_seeks_in_it_and_leaves() {
    let project = Project::empty();
    let file = shipped(SHIPPED[0].0).display().to_string();
    for (columns, rows) in [(120, 40), (80, 24)] {
        let mut terminal = Terminal::start(&project.on_terminal(&["replay", &file]), columns, rows);
        terminal.wait("the frame", |shot| shot.shows("REPLAY  batch") && shot.shows("event") && !shot.shows("LIVE"));
        terminal.keys(" ");
        terminal.wait_text("‖ 1x");
        terminal.keys("]]");
        terminal.wait_text("RUNNING");
        // What happened cannot be changed.
        terminal.keys("P");
        terminal.wait_text("this is a replay");
        terminal.keys(":seek 99:99\r");
        terminal.wait_text("seek: it is from");
        let recording = open(Path::new(&file));
        let end = recording.span().1.to_utc().format("%H:%M:%S").to_string();
        terminal.keys(&format!(":seek {end}\r"));
        terminal.keys("]]]]]]]]]]]]]]]]]]]]]]]]]");
        let all = recording.events();
        terminal.wait("the end", |shot| shot.shows("ROLLED BACK") && shot.shows(&format!("event {all} of {all}")));
        terminal.keys(":seek 0%\r");
        terminal.wait_gone("ROLLED BACK");
        terminal.keys("2");
        terminal.wait("the files", |shot| shot.shows("0008_pastures.sql"));
        terminal.keys(":q\r");
        assert!(terminal.wait_exit().success());
    }
}

#[test]
fn somebody_answers_a_drill() {
    let project = Project::empty();
    let file = shipped(SHIPPED[1].0).display().to_string();
    let words = ["replay", &file, "--drill", "--trainee", "eva", "--speed", "64", "--max-gap", "1s"];
    let mut terminal = Terminal::start(&project.on_terminal(&words), 120, 40);
    terminal.wait("a question", |shot| shot.shows("What do you do now?") && shot.shows("question 1 of"));
    terminal.keys("a\r");
    terminal.wait_gone("question 1 of");
    terminal.keys(":score\r");
    terminal
        .wait("the sheet", |shot| shot.shows("score sheet") && shot.shows("trainee: eva") && shot.shows("as they did"));
    terminal.keys(":save sheet.md\r");
    terminal.wait_text("saved as sheet.md");
    let saved = std::fs::read_to_string(project.path("sheet.md")).expect("the sheet");
    assert!(saved.contains("Trainee: eva") && saved.contains("| your time |"), "{saved}");
    terminal.keys(":q\r");
    assert!(terminal.wait_exit().success());
}

fn rows(n: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(n).expect("more than none")
}
