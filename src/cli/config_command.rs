//! `caribou config`: the effective configuration and where each value comes from.

use super::config::{Config, DeclaredProbe, Origin, Setting, argv, keys};
use super::context::Context;
use super::{CliError, Exit, output};
use crate::model::Probe;
use serde::Serialize;
use std::path::PathBuf;

/// Print the effective configuration and where each value comes from
///
/// Values come from, the later winning: defaults, caribou.toml (found upwards from here), CARIBOU_… variables
/// (database.url is CARIBOU_DATABASE_URL), flags. Passwords are shown as ***.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigCommand {}

impl ConfigCommand {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let config = context.config()?;
        if context.is_json() {
            output::json(&document(config))?;
        } else {
            output::text(&human(config))?;
        }
        for warning in &config.warnings {
            output::warning(warning);
        }
        Ok(Exit::Done)
    }
}

/// Gives as much of a value as may be shown: neither the password of a URL, nor one that stands in a command.
fn shown(name: &str, value: &str) -> String {
    if keys::kind_of(name) == Some(keys::Kind::Url) {
        return without_password(value);
    }
    match keys::kind_of(name) {
        Some(keys::Kind::Web) => return only_host(value),
        Some(keys::Kind::Command) => return only_program(value),
        _ => {}
    }
    if !name.ends_with(".password_command") && !name.ends_with(".secret_command") {
        return value.to_owned();
    }
    match value.split_once(char::is_whitespace) {
        Some((program, _)) if !program.contains('=') => format!("{program} ***"),
        Some(_) => "***".to_owned(),
        None => value.to_owned(),
    }
}

