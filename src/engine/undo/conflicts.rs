//! Conflicts with what others have written since a file ran: what its undo would leave alone, what it would destroy,
//! and whether it still fits the data (`docs/design/undo.md`, "Classes" and "Arriving").

use super::standing_on::{self, Standing};
use super::theirs::{self, Pretended, Seen};
use crate::database::{DbError, ErrorKind, Purpose, Session};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::Inspector;
use crate::kept::{self, ObjectNameKey};
use crate::model::{
    Batch, Event, File, Kept, KeptKind, Phase, PrecheckResult, Rows, StatementRecord, UndoAct, UndoPlan,
};
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, ObjectName, Statement, quote_name};
use crate::store::{Reader, Store, StoreError};
use crate::undo::precheck::{RenamedColumn, questions};
use crate::undo::{DefinitionHistory, changes_of_twin, named};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that others have written, and whether the undo fits them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Conflicts {
    /// Rows that were kept and that others have changed since: the undo leaves them as they are.
    pub(crate) left_alone: u64,
    /// Rows that the undo would destroy.
    pub(crate) lost: Vec<Rows>,
    /// What others have made or changed, each as a sentence, that the undo would take away.
    pub(crate) objects_lost: Vec<String>,
    /// The same that it leaves as it is.
    pub(crate) objects_left_alone: Vec<String>,
    /// Answers to whether the undo fits.
    pub(crate) fit: PrecheckResult,
}

impl Conflicts {
    /// All rows that others have written and that would be lost or left as they are.
    pub(crate) fn rows(&self) -> u64 {
        self.left_alone + self.lost.iter().map(|lost| lost.rows).sum::<u64>()
    }
}

/// What the looks at the files of one rollback share.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    pub(crate) pretended: Pretended,
    standing: Standing,
}

/// Looks; `None` where it cannot be told: there is no undo, or the account may not look at core's rows.
pub(crate) async fn find(
    reader: &mut Reader,
    (batch, file): (&Batch, &File),
    text: &FileText,
    plan: &UndoPlan,
    (seen, preview): (&Seen, &mut Preview),
) -> Option<Conflicts> {
    match plan {
        UndoPlan::Nothing => return Some(Conflicts::default()),
        UndoPlan::Written { .. } | UndoPlan::Derived { .. } if seen.is_shown => {}
        UndoPlan::Impossible { .. } | UndoPlan::Written { .. } | UndoPlan::Derived { .. } => return None,
    }
    match looked_up(reader, (batch, file), text, plan, (seen, preview)).await {
        Ok(since) => Some(since),
        Err(error) => {
            tracing::debug!(%error, file = %file.path, "cannot tell what was written since");
            None
        }
    }
}

/// Looks up what the undo of a file would destroy of what others wrote, in words; `None` where that is nothing, or
/// cannot be told.
pub(crate) async fn would_lose(
    inspector: &mut Inspector,
    batch: &Batch,
    file: &File,
    (plan, seen): (&UndoPlan, &Seen),
) -> Result<Option<Lost>, EngineError> {
    let dialect = inspector.dialect();
    let Some(text) = inspector.text(batch, file).await? else { return Ok(None) };
    let text = text.with_undo(plan, dialect);
    let mut preview = Preview { standing: std::mem::take(&mut inspector.standing), ..Preview::default() };
    let around = (seen, &mut preview);
    let since = find(&mut inspector.reader, (batch, file), &text, plan, around).await.unwrap_or_default();
    inspector.standing = preview.standing;
    let rows = since.lost.iter().map(|lost| lost.rows).sum();
    let objects = !since.objects_lost.is_empty();
    let what = since.objects_lost.iter().cloned().chain(since.lost.iter().map(Rows::sentence));
    let what = what.collect::<Vec<_>>().join("; ");
    Ok((rows > 0 || objects).then_some(Lost { rows, objects, what }))
}

/// What an undo would destroy of what others wrote or made.
pub(crate) struct Lost {
    pub(crate) rows: u64,
    /// True if it is more than rows.
    pub(crate) objects: bool,
    pub(crate) what: String,
}

