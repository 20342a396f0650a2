//! The database of the project here: connected, and asked.

mod catalog;
mod drift;
mod elsewhere;
mod frozen;
mod measured;
mod plan;
mod requests;

pub(crate) use drift::Drift;

use super::context::Context;
use super::document::WorkerDocument;
use super::exit::{CliError, Exit};
use super::{ask, output};
use crate::database::{self, ErrorKind, Place, Purpose, Target, server_facts};
use crate::engine;
use crate::model::{BatchId, BatchStatus, BlastRadius, Event, RollbackId, RollbackSubject, Seq, System, World};
use crate::store::{self, BatchRow, Page, Reader, SchemaState, Store, StoreError};

/// Number of batches among which open ones are looked for, from the newest.
const RECENT: usize = 50;
/// Number of events that are read at once.
const CHUNK: usize = 4_000;

/// The connected project.
pub(crate) struct Project {
    pub store: Store,
    /// Open once the schema can be read.
    reader: Option<Reader>,
    state: SchemaState,
    /// SQLite: not even its directory is there, and looking must not make it.
    is_unmade: bool,
}

/// Readiness of the project to drive batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    Installed,
    /// Nothing of ours stands there.
    Absent,
}

/// The answer to a command, as far as there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommandStatus {
    Waiting,
    Accepted,
    Effective,
    Refused(String),
}

/// Connects as configured. A refused account without a password is asked for one, if somebody is there.
///
/// # Errors
/// The database's, and the configuration's.
pub(crate) async fn connect(context: &Context) -> Result<Store, CliError> {
    connect_to(context, |_| {}).await
}

/// The same with a change to where.
pub(crate) async fn connect_to(context: &Context, change: impl FnOnce(&mut Target)) -> Result<Store, CliError> {
    let mut target = context.target()?;
    change(&mut target);
    let database = match database::connect(&target).await {
        Err(error) if error.kind == ErrorKind::Auth && !target.has_password() && ask::is_somebody_there() => {
            give_password(&mut target)?;
            let database = database::connect(&target).await?;
            if let Some(typed) = target.address_mut().and_then(|address| address.password.clone()) {
                context.remember_password(typed);
            }
            database
        }
        other => other?,
    };
    let prefix = context.config()?.values.prefix.clone();
    Ok(Store::with_prefix(database, prefix))
}

/// The refusal of a number that no batch has.
pub(crate) fn no_batch(id: BatchId) -> CliError {
    CliError::refused(format!("there is no batch {id}")).hint("`caribou history` lists them")
}

fn give_password(target: &mut Target) -> Result<(), CliError> {
    let label = target.label();
    if let Some(address) = target.address_mut() {
        address.password = Some(ask::password(&format!("{} at {label}", output::safe(&address.user)))?);
    }
    Ok(())
}

/// A configured SQLite directory that is not there yet holds nothing, and looking must not make it.
fn is_unmade(context: &Context) -> Result<bool, CliError> {
    Ok(matches!(context.target()?.place, Place::Sqlite { dir } if !dir.exists()))
}

impl Project {
    /// Connects and looks what stands there.
    pub async fn connect(context: &Context) -> Result<Project, CliError> {
        let store = connect(context).await?;
        if is_unmade(context)? {
            return Ok(Project { store, reader: None, state: SchemaState::Absent, is_unmade: true });
        }
        Project::from_store(store).await
    }

    /// The project of a store.
    pub async fn from_store(store: Store) -> Result<Project, CliError> {
        let (reader, state) = match Reader::open(&store).await {
            Ok(reader) if reader.is_legacy() => (Some(reader), SchemaState::Legacy),
            Ok(reader) => (Some(reader), SchemaState::Installed { version: store::SCHEMA_VERSION }),
            Err(StoreError::SchemaAbsent { .. }) => (None, SchemaState::Absent),
            Err(StoreError::SchemaOlder { version, .. }) => (None, SchemaState::Older { version }),
            Err(StoreError::SchemaNewer { version, .. }) => (None, SchemaState::Newer { version }),
            Err(error) => return Err(error.into()),
        };
        Ok(Project { store, reader, state, is_unmade: false })
    }

