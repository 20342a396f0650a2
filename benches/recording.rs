//! A recording of a million events: bytes an event, time to open it and to seek in it.
//!
//!     cargo bench --bench recording
//!     cargo bench --bench recording -- --events 100000

mod common;

use caribou::model::{
    BatchId, Checksum, Epoch, Event, EventKind, FileId, FileType, Millis, Phase, Policy, Seq, UndoCoverage, World,
};
use caribou::recording::{Facts, Order, Parts, Player, Recording, Speed, write};
use common::{arguments, flag, median, milliseconds, table, verdict};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

const FILES: u64 = 1_000;
const BATCH: BatchId = BatchId(1);

fn main() {
    let words = arguments();
    let events = flag(&words, "--events").map_or(1_000_000, |text| text.parse().expect("a number"));
    let parts = Parts { facts: Facts::default(), begin: World::default(), events: journal(events), ..Parts::default() };
    let begun = Instant::now();
    let bytes = write(&parts).expect("a recording");
    let written = begun.elapsed();
    let each = bytes.len() as f64 / parts.events.len() as f64;

    let begun = Instant::now();
    let recording = Recording::open(bytes).expect("it can be opened");
    let mut player = Player::new(recording, None, Speed::default(), Default::default()).expect("it plays");
    let opened = milliseconds(begun.elapsed());

    let (begin, end) = (parts.events[0].at, parts.events[parts.events.len() - 1].at);
    let seeks: Vec<f64> = (0..50u64)
        .map(|n| {
            let at = begin.plus(end.since(begin) / 100 * (n * 37 % 100));
            let begun = Instant::now();
            player.obey(&Order::Seek(at)).expect("it seeks");
            milliseconds(begun.elapsed())
        })
        .collect();
    let row = |what: &str, value: f64, bar: f64, unit: &str| {
        vec![what.to_owned(), format!("{value:.1} {unit}"), format!("≤ {bar} {unit}"), verdict(value, bar)]
    };
    println!("{} events, written in {:.1} s", parts.events.len(), Duration::as_secs_f64(&written));
    table(
        &["recording", "measured", "bar", ""],
        &[
            row("size of an event", each, 12.0, "bytes"),
            row("open", opened, 1_000.0, "ms"),
            row("seek, median", median(&seeks), 50.0, "ms"),
            row("seek, slowest", seeks.iter().copied().fold(0.0, f64::max), 50.0, "ms"),
        ],
    );
}

fn sha(text: &str) -> Checksum {
    Checksum(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Files one after the other, each with as many statements as it takes.
fn journal(count: usize) -> Vec<Event> {
    let mut at = Millis(1_768_471_445_000);
    let mut events = Vec::with_capacity(count);
    let mut give = |kind: EventKind, ms: u64, events: &mut Vec<Event>| {
        at = at.plus(ms);
        events.push(Event { batch: BATCH, seq: Seq(events.len() as i64 + 1), at, operator: None, kind });
    };
    let created = EventKind::BatchCreated {
        name: "measured".into(),
        epoch_from: Epoch(0),
        epoch_to: Epoch(1),
        total_files: FILES as u32,
        plan: sha("plan"),
        policy: Policy::default(),
        compensates: None,
    };
    give(created, 0, &mut events);
    let statements = count as u64 / FILES / 2;
    for n in 0..FILES {
        give(planned(n, statements), 0, &mut events);
    }
    give(EventKind::BatchStarted, 3, &mut events);
    for n in 0..FILES {
        for statement in 0..statements as u32 {
            let (file, phase) = (FileId(n as i64 + 1), Phase::Forward);
            let started = EventKind::StatementStarted {
                file,
                statement,
                phase,
                hash: sha(&format!("{n} {statement}")),
                line: statement * 2 + 1,
                fingerprint: format!("1:{}", &sha(&format!("f{n}")).0[..16]),
                connection: 31,
                kept: Vec::new(),
                shares: false,
                found: Vec::new(),
                runs: None,
            };
            give(started, 2, &mut events);
            let finished = EventKind::StatementFinished {
                file,
                statement,
                phase,
                rows: 1,
                ms: 7 + u64::from(statement % 5),
                warnings: Vec::new(),
                fingerprint: format!("1:{}", &sha(&format!("f{n}")).0[..16]),
                definitions: Vec::new(),
                kept: Vec::new(),
            };
            give(finished, 7, &mut events);
        }
    }
    events
}

fn planned(n: u64, statements: u64) -> EventKind {
    EventKind::FilePlanned {
        file: FileId(n as i64 + 1),
        path: format!("migrations/{n:05}_measured.sql"),
        file_type: FileType::Doctrine,
        hash: sha(&format!("hash {n}")),
        canonical: sha(&format!("canonical {n}")),
        source: sha(&format!("source {n}")),
        epoch_from: Epoch(n as i64),
        epoch_to: Epoch(n as i64 + 1),
        sort_order: n as u32,
        wave: 1,
        statements: statements as u32,
        undo_statements: None,
        coverage: UndoCoverage::default(),
        depends_on: Vec::new(),
        locks: None,
        expected: None,
        findings: Vec::new(),
    }
}
