//! Messages into the console and out of it: inputs and effects, and the feed's share of both.

use super::options::Exit;
use crate::console::feed::{Attached, BatchSummary, FeedError, FileText, Opened, RollbackSummary, Steered, Update};
use crate::console::guide::Guide;
use crate::console::lists::{List, ListRequest};
use crate::model::{
    BatchId, BlastRadius, Checksum, CommandId, CommandRequest, DecisionId, DecisionRequest, Millis, OverrideRequest,
    RollbackId, RollbackSubject,
};
use crate::recording::Order;
use std::path::PathBuf;

pub use tui_logger::TuiWidgetEvent as LogKey;

/// The moment: the console's own clock in milliseconds since it started, and this machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    pub mono: u64,
    pub wall: Millis,
}

/// Input of the terminal, the feed and the clock.
#[derive(Debug)]
pub enum Input {
    Key(crossterm::event::KeyEvent),
    Paste(String),
    Wheel {
        down: bool,
    },
    /// A press of the left button.
    Click {
        column: u16,
        row: u16,
    },
    Resize(u16, u16),
    /// A second has turned.
    Tick,
    /// The screen shows the last state: a dialog may now take keys.
    Painted,
    Feed(Report),
    /// New words of the tour.
    Guide(Guide),
}

/// Something that is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Ask(Request),
    Copy(String),
    Mouse(bool),
    Redraw,
    Suspend,
    Log(LogKey),
    Leave(Exit),
    /// Write a text into a file that does not exist yet.
    Save(PathBuf, String),
    /// Go on with the tour from the words of that number.
    GoOn(u64),
    /// Panic, to see what becomes of the terminal.
    #[cfg(debug_assertions)]
    Panic {
        in_a_task: bool,
    },
}

/// A request to the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Submit(CommandRequest),
    Source(Checksum),
    Batches,
    Open(BatchId),
    Rollbacks,
    BlastRadius(BatchId, RollbackSubject),
    Decide(DecisionRequest),
    /// Let checks pass that stopped a file of the batch.
    LetPass(BatchId, OverrideRequest),
    List(ListRequest),
    /// Tell others which rollback is open here.
    LookAt(Option<RollbackId>),
    /// Play a past batch again, instead of showing what happens now.
    Replay(BatchId),
    /// Move through what is replayed.
    Steer(Order),
    /// Back from the replay to what happens now.
    Live,
}

/// An answer or news of the feed.
#[derive(Debug)]
pub enum Report {
    Attached(Box<Attached>),
    Update(Box<Update>),
    /// The connection is gone; the next try is after so many milliseconds.
    Lost {
        error: FeedError,
        again_ms: u64,
    },
    Submitted(Result<CommandId, FeedError>),
    Source(Checksum, Result<Option<FileText>, FeedError>),
    Batches(Result<Vec<BatchSummary>, FeedError>),
    Opened(Result<Box<Opened>, FeedError>),
    Rollbacks(Result<Vec<RollbackSummary>, FeedError>),
    BlastRadius(BatchId, RollbackSubject, Box<Result<BlastRadius, FeedError>>),
    Decided(Result<DecisionId, FeedError>),
    List(ListRequest, Box<Result<List, FeedError>>),
    /// There is no replay, and why.
    NotReplayed(FeedError),
    Steered(Box<Result<Steered, FeedError>>),
}
