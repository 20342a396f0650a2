//! The story: a line for each file that has begun, and for what happened around them, newest begun first. A line changes
//! in its place; unfolded, it has its events below it. Only the rows that are seen are made.

use super::vast;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::board::{Part, Place};
use crate::console::state::names;
use crate::console::state::story::{Key, SystemLine};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::console::view::{file_events, sentence, standing, system_line};
use crate::model::{Batch, FileId};
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// Width from which on the sentence has a column of its own, and the mark stands at the right end.
const WIDE: u16 = 70;
/// Columns of the name.
const NAME: usize = 23;

/// Columns of sign and times before the name.
const BEFORE: usize = 12;

/// A row: a line, or one of the events that it was unfolded to.
pub enum Row<'a> {
    File(FileId),
    System(&'a SystemLine),
    Event(file_events::Told<'a>),
}

/// The rows, newest begun first, each with its place.
pub fn rows<'a>(app: &'a App, batch: &'a Batch) -> impl Iterator<Item = (Place, Row<'a>)> + 'a {
    let lines = app.data.story.keys().filter_map(move |key| Some((key, line(app, batch, key)?)));
    let lines = lines.filter(move |(_, row)| passes(app, batch, row));
    // Of the others no event is kept here.
    let recent: BTreeSet<FileId> = match vast::is_vast(app) {
        true => app.data.recent.iter().filter_map(|event| event.kind.file()).collect(),
        false => BTreeSet::new(),
    };
    lines.flat_map(move |(key, row)| {
        let events = match (app.board.unfolded.contains(&key), &row) {
            (true, _) => events(app, &row, file_events::UNFOLDED),
            (false, Row::File(file)) if recent.contains(file) => events(app, &row, vast::EVENTS),
            _ => Vec::new(),
        };
        let events = (1..).zip(events).map(move |(n, event)| ((key, n), event));
        std::iter::once(((key, 0), row)).chain(events)
    })
}

fn line<'a>(app: &'a App, batch: &'a Batch, key: Key) -> Option<Row<'a>> {
    match key {
        // Of a page not all files are here.
        Key::File(id) if app.data.part.is_some() => batch.files.brief(id).map(|_| Row::File(id)),
        Key::File(id) => Some(Row::File(id)),
        Key::System(n) => app.data.story.system(n).map(Row::System),
    }
}

fn events<'a>(app: &'a App, row: &Row<'a>, most: usize) -> Vec<Row<'a>> {
    match row {
        Row::File(file) => file_events::of_file(app, *file, most).into_iter().map(Row::Event).collect(),
        Row::System(line) => vec![Row::Event(file_events::Told::Event(&line.event))],
        Row::Event(_) => Vec::new(),
    }
}

fn passes(app: &App, batch: &Batch, row: &Row<'_>) -> bool {
    let filter = &app.board.filter;
    if filter.is_empty() {
        return true;
    }
    match row {
        Row::File(id) => match batch.files.brief(*id) {
            Some(brief) => {
                // What is packed is not unpacked for it: a batch of very many files has as many lines.
                let words = brief.file.map(|file| standing::sentence(app, batch, file).0).unwrap_or_default();
                filter.selects(&format!("{} {words}", brief.path), &crate::console::state::files::fields(batch, &brief))
            }
            None => false,
        },
        Row::System(line) => filter.passes(&system_line::words(batch, line).to_plain()),
        Row::Event(_) => true,
    }
}

/// Draws it.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = table::rule(canvas, area, title(app, area.width), StyledLine::new());
    let now = app.shown_clock();
    let mut row = 0;
    for (place, told) in rows(app, batch).skip(app.board.top).take(usize::from(inner.height)) {
        let words = words(app, batch, &told, now, inner.width);
        if app.board.part == Part::Story && app.board.at == Some(place) {
            canvas.bar(inner, row, &words.all(Role::Selected), Role::Selected);
        } else {
            canvas.line(inner, row, &words);
        }
        row += 1;
    }
    if row == 0 {
        let text = if app.board.filter.is_empty() { "nothing has happened yet" } else { "no line matches" };
        canvas.line(inner, 0, &StyledLine::new().faint(text));
    }
    if inner.height >= row + 2 && row > 0 && app.board.filter.is_empty() {
        canvas.line(inner, row + 1, &teaches(app));
    }
}

