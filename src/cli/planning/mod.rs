//! From the directory and the history to a plan: what `plan` shows and `migrate` runs.

pub(super) mod checks;
pub(crate) mod flags;
pub(crate) mod freeze;
mod told;

use crate::cli::CliError;
use crate::cli::config::{Config, Migrations, OnFailure};
use crate::cli::elsewhere::Elsewhere;
use crate::handlers::{Fault, Handlers, Original};
use crate::model::{Again, Checksum, Epoch, FileId, Policy};
use crate::plan::{
    self, Applied, Candidate, CandidateNeed, Evidence, Finding, Level, MeasuredTimes, Plan, Refusal, Script,
};
use crate::source::{self, Directory, Manifest, Need, Remark, SourceError, SourceFile, Text, Weight};
use crate::sql::{Dialect, Globals, Relation};
use freeze::PlannedFreeze;
use std::path::PathBuf;

/// A directory and what is to be run of it.
pub(crate) struct Planned {
    pub dir: PathBuf,
    /// Name of the layout by which the directory was read.
    pub layout: &'static str,
    /// True if that was recognised rather than configured.
    pub recognised: bool,
    /// Migrations in the directory.
    pub total: usize,
    /// The newest file that the plan knew of; 0 when there was none.
    pub newest: FileId,
    pub plan: Plan,
    /// True if the last rehearsal was one of this plan, and how it came out.
    pub rehearsed: Option<bool>,
    /// What other tools say has run, where nothing has run here.
    pub elsewhere: Vec<Elsewhere>,
    /// Times of its files that were measured here before.
    pub measured: MeasuredTimes,
    /// When others are kept from writing, where they are.
    pub freeze: Option<PlannedFreeze>,
}

/// Demands on a plan, beside the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanOptions {
    pub target: Option<String>,
    pub step: bool,
    /// `--on-failure`, in place of the configuration's.
    pub on_failure: Option<OnFailure>,
    /// Run statements that nothing undoes.
    pub accept_irreversible: bool,
    /// Number of files that may be under way at a time.
    pub parallel: Option<u32>,
    /// Plan squashes that count as having run, to record them.
    pub records_squashes: bool,
}

/// A directory as it was found: where, and what is in it.
pub(crate) struct FoundDirectory {
    pub dir: PathBuf,
    pub directory: Directory,
}

/// Reads the migration directory of the configuration.
pub(crate) fn read_directory(config: &Config) -> Result<FoundDirectory, CliError> {
    let Migrations { dir, several, layout } = config.values.migrations.clone();
    // Marks in files are known by it; the plan asks the server itself.
    let is = |scheme: &str| config.settings.text("database.url").is_some_and(|url| url.starts_with(scheme));
    let dialect = match (is("sqlite:"), is("mariadb:")) {
        (true, _) => Dialect::Sqlite,
        (_, true) => Dialect::MariaDb,
        _ => Dialect::MySql,
    };
    let types = config.values.handlers().types();
    let read = match several.as_slice() {
        [] => source::read_as(&dir, &layout, dialect, &types),
        names => source::read_several(&dir, names, &layout, dialect, &types),
    };
    let has_no_project = config.settings.file.is_none() && matches!(read, Err(SourceError::Directory { .. }));
    let directory = read.map_err(|error| match has_no_project {
        true => CliError::from(error).hint("there is no caribou.toml here or above: `caribou init` writes one"),
        false => error.into(),
    })?;
    Ok(FoundDirectory { dir, directory })
}

/// A directory that cannot be read as it is: nothing has been done.
impl From<SourceError> for CliError {
    fn from(error: SourceError) -> CliError {
        CliError::refused(error.to_string())
    }
}

/// The database as far as a plan needs it: what has run, and what kind it is.
pub(crate) struct DatabaseState {
    pub history: Vec<Applied>,
    /// The newest file of all.
    pub newest: FileId,
    pub epoch: Epoch,
    pub dialect: Dialect,
    pub globals: Globals,
    pub core: String,
    /// Schemas that no file may name.
    pub reserved: Vec<String>,
    /// Objects of core that stand on others.
    pub relations: Vec<Relation>,
}

