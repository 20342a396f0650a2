//! A dialog that was accepted: what was seen is compared with what is there, and only then is anything asked for.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::dialog::{MovedOn, Purpose};
use crate::console::state::intent::{self, CommandIntent};
use crate::console::state::message::{Effect, Request};
use crate::console::state::request::LastRequest;
use crate::console::state::{alerts, overrides, rollbacks};
use crate::model::{BatchId, CommandRequest, DecisionRequest, OverrideRequest, Verb};

/// The operator has accepted: what was seen is compared once more with what is there now.
pub fn accepted(app: &mut App) -> Vec<Effect> {
    let Some(dialog) = app.dialog.take() else { return Vec::new() };
    let reason = dialog.reason();
    let now = match &dialog.purpose {
        Purpose::Leave => return vec![Effect::Leave(app.exit())],
        Purpose::Command(request) => {
            other_state(app, request).or_else(|| refused_now(app, &request.verb, request.batch))
        }
        Purpose::Decision(request) => moved_on(app, request),
        Purpose::LetPass(batch, subject) => overrides::moved_on(app, *batch, subject),
    };
    if let Some(why) = intent::locked(app) {
        app.notify(why);
        return Vec::new();
    }
    if let Some(now) = now {
        app.moved_on = Some(MovedOn { at: app.asked_at, seen: dialog.seen, now: SafeText::new(now) });
        return Vec::new();
    }
    let request = match dialog.purpose {
        Purpose::Leave => return Vec::new(),
        Purpose::Command(request) => {
            if let Verb::Alert { alert, to } = request.verb
                && request.batch != BatchId::SYSTEM
                && app.data.batch != Some(request.batch)
            {
                app.lists.await_alert(alert, to, app.now.mono);
            }
            sent(app, words(app, &request));
            Request::Submit(CommandRequest { reason, ..request })
        }
        Purpose::Decision(request) => {
            sent(app, format!("{} R{}", request.verdict, request.rollback));
            Request::Decide(DecisionRequest { reason, ..request })
        }
        Purpose::LetPass(batch, subject) => {
            let words = app.data.world.batch(batch).map(|batch| subject.brief(batch));
            sent(app, words.unwrap_or_default());
            Request::LetPass(batch, OverrideRequest { subject, reason: reason.unwrap_or_default() })
        }
    };
    vec![Effect::Ask(request)]
}

/// The footer tells the way of what is sent now, and nothing that was said before.
fn sent(app: &mut App, words: String) {
    app.request = Some(LastRequest::new(words));
    app.notice = None;
}

/// A command in the footer.
fn words(app: &App, request: &CommandRequest) -> String {
    if request.verb == (Verb::Thaw { emergency: true }) {
        return "thaw --emergency".to_owned();
    }
    let batch = app.data.world.batch(request.batch).or_else(|| app.data.batch());
    batch.map_or_else(|| request.verb.name().to_owned(), |batch| request.verb.brief(batch))
}

/// The state of what a command is about, where it is another than the dialog was computed from. Of a batch that is not
/// here the worker compares it.
fn other_state(app: &App, request: &CommandRequest) -> Option<String> {
    let batch = app.data.world.batch(request.batch)?;
    let expects = &request.expects;
    if expects.batch_status.is_some_and(|seen| seen != batch.status) {
        return Some(format!("batch {} is {}", batch.id, batch.status));
    }
    if let Some((file, seen)) = expects.file.and_then(|(file, seen)| Some((batch.file(file)?, seen)))
        && file.state != seen
    {
        return Some(format!("{} is {}", file.path, file.state));
    }
    expects.ahead?.moved_on(batch)
}

/// Reason why a verb makes no sense any more that did when its dialog was opened: somebody else has done it, or undone what
/// it is about.
fn refused_now(app: &App, verb: &Verb, batch: BatchId) -> Option<String> {
    if let Verb::Alert { alert, to } = *verb {
        let known = alerts::all(app).into_iter().find(|known| known.id == alert)?;
        return alerts::cannot(known, to);
    }
    let intent = CommandIntent::from_verb(verb)?;
    if let Some(verb) = intent::system_verb(app, intent) {
        return verb.err();
    }
    match intent::verb(app.data.world.batch(batch)?, intent) {
        Ok(now) if now == *verb => None,
        Ok(_) => Some("somebody else has done it meanwhile".to_owned()),
        Err(why) => Some(why),
    }
}

/// What there is now, where a decision can no longer be handed in: it is not what was seen.
fn moved_on(app: &App, request: &DecisionRequest) -> Option<String> {
    let summaries = rollbacks::all(app);
    let Some(summary) = summaries.iter().find(|w| w.rollback.id == request.rollback) else {
        return Some(format!("rollback {} is no longer open", request.rollback));
    };
    if let Some(why) = rollbacks::cannot_decide(app, summary) {
        return Some(why);
    }
    let (seen, is) = (request.seen.files.len(), summary.scope.len());
    let same = request.seen.files == summary.files();
    (!same).then(|| format!("it is about {is} files, and was about {seen}; look again"))
}
