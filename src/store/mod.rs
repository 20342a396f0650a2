//! The orchestration and ephemeral schemas: journal and projections, commands, leases, installation.
//!
//! | file | is |
//! |---|---|
//! | `names` | [`Store`]: the database, the schemas' names, and SQL with those names filled in |
//! | `state`, `tables`, `install`, `check` | which version stands there; what should; bringing it there; comparing |
//! | `lease` | who may append: a token that only grows, on the database's clock |
//! | `journal`, `commit`, `bulk`, `clock` | the one appender: events and rows in one transaction |
//! | `receipt`, `sources` | proofs of a statement's commit; the files' texts |
//! | `holdings` | `migration_undo`: what is kept, where and until when |
//! | `reader`, `rows`, `events`, `tail`, `history`, `legacy` | everything that is read |
//! | `commands`, `sessions` | what operators ask; who else is watching |
//! | `server` | whether this is the server that the journal was written on |
//! | `purge` | expired rows of the ephemeral schema |
//! | `locks` | the object locks, shown to people |
//! | `compare` | the journal's replay against the rows |
//! | `kept/` | keeping what a statement destroys, and putting it back |
//! | `grants`, `settings` | what the five roles may do; what no client chooses for itself |

mod bulk;
mod check;
mod clock;
mod commands;
mod commit;
mod compare;
mod compare_jobs;
mod decisions;
mod error;
mod events;
mod grants;
mod history;
mod holdings;
mod install;
mod jobs;
mod journal;
pub mod kept;
mod lease;
mod legacy;
mod locks;
mod names;
mod procedures;
mod purge;
mod reader;
mod receipt;
mod rows;
mod server;
mod sessions;
mod settings;
mod sources;
mod state;
mod tables;
mod tail;

pub use check::Difference;
pub use commands::{Answer, NewCommand, PendingCommand, answer, pending_commands, refuse_unreadable, submit_command};
pub use compare::{Mismatch, compare};
pub use decisions::{
    DecisionAnswer, NewDecision, PendingDecision, decision_answer, pending_decisions, refuse_unreadable_decision,
    submit_decision,
};
pub use error::{Result, StoreError};
pub use grants::Role;
pub use history::HistoryFile;
pub use holdings::{Holding, holdings, leftovers};
pub use jobs::due_jobs;
pub use journal::Journal;
pub use lease::{Acquired, Lease, LeaseRow, RenewedAt};
pub use locks::show_locks;
pub use names::Store;
pub use purge::purge;
pub use reader::Reader;
pub use receipt::{Receipt, forget_receipts};
pub use rows::{
    AlertRow, BatchRow, DependencyRow, FileRow, RollbackRow, SystemStateRow, ValidationFilter, ValidationRow,
};
pub use sessions::{SessionRole, SessionRow, touch_session};
pub use settings::{Given, Rehearsed, SETTINGS, Setting, Settings, are_grants_installed, note_rehearsal, set_setting};
pub use state::{SCHEMA_VERSION, SchemaState};
pub use tail::Tail;
