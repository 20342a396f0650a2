//! Everything that can end a worker, at seeded moments, on every server: afterwards the journal is the truth, and nothing
//! has run twice.
//!
//! `CARIBOU_CRASH_ROUNDS` says how many rounds each server takes, `CARIBOU_CRASH_SEED` where the seeds begin,
//! `CARIBOU_CRASH_BLOWS` how many blows a round has at the most: with more than usual they come sooner one after another.

use super::blows::{Blow, Hit, Moment};
use super::{Scene, files};
use crate::support::{Fresh, PrivateServer, Proxy, Running, SmallDisk, is_wanted, run};
use caribou::database::ServerKind;
use caribou::model::Event;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of rounds that run at a time on a shared server (`CARIBOU_CRASH_AT_ONCE`): most of the time goes by waiting
/// for a dead worker's lease to end.
const AT_ONCE: u64 = 4;

/// The length of a lease, in milliseconds.
const LEASE: u64 = 1_000;

/// Number of blows that a round has, one less at the most; and the number of files told to be completed before which
/// the next one comes.
const BLOWS: usize = 10;
const FILES: usize = 8;

/// Counts of what has happened so far.
#[derive(Default)]
pub(super) struct Totals {
    hits: BTreeMap<&'static str, u32>,
    ends: BTreeMap<String, u32>,
    wrong: Vec<u64>,
}

impl Totals {
    fn report(&self, what: &str, rounds: u64) {
        let list = |counts: Vec<String>| counts.join(", ");
        let hits = list(self.hits.iter().map(|(blow, n)| format!("{n} {blow}")).collect());
        let ends = list(self.ends.iter().map(|(end, n)| format!("{n} {end}")).collect());
        let kills: u32 = self.hits.iter().filter(|(blow, _)| blow.contains("kill -9")).map(|(_, n)| n).sum();
        eprintln!(
            "{what}: {rounds} rounds, {kills} kills; hit: {hits}; files in the end: {ends}; {} wrong",
            self.wrong.len()
        );
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// Rounds of seeds, several at a time; a wrong one is kept until the end, and then fails with its seed.
fn rounds(what: &str, count: u64, at_once: u64, round: impl Fn(u64) -> Seen + Sync) {
    let next = AtomicU64::new(number("CARIBOU_CRASH_SEED", 1));
    let last = next.load(Ordering::Relaxed) + count;
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last {
                        return;
                    }
                    let seen = catch_unwind(AssertUnwindSafe(|| round(seed)));
                    let mut totals = totals.lock().expect("no panic while it is held");
                    match seen {
                        Ok(seen) => {
                            seen.hits.into_iter().for_each(|blow| *totals.hits.entry(blow).or_default() += 1);
                            seen.ends.into_iter().for_each(|end| *totals.ends.entry(end).or_default() += 1);
                        }
                        Err(_) => {
                            eprintln!("{what}: seed {seed} is wrong");
                            totals.wrong.push(seed);
                        }
                    }
                }
            });
        }
    });
    let totals = totals.into_inner().expect("no panic while it was held");
    totals.report(what, count);
    assert!(totals.wrong.is_empty(), "{what}: wrong with the seeds {:?}", totals.wrong);
}

/// Observations of a round.
struct Seen {
    hits: Vec<&'static str>,
    ends: Vec<String>,
}

/// One round: blows at random moments, then runs in peace until nothing moves, then a look.
async fn round(fresh: &Fresh, server: Option<&Mutex<Own>>, blows: &[Blow], seed: u64) -> Seen {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut scene = Scene::new(fresh).await;
    files::write(&scene);
    let proxy = fresh.port().map(Proxy::before);
    let mut hits = Vec::new();
    let most = usize::try_from(number("CARIBOU_CRASH_BLOWS", 0)).expect("a number of blows").max(BLOWS);
    let files = if most > BLOWS { FILES / 2 } else { FILES };
    for _ in 0..random.usize(2..most) {
        let blow = blows[random.usize(..blows.len())];
        let moment = match random.usize(..files) {
            0 => Moment::Early { ms: random.u64(..LEASE + 300) },
            files => Moment::After { files, ms: random.u64(..30) },
        };
        let hit = Hit { scene: &scene, fresh, proxy: proxy.as_ref(), server, moment, random: random.u32(..) };
        let struck = hit.strike(blow);
        if let Some(server) = server {
            server.lock().expect("no panic while it is held").is_up();
            scene = scene.again(fresh).await;
        }
        match struck {
            Ok(hit) => hits.push(hit),
            // It had ended, and another run has something to do.
            Err(ran) if matches!(ran.code, Some(1 | 4 | 5)) => {}
            Err(_) => break,
        }
    }
    let mut ran = scene.project.run(&["migrate"]);
    for _ in 0..8 {
        if !matches!(ran.code, Some(1 | 4)) {
            break;
        }
        ran = scene.project.run(&["migrate"]);
    }
    if !matches!(ran.code, Some(0 | 2 | 3)) {
        panic!("seed {seed}: it ends with {ran:?}\n{}", journal_of(&scene).await);
    }
    let ends = files::are_as_journalled(&scene, seed).await;
    scene.agree().await;
    Seen { hits, ends }
}

