//! Commands as they are offered: the key that does the same, how grave they are, and why they would be refused now.

use super::action::Action;
use super::app::App;
use super::intent::{self, CommandIntent};
use super::overrides;
use super::rollbacks;
use crate::model::{Outcome, StepUnit, Verb};

/// How much is asked before a change: `y`; a reason; the name, typed.
pub fn tier(app: &App, word: &str) -> Option<u8> {
    Some(match word {
        "thaw" if is_emergency(app) => 2,
        "rollback" | "approve" => 2,
        "retry" | "settle" | "discard" | "abort" | "freeze" | "reject" | "override" => 1,
        "step" | "pause" | "resume" | "break" | "thaw" | "ack" | "resolve" | "escalate" => 0,
        _ => return None,
    })
}

/// True if a thaw would go past the worker.
fn is_emergency(app: &App) -> bool {
    let verb = intent::system_verb(app, CommandIntent::Thaw { emergency: false });
    matches!(verb, Some(Ok(Verb::Thaw { emergency: true })))
}

/// The key of a command; empty where it has none.
pub fn key(app: &App, word: &str) -> String {
    let word = match word {
        "resume" => "pause",
        "thaw" => "freeze",
        word => word,
    };
    app.keymap.key_of(word)
}

/// Reason why a command without arguments would be refused now, if so.
pub fn refused(app: &App, word: &str) -> Option<String> {
    match word {
        "arm" if app.read_only => return Some("this console was started with --read-only".into()),
        "arm" if !app.is_production() => return Some("this is no production: changes are allowed anyway".into()),
        "disarm" if app.armed_ms().is_none() => return Some("it is not armed".into()),
        "seek" | "mark" | "live" if app.replay.is_none() => return Some("nothing is replayed".into()),
        _ => {}
    }
    tier(app, word)?;
    if let Some(why) = intent::locked(app) {
        return Some(why);
    }
    match word {
        "approve" => return cannot_rule(app, Action::Approve),
        "reject" => return cannot_rule(app, Action::Reject),
        "override" => return overrides::refused(app),
        "ack" | "resolve" | "escalate" => return None,
        _ => {}
    }
    if let Some(why) = intent::may_not_command(app) {
        return Some(why);
    }
    match intended(app, word) {
        Ok(verb) => verb.err(),
        Err(why) => Some(why),
    }
}

fn cannot_rule(app: &App, action: Action) -> Option<String> {
    match rollbacks::selected(app) {
        Some(summary) => rollbacks::cannot_rule(app, &summary, action),
        None => Some("nothing waits for a decision".into()),
    }
}

/// The verb that a command would become; outside it, what is missing for one.
fn intended(app: &App, word: &str) -> Result<Result<Verb, String>, String> {
    let of_system = match word {
        "freeze" => intent::system_verb(app, CommandIntent::Freeze),
        "thaw" => intent::system_verb(app, CommandIntent::Thaw { emergency: false }),
        _ => None,
    };
    if let Some(verb) = of_system {
        return Ok(verb);
    }
    let batch = app.data.batch().ok_or("there is no batch")?;
    let selected = app.selected_file();
    let failed = selected.or_else(|| intent::only_failed(batch)).ok_or("no file has failed, or more than one");
    let intent = match word {
        "pause" => CommandIntent::Pause,
        "resume" => CommandIntent::Resume,
        "step" => CommandIntent::Step(StepUnit::Statement),
        "abort" => CommandIntent::Abort { keep_completed: false },
        "retry" => CommandIntent::Retry(failed?),
        "settle" => CommandIntent::Settle(failed?, Outcome::RolledBack),
        "break" => CommandIntent::Break(selected.ok_or("no file is under the cursor")?, None),
        "discard" => CommandIntent::Discard(None),
        "rollback" if batch.crashed().next().is_some() => return Ok(Ok(Verb::Run)),
        "rollback" if !batch.status.is_final() => {
            return Err(format!("batch {} is {}: :abort stops and undoes it", batch.id, batch.status));
        }
        "rollback" if !intent::makes_sense(app, Action::RollBack) => {
            return Err("nothing that stands is to be undone".into());
        }
        _ => return Ok(Ok(Verb::Run)),
    };
    Ok(intent::verb(batch, intent))
}
