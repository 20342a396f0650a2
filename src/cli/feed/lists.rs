//! Lists that a screen of the console asks for, read from the store.

use super::StoreFeed;
use super::faults::from_store;
use super::opening::is_large;
use super::surroundings::BackupLook;
use crate::cli::checklist::{self, Facts, Item, ItemPhase};
use crate::console::{
    AlertList, CHECK_RESULTS, CheckList, CheckResult, Checklist, ChecklistItem, ChecklistPhase, DECIDED,
    DecidedRollback, FeedError, FeedFault, HISTORY_BATCHES, HistoryList, List, ListRequest, PastBatch, PastFailure,
    PastRollback, Told,
};
use crate::model::{BatchId, Closed, Millis, World, Ymdhis};
use crate::store::{AlertRow, BatchRow, PastEvents, RollbackRow};

impl StoreFeed {
    /// Reads a list.
    pub(super) async fn listed_for(&mut self, wanted: ListRequest) -> Result<List, FeedError> {
        if self.absent {
            return Ok(self.nothing_yet(wanted));
        }
        Ok(match wanted {
            ListRequest::Checks(batch) => List::Checks(self.check_list(batch).await?),
            ListRequest::Alerts => List::Alerts(self.alert_list().await?),
            ListRequest::History => List::History(self.history_list().await?),
            ListRequest::Checklist(batch) => List::Checklist(self.checklist(batch).await?),
            ListRequest::Decided => List::Decided(self.decided_list().await?),
        })
    }

    /// Lists of a schema that is not there yet: they are empty.
    fn nothing_yet(&self, wanted: ListRequest) -> List {
        match wanted {
            ListRequest::Checks(batch) => List::Checks(CheckList { batch, results: Vec::new() }),
            ListRequest::Alerts => {
                List::Alerts(AlertList { contacts: self.surroundings.contacts.clone(), ..AlertList::default() })
            }
            ListRequest::History => List::History(HistoryList::default()),
            ListRequest::Decided => List::Decided(Vec::new()),
            ListRequest::Checklist(batch) => {
                List::Checklist(Checklist { batch, policy: self.surroundings.policy, ..Checklist::default() })
            }
        }
    }

    async fn check_list(&mut self, batch: BatchId) -> Result<CheckList, FeedError> {
        let rows = self.reader().await?.check_results(batch, CHECK_RESULTS).await.map_err(from_store)?;
        let results = rows.into_iter().map(|(row, class)| CheckResult {
            id: row.validation_id,
            file: row.file_id,
            phase: row.phase,
            check: row.check,
            status: row.status,
            class,
            result: row.result,
            ms: row.ms,
            at: stamp(row.created),
        });
        Ok(CheckList { batch, results: results.collect() })
    }

    async fn alert_list(&mut self) -> Result<AlertList, FeedError> {
        let contacts = self.surroundings.contacts.clone();
        let reader = self.reader().await?;
        let alerts = reader.alert_list().await.map_err(from_store)?.iter().map(AlertRow::to_alert).collect();
        let told = reader.timed_deliveries().await.map_err(from_store)?.into_iter().map(|(delivery, at)| Told {
            alert: delivery.alert,
            hook: delivery.hook,
            attempts: delivery.attempts,
            at,
            error: delivery.error,
        });
        Ok(AlertList { alerts, told: told.collect(), contacts })
    }

    async fn history_list(&mut self) -> Result<HistoryList, FeedError> {
        let reader = self.reader().await?;
        let rows = reader.batches(HISTORY_BATCHES).await.map_err(from_store)?;
        let events = reader.past_events(&rows).await.map_err(from_store)?;
        let (longest, most_retried) = (events.longest.clone(), events.most_retried.clone());
        let batches = rows.into_iter().map(|row| past_batch(row, &events)).collect();
        Ok(HistoryList { batches, longest, most_retried })
    }

    async fn decided_list(&mut self) -> Result<Vec<DecidedRollback>, FeedError> {
        let rows = self.reader().await?.decided_rollbacks(DECIDED).await.map_err(from_store)?;
        let decided = |(row, said): (RollbackRow, Option<String>)| DecidedRollback {
            batch: row.batch_id,
            rollback: past_rollback(&row),
            said,
        };
        Ok(rows.into_iter().map(decided).collect())
    }

