//! The database's clock, read once and carried forward by this process's monotonic one: journal times never go back.

use super::{Result, Store};
use crate::database::Session;
use crate::model::Millis;
use std::time::Instant;

/// Reading of the database's clock, and the moment of this process at which it was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    read: Instant,
    stood: Millis,
    last: Millis,
}

impl Clock {
    /// Asks the database.
    pub(super) async fn read(store: &Store, session: &mut dyn Session) -> Result<Self> {
        let sql = store.sql("SELECT {now_ms}")?;
        let asked = Instant::now();
        let rows = session.query_text(&sql).await?;
        let stood = Millis(rows.first().map_or(0, |row| row.get_i64(0)));
        Ok(Self { read: asked + asked.elapsed() / 2, stood, last: Millis(0) })
    }

    /// Gives the database's time now; never earlier than before.
    pub(super) fn now(&mut self) -> Millis {
        let passed = i64::try_from(self.read.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.last = self.last.max(Millis(self.stood.0.saturating_add(passed)));
        self.last
    }

    /// A new reading; what it says still never goes back.
    pub(super) fn adopt(&mut self, read: Clock) {
        *self = Clock { last: self.last, ..read };
    }

    /// Nothing is to be earlier than this.
    pub(super) fn not_before(&mut self, at: Millis) {
        self.last = self.last.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_back() {
        let at = |ms| Clock { read: Instant::now(), stood: Millis(ms), last: Millis(0) };
        let mut clock = at(1_000_000);
        assert!(clock.now() >= Millis(1_000_000));
        clock.not_before(Millis(2_000_000));
        clock.adopt(at(1_500_000));
        assert_eq!(clock.now(), Millis(2_000_000));
        clock.adopt(at(3_000_000));
        assert!(clock.now() >= Millis(3_000_000));
    }
}
