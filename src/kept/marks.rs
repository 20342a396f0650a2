//! Marks that say what is to happen to each kept row when it is put back.
//!
//! | mark | row | putting back |
//! |---|---|---|
//! | `s` | stands as it was kept (or, added by the statement, is gone) | nothing |
//! | `u` | as the statement left it | deletes it and inserts the old one |
//! | `d` | gone, as the statement left it | inserts the old one |
//! | `n` | added by the statement, and as it left it | deletes it |
//! | `C` `G` `R` | changed, deleted, inserted anew by others | leaves it alone |
//! | `X` `P` `K` | a unique value, a parent, a child of others stands against it | leaves it alone |

use super::facts::{ForeignKey, Found, ObjectNameKey, TableFacts, facts};
use super::moved::is_there;
use super::text::{AFTER, DO, IS, Names, table};
use crate::database::{ServerKind, Session};
use crate::model::{Kept, KeptKind};
use crate::sql::{ObjectKind, ObjectName, quote_identifier};
use crate::store::{Result, Store};

/// Sets the marks, for the rows as they are now, and locks those. What `will_change` until they are put back tells nothing
/// of parents and children.
pub(crate) async fn set(
    store: &Store,
    session: &mut dyn Session,
    names: &Names,
    facts: &TableFacts,
    (kept, to_come): (&Kept, &[Kept]),
    will_change: impl Fn(&ObjectNameKey) -> bool,
) -> Result<()> {
    lock(session, names).await?;
    by_image(session, names, facts).await?;
    // A row left alone may itself stand against another: again until nothing changes.
    loop {
        let mut left = 0;
        for unique in facts.uniques.iter().filter(|unique| **unique != kept.key) {
            left += collisions(session, names, unique).await?;
        }
        let parents = facts.parents.iter().filter(|key| key.parent != facts.id() && !will_change(&key.parent));
        for key in parents.filter(|key| !key.parent_columns.is_empty()) {
            left += orphans(store, session, names, key, to_come).await?;
        }
        for key in facts.children.iter().filter(|key| key.table != facts.id() && !will_change(&key.table)) {
            left += referred(store, session, names, key, (kept, to_come)).await?;
        }
        if left == 0 {
            return Ok(());
        }
    }
}

async fn lock(session: &mut dyn Session, names: &Names) -> Result<()> {
    if session.kind() != ServerKind::Sqlite {
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS k STRAIGHT_JOIN {} AS t ON {} FOR UPDATE",
            names.place,
            names.table,
            names.same_key("t", "k")
        );
        session.query(&sql, &[]).await?;
    }
    Ok(())
}

/// Compares each row's image now with that of the kept row and with that which the statement left.
pub(crate) async fn by_image(session: &mut dyn Session, names: &Names, facts: &TableFacts) -> Result<()> {
    let (is, after, do_) = (names.own(IS), names.own(AFTER), names.own(DO));
    let now = format!(
        "UPDATE {} AS k SET {do_} = (SELECT CASE WHEN k.{is} = 'n' AND {image} = k.{after} THEN 'n' WHEN k.{is} = 'n' \
         THEN 'C' WHEN {image} = {old} THEN 's' WHEN {image} = k.{after} THEN 'u' WHEN k.{after} IS NULL THEN 'R' ELSE \
         'C' END FROM {} WHERE {})",
        names.place,
        names.rows("t"),
        names.same_key("t", "k"),
        image = names.image(facts, "t"),
        old = names.image(facts, "k"),
    );
    session.execute(&now, &[]).await?;
    // SQLite itself writes where its counters stand: that is nobody's row.
    if names.is_counters() {
        let ours = format!("UPDATE {} SET {do_} = 'u' WHERE {is} <> 'n' AND {do_} IN ('C', 'R')", names.place);
        session.execute(&ours, &[]).await?;
    }
    // No row there: gone by the statement, or by others.
    let gone = format!(
        "UPDATE {} SET {do_} = CASE WHEN {is} = 'n' THEN 's' WHEN {after} IS NULL THEN 'd' ELSE 'G' END WHERE {do_} IS \
         NULL",
        names.place
    );
    session.execute(&gone, &[]).await?;
    Ok(())
}

/// Marks the rows in one of `from` for which `condition` holds with `mark`.
async fn mark(
    session: &mut dyn Session,
    names: &Names,
    mark: &str,
    from: &str,
    key: &[String],
    condition: &str,
) -> Result<u64> {
    // First found, then marked: a server does not read the table that it writes. DISTINCT keeps it from joining the two.
    let list = key.join(", ");
    let aliased: Vec<String> = key.iter().map(|name| format!("k.{name}")).collect();
    let found = format!(
        "SELECT DISTINCT {} FROM {} AS k WHERE k.{} IN ({from}) AND {condition}",
        aliased.join(", "),
        names.place,
        names.own(DO)
    );
    let sql = format!(
        "UPDATE {} SET {} = '{mark}' WHERE ({list}) IN (SELECT {list} FROM ({found}) AS found)",
        names.place,
        names.own(DO)
    );
    Ok(session.execute(&sql, &[]).await?)
}

