//! The texts of the files, split and analysed: kept by checksum in the orchestration schema, since the checkout that
//! was planned may be gone by the time they are needed (`docs/design/undo.md`, "Retention").

use crate::engine::EngineError;
use crate::model::{
    Checksum, DerivedStep, File, FileId, Kept, KeptKind, Phase, Restore, Restored, SourceText, UndoAct, UndoMethod,
    UndoPlan, UndoPrefer,
};
use crate::sql::{
    self, AlterOperation, Analysis, Dialect, Globals, How, Language, ObjectKind, ObjectName, Script, SplitError,
    Statement, StatementKind, Touch,
};
use crate::store::Reader;
use crate::undo;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Session variables of a batch.
pub(crate) type SessionVariables = Vec<(String, String)>;

/// Texts that statements ran, by their index.
type Texts = BTreeMap<u32, String>;

/// Bytes of the texts of a plan that are kept until they are used.
const GIVEN: usize = 16 << 20;
/// Split files that are kept in memory at the most; a batch in step needs one, a rollback one after the other.
const KEPT: usize = 64;

/// One file, ready to run. A copy costs little.
#[derive(Debug, Clone)]
pub(crate) struct FileText {
    pub(crate) source: Arc<SourceText>,
    /// Language by which its scripts are read.
    pub(crate) language: Language,
    pub(crate) up: Arc<Script>,
    pub(crate) down: Option<Arc<Script>>,
    /// It runs after the file; whether it can be read is a check's business.
    pub(crate) verify: Option<Arc<Result<Script, SplitError>>>,
    /// Everything whose definition the file or its rollback changes, in a stable order.
    pub(crate) objects: Arc<[ObjectName]>,
    /// True if neither the file nor its rollback script can see what a script before it left in the session.
    pub(crate) is_deaf: bool,
    /// True if statements of the file that stand side by side may share a transaction (SQLite).
    pub(crate) may_share: bool,
    /// The file or its rollback script asks what its session has changed so far (SQLite).
    pub(crate) counts_changes: bool,
    /// Of each statement, whether what it destroys is to be kept.
    keeps: Arc<[bool]>,
    /// The same of the rollback script: a wrong one can be undone.
    keeps_back: Arc<[bool]>,
    /// Columns that are to be parked instead of dropped, `table.column`.
    pub(crate) park: Arc<[String]>,
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
    /// Of each, what it restores of SQLite's schema, if it does that.
    restores: Vec<Option<Restore>>,
}

impl FileText {
    fn read(source: SourceText, language: &Language, [ran, ran_back]: [Texts; 2]) -> Result<FileText, EngineError> {
        let (dialect, language) = (language.dialect, language.for_file(&source.up));
        let split = |text: &str, ran: Texts| {
            let failed = |error| EngineError::Text { path: source.path.clone(), error };
            sql::read(text, language.clone().where_ran(ran)).map_err(failed)
        };
        let mut up = split(&source.up, ran)?;
        let mut down = source.down.as_deref().map(|down| split(down, ran_back)).transpose()?;
        for script in std::iter::once(&mut up).chain(&mut down) {
            name_schemas(&mut script.statements);
        }
        let verify = source.verify.as_deref().map(|text| sql::read(text, language.clone()));
        let mut objects = BTreeSet::new();
        for script in [Some(&up), down.as_ref()].into_iter().flatten() {
            changed_objects(&script.statements, &mut objects);
        }
        let keeps_back = down.as_ref().map_or_else(Arc::default, |down| keeps(&down.statements, dialect));
        let keeps = match down.as_ref().is_some_and(|down| !down.statements.is_empty()) {
            true => but_for_masses(keeps(&up.statements, dialect), &up.statements),
            false => keeps(&up.statements, dialect),
        };
        let is_deaf = std::iter::once(&up).chain(&down).all(|script| script.statements.iter().all(sql::is_deaf));
        let directives = sql::directives(&source.up).unwrap_or_default();
        let may_share =
            dialect == Dialect::Sqlite && !directives.by_statement && !sql::governs_transactions(&up.statements);
        let mut all = std::iter::once(&up).chain(&down).flat_map(|script| &script.statements);
        let counts_changes = dialect == Dialect::Sqlite && all.any(|s| sql::asks_total_changes(&s.sql));
        Ok(FileText {
            counts_changes,
            park: directives.park.into(),
            is_deaf,
            may_share,
            source: Arc::new(source),
            language,
            up: Arc::new(up),
            down: down.map(Arc::new),
            verify: verify.map(Arc::new),
            objects: objects.into_iter().collect(),
            keeps,
            keeps_back,
            derived: None,
        })
    }

