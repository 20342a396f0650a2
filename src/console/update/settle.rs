//! What follows from a change of the state: rows, cursors and panes back in line with each other.

use super::{board, decisions, graph, lists};
use crate::console::state::app::App;
use crate::console::state::listing::Listing;
use crate::console::state::{eta, views};
use crate::console::view::dialog as dialog_view;
use crate::console::view::layout;
use crate::console::view::screens::file_detail;
use crate::model::{File, FileState, Phase};

/// Rows that are kept free for what stands under a statement without a number.
const REMARKS: usize = 3;

/// Brings everything that depends on something else back in line.
pub fn settle(app: &mut App, moved: bool) {
    app.data.count();
    app.data.look_away();
    eta::settle(app);
    let rows = layout::files_rows(app);
    app.files.build(app.data.batch.and_then(|id| app.data.world.batch(id)), moved);
    app.files.settle(rows, app.size.0 >= layout::WAVES);
    board::settle(app);
    graph::settle(app, moved);
    let height = layout::sql_rows(app);
    if layout::regions(app).is_none() {
        // What cannot be seen cannot be accepted.
        app.dialog = None;
    }
    let most = app.dialog.as_ref().map_or(0, |dialog| dialog_view::most_scrolled(app, dialog));
    if let Some(dialog) = &mut app.dialog {
        dialog.top = dialog.top.min(most);
    }
    let batches = app.data.batches.len();
    if let Some(picker) = &mut app.picker {
        views::settle(&mut picker.cursor, &mut picker.top, batches, rows.saturating_sub(4));
    }
    lists::settle(app);
    settle_panes(app);
    let Some(detail) = &mut app.detail else { return };
    let file = app.data.batch.and_then(|b| app.data.world.file(b, detail.file));
    if let Some(statement) = file.filter(|_| !detail.moved).and_then(statement_of_interest)
        && let Some(line) = detail.listing().and_then(|l| l.first_line(statement))
    {
        detail.line = line;
        // It stands in the middle, with what comes before it.
        detail.top = line.saturating_sub(height / 2);
    }
    // What stands under a statement takes rows too.
    let remarks = file.map_or(0, |file| usize::from(file.running.is_some() || file.failure.is_some()) * REMARKS);
    let height = height.saturating_sub(remarks).max(1);
    let lines = detail.listing().map_or(0, Listing::len);
    views::settle(&mut detail.line, &mut detail.top, lines, height);
}

/// Panes are not scrolled beyond their end: the way back up would seem dead.
fn settle_panes(app: &mut App) {
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    decisions::settle(app);
    if app.detail.as_ref().is_some_and(|detail| detail.facts_top > 0) {
        let most = file_detail::most_scrolled(app, content);
        app.detail.iter_mut().for_each(|detail| detail.facts_top = detail.facts_top.min(most));
    }
}

/// The statement that a reader looks for: the one that runs, the next one of a file that is held, the one that failed.
fn statement_of_interest(file: &File) -> Option<u32> {
    let running = file.running.as_ref().filter(|r| r.phase == Phase::Forward).map(|r| r.statement);
    let next = || file.next_statement().filter(|_| file.state == FileState::Migrating);
    let failed = || file.failure.as_ref().and_then(|failure| failure.statement);
    running.or_else(next).or_else(failed)
}
