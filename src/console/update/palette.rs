//! The commands of the palette.

use super::actions;
use super::lists;
use super::opening;
use super::override_dialog;
use super::replay;
use crate::console::state::action::Screen;
use crate::console::state::app::App;
use crate::console::state::intent::{self, CommandIntent};
use crate::console::state::message::{Effect, Request};
use crate::console::state::options::ThemeName;
use crate::console::state::overrides::{self, Stopped};
use crate::console::state::prompt::COMMANDS;
use crate::console::state::views::HelpView;
use crate::model::{AlertId, AlertStatus, BatchId, Class, FileId, Outcome, RollbackId, StepUnit, Verdict};

/// The longest arming, in minutes.
const LONGEST_ARMING: u64 = 8 * 60;

/// Commands that are offered first.
const LATELY: usize = 5;

/// Runs a line of the palette.
pub fn run(app: &mut App, line: &str) -> Vec<Effect> {
    let mut words = line.split_whitespace();
    let Some(word) = words.next() else { return Vec::new() };
    let arguments: Vec<&str> = words.collect();
    remember(app, word);
    if let Some(effects) = replay::command(app, word, &arguments) {
        return effects;
    }
    let said = match word {
        "q" | "q!" | "quit" => return actions::leave(app),
        "batches" => return actions::batches(app),
        "open" => match arguments.first().and_then(|n| n.parse().ok()) {
            Some(batch) => return vec![Effect::Ask(Request::Open(BatchId(batch)))],
            None => Err("which batch? :open 12".to_owned()),
        },
        "events" => {
            super::board::events(app);
            Ok(())
        }
        "goto" => return go_to(app, &arguments),
        "help" | "h" => {
            app.help = Some(HelpView::default());
            Ok(())
        }
        "approve" | "reject" => match number(&arguments) {
            Ok(id) => {
                return actions::rule(app, if word == "approve" { Verdict::Approve } else { Verdict::Reject }, id);
            }
            Err(why) => Err(why),
        },
        "override" => {
            let stopped = stopped(app, &arguments);
            override_dialog::open(app, stopped);
            Ok(())
        }
        "tick" => {
            lists::tick(app, arguments.first().copied());
            Ok(())
        }
        "ack" | "resolve" | "escalate" => match alert_number(&arguments) {
            Ok(id) => {
                let to = match word {
                    "ack" => AlertStatus::Acknowledged,
                    "resolve" => AlertStatus::Resolved,
                    _ => AlertStatus::Escalated,
                };
                lists::alert(app, to, id);
                Ok(())
            }
            Err(why) => Err(why),
        },
        "rollback" => match scope(app, &arguments) {
            Ok((files, class, now)) => return actions::roll_back(app, files, class, now),
            Err(why) => Err(why),
        },
        "arm" => arm(app, arguments.first().copied().unwrap_or("15m")),
        "disarm" => {
            app.armed_until = None;
            Ok(())
        }
        #[cfg(debug_assertions)]
        "panic" => return vec![Effect::Panic { in_a_task: arguments == ["task"] }],
        "theme" => theme(app, arguments.first().copied().unwrap_or_default()),
        _ => show(app, word).or_else(|()| parse_intent(app, word, &arguments).map(|intent| actions::ask(app, intent))),
    };
    if let Err(why) = said {
        app.notify(why);
    }
    Vec::new()
}

/// Keeps the last commands, to offer them first.
fn remember(app: &mut App, word: &str) {
    let Some(command) = COMMANDS.iter().find(|c| c.word == word) else { return };
    app.lately.retain(|last| *last != command.word);
    app.lately.insert(0, command.word);
    app.lately.truncate(LATELY);
}

/// The number of a rollback, or none for the one under the cursor.
fn number(arguments: &[&str]) -> Result<Option<RollbackId>, String> {
    let Some(word) = arguments.first() else { return Ok(None) };
    let id = word.parse().map_err(|_| format!("{word:?} is no rollback's number; Decisions (5) has them"))?;
    Ok(Some(RollbackId(id)))
}

