//! The texts of the files, split and analysed: kept by checksum in the orchestration schema, since the checkout that
//! was planned may be gone by the time they are needed (`3-rollback`, Retention).

use super::EngineError;
use crate::model::{Checksum, DerivedStep, File, FileId, Kept, KeptKind, Phase, SourceText, UndoAct, UndoPlan};
use crate::plan::undo;
use crate::sql::{
    self, Analysis, Dialect, How, ObjectKind, ObjectName, Script, SplitError, Statement, StatementKind, Touch,
};
use crate::store::Reader;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How many split files are kept in memory; a batch in step needs one, a rollback one after the other.
const KEPT: usize = 64;

/// One file, ready to run. A copy costs little.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) source: Arc<SourceText>,
    pub(super) up: Arc<Script>,
    pub(super) down: Option<Arc<Script>>,
    /// It runs after the file; whether it can be read is a check's business.
    pub(super) verify: Option<Arc<Result<Script, SplitError>>>,
    /// Everything whose definition the file or its rollback changes, in a stable order.
    pub(super) objects: Arc<[ObjectName]>,
    /// Of each statement, whether what it destroys is to be kept.
    keeps: Arc<[bool]>,
    /// Columns that are to be parked instead of dropped, `table.column`.
    pub(super) park: Arc<[String]>,
    /// The undo that was made for it here, in place of its rollback script.
    derived: Option<Arc<Derived>>,
}

/// An undo that was made here.
#[derive(Debug)]
struct Derived {
    statements: Vec<Statement>,
    /// Of each, what it puts back, if it does that.
    put_back: Vec<Option<Kept>>,
    /// Of each, the schema that it drops if that is empty.
    schemas: Vec<Option<String>>,
}

impl Text {
    fn read(source: SourceText, dialect: Dialect) -> Result<Text, EngineError> {
        let split = |text: &str| {
            sql::read(text, dialect).map_err(|error| EngineError::Text { path: source.path.clone(), error })
        };
        let mut up = split(&source.up)?;
        let mut down = source.down.as_deref().map(split).transpose()?;
        for script in std::iter::once(&mut up).chain(&mut down) {
            name_schemas(&mut script.statements);
        }
        let verify = source.verify.as_deref().map(|text| sql::read(text, dialect));
        let mut objects = BTreeSet::new();
        for script in [Some(&up), down.as_ref()].into_iter().flatten() {
            changed_objects(&script.statements, &mut objects);
        }
        let keeps = keeps(&up.statements, down.as_ref().map(|down| down.statements.as_slice()), dialect);
        let park = sql::directives(&source.up).map(|directives| directives.park).unwrap_or_default();
        Ok(Text {
            park: park.into(),
            source: Arc::new(source),
            up: Arc::new(up),
            down: down.map(Arc::new),
            verify: verify.map(Arc::new),
            objects: objects.into_iter().collect(),
            keeps,
            derived: None,
        })
    }

    /// The same with the undo that was made for it here.
    pub(super) fn undone_by(&self, steps: &[DerivedStep], dialect: Dialect) -> Text {
        let statements = (0..).zip(steps).map(|(index, step)| statement_of(index, &step.act, dialect)).collect();
        let put_back = steps.iter().map(|step| match &step.act {
            UndoAct::PutBack { kept } => Some(kept.as_ref().clone()),
            UndoAct::Run { .. } | UndoAct::DropSchema { .. } => None,
        });
        let schemas = steps.iter().map(|step| match &step.act {
            UndoAct::DropSchema { schema } => Some(schema.clone()),
            UndoAct::PutBack { .. } | UndoAct::Run { .. } => None,
        });
        let derived = Derived { statements, put_back: put_back.collect(), schemas: schemas.collect() };
        Text { derived: Some(Arc::new(derived)), ..self.clone() }
    }

    /// The same as a plan undoes it.
    pub(super) fn with_undo(self: Arc<Text>, plan: &UndoPlan, dialect: Dialect) -> Arc<Text> {
        match plan {
            UndoPlan::Derived { steps, .. } => Arc::new(self.undone_by(steps, dialect)),
            _ => self,
        }
    }

    /// What a step of the undo puts back, if it does that.
    pub(super) fn put_back(&self, phase: Phase, index: u32) -> Option<&Kept> {
        let derived = self.derived.as_ref().filter(|_| phase == Phase::Undo)?;
        derived.put_back.get(index as usize)?.as_ref()
    }

    /// What the steps of the undo behind one put back.
    pub(super) fn put_back_later(&self, index: u32) -> Vec<Kept> {
        let steps = self.derived.as_ref().map_or(&[][..], |derived| derived.put_back.as_slice());
        steps.iter().skip(index as usize + 1).flatten().cloned().collect()
    }

    /// The schema that a step of the undo drops, if it does that.
    pub(super) fn drops_schema(&self, phase: Phase, index: u32) -> Option<&str> {
        let derived = self.derived.as_ref().filter(|_| phase == Phase::Undo)?;
        derived.schemas.get(index as usize)?.as_deref()
    }

    /// Whether there is a rollback script with something in it.
    pub(super) fn has_script(&self) -> bool {
        self.down.as_ref().is_some_and(|down| !down.statements.is_empty())
    }

    /// Whether what a statement of the migration destroys is to be kept.
    pub(super) fn keeps(&self, index: u32) -> bool {
        self.keeps.get(index as usize).copied().unwrap_or_default()
    }
}

