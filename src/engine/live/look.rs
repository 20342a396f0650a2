//! One look at the statements under way.

use super::doing::UnderWay;
use super::pace::Pace;
use crate::database::{
    Activities, Activity, DbError, Holder, Holders, NEEDS_PROCESS, ServerKind, Session, WaitingFor, activities,
    described, estimated_rows, metadata_holders, row_holders,
};
use crate::model::{LiveBlocker, LiveStatement, Stage};
use std::time::Instant;

/// Sentences for SQLite.
const NO_STAGE_ON_SQLITE: &str = "SQLite does not say how far a statement is";
const LOCKED_ON_SQLITE: &str = "another connection or process holds the lock of the file; SQLite does not say which";

/// What is known of a statement from the looks before.
#[derive(Debug)]
struct Followed {
    of: UnderWay,
    pace: Pace,
    /// The estimate of its table's rows, asked once.
    rows: Option<Option<u64>>,
    /// Holders of what it waited for at its last try: between two tries they may still hold it.
    held_by: Holders,
}

/// Follows statements from look to look.
#[derive(Debug, Default)]
pub(super) struct StatementLooks {
    followed: Vec<Followed>,
}

impl StatementLooks {
    /// Looks at these statements, and forgets all others.
    ///
    /// # Errors
    /// The database's. What an account may not see is none: it is told in words.
    pub(super) async fn look(
        &mut self,
        session: &mut dyn Session,
        statements: &[UnderWay],
    ) -> Result<Vec<LiveStatement>, DbError> {
        self.followed.retain(|followed| statements.iter().any(|s| s.is(&followed.of)));
        for of in statements {
            if !self.followed.iter().any(|followed| followed.of.is(of)) {
                let (pace, held_by) = (Pace::default(), Holders::default());
                self.followed.push(Followed { of: of.clone(), pace, rows: None, held_by });
            }
        }
        let connections: Vec<u64> = statements.iter().map(|s| s.connection).collect();
        let seen = activities(session, &connections).await?;
        let mut looks = Vec::new();
        for of in statements {
            let Some(followed) = self.followed.iter_mut().find(|followed| followed.of.is(of)) else { continue };
            followed.of.met_lock = of.met_lock;
            looks.push(match session.kind() {
                ServerKind::Sqlite => on_sqlite(of),
                ServerKind::MariaDb | ServerKind::MySql => followed.look(session, &seen).await?,
            });
        }
        Ok(looks)
    }
}

/// The statements when the server could not be asked, with the reason.
pub(super) fn unseen(statements: &[UnderWay], why: &str) -> Vec<LiveStatement> {
    let unseen = |of: &UnderWay| LiveStatement {
        stage_unknown: Some(why.to_owned()),
        waits_unknown: Some(why.to_owned()),
        ..begun(of)
    };
    statements.iter().map(unseen).collect()
}

/// No server: of a statement under way nothing is known but that a try of it met a lock.
fn on_sqlite(of: &UnderWay) -> LiveStatement {
    LiveStatement {
        connection: None,
        stage_unknown: Some(NO_STAGE_ON_SQLITE.to_owned()),
        blockers_unknown: of.met_lock.then(|| LOCKED_ON_SQLITE.to_owned()),
        ..begun(of)
    }
}

fn begun(of: &UnderWay) -> LiveStatement {
    LiveStatement {
        batch: of.batch,
        file: of.file,
        phase: of.phase,
        statement: of.statement,
        connection: Some(of.connection),
        elapsed_ms: u64::try_from(of.since.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..LiveStatement::default()
    }
}

impl Followed {
    async fn look(&mut self, session: &mut dyn Session, seen: &Activities) -> Result<LiveStatement, DbError> {
        let mut look = begun(&self.of);
        let Some(activity) = seen.shown.iter().find(|activity| activity.connection == self.of.connection) else {
            look.stage_unknown.clone_from(&seen.unmeasured);
            look.waits_unknown.clone_from(&seen.unmeasured);
            return Ok(look);
        };
        look.stage = self.stage(session, activity).await?;
        let is_measured = look.stage.as_ref().is_none_or(|stage| stage.done_permille.is_some());
        look.stage_unknown = seen.unmeasured.clone().filter(|_| !is_measured);
        (look.blocked_by, look.blockers_unknown) = self.blockers(session, activity).await?;
        let is_told = activity.waits_for_row.is_some() || activity.waits_for_lock() || activity.work.is_some();
        look.waits_unknown = (!is_told).then(|| NEEDS_PROCESS.to_owned());
        Ok(look)
    }

    async fn stage(&mut self, session: &mut dyn Session, activity: &Activity) -> Result<Option<Stage>, DbError> {
        let Some(name) = activity.stage.clone() else { return Ok(None) };
        let (step, steps) = activity.step.unzip();
        let mut stage = Stage { name, step, steps, ..Stage::default() };
        let Some(done) = activity.done() else { return Ok(Some(stage)) };
        stage.done_permille = Some((done * 1000.0) as u32);
        let left = self.pace.take(&format!("{} {step:?}", stage.name), done, Instant::now());
        stage.left_ms = left.and_then(|left| u64::try_from(left.as_millis()).ok());
        if activity.in_rows {
            let count = |rows: f64| rows as u64;
            (stage.rows_done, stage.rows_total) = activity.work.map(|(done, all)| (count(done), count(all))).unzip();
        } else if step.is_none_or(|step| step == 1) {
            stage.rows_total = self.rows(session).await?;
            stage.rows_done = stage.rows_total.map(|all| (done * all as f64) as u64);
        }
        Ok(Some(stage))
    }

    /// About how many rows its table has.
    async fn rows(&mut self, session: &mut dyn Session) -> Result<Option<u64>, DbError> {
        if let Some(rows) = self.rows {
            return Ok(rows);
        }
        let rows = match &self.of.changes {
            Some((schema, table)) => estimated_rows(session, schema, table).await?,
            None => None,
        };
        self.rows = Some(rows);
        Ok(rows)
    }

    /// Who is in its way, and why there may be others.
    async fn blockers(
        &mut self,
        session: &mut dyn Session,
        activity: &Activity,
    ) -> Result<(Vec<LiveBlocker>, Option<String>), DbError> {
        if activity.waits_for_lock() {
            let Followed { of, .. } = &*self;
            let waiting = WaitingFor { connection: of.connection, tables: &of.tables, changes: of.is_ddl };
            self.held_by = metadata_holders(session, waiting).await?;
        } else if activity.waits_for_row == Some(true) {
            self.held_by = row_holders(session, self.of.connection).await?;
        } else if activity.stage.is_some() {
            self.held_by = Holders::default();
            return Ok((Vec::new(), None));
        }
        // Between two tries: of those that held it, the ones that still have something open.
        let is_between = activity.stage.is_none();
        let mut found = described(session, &self.held_by.found).await?;
        found.retain(|blocker| !is_between || blocker.transaction_ms.is_some() || blocker.runs.is_some());
        self.held_by
            .found
            .retain(|holder: &Holder| found.iter().any(|blocker| blocker.connection == holder.connection));
        let is_blocked = !found.is_empty() || !is_between;
        Ok((found, self.held_by.unknown.clone().filter(|_| is_blocked)))
    }
}