/// The number of an alert, with or without its A, or none for the one under the cursor.
fn alert_number(arguments: &[&str]) -> Result<Option<AlertId>, String> {
    let Some(word) = arguments.first() else { return Ok(None) };
    let id = word.trim_start_matches(['A', 'a']).parse();
    id.map(|id| Some(AlertId(id))).map_err(|_| format!("{word:?} is no alert's number; Alerts (6) has them"))
}

/// `[FILE] [--class X] [--now]`: without a file the whole batch, class A.
fn scope(app: &App, arguments: &[&str]) -> Result<(Vec<FileId>, Class, bool), String> {
    let (mut files, mut class, mut now) = (Vec::new(), None, false);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--now" => now = true,
            "--class" => {
                let name = words.next().copied().unwrap_or_default();
                let known = Class::ALL.iter().copied().find(|c| c.as_str().eq_ignore_ascii_case(name));
                class = Some(known.ok_or(format!("{name:?} is no class: A, B, C or D"))?);
            }
            name => files.push(file(app, name)?),
        }
    }
    let usual = if files.is_empty() { Class::A } else { Class::B };
    Ok((files, class.unwrap_or(usual), now))
}

fn show(app: &mut App, word: &str) -> Result<(), ()> {
    let screen = Screen::all().find(|s| s.name().eq_ignore_ascii_case(word)).ok_or(())?;
    opening::show(app, screen);
    Ok(())
}

fn parse_intent(app: &App, word: &str, arguments: &[&str]) -> Result<CommandIntent, String> {
    let only = |allowed: &str| match arguments.iter().find(|a| **a != allowed) {
        Some(other) => Err(format!("{word}: {other:?} means nothing here")),
        None => Ok(!arguments.is_empty()),
    };
    Ok(match word {
        "pause" => only("").map(|_| CommandIntent::Pause)?,
        "resume" => only("").map(|_| CommandIntent::Resume)?,
        "step" if only("--transition")? => CommandIntent::Step(StepUnit::Transition),
        "step" => CommandIntent::Step(StepUnit::Statement),
        "abort" => CommandIntent::Abort { keep_completed: only("--keep-completed")? },
        "freeze" => only("").map(|_| CommandIntent::Freeze)?,
        "thaw" => CommandIntent::Thaw { emergency: only("--emergency")? },
        "retry" => CommandIntent::Retry(place(app, arguments)?.0),
        "settle" => settle(app, arguments)?,
        "discard" => discard(app, arguments)?,
        "break" => {
            let (file, statement) = place(app, arguments)?;
            CommandIntent::Break(file, statement)
        }
        _ => {
            let words: Vec<&str> = COMMANDS.iter().map(|c| c.word).collect();
            return Err(format!("{word:?} is no command; there are: {}", words.join(", ")));
        }
    })
}

/// `[FILE] --as completed|rolled_back`, as on the command line.
fn settle(app: &App, arguments: &[&str]) -> Result<CommandIntent, String> {
    let how = "settle: how does it stand? :settle FILE --as completed, or --as rolled_back";
    let at = arguments.iter().position(|word| *word == "--as").ok_or(how)?;
    let outcome = match arguments.get(at + 1).copied() {
        Some("completed") => Outcome::Completed,
        Some("rolled_back") => Outcome::RolledBack,
        _ => return Err(how.into()),
    };
    let rest: Vec<&str> =
        arguments.iter().enumerate().filter(|(n, _)| *n != at && *n != at + 1).map(|(_, w)| *w).collect();
    let only = |batch| intent::only_failed(batch).filter(|_| rest.is_empty());
    let file = app.selected_file().filter(|_| rest.is_empty()).or_else(|| app.data.batch().and_then(only));
    match file {
        Some(file) => Ok(CommandIntent::Settle(file, outcome)),
        None => Ok(CommandIntent::Settle(place(app, &rest)?.0, outcome)),
    }
}

/// `FILE`, what is under the cursor, or `--batch` for all that is kept of the batch.
fn discard(app: &App, arguments: &[&str]) -> Result<CommandIntent, String> {
    match arguments {
        ["--batch"] => Ok(CommandIntent::Discard(None)),
        _ => Ok(CommandIntent::Discard(Some(place(app, arguments)?.0))),
    }
}

