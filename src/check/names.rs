//! Names of what a file makes, against the patterns of the configuration.

use super::columns::{self, Does};
use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::settings::CheckSettings;
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, Statement};

pub(super) const NAMES: Check = Check::pre("names", [Warn, Block], CheckFn::Text(names)).told(
    "Tables, columns and indexes that a file makes have names of the patterns in [names], where there are any.",
    "a name is written in every query that is ever made: another one later costs a change of all of them",
    "write the name as the pattern asks for; or widen the pattern",
);

fn names(file: &CheckedFile<'_>, settings: &CheckSettings) -> CheckOutcome {
    let rules = &settings.names;
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in file.statements().iter().filter(|statement| !statement.analysis.is_temporary()) {
        for (what, name) in made(statement, file.dialect) {
            let Some((pattern, key)) = rules.of(what) else { continue };
            count += 1;
            if !pattern.fits(&name) {
                let seen = format!("the {what} {name} is not of the pattern {pattern}");
                violations.push(Violation { policy: Some(key), ..Violation::at(statement, seen) });
            }
        }
    }
    CheckOutcome::of(count, "name", violations)
}

/// What a statement gives a name, and that name.
fn made(statement: &Statement, dialect: Dialect) -> Vec<(&'static str, String)> {
    let mut made: Vec<(&str, String)> = Vec::new();
    for touch in statement.analysis.touches.iter().filter(|t| matches!(t.how, How::Creates | How::RenamesTo)) {
        let what = match touch.object.kind {
            ObjectKind::Table => "table",
            ObjectKind::View => "view",
            ObjectKind::Index => "index",
            _ => continue,
        };
        made.push((what, touch.object.name.clone()));
    }
    let new = columns::written(statement, dialect).into_iter().filter(|column| column.does != Does::Redefines);
    made.extend(new.map(|column| ("column", column.name)));
    made.extend(columns::keys_written(statement, dialect).into_iter().map(|name| ("index", name)));
    for operation in &statement.analysis.operations {
        match operation {
            AlterOperation::ChangeColumn { from, to } | AlterOperation::RenameColumn { from, to } if from != to => {
                made.push(("column", to.clone()));
            }
            AlterOperation::AddIndex { name: Some(name), .. } => made.push(("index", name.clone())),
            AlterOperation::RenameIndex { to, .. } => made.push(("index", to.clone())),
            _ => {}
        }
    }
    made.sort();
    made.dedup();
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::read;

    fn of(sql: &str, dialect: Dialect) -> Vec<String> {
        let script = read(sql, dialect).unwrap();
        let all = script.statements.iter().flat_map(|statement| made(statement, dialect));
        all.map(|(what, name)| format!("{what} {name}")).collect()
    }

    #[test]
    fn every_name_that_is_new_is_seen() {
        let create = "CREATE TABLE Users (id INT PRIMARY KEY, `First Name` TEXT, KEY by_name (`First Name`), UNIQUE (id), \
                      UNIQUE KEY u_id (id), CONSTRAINT c_id UNIQUE (id), FULLTEXT INDEX ft (`First Name`))";
        let expected =
            ["column First Name", "column id", "index by_name", "index c_id", "index ft", "index u_id", "table Users"];
        assert_eq!(of(create, Dialect::MySql), expected);
        let alter = "ALTER TABLE t ADD COLUMN A INT, CHANGE b B INT, CHANGE c c BIGINT, MODIFY d BIGINT, ADD INDEX I (A), \
                     RENAME COLUMN e TO E, RENAME INDEX j TO J";
        assert_eq!(of(alter, Dialect::MySql), ["column A", "column B", "column E", "index I", "index J"]);
        assert_eq!(of("RENAME TABLE a TO B", Dialect::MariaDb), ["table B"]);
        assert_eq!(of("CREATE INDEX Ix ON t (a); DROP TABLE T", Dialect::Sqlite), ["index Ix"]);
        assert_eq!(of("CREATE VIEW V AS SELECT 1 AS X", Dialect::Sqlite), ["view V"]);
    }
}
