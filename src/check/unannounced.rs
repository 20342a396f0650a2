//! The schema beside what the files announce: who else changed something while they ran.
//!
//! The whole schema is compared, with one or two questions that a large one answers slowly: at the batch's begin and
//! end, around a file whose text does not tell what it does, and between only as often as that takes a hundredth
//! of the time. Files that run beside one another announce together.

use super::announced::Announced;
use super::context::CheckContext;
use super::count::PATIENCE;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{self, Block, Warn};
use super::watch::Seen;
use crate::database::{DbError, ErrorKind, outline};
use crate::model::Class;
use std::collections::BTreeSet;
use std::time::Instant;

pub(super) const UNANNOUNCED_CHANGE: Check = Check::post(
    "unannounced_change",
    [Warn, Block],
    CheckFn::Database(|context| Box::pin(compare(context))),
)
.class(Class::C)
.within(PATIENCE)
.told(
    "Nothing in core has changed but what the statements of the batch's files announce.",
    "somebody else changed the schema meanwhile, or code did that a file called: no file says it, and no undo knows it",
    "find out who did it; take it back, or write it into a migration of its own",
);

/// Before a file runs: takes in what it announces, and looks at the schema if nobody has yet, or if the file may do
/// anything. What cannot be seen is not compared.
pub(super) async fn begin(context: &mut CheckContext<'_>) {
    if UNANNOUNCED_CHANGE.level(context.settings) == CheckLevel::Off {
        return;
    }
    let announced = Announced::new(context.file.statements());
    if context.known.watch.seen.is_none() || announced.untold.is_some() {
        match look(context).await {
            Ok(now) => context.known.watch.advance(now, context.file.dialect),
            Err(error) => {
                tracing::debug!(%error, "the schema is not compared");
                context.known.watch.forget();
            }
        }
    }
    context.known.watch.announced.insert(context.file.path.to_owned(), announced);
}

async fn compare(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let file = context.file;
    let watch = &mut context.known.watch;
    let Some(announced) = watch.announced.get_mut(file.path) else { return Ok(CheckOutcome::idle()) };
    announced.has_ended = true;
    let untold = announced.untold;
    let Some(since) = watch.seen.as_ref().map(|seen| seen.at) else { return Ok(CheckOutcome::idle()) };
    if !(file.is_last || untold.is_some() || watch.is_due()) {
        return Ok(CheckOutcome::idle());
    }
    let with = files(watch.announced.keys(), file.path);
    let now = match look(context).await {
        Ok(now) => now,
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) => {
            let undecided = vec![Violation::new(format!("nobody can see whether anything else changed: {error}"))];
            return Ok(CheckOutcome { undecided, ..CheckOutcome::counted(0, "object") });
        }
    };
    let objects = now.outline.keys().map(|part| (part.kind, &part.name)).collect::<BTreeSet<_>>().len();
    let watch = &mut context.known.watch;
    watch.advance(now, file.dialect);
    let seconds = since.elapsed().as_secs() + 1;
    let violation = |what: String| {
        let seen = format!("{what}, and no statement of {with} says so; it happened within the last {seconds} s");
        let by = untold.and_then(|(number, kind)| {
            let statement = file.statements().get(number as usize - 1)?;
            Some(Violation::at(statement, format!("{seen}; this one ({kind}) does not tell what it does")))
        });
        by.unwrap_or_else(|| Violation::new(seen))
    };
    let violations = std::mem::take(&mut watch.found).into_iter().map(violation).collect();
    Ok(CheckOutcome::counted(objects, "object").with(violations))
}

async fn look(context: &mut CheckContext<'_>) -> Result<Seen, DbError> {
    let (core, begun) = (context.file.core, Instant::now());
    let outline = outline(context.data().await?, core, PATIENCE).await?;
    Ok(Seen { outline, at: Instant::now(), took: begun.elapsed() })
}

/// The files that announce something, in words: this one and how many others.
fn files<'a>(paths: impl Iterator<Item = &'a String>, this: &str) -> String {
    match paths.filter(|path| path.as_str() != this).count() {
        0 => "the file".to_owned(),
        1 => "this file or the one beside it".to_owned(),
        others => format!("this file or {others} others"),
    }
}