/// `[FILE] [--check NAME]…`: without a file the one under the cursor, without a check all that stopped it.
fn stopped(app: &App, arguments: &[&str]) -> Result<Stopped, String> {
    let (mut named, mut checks, mut words) = (None, Vec::new(), arguments.iter());
    while let Some(word) = words.next() {
        match (*word, named) {
            ("--check", _) => checks.push((*words.next().ok_or("override: which check? --check NAME")?).to_owned()),
            (name, None) => named = Some(file(app, name)?),
            (other, Some(_)) => return Err(format!("override: {other:?} means nothing here")),
        }
    }
    let found = named.and_then(|id| app.data.batch()?.file(id)).map(Stopped::by_all);
    let stopped = found.map_or_else(|| overrides::under_cursor(app), Ok)?;
    Ok(if checks.is_empty() { stopped } else { Stopped { checks, ..stopped } })
}

/// `FILE[:STATEMENT]`, or what is under the cursor.
fn place(app: &App, arguments: &[&str]) -> Result<(FileId, Option<u32>), String> {
    let Some(text) = arguments.first() else {
        return app.selected_file().map(|f| (f, None)).ok_or("which file? name it, or put the cursor on it".into());
    };
    if let Ok(file) = file(app, text) {
        return Ok((file, None));
    }
    match text.rsplit_once(':') {
        Some((name, number)) => match number.parse::<u32>().ok().and_then(|n| n.checked_sub(1)) {
            Some(statement) => Ok((file(app, name)?, Some(statement))),
            None => Err(format!("{number:?} is no statement; they count from 1")),
        },
        None => file(app, text).map(|f| (f, None)),
    }
}

/// The file of that path, or the only one with that text in its path.
fn file(app: &App, name: &str) -> Result<FileId, String> {
    let batch = app.data.batch().ok_or("there is no batch")?;
    let mut found = batch.briefs().filter(|f| f.path.contains(name));
    let exact = batch.briefs().find(|f| f.path == name);
    match (exact, found.next(), found.next()) {
        (Some(file), ..) | (None, Some(file), None) => Ok(file.facts.id),
        (None, None, _) => Err(format!("no file of this batch has {name:?} in its path")),
        (None, Some(one), Some(other)) => Err(format!("{name:?} fits {} and {}: say more", one.path, other.path)),
    }
}

fn go_to(app: &mut App, arguments: &[&str]) -> Vec<Effect> {
    match arguments.first().ok_or("which file? :goto 0003".to_owned()).and_then(|name| file(app, name)) {
        Ok(found) => {
            opening::show(app, Screen::Files);
            app.files.select(found);
            opening::open_file(app, found)
        }
        Err(why) => {
            app.notify(why);
            Vec::new()
        }
    }
}

fn arm(app: &mut App, time: &str) -> Result<(), String> {
    if app.read_only {
        return Err("this console was started with --read-only and cannot be armed".into());
    }
    if !app.is_production() {
        return Err("arming is for production; changes are allowed here anyway".into());
    }
    let minutes = match time.strip_suffix('h') {
        Some(hours) => hours.parse::<u64>().ok().map(|h| h * 60),
        None => time.strip_suffix('m').unwrap_or(time).parse::<u64>().ok(),
    };
    match minutes.filter(|m| (1..=LONGEST_ARMING).contains(m)) {
        Some(minutes) => {
            app.armed_until = Some(app.now.mono + minutes * 60_000);
            // In the place of the refusal that may have led here.
            app.notify(match intent::locked(app) {
                Some(why) => format!("armed; but {why}"),
                None => format!("armed for {minutes} min: changes are possible, each asks first"),
            });
            Ok(())
        }
        None => Err(format!("{time:?} is no time for arming: from 1m to 8h, like :arm 15m")),
    }
}

fn theme(app: &mut App, name: &str) -> Result<(), String> {
    let known: Vec<&str> = ThemeName::ALL.iter().map(|t| t.as_str()).collect();
    let theme = ThemeName::parse(name).ok_or_else(|| format!("the themes are {}", known.join(", ")))?;
    app.theme.name = theme;
    Ok(())
}
