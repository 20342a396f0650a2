//! Checks that stopped a file before it ran, and whether this account may let them pass.

use super::action::Screen;
use super::app::App;
use super::approver;
use super::checks;
use super::evidence;
use super::names;
use crate::model::{Batch, BatchId, EventKind, FORESEEN, File, FileId, FileState, OverrideSubject, ValidationStatus};

/// A file, and the checks of it that are to be let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    pub file: FileId,
    pub checks: Vec<String>,
}

impl Stopped {
    /// All checks that stopped a file.
    pub fn by_all(file: &File) -> Stopped {
        Stopped { file: file.id, checks: file.stopped_by.iter().cloned().collect() }
    }

    /// The checks in words: the name of one, the number of several.
    pub fn words(&self) -> String {
        match self.checks.as_slice() {
            [one] => one.clone(),
            several => format!("{} checks", several.len()),
        }
    }
}

/// True if checks keep a file from running.
pub fn is_stopped(file: &File) -> bool {
    file.state == FileState::Failed && !file.stopped_by.is_empty()
}

/// True if a retry meets the same checks: what the plan foresaw it lets pass.
pub fn stops_again(file: &File) -> bool {
    is_stopped(file) && file.stopped_by.iter().any(|check| check != FORESEEN)
}

/// The subject of the key: on Validations the check under the cursor, else all that stopped the file under the cursor; with
/// none there, the only file that any has stopped.
///
/// # Errors
/// Reason why there is none, in one sentence.
pub fn under_cursor(app: &App) -> Result<Stopped, String> {
    let batch = app.data.batch().ok_or("there is no batch")?;
    if app.screen == Screen::Validations {
        let result = checks::selected(app).ok_or("no check that stopped a file is under the cursor")?;
        let file = result.file.ok_or_else(|| format!("{} is about the batch, and stopped no file", result.check))?;
        return Ok(Stopped { file, checks: vec![result.check.clone()] });
    }
    let selected = app.selected_file().and_then(|id| batch.file(id));
    let mut stopped = batch.failures().into_iter().filter(|file| is_stopped(file));
    match (selected, stopped.next(), stopped.next()) {
        (Some(file), ..) | (None, Some(file), None) => Ok(Stopped::by_all(file)),
        (None, None, _) => Err("no check has stopped a file before it ran".to_owned()),
        (None, Some(_), Some(_)) => {
            Err("which file? Files (2) has them all; put the cursor on the one that is to be let pass".to_owned())
        }
    }
}

/// Reason why checks cannot be let pass from here now, if so.
pub fn cannot(app: &App, stopped: &Stopped) -> Option<String> {
    let Some((batch, file)) = app.data.batch().and_then(|batch| Some((batch, batch.file(stopped.file)?))) else {
        return Some("the file is not in the batch on the screen".to_owned());
    };
    let name = names::name(&file.path);
    if !is_stopped(file) {
        return Some(format!("{name} is {}: no check has stopped it before it ran", file.state));
    }
    if let Some(other) = stopped.checks.iter().find(|check| !file.stopped_by.contains(*check)) {
        let by: Vec<&str> = file.stopped_by.iter().map(String::as_str).collect();
        return Some(format!("{name} was not stopped by {other}, but by {}", by.join(", ")));
    }
    may_not(app, batch)
}

/// Reason why this account may let nothing pass in a batch, if so.
pub fn may_not(app: &App, batch: &Batch) -> Option<String> {
    approver::may_not_decide(app, batch.id, batch.started_by.as_deref(), batch.policy.four_eyes)
}

/// Reason why the key would be refused now, if so.
pub fn refused(app: &App) -> Option<String> {
    match under_cursor(app) {
        Ok(stopped) => cannot(app, &stopped),
        Err(why) => Some(why),
    }
}

/// The request, as the worker compares it with what is there when it takes it.
pub fn subject(batch: &Batch, stopped: &Stopped) -> OverrideSubject {
    let retries = batch.file(stopped.file).map_or(0, |file| file.retries);
    OverrideSubject::File { file: stopped.file, retries, checks: stopped.checks.clone() }
}

/// What there is now, where it is not what a dialog was computed from.
pub fn moved_on(app: &App, batch: BatchId, subject: &OverrideSubject) -> Option<String> {
    let OverrideSubject::File { file, retries, checks } = subject else { return None };
    let stands = app.data.world.batch(batch).and_then(|batch| batch.file(*file))?;
    if stands.retries != *retries && is_stopped(stands) {
        return Some(format!("{} was tried again, and stopped again", names::name(&stands.path)));
    }
    cannot(app, &Stopped { file: *file, checks: checks.clone() })
}

/// The finding of a check that stopped a file, in one line, where it is known here.
pub fn finding(app: &App, file: FileId, check: &str) -> Option<String> {
    let journalled =
        app.data.recent.iter().rev().find_map(|event| match &event.kind {
            EventKind::ValidationRecorded {
                file: of, check: name, status: ValidationStatus::Failed, result, ..
            } if *of == Some(file) && name == check => Some(result.as_str()),
            _ => None,
        });
    let listed = app.lists.checks.told.iter().flat_map(|list| &list.results).filter(|result| {
        result.file == Some(file) && result.check == check && result.status == ValidationStatus::Failed
    });
    let result = journalled.or_else(|| listed.max_by_key(|result| result.id).map(|result| result.result.as_str()))?;
    Some(evidence::place(result.lines().next().unwrap_or_default()).1.to_owned())
}
