//! The voice of the demo in the console: what comes, where to look, and when to go on.

use super::acts::{ACTS, AGAIN, TOTAL};
use crate::console::{Guide, GuideLink, Next};
use crate::model::BatchId;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Wishes to go on that may wait to be heard.
const ROOM: usize = 4;

/// What comes by itself after a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comes<'a> {
    pub what: &'a str,
    pub does: &'a str,
    pub after: Duration,
}

/// Speaks to the viewer, and hears when to go on.
pub(super) struct Narrator {
    words: watch::Sender<Guide>,
    go_on: mpsc::Receiver<u64>,
}

impl Narrator {
    /// A narrator, and the console's ends.
    pub fn new() -> (Narrator, GuideLink) {
        let (words, heard) = watch::channel(Guide::default());
        let (asks, go_on) = mpsc::channel(ROOM);
        (Narrator { words, go_on }, GuideLink { words: heard, go_on: asks })
    }

    /// Says something of an act, counted from 0.
    pub fn say(&self, number: usize, words: &str, look: &str) {
        self.tell(title(number), words, look, None, None);
    }

    /// Says that it is over, or that it cannot go on.
    pub fn end(&self, title: &str, words: &str, look: &str) {
        self.tell(title.to_owned(), words, look, None, None);
    }

    /// Says something of an act and what comes next, and waits until its time has come or the viewer wants it.
    pub async fn until_wanted(&mut self, number: usize, words: &str, look: &str, comes: Comes<'_>) {
        let number = self.tell(title(number), words, look, Some(comes), None);
        self.wanted(number).await;
    }

    /// The same, with a past batch played again.
    pub async fn until_replayed(&mut self, batch: BatchId, comes: Comes<'_>) {
        let number = self.tell(title(ACTS.len()), AGAIN.words, AGAIN.look, Some(comes), Some(batch));
        self.wanted(number).await;
    }

    async fn wanted(&mut self, number: u64) {
        while self.go_on.recv().await.is_some_and(|wanted| wanted != number) {}
    }

    /// Returns the number of the words.
    fn tell(&self, title: String, words: &str, look: &str, comes: Option<Comes<'_>>, replay: Option<BatchId>) -> u64 {
        let next = comes.map(|Comes { what, does, after }| Next {
            what: what.to_owned(),
            does: does.to_owned(),
            after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        });
        let number = self.words.borrow().number + 1;
        self.words.send_replace(Guide { number, title, words: words.to_owned(), look: look.to_owned(), next, replay });
        number
    }
}

/// `act 2 of 5: a mistake, undone`.
fn title(number: usize) -> String {
    let name = ACTS.get(number).map_or(AGAIN.name, |act| act.name);
    format!("act {} of {TOTAL}: {name}", number + 1)
}
