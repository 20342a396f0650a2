//! The plan of a directory against what has run here.

use super::drift::Edited;
use super::{Project, measured};
use crate::check::CheckSettings;
use crate::cli::config::Config;
use crate::cli::elsewhere::Elsewhere;
use crate::cli::exit::CliError;
use crate::cli::planning::checks;
use crate::cli::planning::{self, DatabaseState, FoundDirectory, PlanOptions, Planned};
use crate::database::{self, Purpose, ServerKind, Sight};
use crate::engine;
use crate::handlers::{Catalog, Described, Handlers, Subject, validate_before};
use crate::model::{BatchId, Checksum, Epoch, FileId, FileState, FileStatus, FileType, RunRule};
use crate::plan::{self, Applied, Foreseen, Plan, Refusal};
use crate::source::SourceFile;
use crate::sql::{self, How, Language, Relation};
use crate::store::{HistoryFile, SchemaState, are_grants_installed};
use std::collections::{HashMap, HashSet};

impl Project {
    /// The plan of a directory against what has run here.
    pub async fn plan(
        &mut self,
        config: &Config,
        found: FoundDirectory,
        requested: &PlanOptions,
    ) -> Result<Planned, CliError> {
        let (known, is_moving) = self.state_for_a_plan(&found).await?;
        let edited = Edited::of(&found, &known.history);
        let elsewhere = if known.history.is_empty() { self.elsewhere(&found).await? } else { Vec::new() };
        let mut planned = planning::make(found, &known, config, requested);
        self.take_in_overrides(&mut planned.plan).await?;
        planned.plan.findings.extend(elsewhere.iter().map(Elsewhere::finding));
        planned.elsewhere = elsewhere;
        if known.history.is_empty() && !planned.plan.is_empty() && self.is_core_missing().await? {
            planned.plan.refused.push(Refusal::NoSchema { schema: known.core.clone() });
            return Ok(planned);
        }
        self.compare_edited(&mut planned.plan, &edited).await?;
        self.time(config, &mut planned).await?;
        self.validate(&mut planned.plan, &known.core, &config.values.handlers()).await?;
        self.foresee(&mut planned.plan, &known, config.values.policy.foreseen, is_moving).await?;
        engine::estimate(&self.store, &mut planned.plan, config.values.keep.budget).await?;
        self.expect(config, &mut planned, &known.history).await?;
        if !planned.plan.is_empty() {
            planned.rehearsed = self.rehearsed(&planned.plan.checksum.0).await?;
        }
        Ok(planned)
    }

    /// The plan of files that have run already, by another tool: nothing is asked about what they would do.
    pub async fn plan_adoption(&mut self, config: &Config, found: FoundDirectory) -> Result<Planned, CliError> {
        let (known, _) = self.state_for_a_plan(&found).await?;
        let requested = PlanOptions { accept_irreversible: true, ..PlanOptions::default() };
        Ok(planning::make(found, &known, config, &requested))
    }

    /// The plan of squashes that count as having run, by which they are recorded.
    pub async fn plan_squashes(&mut self, config: &Config, found: FoundDirectory) -> Result<Planned, CliError> {
        let (known, _) = self.state_for_a_plan(&found).await?;
        let requested = PlanOptions { accept_irreversible: true, records_squashes: true, ..PlanOptions::default() };
        Ok(planning::make(found, &known, config, &requested))
    }

    /// What has run here and what stands, and whether a batch is open that may change it.
    pub(super) async fn state_for_a_plan(&mut self, found: &FoundDirectory) -> Result<(DatabaseState, bool), CliError> {
        let (mut history, mut epoch, mut newest, mut is_moving) = (Vec::new(), Epoch(0), FileId::default(), false);
        if self.reader.is_none() {
            if self.state != SchemaState::Absent {
                self.require_installed().await?;
            }
        } else {
            // In this order: what is added in between makes the plan stale, and is not missed.
            newest = self.reader()?.newest_file().await?;
            let files = self.reader()?.history_files().await?;
            epoch = files
                .iter()
                .filter(|f| f.status == FileStatus::Completed)
                .map(|f| f.epoch_to)
                .max()
                .unwrap_or_default();
            // A rollback of what has completed brings the system to an epoch that no file has.
            epoch = epoch.max(self.reader()?.current_epoch().await?);
            let open: Vec<BatchId> = self.reader()?.open_batches().await?.iter().map(|batch| batch.batch_id).collect();
            is_moving = !open.is_empty();
            for file in files {
                history.push(self.applied(file, &open).await?);
            }
        }
        let dialect = self.store.database().kind().dialect();
        let core = self.store.schemas().core.clone();
        let reserved = self.store.reserved();
        // Where nothing has to run, nobody asks what stands on what.
        let relations = match has_all_run(found, &history) {
            true => Vec::new(),
            false => self.relations(&core).await?,
        };
        let globals = self.store.database().globals();
        Ok((DatabaseState { history, newest, epoch, dialect, globals, core, reserved, relations }, is_moving))
    }

