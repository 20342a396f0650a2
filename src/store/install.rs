//! Making the schemas, and bringing older ones forward. No table that is there loses or changes anything: tables,
//! columns, keys and indexes are added; only the procedures are made anew where they differ (`procedures`).

use super::state::SCHEMA_VERSION;
use super::tables::{TableSpec, expected};
use super::{Result, SchemaState, Store, StoreError};
use crate::database::{ErrorKind, Purpose, Session, barrier_name, take_barrier};
use crate::sql::quote_identifier;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The columns of a schema's tables, in lower case, with their types.
pub(super) type Live = BTreeMap<String, BTreeMap<String, String>>;

/// Time that another installation is waited for.
const OTHERS: Duration = Duration::from_secs(60);
/// Number of tries, and the pause between two, when somebody else has made in between what was missing.
const TRIES: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(50);

/// True if another installation was at it at the same time: what it made is there the next time.
fn came_between(error: &StoreError) -> bool {
    let kinds = [ErrorKind::DuplicateObject, ErrorKind::LockWait, ErrorKind::Deadlock];
    error.database().is_some_and(|error| kinds.contains(&error.kind))
}

impl Store {
    /// Makes what is missing; doing it again does nothing. Says what was done, a line each.
    ///
    /// # Errors
    /// [`StoreError::SchemaNewer`](super::StoreError::SchemaNewer); or the database's error, such as a missing
    /// privilege. What was done until then stays, and the next call goes on from there.
    pub async fn install(&self) -> Result<Vec<String>> {
        let mut session = self.database().open(Purpose::Control).await?;
        // One after the other, where the server can say so; whoever holds the lock for longer holds nobody up.
        take_barrier(session.as_mut(), &barrier_name("install", &self.schemas().orchestration), OTHERS).await?;
        let mut done = Vec::new();
        let mut tries = 0;
        let installed = loop {
            match self.install_on(session.as_mut(), &mut done).await {
                Err(error) if tries < TRIES && came_between(&error) => {
                    tries += 1;
                    tokio::time::sleep(BETWEEN).await;
                }
                installed => break installed,
            }
        };
        session.close().await;
        installed.map(|()| done)
    }

    async fn install_on(&self, session: &mut dyn Session, done: &mut Vec<String>) -> Result<()> {
        for schema in [&self.schemas().orchestration, &self.schemas().ephemeral, &self.schemas().undo] {
            if !session.schema_exists(schema).await? {
                session.create_schema(schema).await?;
                done.push(format!("created schema {schema}"));
            }
        }
        let state = self.state_on(session).await?;
        if let SchemaState::Newer { .. } = state {
            self.require_installed(state)?;
        }
        let live = [
            (self.schemas().orchestration.clone(), self.live(session, &self.schemas().orchestration).await?),
            (self.schemas().ephemeral.clone(), self.live(session, &self.schemas().ephemeral).await?),
        ];
        // The version first: what is under way is then never taken for legacy tables.
        let mut tables = expected(self.kind());
        tables.sort_by_key(|spec| spec.name != "migration_schema_version");
        for spec in tables {
            let schema = spec.schema_name(self);
            let tables = live.iter().find(|(name, _)| name == schema).map(|(_, tables)| tables);
            let columns = tables.and_then(|tables| tables.get(&self.table(&spec.name).to_lowercase()));
            match columns {
                None => done.push(self.create(session, &spec).await?),
                Some(columns) => done.extend(self.complete(session, &spec, columns).await?),
            }
        }
        done.extend(self.bring_procedures(session).await?);
        self.seed(session).await?;
        if state != (SchemaState::Installed { version: SCHEMA_VERSION }) {
            done.push(format!("recorded version {SCHEMA_VERSION}"));
        }
        Ok(())
    }

    async fn create(&self, session: &mut dyn Session, spec: &TableSpec) -> Result<String> {
        session.query_text(&spec.create(self)?).await?;
        if self.dialect() == crate::sql::Dialect::Sqlite {
            for (name, columns) in &spec.indexes {
                self.add_index(session, spec, name, columns).await?;
            }
        }
        Ok(format!("created table {}.{}", spec.schema_name(self), self.table(&spec.name)))
    }

    /// Adds columns, the primary key and indexes that a table of an earlier version does not have.
    async fn complete(
        &self,
        session: &mut dyn Session,
        spec: &TableSpec,
        columns: &BTreeMap<String, String>,
    ) -> Result<Vec<String>> {
        let mut done = Vec::new();
        let name = spec.full_name(self)?;
        for (column, definition) in spec.columns.iter().filter(|(column, _)| !columns.contains_key(column)) {
            session.query_text(&format!("ALTER TABLE {name} ADD COLUMN {column} {definition}")).await?;
            done.push(format!("added column {}.{column}", self.table(&spec.name)));
        }
        let of_schema = self.indexes(session, spec.schema_name(self)).await?;
        let there = of_schema.get(&self.table(&spec.name).to_lowercase()).cloned().unwrap_or_default();
        if self.dialect().is_mysql_family() && !there.contains("primary") {
            session.query_text(&format!("ALTER TABLE {name} ADD PRIMARY KEY ({})", spec.key)).await?;
            done.push(format!("added the primary key of {}", self.table(&spec.name)));
        }
        for (index, columns) in spec.indexes.iter().filter(|(index, _)| !there.contains(&index.to_lowercase())) {
            self.add_index(session, spec, index, columns).await?;
            done.push(format!("added index {index} of {}", self.table(&spec.name)));
        }
        Ok(done)
    }

