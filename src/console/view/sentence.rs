//! Events as sentences.

use super::badges;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::times;
use crate::model::{
    AlertType, Batch, Effect, Event, EventKind, FileId, FileState, FreezeStep, Lapse, Mark, Phase, RollbackStatus,
    UndoPlan, ValidationStatus,
};

/// An event in one line, with the role that its weight gives it.
pub fn from_event(batch: &Batch, event: &Event) -> StyledLine {
    let icon = icon(&event.kind);
    let by = event.operator.as_ref().map_or_else(String::new, |o| format!(" (by {o})"));
    let role = role(&event.kind);
    StyledLine::from_span(role, icon).text(" ").span(body_role(role), format!("{}{by}", sentence(batch, &event.kind)))
}

/// The same below the name of its file, which is then left out.
pub fn without_name(batch: &Batch, event: &Event) -> StyledLine {
    let by = event.operator.as_ref().map_or_else(String::new, |o| format!(" (by {o})"));
    let whole = sentence(batch, &event.kind);
    let name = event.kind.file().map(|file| path(batch, file)).unwrap_or_default();
    let words = whole.strip_prefix(&name).filter(|_| !name.is_empty()).unwrap_or(&whole).trim_start();
    let role = role(&event.kind);
    StyledLine::from_span(role, icon(&event.kind)).text(" ").span(body_role(role), format!("{words}{by}"))
}

/// Good news is told plainly; only what needs a look is coloured through.
pub fn body_role(role: Role) -> Role {
    match role {
        Role::Bad | Role::Caution | Role::Faint => role,
        _ => Role::Text,
    }
}

/// The role that the weight of an event gives it.
pub fn role(kind: &EventKind) -> Role {
    use EventKind::*;
    match kind {
        FileMoved { to, cause, .. } => match (to, cause) {
            (FileState::Idle, crate::model::Cause::Recorded) => Role::Good,
            (FileState::Idle, _) => Role::Caution,
            (to, _) => badges::state(*to).role,
        },
        StatementFailed { .. } | CommandRefused { .. } | DecisionRefused { .. } | OverrideRefused { .. } => Role::Bad,
        StatementFinished { .. } | CommandEffective { .. } | ChecksPassed { .. } => Role::Good,
        CrashHeld { .. } => Role::Bad,
        OutageEnded { .. } => Role::Caution,
        StatementWaited { .. } | HoldPlaced { .. } | RollbackOpened { .. } | TransactionUndone { .. } => Role::Caution,
        WindowWarned { .. } | WindowLapsed { .. } => Role::Caution,
        CheckOverridden { .. } | PlanOverridden { .. } => Role::Caution,
        StatementDecided { effect: Effect::Unknown, .. } | UndoVerified { equal: false, .. } => Role::Bad,
        UndoFellShort { .. } => Role::Caution,
        UndoPlanned { plan: UndoPlan::Impossible { .. }, .. } => Role::Bad,
        RollbackEnded { status: RollbackStatus::Failed, .. } => Role::Bad,
        ValidationRecorded { status, .. } => match status {
            ValidationStatus::Passed => Role::Good,
            ValidationStatus::Failed => Role::Bad,
            ValidationStatus::Warning => Role::Caution,
        },
        BatchEnded { status, .. } => badges::batch(*status).role,
        AlertRaised { alert_type: AlertType::Info, .. } => Role::Faint,
        AlertRaised { .. } => Role::Bad,
        FilePlanned { .. } | FileCaptured { .. } | ProgressNoted { .. } => Role::Faint,
        ProbesMeasured { .. } | BaselineTaken { .. } => Role::Faint,
        _ => Role::Active,
    }
}

