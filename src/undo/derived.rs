//! An undo made here: statement by statement, the last first, from the definitions that the journal saw.

use super::deferred::{self, Deferred};
use super::forward_run::ForwardRun;
use super::history::named;
use super::inverse::{Change, inverse};
use super::lost::{is_kept, is_of_table, missing};
use super::method::undo_without_script;
use super::need::{changed, needs_undo};
use super::own_undo::{OwnUndo, own_undos};
use super::reason;
use super::restored;
use super::steps::number;
use crate::model::{Attached, DerivedStep, Effect, Kept, UndoAct, UndoPlan};
use crate::sql::{
    self, Analysis, Dialect, How, MadeUnder, ObjectKind, ObjectName, Statement, StatementKind, quote_name,
};
use std::borrow::Cow;

/// The undo of everything that took effect; [`UndoPlan::Impossible`] names the first statement that has none.
pub fn derive(run: &ForwardRun<'_>) -> UndoPlan {
    let needed = needs_undo(run.forward);
    let with = |wanted: Effect| -> Vec<usize> {
        let of = |index: &usize| run.effects.get(*index) == Some(&wanted) && needed[*index];
        (0..run.forward.len()).filter(of).collect()
    };
    let (took, unknown) = (with(Effect::Took), with(Effect::Unknown));
    if !unknown.is_empty() {
        return reason::in_doubt(run.forward, &took, &unknown);
    }
    let own_undos = own_undos(run.forward, &took, run.dialect, |statement| made(run, statement));
    let mut deferred = Deferred::new(run.forward, run.history, run.dialect);
    let mut steps = Vec::new();
    // Statements whose undo is that something stands again at the end.
    let mut waiting = Vec::new();
    for index in took.iter().rev().copied().filter(|index| own_undos[*index] == OwnUndo::Needed) {
        let acts = match back_over(run, &run.forward[index], &mut deferred) {
            Ok(acts) => acts,
            Err(why) => return reason::underivable(run.forward, &took, index, &why),
        };
        if acts.is_empty() {
            waiting.push(index);
        } else {
            add(&mut steps, acts, with_it(&own_undos, index));
        }
    }
    match deferred.made() {
        Ok(acts) if !acts.is_empty() => add(&mut steps, acts, waiting.into_iter().rev().map(number).collect()),
        Ok(_) => {}
        Err(why) => return reason::underivable(run.forward, &took, waiting.first().copied().unwrap_or_default(), &why),
    }
    if steps.is_empty() {
        return UndoPlan::Nothing;
    }
    if run.dialect == Dialect::Sqlite {
        steps = together(steps);
    }
    UndoPlan::Derived { steps, orphans: Vec::new() }
}

/// Adds steps, the last of which completes the undo of statements.
fn add(steps: &mut Vec<DerivedStep>, acts: Vec<UndoAct>, undoes: Vec<u32>) {
    steps.extend(acts.into_iter().map(|act| DerivedStep { act, undoes: Vec::new() }));
    if let Some(last) = steps.last_mut() {
        last.undoes = undoes;
    }
}

/// All of it in one transaction: then none of it stands where one step fails.
///
/// The transaction is not an immediate one, which would lock every attached file, the journal's too: nobody could say any
/// more how far the undo has come.
fn together(steps: Vec<DerivedStep>) -> Vec<DerivedStep> {
    if steps.len() < 2 {
        return steps;
    }
    let mut undoes: Vec<u32> = steps.iter().flat_map(|step| step.undoes.iter().copied()).collect();
    undoes.sort_unstable();
    let mark = |sql: &str, undoes: Vec<u32>| DerivedStep { act: UndoAct::Run { sql: sql.to_owned() }, undoes };
    let steps = steps.into_iter().map(|step| DerivedStep { undoes: Vec::new(), ..step });
    std::iter::once(mark("BEGIN", Vec::new())).chain(steps).chain([mark("COMMIT", undoes)]).collect()
}

/// A statement and those that go with the table that it makes.
fn with_it(own_undos: &[OwnUndo], maker: usize) -> Vec<u32> {
    let goes_with = |own_undo: &OwnUndo| *own_undo == OwnUndo::WithTable(maker);
    let with = own_undos.iter().enumerate().filter(|(_, own_undo)| goes_with(own_undo)).map(|(index, _)| index);
    let mut undone: Vec<u32> = with.chain([maker]).map(number).collect();
    undone.sort_unstable();
    undone
}

