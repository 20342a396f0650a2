//! The mapping from the statements of a rollback script to the forward statements that they undo.

use super::need::{changed, needs_undo};
use super::steps::Attributed;
use crate::sql::{Analysis, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Up to so many pairs are compared one by one.
const FEW: usize = 64;

/// The pairs of two scripts. Statements that look alike (ten thousand INSERTs into one table) are one group, which is
/// compared once.
pub(crate) struct Mapping<'a> {
    forward: Vec<Cow<'a, Analysis>>,
    back: Vec<Cow<'a, Analysis>>,
    /// The forward statements of each group.
    members: Vec<Vec<usize>>,
    /// The group of each forward statement.
    group_of: Vec<usize>,
    /// For each statement of the script the groups that it undoes.
    groups: Vec<Vec<usize>>,
}

/// The outcome of some forward statements, together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    /// One at least is in force.
    pub(crate) took: bool,
    /// One at least was in force and has been undone.
    pub(crate) undone: bool,
    /// One at least did not happen, or left nothing.
    pub(crate) not: bool,
}

impl Summary {
    pub(crate) fn or(self, other: Summary) -> Summary {
        Summary { took: self.took || other.took, undone: self.undone || other.undone, not: self.not || other.not }
    }
}

impl<'a> Mapping<'a> {
    pub(crate) fn new(forward: &'a [Statement], back: &'a [Statement]) -> Mapping<'a> {
        let (forward, back) = (qualified(forward), qualified(back));
        let (members, groups) =
            if forward.len() * back.len() <= FEW { each_with_each(&forward, &back) } else { by_group(&forward, &back) };
        let mut group_of = vec![0; forward.len()];
        for (group, members) in members.iter().enumerate() {
            members.iter().for_each(|forward| group_of[*forward] = group);
        }
        Mapping { forward, back, members, group_of, groups }
    }

    /// The groups that a statement of the script undoes.
    pub(crate) fn groups(&self, back: usize) -> &[usize] {
        &self.groups[back]
    }

    /// The group of a forward statement.
    pub(crate) fn group_of(&self, forward: usize) -> usize {
        self.group_of[forward]
    }

    /// The outcome of the statements of each group.
    pub(crate) fn summaries(&self, took: &HashSet<usize>, undone: &HashSet<usize>) -> Vec<Summary> {
        let of = |forward: &usize| Summary {
            took: took.contains(forward),
            undone: undone.contains(forward),
            not: !took.contains(forward) && !undone.contains(forward),
        };
        self.members.iter().map(|members| members.iter().map(of).fold(Summary::default(), Summary::or)).collect()
    }

    /// Analysis of a statement of the script, its names with the schema that `USE` chose.
    pub(crate) fn back(&self, index: usize) -> &Analysis {
        &self.back[index]
    }

    /// As [`Mapping::back`], of a forward statement.
    pub(crate) fn forward(&self, index: usize) -> &Analysis {
        &self.forward[index]
    }

    /// For each statement of `took` that one of `run` undoes: it, and the last such one. What was done within a table
    /// that is dropped again goes with the table.
    pub(super) fn attribute(&self, run: &[usize], took: &[usize]) -> Vec<Attributed> {
        let mut last: HashMap<usize, usize> = HashMap::new();
        for back in run {
            last.extend(self.groups[*back].iter().map(|group| (*group, *back)));
        }
        let mut by: HashMap<usize, usize> = HashMap::new();
        for (group, back) in last {
            by.extend(self.members[group].iter().map(|forward| (*forward, back)));
        }
        let triggers = self.has_trigger(took);
        let mut within: HashMap<&ObjectName, usize> = HashMap::new();
        let mut attributed = Vec::with_capacity(took.len());
        for index in took {
            let analysis = self.forward(*index);
            let table = only_table(analysis);
            if let Some(back) = by.get(index) {
                attributed.push(Attributed { forward: *index, back: *back });
                if analysis.kind == StatementKind::CreateTable
                    && let Some(table) = table
                {
                    within.insert(table, *back);
                }
                continue;
            }
            let goes_with = table.and_then(|table| within.get(table)).filter(|_| stays_within(analysis, triggers));
            attributed.extend(goes_with.map(|back| Attributed { forward: *index, back: *back }));
        }
        attributed
    }
}

impl Mapping<'_> {
    fn has_trigger(&self, took: &[usize]) -> bool {
        took.iter().any(|index| self.forward[*index].kind == StatementKind::CreateTrigger)
    }
}

/// The members of each group, and the groups that each statement of the script undoes.
type Groups = (Vec<Vec<usize>>, Vec<Vec<usize>>);

