//! Making the empty tables that keep.

use super::keep::{How, Keep};
use super::text::{AFTER, DO, IS, Names, spare, table};
use super::whole;
use crate::database::{ServerKind, Session};
use crate::model::KeptKind;
use crate::store::{Result, Store};

/// Makes what a statement's keeping needs, empty. Doing it again, as after a crash, begins anew: nothing can have been
/// kept yet, or the statement would not be about to run.
///
/// On MySQL and MariaDB `session` must be another than the file's; on SQLite the file's own, in its transaction.
///
/// # Errors
/// The database's.
pub async fn prepare(store: &Store, session: &mut dyn Session, keeps: &[Keep]) -> Result<()> {
    for keep in keeps {
        match keep.kept.kind {
            KeptKind::ColumnParked => {}
            KeptKind::TableMoved => twin(store, session, keep).await?,
            KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => rows(store, session, keep).await?,
        }
    }
    Ok(())
}

/// An empty table like the original, to take its place.
async fn twin(store: &Store, session: &mut dyn Session, keep: &Keep) -> Result<()> {
    let Some(twin) = &keep.kept.twin else { return Ok(()) };
    let names = Names::from_kept(store, &keep.kept)?;
    let twin = table(store.dialect(), Some(&store.schemas().undo), twin)?;
    session.execute(&format!("DROP TABLE IF EXISTS {twin}"), &[]).await?;
    session.execute(&format!("CREATE TABLE {twin} LIKE {}", names.table), &[]).await?;
    Ok(())
}

async fn rows(store: &Store, session: &mut dyn Session, keep: &Keep) -> Result<()> {
    debug_assert!(keep.how != How::Moved, "rows are read");
    let names = Names::at_work(store, &keep.kept)?;
    session.execute(&format!("DROP TABLE IF EXISTS {}", names.place), &[]).await?;
    let sql = match session.kind() {
        ServerKind::Sqlite => sqlite_table(&names),
        ServerKind::MariaDb | ServerKind::MySql => server_table(&names, keep),
    };
    session.execute(&sql, &[]).await?;
    if is_without_transactions(session.kind(), keep) {
        // Nor does it make such a table from a query (1786).
        session.execute(&format!("ALTER TABLE {} ENGINE=MyISAM", names.place), &[]).await?;
    }
    Ok(())
}

/// Columns without a type take every value as it is. WITHOUT ROWID: an insert into it leaves `last_insert_rowid()` alone,
/// which the file may ask for.
fn sqlite_table(names: &Names) -> String {
    let key = names.key().join(", ");
    format!(
        "CREATE TABLE {} ({}, {} NOT NULL DEFAULT 'o', {}, {}, PRIMARY KEY ({key})) WITHOUT ROWID",
        names.place,
        names.list(""),
        names.own(IS),
        names.own(AFTER),
        names.own(DO),
    )
}

/// True for a table that keeps rows of one without transactions. MySQL with GTIDs lets no statement, and no `LOCK TABLES`,
/// write to both sorts of tables together (1785).
fn is_without_transactions(server: ServerKind, keep: &Keep) -> bool {
    server == ServerKind::MySql && !keep.facts.transactional
}

/// The columns with their types come from a query that finds nothing: without counters, generated columns, checks and
/// further keys. What changes by itself is declared anew.
fn server_table(names: &Names, keep: &Keep) -> String {
    let restless = keep.facts.writable().filter(|column| column.on_update && !keep.kept.key.contains(&column.name));
    let declared: String = restless
        .map(|column| format!("{} {} NULL DEFAULT NULL, ", names.own(&column.name), column.column_type))
        .collect();
    // Into these, values that stay are converted back.
    let spare = |(n, name): (usize, &String)| {
        let column = keep.facts.column(name)?;
        let charset = column.collation.as_ref().map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
        Some(format!("{} {}{charset} NULL DEFAULT NULL, ", names.own(&spare(n)), column.column_type))
    };
    let spares: String = keep.kept.changed.iter().enumerate().filter_map(spare).collect();
    let declared = declared + &spares;
    let text = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    let own = format!(
        "{} CHAR(1) {text} NOT NULL DEFAULT 'o', {} CHAR(64) {text} NULL, {} CHAR(1) {text} NULL",
        names.own(IS),
        names.own(AFTER),
        names.own(DO),
    );
    if keep.kept.whole.is_some() {
        return whole::room(names, &declared, &own);
    }
    format!(
        "CREATE TABLE {} ({declared}{own}, PRIMARY KEY ({})) ENGINE=InnoDB AS SELECT {} FROM {} AS t LIMIT 0",
        names.place,
        names.key().join(", "),
        names.list("t"),
        names.table,
    )
}