/// Makes the plan.
pub(crate) fn make(found: FoundDirectory, known: &DatabaseState, config: &Config, requested: &PlanOptions) -> Planned {
    let FoundDirectory { dir, directory: Directory { layout, recognised, files, manifest, remarks } } = found;
    let total = files.len();
    let manifest = manifest.unwrap_or_default();
    let may_be_renamed = may_be_renamed(layout, &files);
    let options =
        plan::Options { may_be_renamed, ..options(known, manifest, policy(config, layout, requested), requested) };
    let handlers = config.values.handlers();
    let mut faults = Vec::new();
    let candidates =
        files.into_iter().enumerate().map(|file| candidate(file, &handlers, known.dialect, &mut faults)).collect();
    let mut plan = plan::make(candidates, &known.history, &options);
    faults.retain(|(path, _)| plan.files.iter().any(|file| file.path == *path));
    // What cannot be made of a file is no file without statements.
    for file in plan.files.iter_mut().filter(|file| faults.iter().any(|(path, _)| *path == file.path)) {
        file.findings.retain(|finding| finding.check != "no_statements");
    }
    plan.refused.extend(faults.into_iter().map(not_of_its_type));
    plan.findings.extend(remarks.into_iter().map(finding));
    let backup = no_backup(config, &plan.checksum).filter(|_| !plan.files.is_empty());
    plan.findings.extend(backup);
    checks::weigh(&mut plan, &config.values.checks);
    Planned {
        dir,
        layout,
        recognised,
        total,
        newest: known.newest,
        plan,
        rehearsed: None,
        elsewhere: Vec::new(),
        measured: MeasuredTimes::default(),
        freeze: PlannedFreeze::new(config),
    }
}

/// The files that have run and lie in the directory otherwise now.
pub(crate) fn drifted(found: FoundDirectory, known: &DatabaseState, config: &Config) -> Vec<plan::Drifted> {
    let Directory { layout, files, manifest, .. } = found.directory;
    let requested = PlanOptions::default();
    let policy = policy(config, layout, &requested);
    let options = options(known, manifest.unwrap_or_default(), policy, &requested);
    let handlers = config.values.handlers();
    // What is wrong with a file that has run is nothing here.
    let mut faults = Vec::new();
    let prepare = |file| candidate(file, &handlers, known.dialect, &mut faults);
    let candidates: Vec<Candidate> = files.into_iter().enumerate().map(prepare).collect();
    plan::drifted(&candidates, &known.history, &options)
}

/// True where files are known by more than their names: in our own layout, and among several directories, where a name begins
/// with its directory's since there are several.
fn may_be_renamed(layout: &str, files: &[SourceFile]) -> bool {
    layout == source::NATIVE || files.iter().any(|file| !file.root.is_empty())
}

fn options(known: &DatabaseState, manifest: Manifest, policy: Policy, requested: &PlanOptions) -> plan::Options {
    plan::Options {
        epoch: known.epoch,
        globals: known.globals.clone(),
        target: requested.target.clone(),
        name: manifest.name,
        epoch_from: manifest.epoch_from.map(Epoch),
        epoch_to: manifest.epoch_to.map(Epoch),
        core: Some(known.core.clone()),
        reserved: known.reserved.clone(),
        require_undo: !requested.accept_irreversible,
        relations: known.relations.clone(),
        records_squashes: requested.records_squashes,
        policy: Policy { relations: manifest.relations, ..policy },
        ..plan::Options::new(known.dialect, chrono::Utc::now().format("%Y-%m-%d").to_string())
    }
}

