//! Data that the feed has told: the world of the batch on the screen, and the few things around it.

use crate::console::feed::Account;
use crate::console::feed::{
    Attached, BatchSummary, Freeze, Opened, RECENT_EVENTS, RollbackSummary, Server, Update, Watcher, Worker,
};
use crate::console::state::live::LiveHistory;
use crate::console::state::story::Story;
use crate::console::state::tallies::Tallies;
use crate::model::{
    Batch, BatchId, Category, CommandId, Event, EventKind, FileId, FileState, Hold, Live, Millis, Outcome, Phase,
    UnansweredRequest, UndoCoverage, World,
};
use std::collections::{BTreeMap, VecDeque};

/// Completions that are kept for the pace.
pub const COMPLETIONS: usize = 1_000;

/// Everything known from the feed.
#[derive(Debug, Default)]
pub struct Data {
    pub server: Option<Server>,
    pub account: Account,
    /// Reason why nothing can be changed here at all.
    pub read_only: Option<String>,
    pub world: World,
    pub batch: Option<BatchId>,
    /// The newest events, oldest first.
    pub recent: VecDeque<Event>,
    /// Origin of each hold of the batch: who placed it, and when.
    pub held_by: BTreeMap<Hold, (Option<String>, Millis)>,
    pub worker: Option<Worker>,
    /// The worker that gave the lease back, and when; `None` while one holds it.
    pub left: Option<(Millis, String)>,
    pub freeze: Option<Freeze>,
    /// The database's clock, and the console's own when it was told, in milliseconds.
    pub clock: Option<(Millis, u64)>,
    /// Set in a replay: its clock goes by other seconds.
    pub replay_rate: Option<f64>,
    /// Milliseconds that the database's clock is ahead of this machine's.
    pub skew_ms: i64,
    /// Smoothed, in microseconds.
    pub round_trip_us: u64,
    pub watchers: Vec<Watcher>,
    /// Requests that nobody has answered yet, of whomever.
    pub unanswered: Vec<UnansweredRequest>,
    /// Origin of each command of the batch that is accepted and not yet effective: who asked for it, and when it was
    /// accepted.
    pub accepted_by: BTreeMap<CommandId, (Option<String>, Millis)>,
    pub newest_batch: Option<BatchId>,
    pub batches: Vec<BatchSummary>,
    /// The rollbacks that are open in any batch, as they were read last.
    pub rollbacks: Vec<RollbackSummary>,
    pub story: Story,
    /// The files that depend on a file, in the order of the plan.
    pub dependants: BTreeMap<FileId, Vec<FileId>>,
    pub tallies: Tallies,
    pub figures: Figures,
    /// What the worker sees on its server at this moment; `None` where it tells nothing.
    pub live: Option<Live>,
    /// What it saw in the last ten minutes.
    pub live_history: LiveHistory,
    /// The figures are older than the world.
    pub figures_due: bool,
}

/// Counts over the whole batch, made once for many events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub statements: u64,
    /// Those that have run and still stand.
    pub statements_ended: u64,
    pub waiting: u32,
    pub rolled_back: u32,
    pub errors: BTreeMap<Category, u32>,
    /// Statements by what undoes them, of all files.
    pub coverage: UndoCoverage,
    /// Warnings of the server.
    pub warnings: u64,
    /// Files that have completed, and all, of each wave.
    pub waves: BTreeMap<u32, (u32, u32)>,
    /// Times when the last files completed, oldest first, at most [`COMPLETIONS`].
    pub completions: Vec<Millis>,
}

impl Data {
    /// The batch on the screen.
    pub fn batch(&self) -> Option<&Batch> {
        self.batch.and_then(|id| self.world.batch(id))
    }

    /// The database's clock at a moment of the console's own.
    pub fn clock_at(&self, mono: u64) -> Option<Millis> {
        let (at, told) = self.clock?;
        let elapsed = mono.saturating_sub(told);
        match self.replay_rate {
            Some(rate) => Some(at.plus((elapsed as f64 * rate) as u64)),
            None => Some(at.plus(elapsed)),
        }
    }

    /// Takes in where the console is attached to.
    pub fn attach(&mut self, news: Attached) {
        self.server = Some(news.server);
        self.account = news.account;
        self.read_only = news.read_only;
        self.replay_rate = news.replay.as_ref().map(|replayed| replayed.transport.rate);
        match news.opened {
            Some(opened) => self.open(opened),
            None => {
                self.batch = None;
                self.world = World::default();
                self.recent.clear();
                self.story = Story::default();
                self.tallies = Tallies::default();
            }
        }
    }