fn title(app: &App, width: u16) -> StyledLine {
    let title = StyledLine::from_span(Role::Strong, "Story");
    let title = if app.board.filter.is_empty() {
        title.faint(if width >= WIDE && app.size.1 >= 30 { "  a line for each file, newest begun first" } else { "" })
    } else {
        title.span(Role::Caution, format!("  matching /{}", app.board.filter.0))
    };
    match app.board.top {
        0 => title,
        n => title.span(Role::Caution, format!("  {n} newer above, g goes there")),
    }
}

fn teaches(app: &App) -> StyledLine {
    use crate::console::state::action::Action;
    let key = |action| SafeText::new(app.keymap.key_for(action));
    StyledLine::new()
        .text(" ".repeat(BEFORE - 2))
        .span(Role::Key, key(Action::Enter))
        .faint(" unfolds a line · ")
        .span(Role::Key, key(Action::Times))
        .faint(if app.relative { " absolute times · " } else { " ages · " })
        .span(Role::Key, ":events")
        .faint(" the journal")
}

fn words(app: &App, batch: &Batch, row: &Row<'_>, now: Option<crate::model::Millis>, width: u16) -> StyledLine {
    let at = |at| SafeText::new(times::when(at, now, app.relative)).pad_start(BEFORE - 3);
    let (time, badge, name, (text, role), key) = match row {
        Row::Event(told) => {
            let line = StyledLine::new().text(" ".repeat(BEFORE)).faint(times::when(told.at(), now, app.relative));
            return line.text(" ").then(told.words(batch));
        }
        Row::File(id) => {
            let Some(file) = batch.file(*id) else { return StyledLine::new() };
            let badge = standing::badge(app, file);
            let sentence = standing::sentence(app, batch, file);
            (
                at(standing::since(file)),
                (badge.icon, badge.role),
                standing::title(&file.path),
                sentence,
                Key::File(file.id),
            )
        }
        Row::System(line) => {
            let told = system_line::told(batch, line);
            (at(line.at()), told.badge, told.name, (told.text, told.role), line.key())
        }
    };
    let line = StyledLine::new().faint(time).text(" ").span(badge.1, badge.0).text(" ");
    let line = line.text(SafeText::new(name).pad(NAME)).text(" ");
    let mark = if app.board.unfolded.contains(&key) { "▾" } else { "▸" };
    let room = usize::from(width).saturating_sub(line.width() + 2);
    let text = StyledLine::from_span(role, SafeText::new(names::in_one_line(&text)).cut(room));
    let line = line.then(text);
    if (WIDE..80).contains(&width) {
        return line.ending_at(usize::from(width), StyledLine::new().faint(mark));
    }
    line.faint(format!(" {mark}"))
}

/// The row of a place, from 0, and the number of rows.
pub fn find(app: &App, batch: &Batch, wanted: Option<Place>) -> (Option<usize>, usize) {
    let mut found = None;
    let mut count = 0;
    for (place, _) in rows(app, batch) {
        if Some(place) == wanted {
            found = Some(count);
        }
        count += 1;
    }
    (found, count)
}

/// The place of a row.
pub fn place(app: &App, batch: &Batch, row: usize) -> Option<Place> {
    rows(app, batch).nth(row).map(|(place, _)| place)
}

/// The journal's newest events as they are.
pub fn journal(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let mut title = StyledLine::from_span(Role::Strong, "Journal").faint("  its newest events; :events goes back");
    if !app.board.filter.is_empty() {
        title = title.span(Role::Caution, format!("  matching /{}", app.board.filter.0));
    }
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let now = app.shown_clock();
    let width = usize::from(area.width);
    let mut row = 0;
    for (event, words) in journal_lines(app, batch).skip(app.board.top) {
        if row >= inner.height {
            break;
        }
        let words = StyledLine::new().faint(times::when(event.at, now, app.relative)).text(" ").then(words);
        for line in if app.wrap { words.wrap(width) } else { vec![words] } {
            canvas.line(inner, row, &line);
            row += 1;
        }
    }
    if row == 0 {
        let text = if app.data.recent.is_empty() { "nothing has happened yet" } else { "no event matches" };
        canvas.line(inner, 0, &StyledLine::new().faint(text));
    }
}

fn journal_lines<'a>(
    app: &'a App,
    batch: &'a Batch,
) -> impl Iterator<Item = (&'a crate::model::Event, StyledLine)> + 'a {
    let told = app.data.recent.iter().rev().filter(|e| file_events::is_told(&e.kind));
    let lines = told.map(|event| (event, sentence::from_event(batch, event)));
    lines.filter(|(_, words)| app.board.filter.is_empty() || app.board.filter.passes(&words.to_plain()))
}
