//! The keys of this screen, made from the keymap.

use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::keymap::Binding;
use crate::console::state::prompt::COMMANDS;
use crate::console::state::replay::KEYS;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// Column where the explanations begin.
const COLUMN: usize = 20;

/// Draws the help, scrolled by so many lines.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, scrolled: usize) {
    let title = format!("Help for {}", app.screen.name());
    let inner = canvas.titled(area, StyledLine::from_span(Role::Title, title).faint(" (Esc closes, j k scroll)"));
    let lines = lines(app);
    let top = scrolled.min(lines.len().saturating_sub(usize::from(inner.height)));
    canvas.lines(inner, &lines[top..]);
}

/// The help in a replay: how one moves through it; nothing is changed there.
fn replayed(app: &App) -> Vec<StyledLine> {
    let row =
        |keys: String, help: &str| StyledLine::from_span(Role::Key, format!("  {keys}")).fill_to(COLUMN).text(help);
    let title = |words: &str| StyledLine::from_span(Role::Strong, words);
    let mut lines = vec![title("A replay: what happened, and nothing can be changed")];
    lines.extend(KEYS.iter().map(|binding| row(binding.keys.to_owned(), binding.help)));
    lines.push(row(":live".into(), "back to what happens now, where the replay was begun from there"));
    if app.replay.as_ref().is_some_and(|replay| replay.drill.is_some()) {
        lines.push(title("A drill"));
        lines.push(row("Enter, a-z".into(), "answer; choose. Esc puts the question aside, Enter brings it back"));
        lines.push(row(":score, :save".into(), "the score sheet, and the same as Markdown"));
    }
    lines.push(title("Reading"));
    let digit = |b: &&Binding| !matches!(b.action, Action::Show(_) | Action::HoldView);
    let reading = app.keymap.at(app.place()).filter(|b| !b.changes).filter(digit);
    lines.extend(reading.map(|b| row(b.keys.iter().map(|k| k.to_string()).collect::<Vec<_>>().join(" "), b.help)));
    lines
}

fn lines(app: &App) -> Vec<StyledLine> {
    if app.replay.is_some() {
        return replayed(app);
    }
    let mut lines =
        vec![StyledLine::from_span(Role::Strong, "Changing: always through a dialog, in which Cancel has the focus")];
    let row = |b: &crate::console::state::keymap::Binding| {
        let keys: Vec<String> = b.keys.iter().map(|k| k.to_string()).collect();
        StyledLine::from_span(Role::Key, format!("  {}", keys.join(" "))).fill_to(COLUMN).text(b.help)
    };
    let (changing, reading): (Vec<_>, Vec<_>) = app.keymap.at(app.place()).partition(|b| b.changes);
    lines.extend(changing.into_iter().map(row));
    lines.push(StyledLine::from_span(Role::Strong, "Reading"));
    lines.extend(reading.into_iter().map(row));
    lines.push(StyledLine::from_span(Role::Strong, "Commands, after :"));
    lines.extend(COMMANDS.iter().map(|c| {
        let words = StyledLine::from_span(Role::Key, format!("  {} {}", c.word, c.arguments)).fill_to(COLUMN);
        words.text(c.help)
    }));
    lines.push(StyledLine::from_span(Role::Strong, "Signs"));
    lines
        .push(StyledLine::new().text("  files: · idle  » preparing  ≟ validating_pre  ▶ migrating  ≡ validating_post"));
    lines.push(StyledLine::new().text("         ◆ completing  ↺ rolling_back  ✗ failed  ✓ completed  ↶ rolled_back"));
    lines.push(
        StyledLine::new()
            .text("  statements: · not run  ▶ running  ✓ done  ✗ failed  ↶ undone  ? in doubt  ● breakpoint"),
    );
    lines
}
