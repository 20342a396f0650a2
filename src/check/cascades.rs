//! Rows of other tables that a foreign key takes along.

use super::context::{CheckContext, CheckedFile};
use super::count::{Sized, size};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use crate::database::{DbError, ErrorKind};
use crate::sql::{Dialect, ForeignKeyChecks, How, ObjectKind, ObjectName, Statement, StatementKind, quote_identifier};

pub(super) const CASCADING_ROWS: Check = Check::pre(
    "cascading_rows",
    [Warn, Block],
    CheckFn::Database(|c| Box::pin(cascading_rows(c))),
)
.told(
    "No DELETE or REPLACE takes rows of other tables along, or their values, by ON DELETE CASCADE or SET NULL.",
    "the statement names one table and counts its rows alone: what goes in the others is told nowhere, and triggers \
         there do not run",
    "delete or mend the children first, by a statement that says which; for REPLACE, INSERT … ON DUPLICATE KEY UPDATE",
);

const KEYS: &str = "SELECT TABLE_NAME, REFERENCED_TABLE_NAME, DELETE_RULE FROM \
     information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND DELETE_RULE IN ('CASCADE', 'SET NULL', \
     'SET DEFAULT')";

/// A key that acts when its parent goes.
struct Acting {
    child: String,
    parent: String,
    rule: String,
}

async fn cascading_rows(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let file = context.file;
    let taking = taking(file);
    if taking.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let keys = acting(context).await?;
    let mut violations = Vec::new();
    for (statement, parent) in &taking {
        for key in keys.iter().filter(|key| key.parent.eq_ignore_ascii_case(&parent.name)) {
            let child = ObjectName::qualified(ObjectKind::Table, file.core, key.child.as_str());
            let rows = match size(context.data().await?, &child, file.dialect).await? {
                Sized::Known(size) => size.rows,
                Sized::Missing | Sized::Held => 0,
            };
            if rows > 0 {
                let about = if rows >= 1000 { "about " } else { "" };
                let seen =
                    format!("{about}{rows} rows of {} stand under {} ON DELETE {}", key.child, parent.name, key.rule);
                violations.push(Violation::at(statement, seen));
            }
        }
    }
    Ok(CheckOutcome::of(taking.len(), "statement", violations))
}

/// The statements that delete rows while foreign keys act, and the tables that they delete from.
fn taking<'a>(file: &CheckedFile<'a>) -> Vec<(&'a Statement, &'a ObjectName)> {
    let mut found = Vec::new();
    for statement in file.statements() {
        let acts = statement.foreign_key_checks != ForeignKeyChecks::Off;
        let takes = matches!(statement.analysis.kind, StatementKind::Delete | StatementKind::Replace);
        if !(acts && takes) || statement.analysis.is_temporary() {
            continue;
        }
        let written = statement.analysis.touches.iter().filter(|touch| touch.how == How::Writes);
        found.extend(written.map(|touch| (statement, &touch.object)));
    }
    found
}

async fn acting(context: &mut CheckContext<'_>) -> Result<Vec<Acting>, DbError> {
    let (core, dialect) = (context.file.core, context.file.dialect);
    let asked = match dialect {
        Dialect::Sqlite => {
            let schema = quote_identifier(core, dialect)?;
            let sql = format!(
                "SELECT m.name, f.\"table\", f.on_delete FROM {schema}.sqlite_master AS m, \
                 pragma_foreign_key_list(m.name, ?) AS f WHERE m.type = 'table' AND f.on_delete IN ('CASCADE', 'SET NULL', \
                 'SET DEFAULT')"
            );
            context.data().await?.query(&sql, &[core.into()]).await
        }
        Dialect::MySql | Dialect::MariaDb => context.session.query(KEYS, &[core.into()]).await,
    };
    let rows = match asked {
        Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::MissingObject) => Vec::new(),
        rows => rows?,
    };
    let key =
        |row: &crate::database::Row| Acting { child: row.get_text(0), parent: row.get_text(1), rule: row.get_text(2) };
    Ok(rows.iter().map(key).collect())
}
