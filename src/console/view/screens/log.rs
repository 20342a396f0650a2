//! Screen 9: the program's own diagnostics (tui-logger), with the choice of targets beside them.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::options::Theme;
use crate::console::view::layout::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerTargetWidget, TuiLoggerWidget, TuiWidgetState};

/// Draws the log and, above or beside it, its targets.
pub fn draw(app: &App, state: &TuiWidgetState, canvas: &mut Canvas<'_>, area: Rect) {
    let told = targets(app, state, area);
    let (targets, lines) = panes(area, rows(&told));
    if targets.height > 0 {
        let inner = canvas.titled(targets, StyledLine::from_span(Role::Strong, "Targets").faint(" h l less, more"));
        copy(&told, canvas, inner);
    }
    let inner = canvas.titled(
        lines,
        StyledLine::from_span(Role::Strong, "Log").faint(" of this program; the migration's events are on 1"),
    );
    TuiLoggerWidget::default().formatter(Box::new(Safe { theme: app.theme })).state(state).render(inner, canvas.buffer);
    let is_blank =
        inner.positions().all(|at| canvas.buffer.cell(at).is_none_or(|cell| cell.symbol().trim().is_empty()));
    if is_blank {
        let text = "Nothing has been logged yet: lost connections, refusals and faults would stand here.";
        canvas.line(inner, 0, &StyledLine::new().faint(text));
    }
}

/// The targets, on a sheet of their own: the widget writes beyond the right end of what it is given.
fn targets(app: &App, state: &TuiWidgetState, area: Rect) -> Buffer {
    let sheet = Rect::new(0, 0, area.width.max(SHEET), area.height);
    let mut buffer = Buffer::empty(sheet);
    TuiLoggerTargetWidget::default()
        .style(app.theme.style(Role::Text))
        .style_off(app.theme.style(Role::Faint))
        .style_show(app.theme.style(Role::Good))
        .style_hide(app.theme.style(Role::Faint))
        .highlight_style(app.theme.style(Role::Selected))
        .state(state)
        .render(sheet, &mut buffer);
    buffer
}

/// Rows of a sheet that have anything on them.
fn rows(sheet: &Buffer) -> u16 {
    let is_blank = |y: u16| (0..sheet.area.width).all(|x| sheet[(x, y)].symbol().trim().is_empty());
    (0..sheet.area.height).rev().find(|y| !is_blank(*y)).map_or(0, |last| last + 1)
}

/// Copies as much of a sheet as there is room for.
fn copy(sheet: &Buffer, canvas: &mut Canvas<'_>, area: Rect) {
    for at in area.intersection(canvas.buffer.area).positions() {
        let from = (at.x - area.x, at.y - area.y);
        if let (Some(cell), Some(to)) = (sheet.cell(from), canvas.buffer.cell_mut(at)) {
            *to = cell.clone();
        }
    }
}

/// The targets beside the log where there is room, else above it, in no more rows than there are targets.
fn panes(area: Rect, targets: u16) -> (Rect, Rect) {
    if area.width >= WIDE {
        let width = area.width / 4;
        return (Rect { width, ..area }, Rect { x: area.x + width + 1, width: area.width - width - 1, ..area });
    }
    let height = if targets == 0 { 0 } else { (targets + 1).min(area.height / 3).min(6) };
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// Columns of the sheet that the targets are written on.
const SHEET: u16 = 120;

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
        let words = StyledLine::new()
            .faint(crate::console::times::clock(at))
            .span(role, format!(" {level:<5} "))
            .faint(format!("{target} "))
            .span(role, SafeText::new(record.msg().trim()));
        words.wrap(width).into_iter().map(|line| self.line(&line)).collect()
    }
}

impl Safe {
    fn line(&self, words: &StyledLine) -> Line<'static> {
        let span = |(text, role): &(SafeText, Role)| Span::styled(text.to_string(), self.theme.style(*role));
        Line::from(words.spans().iter().map(span).collect::<Vec<_>>())
    }
}
