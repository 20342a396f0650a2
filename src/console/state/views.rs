//! State of each screen: cursors, order, filters.

use super::filter::{Field, Filter};
use super::listing::Listing;
use crate::console::safe_text::SafeText;
use crate::model::{Batch, BatchId, Checksum, File, FileId, FileState, Outcome, StatementUndo};
use std::collections::BTreeSet;

/// Order of the files on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The order in which they start.
    #[default]
    Order,
    State,
    Name,
    /// The longest first.
    Time,
    /// Those with the most statements first.
    Statements,
}

impl Sort {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Order => "start order",
            Sort::State => "state",
            Sort::Name => "name",
            Sort::Time => "time",
            Sort::Statements => "statements",
        }
    }

    /// The next in turn.
    pub fn next(self) -> Sort {
        match self {
            Sort::Order => Sort::State,
            Sort::State => Sort::Name,
            Sort::Name => Sort::Time,
            Sort::Time => Sort::Statements,
            Sort::Statements => Sort::Order,
        }
    }
}

/// The table of files. The cursor stays on its file, and the file on its row, when others come and go.
#[derive(Debug, Default)]
pub struct FilesView {
    pub rows: Vec<FileId>,
    pub cursor: usize,
    pub top: usize,
    pub sort: Sort,
    pub filter: Filter,
    built: Option<(BatchId, usize, Sort, Filter)>,
}

impl FilesView {
    /// The file under the cursor.
    pub fn selected(&self) -> Option<FileId> {
        self.rows.get(self.cursor).copied()
    }

    /// Begins anew with the same order.
    pub fn forget(&mut self) {
        *self = FilesView { sort: self.sort, ..FilesView::default() };
    }

    /// Makes the rows anew where they may have changed; `moved` when files have changed since.
    pub fn build(&mut self, batch: Option<&Batch>, moved: bool) {
        let Some(batch) = batch else {
            self.rows.clear();
            self.built = None;
            return;
        };
        let wanted = (batch.id, batch.order.len(), self.sort, self.filter.clone());
        let follows_state =
            !self.filter.is_empty() || !matches!(self.sort, Sort::Order | Sort::Name | Sort::Statements);
        if self.built.as_ref() == Some(&wanted) && !(moved && follows_state) {
            return;
        }
        let selected = self.selected().filter(|_| self.built.as_ref().is_some_and(|b| b.0 == batch.id));
        let mut rows: Vec<&File> = batch.in_order().filter(|f| self.selects(batch, f)).collect();
        sort(&mut rows, self.sort);
        self.rows = rows.into_iter().map(|f| f.id).collect();
        let offset = self.cursor.saturating_sub(self.top);
        let found = selected.and_then(|id| self.rows.iter().position(|r| *r == id));
        self.cursor = found.unwrap_or_else(|| if selected.is_some() { self.cursor } else { 0 });
        self.top = self.cursor.saturating_sub(offset);
        self.built = Some(wanted);
    }

    fn selects(&self, batch: &Batch, file: &File) -> bool {
        self.filter.is_empty() || self.filter.selects(&searchable(file), &fields(batch, file))
    }

    /// Puts the cursor on a file.
    pub fn select(&mut self, file: FileId) {
        if let Some(place) = self.rows.iter().position(|r| *r == file) {
            self.cursor = place;
        }
    }

    /// Keeps cursor and window within the rows.
    pub fn settle(&mut self, height: usize) {
        settle(&mut self.cursor, &mut self.top, self.rows.len(), height);
    }
}

/// Keeps a cursor within so many rows and the window around it.
pub fn settle(cursor: &mut usize, top: &mut usize, rows: usize, height: usize) {
    *cursor = (*cursor).min(rows.saturating_sub(1));
    *top = (*top).min(rows.saturating_sub(height)).min(*cursor);
    if *cursor >= *top + height.max(1) {
        *top = *cursor + 1 - height.max(1);
    }
}

fn sort(rows: &mut [&File], by: Sort) {
    match by {
        Sort::Order => {}
        // What needs a look first.
        Sort::State => rows.sort_by_key(|f| (urgency(f), f.sort_order)),
        Sort::Name => rows.sort_by(|a, b| a.path.cmp(&b.path)),
        Sort::Time => rows.sort_by_key(|f| (std::cmp::Reverse(f.processing_ms), f.sort_order)),
        Sort::Statements => rows.sort_by_key(|f| (std::cmp::Reverse(f.statements), f.sort_order)),
    }
}

/// Failed, then rolling back, then under way, then waiting, then done.
fn urgency(file: &File) -> u8 {
    match (file.state, file.outcome) {
        (FileState::Failed, _) => 0,
        (FileState::RollingBack, _) => 1,
        (FileState::Idle, Some(Outcome::RolledBack)) => 3,
        (FileState::Idle, None) => 4,
        (FileState::Idle, Some(Outcome::Completed)) => 5,
        _ => 2,
    }
}

/// Gives the properties of a file by which it can be filtered.
pub fn fields<'a>(batch: &Batch, file: &'a File) -> Vec<Field<'a>> {
    let state = match (file.state, file.outcome) {
        (FileState::Idle, None) => "waiting",
        (FileState::Idle, Some(Outcome::Completed)) => "completed",
        (FileState::Idle, Some(Outcome::RolledBack)) => "rolled_back undone",
        (state, _) => state.as_str(),
    };
    let mut fields: Vec<Field<'a>> = vec![
        ("state", state.into()),
        ("state", file.state.as_str().into()),
        ("status", file.status().to_string().into()),
        ("type", file.file_type.to_string().into()),
        ("wave", file.wave.to_string().into()),
        ("name", (&*file.path).into()),
    ];
    fields.extend(file.holds.iter().map(|(hold, _)| ("hold", hold.as_str().into())));
    let waits = file.running.as_ref().is_some_and(|running| running.attempt > 1 || !running.blockers.is_empty());
    fields.extend(waits.then_some(("hold", "blocked".into())));
    let stops = batch.breakpoints.iter().any(|(on, _)| *on == file.id);
    fields.extend(stops.then_some(("hold", "breakpoint".into())));
    fields
}

/// Gives the text of a file that a filter looks at.
pub fn searchable(file: &File) -> String {
    format!("{} {} {} {}", file.path, file.state, file.file_type, file.status())
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

    /// Takes in the rows as they are now: the cursor stays on its row, and the row on its place, in so many rows.
    pub fn build(&mut self, rows: Vec<RowKey>, height: usize) {
        let found = self.selected().and_then(|key| rows.iter().position(|row| *row == key));
        let offset = self.cursor.saturating_sub(self.top);
        self.rows = rows;
        if let Some(found) = found {
            self.cursor = found;
            self.top = found.saturating_sub(offset);
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
}
