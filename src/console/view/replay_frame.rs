//! Place of a replay's frame and of its transport line, on a screen of any size.

use crate::console::state::app::App;
use ratatui::layout::Rect;

/// From this size on there is a frame around everything; below it the transport line alone.
const FRAMED: (u16, u16) = (64, 20);
/// From this size on the transport line has times above it and words below.
const TALL: (u16, u16) = (100, 34);

/// The parts of a replay's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayFrame {
    /// All of it, where there is room for one.
    pub frame: Option<Rect>,
    /// The row that parts the screens from the transport line.
    pub rule: Option<Rect>,
    /// Times above the line.
    pub times: Option<Rect>,
    pub line: Option<Rect>,
    /// Words below it.
    pub words: Option<Rect>,
    pub status: Rect,
    pub keys: Rect,
}

/// The frame of a replay; `None` where nothing is replayed.
pub fn frame(app: &App) -> Option<ReplayFrame> {
    app.replay.as_ref()?;
    let (width, height) = app.size;
    let whole = Rect::new(0, 0, width, height);
    let row = |from_below: u16, margin: u16| Rect {
        x: margin,
        y: height.saturating_sub(from_below),
        width: width.saturating_sub(2 * margin),
        height: 1,
    };
    if width < FRAMED.0 || height < FRAMED.1 {
        let (status, keys) = (row(2, 0), row(1, 0));
        return Some(ReplayFrame { frame: None, rule: None, times: None, line: None, words: None, status, keys });
    }
    let tall = width >= TALL.0 && height >= TALL.1;
    Some(ReplayFrame {
        frame: Some(whole),
        rule: Some(row(if tall { 7 } else { 5 }, 0)),
        times: tall.then(|| row(6, 2)),
        line: Some(row(if tall { 5 } else { 4 }, 2)),
        words: tall.then(|| row(4, 2)),
        status: row(3, 2),
        keys: row(2, 2),
    })
}

/// The area of the screens. The two rows at its end belong to the last command and the keys; in a frame they lie in it.
pub fn inside(app: &App) -> Rect {
    let (width, height) = app.size;
    match frame(app).and_then(|parts| parts.rule) {
        Some(rule) => Rect::new(2, 1, width - 4, rule.y + 1),
        None => Rect::new(0, 0, width, height),
    }
}

/// The rows for what is said and for the keys, where they lie in the frame.
pub fn footer(app: &App) -> Option<(Rect, Rect)> {
    frame(app).map(|parts| (parts.status, parts.keys))
}
