//! Ways out of an alert, each with its price: computed from the journal on the screen, nothing is asked.

use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::{alerts, consequences, intent};
use crate::console::times;
use crate::console::view::sentence::name;
use crate::model::{Alert, AlertStatus, Batch, Class, File, FileState};

/// The file of an alert, where its batch is on the screen.
pub fn file_of<'a>(app: &'a App, alert: &Alert) -> Option<(&'a Batch, &'a File)> {
    let batch = app.data.batch().filter(|batch| batch.id == alert.batch)?;
    let file = alert.file.and_then(|file| batch.file(file));
    // An alert about the batch is about whatever it waits for.
    file.or_else(|| batch.active().next()).map(|file| (batch, file))
}

/// Who is in the way, or what it is about.
pub fn who(app: &App, alert: &Alert) -> Vec<String> {
    let Some((_, file)) = file_of(app, alert) else { return Vec::new() };
    let blockers = file.running.iter().flat_map(|running| &running.blockers);
    blockers.filter(|_| is_open(alert)).cloned().collect()
}

/// The number of the connection that is in the way, if it is one.
pub fn blocker(app: &App, alert: &Alert) -> Option<u64> {
    let told = who(app, alert);
    let digits: String = told.first()?.strip_prefix("connection ")?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What can be done, the cheapest first.
pub fn ways(app: &App, alert: &Alert) -> Vec<String> {
    if !is_open(alert) {
        return vec!["nothing: it is resolved".to_owned()];
    }
    let mut ways = Vec::new();
    if let Some(rollback) = alerts::rollback_of(app, alert).filter(|rollback| rollback.is_awaiting()) {
        let by = rollback.decide_by.map_or_else(String::new, |by| format!(" by {}", times::stamp(by)));
        ways.push(format!("decide about R{}{by}: 5 shows what it would do", rollback.id));
    }
    if let Some((batch, file)) = file_of(app, alert) {
        ways.extend(about_file(app, batch, file, alert));
    } else if !alerts::is_on_screen(app, alert) {
        ways.push(format!(":open {} shows its batch, and what can be done there", alert.batch));
    }
    ways.push(about_people(app, alert));
    ways
}

fn about_file(app: &App, batch: &Batch, file: &File, alert: &Alert) -> Vec<String> {
    let mut ways = Vec::new();
    if let Some(running) = &file.running {
        let what = format!("statement {} of {}", running.statement + 1, name(&file.path));
        ways.push(match blocker(app, alert) {
            Some(connection) => format!(
                "wait (attempt {}), or end that connection by hand: {} copies KILL {connection}",
                running.attempt,
                app.keymap.key_for(Action::Copy)
            ),
            None => format!("wait: {what} is running"),
        });
    }
    match file.state {
        FileState::Failed if !file.has_effects() => {
            ways.push(format!("mend it and retry: T on 2, with {} under the cursor", name(&file.path)));
        }
        FileState::Failed => {
            ways.push(format!(
                "{} has effects that stand: R undoes them, :settle says how it stands",
                name(&file.path)
            ));
        }
        _ => {}
    }
    if !batch.status.is_final()
        && let Some(told) = consequences::if_it_fails(batch, file)
    {
        ways.push(abort(file, &told));
    }
    ways
}

/// The price of an abort: what is undone, and how long that took to do.
fn abort(file: &File, told: &consequences::IfItFails) -> String {
    let own = match told.undone.len() {
        0 => format!(":abort ends {}, of which nothing stands", name(&file.path)),
        n => format!(
            ":abort undoes {} ({}, which took {})",
            name(&file.path),
            times::count(n, "statement"),
            times::span(told.undone_ms)
        ),
    };
    match (told.class, told.others.len()) {
        (_, 0) => own,
        (Class::A, n) => {
            format!(
                "{own} and, class A, {} (which took {})",
                times::count(n, "other file"),
                times::span(told.others_ms)
            )
        }
        (class, n) => format!("{own}; class {class}, {} with it", times::count(n, "other file")),
    }
}

/// What saying that one has seen it does.
fn about_people(app: &App, alert: &Alert) -> String {
    if let Some(why) = intent::may_not_command(app) {
        return why;
    }
    let key = |action| app.keymap.key_for(action);
    let quiet = app.data.batch().filter(|batch| batch.id == alert.batch).and_then(|batch| batch.policy.alerts);
    let quiet = quiet.map_or_else(String::new, |policy| format!(", quiet for {}", times::span(policy.ack_expires)));
    let resolve = key(Action::ResolveAlert);
    match alert.status {
        AlertStatus::Acknowledged => format!("{resolve} resolves it: nobody is told again"),
        _ => format!(
            "{} acknowledges it{quiet}; {resolve} resolves it; {} passes it on, level {}",
            key(Action::Acknowledge),
            key(Action::EscalateAlert),
            alert.level + 1
        ),
    }
}

fn is_open(alert: &Alert) -> bool {
    alert.status != AlertStatus::Resolved
}
