//! State of the Board: which part has the keys, where the cursor stands in the story, what is unfolded.

use super::filter::Filter;
use super::story::Key;
use std::collections::BTreeSet;

/// The time for which a part of the screen keeps its height after its content has gone, in milliseconds.
const STAYS: u64 = 5_000;

/// The part that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// What is under way: Enter opens the file.
    #[default]
    Now,
    /// The story: Enter unfolds a line.
    Story,
    /// The states: Enter lists the files in one.
    States,
}

/// The row of the story under the cursor: a line, or one of the events that it was unfolded to, from 1.
pub type Place = (Key, usize);

/// The Board.
#[derive(Debug, Default)]
pub struct BoardView {
    pub part: Part,
    /// The raw journal in place of the story.
    pub journal: bool,
    pub filter: Filter,
    /// First row shown of the story, or of the journal.
    pub top: usize,
    /// Row under the cursor, and its number when it was seen last.
    pub at: Option<Place>,
    pub row: usize,
    pub unfolded: BTreeSet<Key>,
    /// Station of the states under the cursor.
    pub station: usize,
    /// Rows that what is under way takes, when it last needed them, and the size of the screen then.
    rows: (u16, u64, (u16, u16)),
}

impl BoardView {
    /// Rows for what is under way: as many as it needs, and for a while as many as it needed before.
    pub fn rows(&self, needed: u16, now: u64, size: (u16, u16)) -> u16 {
        let (rows, since, then) = self.rows;
        if rows > needed && now.saturating_sub(since) < STAYS && size == then { rows } else { needed }
    }

    /// Notes how many rows are needed now.
    pub fn needs(&mut self, needed: u16, now: u64, size: (u16, u16)) {
        if self.rows(needed, now, size) == needed {
            self.rows = (needed, now, size);
        }
    }

    /// The cursor and what was unfolded are of another batch.
    pub fn forget(&mut self) {
        *self = BoardView { journal: self.journal, ..BoardView::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_stays_for_a_while() {
        let mut board = BoardView::default();
        const SIZE: (u16, u16) = (120, 40);
        board.needs(8, 1_000, SIZE);
        board.needs(8, 9_000, SIZE);
        board.needs(4, 10_000, SIZE);
        assert_eq!(board.rows(4, 10_000, SIZE), 8);
        assert_eq!(board.rows(9, 10_000, SIZE), 9, "it grows at once");
        assert_eq!(board.rows(4, 10_000, (80, 24)), 4, "another screen");
        board.needs(4, 14_000, SIZE);
        assert_eq!(board.rows(4, 14_000, SIZE), 4);
    }
}
