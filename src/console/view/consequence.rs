//! Consequences of a change, computed from the state on the screen: what its dialog says before it is accepted.

use super::ahead;
use super::sentence::name;
use crate::console::feed::Freeze;
use crate::console::times;
use crate::model::{
    Batch, Class, File, FileId, FileState, FreezeMeans, FreezePolicy, Held, Outcome, StepUnit, SystemStatus, Verb,
};

/// Kept tables that a dialog names.
const NAMED: usize = 6;

/// Tells what will follow, computed from the state on the screen.
pub fn consequence(batch: &Batch, verb: &Verb) -> Vec<String> {
    let running = running(batch);
    let next = next(batch).map_or_else(String::new, |next| format!("; next: {next}"));
    match verb {
        Verb::Run => Vec::new(),
        Verb::Freeze | Verb::Thaw { .. } | Verb::AcceptServer { .. } => of_system(Some(batch), verb, None),
        Verb::Pause => match running {
            Some(running) => vec![format!("{running} ends first; then nothing new starts until it is resumed.")],
            None => vec!["Nothing new starts until it is resumed. Nothing is undone.".into()],
        },
        Verb::Resume if batch.is_being_undone() => vec![format!("It goes on UNDOING by itself{next}.")],
        Verb::Resume if batch.crashed().next().is_some() => batch.crashed().map(goes_on).collect(),
        Verb::Resume => vec![format!("It goes on by itself from where it stands{next}.")],
        Verb::Step { unit } => step(batch, *unit),
        Verb::Retry { file } => {
            let retries = batch.file(*file).map_or(0, |f| f.retries);
            vec![
                format!("The file waits again from its beginning, as attempt {}.", retries + 2),
                "Nothing of it stands in the database now.".into(),
            ]
        }
        Verb::Discard { file } => discard(batch, *file),
        Verb::Settle { file, outcome } => settled(batch, *file, *outcome),
        Verb::Abort { keep_completed } => abort(batch, running, *keep_completed),
        Verb::RollBack { files, class, .. } => roll_back(batch, *class, files),
        Verb::Tick { .. } | Verb::Repair { .. } => Vec::new(),
        Verb::Alert { alert, .. } => batch.alerts.get(alert).map(|a| a.title.clone()).into_iter().collect(),
        Verb::Break { file, statement, clear } => {
            let path = batch.file(*file).map_or("", |f| f.path.as_str());
            let place = match statement {
                Some(n) => format!("statement {} of {path}", n + 1),
                None => path.to_owned(),
            };
            match clear {
                false => vec![format!("The batch pauses before {place}.")],
                true => vec![format!("The batch no longer pauses before {place}.")],
            }
        }
    }
}

/// The same of a verb that is about the system; the batch that is open feels it, where there is one.
pub fn of_system(batch: Option<&Batch>, verb: &Verb, freeze: Option<&Freeze>) -> Vec<String> {
    match verb {
        Verb::AcceptServer { server } => {
            vec![format!("{server} is the right server from now on; what is open goes on.")]
        }
        Verb::Thaw { emergency: true } => emergency(freeze.map(|freeze| freeze.means)),
        Verb::Thaw { emergency: false } if freeze.is_some_and(|f| f.status == SystemStatus::Emergency) => {
            vec!["The emergency is over: the system can be frozen again. Applications can write already.".to_owned()]
        }
        Verb::Thaw { emergency: false } => {
            let always = |batch: &&Batch| batch.policy.freeze == FreezePolicy::Always && !batch.status.is_final();
            let pauses = batch.filter(always);
            let then = pauses.map(|_| "The batch is to run frozen: it pauses, and a resume freezes again.".to_owned());
            [Some("Applications may write again.".to_owned()), then].into_iter().flatten().collect()
        }
        // What freezing means depends on the server (`freezing`).
        _ => Vec::new(),
    }
}

