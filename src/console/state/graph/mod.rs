//! The graph of the batch: its waves, the part of them that fits the screen, and the cursor in it.

use super::consequences::{IfItFails, blocked_by, if_it_fails};
use super::files;
use super::filter::Filter;
use super::forecast::{Forecast, is_to_come};
use super::views;
use crate::model::{Batch, BatchId, BriefFacts, DependencyType, File, FileId, FileState};
use std::collections::{HashMap, HashSet};

/// Room for the graph: so many waves beside each other, so many files below each other; or rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Space {
    pub columns: usize,
    pub lanes: usize,
    /// Rows of the list that stands for the graph on a small screen.
    pub rows: usize,
}

/// A wave of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wave {
    pub number: u32,
    pub files: Vec<FileId>,
    pub done: usize,
    pub active: usize,
    pub failed: usize,
}

/// A wave as it fits the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Place in the waves.
    pub wave: usize,
    pub files: Vec<FileId>,
    /// Files that have no room, and how many of them have completed.
    pub hidden: usize,
    pub hidden_done: usize,
}

/// A need that is drawn: from a file to one that needs it, each by column and lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: (usize, usize),
    pub to: (usize, usize),
    /// It is part of the path that decides the end.
    pub heavy: bool,
    /// One of its ends is the file under the cursor.
    pub of_cursor: bool,
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Wave(usize),
    File(FileId),
}

/// State of the screen, and what is drawn of it.
#[derive(Debug, Default)]
pub struct GraphView {
    pub cursor: Option<FileId>,
    /// The waves, with those of their files that pass the filter.
    pub waves: Vec<Wave>,
    pub filter: Filter,
    pub columns: Vec<Column>,
    pub edges: Vec<Edge>,
    pub rows: Vec<Row>,
    /// What follows if the file under the cursor fails.
    pub failure: Option<IfItFails>,
    /// Files that cannot run, where it has failed.
    pub blocks: Vec<FileId>,
    /// First row of the list that is shown.
    pub top: usize,
    /// The operator has moved the cursor: it stays where it was put.
    moved: bool,
    batch: Option<BatchId>,
    made: Option<(Option<FileId>, Space, u64)>,
    /// Files have changed since the waves were counted.
    pub is_old: bool,
}

/// Direction in which the cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many files down, or up.
    Files(isize),
    /// So many waves on, or back.
    Waves(isize),
}

impl GraphView {
    /// True if there is something to draw lines between, or to look for among it.
    pub fn has_order(&self) -> bool {
        self.waves.len() > 1 || !self.filter.is_empty()
    }

    /// Shows the files that pass.
    pub fn filter_by(&mut self, filter: Filter) {
        self.filter = filter;
        self.is_old = true;
    }

    /// Makes what is drawn anew where something has changed.
    pub fn settle(&mut self, batch: Option<&Batch>, forecast: &Forecast, space: Space) {
        let Some(batch) = batch else {
            *self = GraphView::default();
            return;
        };
        let is_other = self.batch != Some(batch.id);
        if is_other {
            *self = GraphView { batch: Some(batch.id), ..GraphView::default() };
        }
        if std::mem::take(&mut self.is_old) || is_other || self.waves.is_empty() {
            self.waves = waves(batch, &self.filter);
            self.made = None;
        }
        if self.cursor.is_none() || !self.moved {
            self.cursor = of_interest(batch, forecast).or(self.cursor);
        }
        if !self.filter.is_empty() && self.cursor.is_none_or(|file| self.wave_of(file).is_none()) {
            self.cursor = self.waves.iter().flat_map(|wave| &wave.files).next().copied();
        }
        let made = Some((self.cursor, space, forecast.made));
        if self.made != made {
            self.made = made;
            self.lay_out(batch, forecast, space);
        }
    }

    fn lay_out(&mut self, batch: &Batch, forecast: &Forecast, space: Space) {
        let at = self.cursor.and_then(|file| self.wave_of(file)).unwrap_or_default();
        let file = self.cursor.and_then(|id| batch.file(id));
        self.failure = file.and_then(|file| if_it_fails(batch, file));
        let has_failed = file.filter(|file| matches!(file.state, FileState::Failed | FileState::RollingBack));
        self.blocks = has_failed.map(|file| blocked_by(batch, file.id)).unwrap_or_default();
        if space.rows > 0 {
            self.rows = rows(&self.waves, at, space.rows);
            let cursor = self.rows.iter().position(|row| self.cursor.is_some_and(|file| *row == Row::File(file)));
            views::settle(&mut cursor.unwrap_or_default(), &mut self.top, self.rows.len(), space.rows);
            return;
        }
        let first = first_column(&self.waves, at, space.columns);
        let important = |file: &BriefFacts| {
            let under_way = !matches!(file.state, FileState::Idle);
            under_way || forecast.is_on_path(file.id) || self.cursor == Some(file.id)
        };
        let shown = self.waves.iter().enumerate().skip(first).take(space.columns);
        self.columns =
            shown.map(|(place, wave)| column(batch, (place, wave), space.lanes, self.cursor, important)).collect();
        self.edges = edges(batch, &self.columns, self.cursor, forecast);
    }

