//! Checks of alterations, by what the server and the data said of them.

use super::altered::altered;
use super::columns::{self, Does};
use super::context::CheckContext;
use super::count::PATIENCE;
use super::definition::{Check, CheckFn};
use super::facts::Altered;
use super::outcome::{CheckOutcome, Violation};
use super::read_ahead::{self, ReadAhead};
use super::settings::CheckLevel::{Block, Warn};
use super::sqlite;
use crate::database::DbError;
use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, Statement};
use crate::undo::inverse::table::Table;
use crate::undo::precheck::QuestionKind;
use crate::undo::words;

pub(super) const REFUSED_BY_SERVER: Check =
    Check::pre("refused_by_server", [Warn, Block], CheckFn::Database(|c| Box::pin(refused(c)))).told(
        "The server takes each ALTER on an empty twin of its table, and can read what is about rows; SQLite takes all of it on an \
         empty copy of core.",
        "what the server refuses for an empty table it refuses for this one too, with the statements before it done already",
        "mend what the server names",
    );

pub(super) const BLOCKING_ALTER: Check =
    Check::pre("blocking_alter", [Warn, Warn], CheckFn::Database(|c| Box::pin(blocking(c)))).told(
        "No large table (checks.large_rows) is copied, rebuilt or locked against writing.",
        "every writer waits, or the disk holds the table twice, for as long as the copy takes, and replicas lag as long again",
        "a form that the server does instantly (a column that may be NULL, at the end; a wider VARCHAR), a new column that is \
         filled in parts, or a tool that copies beside the work (gh-ost, pt-online-schema-change)",
    );

pub(super) const NULLS_IN_THE_WAY: Check =
    Check::pre("nulls_in_the_way", [Warn, Block], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::Nulls))))
        .within(PATIENCE)
        .told(
            "No row has NULL in a column that becomes NOT NULL.",
            "in strict mode the statement fails there; in any other the rows get an empty value that nobody wrote",
            "UPDATE the rows first, by a statement that says what they get; or give the column a default",
        );

pub(super) const NARROWING: Check =
    Check::pre("narrowing", [Warn, Block], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::OutOfRange))))
        .within(PATIENCE)
        .told(
            "No row has a value that the new type of its column does not hold.",
            "in strict mode the statement fails there; in any other the values are cut, and only a warning tells",
            "shorten the values first, by a statement that says how; or keep the type",
        );

pub(super) const DUPLICATE_ROWS: Check =
    Check::pre("duplicate_rows", [Block, Block], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::Duplicates))))
        .within(PATIENCE)
        .told(
            "No rows are twice under a unique key that is added.",
            "the statement fails there, after it has read the whole table",
            "find them (SELECT … GROUP BY … HAVING COUNT(*) > 1), say in a statement before which one stays",
        );

pub(super) const ORPHAN_ROWS: Check =
    Check::pre("orphan_rows", [Warn, Block], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::Orphans))))
        .within(PATIENCE)
        .told(
            "Every row has its parent when a foreign key is added.",
            "the statement fails there; without foreign_key_checks the rows stay broken, and no later check finds them",
            "delete them, give them a parent, or NULL, by a statement before",
        );

pub(super) const CHECK_VIOLATED: Check =
    Check::pre("check_violated", [Warn, Block], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::Violations))))
        .within(PATIENCE)
        .told(
            "Every row keeps a CHECK that is added.",
            "the statement fails there, with the statements before it done already",
            "mend the rows by a statement before, or add the check NOT ENFORCED where the server has that",
        );

pub(super) const VALUES_DROPPED: Check =
    Check::pre("values_dropped", [Warn, Warn], CheckFn::Database(|c| Box::pin(data(c, QuestionKind::LostValues)))).within(PATIENCE).told(
        "No column with values of its own is dropped.",
        "applications that still read or write it fail at once; its values are kept for an undo, which takes space",
        "stop using it first, release that, drop it with the next; `-- caribou: park=table.column` keeps it in place, unseen",
    );

pub(super) const DEFAULT_MISSING: Check =
    Check::pre("default_missing", [Warn, Block], CheckFn::Database(|c| Box::pin(default_missing(c)))).told(
        "A NOT NULL column that is added to a table with rows has a default.",
        "rows that stand get a value that nobody chose (0, an empty text; a date fails), and every INSERT that does not name \
         the column fails from then on",
        "DEFAULT with a value that means something; or NULL first, fill, then NOT NULL",
    );

