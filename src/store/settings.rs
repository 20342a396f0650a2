//! Settings that a client must not choose for itself, in `migration_settings`: on a server only the worker's account
//! and the schema's owner may write there.

use super::{Reader, Result, Store, StoreError};
use crate::database::{ErrorKind, Session};
use crate::model::{DataLoss, Floor, Hours, Lapse, Millis, OnCrash, duration};
use serde::Serialize;
use std::collections::BTreeMap;

/// A setting that Caribou knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub key: &'static str,
    pub takes: Takes,
    /// Value that holds while it is not set; some say it in words.
    pub default: &'static str,
    pub about: &'static str,
}

/// Form of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any short text.
    Text,
    /// One of these.
    Words(&'static [&'static str]),
    /// A time of every day ([`Hours`]).
    Hours,
    /// A length of time, such as `24h`.
    Duration,
}

impl Takes {
    /// # Errors
    /// What to write instead.
    fn check(self, value: &str) -> std::result::Result<(), String> {
        match self {
            Takes::Text => Ok(()),
            Takes::Words(words) if words.contains(&value) => Ok(()),
            Takes::Words(words) => Err(words.join(" or ")),
            Takes::Hours => value.parse::<Hours>().map(drop),
            Takes::Duration => duration(value).map(drop).ok_or_else(|| "a time such as 30s, 24h or 7d".to_owned()),
        }
    }
}

const ENVIRONMENT: &str = "environment";
const FOUR_EYES: &str = "approval.four_eyes";
const WINDOWS: [&str; 3] = ["windows.b", "windows.c", "windows.d"];
const ON_LAPSE: &str = "windows.on_lapse";
const DATA_LOSS: &str = "class_a.data_loss";
const ON_CRASH: &str = "policy.on_crash";
const MAX_UNDO: &str = "crash.max_undo";
const PURGE: &str = "purge.ephemeral";
const MAINTENANCE: &str = "undo.maintenance";
pub const KEEP_IN_STEP: &str = "adopt.keep_in_step";

/// All of them.
pub const SETTINGS: [Setting; 12] = [
    Setting {
        key: ENVIRONMENT,
        takes: Takes::Text,
        default: "",
        about: "what this server is, shown on every screen; production makes the console ask twice",
    },
    Setting {
        key: FOUR_EYES,
        takes: Takes::Words(&["true", "false"]),
        default: "true where a role's grants are installed",
        about: "whoever started a batch may not decide about its rollbacks",
    },
    Setting {
        key: WINDOWS[0],
        takes: Takes::Duration,
        default: "the client's; at least 24h where a role's grants are installed",
        about: "the shortest window for a class B rollback; a client may ask for a longer one",
    },
    Setting {
        key: WINDOWS[1],
        takes: Takes::Duration,
        default: "the client's; at least 7d where a role's grants are installed",
        about: "the same for class C",
    },
    Setting {
        key: WINDOWS[2],
        takes: Takes::Duration,
        default: "the client's; at least 30d where a role's grants are installed",
        about: "the same for class D",
    },
    Setting {
        key: ON_LAPSE,
        takes: Takes::Words(&["rollback", "keep", "escalate"]),
        default: "the client's; at least keep where a role's grants are installed",
        about: "what follows when nobody has decided; the later word is the stricter, and with four eyes none rolls back",
    },
    Setting {
        key: DATA_LOSS,
        takes: Takes::Words(&["hold", "proceed"]),
        default: "the client's; hold where a role's grants are installed",
        about: "what an automatic rollback does before it destroys rows that others wrote",
    },
    Setting {
        key: ON_CRASH,
        takes: Takes::Words(&["rollback", "hold"]),
        default: "the client's",
        about: "what happens to a file that a crash left half-way: hold is the stricter",
    },
    Setting {
        key: MAX_UNDO,
        takes: Takes::Duration,
        default: "the client's; at most 10m where a role's grants are installed",
        about: "the longest undo that begins unasked after a crash; a client may ask for less",
    },
    Setting {
        key: PURGE,
        takes: Takes::Words(&["ours", "all"]),
        default: "ours",
        about: "which expired rows of the ephemeral schema are purged: Caribou's own, or everybody's",
    },
    Setting {
        key: MAINTENANCE,
        takes: Takes::Hours,
        default: "any time",
        about: "when of every day (UTC) kept data whose time is over is dropped, as in 22:00-04:30",
    },
    Setting {
        key: KEEP_IN_STEP,
        takes: Takes::Text,
        default: "none",
        about: "the tool whose history table is kept in step (`caribou adopt --keep-in-step`)",
    },
];

