//! Statements that are sent before their intent is durable (MariaDB, MySQL): those that write rows of a table which the
//! file itself has made.
//!
//! Such a statement is committed together with its receipt or not at all, so whoever takes over finds it by the receipt,
//! behind the last intent that is durable. That intent was committed under the lease, and the session that it was for is
//! ended before anybody looks: what was not committed by then never is.

use super::file_session::FileSession;
use super::session_state::ReceiptPlace;
use super::touched::written_tables;
use crate::database::ServerKind;
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::FileContext;
use crate::engine::worker::Worker;
use crate::model::{BatchId, Checksum, Effect, FileId, FileState, Input, Phase, Sending};
use crate::sql::{ObjectName, Statement, StatementKind};
use crate::store::{forget_later_receipts, later_receipt};

/// Statements of a file that are looked at, one after the other, for those before one.
const MOST: u32 = 64;

/// Tells whether a statement may be sent before its intent is durable.
pub(crate) fn needs_no_intent(session: &FileSession, text: &FileText, phase: Phase, statement: &Statement) -> bool {
    let (index, kind, flags) = (statement.index, session.session.kind(), statement.analysis.flags);
    // The session has run all that came before, so an intent that is durable was for it.
    let is_vouched_for = index > 0 && index < MOST && session.ran == index;
    let is_forward = kind != ServerKind::Sqlite && phase == Phase::Forward;
    if !is_forward || !is_vouched_for || text.keeps(phase, index) {
        return false;
    }
    let written = written_tables(statement);
    let is_plain = statement.analysis.kind.is_dml() && !(flags.partial || flags.asked || flags.unit);
    is_plain
        && session.state.receipt_place(statement, kind) == ReceiptPlace::Own
        && are_of_its_making(&text.up.statements[..index as usize], &written)
        && session.knows_transactions_of(&written)
}

/// Tells whether statements made all these tables, and nothing that runs beside what is written to them.
fn are_of_its_making(before: &[Statement], tables: &[ObjectName]) -> bool {
    use StatementKind::{AlterTable, CreateIndex, CreateTable, DropIndex};
    let is_plain = |s: &Statement| {
        let kind = s.analysis.kind;
        kind.is_dml() || matches!(kind, AlterTable | CreateIndex | CreateTable | DropIndex)
    };
    let makes = |s: &&Statement| {
        let flags = s.analysis.flags;
        s.analysis.kind == CreateTable && !(flags.if_not_exists || flags.or_replace || s.analysis.is_temporary())
    };
    let made: Vec<ObjectName> = before.iter().filter(makes).flat_map(written_tables).collect();
    !tables.is_empty() && before.iter().all(is_plain) && tables.iter().all(|table| made.contains(table))
}

impl Worker {
    /// The statements of a file that another worker sent behind the last durable intent, and whose receipts are there.
    pub(crate) async fn sent_ahead(
        &mut self,
        batch: BatchId,
        id: FileId,
        text: &FileText,
    ) -> Result<Vec<u32>, EngineError> {
        let last = self.journal.receipt(batch, id, 0, Phase::Forward).started;
        let (inspector, of, file) = self.inspect(batch, id)?;
        let first = match &file.running {
            Some(running) if running.phase == Phase::Forward => running.statement + 1,
            Some(_) => return Ok(Vec::new()),
            None => u32::try_from(file.records.len()).unwrap_or(u32::MAX),
        };
        let mut found = Vec::new();
        let is_possible = inspector.kind() != ServerKind::Sqlite && file.state == FileState::Migrating && first > 0;
        if !is_possible || first >= MOST {
            return Ok(found);
        }
        let store = inspector.store.clone();
        let mut session = inspector.file_session(FileContext { batch: of, file, text }).await?;
        for statement in text.up.statements.iter().skip(first as usize) {
            let of = (batch, id, statement.index);
            if !statement.analysis.kind.is_dml() || !later_receipt(&store, session.look_session(), of, last).await? {
                break;
            }
            found.push(statement.index);
        }
        inspector.sessions.keep(session);
        Ok(found)
    }

    /// Removes receipts whose numbers will be those of other statements. What they prove is durable in the journal by now.
    pub(crate) async fn forget_sent_ahead(&mut self, batch: BatchId) -> Result<(), EngineError> {
        if self.inspector.kind() == ServerKind::Sqlite {
            return Ok(());
        }
        let last = self.journal.last_seq(batch);
        let mut session = self.inspector.take_check_session().await?;
        forget_later_receipts(&self.inspector.store, session.as_mut(), batch, last).await?;
        self.inspector.keep_check_session(session);
        Ok(())
    }

    /// Journals a statement that was found by its receipt.
    pub(crate) async fn note_sent_ahead(
        &mut self,
        batch: BatchId,
        id: FileId,
        statement: &Statement,
    ) -> Result<(), EngineError> {
        let connection = self.journal.connection_id();
        let hash = Checksum(statement.hash.clone());
        self.apply_input(Input::Sending(Sending {
            line: statement.line,
            fingerprint: crate::database::fingerprint(&[]),
            connection,
            ..Sending::new((batch, id), (Phase::Forward, statement.index), hash)
        }))?;
        let evidence = "its receipt was committed with it, before its intent was durable".to_owned();
        self.apply_input(Input::Decided { batch, file: id, effect: Effect::Took, evidence, definitions: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, statements};

    fn of_its_making(text: &str) -> bool {
        let all = statements(text, Dialect::MySql).unwrap();
        let (last, before) = all.split_last().unwrap();
        are_of_its_making(before, &written_tables(last))
    }

    #[test]
    fn only_rows_of_tables_that_the_file_made_need_no_intent() {
        assert!(of_its_making("CREATE TABLE t (a INT); ALTER TABLE t ADD b INT; INSERT INTO t VALUES (1, 1)"));
        assert!(of_its_making("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); UPDATE t SET a = 2"));
        for text in [
            "ALTER TABLE t ADD b INT; INSERT INTO t VALUES (1, 1)",
            "CREATE TABLE IF NOT EXISTS t (a INT); INSERT INTO t VALUES (1)",
            "CREATE OR REPLACE TABLE t (a INT); INSERT INTO t VALUES (1)",
            "CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1)",
            "CREATE TABLE u (a INT); INSERT INTO t VALUES (1)",
            "CREATE TABLE t (a INT); CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1; INSERT INTO t VALUES (1)",
            "CREATE TABLE t (a INT); SET @a = 1; INSERT INTO t VALUES (1)",
        ] {
            assert!(!of_its_making(text), "{text}");
        }
    }
}