    /// The same with the undo that was made for it here.
    pub(crate) fn undone_by(&self, steps: &[DerivedStep], dialect: Dialect) -> FileText {
        let statements = (0..).zip(steps).map(|(index, step)| statement_of(index, &step.act, dialect)).collect();
        let put_back = steps.iter().map(|step| match &step.act {
            UndoAct::PutBack { kept } => Some(kept.as_ref().clone()),
            UndoAct::Run { .. } | UndoAct::DropSchema { .. } | UndoAct::Restore { .. } => None,
        });
        let schemas = steps.iter().map(|step| match &step.act {
            UndoAct::DropSchema { schema } => Some(schema.clone()),
            UndoAct::PutBack { .. } | UndoAct::Run { .. } | UndoAct::Restore { .. } => None,
        });
        let restores = steps.iter().map(|step| match &step.act {
            UndoAct::Restore { changes } => Some(changes.as_ref().clone()),
            UndoAct::PutBack { .. } | UndoAct::Run { .. } | UndoAct::DropSchema { .. } => None,
        });
        let derived = Derived {
            statements,
            put_back: put_back.collect(),
            schemas: schemas.collect(),
            restores: restores.collect(),
        };
        FileText { derived: Some(Arc::new(derived)), ..self.clone() }
    }

    /// The same as a plan undoes it.
    pub(crate) fn with_undo(self: Arc<FileText>, plan: &UndoPlan, dialect: Dialect) -> Arc<FileText> {
        match plan {
            UndoPlan::Derived { steps, .. } => Arc::new(self.undone_by(steps, dialect)),
            _ => self,
        }
    }

    /// Gives what a step of the undo puts back, if it does that.
    pub(crate) fn put_back(&self, phase: Phase, index: u32) -> Option<&Kept> {
        let derived = self.derived.as_ref().filter(|_| phase == Phase::Undo)?;
        derived.put_back.get(index as usize)?.as_ref()
    }

    /// Gives what the steps of the undo behind one put back.
    pub(crate) fn put_back_later(&self, index: u32) -> Vec<Kept> {
        let steps = self.derived.as_ref().map_or(&[][..], |derived| derived.put_back.as_slice());
        steps.iter().skip(index as usize + 1).flatten().cloned().collect()
    }

    /// The schema that a step of the undo drops, if it does that.
    pub(crate) fn drops_schema(&self, phase: Phase, index: u32) -> Option<&str> {
        let derived = self.derived.as_ref().filter(|_| phase == Phase::Undo)?;
        derived.schemas.get(index as usize)?.as_deref()
    }

    /// Reads which undo the file itself asks for.
    pub(crate) fn prefers(&self) -> Option<UndoPrefer> {
        sql::directives(&self.source.up).ok()?.undo.as_deref().and_then(UndoPrefer::read)
    }

    /// Gives what a step of the undo restores of SQLite's schema, if it does that.
    pub(crate) fn restores(&self, phase: Phase, index: u32) -> Option<&Restore> {
        let derived = self.derived.as_ref().filter(|_| phase == Phase::Undo)?;
        derived.restores.get(index as usize)?.as_ref()
    }

    /// Tells whether there is a rollback script with something in it.
    pub(crate) fn has_script(&self) -> bool {
        self.down.as_ref().is_some_and(|down| !down.statements.is_empty())
    }

    /// Tells whether what a statement of one of the two scripts destroys is to be kept. Of steps that were made here
    /// nothing is: they can be made again.
    pub(crate) fn keeps(&self, phase: Phase, index: u32) -> bool {
        let keeps = match phase {
            Phase::Forward => &self.keeps,
            Phase::Undo if self.derived.is_some() => return false,
            Phase::Undo => &self.keeps_back,
        };
        keeps.get(index as usize).copied().unwrap_or_default()
    }
}

