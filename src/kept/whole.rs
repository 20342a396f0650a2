//! Tables that are kept as a whole, since nothing tells one row from another: they have no key, or the statement takes
//! it.
//!
//! All rows are copied, and after the statement one image of the table is noted: of all its rows together, whatever their
//! order. The undo puts the rows back where the table still has that image; where others have written since, nobody can
//! say to which row, and the table is left alone.

use super::facts::{ColumnFacts, TableFacts};
use super::keep::Keep;
use super::text::{AFTER, IS, Names, spare};
use crate::database::Session;
use crate::model::{Kept, KeptKind, PutBack, SkipReason, Skipped, Whole};
use crate::sql::quote_identifier;
use crate::store::{Result, StoreError};

/// Mark of the row that holds the image.
const IMAGE: &str = "i";
/// Rows as they are after the statement, with values that stay converted back.
const PASSING: &str = "p";

/// Gives the columns by which a table is compared once the statement has run: those that it leaves, then those that it
/// converts.
pub(crate) fn compared(facts: &TableFacts, gone: &[String], changed: &[String]) -> Whole {
    let is_one = |names: &[String], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let stays = facts.writable().filter(|c| !is_one(gone, &c.name) && !is_one(changed, &c.name));
    let compared = stays.map(|column| column.name.clone()).chain(changed.iter().cloned()).collect();
    Whole { compared, changed: true }
}

/// The empty table that keeps: without a key, and every column takes NULL.
pub(crate) fn room(names: &Names, declared: &str, own: &str) -> String {
    format!(
        "CREATE TABLE {} ({declared}{own}) ENGINE=InnoDB AS SELECT {} FROM (SELECT 1 AS caribou_one) AS caribou_d LEFT JOIN {} AS t \
         ON 1 = 0 LIMIT 0",
        names.place,
        names.list("t"),
        names.table,
    )
}

/// Notes how the table looks after the statement. Says whether the statement changed it.
pub(crate) async fn note(session: &mut dyn Session, names: &Names, keep: &Keep, afterwards: &[String]) -> Result<bool> {
    let Some(whole) = &keep.kept.whole else { return Ok(true) };
    let found = columns_of(&keep.facts, &whole.compared);
    let image = match afterwards.is_empty() {
        true => table_image(session, names, &found).await?,
        false => converted(session, names, keep, afterwards).await?,
    };
    let was = kept_image(session, names, &found).await?;
    let converts = keep.kept.kind == KeptKind::Columns && whole.compared.len() < keep.kept.columns.len();
    if image == was && !converts {
        session.execute(&format!("DELETE FROM {}", names.place), &[]).await?;
        return Ok(false);
    }
    let nothing = names.stored().iter().map(|_| "NULL").collect::<Vec<_>>().join(", ");
    let sql = format!(
        "INSERT INTO {} ({}, {}, {}) VALUES ('{IMAGE}', ?, {nothing})",
        names.place,
        names.own(IS),
        names.own(AFTER),
        names.list(""),
    );
    session.execute(&sql, &[image.into()]).await?;
    Ok(true)
}

/// The image with the values that stay converted back, as the undo will convert them.
async fn converted(session: &mut dyn Session, names: &Names, keep: &Keep, afterwards: &[String]) -> Result<String> {
    let dialect = session.kind().dialect();
    let Some(whole) = &keep.kept.whole else { return Ok(String::new()) };
    let stays = whole.compared.len() - keep.kept.changed.len();
    let (mut into, mut from, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns_of(&keep.facts, &whole.compared[..stays]) {
        let name = quote_identifier(&column.name, dialect)?;
        from.push(name.clone());
        into.push(name);
        found.push(column);
    }
    for (n, (name, now)) in keep.kept.changed.iter().zip(afterwards).enumerate() {
        let Some(column) = keep.facts.column(name) else { continue };
        from.push(quote_identifier(now, dialect)?);
        into.push(quote_identifier(&spare(n), dialect)?);
        found.push(ColumnFacts { name: spare(n), ..column.clone() });
    }
    // Without another name for the table: it is locked under its own.
    let sql = format!(
        "INSERT INTO {} ({}, {}) SELECT '{PASSING}', {} FROM {}",
        names.place,
        names.own(IS),
        into.join(", "),
        from.join(", "),
        names.table,
    );
    session.execute(&sql, &[]).await?;
    let image = image(session, names, &found, &names.place, &format!(" WHERE {} = '{PASSING}'", names.own(IS))).await?;
    session.execute(&format!("DELETE FROM {} WHERE {} = '{PASSING}'", names.place, names.own(IS)), &[]).await?;
    Ok(image)
}

/// Number of rows that are kept.
pub(crate) fn count(names: &Names) -> String {
    format!("SELECT COUNT(*), {} FROM {} WHERE {} = 'o'", names.bytes(), names.place, names.own(IS))
}

/// Puts all rows back, where the table stands as the statement left it.
pub(crate) async fn put_back(
    session: &mut dyn Session,
    names: &Names,
    facts: &TableFacts,
    kept: &Kept,
) -> Result<PutBack> {
    let state = state(session, names, facts, kept).await?;
    let done = report(session, names, kept, state).await?;
    if state != State::AsLeft {
        return Ok(done);
    }
    session.execute(&format!("DELETE FROM {}", names.table), &[]).await?;
    let sql = format!(
        "{} INTO {} ({}) SELECT {} FROM {} WHERE {} = 'o'",
        names.insert(),
        names.table,
        names.list(""),
        names.list(""),
        names.place,
        names.own(IS),
    );
    session.execute(&sql, &[]).await?;
    let all = columns_of(facts, &kept.columns);
    if table_image(session, names, &all).await? != kept_image(session, names, &all).await? {
        let reason = format!("the rows of {} do not read as they were kept", kept.table);
        return Err(StoreError::cannot_put_back(&kept.place, reason));
    }
    Ok(done)
}

/// Tells what putting back would do now.
pub(crate) async fn since(
    session: &mut dyn Session,
    names: &Names,
    facts: &TableFacts,
    kept: &Kept,
) -> Result<PutBack> {
    let state = state(session, names, facts, kept).await?;
    report(session, names, kept, state).await
}

/// The rows that putting back leaves in the table.
pub(crate) fn kept_rows(names: &Names) -> String {
    format!("(SELECT {} FROM {} WHERE {} = 'o')", names.list(""), names.place, names.own(IS))
}

/// Number of rows that are kept of a table that does not hold the very same; of one that does, none.
pub(crate) async fn differing(
    session: &mut dyn Session,
    names: &Names,
    facts: &TableFacts,
    kept: &Kept,
) -> Result<u64> {
    let all = columns_of(facts, &kept.columns);
    if table_image(session, names, &all).await? == kept_image(session, names, &all).await? {
        return Ok(0);
    }
    Ok(session.query(&count(names), &[]).await?.first().map_or(1, |row| row.get_u64(0).max(1)))
}

/// State of a table beside what was kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All rows are as they were before.
    AsBefore,
    /// All rows are as the statement left them.
    AsLeft,
    /// Others have written to it.
    Other,
}

