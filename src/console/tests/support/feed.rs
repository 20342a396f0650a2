//! What the feed says of a ledger.

use super::ledgers::BATCH;
use crate::console::feed::{Account, Attached, Opened, Server, Update, Watcher, Worker};
use crate::console::state::message::Now;
use crate::model::testing::Ledger;
use crate::model::{Event, Millis, RollbackId};

/// Report of a feed that attaches.
pub fn attached(ledger: &Ledger) -> Attached {
    Attached {
        server: Server {
            label: "prod-db1".into(),
            kind: "mariadb".into(),
            version: "10.11.19".into(),
            core: "lupopedia".into(),
            environment: "staging".into(),
        },
        account: Account {
            name: "ana@10.%".into(),
            os_user: Some("ana".into()),
            may_command: true,
            missing_grant: None,
            may_decide: true,
            untold: false,
        },
        read_only: None,
        opened: ledger.world.batch(BATCH).map(|_| Opened {
            batch: BATCH,
            world: ledger.world.clone(),
            recent: of_batch(&ledger.events),
            part: None,
        }),
        replay: None,
    }
}

fn of_batch(events: &[Event]) -> Vec<Event> {
    events.iter().filter(|e| e.batch == BATCH).cloned().collect()
}

/// News without events, two seconds after the last one.
pub fn news(ledger: &Ledger) -> Update {
    let last = ledger.events.last().map_or(0, |e| e.at.0);
    Update {
        worker: Some(Worker { holder: "worker@web1:4242".into(), alive: true, age_ms: 400 }),
        clock: Millis(last + 2_000),
        round_trip_us: 700,
        ..Update::default()
    }
}

/// Another console, and the rollback that it has open.
pub fn watcher(account: &str, rollback: Option<RollbackId>) -> Watcher {
    Watcher { account: account.into(), rollback }
}

/// A worker whose lease has run out.
pub fn vanished() -> Worker {
    Worker { holder: "worker@web1:4242".into(), alive: false, age_ms: 48_000 }
}

/// The moment of the tests: a second after the start, on a machine whose clock is right.
pub fn at(ledger: &Ledger, mono: u64) -> Now {
    let last = ledger.events.last().map_or(0, |e| e.at.0);
    Now { mono, wall: Millis(last + 1_000 + mono as i64) }
}
