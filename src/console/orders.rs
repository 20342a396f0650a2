//! From a wish to a dialog: what may be asked for now, what it will do, and how that is said.

use super::action::Action;
use super::app::App;
use super::consequence::consequence;
use super::decisions;
use super::dialog::{Asked, Dialog, Purpose};
use super::feed::Order;
use super::safe_text::SafeText;
use crate::model::{AlertStatus, Batch, Expectation, File, FileId, FileState, Hold, Outcome, StepUnit, Verb};

/// What an operator wants changed, before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Pause,
    Resume,
    /// Whichever of the two makes sense.
    PauseOrResume,
    Step(StepUnit),
    Abort {
        keep_completed: bool,
    },
    Retry(FileId),
    /// A person has mended it, and says how it stands.
    Settle(FileId, Outcome),
    /// Let go what is kept of a file, or of the whole batch.
    Discard(Option<FileId>),
    /// Set, or clear where it stands already.
    Break(FileId, Option<u32>),
}

/// Why nothing can be changed from here now, if so.
pub fn locked(app: &App) -> Option<String> {
    if app.read_only {
        return Some("read-only: this console was started with --read-only".into());
    }
    if app.is_stale() {
        return Some("STALE: what is shown may no longer be so; changes wait for the connection".into());
    }
    if app.held.is_some() {
        return Some("the view is held still: press Space, look, and ask again".into());
    }
    if let Some(why) = &app.data.read_only {
        return Some(format!("read-only: {why}"));
    }
    if app.is_production() && app.armed_ms().is_none() {
        return Some("read-only: this is production; :arm 15m allows changes for a while".into());
    }
    None
}

/// Why this account cannot ask the worker, if so.
pub fn may_not_command(app: &App) -> Option<String> {
    let account = &app.data.account;
    let grant = account.missing_grant.as_deref().unwrap_or("EXECUTE on submit_command");
    (!account.may_command).then(|| format!("{} may not ask for this: it lacks {grant}", account.name))
}

/// The dialog for a wish.
///
/// # Errors
/// Why it makes no sense now, in one sentence.
pub fn dialog(app: &App, wish: Wish) -> Result<Dialog, String> {
    if let Some(why) = locked(app).or_else(|| may_not_command(app)) {
        return Err(why);
    }
    let batch = app.data.batch().ok_or("there is no batch to change")?;
    let verb = verb(batch, wish)?;
    let file = of_file(batch, &verb);
    let expects = Expectation { batch_status: Some(batch.status), file: file.map(|f| (f.id, f.state)) };
    let needs_reason =
        matches!(verb, Verb::Retry { .. } | Verb::Abort { .. } | Verb::Settle { .. } | Verb::Discard { .. });
    let mut consequence = consequence(batch, &verb);
    if !app.worker_is_alive() {
        consequence.push("NO WORKER: nobody will answer until one is started (caribou worker).".into());
    }
    Ok(Dialog {
        title: title(&verb).into(),
        target: target(app, batch, file),
        account: account(app),
        consequence: consequence.into_iter().map(SafeText::of).collect(),
        seen: seen(batch, file),
        command_line: Some(SafeText::of(command_line(batch, &verb, needs_reason))),
        accept: accept(&verb),
        texts: if needs_reason { vec![Asked::reason()] } else { Vec::new() },
        at: 0,
        top: 0,
        purpose: Purpose::Order(Order { batch: batch.id, verb, reason: None, expects }),
        painted: false,
    })
}

/// The dialog before leaving an embedded run.
pub fn leave(app: &App) -> Dialog {
    let seen = app.data.batch().map(|b| seen(b, None)).unwrap_or_default();
    Dialog {
        title: "Leave the console".into(),
        target: app.data.batch().map(|b| target(app, b, None)).unwrap_or_default(),
        account: account(app),
        consequence: vec![
            "The migration runs in this process, so leaving pauses it safely:".into(),
            "the statement under way ends, nothing new starts, and nothing is undone.".into(),
            "`caribou worker` or `caribou migrate` goes on from there.".into(),
        ],
        seen,
        command_line: None,
        accept: "Pause and leave",
        texts: Vec::new(),
        at: 0,
        top: 0,
        purpose: Purpose::Leave,
        painted: false,
    }
}

