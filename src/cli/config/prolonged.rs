//! Time after which a batch is prolonged.

use crate::model::duration;
use std::time::Duration;

/// Time after which a batch is prolonged (`alerts.prolonged`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prolonged {
    /// Multiple of what it is estimated to take.
    Times(f64),
    After(Duration),
}

impl Default for Prolonged {
    fn default() -> Self {
        Prolonged::Times(3.0)
    }
}

impl Prolonged {
    /// Reads `3x` or `2h`.
    pub(super) fn read(text: &str) -> Option<Prolonged> {
        match text.strip_suffix('x') {
            Some(times) => times.parse().ok().filter(|times| (1.0..=1000.0).contains(times)).map(Prolonged::Times),
            None => duration(text).map(Prolonged::After),
        }
    }
}