/// A step as a statement. Putting rows back is no statement of SQL: it is taken as one that writes to the table, and a
/// table that moves back as one that renames it.
fn statement_of(index: u32, act: &UndoAct, dialect: Dialect) -> Statement {
    let (sql, analysis) = match act {
        UndoAct::Run { sql } => (sql.clone(), sql::analyse(sql, dialect)),
        UndoAct::DropSchema { schema } => {
            let object = ObjectName::new(ObjectKind::Schema, schema);
            let analysis = Analysis {
                touches: vec![Touch { object, how: How::Drops }],
                ..Analysis::of(StatementKind::DropSchema)
            };
            (format!("-- drop the schema {schema}, if nothing stands in it"), analysis)
        }
        UndoAct::PutBack { kept } => {
            let table = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
            let (kind, how) = match kept.kind {
                KeptKind::TableMoved => (StatementKind::RenameTable, How::RenamesTo),
                KeptKind::ColumnParked => (StatementKind::AlterTable, How::Alters),
                KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => (StatementKind::Upsert, How::Writes),
            };
            let analysis = Analysis { touches: vec![Touch { object: table, how }], ..Analysis::of(kind) };
            (format!("-- put back what was kept of {} in {}", kept.table, kept.place), analysis)
        }
    };
    let hash = sql::canonical_hash(&sql, dialect);
    Statement { index, line: 1, sql, hash, analysis }
}

/// Nothing is kept where the rollback script is the undo whatever happens.
fn keeps(up: &[Statement], down: Option<&[Statement]>, dialect: Dialect) -> Arc<[bool]> {
    if undo::script_suffices(up, down) {
        return vec![false; up.len()].into();
    }
    undo::methods(up, dialect).into_iter().map(|method| method == undo::Method::Kept).collect()
}

impl Text {
    /// The statements of one of the two scripts, or of the undo that was made in place of the second; empty where there
    /// is no rollback script.
    pub(super) fn statements(&self, phase: Phase) -> &[Statement] {
        match phase {
            Phase::Forward => &self.up.statements,
            Phase::Undo => match &self.derived {
                Some(derived) => &derived.statements,
                None => self.down.as_ref().map_or(&[], |d| &d.statements),
            },
        }
    }
}

/// Gives every name without a schema the one that `USE` had chosen by then: what looks at the objects later, on a session
/// of its own, looks where the statement did.
pub(super) fn name_schemas(statements: &mut [Statement]) {
    let mut chosen: Option<String> = None;
    for statement in statements {
        let analysis = &mut statement.analysis;
        if analysis.kind == StatementKind::Use {
            chosen = analysis.touches.first().map(|t| t.object.name.clone());
        }
        let objects = analysis.touches.iter_mut().map(|t| &mut t.object);
        for object in objects.filter(|o| o.schema.is_none() && o.kind != ObjectKind::Schema) {
            object.schema.clone_from(&chosen);
        }
    }
}

/// Objects whose definitions the statements change.
fn changed_objects(statements: &[Statement], objects: &mut BTreeSet<ObjectName>) {
    for statement in statements.iter().filter(|s| s.analysis.kind.is_ddl() && !s.analysis.flags.temporary) {
        objects.extend(statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()));
    }
}

/// The texts in use.
#[derive(Debug)]
pub(super) struct Texts {
    dialect: Dialect,
    /// Texts that came with a plan and are in the schema too: saves reading them back.
    given: HashMap<Checksum, SourceText>,
    read: HashMap<Checksum, Arc<Text>>,
    /// Of the files whose undo was made here.
    derived: HashMap<FileId, Arc<Text>>,
}

impl Texts {
    pub(super) fn new(dialect: Dialect) -> Texts {
        Texts { dialect, given: HashMap::new(), read: HashMap::new(), derived: HashMap::new() }
    }

    /// Remembers the texts of a plan.
    pub(super) fn give(&mut self, texts: Vec<SourceText>) {
        self.given.extend(texts.into_iter().map(|t| (t.checksum.clone(), t)));
    }

    /// The text of a file, with the undo that was made for it, if one was; `None` when the schema has no such text.
    pub(super) async fn of(&mut self, reader: &mut Reader, file: &File) -> Result<Option<Arc<Text>>, EngineError> {
        let Some(UndoPlan::Derived { steps, .. }) = file.undo.as_ref().map(|undo| &undo.plan) else {
            self.derived.remove(&file.id);
            return self.get(reader, &file.source).await;
        };
        if let Some(text) = self.derived.get(&file.id) {
            return Ok(Some(text.clone()));
        }
        let Some(text) = self.get(reader, &file.source).await? else { return Ok(None) };
        let text = Arc::new(text.undone_by(steps, self.dialect));
        self.derived.insert(file.id, text.clone());
        Ok(Some(text))
    }

    /// The text with that checksum, split; `None` when the schema has no such text.
    async fn get(&mut self, reader: &mut Reader, checksum: &Checksum) -> Result<Option<Arc<Text>>, EngineError> {
        if let Some(text) = self.read.get(checksum) {
            return Ok(Some(text.clone()));
        }
        let source = match self.given.remove(checksum) {
            Some(source) => source,
            None => match reader.source(checksum).await? {
                Some(source) => source,
                None => return Ok(None),
            },
        };
        let text = Arc::new(Text::read(source, self.dialect)?);
        if self.read.len() >= KEPT {
            self.read.clear();
        }
        self.read.insert(checksum.clone(), text.clone());
        Ok(Some(text))
    }
}
