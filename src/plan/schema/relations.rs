//! Relations that a manifest declares, against the schema as it will be once the last file has run.

use super::state::{Found, Schema};
use super::table::Has;
use crate::model::{ColumnOf, DeclaredRelation};
use crate::plan::Refusal;

/// What is declared of tables or columns that will not be there.
pub(super) fn unknown(schema: &Schema, relations: &[DeclaredRelation]) -> Vec<Refusal> {
    let mut refused = Vec::new();
    for relation in relations {
        for of in [&relation.child, &relation.parent] {
            let Some(problem) = missing(schema, of) else { continue };
            let problem = format!("the relation {relation}: {problem}");
            refused.push(Refusal::Relation { path: "batch.toml".to_owned(), line: relation.line, problem });
        }
    }
    refused
}

fn missing(schema: &Schema, of: &ColumnOf) -> Option<String> {
    match schema.find(&schema.names.table(&of.table)) {
        Found::Nothing(_) => {
            let table = &of.table;
            Some(format!("there will be no table {table} when the last file has run: create it, or correct the name"))
        }
        Found::Table(table) if table.has_column(&of.column) == Has::No => {
            let (ColumnOf { table: name, column }, columns) =
                (of, table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", "));
            Some(format!("{name} will have no column {column} when the last file has run: its columns are {columns}"))
        }
        _ => None,
    }
}
