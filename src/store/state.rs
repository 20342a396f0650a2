//! Version of our tables that stands there.

use super::{Result, Store, StoreError};
use crate::database::{ErrorKind, Purpose, Row, Session};
use serde::Serialize;

/// The version of the tables that this Caribou makes and works with.
pub const SCHEMA_VERSION: u32 = 1;

/// State of the orchestration schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SchemaState {
    /// Nothing of ours.
    Absent,
    /// The eight tables of version 4.0.25, as the engine of that version left them.
    Legacy,
    /// The tables of this version.
    Installed { version: u32 },
    /// Those of an earlier Caribou (0: an installation that did not end).
    Older { version: u32 },
    /// Those of a later one.
    Newer { version: u32 },
}

impl SchemaState {
    fn from_version(version: u32) -> Self {
        match version.cmp(&SCHEMA_VERSION) {
            std::cmp::Ordering::Less => Self::Older { version },
            std::cmp::Ordering::Equal => Self::Installed { version },
            std::cmp::Ordering::Greater => Self::Newer { version },
        }
    }

    /// True if batches and files can be read.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Legacy | Self::Installed { .. })
    }
}

fn version_of(rows: &[Row]) -> SchemaState {
    SchemaState::from_version(rows.first().map_or(0, |row| row.get_u64(0)).try_into().unwrap_or(u32::MAX))
}

impl Store {
    /// Finds the state of the orchestration schema; one round trip where it is installed.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn state(&self) -> Result<SchemaState> {
        let mut session = self.database().open(Purpose::Reader).await?;
        let state = self.state_on(session.as_mut()).await;
        session.close().await;
        state
    }

    /// The same on a session that is open already.
    pub async fn state_on(&self, session: &mut dyn Session) -> Result<SchemaState> {
        let sql = self.sql("SELECT MAX(version) FROM {orchestration.migration_schema_version}")?;
        match session.query_text(&sql).await {
            Ok(rows) => Ok(version_of(&rows)),
            Err(error) if matches!(error.kind, ErrorKind::MissingObject | ErrorKind::Privilege) => {
                self.state_by_tables(session, error).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// True of a schema without a version if an installation has begun and not ended: the table of versions stands, and
    /// no version in it. Also where that installation has ended since the version was looked for: there is nothing left
    /// to install then.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_half_installed(&self) -> Result<bool> {
        let mut session = self.database().open(Purpose::Reader).await?;
        let sql = self.sql("SELECT COALESCE(MAX(version), -1) FROM {orchestration.migration_schema_version}")?;
        let rows = session.query_text(&sql).await;
        session.close().await;
        Ok(rows?.first().is_some_and(|row| [-1, i64::from(SCHEMA_VERSION)].contains(&row.get_i64(0))))
    }

    async fn state_by_tables(&self, session: &mut dyn Session, error: crate::database::DbError) -> Result<SchemaState> {
        let relations = session.relations(&self.schemas().orchestration).await?;
        if relations.is_empty() && error.kind == ErrorKind::Privilege {
            // Whether nothing is there, or nothing that this account may see, the server does not say.
            return Err(error.into());
        }
        let has = |name: &str| relations.iter().any(|r| r.name.eq_ignore_ascii_case(&self.table(name)));
        if has("migration_schema_version") {
            // Made in between by an installation; or it cannot be read.
            let sql = self.sql("SELECT MAX(version) FROM {orchestration.migration_schema_version}")?;
            return Ok(version_of(&session.query_text(&sql).await?));
        }
        Ok(if has("migration_files") && has("migration_batches") { SchemaState::Legacy } else { SchemaState::Absent })
    }

    /// Refuses everything but tables of this version.
    ///
    /// # Errors
    /// [`StoreError::SchemaAbsent`], [`StoreError::SchemaLegacy`], [`StoreError::SchemaOlder`],
    /// [`StoreError::SchemaNewer`].
    pub fn require_installed(&self, state: SchemaState) -> Result<()> {
        let schema = self.schemas().orchestration.clone();
        match state {
            SchemaState::Installed { .. } => Ok(()),
            SchemaState::Absent => Err(StoreError::SchemaAbsent { schema }),
            SchemaState::Legacy => Err(StoreError::SchemaLegacy { schema }),
            SchemaState::Older { version } => Err(StoreError::SchemaOlder { schema, version, ours: SCHEMA_VERSION }),
            SchemaState::Newer { version } => Err(StoreError::SchemaNewer { schema, version, ours: SCHEMA_VERSION }),
        }
    }
}