/// What an account does that thaws past the worker.
fn emergency(means: Option<FreezeMeans>) -> Vec<String> {
    let first = match means {
        Some(FreezeMeans::WriteLock) => "The write lock went with the worker's process: nothing is to be set.",
        Some(FreezeMeans::Advisory) => "Nothing kept writers away: nothing is to be set.",
        _ => "This account itself sets read_only = 0 on the server, at once, and reads it back.",
    };
    let rest = [
        "No worker is asked or waited for; the next one writes it into the journal.",
        "Then nothing is frozen again before somebody says that the emergency is over.",
    ];
    std::iter::once(first).chain(rest).map(str::to_owned).collect()
}

/// Where a file goes on that a crash left half-way.
fn goes_on(file: &File) -> String {
    let at = file.resumes_at().unwrap_or_default();
    match at < file.statements {
        true => format!("{} goes on with statement {} of {}.", name(&file.path), at + 1, file.statements),
        false => format!("{} goes on behind its last statement: all have taken effect.", name(&file.path)),
    }
}

/// The statement under way, in words.
pub(super) fn running(batch: &Batch) -> Option<String> {
    let (file, running) = batch.active().find_map(|f| f.running.as_ref().map(|r| (f, r)))?;
    Some(format!("statement {} of {} in {}", running.statement + 1, file.statements, file.path))
}

/// Effect of accepting, in the words of its button.
pub fn deed(batch: &Batch, verb: &Verb) -> String {
    let path = |file: &FileId| batch.file(*file).map_or("the file", |f| name(&f.path)).to_owned();
    match verb {
        Verb::Resume if batch.is_being_undone() => "Go on undoing".into(),
        Verb::Resume => "Go on".into(),
        Verb::Step { unit } => ahead::next(batch).map_or(verb.text().accept, |next| next.deed(*unit)).into(),
        Verb::Retry { file } => format!("Run {} again", path(file)),
        Verb::Settle { outcome: Outcome::Completed, .. } => "Count it as completed".into(),
        Verb::Settle { outcome: Outcome::RolledBack, .. } => "Count it as rolled back".into(),
        Verb::Discard { file } => {
            let held: usize = batch.discardable(*file).unwrap_or_default().iter().map(|f| f.held.len()).sum();
            format!("Drop {}", times::count(held, "kept object"))
        }
        Verb::Break { clear: false, .. } => "Pause there".into(),
        Verb::Break { clear: true, .. } => "Pause there no more".into(),
        Verb::Abort { keep_completed } => {
            let under_way = batch.active().filter(|f| f.in_force().count() > 0 || f.running.is_some()).count();
            let completed = if *keep_completed { 0 } else { batch.completed as usize };
            match under_way + completed {
                0 => "Stop now".into(),
                n => format!("Stop and undo {}", times::count(n, "file")),
            }
        }
        Verb::Pause
        | Verb::Run
        | Verb::RollBack { .. }
        | Verb::Alert { .. }
        | Verb::Tick { .. }
        | Verb::Repair { .. } => verb.text().accept.into(),
        Verb::Freeze | Verb::Thaw { .. } | Verb::AcceptServer { .. } => deed_of_system(verb, None).into(),
    }
}

/// The same of a verb that is about the system.
pub fn deed_of_system(verb: &Verb, freeze: Option<&Freeze>) -> &'static str {
    match verb {
        Verb::Freeze => "Keep others from writing",
        Verb::Thaw { emergency: false } if freeze.is_some_and(|f| f.status == SystemStatus::Emergency) => {
            "Say that it is over"
        }
        Verb::Thaw { .. } => "Let others write",
        Verb::AcceptServer { .. } => "Accept this server",
        _ => verb.text().accept,
    }
}

/// Tells what a held batch would do next; `None` where nothing is left.
fn next(batch: &Batch) -> Option<String> {
    let next = ahead::next(batch)?;
    let begins = next.file.state == FileState::Idle && next.file.outcome.is_none();
    Some(if begins { next.file.path.clone() } else { next.place() })
}

/// Tells what a step is spent on: of a batch that nothing holds only the direction can be told.
fn step(batch: &Batch, unit: StepUnit) -> Vec<String> {
    let next = ahead::next(batch).filter(|_| !batch.may_move());
    if let Some(next) = next {
        return vec![next.sentence(unit)];
    }
    let until = match unit {
        StepUnit::Statement => "the next statement has ended",
        StepUnit::Transition => "a file has entered its next state",
    };
    let hold = if batch.may_move() { "It holds from now on, and then" } else { "It" };
    let on = if batch.is_being_undone() { "goes on UNDOING" } else { "goes on" };
    vec![format!("{hold} {on} until {until}, and holds again.")]
}

