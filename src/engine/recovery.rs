//! What a worker makes of a batch that another left behind.

use super::carried::Carried;
use super::file_session::{BARRIER, phase_of};
use super::home::bring_home;
use super::texts::Text;
use super::worker::Worker;
use super::{EngineError, barrier, doubt};
use crate::database::{Purpose, ServerKind, Session};
use crate::model::{BatchId, Effect, File, FileId, FileState, Input};
use crate::sql::Statement;
use crate::store::Store;

impl Worker {
    /// Brings a batch that another worker left into a state from which it can go on.
    pub(super) async fn recover(&mut self, batch: BatchId) -> Result<(), EngineError> {
        let left: Vec<FileId> = self.batch(batch)?.active().map(|f| f.id).collect();
        if left.is_empty() {
            return Ok(());
        }
        tracing::info!(batch = batch.0, files = left.len(), "taking over what another worker left");
        self.clear_barrier().await?;
        let (mut resumable, mut dear) = (Vec::new(), Vec::new());
        for id in left {
            self.decide_doubts(batch, id).await?;
            let file = self.file(batch, id)?.clone();
            let ran = file.resume_point().map_or(file.records.len(), |point| point as usize);
            if self.text(&file).await?.is_some_and(|text| needs_no_session(&text, ran)) {
                resumable.push(id);
            }
            dear.extend(self.cost_of_undo(&file).await?.map(|why| (id, why)));
        }
        self.give(Input::Restarted { batch, resumable, dear })?;
        self.commit().await
    }

    /// Why the undo of a file that was left half-way is not to begin unasked: it would destroy what others wrote, or take
    /// long (`2-lifecycle`, scenario 4). What the statements took tells how long.
    async fn cost_of_undo(&mut self, file: &File) -> Result<Option<String>, EngineError> {
        if file.state != FileState::Migrating || !file.has_effects() || file.crash.is_some() {
            return Ok(None);
        }
        let longest = self.batch(file.batch)?.policy.after_crash.max_undo;
        let took: u64 = file.records.iter().filter(|r| r.effect == Effect::Took).map(|r| r.ms).sum();
        if took > longest {
            let (took, longest) = (took / 1000, longest / 1000);
            return Ok(Some(format!("its undo may take {took} s (crash.max_undo is {longest} s)")));
        }
        let plan = self.choose_undo(file.batch, file.id).await?;
        let lost = self.would_lose(file, &plan).await?;
        Ok(lost.map(|lost| format!("its undo would destroy {}", lost.what)))
    }

    /// Waits until nothing of an earlier worker runs on the server any more, and nothing that it did is still in the air.
    async fn clear_barrier(&mut self) -> Result<(), EngineError> {
        let purpose = match self.store.database().kind() {
            // The files that statements write.
            ServerKind::Sqlite => Purpose::File,
            ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
        };
        let mut session = self.store.database().open(purpose).await?;
        let cleared = barrier::clear(&self.store, self.journal.lease(), session.as_mut(), BARRIER).await;
        let settled = match cleared {
            Ok(()) => settle(&self.store, session.as_mut()).await,
            refused => refused,
        };
        session.close().await;
        settled
    }

    async fn decide_doubts(&mut self, batch: BatchId, id: FileId) -> Result<(), EngineError> {
        let file = self.file(batch, id)?.clone();
        let Some(text) = self.text(&file).await? else { return Ok(()) };
        let Some(running) = &file.running else {
            return self.lose_transaction(&file, &text, "the worker that held the transaction has ended").await;
        };
        let mut session = self.file_session(&file, &text).await?;
        let found = self.look_into(&mut session, &file, running, &text).await?;
        self.sessions.keep(session);
        let doubt::Verdict { effect, evidence, definitions } = found.verdict;
        if let Some((open, effect)) = found.lost {
            let evidence = "the connection that held the transaction is gone".to_owned();
            self.give(Input::TransactionLost {
                batch,
                file: id,
                phase: running.phase,
                from: open.from,
                effect,
                evidence,
            })?;
        }
        self.give(Input::Decided { batch, file: id, effect, evidence, definitions })
    }

    /// Ends the transaction in which the file's script stands between two statements, and says so in the journal.
    pub(super) async fn lose_transaction(
        &mut self,
        file: &File,
        text: &Text,
        evidence: &str,
    ) -> Result<(), EngineError> {
        let phase = phase_of(file);
        let kind = self.store.database().kind();
        let ended = doubt::ended(file, text, phase);
        let open = Carried::after(ended, kind).transaction.filter(|open| open.writes);
        let Some(open) = open else { return Ok(()) };
        let mut session = self.file_session(file, text).await?;
        session.give_up_transaction().await;
        let effect = doubt::of_transaction(&mut session, open, text.statements(phase)).await?;
        self.sessions.keep(session);
        let (batch, file, from, evidence) = (file.batch, file.id, open.from, evidence.to_owned());
        self.give(Input::TransactionLost { batch, file, phase, from, effect, evidence })
    }
}

async fn settle(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
    barrier::settle(session, BARRIER).await?;
    bring_home(store, session).await
}

/// Whether another session can run the rest of a file: what ran left nothing in its own (variables, temporary tables,
/// locks, a default schema), and what follows asks for nothing that only that one knows.
fn needs_no_session(text: &Text, ended: usize) -> bool {
    const OF_THE_SESSION: [&str; 6] =
        ["@", "last_insert_id", "row_count", "found_rows", "last_insert_rowid", "changes("];
    let (ran, rest) = text.up.statements.split_at(ended.min(text.up.statements.len()));
    let leaves_nothing = |s: &Statement| {
        let kind = s.analysis.kind;
        (kind.is_ddl() || kind.is_dml() || kind.is_transaction_control()) && !s.analysis.flags.temporary
    };
    let asks_for_nothing = |s: &Statement| {
        let sql = s.sql.to_ascii_lowercase();
        !OF_THE_SESSION.iter().any(|word| sql.contains(word))
    };
    ran.is_empty() || (ran.iter().all(leaves_nothing) && rest.iter().all(asks_for_nothing))
}