    fn wave_of(&self, file: FileId) -> Option<usize> {
        self.waves.iter().position(|wave| wave.files.contains(&file))
    }

    /// Moves the cursor.
    pub fn step(&mut self, batch: &Batch, step: Step) {
        let Some(cursor) = self.cursor else { return };
        let Some((wave, place)) = self
            .waves
            .iter()
            .enumerate()
            .find_map(|(at, wave)| wave.files.iter().position(|file| *file == cursor).map(|place| (at, place)))
        else {
            return;
        };
        let next = match step {
            Step::Files(by) => self.along(wave, place, by),
            Step::Waves(by) => wave.checked_add_signed(by).and_then(|at| self.waves.get(at)).and_then(|other| {
                // The way leads along a need where there is one.
                let linked = other.files.iter().find(|file| are_linked(batch, **file, cursor));
                linked.or_else(|| other.files.get(place)).or_else(|| other.files.last()).copied()
            }),
        };
        if next.is_some() {
            self.cursor = next;
            self.moved = true;
        }
    }

    /// So many files on in the order of the waves; at the most to the end.
    fn along(&self, wave: usize, place: usize, by: isize) -> Option<FileId> {
        let before: usize = self.waves[..wave].iter().map(|wave| wave.files.len()).sum();
        let all: usize = self.waves.iter().map(|wave| wave.files.len()).sum();
        let wanted = (before + place).saturating_add_signed(by).min(all.saturating_sub(1));
        self.waves.iter().flat_map(|wave| &wave.files).nth(wanted).copied()
    }
}

fn are_linked(batch: &Batch, one: FileId, other: FileId) -> bool {
    let needs = |a: FileId, b: FileId| batch.file(a).is_some_and(|file| file.depends_on.iter().any(|d| d.on == b));
    needs(one, other) || needs(other, one)
}

/// The file that is looked at first: what failed, what decides the end, what runs, what is next.
fn of_interest(batch: &Batch, forecast: &Forecast) -> Option<FileId> {
    let is_bad = |file: &&File| matches!(file.state, FileState::Failed | FileState::RollingBack);
    let failed = || batch.active().find(is_bad).map(|file| file.id);
    let path = || forecast.path().next();
    let active = || batch.active().next().map(|file| file.id);
    failed().or_else(path).or_else(active).or_else(|| batch.order.first().copied())
}

/// The files of the batch that pass, by their wave.
fn waves(batch: &Batch, filter: &Filter) -> Vec<Wave> {
    let mut waves: Vec<Wave> = Vec::new();
    for file in batch.briefs().filter(|file| files::selects(filter, batch, file)).map(|file| file.facts) {
        let number = file.wave.max(1);
        // The order of the plan goes back to a wave only where its files run one after the other.
        let place = match waves.last().is_some_and(|last| last.number >= number) {
            true => waves.binary_search_by_key(&number, |wave| wave.number),
            false => Err(waves.len()),
        };
        let place = place.unwrap_or_else(|place| {
            waves.insert(place, Wave { number, ..Wave::default() });
            place
        });
        let wave = &mut waves[place];
        wave.files.push(file.id);
        wave.done += usize::from(file.is_done());
        wave.failed += usize::from(file.state == FileState::Failed);
        wave.active += usize::from(!matches!(file.state, FileState::Idle | FileState::Failed));
    }
    waves
}

/// The first wave that is shown: the one that runs is in the middle, and the one of the cursor is there.
fn first_column(waves: &[Wave], cursor: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let runs = waves.iter().position(|wave| wave.active + wave.failed > 0 || wave.done < wave.files.len());
    let middle = runs.unwrap_or(cursor).saturating_sub(columns / 2);
    let first = middle.min(cursor).max((cursor + 1).saturating_sub(columns));
    first.min(waves.len().saturating_sub(columns))
}

