//! Options of a plan, from the operator and the configuration.

use crate::model::{Epoch, Policy};
use crate::sql::{Dialect, Globals, Language, Relation};

/// Everything that a plan depends on beside files and history.
#[derive(Debug, Clone)]
pub struct Options {
    /// Dialect by whose rules the files are read.
    pub dialect: Dialect,
    /// Settings with which a session of the server begins.
    pub globals: Globals,
    /// Handed through to the batch.
    pub policy: Policy,
    /// Today, `YYYY-MM-DD`, for the batch's name.
    pub date: String,
    /// The epoch that the system is at.
    pub epoch: Epoch,
    /// Plan up to this file (a path, a name or a version): those before it in the order, and what it needs.
    pub target: Option<String>,
    /// The batch's name, where the manifest gives one.
    pub name: Option<String>,
    /// The epoch that the manifest expects the system to be at.
    pub epoch_from: Option<Epoch>,
    /// The epoch that the manifest leads to.
    pub epoch_to: Option<Epoch>,
    /// The core schema, so that `core.t` and `t` are known to be the same.
    pub core: Option<String>,
    /// Schemas that no file may name: those that the orchestrator works in.
    pub reserved: Vec<String>,
    /// Refuse statements that nothing undoes.
    pub require_undo: bool,
    /// Objects of core that stand on others now, as the database says.
    pub relations: Vec<Relation>,
    /// Take a file with the statements of one that has run and is gone for that one. Other tools know a file by its name
    /// alone.
    pub may_be_renamed: bool,
    /// Plan the squashes that count as having run, to record them.
    pub records_squashes: bool,
}

impl Options {
    /// A plan for a system at epoch 0, with nothing configured.
    pub fn new(dialect: Dialect, date: impl Into<String>) -> Options {
        Options {
            dialect,
            globals: Globals::default(),
            policy: Policy::default(),
            date: date.into(),
            epoch: Epoch(0),
            target: None,
            name: None,
            epoch_from: None,
            epoch_to: None,
            core: None,
            reserved: Vec::new(),
            require_undo: false,
            relations: Vec::new(),
            may_be_renamed: true,
            records_squashes: false,
        }
    }

    /// Language in which the scripts of a file are read.
    pub(super) fn language(&self, up: &str) -> Language {
        Language::new(self.dialect, &self.globals).with(&self.policy.session).for_file(up)
    }
}
