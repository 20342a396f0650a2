//! Values of the configuration, each in its type.

use super::alert_timing::AlertTiming;
use super::directories::directories;
use super::error::ConfigError;
use super::settings::Settings;
use super::value::argv;
use crate::check::{CheckLevel, CheckSettings, NamePattern, NameRules, Profile};
use crate::cli::backup::proof::BackupProof;
use crate::console::ThemeName;
use crate::engine::KeepSettings;
use crate::handlers::Handlers;
use crate::kept::Budget;
use crate::model::{AfterCrash, DataLoss, FreezePolicy, Lapse, OnCrash, UndoPrefer, Windows};
use crate::plan::Foreseen;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Course of independent files after a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFailure {
    /// Stop after a doctrine file, go on after any other.
    #[default]
    Auto,
    /// Nothing new starts.
    Stop,
    /// Files that do not depend on it go on.
    Continue,
}

/// Effect of open items of the checklist on a start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChecklistPolicy {
    #[default]
    Off,
    Warn,
    Require,
}

impl ChecklistPolicy {
    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            ChecklistPolicy::Off => "off",
            ChecklistPolicy::Warn => "warn",
            ChecklistPolicy::Require => "require",
        }
    }
}

/// Every value that is not about the connection.
#[derive(Debug, Clone, Default)]
pub struct Values {
    pub prefix: String,
    pub migrations: Migrations,
    pub workers: Workers,
    pub policy: BatchPolicy,
    pub keep: KeepSettings,
    pub checks: CheckSettings,
    pub console: ConsoleLook,
    pub log: Log,
    /// `report.directory`.
    pub reports: Option<PathBuf>,
    pub backup: BackupProof,
    /// `[modules]`: the prefix of a module's objects, by its name.
    pub modules: BTreeMap<String, String>,
}

impl Values {
    /// The types of files.
    pub fn handlers(&self) -> Handlers {
        Handlers::standard().with_prefixes(self.modules.clone())
    }
}

/// `[migrations]`.
#[derive(Debug, Clone, Default)]
pub struct Migrations {
    /// The directory; with several, the one that they lie below.
    pub dir: PathBuf,
    /// Their names there; none where it is one.
    pub several: Vec<String>,
    pub layout: String,
}

/// `[workers]`.
#[derive(Debug, Clone, Default)]
pub struct Workers {
    pub parallel: u32,
    pub lease_ttl: Duration,
    /// `freeze.max_idle`.
    pub freeze_idle: Duration,
}

/// The values that go with a batch.
#[derive(Debug, Clone, Default)]
pub struct BatchPolicy {
    pub on_failure: OnFailure,
    /// `plan.foreseen`.
    pub foreseen: Foreseen,
    /// Session variables in the order of the file.
    pub session: Vec<(String, String)>,
    pub windows: Windows,
    pub data_loss: DataLoss,
    pub undo_prefer: UndoPrefer,
    pub after_crash: AfterCrash,
    pub alerts: AlertTiming,
    pub checklist: ChecklistPolicy,
    pub freeze: FreezePolicy,
}

/// `[console]`.
#[derive(Debug, Clone, Default)]
pub struct ConsoleLook {
    pub theme: ThemeName,
    pub ascii: bool,
    /// The action's word, and its key.
    pub keys: BTreeMap<String, String>,
}

/// `[log]`.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub file: Option<PathBuf>,
    pub level: String,
}

const LEVELS: &[(&str, CheckLevel)] =
    &[("off", CheckLevel::Off), ("warn", CheckLevel::Warn), ("block", CheckLevel::Block)];
const ON_FAILURE: &[(&str, OnFailure)] =
    &[("auto", OnFailure::Auto), ("stop", OnFailure::Stop), ("continue", OnFailure::Continue)];
const ON_LAPSE: &[(&str, Lapse)] =
    &[("keep", Lapse::Keep), ("escalate", Lapse::Escalate), ("rollback", Lapse::Rollback)];
