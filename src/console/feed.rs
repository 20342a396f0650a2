//! The source of the console's events and the way of its requests. The console knows no database: whoever starts it
//! gives it a [`Feed`].

use crate::console::lists::{List, ListRequest};
use crate::model::{
    Batch, BatchId, BatchStatus, BlastRadius, Checksum, CommandId, CommandRequest, DecisionId, DecisionRequest, Epoch,
    Event, FileId, FileStatus, FreezeMeans, Hold, Lapse, Live, Millis, OverrideRequest, Rollback, RollbackId,
    RollbackStatus, RollbackSubject, SourceText, StatementUndo, SystemStatus, UnansweredRequest, World,
};
use crate::recording::{Order, Tape, Transport};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

/// Number of the newest events that a feed hands over at once when it attaches; the console keeps about as many.
pub const RECENT_EVENTS: usize = 500;

/// A look at what a rollback would do, under way.
pub type LookUp = Pin<Box<dyn Future<Output = Result<BlastRadius, FeedError>> + Send>>;

/// The way to the journal and to the table of commands. It runs in a task of its own and may take its time; the
/// screen never waits for it.
///
/// A feed remembers how far it has read. After an error of any call it connects again by itself at the next one, and
/// goes on where it stopped, so that no event is missed and none comes twice.
#[async_trait]
pub trait Feed: Send {
    /// Connects, and tells everything that the screen needs to begin.
    ///
    /// # Errors
    /// [`FeedError`]; the console shows it and tries again, unless it is [`FeedFault::Hopeless`].
    async fn attach(&mut self) -> Result<Attached, FeedError>;

    /// Reads what is new since the last call. One query, once a second when nothing happens.
    ///
    /// # Errors
    /// [`FeedError`]; the console shows STALE and calls again later. After [`FeedFault::Moved`] it attaches anew.
    async fn poll(&mut self) -> Result<Update, FeedError>;

    /// Hands in a command. What becomes of it arrives as `command_accepted`, `command_refused`, `command_effective`.
    ///
    /// # Errors
    /// [`FeedError`]; the command was then not taken, or nobody can say so.
    async fn submit(&mut self, request: CommandRequest) -> Result<CommandId, FeedError>;

    /// The texts of a file, `None` where they are not kept (a legacy batch).
    ///
    /// # Errors
    /// [`FeedError`].
    async fn source(&mut self, checksum: &Checksum) -> Result<Option<FileText>, FeedError>;

    /// The batches there are, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`FeedError`].
    async fn batches(&mut self, limit: usize) -> Result<Vec<BatchSummary>, FeedError>;

    /// The rollbacks that wait for somebody or run, in every batch.
    ///
    /// # Errors
    /// [`FeedError`].
    async fn rollbacks(&mut self) -> Result<Vec<RollbackSummary>, FeedError>;

    /// Looks up what a rollback would do now; nothing is changed. On a way of its own, so that the feed goes on
    /// meanwhile: counting the rows of a large table takes its time.
    fn blast_radius(&mut self, batch: BatchId, subject: RollbackSubject) -> LookUp;

    /// Hands in a decision. What becomes of it arrives as `decision_accepted` or `decision_refused`.
    ///
    /// # Errors
    /// [`FeedError`]; the decision was then not taken, or nobody can say so.
    async fn decide(&mut self, request: DecisionRequest) -> Result<DecisionId, FeedError>;

    /// Hands in that checks are let pass which stopped a file of a batch. What becomes of it arrives as `check_overridden`
    /// or `override_refused`.
    ///
    /// # Errors
    /// [`FeedError`]; it was then not taken, or nobody can say so.
    async fn let_pass(&mut self, batch: BatchId, request: OverrideRequest) -> Result<DecisionId, FeedError>;

    /// Shows another batch from now on; [`Feed::poll`] then follows that one.
    ///
    /// # Errors
    /// [`FeedError`].
    async fn open(&mut self, batch: BatchId) -> Result<Opened, FeedError>;

    /// A list that a screen shows; read when the screen is opened, and now and then while it is on.
    ///
    /// # Errors
    /// [`FeedError`]; [`FeedFault::Denied`] where this feed does not tell it.
    async fn list(&mut self, wanted: ListRequest) -> Result<List, FeedError> {
        let what = match wanted {
            ListRequest::Checks(_) => "results of checks",
            ListRequest::Alerts => "alerts",
            ListRequest::History => "other batches",
            ListRequest::Checklist(_) => "checklist",
            ListRequest::Decided => "earlier decisions",
        };
        Err(FeedError::new(FeedFault::Denied, format!("no {what} can be read here")))
    }

