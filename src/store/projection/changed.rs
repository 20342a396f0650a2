//! Batches and files whose rows are to be made: each once, however many events have changed it. A row holds nothing that an
//! event could change without saying that it has, so that it is the same whenever it is made.

use super::row::Row;
use super::rows;
use super::table::Table;
use crate::model::{BatchId, Change, FileId, World};
use std::collections::BTreeSet;

/// What has changed since its row was made.
#[derive(Debug, Default)]
pub(crate) struct Changed(BTreeSet<(BatchId, Option<FileId>)>);

impl Changed {
    /// Notes what an event has changed of a batch; gives back what else it has, whose rows follow from the event itself.
    pub fn note(&mut self, batch: BatchId, mut changes: Vec<Change>) -> Vec<Change> {
        changes.retain(|change| {
            let file = match change {
                Change::Batch => None,
                Change::File(file) => Some(*file),
                _ => return true,
            };
            self.0.insert((batch, file));
            false
        });
        changes
    }

    /// The rows of one of the tables, as they stand in the world, in the order of their keys within a batch.
    pub fn rows<'a>(&'a self, world: &'a World, table: Table) -> impl Iterator<Item = Row> + 'a {
        let of_table = move |(batch, file): &(BatchId, Option<FileId>)| match (table, file) {
            (Table::Batches, None) => rows::batch(world, *batch),
            (Table::Files, Some(file)) => rows::file(world, *batch, *file),
            _ => None,
        };
        self.0.iter().filter_map(of_table)
    }

    /// Forgets it: the rows are made.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
