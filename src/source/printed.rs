//! SQL as other tools print it: `sqlmigrate`, `--sql`, `update-sql`, `--pretend`. It is plain SQL, and read as such.

use super::lines::lines;
use super::remark::{Remark, kind};
use super::{SourceError, Text};

/// History tables of other tools, and the tools.
const HISTORIES: &[(&str, &str)] = &[
    ("databasechangelog", "Liquibase"),
    ("alembic_version", "Alembic"),
    ("django_migrations", "Django"),
    ("schema_migrations", "Rails"),
    ("flyway_schema_history", "Flyway"),
];

/// The sign before a statement that Laravel prints.
const ARROW: char = '⇂';

/// Remarks on a text that writes the history of the tool that printed it.
pub(super) fn remarks(text: &Text) -> Vec<Remark> {
    let found = lines(&text.text).find_map(|line| {
        let lower = line.text.to_ascii_lowercase();
        let is_code = !lower.trim_start().starts_with("--");
        let known = HISTORIES.iter().find(|(table, _)| is_code && lower.contains(table));
        known.map(|(table, tool)| {
            let message = format!(
                "it writes {table}, the history of {tool}: as long as {tool} is to know of it, leave it in; else take it out"
            );
            Remark::info(kind::TOOL_HISTORY, line.number(), message)
        })
    });
    found.into_iter().collect()
}

/// Refuses what Laravel prints around its statements.
///
/// # Errors
/// The line.
pub(super) fn refuse_prefixes(text: &Text) -> Result<(), SourceError> {
    let is_prefixed = |line: &str| {
        let class = line.split_once(": ").filter(|(class, _)| {
            class.starts_with(|c: char| c.is_ascii_uppercase()) && class.chars().all(char::is_alphanumeric)
        });
        let begins = ["create ", "alter ", "drop ", "insert ", "update ", "delete ", "select "];
        line.trim_start().starts_with(ARROW)
            || class.is_some_and(|(_, sql)| begins.iter().any(|word| sql.starts_with(word)))
    };
    match lines(&text.text).find(|line| is_prefixed(line.text)) {
        None => Ok(()),
        Some(line) => {
            let problem = "this is what `artisan migrate --pretend` prints: take out what stands before the statement, and end it \
                           with a semicolon"
                .to_owned();
            Err(SourceError::Line { path: text.path.clone(), line: line.number, problem })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_sql_is_known() {
        let text = |text: &str| Text::from_bytes("1_a.sql", text.as_bytes().to_vec()).unwrap();
        let alembic =
            text("-- Running upgrade -> 1\nCREATE TABLE a (i INT);\nINSERT INTO alembic_version VALUES ('1');\n");
        assert_eq!(remarks(&alembic).iter().map(|one| one.line).collect::<Vec<_>>(), [Some(3)]);
        for laravel in ["\nCreateUsersTable: create table `users` (`id` int)", "\n  ⇂ create table `users` (`id` int)"]
        {
            assert!(refuse_prefixes(&text(laravel)).unwrap_err().to_string().contains("1_a.sql, line 2"));
        }
        assert!(refuse_prefixes(&text("-- Note: create table\nSELECT 'A: drop ';")).is_ok());
    }
}
