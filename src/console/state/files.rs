//! The table of files: order, filter, cursor, and the lines between the waves.

use super::filter::{Field, Filter};
use super::views;
use crate::model::{Batch, BatchId, Brief, BriefFacts, FileId, FileState, Outcome};

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
}

impl Sort {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Order => "plan order",
            Sort::State => "state",
            Sort::Name => "name",
            Sort::Time => "time",
        }
    }

    /// The next in turn.
    pub fn next(self) -> Sort {
        match self {
            Sort::Order => Sort::State,
            Sort::State => Sort::Time,
            Sort::Time => Sort::Name,
            Sort::Name => Sort::Order,
        }
    }
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLine {
    Wave(u32),
    /// The row of a file.
    File(usize),
}

/// The table of files. The cursor stays on its file, and the file on its row, when others come and go.
#[derive(Debug, Default)]
pub struct FilesView {
    pub rows: Vec<FileId>,
    pub cursor: usize,
    /// First line shown: of the files, and of the waves where they have lines.
    pub top: usize,
    /// Row with which each wave begins, and the wave, in the order of the plan; empty in any other.
    waves: Vec<(usize, u32)>,
    /// The screen has room for the lines of the waves.
    shows_waves: bool,
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
        let follows_state = !self.filter.is_empty() || !matches!(self.sort, Sort::Order | Sort::Name);
        if self.built.as_ref() == Some(&wanted) && !(moved && follows_state) {
            return;
        }
        let selected = self.selected().filter(|_| self.built.as_ref().is_some_and(|b| b.0 == batch.id));
        let shown = || batch.briefs().filter(|file| selects(&self.filter, batch, file));
        self.rows = match (self.sort, self.filter.is_empty()) {
            (Sort::Order, true) => batch.order.clone(),
            (sort, _) => sorted(shown, sort),
        };
        let facts = self.rows.iter().filter_map(|id| batch.files.brief(*id)).map(|file| file.facts);
        self.waves = if self.sort == Sort::Order { waves(facts.map(|file| file.wave)) } else { Vec::new() };
        let offset = self.cursor.saturating_sub(self.top);
        let found = selected.and_then(|id| self.rows.iter().position(|r| *r == id));
        self.cursor = found.unwrap_or_else(|| if selected.is_some() { self.cursor } else { 0 });
        self.top = self.cursor.saturating_sub(offset);
        self.built = Some(wanted);
    }

    /// Puts the cursor on a file.
    pub fn select(&mut self, file: FileId) {
        if let Some(place) = self.rows.iter().position(|r| *r == file) {
            self.cursor = place;
        }
    }

    /// Keeps cursor and window within the lines: with one for each wave, where the screen has room for them.
    pub fn settle(&mut self, height: usize, with_waves: bool) {
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
        self.shows_waves = with_waves;
        let mut line = self.line_of(self.cursor);
        let lines = self.lines();
        views::settle(&mut line, &mut self.top, lines, height);
        // The first file is seen with its wave.
        self.top = if self.cursor == 0 { 0 } else { self.top };
    }

    /// Puts the cursor on a line; on that of a wave, on its first file.
    pub fn go_to_line(&mut self, line: usize) {
        let line = line.min(self.lines().saturating_sub(1));
        match self.line(line).zip(self.line(line + 1)) {
            Some((FileLine::File(row), _)) | Some((FileLine::Wave(_), FileLine::File(row))) => self.cursor = row,
            _ => self.cursor = self.rows.len().saturating_sub(1),
        }
        self.top = line;
    }

    fn waves(&self) -> &[(usize, u32)] {
        if self.shows_waves { &self.waves } else { &[] }
    }

    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.rows.len() + self.waves().len()
    }

    /// The line of a file's row.
    fn line_of(&self, row: usize) -> usize {
        row + self.waves().partition_point(|(begins, _)| *begins <= row)
    }

    /// What stands on a line.
    pub fn line(&self, line: usize) -> Option<FileLine> {
        // The n-th wave stands n lines below the row that it begins with.
        let waves = self.waves();
        let place = |n: usize| waves.get(n).map(|(begins, _)| begins + n);
        let (mut low, mut high) = (0, waves.len());
        while low < high {
            let middle = low.midpoint(high);
            if place(middle).is_some_and(|place| place <= line) { low = middle + 1 } else { high = middle }
        }
        let before = low;
        if let Some((begins, wave)) = before.checked_sub(1).and_then(|n| waves.get(n))
            && begins + before - 1 == line
        {
            return Some(FileLine::Wave(*wave));
        }
        let row = line.checked_sub(before)?;
        (row < self.rows.len()).then_some(FileLine::File(row))
    }
}

