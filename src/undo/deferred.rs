//! Views and triggers in an undo: they stand on tables, columns and functions, and on each other. Each goes when its turn
//! comes, and what is to stand again is made when all else does: no server makes a view on a column that is not back yet,
//! nor a trigger, and rows go back best where no trigger sees them.

use super::history::{DefinitionHistory, named};
use super::need::changed;
use super::states::ObjectStates;
use crate::model::UndoAct;
use crate::sql::{Dialect, ObjectKind, ObjectName, Statement};
use crate::undo::inverse::{Change, dropped, is_view, made_again, replaced};
use std::collections::BTreeMap;

/// The views and triggers of a run, as they stand while its undo is being made.
pub(crate) struct Deferred {
    dialect: Dialect,
    objects: BTreeMap<ObjectName, Standing>,
}

#[derive(Debug, Clone, PartialEq)]
struct Standing {
    /// As it was before the file.
    goal: Option<String>,
    /// As it is at this point of the undo.
    now: Option<String>,
}

impl Deferred {
    /// None on SQLite, where every change of a table reads all views and triggers: there they have their turn.
    pub(crate) fn new(statements: &[Statement], history: &DefinitionHistory, dialect: Dialect) -> Deferred {
        let mut deferred = Deferred { dialect, objects: BTreeMap::new() };
        if dialect == Dialect::Sqlite {
            return deferred;
        }
        for object in statements.iter().flat_map(|statement| changed(&statement.analysis)) {
            let key = match object.kind {
                ObjectKind::View | ObjectKind::Trigger => object.clone(),
                ObjectKind::Table => as_view(object),
                _ => continue,
            };
            if deferred.objects.contains_key(&key) {
                continue;
            }
            let (first, last) = match key.kind {
                ObjectKind::View => view_around(&key, history, dialect),
                _ => (history.first(&named(&key)).flatten(), history.last(&named(&key)).flatten()),
            };
            let owned = |text: Option<&str>| text.map(str::to_owned);
            deferred.objects.insert(key, Standing { goal: owned(first), now: owned(last) });
        }
        deferred
    }

    /// The triggers among objects that are led from what stands now to what stood before; none on SQLite, where triggers are
    /// off while rows are put back.
    pub(crate) fn triggers(objects: &[ObjectStates], dialect: Dialect) -> Deferred {
        let is_one = |states: &&ObjectStates| states.object.kind == ObjectKind::Trigger && dialect.is_mysql_family();
        let standing = |states: &ObjectStates| Standing { goal: states.before.clone(), now: states.now.clone() };
        let objects = objects.iter().filter(is_one).map(|states| (states.object.clone(), standing(states)));
        Deferred { dialect, objects: objects.collect() }
    }

    /// True for an object that it makes stand again, at the end.
    pub(crate) fn makes(&self, object: &ObjectName) -> bool {
        self.objects.get(object).is_some_and(|standing| standing.goal.is_some())
    }

