//! What a server refuses of the statements of a plan, and is asked beforehand.
//!
//! Statements about rows it reads and does not run: whether the columns that they name are there. What the plan itself makes
//! or changes before one stands meanwhile as a temporary table, empty, with the columns that it will have. SQLite tries all
//! of them on an empty copy of core.

use super::context::{CheckContext, CheckedFile};
use super::outcome::Violation;
use super::trial::{Trial, WHY};
use crate::database::{DbError, ErrorKind, ServerKind, Session};
use crate::model::{FutureTable, FutureTables};
use crate::sql::{
    Dialect, How, ObjectKind, ObjectName, Statement, StatementKind as Kind, quote_identifier, quote_name,
};
use crate::undo::words;

/// Errors about columns, to which no setting of a session and no right of an account leads: unknown, ambiguous, named twice,
/// and values that are more or fewer.
const OF_COLUMNS: [&str; 4] = ["1054", "1052", "1110", "1136"];
/// MySQL lets a temporary table stand in a statement once.
const TWICE: &str = "1137";
/// Bytes of a statement that is read at the most.
const LONGEST: usize = 64 << 10;
/// Statements of a plan that are read at the most.
const MOST: usize = 2_000;

/// What a server says of a plan's statements before they run.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    pub(super) violations: Vec<Violation>,
    /// Statements that cannot be read yet, and why.
    pub(super) unread: Vec<Violation>,
}

/// What the server refuses of the file, which may stand behind others of a plan.
pub(super) async fn refused(context: &mut CheckContext<'_>) -> Result<ReadAhead, DbError> {
    match context.session.kind() {
        ServerKind::Sqlite => Ok(ReadAhead { violations: refused_on_trial(context).await?, unread: Vec::new() }),
        ServerKind::MariaDb | ServerKind::MySql => refused_when_read(context).await,
    }
}

async fn refused_on_trial(context: &mut CheckContext<'_>) -> Result<Vec<Violation>, DbError> {
    let Ok(script) = context.file.up else { return Ok(Vec::new()) };
    let mut trial = match context.known.trial.take() {
        Some(trial) => trial,
        None => {
            let (database, core) = (context.database, context.file.core);
            Trial::begin(context.data().await?, database, core).await?
        }
    };
    let found = trial.file(script).await;
    context.known.trial = Some(trial);
    found
}

/// Statements on what stands, and on what the plan makes of it before them.
async fn refused_when_read(context: &mut CheckContext<'_>) -> Result<ReadAhead, DbError> {
    let Readable { mut statements, unread } = readable(context.file);
    statements.truncate(MOST.saturating_sub(context.known.read));
    context.known.read += statements.len();
    let nothing = ReadAhead { violations: Vec::new(), unread };
    if statements.is_empty() {
        return Ok(nothing);
    }
    let own = context.database.schemas().orchestration.clone();
    match context.session.use_schema(context.file.core).await {
        Ok(()) => {}
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        // It is not there yet, and nothing can be read.
        Err(_) => return Ok(nothing),
    }
    let mut unread = nothing.unread;
    let place = (context.file.core, context.file.dialect);
    let found = read(&mut *context.session, (&statements, &mut unread), place).await;
    // Where it is not there yet, nothing of ours is asked for without its schema.
    if let Err(error) = context.session.use_schema(&own).await {
        tracing::debug!(%error, "the session stays in core");
    }
    Ok(ReadAhead { violations: found?, unread })
}

/// A statement, and the tables that have to stand otherwise for it than they do now.
type Read<'a> = (&'a Statement, &'a [FutureTable]);

const NONE: &[FutureTable] = &[];

#[derive(Default)]
struct Readable<'a> {
    statements: Vec<Read<'a>>,
    unread: Vec<Violation>,
}

/// The statements that can be read now, and mean to this session what they will mean to the file's.
fn readable<'a>(file: &CheckedFile<'a>) -> Readable<'a> {
    let decides = |text: &str| text.to_ascii_lowercase().contains("sql_mode");
    let mut found = Readable::default();
    if file.session().iter().any(|(name, _)| decides(name)) {
        return found;
    }
    let mut earlier = file.earlier.clone();
    for statement in file.statements() {
        let analysis = &statement.analysis;
        // What bears the name of a temporary table afterwards is another one.
        let hides = analysis.is_temporary() || analysis.kind == Kind::Use;
        if hides || (analysis.kind == Kind::Set && decides(&statement.sql)) {
            break;
        }
        if is_about_rows(analysis.kind) && !analysis.flags.partial && statement.sql.len() <= LONGEST {
            let needs = analysis.touches.iter().filter(|touch| matches!(touch.how, How::Reads | How::Writes));
            let changed = needs.filter_map(|touch| Some((&touch.object, earlier.changes(&touch.object, file.core)?)));
            let changed: Vec<(&ObjectName, &str)> = changed.collect();
            match file.future.get(statement.index as usize) {
                _ if changed.is_empty() => found.statements.push((statement, NONE)),
                Some(FutureTables::Known(tables)) if changed.iter().all(|(object, _)| stands_in(tables, object)) => {
                    found.statements.push((statement, tables.as_slice()));
                }
                Some(FutureTables::Known(_) | FutureTables::Unknown) => {
                    found.unread.push(unread(statement, changed[0]))
                }
                Some(FutureTables::NotCompared) | None => {}
            }
        }
        earlier.advance(statement, &format!("statement {}", statement.index + 1), file.core);
    }
    found
}

