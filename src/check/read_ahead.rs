//! What a server refuses of the statements of a plan, and is asked beforehand.
//!
//! Statements about rows it reads and does not run: whether the columns that they name are there. SQLite tries all of them
//! on an empty copy of core.

use super::context::{CheckContext, CheckedFile};
use super::outcome::Violation;
use super::trial::{Trial, WHY};
use crate::database::{DbError, ErrorKind, ServerKind, Session};
use crate::sql::{How, Statement, StatementKind as Kind};

/// Errors about columns, to which no setting of a session and no right of an account leads: unknown, ambiguous, named twice,
/// and values that are more or fewer.
const OF_COLUMNS: [&str; 4] = ["1054", "1052", "1110", "1136"];
/// Bytes of a statement that is read at the most.
const LONGEST: usize = 64 << 10;
/// Statements of a plan that are read at the most.
const MOST: usize = 2_000;

/// What the server refuses of the file, which may stand behind others of a plan.
pub(super) async fn refused(context: &mut CheckContext<'_>) -> Result<Vec<Violation>, DbError> {
    match context.session.kind() {
        ServerKind::Sqlite => refused_on_trial(context).await,
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

/// Statements on what no earlier statement of the plan changes.
async fn refused_when_read(context: &mut CheckContext<'_>) -> Result<Vec<Violation>, DbError> {
    let mut statements = readable(context.file);
    statements.truncate(MOST.saturating_sub(context.known.read));
    context.known.read += statements.len();
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let own = context.database.schemas().orchestration.clone();
    match context.session.use_schema(context.file.core).await {
        Ok(()) => {}
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        // It is not there yet, and nothing can be read.
        Err(_) => return Ok(Vec::new()),
    }
    let found = read(&mut *context.session, &statements).await;
    // Where it is not there yet, nothing of ours is asked for without its schema.
    if let Err(error) = context.session.use_schema(&own).await {
        tracing::debug!(%error, "the session stays in core");
    }
    found
}

/// The statements that can be read now, and mean to this session what they will mean to the file's.
fn readable<'a>(file: &CheckedFile<'a>) -> Vec<&'a Statement> {
    let decides = |text: &str| text.to_ascii_lowercase().contains("sql_mode");
    let mut found = Vec::new();
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
        let mut needs = analysis.touches.iter().filter(|touch| matches!(touch.how, How::Reads | How::Writes));
        let stands = needs.all(|touch| earlier.changes(&touch.object, file.core).is_none());
        if is_about_rows(analysis.kind) && stands && !analysis.flags.partial && statement.sql.len() <= LONGEST {
            found.push(statement);
        }
        earlier.advance(statement, &format!("statement {}", statement.index + 1), file.core);
    }
    found
}

fn is_about_rows(kind: Kind) -> bool {
    use Kind::{CreateView, Delete, Insert, Replace, Select, Update, Upsert};
    matches!(kind, Insert | Replace | Upsert | Update | Delete | Select | CreateView)
}

async fn read(session: &mut dyn Session, statements: &[&Statement]) -> Result<Vec<Violation>, DbError> {
    let mut found = Vec::new();
    for statement in statements {
        session.execute("SET @caribou_read = ?", &[statement.sql.as_str().into()]).await?;
        match session.query_text("PREPARE caribou_read FROM @caribou_read").await {
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            // Others hold a table: they would keep the rest waiting too.
            Err(error) if error.kind == ErrorKind::LockWait => break,
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
