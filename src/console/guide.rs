//! A guided tour beside the feed: somebody tells a newcomer what comes and where to look, and is told when to go on.

use crate::model::BatchId;
use tokio::sync::{mpsc, watch};

/// Words of the tour at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guide {
    /// Number of these words; the console goes on from the words that it shows, and from no earlier ones.
    pub number: u64,
    /// The act and its name.
    pub title: String,
    /// What happens now, or what has happened.
    pub words: String,
    /// Where it can be seen.
    pub look: String,
    /// What comes next by itself; `None` where nothing does, or where something runs that ends by itself.
    pub next: Option<Next>,
    /// A past batch that is to be played again on the screens.
    pub replay: Option<BatchId>,
}

/// What comes after a time, or sooner when the viewer wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// E.g. `act 3`.
    pub what: String,
    /// E.g. `begins`.
    pub does: String,
    pub after_ms: u64,
}

/// The two ends that the console holds.
#[derive(Debug, Clone)]
pub struct GuideLink {
    pub words: watch::Receiver<Guide>,
    /// Takes the number of the words from which to go on.
    pub go_on: mpsc::Sender<u64>,
}
