//! The orchestration schemas on every server.

mod commands;
mod install;
mod journal;
mod large;
mod lease;
pub mod legacy;
mod property;
mod purge;
mod world;

use crate::support::Fresh;
use caribou::database::{Purpose, Session};
use caribou::model::*;
use caribou::store::{Acquired, Journal, Lease, Store};
use std::time::Duration;

/// Long enough for any story.
const TTL: Duration = Duration::from_secs(600);

/// An installed store.
async fn installed(fresh: &Fresh) -> Store {
    let store = Store::new(fresh.database().await);
    store.install().await.expect("it can be installed");
    store
}

async fn control(store: &Store) -> Box<dyn Session> {
    store.database().open(Purpose::Control).await.expect("a session")
}

/// Takes the lease, which must be free.
async fn leased(store: &Store, ttl: Duration) -> Lease {
    let mut session = control(store).await;
    match Lease::acquire(store, session.as_mut(), "worker@here:1", 7, "server", ttl).await.expect("an answer") {
        Acquired::Held(lease) => lease,
        busy => panic!("the lease is not free: {busy:?}"),
    }
}

/// A journal under a lease of its own.
async fn journal(store: &Store) -> Journal {
    let lease = leased(store, TTL).await;
    Journal::open(store, &lease).await.expect("a journal")
}

/// Decides and appends.
fn give(journal: &mut Journal, input: Input) {
    let drafts = decide(journal.world(), input).expect("the input fits the world");
    journal.append(drafts);
}

/// A plan of so many module files with two statements each; each depends on the one before.
fn submission(files: usize) -> Submission {
    let planned = |n: usize| PlannedFile {
        path: format!("{:06}_file.sql", n + 1),
        file_type: FileType::Module,
        hash: Checksum(format!("{n:064x}")),
        canonical: Checksum(format!("1:{n:x}")),
        source: Checksum(format!("s{n}")),
        epoch_from: Epoch(n as i64),
        epoch_to: Epoch(n as i64 + 1),
        wave: 0,
        again: None,
        statements: 2,
        undo_statements: Some(2),
        coverage: Default::default(),
        requires: n
            .checked_sub(1)
            .map(|on| Requirement {
                on: On::Planned(on),
                path: format!("{n:06}_file.sql"),
                kind: DependencyType::Required,
                description: "größer — “declared” 🦌".into(),
            })
            .into_iter()
            .collect(),
        locks: Some(vec![ObjectLock {
            object: format!("table t{n}").into(),
            mode: LockMode::Exclusive,
            changes: None,
        }]),
        expected: None,
        findings: Vec::new(),
    };
    Submission {
        name: "story".into(),
        epoch_from: Epoch(0),
        epoch_to: Epoch(files as i64),
        plan: Checksum("plan".into()),
        files: (0..files).map(planned).collect(),
        ..Submission::default()
    }
}

fn submitted(files: usize) -> Input {
    Input::Submitted { submission: Box::new(submission(files)), operator: "ana@localhost".into(), command: None }
}
