//! The keys of this screen, made from the keymap.

use crate::console::app::App;
use crate::console::prompt::COMMANDS;
use crate::console::theme::Role;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::words::Words;
use ratatui::layout::Rect;

/// Column where the explanations begin.
const COLUMN: usize = 20;

/// Draws the help, scrolled by so many lines.
pub fn draw(app: &App, pen: &mut Pen<'_>, area: Rect, scrolled: usize) {
    let title = format!("Help for {}", app.screen.name());
    let inner = pen.titled(area, Words::of(Role::Title, title).faint(" (Esc closes, j k scroll)"));
    let lines = lines(app);
    let top = scrolled.min(lines.len().saturating_sub(usize::from(inner.height)));
    pen.lines(inner, &lines[top..]);
}

fn lines(app: &App) -> Vec<Words> {
    let mut lines = vec![Words::of(Role::Strong, "Changing: always through a dialog, in which Cancel has the focus")];
    let row = |b: &crate::console::keymap::Binding| {
        let keys: Vec<String> = b.keys.iter().map(|k| k.to_string()).collect();
        Words::of(Role::Key, format!("  {}", keys.join(" "))).fill_to(COLUMN).text(b.help)
    };
    let (changing, reading): (Vec<_>, Vec<_>) = app.keymap.at(app.place()).partition(|b| b.changes);
    lines.extend(changing.into_iter().map(row));
    lines.push(Words::of(Role::Strong, "Reading"));
    lines.extend(reading.into_iter().map(row));
    lines.push(Words::of(Role::Strong, "Commands, after :"));
    lines.extend(COMMANDS.iter().map(|c| {
        let words = Words::of(Role::Key, format!("  {} {}", c.word, c.arguments)).fill_to(COLUMN);
        words.text(c.help)
    }));
    lines.push(Words::of(Role::Strong, "Signs"));
    lines.push(Words::new().text("  files: · idle  » preparing  ≟ validating_pre  ▶ migrating  ≡ validating_post"));
    lines.push(Words::new().text("         ◆ completing  ↺ rolling_back  ✗ failed  ✓ completed  ↶ rolled_back"));
    lines.push(
        Words::new().text("  statements: · not run  ▶ running  ✓ done  ✗ failed  ↶ undone  ? in doubt  ● breakpoint"),
    );
    lines
}
