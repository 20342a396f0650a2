//! The task that talks to the feed, so that the screen never waits for the database.

use crate::console::feed::{Feed, FeedError, FeedFault, LookUp, Update};
use crate::console::state::message::{Report, Request};
use crate::model::{BatchId, RollbackSubject};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Between two polls while nothing happens: at most one query a second, those included that come twice a minute.
const IDLE: Duration = Duration::from_millis(1250);
/// Between two polls while events arrive or an answer is awaited.
const BUSY: Duration = Duration::from_millis(200);
/// Time after the last event in which it still counts as busy.
const BUSY_FOR: Duration = Duration::from_secs(3);
/// The first pause after an error; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Looks that may wait for the one that is under way: a cursor that moves down a list asks for each row.
const LOOKS: usize = 64;
/// The batches that the picker lists.
const BATCHES: usize = 100;

/// Attaches, polls and answers until the screen is gone.
pub async fn follow(mut feed: Box<dyn Feed>, mut requests: mpsc::Receiver<Request>, reports: mpsc::Sender<Report>) {
    let mut pace = Pace::default();
    let mut attached = false;
    // The last poll said that everything must be read anew, and it has not succeeded since.
    let mut moved = false;
    let (looks, asked) = mpsc::channel(LOOKS);
    tokio::spawn(look_up(asked, reports.clone()));
    // The feeds that a replay stands in for.
    let mut beneath: Vec<Box<dyn Feed>> = Vec::new();
    loop {
        let next = if attached {
            match feed.poll().await {
                Ok(update) => {
                    moved = false;
                    pace.updated(&update);
                    Report::Update(Box::new(update))
                }
                // Nothing is wrong with the connection: what is there now is read at once.
                Err(error) if error.fault == FeedFault::Moved && !moved => {
                    (attached, moved) = (false, true);
                    continue;
                }
                Err(error) => {
                    attached = error.fault != FeedFault::Moved;
                    pace.lost(error)
                }
            }
        } else {
            match feed.attach().await {
                Ok(news) => {
                    attached = true;
                    pace.begins_now();
                    Report::Attached(Box::new(news))
                }
                Err(error) => pace.lost(error),
            }
        };
        if reports.send(next).await.is_err() {
            return;
        }
        let due = pace.due;
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                () = tokio::time::sleep_until(due.min(pace.due)) => break,
            };
            let Some(request) = request else { return };
            if matches!(request, Request::Submit(_) | Request::Decide(_) | Request::LetPass(..)) {
                pace.expects_answer();
            }
            let report = match request {
                Request::Replay(batch) => match feed.replay(batch).await {
                    Ok(played) => {
                        beneath.push(std::mem::replace(&mut feed, played));
                        attached = false;
                        break;
                    }
                    Err(error) => Report::NotReplayed(error),
                },
                Request::Live => match beneath.pop() {
                    Some(live) => {
                        feed = live;
                        attached = false;
                        break;
                    }
                    None => Report::NotReplayed(FeedError::new(FeedFault::Denied, "only the recording is open here")),
                },
                Request::BlastRadius(batch, subject) => {
                    let look = feed.blast_radius(batch, subject.clone());
                    if looks.send((batch, subject, look)).await.is_err() {
                        return;
                    }
                    continue;
                }
                Request::LookAt(rollback) => {
                    feed.look_at(rollback);
                    continue;
                }
                request => answer(feed.as_mut(), request).await,
            };
            log_refusal(&report);
            if matches!(report, Report::Steered(_)) {
                pace.due = Instant::now();
            }
            if reports.send(report).await.is_err() {
                return;
            }
        }
    }
}

/// Looks one after the other at what rollbacks would do, beside the feed: until one has ended, the screen stays live.
async fn look_up(mut asked: mpsc::Receiver<(BatchId, RollbackSubject, LookUp)>, reports: mpsc::Sender<Report>) {
    while let Some((batch, subject, look)) = asked.recv().await {
        let told = look.await;
        if reports.send(Report::BlastRadius(batch, subject, Box::new(told))).await.is_err() {
            return;
        }
    }
}

