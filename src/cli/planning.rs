//! From the directory and the history to a plan: what `plan` shows and `migrate` runs.

use super::config::Config;
use super::{CliError, output};
use crate::model::{AfterCrash, DataLoss, Epoch, FileId, KeptCost, Lapse, OnCrash, Policy, Windows};
use crate::plan::{self, Applied, Candidate, CandidateNeed, Plan, Script};
use crate::source::{self, Directory, Need, SourceError, SourceFile, Text};
use crate::sql::Dialect;
use std::path::PathBuf;

/// A directory and what is to be run of it.
pub(crate) struct Planned {
    pub dir: PathBuf,
    /// By which layout the directory was read.
    pub layout: &'static str,
    /// Whether that was recognised rather than configured.
    pub recognised: bool,
    /// Migrations in the directory.
    pub total: usize,
    /// The newest file that the plan knew of; 0 when there was none.
    pub newest: FileId,
    pub plan: Plan,
    /// Whether the last rehearsal was one of this plan, and how it came out.
    pub rehearsed: Option<bool>,
}

/// What is asked of a plan, beside the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wishes {
    pub target: Option<String>,
    pub step: bool,
    /// `--on-failure`, in place of the configuration's.
    pub on_failure: Option<OnFailure>,
    /// Run statements that nothing undoes.
    pub accept_irreversible: bool,
    /// How many files may be under way at a time.
    pub parallel: Option<u32>,
}

/// What independent files do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnFailure {
    /// Stop after a doctrine file, go on after any other.
    Auto,
    /// Nothing new starts.
    Stop,
    /// Files that do not depend on it go on.
    Continue,
}

/// A directory as it was found: where, and what is in it.
pub(crate) struct Found {
    pub dir: PathBuf,
    pub directory: Directory,
}

/// Reads the migration directory of the configuration.
pub(crate) fn read_directory(config: &Config) -> Result<Found, CliError> {
    let dir = config.path("migrations.dir").unwrap_or_else(|| PathBuf::from("migrations"));
    let layout = config.text("migrations.layout").unwrap_or("auto");
    let directory = source::read(&dir, layout)?;
    Ok(Found { dir, directory })
}

/// A directory that cannot be read as it is: nothing has been done.
impl From<SourceError> for CliError {
    fn from(error: SourceError) -> CliError {
        CliError::refused(error.to_string())
    }
}

/// What the database says: what has run, and what it is.
pub(crate) struct Known<'a> {
    pub history: Vec<Applied>,
    pub epoch: Epoch,
    pub dialect: Dialect,
    pub core: &'a str,
}

/// Makes the plan.
pub(crate) fn make(found: Found, known: &Known<'_>, config: &Config, wishes: &Wishes) -> Planned {
    let Found { dir, directory: Directory { layout, recognised, files, manifest } } = found;
    let total = files.len();
    let manifest = manifest.unwrap_or_default();
    let options = plan::Options {
        policy: policy(config, layout, wishes),
        epoch: known.epoch,
        target: wishes.target.clone(),
        name: manifest.name,
        epoch_from: manifest.epoch_from.map(Epoch),
        epoch_to: manifest.epoch_to.map(Epoch),
        core: Some(known.core.to_owned()),
        require_undo: !wishes.accept_irreversible,
        ..plan::Options::new(known.dialect, chrono::Utc::now().format("%Y-%m-%d").to_string())
    };
    let candidates = files.into_iter().enumerate().map(candidate).collect();
    let newest = known.history.iter().map(|file| file.file_id).max().unwrap_or_default();
    Planned {
        dir,
        layout,
        recognised,
        total,
        newest,
        plan: plan::make(candidates, &known.history, &options),
        rehearsed: None,
    }
}

/// The policy of a batch, from configuration and wishes.
fn policy(config: &Config, layout: &str, wishes: &Wishes) -> Policy {
    let configured = match config.text("policy.on_failure") {
        Some("stop") => OnFailure::Stop,
        Some("continue") => OnFailure::Continue,
        _ => OnFailure::Auto,
    };
    let continue_on_failure = match wishes.on_failure.unwrap_or(configured) {
        OnFailure::Auto => None,
        OnFailure::Stop => Some(false),
        OnFailure::Continue => Some(true),
    };
    let session = config.family("session").map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let layout = layout.to_owned();
    let windows = windows(config);
    let data_loss = match config.text("class_a.data_loss") {
        Some("proceed") => DataLoss::Proceed,
        _ => DataLoss::Hold,
    };
    let defaults = AfterCrash::default();
    let after_crash = AfterCrash {
        then: if config.text("policy.on_crash") == Some("hold") { OnCrash::Hold } else { OnCrash::Rollback },
        max_undo: config
            .time("crash.max_undo")
            .and_then(|t| u64::try_from(t.as_millis()).ok())
            .unwrap_or(defaults.max_undo),
    };
    // The worker says whether four eyes are needed.
    Policy {
        continue_on_failure,
        step: wishes.step,
        accept_irreversible: wishes.accept_irreversible,
        session,
        layout,
        windows,
        four_eyes: false,
        data_loss,
        after_crash,
        parallel: wishes.parallel,
    }
}

/// How long somebody may decide, and what follows when nobody does.
fn windows(config: &Config) -> Windows {
    let defaults = Windows::default();
    let ms =
        |name: &str, default: u64| config.time(name).and_then(|t| u64::try_from(t.as_millis()).ok()).unwrap_or(default);
    let on_lapse = match config.text("windows.on_lapse") {
        Some("escalate") => Lapse::Escalate,
        Some("rollback") => Lapse::Rollback,
        _ => Lapse::Keep,
    };
    Windows { b: ms("windows.b", defaults.b), c: ms("windows.c", defaults.c), d: ms("windows.d", defaults.d), on_lapse }
}