fn quoted(session: &dyn Session, columns: &[String]) -> Result<Vec<String>> {
    let dialect = session.kind().dialect();
    Ok(columns.iter().map(|name| quote_identifier(name, dialect)).collect::<std::result::Result<_, _>>()?)
}

fn same(a: &str, left: &[String], b: &str, right: &[String]) -> String {
    let pairs = left.iter().zip(right).map(|(left, right)| format!("{a}.{left} = {b}.{right}"));
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// A row that comes back has a unique value that another row has, which stays.
async fn collisions(session: &mut dyn Session, names: &Names, unique: &[String]) -> Result<u64> {
    let columns = quoted(session, unique)?;
    // A key over a generated column is not among the kept ones: the server refuses what collides there.
    if columns.iter().any(|column| !names.stored().contains(&column.as_str())) {
        return Ok(0);
    }
    let condition = format!(
        "EXISTS (SELECT 1 FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS g WHERE {} AND g.{} IN ('u', 'n')))",
        names.rows("t"),
        same("t", &columns, "k", &columns),
        names.place,
        names.kept_key("t", "g"),
        names.own(DO),
    );
    mark(session, names, "X", "'u', 'd'", names.key(), &condition).await
}

/// A row that comes back refers to a parent that is gone, and that is not put back behind it.
async fn orphans(
    store: &Store,
    session: &mut dyn Session,
    names: &Names,
    key: &ForeignKey,
    to_come: &[Kept],
) -> Result<u64> {
    let (columns, parents) = (quoted(session, &key.columns)?, quoted(session, &key.parent_columns)?);
    if columns.iter().any(|column| !names.stored().contains(&column.as_str())) {
        return Ok(0);
    }
    let mut condition: Vec<String> = columns.iter().map(|column| format!("k.{column} IS NOT NULL")).collect();
    let places = where_parents_stand(store, session, key, to_come).await?;
    // Without that table the key names nothing, and nobody has taken a row of it away.
    if places.is_empty() {
        return Ok(0);
    }
    for place in places {
        condition.push(format!("NOT EXISTS (SELECT 1 FROM {place} AS p WHERE {})", same("p", &parents, "k", &columns)));
    }
    // One that had no parent when it was kept is none the worse for having none.
    condition.push(format!("k.{} <> 'p'", names.own(IS)));
    mark(session, names, "P", "'u', 'd'", names.key(), &condition.join(" AND ")).await
}

/// Notes which of the rows that were just copied have no parent: they come back all the same.
pub(crate) async fn note_orphans(
    store: &Store,
    session: &mut dyn Session,
    names: &Names,
    facts: &TableFacts,
) -> Result<()> {
    for key in facts.parents.iter().filter(|key| key.parent != facts.id() && !key.parent_columns.is_empty()) {
        let (columns, parents) = (quoted(session, &key.columns)?, quoted(session, &key.parent_columns)?);
        if columns.iter().any(|column| !names.stored().contains(&column.as_str())) {
            continue;
        }
        let mut conditions: Vec<String> =
            columns.iter().map(|column| format!("{}.{column} IS NOT NULL", names.place)).collect();
        for place in where_parents_stand(store, session, key, &[]).await? {
            let same = same("p", &parents, &names.place, &columns);
            conditions.push(format!("NOT EXISTS (SELECT 1 FROM {place} AS p WHERE {same})"));
        }
        let sql = format!("UPDATE {} SET {} = 'p' WHERE {}", names.place, names.own(IS), conditions.join(" AND "));
        session.execute(&sql, &[]).await?;
    }
    Ok(())
}

/// The tables that hold parents: the parents' own, if it is there, and what is kept of it.
async fn where_parents_stand(
    store: &Store,
    session: &mut dyn Session,
    key: &ForeignKey,
    to_come: &[Kept],
) -> Result<Vec<String>> {
    let (schema, name) = &key.parent;
    let parent = ObjectName { kind: ObjectKind::Table, schema: schema.clone(), name: name.clone() };
    let mut places = Vec::new();
    if facts(session, &parent).await? != Found::Missing {
        places.push(table(store.dialect(), schema.as_deref(), name)?);
    }
    let holds = |kept: &&Kept| {
        let names = |column: &String| kept.columns.iter().any(|kept| kept.eq_ignore_ascii_case(column));
        kept.kind != KeptKind::Columns
            && kept.schema == *schema
            && kept.table.eq_ignore_ascii_case(name)
            && key.parent_columns.iter().all(names)
    };
    for kept in to_come.iter().filter(holds) {
        places.push(table(store.dialect(), Some(&store.schemas().undo), &kept.place)?);
    }
    Ok(places)
}

/// A row that the statement added has children by now, other than those that change back with it; none that comes back is
/// a parent to them.
async fn referred(
    store: &Store,
    session: &mut dyn Session,
    names: &Names,
    key: &ForeignKey,
    (kept, to_come): (&Kept, &[Kept]),
) -> Result<u64> {
    let dialect = session.kind().dialect();
    let (columns, parents) = (quoted(session, &key.columns)?, quoted(session, &key.parent_columns)?);
    if parents.is_empty() || parents.iter().any(|column| !names.stored().contains(&column.as_str())) {
        return Ok(0);
    }
    let condition = format!(
        "EXISTS (SELECT 1 FROM {} AS c WHERE {}{}) AND NOT EXISTS (SELECT 1 FROM {} AS g WHERE {} AND g.{} IN ('u', \
         'd'))",
        table(dialect, key.table.0.as_deref(), &key.table.1)?,
        same("c", &columns, "k", &parents),
        except_those_that_go(store, session, key, (kept, to_come)).await?,
        names.place,
        same("g", &parents, "k", &parents),
        names.own(DO),
    );
    let mut condition = condition;
    for place in places_of_table(store, kept, to_come, &key.parent_columns)? {
        let comes = same("h", &parents, "k", &parents);
        condition.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM {place} AS h WHERE {comes} AND h.{} = 'o')",
            names.own(IS)
        ));
    }
    mark(session, names, "K", "'n'", names.key(), &condition).await
}

