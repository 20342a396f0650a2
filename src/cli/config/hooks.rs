//! `[alerts.hooks.NAME]`: the hooks by which people are told of alerts, but for their secrets.

use super::error::ConfigError;
use super::keys::{HOOK_REMEDY, HOOKS};
use super::settings::Settings;
use super::value::argv;
use crate::model::AlertType;
use crate::notify::{Hook, HookAddress, WebhookFormat};
use std::collections::BTreeSet;
use std::time::Duration;

/// Time that a hook may take where it does not say.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The names of the hooks, in the order of the file.
pub(super) fn names(settings: &Settings) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of = |name: &str| HOOKS.split(name).map(|(hook, _)| hook.to_owned());
    settings.list.iter().filter_map(|s| of(&s.name)).filter(|hook| seen.insert(hook.clone())).collect()
}

/// A hook's keys.
pub(super) struct HookKeys<'a> {
    pub settings: &'a Settings,
    pub hook: &'a str,
}

impl<'a> HookKeys<'a> {
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}.{}.{key}", HOOKS.table, self.hook)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.settings.text(&self.name(key))
    }

    fn place(&self, key: &str) -> String {
        let setting = self.settings.get(&self.name(key));
        let any =
            || self.settings.list.iter().find(|s| HOOKS.split(&s.name).is_some_and(|(hook, _)| hook == self.hook));
        setting.or_else(any).map(|s| self.settings.place(&s.origin)).unwrap_or_default()
    }

    pub(super) fn wrong(&self, key: &str, what: &str, remedy: &str) -> ConfigError {
        ConfigError::new(format!("{}: the alert hook {} {what}", self.place(key), self.hook)).hint(remedy)
    }

    fn address(&self) -> Result<HookAddress, ConfigError> {
        let given: Vec<&str> = ["command", "url", "mail"].into_iter().filter(|key| self.text(key).is_some()).collect();
        let way = match given.as_slice() {
            [one] => *one,
            [] => return Err(self.wrong("", "has no address", HOOK_REMEDY)),
            [_, second, ..] => return Err(self.wrong(second, "has two addresses", "make a hook of its own for each")),
        };
        let secrets = ["secret_env", "secret_file", "secret_command"];
        if let Some(second) = secrets.into_iter().filter(|key| self.text(key).is_some()).nth(1) {
            return Err(self.wrong(second, "has two secrets", "leave the one that the receiver knows"));
        }
        for key in ["format"].into_iter().chain(secrets) {
            if way != "url" && self.text(key).is_some() {
                return Err(self.wrong(
                    key,
                    &format!("has {key} and no url"),
                    "only a webhook has a form and a secret",
                ));
            }
        }
        let text = self.text(way).unwrap_or_default().to_owned();
        Ok(match way {
            "command" => HookAddress::Command(argv(&text).unwrap_or_default()),
            "url" => {
                let slack = self.text("format") == Some("slack");
                let format = if slack { WebhookFormat::Slack } else { WebhookFormat::Json };
                HookAddress::Webhook { url: text, format, secret: None }
            }
            _ => HookAddress::Mail(text),
        })
    }

    pub(super) fn hook(&self) -> Result<Hook, ConfigError> {
        let address = self.address()?;
        let level = self.text("level").and_then(|text| text.parse().ok()).unwrap_or(1);
        Ok(Hook {
            name: self.hook.to_owned(),
            address,
            contact: self.text("contact").map(str::to_owned),
            level,
            least: self.text("least").and_then(AlertType::parse).unwrap_or(AlertType::Info),
            timeout: self.settings.time(&self.name("timeout")).unwrap_or(TIMEOUT),
        })
    }
}

/// Examines the hooks, but for their secrets.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    let mut seen: Vec<Hook> = Vec::new();
    for name in names(settings) {
        let keys = HookKeys { settings, hook: &name };
        let hook = keys.hook()?;
        // Two hooks may be at one level, each with an address of its own.
        let is_same = |other: &&Hook| other.level == hook.level && other.address.is_same_place(&hook.address);
        if let Some(other) = seen.iter().find(is_same) {
            let what = format!("has the address and the level of {}: everybody would be told twice", other.name);
            return Err(keys.wrong("level", &what, "take one of them out, or give it another level"));
        }
        seen.push(hook);
    }
    Ok(())
}