fn verb(batch: &Batch, wish: Wish) -> Result<Verb, String> {
    let ended = || format!("batch {} has ended: it is {}", batch.id, batch.status);
    let holds = |hold| batch.holds.contains_key(&hold);
    let held = holds(Hold::Paused) || holds(Hold::Stepping);
    match wish {
        Wish::Retry(file) => retry(batch, file),
        Wish::Settle(file, outcome) => settle(batch, file, outcome),
        Wish::Discard(file) => batch.discardable(file).map(|_| Verb::Discard { file }),
        _ if batch.status.is_final() && batch.active.is_empty() => Err(ended()),
        Wish::Break(file, statement) => {
            let clear = batch.breakpoints.contains(&(file, statement));
            Ok(Verb::Break { file, statement, clear })
        }
        Wish::Pause if holds(Hold::Paused) => Err("it is paused already".into()),
        Wish::Pause => Ok(Verb::Pause),
        Wish::Resume if !held => Err("nothing holds it".into()),
        Wish::Resume => Ok(Verb::Resume),
        Wish::PauseOrResume => Ok(if held { Verb::Resume } else { Verb::Pause }),
        Wish::Step(_) if batch.grant.is_some() => Err("a step is under way".into()),
        Wish::Step(unit) => Ok(Verb::Step { unit }),
        Wish::Abort { .. } if batch.aborting.is_some() => Err("it is being aborted already".into()),
        Wish::Abort { keep_completed } => Ok(Verb::Abort { keep_completed }),
    }
}

fn retry(batch: &Batch, id: FileId) -> Result<Verb, String> {
    let file = batch.file(id).ok_or("there is no file under the cursor")?;
    if file.state != FileState::Failed {
        return Err(format!("{} is {}: only a failed file can be retried", file.path, file.state));
    }
    if file.has_effects() {
        return Err(format!("{} has effects that still stand: they must be undone or settled first", file.path));
    }
    Ok(Verb::Retry { file: id })
}

fn settle(batch: &Batch, id: FileId, outcome: Outcome) -> Result<Verb, String> {
    let file = batch.file(id).ok_or("there is no file under the cursor")?;
    match file.state {
        FileState::Failed => Ok(Verb::Settle { file: id, outcome }),
        state => Err(format!("{} is {state}: only a failed file can be settled", file.path)),
    }
}

fn of_file<'a>(batch: &'a Batch, verb: &Verb) -> Option<&'a File> {
    match verb {
        Verb::Retry { file } | Verb::Settle { file, .. } | Verb::Break { file, .. } => batch.file(*file),
        Verb::Discard { file: Some(file) } => batch.file(*file),
        _ => None,
    }
}

fn title(verb: &Verb) -> &'static str {
    match verb {
        Verb::Run => "Run",
        Verb::Pause => "Pause the batch",
        Verb::Resume => "Resume the batch",
        Verb::Step { unit: StepUnit::Statement } => "Step to the next statement boundary",
        Verb::Step { unit: StepUnit::Transition } => "Step to the next state",
        Verb::Retry { .. } => "Retry the file",
        Verb::Settle { .. } => "Settle the file",
        Verb::Discard { .. } => "Discard what is kept",
        Verb::RollBack { .. } => "Roll back",
        Verb::Alert { to: AlertStatus::Resolved, .. } => "Resolve the alert",
        Verb::Alert { to: AlertStatus::Escalated, .. } => "Escalate the alert",
        Verb::Alert { .. } => "Acknowledge the alert",
        Verb::Abort { .. } => "Abort the batch",
        Verb::Break { clear: false, .. } => "Set a breakpoint",
        Verb::Break { clear: true, .. } => "Clear the breakpoint",
        Verb::AcceptServer { .. } => "Accept the server",
    }
}

fn accept(verb: &Verb) -> &'static str {
    match verb {
        Verb::Run => "Run",
        Verb::Pause => "Pause",
        Verb::Resume => "Resume",
        Verb::Step { .. } => "Step",
        Verb::Retry { .. } => "Retry",
        Verb::Settle { .. } => "Settle",
        Verb::Discard { .. } => "Discard",
        Verb::RollBack { .. } => "Roll back",
        Verb::Alert { to: AlertStatus::Resolved, .. } => "Resolve",
        Verb::Alert { to: AlertStatus::Escalated, .. } => "Escalate",
        Verb::Alert { .. } => "Acknowledge",
        Verb::Abort { .. } => "Abort",
        Verb::Break { clear: false, .. } => "Set",
        Verb::Break { clear: true, .. } => "Clear",
        Verb::AcceptServer { .. } => "Accept",
    }
}

pub fn target(app: &App, batch: &Batch, file: Option<&File>) -> SafeText {
    let file = file.map_or_else(String::new, |f| format!("{} of ", f.path));
    place(app, &format!("{file}batch {} “{}”", batch.id, batch.name))
}

