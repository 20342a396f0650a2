//! From a decision to a dialog: what a rollback would do, as it was just looked up, and what has to be typed for it.

use super::app::App;
use super::decisions::{self, Subject, Then};
use super::dialog::{Asked, Dialog, Purpose};
use super::feed::{Order, Ruling, Window};
use super::orders;
use super::safe_text::SafeText;
use super::times;
use crate::model::{BlastChange, BlastFile, BlastRadius, Class, Expectation, FileId, FileState, Seen, Verb, Verdict};

/// Statements of a file that the dialog names.
const STATEMENTS: usize = 3;
/// Definitions that the dialog names.
const DEFINITIONS: usize = 4;

/// The dialog before a decision. An approval shows what it would do; a rejection changes nothing.
///
/// # Errors
/// Why it makes no sense now, in one sentence.
pub fn decision(app: &App, window: &Window, verdict: Verdict, radius: Option<&BlastRadius>) -> Result<Dialog, String> {
    if let Some(why) = orders::locked(app).or_else(|| decisions::cannot_decide(app, window)) {
        return Err(why);
    }
    let rollback = &window.rollback;
    let (consequence, files, texts) = match (verdict, radius) {
        (Verdict::Approve, Some(radius)) => {
            if let Some(refused) = &radius.refused {
                return Err(refused.clone());
            }
            let files = radius.files.iter().map(|f| f.id).collect();
            (told(radius), files, vec![Asked::reason(), Asked::name(&window.batch_name)])
        }
        (Verdict::Approve, None) => return Err("what it would do is not known yet".into()),
        (Verdict::Reject, _) => {
            let kept = times::count(window.scope.len(), "file");
            let kept = format!("The window closes, and {kept} stay as they are. What was kept to undo them may go.");
            (vec![kept], window.files(), vec![Asked::reason()])
        }
    };
    let seen = Seen { class: rollback.class, status: rollback.status, files };
    let action = if verdict == Verdict::Approve { "Approve" } else { "Reject" };
    Ok(Dialog {
        title: SafeText::of(format!("{action} rollback {} (class {})", rollback.id, rollback.class)),
        target: orders::place(app, &format!("batch {} “{}”", rollback.batch, window.batch_name)),
        account: orders::account(app),
        consequence: consequence.into_iter().map(SafeText::of).chain(nobody(app)).collect(),
        seen: SafeText::of(as_seen(app, window, &seen)),
        command_line: Some(SafeText::of(decisions::command_line(verdict, rollback.id))),
        accept: action,
        texts,
        at: 0,
        top: 0,
        purpose: Purpose::Decide(Ruling { batch: rollback.batch, rollback: rollback.id, verdict, reason: None, seen }),
        painted: false,
    })
}

fn as_seen(app: &App, window: &Window, seen: &Seen) -> String {
    let rollback = &window.rollback;
    let left = rollback
        .decide_by
        .zip(app.clock())
        .map_or_else(String::new, |(by, now)| format!(", {} left to decide", times::span(by.since(now))));
    format!("rollback {}{left}; {}", rollback.status, times::count(seen.files.len(), "file"))
}

fn nobody(app: &App) -> Option<SafeText> {
    let nobody = "NO WORKER: nobody will answer until one is started (caribou worker).";
    (!app.worker_is_alive()).then(|| SafeText::of(nobody))
}

/// The dialog before a rollback of what has run.
///
/// # Errors
/// Why it makes no sense now, in one sentence.
pub fn roll_back(app: &App, radius: &BlastRadius, files: &[FileId], class: Class, now: bool) -> Result<Dialog, String> {
    if let Some(why) = orders::locked(app).or_else(|| orders::may_not_command(app)) {
        return Err(why);
    }
    let batch = app.data.batch().filter(|b| b.id == radius.batch).ok_or("another batch is on the screen now")?;
    if let Some(refused) = &radius.refused {
        return Err(refused.clone());
    }
    let scope = radius.files.iter().filter_map(|f| batch.file(f.id));
    // What a failed undo has left is taken up again, whoever asks.
    let again = scope.into_iter().any(|f| f.state == FileState::Failed);
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
    let expects = Expectation { batch_status: Some(batch.status), file: None };
    let verb = Verb::RollBack { files: files.to_vec(), class, now };
    let command_line = orders::command_line(batch, &verb, true);
    Ok(Dialog {
        title: SafeText::of(format!("Roll back (class {class})")),
        target: orders::target(app, batch, None),
        account: orders::account(app),
        consequence: consequence.into_iter().map(SafeText::of).chain(nobody(app)).collect(),
        seen: orders::seen(batch, None),
        command_line: Some(SafeText::of(command_line)),
        accept: "Roll back",
        texts: vec![Asked::reason(), Asked::name(&batch.name)],
        at: 0,
        top: 0,
        purpose: Purpose::Order(Order { batch: batch.id, verb, reason: None, expects }),
        painted: false,
    })
}

