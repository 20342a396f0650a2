//! Facts that a person has to know about taking a file back: what to press, what a restart found, what undoes which
//! statement.

use super::file_words;
use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::data;
use crate::console::state::overrides;
use crate::console::state::views::DetailView;
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::consequence;
use crate::console::view::theme::Role;
use crate::console::view::widgets::difference;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Effect, EventKind, File, FileState, Outcome, StatementUndo, Undo, UndoAct, UndoMethod, UndoPlan};

/// Statements that are listed with what undoes them.
const LISTED: u32 = 40;
/// Lines of a difference that are shown.
const DIFFERENCE: usize = 30;

/// Adds what to press now, where a person is needed.
pub fn advice(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let key = |action| app.keymap.key_for(action);
    let text = match file.state {
        FileState::Failed if file.in_doubt().next().is_some() => format!(
            "look at the database whether statement {} took effect (what is known of it stands below), mend it by hand, \
             and say how the file stands: {SETTLE}",
            list(file.in_doubt())
        ),
        FileState::Failed if file.has_effects() => format!(
            "{} orders its undo again; or mend it by hand and say how the file stands: {SETTLE}",
            key(Action::RollBack)
        ),
        FileState::Failed if overrides::is_stopped(file) => {
            format!("nothing of it has run: mend its cause, and {} tries it again", key(Action::Retry))
        }
        FileState::Failed => format!("nothing of it stands: {} tries it again", key(Action::Retry)),
        FileState::Migrating if file.crash.is_some() => match file.resumes_at() {
            Some(_) => format!("{} undoes it, {} goes on", key(Action::RollBack), key(Action::PauseResume)),
            None => format!("{} undoes it; it cannot go on", key(Action::RollBack)),
        },
        FileState::Idle | FileState::Preparing | FileState::ValidatingPre => return,
        _ if app.is_orphaned() => {
            "start a worker (caribou worker): it looks at the database for what became of the last statement, and then \
             rolls the file back, goes on, or asks a person"
                .to_owned()
        }
        _ => return,
    };
    lines.push(StyledLine::from_span(Role::Key, "→ ").span(Role::Strong, text));
}

const SETTLE: &str = ":settle --as completed, or --as rolled_back";

fn list(statements: impl Iterator<Item = u32>) -> String {
    statements.map(|n| (n + 1).to_string()).collect::<Vec<_>>().join(", ")
}

/// Adds what was found out about statements whose end nobody saw, and about transactions that went: the evidence for each.
pub fn evidence(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let mut found = Vec::new();
    // A transaction goes with any failure; how a statement ended is looked for only where nobody saw it.
    let mut title = "what became of its transaction";
    for event in app.data.recent.iter().filter(|e| e.kind.file() == Some(file.id)) {
        let (what, effect, evidence) = match &event.kind {
            EventKind::StatementDecided { statement, phase, effect, evidence, .. } => {
                title = "found out after a crash";
                (format!("{} {}", data::phase_words(*phase), statement + 1), effect, evidence)
            }
            EventKind::TransactionUndone { phase, from, effect, evidence, .. } => {
                (format!("transaction from {} {}", data::phase_words(*phase), from + 1), effect, evidence)
            }
            _ => continue,
        };
        let badge = badges::effect(*effect);
        let at = times::when(event.at, app.clock(), app.relative);
        found.push(
            StyledLine::new()
                .faint(format!("  {at} "))
                .span(badge.role, format!("{} {what} {}", badge.icon, became(*effect))),
        );
        found.push(StyledLine::new().text(format!("    known because {evidence}")));
    }
    if !found.is_empty() {
        lines.push(StyledLine::from_span(Role::Strong, title));
        lines.append(&mut found);
    }
}

/// Tells what became of a statement that nobody saw end.
fn became(effect: Effect) -> &'static str {
    match effect {
        Effect::Took => "took effect",
        Effect::None => "did not take effect",
        Effect::Undone => "was undone",
        Effect::Unknown => "IN DOUBT: nobody can say whether it took effect",
    }
}

