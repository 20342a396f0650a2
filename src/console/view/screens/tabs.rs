//! The fourth row: the screens by their numbers, what waits on each, and that the view is held.

use crate::console::feed::RollbackSummary;
use crate::console::state::action::Screen;
use crate::console::state::app::App;
use crate::console::state::rollbacks;
use crate::console::view::screens::header;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// Lengths of the names, from the longest.
const FORMS: [Form; 5] = [Form::Long, Form::Medium, Form::Short, Form::Shortest, Form::Number];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Between rules.
    Long,
    Medium,
    Short,
    Shortest,
    /// Only the selected one has a name.
    Number,
}

/// Draws the tabs.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let held = held(app);
    let room = room(&held, area.width);
    let all = fitting(app, room).into_iter().fold(StyledLine::new(), |line, (_, words)| line.then(words));
    let rule = room.saturating_sub(all.width());
    canvas.sides(area, 0, &all.faint("─".repeat(rule)), &held);
}

/// The screen whose tab is in a column, on a screen of that width.
pub fn at(app: &App, width: u16, column: u16) -> Option<Screen> {
    let mut end = 0;
    let tabs = fitting(app, room(&held(app), width));
    tabs.into_iter().find_map(|(screen, words)| {
        end += words.width();
        (usize::from(column) < end).then_some(screen)
    })
}

/// Columns for the tabs: what stands at the right keeps some air.
fn room(held: &StyledLine, width: u16) -> usize {
    let air = if held.width() > 0 { 2 } else { 0 };
    usize::from(width).saturating_sub(held.width() + air)
}

/// The tabs in the longest form that fits.
fn fitting(app: &App, room: usize) -> Vec<(Screen, StyledLine)> {
    let width = |tabs: &[(Screen, StyledLine)]| tabs.iter().map(|(_, words)| words.width()).sum::<usize>();
    let all = FORMS.map(|form| row(app, form));
    let fits = all.iter().position(|tabs| width(tabs) <= room).unwrap_or(FORMS.len() - 1);
    all.into_iter().nth(fits).unwrap_or_default()
}

fn row(app: &App, form: Form) -> Vec<(Screen, StyledLine)> {
    let tab = |screen: Screen| {
        let selected = screen == app.screen;
        let label = format!("{}{}", label(screen, form, selected), count(app, screen));
        let words = StyledLine::new();
        let words = match (form, selected) {
            (Form::Long, true) => words.faint("─").span(Role::Strong, format!("[{label}]")),
            (Form::Long, false) => words.faint("─").text(format!(" {label} ")),
            (_, true) => words.span(Role::Strong, format!("[{label}]")),
            // The brackets of the selected one stand where the blanks of its neighbours are.
            (_, false) if screen == Screen::Board => words.text(format!(" {label} ")),
            (_, false) => words.text(format!("{label} ")),
        };
        (screen, words)
    };
    Screen::all().map(tab).collect()
}

fn label(screen: Screen, form: Form, selected: bool) -> String {
    let name = match (form, screen) {
        (Form::Long, _) => screen.name(),
        (_, Screen::Validations) => "Valid",
        (_, Screen::Decisions) => "Decide",
        (_, Screen::History) => "Hist",
        (_, Screen::Checklist) => "Check",
        _ => screen.name(),
    };
    let name = match (form, screen) {
        (Form::Short | Form::Shortest, Screen::Validations) => "Val",
        (Form::Short | Form::Shortest, Screen::Decisions) => "Dec",
        (Form::Shortest, Screen::Alerts) => "Alrt",
        (Form::Shortest, Screen::Checklist) => "Chk",
        _ => name,
    };
    match form == Form::Number && !selected {
        true => screen.number().to_string(),
        false => format!("{} {name}", screen.number()),
    }
}

/// What waits on a screen, in brackets; nothing where nothing does.
fn count(app: &App, screen: Screen) -> String {
    let is_part = app.data.part.is_some();
    let (sign, n) = match screen {
        // Of a page not all checks are known.
        Screen::Validations if is_part => ("!", 0),
        Screen::Validations => ("!", app.data.batch().map_or(0, |b| (b.validations[1] + b.validations[2]) as usize)),
        Screen::Decisions => ("", rollbacks::all(app).iter().filter(|r| RollbackSummary::is_undecided(r)).count()),
        Screen::Alerts => ("", header::open_alerts(app)),
        _ => ("", 0),
    };
    if n == 0 { String::new() } else { format!("({sign}{n})") }
}

/// That the view is held still, and what has happened since.
fn held(app: &App) -> StyledLine {
    match &app.held {
        Some(held) => {
            let since = held.events.len();
            let words = if since == 1 { "event" } else { "events" };
            StyledLine::from_span(Role::CautionBanner, format!(" VIEW HELD, {since} {words} since "))
        }
        None => StyledLine::new(),
    }
}
