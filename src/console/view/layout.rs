//! Layout of a screen of any size.

use super::replay_frame;
use crate::console::state::app::App;
use ratatui::layout::Rect;

/// The smallest screen that the panes fit into; below it there is one line.
pub const NEEDED: (u16, u16) = (60, 14);
/// From this width on, panes stand beside each other.
pub const WIDE: u16 = 110;

/// From this width on, what a file is about stands beside the table of files.
const BESIDE: u16 = 160;
/// From this width on, the table of files has lines between its waves.
pub const WAVES: u16 = 100;

/// The parts of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regions {
    /// One row: where we are, as whom, how fresh it is.
    pub header: Rect,
    /// One row when the system is not normal.
    pub banner: Rect,
    /// Two rows: the batch, and what it waits for.
    pub batch: Rect,
    /// One row: the screens.
    pub tabs: Rect,
    /// Up to three rows where somebody guides a newcomer.
    pub strip: Rect,
    pub content: Rect,
    /// One row: the last order's way, or a notice.
    pub last: Rect,
    /// One row: the keys.
    pub keys: Rect,
}

/// Divides the screen.
pub fn regions(app: &App) -> Option<Regions> {
    let Rect { x, mut y, width, height } = replay_frame::inside(app);
    if app.size.0 < NEEDED.0 || app.size.1 < NEEDED.1 {
        return None;
    }
    let mut rows = |n: u16| {
        let area = Rect::new(x, y, width, n);
        y += n;
        area
    };
    let header = rows(1);
    let banner = rows(u16::from(app.data.freeze.is_some()));
    let batch = rows(2);
    let tabs = rows(1);
    let strip = rows(strip_rows(app));
    let used = header.height + banner.height + batch.height + tabs.height + strip.height + 2;
    let content = rows(height - used);
    let (last, keys) = replay_frame::footer(app).unwrap_or_else(|| (rows(1), rows(1)));
    Some(Regions { header, banner, batch, tabs, strip, content, last, keys })
}

/// Height from which on the tour has more than its first row.
const TALL: u16 = 20;
/// Rows of what a file is about on a small screen, at the most.
const SMALL_PANE: u16 = 7;

/// Rows of the tour's strip.
fn strip_rows(app: &App) -> u16 {
    let (width, height) = app.size;
    match (&app.guide, height >= TALL, width >= WIDE) {
        (None, ..) => 0,
        (Some(_), false, _) => 1,
        (Some(_), true, false) => 3,
        (Some(_), true, true) => 2,
    }
}

/// The two parts of Files: the table, and what the file under the cursor is about. On a small screen there is only the
/// table. What a list of so many lines leaves blank is the file's.
pub fn files_parts(content: Rect, lines: usize) -> (Rect, Rect) {
    if content.width >= BESIDE {
        let right = content.width * 2 / 5;
        let table = Rect { width: content.width - right - 1, ..content };
        return (table, Rect { x: table.right() + 1, width: right, ..content });
    }
    let below = match content.height {
        0..14 => 0,
        14..26 => content.height.saturating_sub(u16::try_from(lines + 1).unwrap_or(u16::MAX)).clamp(5, SMALL_PANE),
        height => (height / 3).max(12),
    };
    let table = Rect { height: content.height - below, ..content };
    (table, Rect { y: table.bottom(), height: below, ..content })
}

/// Rows of the files table below its head.
pub fn files_rows(app: &App) -> usize {
    regions(app).map_or(0, |r| usize::from(files_parts(r.content, app.files.lines()).0.height.saturating_sub(1)))
}

/// The two panes of a file: its SQL and its facts.
pub fn detail_panes(content: Rect) -> (Rect, Rect) {
    if content.width >= WIDE {
        let left = content.width * 3 / 5;
        let sql = Rect { width: left, ..content };
        let facts = Rect { x: content.x + left + 1, width: content.width - left - 1, ..content };
        return (sql, facts);
    }
    let top = content.height * 3 / 5;
    let sql = Rect { height: top, ..content };
    (sql, Rect { y: content.y + top, height: content.height - top, ..content })
}

/// Rows of the SQL pane below its title.
pub fn sql_rows(app: &App) -> usize {
    regions(app).map_or(0, |r| usize::from(detail_panes(r.content).0.height.saturating_sub(1)))
}