fn stands_in(tables: &[FutureTable], object: &ObjectName) -> bool {
    tables.iter().any(|table| table.name == object.name)
}

fn unread(statement: &Statement, (object, by): (&ObjectName, &str)) -> Violation {
    let seen = format!("the server cannot read it yet: what {object} will be then is not known ({by} changes it)");
    Violation::at(statement, seen)
}

fn is_about_rows(kind: Kind) -> bool {
    use Kind::{CreateView, Delete, Insert, Replace, Select, Update, Upsert};
    matches!(kind, Insert | Replace | Upsert | Update | Delete | Select | CreateView)
}

async fn read(
    session: &mut dyn Session,
    (statements, unread): (&[Read<'_>], &mut Vec<Violation>),
    (core, dialect): (&str, Dialect),
) -> Result<Vec<Violation>, DbError> {
    let mut found = Vec::new();
    for (statement, tables) in statements {
        let Some(text) = text(statement, tables, dialect) else { continue };
        let mut stand_ins = StandIns::default();
        if !stand_ins.put(session, tables, (core, dialect)).await? {
            stand_ins.take_down(session).await?;
            continue;
        }
        session.execute("SET @caribou_read = ?", &[text.into()]).await?;
        let answer = session.query_text("PREPARE caribou_read FROM @caribou_read").await;
        stand_ins.take_down(session).await?;
        match answer {
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            // Others hold a table: they would keep the rest waiting too.
            Err(error) if error.kind == ErrorKind::LockWait => break,
            Err(error) if error.code.as_deref() == Some(TWICE) => {
                let seen = "the server cannot read it yet: it names a table twice that an earlier statement changes";
                unread.push(Violation::at(statement, seen));
            }
            Err(error) if error.code.as_deref().is_some_and(|code| OF_COLUMNS.contains(&code)) => {
                let seen = format!("the server refuses it: {}", error.message);
                let asked = "PREPARE, which runs nothing";
                found.push(Violation::at(statement, seen).because(WHY).asked(asked).at_most_told());
            }
            Ok(_) | Err(_) => {}
        }
    }
    if let Err(error) = session.query_text("DEALLOCATE PREPARE caribou_read").await {
        tracing::debug!(%error, "nothing was prepared");
    }
    Ok(found)
}

/// The text to read; none where it cannot be read on temporary tables: of a view they are no part, so its query is read.
fn text<'a>(statement: &'a Statement, tables: &[FutureTable], dialect: Dialect) -> Option<&'a str> {
    let sql = statement.sql.as_str();
    if statement.analysis.kind != Kind::CreateView || tables.is_empty() {
        return Some(sql);
    }
    let words = words(sql, dialect).ok()?;
    let behind = words.iter().find(|word| word.depth == 0 && word.is("AS"))?;
    Some(&sql[behind.end..])
}

/// Temporary tables that stand for a moment under the names of others, which no other session sees.
#[derive(Debug, Default)]
struct StandIns {
    /// Quoted.
    names: Vec<String>,
}

impl StandIns {
    /// Makes them, without a row. False where one cannot be made: the account may not, or the server wants more of a table
    /// than names.
    async fn put(
        &mut self,
        session: &mut dyn Session,
        tables: &[FutureTable],
        (core, dialect): (&str, Dialect),
    ) -> Result<bool, DbError> {
        for table in tables {
            let name = quote_name(&ObjectName::qualified(ObjectKind::Table, core, table.name.as_str()), dialect)?;
            let mut columns = Vec::new();
            for column in &table.columns {
                let hidden = if column.hidden { " INVISIBLE" } else { "" };
                columns.push(format!("{} TINYINT NULL{hidden}", quote_identifier(&column.name, dialect)?));
            }
            // Never without the word: a table that is there stays as it is.
            let sql = format!("CREATE TEMPORARY TABLE {name} ({})", columns.join(", "));
            match session.run(&sql).await {
                Ok(_) => self.names.push(name),
                Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "the statement is not read beforehand");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn take_down(self, session: &mut dyn Session) -> Result<(), DbError> {
        for name in self.names {
            session.run(&format!("DROP TEMPORARY TABLE {name}")).await?;
        }
        Ok(())
    }
}
