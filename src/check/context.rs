//! The file that is checked, and the means to look at the database.

use super::declared::RelationsSeen;
use super::earlier::Earlier;
use super::facts::Altered;
use super::means::Means;
use super::owed::Owed;
use super::row_watch::RowWatch;
use super::settings::{CheckLevel, CheckSettings};
use super::surroundings::Surroundings;
use super::to_come::Rest;
use super::trial::Trial;
use super::watch::Watch;
use crate::database::{Database, DbError, Purpose, ServerKind, Session};
use crate::model::{Before, Class, FileType, FutureTables, Held, RecordedDefinition, ValidationPhase};
use crate::sql::StatementKind::{AlterTable, CreateIndex, CreateTable, DropIndex};
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Script, SplitError, Statement};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A file, as far as checks need it. The scripts are what [`crate::sql::read`] gave.
#[derive(Debug, Clone)]
pub struct CheckedFile<'a> {
    /// Relative to the migration directory.
    pub path: &'a str,
    /// Type, which says who handles it.
    pub file_type: FileType,
    /// Class that its author has declared findings on it to be worth.
    pub class: Option<Class>,
    /// The language it is written in.
    pub dialect: Dialect,
    /// The core schema: where names without one live.
    pub core: &'a str,
    /// A schema of our own in which an empty twin of a table may stand for a moment; `None` where there is none.
    pub scratch: Option<&'a str>,
    /// Statements that run before the file and have not run yet: a plan's earlier files.
    pub earlier: &'a Earlier,
    /// True in a plan, which has time: a file that is about to run is asked nothing that its statements themselves will
    /// answer at once, as those on small tables do.
    pub ahead: bool,
    /// The migration.
    pub up: Result<&'a Script, &'a SplitError>,
    /// Its rollback script.
    pub down: Option<Result<&'a Script, &'a SplitError>>,
    /// Data that is kept for its undo; `None` before it has run.
    pub kept: Option<KeptData<'a>>,
    /// Its verify script.
    pub verify: Option<Result<&'a Script, &'a SplitError>>,
    /// True if no other file of its batch is to run after it.
    pub is_last: bool,
    /// The rest of its batch; `None` in a plan.
    pub rest: Option<Rest<'a>>,
    /// What was wrong before it ran; `None` where nobody looked.
    pub before: Option<&'a Before>,
    /// The definitions of what it changes, as they were before it ran; empty where nobody looked.
    pub stood: &'a [RecordedDefinition],
    /// In a plan: the tables that a statement names, by its number, as they will stand when its turn comes.
    pub future: &'a [FutureTables],
}

/// Data that is kept of what a file destroyed, once it has run.
#[derive(Debug, Clone, Copy)]
pub struct KeptData<'a> {
    /// By statement.
    pub held: &'a [Held],
    /// The schema that it is in.
    pub undo: &'a str,
}

impl<'a> CheckedFile<'a> {
    /// A file that is to run, of which nothing is known beside its script.
    pub fn new(
        (path, file_type): (&'a str, FileType),
        (dialect, core): (Dialect, &'a str),
        up: Result<&'a Script, &'a SplitError>,
        earlier: &'a Earlier,
    ) -> CheckedFile<'a> {
        CheckedFile {
            path,
            file_type,
            class: None,
            dialect,
            core,
            scratch: None,
            earlier,
            ahead: true,
            up,
            down: None,
            kept: None,
            verify: None,
            is_last: false,
            rest: None,
            before: None,
            stood: &[],
            future: &[],
        }
    }

    /// The migration's statements; none where it cannot be split, which is a finding of its own.
    pub(super) fn statements(&self) -> &'a [Statement] {
        self.up.map_or(&[], |script| &script.statements)
    }

    /// Variables that the session of the file is given before its first statement: `(name, value)`.
    pub(super) fn session(&self) -> &'a [(String, String)] {
        self.up.map_or(&[], |script| &script.session)
    }

    /// True if a statement behind this one gives the name of an object again.
    pub(super) fn gives_again(&self, object: &ObjectName, behind: &Statement) -> bool {
        let later = self.statements().iter().filter(|statement| statement.index > behind.index);
        let mut touches = later.filter(|s| !s.analysis.is_temporary()).flat_map(|s| &s.analysis.touches);
        touches.any(|touch| {
            matches!(touch.how, How::Creates | How::RenamesTo)
                && matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View)
                && touch.object.name.eq_ignore_ascii_case(&object.name)
        })
    }
}

/// Objects that were seen already, so that they need not be asked for again for every file.
#[derive(Debug, Default)]
pub struct KnownObjects {
    /// True if each is there: as the session that runs the file saw them last.
    pub there: HashMap<ObjectName, bool>,
    /// Relations that the directory declares, and what was orphaned in them before the file.
    pub relations: RelationsSeen,
    /// Answers of the server and the data about a file's alterations: asked once for all its checks.
    pub(super) altered: Option<Arc<Vec<Altered>>>,
    /// Answers that are the same for all files of a batch.
    pub(super) surroundings: Surroundings,
    /// Statements of the plan that a server has read beforehand.
    pub(super) read: usize,
    /// SQLite: the copy of core on which a plan is tried.
    pub(super) trial: Option<Trial>,
    /// The schema as it was seen last, and what may change it.
    pub(super) watch: Watch,
    /// What files of the batch broke that another one may mend.
    pub(super) owed: Owed,
    /// Rows of tables that files cannot change.
    pub rows: RowWatch,
}

impl KnownObjects {
    /// The statements whose means the server was asked for, with what it said.
    pub(crate) fn means(&self) -> Vec<(u32, Means)> {
        let altered = self.altered.iter().flat_map(|altered| altered.iter());
        altered.filter_map(|one| Some((one.statement, one.means?))).collect()
    }

    /// Forgets how the schema was: others may change it while nothing of ours moves, and an undo changes it unannounced.
    pub fn forget_schema(&mut self) {
        self.watch.forget();
    }

    /// Forgets what was asked for another file, and after a file that changed them, what stands on what.
    pub(super) fn begin_file(&mut self, file: &CheckedFile<'_>, phase: ValidationPhase) {
        self.altered = None;
        let moves = |s: &Statement| {
            let is_plain = matches!(s.analysis.kind, CreateTable | AlterTable | CreateIndex | DropIndex);
            s.analysis.kind.is_ddl() && (!is_plain || s.analysis.flags.foreign_key)
        };
        if phase == ValidationPhase::Post && file.statements().iter().any(moves) {
            self.surroundings.forget_standing();
        }
    }
}

/// A file, and the means to look at the database.
pub struct CheckContext<'a> {
    /// The file.
    pub file: &'a CheckedFile<'a>,
    /// Severities and limits.
    pub settings: &'a CheckSettings,
    /// Level of the check that runs.
    pub level: CheckLevel,
    /// Longest time for one of its questions.
    pub budget: Option<Duration>,
    /// For looking at definitions: a Journal or Control session.
    pub session: &'a mut dyn Session,
    /// Objects that were seen already.
    pub known: &'a mut KnownObjects,
    /// For a session like the file's own.
    pub database: &'a dyn Database,
    /// For looking at rows, where `session` sees none of core (SQLite).
    pub(super) reader: Option<Box<dyn Session>>,
}

impl CheckContext<'_> {
    /// The session for looking at rows.
    pub(super) async fn data(&mut self) -> Result<&mut dyn Session, DbError> {
        if self.session.kind() != ServerKind::Sqlite {
            return Ok(&mut *self.session);
        }
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.database.open(Purpose::Reader).await?,
        };
        Ok(self.reader.insert(reader).as_mut())
    }
}
