//! Relations that the directory declares: which a script concerns, and how many rows are orphaned in each.

use super::count::{PATIENCE, bounded};
use crate::database::{DbError, ErrorKind, Session};
use crate::model::{ColumnOf, DeclaredRelation, Orphans};
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Statement, quote_identifier, quote_name};

/// What is declared, and what was orphaned before the file ran.
#[derive(Debug, Default)]
pub struct RelationsSeen {
    pub declared: Vec<DeclaredRelation>,
    /// Those that could be counted.
    pub before: Vec<Orphans>,
}

/// The relations whose tables a script touches; all of them where its text does not tell.
pub fn concerned<'a>(
    statements: &[Statement],
    declared: &'a [DeclaredRelation],
    core: &str,
) -> Vec<&'a DeclaredRelation> {
    if statements.iter().any(|statement| statement.analysis.kind.is_opaque()) {
        return declared.iter().collect();
    }
    let of_core = |object: &ObjectName| object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core));
    let permanent = statements.iter().filter(|statement| !statement.analysis.is_temporary());
    let touches = permanent.flat_map(|statement| &statement.analysis.touches);
    let changed: Vec<&ObjectName> =
        touches.filter(|touch| touch.how != How::Reads).map(|touch| &touch.object).filter(|o| of_core(o)).collect();
    let touched = |of: &ColumnOf| changed.iter().any(|object| object.name.eq_ignore_ascii_case(&of.table));
    declared.iter().filter(|relation| touched(&relation.child) || touched(&relation.parent)).collect()
}

/// Counts what is orphaned in each relation. One of which nothing can be told, or not within the time that a question has,
/// is left out.
pub async fn count_orphans(
    session: &mut dyn Session,
    relations: &[&DeclaredRelation],
    core: &str,
    dialect: Dialect,
) -> Result<Vec<Orphans>, DbError> {
    let mut counted = Vec::new();
    for relation in relations {
        let rows = orphaned(session, relation, core, dialect).await?;
        counted.extend(rows.map(|rows| named(relation, rows)));
    }
    Ok(counted)
}

fn named(relation: &DeclaredRelation, rows: u64) -> Orphans {
    Orphans { table: relation.child.table.clone(), key: relation.to_string(), rows }
}

/// Counts what is orphaned in one relation; nothing where that cannot be told in time.
pub(super) async fn orphaned(
    session: &mut dyn Session,
    relation: &DeclaredRelation,
    core: &str,
    dialect: Dialect,
) -> Result<Option<u64>, DbError> {
    let question = question(relation, core, dialect)?;
    match ask(session, &question, dialect).await {
        Err(error) if error.kind == ErrorKind::MissingObject => {}
        asked => return told(asked),
    }
    // Without the parent every child that names one is an orphan; without the child there is none.
    let every = every_child(relation, core, dialect)?;
    match ask(session, &every, dialect).await {
        Err(error) if error.kind == ErrorKind::MissingObject => Ok(Some(0)),
        asked => told(asked),
    }
}

fn told(asked: Result<u64, DbError>) -> Result<Option<u64>, DbError> {
    match asked {
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        // It takes too long, or this account may not look.
        asked => Ok(asked.ok()),
    }
}

async fn ask(session: &mut dyn Session, question: &str, dialect: Dialect) -> Result<u64, DbError> {
    let rows = session.query_text(&bounded(question, PATIENCE, dialect)).await?;
    Ok(rows.first().and_then(|row| row.get_text(0).parse().ok()).unwrap_or(0))
}

fn place(of: &ColumnOf, core: &str, dialect: Dialect) -> Result<String, DbError> {
    let name = ObjectName { kind: ObjectKind::Table, schema: Some(core.to_owned()), name: of.table.clone() };
    Ok(quote_name(&name, dialect)?)
}

fn every_child(relation: &DeclaredRelation, core: &str, dialect: Dialect) -> Result<String, DbError> {
    let (child, column) = (place(&relation.child, core, dialect)?, quote_identifier(&relation.child.column, dialect)?);
    Ok(format!("SELECT COUNT(*) FROM {child} AS c WHERE c.{column} IS NOT NULL"))
}

/// The question for children without a parent.
pub(super) fn question(relation: &DeclaredRelation, core: &str, dialect: Dialect) -> Result<String, DbError> {
    let every = every_child(relation, core, dialect)?;
    let (parent, key) = (place(&relation.parent, core, dialect)?, quote_identifier(&relation.parent.column, dialect)?);
    let column = quote_identifier(&relation.child.column, dialect)?;
    Ok(format!("{every} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.{key} = c.{column})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::read;

    fn relation(child: &str, parent: &str) -> DeclaredRelation {
        let of = |text| ColumnOf::parse(text).unwrap();
        DeclaredRelation { child: of(child), parent: of(parent), line: 3 }
    }

    #[test]
    fn relations_of_touched_tables_are_concerned() {
        let declared = [relation("orders.customer", "customers.id"), relation("a.b", "c.d")];
        let of = |sql: &str| {
            let script = read(sql, Dialect::MariaDb).unwrap();
            concerned(&script.statements, &declared, "core").iter().map(|r| r.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("UPDATE Orders SET customer = 4"), ["orders.customer to customers.id"]);
        assert_eq!(of("DELETE FROM core.customers WHERE id = 1"), ["orders.customer to customers.id"]);
        assert_eq!(of("DELETE FROM elsewhere.customers WHERE id = 1"), Vec::<String>::new());
        assert_eq!(of("SELECT * FROM orders"), Vec::<String>::new());
        assert_eq!(of("CALL p()").len(), 2);
    }

    #[test]
    fn it_asks_for_children_without_a_parent() {
        let asked = question(&relation("o.c", "p.id"), "core", Dialect::MySql).unwrap();
        assert_eq!(
            asked,
            "SELECT COUNT(*) FROM `core`.`o` AS c WHERE c.`c` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `core`.`p` AS p \
             WHERE p.`id` = c.`c`)"
        );
    }
}
