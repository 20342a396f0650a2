//! What has to be decided, and by when: rollback windows by their deadline, then open alerts, the gravest first.

use crate::console::state::action::Screen;
use crate::console::state::alerts;
use crate::console::state::app::App;
use crate::console::state::rollbacks;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::model::AlertType;
use ratatui::layout::Rect;

/// Width from which on each part has a column of its own.
const WIDE: u16 = 100;

/// The lines, as many as there are.
pub fn lines(app: &App, width: u16) -> Vec<StyledLine> {
    let wide = width >= WIDE;
    let windows = rollbacks::all(app).into_iter().filter(crate::console::feed::RollbackSummary::is_undecided);
    let windows = windows.map(|window| {
        let rollback = &window.rollback;
        let left = match rollback.decide_by.zip(app.shown_clock()) {
            Some((by, now)) if now >= by => "lapsed".to_owned(),
            Some((by, now)) => format!("{} left", times::span(by.since(now))),
            None => "no deadline".to_owned(),
        };
        let line = StyledLine::from_span(Role::Caution, format!(" ◷ R{}  {left}", rollback.id));
        let reason = rollback.reason.lines().next().unwrap_or_default();
        let line = match wide {
            true => line.fill_to(20).faint(format!("class {}  batch {}: ", rollback.class, rollback.batch)),
            false => line.faint(format!("  class {}, batch {}: ", rollback.class, rollback.batch)),
        };
        opens(line.text(reason), Screen::Decisions, width)
    });
    let alerts = alerts::open(app).into_iter().map(|alert| {
        let is_ours = alerts::is_on_screen(app, alert);
        let is_grave = alert.alert_type.gravity() >= AlertType::Error.gravity();
        let role = if is_ours && is_grave { Role::Bad } else { Role::Caution };
        let line = StyledLine::from_span(role, format!(" ! A{}  {}", alert.id, alert.alert_type));
        let line = if wide { line.fill_to(20) } else { line.text("  ") };
        let mut facts = alerts::title(app, alert, wide);
        if !is_ours {
            facts = format!("batch {}: {facts}", alert.batch);
        }
        if alert.level > 0 {
            facts.push_str(&format!("; level {}", alert.level));
        }
        if let Some(left) = alert.due.zip(app.shown_clock()).filter(|(due, now)| alert.rises && due > now) {
            facts.push_str(&format!("; rises in {}", times::span(left.0.since(left.1))));
        }
        opens(line.text(facts), Screen::Alerts, width)
    });
    windows.chain(alerts).collect()
}

fn opens(line: StyledLine, screen: Screen, width: u16) -> StyledLine {
    let key = StyledLine::from_span(Role::Key, screen.number().to_string()).faint(" opens it");
    let width = usize::from(width);
    line.pad(width.saturating_sub(key.width() + 2)).ending_at(width, key)
}

/// Draws as many as fit; with a title where there is one.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, titled: bool) {
    let lines = lines(app, area.width);
    let inner = match titled {
        true => table::rule(canvas, area, StyledLine::from_span(Role::Strong, "Due"), StyledLine::new()),
        false => area,
    };
    let room = usize::from(inner.height);
    for (row, line) in (0..).zip(lines.iter().take(room)) {
        canvas.line(inner, row, line);
    }
}