/// Gives what there is to see of a round that went wrong.
async fn journal_of(scene: &Scene) -> String {
    let is_noise = |e: &&Event| {
        matches!(e.kind.name(), "file_planned" | "validation_recorded" | "checks_passed" | "progress_noted")
    };
    let events = scene.events().await;
    let lines = events.iter().filter(|e| !is_noise(e)).map(|e| {
        let text = format!("{} {} {:?}", e.batch, e.seq, e.kind);
        text.chars().take(400).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A server of the matrix's own, on a disk that can be filled where one can be mounted.
pub(super) struct Own {
    pub(super) server: PrivateServer,
    pub(super) disk: Option<SmallDisk>,
}

impl Own {
    fn new(kind: ServerKind) -> Own {
        let disk = SmallDisk::new(700);
        let server = match &disk {
            Some(disk) => PrivateServer::own_below(kind, disk.path(), &["--skip-log-bin"]),
            None => PrivateServer::own(kind, &["--skip-log-bin"]),
        };
        Own { server, disk }
    }

    /// Starts it again when it is down.
    pub(super) fn is_up(&mut self) {
        if !self.server.answers() {
            self.server.restart();
        }
    }
}

/// Worker, connections and lease, on the shared server.
fn workers_are_struck(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    let blows: &[Blow] = match kind {
        ServerKind::Sqlite => &[Blow::KillWorker, Blow::KillWorker, Blow::KillRival, Blow::StopWorker],
        _ => &Blow::ON_WORKERS,
    };
    let (count, at_once) = (number("CARIBOU_CRASH_ROUNDS", 3), number("CARIBOU_CRASH_AT_ONCE", AT_ONCE));
    rounds(&format!("workers on {kind}"), count, at_once, |seed| {
        let fresh = Fresh::on(kind);
        let seen = run(round(&fresh, None, blows, seed));
        fresh.drop_schemas();
        seen
    });
}

/// The server itself and its disk.
fn servers_are_struck(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    let own = Mutex::new(Own::new(kind));
    // MariaDB 10.11 may lose its own redo log when its disk is full, and then does not start again.
    let blows = if kind == ServerKind::MariaDb { &Blow::ON_SERVERS[..3] } else { &Blow::ON_SERVERS[..] };
    let count = number("CARIBOU_CRASH_ROUNDS", 4).div_ceil(4);
    rounds(&format!("server {kind}"), count, 1, |seed| {
        let fresh = Fresh::in_server(&own.lock().expect("no panic while it is held").server);
        let seen = run(round(&fresh, Some(&own), blows, seed));
        fresh.drop_schemas();
        seen
    });
}

#[test]
fn workers_on_sqlite() {
    workers_are_struck(ServerKind::Sqlite);
}

#[test]
fn workers_on_mariadb() {
    workers_are_struck(ServerKind::MariaDb);
}

#[test]
fn workers_on_mysql() {
    workers_are_struck(ServerKind::MySql);
}

#[test]
fn server_mariadb() {
    servers_are_struck(ServerKind::MariaDb);
}

#[test]
fn server_mysql() {
    servers_are_struck(ServerKind::MySql);
}

/// A migration under way, through the proxy where there is one.
pub(super) fn start(scene: &Scene, fresh: &Fresh, proxy: Option<&Proxy>) -> Running {
    let mut command = scene.project.command(&["migrate"]);
    if let Some(proxy) = proxy {
        command.args(["--url", &fresh.url_through(proxy.port)]);
    }
    Running::start(&mut command)
}