fn candidate((order, file): (usize, SourceFile)) -> Candidate {
    let script = |text: Text| Script { text: text.text, sha256: text.sha256 };
    let need =
        |Need { name, kind, said_in, line }: Need| -> CandidateNeed { CandidateNeed { name, kind, said_in, line } };
    Candidate {
        order,
        path: file.path,
        name: file.name,
        version: file.version.text,
        numbers: file.version.numbers,
        file_type: file.file_type,
        up: script(file.up),
        down: file.down.map(script),
        verify: file.verify.map(|text| text.text),
        needs: file.needs.into_iter().map(need).collect(),
    }
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

/// How many files a plan may have for each of its statements to be shown unasked.
const SHOW_STATEMENTS: usize = 40;
/// How many statements of a file are listed, unless all are asked for.
const LISTED: usize = 12;

impl Planned {
    /// The plan for people.
    pub fn human(&self, verbose: bool) -> String {
        let plan = &self.plan;
        if self.total == 0 {
            return format!("{}: no migrations yet; write one, such as 0001_users.sql.\n", self.dir.display());
        }
        let how = if self.recognised { "recognised as" } else { "read as" };
        let mut text = format!(
            "{}: {}, {how} {}; {} to run.\n",
            self.dir.display(),
            output::count(self.total as u64, "migration"),
            self.layout,
            plan.files.len()
        );
        if !plan.files.is_empty() {
            text.push_str(&format!(
                "Batch {}, epoch {} to {}.\n",
                output::safe(&plan.batch),
                plan.epoch_from,
                plan.epoch_to
            ));
        }
        let with_statements = verbose || plan.files.len() <= SHOW_STATEMENTS;
        let mut wave = 0;
        for file in &plan.files {
            if file.wave != wave {
                wave = file.wave;
                text.push_str(&format!("\nwave {wave}\n"));
            }
            let most = if verbose { usize::MAX } else { LISTED };
            text.push_str(&human_file(file, if with_statements { most } else { 0 }));
        }
        for finding in &plan.findings {
            text.push_str(&format!("\n{}", output::safe(&finding.to_string())));
        }
        if !plan.files.is_empty() {
            text.push_str(&format!("\n{}\n", coverage(plan)));
            text.push_str(match self.rehearsed {
                Some(true) => "Rollback rehearsed: this plan ran up, down and up again on a scratch schema.\n",
                Some(false) => "Rollback rehearsed, and FAILED: `caribou rehearse` shows where.\n",
                None => "Rollback not rehearsed (`caribou rehearse`).\n",
            });
        }
        text
    }
}

/// A file with at most so many of its statements.
fn human_file(file: &plan::File, most: usize) -> String {
    let statements = output::count(file.statements.len() as u64, "statement");
    let mut text = format!("  {}  {}, {statements}", output::safe(&file.path), file.file_type);
    if !file.depends_on.is_empty() {
        text.push_str(&format!(", after {}", output::safe(&file.depends_on.join(", "))));
    }
    text.push('\n');
    if most > 0 {
        let rows: Vec<Vec<String>> = file.statements.iter().take(most).map(statement_row).collect();
        for line in output::table(&["", "", "", ""], &rows).lines().skip(1) {
            text.push_str(&format!("      {line}\n"));
        }
        let left = file.statements.len().saturating_sub(most);
        if left > 0 {
            text.push_str(&format!("      … and {left} more (`caribou plan --verbose` lists them)\n"));
        }
    }
    for finding in &file.findings {
        text.push_str(&format!("    {}\n", output::safe(&finding.to_string())));
    }
    text
}

fn statement_row(statement: &plan::Statement) -> Vec<String> {
    let objects: Vec<String> = statement.objects.iter().map(|o| o.object.to_string()).collect();
    let by = match statement.undo {
        plan::StatementUndo::Written => "written",
        plan::StatementUndo::Derived => "derived",
        plan::StatementUndo::Kept => "kept",
        plan::StatementUndo::NotNeeded => "not needed",
        plan::StatementUndo::None => "NONE",
    };
    let detail = match (&statement.undo_reason, statement.undo_cost.filter(|cost| cost.rows > 0)) {
        (Some(why), _) => format!(" ({})", output::safe(why)),
        (None, Some(cost)) => format!(" ({})", of_cost(cost)),
        (None, None) => String::new(),
    };
    let line = format!("line {}", statement.line);
    vec![line, statement.kind.to_string(), output::safe(&objects.join(", ")), format!("undo: {by}{detail}")]
}

fn of_cost(cost: KeptCost) -> String {
    format!("{}, about {}", output::count(cost.rows, "row"), output::bytes(cost.bytes))
}

fn coverage(plan: &Plan) -> String {
    let c = plan.undo_coverage;
    let statements = output::count(u64::from(c.statements), "statement");
    let mut text = format!(
        "Undo: of {statements} {} written ({} certain even half-way), {} derived, {} kept, {} not needed.",
        c.written, c.certain, c.derived, c.kept, c.not_needed
    );
    let cost = plan.undo_cost();
    if cost.rows > 0 {
        text.push_str(&format!("\nKeeping copies {}.", of_cost(cost)));
    }
    if c.none > 0 {
        text.push_str(&format!(
            "\nNOTHING undoes {}: should one of these files fail, a person has to mend it. Such a plan needs \
             --accept-irreversible.",
            output::count(u64::from(c.none), "statement")
        ));
    }
    text
}
