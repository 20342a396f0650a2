//! Screen 9: the program's own diagnostics (tui-logger), with the choice of targets beside them.

use crate::console::app::App;
use crate::console::layout::WIDE;
use crate::console::safe_text::SafeText;
use crate::console::theme::{Role, Theme};
use crate::console::widgets::pen::Pen;
use crate::console::widgets::words::Words;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerTargetWidget, TuiLoggerWidget, TuiWidgetState};

/// Draws the log and, above or beside it, its targets.
pub fn draw(app: &App, state: &TuiWidgetState, pen: &mut Pen<'_>, area: Rect) {
    let (targets, lines) = panes(area);
    let inner = pen.titled(targets, Words::of(Role::Title, "Targets").faint(" h l less, more"));
    TuiLoggerTargetWidget::default()
        .style(app.theme.style(Role::Text))
        .style_off(app.theme.style(Role::Faint))
        .style_show(app.theme.style(Role::Good))
        .style_hide(app.theme.style(Role::Faint))
        .highlight_style(app.theme.style(Role::Selected))
        .state(state)
        .render(inner, pen.buffer);
    let inner =
        pen.titled(lines, Words::of(Role::Title, "Log").faint(" of this program; the migration's events are on 1"));
    TuiLoggerWidget::default().formatter(Box::new(Safe { theme: app.theme })).state(state).render(inner, pen.buffer);
    let is_blank = inner.positions().all(|at| pen.buffer.cell(at).is_none_or(|cell| cell.symbol().trim().is_empty()));
    if is_blank {
        pen.line(inner, 0, &Words::new().faint("Nothing here. Lost connections, refusals and faults will be."));
    }
}

fn panes(area: Rect) -> (Rect, Rect) {
    if area.width >= WIDE {
        let width = area.width / 4;
        return (Rect { width, ..area }, Rect { x: area.x + width + 1, width: area.width - width - 1, ..area });
    }
    let height = (area.height / 3).min(6);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// Records as safe text: what is logged may come from files and databases.
struct Safe {
    theme: Theme,
}

impl LogFormatter for Safe {
    fn min_width(&self) -> u16 {
        20
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let level = record.level.to_string();
        let role = match level.as_str() {
            "ERROR" => Role::Bad,
            "WARN" => Role::Caution,
            "INFO" => Role::Text,
            _ => Role::Faint,
        };
        let target = record.target().strip_prefix("caribou::").unwrap_or(record.target());
        let at = crate::model::Millis(record.timestamp.timestamp().as_millisecond());
        let words = Words::new()
            .faint(crate::console::times::clock(at))
            .say(role, format!(" {level:<5} "))
            .faint(format!("{target} "))
            .say(role, SafeText::of(record.msg().trim()));
        words.wrap(width).into_iter().map(|line| self.line(&line)).collect()
    }
}

impl Safe {
    fn line(&self, words: &Words) -> Line<'static> {
        let span = |(text, role): &(SafeText, Role)| Span::styled(text.to_string(), self.theme.style(*role));
        Line::from(words.pieces().iter().map(span).collect::<Vec<_>>())
    }
}
