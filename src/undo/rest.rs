//! The rest of an undo whose script did not lead back: from what stands now to what stood before.
//!
//! First statement by statement: the script's, the last first, and then the file's, as if both had been one file; what
//! the script destroyed was kept like what the file destroyed. Where that cannot be, or does not arrive, object by object.

use super::deferred::Deferred;
use super::derived::{derive, put_back};
use super::forward_run::ForwardRun;
use super::history::{DefinitionHistory, named};
use super::lost::{is_kept, missing};
use super::method::{methods, undo_without_script};
use super::need::{changed, needs_undo};
use super::ours::Ours;
use super::states::ObjectStates;
use super::steps::number;
use crate::model::{
    DerivedStep, Effect, Event, EventKind, Kept, Phase, RecordedDefinition, UndoAct, UndoMethod, UndoPlan,
};
use crate::sql::{Analysis, Dialect, How, ObjectKind, ObjectName, Statement, StatementKind, Touch};
use crate::undo::inverse::{Change, inverse};

/// A file and its rollback script that ran, as one run.
#[derive(Debug)]
pub struct FileAndScript {
    statements: Vec<Statement>,
    effects: Vec<Effect>,
    history: DefinitionHistory,
    /// Number of the statements that are the file's.
    forward: usize,
}

impl FileAndScript {
    /// Puts them together. `effects` are those of the file's statements before the script began; what became of the
    /// script's, the events say.
    pub fn new(forward: &[Statement], effects: &[Effect], back: &[Statement], events: &[Event]) -> FileAndScript {
        let mut statements = forward.to_vec();
        let offset = number(forward.len());
        statements.extend(back.iter().map(|s| Statement { index: s.index + offset, ..s.clone() }));
        let taken = |effect: &Effect| if *effect == Effect::Undone { Effect::Took } else { *effect };
        let mut all: Vec<Effect> = effects.iter().map(taken).collect();
        all.resize(forward.len(), Effect::None);
        all.extend(script_effects(back.len(), events));
        FileAndScript {
            statements,
            effects: all,
            history: DefinitionHistory::with_script(events, offset),
            forward: forward.len(),
        }
    }

    /// What others have changed meanwhile is nothing of either.
    pub fn with_others(&mut self, now: &[RecordedDefinition], ours: &Ours, dialect: Dialect) {
        self.history = std::mem::take(&mut self.history).with_others(now, ours, dialect);
    }

    /// Takes everything of both back; [`UndoPlan::Impossible`] where one of the statements has no inverse.
    pub fn derive(&self, dialect: Dialect) -> UndoPlan {
        let run = ForwardRun { forward: &self.statements, effects: &self.effects, history: &self.history, dialect };
        match derive(&run) {
            UndoPlan::Derived { mut steps, orphans } => {
                for step in &mut steps {
                    step.undoes.retain(|index| (*index as usize) < self.forward);
                }
                UndoPlan::Derived { steps, orphans }
            }
            plan => plan,
        }
    }
}

/// The outcome of each statement of the script.
fn script_effects(statements: usize, events: &[Event]) -> Vec<Effect> {
    let mut effects = vec![Effect::None; statements];
    for event in events {
        let (statement, effect) = match &event.kind {
            EventKind::StatementFinished { phase: Phase::Undo, statement, .. } => (*statement, Effect::Took),
            EventKind::StatementFailed { phase: Phase::Undo, statement, effect, .. }
            | EventKind::StatementDecided { phase: Phase::Undo, statement, effect, .. } => (*statement, *effect),
            EventKind::TransactionUndone { phase: Phase::Undo, from, effect, .. } => {
                let since = effects.iter_mut().skip(*from as usize);
                since.filter(|e| **e == Effect::Took).for_each(|e| *e = *effect);
                continue;
            }
            _ => continue,
        };
        if let Some(place) = effects.get_mut(statement as usize) {
            *place = effect;
        }
    }
    effects
}