/// Adds how it can be, is being or was undone.
pub fn undo(app: &App, file: &File, detail: &DetailView, lines: &mut Vec<StyledLine>) {
    let role = if file_words::undo(file) == "none" { Role::Caution } else { Role::Text };
    let text = how(file);
    lines.push(StyledLine::new().faint("undo ").span(role, text));
    for what in file.undo.iter().flat_map(|undo| &undo.not_compared) {
        lines.push(StyledLine::from_span(Role::Caution, format!("not compared: {what}")));
    }
    if let Some(undo) = file.undo.as_ref().filter(|undo| !undo.is_empty()) {
        steps(file, undo, lines);
    }
    if file.undo.is_none() && file.outcome != Some(Outcome::RolledBack) {
        lines.extend((0..LISTED).zip(detail.undone_by()).map(|(n, by)| undone_by(app, file, n, by)));
    }
    // What it would run is made from what stands then: it is looked up, and changes nothing.
    if file.undo.is_none() && file.outcome == Some(Outcome::Completed) && app.replay.is_none() {
        let key = app.keymap.key_for(Action::RollBack);
        lines.push(
            StyledLine::new()
                .text("  ")
                .span(Role::Key, key)
                .faint(" shows what would run, before anything is asked for"),
        );
    }
    difference(app, file, lines);
}

/// A statement with what became of it and what would undo it.
fn undone_by(app: &App, file: &File, n: u32, undone: &StatementUndo) -> StyledLine {
    let badge = badges::statement(file, n, app.is_orphaned());
    let line =
        StyledLine::new().text(format!("  {:>3} ", n + 1)).span(badge.role, format!("{} {}", badge.icon, badge.label));
    let why = undone.why.as_deref().unwrap_or("nothing is known that would");
    match undone.method {
        UndoMethod::Written => line.faint(", undone by the rollback script"),
        UndoMethod::Derived => line.faint(", undone by what is derived from the definitions around it"),
        UndoMethod::NotNeeded => line.faint(", leaves nothing to undo"),
        UndoMethod::None => line.span(Role::Bad, format!(", undone by NOTHING: {why}")),
        UndoMethod::Kept => line.faint(format!(", undone by {}", held(app, file, n))),
    }
}

/// Tells what is kept for a statement now; where there is nothing, whether it was let go or nothing had to be kept.
fn held(app: &App, file: &File, n: u32) -> String {
    let held = file.held.iter().filter(|held| held.statement == n);
    let what: Vec<String> = held.map(|held| format!("{} of {}", consequence::rows(held), held.table)).collect();
    let ran = file.records.get(n as usize).is_some();
    let let_go = || {
        let is_of = |kind: &EventKind| matches!(kind, EventKind::KeptDiscarded { file: of, .. } if *of == file.id);
        app.data.recent.iter().any(|event| is_of(&event.kind))
    };
    match (what.is_empty(), ran) {
        (false, _) => format!("what is kept: {}", what.join(", ")),
        (true, false) => "what is kept before it runs".to_owned(),
        (true, true) if let_go() => "what was kept, which was let go".to_owned(),
        (true, true) => "the definitions around it: there were no rows to keep".to_owned(),
    }
}

/// How it can be, is being or was undone, in a sentence.
pub fn how(file: &File) -> String {
    match &file.undo {
        Some(undo) => plan(undo),
        None => coverage(file),
    }
}

