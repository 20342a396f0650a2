//! The states of a file as a rail with seven stations: idle is the first of them and the last, the two ends of the way.
//! Below it the two ways out.

use crate::console::state::app::App;
use crate::console::state::board::Part;
use crate::console::state::names;
use crate::console::state::story::Key;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::model::{Batch, Brief, FileState, Outcome};
use ratatui::layout::Rect;

/// Width from which on the rail is drawn; a narrower screen has the counts in one line.
pub const RAIL: u16 = 76;
/// Width from which on the stations have their whole names.
const WHOLE: u16 = 112;
/// Width and height from which on each station lists its files, and the rows of the list.
const LISTING: (u16, u16) = (160, 40);
pub const LISTED: u16 = 3;

/// The middle of each station on a screen of 120 and of 80 columns.
const MIDDLES: [(u16, [u16; 7]); 2] = [(120, [8, 24, 41, 58, 76, 94, 110]), (80, [5, 16, 27, 38, 49, 60, 72])];

/// A station: its name whole and short, its sign, and the state that is shown on Files.
struct Station {
    name: &'static str,
    short: &'static str,
    state: FileState,
    outcome: Option<Outcome>,
}

const fn station(name: &'static str, short: &'static str, state: FileState, outcome: Option<Outcome>) -> Station {
    Station { name, short, state, outcome }
}

const STATIONS: [Station; 7] = [
    station("waiting", "waiting", FileState::Idle, None),
    station("preparing", "preparing", FileState::Preparing, None),
    station("validating_pre", "valid_pre", FileState::ValidatingPre, None),
    station("migrating", "migrating", FileState::Migrating, None),
    station("validating_post", "valid_post", FileState::ValidatingPost, None),
    station("completing", "completing", FileState::Completing, None),
    station("completed", "completed", FileState::Idle, Some(Outcome::Completed)),
];

impl Station {
    fn count(&self, app: &App, batch: &Batch) -> u32 {
        match (self.state, self.outcome) {
            (FileState::Idle, None) => app.data.figures.waiting,
            (FileState::Idle, _) => batch.processed(),
            (state, _) => batch.count(state),
        }
    }

    /// Sign and number as they stand on the rail; a faint point where there is nothing.
    fn number(&self, app: &App, batch: &Batch) -> StyledLine {
        match (self.count(app, batch), self.state, self.outcome) {
            (0, _, _) => StyledLine::new().faint("·"),
            (n, FileState::Idle, None) => StyledLine::from_span(Role::Strong, n.to_string()),
            (n, FileState::Idle, _) => StyledLine::from_span(Role::Good, "✓ ").span(Role::Strong, n.to_string()),
            (n, state, _) => StyledLine::from_span(Role::Active, format!("{} {n}", badges::state(state).icon)),
        }
    }
}

/// Rows that the states take.
pub fn rows(width: u16, height: u16) -> u16 {
    match (width >= RAIL && height >= 16, width >= LISTING.0 && height >= LISTING.1) {
        (false, _) => 1,
        (true, false) => 3,
        (true, true) => 3 + LISTED,
    }
}

/// The filter that lists the files of a station on Files.
pub fn filter(station: usize) -> String {
    let station = &STATIONS[station.min(STATIONS.len() - 1)];
    match (station.state, station.outcome) {
        (FileState::Idle, None) => "state:waiting".to_owned(),
        _ => format!("state:{}", station.name),
    }
}

/// Number of stations.
pub const fn len() -> usize {
    STATIONS.len()
}

/// Draws them.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height < 3 {
        return canvas.line(area, 0, &short(app, batch, usize::from(area.width)));
    }
    let (base, middles) = MIDDLES[usize::from(area.width < WHOLE)];
    let middles = middles.map(|middle| usize::from(middle) * usize::from(area.width) / usize::from(base));
    let selected = (app.board.part == Part::States).then_some(app.board.station);
    canvas.line(area, 0, &names(app, batch, area.width >= WHOLE, &middles, selected));
    canvas.line(area, 1, &rail(app, batch, &middles));
    canvas.line(area, 2, &ways_out(app, batch, area.width >= WHOLE, &middles));
    if area.height > 3 {
        lists(app, batch, canvas, below(area, 3), &middles);
    }
}

fn names(app: &App, batch: &Batch, whole: bool, middles: &[usize; 7], selected: Option<usize>) -> StyledLine {
    let mut line = StyledLine::new();
    for (n, (station, middle)) in STATIONS.iter().zip(middles).enumerate() {
        let name = if whole { station.name } else { station.short };
        let role = match (station.count(app, batch), station.state) {
            _ if selected == Some(n) => Role::Selected,
            (0, _) | (_, FileState::Idle) => Role::Faint,
            (_, FileState::Migrating) => Role::Strong,
            _ => Role::Text,
        };
        let begin = middle.saturating_sub(name.len() / 2);
        if n > 0 || begin > 0 {
            line = line.fill_to(begin);
        }
        line = line.span(role, name);
    }
    line
}

