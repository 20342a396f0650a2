//! Settings in effect, as text, each with its origin.

use super::value::duration;
use super::{file, keys};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Origin of a value; the later wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Default,
    /// The profile of the checks (`checks.profile`).
    Profile(&'static str),
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

/// The settings in effect.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `caribou.toml`, where there is one.
    pub file: Option<PathBuf>,
    /// The file's directory, or the working directory.
    pub root: PathBuf,
    pub(super) cwd: PathBuf,
    /// Keys in the order of [`keys::KEYS`], then families in their own.
    pub list: Vec<Setting>,
}

impl Settings {
    /// Sets a value, in place of the one that it had.
    pub(super) fn put(&mut self, name: &str, value: String, origin: Origin) {
        self.list.retain(|s| s.name != name);
        self.list.push(Setting { name: name.to_owned(), value, origin });
    }

    /// The setting of a key, where it has one.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.list.iter().find(|s| s.name == name)
    }

    /// The text of a key, where it has one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|s| s.value.as_str())
    }

    /// A path: one from the file is relative to the file, any other to the working directory. `~/` is the home.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let setting = self.get(name)?;
        Some(self.resolved(setting, &setting.value))
    }

    /// A path that a setting names.
    pub fn resolved(&self, setting: &Setting, path: &str) -> PathBuf {
        self.base(setting).join(home(path))
    }

    /// The directory that a setting's relative path starts from.
    pub fn base(&self, setting: &Setting) -> &Path {
        match setting.origin {
            Origin::Default | Origin::Profile(_) | Origin::File(_) => &self.root,
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

    /// The names and values of a family, in the order of the file.
    pub fn family<'a>(&'a self, table: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.list.iter().filter_map(move |s| {
            let (family, name) = keys::family(&s.name)?;
            (family.table == table).then_some((name, s.value.as_str()))
        })
    }

    /// `caribou.toml:3`, `CARIBOU_DATABASE_URL`, `--url`, `default`.
    pub fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::Profile(profile) => format!("profile {profile}"),
            Origin::File(line) => {
                format!("{}:{line}", self.file.as_deref().unwrap_or(Path::new(file::NAME)).display())
            }
            Origin::Environment(variable) => variable.clone(),
            Origin::Flag(flag) => (*flag).to_owned(),
        }
    }
}

fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
