//! Support that the stories share: private servers, fresh schemas, native clients, projects, the real binary.
//!
//! A test that is to run on every server is an `async fn story(fresh: Fresh)` listed in [`on_every_server!`]:
//!
//! ```ignore
//! async fn counts(fresh: Fresh) { let database = fresh.database().await; … }
//! on_every_server!(counts);      // sqlite::counts, mariadb::counts, mysql::counts
//! ```
//!
//! A server that cannot be had makes its tests fail. `CARIBOU_TEST_SERVERS=sqlite,mariadb` leaves the others out
//! on purpose; they are then reported as NOT RUN.

pub mod client;
mod emulator;
mod fresh;
pub mod json_schema;
pub mod large;
pub mod packages;
mod project;
mod proxy;
mod pty;
mod running;
mod server;
mod small_disk;
mod snapshot;
pub mod tools;

pub use client::{dump_tool, native_client, native_client_with};
pub use emulator::Page;
pub use fresh::{Fresh, run_text};
pub use project::{Project, Ran, binary};
pub use proxy::Proxy;
pub use pty::{Shot, Terminal};
pub use running::Running;
pub use server::PrivateServer;
pub use small_disk::SmallDisk;
pub use snapshot::{Snapshot, snapshot};

use caribou::database::ServerKind;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;

/// Every server that Caribou works with.
pub const ALL: [ServerKind; 3] = [ServerKind::Sqlite, ServerKind::MariaDb, ServerKind::MySql];

/// The servers to run on: all, or those named in `CARIBOU_TEST_SERVERS`.
pub fn servers() -> Vec<ServerKind> {
    let Ok(wanted) = std::env::var("CARIBOU_TEST_SERVERS") else { return ALL.to_vec() };
    let words: Vec<&str> = wanted.split(',').map(str::trim).collect();
    if let Some(unknown) = words.iter().find(|word| ALL.iter().all(|kind| kind.as_str() != **word)) {
        panic!("CARIBOU_TEST_SERVERS names {unknown:?}; known are sqlite, mariadb, mysql");
    }
    ALL.into_iter().filter(|kind| words.contains(&kind.as_str())).collect()
}

/// True if tests are to run on `kind`; says NOT RUN otherwise.
pub fn is_wanted(kind: ServerKind) -> bool {
    let wanted = servers().contains(&kind);
    if !wanted {
        eprintln!("NOT RUN on {kind}: left out by CARIBOU_TEST_SERVERS");
    }
    wanted
}

/// A program that a proof needs, which comes with a package; `None` if that is left out on purpose
/// (`CARIBOU_TEST_WITHOUT`). Where it is not there, the test fails.
pub fn needed(program: &str, package: &str) -> Option<PathBuf> {
    let left_out = std::env::var("CARIBOU_TEST_WITHOUT").unwrap_or_default();
    if left_out.split(',').any(|word| word.trim() == package) {
        eprintln!("NOT RUN: {program} is left out by CARIBOU_TEST_WITHOUT");
        return None;
    }
    let cached = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let unpacked = cached.map(|cache| cache.join(format!("caribou-{package}/usr/bin")).join(program));
    let places = [Some(PathBuf::from(program)), unpacked];
    let there = |place: &PathBuf| Command::new(place).arg("--version").output().is_ok();
    let found = places.into_iter().flatten().find(there);
    assert!(
        found.is_some(),
        "{program} is not installed: tests/all gets it (Debian's package {package}); CARIBOU_TEST_WITHOUT={package} \
         leaves out on purpose what is proved with it"
    );
    found
}

/// True if the long proofs run; says NOT RUN otherwise. `CARIBOU_PROOF=1` asks for them.
pub fn is_proving(what: &str) -> bool {
    let asked = std::env::var_os("CARIBOU_PROOF").is_some();
    if !asked {
        eprintln!("NOT RUN: {what}; CARIBOU_PROOF=1 asks for it");
    }
    asked
}

/// Starts a program that lives for long. A terminal's descriptors are marked as not to be inherited only after they were
/// opened: what is started in between would keep a terminal open that was hung up.
pub fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let _no_terminal_is_opened = STARTING.lock().expect("no panic while it is held");
    command.spawn()
}

static STARTING: Mutex<()> = Mutex::new(());

/// Runs one story on one server, in a runtime of its own.
pub fn run_on<F: Future<Output = ()>>(kind: ServerKind, story: impl FnOnce(Fresh) -> F) {
    if is_wanted(kind) {
        run(story(Fresh::on(kind)));
    }
}

/// Runs a future to its end, in a runtime of its own.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Makes a test of each named story on each server.
macro_rules! on_every_server {
    ($($story:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::Sqlite, super::$story); })*
        }
        mod mariadb {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::MariaDb, super::$story); })*
        }
        mod mysql {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::MySql, super::$story); })*
        }
    };
}

/// Makes a test of each named story on MariaDB and MySQL.
macro_rules! on_both_servers {
    ($($story:ident),* $(,)?) => {
        mod mariadb_only {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::MariaDb, super::$story); })*
        }
        mod mysql_only {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::MySql, super::$story); })*
        }
    };
}

/// Makes a test of each named story on MariaDB: walks of a person through the console, in which the server is scenery.
macro_rules! on_mariadb {
    ($($story:ident),* $(,)?) => {
        mod on_mariadb {
            $(#[test] fn $story() { $crate::support::run_on(caribou::database::ServerKind::MariaDb, super::$story); })*
        }
    };
}

pub(crate) use {on_both_servers, on_every_server, on_mariadb};
