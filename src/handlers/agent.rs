//! Agent: configuration as data, which becomes upserts.

use super::{Catalog, Columns, Fault, Handler, Original, Subject, held_to, record, rows};
use crate::database::DbError;
use crate::model::FileType;
use crate::source::SourceType;
use crate::sql::Dialect;
use async_trait::async_trait;
use rows::Data;

/// TOML, JSON or YAML that names a table, its key columns and rows; also SQL that upserts.
#[derive(Debug)]
pub(super) struct Agent;

const NAME: &str = "agent";

#[async_trait]
impl Handler for Agent {
    fn source(&self) -> SourceType {
        let extensions = &["sql", "toml", "json", "yaml", "yml"];
        SourceType { name: NAME, recorded_as: FileType::Agent, folders: &[], extensions }
    }

    fn prepare(&self, file: &Original<'_>, dialect: Dialect) -> Result<Option<String>, Fault> {
        if is_sql(file.path) {
            return Ok(None);
        }
        let data = rows::read(file.path, file.text)?;
        Ok(Some(record(NAME, file.text, &rows::pieces(&data, dialect)?)))
    }

    async fn validate_before(&self, file: &Subject<'_>, catalog: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        if is_sql(file.path) {
            return Ok(held_to::to_upserts(file));
        }
        let data = match super::recorded::original(file.text).map(|text| rows::read(file.path, &text)) {
            Some(Ok(data)) => data,
            Some(Err(fault)) => return Ok(vec![fault]),
            None => return Ok(vec![Fault::new(1, "its recorded text is not that of a file of rows: plan it again")]),
        };
        let found = catalog.columns(data.schema.as_deref(), &data.table).await?;
        Ok(faults(&data, found, file.dialect))
    }
}

fn is_sql(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("sql"))
}

/// What does not fit the table.
fn faults(data: &Data, found: Columns, dialect: Dialect) -> Vec<Fault> {
    let Columns::Known { all, generated, uniques } = found else {
        if found == Columns::Later {
            return Vec::new();
        }
        let problem =
            format!("there is no table {}: create it in a file before this one, or correct the name", data.table);
        return vec![Fault::new(data.table_line, problem)];
    };
    let holds = |columns: &[String], name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    let mut faults = Vec::new();
    let said = rows::said(data);
    for (name, line) in &said {
        if !holds(&all, name) {
            let known = all.join(", ");
            let problem = format!(
                "{} has no column {name}: it has {known}; correct the name, or add the column in a file before \
                                   this one",
                data.table
            );
            faults.push(Fault::new(*line, problem));
        } else if holds(&generated, name) {
            let problem =
                format!("the column {name} of {} is computed, and cannot be written: take it out", data.table);
            faults.push(Fault::new(*line, problem));
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    let is_key =
        |columns: &[String]| columns.len() == data.key.len() && columns.iter().all(|column| holds(&data.key, column));
    let keys = data.key.join(", ");
    if !uniques.iter().any(|columns| is_key(columns)) {
        let problem = format!(
            "{} has no primary key and no unique index over exactly {keys}, so that the same rows would be added again and \
             again: add a unique index, or name the columns of one",
            data.table
        );
        return vec![Fault::new(data.key_line, problem)];
    }
    // There, a row that has the value of another key is taken for the row that is meant.
    let other = uniques.iter().filter(|columns| dialect.is_mysql_family() && !is_key(columns));
    let other =
        other.filter(|columns| columns.iter().all(|column| said.iter().any(|(n, _)| n.eq_ignore_ascii_case(column))));
    other
        .map(|columns| {
            let columns = columns.join(", ");
            let problem = format!(
                "the rows also say {columns}, over which {} has another unique index: the server may take one row for another; \
                 make {columns} the key, or leave it out",
                data.table
            );
            Fault::new(data.key_line, problem)
        })
        .collect()
}