/// Gives the tables from which rows are put back into the same table later: these are parents again by then.
fn places_of_table(store: &Store, kept: &Kept, to_come: &[Kept], columns: &[String]) -> Result<Vec<String>> {
    let holds = |one: &&Kept| {
        let has = |column: &String| one.columns.iter().any(|name| name.eq_ignore_ascii_case(column));
        matches!(one.kind, KeptKind::TableCopied | KeptKind::Rows)
            && (&one.schema, &one.table) == (&kept.schema, &kept.table)
            && columns.iter().all(has)
    };
    to_come.iter().filter(holds).map(|one| table(store.dialect(), Some(&store.schemas().undo), &one.place)).collect()
}

/// Children that the same statement changed, as it left them: they are put back too, after their parents. And those that
/// a statement before it added: they go behind it.
async fn except_those_that_go(
    store: &Store,
    session: &mut dyn Session,
    key: &ForeignKey,
    (kept, to_come): (&Kept, &[Kept]),
) -> Result<String> {
    let (schema, table) = &key.table;
    let is_child = |of: &Option<String>, name: &str| of == schema && name.eq_ignore_ascii_case(table);
    let name = ObjectName { kind: ObjectKind::Table, schema: schema.clone(), name: table.clone() };
    let Found::Table(child) = facts(session, &name).await? else { return Ok(String::new()) };
    let mut all = Vec::new();
    if let Some(sibling) = kept.siblings.iter().find(|one| is_child(&one.schema, &one.table)) {
        all.push((&sibling.place, Names::from_sibling(store, sibling, &child)?, ""));
    }
    // By a key whose columns have another name since, nothing is found; SQLite's rowid always has its name.
    let sqlite = session.kind() == ServerKind::Sqlite;
    let is_known = |column: &String| sqlite || child.column(column).is_some();
    let has_key = |one: &&Kept| one.whole.is_none() && one.key.iter().all(is_known);
    let added = to_come.iter().filter(|one| one.kind == KeptKind::Rows && is_child(&one.schema, &one.table));
    for added in added.filter(has_key) {
        all.push((&added.place, Names::from_kept(store, added)?, "n"));
    }
    let mut except = String::new();
    for (place, names, is) in all {
        // Nothing of it was changed where nothing of it is kept.
        if is_there(session, Some(&store.schemas().undo), place).await? {
            except.push_str(&as_left(&names, &child, is));
        }
    }
    Ok(except)
}

/// Not one of those kept rows, as the statement left it; only those that `is` says, if it says something.
fn as_left(names: &Names, child: &TableFacts, is: &str) -> String {
    let only = if is.is_empty() { String::new() } else { format!(" AND s.{} = '{is}'", names.own(IS)) };
    format!(
        " AND NOT EXISTS (SELECT 1 FROM {} AS s WHERE {} AND s.{} = {}{only})",
        names.place,
        names.kept_key("c", "s"),
        names.own(AFTER),
        names.image(child, "c"),
    )
}