/// Knowledge from which an undo is derived from states.
#[derive(Debug)]
pub struct Remainder<'a> {
    pub objects: &'a [ObjectStates],
    pub forward: &'a [Statement],
    pub effects: &'a [Effect],
    pub history: &'a DefinitionHistory,
    pub dialect: Dialect,
}

/// Derives the plan that leads from what stands now to what stood before, object by object; then what was kept is put
/// back, the last first.
pub fn derive_from_states(remainder: &Remainder<'_>) -> UndoPlan {
    let needed = needs_undo(remainder.forward);
    let stood = |index: &usize| {
        matches!(remainder.effects.get(*index), Some(Effect::Took | Effect::Undone | Effect::Unknown)) && needed[*index]
    };
    let ran: Vec<usize> = (0..remainder.forward.len()).filter(stood).collect();
    match steps(remainder, &ran) {
        Ok(acts) if acts.is_empty() => {
            let remaining = ran.iter().map(|index| number(*index)).collect();
            UndoPlan::Impossible { reason: "nothing is known that would bring back what differs".to_owned(), remaining }
        }
        Ok(acts) => {
            let last = acts.len() - 1;
            let undoes = |at: usize| if at == last { ran.iter().map(|i| number(*i)).collect() } else { Vec::new() };
            let steps = acts.into_iter().enumerate().map(|(at, act)| DerivedStep { act, undoes: undoes(at) });
            UndoPlan::Derived { steps: steps.collect(), orphans: Vec::new() }
        }
        Err(reason) => UndoPlan::Impossible { reason, remaining: ran.iter().map(|index| number(*index)).collect() },
    }
}

fn steps(remainder: &Remainder<'_>, ran: &[usize]) -> Result<Vec<UndoAct>, String> {
    let kept = kept(remainder, ran)?;
    let (mut first, mut after_values) = (Vec::new(), Vec::new());
    // Rows go back where no trigger sees them.
    let mut deferred = Deferred::triggers(remainder.objects, remainder.dialect);
    for turn in [Turn::Goes, Turn::Changes, Turn::Comes] {
        let mut changed: Vec<_> =
            remainder.objects.iter().filter(|one| turn.applies_to(one) && one.before != one.now).collect();
        changed.sort_by_key(|s| if turn == Turn::Goes { 9 - rank(&s.object) } else { rank(&s.object) });
        for ObjectStates { object, before, now } in changed {
            let moved = |k: &Kept| k.kind.is_moved() && k.table == object.name && object.kind == ObjectKind::Table;
            if (turn == Turn::Comes && kept.iter().any(moved)) || deferred.makes(object) {
                continue;
            }
            // Never by a statement that takes along what others have made in it.
            if turn == Turn::Goes && object.kind == ObjectKind::Schema {
                first.push(UndoAct::DropSchema { schema: object.name.clone() });
                continue;
            }
            let change = Change { object, before: before.as_deref(), after: now.as_deref() };
            let inverse = inverse(&turn.analysis(object), &[change], remainder.dialect).map_err(|e| e.to_string())?;
            if let Some(lost) = inverse.lost.iter().find(|lost| !is_kept(&kept, lost)) {
                return Err(missing(lost));
            }
            first.extend(inverse.statements.into_iter().map(|sql| UndoAct::Run { sql }));
            after_values.extend(inverse.after_values.into_iter().map(|sql| UndoAct::Run { sql }));
        }
    }
    first.extend(put_back(&kept, &mut deferred, remainder.dialect)?);
    first.extend(after_values);
    first.extend(deferred.made()?);
    Ok(first)
}

