//! The operators' verbs and the approvers' verdicts in words, as one table: what the command line, the console's palette
//! and its dialogs call them, whether a reason is needed, and the command line that does the same.

use crate::model::{AlertStatus, Batch, FileId, Outcome, OverrideSubject, RollbackId, StepUnit, Verb, Verdict};

/// A verb in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerbText {
    /// The word on the command line, in the palette and in messages.
    pub name: &'static str,
    /// Its arguments in the palette.
    pub arguments: &'static str,
    /// Its line of help in the palette.
    pub help: &'static str,
    /// The title of its dialog.
    pub title: &'static str,
    /// The label of the button that accepts it.
    pub accept: &'static str,
    /// True if the operator has to say why.
    pub needs_reason: bool,
}

const fn verb(name: &'static str, title: &'static str, accept: &'static str) -> VerbText {
    VerbText { name, arguments: "", help: "", title, accept, needs_reason: false }
}

impl VerbText {
    const fn palette(self, arguments: &'static str, help: &'static str) -> VerbText {
        VerbText { arguments, help, ..self }
    }

    const fn with_reason(self) -> VerbText {
        VerbText { needs_reason: true, ..self }
    }

    const fn titled(self, title: &'static str, accept: &'static str) -> VerbText {
        VerbText { title, accept, ..self }
    }
}

pub const RUN: VerbText = verb("run", "Run", "Run");
pub const PAUSE: VerbText = verb("pause", "Pause the batch", "Pause").palette("", "pause before the next statement");
pub const RESUME: VerbText = verb("resume", "Resume the batch", "Resume").palette("", "go on");
pub const STEP: VerbText = verb("step", "Step to the next statement boundary", "Step")
    .palette("[--transition]", "run one statement, or to the next state, and hold");
const STEP_TRANSITION: VerbText = STEP.titled("Step to the next state", "Step");
pub const RETRY: VerbText =
    verb("retry", "Retry the file", "Retry").with_reason().palette("[FILE]", "try a failed file again");
pub const SETTLE: VerbText = verb("settle", "Settle the file", "Settle")
    .with_reason()
    .palette("[FILE] --as OUTCOME", "say how a failed file stands: completed or rolled_back");
pub const DISCARD: VerbText = verb("discard", "Discard what is kept", "Discard")
    .with_reason()
    .palette("[FILE|--batch]", "let go what is kept of what a file, or the batch, destroyed");
pub const BREAK: VerbText =
    verb("break", "Set a breakpoint", "Set").palette("[FILE[:STATEMENT]]", "set or clear a breakpoint");
const BREAK_CLEAR: VerbText = BREAK.titled("Clear the breakpoint", "Clear");
pub const ABORT: VerbText = verb("abort", "Abort the batch", "Abort")
    .with_reason()
    .palette("[--keep-completed]", "stop now: kill the running statement and undo, but for completed files on wish");
pub const ROLLBACK: VerbText = verb("rollback", "Roll back", "Roll back")
    .with_reason()
    .palette("[FILE] [--class X] [--now]", "undo what has run: a file and what depends on it, or all");
pub const ACK: VerbText = verb("ack", "Acknowledge the alert", "Acknowledge")
    .palette("[ALERT]", "say that somebody looks after an alert: quiet for a while");
pub const RESOLVE: VerbText =
    verb("resolve", "Resolve the alert", "Resolve").palette("[ALERT]", "say that an alert is over");
pub const ESCALATE: VerbText =
    verb("escalate", "Escalate the alert", "Escalate").palette("[ALERT]", "pass an alert on, one level up");
pub const TICK: VerbText = verb("tick", "Tick the item", "Tick")
    .palette("[ITEM]", "say that an item of the checklist is done, with your name");
pub const FREEZE: VerbText =
    verb("freeze", "Freeze the system", "Freeze").with_reason().palette("", "keep everybody else from writing");
pub const THAW: VerbText = verb("thaw", "Thaw the system", "Thaw")
    .palette("[--emergency]", "let others write again; this account itself, on wish");
const THAW_EMERGENCY: VerbText = THAW.titled("Thaw in an EMERGENCY, past the worker", "Thaw").with_reason();
pub const ACCEPT_SERVER: VerbText = verb("accept-server", "Accept the server", "Accept").with_reason();
pub const REPAIR: VerbText = verb("repair", "Repair what is recorded", "Repair").with_reason();
pub const APPROVE: VerbText = verb("approve", "Approve the rollback", "Approve")
    .with_reason()
    .palette("[ROLLBACK]", "approve a rollback, once it is seen what it would do");
pub const OVERRIDE: VerbText = verb(crate::model::OVERRIDE, "Let a check pass", "Let it pass")
    .with_reason()
    .palette("[FILE] [--check X]", "let a check pass that stopped a file: the file runs again");
