//! SQLite: an empty copy of core in memory, on which the statements of a plan are tried in their order.
//!
//! Definitions are changed there as the files will change them. Of a statement about rows SQLite is only asked whether it
//! can read it. What a statement that fails would have changed is not known any more: nothing is said of it.

use super::outcome::Violation;
use crate::database::{Database, DbError, ErrorKind, Purpose, Session};
use crate::sql::{self, Dialect, Script, Statement, StatementKind as Kind, quote_identifier};
use std::collections::HashSet;

/// Reason why it matters.
pub(super) const WHY: &str = "the statement fails there, with the statements before it done already";

/// Statements that are tried at the most, and definitions that are copied.
const MOST: usize = 2_000;

/// The order in which definitions can be made: modules make tables of their own, which follow.
const ORDER: &str = "CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN 0 WHEN type = 'table' THEN 1 WHEN type = 'index' THEN 2 \
     WHEN type = 'view' THEN 3 ELSE 4 END, rowid";

/// What each file begins with.
const AS_AT_FIRST: [&str; 2] = ["PRAGMA legacy_alter_table = OFF", "PRAGMA foreign_keys = OFF"];

const TEMPORARY: &str = "SELECT printf('DROP %s IF EXISTS temp.\"%w\"', type, name) FROM sqlite_temp_master WHERE type IN \
     ('table', 'view')";

/// The copy, and what is not known of it.
#[derive(Debug)]
pub(super) struct Trial {
    session: Box<dyn Session>,
    /// Names, in lower case, of what a statement that failed would have changed.
    untold: HashSet<String>,
    tried: usize,
    /// Nothing is tried any more.
    is_over: bool,
}

impl Trial {
    /// Copies core. `reader` sees it.
    pub(super) async fn begin(reader: &mut dyn Session, database: &dyn Database, core: &str) -> Result<Trial, DbError> {
        let core = quote_identifier(core, Dialect::Sqlite)?;
        let question = format!(
            "SELECT sql FROM {core}.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name \
             NOT LIKE 'caribou$%' ORDER BY {ORDER}"
        );
        let standing = match reader.query(&question, &[]).await {
            // There is no core yet.
            Err(error) if error.kind == ErrorKind::MissingObject => Vec::new(),
            rows => rows?,
        };
        let session = database.open(Purpose::Trial).await?;
        let mut trial = Trial { session, untold: HashSet::new(), tried: 0, is_over: standing.len() > MOST };
        for row in standing {
            if trial.is_over {
                break;
            }
            match trial.session.run(&row.get_text(0)).await {
                // A module has made it.
                Err(error) if error.kind == ErrorKind::DuplicateObject => {}
                done => trial.is_over = done.is_err(),
            }
        }
        Ok(trial)
    }

    /// What SQLite refuses of a file, behind the files before it.
    pub(super) async fn file(&mut self, file: &Script) -> Result<Vec<Violation>, DbError> {
        let mut found = Vec::new();
        for (name, value) in &file.session {
            self.quietly(&format!("PRAGMA {name} = {value}")).await;
        }
        // A file that fails is taken back as a whole; one with transactions of its own cannot be.
        let is_whole = !file.statements.iter().any(|one| one.analysis.kind.is_transaction_control());
        if is_whole {
            self.quietly("BEGIN").await;
        }
        for statement in &file.statements {
            self.is_over |= self.tried >= MOST || ends(statement);
            if self.is_over {
                break;
            }
            let Some(text) = tried(statement) else { continue };
            self.tried += 1;
            let is_known = self.knows(statement);
            match self.session.run(&text).await {
                _ if !is_known => self.forget(statement),
                Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
                Err(_) if statement.analysis.kind == Kind::Pragma => {}
                Err(error) => {
                    if error.code.as_deref() == Some("SQLITE_ERROR") {
                        let seen = format!("SQLite refuses it: {}", error.message);
                        let asked = "an empty copy of core in memory, by the same statements";
                        found.push(Violation::at(statement, seen).because(WHY).asked(asked).at_most_told());
                    }
                    self.quietly("ROLLBACK").await;
                    file.statements.iter().for_each(|one| self.forget(one));
                    self.is_over = !is_whole;
                    break;
                }
                Ok(_) if is_filled(statement) => self.forget(statement),
                Ok(_) => {}
            }
        }
        self.quietly(if is_whole { "COMMIT" } else { "ROLLBACK" }).await;
        self.begin_anew(file).await?;
        Ok(found)
    }

    /// As another session would find it.
    async fn begin_anew(&mut self, file: &Script) -> Result<(), DbError> {
        if file.statements.iter().any(|one| one.analysis.is_temporary()) {
            for row in self.session.query(TEMPORARY, &[]).await? {
                self.quietly(&row.get_text(0)).await;
            }
        }
        let sets = |one: &Statement| one.analysis.kind == Kind::Pragma;
        if !file.session.is_empty() || file.statements.iter().any(sets) {
            for setting in AS_AT_FIRST {
                self.quietly(setting).await;
            }
        }
        Ok(())
    }

    async fn quietly(&mut self, sql: &str) {
        if let Err(error) = self.session.run(sql).await {
            tracing::debug!(%error, "the trial goes on without");
        }
    }

    /// True if nothing that a statement names has become unknown, and all of it stands in core.
    fn knows(&self, statement: &Statement) -> bool {
        statement.analysis.touches.iter().all(|touch| {
            let name = touch.object.name.to_lowercase();
            let is_here = touch.object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
            is_here && !name.starts_with("sqlite_") && !self.untold.contains(&name)
        })
    }

    fn forget(&mut self, statement: &Statement) {
        let changed = statement.analysis.touches.iter().filter(|touch| touch.how.changes());
        self.untold.extend(changed.map(|touch| touch.object.name.to_lowercase()));
    }
}

/// True if the statements behind it cannot be tried: names may mean tables of another file, definitions are written as rows.
fn ends(statement: &Statement) -> bool {
    let writes = || statement.sql.to_ascii_lowercase().contains("writable_schema");
    match statement.analysis.kind {
        Kind::Attach | Kind::Detach => true,
        Kind::Pragma => writes(),
        _ => false,
    }
}

/// True for a table that a query makes, which is only read: nobody knows how long the query takes.
fn is_filled(statement: &Statement) -> bool {
    let selects = |word: &String| ["SELECT", "VALUES"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
    statement.analysis.kind == Kind::CreateTable
        && sql::identifiers(statement.plain(), Dialect::Sqlite).iter().any(selects)
}

/// The text to try; none for what is of no account here.
fn tried(statement: &Statement) -> Option<String> {
    let kind = statement.analysis.kind;
    let is_read = kind.is_dml() || matches!(kind, Kind::Select | Kind::Unknown) || is_filled(statement);
    if is_read {
        return Some(format!("EXPLAIN {}", statement.sql));
    }
    let is_run = kind.is_ddl() || kind.is_transaction_control() || kind == Kind::Pragma;
    is_run.then(|| statement.sql.clone())
}