async fn state(session: &mut dyn Session, names: &Names, facts: &TableFacts, kept: &Kept) -> Result<State> {
    session.query(&format!("SELECT COUNT(*) FROM {} AS t FOR UPDATE", names.table), &[]).await?;
    let all = columns_of(facts, &kept.columns);
    if table_image(session, names, &all).await? == kept_image(session, names, &all).await? {
        return Ok(State::AsBefore);
    }
    if kept.kind == KeptKind::TableCopied {
        let rows = session.query(&format!("SELECT 1 FROM {} LIMIT 1", names.own_rows()), &[]).await?;
        return Ok(if rows.is_empty() { State::AsLeft } else { State::Other });
    }
    let compared = kept.whole.as_ref().map_or(&[][..], |whole| whole.compared.as_slice());
    let now = table_image(session, names, &columns_of(facts, compared)).await?;
    let sql = format!("SELECT {} FROM {} WHERE {} = '{IMAGE}'", names.own(AFTER), names.place, names.own(IS));
    let left = session.query(&sql, &[]).await?.first().map(|row| row.get_text(0));
    Ok(if left == Some(now) { State::AsLeft } else { State::Other })
}

async fn report(session: &mut dyn Session, names: &Names, kept: &Kept, state: State) -> Result<PutBack> {
    if state == State::Other {
        let all = Skipped { row: format!("{} (all its rows)", kept.table), reason: SkipReason::Changed };
        return Ok(PutBack { restored: 0, skipped: vec![all] });
    }
    let restored = session.query(&count(names), &[]).await?.first().map_or(0, |row| row.get_u64(0));
    Ok(PutBack { restored, skipped: Vec::new() })
}

fn columns_of(facts: &TableFacts, names: &[String]) -> Vec<ColumnFacts> {
    names.iter().filter_map(|name| facts.column(name)).cloned().collect()
}

async fn table_image(session: &mut dyn Session, names: &Names, columns: &[ColumnFacts]) -> Result<String> {
    image(session, names, columns, &names.own_rows(), "").await
}

async fn kept_image(session: &mut dyn Session, names: &Names, columns: &[ColumnFacts]) -> Result<String> {
    image(session, names, columns, &names.place, &format!(" WHERE {} = 'o'", names.own(IS))).await
}

/// The image of all rows together: how many there are, and sums of parts of their images, which tell no order.
async fn image(
    session: &mut dyn Session,
    names: &Names,
    columns: &[ColumnFacts],
    table: &str,
    condition: &str,
) -> Result<String> {
    let row = if columns.is_empty() { "''".to_owned() } else { names.image_of(columns, "") };
    let sum = |from: u32| format!("COALESCE(SUM(CAST(CONV(SUBSTR(caribou_h, {from}, 15), 16, 10) AS UNSIGNED)), 0)");
    let sql = format!(
        "SELECT SHA2(CONCAT_WS('-', COUNT(*), {}, {}, {}), 256) FROM (SELECT {row} AS caribou_h FROM {table}{condition}) AS caribou_d",
        sum(1),
        sum(16),
        sum(31),
    );
    Ok(session.query(&sql, &[]).await?.first().map(|row| row.get_text(0)).unwrap_or_default())
}
