//! The secrets of hooks, and everything that delivery needs.

use super::error::ConfigError;
use super::hooks::{HookKeys, names};
use super::load::Config;
use super::password;
use crate::database::Secret;
use crate::notify::{Hook, HookAddress, NotifySettings};
use std::path::Path;
use std::time::Duration;

/// Time that the command which prints a hook's secret may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that a file with a secret may have.
const LONGEST_SECRET: u64 = 64 << 10;

/// The secret that signs what a webhook is told.
fn secret_of(keys: &HookKeys<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Secret>, ConfigError> {
    let found = if let Some(name) = keys.text("secret_env") {
        variable(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            keys.wrong("secret_env", &format!("has no secret: the variable {name} is not set"), "set it")
        })?
    } else if let Some(path) = keys.settings.path(&keys.name("secret_file")) {
        let about = std::fs::metadata(&path).map(|about| about.len()).unwrap_or_default();
        let read = if about > LONGEST_SECRET { Err("it is too long".into()) } else { read_line(&path) };
        read.map_err(|why| {
            keys.wrong("secret_file", &format!("has no secret: {}: {why}", path.display()), "write it there")
        })?
    } else if let Some(setting) = keys.settings.get(&keys.name("secret_command")) {
        password::run(&setting.value, keys.settings.base(setting), PATIENCE).map_err(|why| {
            keys.wrong("secret_command", &format!("has no secret: the command {why}"), "run it by hand")
        })?
    } else {
        return Ok(None);
    };
    Ok(Some(Secret::new(found)))
}

fn read_line(path: &Path) -> Result<String, String> {
    let text = crate::regular::read_text(path).map_err(|error| error.to_string())?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    if line.is_empty() { Err("it is empty".to_owned()) } else { Ok(line) }
}

/// The names of the hooks, in the order of the file.
pub fn hook_names(config: &Config) -> Vec<String> {
    names(&config.settings)
}

/// The hooks without their secrets: who is told, by which way, from which level.
///
/// # Errors
/// Keys that make no hook, with their place.
pub fn hooks(config: &Config) -> Result<Vec<Hook>, ConfigError> {
    let settings = &config.settings;
    names(settings).into_iter().map(|name| HookKeys { settings, hook: &name }.hook()).collect()
}

/// The hooks with their secrets. `variable` reads the environment.
///
/// # Errors
/// A secret that cannot be had, with its place.
pub fn notify_settings(
    config: &Config,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<NotifySettings, ConfigError> {
    let settings = &config.settings;
    let mut hooks = Vec::new();
    for name in names(settings) {
        let keys = HookKeys { settings, hook: &name };
        let mut hook = keys.hook()?;
        if let HookAddress::Webhook { secret, .. } = &mut hook.address {
            *secret = secret_of(&keys, variable)?;
        }
        hooks.push(hook);
    }
    let known = NotifySettings::default();
    Ok(NotifySettings {
        hooks,
        retry: settings.time("alerts.retry").unwrap_or(known.retry),
        linger: settings.time("alerts.linger").unwrap_or(known.linger),
        sendmail: settings.path("alerts.sendmail").unwrap_or(known.sendmail),
        mail_from: settings.text("alerts.mail_from").map(str::to_owned),
        dir: settings.root.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::load::Sources;
    use super::*;
    use crate::model::AlertType;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("caribou.toml"), text).unwrap();
        Config::load(&Sources { cwd: dir.path().to_owned(), ..Sources::default() })
    }

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn hooks_are_read_in_their_order_with_what_they_leave_open() {
        let config = load(
            "[alerts.hooks.ops]\nurl = \"https://hooks.example.org/x\"\nformat = \"slack\"\nsecret_env = \"S\"\n\
             [alerts.hooks.lead]\ncommand = [\"page\", \"a b\"]\nlevel = 2\nleast = \"error\"\ntimeout = \"2s\"\n\
             contact = \"Ana\"\n[alerts.hooks.boss]\nmail = \"boss@example.org\"\nlevel = 3\n",
        )
        .unwrap();
        let secret = |name: &str| (name == "S").then(|| "hunter2".to_owned());
        let settings = notify_settings(&config, &secret).unwrap();
        let told: Vec<_> =
            settings.hooks.iter().map(|h| (h.name.as_str(), h.address.way(), h.level, h.least)).collect();
        assert_eq!(
            told,
            [
                ("ops", "webhook", 1, AlertType::Info),
                ("lead", "command", 2, AlertType::Error),
                ("boss", "mail", 3, AlertType::Info)
            ]
        );
        let HookAddress::Command(argv) = &settings.hooks[1].address else { panic!("{settings:?}") };
        assert_eq!(argv, &["page", "a b"]);
        assert!(!format!("{settings:?}").contains("hunter2"), "a secret is never printed");
        let error = notify_settings(&config, &none).unwrap_err();
        assert!(error.message.contains("caribou.toml:4: the alert hook ops has no secret: the variable S"), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_hook_is_said_with_its_line() {
        for (text, says) in [
            ("[alerts.hooks.ops]\nlevel = 2\n", ":2: the alert hook ops has no address"),
            ("[alerts.hooks.ops]\nmail = \"a@b\"\nurl = \"https://x\"\n", ":2: the alert hook ops has two addresses"),
            (
                "[alerts.hooks.ops]\nmail = \"a@b\"\nformat = \"slack\"\n",
                ":3: the alert hook ops has format and no url",
            ),
            (
                "[alerts.hooks.ops]\nurl = \"https://x\"\nsecret_env = \"S\"\nsecret_file = \"s\"\n",
                ":4: the alert hook ops has two secrets",
            ),
            ("[alerts.hooks.ops]\nlevel = 4\n", ":2: alerts.hooks.ops.level must be a whole number from 1 to 3"),
            ("[alerts.hooks.ops]\nurl = \"ftp://x\"\n", ":2: alerts.hooks.ops.url must be"),
            ("[alerts.hooks.ops]\nmail = \"a, b@c\"\n", ":2: alerts.hooks.ops.mail must be"),
            ("[alerts.hooks.ops]\ncommand = []\n", ":2: alerts.hooks.ops.command must be"),
            ("[alerts.hooks.ops]\nulr = \"https://x\"\n", ":2: unknown key alerts.hooks.ops.ulr"),
            ("[alerts]\nprolonged = \"0.5x\"\n", ":2: alerts.prolonged must be"),
            ("[alerts]\nhook = 1\n", ":2: unknown key alerts.hook"),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.message.contains(says), "{text:?}: {error}");
        }
        let error = load("[alerts.hooks.ops]\nulr = \"https://x\"\n").unwrap_err();
        assert!(error.hint.unwrap().contains("did you mean alerts.hooks.ops.url?"));
    }

    #[test]
    fn a_variable_sets_a_key_of_a_hook() {
        let environment = vec![("CARIBOU_ALERTS_HOOKS_ON_CALL_URL".to_owned(), "https://x/y".to_owned())];
        let config = Config::load(&Sources { cwd: "/".into(), environment, ..Sources::default() }).unwrap();
        let settings = notify_settings(&config, &none).unwrap();
        assert_eq!(settings.hooks[0].name, "on_call");
        assert_eq!(config.warnings, Vec::<String>::new());
    }
}