/// The sign of an event.
pub fn icon(kind: &EventKind) -> &'static str {
    use EventKind::*;
    match kind {
        FileMoved { to: FileState::Idle, cause: crate::model::Cause::Recorded, .. } => "✓",
        FileMoved { to: FileState::Idle, cause: crate::model::Cause::Undone, .. } => "↶",
        FileMoved { to, .. } => badges::state(*to).icon,
        StatementFinished { .. } | CommandEffective { .. } => "✓",
        StatementFailed { .. } | CommandRefused { .. } | DecisionRefused { .. } => "✗",
        ValidationRecorded { status: ValidationStatus::Failed, .. } => "✗",
        ValidationRecorded { status: ValidationStatus::Passed, .. } | ChecksPassed { .. } => "✓",
        StatementStarted { .. } | BatchStarted => "▶",
        BreakpointSet { .. } | BreakpointCleared { .. } => "●",
        OutageEnded { .. } | AlertRaised { .. } | StatementWaited { .. } | ValidationRecorded { .. } => "!",
        WindowWarned { .. } | WindowLapsed { .. } => "!",
        // A window that is open undoes nothing yet.
        RollbackOpened { .. } => "◷",
        UndoPlanned { .. } | RollbackStarted { .. } => "↺",
        BatchEnded { status, .. } => badges::batch(*status).icon,
        _ => "·",
    }
}

/// The file's name: where many lines tell of the same directory, the directory tells nothing.
fn path(batch: &Batch, file: FileId) -> String {
    batch.file(file).map_or_else(|| format!("file {file}"), |f| name(&f.path).to_owned())
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn place(batch: &Batch, file: FileId, statement: u32, phase: Phase) -> String {
    match phase {
        Phase::Forward => format!("{} statement {}", path(batch, file), statement + 1),
        Phase::Undo => format!("{} undo statement {}", path(batch, file), statement + 1),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Took => "it is in force",
        Effect::None => "nothing of it stands",
        Effect::Unknown => "nobody can say whether it took effect",
        Effect::Undone => "it has been undone",
    }
}

/// An event in words.
pub fn sentence(batch: &Batch, kind: &EventKind) -> String {
    use EventKind::*;
    match kind {
        BatchCreated { name, total_files, .. } => {
            format!("batch “{name}” created with {}", times::count(*total_files as usize, "file"))
        }
        BatchStarted => "the batch runs".into(),
        BatchExpected { within } => format!("should end within {}", times::span(*within)),
        BatchProlonged { .. } => "runs longer than it should".into(),
        BatchEnded { status, reason } => {
            let why = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            format!("the batch is {status}{why}")
        }
        RollbackOpened { class, reason, files, .. } => {
            format!("rollback of class {class} over {}: {reason}", times::count(files.len(), "file"))
        }
        RollbackStarted { compensating: Some(by), .. } => format!("the rollback begins, as batch {by}"),
        RollbackStarted { .. } => "the rollback begins".into(),
        WindowWarned { rollback, mark: Mark::Half } => format!("half of the window of rollback {rollback} is over"),
        WindowWarned { rollback, .. } => format!("nine tenths of the window of rollback {rollback} are over"),
        WindowLapsed { rollback, then, reason } => {
            let why = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            let then = match then {
                Lapse::Keep => "the files stay",
                Lapse::Escalate => "a person has to look",
                Lapse::Rollback => "it is carried out",
            };
            format!("nobody decided about rollback {rollback} in time; {then}{why}")
        }
        DecisionAccepted { rollback, verdict, reason, .. } => {
            let why = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            format!("{verdict} of rollback {rollback} accepted{why}")
        }
        DecisionRefused { rollback, verdict, reason, .. } => {
            format!("{verdict} of rollback {rollback} refused: {reason}")
        }
        RollbackEnded { status, error, .. } => {
            let why = error.as_ref().map_or_else(String::new, |e| format!(": {e}"));
            match status {
                RollbackStatus::Failed => format!("the rollback has failed{why}"),
                status => format!("the rollback is {status}{why}"),
            }
        }
        KeptDiscarded { file, places, reason } => {
            let kept = times::count(places.len(), "kept object");
            format!("{kept} of {} discarded: {reason}", path(batch, *file))
        }
        AlertRaised { alert_type, title, .. } => format!("{alert_type} alert: {title}"),
        ChecklistTicked { item, done, .. } => format!("{item} is {}", if *done { "ticked" } else { "open again" }),
        AlertChanged { alert, status, .. } => format!("alert {alert} is {status}"),
        ProgressNoted { done, .. } => format!("{} {}%", done.phase, done.percent_hundredths / 100),
        ServerChanged { known, found, .. } => {
            format!("this is another server ({found}) than the journal's ({known}): everything holds")
        }
        FreezeChanged { change, .. } => frozen(change),
        ServerAccepted { server, reason } => format!("the server {server} was accepted: {reason}"),
        EphemeralPurged { rows } => {
            let rows: Vec<String> = rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
            format!("expired rows are gone: {}", rows.join(", "))
        }
        ProbesMeasured { phase, probes } => {
            let when = if *phase == crate::model::ValidationPhase::Pre { "before" } else { "after" };
            format!("{} measured {when} the batch", times::count(probes.len(), "probe"))
        }
        BaselineTaken { baseline } => {
            format!("baseline taken: {}", times::count(baseline.tables.len(), "table"))
        }
        PlanOverridden { check, path, reason, .. } => format!("{check} of {path} is let pass: {reason}"),
        OverrideRefused { reason, .. } => format!("override refused: {reason}"),
        LeaseTaken { holder, .. } => format!("{holder} holds the lease"),
        LeaseReleased { .. } => "the lease was given back".into(),
        CommandAccepted { verb, reason: Some(reason), .. } => format!("{verb} accepted: {reason}"),
        CommandAccepted { verb, .. } => format!("{verb} accepted"),
        CommandRefused { verb, reason, .. } => format!("{verb} refused: {reason}"),
        CommandEffective { command } => format!("command {command} is in effect"),
        OutageEnded { outage } => {
            let names = |path: &str| crate::console::state::names::number(path).to_owned();
            let (since, then) = (times::clock(outage.since), outage.consequence(batch, names));
            format!("since {since} {}: {then}", outage.what())
        }
        CrashHeld { reason, .. } => format!("left half-way: {reason}"),
        CrashResumed { file, statement } => {
            format!("{} goes on from statement {}", path(batch, *file), statement + 1)
        }
        HoldPlaced { hold, reason, .. } => format!("{hold}: {reason}"),
        HoldLifted { hold, .. } => format!("no longer {hold}"),
        StepGranted { unit } => format!("one step granted: {}", unit_word(*unit)),
        _ => file_sentence(batch, kind),
    }
}

fn unit_word(unit: crate::model::StepUnit) -> &'static str {
    match unit {
        crate::model::StepUnit::Statement => "a statement",
        crate::model::StepUnit::Transition => "a transition",
    }
}

