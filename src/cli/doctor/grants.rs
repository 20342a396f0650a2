//! Accounts whose grants reach the orchestration or undo schema by a wildcard.

use super::super::exit::CliError;
use super::super::project::Project;
use super::finding::Finding;

const CHECK: &str = "grants";

/// A grant on a pattern that covers one of our schemas without naming it. `\` escapes a wildcard in such a pattern.
const BY_WILDCARD: &str = "SELECT GRANTEE, TABLE_SCHEMA, GROUP_CONCAT(PRIVILEGE_TYPE ORDER BY PRIVILEGE_TYPE SEPARATOR ', ') \
     FROM information_schema.SCHEMA_PRIVILEGES \
     WHERE PRIVILEGE_TYPE IN ('INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER', 'TRIGGER', 'EXECUTE') \
     AND (? LIKE TABLE_SCHEMA OR ? LIKE TABLE_SCHEMA) AND REPLACE(TABLE_SCHEMA, CHAR(92), '') NOT IN (?, ?) \
     GROUP BY GRANTEE, TABLE_SCHEMA ORDER BY GRANTEE, TABLE_SCHEMA";

/// Every account that is seen has one row at least.
const SEEN: &str = "SELECT COUNT(DISTINCT GRANTEE) FROM information_schema.USER_PRIVILEGES";

/// Nothing on SQLite, which has no accounts.
pub(super) async fn examine(project: &mut Project) -> Option<Finding> {
    if !project.store.dialect().is_mysql_family() {
        return None;
    }
    Some(look(project).await.unwrap_or_else(|error| Finding::unanswered(CHECK, &error)))
}

async fn look(project: &mut Project) -> Result<Finding, CliError> {
    let store = project.store.clone();
    let schemas = store.schemas();
    let names = [schemas.orchestration.as_str(), schemas.undo.as_str()];
    let Ok(reader) = project.reader() else {
        return Ok(Finding::ok(CHECK, "nothing is installed yet that could be reached"));
    };
    let values = [names[0].into(), names[1].into(), names[0].into(), names[1].into()];
    let found = reader.session().query(BY_WILDCARD, &values).await;
    let seen = reader.session().query_text(SEEN).await;
    let reaching: Vec<String> = found?
        .iter()
        .map(|row| format!("{} by its grant on `{}` ({})", row.get_text(0), row.get_text(1), row.get_text(2)))
        .collect();
    if !reaching.is_empty() {
        let found = format!("{} or {} is reached by {}", names[0], names[1], reaching.join("; "));
        let remedy = "revoke it, and grant on the schemas that the account needs, each by its name, with `_` as `\\_`: \
                      who writes there can bend the journal";
        return Ok(Finding::warning(CHECK, found, remedy));
    }
    let alone = seen?.first().is_some_and(|row| row.get_i64(0) <= 1);
    let whose = if alone { "; this account sees its own grants only" } else { "" };
    Ok(Finding::ok(CHECK, format!("no account reaches {} or {} by a wildcard{whose}", names[0], names[1])))
}
