//! Comparing rows with how they were kept, after an undo that somebody else wrote: of each row the oldest that was kept
//! counts, and rows that others had changed before the undo began are nobody's to compare.

use super::facts::{Found, TableFacts, facts};
use super::moved::is_there;
use super::text::{DO, IS, Names};
use super::{marks, settings, whole};
use crate::database::{ErrorKind, ServerKind, Session};
use crate::model::{Kept, KeptKind};
use crate::sql::{ObjectKind, ObjectName};
use crate::store::{Result, Store};

/// Beyond so many kept tables of one table it is not compared.
const MANY: usize = 40;

/// Result of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Tables with rows that are not as they were kept, each with the number of these.
    pub differ: Vec<(String, u64)>,
    /// The places of what could not be compared.
    pub not: Vec<String>,
}

/// Notes which of the kept rows others have changed since, before an undo begins. `kept` is in the order of the
/// statements. To be asked outside a transaction.
///
/// # Errors
/// The database's.
pub async fn note_theirs(store: &Store, session: &mut dyn Session, kept: &[Kept]) -> Result<()> {
    for at in (0..kept.len()).rev() {
        let one = &kept[at];
        if one.kind != KeptKind::Rows || one.whole.is_some() {
            continue;
        }
        let later: Vec<&Kept> = same_table(one, &kept[at + 1..]).collect();
        let Some((names, facts)) = comparable(store, session, one).await? else { continue };
        if later.len() > MANY {
            continue;
        }
        let saved = settings::ours(session).await?;
        let done = note(store, session, (&names, &facts), &later).await;
        settings::after(session, saved, done).await?;
    }
    Ok(())
}

async fn note(
    store: &Store,
    session: &mut dyn Session,
    (names, facts): (&Names, &TableFacts),
    later: &[&Kept],
) -> Result<()> {
    marks::by_image(session, names, facts).await?;
    // What a later statement of the file left is the file's own; who changed it then, the later one tells.
    for later in later {
        let later = Names::from_kept(store, later)?;
        let found = |condition: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {} AS l WHERE {}{condition})",
                later.place,
                names.same_key("l", &names.place)
            )
        };
        let theirs = found(&format!(" AND l.{} IN ('C', 'G', 'R')", later.own(DO)));
        let sql = format!(
            "UPDATE {} SET {} = CASE WHEN {theirs} THEN 'C' ELSE 'u' END WHERE {}",
            names.place,
            names.own(DO),
            found("")
        );
        session.execute(&sql, &[]).await?;
    }
    Ok(())
}

/// Compares what stands with what was kept. `kept` is in the order in which the statements ran, those of the rollback
/// script behind those of the file.
///
/// # Errors
/// The database's.
pub async fn compare(store: &Store, session: &mut dyn Session, kept: &[Kept]) -> Result<Compared> {
    let mut compared = Compared::default();
    for (at, one) in kept.iter().enumerate().filter(|(_, one)| !one.is_empty()) {
        let earlier: Vec<&Kept> = same_table(one, &kept[..at]).collect();
        let known = match one.kind {
            KeptKind::ColumnParked => continue,
            // The first picture of the whole table tells.
            _ if one.whole.is_some() && !earlier.is_empty() => continue,
            _ if earlier.len() > MANY => None,
            _ => comparable(store, session, one).await?,
        };
        let Some((names, facts)) = known else {
            compared.not.push(one.place.clone());
            continue;
        };
        // Columns that were added since and are gone again.
        if one.kind == KeptKind::Columns && !one.columns.iter().any(|column| facts.column(column).is_some()) {
            continue;
        }
        let saved = settings::ours(session).await?;
        let done = match one.whole {
            Some(_) => whole::differing(session, &names, &facts, one).await,
            None => differing(store, session, (&names, &facts), (one, &earlier)).await,
        };
        match settings::after(session, saved, done).await {
            Ok(0) => {}
            Ok(rows) => compared.differ.push((facts.label(), rows)),
            Err(error) if error.database().is_some_and(|e| e.kind == ErrorKind::ConnectionLost) => return Err(error),
            // Types that do not compare, a privilege that is missing: it is said that it was not compared.
            Err(error) => {
                tracing::warn!(%error, table = %facts.label(), "kept rows cannot be compared");
                compared.not.push(one.place.clone());
            }
        }
    }
    Ok(compared)
}

fn same_table<'k>(one: &'k Kept, others: &'k [Kept]) -> impl Iterator<Item = &'k Kept> {
    let same = |other: &&Kept| other.schema == one.schema && other.table == one.table && other.key == one.key;
    others.iter().filter(move |other| other.kind == KeptKind::Rows && same(other))
}

/// The table, if its rows can be found by the key by which they were kept; of one that was moved and is back there is
/// nothing to compare.
async fn comparable(store: &Store, session: &mut dyn Session, kept: &Kept) -> Result<Option<(Names, TableFacts)>> {
    let name = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
    let Found::Table(facts) = facts(session, &name).await? else { return Ok(None) };
    if !is_there(session, Some(&store.schemas().undo), &kept.place).await? {
        return Ok(None);
    }
    let mut kept = kept.clone();
    if kept.columns.is_empty() {
        kept.columns = facts.writable().map(|column| column.name.clone()).collect();
    }
    if kept.key.is_empty() {
        kept.key.clone_from(&facts.key);
    }
    kept.columns.retain(|column| facts.column(column).is_some());
    let sqlite = session.kind() == ServerKind::Sqlite;
    let has_key = kept.whole.is_some()
        || !kept.key.is_empty() && kept.key.iter().all(|column| sqlite || facts.column(column).is_some());
    Ok(if has_key { Some((Names::from_kept(store, &kept)?, *facts)) } else { None })
}

async fn differing(
    store: &Store,
    session: &mut dyn Session,
    (names, facts): (&Names, &TableFacts),
    (kept, earlier): (&Kept, &[&Kept]),
) -> Result<u64> {
    let same = format!("{} = {}", names.image(facts, "t"), names.image(facts, "k"));
    let row = |condition: &str| {
        format!("EXISTS (SELECT 1 FROM {} AS t WHERE {}{condition})", names.table, names.same_key("t", "k"))
    };
    let mut conditions = match kept.kind {
        KeptKind::Rows => {
            let (is, do_) = (names.own(IS), names.own(DO));
            vec![
                format!("(k.{do_} IS NULL OR k.{do_} NOT IN ('C', 'G', 'R'))"),
                format!("(k.{is} = 'n' AND {} OR k.{is} <> 'n' AND NOT {})", row(""), row(&format!(" AND {same}"))),
            ]
        }
        KeptKind::Columns => vec![row(&format!(" AND NOT {same}"))],
        _ => vec![format!("NOT {}", row(&format!(" AND {same}")))],
    };
    for one in earlier {
        let place = Names::from_kept(store, one)?.place;
        conditions.push(format!("NOT EXISTS (SELECT 1 FROM {place} AS e WHERE {})", names.same_key("e", "k")));
    }
    let sql = format!("SELECT COUNT(*) FROM {} AS k WHERE {}", names.place, conditions.join(" AND "));
    Ok(session.query(&sql, &[]).await?.first().map_or(0, |row| row.get_u64(0)))
}
