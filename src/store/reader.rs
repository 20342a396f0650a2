//! Everything that is read: for the command line and the console. It never writes.

use super::beside::Beside;
use super::projection::Table;
use super::rows::{
    AlertRow, BatchRow, DependencyRow, FileRow, RollbackRow, SystemStateRow, ValidationFilter, ValidationRow,
};
use super::{Lease, LeaseRow, Result, SchemaState, Store, events, frozen};
use crate::database::{DbError, Purpose, Row, Session, Value};
use crate::model::{AlertStatus, AlertType, BatchId, Epoch, Event, FileId, Freeze, Millis, Seq, System, World};

/// Number of the system's latest events that are read for its state.
const SYSTEM_EVENTS: u32 = 200;

/// Reads an orchestration schema of this version, or one of version 4.0.25 as it was left.
#[derive(Debug)]
pub struct Reader {
    pub(super) store: Store,
    pub(super) session: Box<dyn Session>,
    /// True as long as the ephemeral schema answers.
    pub(super) sees_live: bool,
    state: SchemaState,
    /// Events of the worker that are not in the journal yet.
    unwritten: Vec<Event>,
    /// The events of the file that was asked for last, as far as they were read: none of them is ever another.
    read: Vec<Event>,
    /// True if it is told of each event that becomes durable: what was read is whole then.
    is_told: bool,
    /// Sessions that look at core.
    pub(crate) beside: Beside,
}

impl Reader {
    /// Opens a reading session and looks what stands there.
    ///
    /// # Errors
    /// [`StoreError::SchemaAbsent`](super::StoreError::SchemaAbsent),
    /// [`StoreError::SchemaOlder`](super::StoreError::SchemaOlder),
    /// [`StoreError::SchemaNewer`](super::StoreError::SchemaNewer); the database's.
    pub async fn open(store: &Store) -> Result<Self> {
        let mut session = store.database().open(Purpose::Reader).await?;
        let state = store.state_on(session.as_mut()).await?;
        if !state.is_readable() {
            store.require_installed(state)?;
        }
        Ok(Self {
            store: store.clone(),
            session,
            sees_live: true,
            state,
            unwritten: Vec::new(),
            read: Vec::new(),
            is_told: false,
            beside: Beside::default(),
        })
    }

    /// True if these are the untouched tables of version 4.0.25: no journal, no commands, nothing to drive.
    pub fn is_legacy(&self) -> bool {
        self.state == SchemaState::Legacy
    }

    /// The store that it reads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes in an event that has become durable, from whoever writes the journal and tells every one. What is known of a
    /// file is whole from then on.
    pub(crate) fn heard(&mut self, event: &Event) {
        self.is_told = true;
        let of = |event: &Event| (event.batch, event.kind.file());
        if self.read.last().is_some_and(|last| of(last) == of(event) && last.seq < event.seq) {
            self.read.push(event.clone());
        }
    }

    /// From here on what is read about a file has these events too: the worker's own, which are not in the journal yet.
    pub(crate) fn read_also(&mut self, unwritten: Vec<Event>) {
        self.unwritten = unwritten;
    }