/// Something on the server and in the environment that it is in.
pub fn place(app: &App, what: &str) -> SafeText {
    let place = app.data.server.as_ref().map_or_else(String::new, |s| {
        let environment = if s.environment.is_empty() { String::new() } else { format!("{} · ", s.environment) };
        format!(" on {environment}{} · {}", s.label, s.core)
    });
    SafeText::of(format!("{what}{place}"))
}

/// As whom it would be asked for.
pub fn account(app: &App) -> SafeText {
    let account = &app.data.account;
    match &account.os_user {
        Some(person) => SafeText::of(format!("{} ({person} on this machine)", account.name)),
        None => SafeText::of(&account.name),
    }
}

/// The state that a dialog was computed from.
pub fn seen(batch: &Batch, file: Option<&File>) -> SafeText {
    let file = file.map_or_else(String::new, |f| format!("; {} is {}", f.path, f.state));
    let holds: Vec<&str> = batch.holds.keys().map(|h| h.as_str()).collect();
    let holds = if holds.is_empty() { String::new() } else { format!(", {}", holds.join(", ")) };
    let done = format!("{} of {} files completed", batch.completed, batch.total_files);
    SafeText::of(format!("batch {}{holds}; {done}{file}", batch.status))
}

/// Whether a key that changes something has anything to change here and now: what the footer offers.
pub fn makes_sense(app: &App, action: Action) -> bool {
    if locked(app).is_some() {
        return false;
    }
    if matches!(action, Action::Approve | Action::Reject) {
        return decisions::selected(app).is_some_and(|w| decisions::cannot_decide(app, &w).is_none());
    }
    let Some(batch) = app.data.batch().filter(|_| may_not_command(app).is_none()) else { return false };
    let selected = super::keys::selected(app);
    let wish = match action {
        Action::Step => Some(Wish::Step(StepUnit::Statement)),
        Action::PauseResume => Some(Wish::PauseOrResume),
        Action::Breakpoint => selected.map(|f| Wish::Break(f, None)),
        Action::Retry => selected.or_else(|| only_failed(batch)).map(Wish::Retry),
        Action::RollBack => {
            return batch.status.is_final() && (batch.completed > 0 || batch.count(FileState::Failed) > 0);
        }
        _ => return true,
    };
    wish.is_some_and(|wish| verb(batch, wish).is_ok())
}

/// The failed file, where there is just one.
pub fn only_failed(batch: &Batch) -> Option<FileId> {
    if batch.count(FileState::Failed) != 1 {
        return None;
    }
    batch.in_order().find(|f| f.state == FileState::Failed).map(|f| f.id)
}

/// The same thing on the command line.
pub fn command_line(batch: &Batch, verb: &Verb, needs_reason: bool) -> String {
    let path = |id: &FileId| batch.file(*id).map_or_else(|| id.to_string(), |f| f.path.clone());
    let words = match verb {
        Verb::Run | Verb::Pause | Verb::Resume | Verb::AcceptServer { .. } => verb.name().to_owned(),
        Verb::Step { unit: StepUnit::Statement } => "step".into(),
        Verb::Step { unit: StepUnit::Transition } => "step --transition".into(),
        Verb::Retry { file } => format!("retry {}", path(file)),
        Verb::Settle { file, outcome: Outcome::Completed } => format!("settle {} --as completed", path(file)),
        Verb::Settle { file, outcome: Outcome::RolledBack } => format!("settle {} --as rolled_back", path(file)),
        Verb::Discard { file: Some(file) } => format!("discard {}", path(file)),
        Verb::Discard { file: None } => format!("discard {}", batch.id),
        Verb::Abort { keep_completed: false } => "abort".into(),
        Verb::Abort { keep_completed: true } => "abort --keep-completed".into(),
        Verb::Alert { alert, .. } => format!("{} {alert}", verb.name()),
        Verb::RollBack { files, class, now } => {
            let named: String = files.iter().map(|f| format!(" --file {}", path(f))).collect();
            let now = if *now { " --now" } else { "" };
            format!("rollback --class {class}{named}{now}")
        }
        Verb::Break { file, statement, clear } => {
            let statement = statement.map_or_else(String::new, |n| format!(":{}", n + 1));
            let clear = if *clear { " --clear" } else { "" };
            format!("break {}{statement}{clear}", path(file))
        }
    };
    let reason = if needs_reason { " --reason '…'" } else { "" };
    format!("caribou {words} --batch {}{reason}", batch.id)
}
