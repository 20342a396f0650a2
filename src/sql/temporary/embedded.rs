//! Temporary objects of SQLite: tables, views, indexes and triggers, all in one schema of their own. What is rolled back
//! goes too.

use crate::sql::{How, ObjectKind, ObjectName, Statement, StatementKind, Touch, attached};
use std::collections::{HashMap, HashSet};

/// Name space of an object: tables and views share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Space {
    Relation,
    Index,
    Trigger,
    Other,
}

/// A temporary object: its space, and its name in lower case.
type Key = (Space, String);

/// The schema of SQLite that its temporary objects are in, and the one that core is.
const TEMP: &str = "temp";
const MAIN: &str = "main";

/// Notes of each statement whether all that it changes is temporary. Names that mean one object also become one: `main.t`,
/// `t` and `T`.
pub(super) fn mark(statements: &mut [Statement]) {
    let mut script =
        Script { temporary: HashSet::new(), of_session: HashSet::new(), at_begin: None, spelled: HashMap::new() };
    for statement in statements {
        script.pass(statement);
    }
}

struct Script {
    temporary: HashSet<Key>,
    /// Schemas that only the session sees, in lower case: what was attached without a file.
    of_session: HashSet<String>,
    /// Those that there were when the open transaction began.
    at_begin: Option<HashSet<Key>>,
    /// Spelling of the objects of core where each was named first.
    spelled: HashMap<Key, String>,
}

impl Script {
    fn pass(&mut self, statement: &mut Statement) {
        let analysis = &statement.analysis;
        match analysis.kind {
            StatementKind::Attach => {
                let attached = attached(statement.plain()).filter(|attached| attached.is_of_session);
                self.of_session.extend(attached.map(|attached| attached.schema));
            }
            StatementKind::Begin => self.at_begin = Some(self.temporary.clone()),
            StatementKind::Savepoint if self.at_begin.is_none() => self.at_begin = Some(self.temporary.clone()),
            StatementKind::Commit => self.at_begin = None,
            // What is temporary is rolled back too. What was dropped and comes back is taken for the real one.
            StatementKind::Rollback | StatementKind::RollbackToSavepoint => {
                let before = self.at_begin.clone().unwrap_or_default();
                self.temporary.retain(|key| before.contains(key));
            }
            _ => {}
        }
        let all = self.changes_temporary_only(statement);
        statement.analysis.flags.on_temporary = all;
        self.note(statement);
        self.spell(statement);
    }

    fn key(object: &ObjectName) -> Key {
        (space(object.kind), object.name.to_lowercase())
    }

    fn is_of_session(&self, schema: &str) -> bool {
        schema.eq_ignore_ascii_case(TEMP) || self.of_session.contains(&schema.to_lowercase())
    }

    fn is_temporary(&self, object: &ObjectName) -> bool {
        match object.schema.as_deref() {
            Some(schema) => self.is_of_session(schema),
            None => self.temporary.contains(&Self::key(object)),
        }
    }

    /// True if all that the statement changes is temporary. The table or view that an index or a trigger is made on
    /// says where it is made.
    fn changes_temporary_only(&self, statement: &Statement) -> bool {
        let analysis = &statement.analysis;
        if analysis.flags.temporary {
            return true;
        }
        let changed = || analysis.touches.iter().filter(|touch| touch.how.changes());
        let made = |touch: &&Touch| matches!(touch.how, How::Creates | How::RenamesTo);
        let is = |touch: &Touch| self.is_temporary(&touch.object);
        match analysis.kind {
            _ if analysis.flags.partial || changed().next().is_none() => false,
            StatementKind::CreateIndex | StatementKind::CreateTrigger => {
                changed().any(|touch| matches!(touch.how, How::Alters | How::Creates) && is(touch))
            }
            // Under a name that is temporary a real one can still be made: the schema tells.
            _ if changed().all(|touch| made(&touch)) => {
                changed().all(|touch| touch.object.schema.as_deref().is_some_and(|s| self.is_of_session(s)))
            }
            _ => changed().filter(|touch| !made(touch)).all(is),
        }
    }

    /// Notes what the statement makes temporary, and what is no more.
    fn note(&mut self, statement: &Statement) {
        let analysis = &statement.analysis;
        let here = analysis.flags.temporary || analysis.flags.on_temporary;
        // Without its schema the name of an attached one means another.
        let hides = |touch: &&Touch| touch.object.schema.as_deref().is_none_or(|s| s.eq_ignore_ascii_case(TEMP));
        for touch in analysis.touches.iter().filter(|touch| here && hides(touch)) {
            let key = Self::key(&touch.object);
            match touch.how {
                How::Creates | How::RenamesTo => self.temporary.insert(key),
                How::Drops | How::RenamesFrom => self.temporary.remove(&key),
                How::Alters | How::Writes | How::Reads => false,
            };
        }
    }

    fn spell(&mut self, statement: &mut Statement) {
        if statement.analysis.is_temporary() {
            return;
        }
        for touch in &mut statement.analysis.touches {
            let object = &mut touch.object;
            let of_main = object.schema.as_deref().is_some_and(|schema| schema.eq_ignore_ascii_case(MAIN));
            // Where a temporary object has the name too, only the schema tells the two apart.
            if of_main && !self.temporary.contains(&Self::key(object)) {
                object.schema = None;
            }
            if object.schema.is_none() {
                let spelled = self.spelled.entry(Self::key(object));
                object.name.clone_from(spelled.or_insert_with(|| object.name.clone()));
            }
        }
        statement.analysis.touches.dedup();
    }
}

fn space(kind: ObjectKind) -> Space {
    match kind {
        ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence => Space::Relation,
        ObjectKind::Index => Space::Index,
        ObjectKind::Trigger => Space::Trigger,
        _ => Space::Other,
    }
}