/// A backup that is configured and does not stand, or is too old.
fn no_backup(config: &Config, plan: &Checksum) -> Option<Finding> {
    let backup = &config.values.backup;
    let why = backup.look_at_files(plan)?.err()?;
    let place = backup.file.as_ref().or(backup.dump.as_ref())?.display().to_string();
    let message = format!("no backup stands before this plan: {why}");
    let evidence = Evidence { file: place, ..Evidence::default() };
    Some(Finding::new("backup_missing", Level::Warning, None, message).with(evidence))
}

/// The refusal of a plan with a file that is not what its type asks for.
pub(crate) fn not_of_its_type((path, Fault { line, problem }): (String, Fault)) -> Refusal {
    Refusal::NotOfItsType { path, line, problem }
}

/// The policy of a batch, from configuration and options.
fn policy(config: &Config, layout: &str, options: &PlanOptions) -> Policy {
    let policy = &config.values.policy;
    let continue_on_failure = match options.on_failure.unwrap_or(policy.on_failure) {
        OnFailure::Auto => None,
        OnFailure::Stop => Some(false),
        OnFailure::Continue => Some(true),
    };
    // The worker says whether four eyes are needed.
    Policy {
        continue_on_failure,
        step: options.step,
        accept_irreversible: options.accept_irreversible,
        session: policy.session.clone(),
        layout: layout.to_owned(),
        windows: policy.windows,
        four_eyes: false,
        data_loss: policy.data_loss,
        undo_prefer: policy.undo_prefer,
        after_crash: policy.after_crash,
        parallel: options.parallel,
        alerts: Some(policy.alerts.policy(None)),
        freeze: policy.freeze,
        adopted: None,
        squashed: false,
        relations: Vec::new(),
    }
}

/// A file as its handler prepares it; what is wrong with it is added to the faults.
fn candidate(
    (order, file): (usize, SourceFile),
    handlers: &Handlers,
    dialect: Dialect,
    faults: &mut Vec<(String, Fault)>,
) -> Candidate {
    let script = |text: Text| Script { text: text.text, sha256: text.sha256 };
    let mut up = script(file.up);
    let mut rule = file.rule;
    if let Some(handler) = handlers.find(file.handler) {
        if handler.runs_again_as(&file.path) {
            rule.again = Again::WhenEdited;
        }
        let original = Original { path: &file.path, text: &up.text, sha256: &up.sha256 };
        match handler.prepare(&original, dialect) {
            Ok(None) => {}
            Ok(Some(text)) => up = Script { sha256: handler.identity(up.text.as_bytes()), text },
            Err(fault) => {
                faults.push((file.path.clone(), fault));
                up.text = String::new();
            }
        }
    }
    let need =
        |Need { name, kind, said_in, line }: Need| -> CandidateNeed { CandidateNeed { name, kind, said_in, line } };
    Candidate {
        order,
        path: file.path,
        root: file.root,
        name: file.name,
        version: file.version.text,
        numbers: file.version.numbers,
        file_type: file.file_type,
        rule,
        up,
        down: file.down.map(script),
        verify: file.verify.map(|text| text.text),
        needs: file.needs.into_iter().map(need).collect(),
        findings: file.remarks.into_iter().map(finding).collect(),
    }
}

/// What the source remarks, as a finding of the plan.
fn finding(Remark { check, weight, line, message }: Remark) -> Finding {
    let level = match weight {
        Weight::Info => Level::Info,
        Weight::Warning => Level::Warning,
        Weight::Refused => Level::Blocking,
    };
    Finding::new(check, level, line, message)
}

/// Refuses a plan that cannot become a batch: each reason a line.
pub(crate) fn require_plannable(plan: &Plan) -> Result<(), CliError> {
    match plan.refused.as_slice() {
        [] => Ok(()),
        [one] => Err(CliError::refused(one.to_string())),
        many => {
            let reasons = many.iter().map(|r| format!("\n  - {r}")).collect::<String>();
            Err(CliError::refused(format!("this cannot be planned, for {} reasons:{reasons}", many.len())))
        }
    }
}
