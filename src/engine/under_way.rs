//! The statements that are under way: each in a task of its own, with the session that it runs on.

use super::EngineError;
use super::file_session::FileSession;
use super::runner::{self, Order, Ran, Wait};
use super::texts::Text;
use crate::database::Database;
use crate::model::{FileId, Phase};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// How long an interrupted statement may take to end before its connection is killed.
const INTERRUPT: Duration = Duration::from_secs(10);
/// How many waits may be untold; a statement that meets one more waits until there is room.
const WAITS: usize = 16;

/// A statement whose intent is journalled: what is needed to send it.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) session: FileSession,
    pub(super) order: Order,
    pub(super) text: Arc<Text>,
}

/// A statement that has ended, with its session.
pub(super) struct Ended {
    pub(super) ready: Ready,
    pub(super) ran: Result<Ran, EngineError>,
}

/// What is heard of the statements under way.
pub(super) enum Heard {
    Waits(Wait),
    Ended(Box<Ended>),
}

/// A statement that was sent.
#[derive(Debug)]
struct Sent {
    connection: u64,
    phase: Phase,
    /// Turns true when nobody wants it any more.
    abort: watch::Sender<bool>,
    interrupted: Option<Instant>,
}

/// Every statement under way. Dropping it abandons them; their sessions close, and the barrier keeps the next worker
/// waiting for what still runs on the server.
#[derive(Debug)]
pub(super) struct UnderWay {
    tasks: JoinSet<Ended>,
    sent: BTreeMap<FileId, Sent>,
    waits: mpsc::Sender<Wait>,
    waiting: mpsc::Receiver<Wait>,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl UnderWay {
    pub(super) fn new() -> UnderWay {
        let (waits, waiting) = mpsc::channel(WAITS);
        UnderWay { tasks: JoinSet::new(), sent: BTreeMap::new(), waits, waiting }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Sends a statement. Its intent must be durable.
    pub(super) fn send(&mut self, database: &Arc<dyn Database>, mut ready: Ready) {
        let (abort, aborted) = watch::channel(false);
        let connection = ready.session.session.connection_id();
        let sent = Sent { connection, phase: ready.order.phase, abort, interrupted: None };
        self.sent.insert(ready.order.file, sent);
        let (database, waits) = (database.clone(), self.waits.clone());
        self.tasks.spawn(async move {
            let ran = runner::run(&database, &mut ready.session, &ready.order, waits, aborted).await;
            Ended { ready, ran }
        });
    }

    /// What has happened already, without waiting. A statement's waits are heard before its end.
    pub(super) fn try_next(&mut self) -> Result<Option<Heard>, EngineError> {
        if let Ok(wait) = self.waiting.try_recv() {
            return Ok(Some(Heard::Waits(wait)));
        }
        self.tasks.try_join_next().map(|joined| self.ended(joined)).transpose()
    }

    /// What happens next; never, when nothing is under way. Nothing is lost when it is not awaited to its end.
    pub(super) async fn next(&mut self) -> Result<Heard, EngineError> {
        let joined = tokio::select! {
            biased;
            Some(wait) = self.waiting.recv() => return Ok(Heard::Waits(wait)),
            Some(joined) = self.tasks.join_next() => joined,
        };
        self.ended(joined)
    }

    fn ended(&mut self, joined: Result<Ended, tokio::task::JoinError>) -> Result<Heard, EngineError> {
        let ended = joined.map_err(EngineError::Task)?;
        self.sent.remove(&ended.ready.order.file);
        Ok(Heard::Ended(Box::new(ended)))
    }

    /// Stops the files' own statements, since nobody wants them any more; what was to be undone goes on. KILL QUERY on a
    /// long DDL is unreliable (`10-server-facts`), so the connection is killed when the statement does not end.
    pub(super) async fn stop_forward(&mut self, database: &Arc<dyn Database>) {
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
