//! A run that is to be undone.

use super::history::DefinitionHistory;
use crate::model::Effect;
use crate::sql::{Dialect, Statement};

/// The statements of a run, what became of them, and what the journal saw around them.
pub struct ForwardRun<'a> {
    pub forward: &'a [Statement],
    /// The outcome of each statement that ended, in order.
    pub effects: &'a [Effect],
    pub history: &'a DefinitionHistory,
    pub dialect: Dialect,
}