/// The files of a wave that have room: those that matter, then those around the cursor, else those that come first and
/// are not done.
fn column(
    batch: &Batch,
    (place, wave): (usize, &Wave),
    lanes: usize,
    cursor: Option<FileId>,
    important: impl Fn(&BriefFacts) -> bool,
) -> Column {
    let mut chosen: HashSet<FileId> = HashSet::new();
    // The last lane says what is hidden.
    let room = if wave.files.len() > lanes { lanes.saturating_sub(1) } else { lanes };
    let file = |id: &FileId| batch.files.brief(*id).map(|brief| brief.facts);
    let is_done = |id: &FileId| file(id).is_some_and(|file| file.is_done());
    let at = cursor.and_then(|cursor| wave.files.iter().position(|id| *id == cursor));
    chosen.extend(at.filter(|_| room > 0).map(|at| wave.files[at]));
    let rest = |chosen: &HashSet<FileId>| room.saturating_sub(chosen.len());
    let matter = wave.files.iter().filter(|id| file(id).is_some_and(|file| important(&file)) && !chosen.contains(id));
    let matter: Vec<FileId> = matter.copied().take(rest(&chosen)).collect();
    chosen.extend(matter);
    let mut others: Vec<usize> = (0..wave.files.len()).filter(|n| !chosen.contains(&wave.files[*n])).collect();
    match at {
        Some(at) => others.sort_by_key(|n| n.abs_diff(at)),
        None => others.sort_by_key(|n| is_done(&wave.files[*n])),
    }
    let more: Vec<FileId> = others.iter().take(rest(&chosen)).map(|n| wave.files[*n]).collect();
    chosen.extend(more);
    let hidden = wave.files.iter().filter(|id| !chosen.contains(id));
    Column {
        wave: place,
        hidden_done: hidden.clone().filter(|id| is_done(id)).count(),
        hidden: hidden.count(),
        files: wave.files.iter().filter(|id| chosen.contains(id)).copied().collect(),
    }
}

/// The needs between the files that are shown, but for those that others imply.
fn edges(batch: &Batch, columns: &[Column], cursor: Option<FileId>, forecast: &Forecast) -> Vec<Edge> {
    let mut places: HashMap<FileId, (usize, usize)> = HashMap::new();
    for (at, column) in columns.iter().enumerate() {
        places.extend(column.files.iter().enumerate().map(|(lane, file)| (*file, (at, lane))));
    }
    let heavy = |on: FileId, file: FileId| forecast.is_step(on, file);
    let mut reached: HashMap<FileId, HashSet<FileId>> = HashMap::new();
    let mut edges = Vec::new();
    for file in columns.iter().flat_map(|column| &column.files) {
        let needs = batch.file(*file).into_iter().flat_map(|file| &file.depends_on);
        let is_drawn = |on: &FileId| places.get(on).is_some_and(|from| from.0 < places[file].0);
        let needs = needs.filter(|d| d.kind != DependencyType::Conflict).map(|d| d.on).filter(is_drawn);
        let needs: Vec<FileId> = needs.collect();
        let implied = |on: &FileId| needs.iter().any(|other| reached.get(other).is_some_and(|all| all.contains(on)));
        edges.extend(needs.iter().filter(|on| !implied(on) || heavy(**on, *file)).map(|on| Edge {
            from: places[on],
            to: places[file],
            heavy: heavy(*on, *file),
            of_cursor: cursor.is_some_and(|cursor| cursor == *on || cursor == *file),
        }));
        let mut all: HashSet<FileId> = needs.iter().copied().collect();
        all.extend(needs.iter().filter_map(|on| reached.get(on)).flatten());
        reached.insert(*file, all);
    }
    edges
}

/// The rows of the list; where not all have room, those of waves that are done are left out, but for the cursor's.
fn rows(waves: &[Wave], cursor: usize, room: usize) -> Vec<Row> {
    let all: usize = waves.iter().map(|wave| wave.files.len() + 1).sum();
    let mut rows = Vec::new();
    for (place, wave) in waves.iter().enumerate() {
        rows.push(Row::Wave(place));
        if all <= room || place == cursor || wave.done < wave.files.len() {
            rows.extend(wave.files.iter().map(|file| Row::File(*file)));
        }
    }
    rows
}

/// True if a file waits, and nothing of it has begun.
pub fn waits(file: &File) -> bool {
    file.state == FileState::Idle && is_to_come(file)
}

#[cfg(test)]
mod tests;