async fn looked_up(
    reader: &mut Reader,
    (batch, file): (&Batch, &File),
    text: &FileText,
    plan: &UndoPlan,
    (seen, preview): (&Seen, &mut Preview),
) -> Result<Conflicts, EngineError> {
    let store = reader.store().clone();
    let history = seen.history(text, &preview.pretended, store.dialect());
    let mut session = reader.look(Purpose::File).await?;
    let probe = Probe { store: &store, batch, file, text, history: &history, now: seen.tables(text) };
    // Looking marks the kept rows: nothing of that stays.
    let marks = matches!(plan, UndoPlan::Derived { steps, .. } if steps.iter().any(|step| matches!(step.act, UndoAct::PutBack { .. })));
    if marks {
        session.begin().await?;
    }
    let found = probe.at(session.as_mut(), plan).await;
    if marks {
        session.rollback().await?;
    }
    reader.beside.keep(Purpose::File, session);
    let mut found = found?;
    found.objects_left_alone = history.left_alone(store.dialect());
    found.objects_lost = probe.taken_from_others(reader, (&seen.events, &mut preview.standing), plan).await?;
    Ok(found)
}

/// A look at the data behind one file.
struct Probe<'a> {
    store: &'a Store,
    batch: &'a Batch,
    file: &'a File,
    text: &'a FileText,
    history: &'a DefinitionHistory,
    /// The tables that the file or its undo changes, as they are now.
    now: BTreeMap<ObjectName, String>,
}

