//! Facts as last seen by one session, and how a table is looked up.

use super::table::{Found, TableFacts};
use super::{mysql, sqlite};
use crate::database::{ErrorKind, ServerKind, Session};
use crate::kept::settings;
use crate::sql::ObjectName;
use crate::store::Result;
use std::collections::{HashMap, HashSet};

/// Facts as last seen by one session: asking takes a few round trips.
#[derive(Debug, Default)]
pub struct Known {
    tables: HashMap<(Option<String>, String), Found>,
    /// Triggers that will have gone by then.
    pub(crate) gone: HashSet<String>,
    /// Bodies of functions that will have been made by then, by their names in lower case.
    pub(crate) functions: HashMap<String, String>,
}

impl Known {
    /// Gives what is known of a table already; `None` where nobody has asked.
    pub(crate) fn known(&self, table: &ObjectName) -> Option<&Found> {
        self.tables.get(&(table.schema.clone(), table.name.clone()))
    }

    pub(crate) fn known_mut(&mut self, table: &ObjectName) -> Option<&mut Found> {
        self.tables.get_mut(&(table.schema.clone(), table.name.clone()))
    }

    pub(crate) fn set(&mut self, table: &ObjectName, found: Found) {
        self.tables.insert((table.schema.clone(), table.name.clone()), found);
    }

    pub(crate) fn each_table(&mut self, change: impl Fn(&mut TableFacts)) {
        for found in self.tables.values_mut() {
            if let Found::Table(facts) = found {
                change(facts);
            }
        }
    }

    /// Forgets everything: definitions may have changed.
    pub fn forget(&mut self) {
        self.tables.clear();
    }

    /// The facts of a table as the session sees it.
    ///
    /// # Errors
    /// The database's.
    pub async fn facts(&mut self, session: &mut dyn Session, table: &ObjectName) -> Result<&Found> {
        let key = (table.schema.clone(), table.name.clone());
        if !self.tables.contains_key(&key) {
            let mut found = facts(session, table).await?;
            if let Found::Table(facts) = &mut found {
                facts.triggers.retain(|trigger| !self.gone.contains(&trigger.name));
            }
            self.tables.insert(key.clone(), found);
        }
        Ok(self.tables.entry(key).or_insert(Found::Missing))
    }
}

/// Looks a table up, as the session sees it now.
///
/// # Errors
/// The database's.
pub async fn facts(session: &mut dyn Session, table: &ObjectName) -> Result<Found> {
    if session.kind() == ServerKind::Sqlite {
        return sqlite::facts(session, table).await;
    }
    // What the server shows depends on the session's mode.
    let saved = settings::ours(session).await?;
    let mut found = mysql::facts(session, table).await;
    let has_no_key = matches!(&found, Ok(Found::Table(facts)) if facts.key.is_empty());
    if has_no_key && session.kind() == ServerKind::MySql {
        found = with_hidden_key(session, table, found).await;
    }
    settings::after(session, saved, found).await
}

/// Looks again where MySQL may hide the key that it made by itself from the session.
async fn with_hidden_key(session: &mut dyn Session, table: &ObjectName, found: Result<Found>) -> Result<Found> {
    const SHOWN: &str = "SESSION show_gipk_in_create_table_and_information_schema";
    // Servers before 8.0.30 make no such key, and have no such variable.
    let hidden = match session.query(&format!("SELECT @@{} LIMIT 1", SHOWN.replace(' ', ".")), &[]).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error.into()),
        shown => shown.is_ok_and(|rows| rows.first().is_some_and(|row| !row.get_bool(0))),
    };
    if !hidden {
        return found;
    }
    session.execute(&format!("SET {SHOWN} = 1"), &[]).await?;
    let found = mysql::facts(session, table).await;
    session.execute(&format!("SET {SHOWN} = 0"), &[]).await?;
    found
}
