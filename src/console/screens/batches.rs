//! The choice among batches.

use crate::console::app::App;
use crate::console::marks;
use crate::console::safe_text::SafeText;
use crate::console::theme::Role;
use crate::console::times;
use crate::console::views::Picker;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::words::Words;
use ratatui::layout::Rect;

/// Draws the list, the newest first.
pub fn draw(app: &App, picker: &Picker, pen: &mut Pen<'_>, area: Rect) {
    let inner = pen.titled(area, Words::of(Role::Title, "Batches").faint(" (Enter opens, Esc closes)"));
    if app.data.batches.is_empty() {
        return pen.line(inner, 0, &Words::new().faint("the batches are being read, or there are none yet"));
    }
    let rows = app.data.batches.iter().enumerate().skip(picker.top).take(usize::from(inner.height));
    for (row, (n, batch)) in (0..).zip(rows) {
        let mark = marks::batch(batch.status);
        let name = (usize::from(area.width)).saturating_sub(65).max(12);
        let started = batch.started_at.map_or_else(|| "not started".to_owned(), day);
        let words = Words::new()
            .text(SafeText::of(batch.id.to_string()).pad_start(6))
            .text("  ")
            .text(SafeText::of(&batch.name).pad(name))
            .text("  ")
            .say(mark.role, SafeText::of(format!("{} {}", mark.sign, mark.word)).pad(14))
            .text(SafeText::of(format!("{}/{}", batch.completed_files, batch.total_files)).pad_start(11))
            .text(SafeText::of(format!("{} → {}", batch.epoch_from, batch.epoch_to)).pad_start(12))
            .text("  ")
            .faint(started);
        if n == picker.cursor {
            pen.bar(inner, row, &words.all(Role::Selected), Role::Selected);
        } else {
            pen.line(inner, row, &words);
        }
    }
}

fn day(at: crate::model::Millis) -> String {
    format!("{} {}", at.to_utc().date_naive(), &times::clock(at)[..5])
}
