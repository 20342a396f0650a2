//! The inverse of a statement of MySQL or MariaDB.

use super::rename::{self, Renames};
use super::table::Table;
use super::text::{same_name, unquoted, words};
use super::types::{Change, Inverse, Lost, NoInverse};
use super::{alter, constraints, create};
use crate::sql::{Analysis, Dialect, How, ObjectKind, ObjectName, StatementKind, quote_identifier};

/// Derives the inverse.
pub(crate) fn inverse(analysis: &Analysis, changes: &[Change<'_>], dialect: Dialect) -> Result<Inverse, NoInverse> {
    let mut inverse = Inverse::default();
    match analysis.kind {
        StatementKind::CreateSchema | StatementKind::DropSchema => {
            return schema(analysis, changes);
        }
        StatementKind::AlterSchema => return altered_schema(changes, dialect),
        StatementKind::Truncate => {
            let tables = analysis.touches.iter().filter(|touch| touch.how == How::Writes);
            inverse.lost.extend(tables.map(|touch| Lost::Rows { table: touch.object.clone() }));
        }
        _ => refuse_unseen(analysis, changes)?,
    }
    beyond_definitions(&mut inverse, analysis)?;
    let renames = if analysis.kind == StatementKind::AlterEvent {
        Renames::default()
    } else {
        rename::back(analysis, changes, dialect)?
    };
    inverse.statements.extend(renames.statement.clone());
    let changes = under_old_names(changes, &renames);
    let replaced_table = analysis.kind == StatementKind::CreateTable && analysis.flags.or_replace;
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    for change in changes.iter().rev() {
        match (change.before, change.after) {
            (Some(_), Some(_)) if replaced_table && change.object.kind == ObjectKind::Table => {
                // The rows are gone even where the definitions are equal.
                inverse.statements.push(create::drop(change.object, ObjectKind::Table, dialect)?);
                gone.push(*change);
            }
            // Operations may have taken a column away and put another in its place.
            (Some(_), Some(_)) if analysis.kind == StatementKind::AlterTable => changed.push(*change),
            (before, after) if before == after => {}
            (None, Some(after)) => inverse.statements.extend(dropped(change.object, after, dialect)?),
            (Some(_), None) => gone.push(*change),
            _ => changed.push(*change),
        }
    }
    changed.reverse();
    gone.reverse();
    for change in changed {
        altered(&mut inverse, analysis, &change, &renames, dialect)?;
    }
    made_again(&mut inverse, &gone, dialect)?;
    inverse.lost.sort();
    inverse.lost.dedup();
    Ok(inverse)
}

/// Changes of an `ALTER TABLE` to rows, whatever the definitions are.
fn beyond_definitions(inverse: &mut Inverse, analysis: &Analysis) -> Result<(), NoInverse> {
    if analysis.kind != StatementKind::AlterTable {
        return Ok(());
    }
    // IGNORE leaves out rows that a new key does not take.
    let mut loses = analysis.flags.ignore;
    for operation in &analysis.operations {
        match alter::beyond(operation) {
            alter::Beyond::Nothing => {}
            alter::Beyond::LosesRows => loses = true,
            alter::Beyond::Unknown(why) => return Err(NoInverse::because(why)),
        }
    }
    let tables = analysis.touches.iter().filter(|touch| loses && touch.how == How::Alters);
    inverse.lost.extend(tables.map(|touch| Lost::Rows { table: touch.object.clone() }));
    Ok(())
}

/// Something that a statement made and that the server does not show cannot be undone.
fn refuse_unseen(analysis: &Analysis, changes: &[Change<'_>]) -> Result<(), NoInverse> {
    for touch in analysis.touches.iter().filter(|touch| touch.how.changes()) {
        let Some(change) = changes.iter().find(|change| *change.object == touch.object) else {
            if touch.how == How::Drops {
                // Whoever leaves it out has put it aside, and brings it back.
                continue;
            }
            let object = &touch.object;
            return Err(NoInverse::because(format!("no definition of the {} {object} was taken", object.kind)));
        };
        if touch.how == How::Creates && change.after.is_none() {
            return Err(NoInverse::because(format!(
                "the server shows no definition of the {} {}",
                touch.object.kind, touch.object
            )));
        }
    }
    Ok(())
}

/// The changes as they are once the old names are given back.
fn under_old_names<'a>(changes: &[Change<'a>], renames: &'a Renames) -> Vec<Change<'a>> {
    let after = |object: &ObjectName| changes.iter().find(|change| change.object == object).and_then(|c| c.after);
    let before = |object: &ObjectName| changes.iter().find(|change| change.object == object).and_then(|c| c.before);
    let concerned = |object: &ObjectName| renames.pairs.iter().any(|(now, was)| now == object || was == object);
    let mut all: Vec<Change<'a>> = Vec::new();
    for (now, was) in &renames.pairs {
        all.push(Change { object: was, before: before(was), after: after(now) });
    }
    for change in changes.iter().filter(|change| !concerned(change.object)) {
        if !all.iter().any(|other| other.object == change.object) {
            all.push(*change);
        }
    }
    all
}

fn dropped(object: &ObjectName, after: &str, dialect: Dialect) -> Result<Option<String>, NoInverse> {
    match object.kind {
        // With its table.
        ObjectKind::Index => Ok(None),
        ObjectKind::Table if create::is_view(after, dialect)? => {
            create::drop(object, ObjectKind::View, dialect).map(Some)
        }
        kind => create::drop(object, kind, dialect).map(Some),
    }
}

/// An object that is there before and after, and is another.
fn altered(
    inverse: &mut Inverse,
    analysis: &Analysis,
    change: &Change<'_>,
    renames: &Renames,
    dialect: Dialect,
) -> Result<(), NoInverse> {
    let (object, Some(before), Some(after)) = (change.object, change.before, change.after) else { return Ok(()) };
    match object.kind {
        ObjectKind::Index => {}
        ObjectKind::Table if create::is_view(before, dialect)? => {
            if !create::is_view(after, dialect)? {
                return Err(NoInverse::because(format!("{object} was a view and is a table")));
            }
            // Its text has its name in it, which it has again.
            if renames.pairs.iter().all(|(_, was)| was != object) {
                inverse.statements.extend(create::view(object, before, true, dialect)?);
            }
        }
        ObjectKind::Table => {
            let before = Table::parse(before, dialect)?;
            let mut after = Table::parse(after, dialect)?;
            constraints::under_old_name(&mut after, &before.name, &renames.names(), dialect)?;
            alter::back(inverse, object, &before, &after, &analysis.operations, dialect)?;
        }
        ObjectKind::View => inverse.statements.extend(create::view(object, before, true, dialect)?),
        ObjectKind::Sequence => inverse.statements.push(create::sequence(object, before, true, dialect)?),
        ObjectKind::Trigger | ObjectKind::Procedure | ObjectKind::Function | ObjectKind::Event => {
            inverse.statements.push(create::drop(object, object.kind, dialect)?);
            inverse.statements.extend(create::program(object, before, dialect)?);
        }
        ObjectKind::Schema => return Err(NoInverse::because(format!("the schema {object} changed"))),
    }
    Ok(())
}

/// Objects made where there are none.
pub(crate) fn from_definitions(objects: &[(&ObjectName, &str)], dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    let gone: Vec<Change<'_>> =
        objects.iter().map(|(object, text)| Change { object, before: Some(text), after: None }).collect();
    let mut inverse = Inverse::default();
    made_again(&mut inverse, &gone, dialect)?;
    Ok(inverse.statements)
}

/// Views made again, or in the place of those that stand.
pub(crate) fn replaced(views: &[(&ObjectName, &str, bool)], dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    let stands = |object: &ObjectName| views.iter().any(|(one, _, stands)| *one == object && *stands);
    let all = views.iter().map(|(object, text, _)| (*object, *text)).collect();
    let ordered = in_order(all, dialect)?;
    let made = ordered.into_iter().map(|(object, text)| create::view(object, text, stands(object), dialect));
    Ok(made.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Objects that are gone, made again: tables first, then views each after those that it names, then programs.
fn made_again(inverse: &mut Inverse, gone: &[Change<'_>], dialect: Dialect) -> Result<(), NoInverse> {
    let (mut tables, mut views, mut programs) = (Vec::new(), Vec::new(), Vec::new());
    for change in gone {
        let Some(text) = change.before else { continue };
        match change.object.kind {
            ObjectKind::Index => {}
            ObjectKind::Schema => return Err(NoInverse::because("what the schema held is not known")),
            ObjectKind::View => views.push((change.object, text)),
            ObjectKind::Table if create::is_view(text, dialect)? => views.push((change.object, text)),
            ObjectKind::Table => tables.push((change.object, text)),
            ObjectKind::Sequence => {
                inverse.statements.push(create::sequence(change.object, text, false, dialect)?);
                inverse.lost.push(Lost::Rows { table: change.object.clone() });
            }
            _ => programs.push((change.object, text)),
        }
    }
    let mut deferred = Vec::new();
    for (at, (object, text)) in tables.iter().enumerate() {
        let missing: Vec<&ObjectName> = tables[at + 1..].iter().map(|(object, _)| *object).collect();
        let (statements, then) = create::table(object, text, &missing, dialect)?;
        inverse.statements.extend(statements);
        deferred.extend(then);
        inverse.lost.push(Lost::Rows { table: (*object).clone() });
    }
    inverse.statements.extend(deferred);
    for (object, text) in in_order(views, dialect)? {
        inverse.statements.extend(create::view(object, text, false, dialect)?);
    }
    for (object, text) in programs {
        inverse.statements.extend(create::program(object, text, dialect)?);
    }
    Ok(())
}

/// Views, each behind those that its text names.
fn in_order<'a>(
    mut views: Vec<(&'a ObjectName, &'a str)>,
    dialect: Dialect,
) -> Result<Vec<(&'a ObjectName, &'a str)>, NoInverse> {
    let mut ordered = Vec::with_capacity(views.len());
    while !views.is_empty() {
        let mut ready = None;
        for (at, (object, text)) in views.iter().enumerate() {
            let named: Vec<String> = words(text, dialect)?.iter().map(|word| unquoted(word.text)).collect();
            let mut others = views.iter().filter(|(other, _)| other.name != object.name);
            if !others.any(|(other, _)| named.iter().any(|name| same_name(name, &other.name))) {
                ready = Some(at);
                break;
            }
        }
        // Names that only look alike: in the order of the statement.
        ordered.push(views.remove(ready.unwrap_or(0)));
    }
    Ok(ordered)
}

/// Others may have filled a schema that was made, and what one held that was dropped was not taken down.
fn schema(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    let same = !changes.is_empty() && changes.iter().all(|change| change.before == change.after);
    match analysis.kind {
        _ if same => Ok(Inverse::default()),
        StatementKind::CreateSchema => {
            Err(NoInverse::because("whether the schema will be empty when it is to be dropped is not known"))
        }
        _ => Err(NoInverse::because("what the schema held is not known")),
    }
}

fn altered_schema(changes: &[Change<'_>], dialect: Dialect) -> Result<Inverse, NoInverse> {
    let mut inverse = Inverse::default();
    for change in changes.iter().filter(|change| change.before != change.after) {
        let (Some(before), Some(after)) = (change.before, change.after) else {
            return Err(NoInverse::because(format!("the schema {} came or went", change.object)));
        };
        // The text names it also where the statement did not.
        let name = words(before, dialect)?.get(2).map(|word| quote_identifier(&unquoted(word.text), dialect));
        let name = name.transpose()?.unwrap_or_default();
        let head = format!("CREATE DATABASE {name}");
        let (Some(options), Some(now)) = (before.strip_prefix(&head), after.strip_prefix(&head)) else {
            return Err(NoInverse::because("the server's definition does not read as a schema's"));
        };
        let comment = if now.contains(" COMMENT ") && !options.contains(" COMMENT ") { " COMMENT ''" } else { "" };
        inverse.statements.push(format!("ALTER DATABASE {name}{options}{comment}"));
    }
    Ok(inverse)
}
