//! From checks that stopped a file to a dialog: an approver lets them pass, with a reason, and the file runs again.

use super::dialogs;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::dialog::{Dialog, Purpose, RequiredText};
use crate::console::state::intent;
use crate::console::state::names;
use crate::console::state::overrides::{self, Stopped};
use crate::console::times;
use crate::model::verb;
use crate::model::{Batch, File};

/// Opens the dialog, or says why there is none.
pub fn open(app: &mut App, stopped: Result<Stopped, String>) {
    match intent::locked(app).map_or(stopped, Err).and_then(|stopped| dialog(app, &stopped)) {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.notify(why),
    }
}

/// The dialog before checks are let pass.
fn dialog(app: &App, stopped: &Stopped) -> Result<Dialog, String> {
    if let Some(why) = overrides::cannot(app, stopped) {
        return Err(why);
    }
    let batch = app.data.batch().ok_or("there is no batch")?;
    let file = batch.file(stopped.file).ok_or("there is no file under the cursor")?;
    let subject = overrides::subject(batch, stopped);
    let lines = consequence(app, batch, file, stopped).into_iter().map(SafeText::new);
    let several = stopped.checks.len() > 1;
    Ok(Dialog {
        title: SafeText::new(if several { "Let checks pass" } else { verb::OVERRIDE.title }),
        target: dialogs::target(app, batch, Some(file)),
        account: dialogs::account(app),
        consequence: lines.chain(dialogs::nobody(app)).collect(),
        seen: dialogs::seen(batch, Some(file)),
        command_line: Some(SafeText::new(subject.command_line(batch))),
        accept: SafeText::new(match several {
            true => format!("Let {} pass", times::count(stopped.checks.len(), "check")),
            false => verb::OVERRIDE.accept.to_owned(),
        }),
        texts: vec![RequiredText::reason()],
        at: 0,
        top: 0,
        purpose: Purpose::LetPass(batch.id, subject),
        painted: false,
    })
}

/// What is let pass with what it found, and what follows.
fn consequence(app: &App, batch: &Batch, file: &File, stopped: &Stopped) -> Vec<String> {
    let found = |check: &String| match overrides::finding(app, file.id, check) {
        Some(found) => format!("LETS PASS {check}: {found}"),
        None => format!("LETS PASS {check}"),
    };
    let mut lines: Vec<String> = stopped.checks.iter().map(found).collect();
    let others: Vec<&str> =
        file.stopped_by.iter().filter(|check| !stopped.checks.contains(check)).map(String::as_str).collect();
    let name = names::name(&file.path);
    let attempt = file.retries + 2;
    lines.push(match (others.as_slice(), batch.status.is_final()) {
        ([], false) => format!("{name} waits for its turn and runs from its beginning, as attempt {attempt}."),
        ([], true) => format!("Batch {} goes on: {name} runs from its beginning, as attempt {attempt}.", batch.id),
        (others, _) => format!("{name} is tried again, as attempt {attempt}; {} stop it again.", others.join(", ")),
    });
    lines.push("What is found there is a warning from now on, with your name and the reason.".to_owned());
    lines
}