    /// Of an object that a statement changed, what is not a view or a trigger; `acts` gets what takes its new self away.
    pub(crate) fn apart<'c>(
        &mut self,
        change: Change<'c>,
        acts: &mut Vec<UndoAct>,
    ) -> Result<Option<Change<'c>>, String> {
        let object = change.object;
        let is = |text: Option<&str>| match object.kind {
            ObjectKind::View | ObjectKind::Trigger => text.is_some(),
            ObjectKind::Table => text.is_some_and(|text| shows_view(text, self.dialect)),
            _ => false,
        };
        let (was_late, is_deferred) = (is(change.before), is(change.after));
        if self.dialect == Dialect::Sqlite || (!was_late && !is_deferred) {
            return Ok(Some(change));
        }
        let key = if object.kind == ObjectKind::Table { as_view(object) } else { object.clone() };
        if !was_late && let Some(standing) = self.objects.get_mut(&key).filter(|standing| standing.now.is_some()) {
            standing.now = None;
            acts.push(UndoAct::Run { sql: dropped(&key, self.dialect).map_err(|e| e.to_string())? });
        }
        let before = change.before.filter(|_| !was_late);
        let after = change.after.filter(|_| !is_deferred);
        Ok((before.is_some() || after.is_some()).then_some(Change { before, after, ..change }))
    }

    /// Gives a view its old name back; false where it is none, or is not there to be renamed.
    pub(crate) fn renamed(&mut self, now: &ObjectName, was: &ObjectName, text: Option<&str>) -> bool {
        let (now, was) = (as_view(now), as_view(was));
        let Some(standing) = self.objects.get_mut(&now) else { return false };
        if standing.now.take().is_none() {
            return false;
        }
        if let Some(standing) = self.objects.get_mut(&was) {
            standing.now = text.map(str::to_owned);
        }
        true
    }

    /// A table came back with a trigger of its own.
    pub(crate) fn came_along(
        &mut self,
        schema: Option<&str>,
        trigger: &str,
        text: impl Fn(&ObjectName) -> Option<String>,
    ) {
        let is_it = |object: &ObjectName| is_trigger(object, schema, trigger);
        for (object, standing) in self.objects.iter_mut().filter(|(object, _)| is_it(object)) {
            standing.now = text(object);
        }
    }

    /// A trigger is not to see what comes now. True where it may stand, and has to go; it comes again at the end.
    pub(crate) fn steps_aside(&mut self, trigger: &ObjectName, text: impl Fn() -> String) -> bool {
        let is_it = |object: &ObjectName| is_trigger(object, trigger.schema.as_deref(), &trigger.name);
        match self.objects.iter_mut().find(|(object, _)| is_it(object)) {
            Some((_, standing)) => standing.now.take().is_some(),
            None => {
                self.objects.insert(trigger.clone(), Standing { goal: Some(text()), now: None });
                true
            }
        }
    }

    /// Gives the statements that make those stand that are to stand and do not.
    pub(crate) fn made(self) -> Result<Vec<UndoAct>, String> {
        let wrong = |standing: &Standing| standing.goal.is_some() && standing.goal != standing.now;
        let wrong: Vec<(&ObjectName, &Standing)> = self.objects.iter().filter(|(_, s)| wrong(s)).collect();
        let mut statements = Vec::new();
        for (object, _) in wrong.iter().filter(|(o, s)| o.kind == ObjectKind::Trigger && s.now.is_some()) {
            statements.push(dropped(object, self.dialect).map_err(|e| e.to_string())?);
        }
        let goals = |kind: ObjectKind| -> Vec<(&ObjectName, &str, bool)> {
            let of = wrong.iter().filter(|(object, _)| object.kind == kind);
            of.filter_map(|(object, s)| Some((*object, s.goal.as_deref()?, s.now.is_some()))).collect()
        };
        statements.extend(replaced(&goals(ObjectKind::View), self.dialect).map_err(|e| e.to_string())?);
        let triggers: Vec<(&ObjectName, &str)> =
            goals(ObjectKind::Trigger).into_iter().map(|(object, text, _)| (object, text)).collect();
        statements.extend(made_again(&triggers, self.dialect).map_err(|e| e.to_string())?);
        Ok(statements.into_iter().map(|sql| UndoAct::Run { sql }).collect())
    }
}

fn is_trigger(object: &ObjectName, schema: Option<&str>, name: &str) -> bool {
    let same_schema = object.schema.as_deref().zip(schema).is_none_or(|(a, b)| a == b);
    object.kind == ObjectKind::Trigger && object.name == name && same_schema
}

/// Tables and views have one name space.
fn as_view(object: &ObjectName) -> ObjectName {
    ObjectName { kind: ObjectKind::View, ..object.clone() }
}

fn shows_view(text: &str, dialect: Dialect) -> bool {
    !text.starts_with("CREATE TABLE") && is_view(text, dialect).unwrap_or_default()
}

/// A view's text before the file and after it, whether it was asked for as a view or as a table.
fn view_around<'a>(
    view: &ObjectName,
    history: &'a DefinitionHistory,
    dialect: Dialect,
) -> (Option<&'a str>, Option<&'a str>) {
    let table = ObjectName { kind: ObjectKind::Table, ..view.clone() };
    let (view, table) = (named(view), named(&table));
    let only_view = |text: Option<&'a str>| text.filter(|text| shows_view(text, dialect));
    let first = only_view(history.first(&view).flatten()).or_else(|| only_view(history.first(&table).flatten()));
    let last = [history.newest(&view), history.newest(&table)].into_iter().flatten().max_by_key(|(after, _)| *after);
    (first, last.and_then(|(_, text)| only_view(text)))
}

/// The text of a table, `None` where a view had its name.
pub(crate) fn only_table(text: Option<&str>, dialect: Dialect) -> Option<&str> {
    text.filter(|text| dialect == Dialect::Sqlite || !shows_view(text, dialect))
}