    async fn checklist(&mut self, id: BatchId) -> Result<Checklist, FeedError> {
        let policy = self.surroundings.policy;
        let hooks = self.surroundings.hooks.clone();
        let reader = self.reader().await?;
        if reader.is_legacy() {
            return Err(FeedError::new(FeedFault::Denied, "a schema of version 4.0.25 has no checklist"));
        }
        // Of very many files the sums are asked for: the screen does not wait until all of them are read.
        let row = reader.batch(id).await.map_err(from_store)?.filter(is_large);
        let sums = match &row {
            Some(row) => reader.sums(row).await.map_err(from_store)?,
            None => None,
        };
        let whole = match &sums {
            Some(_) => World::default(),
            None => reader.world(id).await.map_err(from_store)?.unwrap_or_default(),
        };
        let Some(batch) = sums.as_ref().map_or(&whole, |sums| &sums.world).batch(id) else {
            return Err(FeedError::new(FeedFault::Denied, format!("there is no batch {id}")));
        };
        let look = self.surroundings.backup(&batch.plan).await;
        let reader = self.reader().await?;
        let mut facts = Facts { hooks, ..Facts::default() };
        checklist::of_journal(reader, &mut facts).await.map_err(from_store)?;
        match &sums {
            Some(sums) => checklist::of_sums(reader, batch, sums, &mut facts).await.map_err(from_store)?,
            None => checklist::of_batch(reader, batch, &mut facts).await.map_err(from_store)?,
        }
        let is_pending = matches!(look, BackupLook::Pending);
        if let BackupLook::Known(proof) = look {
            facts.backup = proof;
        }
        let ticks = reader.ticks(&batch.plan).await.map_err(from_store)?;
        let mut items: Vec<ChecklistItem> = checklist::judged(&facts, &ticks)
            .into_iter()
            .map(|item| {
                let ticked = ticks.get(item.item).filter(|_| item.person).map(|tick| (tick.by.clone(), tick.at));
                checklist_item(item, ticked)
            })
            .collect();
        if let Some(item) = items.iter_mut().find(|item| item.key == "backup").filter(|_| is_pending) {
            (item.done, item.evidence) = (None, "backup.command is being asked".to_owned());
        }
        Ok(Checklist { batch: id, plan: batch.plan.clone(), policy, items })
    }
}

fn stamp(at: Ymdhis) -> Millis {
    at.to_millis().unwrap_or_default()
}

fn past_batch(row: BatchRow, events: &PastEvents) -> PastBatch {
    let failure =
        |(_, at, file, failure): &(BatchId, Millis, crate::model::FileId, crate::model::Failure)| PastFailure {
            path: events.paths.get(file).cloned().unwrap_or_else(|| file.to_string()),
            category: failure.category,
            what: failure.to_string(),
            at: *at,
        };
    PastBatch {
        id: row.batch_id,
        status: row.status,
        epoch_from: row.epoch_from,
        epoch_to: row.epoch_to,
        total_files: row.total_files,
        completed_files: row.processed_files,
        undone_files: events.undone.get(&row.batch_id).copied().unwrap_or_default(),
        started_at: row.started.to_millis(),
        completed_at: row.completed.to_millis(),
        ran_until: events.run_ends.get(&row.batch_id).copied(),
        by: row.properties.get("started_by").and_then(|by| by.as_str()).map(str::to_owned),
        rollbacks: events.rollbacks.iter().filter(|r| r.batch_id == row.batch_id).map(past_rollback).collect(),
        failures: events.failures.iter().filter(|(batch, ..)| *batch == row.batch_id).map(failure).collect(),
        name: row.name,
    }
}

fn past_rollback(row: &RollbackRow) -> PastRollback {
    let text = |key: &str| row.properties.get(key).and_then(|value| value.as_str());
    let closed = [Closed::Rejected, Closed::Kept, Closed::Escalated];
    PastRollback {
        id: row.rollback_id,
        class: row.class,
        reason: row.reason.clone(),
        status: row.status,
        closed: text("decision").and_then(|word| closed.into_iter().find(|closed| closed.as_str() == word)),
        decided_by: text("decided_by").map(str::to_owned),
        ms: row.ms,
        at: stamp(row.updated),
    }
}

fn checklist_item(item: Item, ticked: Option<(String, Millis)>) -> ChecklistItem {
    ChecklistItem {
        phase: match item.phase {
            ItemPhase::Pre => ChecklistPhase::Before,
            ItemPhase::During => ChecklistPhase::During,
            ItemPhase::Post => ChecklistPhase::After,
        },
        key: item.item,
        title: item.title,
        is_of_person: item.person,
        done: item.done,
        evidence: item.evidence,
        ticked,
    }
}