    /// Takes in which rollback this console has open: others that watch are told so. It asks nothing by itself.
    fn look_at(&mut self, _rollback: Option<RollbackId>) {}

    /// Moves through what is replayed. Only a feed that plays a recording can.
    ///
    /// # Errors
    /// [`FeedError`] where nothing is replayed, or the recording cannot be read there.
    async fn steer(&mut self, _order: Order) -> Result<Steered, FeedError> {
        Err(FeedError::new(FeedFault::Denied, "nothing is replayed here"))
    }

    /// A feed that plays a past batch again. This one is kept, and goes on when the replay is left.
    ///
    /// # Errors
    /// [`FeedError`] where there is nothing to replay.
    async fn replay(&mut self, _batch: BatchId) -> Result<Box<dyn Feed>, FeedError> {
        Err(FeedError::new(FeedFault::Denied, "a replay within a replay: leave this one first"))
    }
}

/// Where a replay stands after an order.
#[derive(Debug)]
pub struct Steered {
    /// The place that was gone to, where it is another one.
    pub opened: Option<Opened>,
    pub transport: Transport,
}

/// A replay instead of what happens now.
#[derive(Debug, Clone)]
pub struct Replayed {
    pub tape: Arc<Tape>,
    pub transport: Transport,
}

/// The texts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    pub source: SourceText,
    /// Of each statement, what would undo it; empty where that cannot be told.
    pub undo: Vec<StatementUndo>,
}

/// State sent on attach.
#[derive(Debug, Clone)]
pub struct Attached {
    pub server: Server,
    pub account: Account,
    /// Reason why nothing can be changed here at all, e.g. a schema of 4.0.25 without the added tables.
    pub read_only: Option<String>,
    /// The batch to begin with: the one that runs, else the newest; `None` when there is none yet.
    pub opened: Option<Opened>,
    /// Set where it is not now, but a recording.
    pub replay: Option<Replayed>,
}

/// The server that the console is attached to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// Host, socket or directory, as people call it.
    pub label: String,
    /// "mariadb", "mysql", "sqlite".
    pub kind: String,
    pub version: String,
    /// Name of the core schema.
    pub core: String,
    /// From the schema's settings; "production" starts read-only. Empty when none is set.
    pub environment: String,
}

/// The operator, as the database knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// As the server names it, e.g. `ana@10.%`.
    pub name: String,
    /// The person's name on their machine, for information.
    pub os_user: Option<String>,
    /// True if the account may submit commands.
    pub may_command: bool,
    /// The missing grant, for the message of a refused action.
    pub missing_grant: Option<String>,
    /// True if the account may submit decisions.
    pub may_decide: bool,
    /// Nobody can say yet what it may do: nothing is installed that it could be given a right to.
    pub untold: bool,
}

/// One batch and the system, as of one moment of the journal.
#[derive(Debug, Clone)]
pub struct Opened {
    pub batch: BatchId,
    pub world: World,
    /// The newest events of the batch, oldest first, at most [`RECENT_EVENTS`].
    pub recent: Vec<Event>,
    /// Set where the world has only some of the files, with the number of all in each status: the whole follows in an
    /// update.
    pub part: Option<BTreeMap<FileStatus, u64>>,
}

/// News since the last poll.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Of the opened batch and of the system, in their order, without gaps.
    pub events: Vec<Event>,
    /// More events are waiting: poll again at once.
    pub more: bool,
    /// The holder of the lease, `None` when nobody holds it.
    pub worker: Option<Worker>,
    /// The freeze as it stands: status, reason, since, and whether the server enforces it.
    pub freeze: Option<Freeze>,
    /// The database's clock.
    pub clock: Millis,
    /// Time that the query took there and back, in microseconds.
    pub round_trip_us: u64,
    /// The other consoles.
    pub watchers: Vec<Watcher>,
    /// The newest requests that nobody has answered yet, of whomever.
    pub unanswered: Vec<UnansweredRequest>,
    pub newest_batch: Option<BatchId>,
    /// What the worker sees on its server at this moment; `None` where it tells nothing.
    pub live: Option<Live>,
    /// Where a replay stands.
    pub transport: Option<Transport>,
    /// Number of files that have been read of a batch of which only some are shown.
    pub read: Option<u32>,
    /// The whole of that batch, these events among it.
    pub whole: Option<Box<Opened>>,
    /// Milliseconds after which there will be news, where that is known.
    pub again_ms: Option<u64>,
}

