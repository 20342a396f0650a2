//! From an item of the checklist to a dialog: a person says that it is done, with their name.

use super::dialogs;
use crate::console::lists::ChecklistItem;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::checklist;
use crate::console::state::dialog::{Dialog, Purpose};
use crate::console::state::intent;
use crate::model::{CommandRequest, Verb};

/// The dialog before an item is ticked, or its tick is taken back.
///
/// # Errors
/// Reason why it makes no sense now, in one sentence.
pub fn dialog(app: &App, item: &ChecklistItem) -> Result<Dialog, String> {
    let refused = intent::locked(app).or_else(|| intent::may_not_command(app)).or_else(|| checklist::cannot_tick(item));
    if let Some(why) = refused {
        return Err(why);
    }
    let list = checklist::told(app).ok_or("the checklist is not known yet")?;
    let done = item.ticked.is_none();
    let verb = Verb::Tick { item: item.key.to_owned(), plan: list.plan.clone(), done };
    let says = match &item.ticked {
        None => "It is done for this very plan: you stand by it with your name.".to_owned(),
        Some((by, _)) => format!("It is open again; {by} stood by it."),
    };
    let word = if done { "tick" } else { "untick" };
    Ok(Dialog {
        title: SafeText::new(format!("{}: {}", if done { "Tick" } else { "Take the tick back" }, item.title)),
        target: dialogs::place(app, &format!("checklist of batch {}", list.batch)),
        account: dialogs::account(app),
        consequence: vec![SafeText::new(says)],
        seen: SafeText::new(if done { "open" } else { "ticked" }),
        command_line: Some(SafeText::new(format!("caribou checklist {word} {}", item.key))),
        accept: if done { "Tick it" } else { "Untick it" }.into(),
        texts: Vec::new(),
        at: 0,
        top: 0,
        purpose: Purpose::Command(CommandRequest::of_system(verb)),
        painted: false,
    })
}
