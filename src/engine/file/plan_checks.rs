//! Checks of a plan: what those before each file find now, so that it is read before the night and not in it.
//!
//! Tables that an earlier file of the plan changes cannot be asked about yet: that is said, and not guessed.

use super::texts::name_schemas;
use crate::check::{self, CheckLevel, CheckSettings, CheckedFile, Earlier, KnownObjects, Report, Violation};
use crate::database::{ErrorKind, Purpose, Session};
use crate::engine::EngineError;
use crate::model::{FutureTables, ValidationPhase};
use crate::plan::{Evidence, Finding, Level, Plan, PlanFile};
use crate::sql::{self, Language, Script};
use crate::store::Store;

/// Checks whose findings a plan has by itself.
const OF_THE_PLAN: &[&str] = &["parses", "known_statements", "undo_coverage", "objects_exist"];

/// Runs the checks on a session that changes nothing in core, and puts what they find into the plan.
///
/// # Errors
/// The database's, where no session can be had.
pub async fn check_plan(store: &Store, plan: &mut Plan, settings: &CheckSettings) -> Result<(), EngineError> {
    let mut session = match store.database().open(Purpose::Control).await {
        Ok(session) => session,
        Err(error) if error.kind == ErrorKind::Privilege => {
            check_text(store, plan, settings);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    session.answer_within(None);
    let scratch = scratch(store, session.as_mut()).await;
    let (mut batch, mut known) = (Batch::new(store, plan, settings, scratch), KnownObjects::default());
    for file in &mut plan.files {
        let Some(script) = batch.read(file) else { continue };
        let future: Vec<FutureTables> = file.statements.iter().map(|one| one.future.clone()).collect();
        let checked = CheckedFile { future: &future, ..batch.checked(file, &script) };
        let looking: (&mut dyn Session, &mut KnownObjects) = (session.as_mut(), &mut known);
        let database = store.database().as_ref();
        let reports = check::examine(ValidationPhase::Pre, &checked, &batch.settings, looking, database, wanted).await;
        batch.advance(&file.path, &script);
        for (statement, means) in known.means() {
            if let Some(at) = file.statements.get_mut(statement as usize) {
                at.instant = Some(means.is_instant());
                at.algorithm = Some(means.algorithm);
                at.lock = Some(means.lock).filter(|lock| !lock.is_empty());
            }
        }
        add(file, &reports);
    }
    session.close().await;
    Ok(())
}

/// Runs the checks that look at files alone.
pub fn check_text(store: &Store, plan: &mut Plan, settings: &CheckSettings) {
    let mut batch = Batch::new(store, plan, settings, None);
    for file in &mut plan.files {
        let Some(script) = batch.read(file) else { continue };
        let checked = batch.checked(file, &script);
        let reports = check::examine_text(ValidationPhase::Pre, &checked, &batch.settings, wanted);
        batch.advance(&file.path, &script);
        add(file, &reports);
    }
}

fn wanted(name: &str) -> bool {
    !OF_THE_PLAN.contains(&name)
}

/// The schema in which twins may stand, where it is there already.
async fn scratch(store: &Store, session: &mut dyn Session) -> Option<String> {
    let schema = &store.schemas().ephemeral;
    session.schema_exists(schema).await.unwrap_or(false).then(|| schema.clone())
}

/// The files of a plan as they come, one after the other.
struct Batch {
    language: Language,
    core: String,
    scratch: Option<String>,
    settings: CheckSettings,
    earlier: Earlier,
}

impl Batch {
    fn new(store: &Store, plan: &Plan, settings: &CheckSettings, scratch: Option<String>) -> Batch {
        Batch {
            language: Language::new(store.dialect(), &store.database().globals()).with(&plan.policy.session),
            core: store.schemas().core.clone(),
            scratch,
            settings: settings.clone(),
            earlier: Earlier::default(),
        }
    }

    /// The file's script; nothing for one that cannot be split, which stands in the plan's refusals.
    fn read(&self, file: &PlanFile) -> Option<Script> {
        let mut script = sql::read(&file.up, self.language.for_file(&file.up)).ok()?;
        name_schemas(&mut script.statements);
        Some(script)
    }

    fn checked<'a>(&'a self, file: &'a PlanFile, script: &'a Script) -> CheckedFile<'a> {
        let file = (file.path.as_str(), file.file_type);
        let of = CheckedFile::new(file, (self.language.dialect, &self.core), Ok(script), &self.earlier);
        CheckedFile { scratch: self.scratch.as_deref(), ..of }
    }

    fn advance(&mut self, path: &str, script: &Script) {
        for statement in &script.statements {
            self.earlier.advance(statement, &format!("statement {} of {path}", statement.index + 1), &self.core);
        }
    }
}

fn add(file: &mut PlanFile, reports: &[Report]) {
    for report in reports {
        match &report.outcome {
            Err(error) => {
                let message = format!("{} could not be asked: {error}", report.check.name);
                file.findings.push(Finding::new(report.check.name, Level::Info, None, message));
            }
            Ok(outcome) => {
                let violations = outcome.violations.iter().filter(|violation| !is_foreseen(file, report, violation));
                let findings: Vec<Finding> = violations.map(|violation| found(report, violation)).collect();
                file.findings.extend(findings);
                if let Some(first) = outcome.undecided.first() {
                    file.findings.push(open(report, first, outcome.undecided.len() - 1));
                }
            }
        }
    }
}

/// True if the plan has found by itself that the server will refuse the statement.
fn is_foreseen(file: &PlanFile, report: &Report, violation: &Violation) -> bool {
    let is_it = |finding: &Finding| {
        let evidence = finding.evidence.as_deref();
        let is_foreseen =
            evidence.is_some_and(|one| one.policy == "plan.foreseen" && one.statement == violation.statement);
        is_foreseen && finding.level == Level::Blocking
    };
    report.check.name == "refused_by_server" && file.findings.iter().any(is_it)
}

fn found(report: &Report, violation: &Violation) -> Finding {
    let level = if report.level_of(violation) == CheckLevel::Block { Level::Blocking } else { Level::Warning };
    let evidence = Evidence {
        statement: violation.statement,
        reason: report.why(violation).to_owned(),
        safer: report.safer(violation).to_owned(),
        asked: violation.asked.clone(),
        policy: report.policy(violation),
        ..Evidence::default()
    };
    Finding::new(report.check.name, level, violation.line, violation.message()).with(evidence)
}

/// The first question that has no answer yet, and how many others.
fn open(report: &Report, violation: &Violation, more: usize) -> Finding {
    let evidence = Evidence { statement: violation.statement, policy: report.check.policy(), ..Evidence::default() };
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    let message = format!("not known yet: {}{more}", violation.message());
    Finding::new(report.check.name, Level::Info, violation.line, message).with(evidence)
}