/// Tells what is dropped, table by table, and what is lost with it.
fn discard(batch: &Batch, file: Option<FileId>) -> Vec<String> {
    let holding = batch.discardable(file).unwrap_or_default();
    let held: Vec<(&File, &Held)> = holding.iter().flat_map(|f| f.held.iter().map(move |held| (*f, held))).collect();
    let what = |(file, held): &(&File, &Held)| {
        format!("  {} of {}, statement {} of {}", rows(held), held.table, held.statement + 1, name(&file.path))
    };
    let mut lines = vec![format!(
        "{} dropped: an undo of what {} kept for has nothing to put back.",
        are(held.len(), "kept object"),
        if held.len() == 1 { "it was" } else { "they were" }
    )];
    lines.extend(held.iter().take(NAMED).map(what));
    if held.len() > NAMED {
        lines.push(format!("  and {} more", held.len() - NAMED));
    }
    lines
}

/// Number of rows that were kept, in words; of a table that was moved it is an estimate.
pub fn rows(held: &Held) -> String {
    let about = if held.kind.is_moved() { "about " } else { "" };
    let noun = if held.rows == 1 { "row" } else { "rows" };
    format!("{about}{} {noun}", times::thousands(held.rows))
}

/// Tells what a person's word changes, and what it is about.
fn settled(batch: &Batch, file: FileId, outcome: Outcome) -> Vec<String> {
    let Some(file) = batch.file(file) else { return Vec::new() };
    let stand = times::count(file.in_force().count(), "statement");
    let doubt = file.in_doubt().count();
    let doubt = if doubt > 0 { format!(", {doubt} in doubt") } else { String::new() };
    let now = format!("The journal knows of {stand} in force{doubt}.");
    let then = match outcome {
        Outcome::Completed => "From now on all of it counts as in force: what depends on it may run.",
        Outcome::RolledBack => "From now on nothing of it counts as in force: `caribou migrate` would run it again.",
    };
    vec![now, then.into(), "Your word is taken for it; nothing in the database is looked at.".into()]
}

fn abort(batch: &Batch, running: Option<String>, keep_completed: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(running) = running {
        lines.push(format!("KILLS {running}."));
        lines.push("The server then rolls back that statement by itself, which may take as long as it ran.".into());
    }
    let standing: usize = batch.active().map(|f| f.in_force().count()).sum();
    if standing > 0 {
        lines.push(format!("{} undone of the file under way, last first.", are(standing, "statement")));
    }
    lines.push(match (keep_completed, batch.completed) {
        (true, n) => {
            let files = times::count(n as usize, "completed file");
            format!("{files} kept. No partial epochs: the batch does not reach its epoch.")
        }
        (false, 0) => "No file has completed, so nothing else is undone.".into(),
        (false, n) => {
            format!("{} rolled back too (class A); --keep-completed leaves them.", are(n as usize, "completed file"))
        }
    });
    lines
}

/// The scope and the window of a rollback that is asked for.
fn roll_back(batch: &Batch, class: Class, files: &[FileId]) -> Vec<String> {
    let scope = batch.scope(class, files);
    let mut lines = vec![format!("{} in its scope (class {class}), in this order:", are(scope.len(), "file"))];
    lines.extend(scope.iter().filter_map(|id| batch.file(*id)).map(|f| format!("  {}", f.path)));
    lines.push(match (class, batch.policy.four_eyes) {
        (Class::A, false) => "It begins at once, and brings the batch back to where it began.".into(),
        (_, true) => "Nothing is undone before another account has approved it.".into(),
        (_, false) => "A window opens; nothing is undone before somebody has approved it.".into(),
    });
    lines
}

/// `1 file is`, `2 files are`.
fn are(n: usize, noun: &str) -> String {
    format!("{} {}", times::count(n, noun), if n == 1 { "is" } else { "are" })
}
