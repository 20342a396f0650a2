//! Options that the console starts with, and its end.

use crate::console::feed::FeedError;
use crate::console::guide::GuideLink;
use crate::model::BatchStatus;
use crate::sql::Dialect;
use std::collections::BTreeMap;

/// A theme by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    #[default]
    Default,
    Light,
    HighContrast,
    BlueOrange,
}

impl ThemeName {
    /// All of them, in the order of the documentation.
    pub const ALL: [ThemeName; 4] =
        [ThemeName::Default, ThemeName::Light, ThemeName::HighContrast, ThemeName::BlueOrange];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            ThemeName::Default => "default",
            ThemeName::Light => "light",
            ThemeName::HighContrast => "high-contrast",
            ThemeName::BlueOrange => "blue-orange",
        }
    }

    /// The theme of that name.
    pub fn parse(name: &str) -> Option<ThemeName> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }
}

/// A theme, with or without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub name: ThemeName,
    pub colour: bool,
}

/// Options of the console.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Started with `--read-only`: no change is possible, and arming neither.
    pub read_only: bool,
    /// Draw with ASCII only. Where it is `false` the locale decides.
    pub ascii: bool,
    /// Write no colour at all. Where it is `false` the variable `NO_COLOR` decides.
    pub no_colour: bool,
    pub theme: ThemeName,
    /// Keys in place of the usual ones: the action's word → the key, e.g. `"pause" → "F8"`.
    pub keys: BTreeMap<String, String>,
    /// The run is in this process: leaving pauses it, and says so first. Whoever started the console then pauses it
    /// ([`Exit::pause`]).
    pub embedded: bool,
    /// The dialect for highlighting; known from the server when it is unset.
    pub dialect: Option<Dialect>,
    /// Somebody who tells a newcomer what comes and where to look.
    pub guide: Option<GuideLink>,
}

impl Options {
    /// The options with what the environment says about colour and signs.
    pub(crate) fn completed(self) -> Options {
        self.completed_by(|name| std::env::var(name).ok())
    }

    fn completed_by(mut self, variable: impl Fn(&str) -> Option<String>) -> Options {
        let set = |name: &str| variable(name).filter(|v| !v.is_empty());
        self.no_colour |= set("NO_COLOR").is_some();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        self.ascii |= !(locale.contains("utf-8") || locale.contains("utf8"));
        self
    }
}

/// The end of the console.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exit {
    /// An embedded run has not ended: pause it safely before the process ends.
    pub pause: bool,
    /// The status of the batch on the screen when it closed.
    pub status: Option<BatchStatus>,
    /// The signal that ended it, e.g. `SIGTERM`.
    pub signal: Option<&'static str>,
}

/// Hint at the commands that need no terminal.
const ELSEWHERE: &str = "`caribou status` and `caribou events` need none";

/// A reason for which the console could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    #[error("the console needs a terminal, and {0} is none; {ELSEWHERE}")]
    NoTerminal(&'static str),
    #[error("the terminal could not be {what}: {source}")]
    Terminal {
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot bind keys: {0}")]
    Keys(String),
    #[error("cannot show the database: {0}")]
    Feed(#[from] FeedError),
    #[error("the console had to end: {0}")]
    Panicked(String),
}

impl ConsoleError {
    /// The advice, where there is one; where there is no terminal, the text ends with it, behind "; ".
    pub fn hint(&self) -> Option<&str> {
        match self {
            ConsoleError::NoTerminal(_) => Some(ELSEWHERE),
            ConsoleError::Feed(error) => error.hint.as_deref(),
            ConsoleError::Terminal { .. } | ConsoleError::Keys(_) | ConsoleError::Panicked(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(variables: &[(&str, &str)]) -> (bool, bool) {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let options = Options::default().completed_by(value);
        (options.no_colour, options.ascii)
    }

    #[test]
    fn the_environment_decides_where_nothing_was_said() {
        assert_eq!(completed(&[("LANG", "de_DE.UTF-8")]), (false, false));
        assert_eq!(completed(&[("LANG", "C.utf8"), ("NO_COLOR", "1")]), (true, false));
        assert_eq!(completed(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]), (false, true));
        assert_eq!(completed(&[("LANG", "de_DE.UTF-8"), ("NO_COLOR", "")]), (false, false));
        assert_eq!(completed(&[]), (false, true));
    }

    #[test]
    fn themes_have_names() {
        assert!(ThemeName::ALL.iter().all(|t| ThemeName::parse(t.as_str()) == Some(*t)));
    }
}