fn plan(undo: &Undo) -> String {
    let how = match &undo.plan {
        UndoPlan::Nothing => "nothing to undo".to_owned(),
        UndoPlan::Written { .. } => format!("by its rollback script, {} of {} steps done", undo.done, undo.len()),
        UndoPlan::Derived { .. } => {
            format!("by what was defined before and what was kept, {} of {} steps done", undo.done, undo.len())
        }
        UndoPlan::Impossible { reason, remaining } => {
            let remain = if remaining.len() == 1 { "remains" } else { "remain" };
            format!("impossible: {reason}; {} {remain}", times::count(remaining.len(), "statement"))
        }
    };
    let parts: String = undo.earlier.iter().map(|part| format!("{}; ", part.sentence())).collect();
    let how = if parts.is_empty() { how } else { format!("{parts}the rest {how}") };
    let verified = match undo.verified {
        Some(true) if undo.not_compared.is_empty() => "; verified: definitions and kept rows are as before",
        Some(true) => "; verified but for what could not be compared",
        Some(false) => "; something differs from before",
        None => "",
    };
    format!("{how}{verified}")
}

/// Before anything is undone: how many statements what would undo.
fn coverage(file: &File) -> String {
    let c = &file.coverage;
    if c.is_empty() {
        return match file.undo_statements {
            Some(n) => format!("by its rollback script, {}", times::count(n as usize, "statement")),
            None => "NONE: it has no rollback script".to_owned(),
        };
    }
    let parts = [
        (c.written, "by its rollback script"),
        (c.derived, "derived from what was defined before"),
        (c.kept, "by what is kept"),
        (c.not_needed, "need none"),
        (c.none, "by NOTHING"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}")).collect();
    format!("{}: {}", times::count(c.statements as usize, "statement"), parts.join(", "))
}

/// The same where there is little room.
pub fn in_short(file: &File) -> String {
    let c = &file.coverage;
    if file.undo.is_some() || c.is_empty() {
        return how(file);
    }
    let parts = [
        (c.written, "written"),
        (c.derived, "derived"),
        (c.kept, "by what is kept"),
        (c.not_needed, "need none"),
        (c.none, "by NOTHING"),
    ];
    let parts = parts.iter().filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// Each forward statement with the step that undoes it, the last first.
fn steps(file: &File, undo: &Undo, lines: &mut Vec<StyledLine>) {
    let statements = u32::try_from(file.records.len()).unwrap_or(u32::MAX);
    let by = |n: u32| (0..undo.len()).find(|step| undo.undone_by(*step).contains(&n));
    for n in (0..statements).rev().take(LISTED as usize) {
        let badge = badges::statement(file, n, false);
        let step = match by(n) {
            Some(step) => format!(" by step {} of {}", step + 1, undo.len()),
            None => String::new(),
        };
        lines.push(
            StyledLine::new()
                .text(format!("  {:>3} ", n + 1))
                .span(badge.role, format!("{} {}", badge.icon, badge.label))
                .faint(step),
        );
    }
    if let UndoPlan::Derived { steps, .. } = &undo.plan {
        for (n, step) in steps.iter().enumerate() {
            let sign = if n < undo.done as usize { "↶" } else { "·" };
            let sql = match &step.act {
                UndoAct::Run { sql } => sql.split_whitespace().collect::<Vec<_>>().join(" "),
                UndoAct::DropSchema { schema } => format!("the schema {schema} is dropped, if nothing stands in it"),
                UndoAct::Restore { changes } => changes.words(),
                UndoAct::PutBack { kept } => format!("what was kept of {} in {} is put back", kept.table, kept.place),
            };
            lines.push(StyledLine::new().faint(format!("  step {:>2} {sign} ", n + 1)).text(sql));
        }
    }
}

/// Adds what differs from before, where the undo was not equal.
fn difference(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let verified = app.data.recent.iter().rev().find_map(|e| match &e.kind {
        EventKind::UndoVerified { file: of, equal: false, difference, .. } if *of == file.id => difference.as_deref(),
        _ => None,
    });
    let Some(difference) = verified.filter(|_| file.state == FileState::Failed) else { return };
    lines.push(StyledLine::from_span(Role::Strong, "what differs from before"));
    lines.extend(difference.lines().take(DIFFERENCE).map(difference::line));
}