    /// Runs the checks that come before each file of a plan, as far as they can be made now.
    pub async fn check_plan(&self, settings: &CheckSettings, planned: &mut Planned) -> Result<(), CliError> {
        if self.is_unmade {
            engine::check_text(&self.store, &mut planned.plan, settings);
            return Ok(());
        }
        engine::check_plan(&self.store, &mut planned.plan, settings).await?;
        // The server has said by now which statements touch no row.
        planned.plan.expect(&planned.measured);
        Ok(())
    }

    /// Says how long the files may take, by what was measured here before.
    async fn expect(&mut self, config: &Config, planned: &mut Planned, history: &[Applied]) -> Result<(), CliError> {
        let is_sqlite = self.store.kind() == ServerKind::Sqlite;
        let parallel = planned.plan.policy.parallel.unwrap_or(config.values.workers.parallel);
        // SQLite has one writer at a time.
        planned.measured.width = if is_sqlite { 1 } else { parallel.max(1) as usize };
        if let Some(reader) = self.reader.as_mut() {
            // Most files have never run, and nothing is asked about them.
            let paths: HashSet<&str> = history.iter().map(|applied| applied.path.as_str()).collect();
            let bytes: HashSet<&Checksum> = history.iter().map(|applied| &applied.hash).collect();
            let files = planned.plan.files.iter().map(|file| (&file.hash, file.path.as_str()));
            let files: Vec<_> = files.filter(|(hash, path)| bytes.contains(hash) || paths.contains(path)).collect();
            let hashes: Vec<_> = planned.plan.files.iter().map(|file| &file.hash).collect();
            let rehearsed = reader.rehearsed_files(&hashes).await?;
            measured::take_in(&mut planned.measured, reader.past_runs(&files).await?, rehearsed);
        }
        planned.plan.expect(&planned.measured);
        Ok(())
    }

    /// The time that the plan may take, by what files took here before; then people are told of it.
    async fn time(&mut self, config: &Config, planned: &mut Planned) -> Result<(), CliError> {
        let Some(reader) = self.reader.as_mut().filter(|_| !planned.plan.files.is_empty()) else { return Ok(()) };
        let files = planned.plan.files.len() as u64;
        let estimate = reader.mean_file_ms().await?.map(|ms| ms.saturating_mul(files));
        planned.plan.policy.alerts = Some(config.values.policy.alerts.policy(estimate));
        Ok(())
    }

    /// Lets the handlers look at the files, before anything runs. What earlier files of the plan make or change is not there
    /// yet, and is looked at when the file's turn comes.
    async fn validate(&self, plan: &mut Plan, core: &str, handlers: &Handlers) -> Result<(), CliError> {
        let database = Some(self.store.database().as_ref()).filter(|_| !self.is_unmade);
        let dialect = self.store.database().kind().dialect();
        let language = Language::new(dialect, &self.store.database().globals()).with(&plan.policy.session);
        let (mut made, mut faults) = (HashSet::new(), Vec::new());
        for file in &mut plan.files {
            let handler = handlers.of(&file.up, file.file_type);
            let described = handler.describes(&file.path, &file.up).into_iter();
            file.describes =
                described.map(|Described { line, table, column }| plan::Described { line, table, column }).collect();
            let has_steps = file.statements.iter().any(|statement| statement.kind.is_own());
            // Most files are of doctrine, in which any statement may be; one that could not be prepared is told already.
            if (has_steps || handler.source().name != FileType::Doctrine.as_str()) && !file.up.is_empty() {
                // What cannot be split stands among the refusals.
                let read = |text: &str| sql::read(text, language.for_file(&file.up)).unwrap_or_default();
                let (script, back) = (read(&file.up), file.down.as_deref().map(read));
                let (path, text) = (file.path.as_str(), file.up.as_str());
                let subject = Subject { path, text, script: &script, back: back.as_ref(), dialect, core };
                let mut catalog = Catalog::new(database, core, &made);
                let found = validate_before(handler.as_ref(), &subject, &mut catalog).await;
                catalog.close().await;
                faults.extend(found?.into_iter().map(|fault| (file.path.clone(), fault)));
            }
            let changed =
                file.statements.iter().flat_map(|s| &s.objects).filter(|t| t.how.changes() && t.how != How::Writes);
            made.extend(changed.map(|touch| touch.object.name.to_lowercase()));
        }
        plan.refused.extend(faults.into_iter().map(planning::not_of_its_type));
        Ok(())
    }

