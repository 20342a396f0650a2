//! One statement, from the intent that is journalled to the end that comes back as an input.
//!
//! `lifecycle` is its way through the worker, `job` what is to be done; `run` tries it in a task of its own
//! (`in_flight`), `send` sends it with its receipt. `file_session` and `sessions` are the connections that run the
//! files, `session_state` what a script leaves in one, `sharing` when statements are committed together, `early` when one need
//! not wait for its intent. `estimate`, `keep`, `locks` and `relocate` are about what it
//! destroys. The chapter is `docs/design/lifecycle.md`, "Intent before effect".

pub(crate) mod as_it_runs;
pub(crate) mod blockers;
pub(crate) mod early;
pub(crate) mod estimate;
pub(crate) mod failure;
pub(crate) mod file_session;
pub(crate) mod in_flight;
pub(crate) mod job;
pub(crate) mod judged;
pub(crate) mod keep;
pub(crate) mod lifecycle;
pub(crate) mod lock_retry;
pub(crate) mod locks;
pub(crate) mod own;
pub(crate) mod progress;
pub(crate) mod relocate;
pub(crate) mod reserved;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod session_state;
pub(crate) mod sessions;
pub(crate) mod sharing;
pub(crate) mod touched;
pub(crate) mod virtual_tables;
