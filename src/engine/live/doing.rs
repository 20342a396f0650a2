//! What the worker does at the moment, for the task that looks at the server.

use crate::database::Schemas;
use crate::engine::statement::job::StatementJob;
use crate::model::{BatchId, FileId, Phase};
use crate::sql::ObjectKind;
use std::time::Instant;

/// What is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doing {
    /// A batch is driven, of which so many files may be under way at a time.
    pub(crate) driving: Option<usize>,
    /// In the order in which they were sent.
    pub(crate) statements: Vec<UnderWay>,
}

/// A statement that was sent and has not ended.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    pub(crate) batch: BatchId,
    pub(crate) file: FileId,
    pub(crate) phase: Phase,
    pub(crate) statement: u32,
    pub(crate) connection: u64,
    pub(crate) since: Instant,
    /// Schema and name of each table that it touches.
    pub(crate) tables: Vec<(String, String)>,
    /// It changes definitions.
    pub(crate) is_ddl: bool,
    /// The only table that it changes, where there is one: what it copies has the rows of that.
    pub(crate) changes: Option<(String, String)>,
    /// A try of it met somebody's lock.
    pub(crate) met_lock: bool,
}

impl UnderWay {
    pub(crate) fn new(schemas: &Schemas, job: &StatementJob, connection: u64) -> UnderWay {
        let analysis = &job.statement.analysis;
        let tables = analysis.touches.iter().filter(|touch| touch.object.kind == ObjectKind::Table);
        let named = |touch: &crate::sql::Touch| {
            (touch.object.schema.clone().unwrap_or_else(|| schemas.core.clone()), touch.object.name.clone())
        };
        let changed: Vec<_> = tables.clone().filter(|touch| touch.how.changes()).map(named).collect();
        UnderWay {
            batch: job.batch,
            file: job.file,
            phase: job.phase,
            statement: job.statement.index,
            connection,
            since: Instant::now(),
            tables: tables.map(named).collect(),
            is_ddl: analysis.kind.is_ddl(),
            changes: <[_; 1]>::try_from(changed).ok().map(|[only]| only).filter(|_| analysis.kind.is_ddl()),
            met_lock: false,
        }
    }

    /// True if another is the same statement.
    pub(crate) fn is(&self, other: &UnderWay) -> bool {
        (self.batch, self.file, self.phase, self.statement, self.since)
            == (other.batch, other.file, other.phase, other.statement, other.since)
    }
}