pub const REJECT: VerbText = verb("reject", "Reject the rollback", "Reject")
    .with_reason()
    .palette("[ROLLBACK]", "reject a rollback: the files stay");

impl Verb {
    /// The verb in words.
    pub fn text(&self) -> &'static VerbText {
        match self {
            Verb::Run => &RUN,
            Verb::Pause => &PAUSE,
            Verb::Resume => &RESUME,
            Verb::Step { unit: StepUnit::Statement } => &STEP,
            Verb::Step { unit: StepUnit::Transition } => &STEP_TRANSITION,
            Verb::Retry { .. } => &RETRY,
            Verb::Settle { .. } => &SETTLE,
            Verb::Discard { .. } => &DISCARD,
            Verb::Break { clear: false, .. } => &BREAK,
            Verb::Break { clear: true, .. } => &BREAK_CLEAR,
            Verb::Abort { .. } => &ABORT,
            Verb::RollBack { .. } => &ROLLBACK,
            Verb::Alert { to: AlertStatus::Acknowledged | AlertStatus::New, .. } => &ACK,
            Verb::Alert { to: AlertStatus::Resolved, .. } => &RESOLVE,
            Verb::Alert { to: AlertStatus::Escalated, .. } => &ESCALATE,
            Verb::Tick { .. } => &TICK,
            Verb::Freeze => &FREEZE,
            Verb::Thaw { emergency: false } => &THAW,
            Verb::Thaw { emergency: true } => &THAW_EMERGENCY,
            Verb::AcceptServer { .. } => &ACCEPT_SERVER,
            Verb::Repair { .. } => &REPAIR,
        }
    }

    /// True if it is about the system, and about no batch.
    pub fn is_of_system(&self) -> bool {
        matches!(self, Verb::Freeze | Verb::Thaw { .. } | Verb::AcceptServer { .. })
    }

    /// The word on the command line and in messages.
    pub fn name(&self) -> &'static str {
        self.text().name
    }

    /// The verb and what it is about, in few words: `retry 0048_refunds.sql`.
    pub fn brief(&self, batch: &Batch) -> String {
        let about = match self {
            Verb::Retry { file } | Verb::Settle { file, .. } | Verb::Break { file, .. } => Some(*file),
            Verb::Discard { file } => *file,
            Verb::RollBack { files, .. } => files.first().copied().filter(|_| files.len() == 1),
            Verb::Alert { alert, .. } => return format!("{} A{alert}", self.name()),
            Verb::Tick { item, .. } => return format!("{} {item}", self.name()),
            _ => None,
        };
        let path = about.and_then(|id| batch.file(id)).map(|file| file.path.as_str());
        let name = path.map(|path| path.rsplit('/').next().unwrap_or(path));
        name.map_or_else(|| self.name().to_owned(), |name| format!("{} {name}", self.name()))
    }

    /// The command line that asks for the same of a batch. A reason that is needed is left open.
    pub fn command_line(&self, batch: &Batch) -> String {
        let path = |id: &FileId| batch.file(*id).map_or_else(|| id.to_string(), |f| f.path.clone());
        let arguments = match self {
            Verb::Tick { item, done, .. } => {
                return format!("caribou checklist {} {item}", if *done { "tick" } else { "untick" });
            }
            Verb::Freeze | Verb::Thaw { .. } | Verb::AcceptServer { .. } => return self.command_line_of_system(),
            Verb::Repair { .. } => return format!("caribou {} FILE{REASON}", self.name()),
            Verb::Discard { file: None } => return format!("caribou {} {}{REASON}", self.name(), batch.id),
            Verb::Run | Verb::Pause | Verb::Resume => String::new(),
            Verb::Step { unit: StepUnit::Statement } => String::new(),
            Verb::Step { unit: StepUnit::Transition } => " --transition".into(),
            Verb::Retry { file } | Verb::Discard { file: Some(file) } => format!(" {}", path(file)),
            Verb::Settle { file, outcome: Outcome::Completed } => format!(" {} --as completed", path(file)),
            Verb::Settle { file, outcome: Outcome::RolledBack } => format!(" {} --as rolled_back", path(file)),
            Verb::Abort { keep_completed } => (if *keep_completed { " --keep-completed" } else { "" }).into(),
            Verb::Alert { alert, .. } => format!(" {alert}"),
            Verb::RollBack { files, class, now, accept_loss } => {
                let named: String = files.iter().map(|f| format!(" --file {}", path(f))).collect();
                let loss = if *accept_loss { " --accept-loss" } else { "" };
                format!(" --class {class}{named}{}{loss}", if *now { " --now" } else { "" })
            }
            Verb::Break { file, statement, clear } => {
                let statement = statement.map_or_else(String::new, |n| format!(":{}", n + 1));
                format!(" {}{statement}{}", path(file), if *clear { " --clear" } else { "" })
            }
        };
        let reason = if self.text().needs_reason { REASON } else { "" };
        format!("caribou {}{arguments} --batch {}{reason}", self.name(), batch.id)
    }

    /// The command line of a verb that is about the system.
    pub fn command_line_of_system(&self) -> String {
        let arguments = if *self == (Verb::Thaw { emergency: true }) { " --emergency" } else { "" };
        let reason = if self.text().needs_reason { REASON } else { "" };
        format!("caribou {}{arguments}{reason}", self.name())
    }

    /// The verb with what it is about, as the beginning of a question that goes on with the batch.
    pub fn question(&self, batch: &Batch) -> String {
        let path = |id: &FileId| batch.file(*id).map_or_else(String::new, |f| f.path.clone());
        let files = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
        match self {
            Verb::Retry { file } => format!("Retry {} of", path(file)),
            Verb::Settle { file, outcome: Outcome::Completed } => format!("Settle {} as completed in", path(file)),
            Verb::Settle { file, outcome: Outcome::RolledBack } => format!("Settle {} as rolled back in", path(file)),
            Verb::Abort { keep_completed: true } => {
                "Stop now, undo what is under way and keep what has completed of".into()
            }
            Verb::Abort { keep_completed: false } => {
                format!("Stop now and undo everything ({} completed) of", files(batch.completed as usize))
            }
            Verb::Break { file, clear: true, .. } => format!("Clear the breakpoint at {} of", path(file)),
            Verb::Break { file, .. } => format!("Set a breakpoint at {} of", path(file)),
            Verb::RollBack { files: named, class, .. } => {
                format!("Roll back (class {class}) {} of", files(batch.scope(*class, named).len()))
            }
            Verb::Alert { alert, to } => {
                let title = batch.alerts.get(alert).map_or("", |a| a.title.as_str());
                let word = match to {
                    AlertStatus::Resolved => "Resolve",
                    AlertStatus::Escalated => "Escalate",
                    AlertStatus::Acknowledged | AlertStatus::New => "Ack",
                };
                format!("{word} alert {alert} ({title}) of")
            }
            Verb::Discard { file: Some(file) } => format!("Discard what is kept of {} of", path(file)),
            Verb::Discard { file: None } => "Discard all that is kept of".into(),
            Verb::Step { .. } | Verb::Pause | Verb::Resume | Verb::Run => self.text().accept.to_owned(),
            Verb::AcceptServer { .. } => "Accept the server of".into(),
            Verb::Repair { .. } => "Record files as they lie there now, beside".into(),
            Verb::Tick { item, .. } => format!("Tick {item} of"),
            Verb::Freeze => "Keep all others from writing, for".into(),
            Verb::Thaw { .. } => "Let others write again, beside".into(),
        }
    }
}

