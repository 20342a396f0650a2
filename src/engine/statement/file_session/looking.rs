//! What a session for files knows of the schema, and how it looks again.

use super::FileSession;
use crate::database::{self, DbError, Definition, ErrorKind, ServerKind};
use crate::engine::statement::touched::changed;
use crate::kept;
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;
use std::time::Duration;

/// Time for which a session that has answered need not be asked whether it lives.
const LATELY: Duration = Duration::from_secs(1);

impl FileSession {
    /// Forgets what is known of the schema, which others may have changed.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.referring = None;
        self.journalled.clear();
        self.schema_texts.doubt();
        self.tables.forget();
    }

    /// Tells which objects are there, as far as they were looked at.
    pub(crate) fn objects_seen(&self) -> HashMap<ObjectName, bool> {
        self.known.iter().map(|(object, text)| (object.clone(), text.is_some())).collect()
    }

    /// The definitions of objects: as last seen, or looked up now.
    pub(crate) async fn definitions(&mut self, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError> {
        let missing: Vec<ObjectName> = objects.iter().filter(|o| !self.known.contains_key(*o)).cloned().collect();
        self.look(&missing).await?;
        Ok(self.seen(objects))
    }

    /// Looks the objects up now, whatever was known.
    pub(crate) async fn look(&mut self, objects: &[ObjectName]) -> Result<(), DbError> {
        if objects.is_empty() {
            return Ok(());
        }
        let found = match self.look_session().inspect(objects).await {
            // MariaDB keeps everybody else from a table that was emptied under LOCK TABLES: who locked it may look.
            Err(error) if error.kind == ErrorKind::LockWait && self.state.is_locked() && !self.asked => {
                kept::inspect(self.session.as_mut(), objects).await?
            }
            found => found?,
        };
        for Definition { object, text } in found {
            if self.known.get(&object) != Some(&text) {
                self.journalled.remove(&object);
            }
            self.known.insert(object, text);
        }
        Ok(())
    }

    /// Of some objects, those that may stand otherwise than the journal has them.
    pub(crate) fn not_journalled(&self, objects: &[ObjectName]) -> Vec<ObjectName> {
        objects.iter().filter(|object| !self.journalled.contains(*object)).cloned().collect()
    }

    /// They stand in the journal as they are known here.
    pub(crate) fn is_journalled(&mut self, objects: impl IntoIterator<Item = ObjectName>) {
        self.journalled.extend(objects);
    }

    /// Takes in what another session saw: objects that this one has not looked at, and what refers to them.
    pub(crate) fn saw(&mut self, definitions: Vec<Definition>, referring: Vec<Definition>) {
        self.referring = Some(referring);
        for Definition { object, text } in definitions {
            self.known.entry(object).or_insert(text);
        }
    }

    fn seen(&self, objects: &[ObjectName]) -> Vec<Definition> {
        let definition = |o: &ObjectName| Definition { object: o.clone(), text: self.known.get(o).cloned().flatten() };
        objects.iter().map(definition).collect()
    }

    /// The objects whose definitions a statement changes, each as the file names it: what is put back is named with its
    /// schema, and would be another object to the journal.
    fn named_by(&self, statement: &Statement) -> Vec<ObjectName> {
        let schema = |object: &ObjectName| object.schema.clone().unwrap_or_else(|| self.core.clone());
        let is_same = |one: &ObjectName, other: &ObjectName| {
            one.kind == other.kind && one.name == other.name && schema(one) == schema(other)
        };
        let as_the_file = |object: ObjectName| match self.objects.contains(&object) {
            true => object,
            false => self.objects.iter().find(|known| is_same(known, &object)).cloned().unwrap_or(object),
        };
        changed(statement).into_iter().map(as_the_file).collect()
    }

    /// Fingerprint of what a statement changes, looked up if it is not known.
    pub(crate) async fn fingerprint(&mut self, statement: &Statement) -> Result<String, DbError> {
        let objects = self.named_by(statement);
        Ok(database::fingerprint(&self.definitions(&objects).await?))
    }

    /// The same, where the session is still there; it may have been idle for long.
    pub(crate) async fn ping_and_fingerprint(&mut self, statement: &Statement) -> Result<String, DbError> {
        let just_answered = self.heard.is_some_and(|heard| heard.elapsed() < LATELY);
        if !self.asked && !just_answered {
            self.session.ping().await?;
        }
        self.fingerprint(statement).await
    }

    /// The definitions of what a statement changes, looked up now.
    pub(crate) async fn changed_now(&mut self, statement: &Statement) -> Result<Vec<Definition>, DbError> {
        let objects = self.named_by(statement);
        self.look(&objects).await?;
        Ok(self.seen(&objects))
    }

    /// The objects that a statement may change: those that it names, and those of the file that it reaches besides.
    pub(crate) fn reached(&self, statement: &Statement) -> Vec<ObjectName> {
        let mut reached = self.named_by(statement);
        let beside =
            |object: &&ObjectName| reaches(statement, object.kind, self.session.kind()) && !reached.contains(object);
        let beside: Vec<ObjectName> = self.objects.iter().filter(beside).cloned().collect();
        reached.extend(beside);
        reached
    }

    /// Of the file's objects, those that a statement changed without naming them, looked up now: what goes with a table
    /// that is dropped, and what speaks of one that is renamed.
    pub(crate) async fn changed_unnamed(&mut self, statement: &Statement) -> Result<Vec<Definition>, DbError> {
        let named = self.named_by(statement);
        let beside =
            |object: &&ObjectName| reaches(statement, object.kind, self.session.kind()) && !named.contains(object);
        let objects: Vec<ObjectName> = self.objects.iter().filter(beside).cloned().collect();
        let before: Vec<Option<Option<String>>> =
            objects.iter().map(|object| self.known.get(object).cloned()).collect();
        self.look(&objects).await?;
        let now = self.seen(&objects).into_iter().zip(before);
        Ok(now.filter(|(now, before)| before.as_ref() != Some(&now.text)).map(|(now, _)| now).collect())
    }
}

