//! Measuring probes: on a session like the files' own that may only read, in turns, each run within its time.

use super::slower::FEWEST;
use crate::database::{Database, DbError, ErrorKind, Purpose, ServerKind, Session};
use crate::model::{MeasuredProbe, Probe, ProbeFailure, ProbeFailureKind};
use std::time::{Duration, Instant};

/// Longest time of one run; it is ended then.
pub(super) const RUN: Duration = Duration::from_secs(10);
/// Time after which all probes together take no further turn than they need.
const ALL: Duration = Duration::from_secs(60);
/// Time in which the server has to say that a run was ended.
const FAREWELL: Duration = Duration::from_secs(10);
/// Runs of each probe that are not counted: caches fill.
const WARM_UP: u32 = 2;
/// Characters of a plan that are kept.
const PLAN: usize = 12_000;

/// Measures probes in turns, so that whatever else the machine does meanwhile falls on all alike. What one cannot do is
/// told of that one.
///
/// # Errors
/// The database's, where no session can be had or the connection is lost.
pub(super) async fn measure(database: &dyn Database, probes: &[Probe]) -> Result<Vec<MeasuredProbe>, DbError> {
    measure_within(database, probes, RUN).await
}

async fn measure_within(
    database: &dyn Database,
    probes: &[Probe],
    limit: Duration,
) -> Result<Vec<MeasuredProbe>, DbError> {
    let mut session = database.open(Purpose::File).await?;
    let mut measured: Vec<MeasuredProbe> = probes.iter().cloned().map(MeasuredProbe::new).collect();
    let done = match read_only(session.as_mut()).await {
        Ok(()) => in_turns((database, limit), session.as_mut(), &mut measured).await,
        Err(error) => Err(error),
    };
    session.close().await;
    done.map(|()| measured)
}

/// The database, by which a run is ended, and the time of one.
type Means<'a> = (&'a dyn Database, Duration);

/// The server itself refuses whatever would write.
async fn read_only(session: &mut dyn Session) -> Result<(), DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => "PRAGMA query_only = 1",
        ServerKind::MariaDb | ServerKind::MySql => "SET SESSION TRANSACTION READ ONLY",
    };
    session.run(sql).await.map(drop)
}

async fn in_turns(means: Means<'_>, session: &mut dyn Session, measured: &mut [MeasuredProbe]) -> Result<(), DbError> {
    let begun = Instant::now();
    let most = measured.iter().map(|one| one.probe.runs).max().unwrap_or(0);
    for turn in 0..WARM_UP + most {
        for one in measured.iter_mut().filter(|one| one.failed.is_none() && turn < WARM_UP + one.probe.runs) {
            let is_late = begun.elapsed() > ALL && one.us.len() >= FEWEST;
            if is_late {
                continue;
            }
            match run(means, session, &one.probe.sql).await {
                Ok(us) if turn >= WARM_UP => one.us.push(us),
                Ok(_) => {}
                Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
                Err(error) => one.failed = Some(failure(&error)),
            }
        }
    }
    for one in measured.iter_mut() {
        one.plan = plan(means, session, &one.probe.sql).await?;
    }
    Ok(())
}

/// One run, in microseconds.
async fn run(means: Means<'_>, session: &mut dyn Session, sql: &str) -> Result<u64, DbError> {
    let begun = Instant::now();
    within(means, session.connection_id(), session.run(sql)).await?;
    Ok(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX))
}

/// Waits for a question, which is ended when its time is over.
async fn within<T>(
    (database, limit): Means<'_>,
    connection: u64,
    asking: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    let mut asking = std::pin::pin!(asking);
    if let Ok(ended) = tokio::time::timeout(limit, asking.as_mut()).await {
        return ended;
    }
    database.interrupt(connection).await?;
    let too_slow =
        || DbError::new(ErrorKind::Timeout, "run a probe", format!("it did not end within {} s", RUN.as_secs()));
    match tokio::time::timeout(FAREWELL, asking).await {
        // An answer that came at the last moment came too late all the same.
        Ok(Ok(_)) => Err(too_slow()),
        Ok(Err(error)) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Ok(Err(_)) => Err(too_slow()),
        Err(_) => Err(DbError::new(ErrorKind::ConnectionLost, "end a probe", "the server does not answer")),
    }
}

fn failure(error: &DbError) -> ProbeFailure {
    let kind = match error.kind {
        ErrorKind::Syntax | ErrorKind::MissingObject | ErrorKind::Privilege => ProbeFailureKind::Refused,
        ErrorKind::Timeout => ProbeFailureKind::TooSlow,
        _ => ProbeFailureKind::Other,
    };
    ProbeFailure { kind, message: error.to_string() }
}

/// The server's plan of a query; `None` where it gives none.
async fn plan(means: Means<'_>, session: &mut dyn Session, sql: &str) -> Result<Option<String>, DbError> {
    let sql = sql.trim_end().trim_end_matches(';');
    let question = match session.kind() {
        ServerKind::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
        ServerKind::MariaDb => format!("EXPLAIN FORMAT=JSON {sql}"),
        ServerKind::MySql => format!("EXPLAIN FORMAT=TREE {sql}"),
    };
    // SQLite answers with four columns, of which the last is for people; the servers with one.
    let column = if session.kind() == ServerKind::Sqlite { 3 } else { 0 };
    match within(means, session.connection_id(), session.query_text(&question)).await {
        Ok(rows) => {
            let lines: Vec<String> = rows.iter().map(|row| row.get_text(column)).collect();
            Ok(Some(lines.join("\n").chars().take(PLAN).collect()))
        }
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Target, connect};

    fn probe(sql: &str) -> Probe {
        Probe { name: "p".into(), sql: sql.into(), tables: Vec::new(), max_ratio: 1.5, runs: 3 }
    }

    /// Measures queries of which none could be left alone: one that ends, one that never does, one that is refused, and
    /// one that writes, which no configuration admits.
    #[test]
    fn a_run_has_its_time_and_only_reads() {
        let dir = tempfile::tempdir().unwrap();
        let probes = [
            "SELECT 1",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
            "SELECT * FROM nowhere",
            "CREATE TABLE t (a)",
        ]
        .map(probe);
        let measuring = async {
            let database = connect(&Target::sqlite(dir.path())).await.unwrap();
            let limit = Duration::from_millis(300);
            measure_within(database.as_ref(), &probes, limit).await.unwrap()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let measured = runtime.block_on(measuring);
        assert_eq!((measured[0].us.len(), &measured[0].failed), (3, &None));
        assert!(measured[0].plan.as_ref().is_some_and(|plan| !plan.is_empty()), "{:?}", measured[0]);
        let kind = |n: usize| measured[n].failed.as_ref().map(|failure| failure.kind);
        assert_eq!(kind(1), Some(ProbeFailureKind::TooSlow), "{:?}", measured[1]);
        assert_eq!(kind(2), Some(ProbeFailureKind::Refused), "{:?}", measured[2]);
        assert!(kind(3).is_some() && measured[3].us.is_empty(), "{:?}", measured[3]);
    }
}
