//! The feed of a recording: a player behind the console's trait.

use crate::console::{
    Account, AlertList, Attached, BatchSummary, CHECK_RESULTS, CheckList, CheckResult, Feed, FeedError, FeedFault,
    FileText, Freeze, List, ListRequest, LookUp, Opened, RECENT_EVENTS, Replayed, RollbackSummary, Server, Steered,
    Update, Worker,
};
use crate::model::{
    BatchId, Checksum, CommandId, CommandRequest, DecisionId, DecisionRequest, OverrideRequest, RollbackSubject,
    ValidationStatus,
};
use crate::recording::drill::questions;
use crate::recording::{Drill, Order, Player, Recording, RecordingError, Speed, Tape, with_marks};
use crate::sql::{Dialect, Globals, Language};
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks while it plays, at most: the clock on the screen goes by them.
const LOOK: u64 = 200;
/// At least, however much happens.
const LEAST: u64 = 40;

/// Way in which a recording is played.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlayOptions {
    pub max_gap: Option<Duration>,
    pub speed: Speed,
    /// True for a drill, with the name of whoever answers.
    pub drill: bool,
    pub trainee: Option<String>,
}

/// A recording as a feed.
pub(crate) struct ReplayFeed {
    player: Player,
    tape: Arc<Tape>,
    /// The file that it came from, into which notes go.
    file: Option<PathBuf>,
    looked_at: Instant,
}

impl ReplayFeed {
    /// A feed from a recording.
    ///
    /// # Errors
    /// [`RecordingError`] where it cannot be played.
    pub fn new(mut recording: Recording, options: PlayOptions, file: Option<PathBuf>) -> Result<Self, RecordingError> {
        let drill = match options.drill {
            true => Some(Drill { trainee: options.trainee, questions: questions(&mut recording)? }),
            false => None,
        };
        let stops = drill.iter().flat_map(|drill| drill.questions.iter().map(|question| question.stop)).collect();
        let max_gap = options.max_gap.map(|gap| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
        let player = Player::new(recording, max_gap, options.speed, stops)?;
        let tape = Arc::new(Tape::new(&player, drill));
        Ok(ReplayFeed { player, tape, file, looked_at: Instant::now() })
    }

    /// The tape of what is played.
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    fn batch(&self) -> BatchId {
        self.tape.facts.batch
    }

    fn opened(&mut self) -> Result<Opened, RecordingError> {
        let batch = self.batch();
        let place = self.player.place(RECENT_EVENTS)?;
        let recent = place.recent.into_iter().filter(|event| event.batch == batch).collect();
        Ok(Opened { batch, world: place.world, recent, part: None })
    }

    /// What a console needs to begin.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn begin(&mut self) -> Result<Attached, RecordingError> {
        let origin = &self.tape.facts.origin;
        let server = Server {
            label: origin.label.clone(),
            kind: origin.kind.clone(),
            version: origin.version.clone(),
            core: origin.core.clone(),
            environment: origin.environment.clone(),
        };
        let account = Account { name: format!("recorded by {}", origin.account), ..Account::default() };
        let read_only = Some("this is a replay: what happened cannot be changed".to_owned());
        let replay = Some(Replayed { tape: self.tape.clone(), transport: self.player.transport() });
        Ok(Attached { server, account, read_only, opened: Some(self.opened()?), replay })
    }

    /// What happens in so many microseconds on the wall.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn pass(&mut self, elapsed_us: u64) -> Result<Update, RecordingError> {
        let events = self.player.advance(elapsed_us)?;
        let transport = self.player.transport();
        let again_ms = match transport.playing {
            true => Some((self.player.next_in_us()?.unwrap_or(0) / 1000).clamp(LEAST, LOOK)),
            false => None,
        };
        let system = &self.player.world().system;
        // The heartbeats of a worker are in no journal: it is taken for alive while it holds the lease.
        let worker = system.lease.as_ref().map(|lease| Worker { holder: lease.holder.clone(), alive: true, age_ms: 0 });
        Ok(Update {
            events,
            worker,
            freeze: system.freeze.as_ref().and_then(Freeze::from_model),
            clock: transport.at,
            newest_batch: Some(self.batch()),
            again_ms,
            transport: Some(transport),
            ..Update::default()
        })
    }

    /// Results of checks until this moment, the worst first and then the newest.
    fn checks(&mut self) -> Result<Vec<CheckResult>, RecordingError> {
        const CHUNK: u64 = 2_000;
        let upto = self.player.transport().event;
        let mut results = Vec::new();
        let mut from = 0;
        while from < upto {
            let events = self.player.read(from..upto.min(from + CHUNK))?;
            results.extend(events.iter().flat_map(CheckResult::of));
            from += CHUNK;
        }
        let worst = |status| match status {
            ValidationStatus::Failed => 0,
            ValidationStatus::Warning => 1,
            ValidationStatus::Passed => 2,
        };
        results.sort_by_key(|result| (worst(result.status), std::cmp::Reverse(result.id)));
        results.truncate(CHECK_RESULTS);
        Ok(results)
    }

    /// Puts the notes into the file that is played.
    fn keep_marks(&self) -> Result<(), String> {
        let Some(file) = &self.file else { return Err("it is played from the database, which keeps no notes".into()) };
        let bytes = with_marks(self.player.recording(), self.player.marks()).map_err(|error| error.to_string())?;
        super::super::whole_file::write(file, &bytes).map_err(|error| error.to_string())
    }
}