/// Opens the dialog that waited for a blast radius, or says why there is none.
pub fn arrived(app: &mut App) {
    let Some(look) = app.decisions.look.as_mut() else { return };
    let Some(then) = look.then.take() else { return };
    let look = look.clone();
    let dialog = match (look.told, then, look.subject) {
        (Some(Err(why)), ..) => Err(why.to_string()),
        (Some(Ok(radius)), Then::Approve, Subject::Rollback(id)) => {
            match decisions::windows(app).iter().find(|w| w.rollback.id == id) {
                Some(window) => decision(app, window, Verdict::Approve, Some(&radius)),
                None => Err(format!("rollback {id} is no longer there")),
            }
        }
        (Some(Ok(radius)), Then::RollBack { now }, Subject::Thought { files, class }) => {
            app.decisions.look = None;
            roll_back(app, &radius, &files, class, now)
        }
        _ => return,
    };
    match dialog {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.say(why),
    }
}

/// A blast radius in sentences: what would be lost, what stands on it, the order of the undo, what it touches.
fn told(radius: &BlastRadius) -> Vec<String> {
    let statements: usize = radius.files.iter().map(|f| f.statements.len()).sum();
    // What is lost comes first: on a small screen the end of a dialog has to be scrolled to.
    let mut lines = vec![rows(radius.rows_written_since)];
    lines.extend(radius.files.iter().flat_map(|f| &f.lost).map(|rows| format!("LOST: {}", rows.sentence())));
    lines.extend(radius.fit.misfits.iter().map(|rows| format!("IT WOULD FAIL: {}", rows.sentence())));
    lines.extend(radius.in_the_way.iter().map(|way| format!("IN THE WAY: {way}")));
    lines.push(epochs(radius));
    lines.push(format!(
        "{} undone by {}, in this order:",
        if radius.files.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", radius.files.len()) },
        times::count(statements, "statement"),
    ));
    lines.extend(radius.files.iter().map(|f| format!("  {}", of_file(f))));
    lines.extend(definitions(radius));
    lines
}

/// The definitions that change, each with the lines that go and come. The difference itself is behind Enter on
/// Decisions: a dialog is no place to read it.
fn definitions(radius: &BlastRadius) -> Option<String> {
    let of = |change: &BlastChange| match (&change.diff, change.counts()) {
        (Some(_), (go, come)) => format!("{} -{go} +{come}", change.object),
        (None, _) => format!("{} ?", change.object),
    };
    let first: Vec<String> = radius.changes.iter().take(DEFINITIONS).map(of).collect();
    let more = radius.changes.len().saturating_sub(first.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!first.is_empty()).then(|| format!("Definitions change, by lines: {}{more}.", first.join(", ")))
}

/// One file of a blast radius, in one line.
pub fn of_file(file: &BlastFile) -> String {
    let first: Vec<String> = file.objects.iter().take(STATEMENTS).cloned().collect();
    let more = file.objects.len().saturating_sub(first.len());
    let objects = match (first.len(), more) {
        (0, _) => String::new(),
        (_, 0) => format!(": {}", first.join(", ")),
        (_, more) => format!(": {} and {more} more", first.join(", ")),
    };
    match &file.reason {
        Some(reason) => format!("{} IMPOSSIBLE: {reason}", file.path),
        None => format!("{} {}, {}{objects}", file.path, file.method, times::count(file.statements.len(), "statement")),
    }
}

/// What would be lost.
pub fn rows(written_since: Option<u64>) -> String {
    match written_since {
        Some(0) => "No row that others have written since would be lost.".into(),
        Some(rows) => format!("{rows} rows that others have written since would be LOST or stay as they are."),
        None => "Nobody knows how many rows others have written since; they would be LOST with what is undone.".into(),
    }
}

/// Where the system stands afterwards, and when.
pub fn epochs(radius: &BlastRadius) -> String {
    let way = if radius.class == Class::A { "back" } else { "on" };
    let time = times::span(radius.estimated_ms);
    format!(
        "The epoch goes {way} from {} to {}; it took {time} to do and may take as long to undo.",
        radius.epoch_from, radius.epoch_to
    )
}
