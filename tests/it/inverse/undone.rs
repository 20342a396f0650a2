//! A statement and its inverse, on a server.

use super::capture::{self, Rows};
use super::case::{Case, Expect};
use caribou::database::{Definition, Session};
use caribou::sql::{Analysis, Dialect, ObjectKind, ObjectName, analyse, quote_identifier, quote_name};
use caribou::undo::inverse::{Change, Inverse, Lost, NoInverse, inverse};
use std::collections::BTreeMap;

/// Checks the inverse of a case; the error is what is wrong with it.
pub async fn check(session: &mut dyn Session, core: &str, case: &Case) -> Result<(), String> {
    for sql in case.setup {
        session.run(sql).await.map_err(|error| format!("the setup failed: {error}"))?;
    }
    let definitions = capture::definitions(session, core).await;
    let rows = capture::rows(session, core).await;
    let derived = forward(session, case.statement).await?;
    let inverse = match (derived, case.expect) {
        (Err(refused), Expect::None(words)) if refused.why.contains(words) => return Ok(()),
        (Err(refused), expected) => return Err(format!("no inverse: {refused}; expected: {expected:?}")),
        (Ok(inverse), Expect::None(words)) => return Err(format!("expected no inverse ({words}): {inverse:#?}")),
        (Ok(inverse), _) => inverse,
    };
    let expected: &[&str] = if let Expect::Lost(lost) = case.expect { lost } else { &[] };
    let lost: Vec<String> = inverse.lost.iter().map(named).collect();
    if lost != expected {
        return Err(format!("lost are {lost:?}, expected {expected:?}"));
    }
    back(session, &inverse, &rows).await?;
    same(&definitions, &capture::definitions(session, core).await, &inverse)?;
    same_rows(&rows, &capture::rows(session, core).await, &inverse)
}

/// Runs a statement, looking at what it changes before and after; the inverse.
pub async fn forward(session: &mut dyn Session, sql: &str) -> Result<Result<Inverse, NoInverse>, String> {
    let dialect = session.kind().dialect();
    let analysis = analyse(sql, dialect);
    let mut objects = changed(&analysis);
    // What goes with a dropped table is the caller's to know.
    objects.extend(triggers(session, &objects, &analysis, dialect).await);
    let before = session.inspect(&objects).await.map_err(|error| error.to_string())?;
    session.run(sql).await.map_err(|error| format!("the statement failed: {error}"))?;
    let after = session.inspect(&objects).await.map_err(|error| error.to_string())?;
    let changes: Vec<Change<'_>> = before
        .iter()
        .zip(&after)
        .map(|(was, is)| Change { object: &was.object, before: was.text.as_deref(), after: is.text.as_deref() })
        .collect();
    Ok(inverse(&analysis, &changes, dialect))
}

fn changed(analysis: &Analysis) -> Vec<ObjectName> {
    let changed = analysis.touches.iter().filter(|touch| touch.how.changes());
    changed.map(|touch| touch.object.clone()).collect()
}

async fn triggers(
    session: &mut dyn Session,
    objects: &[ObjectName],
    analysis: &Analysis,
    dialect: Dialect,
) -> Vec<ObjectName> {
    let mut triggers = Vec::new();
    let drops =
        |object: &&ObjectName| object.kind == ObjectKind::Table && dialect.is_mysql_family() && analysis.kind.is_ddl();
    for table in objects.iter().filter(drops) {
        const SQL: &str = "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS \
             WHERE EVENT_OBJECT_SCHEMA = IFNULL(?, DATABASE()) AND EVENT_OBJECT_TABLE = ?";
        let schema = table.schema.as_deref().map_or(caribou::database::Value::Null, Into::into);
        for row in session.query(SQL, &[schema, table.name.as_str().into()]).await.expect("triggers") {
            let mut trigger = table.clone();
            trigger.kind = ObjectKind::Trigger;
            trigger.name = row.get_text(0);
            triggers.push(trigger);
        }
    }
    triggers
}

