//! The standing of a file: whether it runs.

/// State of a file in the history, and whether it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It runs.
    Pending,
    /// It has completed.
    Completed,
    /// It cannot run now; why stands among the refusals.
    Refused,
    /// Another one stands for it: a baseline for what is before it, or what has run for a baseline.
    Replaced,
}
