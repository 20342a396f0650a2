//! The command `caribou backup`: a dump of what a plan will change, made by the server's own tool, and found by the
//! checklist.

mod embedded;
mod login;
mod manifest;
mod partial;
pub(crate) mod proof;
mod subject;
mod tool;

use super::context::Context;
use super::planning::{self, flags::PlanFlags};
use super::project::Project;
use super::signals::Interrupts;
use super::{CliError, Exit, output};
use crate::database::{Place, Purpose, ServerKind, Session};
use login::Login;
use manifest::Manifest;
use partial::Partial;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use subject::Subject;
use tool::Tool;

/// Characters of the plan's checksum in the name of a dump.
const SHORT: usize = 12;

/// Dump the tables that the plan changes, with the server's own tool
///
/// The tables of core that the plan changes, and what stands on them, as they are at one moment, with triggers, routines
/// and events: by mariadb-dump or mysqldump, on SQLite by VACUUM INTO. The dump has its name only once it is whole and
/// on the disk. In the directory backup.dump it is what proves a backup to the checklist, for this very plan.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou backup\n  caribou backup --all --output /var/backups/shop.sql\n\nExit status: 0 \
    dumped; 1 the dump failed, nothing is left of it; 2 refused before anything began;\n5 no connection or privilege; \
    130 interrupted, nothing is left of it."
)]
pub(crate) struct Backup {
    /// Write it there instead of into backup.dump; a file that exists is not replaced
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Dump all of core, whatever the plan changes
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    flags: PlanFlags,
}

/// A dump in JSON, and for people.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Made {
    file: PathBuf,
    #[serde(flatten)]
    manifest: Manifest,
    took_ms: u64,
    /// True if the checklist takes it for the proof.
    proves: bool,
}

impl Backup {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            // From here on a signal ends nothing by itself: what is half written is always removed.
            let mut interrupts = Interrupts::new()?;
            match interrupts.unless(self.make(context)).await {
                Some(made) => show(context, &made?),
                None => Err(CliError::new(Exit::Interrupted, "interrupted; nothing is left of the dump")),
            }
        })
    }

    async fn make(self, context: &Context) -> Result<Made, CliError> {
        let config = context.config()?;
        let mut project = Project::connect(context).await?;
        let planned = project.plan(config, planning::read_directory(config)?, &self.flags.into()).await?;
        planning::require_plannable(&planned.plan)?;
        if planned.plan.is_empty() && !self.all {
            return Err(CliError::refused("there is nothing to run, so there is nothing to dump for it")
                .hint("--all dumps all of core"));
        }
        let database = project.store.database();
        let (kind, core) = (database.kind(), database.schemas().core.clone());
        let mut session = database.open(Purpose::Reader).await?;
        if !session.schema_exists(&core).await? {
            return Err(CliError::refused(format!("there is no schema {core} yet: nothing stands that could be lost")));
        }
        let there = session.relations(&core).await?;
        let mut subject = Subject::choose(&there, &planned.plan, &core, self.all || kind == ServerKind::Sqlite);
        subject.warn_of_engines(session.as_mut()).await?;
        for warning in &subject.warnings {
            output::warning(warning);
        }
        let plan = Some(planned.plan.checksum.0.clone()).filter(|_| !planned.plan.is_empty());
        let to = place(self.output, config.values.backup.dump.as_deref(), plan.as_deref(), &core, kind)?;
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let started = Instant::now();
        let (tool, bytes) = write(context, session, &subject, &to).await?;
        let all = subject.wanted.tables.is_none();
        let database = project.label();
        let manifest = Manifest { plan, database, server: kind, core, tables: subject.tables, all, bytes, begun, tool };
        manifest.write(&to).map_err(|error| cannot(&to, &error))?;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let proves = manifest.plan.is_some() && config.values.backup.dump.as_deref().is_some_and(|dir| holds(dir, &to));
        Ok(Made { file: to, manifest, took_ms, proves })
    }
}