/// The rows with which the waves begin; none where there is only one, or where the order goes back to one: its files run
/// one after the other then.
fn waves(rows: impl Iterator<Item = u32>) -> Vec<(usize, u32)> {
    let mut waves: Vec<(usize, u32)> = Vec::new();
    for (row, wave) in rows.enumerate().filter(|(_, wave)| *wave > 0) {
        if waves.last().is_none_or(|(_, last)| *last != wave) {
            waves.push((row, wave));
        }
    }
    let is_in_order = waves.windows(2).all(|pair| pair[0].1 < pair[1].1);
    if waves.len() > 1 && is_in_order { waves } else { Vec::new() }
}

/// The files that are shown, in their order; none is unpacked for it.
fn sorted<'b, I: Iterator<Item = Brief<'b>>>(shown: impl Fn() -> I, by: Sort) -> Vec<FileId> {
    match by {
        Sort::Order => shown().map(|file| file.facts.id).collect(),
        // What needs a look first.
        Sort::State => by_key(shown().map(|f| ((urgency(&f.facts), f.facts.sort_order), f.facts.id))),
        Sort::Name => by_key(shown().map(|f| (f.path, f.facts.id))),
        Sort::Time => {
            by_key(shown().map(|f| ((std::cmp::Reverse(f.facts.processing_ms), f.facts.sort_order), f.facts.id)))
        }
    }
}

fn by_key<K: Ord>(files: impl Iterator<Item = (K, FileId)>) -> Vec<FileId> {
    let mut files: Vec<(K, FileId)> = files.collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files.into_iter().map(|(_, id)| id).collect()
}

/// Failed, then rolling back, then under way, then waiting, then done.
fn urgency(file: &BriefFacts) -> u8 {
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
pub fn fields<'a>(batch: &Batch, brief: &Brief<'a>) -> Vec<Field<'a>> {
    let file = &brief.facts;
    let state = match (file.state, file.outcome) {
        (FileState::Idle, None) => "waiting idle",
        (FileState::Idle, Some(Outcome::Completed)) => "completed",
        (FileState::Idle, Some(Outcome::RolledBack)) => "rolled_back undone",
        (state, _) => state.as_str(),
    };
    let mut fields: Vec<Field<'a>> = vec![
        ("state", state.into()),
        ("status", file.status().to_string().into()),
        ("type", file.file_type.to_string().into()),
        ("wave", file.wave.to_string().into()),
        ("name", brief.path.into()),
    ];
    // A file that rests has no hold.
    if let Some(whole) = brief.file {
        fields.extend(whole.holds.iter().map(|(hold, _)| ("hold", hold.as_str().into())));
        let waits = whole.running.as_ref().is_some_and(|running| running.attempt > 1 || !running.blockers.is_empty());
        fields.extend(waits.then_some(("hold", "blocked".into())));
    }
    let stops = batch.breakpoints.iter().any(|(on, _)| *on == file.id);
    fields.extend(stops.then_some(("hold", "breakpoint".into())));
    fields
}

/// True if a file of the batch passes a filter.
pub fn selects(filter: &Filter, batch: &Batch, file: &Brief<'_>) -> bool {
    if filter.is_empty() {
        return true;
    }
    let facts = &file.facts;
    let words = [file.path, facts.state.as_str(), facts.file_type.as_str(), facts.status().as_str()];
    match filter.asks_properties() {
        false => filter.picks(&words),
        true => filter.selects(&words.join(" "), &fields(batch, file)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_have_lines_between_the_files() {
        let rows: Vec<FileId> = (1..=5).map(FileId).collect();
        let view = FilesView { rows, waves: vec![(0, 1), (2, 2), (3, 3)], shows_waves: true, ..FilesView::default() };
        use FileLine::{File, Wave};
        let lines: Vec<FileLine> = (0..).map_while(|n| view.line(n)).collect();
        assert_eq!(lines, [Wave(1), File(0), File(1), Wave(2), File(2), Wave(3), File(3), File(4)]);
        assert!((0..5).all(|row| view.line(view.line_of(row)) == Some(File(row))));
        assert_eq!(view.lines(), lines.len());
    }

    #[test]
    fn a_cursor_moves_over_files_and_is_seen() {
        let rows: Vec<FileId> = (1..=50).map(FileId).collect();
        let waves = (0..50).map(|n| (n, n as u32 + 1)).collect();
        let mut view = FilesView { rows, waves, ..FilesView::default() };
        for cursor in [0, 3, 49, 20, 0] {
            view.cursor = cursor;
            view.settle(8, true);
            let line = view.line_of(cursor);
            assert!((view.top..view.top + 8).contains(&line), "{cursor}: {line} is not from {} on", view.top);
        }
        assert_eq!(view.top, 0, "with its wave");
    }
}
