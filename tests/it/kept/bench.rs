//! Runs a statement as the engine does: plan, prepare, before, the statement, after, commit; and puts back.

use crate::support::Fresh;
use caribou::database::{Purpose, Row, Session};
use caribou::kept::{self, Ask, Budget, Keep, Known};
use caribou::model::{BatchId, FileId, Kept, Place, PutBack, Ymdhis};
use caribou::sql::{ObjectKind, ObjectName, Statement, statements};
use caribou::store::{Result, Store, StoreError};
use std::collections::HashSet;

pub const WIDE: Budget = Budget { max_rows: 100_000, max_bytes: 100_000_000 };

pub struct Bench {
    pub store: Store,
    pub file: Box<dyn Session>,
    pub keeper: Box<dyn Session>,
    pub budget: Budget,
    pub park: Vec<String>,
    next: u32,
}

impl Bench {
    /// Schemas installed; `set_up` has run, a statement each.
    pub async fn new(fresh: &Fresh, set_up: &str) -> Bench {
        let store = Store::new(fresh.database().await);
        store.install().await.unwrap();
        let file = store.database().open(Purpose::File).await.unwrap();
        let keeper = store.database().open(Purpose::Control).await.unwrap();
        let mut bench = Bench { store, file, keeper, budget: WIDE, park: Vec::new(), next: 0 };
        bench.run(set_up).await;
        bench
    }

    pub fn is_sqlite(&self) -> bool {
        self.store.database().kind() == caribou::database::ServerKind::Sqlite
    }

    pub fn read(&self, text: &str) -> Vec<Statement> {
        statements(text, self.store.database().kind().dialect()).unwrap()
    }

    /// Runs statements with nothing kept, on the file's session.
    pub async fn run(&mut self, text: &str) {
        for statement in self.read(text) {
            self.file.run(&statement.sql).await.unwrap_or_else(|error| panic!("{}: {error}", statement.sql));
        }
    }

    /// Runs statements of somebody else, on a session of their own.
    pub async fn rival(&mut self, text: &str) {
        let mut session = self.store.database().open(Purpose::File).await.unwrap();
        for statement in self.read(text) {
            session.run(&statement.sql).await.unwrap_or_else(|error| panic!("{}: {error}", statement.sql));
        }
        session.close().await;
    }

    pub async fn plan(&mut self, sql: &str) -> Result<Vec<Keep>> {
        let statement = self.read(sql).remove(0);
        let place = Place {
            batch: BatchId(1),
            file: FileId(2),
            statement: self.next,
            attempt: 0,
            until: Ymdhis(20_300_101_000_000),
        };
        self.next += 1;
        let changed_until_then = &HashSet::new();
        let ask = Ask {
            statement: &statement,
            place,
            budget: self.budget,
            locked: false,
            by_locks: false,
            weakly_isolated: false,
            renumbered: false,
            park: &self.park,
            changed_until_then,
        };
        kept::plan(&self.store, self.file.as_mut(), &mut Known::default(), &ask).await
    }

    /// Keeps and runs; the transaction is rolled back on any error.
    pub async fn keep(&mut self, sql: &str) -> Result<Vec<Kept>> {
        let mut keeps = self.plan(sql).await?;
        if let Some(instead) = kept::substitute(&self.store, &keeps)? {
            kept::prepare(&self.store, self.keeper.as_mut(), &keeps).await?;
            for sql in instead {
                self.file.run(&sql).await?;
            }
            return Ok(keeps.into_iter().map(|keep| keep.kept).collect());
        }
        if !self.is_sqlite() {
            kept::prepare(&self.store, self.keeper.as_mut(), &keeps).await?;
        }
        if kept::needs_lock(self.file.as_ref(), &keeps) {
            let done = self.locked(sql, &mut keeps).await;
            kept::unlock(self.file.as_mut(), &keeps).await?;
            return done.map(|()| keeps.into_iter().map(|keep| keep.kept).collect());
        }
        self.file.begin().await?;
        match self.within(sql, &mut keeps).await {
            Ok(()) => self.file.commit().await?,
            Err(error) => {
                self.file.rollback().await?;
                return Err(error);
            }
        }
        self.home().await?;
        Ok(keeps.into_iter().map(|keep| keep.kept).collect())
    }

    /// Brings what stands in core to the undo schema.
    pub async fn home(&mut self) -> Result<()> {
        let staged = kept::staged(self.file.as_mut()).await?;
        kept::copy_to_undo_schema(&self.store, self.file.as_mut(), &staged).await?;
        kept::drop_from_core(self.file.as_mut(), &staged).await
    }

    async fn locked(&mut self, sql: &str, keeps: &mut [Keep]) -> Result<()> {
        let statement = statements(sql, self.store.dialect()).unwrap().remove(0);
        kept::lock(&self.store, self.file.as_mut(), &statement, keeps).await?;
        self.within(sql, keeps).await
    }

    async fn within(&mut self, sql: &str, keeps: &mut [Keep]) -> Result<()> {
        if self.is_sqlite() {
            // DDL is part of the transaction there.
            kept::prepare(&self.store, self.file.as_mut(), keeps).await?;
        }
        kept::before(&self.store, self.file.as_mut(), keeps).await?;
        let outcome = self.file.run(sql).await?;
        let changed = kept::Changed { rows: outcome.rows_affected, number: outcome.last_number };
        kept::after(&self.store, self.file.as_mut(), keeps, changed).await
    }

    /// Puts back what was kept for one statement, in one transaction.
    pub async fn back(&mut self, kept: &[Kept]) -> PutBack {
        self.try_back(kept).await.unwrap()
    }

    pub async fn try_back(&mut self, kept: &[Kept]) -> Result<PutBack> {
        self.file.begin().await?;
        let mut all = PutBack::default();
        for one in kept {
            match kept::put_back(&self.store, self.file.as_mut(), one).await {
                Ok(done) => {
                    all.restored += done.restored;
                    all.skipped.extend(done.skipped);
                }
                Err(error) => {
                    self.file.rollback().await?;
                    return Err(error);
                }
            }
        }
        self.file.commit().await?;
        Ok(all)
    }

    pub async fn ask(&mut self, sql: &str) -> Vec<Row> {
        self.file.query(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub async fn number(&mut self, sql: &str) -> i64 {
        self.ask(sql).await[0].get_i64(0)
    }

    /// All rows of a table, in the order of the columns given.
    pub async fn rows(&mut self, columns: &str, table: &str) -> Vec<Row> {
        self.ask(&format!("SELECT {columns} FROM {table} ORDER BY {columns}")).await
    }

    pub async fn definition(&mut self, table: &str) -> Option<String> {
        let mut session = self.store.database().open(Purpose::Control).await.unwrap();
        let object = ObjectName::new(ObjectKind::Table, table);
        let found = session.inspect(&[object]).await.unwrap().remove(0).text;
        session.close().await;
        found
    }

    /// The tables that keep something now.
    pub async fn places(&mut self) -> usize {
        let undo = self.store.schemas().undo.clone();
        self.keeper.relations(&undo).await.unwrap().len()
    }

    pub async fn close(self) {
        self.file.close().await;
        self.keeper.close().await;
    }
}

/// The reason why something cannot be kept.
pub fn refused(result: Result<Vec<Kept>>) -> String {
    match result {
        Err(StoreError::CannotKeep { reason }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}