    async fn add_index(&self, session: &mut dyn Session, spec: &TableSpec, index: &str, columns: &str) -> Result<()> {
        let sql = if self.dialect().is_mysql_family() {
            format!("ALTER TABLE {} ADD INDEX {index} ({columns})", spec.full_name(self)?)
        } else {
            // SQLite: the schema stands before the index, and the table is of the same one.
            let index = self.fill(&format!("{{{}.{index}}}", spec.schema))?;
            let table = quote_identifier(&self.table(&spec.name), self.dialect())?;
            format!("CREATE INDEX IF NOT EXISTS {index} ON {table} ({columns})")
        };
        session.query_text(&sql).await?;
        Ok(())
    }

    /// The names of the indexes of a schema's tables, in lower case, without prefix; by table.
    pub(super) async fn indexes(
        &self,
        session: &mut dyn Session,
        schema: &str,
    ) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let sql = if self.dialect().is_mysql_family() {
            "SELECT DISTINCT TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?"
                .to_owned()
        } else {
            let schema = quote_identifier(schema, self.dialect())?;
            format!("SELECT tbl_name, name FROM {schema}.sqlite_master WHERE type = 'index' AND ? <> ''")
        };
        let rows = match session.query(&sql, &[schema.into()]).await {
            // SQLite: a file that is not there is not attached.
            Err(error) if error.kind == ErrorKind::MissingObject => Vec::new(),
            rows => rows?,
        };
        let prefix = self.prefix().to_lowercase();
        let mut indexes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in &rows {
            let name = row.get_text(1).to_lowercase();
            let name = name.strip_prefix(&prefix).map_or(name.clone(), str::to_owned);
            indexes.entry(row.get_text(0).to_lowercase()).or_default().insert(name);
        }
        Ok(indexes)
    }

    /// Reads the tables and columns that stand in a schema.
    pub(super) async fn live(&self, session: &mut dyn Session, schema: &str) -> Result<Live> {
        let rows = if self.dialect().is_mysql_family() {
            let sql = "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS \
                       WHERE TABLE_SCHEMA = ?";
            session.query(sql, &[schema.into()]).await?
        } else {
            let schema_name = quote_identifier(schema, self.dialect())?;
            let sql = format!(
                "SELECT m.name, c.name, c.type FROM {schema_name}.sqlite_master m, pragma_table_info(m.name, ?) c \
                 WHERE m.type = 'table'"
            );
            match session.query(&sql, &[schema.into()]).await {
                Err(error) if error.kind == ErrorKind::MissingObject => Vec::new(),
                rows => rows?,
            }
        };
        let mut live = Live::new();
        for row in &rows {
            let table = live.entry(row.get_text(0).to_lowercase()).or_default();
            table.insert(row.get_text(1).to_lowercase(), row.get_text(2));
        }
        Ok(live)
    }

    /// The row of the lease. One that was lost goes on after the last token of the journal: who held an earlier one
    /// writes nothing any more.
    async fn seed_lease(&self, session: &mut dyn Session) -> Result<()> {
        let there = self.sql("SELECT 1 FROM {orchestration.migration_leases} WHERE lease_name = 'worker'")?;
        if !session.query(&there, &[]).await?.is_empty() {
            return Ok(());
        }
        let last = session.query(&self.sql("SELECT MAX(token) FROM {orchestration.migration_events}")?, &[]).await?;
        let last = last.first().map_or(0, |row| row.get_i64(0));
        let sql = self.fill(&format!(
            "INSERT INTO {{orchestration.migration_leases}} (lease_name, token) VALUES ('worker', ?) {} lease_name = \
             'worker'",
            self.upsert_words()
        ))?;
        session.execute(&sql, &[last.into()]).await?;
        Ok(())
    }

    /// The row of the lease and the version.
    async fn seed(&self, session: &mut dyn Session) -> Result<()> {
        let upsert = self.upsert_words();
        self.seed_lease(session).await?;
        let version = self.fill(&format!(
            "INSERT INTO {{orchestration.migration_schema_version}} (version, installed_ms, installed_by, program) \
             VALUES (?, {{now_ms}}, ?, ?) {} version = ?",
            upsert
        ))?;
        let program = concat!("caribou ", env!("CARGO_PKG_VERSION"));
        let account = self.database().account().to_owned();
        let ours = SCHEMA_VERSION;
        session.execute(&version, &[ours.into(), account.into(), program.into(), ours.into()]).await?;
        Ok(())
    }
}