pub(super) const ENUM_ORDER: Check =
    Check::pre("enum_order", [Warn, Warn], CheckFn::Database(|c| Box::pin(enum_order(c)))).told(
        "Values are added to an ENUM or SET at its end.",
        "values are stored as their numbers: put between or taken away, they move the others, and the server writes every row anew",
        "add new values at the end; where the order matters, a table of its own",
    );

pub(super) const COUNTER_NEAR_END: Check =
    Check::pre("counter_near_end", [Warn, Warn], CheckFn::Database(|c| Box::pin(counter_near_end(c)))).told(
        "The AUTO_INCREMENT counter of an altered table is below 80 % of its type.",
        "at the end every INSERT fails, and by then the change to a larger type takes longest",
        "MODIFY … BIGINT UNSIGNED with the same statement, while the table is open anyway",
    );

fn statement<'a>(context: &CheckContext<'a>, one: &Altered) -> Option<&'a Statement> {
    context.file.statements().get(one.statement as usize)
}

/// An outcome over all alterations.
/// Looks at each alteration of the file on what is known of it.
pub(super) async fn over<F>(context: &mut CheckContext<'_>, look: F) -> Result<CheckOutcome, DbError>
where
    F: Fn(&CheckContext<'_>, &Altered, &Statement) -> (Vec<Violation>, Option<String>),
{
    let all = altered(context).await?;
    let (mut count, mut outcome) = (0, CheckOutcome::idle());
    for one in all.iter() {
        let Some(statement) = statement(context, one) else { continue };
        let (violations, open) = look(context, one, statement);
        count += usize::from(one.size.rows > 0 || !violations.is_empty());
        outcome.violations.extend(violations);
        outcome.undecided.extend(open.map(|why| Violation::at(statement, why)));
    }
    if count > 0 {
        let CheckOutcome { violations, undecided, .. } = outcome;
        outcome = CheckOutcome { undecided, ..CheckOutcome::counted(count, "table with rows").with(violations) };
    }
    Ok(outcome)
}

async fn refused(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let outcome = refused_by_twins(context).await?;
    // A file whose turn has come is told by its statements themselves.
    let ReadAhead { violations: read, unread } =
        if context.file.ahead { read_ahead::refused(context).await? } else { ReadAhead::default() };
    let unknown = sqlite::alter_unknown(context.file, context.settings).violations;
    let is_told =
        |one: &Violation| outcome.violations.iter().chain(&unknown).any(|other| other.statement == one.statement);
    let read: Vec<Violation> = read.into_iter().filter(|one| !is_told(one)).collect();
    let undecided = [outcome.undecided, unread].concat();
    if read.is_empty() {
        return Ok(CheckOutcome { undecided, ..outcome });
    }
    let mut violations = [outcome.violations, read].concat();
    violations.sort_by_key(|violation| violation.statement);
    let counted = CheckOutcome::counted(context.file.statements().len(), "statement");
    Ok(CheckOutcome { undecided, ..counted.with(violations) })
}

async fn refused_by_twins(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    // What cannot be told is said once, here.
    over(context, |_, one, statement| {
        let seen =
            one.refused.as_ref().map(|words| Violation::at(statement, format!("the server refuses it: {words}")));
        // An empty table is asked about in a plan alone.
        let seen = seen.map(|seen| if one.size.rows == 0 { seen.at_most_told() } else { seen });
        let open = one.open.as_ref().map(|why| format!("what it would do cannot be asked, since {why}"));
        (seen.into_iter().collect(), open)
    })
    .await
}

async fn blocking(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    over(context, |context, one, statement| {
        let heavy = one.means.filter(|means| means.blocks() || one.rebuilds == Some(true));
        let written =
            heavier_by_word(statement, context.file.dialect).filter(|_| one.size.rows >= context.settings.large_rows);
        let size = format!("{} (about {} rows, {} MB)", one.table, one.size.rows, one.size.bytes / 1_000_000);
        let seen = match (heavy, written) {
            (Some(means), _) => {
                let rebuilt = if one.rewrites() { " and writes every row anew" } else { "" };
                let reason =
                    one.reason.as_ref().map(|reason| format!("; lighter is refused: {reason}")).unwrap_or_default();
                format!("on {size} the server takes {means} at best{rebuilt}{reason}")
            }
            (None, Some(word)) => format!("it asks for {word} on {size}"),
            (None, None) => return (Vec::new(), None),
        };
        let asked = heavy.map(|means| format!("the statement on an empty twin, down to {means}"));
        (vec![Violation { asked, ..Violation::at(statement, seen) }], None)
    })
    .await
}

/// An algorithm or lock that the author asks for and that blocks.
fn heavier_by_word(statement: &Statement, dialect: Dialect) -> Option<&'static str> {
    let words = words(statement.plain(), dialect).ok()?;
    let asks = |name: &str, value: &str| {
        words
            .windows(3)
            .any(|three| three[0].is(name) && (three[1].is(value) || (three[1].is_symbol("=") && three[2].is(value))))
    };
    let heavy = [
        ("ALGORITHM", "COPY", "ALGORITHM=COPY"),
        ("LOCK", "EXCLUSIVE", "LOCK=EXCLUSIVE"),
        ("LOCK", "SHARED", "LOCK=SHARED"),
    ];
    heavy.into_iter().find(|(name, value, _)| asks(name, value)).map(|(_, _, told)| told)
}

async fn data(context: &mut CheckContext<'_>, kind: QuestionKind) -> Result<CheckOutcome, DbError> {
    over(context, move |_, one, statement| {
        if statement.analysis.flags.ignore {
            return (Vec::new(), None);
        }
        let asked = one.answers.iter().filter(|answer| answer.question.kind == kind);
        let (mut violations, mut open) = (Vec::new(), None);
        for answer in asked {
            match answer.rows {
                Some(0) => {}
                Some(rows) => violations
                    .push(Violation::at(statement, answer.told(rows, &one.table)).asked(answer.question.sql.clone())),
                None => open = Some(format!("rows of {} could not be counted within {PATIENCE} s", one.table)),
            }
        }
        (violations, open)
    })
    .await
}

async fn default_missing(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    over(context, |context, one, statement| {
        // SQLite refuses it, which the rows tell.
        if one.size.rows == 0 || context.file.dialect == Dialect::Sqlite {
            return (Vec::new(), None);
        }
        let added = columns::written(statement, context.file.dialect).into_iter().filter(|column| {
            column.does == Does::Adds
                && column.not_null
                && !column.has_default
                && !column.auto_increment
                && !column.generated
        });
        let seen = |column: columns::Written| {
            format!("{} rows of {} get {} without a default", one.size.rows, one.table, column.name)
        };
        (added.map(|column| Violation::at(statement, seen(column))).collect(), None)
    })
    .await
}

async fn enum_order(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    over(context, |context, one, statement| {
        let dialect = context.file.dialect;
        let Some((before, after)) = one.tables(dialect) else { return (Vec::new(), None) };
        let mut violations = Vec::new();
        for is in &after.columns {
            let Some(was) = before.columns.iter().find(|was| was.name == is.name) else { continue };
            if let (Some(old), Some(new)) = (values(&was.shown, dialect), values(&is.shown, dialect))
                && !new.starts_with(&old)
            {
                let seen = format!(
                    "the values of {}.{} move: {} becomes {}",
                    one.table,
                    is.name,
                    old.join(","),
                    new.join(",")
                );
                violations.push(Violation::at(statement, seen));
            }
        }
        (violations, None)
    })
    .await
}

/// The values of an ENUM or SET.
fn values(definition: &str, dialect: Dialect) -> Option<Vec<String>> {
    let words = words(definition, dialect).ok()?;
    words.first().filter(|word| word.is("enum") || word.is("set"))?;
    let inside = words.iter().skip(2).take_while(|word| word.depth > 0);
    Some(inside.filter(|word| word.kind == TokenKind::Text).map(|word| word.text.to_owned()).collect())
}

/// The largest number of each whole-number type.
const LARGEST: &[(&str, u64, u64)] = &[
    ("tinyint", 127, 255),
    ("smallint", 32_767, 65_535),
    ("mediumint", 8_388_607, 16_777_215),
    ("int", 2_147_483_647, 4_294_967_295),
    ("bigint", 9_223_372_036_854_775_807, u64::MAX),
];

async fn counter_near_end(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    over(context, |context, one, statement| {
        let (Some(next), Some((_, after))) = (one.size.counter, &one.definitions) else { return (Vec::new(), None) };
        let Ok(table) = Table::parse(after, context.file.dialect) else { return (Vec::new(), None) };
        let numbered = table.columns.iter().find(|column| column.auto_increment);
        let seen = numbered.and_then(|column| {
            let lower = column.shown.to_lowercase();
            let (name, signed, unsigned) = LARGEST.iter().find(|(name, ..)| lower.starts_with(name))?;
            let most = if lower.contains(" unsigned") { *unsigned } else { *signed };
            let used = u128::from(next) * 100 / u128::from(most);
            (used >= 80)
                .then(|| format!("the counter of {}.{} stands at {next}, {used} % of {name}", one.table, column.name))
        });
        (seen.map(|seen| Violation::at(statement, seen)).into_iter().collect(), None)
    })
    .await
}
