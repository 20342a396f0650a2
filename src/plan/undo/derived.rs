//! An undo made here: statement by statement, the last first, from the definitions that the journal saw.

use super::course::{Course, courses};
use super::method::{Method, of_statement};
use super::need::{changed, needs_undo};
use super::reason;
use super::witness::{Witness, named};
use crate::model::{DerivedStep, Effect, Kept, KeptKind, UndoAct, UndoPlan};
use crate::sql::inverse::{Change, Lost, inverse};
use crate::sql::{self, Dialect, ObjectName, Statement, StatementKind};

/// What is known of a run that is to be undone.
pub struct Run<'a> {
    pub forward: &'a [Statement],
    /// What became of each statement that ended, in order.
    pub effects: &'a [Effect],
    pub witness: &'a Witness,
    pub dialect: Dialect,
}

/// The undo of everything that took effect; [`UndoPlan::Impossible`] names the first statement that has none.
pub fn derive(run: &Run<'_>) -> UndoPlan {
    let needed = needs_undo(run.forward);
    let with = |wanted: Effect| -> Vec<usize> {
        let of = |index: &usize| run.effects.get(*index) == Some(&wanted) && needed[*index];
        (0..run.forward.len()).filter(of).collect()
    };
    let (took, unknown) = (with(Effect::Took), with(Effect::Unknown));
    if !unknown.is_empty() {
        return reason::in_doubt(run.forward, &took, &unknown);
    }
    let courses = courses(run.forward, &took, |statement| made(run, statement));
    let mut steps = Vec::new();
    for index in took.iter().rev().copied().filter(|index| courses[*index] == Course::Own) {
        let acts = match back_over(run, &run.forward[index]) {
            Ok(acts) => acts,
            Err(why) => return reason::underivable(run.forward, &took, index, &why),
        };
        let Some(last) = acts.len().checked_sub(1) else { continue };
        for (at, act) in acts.into_iter().enumerate() {
            let undoes = if at == last { with_it(&courses, index) } else { Vec::new() };
            steps.push(DerivedStep { act, undoes });
        }
    }
    if steps.is_empty() {
        return UndoPlan::Nothing;
    }
    UndoPlan::Derived { steps, orphans: Vec::new() }
}

/// A statement and those that go with the table that it makes.
fn with_it(courses: &[Course], maker: usize) -> Vec<u32> {
    let goes_with = |course: &Course| *course == Course::With(maker);
    let with = courses.iter().enumerate().filter(|(_, course)| goes_with(course)).map(|(index, _)| index);
    let mut undone: Vec<u32> = with.chain([maker]).map(super::number).collect();
    undone.sort_unstable();
    undone
}

/// Whether what a statement creates was certainly not there before.
fn made(run: &Run<'_>, statement: &Statement) -> bool {
    let created = statement.analysis.touches.iter().filter(|touch| touch.how == sql::How::Creates);
    let mut absent = created.map(|touch| run.witness.before(&named(&touch.object), statement.index) == Some(None));
    absent.next().is_some_and(|first| first && absent.all(|absent| absent))
}

/// What leads back over one statement; nothing where it changed nothing.
fn back_over(run: &Run<'_>, statement: &Statement) -> Result<Vec<UndoAct>, String> {
    let analysis = &statement.analysis;
    let kept = run.witness.kept(statement.index);
    if let Method::None(why) = of_statement(analysis, run.dialect) {
        return Err(why.to_owned());
    }
    if !analysis.kind.is_ddl() {
        return rows_back(kept);
    }
    if analysis.kind == StatementKind::CreateSchema {
        return schema_gone(run, statement);
    }
    let moved = |object: &ObjectName| kept.iter().any(|k| k.kind.is_moved() && is_of(k, object));
    let mut changes = Vec::new();
    for object in changed(analysis).filter(|object| !moved(object)) {
        let name = named(object);
        let seen = run.witness.before(&name, statement.index).zip(run.witness.after(&name, statement.index));
        let Some((before, after)) = seen else {
            return Err(format!("how {object} was defined around it was not taken down"));
        };
        changes.push(Change { object, before, after });
    }
    let mut acts = Vec::new();
    let mut after_values = Vec::new();
    if changes.iter().any(|change| change.before != change.after) {
        let inverse = inverse(analysis, &changes, run.dialect).map_err(|none| none.to_string())?;
        if let Some(lost) = inverse.lost.iter().find(|lost| !is_kept(kept, lost)) {
            return Err(missing(lost));
        }
        acts.extend(inverse.statements.into_iter().map(|sql| UndoAct::Run { sql }));
        after_values = inverse.after_values;
    } else if analysis.kind == StatementKind::Truncate && kept.is_empty() {
        return Err("the rows that were in the table were not kept".to_owned());
    }
    acts.extend(put_back(kept));
    acts.extend(after_values.into_iter().map(|sql| UndoAct::Run { sql }));
    Ok(acts)
}

/// A schema that was there before stays. One that the file made is empty again by the time that its turn comes, but for
/// what others have made in it: whoever drops it looks.
fn schema_gone(run: &Run<'_>, statement: &Statement) -> Result<Vec<UndoAct>, String> {
    let mut acts = Vec::new();
    for object in changed(&statement.analysis) {
        let name = named(object);
        match (run.witness.before(&name, statement.index), run.witness.after(&name, statement.index)) {
            (Some(None), Some(Some(_))) => acts.push(UndoAct::DropSchema { schema: object.name.clone() }),
            (Some(before), Some(after)) if before == after => {}
            _ => return Err(format!("how {object} was defined around it was not taken down")),
        }
    }
    Ok(acts)
}

/// What holds nothing need not be put back, and may be gone by now.
fn put_back(kept: &[Kept]) -> impl Iterator<Item = UndoAct> {
    kept.iter().filter(|kept| !kept.is_empty()).map(|kept| UndoAct::PutBack { kept: Box::new(kept.clone()) })
}

fn rows_back(kept: &[Kept]) -> Result<Vec<UndoAct>, String> {
    if kept.is_empty() {
        return Err("the rows that it changed were not kept".to_owned());
    }
    Ok(put_back(kept).collect())
}

/// Whether something was kept of that table. Names are compared as the server spelled them.
fn is_of(kept: &Kept, table: &ObjectName) -> bool {
    let schema = match (&kept.schema, &table.schema) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    schema && kept.table == table.name
}

fn is_kept(kept: &[Kept], lost: &Lost) -> bool {
    kept.iter().any(|kept| match lost {
        Lost::Rows { table } => kept.kind != KeptKind::Columns && is_of(kept, table),
        Lost::Column { table, column } | Lost::Values { table, column } => {
            is_of(kept, table) && kept.columns.iter().any(|kept| kept.eq_ignore_ascii_case(column))
        }
    })
}

fn missing(lost: &Lost) -> String {
    match lost {
        Lost::Rows { table } => format!("the rows of {table} were not kept"),
        Lost::Column { table, column } => format!("the values of {table}.{column} were not kept"),
        Lost::Values { table, column } => format!("the values of {table}.{column} as they were were not kept"),
    }
}
