//! The pure heart: what exists, what may happen to it, and what happens next.
//!
//! Nothing here reads a clock, a file or a database. The engine feeds [`Input`]s to [`decide`], which
//! answers with events; [`World::apply`] turns events into state and says what has changed. The console and the replay
//! call the same `apply`, so what they show is what the worker knew; `store::projection` makes the rows of it.

mod ahead;
mod alert;
mod alert_policy;
mod apply;
mod apply_file;
mod baseline;
mod batch;
mod before;
mod blast;
mod change;
mod clash;
mod comes_next;
mod command;
mod compensates;
mod coverage;
mod decide;
mod decision;
mod declared_relation;
mod dependency;
mod duration;
mod event;
mod expected;
mod failure;
mod fields;
mod file;
mod floor;
mod freeze;
mod freeze_step;
mod future_table;
mod ground;
mod harmless;
mod hold;
mod hours;
mod ids;
mod job;
mod kept;
mod lifecycle;
mod live;
mod lock;
mod natural;
mod outage;
mod outage_told;
mod outcome;
mod overridden;
mod override_subject;
mod part;
mod payload;
mod planned_finding;
mod policy;
mod probe;
mod progress;
mod recorded;
mod repair;
mod restore;
mod rollback;
mod run_rule;
mod schedule;
mod scope;
mod squash;
mod stands_for;
mod state;
mod status;
mod submission;
mod time;
mod turn;
mod unanswered;
mod undo_plan;
pub mod verb;
mod versions;
mod window;
mod world;

#[cfg(test)]
pub(crate) mod testing;

pub use ahead::Ahead;
pub use alert::Alert;
pub(crate) use alert::{END_IN_STEP, hook_alert_title, step_alert_title};
pub(crate) use alert_policy::HIGHEST_LEVEL;
pub use alert_policy::{AlertPolicy, AlertTimer};
pub use baseline::{Baseline, TableSize};
pub use batch::{Batch, Breakpoint, Grant};
pub use before::{Before, Stood};
pub use blast::{BlastChange, BlastFile, BlastRadius, BlastStatement, NOWHERE, PrecheckResult, Rows};
pub use change::Change;
pub use clash::{Clash, HeldLock};
pub use command::{Command, CommandRequest, DecisionRequest, Expectation, RollbackSubject, StepUnit, Verb};
pub use compensates::Compensates;
pub use coverage::{StatementUndo, UndoCoverage, UndoMethod};
pub use decide::{Draft, Finding, Input, ProbeFinding, Refusal, Sending, StatementResult, decide};
pub(crate) use decide::{INTERRUPTED, approval_refusal, freeze_refusal, rollback_scope};
pub(crate) use decision::user_of;
pub use decision::{Decision, OVERRIDE, Seen, Verdict};
pub use declared_relation::{ColumnOf, DeclaredRelation};
pub use dependency::Dependency;
pub use event::{Event, EventKind};
pub use expected::{Expected, ExpectedSource};
pub use failure::{Category, Failure};
pub(crate) use fields::FieldsHash;
pub use file::{Crash, File, RunText, Running, StatementRecord, Undo};
pub(crate) use floor::Floor;
pub use freeze::Freeze;
pub use freeze_step::{FreezeMeans, FreezeStep};
pub use future_table::{FutureColumn, FutureTable, FutureTables};
pub(crate) use harmless::harmless;
pub use hold::Hold;
pub(crate) use hours::Hours;
pub use ids::{
    AlertId, BatchId, Checksum, CommandId, DecisionId, DependencyId, Epoch, FileId, Ids, ProgressId, RollbackId, Seq,
    SystemStateId, Token, ValidationId,
};
pub(crate) use job::job_changes;
pub use job::{Job, JobChange, JobKind, JobSubject};
pub(crate) use kept::KeptCost;
pub use kept::{Attached, Held, Kept, KeptKind, Place, PutBack, Sibling, SkipReason, Skipped, Whole};
pub(crate) use lifecycle::check_transition;
pub use lifecycle::{Cause, IllegalTransition, TRANSITIONS, Transition};
pub use live::{Live, LiveBlocker, LiveStatement, Load, Stage};
pub use lock::{ChangeOf, LockMode, Locks, ObjectLock};
pub use natural::natural;
pub use outage::Outage;
pub use outcome::{Effect, Outcome, Phase};
pub use overridden::Overridden;
pub use override_subject::{OverrideRequest, OverrideSubject};
pub use part::file_of;
pub use planned_finding::{FORESEEN, PlannedFinding};
pub(crate) use policy::PARALLEL;
pub use policy::{Adopted, AfterCrash, DataLoss, FreezePolicy, OnCrash, Policy, UndoPrefer};
pub use probe::{MeasuredProbe, Probe, ProbeFailure, ProbeFailureKind};
pub use progress::Progress;
pub use recorded::RecordedDefinition;
pub use repair::{FileRepair, RecordedText, Repair, Repaired};
pub use restore::{Restore, Restored, SchemaLine};
pub use rollback::Rollback;
pub use run_rule::{Again, Formerly, RunRule};
pub(crate) use schedule::{Part, Schedule, Slot, schedule};
pub use scope::InTheWay;
pub use squash::Span;
pub use stands_for::{Versioned, replaced};
pub use state::FileState;
pub use status::{
    AlertStatus, AlertType, BatchStatus, Class, DependencyType, FileStatus, FileType, RollbackStatus, SystemStatus,
    ValidationPhase, ValidationStatus,
};
pub(crate) use submission::STALE_PLAN;
pub use submission::{On, PlannedFile, Requirement, SourceText, Submission};
pub use time::{Millis, Ymdhis, duration};
pub use turn::Queue;
pub use unanswered::{RequestKey, UnansweredRequest};
pub use undo_plan::{DerivedStep, Orphans, UndoAct, UndoBy, UndoPart, UndoPlan, UndoStep};
pub use versions::Versions;
pub use window::{Closed, Lapse, Mark, Windows};
pub use world::{Lease, Servers, System, World};
