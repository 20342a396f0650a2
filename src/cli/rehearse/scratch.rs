//! The scratch schemas: made from the structure of core, and dropped at the end.

use super::super::context::Context;
use super::super::project;
use super::super::{CliError, output};
use super::copy;
use crate::database::{Definition, Place, Purpose, Schemas, ServerKind, Session};
use crate::sql::{ObjectKind, ObjectName, quote_identifier};
use crate::store::Store;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// Mark of a rehearsal's schemas: a table of this name in the orchestration schema, made before all others.
const MARK: &str = "caribou_rehearsal";

/// The scratch schemas, and how they are reached.
pub(super) struct ScratchSchemas {
    pub store: Store,
    /// SQLite's temporary directory.
    dir: Option<PathBuf>,
    /// Holds the name against another rehearsal.
    keeper: Option<Box<dyn Session>>,
}

impl ScratchSchemas {
    /// Makes them, with the structure of `real`'s core.
    pub async fn make(context: &Context, real: &Store) -> Result<ScratchSchemas, CliError> {
        let core = &real.schemas().core;
        let dialect = real.database().kind().dialect();
        let found = structure(real).await?;
        let mut copied = copy::ScratchObjects::from_definitions(found, core, dialect);
        copied.defaults = copy::defaults(real).await?;
        let schemas = Schemas::from_core(&format!("{core}_rehearsal"));
        let dir = match context.target()?.place {
            Place::Sqlite { .. } => Some(temporary()?),
            Place::Server(_) => None,
        };
        let store = project::connect_to(context, |target| {
            target.schemas = schemas;
            if let Some(dir) = &dir {
                target.place = Place::Sqlite { dir: dir.clone() };
            }
        })
        .await?;
        let mut scratch = ScratchSchemas { store, dir, keeper: None };
        match scratch.furnish(&mut copied).await {
            Ok(()) => {
                copied.tell();
                Ok(scratch)
            }
            Err(error) => {
                scratch.take_down().await?;
                Err(error)
            }
        }
    }

    async fn furnish(&mut self, copied: &mut copy::ScratchObjects) -> Result<(), CliError> {
        self.reserve().await?;
        let dialect = self.store.database().kind().dialect();
        let schemas = self.store.schemas().clone();
        let mut control = self.store.database().open(Purpose::Control).await?;
        control.create_schema(&schemas.orchestration).await?;
        let mark = quote_identifier(&schemas.orchestration, dialect).map_err(|e| CliError::refused(e.to_string()))?;
        control.execute(&format!("CREATE TABLE IF NOT EXISTS {mark}.{MARK} (id INT)"), &[]).await?;
        for schema in schemas.all() {
            control.create_schema(schema).await?;
        }
        if let Some(defaults) = &copied.defaults {
            let core = quote_identifier(&schemas.core, dialect).map_err(|e| CliError::refused(e.to_string()))?;
            control.query_text(&format!("ALTER DATABASE {core} {defaults}")).await?;
        }
        control.close().await;
        let mut file = self.store.database().open(Purpose::File).await?;
        let made = copied.make(file.as_mut(), dialect).await;
        file.close().await;
        made?;
        self.store.install().await?;
        Ok(())
    }

    /// Takes the name, and drops what an earlier rehearsal left under it.
    async fn reserve(&mut self) -> Result<(), CliError> {
        if self.dir.is_some() {
            return Ok(());
        }
        let schemas = self.store.schemas().clone();
        let mut keeper = self.store.database().open(Purpose::Control).await?;
        let lock = keeper.query("SELECT GET_LOCK(LEFT(SHA2(?, 256), 60), 0)", &[schemas.core.as_str().into()]).await?;
        if lock.first().is_none_or(|row| row.opt_text(0).as_deref() != Some("1")) {
            return Err(CliError::refused(format!("another rehearsal uses the schema {}", schemas.core)));
        }
        let mut there = Vec::new();
        for schema in schemas.all() {
            if keeper.schema_exists(schema).await? {
                there.push(schema);
            }
        }
        if let Some(first) = there.first() {
            let marks = keeper.relations(&schemas.orchestration).await?;
            if !marks.iter().any(|relation| relation.name == MARK) {
                return Err(CliError::refused(format!("the schema {first} is there, and is not a rehearsal's"))
                    .hint("rename or drop it, if nobody needs it"));
            }
            output::say("Dropping what an earlier rehearsal left.");
        }
        self.keeper = Some(keeper);
        self.drop_schemas().await
    }