/// Tells whether a statement may change an object of some kind that it does not name.
fn reaches(statement: &Statement, object: ObjectKind, server: ServerKind) -> bool {
    use StatementKind::{AlterTable, DropIndex, DropTable, DropTrigger, DropView, RenameTable};
    let what = statement.analysis.kind;
    match server {
        // Indexes and triggers are part of their table's definition, and are dropped without naming it. What speaks of a
        // table or a column that gets another name is rewritten.
        ServerKind::Sqlite => matches!(what, AlterTable | DropTable | DropView | DropIndex | DropTrigger),
        ServerKind::MariaDb | ServerKind::MySql => match object {
            ObjectKind::Trigger => matches!(what, AlterTable | DropTable | RenameTable),
            // Keys of other tables follow a table and its columns to their new names.
            ObjectKind::Table => matches!(what, AlterTable | RenameTable) && renames(statement),
            _ => false,
        },
    }
}

fn renames(statement: &Statement) -> bool {
    use AlterOperation::{ChangeColumn, RenameColumn};
    let is_new = |operation: &AlterOperation| match operation {
        RenameColumn { .. } => true,
        ChangeColumn { from, to } => from != to,
        _ => false,
    };
    let analysis = &statement.analysis;
    analysis.touches.iter().any(|touch| touch.how == How::RenamesFrom) || analysis.operations.iter().any(is_new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, statements};

    #[test]
    fn a_rename_reaches_the_keys_of_other_tables() {
        let text = "RENAME TABLE p TO q; ALTER TABLE p RENAME COLUMN a TO b; ALTER TABLE p CHANGE a a INT; ALTER TABLE p \
                    CHANGE a b INT; ALTER TABLE p ADD c INT; DROP TABLE p";
        let all = statements(text, Dialect::MySql).unwrap();
        let reached: Vec<bool> = all.iter().map(|s| reaches(s, ObjectKind::Table, ServerKind::MySql)).collect();
        assert_eq!(reached, [true, true, false, true, false, false]);
    }
}
