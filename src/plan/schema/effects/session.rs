//! Statements that change how others are read, and those of which nobody can tell what they change.

use super::touched::touched;
use crate::plan::schema::walk::Walk;
use crate::sql::{self, How, Statement, StatementKind as Kind};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    match statement.analysis.kind {
        Kind::Use => match touched(statement, How::Reads).next() {
            Some(schema) => walk.use_schema(&schema.name),
            None => walk.forget_all("it changes the current schema in a way that cannot be told"),
        },
        Kind::Set | Kind::SetGlobal if passes_over(walk, statement) => walk.passes_over(),
        Kind::Set | Kind::SetGlobal if decides(walk, statement) => walk.engine_untold(),
        Kind::Begin | Kind::Savepoint => walk.begin(),
        Kind::Commit => walk.commit(),
        Kind::Rollback | Kind::RollbackToSavepoint => walk.rollback(),
        Kind::DropSchema if touched(statement, How::Drops).any(|schema| walk.schema.is_core(&schema.name)) => {
            walk.forget_all("it drops the schema");
        }
        Kind::Call => walk.forget_all("what the procedure does cannot be told"),
        Kind::Execute | Kind::Compound => walk.forget_all("what it runs cannot be told from its text"),
        Kind::Unknown => walk.forget_all("the statement is not recognised"),
        Kind::Attach | Kind::Detach => walk.forget_all("names may mean tables of another file"),
        Kind::Pragma if statement.sql.to_ascii_lowercase().contains("writable_schema") => {
            walk.forget_all("it lets definitions be written as rows");
        }
        Kind::Pragma if statement.sql.to_ascii_lowercase().contains("legacy_alter_table") => walk.alters_as_of_old(),
        _ => {}
    }
}

/// True if an assignment may decide which engine a table gets.
fn decides(walk: &Walk<'_>, statement: &Statement) -> bool {
    let words = sql::identifiers(statement.plain(), walk.dialect());
    words.iter().any(|word| decides_engine(word))
}

/// True if an assignment may put `IF EXISTS` into what follows (MariaDB).
fn passes_over(walk: &Walk<'_>, statement: &Statement) -> bool {
    sql::identifiers(statement.plain(), walk.dialect()).iter().any(|word| word.eq_ignore_ascii_case("sql_if_exists"))
}

/// True if a variable decides about engines.
pub(in crate::plan::schema) fn decides_engine(name: &str) -> bool {
    name.to_ascii_lowercase().contains("storage_engine")
}