    /// Drops the scratch schemas, the one with the mark last.
    async fn drop_schemas(&mut self) -> Result<(), CliError> {
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        let schemas = self.store.schemas().clone();
        let dialect = self.store.database().kind().dialect();
        for schema in [&schemas.core, &schemas.ephemeral, &schemas.undo, &schemas.orchestration] {
            let name = quote_identifier(schema, dialect).map_err(|e| CliError::refused(e.to_string()))?;
            keeper.query_text(&format!("DROP DATABASE IF EXISTS {name}")).await?;
        }
        Ok(())
    }

    /// Takes everything away again.
    pub async fn take_down(mut self) -> Result<(), CliError> {
        let dropped = self.drop_schemas().await;
        if let Some(keeper) = self.keeper.take() {
            keeper.close().await;
        }
        self.store.database().close().await;
        if let Some(dir) = &self.dir {
            std::fs::remove_dir_all(dir)
                .map_err(|e| CliError::refused(format!("cannot remove {}: {e}", dir.display())))?;
        }
        dropped
    }
}

pub(super) fn temporary() -> Result<PathBuf, CliError> {
    let dir = std::env::temp_dir().join(format!("caribou-rehearsal-{}-{:08x}", std::process::id(), fastrand::u32(..)));
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&dir)
        .map_err(|e| CliError::refused(format!("cannot make {}: {e}", dir.display())))?;
    Ok(dir)
}

/// Query for the programs of a schema. Triggers are asked for by the schema of their table, which is theirs too: for
/// that alone MariaDB does not open every table of the server.
const PROGRAMS: &str = "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? \
     UNION ALL SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE \
     EVENT_OBJECT_SCHEMA = ? UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? \
     ORDER BY 1, 2";

/// The definitions of everything in core, under names without a schema. What the server does not show, such as a view that
/// is broken, has no text.
pub(super) async fn structure(store: &Store) -> Result<Vec<Definition>, CliError> {
    // A session that has core as its default: what the server shows of views is then without its name.
    let purpose = if store.kind() == ServerKind::Sqlite { Purpose::File } else { Purpose::Look };
    let mut session = store.database().open(purpose).await?;
    let found = objects(session.as_mut(), store).await;
    let definitions = match found {
        Ok(objects) => each(session.as_mut(), objects).await,
        Err(error) => Err(error),
    };
    session.close().await;
    definitions
}

async fn each(session: &mut dyn Session, objects: Vec<ObjectName>) -> Result<Vec<Definition>, CliError> {
    let mut found = Vec::with_capacity(objects.len());
    for object in objects {
        match session.inspect(std::slice::from_ref(&object)).await {
            Ok(shown) => found.extend(shown),
            Err(error) if copy::is_of_the_connection(&error) => return Err(error.into()),
            Err(_) => found.push(Definition { object, text: None }),
        }
    }
    Ok(found)
}

async fn objects(session: &mut dyn Session, store: &Store) -> Result<Vec<ObjectName>, CliError> {
    let core = store.schemas().core.as_str();
    let mut objects = session.relations(core).await?;
    if store.database().kind().dialect().is_mysql_family() {
        for row in session.query(PROGRAMS, &[core.into(), core.into(), core.into()]).await? {
            let kind = match row.get_text(0).as_str() {
                "TRIGGER" => ObjectKind::Trigger,
                "FUNCTION" => ObjectKind::Function,
                "EVENT" => ObjectKind::Event,
                _ => ObjectKind::Procedure,
            };
            objects.push(ObjectName::new(kind, row.get_text(1)));
        }
    }
    for object in &mut objects {
        object.schema = None;
    }
    Ok(objects)
}
