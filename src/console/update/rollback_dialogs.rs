//! From a decision to a dialog: what a rollback would do, as it was just looked up, and what has to be typed for it.

use super::dialogs;
use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::decisions::NextDialog;
use crate::console::state::dialog::{Dialog, Purpose, RequiredText};
use crate::console::state::{intent, rollbacks};
use crate::console::times;
use crate::console::view::blast::told;
use crate::model::{
    BlastRadius, Class, CommandRequest, DecisionRequest, Expectation, FileId, FileState, RollbackSubject, Seen, Verb,
    Verdict,
};

/// The dialog before a decision. An approval shows what it would do; a rejection changes nothing.
///
/// # Errors
/// Reason why it makes no sense now, in one sentence.
pub fn decision(
    app: &App,
    summary: &RollbackSummary,
    verdict: Verdict,
    radius: Option<&BlastRadius>,
) -> Result<Dialog, String> {
    if let Some(why) = intent::locked(app).or_else(|| rollbacks::cannot_decide(app, summary)) {
        return Err(why);
    }
    let rollback = &summary.rollback;
    let (consequence, files, texts) = match (verdict, radius) {
        (Verdict::Approve, Some(radius)) => {
            if let Some(refused) = &radius.refused {
                return Err(refused.clone());
            }
            let files = radius.files.iter().map(|f| f.id).collect();
            (told(radius), files, vec![RequiredText::reason(), RequiredText::name(&summary.batch_name)])
        }
        (Verdict::Approve, None) => return Err("what it would do is not known yet".into()),
        (Verdict::Reject, _) => {
            let kept = times::count(summary.scope.len(), "file");
            let kept = format!("The window closes, and {kept} stay as they are. What was kept to undo them may go.");
            (vec![kept], summary.files(), vec![RequiredText::reason()])
        }
    };
    let action = verdict.text().accept;
    Ok(Dialog {
        title: SafeText::new(format!("{action} rollback {} (class {})", rollback.id, rollback.class)),
        target: dialogs::place(app, &format!("batch {} “{}”", rollback.batch, summary.batch_name)),
        account: dialogs::account(app),
        consequence: consequence.into_iter().map(SafeText::new).chain(dialogs::nobody(app)).collect(),
        seen: SafeText::new(as_seen(app, summary, files.len())),
        command_line: Some(SafeText::new(verdict.command_line(rollback.id))),
        accept: SafeText::new(match verdict {
            Verdict::Approve => format!("Undo {}", times::count(files.len(), "file")),
            Verdict::Reject => format!("Keep {}", times::count(files.len(), "file")),
        }),
        texts,
        at: 0,
        top: 0,
        purpose: Purpose::Decision(DecisionRequest {
            batch: rollback.batch,
            rollback: rollback.id,
            verdict,
            reason: None,
            seen: Seen { class: rollback.class, status: rollback.status, files },
        }),
        painted: false,
    })
}

fn as_seen(app: &App, summary: &RollbackSummary, files: usize) -> String {
    let rollback = &summary.rollback;
    let left = rollback
        .decide_by
        .zip(app.clock())
        .map_or_else(String::new, |(by, now)| format!(", {} left to decide", times::span(by.since(now))));
    format!("rollback {}{left}; {}", rollback.status, times::count(files, "file"))
}

/// The dialog before a rollback of what has run.
///
/// # Errors
/// Reason why it makes no sense now, in one sentence.
pub fn roll_back(app: &App, radius: &BlastRadius, files: &[FileId], class: Class, now: bool) -> Result<Dialog, String> {
    if let Some(why) = intent::locked(app).or_else(|| intent::may_not_command(app)) {
        return Err(why);
    }
    let batch = app.data.batch().filter(|b| b.id == radius.batch).ok_or("another batch is on the screen now")?;
    if let Some(refused) = &radius.refused {
        return Err(refused.clone());
    }
    let scope = radius.files.iter().filter_map(|f| batch.file(f.id));
    // What a failed undo or a crash has left is taken up, whoever asks.
    let crashed = batch.crashed().next().is_some();
    let again = crashed || scope.into_iter().any(|f| f.state == FileState::Failed);
    let at_once = again || ((class == Class::A || now) && !batch.policy.four_eyes);
    let mut consequence = told(radius);
    consequence.insert(
        0,
        match at_once {
            true => "It begins at once.".into(),
            false if batch.policy.four_eyes => {
                "A window opens: nothing is undone before another account approves it.".into()
            }
            false => "A window opens: nothing is undone before somebody approves it.".into(),
        },
    );
    let expects = Expectation::of_status(batch.status);
    // Whoever goes on has read what would go with it.
    let accept_loss = at_once && radius.objects_lost().next().is_some();
    let verb = Verb::RollBack { files: files.to_vec(), class, now, accept_loss };
    let command_line = verb.command_line(batch);
    Ok(Dialog {
        title: match crashed {
            true => "Roll back what a crash left half-way".into(),
            false => SafeText::new(format!("Roll back (class {class})")),
        },
        target: dialogs::target(app, batch, None),
        account: dialogs::account(app),
        consequence: consequence.into_iter().map(SafeText::new).chain(dialogs::nobody(app)).collect(),
        seen: dialogs::seen(batch, None),
        command_line: Some(SafeText::new(command_line)),
        accept: SafeText::new(match at_once {
            true => format!("Undo {}", times::count(radius.files.len(), "file")),
            false => "Open a window".to_owned(),
        }),
        texts: vec![RequiredText::reason(), RequiredText::name(&batch.name)],
        at: 0,
        top: 0,
        purpose: Purpose::Command(CommandRequest { batch: batch.id, verb, reason: None, expects }),
        painted: false,
    })
}

/// Opens the dialog that waited for a blast radius, or says why there is none.
pub fn arrived(app: &mut App) {
    let Some(lookup) = app.decisions.lookup.as_mut() else { return };
    let Some(then) = lookup.then.take() else { return };
    let lookup = lookup.clone();
    let dialog = match (lookup.told, then, lookup.subject) {
        (Some(Err(why)), ..) => Err(why.to_string()),
        (Some(Ok(radius)), NextDialog::Approve, RollbackSubject::Opened(id)) => {
            match rollbacks::all(app).iter().find(|w| w.rollback.id == id) {
                Some(summary) => decision(app, summary, Verdict::Approve, Some(&radius)),
                None => Err(format!("rollback {id} is no longer there")),
            }
        }
        (Some(Ok(radius)), NextDialog::RollBack { now }, RollbackSubject::Proposed { files, class }) => {
            app.decisions.lookup = None;
            roll_back(app, &radius, &files, class, now)
        }
        _ => return,
    };
    match dialog {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.notify(why),
    }
}
