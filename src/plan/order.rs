//! The order in which files start: after what they need, otherwise by version.

use super::names::{Known, Names, Unknown};
use super::{Applied, Candidate, CandidateNeed, Finding, Level, Refusal, squash};
use crate::model::{DependencyType, FileId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Number of missing names that are compared with all others to find the one that was meant.
const NEAREST_FOR: usize = 10;

/// A dependency of a file that runs, resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// On another file that runs.
    Planned(usize),
    /// On a file of an earlier batch.
    Earlier(FileId),
}

/// A resolved dependency and the place that states it.
#[derive(Debug, Clone)]
pub(super) struct Stated<'a> {
    pub(super) on: Link,
    pub(super) path: &'a str,
    pub(super) need: &'a CandidateNeed,
}

/// Result of the directives of the chosen files, by candidate.
pub(super) struct Dependencies<'a> {
    pub(super) stated: Vec<Vec<Stated<'a>>>,
    pub(super) findings: Vec<Vec<Finding>>,
    pub(super) refused: Vec<Refusal>,
}

/// Resolves what the chosen files state.
pub(super) fn resolve<'a>(
    candidates: &'a [Candidate],
    chosen: &[bool],
    names: &Names<'a>,
    earlier: impl Fn(usize) -> Option<&'a Applied>,
) -> Dependencies<'a> {
    let (count, squashes) = (candidates.len(), squash::squashes(candidates));
    let mut all =
        Dependencies { stated: vec![Vec::new(); count], findings: vec![Vec::new(); count], refused: Vec::new() };
    for (index, candidate) in candidates.iter().enumerate().filter(|(index, _)| chosen[*index]) {
        for need in &candidate.needs {
            let known = match names.find_near(&need.name, &candidate.path) {
                Ok(known) => known,
                Err(unknown) if matches!(unknown, Unknown::Missing) => {
                    match squash::stands_for(candidates, &squashes, &need.name).filter(|at| *at != index) {
                        Some(at) => Known::Candidate(at),
                        None => {
                            all.not_found(index, candidate, need, unknown, names);
                            continue;
                        }
                    }
                }
                Err(unknown) => {
                    all.not_found(index, candidate, need, unknown, names);
                    continue;
                }
            };
            let known = stand_in(known, (candidates, &squashes), chosen, &earlier);
            let mut path = names.path(known);
            let (on, completed) = match known {
                Known::Candidate(on) if on == index => {
                    let (path, said_in) = (path.to_owned(), need.said_in.clone());
                    all.refused.push(Refusal::OnItself { path, said_in, line: need.line });
                    continue;
                }
                Known::Candidate(on) if chosen[on] => (Link::Planned(on), true),
                Known::Candidate(on) => match earlier(on) {
                    // Where it was renamed, the journal knows it by the path that it had.
                    Some(applied) => {
                        path = &applied.path;
                        (Link::Earlier(applied.file_id), applied.completed())
                    }
                    None => continue, // an optional one or a conflict beyond the target
                },
                Known::Earlier(applied) => (Link::Earlier(applied.file_id), applied.completed()),
            };
            if !completed && need.kind == DependencyType::Required {
                all.findings[index].push(not_completed(need, path));
            }
            all.stated[index].push(Stated { on, path, need });
        }
    }
    all
}

/// A file that neither runs nor has run is stood for by the squash that replaces it.
fn stand_in<'a>(
    known: Known<'a>,
    (candidates, squashes): (&[Candidate], &[usize]),
    chosen: &[bool],
    earlier: impl Fn(usize) -> Option<&'a Applied>,
) -> Known<'a> {
    match known {
        Known::Candidate(on) if !chosen[on] && earlier(on).is_none() => {
            squash::stands_for(candidates, squashes, &candidates[on].path).map_or(known, Known::Candidate)
        }
        _ => known,
    }
}

