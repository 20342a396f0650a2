//! Data that the feed has told: the world of the batch on the screen, and the few things around it.

use crate::console::feed::Account;
use crate::console::feed::{
    Attached, BatchSummary, Freeze, Opened, RECENT_EVENTS, RollbackSummary, Server, Update, Watcher, Worker,
};
use crate::console::state::figures::Figures;
use crate::console::state::live::LiveHistory;
use crate::console::state::story::Story;
use crate::console::state::tallies::Tallies;
use crate::model::{
    Batch, BatchId, Change, CommandId, Event, EventKind, FileId, FileStatus, Hold, Live, Millis, Phase,
    UnansweredRequest, World,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Files of a batch that is kept small in memory; those of a smaller one are all at hand.
const MANY: usize = 2_000;
/// Chunks of files that are packed at once: as many as are not felt.
const AT_ONCE: usize = 4;

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
    pub tallies: Tallies,
    pub figures: Figures,
    /// What the worker sees on its server at this moment; `None` where it tells nothing.
    pub live: Option<Live>,
    /// What it saw in the last ten minutes.
    pub live_history: LiveHistory,
    /// Set while only a page of the batch is here.
    pub part: Option<Part>,
    /// The figures are older than the world.
    pub figures_due: bool,
    /// Files that have changed since they were counted last: they are not counted at the moment.
    changing: BTreeSet<FileId>,
    /// More has changed than some files: all have to be counted.
    recount: bool,
}

/// A batch of very many files of which only some are here: the others are being read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Number of all files in each status.
    pub counts: BTreeMap<FileStatus, u64>,
    /// Files that have been read behind what is shown.
    pub read: u32,
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
                (self.batch, self.part) = (None, None);
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
        self.part = opened.part.map(|counts| Part { counts, read: 0 });
        self.recent.clear();
        self.held_by.clear();
        self.accepted_by.clear();
        self.tallies = Tallies::open(&opened.recent);
        self.story = self.batch().map(|batch| Story::open(batch, &opened.recent)).unwrap_or_default();
        for event in opened.recent {
            self.note(&event);
            self.remember(event);
        }
        (self.figures_due, self.recount) = (true, true);
    }

    /// Takes in the whole of a batch of which a page was here. What was told since is among it.
    pub fn complete(&mut self, whole: Opened) {
        if self.batch != Some(whole.batch) {
            return;
        }
        (self.world, self.part) = (whole.world, None);
        let recent = self.recent.make_contiguous();
        self.story = self.world.batch(whole.batch).map(|batch| Story::open(batch, recent)).unwrap_or_default();
        self.changing.clear();
        (self.figures_due, self.recount) = (true, true);
    }

    /// How much of a batch has been read of which a page is here, in words; `None` where all of it is.
    pub fn being_read(&self) -> Option<String> {
        let (part, batch) = (self.part.as_ref()?, self.batch()?);
        let percent = u64::from(part.read) * 100 / u64::from(batch.total_files.max(1));
        Some(format!("reading its files, {percent} %"))
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
        self.apply(&event);
        self.story.take(&event);
        self.tallies.take(&event);
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

    /// Applies an event; the files that it changes are counted again by [`Data::count`].
    fn apply(&mut self, event: &Event) {
        let is_shown = self.batch == Some(event.batch);
        let file = event.kind.file().filter(|_| is_shown && !matches!(event.kind, EventKind::FilePlanned { .. }));
        if let Some(id) = file.filter(|id| self.changing.insert(*id))
            && let Some(known) = self.world.file(event.batch, id)
        {
            self.figures.remove(&known.into());
        }
        let changes = self.world.apply(event);
        let is_other = |change: &Change| matches!(change, Change::File(id) if !is_shown || !self.changing.contains(id));
        self.recount |= changes.iter().any(is_other);
    }

    /// Packs some of the files that rest, where the batch has very many.
    pub fn pack(&mut self) {
        if let Some(batch) = self.batch.and_then(|id| self.world.batches.get_mut(&id)).filter(|b| b.order.len() > MANY)
        {
            batch.files.pack(AT_ONCE);
        }
    }

    /// Lets go of files that were unpacked to be looked at.
    pub fn look_away(&mut self) {
        self.world.batches.values_mut().for_each(|batch| batch.files.look_away());
    }

    /// Brings the figures in line, if something has happened since.
    pub fn count(&mut self) {
        if !std::mem::take(&mut self.figures_due) {
            return;
        }
        let (changed, recount) = (std::mem::take(&mut self.changing), std::mem::take(&mut self.recount));
        match self.batch.and_then(|id| self.world.batch(id)) {
            None => self.figures = Figures::default(),
            Some(batch) if recount => self.figures = Figures::new(batch),
            Some(batch) => {
                changed.iter().filter_map(|id| batch.files.brief(*id)).for_each(|file| self.figures.add(&file))
            }
        }
        if let Some(part) = &self.part {
            let count = |status| part.counts.get(&status).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX));
            self.figures.waiting = count(FileStatus::Pending);
            self.figures.rolled_back = count(FileStatus::RolledBack);
        }
    }
}

/// The running statement's phase in words.
pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Forward => "statement",
        Phase::Undo => "undo statement",
    }
}
