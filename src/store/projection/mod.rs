//! The eight tables as projections of the journal: what an event changes in them, row by row.

mod changed;
mod row;
mod rows;
mod table;

pub(crate) use changed::Changed;
pub(crate) use row::{Cell, Row, Tables};
pub(crate) use rows::rows;
pub(crate) use table::{ColumnKind, Table};

#[cfg(test)]
use crate::model::{Event, World};

/// The tables as a replay of these events, from the first on, leaves them.
#[cfg(test)]
pub(crate) fn replay(events: &[Event]) -> Tables {
    let (mut world, mut tables) = (World::default(), Tables::default());
    for event in events {
        let changes = world.apply(event);
        tables.put(rows(&world, event, &changes));
    }
    tables
}
