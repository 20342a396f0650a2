//! Time after kill -9 of a worker until the next one holds its lease: the moment stands in the journal, on the
//! database's clock. The lease lasts its usual ten seconds.
//!
//!     cargo bench --bench takeover                    seven times on every database
//!     cargo bench --bench takeover -- --runs 3 --on sqlite

mod common;

use caribou::database::{Purpose, ServerKind};
use caribou::model::{BatchId, EventKind, Millis, Seq};
use caribou::store::{Reader, Store};
use common::support::{Fresh, Project, Running, run};
use common::{arguments, flag, median, milliseconds, table, verdict};
use std::time::Duration;

fn main() {
    let words = arguments();
    let runs = flag(&words, "--runs").map_or(7, |text| text.parse().expect("a number"));
    let on = flag(&words, "--on");
    let mut rows = Vec::new();
    for kind in [ServerKind::MariaDb, ServerKind::MySql, ServerKind::Sqlite] {
        if on.as_deref().is_some_and(|on| !on.split(',').any(|k| k == kind.as_str())) {
            continue;
        }
        let taken: Vec<f64> = (0..runs).map(|_| run(takeover(kind))).collect();
        let (least, most) =
            (taken.iter().copied().fold(f64::INFINITY, f64::min), taken.iter().copied().fold(0.0, f64::max));
        let range = format!("{least:.0} … {most:.0} ms");
        rows.push(vec![
            kind.to_string(),
            format!("{:.0}", median(&taken)),
            range,
            "≤ 1000 ms".into(),
            verdict(median(&taken), 1000.0),
        ]);
    }
    table(&["database", "ms from kill to lease", "from … to", "bar", ""], &rows);
}

async fn takeover(kind: ServerKind) -> f64 {
    let fresh = Fresh::on(kind);
    let project = Project::on(&fresh);
    project.run(&["schema", "install"]).exits(0);
    let store = Store::new(fresh.database().await);
    let mut worker = Running::start(&mut project.command(&["worker"]));
    taken(&store, 1).await;
    let mut session = store.database().open(Purpose::Control).await.expect("a session");
    let killed = caribou::database::server_clock(session.as_mut()).await.expect("the clock");
    worker.kill();
    project.migration("0001_t.sql", "CREATE TABLE t (id INT);\n");
    project.run(&["migrate"]).exits(0);
    session.close().await;
    milliseconds(Duration::from_millis(taken(&store, 2).await.since(Millis(killed))))
}

/// Waits until the lease was taken for the n-th time; gives that time.
async fn taken(store: &Store, times: usize) -> Millis {
    loop {
        let mut reader = Reader::open(store).await.expect("a reader");
        let events = reader.events(BatchId::SYSTEM, Seq(0), 1_000).await.expect("events");
        reader.close().await;
        let mut taken = events.iter().filter(|e| matches!(e.kind, EventKind::LeaseTaken { .. }));
        if let Some(event) = taken.nth(times - 1) {
            return event.at;
        }
        // Another process writes it, and gives no other sign.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