/// Gives what restoring a table or view does to it.
fn restored(one: &Restored) -> Vec<Touch> {
    let is_view = one.before.iter().chain(&one.after).any(|line| line.kind == "view");
    let kind = if is_view { ObjectKind::View } else { ObjectKind::Table };
    let touch = |name: &str, how: How| Touch { object: ObjectName::new(kind, name), how };
    match &one.renamed {
        Some(now) => vec![touch(now, How::RenamesFrom), touch(&one.name, How::RenamesTo)],
        None if one.before.is_empty() => vec![touch(&one.name, How::Drops)],
        None if one.after.is_empty() => vec![touch(&one.name, How::Creates)],
        None => vec![touch(&one.name, How::Alters)],
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
                ..Analysis::from_kind(StatementKind::DropSchema)
            };
            (format!("-- drop the schema {schema}, if nothing stands in it"), analysis)
        }
        UndoAct::Restore { changes } => {
            let touches = changes.relations.iter().flat_map(restored);
            let analysis = Analysis { touches: touches.collect(), ..Analysis::from_kind(StatementKind::AlterTable) };
            (format!("-- restore: {}", changes.words().replace('\n', " ")), analysis)
        }
        UndoAct::PutBack { kept } => {
            let table = ObjectName { kind: ObjectKind::Table, schema: kept.schema.clone(), name: kept.table.clone() };
            let (kind, how) = match kept.kind {
                KeptKind::TableMoved => (StatementKind::RenameTable, How::RenamesTo),
                KeptKind::ColumnParked => (StatementKind::AlterTable, How::Alters),
                KeptKind::TableCopied | KeptKind::Columns | KeptKind::Rows => (StatementKind::Upsert, How::Writes),
            };
            let analysis = Analysis { touches: vec![Touch { object: table, how }], ..Analysis::from_kind(kind) };
            (format!("-- put back what was kept of {} in {}", kept.table, kept.place), analysis)
        }
    };
    let hash = sql::canonical_hash(&sql, dialect);
    let foreign_key_checks = sql::ForeignKeyChecks::Off; // `compare::session_of`
    let (plain, rows, alternatives) = (None, None, Vec::new());
    Statement { index, line: 1, sql, hash, plain, analysis, rows, foreign_key_checks, alternatives }
}

/// Each statement whose rows are kept has a table of its own for them. Where a script undoes thousands of them, that is
/// not worth it: what they write is then the script's alone, and told as not compared.
fn but_for_masses(keeps: Arc<[bool]>, statements: &[Statement]) -> Arc<[bool]> {
    const MOST: usize = 200;
    if keeps.iter().filter(|keeps| **keeps).count() <= MOST {
        return keeps;
    }
    keeps.iter().zip(statements).map(|(keeps, statement)| *keeps && statement.analysis.kind.is_ddl()).collect()
}

/// Also where there is a rollback script: it may bring back something else than what stood.
fn keeps(statements: &[Statement], dialect: Dialect) -> Arc<[bool]> {
    let methods = undo::methods(statements, dialect).into_iter().zip(statements);
    // A server that is not strict makes a value of NULL where a column becomes the key.
    let adds_key = |s: &Statement| s.analysis.operations.contains(&AlterOperation::AddPrimaryKey);
    methods
        .map(|(undo, s)| undo.method == UndoMethod::Kept || (undo.method == UndoMethod::Derived && adds_key(s)))
        .collect()
}

impl FileText {
    /// The statements of one of the two scripts, or of the undo that was made in place of the second; empty where there
    /// is no rollback script.
    pub(crate) fn statements(&self, phase: Phase) -> &[Statement] {
        match phase {
            Phase::Forward => &self.up.statements,
            Phase::Undo => match &self.derived {
                Some(derived) => &derived.statements,
                None => self.down.as_ref().map_or(&[], |d| &d.statements),
            },
        }
    }
}

/// Gives every name without a schema the one that `USE` had chosen by then: what looks at the objects later, on a
/// session of its own, looks where the statement did.
pub(crate) fn name_schemas(statements: &mut [Statement]) {
    let mut chosen: Option<String> = None;
    for statement in statements {
        if statement.analysis.kind == StatementKind::Use {
            chosen = statement.analysis.touches.first().map(|t| t.object.name.clone());
        }
        let all = statement.alternatives.iter_mut().map(|one| &mut one.analysis).chain([&mut statement.analysis]);
        let objects = all.flat_map(|analysis| &mut analysis.touches).map(|t| &mut t.object);
        for object in objects.filter(|o| o.schema.is_none()) {
            match object.kind {
                ObjectKind::Schema if !object.name.is_empty() => {}
                ObjectKind::Schema => object.name = chosen.clone().unwrap_or_default(),
                _ => object.schema.clone_from(&chosen),
            }
        }
    }
}