    /// Lets the reader's connection go; nothing is read after that.
    pub async fn let_go(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.close().await;
        }
    }

    /// State of the orchestration schema.
    pub fn state(&self) -> SchemaState {
        self.state
    }

    /// Tells whether batches can be driven; a schema that cannot be is refused, with what to do.
    pub async fn readiness(&self) -> Result<Readiness, CliError> {
        match self.state {
            SchemaState::Absent => Ok(Readiness::Absent),
            state => self.store.require_installed(state).map(|()| Readiness::Installed).map_err(CliError::from),
        }
    }

    /// True if an installation has begun and not ended: another process is at it, or was interrupted.
    pub async fn is_half_installed(&self) -> Result<bool, CliError> {
        Ok(self.state == SchemaState::Older { version: 0 } && self.store.is_half_installed().await?)
    }

    /// Refuses everything but a schema of this version.
    pub async fn require_installed(&self) -> Result<(), CliError> {
        Ok(self.store.require_installed(self.state)?)
    }

    /// Makes the orchestration schema, and says what was done.
    pub async fn install(&mut self) -> Result<Vec<String>, CliError> {
        let done = self.store.install().await?;
        self.reader = Some(Reader::open(&self.store).await?);
        self.is_unmade = false;
        self.state = SchemaState::Installed { version: store::SCHEMA_VERSION };
        Ok(done)
    }

    /// The reader; an absent schema is refused.
    pub fn reader(&mut self) -> Result<&mut Reader, CliError> {
        let state = self.state;
        match self.reader.as_mut() {
            Some(reader) => Ok(reader),
            None => Err(match self.store.require_installed(state) {
                Err(error) => error.into(),
                Ok(()) => CliError::new(Exit::Failed, "the journal is not open"),
            }),
        }
    }

    /// Opens the journal once more, after its connection was lost.
    pub async fn reopen(&mut self) -> Result<(), CliError> {
        self.reader = Some(Reader::open(&self.store).await?);
        Ok(())
    }

    /// Place of the project, for people: database and core schema.
    pub fn label(&self) -> String {
        let database = self.store.database();
        format!("{}/{}", database.label(), database.schemas().core)
    }

    /// The account, in the database's words.
    pub fn account(&self) -> String {
        self.store.database().account().to_owned()
    }

    /// Refuses a server that should not be migrated: a replica, or one that others made read_only.
    pub async fn refuse_replica(&self) -> Result<(), CliError> {
        let mut session = self.store.database().open(Purpose::Reader).await?;
        let facts = server_facts(session.as_mut()).await;
        session.close().await;
        let mut facts = facts?;
        if facts.read_only && self.is_frozen_by_us().await {
            // A worker of ours left it so: the next one goes on with it, or lifts it.
            facts.read_only = false;
        }
        match facts.refusal() {
            Some(why) => Err(CliError::refused(why)),
            None => Ok(()),
        }
    }

    /// The newest batches, newest first.
    pub async fn batches(&mut self, limit: usize) -> Result<Vec<BatchRow>, CliError> {
        Ok(self.reader()?.batches(limit).await?)
    }

    /// The oldest batch that has not ended.
    pub async fn open_batch(&mut self) -> Result<Option<BatchId>, CliError> {
        Ok(self.reader()?.open_batches().await?.pop().map(|b| b.batch_id))
    }

    /// The batch to look at: the oldest that is open, or else the last.
    pub async fn open_or_last(&mut self) -> Result<Option<BatchId>, CliError> {
        Ok(self.reader()?.open_or_last().await?.map(|b| b.batch_id))
    }

    /// A page of a batch: the one with this number, or the one to look at. `None` where there is no such batch.
    pub async fn page(&mut self, batch: Option<BatchId>, most: usize) -> Result<Option<Page>, CliError> {
        let reader = self.reader()?;
        let row = match batch {
            Some(id) => reader.batch(id).await?,
            None => reader.open_or_last().await?,
        };
        match row {
            Some(row) => Ok(reader.page(&row, most).await?),
            None => Ok(None),
        }
    }

    /// The batch that a verb is about when none is named: the one that is open. A retry may mean the last one.
    pub async fn batch_for_a_verb(&mut self, or_last: bool) -> Result<BatchId, CliError> {
        let open = self.reader()?.open_batches().await?;
        let last = self.batches(1).await?;
        match (open.as_slice(), last.first()) {
            ([one], _) => Ok(one.batch_id),
            ([], Some(last)) if or_last && last.status != BatchStatus::Completed => Ok(last.batch_id),
            ([], _) => Err(CliError::refused("no batch is open")
                .hint("`caribou migrate` begins one; --batch names an earlier one (`caribou history`)")),
            (several, _) => {
                let ids: Vec<String> = several.iter().map(|b| b.batch_id.to_string()).collect();
                Err(CliError::refused(format!("batches {} are open", ids.join(", "))).hint("say which with --batch"))
            }
        }
    }

    /// Refuses a number that no batch has.
    pub async fn require_batch(&mut self, id: BatchId) -> Result<(), CliError> {
        self.page(Some(id), 1).await?.map(drop).ok_or_else(|| no_batch(id))
    }

    /// The newest batch that is no rollback of another.
    pub async fn last_batch(&mut self) -> Result<BatchId, CliError> {
        let mut limit = RECENT;
        loop {
            let rows = self.batches(limit).await?;
            let of_files = |b: &&BatchRow| b.properties.get("compensates").is_none_or(serde_json::Value::is_null);
            match rows.iter().find(of_files) {
                Some(batch) => return Ok(batch.batch_id),
                None if rows.len() < limit => return Err(CliError::refused("there is no batch yet")),
                None => limit *= 4,
            }
        }
    }

    /// The batches that have rollbacks; only those of which one is open.
    pub async fn batches_with_rollbacks(&mut self, open: bool) -> Result<Vec<BatchId>, CliError> {
        let mut batches: Vec<BatchId> =
            self.reader()?.rollback_keys(open).await?.into_iter().map(|(batch, _)| batch).collect();
        batches.sort();
        batches.dedup();
        Ok(batches)
    }

    /// The batch that a rollback belongs to.
    pub async fn batch_of_rollback(&mut self, id: RollbackId) -> Result<BatchId, CliError> {
        let all = self.reader()?.rollback_keys(false).await?;
        let found = all.into_iter().find(|(_, rollback)| *rollback == id).map(|(batch, _)| batch);
        found.ok_or_else(|| {
            CliError::refused(format!("there is no rollback {id}"))
                .hint("`caribou rollbacks` lists those that are open")
        })
    }

    /// A batch and every batch after it: what a rollback of it depends on.
    pub async fn world_from(&mut self, batch: BatchId) -> Result<World, CliError> {
        Ok(self.reader()?.world_from(batch).await?.unwrap_or_default())
    }

    /// Looks up what a rollback would do now.
    pub async fn blast_radius(
        &mut self,
        context: &Context,
        world: &World,
        batch: BatchId,
        subject: &RollbackSubject,
    ) -> Result<BlastRadius, CliError> {
        let outside = super::engine_options::outside(context.config()?, &context.directory()?);
        Ok(engine::blast_radius(self.reader()?, &outside, world, batch, subject).await?)
    }

    /// A batch and the system, replayed.
    pub async fn world(&mut self, batch: BatchId) -> Result<World, CliError> {
        Ok(self.reader()?.world(batch).await?.unwrap_or_default())
    }

    /// The same, with the number of the last event in it.
    pub async fn world_and_seq(&mut self, batch: BatchId) -> Result<(World, Seq), CliError> {
        let (mut world, mut last) = (World::default(), Seq::default());
        loop {
            let events = self.events(batch, last).await?;
            let Some(end) = events.last() else { return Ok((world, last)) };
            last = end.seq;
            for event in &events {
                world.apply(event);
            }
        }
    }

    /// Events beyond a number, in order.
    pub async fn events(&mut self, batch: BatchId, after: Seq) -> Result<Vec<Event>, CliError> {
        Ok(self.reader()?.events(batch, after, CHUNK).await?)
    }

    /// Reads how the system stands.
    pub async fn system(&mut self) -> Result<System, CliError> {
        Ok(self.reader()?.system().await?.0)
    }

    /// Reads who drives, if anyone.
    pub async fn worker(&mut self) -> Result<WorkerDocument, CliError> {
        if self.reader.is_none() {
            return Ok(WorkerDocument::default());
        }
        let lease = self.reader()?.lease().await?;
        Ok(lease.map_or_else(WorkerDocument::default, |l| WorkerDocument {
            alive: l.is_held(),
            holder: Some(l.holder),
            lease_age_ms: Some(l.age_ms),
        }))
    }
}
