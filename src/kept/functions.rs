//! Stored functions that a statement or a trigger calls: what they write is nothing that is kept.

use super::facts::Known;
use crate::database::{ServerKind, Session, Value};
use crate::sql::{ObjectName, body_writes, called, sets_sequence};
use crate::store::{Result, StoreError};
use std::collections::BTreeSet;

const FUNCTION: &str = "SELECT ROUTINE_SCHEMA, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = \
     'FUNCTION' AND ROUTINE_SCHEMA = COALESCE(?, DATABASE()) AND ROUTINE_NAME = ?";

/// The first function that a text calls, itself or by way of others, and that may write: in words. A name without a
/// schema stands in `schema`, or in the session's own.
///
/// # Errors
/// The database's.
pub(crate) async fn writing(
    session: &mut dyn Session,
    known: &Known,
    (text, schema): (&str, Option<&str>),
) -> Result<Option<String>> {
    let dialect = session.kind().dialect();
    if session.kind() == ServerKind::Sqlite {
        return Ok(None);
    }
    let in_schema = |function: ObjectName, schema: Option<&str>| ObjectName {
        schema: function.schema.or_else(|| schema.map(str::to_owned)),
        ..function
    };
    if session.kind() == ServerKind::MariaDb && sets_sequence(text, dialect) {
        return Ok(Some("it calls SETVAL, and where the sequence stood is not kept".to_owned()));
    }
    let mut waiting: Vec<ObjectName> = called(text, dialect).into_iter().map(|f| in_schema(f, schema)).collect();
    let mut seen: BTreeSet<ObjectName> = waiting.iter().cloned().collect();
    while let Some(function) = waiting.pop() {
        let Some((schema, body)) = body_of(session, known, &function).await? else { continue };
        let Some(body) = body else {
            return Ok(Some(format!("it calls the function {function}, whose text this account is not shown")));
        };
        match body_writes(&body, dialect) {
            Some(tables) => {
                if let Some(table) = tables.first() {
                    return Ok(Some(format!("it calls the function {function}, which writes to {table}")));
                }
            }
            None => return Ok(Some(format!("what the function {function} does that it calls cannot be told"))),
        }
        let inner = called(&body, dialect).into_iter().map(|f| in_schema(f, schema.as_deref()));
        waiting.extend(inner.filter(|function| seen.insert(function.clone())));
    }
    Ok(None)
}

/// Refuses what calls a function that may write.
///
/// # Errors
/// [`StoreError::CannotKeep`] with the reason; or the database's.
pub(super) async fn refuse_writing(
    session: &mut dyn Session,
    known: &Known,
    about: (&str, Option<&str>),
) -> Result<()> {
    writing(session, known, about).await?.map_or(Ok(()), |reason| Err(StoreError::cannot_keep(reason)))
}

/// Schema and text of a function; no text where it is not shown. `None` where there is none: it is the server's own, or
/// its statement fails.
async fn body_of(
    session: &mut dyn Session,
    known: &Known,
    function: &ObjectName,
) -> Result<Option<(Option<String>, Option<String>)>> {
    if let Some(made) = known.functions.get(&function.name.to_lowercase()) {
        return Ok(Some((function.schema.clone(), Some(made.clone()))));
    }
    let schema = function.schema.as_deref().map_or(Value::Null, Into::into);
    let rows = session.query(FUNCTION, &[schema, function.name.as_str().into()]).await?;
    Ok(rows.first().map(|row| (row.opt_text(0), row.opt_text(1))))
}

/// The body in a statement that makes a function.
pub(super) fn body_in(create: &str) -> &str {
    let upper = create.to_ascii_uppercase();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let stands = |word: &str| {
        upper.match_indices(word).map(|(at, _)| at).find(|at| {
            let behind = upper[at + word.len()..].chars().next();
            !upper[..*at].ends_with(is_part) && !behind.is_some_and(is_part)
        })
    };
    let from = ["BEGIN", "RETURN"].into_iter().filter_map(stands).min();
    from.and_then(|at| create.get(at..)).unwrap_or(create)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    #[test]
    fn the_body_begins_behind_what_it_returns() {
        let text = "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC BEGIN UPDATE t SET b = a; RETURN 1; END";
        assert_eq!(body_writes(body_in(text), Dialect::MariaDb).map(|tables| tables.len()), Some(1));
        assert_eq!(body_in("CREATE FUNCTION f() RETURNS INT RETURN 1"), "RETURN 1");
    }
}
