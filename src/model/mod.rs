//! The pure heart: what exists, what may happen to it, and what happens next.
//!
//! Nothing here reads a clock, a file or a database. The engine feeds [`Input`]s to [`decide`], which
//! answers with events; [`World::apply`] turns events into state and into the rows of the eight tables. The
//! console and the replay call the same `apply`, so what they show is what the worker knew.

mod apply;
mod apply_file;
mod batch;
mod blast;
mod command;
mod coverage;
mod decide;
mod decision;
mod event;
mod failure;
mod file;
mod hours;
mod ids;
mod kept;
mod lifecycle;
mod lock;
mod payload;
mod rollback;
mod row;
mod scope;
mod state;
mod status;
mod submission;
mod time;
mod turn;
mod undo_plan;
mod window;
mod world;

#[cfg(test)]
pub(crate) mod testing;

pub use batch::{AfterCrash, Alert, Batch, Breakpoint, DataLoss, Grant, Hold, OnCrash, Policy, Progress};
pub use blast::{BlastChange, BlastFile, BlastRadius, BlastStatement, Fit, Rows};
pub use command::{Command, Expectation, StepUnit, Verb};
pub use coverage::{StatementUndo, UndoCoverage, UndoneBy};
pub use decide::{Draft, Finding, INTERRUPTED, Input, Refusal, StatementResult, decide, rollback_scope};
pub use decision::{Decision, Seen, Verdict, user_of};
pub use event::{Dependency, Event, EventKind, Phase};
pub use failure::{Category, Failure};
pub use file::{Crash, Effect, File, Outcome, Running, StatementRecord, Undo};
pub use hours::Hours;
pub use ids::{
    AlertId, BatchId, Checksum, CommandId, DecisionId, DependencyId, Epoch, FileId, Ids, ProgressId, RollbackId, Seq,
    SystemStateId, Token, ValidationId,
};
pub use kept::{Attached, Held, Kept, KeptCost, KeptKind, Place, PutBack, Sibling, SkipReason, Skipped};
pub use lifecycle::{Cause, IllegalTransition, TRANSITIONS, Transition, check_transition};
pub use lock::{Clash, HeldLock, LockMode, Locks, ObjectLock};
pub use payload::FORMAT_VERSION;
pub use rollback::{Closed, Compensates, Rollback};
pub use row::{Cell, Column, ColumnKind, Row, Table, Tables};
pub use scope::InTheWay;
pub use state::FileState;
pub use status::{
    AlertStatus, AlertType, BatchStatus, Class, DependencyType, FileStatus, FileType, RollbackStatus, SystemStatus,
    ValidationPhase, ValidationStatus,
};
pub use submission::{On, PlannedFile, Requirement, STALE_PLAN, SourceText, Submission};
pub use time::{Millis, Ymdhis};
pub use turn::Queue;
pub use undo_plan::{DerivedStep, Orphans, UndoAct, UndoPlan, UndoStep};
pub use window::{Job, JobChange, JobKind, Lapse, Mark, Windows, job_changes};
pub use world::{Lease, Servers, System, World};