/// True if what a statement creates was certainly not there before. A view of that name had gone, or there would be no
/// table now.
fn made(run: &ForwardRun<'_>, statement: &Statement) -> bool {
    let created = statement.analysis.touches.iter().filter(|touch| touch.how == How::Creates);
    let mut absent = created.map(|touch| {
        let before = run.history.before(&named(&touch.object), statement.index);
        before.is_some_and(|text| deferred::only_table(text, run.dialect).is_none())
    });
    absent.next().is_some_and(|first| first && absent.all(|absent| absent))
}

/// Gives the steps that lead back over one statement; none where it changed nothing.
fn back_over(run: &ForwardRun<'_>, statement: &Statement, deferred: &mut Deferred) -> Result<Vec<UndoAct>, String> {
    let analysis = &statement.analysis;
    let kept = run.history.kept(statement.index);
    if let Some(why) = undo_without_script(analysis, run.dialect).why {
        return Err(why);
    }
    if analysis.kind == StatementKind::OwnStep {
        return Ok(vec![UndoAct::Run { sql: sql::OWN_UNDO.to_owned() }]);
    }
    if run.dialect == Dialect::Sqlite && (analysis.kind.is_ddl() || analysis.flags.lasting) {
        let restore = restored::restore(run, statement, kept)?;
        let restore = restore.map(|changes| UndoAct::Restore { changes: Box::new(changes) });
        return Ok(restore.into_iter().chain(put_back(kept, deferred, run.dialect)?).collect());
    }
    if !analysis.kind.is_ddl() {
        return rows_back(kept, deferred, run.dialect);
    }
    if analysis.kind == StatementKind::CreateSchema {
        return schema_gone(run, statement);
    }
    let mut acts = Vec::new();
    let analysis = views_renamed(run, statement, deferred, &mut acts)?;
    let moved = |object: &ObjectName| kept.iter().any(|k| k.kind.is_moved() && is_of_table(k, object));
    let mut changes = Vec::new();
    for object in changed(&analysis).filter(|object| !moved(object)) {
        let name = named(object);
        let before = match run.dialect {
            Dialect::Sqlite => run.history.before(&name, statement.index),
            Dialect::MySql | Dialect::MariaDb => run.history.before_of(object, statement.index),
        };
        let is_view = |text: &&str| deferred::only_table(Some(*text), run.dialect).is_none();
        let before = match object.kind {
            ObjectKind::View if run.dialect.is_mysql_family() => before.map(|text| text.filter(is_view)),
            _ => before,
        };
        let Some((before, after)) = before.zip(run.history.after(&name, statement.index)) else {
            return Err(format!("how {object} was defined around it was not taken down"));
        };
        changes.extend(deferred.apart(Change { object, before, after }, &mut acts)?);
    }
    let mut after_values = Vec::new();
    if changes.iter().any(|change| change.before != change.after) {
        let inverse =
            inverse(&of_these(&analysis, &changes, kept), &changes, run.dialect).map_err(|none| none.to_string())?;
        if let Some(lost) = inverse.lost.iter().find(|lost| !is_kept(kept, lost)) {
            return Err(missing(lost));
        }
        acts.extend(inverse.statements.into_iter().map(|sql| UndoAct::Run { sql }));
        after_values = inverse.after_values;
    } else if analysis.kind == StatementKind::Truncate && kept.is_empty() {
        return Err("the rows that were in the table were not kept".to_owned());
    }
    acts.extend(put_back(kept, deferred, run.dialect)?);
    acts.extend(after_values.into_iter().map(|sql| UndoAct::Run { sql }));
    for (kept, name) in kept.iter().filter(|kept| kept.kind.is_moved()).flat_map(triggers) {
        deferred.came_along(kept.schema.as_deref(), name, |trigger| {
            run.history.before(&named(trigger), statement.index).flatten().map(str::to_owned)
        });
    }
    Ok(acts)
}