/// Key of the result of the last rehearsal: a plan's checksum and one of the words. Nobody sets it by hand.
const REHEARSAL: &str = "rehearsal";
const PASSED: &str = "passed";
const FAILED: &str = "failed";

/// Result of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    /// The checksum of the plan.
    pub plan: String,
    /// Up, down and up again went well, and in between all was as before.
    pub passed: bool,
}

/// The longest text that a setting takes.
const LONGEST: usize = 200;

/// Value of a setting, with the account that set it and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    pub value: String,
    pub by: String,
    pub at: Millis,
}

/// The settings as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Given>);

impl Settings {
    /// Reads them on any session.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read(session: &mut dyn Session, store: &Store) -> Result<Settings> {
        let sql = store.sql(
            "SELECT setting_key, setting_value, operator, updated_ms FROM {orchestration.migration_settings} \
             ORDER BY setting_key",
        )?;
        let rows = session.query_text(&sql).await?;
        let given = |row: &crate::database::Row| {
            let given = Given { value: row.get_text(1), by: row.get_text(2), at: Millis(row.get_i64(3)) };
            (row.get_text(0), given)
        };
        Ok(Settings(rows.iter().map(given).collect()))
    }

    /// One that is set.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.0.get(key).map(|given| &given.value)
    }

    /// All that are set, also those that this Caribou does not know.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Given)> {
        self.0.iter()
    }

    /// `production`, `staging` or whatever it was called; empty when nobody said.
    pub fn environment(&self) -> &str {
        self.get(ENVIRONMENT).map_or("", String::as_str)
    }

    /// True if whoever started a batch may not decide about it; `None` when nobody said: see
    /// [`are_grants_installed`].
    pub fn four_eyes(&self) -> Option<bool> {
        self.get(FOUR_EYES).map(|value| value != "false")
    }

    /// Gives the floor that every batch has to keep to. `guarded`: roles were given here, so that the defaults hold
    /// where nothing was said.
    pub fn floor(&self, guarded: bool) -> Floor {
        let ms = |key| {
            let length = self.get(key).and_then(|text| duration(text));
            length.and_then(|length| u64::try_from(length.as_millis()).ok())
        };
        let word = |key| self.get(key).map(String::as_str);
        let said = Floor {
            windows: WINDOWS.map(ms),
            on_lapse: match word(ON_LAPSE) {
                Some("rollback") => Some(Lapse::Rollback),
                Some("keep") => Some(Lapse::Keep),
                Some("escalate") => Some(Lapse::Escalate),
                _ => None,
            },
            data_loss: match word(DATA_LOSS) {
                Some("hold") => Some(DataLoss::Hold),
                Some("proceed") => Some(DataLoss::Proceed),
                _ => None,
            },
            on_crash: match word(ON_CRASH) {
                Some("rollback") => Some(OnCrash::Rollback),
                Some("hold") => Some(OnCrash::Hold),
                _ => None,
            },
            max_undo: ms(MAX_UNDO),
            four_eyes: self.four_eyes().unwrap_or(guarded),
        };
        if guarded { said.or_defaults() } else { said }
    }

    /// True if files must run as an account of their own, apart from the worker's.
    pub fn needs_runner(&self, guarded: bool) -> bool {
        self.environment().eq_ignore_ascii_case("production") && self.four_eyes().unwrap_or(guarded)
    }

    /// Result of the last rehearsal; `None` where there was none.
    pub fn rehearsed(&self) -> Option<Rehearsed> {
        let (plan, word) = self.get(REHEARSAL)?.split_once(' ')?;
        Some(Rehearsed { plan: plan.to_owned(), passed: word == PASSED })
    }

    /// True if expired ephemeral rows of others are purged too.
    pub fn purges_all(&self) -> bool {
        self.get(PURGE).is_some_and(|value| value == "all")
    }

    /// The tool whose history table is kept in step, by its name in commands.
    pub fn kept_in_step(&self) -> Option<String> {
        self.get(KEEP_IN_STEP).cloned()
    }

    /// True if kept data whose time is over may be dropped at this moment.
    pub fn is_maintained(&self, at: Millis) -> bool {
        self.get(MAINTENANCE).and_then(|value| value.parse::<Hours>().ok()).is_none_or(|hours| hours.contains(at))
    }
}

