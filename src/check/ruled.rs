//! What stands once a file has run whose text does not tell what it makes: whether the doctrine has a word on it.

use super::announced::Announced;
use super::context::{CheckContext, CheckedFile};
use super::count::PATIENCE;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{self, Block, Warn};
use crate::database::{DbError, PartName, outline};
use crate::model::{Class, Stood};
use crate::sql::{ObjectKind, rules};

pub(super) const DOCTRINE_STANDS: Check = Check::post(
    "doctrine_stands",
    [Warn, Block],
    CheckFn::Database(|c| Box::pin(doctrine_stands(c))),
)
.class(Class::C)
.within(PATIENCE)
.told(
    "A file whose text does not tell what it makes (CALL, EXECUTE) has made nothing that a rule of the doctrine is \
             against.",
    "a rule that is looked for in texts alone is broken by whatever a procedure does",
    "take back what it made, or write it into a file of its own, where the rule is looked for before it runs",
);

pub(super) const BUDGET_STANDS: Check =
    Check::post("budget_stands", [Warn, Block], CheckFn::Database(|c| Box::pin(budget_stands(c))))
        .class(Class::C)
        .within(PATIENCE)
        .told(
            "A file whose text does not tell what it makes has not brought core above its number of tables \
             (budget.core_tables).",
            "a schema of few tables can be known by heart; each further one wants a reason",
            "drop what is not needed, or raise budget.core_tables",
        );

/// True if some statement of the file may make anything.
pub(super) fn is_untold(file: &CheckedFile<'_>) -> bool {
    Announced::new(file.statements()).untold.is_some()
}

/// Looks at what stands.
pub(super) async fn stands(context: &mut CheckContext<'_>) -> Result<Stood, DbError> {
    let core = context.file.core;
    let outline = outline(context.data().await?, core, PATIENCE).await?;
    let tables = outline.keys().filter(|part| part.kind == ObjectKind::Table && part.part == "options").count();
    let ruled = outline.keys().filter_map(|part| rule(part).map(|rule| (rule.to_owned(), named(part))));
    Ok(Stood { ruled: ruled.collect(), tables: tables as u64 })
}

/// The rule that is against an object.
fn rule(part: &PartName) -> Option<&'static str> {
    match part.kind {
        ObjectKind::Table if part.part.starts_with("foreign key") => Some("no_foreign_keys"),
        ObjectKind::Trigger => Some("no_triggers"),
        ObjectKind::Procedure => Some("no_procedures"),
        ObjectKind::Function => Some("no_functions"),
        ObjectKind::Event => Some("no_events"),
        _ => None,
    }
}

fn named(part: &PartName) -> String {
    match part.kind {
        ObjectKind::Table => format!("the {} of the table {}", part.part, part.name),
        kind => format!("the {kind} {}", part.name),
    }
}

/// What stood before the file and what stands now; `None` where the file tells what it makes, or nobody looked before.
async fn compared<'a>(context: &mut CheckContext<'a>) -> Result<Option<(&'a Stood, Stood)>, DbError> {
    let Some(before) = context.file.before.and_then(|before| before.stood.as_ref()) else { return Ok(None) };
    Ok(Some((before, stands(context).await?)))
}

async fn doctrine_stands(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let Some((before, now)) = compared(context).await? else { return Ok(CheckOutcome::idle()) };
    let statements = context.file.statements();
    let is_told = |name: &str| {
        let mut touches = statements.iter().flat_map(|statement| &statement.analysis.touches);
        touches.any(|touch| touch.how.changes() && name.ends_with(&touch.object.name))
    };
    let mut violations = Vec::new();
    for (name, what) in now.ruled.iter().filter(|one| !before.ruled.contains(one) && !is_told(&one.1)) {
        let level = context.settings.rules.get(name).copied();
        if level == Some(CheckLevel::Off) {
            continue;
        }
        let text = rules::rule(name).map_or("", |rule| rule.text);
        let violation = Violation::new(format!("{what} stands since, and no statement says so ({name})")).because(text);
        violations.push(Violation { level, policy: Some(format!("checks.rules.{name}")), ..violation });
    }
    Ok(CheckOutcome::counted(now.ruled.len(), "object").with(violations))
}

async fn budget_stands(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let Some((before, now)) = compared(context).await? else { return Ok(CheckOutcome::idle()) };
    let (core, limit) = (context.file.core, u64::from(context.settings.core_tables));
    let outcome = CheckOutcome::counted(usize::try_from(now.tables).unwrap_or(usize::MAX), "table");
    if now.tables <= limit || now.tables <= before.tables {
        return Ok(outcome);
    }
    let seen = format!("{core} has {} tables, and its budget is {limit}; it had {}", now.tables, before.tables);
    Ok(outcome.with(vec![Violation::new(seen)]))
}
