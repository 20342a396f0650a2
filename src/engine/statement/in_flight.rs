//! The statements that are under way: each in a task of its own, with the session that it runs on.

use super::file_session::FileSession;
use super::job::{LockWait, StatementJob, StatementOutcome};
use super::run;
use crate::database::Database;
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::live::{Doing, UnderWay};
use crate::model::{FileId, Phase};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Time that an interrupted statement may take to end before its connection is killed.
const INTERRUPT: Duration = Duration::from_secs(10);
/// Time that a statement runs at the most of which the end is awaited, so that another goes with it.
const SHORT: Duration = Duration::from_millis(100);
/// Waits that may be untold; a statement that meets one more waits until there is room.
const WAITS: usize = 16;

/// A statement whose intent is journalled: what is needed to send it.
#[derive(Debug)]
pub(crate) struct ReadyJob {
    pub(crate) session: FileSession,
    pub(crate) job: StatementJob,
    pub(crate) text: Arc<FileText>,
}

/// A statement that has ended, with its session.
pub(crate) struct EndedJob {
    pub(crate) ready: ReadyJob,
    pub(crate) outcome: Result<StatementOutcome, EngineError>,
}

/// Event of a statement under way.
pub(crate) enum JobEvent {
    Waits(LockWait),
    Ended(Box<EndedJob>),
}

/// A statement that was sent.
#[derive(Debug)]
struct SentJob {
    connection: u64,
    phase: Phase,
    at: Instant,
    /// Turns true when nobody wants it any more.
    abort: watch::Sender<bool>,
    interrupted: Option<Instant>,
}

/// Every statement under way. Dropping it abandons them; their sessions close, and the barrier keeps the next worker
/// waiting for what still runs on the server.
#[derive(Debug)]
pub(crate) struct InFlight {
    tasks: JoinSet<EndedJob>,
    sent: BTreeMap<FileId, SentJob>,
    waits: mpsc::Sender<LockWait>,
    waiting: mpsc::Receiver<LockWait>,
    /// For whoever looks at the server meanwhile.
    doing: watch::Sender<Doing>,
}

impl std::fmt::Debug for EndedJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl InFlight {
    pub(crate) fn new(doing: watch::Sender<Doing>) -> InFlight {
        let (waits, waiting) = mpsc::channel(WAITS);
        InFlight { tasks: JoinSet::new(), sent: BTreeMap::new(), waits, waiting, doing }
    }

    /// A batch is driven from here on, of which so many files may be under way at a time; or none is any more.
    pub(crate) fn drives(&self, parallel: Option<usize>) {
        self.doing.send_modify(|doing| doing.driving = parallel);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Number of statements that may end soon: one that has run for long is not likely to end just now.
    pub(crate) fn ending(&self) -> usize {
        self.sent.values().filter(|sent| sent.at.elapsed() < SHORT).count()
    }

    /// Sends a statement. Its intent must be durable, unless its transaction stays open behind it (`sharing`), or its
    /// receipt tells by itself (`early`).
    pub(crate) fn send(&mut self, database: &Arc<dyn Database>, mut ready: ReadyJob) {
        let (abort, aborted) = watch::channel(false);
        let connection = ready.session.session.connection_id();
        let sent = SentJob { connection, phase: ready.job.phase, at: Instant::now(), abort, interrupted: None };
        self.sent.insert(ready.job.file, sent);
        let under_way = UnderWay::new(database.schemas(), &ready.job, connection);
        self.doing.send_modify(|doing| doing.statements.push(under_way));
        let (database, waits) = (database.clone(), self.waits.clone());
        self.tasks.spawn(async move {
            let outcome = run::run(&database, &mut ready.session, &ready.job, waits, aborted).await;
            EndedJob { ready, outcome }
        });
    }

    /// Gives what has happened already, without waiting. A statement's waits are heard before its end.
    pub(crate) fn try_next(&mut self) -> Result<Option<JobEvent>, EngineError> {
        if let Ok(wait) = self.waiting.try_recv() {
            return Ok(Some(self.waits(wait)));
        }
        self.tasks.try_join_next().map(|joined| self.ended(joined)).transpose()
    }

    /// Waits for what happens next; never, when nothing is under way. Nothing is lost when it is not awaited to its
    /// end.
    pub(crate) async fn next(&mut self) -> Result<JobEvent, EngineError> {
        let joined = tokio::select! {
            biased;
            Some(wait) = self.waiting.recv() => return Ok(self.waits(wait)),
            Some(joined) = self.tasks.join_next() => joined,
        };
        self.ended(joined)
    }

    fn waits(&self, wait: LockWait) -> JobEvent {
        let met = |doing: &mut Doing| {
            doing.statements.iter_mut().filter(|s| s.file == wait.file).for_each(|s| s.met_lock = true);
        };
        self.doing.send_modify(met);
        JobEvent::Waits(wait)
    }

    fn ended(&mut self, joined: Result<EndedJob, tokio::task::JoinError>) -> Result<JobEvent, EngineError> {
        let ended = joined.map_err(EngineError::Task)?;
        let file = ended.ready.job.file;
        self.sent.remove(&file);
        self.doing.send_modify(|doing| doing.statements.retain(|s| s.file != file));
        Ok(JobEvent::Ended(Box::new(ended)))
    }

    /// Stops the files' own statements, since nobody wants them any more; what was to be undone goes on. KILL QUERY on
    /// a long DDL is unreliable (it goes on after its client: `docs/design/servers.md`, "Barrier"), so the connection
    /// is killed when the statement does not end.
    pub(crate) async fn stop_forward(&mut self, database: &Arc<dyn Database>) {
        for sent in self.sent.values_mut().filter(|sent| sent.phase == Phase::Forward) {
            let hard = match sent.interrupted {
                None => false,
                Some(at) if at.elapsed() > INTERRUPT => true,
                Some(_) => continue,
            };
            sent.interrupted = Some(Instant::now());
            sent.abort.send_replace(true);
            stop_statement(database, sent.connection, hard).await;
        }
    }
}

/// Not reaching the server is no reason to leave the statement alone.
async fn stop_statement(database: &Arc<dyn Database>, connection: u64, hard: bool) {
    let stopped = if hard { database.kill(connection).await } else { database.interrupt(connection).await };
    if let Err(error) = stopped {
        tracing::warn!(%error, connection, "the statement could not be stopped; trying again");
    }
}
