//! Going to a screen, and opening a file on it.

use crate::console::state::action::Screen;
use crate::console::state::app::App;
use crate::console::state::message::{Effect, Request};
use crate::console::state::views::DetailView;
use crate::model::FileId;

/// Changes the screen; its panes stay as they were.
pub fn show(app: &mut App, screen: Screen) {
    app.help = None;
    app.picker = None;
    if screen != app.screen {
        // What was said is about the screen that is left.
        app.notice = None;
        app.previous = std::mem::replace(&mut app.screen, screen);
    }
}

/// Opens a file, and asks for its text.
pub fn open_file(app: &mut App, file: FileId) -> Vec<Effect> {
    let Some(file) = app.data.batch().and_then(|b| b.file(file)) else { return Vec::new() };
    let detail = DetailView::new(file);
    let ask = Effect::Ask(Request::Source(detail.checksum.clone()));
    app.detail = Some(detail);
    vec![ask]
}
