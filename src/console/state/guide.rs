//! The tour's words on the screen, and the time until it goes on.

use crate::console::guide::Guide;

/// Time that somebody who looks around has at least, in milliseconds.
const LOOKING: u64 = 30_000;
/// Time that is left at least while a dialog, a prompt or the help lies over the screen, in milliseconds.
const READING: u64 = 5_000;

/// The tour as the console shows it.
#[derive(Debug, Clone)]
pub struct GuideView {
    pub guide: Guide,
    /// Moment of the console's own clock when it goes on; `None` while nothing is waited for.
    until: Option<u64>,
}

impl GuideView {
    /// New words, shown from now on.
    pub fn new(guide: Guide, now: u64) -> GuideView {
        let until = guide.next.as_ref().map(|next| now + next.after_ms);
        GuideView { guide, until }
    }

    /// Milliseconds until it goes on.
    pub fn left_ms(&self, now: u64) -> Option<u64> {
        self.until.map(|until| until.saturating_sub(now))
    }

    /// The viewer looks around: it does not go on under their eyes.
    pub fn looked_around(&mut self, now: u64) {
        self.stay(now + LOOKING);
    }

    /// Something lies over the screen.
    pub fn covered(&mut self, now: u64) {
        self.stay(now + READING);
    }

    fn stay(&mut self, at_least: u64) {
        self.until = self.until.map(|until| until.max(at_least));
    }

    /// True if its time has come.
    pub fn is_due(&self, now: u64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Goes on: the number of the words, once.
    pub fn go_on(&mut self) -> Option<u64> {
        self.until.take().map(|_| self.guide.number)
    }
}