fn rail(app: &App, batch: &Batch, middles: &[usize; 7]) -> StyledLine {
    let mut line = StyledLine::new();
    for (n, (station, middle)) in STATIONS.iter().zip(middles).enumerate() {
        let number = station.number(app, batch);
        // A sign keeps its column whatever the number.
        let begin = middle - (number.width().min(3) - 1) / 2;
        if n == 0 {
            line = line.fill_to(begin);
        } else {
            let dashes = begin.saturating_sub(line.width() + 2);
            line = line.faint(format!(" {} ", "─".repeat(dashes)));
        }
        line = line.then(number);
    }
    line
}

fn ways_out(app: &App, batch: &Batch, whole: bool, middles: &[usize; 7]) -> StyledLine {
    let way = |name: &str, n: u32, role: Role| match n {
        0 => StyledLine::new().faint(format!("{name} ·")),
        n => StyledLine::from_span(role, format!("{} {n}", name.to_uppercase())),
    };
    let branch = |line: StyledLine, from: usize, to: usize| {
        let line = line.fill_to(from);
        let dashes = to.saturating_sub(line.width() + 1);
        line.faint(format!("╰{}┴─▶ ", "─".repeat(dashes)))
    };
    let line = branch(StyledLine::new(), middles[1], middles[2]);
    let line = line.then(way("failed", batch.count(FileState::Failed), Role::Bad));
    let from = middles[3].max(line.width() + 2);
    let line = branch(line, from, middles[4]);
    let line = line.then(way("rolling_back", batch.count(FileState::RollingBack), Role::Caution));
    let undone = way(if whole { "rolled_back" } else { "undone" }, app.data.figures.rolled_back, Role::Caution);
    line.faint(" ─▶ ").then(undone)
}

/// The counts in one line, for a narrow screen.
fn short(app: &App, batch: &Batch, width: usize) -> StyledLine {
    let mut pieces: Vec<(u8, StyledLine)> = Vec::new();
    for station in &STATIONS {
        let n = station.count(app, batch);
        let name = if n > 0 { format!(" {}", station.short) } else { String::new() };
        let weight = if n > 0 { 9 } else { 1 };
        pieces.push((weight, station.number(app, batch).faint(name)));
    }
    let out = [
        (batch.count(FileState::Failed), "✗", "failed", Role::Bad),
        (batch.count(FileState::RollingBack), "↺", "undoing", Role::Caution),
        (app.data.figures.rolled_back, "↶", "undone", Role::Caution),
    ];
    for (n, icon, name, role) in out.into_iter().filter(|(n, ..)| *n > 0) {
        pieces.push((8, StyledLine::from_span(role, format!("{icon} {n} {name}"))));
    }
    fit(pieces, " ─ ", width)
}

/// The files at each station, by their numbers, below it.
fn lists(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect, middles: &[usize; 7]) {
    let room = (middles[1] - middles[0]).saturating_sub(2);
    let lists: Vec<Vec<String>> = STATIONS.iter().map(|station| listed(app, batch, station, room)).collect();
    for row in 0..area.height {
        let mut line = StyledLine::new();
        for (list, middle) in lists.iter().zip(middles) {
            let Some(text) = list.get(usize::from(row)) else { continue };
            line = line.fill_to(middle.saturating_sub(text.chars().count() / 2)).faint(text.as_str());
        }
        canvas.line(area, row, &line);
    }
}

/// Numbers of files in rows of so many columns; those that wait by their turn, those that completed the newest first.
fn listed(app: &App, batch: &Batch, station: &Station, room: usize) -> Vec<String> {
    let begun = app.data.story.keys().filter_map(|key| match key {
        Key::File(id) => batch.files.brief(id),
        Key::System(_) => None,
    });
    let is_here = |file: &Brief<'_>| file.facts.state == FileState::Idle && file.facts.outcome == station.outcome;
    let most = usize::from(LISTED) * (room / 6).max(1);
    let paths: Vec<&str> = match (station.state, station.outcome) {
        (FileState::Idle, None) => batch
            .waiting
            .iter()
            .filter_map(|(_, id)| batch.files.brief(*id))
            .map(|file| file.path)
            .take(most + 1)
            .collect(),
        (FileState::Idle, _) => begun.filter(is_here).map(|file| file.path).take(most + 1).collect(),
        (state, _) => {
            batch.active().filter(|file| file.state == state).map(|file| &*file.path).take(most + 1).collect()
        }
    };
    let mut rows: Vec<String> = Vec::new();
    for path in paths {
        let number = crate::console::safe_text::SafeText::new(names::number(path)).cut(room).to_string();
        match rows.last_mut().filter(|row| row.chars().count() + number.chars().count() + 2 <= room) {
            Some(row) => *row = format!("{row}, {number}"),
            None => rows.push(number),
        }
    }
    if rows.len() > usize::from(LISTED) {
        rows.truncate(usize::from(LISTED));
        rows.last_mut().into_iter().for_each(|row| row.push('…'));
    }
    rows
}
