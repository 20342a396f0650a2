//! The part of a rollback script that is to run after a partial run.
//!
//! Used only where it is certain: every statement of the script that is needed undoes statements that all took
//! effect, and every statement that took effect is undone. Anything else is for a person.

use super::mapping::{Mapping, Summary, only_table, stays_within};
use super::need::changed;
use super::reason;
use super::steps::{Attributed, steps};
use crate::model::UndoPlan;
use crate::sql::{AlterOperation, Analysis, How, ObjectName, Statement, StatementKind};
use std::collections::{HashMap, HashSet};

/// A partial run and the script that might undo it.
pub(crate) struct PartialRun<'a> {
    pub(crate) forward: &'a [Statement],
    pub(crate) back: &'a [Statement],
    /// Forward statements in force that leave something behind.
    pub(crate) took: &'a [usize],
    /// Those that were in force and have been undone.
    pub(crate) undone: &'a [usize],
    pub(crate) mapping: &'a Mapping<'a>,
}

/// The part of a statement of the script in an undo.
enum Role {
    /// It runs.
    Run,
    /// It belongs to what did not happen, or only reads.
    Skip,
    /// Nobody can say; why.
    Doubt(String),
}

pub(crate) fn choose(run: &PartialRun<'_>) -> UndoPlan {
    let took: HashSet<usize> = run.took.iter().copied().collect();
    let undone: HashSet<usize> = run.undone.iter().copied().collect();
    let in_force: HashSet<&ObjectName> =
        run.took.iter().chain(run.undone).flat_map(|index| changed(run.mapping.forward(*index))).collect();
    let mut chosen = Vec::new();
    let groups = run.mapping.summaries(&took, &undone);
    let dropped = dropped_tables(run, &took);
    let reused = reused_names(run);
    for index in 0..run.back.len() {
        if goes_with_its_table(run, index, &dropped) {
            continue;
        }
        if let Some(name) = changed(run.mapping.back(index)).find(|name| reused.contains(name)) {
            let why = format!("{name} was the name of two things while the file ran");
            return reason::doubt(run.forward, run.took, &run.back[index], &why);
        }
        match role(run, index, &groups, &in_force) {
            Role::Run => chosen.push(index),
            Role::Skip => {}
            Role::Doubt(why) => return reason::doubt(run.forward, run.took, &run.back[index], &why),
        }
    }
    let attributed = run.mapping.attribute(&chosen, run.took);
    let covered: HashSet<usize> = attributed.iter().map(|pair| pair.forward).collect();
    let uncovered: Vec<usize> = run.took.iter().copied().filter(|index| !covered.contains(index)).collect();
    if !uncovered.is_empty() {
        return reason::not_covered(run.forward, run.took, &uncovered);
    }
    let may_have_been: Vec<usize> =
        run.took.iter().copied().filter(|index| run.forward[*index].analysis.flags.if_not_exists).collect();
    if !may_have_been.is_empty() {
        return reason::not_surely_made(run.forward, run.took, &may_have_been);
    }
    if let Some(back) = out_of_order(run, &chosen, &attributed) {
        let why = "it stands before the statement that undoes what was done later".to_owned();
        return reason::doubt(run.forward, run.took, &run.back[back], &why);
    }
    UndoPlan::Written { steps: steps(&chosen, &attributed) }
}

/// Names of what was changed, then got another name, before something else got that name: which of the two a statement of
/// the script means follows from where it stands, and what belongs to it does not follow from the name.
fn reused_names<'a>(run: &PartialRun<'a>) -> HashSet<&'a ObjectName> {
    let mut order: Vec<usize> = run.took.iter().chain(run.undone).copied().collect();
    order.sort_unstable();
    let (mut known, mut left, mut reused) = (HashSet::new(), HashSet::new(), HashSet::new());
    for index in order {
        let touches = &run.mapping.forward(index).touches;
        for touch in touches {
            if touch.how == How::RenamesFrom && known.contains(&touch.object) {
                left.insert(&touch.object);
            }
            if matches!(touch.how, How::RenamesTo | How::Creates) && left.contains(&touch.object) {
                reused.insert(&touch.object);
            }
        }
        known.extend(touches.iter().filter(|touch| touch.how.changes()).map(|touch| &touch.object));
    }
    reused
}

/// The tables that took effect as creations, and the last statement of the script that drops each.
fn dropped_tables<'a>(run: &PartialRun<'a>, took: &HashSet<usize>) -> HashMap<&'a ObjectName, usize> {
    let mut makers: HashMap<usize, &ObjectName> = HashMap::new();
    for index in took {
        let made = run.mapping.forward(*index);
        if made.kind == StatementKind::CreateTable
            && let Some(table) = only_table(made)
        {
            makers.insert(run.mapping.group_of(*index), table);
        }
    }
    let mut dropped = HashMap::new();
    for index in 0..run.back.len() {
        dropped.extend(run.mapping.groups(index).iter().filter_map(|group| Some((*makers.get(group)?, index))));
    }
    dropped
}

/// True if a statement of the script only clears a table that this file made and that the script drops further on:
/// whatever the statement was for goes with the table.
fn goes_with_its_table(run: &PartialRun<'_>, index: usize, dropped: &HashMap<&ObjectName, usize>) -> bool {
    let analysis = run.mapping.back(index);
    let table = only_table(analysis).filter(|_| stays_within(analysis, false));
    table.and_then(|table| dropped.get(table)).is_some_and(|drop| *drop > index)
}