/// Makes the dump, and gives what made it and its bytes.
async fn write(
    context: &Context,
    mut session: Box<dyn Session>,
    subject: &Subject,
    to: &Path,
) -> Result<(String, u64), CliError> {
    let config = context.config()?;
    let (partial, file) = Partial::begin(to).map_err(|error| cannot(to, &error))?;
    let tool = match context.target()?.place {
        Place::Sqlite { .. } => {
            embedded::copy(session.as_mut(), &subject.wanted.core, partial.path()).await?;
            "VACUUM INTO".to_owned()
        }
        Place::Server(address) => {
            let tool = Tool::find(config.values.backup.tool.as_deref(), session.kind()).await?;
            let login = Login::write(&address, tool.flavour, is_encrypted(session.as_mut()).await?);
            let login = login.map_err(|error| {
                CliError::new(Exit::Failed, format!("could not write an option file for {}: {error}", tool.name()))
                    .hint("TMPDIR names where it goes")
            })?;
            output::say(&format!("{} writes {} …", output::safe(tool.name()), to.display()));
            tool.dump(&login, &subject.wanted, &file).await?;
            tool.name().to_owned()
        }
    };
    session.close().await;
    let bytes = std::fs::metadata(partial.path()).map_err(|error| cannot(to, &error))?.len();
    partial.complete().map_err(|error| cannot(to, &error))?;
    Ok((tool, bytes))
}

fn cannot(to: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("could not write {}: {error}", to.display()))
        .hint("check that the directory is there, who may write it, and the space left on it")
}

/// True if a file lies in a directory.
fn holds(dir: &Path, file: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(dir).is_some_and(|dir| real(file).as_deref().and_then(Path::parent) == Some(&dir))
}

/// The file to be written. A directory that is configured is made, for its owner only.
fn place(
    asked: Option<PathBuf>,
    configured: Option<&Path>,
    plan: Option<&str>,
    core: &str,
    kind: ServerKind,
) -> Result<PathBuf, CliError> {
    let ending = if kind == ServerKind::Sqlite { "db" } else { "sql" };
    let to = match (asked, configured) {
        (Some(file), _) => file,
        (None, Some(dir)) => {
            use std::os::unix::fs::DirBuilderExt;
            std::fs::DirBuilder::new().mode(0o700).recursive(true).create(dir).map_err(|error| {
                CliError::refused(format!("the directory {} cannot be made: {error}", dir.display()))
                    .hint("backup.dump names it")
            })?;
            let when = chrono::Utc::now().format("%Y%m%dT%H%M%S%3fZ");
            let plan = plan.map_or("all", |plan| plan.get(..SHORT).unwrap_or(plan));
            dir.join(format!("{core}-{plan}-{when}.{ending}"))
        }
        (None, None) => {
            return Err(CliError::refused("it is not said where the dump is to go")
                .hint("set [backup] dump = \"DIRECTORY\", where the checklist finds it, or use --output FILE"));
        }
    };
    match std::fs::symlink_metadata(&to) {
        Ok(_) => Err(CliError::refused(format!("{} is there already, and is not replaced", to.display()))
            .hint("choose another name, or take it away")),
        Err(_) => Ok(to),
    }
}

/// True if this connection is by TLS: then a tool is to use it, too.
async fn is_encrypted(session: &mut dyn Session) -> Result<bool, CliError> {
    let rows = session.query_text("SHOW SESSION STATUS LIKE 'Ssl_cipher'").await?;
    Ok(rows.first().is_some_and(|row| !row.get_text(1).is_empty()))
}

fn show(context: &Context, made: &Made) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(made)?;
        return Ok(Exit::Done);
    }
    let Made { file, manifest, took_ms, proves } = made;
    let what = match manifest.all {
        true => format!("all of {}", output::safe(&manifest.core)),
        false => output::safe(&manifest.tables.join(", ")),
    };
    let what = if what.is_empty() { "routines and events (no table that stands is changed)".to_owned() } else { what };
    let mut text = format!(
        "{}\n{}, {}, {}: {what}\n",
        output::safe(&file.display().to_string()),
        output::bytes(manifest.bytes),
        output::count(manifest.tables.len() as u64, "table"),
        output::took(*took_ms),
    );
    text.push_str(match proves {
        true => "The checklist takes it for the backup of this plan.\n",
        false => "The checklist does not look there: [backup] dump names where it does.\n",
    });
    text.push_str(&format!("{}\n", output::safe(&way_back(file, manifest))));
    output::text(&text)?;
    Ok(Exit::Done)
}

/// Tells how the dump goes back.
fn way_back(file: &Path, manifest: &Manifest) -> String {
    let (file, core) = (file.display(), &manifest.core);
    match manifest.server {
        ServerKind::Sqlite => format!(
            "It goes back by: end everything that has {core}.db open, copy {file} over it, and take {core}.db-wal and {core}.db-shm away."
        ),
        ServerKind::MariaDb => format!("It goes back by: mariadb {core} < {file}"),
        ServerKind::MySql => format!("It goes back by: mysql {core} < {file}"),
    }
}
