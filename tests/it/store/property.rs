//! The rows are the journal: whatever happens to batches, replaying the events gives the rows that stand there.

use super::world::Chance;
use super::{installed, journal};
use crate::support::{Fresh, on_every_server};
use caribou::database::ServerKind;
use caribou::model::*;
use caribou::store::{Journal, Reader, compare, compare_in_parts};

/// Seeds to play. Printed when one fails; `CARIBOU_SEED` plays one alone.
fn seeds(kind: ServerKind) -> Vec<u64> {
    if let Ok(seed) = std::env::var("CARIBOU_SEED") {
        return vec![seed.parse().expect("a number")];
    }
    let many = if kind == ServerKind::Sqlite { 24 } else { 8 };
    (1..=many).collect()
}

async fn rows_are_the_replayed_journal(fresh: Fresh) {
    let store = installed(&fresh).await;
    let mut journal = journal(&store).await;
    let mut reader = Reader::open(&store).await.expect("a reader");
    let mut kinds = std::collections::BTreeSet::new();
    for seed in seeds(fresh.kind) {
        let mut chance = Chance::new(seed);
        for step in 0..160 {
            let Some(drafts) = chance.next(journal.world()) else { continue };
            kinds.extend(drafts.iter().map(|d| d.kind.name()));
            journal.append(drafts);
            if chance.commits() {
                journal.commit().await.unwrap_or_else(|error| panic!("seed {seed}, step {step}: {error}"));
            }
        }
        journal.commit().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    let batches: Vec<BatchId> = journal.world().batches.keys().copied().collect();
    for batch in &batches {
        let found = compare(&mut reader, *batch).await.expect("a comparison");
        assert_eq!(found, [], "batch {batch} of seeds {:?}", seeds(fresh.kind));
        let found = compare_in_parts(&mut reader, *batch, 2).await.expect("a comparison");
        assert_eq!(found, [], "batch {batch} in parts, of seeds {:?}", seeds(fresh.kind));
        let world = reader.world(*batch).await.expect("a world").expect("a batch");
        assert_eq!(world.batch(*batch), journal.world().batch(*batch), "batch {batch}");
    }
    // The sequences reach what matters.
    for kind in ["file_moved", "statement_failed", "undo_verified", "rollback_ended", "alert_raised", "batch_ended"] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
    let mut again = Journal::open(&store, journal.lease()).await.expect("a journal");
    assert_eq!(again.world().ids, journal.world().ids, "keys go on where they were");
    for batch in batches {
        again.load(batch).await.expect("loaded");
    }
    assert_eq!(again.world().batches, journal.world().batches);
}

on_every_server!(rows_are_the_replayed_journal);
