//! A view that named what was gone already when the file ran is to stand again as it stood: broken. No server makes
//! such a view, so for a moment something stands in for what it names.

use crate::database::{DbError, Outcome, Session};
use crate::sql::{Dialect, QuoteError, quote_identifier};

/// As many things may be missing.
const MOST: usize = 64;
/// A table that is not there, and a column.
const NO_TABLE: &str = "1146";
const NO_COLUMN: &str = "1054";

/// Tells whether a statement makes a view from the text that the server gave of it.
pub(crate) fn is_one(sql: &str) -> bool {
    ["CREATE ALGORITHM=", "CREATE OR REPLACE ALGORITHM="].iter().any(|head| sql.starts_with(head))
        && sql.contains(" VIEW ")
}

/// Makes a view that was refused because of what is missing.
///
/// # Errors
/// The server's: what it said first where nothing can stand in, else what it says of the stand-ins.
pub(crate) async fn make(session: &mut dyn Session, sql: &str, refused: DbError) -> Result<Outcome, DbError> {
    let mut away = Vec::new();
    let mut made = Err(refused);
    for _ in 0..MOST {
        let Err(error) = &made else { break };
        let Some((stands_in, goes)) = stand_in(error, sql) else { break };
        if let Err(error) = session.run(&stands_in).await {
            tracing::debug!(%error, "nothing stands in for what a view names");
            break;
        }
        away.push(goes);
        made = session.run(sql).await;
    }
    for goes in away.iter().rev() {
        session.run(goes).await?;
    }
    made
}

/// Statements that make what stands in for what the server misses, and what takes it away.
fn stand_in(error: &DbError, sql: &str) -> Option<(String, String)> {
    let missing: Vec<&str> = error.message.split('\'').nth(1)?.split('.').collect();
    match (error.code.as_deref()?, missing.as_slice()) {
        (NO_TABLE, [schema, table]) => {
            let name = format!("{}.{}", quoted(schema).ok()?, quoted(table).ok()?);
            Some((format!("CREATE TABLE {name} (caribou_stand_in INT)"), format!("DROP TABLE {name}")))
        }
        (NO_COLUMN, [.., alias, column]) => {
            let (table, column) = (table_of(sql, alias)?, quoted(column).ok()?);
            let away = format!("ALTER TABLE {table} DROP COLUMN {column}");
            Some((format!("ALTER TABLE {table} ADD COLUMN {column} INT"), away))
        }
        _ => None,
    }
}

fn quoted(name: &str) -> Result<String, QuoteError> {
    quote_identifier(name, Dialect::MySql)
}

/// The table that a view's text calls so: `` `schema`.`table` `alias` ``.
fn table_of(sql: &str, alias: &str) -> Option<String> {
    let alias = quoted(alias).ok()?;
    let Some(at) = sql.find(&format!("` {alias}")) else { return Some(alias) };
    let before = &sql[..=at];
    let start = before.rfind([' ', '(']).map_or(0, |space| space + 1);
    Some(before[start..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::ErrorKind;

    fn error(code: &str, message: &str) -> DbError {
        DbError { code: Some(code.to_owned()), ..DbError::new(ErrorKind::MissingObject, "run", message) }
    }

    #[test]
    fn what_is_missing_is_made_and_taken_away() {
        let sql = "CREATE ALGORITHM=UNDEFINED VIEW `v` AS select `x`.`n` AS `n` from (`shop`.`t` `x` join `u`)";
        let of = |code, message| stand_in(&error(code, message), sql);
        assert_eq!(
            of("1054", "Unknown column 'x.n' in 'SELECT'"),
            Some(("ALTER TABLE `shop`.`t` ADD COLUMN `n` INT".into(), "ALTER TABLE `shop`.`t` DROP COLUMN `n`".into()))
        );
        assert_eq!(of("1054", "Unknown column 'u.n' in 'SELECT'").unwrap().0, "ALTER TABLE `u` ADD COLUMN `n` INT");
        assert_eq!(of("1146", "Table 'shop.p' doesn't exist").unwrap().1, "DROP TABLE `shop`.`p`");
        assert_eq!(of("1064", "You have an error near 'a.b'"), None);
    }
}
