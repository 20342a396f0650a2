//! The orchestration and ephemeral schemas: journal and projections, commands, leases, installation.
//!
//! | file | is |
//! |---|---|
//! | `names` | [`Store`]: the database, the schemas' names, and SQL with those names filled in |
//! | `state`, `tables`, `install`, `check` | which version stands there; what should; bringing it there; comparing |
//! | `lease`, `presence` | who may append: a token that only grows, on the database's clock; whether its holder lives |
//! | `journal`, `commit`, `bulk`, `clock` | the one appender: events and rows in one transaction |
//! | `projection/` | the rows of the eight tables, made of what an event has changed |
//! | `unhindered` | no reader holds our statements up |
//! | `receipt`, `sources` | proofs of a statement's commit; the files' texts |
//! | `holdings` | `migration_undo`: what is kept, where and until when |
//! | `beside` | sessions to look at core with, kept from file to file |
//! | `reader`, `rows`, `events`, `tail`, `history`, `legacy` | everything that is read |
//! | `inbox/`, `limits` | what operators ask and approvers decide; how long that may be |
//! | `sessions` | who else is watching |
//! | `frozen` | the last freeze |
//! | `server` | whether this is the server that the journal was written on |
//! | `purge` | expired rows of the ephemeral schema |
//! | `lists`, `by_status` | lists for the console: checks, alerts, past batches; no list reads more than it shows |
//! | `page` | a batch in part: some of its files, read without the others |
//! | `plan_overrides` | checks of a plan that approvers let pass |
//! | `ticks` | items of the checklist that people have ticked |
//! | `standing` | lease, windows and alerts in short |
//! | `durations` | how long files took, when they ran last and in a rehearsal |
//! | `deliveries` | what was told of alerts, by which hook |
//! | `locks`, `live` | the object locks, and what the worker sees on its server, shown to people |
//! | `compare`, `compare_parts`, `replayed`, `mismatch`, `gaps` | the journal's replay against the rows; what is missing of it |
//! | `kept/` | keeping what a statement destroys, and putting it back |
//! | `grants`, `settings` | what the six roles may do; what no client chooses for itself |

mod beside;
mod bulk;
mod by_status;
mod check;
mod clock;
mod commit;
mod compare;
mod compare_jobs;
mod compare_parts;
mod decided;
mod deliveries;
mod durations;
mod error;
mod events;
mod filling;
mod frozen;
mod gaps;
mod grants;
mod history;
mod holdings;
mod inbox;
mod install;
mod jobs;
mod journal;
mod keys;
mod lease;
mod legacy;
mod limits;
mod lists;
mod live;
mod locks;
mod measurements;
mod metrics_at;
mod mismatch;
mod names;
mod packed;
mod page;
mod plan_overrides;
mod presence;
mod procedures;
pub(crate) mod projection;
mod purge;
mod reader;
mod receipt;
mod replayed;
mod rows;
mod server;
mod sessions;
mod settings;
mod sources;
mod standing;
mod state;
mod sums;
mod tables;
mod tail;
mod ticks;
mod unhindered;

pub use check::Difference;
pub use compare::compare;
pub(crate) use compare::compare_all;
pub use compare_parts::compare as compare_in_parts;
pub use deliveries::Delivery;
pub(crate) use deliveries::{deliveries, note_delivery, recent_alerts};
pub use durations::PastRun;
pub(crate) use durations::{RehearsedFile, note_rehearsed_files};
pub use error::{Result, StoreError};
pub use filling::Filling;
pub(crate) use frozen::last as last_freeze;
pub use gaps::Gap;
pub use grants::Role;
pub use history::HistoryFile;
pub use inbox::{
    Answer, NewCommand, NewDecision, Pending, PendingCommand, PendingDecision, Sort, answer, pending_requests,
    refuse_unreadable, submit_command, submit_decision, submit_override,
};
pub(crate) use inbox::{LISTED, RequestId, read_request, refuse_abandoned, waiting_requests};
pub(crate) use jobs::due_jobs;
pub use journal::Journal;
pub use lease::{Acquired, Lease, LeaseRow, RenewedAt};
pub use lists::PastEvents;
pub use live::{forget_live, show_live};
pub(crate) use locks::show_locks;
pub use metrics_at::{MetricsAt, forget_metrics, show_metrics};
pub use mismatch::Mismatch;
pub use names::Store;
pub use page::Page;
pub use plan_overrides::PlanOverride;
pub(crate) use presence::{Sign, journal_lock, show_life};
pub use purge::purge;
pub use reader::Reader;
pub use receipt::{Receipt, forget_later_receipts, forget_receipts, later_receipt};
pub use rows::{
    AlertRow, BatchRow, DependencyRow, FileRow, RollbackRow, SystemStateRow, ValidationFilter, ValidationRow,
};
pub use sessions::{SessionNote, SessionRole, SessionRow, touch_session};
pub(crate) use settings::{Given, Rehearsed, note_rehearsal};
pub use settings::{KEEP_IN_STEP, SETTINGS, Setting, Settings, are_grants_installed, set_setting};
pub use standing::Standing;
pub use state::{SCHEMA_VERSION, SchemaState};
pub use sums::Sums;
pub use tail::Tail;
pub use ticks::Tick;
