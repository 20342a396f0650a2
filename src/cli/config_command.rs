//! `caribou config`: the effective configuration and where each value comes from.

use super::config::{Config, Origin, Setting, keys};
use super::context::Context;
use super::{CliError, Exit, output};
use serde_json::json;

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

/// What may be shown of a value: the password of a URL may not.
fn shown(name: &str, value: &str) -> String {
    if keys::kind_of(name) == Some(keys::Kind::Url) { without_password(value) } else { value.to_owned() }
}

/// `mysql://ana:secret@host` as `mysql://ana:***@host`. What looks like no URL is not shown at all when it has an `@`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') { "***".to_owned() } else { url.to_owned() };
    };
    // A password may hold any character that was not encoded: the last @ before the path ends it.
    let Some((account, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    match account.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => url.to_owned(),
    }
}

/// Every key in the order of the table, set or not, then the families' own.
fn lines(config: &Config) -> impl Iterator<Item = (&str, Option<&Setting>)> {
    let keys = keys::KEYS.iter().map(|k| (k.name, config.get(k.name)));
    keys.chain(config.settings.iter().filter(|s| keys::find(&s.name).is_none()).map(|s| (s.name.as_str(), Some(s))))
}

fn document(config: &Config) -> serde_json::Value {
    let settings: Vec<_> = lines(config)
        .map(|(name, setting)| {
            let origin = match setting.map(|s| &s.origin) {
                None => "unset",
                Some(Origin::Default) => "default",
                Some(Origin::File(_)) => "file",
                Some(Origin::Environment(_)) => "environment",
                Some(Origin::Flag(_)) => "flag",
            };
            json!({
                "key": name,
                "value": setting.map(|s| shown(name, &s.value)),
                "origin": origin,
                "place": setting.map(|s| config.place(&s.origin)),
                "variable": keys::variable(name),
            })
        })
        .collect();
    json!({ "file": config.file, "settings": settings, "warnings": config.warnings })
}

fn human(config: &Config) -> String {
    let rows: Vec<Vec<String>> = lines(config)
        .map(|(name, setting)| match setting {
            Some(s) => vec![name.to_owned(), output::safe(&shown(name, &s.value)), config.place(&s.origin)],
            None => vec![name.to_owned(), "-".to_owned(), keys::find(name).map_or("", |k| k.help).to_owned()],
        })
        .collect();
    let file = match &config.file {
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
        for (url, safe) in [
            ("mysql://ana:hunter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana:hun@ter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana:hun/ter2@db1/shop", "mysql://ana:***@db1/shop"),
            ("mysql://ana@db1/shop", "mysql://ana@db1/shop"),
            ("sqlite:dir", "sqlite:dir"),
            ("ana:hunter2@db1", "***"),
        ] {
            assert_eq!(without_password(url), safe);
        }
    }
}
