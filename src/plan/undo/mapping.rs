//! Which statement of a rollback script takes back which forward statement.

use super::need::changed;
use crate::sql::{self, Analysis, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Up to so many pairs are compared one by one.
const FEW: usize = 64;

/// What is known of two scripts. Statements that look alike (ten thousand INSERTs into one table) are compared once.
pub(super) struct Mapping<'a> {
    forward: Vec<Cow<'a, Analysis>>,
    back: Vec<Cow<'a, Analysis>>,
    /// The forward statements of each look.
    members: Vec<Vec<usize>>,
    /// The look of each forward statement.
    look_of: Vec<usize>,
    /// For each statement of the script the looks that it takes back.
    looks: Vec<Vec<usize>>,
}

/// What became of some forward statements, together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Summary {
    /// One at least is in force.
    pub(super) took: bool,
    /// One at least was in force and has been taken back.
    pub(super) undone: bool,
    /// One at least did not happen, or left nothing.
    pub(super) not: bool,
}

impl Summary {
    pub(super) fn or(self, other: Summary) -> Summary {
        Summary { took: self.took || other.took, undone: self.undone || other.undone, not: self.not || other.not }
    }
}

impl<'a> Mapping<'a> {
    pub(super) fn new(forward: &'a [Statement], back: &'a [Statement]) -> Mapping<'a> {
        let (forward, back) = (qualified(forward), qualified(back));
        let (members, looks) =
            if forward.len() * back.len() <= FEW { each_with_each(&forward, &back) } else { by_look(&forward, &back) };
        let mut look_of = vec![0; forward.len()];
        for (look, members) in members.iter().enumerate() {
            members.iter().for_each(|forward| look_of[*forward] = look);
        }
        Mapping { forward, back, members, look_of, looks }
    }

    /// The looks that a statement of the script takes back.
    pub(super) fn looks(&self, back: usize) -> &[usize] {
        &self.looks[back]
    }

    /// The look of a forward statement.
    pub(super) fn look_of(&self, forward: usize) -> usize {
        self.look_of[forward]
    }

    /// What became of the statements of each look.
    pub(super) fn summaries(&self, took: &HashSet<usize>, undone: &HashSet<usize>) -> Vec<Summary> {
        let of = |forward: &usize| Summary {
            took: took.contains(forward),
            undone: undone.contains(forward),
            not: !took.contains(forward) && !undone.contains(forward),
        };
        self.members.iter().map(|members| members.iter().map(of).fold(Summary::default(), Summary::or)).collect()
    }

    /// What the statement of the script is, its names with the schema that `USE` chose.
    pub(super) fn back(&self, index: usize) -> &Analysis {
        &self.back[index]
    }

    /// As [`Mapping::back`], of a forward statement.
    pub(super) fn forward(&self, index: usize) -> &Analysis {
        &self.forward[index]
    }

    /// For each statement of `took` that one of `run` takes back: it, and the last such one. What was done within a table
    /// that is dropped again goes with the table.
    pub(super) fn attribute(&self, run: &[usize], took: &[usize]) -> Vec<(usize, usize)> {
        let mut last: HashMap<usize, usize> = HashMap::new();
        for back in run {
            last.extend(self.looks[*back].iter().map(|look| (*look, *back)));
        }
        let mut by: HashMap<usize, usize> = HashMap::new();
        for (look, back) in last {
            by.extend(self.members[look].iter().map(|forward| (*forward, back)));
        }
        let triggers = self.has_trigger(took);
        let mut within: HashMap<&ObjectName, usize> = HashMap::new();
        let mut attributed = Vec::with_capacity(took.len());
        for index in took {
            let analysis = self.forward(*index);
            let table = only_table(analysis);
            if let Some(back) = by.get(index) {
                attributed.push((*index, *back));
                if analysis.kind == StatementKind::CreateTable
                    && let Some(table) = table
                {
                    within.insert(table, *back);
                }
                continue;
            }
            let goes_with = table.and_then(|table| within.get(table)).filter(|_| stays_within(analysis, triggers));
            attributed.extend(goes_with.map(|back| (*index, *back)));
        }
        attributed
    }
}

impl Mapping<'_> {
    fn has_trigger(&self, took: &[usize]) -> bool {
        took.iter().any(|index| self.forward[*index].kind == StatementKind::CreateTrigger)
    }
}

/// The members of each look, and the looks that each statement of the script takes back.
type Looks = (Vec<Vec<usize>>, Vec<Vec<usize>>);

/// Short scripts: every statement is a look of its own.
fn each_with_each(forward: &[Cow<'_, Analysis>], back: &[Cow<'_, Analysis>]) -> Looks {
    let members = (0..forward.len()).map(|index| vec![index]).collect();
    let undone =
        |back: &Cow<'_, Analysis>| (0..forward.len()).filter(|index| sql::undoes(back, &forward[*index])).collect();
    (members, back.iter().map(undone).collect())
}

/// Long scripts: equal statements are compared once, and only those with an object in common.
fn by_look(forward: &[Cow<'_, Analysis>], back: &[Cow<'_, Analysis>]) -> Looks {
    let (members, forward_looks) = looks(forward);
    let (back_members, _) = looks(back);
    let mut by_object: HashMap<String, Vec<usize>> = HashMap::new();
    for (look, analysis) in forward_looks.iter().enumerate() {
        for name in names(analysis) {
            by_object.entry(name).or_default().push(look);
        }
    }
    let mut undone = vec![Vec::new(); back.len()];
    for alike in &back_members {
        let analysis = &back[alike[0]];
        let mut near: Vec<usize> = names(analysis).filter_map(|name| by_object.get(&name)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        near.retain(|look| sql::undoes(analysis, forward_looks[*look]));
        for index in alike {
            undone[*index].clone_from(&near);
        }
    }
    (members, undone)
}

/// Whether all that a statement changes is in the table that it names: rows, columns, indexes, its triggers.
pub(super) fn stays_within(analysis: &Analysis, triggers: bool) -> bool {
    use StatementKind::*;
    match analysis.kind {
        Insert | Update | Delete | Replace | Upsert => !triggers && !analysis.flags.partial,
        AlterTable | CreateIndex | DropIndex | Truncate => !analysis.flags.partial,
        _ => false,
    }
}

/// The one table that a statement changes, if it changes nothing else but indexes.
pub(super) fn only_table(analysis: &Analysis) -> Option<&ObjectName> {
    let renames = analysis.touches.iter().any(|touch| matches!(touch.how, How::RenamesFrom | How::RenamesTo));
    let mut others = changed(analysis).filter(|object| object.kind != ObjectKind::Index);
    match (others.next(), others.next()) {
        (Some(table), None) if table.kind == ObjectKind::Table && !renames => Some(table),
        _ => None,
    }
}

/// Groups statements whose analyses are equal; the groups, and what each looks like.
fn looks<'s>(statements: &'s [Cow<'_, Analysis>]) -> (Vec<Vec<usize>>, Vec<&'s Analysis>) {
    let mut groups: HashMap<_, usize> = HashMap::new();
    let (mut members, mut looks): (Vec<Vec<usize>>, Vec<&Analysis>) = (Vec::new(), Vec::new());
    for (index, analysis) in statements.iter().enumerate() {
        let look = (analysis.kind, &analysis.touches, &analysis.operations, analysis.flags);
        let group = *groups.entry(look).or_insert(members.len());
        if group == members.len() {
            members.push(Vec::new());
            looks.push(analysis);
        }
        members[group].push(index);
    }
    (members, looks)
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
