//! SQL that stands for data or for a document: held to what files of those types may do.

use super::{Fault, Subject};
use crate::sql::{Statement, StatementKind, Touch};

/// The statements of a file and of its rollback script; of the latter it is told that they are of it.
fn statements<'a>(file: &Subject<'a>) -> impl Iterator<Item = (bool, &'a Statement)> {
    let scripts = [(false, Some(file.script)), (true, file.back)];
    scripts
        .into_iter()
        .flat_map(|(back, script)| script.into_iter().flat_map(move |s| s.statements.iter().map(move |s| (back, s))))
}

fn fault(back: bool, statement: &Statement, problem: &str) -> Fault {
    let place = if back { "rollback script: " } else { "" };
    Fault::new(statement.line, format!("{place}{problem}"))
}

fn changed(statement: &Statement) -> impl Iterator<Item = &Touch> {
    statement.analysis.touches.iter().filter(|touch| touch.how.changes())
}

/// Upserts into one table, and nothing else that changes anything; the rollback script may change rows of that table.
pub(super) fn to_upserts(file: &Subject<'_>) -> Vec<Fault> {
    let mut table: Option<String> = None;
    let mut faults = Vec::new();
    for (back, statement) in statements(file).filter(|(_, statement)| !statement.analysis.kind.is_harmless()) {
        let kind = statement.analysis.kind;
        let is_allowed = match kind {
            StatementKind::Upsert | StatementKind::Replace => true,
            StatementKind::Insert | StatementKind::Update | StatementKind::Delete => back,
            _ => false,
        };
        if !is_allowed {
            let problem = format!(
                "a file of the type agent upserts rows into one table, and this is {kind}: write INSERT … ON DUPLICATE KEY \
                 UPDATE (SQLite: ON CONFLICT … DO UPDATE), name table, key and rows in TOML, or make it a file of doctrine \
                 (`-- caribou: type=doctrine`)"
            );
            faults.push(fault(back, statement, &problem));
            continue;
        }
        for touch in changed(statement) {
            let name = &touch.object.name;
            match &table {
                Some(first) if !first.eq_ignore_ascii_case(name) => {
                    let problem = format!(
                        "a file of the type agent upserts rows into one table, which is {first} here, and this writes to \
                         {name}: write a file for each table"
                    );
                    faults.push(fault(back, statement, &problem));
                }
                Some(_) => {}
                None => table = Some(name.clone()),
            }
        }
    }
    faults
}

/// Nothing that changes anything.
pub(super) fn to_reading(file: &Subject<'_>) -> Vec<Fault> {
    let changing = statements(file).filter(|(_, statement)| !statement.analysis.kind.is_harmless());
    let told = changing.map(|(back, statement)| {
        let problem = format!(
            "a file of the type documentation changes nothing in the database, and this is {}: write the document as \
             Markdown with front matter, or make it a file of doctrine (`-- caribou: type=doctrine`)",
            statement.analysis.kind
        );
        fault(back, statement, &problem)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{self, Dialect};

    fn lines(of: fn(&Subject<'_>) -> Vec<Fault>, text: &str, back: &str, dialect: Dialect) -> Vec<u32> {
        let (script, back) = (sql::read(text, dialect).unwrap(), sql::read(back, dialect).unwrap());
        let file = Subject { path: "a.sql", text, script: &script, back: Some(&back), dialect, core: "core" };
        of(&file).iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn an_agent_upserts_into_one_table() {
        let upsert = |table: &str, dialect: Dialect| match dialect {
            Dialect::Sqlite => format!("INSERT INTO {table} VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = 2;\n"),
            _ => format!("INSERT INTO {table} VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 2;\n"),
        };
        for dialect in Dialect::ALL {
            let of = |text: &str, back: &str| lines(to_upserts, text, back, dialect);
            let good =
                format!("{}{}SELECT 1;\nREPLACE INTO t VALUES (1, 2);\n", upsert("t", dialect), upsert("T", dialect));
            assert_eq!(of(&good, "DELETE FROM t WHERE id = 1;"), [] as [u32; 0], "{dialect:?}");
            let two = format!("{}{}", upsert("t", dialect), upsert("u", dialect));
            assert_eq!(of(&two, ""), [2], "{dialect:?}");
            assert_eq!(of(&upsert("t", dialect), "DROP TABLE t;\nDELETE FROM u;"), [1, 2], "{dialect:?}");
            for sql in
                ["CREATE TABLE t (id INT);", "INSERT INTO t VALUES (1);", "DELETE FROM t;", "UPDATE t SET a = 1;"]
            {
                assert_eq!(of(sql, ""), [1], "{dialect:?}: {sql}");
            }
        }
    }

    #[test]
    fn a_document_changes_nothing() {
        for dialect in Dialect::ALL {
            let text = "SELECT 1;\nDROP TABLE t;\nDELETE FROM t;\n";
            assert_eq!(lines(to_reading, text, "CREATE TABLE t (id INT);", dialect), [2, 3, 1], "{dialect:?}");
            assert_eq!(lines(to_reading, "-- Nothing.\nSELECT 1;\n", "", dialect), [] as [u32; 0], "{dialect:?}");
        }
    }
}
