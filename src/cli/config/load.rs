//! The effective configuration, from every source, with the origin of each value.

use super::error::ConfigError;
use super::probes::{self, DeclaredProbe};
use super::settings::{Origin, Settings};
use super::values::Values;
use super::{file, firm, hooks, keys, profile, thresholds, value};
use std::path::{Path, PathBuf};

/// Sources of the configuration. Gathered at the edge, so that tests give their own.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Directory in which the search for `caribou.toml` begins.
    pub cwd: PathBuf,
    /// `--config`: this file and no other.
    pub file: Option<PathBuf>,
    /// Variables that begin with `CARIBOU_`.
    pub environment: Vec<(String, String)>,
    /// Key, flag and value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Variables of ours that are no keys.
const OTHER_VARIABLES: &[&str] = &[
    "CARIBOU_PASSWORD",
    "CARIBOU_RUNNER_PASSWORD",
    "CARIBOU_CONFIG",
    #[cfg(debug_assertions)]
    "CARIBOU_FAULT",
];

/// The effective configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub settings: Settings,
    /// Values that are not about the connection, each in its type.
    pub values: Values,
    /// Queries that are measured around each batch.
    pub probes: Vec<DeclaredProbe>,
    /// Oddities that are no errors.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads everything and checks every name and value.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
        let (file, warnings) = match &sources.file {
            Some(path) => (Some(sources.cwd.join(path)), Vec::new()),
            None => file::find(&sources.cwd),
        };
        let root = file.as_deref().and_then(Path::parent).unwrap_or(&sources.cwd).to_owned();
        let settings = Settings { file, root, cwd: sources.cwd.clone(), list: Vec::new() };
        let mut config = Config { settings, warnings, ..Config::default() };
        for key in keys::KEYS {
            if let Some(default) = key.default {
                config.settings.put(key.name, default.to_owned(), Origin::Default);
            }
        }
        if let Some(path) = config.settings.file.clone() {
            let contents = file::read(&path)?;
            for entry in contents.entries {
                config.settings.put(&entry.name, entry.value, Origin::File(entry.line));
            }
            config.probes = contents.probes;
        }
        config.environment(&sources.environment)?;
        for (name, flag, value) in &sources.flags {
            check(name, value, flag)?;
            config.settings.put(name, value.clone(), Origin::Flag(flag));
        }
        profile::apply(&mut config.settings)?;
        let place = |name: &str| keys::KEYS.iter().position(|k| k.name == name).unwrap_or(usize::MAX);
        config.settings.list.sort_by_key(|s| place(&s.name));
        hooks::check(&config.settings)?;
        thresholds::check(&config.settings)?;
        firm::check(&config.settings)?;
        config.values = Values::read(&config.settings)?;
        let url = config.settings.text("database.url");
        probes::require_reading(&config.probes, url, &|line| config.settings.place(&Origin::File(line)))?;
        Ok(config)
    }

    /// Takes variables in. An unknown one is a warning, not an error: the environment is shared with others.
    fn environment(&mut self, variables: &[(String, String)]) -> Result<(), ConfigError> {
        let is_secret = |name: &str| name.ends_with(".password_env") || name.ends_with(".secret_env");
        let named = self.settings.list.iter().filter(|s| is_secret(&s.name)).map(|s| s.value.clone());
        let passwords: Vec<String> = named.collect();
        let mut variables: Vec<_> = variables.iter().collect();
        variables.sort();
        for (variable, value) in variables {
            if OTHER_VARIABLES.contains(&variable.as_str()) || passwords.iter().any(|p| p == variable) {
                continue;
            }
            match key_of(variable) {
                Some(name) => {
                    check(&name, value, variable)?;
                    self.settings.put(&name, value.clone(), Origin::Environment(variable.clone()));
                }
                None => {
                    let known = keys::KEYS.iter().map(|k| keys::variable(k.name));
                    let near = keys::nearest_of(variable, known.chain(OTHER_VARIABLES.iter().map(|v| (*v).into())));
                    let meant = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
                    self.warnings.push(format!("the variable {variable} means nothing to caribou{meant}"));
                }
            }
        }
        Ok(())
    }
}

fn check(name: &str, value: &str, place: &str) -> Result<(), ConfigError> {
    let kind = keys::kind_of(name).ok_or_else(|| file::unknown(name, place))?;
    value::check(kind, value).map_err(|wanted| ConfigError::new(format!("{place}: {name} must be {wanted}")))
}

/// The key that a variable sets.
fn key_of(variable: &str) -> Option<String> {
    let single = keys::KEYS.iter().find(|k| keys::variable(k.name) == *variable).map(|k| k.name.to_owned());
    let known = single.or_else(|| {
        keys::FAMILIES.iter().find_map(|f| {
            let rest = variable.strip_prefix(&keys::variable(f.table))?.strip_prefix('_')?;
            Some(format!("{}.{}", f.table, rest.to_lowercase()))
        })
    });
    known.or_else(|| keys::HOOKS.of_variable(variable))
}
