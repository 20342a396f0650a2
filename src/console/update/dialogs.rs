//! From an intent to a dialog: what it will do, and how that is said.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::dialog::{Dialog, Purpose, RequiredText};
use crate::console::state::intent::{CommandIntent, locked, may_not_command, system_verb, verb};
use crate::console::view::consequence::{self, consequence, deed, deed_of_system};
use crate::console::view::{ahead, freezing, progress, sentence};
use crate::model::{Ahead, Batch, CommandRequest, Expectation, File, Verb};

/// Columns of a statement in a dialog.
const SQL: usize = 240;

/// The dialog for an intent.
///
/// # Errors
/// Reason why it makes no sense now, in one sentence.
pub fn dialog(app: &App, intent: CommandIntent) -> Result<Dialog, String> {
    if let Some(why) = locked(app).or_else(|| may_not_command(app)) {
        return Err(why);
    }
    if let Some(verb) = system_verb(app, intent) {
        return Ok(of_system(app, verb?));
    }
    let batch = app.data.batch().ok_or("there is no batch to change")?;
    let verb = verb(batch, intent)?;
    let file = subject_file(batch, &verb);
    // What a crash left half-way goes on where it stands, and not with what would come next.
    let ahead = Expectation::ahead_of(batch, &verb).filter(|_| batch.crashed().next().is_none());
    let expects = Expectation { batch_status: Some(batch.status), file: file.map(|f| (f.id, f.state)), ahead };
    let text = verb.text();
    let consequence = consequence(batch, &verb).into_iter().map(SafeText::new);
    Ok(Dialog {
        title: title(batch, &verb).into(),
        target: target(app, batch, file),
        account: account(app),
        consequence: consequence.chain(sql(app, batch, &verb)).chain(nobody(app)).collect(),
        seen: SafeText::new(format!("{}{}", seen(batch, file), then(batch, ahead))),
        command_line: Some(SafeText::new(verb.command_line(batch))),
        accept: SafeText::new(deed(batch, &verb)),
        texts: if text.needs_reason { vec![RequiredText::reason()] } else { Vec::new() },
        at: 0,
        top: 0,
        purpose: Purpose::Command(CommandRequest { batch: batch.id, verb, reason: None, expects }),
        painted: false,
    })
}

/// The dialog for a verb that is about the system: there need not be a batch. One that goes past the worker asks for the
/// name of what is open.
fn of_system(app: &App, verb: Verb) -> Dialog {
    let (text, freeze, batch) = (verb.text(), app.data.freeze.as_ref(), app.data.batch());
    let is_emergency = verb == (Verb::Thaw { emergency: true });
    let freezes = verb == Verb::Freeze;
    let consequence = if freezes { freezing::lines(app) } else { consequence::of_system(batch, &verb, freeze) };
    let reason = text.needs_reason.then(RequiredText::reason);
    let name = batch.filter(|_| is_emergency).map(|batch| RequiredText::name(&batch.name));
    let seen = freeze.map_or_else(|| "normal".to_owned(), |freeze| freeze.status.to_string());
    Dialog {
        title: text.title.into(),
        target: match batch {
            _ if freezes => place(app, &freezing::target(app)),
            Some(batch) => target(app, batch, None),
            None => place(app, "the whole system"),
        },
        account: account(app),
        consequence: consequence.into_iter().map(SafeText::new).chain(nobody(app).filter(|_| !is_emergency)).collect(),
        seen: SafeText::new(seen),
        command_line: Some(SafeText::new(verb.command_line_of_system())),
        accept: deed_of_system(&verb, freeze).into(),
        texts: reason.into_iter().chain(name).collect(),
        at: 0,
        top: 0,
        purpose: Purpose::Command(CommandRequest::of_system(verb)),
        painted: false,
    }
}

/// Says that an answer will be long in coming, where it will.
pub fn nobody(app: &App) -> Option<SafeText> {
    let nobody = "NO WORKER: nobody will answer until one is started (caribou worker).";
    (!app.worker_is_alive()).then(|| SafeText::new(nobody))
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
        accept: "Pause and leave".into(),
        texts: Vec::new(),
        at: 0,
        top: 0,
        purpose: Purpose::Leave,
        painted: false,
    }
}

/// The title, which says so where what comes next is an undo.
fn title(batch: &Batch, verb: &Verb) -> &'static str {
    match verb {
        Verb::Step { .. } if batch.is_being_undone() => "Step: UNDO what comes next",
        Verb::Resume if batch.is_being_undone() => "Resume the UNDO of the batch",
        _ => verb.text().title,
    }
}

/// What came next when it was asked for.
fn then(batch: &Batch, ahead: Option<Ahead>) -> String {
    ahead.map_or_else(String::new, |ahead| format!("; next: {}", ahead.words(batch)))
}

/// The text of the statement that a step is spent on, where it is here.
fn sql(app: &App, batch: &Batch, verb: &Verb) -> Option<SafeText> {
    let is_held = !batch.may_move() && matches!(verb, Verb::Step { .. });
    let next = ahead::next(batch).filter(|_| is_held)?;
    let (phase, statement) = next.statement()?;
    let sql = progress::sql(app, next.file, phase, statement, SQL)?.to_plain();
    Some(SafeText::new(format!("  {}", SafeText::new(sql).cut(SQL))))
}

fn subject_file<'a>(batch: &'a Batch, verb: &Verb) -> Option<&'a File> {
    match verb {
        Verb::Retry { file } | Verb::Settle { file, .. } | Verb::Break { file, .. } => batch.file(*file),
        Verb::Discard { file: Some(file) } => batch.file(*file),
        // A step is about the file that comes next, while nothing else can come.
        Verb::Step { .. } if !batch.may_move() => batch.file(batch.ahead()?.at?.0),
        _ => None,
    }
}

/// Names what is changed, and where.
pub fn target(app: &App, batch: &Batch, file: Option<&File>) -> SafeText {
    let file = file.map_or_else(String::new, |f| format!(" · {}", f.path));
    place(app, &format!("batch {} “{}”{file}", batch.id, batch.name))
}

/// Something on its server; the environment is drawn before it.
pub fn place(app: &App, what: &str) -> SafeText {
    let place = app.data.server.as_ref().map_or_else(String::new, |s| format!("{} · {} · ", s.label, s.core));
    SafeText::new(format!("{place}{what}"))
}

/// As whom it would be asked for.
pub fn account(app: &App) -> SafeText {
    let account = &app.data.account;
    match &account.os_user {
        Some(person) => SafeText::new(format!("{} ({person} on this machine)", account.name)),
        None => SafeText::new(&account.name),
    }
}

/// The state that a dialog was computed from.
pub fn seen(batch: &Batch, file: Option<&File>) -> SafeText {
    let file = file.map_or_else(String::new, |f| format!(", {} {}", sentence::name(&f.path), f.state));
    let holds: Vec<&str> = batch.holds.keys().map(|h| h.as_str()).collect();
    let holds = if holds.is_empty() { String::new() } else { format!(", {}", holds.join(", ")) };
    let done = format!("{} of {}", batch.completed, batch.total_files);
    SafeText::new(format!("{}{holds}, {done}{file}", batch.status))
}
