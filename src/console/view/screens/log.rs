//! Screen 9: the program's own diagnostics (tui-logger), with the choice of targets beside them.

use super::empty;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::options::Theme;
use crate::console::view::layout::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerTargetWidget, TuiLoggerWidget, TuiWidgetState};

/// Draws the log and, above or beside it, its targets.
pub fn draw(app: &App, state: &TuiWidgetState, canvas: &mut Canvas<'_>, area: Rect) {
    let told = targets(state, area);
    let (targets, lines) = panes(area, u16::try_from(told.len()).unwrap_or(u16::MAX));
    if targets.height > 0 {
        let inner = canvas.titled(targets, StyledLine::from_span(Role::Strong, "Targets").faint(" h l less, more"));
        canvas.lines(inner, &told);
    }
    let inner = canvas.titled(
        lines,
        StyledLine::from_span(Role::Strong, "Log").faint(" of this program; the migration's events are on 1"),
    );
    TuiLoggerWidget::default().formatter(Box::new(Safe { theme: app.theme })).state(state).render(inner, canvas.buffer);
    let is_blank =
        inner.positions().all(|at| canvas.buffer.cell(at).is_none_or(|cell| cell.symbol().trim().is_empty()));
    if is_blank {
        let would_be = ["Lost connections, refusals and faults would stand here."];
        empty::draw(canvas, inner, "Nothing has been logged yet.", &would_be);
    }
}

/// The targets, each with the level down to which it is shown. The widget draws them on a sheet of its own, as letters that
/// are bright or faint.
fn targets(state: &TuiWidgetState, area: Rect) -> Vec<StyledLine> {
    let sheet = Rect::new(0, 0, SHEET, area.height);
    let mut buffer = Buffer::empty(sheet);
    let shown = Style::new().add_modifier(Modifier::BOLD);
    TuiLoggerTargetWidget::default()
        .style_off(Style::new())
        .style_show(shown)
        .style_hide(Style::new())
        .highlight_style(Style::new().add_modifier(Modifier::REVERSED))
        .state(state)
        .render(sheet, &mut buffer);
    (0..sheet.height).filter_map(|y| target(&buffer, y)).collect()
}

/// One of them, as a line; none where the sheet is blank, or where the logger speaks of itself.
fn target(sheet: &Buffer, y: u16) -> Option<StyledLine> {
    const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
    let row: String = (0..sheet.area.width).map(|x| sheet[(x, y)].symbol()).collect();
    let (letters, name) = row.split_once(':')?;
    let name = name.trim();
    if name.is_empty() || name == "log" {
        return None;
    }
    let of_letter = |letter: usize| u16::try_from(letter).ok().and_then(|x| sheet.cell((x, y)));
    let columns = letters.chars().count();
    let is_shown = |letter: &usize| of_letter(*letter).is_some_and(|c| c.modifier.contains(Modifier::BOLD));
    let shown = (0..columns).filter(is_shown).count();
    let level = shown.checked_sub(1).and_then(|n| LEVELS.get(n)).unwrap_or(&"nothing");
    let is_selected = (0..SHEET).any(|x| sheet[(x, y)].modifier.contains(Modifier::REVERSED));
    let margin = if is_selected { "› " } else { "  " };
    let line = StyledLine::new().text(margin).text(SafeText::new(name).pad(12)).faint(*level);
    Some(if is_selected { line.all(Role::Selected) } else { line })
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

/// Columns of the name of the room that a record came from.
const ROOM: usize = 8;

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
        let target = SafeText::new(record.target()).pad(ROOM);
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