fn role(run: &PartialRun<'_>, index: usize, groups: &[Summary], in_force: &HashSet<&ObjectName>) -> Role {
    let of_it = run.mapping.groups(index);
    let all = of_it.iter().fold(Summary::default(), |all, group| all.or(groups[*group]));
    match (of_it.is_empty(), all.took, all.not || all.undone) {
        (true, ..) => role_of_unmapped(run.mapping.back(index), in_force),
        (false, false, _) => Role::Skip,
        (false, true, false) => Role::Run,
        (false, true, true) => Role::Doubt("it undoes more than what took effect".to_owned()),
    }
}

/// A statement of the script that undoes none of the forward statements for certain.
fn role_of_unmapped(analysis: &Analysis, in_force: &HashSet<&ObjectName>) -> Role {
    use StatementKind::*;
    match analysis.kind {
        Begin | Commit | SetTransaction => return Role::Run,
        Rollback | Savepoint | RollbackToSavepoint | ReleaseSavepoint | Xa => {
            return Role::Doubt("it is part of a transaction that is not as it was written".to_owned());
        }
        Analyze | Optimize | Repair | Flush | Reindex | Vacuum | Select | Show | Handler => return Role::Skip,
        kind if kind.is_harmless() => return Role::Run,
        _ => {}
    }
    let names: Vec<&ObjectName> = changed(analysis).collect();
    let known = !analysis.kind.is_opaque() && !analysis.flags.partial && !names.is_empty();
    let elsewhere = names.iter().all(|name| !in_force.iter().any(|other| alike(name, other)));
    if known && elsewhere {
        return Role::Skip;
    }
    Role::Doubt("which statement it belongs to is not certain".to_owned())
}

/// True if two names may stand for one thing: a missing schema may be any, and a view may be called a table.
fn alike(a: &ObjectName, b: &ObjectName) -> bool {
    let schema = match (&a.schema, &b.schema) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    };
    schema && a.name.eq_ignore_ascii_case(&b.name)
}

/// The first statement of the script that undoes something while something that was done to the same thing later
/// still stands. Operations of `ALTER TABLE` on different columns and indexes do not mind each other.
fn out_of_order(run: &PartialRun<'_>, chosen: &[usize], attributed: &[Attributed]) -> Option<usize> {
    let mut by_back: HashMap<usize, Vec<usize>> = HashMap::new();
    for Attributed { forward, back } in attributed {
        by_back.entry(*back).or_default().push(*forward);
    }
    // The lowest forward statement undone so far, by object and part; the part "" is the object as a whole.
    let mut lowest: HashMap<(&ObjectName, String), usize> = HashMap::new();
    let mut lowest_of: HashMap<&ObjectName, usize> = HashMap::new();
    for back in chosen {
        let definitions = by_back.get(back).into_iter().flatten().filter(|i| run.forward[**i].analysis.kind.is_ddl());
        let mut touched: Vec<(&ObjectName, String, usize)> = Vec::new();
        for index in definitions {
            let analysis = run.mapping.forward(*index);
            let parts = parts(analysis);
            for object in changed(analysis) {
                touched.extend(parts.iter().map(|part| (object, part.clone(), *index)));
            }
        }
        let is_deferred = |(object, part, index): &(&ObjectName, String, usize)| {
            let before = if part.is_empty() {
                lowest_of.get(object)
            } else {
                let (own, whole) = (lowest.get(&(*object, part.clone())), lowest.get(&(*object, String::new())));
                own.into_iter().chain(whole).min()
            };
            before.is_some_and(|before| index > before)
        };
        if touched.iter().any(is_deferred) {
            return Some(*back);
        }
        for (object, part, index) in touched {
            let of = lowest_of.entry(object).or_insert(index);
            *of = index.min(*of);
            let own = lowest.entry((object, part)).or_insert(index);
            *own = index.min(*own);
        }
    }
    None
}

/// The columns and indexes that a statement is about; `""` where it is about the whole object.
fn parts(analysis: &Analysis) -> Vec<String> {
    let whole = vec![String::new()];
    match analysis.kind {
        StatementKind::CreateIndex | StatementKind::DropIndex => {
            let names = changed(analysis).filter(|object| object.kind == crate::sql::ObjectKind::Index);
            names.map(|object| object.name.to_lowercase()).collect()
        }
        StatementKind::AlterTable => {
            let parts: Option<Vec<Vec<String>>> = analysis.operations.iter().map(parts_of).collect();
            parts.map(|parts| parts.concat()).filter(|parts| !parts.is_empty()).unwrap_or(whole)
        }
        _ => whole,
    }
}

fn parts_of(operation: &AlterOperation) -> Option<Vec<String>> {
    use AlterOperation as Op;
    let names: &[&String] = match operation {
        Op::AddColumn { name }
        | Op::DropColumn { name }
        | Op::AddIndex { name: Some(name), .. }
        | Op::DropIndex { name }
        | Op::AddForeignKey { name: Some(name) }
        | Op::DropForeignKey { name }
        | Op::AddCheck { name: Some(name) }
        | Op::DropConstraint { name } => &[name],
        Op::RenameColumn { from, to } | Op::RenameIndex { from, to } => &[from, to],
        Op::Modifier { .. } => &[],
        _ => return None,
    };
    Some(names.iter().map(|name| name.to_lowercase()).collect())
}