impl Verdict {
    /// The verdict in words.
    pub fn text(self) -> &'static VerbText {
        match self {
            Verdict::Approve => &APPROVE,
            Verdict::Reject => &REJECT,
        }
    }

    /// The command line of the same decision, with the reason left open.
    pub fn command_line(self, rollback: RollbackId) -> String {
        format!("caribou {self} {rollback}{REASON}")
    }
}

impl OverrideSubject {
    /// What it is about, in few words: `override 0048_refunds.sql`.
    pub fn brief(&self, batch: &Batch) -> String {
        let path = match self {
            OverrideSubject::File { file, .. } => batch.file(*file).map_or("", |file| file.path.as_str()),
            OverrideSubject::Plan { path, .. } => path,
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        format!("{} {name}", OVERRIDE.name)
    }

    /// The command line that asks for the same, with the reason left open. Checks are named where others stopped the file too.
    pub fn command_line(&self, batch: &Batch) -> String {
        match self {
            OverrideSubject::File { file, checks, .. } => {
                let file = batch.file(*file);
                let is_all = file.is_some_and(|file| file.stopped_by.len() == checks.len());
                let named = checks.iter().filter(|_| !is_all).map(|check| format!(" --check {check}"));
                let path = file.map_or("FILE", |file| file.path.as_str());
                format!("caribou {} {path}{} --batch {}{REASON}", OVERRIDE.name, named.collect::<String>(), batch.id)
            }
            OverrideSubject::Plan { plan, check, path } => {
                format!("caribou {} {path} --plan {plan} --check {check}{REASON}", OVERRIDE.name)
            }
        }
    }
}

/// A reason that is still to be given.
const REASON: &str = " --reason '…'";
