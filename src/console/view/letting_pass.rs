//! Words about checks that are let pass: who may do it now, and who has.

use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::state::overrides::{self, Stopped};
use crate::model::{Batch, File, Overridden};

/// The way past checks that stopped a file: the key, where this account may press it, and what follows. Nothing where they
/// stopped none.
pub fn way(app: &App, batch: &Batch, stopped: &Stopped) -> Option<(String, String)> {
    let file = batch.file(stopped.file).filter(|file| overrides::is_stopped(file))?;
    if !stopped.checks.iter().all(|check| file.stopped_by.contains(check)) || app.replay.is_some() {
        return None;
    }
    let (checks, number) = (stopped.words(), names::number(&file.path));
    if overrides::may_not(app, batch).is_none() {
        let key = app.keymap.key_for(Action::Override);
        return Some((key, format!("lets {checks} pass, with a reason: {number} runs again")));
    }
    let whose = if app.data.account.may_decide { "an approver who did not start the batch" } else { "an approver" };
    Some((String::new(), format!("{whose} can let {checks} pass: {number} then runs again")))
}

/// The same in a line.
pub fn line(app: &App, batch: &Batch, stopped: &Stopped) -> Option<StyledLine> {
    let (key, words) = way(app, batch, stopped)?;
    let key = if key.is_empty() { key } else { format!("{key} ") };
    Some(StyledLine::from_span(Role::Key, key).text(words))
}

/// What is let pass of a file, by whom and why.
pub fn words(file: &File) -> impl Iterator<Item = StyledLine> {
    file.overridden.iter().map(|(check, Overridden { by, reason })| {
        StyledLine::from_span(Role::Caution, "! ").text(format!("{check} is let pass by {by}: {reason}"))
    })
}