/// A webhook's address without what comes after the host: with many services that is the secret.
fn only_host(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    let (host, path) = rest.split_once(['/', '?', '#']).map_or((rest, ""), |(host, path)| (host, path));
    let host = host.rsplit_once('@').map_or_else(|| host.to_owned(), |(_, host)| format!("***@{host}"));
    if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/***") }
}

/// A hook's program without its arguments.
fn only_program(value: &str) -> String {
    match argv(value).as_deref() {
        Some([program]) => program.clone(),
        Some([program, ..]) => format!("{program} ***"),
        _ => "***".to_owned(),
    }
}

/// The options of a URL whose values are no secret.
const PLAIN_OPTIONS: [&str; 7] = ["socket", "ssl_mode", "sslmode", "ssl_ca", "ssl_cert", "ssl_key", "core"];

/// `mysql://ana:secret@host` as `mysql://ana:***@host`. Of what does not look like a URL of ours nothing is shown.
fn without_password(url: &str) -> String {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        return if rest.contains('@') { "sqlite:***".to_owned() } else { url.to_owned() };
    }
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "mysql" | "mariadb"))
    else {
        return "***".to_owned();
    };
    // A password may hold any character that was not encoded: the last @ ends it.
    let (account, rest) = match rest.rsplit_once('@') {
        Some((account, rest)) => (Some(account), rest),
        None => (None, rest),
    };
    let account = account.map(|account| match account.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => format!("{account}@"),
    });
    let (place, options) = rest.split_once('?').map_or((rest, None), |(place, options)| (place, Some(options)));
    let options = options.map(|options| format!("?{}", plain_options(options)));
    format!("{scheme}://{}{}{}", account.unwrap_or_default(), plain_host(place), options.unwrap_or_default())
}

/// Host, port and schema; what stands where a port should be and is none may be a password.
fn plain_host(place: &str) -> String {
    let (host, schema) = place.split_once('/').map_or((place, ""), |(host, schema)| (host, schema));
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    match behind.rsplit_once(':') {
        Some((before, port)) if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}{before}:***", &host[..host.len() - behind.len()])
        }
        _ if schema.is_empty() => place.to_owned(),
        _ => format!("{host}/{schema}"),
    }
}

fn plain_options(options: &str) -> String {
    let shown = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if !PLAIN_OPTIONS.contains(&key.replace('-', "_").as_str()) => format!("{key}=***"),
        Some(_) => pair.to_owned(),
        None if pair.is_empty() => String::new(),
        None => "***".to_owned(),
    };
    options.split('&').map(shown).collect::<Vec<_>>().join("&")
}

/// Every key in the order of the table, set or not, then the families' own.
fn lines(config: &Config) -> impl Iterator<Item = (&str, Option<&Setting>)> {
    let keys = keys::KEYS.iter().map(|k| (k.name, config.settings.get(k.name)));
    keys.chain(
        config.settings.list.iter().filter(|s| keys::find(&s.name).is_none()).map(|s| (s.name.as_str(), Some(s))),
    )
}

/// The effective configuration in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ConfigDocument {
    /// Null where no file was found.
    file: Option<PathBuf>,
    settings: Vec<SettingDocument>,
    probes: Vec<Probe>,
    warnings: Vec<String>,
}

/// A key of the configuration.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SettingDocument {
    key: String,
    /// Null where it is not set; secrets are shown as ***.
    value: Option<String>,
    /// `unset`, `default`, `profile`, `file`, `environment` or `flag`.
    origin: &'static str,
    /// The place in words: file and line, the profile, the variable or the flag.
    place: Option<String>,
    /// Environment variable that sets it.
    variable: String,
}

fn document(config: &Config) -> ConfigDocument {
    let settings = lines(config)
        .map(|(name, setting)| {
            let origin = match setting.map(|s| &s.origin) {
                None => "unset",
                Some(Origin::Default) => "default",
                Some(Origin::Profile(_)) => "profile",
                Some(Origin::File(_)) => "file",
                Some(Origin::Environment(_)) => "environment",
                Some(Origin::Flag(_)) => "flag",
            };
            SettingDocument {
                key: name.to_owned(),
                value: setting.map(|s| shown(name, &s.value)),
                origin,
                place: setting.map(|s| config.settings.place(&s.origin)),
                variable: keys::variable(name),
            }
        })
        .collect();
    let probes = config.probes.iter().map(|declared| declared.probe.clone()).collect();
    ConfigDocument { file: config.settings.file.clone(), settings, probes, warnings: config.warnings.clone() }
}

fn human(config: &Config) -> String {
    let probe = |declared: &DeclaredProbe| {
        let sql = output::shortened(&output::safe(&declared.probe.sql), 60);
        vec![format!("probes.{}", declared.probe.name), sql, config.settings.place(&Origin::File(declared.line))]
    };
    let rows: Vec<Vec<String>> = lines(config)
        .map(|(name, setting)| match setting {
            Some(s) => vec![name.to_owned(), output::safe(&shown(name, &s.value)), config.settings.place(&s.origin)],
            None => vec![name.to_owned(), "-".to_owned(), keys::find(name).map_or("", |k| k.help).to_owned()],
        })
        .chain(config.probes.iter().map(probe))
        .collect();
    let file = match &config.settings.file {
        Some(path) => path.display().to_string(),
        None => "none here or above (`caribou init` writes one)".to_owned(),
    };
    format!("file: {file}\n\n{}", output::table(&["key", "value", "from, or what it would be"], &rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for (command, safe) in [("pass show hunter2", "pass ***"), ("P=hunter2 x", "***"), ("/bin/ask", "/bin/ask")] {
            assert_eq!(shown("database.password_command", command), safe);
            assert_eq!(shown("runner.password_command", command), safe);
        }
        for (url, safe) in [
            ("https://hooks.slack.com/services/hunter2", "https://hooks.slack.com/***"),
            ("https://hooks.example.org", "https://hooks.example.org"),
            ("https://ana:hunter2@example.org?hunter2", "https://***@example.org/***"),
        ] {
            assert_eq!(shown("alerts.hooks.ops.url", url), safe);
        }
        for (command, safe) in [("[\"/bin/page\",\"hunter2\"]", "/bin/page ***"), ("/bin/page", "/bin/page")] {
            assert_eq!(shown("alerts.hooks.ops.command", command), safe);
        }
        for (url, safe) in [
            ("mysql://ana:hunter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana:hun@ter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana:hun/ter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana@db1/shop", "mysql://ana@db1/shop"),
            ("sqlite:dir", "sqlite:dir"),
            ("ana:hunter2@db1", "***"),
            ("hunter2", "***"),
            ("mysql://ana:hunter2", "mysql://ana:***"),
            ("mysql://ana:hunter2@/shop", "mysql://ana:***@/shop"),
            ("mysql://:hunter2@db1", "mysql://:***@db1"),
            ("mysql://db1/shop?password=hunter2", "mysql://db1/shop?password=***"),
            (
                "mysql://db1/shop?ssl-mode=required&pwd=hunter2&hunter2",
                "mysql://db1/shop?ssl-mode=required&pwd=***&***",
            ),
            ("mysql://ana:x?hunter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://[::1]:3307/shop", "mysql://[::1]:3307/shop"),
            ("postgres://ana:hunter2@db1", "***"),
        ] {
            assert_eq!(without_password(url), safe);
        }
    }
}