/// The statement without the views and triggers that are somebody else's matter.
fn of_these<'s>(analysis: &'s Analysis, changes: &[Change<'_>], kept: &[Kept]) -> Cow<'s, Analysis> {
    let concerns = |object: &ObjectName| {
        changes.iter().any(|change| change.object == object) || kept.iter().any(|kept| is_of_table(kept, object))
    };
    let is_deferred =
        |object: &ObjectName| matches!(object.kind, ObjectKind::View | ObjectKind::Trigger | ObjectKind::Table);
    let theirs = |touch: &&sql::Touch| touch.how.changes() && is_deferred(&touch.object) && !concerns(&touch.object);
    if !analysis.touches.iter().any(|touch| theirs(&touch)) {
        return Cow::Borrowed(analysis);
    }
    let touches = analysis.touches.iter().filter(|touch| !theirs(touch)).cloned().collect();
    Cow::Owned(Analysis { touches, ..analysis.clone() })
}

/// Gives views that a statement renamed their old names back; what is left of it.
fn views_renamed<'s>(
    run: &ForwardRun<'_>,
    statement: &'s Statement,
    deferred: &mut Deferred,
    acts: &mut Vec<UndoAct>,
) -> Result<Cow<'s, Analysis>, String> {
    let analysis = &statement.analysis;
    let is_view = |object: &ObjectName| {
        let before = run.history.before(&named(object), statement.index).flatten();
        before.is_some() && deferred::only_table(before, run.dialect).is_none()
    };
    let with = |how| analysis.touches.iter().filter(move |touch| touch.how == how).map(|touch| &touch.object);
    let pairs: Vec<(&ObjectName, &ObjectName)> =
        with(How::RenamesFrom).zip(with(How::RenamesTo)).filter(|(from, _)| is_view(from)).collect();
    if pairs.is_empty() {
        return Ok(Cow::Borrowed(analysis));
    }
    for (from, to) in pairs.iter().rev() {
        let text = run.history.before(&named(from), statement.index).flatten();
        if deferred.renamed(to, from, text) {
            let quoted = |name| quote_name(name, run.dialect).map_err(|error| error.to_string());
            acts.push(UndoAct::Run { sql: format!("RENAME TABLE {} TO {}", quoted(to)?, quoted(from)?) });
        }
    }
    let theirs = |object: &ObjectName| pairs.iter().any(|(from, to)| *from == object || *to == object);
    let touches = analysis.touches.iter().filter(|touch| !theirs(&touch.object)).cloned().collect();
    Ok(Cow::Owned(Analysis { touches, ..analysis.clone() }))
}

/// A schema that was there before stays. One that the file made is empty again by the time that its turn comes, but for
/// what others have made in it: whoever drops it looks.
fn schema_gone(run: &ForwardRun<'_>, statement: &Statement) -> Result<Vec<UndoAct>, String> {
    let mut acts = Vec::new();
    for object in changed(&statement.analysis) {
        let name = named(object);
        match (run.history.before(&name, statement.index), run.history.after(&name, statement.index)) {
            (Some(None), Some(Some(_))) => acts.push(UndoAct::DropSchema { schema: object.name.clone() }),
            (Some(before), Some(after)) if before == after => {}
            _ => return Err(format!("how {object} was defined around it was not taken down")),
        }
    }
    Ok(acts)
}

/// Gives the steps that put back what was kept. What holds nothing need not be put back, and may be gone by now.
/// Triggers do not see rows that are put back.
pub(super) fn put_back(kept: &[Kept], deferred: &mut Deferred, dialect: Dialect) -> Result<Vec<UndoAct>, String> {
    let mut acts = Vec::new();
    let full = || kept.iter().filter(|kept| !kept.is_empty());
    for kept in full().filter(|kept| !kept.kind.is_moved()) {
        for on in &kept.on {
            let Attached::Trigger { name, sql, schema, variables } = on else { continue };
            let value =
                |wanted: &str| variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
            let under = value("character_set_client").zip(value("collation_connection"));
            let under = under.map(|(set, by)| MadeUnder { charset: set.to_owned(), collation: by.to_owned() });
            let under = under.and_then(|under| under.line(dialect)).map_or(String::new(), |line| format!("{line}\n"));
            let mode = value("sql_mode").unwrap_or_default();
            let object = ObjectName { kind: ObjectKind::Trigger, schema: schema.clone(), name: name.clone() };
            let goes = deferred.steps_aside(&object, || format!("{mode}\n{under}{sql}"));
            if goes {
                let name = quote_name(&object, dialect).map_err(|error| error.to_string())?;
                acts.push(UndoAct::Run { sql: format!("DROP TRIGGER IF EXISTS {name}") });
            }
        }
    }
    acts.extend(full().map(|kept| UndoAct::PutBack { kept: Box::new(kept.clone()) }));
    Ok(acts)
}

fn triggers(kept: &Kept) -> impl Iterator<Item = (&Kept, &str)> {
    kept.on.iter().filter_map(move |on| match on {
        Attached::Trigger { name, .. } => Some((kept, name.as_str())),
        _ => None,
    })
}

fn rows_back(kept: &[Kept], deferred: &mut Deferred, dialect: Dialect) -> Result<Vec<UndoAct>, String> {
    if kept.is_empty() {
        return Err("the rows that it changed were not kept".to_owned());
    }
    put_back(kept, deferred, dialect)
}