/// A request that was not taken, in the program's own log.
fn log_refusal(report: &Report) {
    let refused = match report {
        Report::Submitted(answer) => answer.as_ref().err(),
        Report::Decided(answer) => answer.as_ref().err(),
        _ => None,
    };
    if let Some(error) = refused {
        tracing::warn!("not taken: {error}");
    }
}

async fn answer(feed: &mut dyn Feed, request: Request) -> Report {
    match request {
        Request::Submit(request) => Report::Submitted(feed.submit(request).await),
        Request::Source(checksum) => {
            let source = feed.source(&checksum).await;
            Report::Source(checksum, source)
        }
        Request::Batches => Report::Batches(feed.batches(BATCHES).await),
        Request::Rollbacks => Report::Rollbacks(feed.rollbacks().await),
        Request::List(wanted) => Report::List(wanted, Box::new(feed.list(wanted).await)),
        Request::Decide(request) => Report::Decided(feed.decide(request).await),
        Request::LetPass(batch, request) => Report::Decided(feed.let_pass(batch, request).await),
        Request::Open(batch) => Report::Opened(feed.open(batch).await.map(Box::new)),
        Request::Steer(order) => Report::Steered(Box::new(feed.steer(order).await)),
        // Whoever asks decides which feed is followed: `follow`.
        Request::Replay(_) | Request::Live | Request::LookAt(_) | Request::BlastRadius(..) => {
            Report::NotReplayed(FeedError::new(FeedFault::Denied, "not here"))
        }
    }
}

/// Time when the next poll is due.
struct Pace {
    due: Instant,
    busy_until: Instant,
    pause: Duration,
    /// Why there is no connection, where there is none: each reason is logged once.
    lost: Option<String>,
}

impl Default for Pace {
    fn default() -> Pace {
        let now = Instant::now();
        Pace { due: now, busy_until: now, pause: FIRST_PAUSE, lost: None }
    }
}

impl Pace {
    fn begins_now(&mut self) {
        self.due = Instant::now();
        self.is_back();
    }

    fn is_back(&mut self) {
        self.pause = FIRST_PAUSE;
        if self.lost.take().is_some() {
            tracing::info!("the connection is there again");
        }
    }

    fn updated(&mut self, update: &Update) {
        let now = Instant::now();
        if !update.events.is_empty() {
            self.busy_until = now + BUSY_FOR;
        }
        self.is_back();
        let pause = match update.more {
            true => Duration::ZERO,
            false if update.again_ms.is_some() => Duration::from_millis(update.again_ms.unwrap_or_default()),
            false if now < self.busy_until => BUSY,
            false => IDLE,
        };
        self.due = now + pause;
    }

    /// An order has been given: its answer is wanted soon.
    fn expects_answer(&mut self) {
        let now = Instant::now();
        self.busy_until = now + BUSY_FOR;
        self.due = self.due.min(now + BUSY);
    }

    /// Pauses grow, and differ between consoles, so that a server that comes back is not met by all at once.
    fn lost(&mut self, error: FeedError) -> Report {
        let jitter = 0.7 + 0.6 * fastrand::f64();
        let pause = self.pause.mul_f64(jitter);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.due = Instant::now() + pause;
        let why = error.to_string();
        if self.lost.as_ref() != Some(&why) {
            tracing::warn!("not connected, trying again: {why}");
            self.lost = Some(why);
        }
        Report::Lost { error, again_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_begin_anew() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut pace = Pace::default();
            let mut pauses = Vec::new();
            for _ in 0..8 {
                let Report::Lost { again_ms, .. } = pace.lost(FeedError::new(FeedFault::Gone, "x")) else { panic!() };
                pauses.push(again_ms);
            }
            assert!((350..=650).contains(&pauses[0]), "{pauses:?}");
            assert!((3_500..=6_500).contains(&pauses[7]), "{pauses:?}");
            pace.updated(&Update::default());
            assert_eq!(pace.pause, FIRST_PAUSE);
        });
    }
}
