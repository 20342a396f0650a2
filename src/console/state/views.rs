//! State of each screen: cursors, order, filters.

use super::filter::Filter;
use super::listing::Listing;
use crate::console::safe_text::SafeText;
use crate::model::{Checksum, File, FileId, StatementUndo};
use std::collections::BTreeSet;

/// Keeps a cursor within so many rows and the window around it.
pub fn settle(cursor: &mut usize, top: &mut usize, rows: usize, height: usize) {
    *cursor = (*cursor).min(rows.saturating_sub(1));
    *top = (*top).min(rows.saturating_sub(height)).min(*cursor);
    if *cursor >= *top + height.max(1) {
        *top = *cursor + 1 - height.max(1);
    }
}

/// The parts of one file's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    #[default]
    Sql,
    Facts,
}

/// The texts of a file, as far as they are here.
#[derive(Debug)]
pub enum Source {
    Loading,
    /// They are not kept, or could not be read: why.
    Missing(SafeText),
    Here {
        up: Box<Listing>,
        down: Option<Box<Listing>>,
        /// Of each statement, what would undo it.
        undo: Vec<StatementUndo>,
    },
}

/// One file, opened.
#[derive(Debug)]
pub struct DetailView {
    pub file: FileId,
    pub checksum: Checksum,
    pub source: Source,
    pub pane: Pane,
    /// Line of the SQL under the cursor, from 0.
    pub line: usize,
    pub top: usize,
    /// Columns scrolled to the right.
    pub left: usize,
    pub facts_top: usize,
    pub search: String,
    /// The cursor has been moved by hand: it no longer follows the running statement.
    pub moved: bool,
}

impl DetailView {
    /// A file whose texts have been asked for.
    pub fn new(file: &File) -> DetailView {
        DetailView {
            file: file.id,
            checksum: file.source.clone(),
            source: Source::Loading,
            pane: Pane::Sql,
            line: 0,
            top: 0,
            left: 0,
            facts_top: 0,
            search: String::new(),
            moved: false,
        }
    }

    /// The migration's text.
    pub fn listing(&self) -> Option<&Listing> {
        match &self.source {
            Source::Here { up, .. } => Some(up),
            _ => None,
        }
    }

    /// Undo of each statement, as far as that is here; empty where it is not.
    pub fn undone_by(&self) -> &[StatementUndo] {
        match &self.source {
            Source::Here { undo, .. } => undo,
            _ => &[],
        }
    }

    /// The statement under the cursor, from 0.
    pub fn statement(&self) -> Option<u32> {
        self.listing().and_then(|l| l.statement_on(self.line)).map(|(n, _)| n)
    }

    /// Goes to the next line that holds the searched text, around the end; says whether there is one.
    pub fn find(&mut self, forward: bool) -> bool {
        let wanted = self.search.to_lowercase();
        let Some(listing) = self.listing().filter(|_| !wanted.is_empty()) else { return false };
        let lines = listing.len();
        let step = |n: usize| if forward { self.line + n } else { self.line + lines - n };
        let found = (1..=lines).map(|n| step(n) % lines).find(|n| listing.raw(*n).to_lowercase().contains(&wanted));
        if let Some(line) = found {
            self.line = line;
            self.moved = true;
        }
        found.is_some()
    }
}

/// Key of a row, by which the cursor finds it again: the kind of row, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey(pub RowKind, pub i64);

/// Kind of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Enter opens it.
    Single,
    /// Enter shows the rows that are folded into it, or folds them again.
    Folded,
}

impl RowKey {
    /// True if other rows are folded into it.
    pub fn is_folded(self) -> bool {
        self.0 == RowKind::Folded
    }
}

/// A list with a cursor, and what its row under the cursor tells, below it or over the full screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListView {
    /// Rows that there are, filtered; set by whoever brings the screen back in line.
    pub rows: Vec<RowKey>,
    /// Rows that show what is folded into them.
    pub unfolded: BTreeSet<RowKey>,
    pub cursor: usize,
    pub top: usize,
    pub filter: Filter,
    /// The row under the cursor is open.
    pub opened: bool,
    /// First line shown of what is open.
    pub pane_top: usize,
    /// Pane that Tab has come to, where not all have room; the screen counts them.
    pub pane: usize,
}

impl ListView {
    /// Moves the cursor, or what is open.
    pub fn move_by(&mut self, distance: isize) {
        let place = if self.opened { &mut self.pane_top } else { &mut self.cursor };
        *place = place.saturating_add_signed(distance);
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<RowKey> {
        self.rows.get(self.cursor).copied()
    }

    /// Takes in the rows as they are now: the cursor stays on its row, and the row on its place, in so many rows. A list
    /// that is seen from its beginning shows what comes there.
    pub fn build(&mut self, rows: Vec<RowKey>, height: usize) {
        let found = self.selected().and_then(|key| rows.iter().position(|row| *row == key));
        let offset = self.cursor.saturating_sub(self.top);
        self.rows = rows;
        if let Some(found) = found {
            self.cursor = found;
            self.top = if self.top == 0 { 0 } else { found.saturating_sub(offset) };
        }
        settle(&mut self.cursor, &mut self.top, self.rows.len(), height);
    }

    /// Shows what is folded into a row, or folds it again.
    pub fn fold(&mut self, row: RowKey) {
        if !self.unfolded.remove(&row) {
            self.unfolded.insert(row);
        }
    }
}

/// The help's cursor: its column, where there are two, and its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpView {
    pub right: bool,
    pub row: usize,
    pub top: usize,
}

impl Default for HelpView {
    /// The first row is a title.
    fn default() -> HelpView {
        HelpView { right: false, row: 1, top: 0 }
    }
}

/// The choice among batches.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    pub cursor: usize,
    pub top: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_follows_its_cursor() {
        let (mut cursor, mut top) = (50, 0);
        settle(&mut cursor, &mut top, 100, 10);
        assert_eq!((cursor, top), (50, 41));
        cursor = 45;
        settle(&mut cursor, &mut top, 100, 10);
        assert_eq!(top, 41, "it does not move while the cursor is in it");
        settle(&mut cursor, &mut top, 3, 10);
        assert_eq!((cursor, top), (2, 0));
        settle(&mut cursor, &mut top, 0, 0);
        assert_eq!((cursor, top), (0, 0));
    }

    #[test]
    fn what_comes_first_is_seen_in_a_list_that_is_seen_from_its_beginning() {
        let rows = |ids: std::ops::Range<i64>| ids.rev().map(|id| RowKey(RowKind::Single, id)).collect::<Vec<_>>();
        let mut list = ListView::default();
        list.build(rows(0..10), 4);
        list.build(rows(0..11), 4);
        assert_eq!((list.cursor, list.top), (1, 0), "the cursor on its row, and the new one above it");
        list.cursor = 8;
        list.build(rows(0..11), 4);
        list.build(rows(0..12), 4);
        assert_eq!((list.cursor, list.top), (9, 6), "what is read further down does not move");
    }
}
