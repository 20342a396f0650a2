//! Changes that an operator wants, and whether it can be asked for here and now.

use super::action::Action;
use super::alerts;
use super::app::App;
use super::checklist;
use super::names;
use super::overrides;
use super::rollbacks;
use crate::console::feed::Freeze;
use crate::model::{AlertStatus, Batch, File, FileId, FileState, Hold, Outcome, Phase, StepUnit, Verb};

/// A change that an operator wants, before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandIntent {
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
    Freeze,
    /// Ask the worker for it; or, in an emergency, let this account do it itself.
    Thaw {
        emergency: bool,
    },
    /// Whichever of the two makes sense.
    FreezeOrThaw,
}

impl CommandIntent {
    /// The intent that a verb came from; `None` for one that comes from something else than the batch's state.
    pub fn from_verb(verb: &Verb) -> Option<CommandIntent> {
        Some(match verb {
            Verb::Pause => CommandIntent::Pause,
            Verb::Resume => CommandIntent::Resume,
            Verb::Step { unit } => CommandIntent::Step(*unit),
            Verb::Abort { keep_completed } => CommandIntent::Abort { keep_completed: *keep_completed },
            Verb::Retry { file } => CommandIntent::Retry(*file),
            Verb::Settle { file, outcome } => CommandIntent::Settle(*file, *outcome),
            Verb::Discard { file } => CommandIntent::Discard(*file),
            Verb::Break { file, statement, .. } => CommandIntent::Break(*file, *statement),
            Verb::Freeze => CommandIntent::Freeze,
            Verb::Thaw { emergency } => CommandIntent::Thaw { emergency: *emergency },
            Verb::Run
            | Verb::RollBack { .. }
            | Verb::Alert { .. }
            | Verb::Tick { .. }
            | Verb::Repair { .. }
            | Verb::AcceptServer { .. } => return None,
        })
    }
}

/// Reason why nothing can be changed from here now, if so.
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
    // Whoever may change nothing is told that instead: arming would not help.
    if app.is_production() && app.armed_ms().is_none() && may_change(app) {
        return Some("read-only: this is production; :arm 15m allows changes for a while".into());
    }
    None
}

/// True if the account may ask for anything that changes something.
fn may_change(app: &App) -> bool {
    app.data.account.may_command || app.data.account.may_decide
}

/// The same in few words, for the place of the keys that it takes away.
pub fn locked_in_short(app: &App) -> Option<&'static str> {
    app.data.server.as_ref()?;
    if app.read_only || app.data.read_only.is_some() {
        return Some("read-only: nothing can be changed here");
    }
    if app.is_stale() {
        return Some("no changes while STALE");
    }
    if app.held.is_some() {
        return Some("no changes while the view is held");
    }
    if !may_change(app) {
        return Some("this account may only look");
    }
    None
}

/// Reason why this account cannot ask the worker, if so.
pub fn may_not_command(app: &App) -> Option<String> {
    if let Some(why) = &app.data.read_only {
        return Some(why.clone());
    }
    let account = &app.data.account;
    let grant = account.missing_grant.as_deref().unwrap_or("EXECUTE on submit_command");
    (!account.may_command).then(|| format!("{} may not ask for this: it lacks {grant}", account.name))
}

/// The verb of an intent that is about the system; `None` for one about the batch.
pub fn system_verb(app: &App, intent: CommandIntent) -> Option<Result<Verb, String>> {
    let freeze = app.data.freeze.as_ref();
    Some(match (intent, freeze) {
        (CommandIntent::Freeze | CommandIntent::FreezeOrThaw, None) => Ok(Verb::Freeze),
        (CommandIntent::Freeze, Some(freeze)) => Err(format!("the system is {} already", freeze.status)),
        (CommandIntent::Thaw { emergency }, Some(freeze)) => thaw(app, freeze, emergency),
        (CommandIntent::FreezeOrThaw, Some(freeze)) => thaw(app, freeze, false),
        (CommandIntent::Thaw { .. }, None) => Err("the system is not frozen".into()),
        _ => return None,
    })
}

/// Where no worker is there to be asked, a thaw is an emergency: this account does it itself.
fn thaw(app: &App, freeze: &Freeze, emergency: bool) -> Result<Verb, String> {
    if freeze.lifted {
        return Err("it is lifted on the server already: the next worker writes it into the journal".into());
    }
    if emergency && !freeze.stands() {
        return Err("it was lifted in an emergency already: :thaw says that it is over".into());
    }
    Ok(Verb::Thaw { emergency: emergency || freeze.stands() && !app.worker_is_alive() })
}