    /// The newest batches, newest first.
    pub async fn batches(&mut self, limit: usize) -> Result<Vec<BatchRow>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let tail = format!("ORDER BY batch_id DESC LIMIT {limit}");
        let rows = self.rows(Table::Batches, BatchRow::COLUMNS, &tail, &[]).await?;
        Ok(rows.iter().map(BatchRow::read).collect())
    }

    /// The batches that have not ended, newest first.
    pub async fn open_batches(&mut self) -> Result<Vec<BatchRow>> {
        let tail = "AND batch_status IN ('pending', 'running') ORDER BY batch_id DESC";
        let rows = self.rows(Table::Batches, BatchRow::COLUMNS, tail, &[]).await?;
        Ok(rows.iter().map(BatchRow::read).collect())
    }

    /// The oldest batch that has not ended, or else the newest.
    pub async fn open_or_last(&mut self) -> Result<Option<BatchRow>> {
        let batches = self.store.sql("{orchestration.migration_batches}")?;
        // Each by its index: a sort by CASE would read every batch.
        let tail = format!(
            "AND batch_id = COALESCE((SELECT MIN(batch_id) FROM {batches} WHERE batch_status IN ('pending', 'running') AND \
             is_deleted = 0), (SELECT batch_id FROM {batches} WHERE is_deleted = 0 ORDER BY batch_id DESC LIMIT 1))"
        );
        let rows = self.rows(Table::Batches, BatchRow::COLUMNS, &tail, &[]).await?;
        Ok(rows.first().map(BatchRow::read))
    }

    /// One batch.
    pub async fn batch(&mut self, batch: BatchId) -> Result<Option<BatchRow>> {
        let rows = self.rows(Table::Batches, BatchRow::COLUMNS, "AND batch_id = ?", &[batch.0.into()]).await?;
        Ok(rows.first().map(BatchRow::read))
    }

    /// A batch's files, in their order.
    pub async fn files(&mut self, batch: BatchId) -> Result<Vec<FileRow>> {
        let columns = self.file_columns();
        let tail = "AND batch_id = ? ORDER BY sort_order, file_id";
        let rows = self.rows(Table::Files, &columns, tail, &[batch.0.into()]).await?;
        Ok(rows.iter().map(|row| FileRow::read(row).with_state_of_properties(row)).collect())
    }

    /// Version 4.0.25 has no column for the state.
    fn file_columns(&self) -> Vec<&'static str> {
        let without = |column: &&'static str| if *column == "state_id" && self.is_legacy() { "NULL" } else { column };
        FileRow::COLUMNS.iter().map(without).collect()
    }

    /// Validations, oldest first.
    pub async fn validations(&mut self, filter: &ValidationFilter) -> Result<Vec<ValidationRow>> {
        let mut tail = String::from("AND batch_id = ?");
        let mut values: Vec<Value> = vec![filter.batch.0.into()];
        if let Some(file) = filter.file {
            tail.push_str(" AND file_id = ?");
            values.push(file.0.into());
        }
        if let Some(status) = filter.status {
            tail.push_str(" AND validation_status = ?");
            values.push(status.as_str().into());
        }
        tail.push_str(" ORDER BY validation_id DESC");
        if filter.limit > 0 {
            tail.push_str(" LIMIT ?");
            values.push(filter.limit.into());
        }
        let rows = self.rows(Table::ValidationLog, ValidationRow::COLUMNS, &tail, &values).await?;
        Ok(rows.iter().rev().map(ValidationRow::read).collect())
    }

    /// A batch's rollbacks, oldest first.
    pub async fn rollbacks(&mut self, batch: BatchId) -> Result<Vec<RollbackRow>> {
        let tail = "AND batch_id = ? ORDER BY rollback_id";
        let rows = self.rows(Table::RollbackLog, RollbackRow::COLUMNS, tail, &[batch.0.into()]).await?;
        Ok(rows.iter().map(RollbackRow::read).collect())
    }

    /// A batch's alerts, oldest first; of all batches when none is named.
    pub async fn alerts(&mut self, batch: Option<BatchId>) -> Result<Vec<AlertRow>> {
        let (tail, values): (&str, Vec<Value>) = match batch {
            Some(batch) => ("AND batch_id = ? ORDER BY alert_id", vec![batch.0.into()]),
            None => ("ORDER BY alert_id", Vec::new()),
        };
        let rows = self.rows(Table::Alerts, AlertRow::COLUMNS, tail, &values).await?;
        Ok(rows.iter().map(AlertRow::read).collect())
    }

    /// Warnings about the system that nobody has resolved, oldest first.
    pub async fn standing_warnings(&mut self) -> Result<Vec<AlertRow>> {
        let sql = self.store.fill(&format!(
            "SELECT {} FROM {{orchestration.migration_alerts}} WHERE is_deleted = 0 AND batch_id = {} AND alert_type = '{}' \
             AND alert_status <> '{}' ORDER BY alert_id",
            AlertRow::COLUMNS.join(", "),
            BatchId::SYSTEM,
            AlertType::Warning.as_str(),
            AlertStatus::Resolved.as_str()
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.iter().map(AlertRow::read).collect())
    }

    /// The dependencies of a batch's files.
    pub async fn dependencies(&mut self, batch: BatchId) -> Result<Vec<DependencyRow>> {
        let files = self.store.sql("{orchestration.migration_files}")?;
        let tail = format!(
            "AND file_id IN (SELECT file_id FROM {files} WHERE batch_id = ?) ORDER BY file_id, sort_order, dependency_id"
        );
        let rows = self.rows(Table::Dependencies, DependencyRow::COLUMNS, &tail, &[batch.0.into()]).await?;
        Ok(rows.iter().map(DependencyRow::read).collect())
    }

    /// The system's state now: the last row.
    pub async fn system_state(&mut self) -> Result<Option<SystemStateRow>> {
        let tail = "ORDER BY state_id DESC LIMIT 1";
        let rows = self.rows(Table::SystemState, SystemStateRow::COLUMNS, tail, &[]).await?;
        Ok(rows.first().map(SystemStateRow::read))
    }

    /// The last freeze, standing or over, as its row tells it; `None` where none was ever journalled.
    pub async fn last_freeze(&mut self) -> Result<Option<Freeze>> {
        frozen::last(&self.store, self.session.as_mut()).await
    }

    /// The rows that are not deleted.
    pub(super) async fn rows(
        &mut self,
        table: Table,
        columns: &[&str],
        tail: &str,
        values: &[Value],
    ) -> Result<Vec<Row>> {
        let name = self.store.fill(&format!("{{orchestration.{}}}", table.name()))?;
        let sql = format!("SELECT {} FROM {name} WHERE is_deleted = 0 {tail}", columns.join(", "));
        // A text without values takes one round trip, a prepared one two.
        Ok(if values.is_empty() {
            self.session.query_text(&sql).await?
        } else {
            self.session.query(&sql, values).await?
        })
    }

    /// A batch's events beyond a number, in order; it stops at a gap, beyond which nothing may be seen yet.
    pub async fn events(&mut self, batch: BatchId, after: Seq, limit: usize) -> Result<Vec<Event>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        events::after(&self.store, self.session.as_mut(), batch, after, limit).await
    }

    /// The number after which the last events of a batch come.
    pub async fn before_last(&mut self, batch: BatchId, count: u32) -> Result<Seq> {
        if self.is_legacy() {
            return Ok(Seq(0));
        }
        let last = events::last_seq(&self.store, self.session.as_mut(), batch).await?;
        Ok(Seq((last.0 - i64::from(count)).max(0)))
    }

    /// The system as it is now, and the number of its last event: from its latest events, and from the rows of what may
    /// be older, however long its history.
    pub async fn system(&mut self) -> Result<(System, Seq)> {
        if self.is_legacy() {
            return Ok((System::default(), Seq(0)));
        }
        let (mut world, mut last) = (World::default(), self.before_last(BatchId::SYSTEM, SYSTEM_EVENTS).await?);
        let tail = "AND batch_id = 0 AND alert_status IN ('new', 'acknowledged', 'escalated') ORDER BY alert_id";
        let open = self.rows(Table::Alerts, AlertRow::COLUMNS, tail, &[]).await?;
        world.system.alerts.extend(open.iter().map(AlertRow::read).map(|row| (row.alert_id, row.to_alert())));
        for event in self.events(BatchId::SYSTEM, last, usize::MAX).await? {
            last = event.seq;
            world.apply(&event);
        }
        // A freeze may be older than the latest events; its row is what the journal made of it.
        world.system.freeze = self.last_freeze().await?;
        world.system.status = world.system.freeze.as_ref().map(|f| (f.status, f.reason.clone()));
        Ok((world.system, last))
    }

    /// The latest event of a kind (its tag, such as `file_captured`) about a file.
    pub async fn find_event(&mut self, batch: BatchId, file: FileId, kind: &str) -> Result<Option<Event>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let sql = self.store.sql(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} \
             WHERE file_id = ? AND batch_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
        )?;
        let is_meant = |e: &&Event| e.batch == batch && e.kind.file() == Some(file) && e.kind.name() == kind;
        if let Some(event) = self.unwritten.iter().rfind(is_meant) {
            return Ok(Some(event.clone()));
        }
        let rows = self.session.query(&sql, &[file.0.into(), batch.0.into(), kind.into()]).await?;
        rows.first().map(|row| events::event(row, 0)).transpose()
    }

    /// Every event about a file, in order.
    pub async fn events_of(&mut self, batch: BatchId, file: FileId) -> Result<Vec<Event>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        if self.read.first().is_none_or(|event| (event.batch, event.kind.file()) != (batch, Some(file))) {
            self.read.clear();
        }
        if self.read.is_empty() || !self.is_told {
            let beyond = self.read.last().map_or(-1, |event| event.seq.0);
            let sql = self.store.sql(
                "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} \
                 WHERE file_id = ? AND batch_id = ? AND seq > ? ORDER BY seq",
            )?;
            let rows = self.session.query(&sql, &[file.0.into(), batch.0.into(), beyond.into()]).await?;
            let new = rows.iter().map(|row| events::event(row, 0)).collect::<Result<Vec<Event>>>()?;
            self.read.extend(new);
        }
        let mut events = self.read.clone();
        let last = events.last().map_or(Seq(0), |event| event.seq);
        let is_new = |e: &&Event| e.batch == batch && e.kind.file() == Some(file) && e.seq > last;
        events.extend(self.unwritten.iter().filter(is_new).cloned());
        Ok(events)
    }

    /// The world with one batch in it: replayed from its journal, or put together from the rows of a batch that has
    /// none (`None` when there is no such batch).
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](super::StoreError::Corrupt) for a journal with gaps or events that cannot be read.
    pub async fn world(&mut self, batch: BatchId) -> Result<Option<World>> {
        let mut world = World::default();
        if !self.is_legacy() {
            let apply = |event: Event| drop(world.apply(&event));
            let last = events::replay(&self.store, self.session.as_mut(), batch, apply).await?;
            if last > Seq(0) {
                return Ok(Some(world));
            }
        }
        self.legacy_world(batch).await
    }

    /// The world with a batch and every batch after it: what a rollback of it depends on. `None` when there is no such
    /// batch.
    ///
    /// # Errors
    /// Those of [`Reader::world`].
    pub async fn world_from(&mut self, batch: BatchId) -> Result<Option<World>> {
        let Some(mut world) = self.world(batch).await? else { return Ok(None) };
        let tail = "AND batch_id > ? ORDER BY batch_id";
        let later = self.rows(Table::Batches, &["batch_id"], tail, &[batch.0.into()]).await?;
        for row in &later {
            if let Some(other) = self.world(BatchId(row.get_i64(0))).await? {
                world.batches.extend(other.batches);
            }
        }
        Ok(Some(world))
    }

    /// Reads who holds the lease, or held it last.
    pub async fn lease(&mut self) -> Result<Option<LeaseRow>> {
        if self.is_legacy() {
            return Ok(None);
        }
        Lease::current(&self.store, self.session.as_mut()).await
    }

    /// The version stamp of the system: the highest to which a completed batch has brought it, 0 before the first.
    pub async fn current_epoch(&mut self) -> Result<Epoch> {
        let sql = self.store.sql(
            "SELECT MAX(epoch_to) FROM {orchestration.migration_batches} WHERE batch_status = 'completed' AND is_deleted = 0",
        )?;
        let rows = self.session.query_text(&sql).await?;
        Ok(Epoch(rows.first().map_or(0, |row| row.get_i64(0))))
    }

    /// The highest key that a file ever had, rows that somebody deleted included; 0 before the first.
    pub async fn newest_file(&mut self) -> Result<FileId> {
        let sql = self.store.sql("SELECT MAX(file_id) FROM {orchestration.migration_files}")?;
        let rows = self.session.query_text(&sql).await?;
        Ok(FileId(rows.first().map_or(0, |row| row.get_i64(0))))
    }

    /// The database's clock.
    pub async fn now(&mut self) -> Result<Millis> {
        let rows = self.session.query_text(&self.store.sql("SELECT {now_ms}")?).await?;
        Ok(Millis(rows.first().map_or(0, |row| row.get_i64(0))))
    }

    /// A session beside this one that sees core, to be given back to `beside`.
    ///
    /// # Errors
    /// The database's, where none can be opened.
    pub(crate) async fn look(&mut self, purpose: Purpose) -> std::result::Result<Box<dyn Session>, DbError> {
        self.beside.take(&self.store, purpose).await
    }

    /// The session, for reading what the store does not know: `answer`, for one.
    pub fn session(&mut self) -> &mut dyn Session {
        self.session.as_mut()
    }

    /// Closes the session.
    pub async fn close(mut self) {
        self.beside.close().await;
        self.session.close().await;
    }
}
