//! Copies to the clipboard of what is under the cursor.

use super::board;
use crate::console::safe_text::SafeText;
use crate::console::state::action::Places;
use crate::console::state::app::App;
use crate::console::state::message::Effect;
use crate::console::state::{alerts, checklist, rollbacks};
use crate::console::times;
use crate::console::view::{alert_ways, sentence, waiting};

/// A copy of so many characters is told as it stands.
const SHOWN: usize = 40;

/// Copies what is under the cursor to the clipboard.
pub fn copy(app: &mut App) -> Vec<Effect> {
    let text = match app.place() {
        Places::DETAIL => app.detail.as_ref().and_then(|d| {
            let listing = d.listing()?;
            Some(d.statement().and_then(|n| listing.statement_text(n)).unwrap_or(listing.raw(d.line)).to_owned())
        }),
        Places::FILES => app.selected_file().and_then(|id| app.data.batch()?.file(id)).map(|f| f.path.clone()),
        Places::BOARD => board::kill(app).or_else(|| Some(board_text(app))),
        Places::DECISIONS => {
            rollbacks::selected(app).map(|w| format!("rollback {}: {}", w.rollback.id, w.rollback.reason))
        }
        Places::CHECKLIST => checklist::selected(app).map(|item| format!("{}: {}", item.title, item.evidence)),
        Places::HISTORY => app.history.selected().map(|row| format!("batch {}", row.1)),
        Places::ALERTS => alerts::selected(app).map(|alert| match alert_ways::blocker(app, alert) {
            Some(connection) => format!("KILL {connection}"),
            None => format!("A{} {}: {}\n{}", alert.id, alert.alert_type, alert.title, alert.message),
        }),
        _ => None,
    };
    let Some(text) = text else {
        app.notify("there is nothing to copy here");
        return Vec::new();
    };
    let text = SafeText::for_copy(&text);
    let length = text.chars().count();
    app.notify(match length <= SHOWN && !text.contains('\n') {
        true => format!("copied {text}"),
        false => format!("copied {} characters", times::thousands(length as u64)),
    });
    vec![Effect::Copy(text)]
}

fn board_text(app: &App) -> String {
    let mut lines = vec![format!("waiting on: {}", waiting::on(app).to_plain())];
    if let Some(batch) = app.data.batch() {
        lines.insert(0, format!("batch {} {}: {}", batch.id, batch.name, batch.status));
        let failures =
            batch.failures().into_iter().filter_map(|f| f.failure.as_ref().map(|e| format!("{}: {e}", f.path)));
        lines.extend(failures.take(20));
        let newest = app.data.recent.iter().rev().take(20);
        lines.extend(newest.map(|e| format!("{} {}", e.at.to_rfc3339(), sentence::from_event(batch, e).to_plain())));
    }
    lines.join("\n")
}
