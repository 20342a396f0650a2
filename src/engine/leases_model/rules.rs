//! Rules of an exploration: what holds in it, and how far it goes.

use crate::model::{BatchId, Verb};

pub(super) const BATCH: BatchId = BatchId(1);

/// Rules of a world that is explored. Switching one off must lead to something wrong, or the model proves nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// A commit checks the token.
    pub(super) fence: bool,
    /// A worker that takes over ends what is left on the server before it looks.
    pub(super) barrier: bool,
    /// The file's checks open a decision window, about which somebody decides.
    pub(super) window: bool,
    /// Requests of an operator.
    pub(super) commands: &'static [fn() -> Verb],
    pub(super) statements: u32,
    pub(super) starts: u8,
    pub(super) crashes: u8,
    pub(super) expiries: u8,
    /// The clock stops there; a window lasts two ticks.
    pub(super) until: i64,
}

pub(super) const RULES: Rules = Rules {
    fence: true,
    barrier: true,
    window: false,
    commands: &[],
    statements: 2,
    starts: 2,
    crashes: 1,
    expiries: 1,
    until: 0,
};
