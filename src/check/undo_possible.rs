//! A look whether what the undo of a file needs is there, once the file has run.

use super::context::{CheckContext, KeptData};
use super::count::{PATIENCE, bounded};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Block;
use super::undo_fits::misfits;
use crate::database::{DbError, ErrorKind, OURS_IN_CORE, Purpose, ServerKind, Session};
use crate::model::{Class, Held, KeptKind, Place};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_name};
use std::collections::BTreeSet;

pub(super) const UNDO_POSSIBLE: Check = Check::post(
    "undo_possible",
    [Block, Block],
    CheckFn::Database(|c| Box::pin(undo_possible(c))),
)
.class(Class::C)
.within(PATIENCE)
.told(
    "What was kept of what the file destroyed is there, with as many rows as were noted, and the rows that stand fit \
             the definitions to which an undo leads back.",
    "without it a rollback brings back the definitions at most, and that would be found out when it is needed",
    "find out who took it from the undo schema; save what can still be had of it, from a dump or a replica",
);

/// Kept tables that are asked for one by one; of more only the names are looked at.
const ASKED: usize = 100;

async fn undo_possible(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let mut outcome = kept_data(context).await?;
    let misfits = misfits(context).await?;
    if !misfits.is_empty() {
        outcome.idle = false;
        outcome.violations.extend(misfits);
    }
    Ok(outcome)
}

/// At most two questions: how many rows each kept table holds, up to what was noted; and where that fails, which are there.
async fn kept_data(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let Some(kept) = context.file.kept.filter(|kept| !kept.held.is_empty()) else { return Ok(CheckOutcome::idle()) };
    let most = context.settings.large_rows;
    let found = match context.session.kind() {
        ServerKind::Sqlite => {
            let mut session = context.database.open(Purpose::File).await?;
            let found = embedded(session.as_mut(), kept, most).await;
            session.close().await;
            found
        }
        ServerKind::MariaDb | ServerKind::MySql => {
            on_server(context.session, kept, (context.file.core, context.file.dialect), most).await
        }
    };
    let line = |held: &Held| context.file.statements().get(held.statement as usize);
    let violation = |held: &Held, seen: String| match line(held) {
        Some(statement) => Violation::at(statement, seen),
        None => Violation::new(seen),
    };
    let outcome = CheckOutcome::counted(kept.held.len(), "kept object");
    match found {
        Ok(missed) => Ok(outcome.with(missed.into_iter().map(|(held, seen)| violation(held, seen)).collect())),
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        // Too long, or others hold it: that is no word about what is there.
        Err(error) => Ok(CheckOutcome {
            undecided: vec![Violation::new(format!("it could not be asked: {}", error.message))],
            ..outcome
        }),
    }
}

type Missed<'a> = Vec<(&'a Held, String)>;

async fn on_server<'a>(
    session: &mut dyn Session,
    kept: KeptData<'a>,
    (core, dialect): (&str, Dialect),
    most: u64,
) -> Result<Missed<'a>, DbError> {
    let (parked, tables): (Vec<&Held>, Vec<&Held>) = kept.held.iter().partition(|h| h.kind == KeptKind::ColumnParked);
    let mut missed = Missed::new();
    if !parked.is_empty() {
        let there = columns(session, [core, kept.undo], &parked).await?;
        missed.extend(parked.into_iter().filter(|h| !there.contains(&Place::parked(&h.place))).map(gone));
    }
    if tables.is_empty() {
        return Ok(missed);
    }
    let name =
        |held: &Held| quote_name(&ObjectName::qualified(ObjectKind::Table, kept.undo, held.place.as_str()), dialect);
    if tables.len() <= ASKED {
        let named = tables.iter().map(|held| Ok((*held, name(held)?))).collect::<Result<Vec<_>, DbError>>()?;
        let question = format!("SELECT {}", counts(&named, most).join(", "));
        match session.query_text(&bounded(&question, PATIENCE, dialect)).await {
            Ok(rows) => {
                missed.extend(rows.first().into_iter().flat_map(|row| few(&named, most, |at| row.get_text(at))));
                return Ok(missed);
            }
            Err(error) if error.kind == ErrorKind::MissingObject => {}
            Err(error) => return Err(error),
        }
    }
    let there: BTreeSet<String> = session.relations(kept.undo).await?.into_iter().map(|object| object.name).collect();
    missed.extend(tables.into_iter().filter(|held| !there.contains(&held.place)).map(gone));
    Ok(missed)
}