/// Short scripts: every statement is a group of its own.
fn each_with_each(forward: &[Cow<'_, Analysis>], back: &[Cow<'_, Analysis>]) -> Groups {
    let members = (0..forward.len()).map(|index| vec![index]).collect();
    let undone = |back: &Cow<'_, Analysis>| {
        (0..forward.len()).filter(|index| super::pairs::undoes(back, &forward[*index])).collect()
    };
    (members, back.iter().map(undone).collect())
}

/// Long scripts: equal statements are compared once, and only those with an object in common.
fn by_group(forward: &[Cow<'_, Analysis>], back: &[Cow<'_, Analysis>]) -> Groups {
    let (members, forward_groups) = grouped(forward);
    let (back_members, _) = grouped(back);
    let mut by_object: HashMap<String, Vec<usize>> = HashMap::new();
    for (group, analysis) in forward_groups.iter().enumerate() {
        for name in names(analysis) {
            by_object.entry(name).or_default().push(group);
        }
    }
    let mut undone = vec![Vec::new(); back.len()];
    for alike in &back_members {
        let analysis = &back[alike[0]];
        let mut near: Vec<usize> = names(analysis).filter_map(|name| by_object.get(&name)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        near.retain(|group| super::pairs::undoes(analysis, forward_groups[*group]));
        for index in alike {
            undone[*index].clone_from(&near);
        }
    }
    (members, undone)
}

/// True if all that a statement changes is in the table that it names: rows, columns, indexes, its triggers.
pub(crate) fn stays_within(analysis: &Analysis, triggers: bool) -> bool {
    use StatementKind::*;
    match analysis.kind {
        Insert | Update | Delete | Replace | Upsert => !triggers && !analysis.flags.partial,
        AlterTable | CreateIndex | DropIndex | Truncate => !analysis.flags.partial,
        _ => false,
    }
}

/// The one table that a statement changes, if it changes nothing else but indexes.
pub(crate) fn only_table(analysis: &Analysis) -> Option<&ObjectName> {
    let renames = analysis.touches.iter().any(|touch| matches!(touch.how, How::RenamesFrom | How::RenamesTo));
    let mut others = changed(analysis).filter(|object| object.kind != ObjectKind::Index);
    match (others.next(), others.next()) {
        (Some(table), None) if table.kind == ObjectKind::Table && !renames => Some(table),
        _ => None,
    }
}

/// Groups statements whose analyses are equal: the members of each group, and the analysis that they share.
fn grouped<'s>(statements: &'s [Cow<'_, Analysis>]) -> (Vec<Vec<usize>>, Vec<&'s Analysis>) {
    let mut groups: HashMap<_, usize> = HashMap::new();
    let (mut members, mut shared): (Vec<Vec<usize>>, Vec<&Analysis>) = (Vec::new(), Vec::new());
    for (index, analysis) in statements.iter().enumerate() {
        let look = (analysis.kind, &analysis.touches, &analysis.operations, analysis.flags);
        let group = *groups.entry(look).or_insert(members.len());
        if group == members.len() {
            members.push(Vec::new());
            shared.push(analysis);
        }
        members[group].push(index);
    }
    (members, shared)
}

fn names(analysis: &Analysis) -> impl Iterator<Item = String> + '_ {
    let names: HashSet<String> = changed(analysis).map(|object| object.name.to_lowercase()).collect();
    names.into_iter()
}

/// The analyses with the schema that `USE` chose before each statement, where there was one.
fn qualified(statements: &[Statement]) -> Vec<Cow<'_, Analysis>> {
    let mut current: Option<&str> = None;
    let analyses = statements.iter().map(|statement| {
        let analysis = &statement.analysis;
        if analysis.kind == StatementKind::Use {
            let schemas = analysis.touches.iter().map(|touch| &touch.object).filter(|o| o.kind == ObjectKind::Schema);
            current = schemas.map(|object| object.name.as_str()).next().or(current);
        }
        let Some(schema) = current else { return Cow::Borrowed(analysis) };
        let mut analysis = analysis.clone();
        for touch in &mut analysis.touches {
            if touch.object.kind != ObjectKind::Schema && touch.object.schema.is_none() {
                touch.object.schema = Some(schema.to_owned());
            }
        }
        Cow::Owned(analysis)
    });
    analyses.collect()
}

/// Of each forward statement, whether its own undo in the script is certain.
pub fn certain(forward: &[Statement], back: &[Statement]) -> Vec<bool> {
    let mapping = Mapping::new(forward, back);
    let needed = needs_undo(forward);
    let all: Vec<usize> = (0..forward.len()).filter(|index| needed[*index]).collect();
    let run: Vec<usize> = (0..back.len()).collect();
    let mut certain = vec![false; forward.len()];
    for Attributed { forward: index, .. } in mapping.attribute(&run, &all) {
        certain[index] = !forward[index].analysis.flags.if_not_exists;
    }
    certain
}
