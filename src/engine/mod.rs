//! The worker: it holds the lease, drives batches, carries out what operators ask and recovers what another worker
//! left.
//!
//! | folder | is |
//! |---|---|
//! | (files here) | the loop (`worker`), what asks the database for it (`inspector`), what comes next (`scheduler`), a worker's life (`run`, `supervise`), fault points |
//! | `file` | the steps around a file's statements: prepared, checked, captured, verified |
//! | `statement` | one statement: its session, its intent, its receipt, what is kept for it, its end |
//! | `in_doubt` | what another worker left: the barrier, statements in doubt, another server |
//! | `freeze` | keeping others from writing, and letting them again |
//! | `undo` | how a file is undone, what that would destroy, whether it brought everything back |
//! | `retention` | what has had its time: kept data, rows of the ephemeral schema |
//! | `live` | what the server says of statements under way, who is in their way, how busy it is |
//! | `throttle` | nothing begins while the server is busy or a replica lags |
//! | `inbox` | what people ask for: heard, examined, answered |

mod error;
mod fault;
mod file;
mod flag;
mod freeze;
mod in_doubt;
mod in_step;
mod in_step_state;
mod inbox;
mod inspector;
#[cfg(test)]
mod leases_model;
mod live;
mod measure;
mod options;
mod retention;
mod run;
mod runner;
mod scheduler;
#[cfg(test)]
mod scheduler_tests;
mod shown_locks;
mod statement;
mod supervise;
mod telling;
mod throttle;
mod together;
mod undo;
mod work;
mod worker;

pub use error::EngineError;
pub(crate) use file::plan_checks::{check_plan, check_text};
pub use options::{EngineOptions, KeepSettings, Outside};
pub use run::run;
pub use runner::runner_account;
pub(crate) use statement::estimate::estimate;
pub use supervise::supervise;
pub use throttle::{Lags, Limit, ThrottleSettings};
pub(crate) use undo::blast::blast_radius;
pub(crate) use undo::compare::{difference, journalled};
pub use work::{Ended, Work};