/// Runs an inverse, putting back lost values where statements wait for them.
pub async fn back(session: &mut dyn Session, inverse: &Inverse, rows: &Rows) -> Result<(), String> {
    for sql in &inverse.statements {
        session.run(sql).await.map_err(|error| format!("{sql}\nfailed: {error}\nof {inverse:#?}"))?;
    }
    if !inverse.after_values.is_empty() {
        for lost in &inverse.lost {
            if let Lost::Column { table, column } | Lost::Values { table, column } = lost {
                put_back(session, table, column, rows).await?;
            }
        }
    }
    for sql in &inverse.after_values {
        session.run(sql).await.map_err(|error| format!("{sql}\nfailed: {error}\nof {inverse:#?}"))?;
    }
    Ok(())
}

/// Values by the key `id`.
async fn put_back(session: &mut dyn Session, table: &ObjectName, column: &str, rows: &Rows) -> Result<(), String> {
    let dialect = session.kind().dialect();
    let name = quote_name(table, dialect).expect("a name");
    let quoted = quote_identifier(column, dialect).expect("a name");
    for row in rows.get(&table.name).into_iter().flatten() {
        let value = row[column].as_ref().map_or("NULL".to_owned(), |hex| format!("UNHEX('{hex}')"));
        let id = row["id"].clone().unwrap_or_default();
        let sql = format!("UPDATE {name} SET {quoted} = {value} WHERE HEX(CONCAT(id, '')) = '{id}'");
        session.run(&sql).await.map_err(|error| format!("{sql}: {error}"))?;
    }
    Ok(())
}

/// Checks that the definitions are equal; the error holds both texts where they are not.
pub fn same(before: &[Definition], now: &[Definition], inverse: &Inverse) -> Result<(), String> {
    let texts = |definitions: &[Definition]| -> BTreeMap<(ObjectKind, String), Option<String>> {
        definitions.iter().map(|d| ((d.object.kind, d.object.name.clone()), d.text.clone())).collect()
    };
    let (before, now) = (texts(before), texts(now));
    if before == now {
        return Ok(());
    }
    let mut difference = String::new();
    let keys: std::collections::BTreeSet<_> = before.keys().chain(now.keys()).collect();
    for key in keys.into_iter().filter(|key| before.get(*key) != now.get(*key)) {
        difference += &format!("{key:?}\nbefore {}\nnow    {}\n", text(before.get(key)), text(now.get(key)));
    }
    Err(format!("{difference}after {inverse:#?}"))
}

fn text(text: Option<&Option<String>>) -> String {
    text.cloned().flatten().unwrap_or_else(|| "(none)".to_owned())
}

/// Checks that every row and value is there that the inverse does not call lost.
pub fn same_rows(before: &Rows, now: &Rows, inverse: &Inverse) -> Result<(), String> {
    for (table, rows) in before {
        if inverse.lost.iter().any(|lost| matches!(lost, Lost::Rows { table: lost } if lost.name == *table)) {
            continue;
        }
        let kept = |rows: &[BTreeMap<String, Option<String>>]| {
            let keeps = |column: &String| !inverse.lost.iter().any(|lost| is_column(lost, table, column));
            let mut kept: Vec<BTreeMap<String, Option<String>>> = rows
                .iter()
                .map(|row| row.iter().filter(|(c, _)| keeps(c)).map(|(c, v)| (c.clone(), v.clone())).collect())
                .collect();
            kept.sort();
            kept
        };
        let (was, is) = (kept(rows), kept(now.get(table).map_or(&[], Vec::as_slice)));
        if was != is {
            return Err(format!("rows of {table}\nbefore {was:?}\nnow    {is:?}\nafter {inverse:#?}"));
        }
    }
    Ok(())
}

fn is_column(lost: &Lost, of: &str, name: &str) -> bool {
    match lost {
        Lost::Column { table, column } | Lost::Values { table, column } => table.name == of && column == name,
        Lost::Rows { .. } => false,
    }
}

fn named(lost: &Lost) -> String {
    match lost {
        Lost::Rows { table } => format!("rows {table}"),
        Lost::Column { table, column } => format!("column {table}.{column}"),
        Lost::Values { table, column } => format!("values {table}.{column}"),
    }
}
