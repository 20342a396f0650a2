//! Waves, and the dependencies that files have without saying so.

use super::objects::{Key, Touched, Touches};
use super::{Finding, Level};
use crate::model::LockMode;
use crate::sql::How;
use std::collections::{HashMap, HashSet};

/// Dependency on an earlier file by an object: that one creates what this one touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Implied {
    /// The place in the order of the file that creates it.
    pub(super) on: usize,
    /// `creates table t, which this file alters`.
    pub(super) description: String,
}

/// The dependencies of one file within the plan, by place in the order.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    /// They come before.
    pub(super) after: Vec<usize>,
    /// Never at the same time, in both directions.
    pub(super) conflicts: Vec<usize>,
}

/// Files without a path between them and without a shared object get the same wave; the order is kept. From 1.
pub(super) fn waves(touches: &[Touches], links: &[Links]) -> Vec<u32> {
    let mut waves: Vec<u32> = Vec::with_capacity(touches.len());
    // The last wave that changed, and the last that only used, each object.
    let mut objects: HashMap<&Key, (u32, u32)> = HashMap::new();
    let (mut floor, mut highest) = (1, 0);
    for (place, touches) in touches.iter().enumerate() {
        let mut wave = floor;
        if touches.unbounded {
            wave = wave.max(highest + 1);
        }
        for on in &links[place].after {
            wave = wave.max(waves[*on] + 1);
        }
        for touched in &touches.all {
            if let Some((changed, used)) = objects.get(&touched.key) {
                wave = wave.max(if shares(touched) { *changed } else { *changed.max(used) } + 1);
            }
        }
        let taken: HashSet<u32> = links[place].conflicts.iter().filter_map(|on| waves.get(*on).copied()).collect();
        while taken.contains(&wave) {
            wave += 1;
        }
        for touched in &touches.all {
            let (changed, used) = objects.entry(&touched.key).or_default();
            let last = if shares(touched) { used } else { changed };
            *last = wave.max(*last);
        }
        highest = highest.max(wave);
        if touches.unbounded {
            floor = wave + 1;
        }
        waves.push(wave);
    }
    waves
}

/// True if others may do the same at the same time.
fn shares(touched: &Touched) -> bool {
    touched.mode() == LockMode::Shared
}

/// Finds what each file needs that an earlier one creates; gives findings about what only a later one creates.
pub(super) fn implied(touches: &[Touches], paths: &[&str]) -> (Vec<Vec<Implied>>, Vec<Vec<Finding>>) {
    let made: Vec<Vec<&Touched>> = touches.iter().map(made_by).collect();
    let mut later: HashMap<&Key, usize> = HashMap::new();
    for (place, made) in made.iter().enumerate().rev() {
        later.extend(made.iter().filter(|m| !m.flags.if_not_exists).map(|m| (&m.key, place)));
    }
    let mut makers: HashMap<&Key, usize> = HashMap::new();
    let mut gone: HashMap<&Key, usize> = HashMap::new();
    let mut all = Vec::with_capacity(touches.len());
    let mut findings = Vec::with_capacity(touches.len());
    for (place, touches) in touches.iter().enumerate() {
        let mut implied: Vec<Implied> = Vec::new();
        let mut odd = Vec::new();
        for touched in needed_by(touches) {
            if touched.related {
                let on = gone.get(&touched.key).filter(|on| !implied.iter().any(|i| i.on == **on));
                implied.extend(on.map(|on| Implied { on: *on, description: made_way(touched) }));
            } else if let Some(on) = makers.get(&touched.key) {
                if implied.last().is_none_or(|last| last.on != *on) && !implied.iter().any(|i| i.on == *on) {
                    implied.push(Implied { on: *on, description: describe(touched) });
                }
            } else if let Some(on) = later.get(&touched.key).filter(|on| **on > place && !touched.flags.if_exists) {
                odd.push(created_later(touched, paths[*on]));
            }
        }
        for touched in &touches.all {
            if matches!(touched.how, How::Drops | How::RenamesFrom) {
                gone.insert(&touched.key, place);
            }
            match touched.how {
                How::Drops | How::RenamesFrom => makers.remove(&touched.key),
                How::Creates | How::RenamesTo => makers.insert(&touched.key, place),
                How::Alters | How::Writes | How::Reads => None,
            };
        }
        all.push(implied);
        findings.push(odd);
    }
    (all, findings)
}

/// The first touch of each object, where it makes the object.
fn made_by(touches: &Touches) -> Vec<&Touched> {
    first_touches(touches).filter(|touched| makes(touched)).collect()
}

/// The first touch of each object, where it needs the object to be there.
fn needed_by(touches: &Touches) -> impl Iterator<Item = &Touched> {
    first_touches(touches).filter(|touched| !makes(touched))
}

fn first_touches(touches: &Touches) -> impl Iterator<Item = &Touched> {
    let mut seen = HashSet::new();
    touches.all.iter().filter(move |touched| seen.insert(&touched.key))
}

fn makes(touched: &Touched) -> bool {
    matches!(touched.how, How::Creates | How::RenamesTo)
}

fn made_way(touched: &Touched) -> String {
    format!("drops or renames {} {}, which stands on what this file changes", touched.object.kind, touched.object)
}

fn describe(touched: &Touched) -> String {
    format!("creates {} {}, which this file {}", touched.object.kind, touched.object, verb(touched.how))
}

fn created_later(touched: &Touched, maker: &str) -> Finding {
    let (object, kind) = (&touched.object, touched.object.kind);
    let message = format!(
        "it {} {kind} {object}, which {maker} creates, and that runs later: unless {object} is there already, it will \
         fail; state the dependency with `-- caribou: requires={maker}`",
        verb(touched.how)
    );
    Finding::new("created_later", Level::Warning, Some(touched.line), message)
}

fn verb(how: How) -> &'static str {
    match how {
        How::RenamesFrom | How::RenamesTo => "renames",
        other => other.as_str(),
    }
}
