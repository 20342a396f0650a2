//! From an alert to a dialog: where it is to stand, and what follows for the people who are told.

use super::dialogs;
use crate::console::safe_text::SafeText;
use crate::console::state::alerts;
use crate::console::state::app::App;
use crate::console::state::dialog::{Dialog, Purpose};
use crate::console::state::intent;
use crate::console::times;
use crate::model::{Alert, AlertStatus, BatchId, CommandRequest, Expectation, Verb};

/// The dialog before an alert is brought to a status.
///
/// # Errors
/// Reason why it makes no sense now, in one sentence.
pub fn dialog(app: &App, alert: &Alert, to: AlertStatus) -> Result<Dialog, String> {
    if let Some(why) =
        intent::locked(app).or_else(|| intent::may_not_command(app)).or_else(|| alerts::cannot(alert, to))
    {
        return Err(why);
    }
    let verb = Verb::Alert { alert: alert.id, to };
    let text = verb.text();
    let batch = match alert.batch {
        BatchId::SYSTEM => "of the system".to_owned(),
        id => format!("of batch {id}"),
    };
    let lines = [alert.title.clone(), consequence(app, alert, to)];
    Ok(Dialog {
        title: SafeText::new(format!("{} A{}", text.accept, alert.id)),
        target: dialogs::place(app, &format!("alert A{} {batch}", alert.id)),
        account: dialogs::account(app),
        consequence: lines.into_iter().map(SafeText::new).chain(dialogs::nobody(app)).collect(),
        seen: SafeText::new(format!("{}, {}, level {}", alert.alert_type, alert.status, alert.level)),
        command_line: Some(SafeText::new(format!("caribou {} {}", verb.name(), alert.id))),
        accept: match to {
            AlertStatus::Escalated => SafeText::new(format!("Pass on to level {}", alert.level + 1)),
            _ => text.accept.into(),
        },
        texts: Vec::new(),
        at: 0,
        top: 0,
        purpose: Purpose::Command(CommandRequest {
            batch: alert.batch,
            verb,
            reason: None,
            expects: Expectation::default(),
        }),
        painted: false,
    })
}

fn consequence(app: &App, alert: &Alert, to: AlertStatus) -> String {
    let policy = app.data.batch().filter(|batch| batch.id == alert.batch).and_then(|batch| batch.policy.alerts);
    match (to, policy) {
        (AlertStatus::Acknowledged, Some(policy)) => {
            let time = times::span(policy.ack_expires);
            format!("It is quiet and rises no more for {time}; then it fires again, unless it is resolved.")
        }
        (AlertStatus::Acknowledged, None) => {
            "It is quiet and rises no more, as long as an acknowledgement lasts.".into()
        }
        (AlertStatus::Resolved, _) => {
            "It is over: nobody is told of it again. What it is about goes on as it is.".into()
        }
        (AlertStatus::Escalated | AlertStatus::New, _) => {
            format!(
                "It goes from level {} to {}, and whoever is told from there on is told.",
                alert.level,
                alert.level + 1
            )
        }
    }
}
