//! Where the console's events come from and where its orders go. The console knows no database: whoever starts it
//! gives it a [`Feed`].

use crate::model::{
    BatchId, BatchStatus, Checksum, CommandId, Epoch, Event, Expectation, Millis, SourceText, SystemStatus, Verb, World,
};
use async_trait::async_trait;

/// How many of the newest events a feed hands over at once when it attaches; the console keeps about as many.
pub const RECENT_EVENTS: usize = 500;

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

    /// What is new since the last call. One query, once a second when nothing happens.
    ///
    /// # Errors
    /// [`FeedError`]; the console shows STALE and calls again later. After [`FeedFault::Moved`] it attaches anew.
    async fn poll(&mut self) -> Result<Update, FeedError>;

    /// Hands in a command. What becomes of it arrives as `command_accepted`, `command_refused`, `command_effective`.
    ///
    /// # Errors
    /// [`FeedError`]; the command was then not taken, or nobody can say so.
    async fn submit(&mut self, order: Order) -> Result<CommandId, FeedError>;

    /// The texts of a file, `None` where they are not kept (a batch of the founding system).
    ///
    /// # Errors
    /// [`FeedError`].
    async fn source(&mut self, checksum: &Checksum) -> Result<Option<SourceText>, FeedError>;

    /// The batches there are, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`FeedError`].
    async fn batches(&mut self, limit: usize) -> Result<Vec<BatchSummary>, FeedError>;

    /// Shows another batch from now on; [`Feed::poll`] then follows that one.
    ///
    /// # Errors
    /// [`FeedError`].
    async fn open(&mut self, batch: BatchId) -> Result<Opened, FeedError>;
}

/// What is known once a feed has attached.
#[derive(Debug, Clone)]
pub struct Attached {
    pub server: Server,
    pub account: Account,
    /// Why nothing can be changed here at all, e.g. a schema of 4.0.25 without the added tables.
    pub read_only: Option<String>,
    /// The batch to begin with: the one that runs, else the newest; `None` when there is none yet.
    pub opened: Option<Opened>,
}

/// Where the console is attached to.
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

/// Who the operator is to the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// As the server names it, e.g. `ana@10.%`.
    pub name: String,
    /// The person's name on their machine, for information.
    pub os_user: Option<String>,
    /// Whether the account may submit commands.
    pub may_command: bool,
    /// The missing grant, for the message of a refused action.
    pub missing_grant: Option<String>,
}

/// One batch and the system, as of one moment of the journal.
#[derive(Debug, Clone)]
pub struct Opened {
    pub batch: BatchId,
    pub world: World,
    /// The newest events of the batch, oldest first, at most [`RECENT_EVENTS`].
    pub recent: Vec<Event>,
}

/// What is new.
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
    /// How long the query took there and back, in microseconds.
    pub round_trip_us: u64,
    /// The other consoles, as accounts.
    pub watchers: Vec<String>,
    pub newest_batch: Option<BatchId>,
}

/// Who drives the batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worker {
    pub holder: String,
    /// Whether the lease has not run out.
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
    /// Enforced by the server, or only advisory.
    pub enforced: bool,
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

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub batch: BatchId,
    pub verb: Verb,
    pub reason: Option<String>,
    /// What the operator saw when asking.
    pub expects: Expectation,
}

/// What kind of trouble it is, as far as the console acts on it.
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

/// Why a feed could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FeedError {
    pub fault: FeedFault,
    /// What was attempted, on what, and what happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl FeedError {
    /// An error without advice.
    pub fn new(fault: FeedFault, message: impl Into<String>) -> FeedError {
        FeedError { fault, message: message.into(), hint: None }
    }
}