impl Probe<'_> {
    async fn at(&self, session: &mut dyn Session, plan: &UndoPlan) -> Result<Conflicts, EngineError> {
        let mut since = Conflicts::default();
        if let UndoPlan::Derived { steps, .. } = plan {
            let mut so_far = kept::SoFar::default();
            for (index, step) in (0..).zip(steps) {
                if let Some(table) = self.converted(index) {
                    so_far.doubt(table);
                }
                let UndoAct::PutBack { kept } = &step.act else { continue };
                let to_come = self.text.put_back_later(index);
                self.behind(session, kept, (&mut so_far, &to_come), &mut since).await?;
            }
        }
        for table in self.dropped() {
            let lost = self.rows_of_others(session, &table).await?;
            since.lost.extend(rows(lost, format!("of {table}, which is dropped")));
        }
        self.fit(session, &mut since).await?;
        Ok(since)
    }

    /// The table whose columns a step of the undo gives another type, as which rows will read otherwise.
    fn converted(&self, step: u32) -> Option<ObjectNameKey> {
        use AlterOperation::{ChangeColumn, ConvertCharset, ModifyColumn};
        let analysis = &self.text.statements(Phase::Undo).get(step as usize)?.analysis;
        let converts = |one: &AlterOperation| matches!(one, ChangeColumn { .. } | ConvertCharset | ModifyColumn { .. });
        let table = analysis.touches.iter().find(|touch| touch.how == How::Alters).map(|touch| &touch.object)?;
        let core = self.store.dialect().is_mysql_family().then(|| self.store.schemas().core.clone());
        let schema = table.schema.clone().or(core);
        analysis.operations.iter().any(converts).then(|| (schema, table.name.clone()))
    }

    /// Looks at what stands where something is put back: rows that others changed, and all that was written into an
    /// empty twin.
    async fn behind(
        &self,
        session: &mut dyn Session,
        kept: &Kept,
        around: (&mut kept::SoFar, &[Kept]),
        since: &mut Conflicts,
    ) -> Result<(), EngineError> {
        if kept.kind == KeptKind::Columns {
            around.0.doubt((kept.schema.clone(), kept.table.clone()));
        }
        match kept.kind {
            KeptKind::Rows => {
                match kept::since(self.store, session, kept, around).await {
                    Ok(back) => since.left_alone += back.skipped.len() as u64,
                    // A step of the undo before it brings its table or column back. Until then nobody can tell which rows
                    // others have changed; the undo leaves those as they are, so none of them would be lost.
                    Err(error @ StoreError::CannotPutBack { .. }) => tracing::debug!(%error, "not to be told yet"),
                    Err(error) => return Err(error.into()),
                }
            }
            KeptKind::TableMoved if kept.twin.is_some() => {
                let table =
                    ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
                let lost = self.rows_of_others(session, &table).await?;
                since.lost.extend(rows(lost, format!("of {table}, whose place the emptied table takes again")));
            }
            KeptKind::TableMoved | KeptKind::ColumnParked | KeptKind::TableCopied | KeptKind::Columns => {}
        }
        Ok(())
    }

    /// The tables that the undo drops with all that is in them. One that is made anew (SQLite) takes its rows along.
    fn dropped(&self) -> BTreeSet<ObjectName> {
        let undo = self.text.statements(Phase::Undo);
        let touches = || undo.iter().flat_map(|s| &s.analysis.touches).filter(|t| t.object.kind == ObjectKind::Table);
        let again: BTreeSet<&ObjectName> = touches().filter(|t| t.how == How::RenamesTo).map(|t| &t.object).collect();
        let dropped = touches().filter(|t| t.how == How::Drops && !again.contains(&t.object));
        dropped.map(|t| t.object.clone()).collect()
    }

    /// What others have made or changed, and the undo would take away: parts of what goes or is put back, and what
    /// stands on it.
    async fn taken_from_others(
        &self,
        reader: &mut Reader,
        (events, standing): (&[Event], &mut Standing),
        plan: &UndoPlan,
    ) -> Result<Vec<String>, EngineError> {
        let mut goes = self.dropped();
        let theirs = self.history.overwritten();
        let mut lost: Vec<String> =
            theirs.map(|(object, change)| format!("{}, which goes", change.sentence(object))).collect();
        if let UndoPlan::Derived { steps, .. } = plan {
            for step in steps {
                let UndoAct::PutBack { kept } = &step.act else { continue };
                if kept.kind == KeptKind::TableMoved && kept.twin.is_some() {
                    let name = kept.table.clone();
                    let twin = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name };
                    lost.extend(self.changed_of_twin(reader, &twin, kept).await?);
                    goes.insert(twin);
                }
            }
        }
        let of = (self.batch, self.file);
        lost.extend(standing_on::standing_on(reader, of, (self.text, events), (&goes, standing)).await?);
        lost.sort();
        lost.dedup();
        Ok(lost)
    }

    /// What others have changed of the empty table that stands for one that was moved away, and goes when that one comes
    /// back.
    async fn changed_of_twin(
        &self,
        reader: &mut Reader,
        twin: &ObjectName,
        kept: &Kept,
    ) -> Result<Vec<String>, EngineError> {
        let (undo, dialect) = (self.store.schemas().undo.as_str(), self.store.dialect());
        let moved = ObjectName::qualified(ObjectKind::Table, undo, kept.place.as_str());
        let purpose = theirs::sees_core(self.store);
        let mut session = reader.look(purpose).await?;
        let found = session.inspect(&[moved, twin.clone()]).await;
        reader.beside.keep(purpose, session);
        let texts: Vec<String> = found?.into_iter().filter_map(|definition| definition.text).collect();
        let [of, is] = &texts[..] else { return Ok(Vec::new()) };
        let theirs = changes_of_twin((of, is), &named(twin), dialect);
        Ok(theirs.into_iter().map(|told| format!("{told}, which goes when the table comes back")).collect())
    }

    /// Counts the rows of a table that are not the file's own.
    async fn rows_of_others(&self, session: &mut dyn Session, table: &ObjectName) -> Result<u64, EngineError> {
        let name = quote_name(table, self.store.dialect()).map_err(StoreError::from)?;
        let there = match count(session, &format!("SELECT COUNT(*) FROM {name}")).await {
            // Nothing is lost of what is gone already.
            Err(error) if error.kind == ErrorKind::MissingObject => 0,
            there => there?,
        };
        // What the batch wrote is looked for in all of its files.
        Ok(if there == 0 { 0 } else { there.saturating_sub(self.own(table)) })
    }

    /// Counts the rows that the batch itself may have written to a table, at the most. A file of which nobody can tell
    /// what it writes may have written all of them.
    fn own(&self, table: &ObjectName) -> u64 {
        let mut rows: u64 = 0;
        for file in self.batch.in_order().filter(|file| !file.records.is_empty()) {
            let all = || file.records.iter().map(written).fold(0, u64::saturating_add);
            rows = rows.saturating_add(match &file.locks {
                None => u64::MAX,
                Some(_) if file.id == self.file.id => self.written_by_the_file(table),
                Some(locks) if locks.iter().any(|lock| names(&lock.object, table)) => all(),
                Some(_) => 0,
            });
        }
        rows
    }

    /// Counts the rows that the file itself wrote to a table; what it filled when making it counts.
    fn written_by_the_file(&self, table: &ObjectName) -> u64 {
        let writes = |s: &&Statement| {
            let made = |how| matches!(how, How::Writes | How::Creates);
            s.analysis.touches.iter().any(|t| made(t.how) && t.object.name == table.name)
        };
        // SQLite does not count what CREATE TABLE … AS fills.
        let filled = |s: &Statement| {
            let is = |how| s.analysis.touches.iter().any(|t| t.how == how);
            self.store.dialect() == Dialect::Sqlite && is(How::Creates) && is(How::Reads)
        };
        if self.text.up.statements.iter().filter(writes).any(filled) {
            return u64::MAX;
        }
        let wrote = self.text.up.statements.iter().filter(writes);
        wrote.filter_map(|s| self.file.records.get(s.index as usize)).map(written).fold(0, u64::saturating_add)
    }

    /// Puts the questions of every table that the undo leads back to what it was.
    async fn fit(&self, session: &mut dyn Session, since: &mut Conflicts) -> Result<(), EngineError> {
        for (table, now) in self.now.iter().filter(|(table, _)| !self.changes_names(table)) {
            let Some(Some(goal)) = self.history.first(&named(table)) else { continue };
            let asked = questions(table, (now, goal), &self.renamed(table), self.store.dialect());
            for question in asked.unwrap_or_default() {
                let found = match count(session, &question.sql).await {
                    Ok(found) => found,
                    Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error.into()),
                    // What it is about is gone, or this account may not look: the others are asked all the same.
                    Err(error) => {
                        tracing::debug!(%error, what = %question.what, "the data cannot be asked");
                        continue;
                    }
                };
                if question.loses {
                    let lost = found.saturating_sub(self.own(table));
                    since.lost.extend(rows(lost, question.what));
                } else {
                    since.fit.asked += 1;
                    since.fit.misfits.extend(rows(found, question.what));
                }
            }
        }
        Ok(())
    }

    /// Tells whether another table has the name by now: what it is asked would be answered by that one.
    fn changes_names(&self, table: &ObjectName) -> bool {
        let touches = || self.text.up.statements.iter().flat_map(|s| &s.analysis.touches);
        touches().any(|t| matches!(t.how, How::RenamesFrom | How::RenamesTo) && t.object == *table)
    }

    /// Columns of a table to which the file gave other names: of now, and of before.
    fn renamed(&self, table: &ObjectName) -> Vec<RenamedColumn> {
        let mut renamed: Vec<RenamedColumn> = Vec::new();
        let of_table = |s: &&Statement| s.analysis.touches.iter().any(|t| t.how.changes() && t.object == *table);
        for operation in self.text.up.statements.iter().filter(of_table).flat_map(|s| &s.analysis.operations) {
            let (AlterOperation::RenameColumn { from, to } | AlterOperation::ChangeColumn { from, to }) = operation
            else {
                continue;
            };
            match renamed.iter_mut().find(|column| column.now.eq_ignore_ascii_case(from)) {
                Some(column) => column.now.clone_from(to),
                None => renamed.push(RenamedColumn { now: to.clone(), before: from.clone() }),
            }
        }
        renamed
    }
}

/// Number of rows that a statement wrote, at the most: where nobody counted, any number.
fn written(record: &StatementRecord) -> u64 {
    if record.uncounted { u64::MAX } else { record.rows }
}

/// Tells whether a lock (`table shop.users`) is one on the table.
fn names(lock: &str, table: &ObjectName) -> bool {
    let name = table.name.to_lowercase();
    lock.rsplit(['.', ' ']).next().is_some_and(|last| last == name)
}

fn rows(rows: u64, what: String) -> Option<Rows> {
    (rows > 0).then_some(Rows { rows, what })
}

async fn count(session: &mut dyn Session, sql: &str) -> Result<u64, DbError> {
    Ok(session.query_text(sql).await?.first().map_or(0, |row| row.get_u64(0)))
}
