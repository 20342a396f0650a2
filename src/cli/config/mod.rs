//! Configuration: `caribou.toml`, `CARIBOU_…`, flags. Each value knows where it comes from.

pub mod file;
pub mod keys;
mod target;
mod value;

pub use target::{refuse_password_in_flag, target};
pub use value::duration;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is wrong with the configuration, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    pub message: String,
    pub hint: Option<String>,
}

impl ConfigError {
    /// An error that explains itself.
    pub fn new(message: impl Into<String>) -> ConfigError {
        ConfigError { message: message.into(), hint: None }
    }

    /// The same with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> ConfigError {
        self.hint = Some(hint.into());
        self
    }
}

/// Where a value comes from; the later wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Default,
    /// The line of `caribou.toml`.
    File(usize),
    /// The variable.
    Environment(String),
    /// The flag.
    Flag(&'static str),
}

/// A value that is in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub origin: Origin,
}

/// What the configuration is made from. Gathered at the edge, so that tests give their own.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Where the search for `caribou.toml` begins.
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
    "CARIBOU_CONFIG",
    #[cfg(debug_assertions)]
    "CARIBOU_FAULT",
];

/// The effective configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `caribou.toml`, where there is one.
    pub file: Option<PathBuf>,
    /// The file's directory, or the working directory.
    pub root: PathBuf,
    cwd: PathBuf,
    /// Keys in the order of [`keys::KEYS`], then families in their own.
    pub settings: Vec<Setting>,
    /// What is odd, but no error.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads everything and checks every name and value.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
        let file = match &sources.file {
            Some(path) => Some(sources.cwd.join(path)),
            None => file::find(&sources.cwd),
        };
        let root = file.as_deref().and_then(Path::parent).unwrap_or(&sources.cwd).to_owned();
        let mut config = Config { file, root, cwd: sources.cwd.clone(), ..Config::default() };
        for key in keys::KEYS {
            if let Some(default) = key.default {
                config.put(key.name, default.to_owned(), Origin::Default);
            }
        }
        if let Some(path) = config.file.clone() {
            for entry in file::read(&path)? {
                config.put(&entry.name, entry.value, Origin::File(entry.line));
            }
        }
        config.environment(&sources.environment)?;
        for (name, flag, value) in &sources.flags {
            check(name, value, flag)?;
            config.put(name, value.clone(), Origin::Flag(flag));
        }
        let place = |name: &str| keys::KEYS.iter().position(|k| k.name == name).unwrap_or(usize::MAX);
        config.settings.sort_by_key(|s| place(&s.name));
        Ok(config)
    }

    /// Takes variables in. An unknown one is a warning, not an error: the environment is shared with others.
    fn environment(&mut self, variables: &[(String, String)]) -> Result<(), ConfigError> {
        let password_env = self.text("database.password_env").unwrap_or_default().to_owned();
        let mut variables: Vec<_> = variables.iter().collect();
        variables.sort();
        for (variable, value) in variables {
            if OTHER_VARIABLES.contains(&variable.as_str()) || *variable == password_env {
                continue;
            }
            match key_of(variable) {
                Some(name) => {
                    check(&name, value, variable)?;
                    self.put(&name, value.clone(), Origin::Environment(variable.clone()));
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

    fn put(&mut self, name: &str, value: String, origin: Origin) {
        self.settings.retain(|s| s.name != name);
        self.settings.push(Setting { name: name.to_owned(), value, origin });
    }

    /// The setting of a key, where it has one.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|s| s.name == name)
    }

    /// The text of a key, where it has one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|s| s.value.as_str())
    }

    /// A path: one from the file is relative to the file, any other to the working directory. `~/` is the home.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let setting = self.get(name)?;
        Some(self.base(setting).join(home(&setting.value)))
    }

    /// The directory that a setting's relative path starts from.
    pub fn base(&self, setting: &Setting) -> &Path {
        match setting.origin {
            Origin::Default | Origin::File(_) => &self.root,
            Origin::Environment(_) | Origin::Flag(_) => &self.cwd,
        }
    }

    /// A whole number; its bounds were checked.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A time; its form was checked.
    pub fn time(&self, name: &str) -> Option<Duration> {
        duration(self.text(name)?)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// The names and values of a family, in the order of the file.
    pub fn family<'a>(&'a self, table: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.settings.iter().filter_map(move |s| {
            let (family, name) = keys::family(&s.name)?;
            (family.table == table).then_some((name, s.value.as_str()))
        })
    }

    /// `caribou.toml:3`, `CARIBOU_DATABASE_URL`, `--url`, `default`.
    pub fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::File(line) => {
                format!("{}:{line}", self.file.as_deref().unwrap_or(Path::new(file::NAME)).display())
            }
            Origin::Environment(variable) => variable.clone(),
            Origin::Flag(flag) => (*flag).to_owned(),
        }
    }
}

fn check(name: &str, value: &str, place: &str) -> Result<(), ConfigError> {
    let kind = keys::kind_of(name).ok_or_else(|| file::unknown(name, place))?;
    value::check(kind, value).map_err(|wanted| ConfigError::new(format!("{place}: {name} must be {wanted}")))
}

/// The key that a variable sets.
fn key_of(variable: &str) -> Option<String> {
    let single = keys::KEYS.iter().find(|k| keys::variable(k.name) == *variable).map(|k| k.name.to_owned());
    single.or_else(|| {
        keys::FAMILIES.iter().find_map(|f| {
            let rest = variable.strip_prefix(&keys::variable(f.table))?.strip_prefix('_')?;
            Some(format!("{}.{}", f.table, rest.to_lowercase()))
        })
    })
}

fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests;
