//! What a client must not choose for itself, in `migration_settings`: on a server only the worker's account and the
//! schema's owner may write there.

use super::{Reader, Result, Store, StoreError};
use crate::database::{ErrorKind, Session};
use crate::model::{Hours, Millis};
use serde::Serialize;
use std::collections::BTreeMap;

/// A setting that Caribou knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub key: &'static str,
    pub takes: Takes,
    /// What holds while it is not set.
    pub default: &'static str,
    pub about: &'static str,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any short text.
    Text,
    /// One of these.
    Words(&'static [&'static str]),
    /// A time of every day ([`Hours`]).
    Hours,
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
        }
    }
}

const ENVIRONMENT: &str = "environment";
const FOUR_EYES: &str = "approval.four_eyes";
const PURGE: &str = "purge.ephemeral";
const MAINTENANCE: &str = "undo.maintenance";

/// All of them.
pub const SETTINGS: [Setting; 4] = [
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
];

/// What came of the last rehearsal: a plan's checksum and one of the words. Nobody sets it by hand.
const REHEARSAL: &str = "rehearsal";
const PASSED: &str = "passed";
const FAILED: &str = "failed";

/// What came of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    /// The checksum of the plan.
    pub plan: String,
    /// Up, down and up again went well, and in between all was as before.
    pub passed: bool,
}

/// The longest text that a setting takes.
const LONGEST: usize = 200;

/// Who set a setting, and to what.
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
        let rows = session.query(&sql, &[]).await?;
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

    /// Whether whoever started a batch may not decide about it; `None` when nobody said: see
    /// [`are_grants_installed`].
    pub fn four_eyes(&self) -> Option<bool> {
        self.get(FOUR_EYES).map(|value| value != "false")
    }

    /// What came of the last rehearsal.
    pub fn rehearsed(&self) -> Option<Rehearsed> {
        let (plan, word) = self.get(REHEARSAL)?.split_once(' ')?;
        Some(Rehearsed { plan: plan.to_owned(), passed: word == PASSED })
    }

    /// Whether expired ephemeral rows of others are purged too.
    pub fn purges_all(&self) -> bool {
        self.get(PURGE).is_some_and(|value| value == "all")
    }

    /// Whether kept data whose time is over may be dropped at this moment.
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

/// Whether accounts have been given roles here. An account that may not look is one that was given a role itself.
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
    /// What a client must not choose for itself: environment, roles, policies.
    pub async fn settings(&mut self) -> Result<Settings> {
        if self.is_legacy() {
            return Ok(Settings::default());
        }
        Settings::read(self.session.as_mut(), &self.store).await
    }
}
