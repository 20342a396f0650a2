//! Triggers, routines and events that the plan makes: what their bodies name has to be there once it has run.

use super::names::comes_with_the_server;
use super::program::Program;
use super::read::Named;
use super::state::Found;
use super::table::Has;
use super::walk::Walk;
use crate::plan::Level;
use crate::sql::ObjectName;
use std::collections::HashSet;

const WHY: &str = "the server looks at what it names when it runs: whoever meets it gets the error";

/// The plan has come to its end: what they name, and will not be there, is said.
pub(super) fn say(walk: &mut Walk<'_>) {
    for Program { object, at, tables, columns } in std::mem::take(&mut walk.programs) {
        let what = format!("the {} {object}", object.kind);
        let mut said = HashSet::new();
        for table in tables {
            if is_missing(walk, &table) && said.insert(table.clone()) {
                let message = format!("{what} names {table}, which will not be there when it runs");
                let remedy = "create it in this plan, or correct the name";
                walk.push(at, "missing_table", Level::Warning, message, Some(WHY), Some(remedy));
            }
        }
        for Named { table, columns } in columns {
            let Some(key) = walk.schema.own(&table) else { continue };
            let Found::Table(found) = walk.schema.find(&key) else { continue };
            let missing = columns.into_iter().find(|column| found.has_column(column) == Has::No);
            if let Some(column) = missing {
                let message = format!("{what} writes the column {column}, which {table} will not have when it runs");
                let remedy = "add it in this plan, or correct the name";
                walk.push(at, "missing_column", Level::Warning, message, Some(WHY), Some(remedy));
            }
        }
    }
}

fn is_missing(walk: &Walk<'_>, table: &ObjectName) -> bool {
    let key = walk.schema.own(table).filter(|_| !comes_with_the_server(&table.name, walk.dialect()));
    key.is_some_and(|key| matches!(walk.schema.find(&key), Found::Nothing(_)))
}