/// The verb of an intent, or why it makes no sense now, in one sentence.
///
/// # Errors
/// The reason.
pub fn verb(batch: &Batch, intent: CommandIntent) -> Result<Verb, String> {
    let ended = || format!("batch {} has ended: it is {}", batch.id, batch.status);
    let holds = |hold| batch.holds.contains_key(&hold);
    let held = holds(Hold::Paused) || holds(Hold::Stepping);
    match intent {
        CommandIntent::Retry(file) => retry(batch, file),
        CommandIntent::Settle(file, outcome) => settle(batch, file, outcome),
        CommandIntent::Discard(file) => batch.discardable(file).map(|_| Verb::Discard { file }),
        CommandIntent::Freeze | CommandIntent::Thaw { .. } | CommandIntent::FreezeOrThaw => {
            Err("it is about the system, and not about a batch".into())
        }
        _ if batch.status.is_final() && batch.active.is_empty() => Err(ended()),
        CommandIntent::Break(file, statement) => {
            let clear = batch.breakpoints.contains(&(file, statement));
            Ok(Verb::Break { file, statement, clear })
        }
        CommandIntent::Pause | CommandIntent::Resume | CommandIntent::PauseOrResume | CommandIntent::Step(_)
            if is_killed(batch) =>
        {
            Err("it is being aborted: the statement under way is being killed".into())
        }
        CommandIntent::Resume | CommandIntent::PauseOrResume if batch.crashed().next().is_some() => goes_on(batch),
        CommandIntent::Step(_) if holds(Hold::AwaitingApproval) => Err(match batch.crashed().next() {
            Some(file) => format!("{} was left half-way: somebody has to choose first", names::name(&file.path)),
            None => "a rollback waits for an approval: Decisions (5) has it".to_owned(),
        }),
        CommandIntent::Pause if holds(Hold::Paused) => Err("it is paused already".into()),
        CommandIntent::Pause => Ok(Verb::Pause),
        CommandIntent::Resume if !held => Err("nothing holds it".into()),
        CommandIntent::Resume => Ok(Verb::Resume),
        CommandIntent::PauseOrResume => Ok(if held { Verb::Resume } else { Verb::Pause }),
        CommandIntent::Step(_) if batch.grant.is_some() => Err("a step is under way".into()),
        CommandIntent::Step(unit) => Ok(Verb::Step { unit }),
        CommandIntent::Abort { .. } if batch.aborting.is_some() => Err("it is being aborted already".into()),
        CommandIntent::Abort { keep_completed } => Ok(Verb::Abort { keep_completed }),
    }
}

/// What a crash left half-way goes on, where all of it can.
fn goes_on(batch: &Batch) -> Result<Verb, String> {
    match batch.crashed().find(|file| file.resumes_at().is_none()) {
        Some(file) => Err(format!("{} cannot go on where it stands: :rollback undoes it", names::name(&file.path))),
        None => Ok(Verb::Resume),
    }
}

/// True while an abort waits for the statement that it kills.
fn is_killed(batch: &Batch) -> bool {
    let forward = |file: &File| file.running.as_ref().is_some_and(|running| running.phase == Phase::Forward);
    batch.aborting.is_some() && batch.active().any(forward)
}

fn retry(batch: &Batch, id: FileId) -> Result<Verb, String> {
    let file = batch.file(id).ok_or("there is no file under the cursor")?;
    if file.state != FileState::Failed {
        return Err(format!("{} is {}: only a failed file can be retried", names::name(&file.path), file.state));
    }
    if file.has_effects() {
        return Err(format!(
            "{} has effects that still stand: they must be undone or settled first",
            names::name(&file.path)
        ));
    }
    Ok(Verb::Retry { file: id })
}

fn settle(batch: &Batch, id: FileId, outcome: Outcome) -> Result<Verb, String> {
    let file = batch.file(id).ok_or("there is no file under the cursor")?;
    match file.state {
        FileState::Failed => Ok(Verb::Settle { file: id, outcome }),
        state => Err(format!("{} is {state}: only a failed file can be settled", names::name(&file.path))),
    }
}

/// True if a key that changes something has anything to change here and now: what the footer offers.
pub fn makes_sense(app: &App, action: Action) -> bool {
    if locked(app).is_some() {
        return false;
    }
    if matches!(action, Action::Approve | Action::Reject) {
        return rollbacks::selected(app).is_some_and(|w| rollbacks::cannot_rule(app, &w, action).is_none());
    }
    if action == Action::Override {
        return overrides::refused(app).is_none();
    }
    if action == Action::Tick {
        return may_not_command(app).is_none()
            && checklist::selected(app).is_some_and(|item| checklist::cannot_tick(item).is_none());
    }
    let to = match action {
        Action::Acknowledge => Some(AlertStatus::Acknowledged),
        Action::ResolveAlert => Some(AlertStatus::Resolved),
        Action::EscalateAlert => Some(AlertStatus::Escalated),
        _ => None,
    };
    if let Some(to) = to {
        return may_not_command(app).is_none()
            && alerts::selected(app).is_some_and(|alert| alerts::cannot(alert, to).is_none());
    }
    if action == Action::Freeze {
        let verb = system_verb(app, CommandIntent::FreezeOrThaw);
        return may_not_command(app).is_none() && verb.is_some_and(|verb| verb.is_ok());
    }
    let Some(batch) = app.data.batch().filter(|_| may_not_command(app).is_none()) else { return false };
    let selected = app.selected_file();
    let intent = match action {
        Action::Step => Some(CommandIntent::Step(StepUnit::Statement)),
        Action::PauseResume => Some(CommandIntent::PauseOrResume),
        Action::Breakpoint => selected.map(|f| CommandIntent::Break(f, None)),
        Action::Retry => selected.or_else(|| only_failed(batch)).map(CommandIntent::Retry),
        Action::RollBack => {
            let stands = batch.completed > 0 || batch.count(FileState::Failed) > 0;
            return batch.status.is_final() && stands || batch.crashed().next().is_some();
        }
        _ => return true,
    };
    intent.is_some_and(|intent| verb(batch, intent).is_ok())
}

/// The failed file, where there is just one.
pub fn only_failed(batch: &Batch) -> Option<FileId> {
    if batch.count(FileState::Failed) != 1 {
        return None;
    }
    batch.failures().into_iter().find(|f| f.state == FileState::Failed).map(|f| f.id)
}