/// Another console that watches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watcher {
    /// As the server names it.
    pub account: String,
    /// The rollback that it has open.
    pub rollback: Option<RollbackId>,
}

/// The worker that drives the batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worker {
    pub holder: String,
    /// True if the lease has not run out.
    pub alive: bool,
    /// Since the last heartbeat, in milliseconds.
    pub age_ms: u64,
}

/// A system status that is not `normal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub status: SystemStatus,
    pub reason: String,
    pub by: Option<String>,
    pub since: Option<Millis>,
    pub means: FreezeMeans,
    /// The journal says that the server keeps others from writing, and the server does not: it was lifted past the worker,
    /// and none has journalled it yet.
    pub lifted: bool,
}

impl Freeze {
    /// The last freeze of the journal, where it is not over.
    pub fn from_model(freeze: &crate::model::Freeze) -> Option<Freeze> {
        (freeze.status != SystemStatus::Normal).then(|| Freeze {
            status: freeze.status,
            reason: freeze.reason.clone(),
            by: Some(freeze.asked_by()),
            since: Some(freeze.since),
            means: freeze.means,
            lifted: false,
        })
    }

    /// True if others are kept from writing, or may be.
    pub fn stands(&self) -> bool {
        matches!(self.status, SystemStatus::Frozen | SystemStatus::Thawing) && !self.lifted
    }
}

/// A batch in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSummary {
    pub id: BatchId,
    pub name: String,
    pub status: BatchStatus,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub total_files: u32,
    pub completed_files: u32,
    pub failed_files: u32,
    pub started_at: Option<Millis>,
    pub completed_at: Option<Millis>,
}

/// A rollback, and what has to be known of its batch to decide about it.
#[derive(Debug, Clone, PartialEq)]
pub struct RollbackSummary {
    pub rollback: Rollback,
    pub batch_name: String,
    pub started_by: Option<String>,
    /// Whoever started the batch does not decide.
    pub four_eyes: bool,
    /// Consequence when nobody decides.
    pub on_lapse: Lapse,
    /// It runs, and holds because rows that others wrote would be lost.
    pub held: bool,
    /// The files that it undoes as things stand, in the order of the undo.
    pub scope: Vec<(FileId, String)>,
}

impl RollbackSummary {
    /// A rollback of a batch in its world.
    pub fn from_rollback(world: &World, batch: &Batch, rollback: &Rollback) -> RollbackSummary {
        let path = |id: &FileId| batch.file(*id).map_or_else(|| id.to_string(), |f| f.path.clone());
        RollbackSummary {
            batch_name: batch.name.clone(),
            started_by: batch.started_by.clone(),
            four_eyes: batch.policy.four_eyes,
            on_lapse: batch.policy.windows.on_lapse,
            held: rollback.status == RollbackStatus::Running && batch.holds.contains_key(&Hold::AwaitingApproval),
            scope: world.scope_of(rollback).iter().map(|id| (*id, path(id))).collect(),
            rollback: rollback.clone(),
        }
    }

    /// True if somebody has to decide.
    pub fn is_undecided(&self) -> bool {
        self.held || self.rollback.is_awaiting()
    }

    /// The files that it undoes.
    pub fn files(&self) -> Vec<FileId> {
        self.scope.iter().map(|(id, _)| *id).collect()
    }
}

/// The kind of an error, as far as the console acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFault {
    /// No connection; it may come back.
    Gone,
    /// The account may not do this.
    Denied,
    /// The place in the journal is lost, or it is another server: everything must be read anew.
    Moved,
    /// Trying again will not help: wrong password, a schema that cannot be read.
    Hopeless,
}

/// An error of the feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FeedError {
    pub fault: FeedFault,
    /// Account of what was attempted, on what, and what happened.
    pub message: String,
    /// Remedy for it.
    pub hint: Option<String>,
}

impl FeedError {
    /// An error without advice.
    pub fn new(fault: FeedFault, message: impl Into<String>) -> FeedError {
        FeedError { fault, message: message.into(), hint: None }
    }
}
