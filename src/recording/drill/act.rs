//! Acts: what can be done at a moment, in the words of a question and of a score sheet.

use crate::model::{AlertStatus, Verb};

/// Something that an operator does, or lets happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    Wait,
    LetUndo,
    Pause,
    Resume,
    Step,
    Retry,
    Settle,
    RollBack,
    Abort,
    Approve,
    Reject,
    Freeze,
    Thaw,
    Acknowledge,
    Resolve,
    Escalate,
    Breakpoint,
    Tick,
    Discard,
    AcceptServer,
    Repair,
    Start,
}

impl Act {
    /// The act of a verb.
    pub fn of_verb(verb: &Verb) -> Act {
        match verb {
            Verb::Run => Act::Start,
            Verb::Pause => Act::Pause,
            Verb::Resume => Act::Resume,
            Verb::Step { .. } => Act::Step,
            Verb::Retry { .. } => Act::Retry,
            Verb::Settle { .. } => Act::Settle,
            Verb::Abort { .. } => Act::Abort,
            Verb::RollBack { .. } => Act::RollBack,
            Verb::Alert { to: AlertStatus::Resolved, .. } => Act::Resolve,
            Verb::Alert { to: AlertStatus::Escalated, .. } => Act::Escalate,
            Verb::Alert { .. } => Act::Acknowledge,
            Verb::Discard { .. } => Act::Discard,
            Verb::Break { .. } => Act::Breakpoint,
            Verb::Tick { .. } => Act::Tick,
            Verb::Freeze => Act::Freeze,
            Verb::Thaw { .. } => Act::Thaw,
            Verb::AcceptServer { .. } => Act::AcceptServer,
            Verb::Repair { .. } => Act::Repair,
        }
    }

    /// The choice, as a question offers it.
    pub fn choice(self) -> &'static str {
        match self {
            Act::Wait => "wait, and watch",
            Act::LetUndo => "let the worker undo it",
            Act::Pause => "pause, look, then decide",
            Act::Resume => "resume",
            Act::Step => "go on by one step",
            Act::Retry => "retry the file",
            Act::Settle => "mend it by hand, and settle the file",
            Act::RollBack => "roll back what has run",
            Act::Abort => "abort the batch",
            Act::Approve => "approve the rollback",
            Act::Reject => "reject the rollback: the files stay",
            Act::Freeze => "freeze the system first",
            Act::Thaw => "thaw the system",
            Act::Acknowledge => "acknowledge the alert",
            Act::Resolve => "resolve the alert",
            Act::Escalate => "escalate: call the next one",
            Act::Breakpoint => "set a breakpoint",
            Act::Tick => "tick the item of the checklist",
            Act::Discard => "discard what is kept",
            Act::AcceptServer => "accept this server",
            Act::Repair => "record the files as they lie there",
            Act::Start => "start a batch",
        }
    }

    /// The word on the score sheet.
    pub fn word(self) -> &'static str {
        match self {
            Act::Wait => "wait",
            Act::LetUndo => "undone by the worker",
            Act::Pause => "pause",
            Act::Resume => "resume",
            Act::Step => "step",
            Act::Retry => "retry",
            Act::Settle => "settle",
            Act::RollBack => "roll back",
            Act::Abort => "abort",
            Act::Approve => "approve",
            Act::Reject => "reject",
            Act::Freeze => "freeze",
            Act::Thaw => "thaw",
            Act::Acknowledge => "acknowledge",
            Act::Resolve => "resolve",
            Act::Escalate => "escalate",
            Act::Breakpoint => "breakpoint",
            Act::Tick => "tick",
            Act::Discard => "discard",
            Act::AcceptServer => "accept the server",
            Act::Repair => "repair",
            Act::Start => "start a batch",
        }
    }

    /// What there is to learn about it, in a sentence.
    pub fn lesson(self) -> &'static str {
        match self {
            Act::Wait => "A lock wait ends by itself, or the statement is tried again; a pause takes effect after it.",
            Act::LetUndo => {
                "A failure of class A is undone by the worker at once, without asking. A breakpoint before the statement \
                 holds the batch so that somebody can look first."
            }
            Act::Pause => "A pause takes effect before the next statement; the one that runs is not interrupted.",
            Act::Resume => "A held batch goes on where it stands; nothing runs twice.",
            Act::Step => "A step runs one unit and holds again.",
            Act::Retry => "A failed file can be retried once nothing of it is in force, and its cause is gone.",
            Act::Settle => "Settling says how a mended file stands; the journal keeps who said so, and why.",
            Act::RollBack => "Classes B to D open a window, in which somebody else decides; class A begins at once.",
            Act::Abort => {
                "An abort kills the running statement and undoes the batch, unless told to keep what completed."
            }
            Act::Approve => "An approval counts when it is taken before the window closes, on the database's clock.",
            Act::Reject => {
                "After a rejection the files stay, and what is kept for their undo stays until its window ends."
            }
            Act::Freeze => "A freeze keeps others from writing; it does not stop the migration.",
            Act::Thaw => "A thaw lets others write again; it is read back from the server.",
            Act::Acknowledge => "An acknowledgement expires: the alert comes again unless its cause is gone.",
            Act::Resolve => "A resolved alert is over; resolve it when its cause is gone.",
            Act::Escalate => "An escalation tells the next level at once, instead of when time runs out.",
            Act::Breakpoint => "A breakpoint holds the batch before a statement, and changes nothing.",
            Act::Tick => "A tick says who has looked; it stands in the journal.",
            Act::Discard => "What is discarded cannot be brought back by an undo.",
            Act::Repair => "A repair changes what is recorded of a file, and nothing in the database; its undo stays.",
            Act::AcceptServer => "Accept a server only when it is known why it is another one.",
            Act::Start => "A batch waits for the one that runs.",
        }
    }
}