fn file_sentence(batch: &Batch, kind: &EventKind) -> String {
    use EventKind::*;
    match kind {
        FilePlanned { path, statements, .. } => {
            format!("{} planned, {}", name(path), times::count(*statements as usize, "statement"))
        }
        FileMoved { file, from, to, failure, .. } => {
            let why = failure.as_ref().map_or_else(String::new, |f| format!(": {f}"));
            format!("{} {from} → {to}{why}", path(batch, *file))
        }
        FileRepaired { file, repair, reason } => format!("{} {}: {reason}", path(batch, *file), repair.sentence()),
        FileCaptured { file, definitions, .. } => {
            format!("{} definitions of {} kept", path(batch, *file), times::count(definitions.len(), "object"))
        }
        CheckOverridden { file, check, reason, .. } => format!("{} {check} is let pass: {reason}", path(batch, *file)),
        BreakpointSet { file, statement } => format!("breakpoint set at {}", at(batch, *file, *statement)),
        BreakpointCleared { file, statement } => format!("breakpoint cleared at {}", at(batch, *file, *statement)),
        TransactionCommitted { file, from, statement } => {
            let path = path(batch, *file);
            format!("{path} the transaction of its statements {} to {} was committed", from + 1, statement + 1)
        }
        TransactionUndone { file, from, .. } => {
            format!("{} the transaction was rolled back from statement {} on", path(batch, *file), from + 1)
        }
        UndoPlanned { file, plan: UndoPlan::Derived { steps, .. }, after: Some(part), .. } => {
            let steps = times::count(steps.len(), "step");
            let part = part.sentence();
            format!("{} {part}; the rest is derived from what stands now, {steps}", path(batch, *file))
        }
        UndoPlanned { file, plan, .. } => format!("{} {}", path(batch, *file), undo(plan)),
        UndoFellShort { file, failure } => {
            format!("{} its undo did not bring everything back: {failure}", path(batch, *file))
        }
        UndoVerified { file, equal: true, not_compared, left_alone, .. } => {
            let and = |what: &str, all: &[String]| match all {
                [] => String::new(),
                all => format!("; {what}: {}", all.join(", ")),
            };
            let not =
                [and("not compared", not_compared), and("left alone, since others changed it", left_alone)].concat();
            format!("{} undone: definitions and kept rows are as before{not}", path(batch, *file))
        }
        UndoVerified { file, difference, .. } => {
            let difference = difference.as_deref().unwrap_or("no difference was told");
            format!("{} undone, but something differs: {difference}", path(batch, *file))
        }
        ValidationRecorded { file, check, status, result, .. } => {
            let place = file.map_or_else(String::new, |f| format!("{} ", path(batch, f)));
            format!("{place}check {check} {status}: {result}")
        }
        ChecksPassed { file, phase, checks, .. } => {
            let names: Vec<&str> = checks.iter().map(|passed| passed.check.as_str()).collect();
            let (count, when) = (times::count(checks.len(), "check"), phase.when());
            format!("{} {count} {when} passed: {}", path(batch, *file), names.join(", "))
        }
        _ => statement_sentence(batch, kind),
    }
}