impl Dependencies<'_> {
    fn not_found(
        &mut self,
        index: usize,
        candidate: &Candidate,
        need: &CandidateNeed,
        unknown: Unknown,
        names: &Names<'_>,
    ) {
        let (name, said_in, line) = (need.name.clone(), need.said_in.clone(), need.line);
        match (unknown, need.kind) {
            (Unknown::Ambiguous(files), _) => {
                self.refused.push(Refusal::AmbiguousDependency { name, files, said_in, line });
            }
            (Unknown::Missing, DependencyType::Required) => {
                let few = self.refused.len() < NEAREST_FOR;
                let nearest = if few { names.nearest(&name) } else { None };
                let path = candidate.path.clone();
                self.refused.push(Refusal::MissingDependency { path, name, said_in, line, nearest });
            }
            (Unknown::Missing, DependencyType::Conflict) => {
                let message =
                    format!("the conflict with {name:?} means nothing: there is no such file; correct the name");
                self.findings[index].push(Finding::new("unknown_conflict", Level::Warning, Some(line), message));
            }
            (Unknown::Missing, DependencyType::Optional) => {}
        }
    }
}

fn not_completed(need: &CandidateNeed, path: &str) -> Finding {
    let message = format!(
        "it requires {path}, which has not completed and is not planned: it will fail in preparing unless that has \
         changed by then"
    );
    Finding::new("dependency_not_completed", Level::Warning, Some(need.line), message)
}

/// The chosen files in the order in which they start, and the circle that keeps some of them from starting, if there is
/// one; these then come last, by version.
pub(super) fn order(
    candidates: &[Candidate],
    chosen: &[bool],
    stated: &[Vec<Stated<'_>>],
) -> (Vec<usize>, Option<Refusal>) {
    let mut waits_for = vec![0usize; candidates.len()];
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
    for (index, on) in edges(stated) {
        waits_for[index] += 1;
        followers[on].push(index);
    }
    let all = || (0..candidates.len()).filter(|index| chosen[*index]);
    let place = |index: usize| Reverse((candidates[index].order, index));
    let mut ready: BinaryHeap<_> = all().filter(|index| waits_for[*index] == 0).map(place).collect();
    let mut order = Vec::with_capacity(candidates.len());
    while let Some(Reverse((_, index))) = ready.pop() {
        order.push(index);
        for follower in &followers[index] {
            waits_for[*follower] -= 1;
            if waits_for[*follower] == 0 {
                ready.push(place(*follower));
            }
        }
    }
    let mut stuck: Vec<usize> = all().filter(|index| waits_for[*index] > 0).collect();
    if stuck.is_empty() {
        return (order, None);
    }
    stuck.sort_by_key(|index| candidates[*index].order);
    let circle = circle(candidates, stated, &waits_for, stuck[0]);
    order.extend(stuck);
    (order, Some(circle))
}

/// Every `(file, on)` that orders two files of the plan.
fn edges<'a>(stated: &'a [Vec<Stated<'_>>]) -> impl Iterator<Item = (usize, usize)> + 'a {
    stated
        .iter()
        .enumerate()
        .flat_map(|(index, needs)| needs.iter().filter_map(move |s| Some((index, s.orders_after()?))))
}

impl Stated<'_> {
    /// The planned file that has to come before.
    fn orders_after(&self) -> Option<usize> {
        match self.on {
            Link::Planned(on) if self.need.kind != DependencyType::Conflict => Some(on),
            _ => None,
        }
    }
}

/// Follows files that wait for files that wait, until one comes again.
fn circle(candidates: &[Candidate], stated: &[Vec<Stated<'_>>], waits_for: &[usize], from: usize) -> Refusal {
    let mut seen_at = vec![usize::MAX; candidates.len()];
    let mut way: Vec<(usize, &CandidateNeed)> = Vec::new();
    let mut at = from;
    while seen_at[at] == usize::MAX {
        let next = stated[at]
            .iter()
            .filter_map(|s| Some((s.orders_after()?, s.need)))
            .filter(|(on, _)| waits_for[*on] > 0)
            .min_by_key(|(on, _)| candidates[*on].order);
        let Some((on, need)) = next else { break };
        seen_at[at] = way.len();
        way.push((at, need));
        at = on;
    }
    let mut circle = way.split_off(seen_at[at].min(way.len()));
    let first = circle.iter().enumerate().min_by_key(|(_, (index, _))| candidates[*index].order).map_or(0, |(i, _)| i);
    circle.rotate_left(first);
    let (said_in, line) = circle.last().map_or((String::new(), 0), |(_, need)| (need.said_in.clone(), need.line));
    let paths = circle.iter().chain(circle.first()).map(|(index, _)| candidates[*index].path.clone()).collect();
    Refusal::Cycle { circle: paths, said_in, line }
}