    /// Compares a plan with the schema as it will be. `is_moving`: a batch has not ended, and changes it before.
    async fn foresee(
        &self,
        plan: &mut Plan,
        state: &DatabaseState,
        foreseen: Foreseen,
        is_moving: bool,
    ) -> Result<(), CliError> {
        if plan.is_empty() || foreseen == Foreseen::Off {
            return Ok(());
        }
        let core = state.core.as_str();
        let why = if is_moving {
            Some("a batch has not ended, and may change it before this one begins".to_owned())
        } else {
            match self.catalog(core, plan, &state.relations).await? {
                Some(known) => {
                    plan::foresee(plan, &known, (core, state.dialect), foreseen);
                    None
                }
                None => Some(format!("this account does not see all of {core}")),
            }
        };
        plan.findings.extend(why.map(plan::unseen));
        Ok(())
    }

    /// Reads which objects of core stand on which, by which files are ordered that do not name it.
    async fn relations(&self, core: &str) -> Result<Vec<Relation>, CliError> {
        if self.is_unmade {
            return Ok(Vec::new());
        }
        let mut session = self.store.database().open(Purpose::Reader).await?;
        let found = database::relations(session.as_mut(), core).await;
        session.close().await;
        Ok(found?)
    }

    /// True if a server has no schema that could be migrated. SQLite makes it with the first file.
    async fn is_core_missing(&self) -> Result<bool, CliError> {
        if self.store.kind() == ServerKind::Sqlite {
            return Ok(false);
        }
        let mut session = self.store.database().open(Purpose::Reader).await?;
        let seen = database::sight(session.as_mut(), &self.store.schemas().core).await;
        session.close().await;
        Ok(seen? == Sight::NoSchema)
    }

    /// Takes in what approvers let pass of a plan that cannot become a batch.
    async fn take_in_overrides(&mut self, plan: &mut Plan) -> Result<(), CliError> {
        let is_of_a_check = plan.refused.iter().any(|refusal| matches!(refusal, Refusal::Check { .. }));
        let (store, account) = (self.store.clone(), self.account());
        let Some(reader) = self.reader.as_mut().filter(|_| is_of_a_check) else { return Ok(()) };
        let overrides = reader.plan_overrides(&plan.checksum).await?;
        if overrides.is_empty() {
            return Ok(());
        }
        let guarded = are_grants_installed(reader.session(), &store).await?;
        let four_eyes = reader.settings().await?.floor(guarded).four_eyes;
        checks::let_pass(plan, &overrides, four_eyes.then_some(account.as_str()));
        Ok(())
    }

    /// Tells whether the last rehearsal passed, if it was one of this plan.
    async fn rehearsed(&mut self, plan: &str) -> Result<Option<bool>, CliError> {
        match self.reader.as_mut() {
            Some(reader) if !reader.is_legacy() => {
                let last = reader.settings().await?.rehearsed();
                Ok(last.filter(|rehearsed| rehearsed.plan == plan).map(|rehearsed| rehearsed.passed))
            }
            _ => Ok(None),
        }
    }

    async fn applied(&mut self, file: HistoryFile, open: &[BatchId]) -> Result<Applied, CliError> {
        let failed = file.state == FileState::Failed;
        let effects = failed && self.has_effects(file.batch_id, &file).await?;
        Ok(Applied {
            file_id: file.file_id,
            path: file.path,
            hash: file.hash,
            canonical: file.canonical.unwrap_or_default(),
            status: file.status,
            state: file.state,
            effects,
            open: open.contains(&file.batch_id),
            epoch_to: file.epoch_to,
            gone: file.gone,
            batch: file.batch_id,
        })
    }

    /// True if a failed file left something behind; a batch without a journal may have.
    async fn has_effects(&mut self, batch: BatchId, file: &HistoryFile) -> Result<bool, CliError> {
        let world = self.reader()?.world_of_file(batch, file.file_id).await?;
        Ok(world.is_none_or(|w| w.file(batch, file.file_id).is_none_or(|f| f.has_effects())))
    }
}

/// True if every file of the directory has completed with these very bytes.
fn has_all_run(found: &FoundDirectory, history: &[Applied]) -> bool {
    let completed = history
        .iter()
        .filter(|file| file.status == FileStatus::Completed)
        .map(|file| (file.path.as_str(), &file.hash.0));
    let completed: HashMap<&str, &String> = completed.collect();
    let has_run = |file: &SourceFile| {
        file.rule == RunRule::default() && completed.get(file.path.as_str()) == Some(&&file.up.sha256)
    };
    found.directory.files.iter().all(has_run)
}