/// Sets a setting, or takes it away.
///
/// # Errors
/// [`StoreError::Setting`] for a key or value that is none; without the right to write the table, the database's
/// `privilege` error, which names it.
pub async fn set_setting(session: &mut dyn Session, store: &Store, key: &str, value: Option<&str>) -> Result<()> {
    let Some(value) = value else {
        let sql = store.sql("DELETE FROM {orchestration.migration_settings} WHERE setting_key = ?")?;
        session.execute(&sql, &[key.into()]).await?;
        return Ok(());
    };
    let known = SETTINGS.iter().find(|setting| setting.key == key);
    let Some(setting) = known else {
        let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        return Err(StoreError::Setting { what: format!("there is no setting {key}"), remedy: keys.join(", ") });
    };
    if let Err(instead) = setting.takes.check(value) {
        let what = format!("{key} cannot be {value:?}");
        return Err(StoreError::Setting { what, remedy: format!("write {instead}") });
    }
    if value.trim().is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        let what = format!("{key} takes one line of at most {LONGEST} characters");
        return Err(StoreError::Setting { what, remedy: "use --unset to take it away".to_owned() });
    }
    write(session, store, key, value).await
}

/// Keeps what came of a rehearsal; the last one counts.
///
/// # Errors
/// As [`set_setting`].
pub async fn note_rehearsal(session: &mut dyn Session, store: &Store, rehearsed: &Rehearsed) -> Result<()> {
    let word = if rehearsed.passed { PASSED } else { FAILED };
    write(session, store, REHEARSAL, &format!("{} {word}", rehearsed.plan)).await
}

async fn write(session: &mut dyn Session, store: &Store, key: &str, value: &str) -> Result<()> {
    let template = format!(
        "INSERT INTO {{orchestration.migration_settings}} (setting_key, setting_value, updated_ms, operator) VALUES \
         (?, ?, {{now_ms}}, ?) {} setting_value = {}, updated_ms = {}, operator = {}",
        store.upsert_words(),
        store.wanted("setting_value"),
        store.wanted("updated_ms"),
        store.wanted("operator"),
    );
    let account = store.database().account().to_owned();
    session.execute(&store.fill(&template)?, &[key.into(), value.into(), account.into()]).await?;
    Ok(())
}

/// True if accounts have been given roles here. An account that may not look is one that was given a role itself.
/// SQLite has no accounts.
///
/// # Errors
/// When the database cannot be asked.
pub async fn are_grants_installed(session: &mut dyn Session, store: &Store) -> Result<bool> {
    if !store.dialect().is_mysql_family() {
        return Ok(false);
    }
    let sql = "SELECT COUNT(*) FROM mysql.procs_priv WHERE Db = ? AND Routine_name = ?";
    let routine = store.table("submit_decision");
    match session.query(sql, &[store.schemas().orchestration.as_str().into(), routine.into()]).await {
        Ok(rows) => Ok(rows.first().is_some_and(|row| row.get_i64(0) > 0)),
        Err(error) if error.kind == ErrorKind::Privilege => Ok(true),
        Err(error) => Err(error.into()),
    }
}

impl Reader {
    /// Reads the settings that a client must not choose for itself: environment, roles, policies.
    pub async fn settings(&mut self) -> Result<Settings> {
        if self.is_legacy() {
            return Ok(Settings::default());
        }
        Settings::read(self.session.as_mut(), &self.store).await
    }
}
