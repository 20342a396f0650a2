//! `caribou alerts test`: tells a hook something, and shows what came back.

use super::config;
use super::context::Context;
use super::{CliError, Exit, output};
use crate::model::{AlertType, Millis};
use crate::notify::{self, AlertMessage, Hook, NotifySettings};
use serde::Serialize;

/// Tell a hook of [alerts.hooks] something, and show what came back
///
/// Nothing is raised, and nothing is written into the journal.
#[derive(Debug, clap::Args)]
pub(crate) struct HookTest {
    /// Only this hook
    #[arg(long, value_name = "NAME")]
    hook: Option<String>,
}

impl HookTest {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let settings = config::notify_settings(context.config()?, &|name| std::env::var(name).ok())?;
        let hooks = self.wanted(&settings)?;
        let project = context.target()?.label();
        context.block_on(async {
            let now = Millis(chrono::Utc::now().timestamp_millis());
            let mut told = Vec::new();
            for hook in hooks {
                let message = AlertMessage::test(&project, hook, now);
                told.push((hook, notify::deliver(&settings, hook, &message).await));
            }
            let has_failed = told.iter().any(|(_, result)| result.is_err());
            if context.is_json() {
                let hooks = told.iter().map(|(hook, result)| HookDocument::new(hook, result)).collect();
                output::json(&HooksDocument { hooks })?;
            } else {
                output::text(&human(&told))?;
            }
            Ok(if has_failed { Exit::Failed } else { Exit::Done })
        })
    }

    fn wanted<'a>(&self, settings: &'a NotifySettings) -> Result<Vec<&'a Hook>, CliError> {
        let all: Vec<&Hook> = settings.hooks.iter().collect();
        let names = || all.iter().map(|hook| hook.name.as_str()).collect::<Vec<_>>().join(", ");
        match &self.hook {
            _ if all.is_empty() => Err(CliError::refused("there is no alert hook, so nobody is told of alerts")
                .hint("add one to caribou.toml: [alerts.hooks.ops] with url = \"https://…\"")),
            None => Ok(all),
            Some(name) => {
                match all.iter().find(|hook| hook.name == *name) {
                    Some(hook) => Ok(vec![hook]),
                    None => Err(CliError::refused(format!("there is no alert hook {name}"))
                        .hint(format!("there is: {}", names()))),
                }
            }
        }
    }
}

type Told = Result<String, String>;

/// Hooks that were told something, in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct HooksDocument {
    hooks: Vec<HookDocument>,
}

/// A hook and what came back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HookDocument {
    hook: String,
    /// `command`, `webhook` or `mail`.
    way: &'static str,
    level: u32,
    least: AlertType,
    delivered: bool,
    answer: Option<String>,
    error: Option<String>,
}

impl HookDocument {
    fn new(hook: &Hook, result: &Told) -> HookDocument {
        HookDocument {
            hook: hook.name.clone(),
            way: hook.address.way(),
            level: hook.level,
            least: hook.least,
            delivered: result.is_ok(),
            answer: result.clone().ok(),
            error: result.clone().err(),
        }
    }
}

fn human(told: &[(&Hook, Told)]) -> String {
    let row = |(hook, result): &(&Hook, Told)| {
        let (word, said) = match result {
            Ok(said) => ("delivered", said),
            Err(error) => ("failed", error),
        };
        vec![
            output::safe(&hook.name),
            hook.address.way().to_owned(),
            hook.level.to_string(),
            hook.least.to_string(),
            word.to_owned(),
            output::safe(said),
        ]
    };
    let rows: Vec<Vec<String>> = told.iter().map(row).collect();
    output::table(&["hook", "way", "level", "least", "result", "what came back"], &rows)
}