/// Objects whose definitions the statements change.
fn changed_objects(statements: &[Statement], objects: &mut BTreeSet<ObjectName>) {
    for statement in statements.iter().filter(|s| s.analysis.kind.is_ddl() && !s.analysis.is_temporary()) {
        objects.extend(statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()));
    }
}

/// The texts that only the run told: of the file, and of its rollback script.
fn ran(file: &File) -> [Texts; 2] {
    let mut forward = file.runs.clone();
    let back = forward.split_off(&file.statements);
    [forward, back.into_iter().map(|(index, text)| (index - file.statements, text)).collect()]
}

/// The texts in use.
#[derive(Debug)]
pub(crate) struct TextCache {
    dialect: Dialect,
    /// Settings that a session of the server begins with.
    globals: Globals,
    /// Texts that came with a plan and are in the schema too: saves reading them back.
    given: HashMap<Checksum, SourceText>,
    /// By checksum, by the session variables under which their batch runs, and by the texts that only the run told.
    read: HashMap<(Checksum, SessionVariables, Texts), Arc<FileText>>,
    /// Of the files whose undo was made here, with the part of it that is under way.
    derived: HashMap<FileId, (usize, Arc<FileText>)>,
}

impl TextCache {
    pub(crate) fn new(dialect: Dialect, globals: Globals) -> TextCache {
        TextCache { dialect, globals, given: HashMap::new(), read: HashMap::new(), derived: HashMap::new() }
    }

    /// Remembers the texts of a plan, as many of the first as there is room for: the others are read back in time.
    pub(crate) fn add(&mut self, texts: Vec<SourceText>) {
        let bytes = |text: &SourceText| {
            text.up.len() + [&text.down, &text.verify].into_iter().flatten().map(String::len).sum::<usize>()
        };
        let mut room = GIVEN.saturating_sub(self.given.values().map(bytes).sum());
        for text in texts {
            let Some(left) = room.checked_sub(bytes(&text)) else { return };
            room = left;
            self.given.insert(text.checksum.clone(), text);
        }
    }

    /// The text of a file, with the undo that was made for it, if one was; `None` when the schema has no such text.
    pub(crate) async fn for_file(
        &mut self,
        reader: &mut Reader,
        file: &File,
        session: &SessionVariables,
    ) -> Result<Option<Arc<FileText>>, EngineError> {
        let undo = file.undo.as_ref().map(|undo| (&undo.plan, undo.earlier.len()));
        let Some((UndoPlan::Derived { steps, .. }, part)) = undo else {
            self.derived.remove(&file.id);
            return self.get(reader, file, session).await;
        };
        if let Some((_, text)) = self.derived.get(&file.id).filter(|(of, _)| *of == part) {
            return Ok(Some(text.clone()));
        }
        let Some(text) = self.get(reader, file, session).await? else { return Ok(None) };
        let text = Arc::new(text.undone_by(steps, self.dialect));
        self.derived.insert(file.id, (part, text.clone()));
        Ok(Some(text))
    }

    /// The text of a file, split; `None` when the schema has no such text.
    async fn get(
        &mut self,
        reader: &mut Reader,
        file: &File,
        session: &SessionVariables,
    ) -> Result<Option<Arc<FileText>>, EngineError> {
        let checksum = &file.source;
        let key = (checksum.clone(), session.clone(), file.runs.clone());
        if let Some(text) = self.read.get(&key) {
            return Ok(Some(text.clone()));
        }
        let source = match self.given.remove(checksum) {
            Some(source) => source,
            None => match reader.source(checksum).await? {
                Some(source) => source,
                None => return Ok(None),
            },
        };
        let language = Language::new(self.dialect, &self.globals).with(session);
        let text = Arc::new(FileText::read(source, &language, ran(file))?);
        if self.read.len() >= KEPT {
            self.read.clear();
        }
        self.read.insert(key, text.clone());
        Ok(Some(text))
    }
}