fn at(batch: &Batch, file: FileId, statement: Option<u32>) -> String {
    match statement {
        Some(n) => format!("{}:{}", path(batch, file), n + 1),
        None => path(batch, file),
    }
}

fn undo(plan: &UndoPlan) -> String {
    match plan {
        UndoPlan::Nothing => "has nothing to undo".into(),
        UndoPlan::Written { steps } => {
            format!("will be undone by its rollback script, {}", times::count(steps.len(), "step"))
        }
        UndoPlan::Derived { steps, .. } => {
            format!("will be undone from what was defined before, {}", times::count(steps.len(), "step"))
        }
        UndoPlan::Impossible { reason, .. } => format!("cannot be undone: {reason}"),
    }
}

fn statement_sentence(batch: &Batch, kind: &EventKind) -> String {
    use EventKind::*;
    match kind {
        StatementStarted { file, statement, phase, line, found, .. } => {
            let theirs: Vec<&str> = found.iter().map(|one| one.object.as_str()).collect();
            let theirs = match theirs.is_empty() {
                true => String::new(),
                false => format!("; others have changed since: {}", theirs.join(", ")),
            };
            format!("{} (line {line}) begins{theirs}", place(batch, *file, *statement, *phase))
        }
        StatementFinished { file, statement, phase, rows, ms, warnings, .. } => {
            let rows = if *rows == 0 { String::new() } else { format!(", {}", times::count(*rows as usize, "row")) };
            let warned = if warnings.is_empty() {
                String::new()
            } else {
                format!(", {}", times::count(warnings.len(), "warning"))
            };
            format!("{} done in {}{rows}{warned}", place(batch, *file, *statement, *phase), times::span(*ms))
        }
        StatementFailed { file, statement, phase, failure, effect: what, .. } => {
            let code = failure.code.as_ref().map_or_else(String::new, |c| format!(" [{c}]"));
            let place = place(batch, *file, *statement, *phase);
            format!("{place} failed: {}{code}; {}", failure.message, effect(*what))
        }
        StatementWaited { file, statement, phase, attempt, blockers, .. } => {
            let who = if blockers.is_empty() { String::new() } else { format!(" held by {}", blockers.join("; ")) };
            format!("{} waited for a lock{who}; attempt {attempt}", place(batch, *file, *statement, *phase))
        }
        StatementDecided { file, statement, phase, effect: what, evidence, .. } => {
            format!("{} after the restart: {} ({evidence})", place(batch, *file, *statement, *phase), effect(*what))
        }
        other => other.name().replace('_', " "),
    }
}

/// A step of the freeze.
fn frozen(change: &FreezeStep) -> String {
    match change {
        FreezeStep::Begun { means, reason, .. } => format!("the system is to be frozen ({means}): {reason}"),
        FreezeStep::Proven { proof, .. } => format!("the system is FROZEN: {proof}"),
        FreezeStep::TakenOver { holder, proof, .. } => format!("{holder} goes on with the freeze: {proof}"),
        FreezeStep::ThawBegun { reason } => format!("the system is to be thawed: {reason}"),
        FreezeStep::Thawed { reason, proof } => format!("the system is thawed: {reason}; {proof}"),
        FreezeStep::Overridden { reason } => format!("the freeze was lifted in an EMERGENCY: {reason}"),
        FreezeStep::EmergencyEnded { reason } => format!("the emergency is over: {reason}"),
    }
}
