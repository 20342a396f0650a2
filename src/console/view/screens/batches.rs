//! The choice among batches.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::views::Picker;
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// From this width on there is room for the time when a batch started.
const DATED: u16 = 72;

/// Draws the list, the newest first.
pub fn draw(app: &App, picker: &Picker, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = canvas.titled(area, StyledLine::from_span(Role::Strong, "Batches").faint(" (Enter opens, Esc closes)"));
    if app.data.batches.is_empty() {
        return canvas.line(inner, 0, &StyledLine::new().faint("the batches are being read, or there are none yet"));
    }
    let rows = app.data.batches.iter().enumerate().skip(picker.top).take(usize::from(inner.height));
    for (row, (n, batch)) in (0..).zip(rows) {
        let badge = badges::batch(batch.status);
        let name = (usize::from(area.width)).saturating_sub(59).max(12);
        let started = batch.started_at.map_or_else(|| "not started".to_owned(), day);
        let words = StyledLine::new()
            .text(SafeText::new(batch.id.to_string()).pad_start(6))
            .text("  ")
            .text(SafeText::new(&batch.name).pad(name))
            .text("  ")
            .span(badge.role, SafeText::new(format!("{} {}", badge.icon, badge.label)).pad(14))
            .text(SafeText::new(format!("{}/{}", batch.completed_files, batch.total_files)).pad_start(8))
            .text(SafeText::new(format!("{} → {}", batch.epoch_from, batch.epoch_to)).pad_start(9));
        let words = if area.width >= DATED { words.text("  ").faint(started) } else { words };
        if n == picker.cursor {
            canvas.bar(inner, row, &words.all(Role::Selected), Role::Selected);
        } else {
            canvas.line(inner, row, &words);
        }
    }
}

fn day(at: crate::model::Millis) -> String {
    format!("{} {}", at.to_utc().date_naive(), &times::clock(at)[..5])
}