fn fault(error: RecordingError) -> FeedError {
    FeedError::new(FeedFault::Denied, error.to_string())
}

fn denied<T>(why: &str) -> Result<T, FeedError> {
    Err(FeedError::new(FeedFault::Denied, why))
}

#[async_trait]
impl Feed for ReplayFeed {
    async fn attach(&mut self) -> Result<Attached, FeedError> {
        self.looked_at = Instant::now();
        self.begin().map_err(|error| FeedError::new(FeedFault::Hopeless, error.to_string()))
    }

    async fn poll(&mut self) -> Result<Update, FeedError> {
        let elapsed = std::mem::replace(&mut self.looked_at, Instant::now()).elapsed();
        self.pass(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)).map_err(fault)
    }

    async fn submit(&mut self, _: CommandRequest) -> Result<CommandId, FeedError> {
        denied("this is a replay: what happened cannot be changed")
    }

    async fn source(&mut self, checksum: &Checksum) -> Result<Option<FileText>, FeedError> {
        let origin = &self.tape.facts.origin;
        let dialect = Dialect::ALL.into_iter().find(|d| d.as_str() == origin.kind).unwrap_or(Dialect::MariaDb);
        let globals = Globals { sql_mode: origin.sql_mode.clone(), ..Globals::default() };
        let source = self.player.recording().source(checksum).map_err(fault)?;
        let language = Language::new(dialect, &globals);
        Ok(source.map(|source| FileText { undo: crate::undo::undone_by(&source, language), source }))
    }

    async fn batches(&mut self, _: usize) -> Result<Vec<BatchSummary>, FeedError> {
        let batch = self.player.world().batch(self.batch());
        let summary = batch.map(|batch| BatchSummary {
            id: batch.id,
            name: batch.name.clone(),
            status: batch.status,
            epoch_from: batch.epoch_from,
            epoch_to: batch.epoch_to,
            total_files: batch.total_files,
            completed_files: batch.completed,
            failed_files: batch.count(crate::model::FileState::Failed),
            started_at: batch.started_at,
            completed_at: batch.completed_at,
        });
        Ok(summary.into_iter().collect())
    }

    async fn rollbacks(&mut self) -> Result<Vec<RollbackSummary>, FeedError> {
        // Those of the one batch there is are in its world.
        Ok(Vec::new())
    }

    fn blast_radius(&mut self, _: BatchId, _: RollbackSubject) -> LookUp {
        let why =
            "a recording holds what the journal holds; what a rollback would have done is looked up in the database";
        Box::pin(std::future::ready(denied(why)))
    }

    async fn decide(&mut self, _: DecisionRequest) -> Result<DecisionId, FeedError> {
        denied("this is a replay: what happened cannot be changed")
    }

    async fn let_pass(&mut self, _: BatchId, _: OverrideRequest) -> Result<DecisionId, FeedError> {
        denied("this is a replay: what happened cannot be changed")
    }

    async fn open(&mut self, batch: BatchId) -> Result<Opened, FeedError> {
        if batch != self.batch() {
            return denied("the recording holds one batch only");
        }
        self.opened().map_err(fault)
    }

    async fn list(&mut self, wanted: ListRequest) -> Result<List, FeedError> {
        match wanted {
            ListRequest::Checks(batch) => Ok(List::Checks(CheckList { batch, results: self.checks().map_err(fault)? })),
            ListRequest::Alerts => {
                let world = self.player.world();
                let of_batches = world.batches.values().flat_map(|batch| batch.alerts.values());
                let alerts = world.system.alerts.values().chain(of_batches).cloned().collect();
                Ok(List::Alerts(AlertList { alerts, ..AlertList::default() }))
            }
            ListRequest::History => denied("a recording holds one batch; History is beyond it"),
            ListRequest::Decided => Ok(List::Decided(Vec::new())),
            ListRequest::Checklist(_) => denied("a recording holds what the journal holds, and no checklist"),
        }
    }

    async fn steer(&mut self, order: Order) -> Result<Steered, FeedError> {
        let elapsed = std::mem::replace(&mut self.looked_at, Instant::now()).elapsed();
        // What was played until the key came has happened.
        let before = self.player.advance(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)).map_err(fault)?;
        let moved = self.player.obey(&order).map_err(fault)?;
        if matches!(order, Order::Mark(_)) {
            self.keep_marks()
                .map_err(|why| FeedError::new(FeedFault::Denied, format!("the note is not kept: {why}")))?;
        }
        let opened = if moved || !before.is_empty() { Some(self.opened().map_err(fault)?) } else { None };
        Ok(Steered { opened, transport: self.player.transport() })
    }
}