const ON_CRASH: &[(&str, OnCrash)] = &[("rollback", OnCrash::Rollback), ("hold", OnCrash::Hold)];
const FORESEEN: &[(&str, Foreseen)] =
    &[("off", Foreseen::Off), ("warn", Foreseen::Warn), ("block", Foreseen::Block), ("refuse", Foreseen::Refuse)];
const FREEZE: &[(&str, FreezePolicy)] =
    &[("never", FreezePolicy::Never), ("critical", FreezePolicy::Critical), ("always", FreezePolicy::Always)];
const DATA_LOSS: &[(&str, DataLoss)] = &[("hold", DataLoss::Hold), ("proceed", DataLoss::Proceed)];
const UNDO_PREFER: &[(&str, UndoPrefer)] = &[("script", UndoPrefer::Script), ("derived", UndoPrefer::Derived)];
const CHECKLIST: &[(&str, ChecklistPolicy)] =
    &[("off", ChecklistPolicy::Off), ("warn", ChecklistPolicy::Warn), ("require", ChecklistPolicy::Require)];
const SWITCH: &[(&str, bool)] = &[("true", true), ("false", false)];

impl Values {
    /// Reads the values of a configuration whose names and texts have been checked.
    ///
    /// # Errors
    /// A key without a value, or a value that is none of its kind.
    pub(super) fn read(settings: &Settings) -> Result<Values, ConfigError> {
        let from = Reader(settings);
        Ok(Values {
            prefix: from.text("schemas.prefix")?.to_owned(),
            migrations: {
                let (dir, several) = directories(settings)?;
                Migrations { dir, several, layout: from.text("migrations.layout")?.to_owned() }
            },
            workers: Workers {
                parallel: from.number("workers.parallel")?,
                lease_ttl: from.value("workers.lease_ttl", settings.time("workers.lease_ttl"))?,
                freeze_idle: from.value("freeze.max_idle", settings.time("freeze.max_idle"))?,
            },
            policy: from.policy()?,
            keep: KeepSettings {
                budget: Budget { max_rows: from.number("undo.max_rows")?, max_bytes: from.number("undo.max_bytes")? },
                keep_for: from.value("undo.keep_for", settings.time("undo.keep_for"))?,
            },
            checks: CheckSettings {
                profile: from.choice("checks.profile", Profile::WORDS)?,
                large_rows: from.number("checks.large_rows")?,
                compared_rows: from.number("checks.compared_rows")?,
                long_transaction: from.value("checks.long_transaction", settings.time("checks.long_transaction"))?,
                replica_lag: from.value("checks.replica_lag", settings.time("checks.replica_lag"))?,
                levels: from.levels("checks")?,
                rules: from.levels("checks.rules")?,
                core_tables: from.number("budget.core_tables")?,
                names: NameRules {
                    tables: from.pattern("names.tables"),
                    columns: from.pattern("names.columns"),
                    indexes: from.pattern("names.indexes"),
                },
                ..CheckSettings::default()
            },
            console: ConsoleLook {
                theme: from.value("console.theme", settings.text("console.theme").and_then(ThemeName::parse))?,
                ascii: from.choice("console.ascii", SWITCH)?,
                keys: from.family("console.keys").collect(),
            },
            backup: BackupProof {
                command: settings.text("backup.command").and_then(argv),
                file: settings.path("backup.file"),
                dump: settings.path("backup.dump"),
                tool: settings.text("backup.tool").and_then(argv),
                max_age: from.value("backup.max_age", settings.time("backup.max_age"))?,
                dir: settings.root.clone(),
            },
            modules: from.modules()?,
            log: Log { file: settings.path("log.file"), level: from.text("log.level")?.to_owned() },
            reports: settings.path("report.directory"),
        })
    }
}

/// Values by their names.
struct Reader<'a>(&'a Settings);

