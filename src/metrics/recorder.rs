//! Events into metrics. It keeps a world of its own, as every follower does.

use super::catalogue::Catalogue;
use crate::model::{Batch, BatchId, Cause, Event, EventKind, FileState, Hold, Phase, World};
use crate::store::{Reader, Store};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Batches among which the open ones are looked for, the newest.
const RECENT: usize = 50;

/// Records until nobody publishes any more.
pub(super) async fn record(store: Store, catalogue: Arc<Catalogue>, mut events: broadcast::Receiver<Event>) {
    let mut recorder = Recorder { world: World::default(), catalogue };
    recorder.catch_up(&store).await;
    loop {
        match events.recv().await {
            Ok(event) => recorder.take(&event),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                recorder.catalogue.missed.inc_by(missed);
                recorder.catch_up(&store).await;
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

struct Recorder {
    world: World,
    catalogue: Arc<Catalogue>,
}

impl Recorder {
    /// Reads the batches that are open: what happened before, or was missed, is in no counter but in every gauge.
    async fn catch_up(&mut self, store: &Store) {
        match open_batches(store).await {
            Ok(Some(world)) => self.world = world,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the open batches cannot be read for the metrics"),
        }
        let open = self.world.batches.values().next_back().map(|batch| batch.id);
        self.show(open);
    }

    fn take(&mut self, event: &Event) {
        if matches!(event.kind, EventKind::BatchCreated { .. }) {
            // What has ended is not looked at again; it would only take memory.
            self.world.batches.retain(|_, batch| !batch.status.is_final());
        }
        self.world.apply(event);
        self.count(event);
        self.show(Some(event.batch));
    }

    /// Counts what has happened.
    fn count(&self, event: &Event) {
        use EventKind::*;
        let catalogue = &self.catalogue;
        match &event.kind {
            FileMoved { to, cause, failure, .. } => {
                match (to, cause) {
                    (FileState::Idle, Cause::Recorded) => catalogue.files_completed.inc(),
                    (FileState::Idle, Cause::Undone) => catalogue.files_undone.inc(),
                    (FileState::Failed, _) => catalogue.files_failed.inc(),
                    _ => {}
                }
                if let Some(failure) = failure {
                    catalogue.errors.with_label_values(&[failure.category.as_str()]).inc();
                }
            }
            StatementFinished { phase, ms, .. } | StatementFailed { phase, ms, .. } => {
                let phase = if *phase == Phase::Undo { "undo" } else { "forward" };
                catalogue.statements.with_label_values(&[phase]).observe(*ms as f64 / 1000.0);
            }
            StatementWaited { .. } => catalogue.waits.inc(),
            ValidationRecorded { .. } | ChecksPassed { .. } => {
                for result in event.kind.validations() {
                    catalogue.validations.with_label_values(&[result.phase.as_str(), result.status.as_str()]).inc();
                }
            }
            RollbackOpened { class, .. } => catalogue.rollbacks.with_label_values(&[class.as_str()]).inc(),
            BatchEnded { status, .. } if status.is_final() => {
                catalogue.batches.with_label_values(&[status.as_str()]).inc();
            }
            _ => {}
        }
    }

    /// Shows how things stand.
    fn show(&self, batch: Option<BatchId>) {
        let catalogue = &self.catalogue;
        catalogue.frozen.set(self.world.system.frozen().is_some().into());
        if let Some(batch) = batch.and_then(|id| self.world.batch(id)) {
            self.show_batch(batch);
        }
    }

    fn show_batch(&self, batch: &Batch) {
        let catalogue = &self.catalogue;
        for state in FileState::ALL {
            catalogue.files.with_label_values(&[state.as_str()]).set(batch.count(state).into());
        }
        catalogue.files_total.set(batch.total_files.into());
        let done = f64::from(batch.processed());
        catalogue.progress.set(if batch.total_files == 0 { 0.0 } else { done / f64::from(batch.total_files) });
        let is_open = !batch.status.is_final();
        let started = batch.started_at.filter(|_| is_open).map_or(0.0, |at| at.0 as f64 / 1000.0);
        catalogue.started.set(started);
        catalogue.expected.set(batch.expected_ms.filter(|_| is_open).map_or(0.0, |ms| ms as f64 / 1000.0));
        for hold in Hold::ALL {
            let is_held = is_open && batch.holds.contains_key(&hold);
            catalogue.holds.with_label_values(&[hold.as_str()]).set(is_held.into());
        }
    }
}

async fn open_batches(store: &Store) -> crate::store::Result<Option<World>> {
    let mut reader = Reader::open(store).await?;
    let mut found: Option<World> = None;
    for row in reader.batches(RECENT).await?.iter().rev().filter(|row| !row.status.is_final()) {
        if let Some(world) = reader.world(row.batch_id).await? {
            match &mut found {
                Some(found) => found.batches.extend(world.batches),
                None => found = Some(world),
            }
        }
    }
    reader.close().await;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    fn recorder() -> Recorder {
        Recorder { world: World::default(), catalogue: Arc::new(Catalogue::new().unwrap()) }
    }

    fn says(recorder: &Recorder, line: &str) {
        let text = recorder.catalogue.text();
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }

    #[test]
    fn events_become_counts_and_states() {
        let (mut recorder, mut ledger) = (recorder(), Ledger::default());
        let plan = submission(&[(FileType::Doctrine, 1, &[]), (FileType::Doctrine, 1, &[])]);
        let submitted = Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None };
        ledger.give(submitted);
        ledger.give(Input::Turn { batch: BatchId(1), file: FileId(1) });
        let failure = Failure::new(Category::Dependency, "nothing there");
        ledger.give(Input::Prepared { batch: BatchId(1), file: FileId(1), result: Err(failure) });
        ledger.events.iter().for_each(|event| recorder.take(event));
        says(&recorder, "caribou_batch_files{state=\"failed\"} 1");
        says(&recorder, "caribou_batch_files{state=\"idle\"} 1");
        says(&recorder, "caribou_errors_total{category=\"dependency\"} 1");
        says(&recorder, "caribou_files_failed_total 1");
        says(&recorder, "caribou_batch_progress_ratio 0");
        ledger.give(Input::Exhausted { batch: BatchId(1) });
        recorder.take(ledger.events.last().unwrap());
        says(&recorder, "caribou_batch_start_time_seconds 0");
    }

    #[test]
    fn every_value_of_a_label_is_there_from_the_start() {
        let recorder = recorder();
        says(&recorder, "caribou_validations_total{phase=\"post\",status=\"failed\"} 0");
        says(&recorder, "caribou_statement_duration_seconds_count{phase=\"undo\"} 0");
        says(&recorder, "caribou_windows_open{left=\"1h\"} 0");
        says(&recorder, "caribou_batches_total{status=\"rolled_back\"} 0");
    }
}
