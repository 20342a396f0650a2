//! The tour's strip below the tabs: which act it is, what comes and when, where to look.

use crate::console::guide::Next;
use crate::console::state::action::Places;
use crate::console::state::app::App;
use crate::console::state::guide::GuideView;
use crate::console::times;
use crate::console::view::layout::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// Columns before the words of the second and third row: they stand below those of the first.
const INDENT: &str = "       ";

/// Draws the strip.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(view) = &app.guide else { return };
    let guide = &view.guide;
    let mut first = StyledLine::from_span(Role::UnrealBanner, " DEMO ").text(" ").span(Role::Unreal, &*guide.title);
    let mut below = Vec::new();
    match area.width >= WIDE {
        true => first = first.text(". ").text(&*guide.words),
        false => below.push(&*guide.words),
    }
    below.push(&*guide.look);
    let next = next(app, view, area.width);
    let taken = u16::try_from(next.width() + 1).unwrap_or(u16::MAX).min(area.width);
    let (left, right) = (area.width - taken, area.x + area.width - taken);
    canvas.line(Rect { width: left, ..area }, 0, &first);
    canvas.line(Rect { x: right, width: taken, ..area }, 0, &StyledLine::new().text(" ").then(next));
    for (row, words) in (1..area.height).zip(below) {
        canvas.line(area, row, &StyledLine::new().text(INDENT).text(words));
    }
}

/// What comes by itself, and the key that makes it come now.
fn next(app: &App, view: &GuideView, width: u16) -> StyledLine {
    let (Some(Next { what, does, .. }), Some(left)) = (&view.guide.next, view.left_ms(app.now.mono)) else {
        return StyledLine::new();
    };
    // Enter opens something everywhere else.
    let key = if app.place() == Places::BOARD { "Enter" } else { "1 Enter" };
    let left = times::seconds(left);
    let (comes, now) = match width >= WIDE {
        true => (format!("{what} {does} in {left}, "), format!(" {does} now ")),
        false => (format!("{what} in {left}, "), " now ".to_owned()),
    };
    StyledLine::from_span(Role::Unreal, comes).span(Role::Key, key).span(Role::Unreal, now)
}