/// On SQLite what is kept stands in core until the journal has been committed, and then in the undo schema.
async fn embedded<'a>(session: &mut dyn Session, kept: KeptData<'a>, most: u64) -> Result<Missed<'a>, DbError> {
    let undo = crate::sql::quote_identifier(kept.undo, Dialect::Sqlite)?;
    let question = format!(
        "SELECT name FROM {undo}.sqlite_master UNION SELECT name FROM main.sqlite_master WHERE name LIKE '{OURS_IN_CORE}%'"
    );
    let there: BTreeSet<String> = session.query(&question, &[]).await?.iter().map(|row| row.get_text(0)).collect();
    let (mut missed, mut named) = (Missed::new(), Vec::new());
    for held in kept.held {
        let staged = format!("{OURS_IN_CORE}{}", held.place);
        let name = if there.contains(&held.place) {
            ObjectName::qualified(ObjectKind::Table, kept.undo, held.place.as_str())
        } else if there.contains(&staged) {
            ObjectName::qualified(ObjectKind::Table, "main", staged)
        } else {
            missed.push(gone(held));
            continue;
        };
        named.push((held, quote_name(&name, Dialect::Sqlite)?));
    }
    if !named.is_empty() && named.len() <= ASKED {
        let rows = session.query(&format!("SELECT {}", counts(&named, most).join(", ")), &[]).await?;
        missed.extend(rows.first().into_iter().flat_map(|row| few(&named, most, |at| row.get_u64(at).to_string())));
    }
    Ok(missed)
}

/// Rows that are looked for in a kept table: of one that was moved nobody counted them, and beyond a limit it takes long.
fn wanted(held: &Held, most: u64) -> u64 {
    match held.kind {
        KeptKind::TableMoved | KeptKind::ColumnParked => 0,
        _ if held.rows > most => 1,
        _ => held.rows,
    }
}

fn counts(named: &[(&Held, String)], most: u64) -> Vec<String> {
    let count = |(held, name): &(&Held, String)| {
        format!("(SELECT COUNT(*) FROM (SELECT 1 FROM {name} LIMIT {}) AS caribou_c)", wanted(held, most))
    };
    named.iter().map(count).collect()
}

/// The tables that hold fewer rows than was noted.
fn few<'a>(named: &[(&'a Held, String)], most: u64, count: impl Fn(usize) -> String) -> Missed<'a> {
    let of = |(at, (held, _)): (usize, &(&'a Held, String))| {
        let (there, wanted) = (count(at).parse::<u64>().unwrap_or(0), wanted(held, most));
        let what = format!("{} holds {there} rows, and {} were kept of {}", held.place, held.rows, held.table);
        (there < wanted).then_some((*held, what))
    };
    named.iter().enumerate().filter_map(of).collect()
}

fn gone(held: &Held) -> (&Held, String) {
    (held, format!("what was kept of {} is gone: the undo schema has no {}", held.table, held.place))
}

/// The parked columns that are there.
async fn columns(session: &mut dyn Session, schemas: [&str; 2], parked: &[&Held]) -> Result<BTreeSet<String>, DbError> {
    let places = vec!["?"; parked.len()].join(", ");
    let question = format!(
        "SELECT DISTINCT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN (?, ?) AND COLUMN_NAME IN ({places})"
    );
    let columns = parked.iter().map(|held| Place::parked(&held.place).into());
    let values: Vec<_> = schemas.into_iter().map(Into::into).chain(columns).collect();
    Ok(session.query(&question, &values).await?.iter().map(|row| row.get_text(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(kind: KeptKind, rows: u64) -> Held {
        Held { statement: 0, kind, table: "t".into(), place: "u1".into(), rows, bytes: 0 }
    }

    #[test]
    fn rows_are_counted_as_far_as_that_is_cheap() {
        let few_rows = held(KeptKind::Rows, 7);
        let named = [(&few_rows, "u.u1".to_owned())];
        assert_eq!(counts(&named, 100), ["(SELECT COUNT(*) FROM (SELECT 1 FROM u.u1 LIMIT 7) AS caribou_c)"]);
        assert_eq!(few(&named, 100, |_| "7".to_owned()), []);
        assert_eq!(few(&named, 100, |_| "6".to_owned())[0].1, "u1 holds 6 rows, and 7 were kept of t");
        assert_eq!(few(&named, 5, |_| "1".to_owned()), [], "beyond the limit it is asked whether it is empty");
        assert_eq!(few(&named, 5, |_| "0".to_owned()).len(), 1);
        let moved = held(KeptKind::TableMoved, 1_000_000);
        assert_eq!(few(&[(&moved, String::new())], 100, |_| "0".to_owned()), [], "nobody counted it");
    }
}