/// All that was kept of the file, the last first. What it wrote without anything kept cannot be put back, whatever the
/// definitions are.
fn kept(remainder: &Remainder<'_>, ran: &[usize]) -> Result<Vec<Kept>, String> {
    let mut all = Vec::new();
    let methods = methods(remainder.forward, remainder.dialect);
    for index in ran.iter().rev() {
        let statement = &remainder.forward[*index];
        let kept = remainder.history.kept(statement.index);
        let undo = undo_without_script(&statement.analysis, remainder.dialect);
        let unkept = match undo.method {
            UndoMethod::None => undo.why,
            UndoMethod::Kept if kept.is_empty() && methods[*index].method == UndoMethod::Kept => {
                not_kept(statement, remainder.history, remainder.dialect)
            }
            _ => None,
        };
        if let Some(why) = unkept {
            return Err(format!("nothing undoes statement {} (line {}): {why}", index + 1, statement.line));
        }
        all.extend(kept.iter().filter(|kept| !kept.is_empty()).cloned());
    }
    Ok(all)
}

/// Names what a statement destroyed of which nothing was kept, if it destroyed anything: definitions may stand as
/// before, and what was in them is gone all the same.
pub(crate) fn not_kept(statement: &Statement, history: &DefinitionHistory, dialect: Dialect) -> Option<String> {
    if statement.analysis.kind != StatementKind::AlterTable {
        return Some("the rows that it changed were not kept".to_owned());
    }
    let around = |object: &ObjectName| {
        let name = named(object);
        let before = history.before(&name, statement.index).flatten()?;
        Some((before, history.after(&name, statement.index).flatten()?))
    };
    let lost = changed(&statement.analysis).find_map(|object| {
        let (before, after) = around(object)?;
        let change = Change { object, before: Some(before), after: Some(after) };
        inverse(&statement.analysis, &[change], dialect).ok()?.lost.into_iter().next()
    });
    lost.map(|lost| missing(&lost))
}

/// The turn of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It was not there before.
    Goes,
    /// It is another.
    Changes,
    /// It is gone.
    Comes,
}

impl Turn {
    fn applies_to(self, states: &ObjectStates) -> bool {
        match self {
            Turn::Goes => states.before.is_none(),
            Turn::Changes => states.before.is_some() && states.now.is_some(),
            Turn::Comes => states.now.is_none(),
        }
    }

    /// A statement that would have led from before to now.
    fn analysis(self, object: &ObjectName) -> Analysis {
        use StatementKind as Kind;
        let (how, kind) = match (self, object.kind) {
            (Turn::Goes, ObjectKind::View) => (How::Creates, Kind::CreateView),
            (Turn::Goes, ObjectKind::Trigger) => (How::Creates, Kind::CreateTrigger),
            (Turn::Goes, ObjectKind::Procedure) => (How::Creates, Kind::CreateProcedure),
            (Turn::Goes, ObjectKind::Function) => (How::Creates, Kind::CreateFunction),
            (Turn::Goes, ObjectKind::Event) => (How::Creates, Kind::CreateEvent),
            (Turn::Goes, ObjectKind::Index) => (How::Creates, Kind::CreateIndex),
            (Turn::Goes, _) => (How::Creates, Kind::CreateTable),
            (Turn::Changes, ObjectKind::Table) => (How::Alters, Kind::AlterTable),
            (Turn::Changes, ObjectKind::Schema) => (How::Alters, Kind::AlterSchema),
            (Turn::Changes, _) => (How::Alters, Kind::AlterView),
            (Turn::Comes, ObjectKind::Schema) => (How::Drops, Kind::DropSchema),
            (Turn::Comes, ObjectKind::View) => (How::Drops, Kind::DropView),
            (Turn::Comes, ObjectKind::Trigger) => (How::Drops, Kind::DropTrigger),
            (Turn::Comes, ObjectKind::Procedure) => (How::Drops, Kind::DropProcedure),
            (Turn::Comes, ObjectKind::Function) => (How::Drops, Kind::DropFunction),
            (Turn::Comes, ObjectKind::Event) => (How::Drops, Kind::DropEvent),
            (Turn::Comes, ObjectKind::Index) => (How::Drops, Kind::DropIndex),
            (Turn::Comes, _) => (How::Drops, Kind::DropTable),
        };
        Analysis { touches: vec![Touch { object: object.clone(), how }], ..Analysis::from_kind(kind) }
    }
}