impl<'a> Reader<'a> {
    fn policy(&self) -> Result<BatchPolicy, ConfigError> {
        let windows = Windows {
            b: self.milliseconds("windows.b")?,
            c: self.milliseconds("windows.c")?,
            d: self.milliseconds("windows.d")?,
            on_lapse: self.choice("windows.on_lapse", ON_LAPSE)?,
        };
        let after_crash = AfterCrash {
            then: self.choice("policy.on_crash", ON_CRASH)?,
            max_undo: self.milliseconds("crash.max_undo")?,
        };
        Ok(BatchPolicy {
            on_failure: self.choice("policy.on_failure", ON_FAILURE)?,
            foreseen: self.choice("plan.foreseen", FORESEEN)?,
            session: self.family("session").collect(),
            windows,
            data_loss: self.choice("class_a.data_loss", DATA_LOSS)?,
            undo_prefer: self.choice("undo.prefer", UNDO_PREFER)?,
            after_crash,
            alerts: AlertTiming::read(self.0)?,
            checklist: self.choice("policy.checklist", CHECKLIST)?,
            freeze: self.choice("policy.freeze", FREEZE)?,
        })
    }

    /// The prefixes of modules. An empty one would let a module change everything.
    fn modules(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        for (name, prefix) in self.family("modules") {
            if prefix.is_empty() || !prefix.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                let key = format!("modules.{name}");
                let place = self.0.get(&key).map(|setting| self.0.place(&setting.origin)).unwrap_or_default();
                return Err(ConfigError::new(format!("{place}: {key} = {prefix:?} is no beginning of names"))
                    .hint("give it letters, digits and _ with which the names of the module's objects begin"));
            }
        }
        Ok(self.family("modules").collect())
    }

    fn value<T>(&self, name: &str, value: Option<T>) -> Result<T, ConfigError> {
        value.ok_or_else(|| ConfigError::new(format!("{name} has no value that can be read")))
    }

    fn text(&self, name: &str) -> Result<&'a str, ConfigError> {
        self.value(name, self.0.text(name))
    }

    fn number<T: TryFrom<i64>>(&self, name: &str) -> Result<T, ConfigError> {
        self.value(name, self.0.integer(name).and_then(|n| T::try_from(n).ok()))
    }

    /// A pattern, where one is set; its form was checked.
    fn pattern(&self, name: &str) -> Option<NamePattern> {
        self.0.text(name).and_then(|text| NamePattern::parse(text).ok())
    }

    fn milliseconds(&self, name: &str) -> Result<u64, ConfigError> {
        self.value(name, self.0.time(name).and_then(|time| u64::try_from(time.as_millis()).ok()))
    }

    fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
        self.value(name, meant(self.text(name)?, words))
    }

    fn levels(&self, table: &str) -> Result<BTreeMap<String, CheckLevel>, ConfigError> {
        let level = |(name, word): (String, String)| -> Result<(String, CheckLevel), ConfigError> {
            let level = self.value(&format!("{table}.{name}"), meant(&word, LEVELS))?;
            Ok((name, level))
        };
        self.family(table).map(level).collect()
    }

    fn family(&self, table: &str) -> impl Iterator<Item = (String, String)> {
        let entries: Vec<_> = self.0.family(table).map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        entries.into_iter()
    }
}

fn meant<T: Copy>(word: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::super::keys::variable;
    use super::super::keys::{KEYS, Kind};
    use super::super::{Config, Sources};
    use super::*;

    #[test]
    fn every_word_of_a_choice_has_its_value() {
        for key in KEYS {
            let Kind::Choice(words) = key.kind else { continue };
            for word in words {
                let environment = vec![(variable(key.name), (*word).to_owned())];
                let config = Config::load(&Sources { cwd: "/".into(), environment, ..Sources::default() });
                assert!(config.is_ok(), "{} = {word}: {config:?}", key.name);
            }
        }
    }

    #[test]
    fn the_defaults_of_the_table_are_those_of_the_library() {
        let values = Config::load(&Sources { cwd: "/".into(), ..Sources::default() }).unwrap().values;
        assert_eq!((values.keep, values.checks), (KeepSettings::default(), CheckSettings::default()));
        assert_eq!((values.policy.windows, values.policy.after_crash), (Windows::default(), AfterCrash::default()));
    }
}