    /// Shows a batch from its beginning.
    pub fn open(&mut self, opened: Opened) {
        self.batch = Some(opened.batch);
        self.world = opened.world;
        self.recent.clear();
        self.held_by.clear();
        self.accepted_by.clear();
        self.tallies = Tallies::open(&opened.recent);
        self.dependants = self.batch().map(dependants).unwrap_or_default();
        self.story = self.batch().map(|batch| Story::open(batch, &opened.recent)).unwrap_or_default();
        for event in opened.recent {
            self.note(&event);
            self.remember(event);
        }
        self.figures_due = true;
    }

    /// Takes in what is around the events.
    pub fn around(&mut self, update: &mut Update, mono: u64, wall: Millis) {
        self.worker = update.worker.take();
        self.freeze = update.freeze.take();
        if update.clock != Millis::default() {
            self.clock = Some((update.clock, mono));
            self.skew_ms = if update.transport.is_some() { 0 } else { update.clock.0 - wall.0 };
        }
        let us = update.round_trip_us;
        self.round_trip_us = if self.round_trip_us == 0 { us } else { (self.round_trip_us * 7 + us) / 8 };
        self.watchers = std::mem::take(&mut update.watchers);
        self.unanswered = std::mem::take(&mut update.unanswered);
        self.newest_batch = update.newest_batch.or(self.newest_batch);
        self.live = update.live.take();
        if let Some(live) = &self.live {
            self.live_history.take(live);
        }
    }

    /// Takes in an event, live.
    pub fn take(&mut self, event: Event) {
        match (&event.kind, &self.world.system.lease) {
            (EventKind::LeaseReleased { .. }, Some(lease)) => self.left = Some((event.at, lease.holder.clone())),
            (EventKind::LeaseTaken { .. }, _) => self.left = None,
            _ => {}
        }
        self.world.apply(&event);
        self.story.take(&event);
        self.tallies.take(&event);
        if let EventKind::FilePlanned { file, depends_on, .. } = &event.kind {
            depends_on.iter().for_each(|d| self.dependants.entry(d.on).or_default().push(*file));
        }
        self.note(&event);
        self.remember(event);
        self.figures_due = true;
    }

    fn remember(&mut self, event: Event) {
        if self.recent.len() >= RECENT_EVENTS {
            self.recent.pop_front();
        }
        self.recent.push_back(event);
    }

    fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::HoldPlaced { hold, file: None, .. } => {
                self.held_by.insert(*hold, (event.operator.clone(), event.at));
            }
            EventKind::HoldLifted { hold, file: None } => {
                self.held_by.remove(hold);
            }
            EventKind::CommandAccepted { command, .. } => {
                self.accepted_by.insert(*command, (event.operator.clone(), event.at));
            }
            EventKind::CommandEffective { command } => {
                self.accepted_by.remove(command);
            }
            _ => {}
        }
    }

    /// Counts anew, if something has happened since.
    pub fn count(&mut self) {
        if !std::mem::take(&mut self.figures_due) {
            return;
        }
        self.figures = self.batch().map(figures).unwrap_or_default();
    }
}

fn dependants(batch: &Batch) -> BTreeMap<FileId, Vec<FileId>> {
    let mut dependants: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
    for file in batch.in_order() {
        file.depends_on.iter().for_each(|d| dependants.entry(d.on).or_default().push(file.id));
    }
    dependants
}

fn figures(batch: &Batch) -> Figures {
    let coverage = batch.files.values().map(|file| file.coverage).sum();
    let mut figures = Figures { coverage, ..Figures::default() };
    for file in batch.files.values() {
        figures.warnings += file.records.iter().map(|r| u64::from(r.warnings)).sum::<u64>();
        figures.statements += u64::from(file.statements);
        figures.statements_ended += file.in_force().count() as u64;
        let wave = figures.waves.entry(file.wave).or_default();
        wave.0 += u32::from(file.outcome == Some(Outcome::Completed));
        wave.1 += 1;
        match (file.state, file.outcome) {
            (FileState::Idle, None) => figures.waiting += 1,
            (FileState::Idle, Some(Outcome::RolledBack)) => figures.rolled_back += 1,
            (FileState::Idle, Some(Outcome::Completed)) => figures.completions.push(file.moved_at),
            _ => {}
        }
        if let Some(failure) = &file.failure {
            *figures.errors.entry(failure.category).or_default() += 1;
        }
    }
    figures.completions.sort_unstable();
    figures.completions.drain(..figures.completions.len().saturating_sub(COMPLETIONS));
    figures
}

/// The running statement's phase in words.
pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Forward => "statement",
        Phase::Undo => "undo statement",
    }
}