/// Rank of an object in the order in which objects have to stand: tables, then what is on them.
fn rank(object: &ObjectName) -> u8 {
    match object.kind {
        ObjectKind::Schema => 0,
        ObjectKind::Sequence => 1,
        ObjectKind::Table => 2,
        ObjectKind::Index => 3,
        ObjectKind::Function | ObjectKind::Procedure => 4,
        ObjectKind::View => 5,
        ObjectKind::Trigger => 6,
        ObjectKind::Event => 7,
    }
}

/// The objects of a file, as they stood before it by the journal's word and as they stand now. One of which somebody else
/// changed what is not to be told from what the file changed is named: what others made is not taken away.
pub fn changed_by_others<'o>(objects: &'o [ObjectStates], history: &DefinitionHistory) -> Option<&'o ObjectName> {
    let theirs: Vec<&str> = history.overwritten().map(|(name, _)| name).collect();
    let differs = |states: &&ObjectStates| {
        let name = named(&states.object);
        let seen = history.latest(&name);
        let is_theirs = theirs.contains(&name.as_str()) || seen.is_some_and(|seen| seen != states.now.as_deref());
        states.before != states.now && is_theirs
    };
    objects.iter().find(differs).map(|states| &states.object)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{captured, finished, seen};
    use super::*;
    use crate::sql::statements;

    const TEXT: &str = "ANSI\nCREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW SET @a = 1";
    /// Rows of a table with two triggers.
    const KEPT: &str = r#"{"n":0,"kind":"rows","schema":null,"table":"t","place":"u1_1_0_0_0_20261231043021","key":["id"],
        "columns":["id"],"counted":true,"rows":1,"bytes":1,"on":[
        {"what":"trigger","name":"g","sql":"CREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW SET @a = 1","variables":[["sql_mode","ANSI"]]},
        {"what":"trigger","name":"h","sql":"CREATE TRIGGER h AFTER DELETE ON t FOR EACH ROW SET @a = 1","variables":[["sql_mode","ANSI"]]}]}"#;

    /// The steps, each by its first words.
    fn steps_with(now: Option<&str>) -> Vec<String> {
        let forward = statements("DELETE FROM t; DROP TRIGGER g", Dialect::MariaDb).unwrap();
        let mut deleted = finished(Phase::Forward, 0, Vec::new());
        if let EventKind::StatementFinished { kept, .. } = &mut deleted.kind {
            kept.push(serde_json::from_str(KEPT).unwrap());
        }
        let history = DefinitionHistory::from_events(&[captured(seen(&[("trigger g", Some(TEXT))])), deleted]);
        let object = ObjectName::new(ObjectKind::Trigger, "g");
        let objects = [ObjectStates { object, before: Some(TEXT.to_owned()), now: now.map(str::to_owned) }];
        let (effects, dialect) = ([Effect::Took; 2], Dialect::MariaDb);
        let remainder =
            Remainder { objects: &objects, forward: &forward, effects: &effects, history: &history, dialect };
        let UndoPlan::Derived { steps, .. } = derive_from_states(&remainder) else { panic!("it can be derived") };
        let acts = steps.into_iter().map(|step| match step.act {
            UndoAct::Run { sql } => sql.split_whitespace().take(5).collect::<Vec<_>>().join(" "),
            _ => "put back".to_owned(),
        });
        acts.filter(|act| !act.starts_with("SET")).collect()
    }

    #[test]
    fn rows_go_back_where_no_trigger_sees_them() {
        let (aside, made) = ("DROP TRIGGER IF EXISTS `h`", "CREATE TRIGGER g BEFORE DELETE");
        assert_eq!(steps_with(None), [aside, "put back", made, "CREATE TRIGGER h AFTER DELETE"]);
        let other = "ANSI\nCREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW SET @a = 2";
        let both = ["DROP TRIGGER IF EXISTS `g`", aside, "put back", made, "CREATE TRIGGER h AFTER DELETE"];
        assert_eq!(steps_with(Some(other)), both);
    }
}
