//! Times at which the parts of a batch begin and end if each takes as long as is thought, and the path that decides the
//! end.

use crate::model::{LockMode, Locks};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

/// One part: what it takes, what it waits for, what it locks.
#[derive(Debug, Clone, Default)]
pub struct Part<'a> {
    /// Milliseconds.
    pub ms: u64,
    /// It is under way: it begins at once.
    pub begun: bool,
    /// Places of the parts that end before it begins.
    pub after: Vec<usize>,
    pub locks: Option<&'a Locks>,
}

/// Time of one part, in milliseconds from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub start: u64,
    pub end: u64,
    /// The part by whose end its beginning is decided.
    pub behind: Option<usize>,
}

/// Times of all parts. One that waits for itself has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    pub slots: Vec<Option<Slot>>,
    /// Places of the parts that decide the end, the first to begin first.
    pub path: Vec<usize>,
}

impl Schedule {
    /// Milliseconds until the last part has ended.
    pub fn end(&self) -> u64 {
        self.path.last().and_then(|last| self.slots[*last]).map_or(0, |slot| slot.end)
    }
}

/// Lets the parts begin in their order, so many at a time, each when what it waits for has ended: as a batch does.
pub fn schedule(parts: &[Part<'_>], width: usize) -> Schedule {
    let mut run = Run::new(parts);
    while run.step(parts, width.max(1)) {}
    Schedule { path: path(&run.slots), slots: run.slots }
}

/// The parts as they begin and end.
struct Run {
    slots: Vec<Option<Slot>>,
    /// Parts that wait for each, and how many each waits for.
    followers: Vec<Vec<usize>>,
    open: Vec<usize>,
    ready: BTreeSet<usize>,
    under_way: BinaryHeap<Reverse<(u64, usize)>>,
    now: u64,
    /// The part that has ended last, and of each part, that it waited for longest.
    last: Option<usize>,
    longest: Vec<Option<usize>>,
}

impl Run {
    fn new(parts: &[Part<'_>]) -> Run {
        let mut run = Run {
            slots: vec![None; parts.len()],
            followers: vec![Vec::new(); parts.len()],
            open: vec![0; parts.len()],
            ready: BTreeSet::new(),
            under_way: BinaryHeap::new(),
            now: 0,
            last: None,
            longest: vec![None; parts.len()],
        };
        for (place, after) in order(parts).into_iter().enumerate() {
            if parts[place].begun {
                run.begin(parts, place);
                continue;
            }
            run.open[place] = after.len();
            after.iter().for_each(|on| run.followers[*on].push(place));
            if after.is_empty() {
                run.ready.insert(place);
            }
        }
        run
    }

    fn begin(&mut self, parts: &[Part<'_>], place: usize) {
        let freed = self.last.filter(|_| self.now > 0);
        let behind = self.longest[place].filter(|on| self.ends_now(*on)).or(freed);
        let end = self.now.saturating_add(parts[place].ms);
        self.slots[place] = Some(Slot { start: self.now, end, behind });
        self.under_way.push(Reverse((end, place)));
    }

    fn ends_now(&self, place: usize) -> bool {
        self.slots[place].is_some_and(|slot| slot.end == self.now)
    }

    /// Fills what is free, and goes on to the next end. False when nothing is left.
    fn step(&mut self, parts: &[Part<'_>], width: usize) -> bool {
        while self.under_way.len() < width
            && let Some(next) = self.ready.pop_first()
        {
            self.begin(parts, next);
        }
        let Some(Reverse((end, place))) = self.under_way.pop() else { return false };
        self.now = end;
        self.last = Some(place);
        for follower in std::mem::take(&mut self.followers[place]) {
            self.longest[follower] = Some(place);
            self.open[follower] -= 1;
            if self.open[follower] == 0 {
                self.ready.insert(follower);
            }
        }
        true
    }
}

fn path(slots: &[Option<Slot>]) -> Vec<usize> {
    let ends = slots.iter().enumerate().filter_map(|(place, slot)| Some((slot.as_ref()?.end, place)));
    let mut next = ends.max_by_key(|(end, place)| (*end, Reverse(*place))).map(|(_, place)| place);
    let mut path = Vec::new();
    while let Some(place) = next {
        path.push(place);
        next = slots[place].and_then(|slot| slot.behind);
    }
    path.reverse();
    path
}

/// What each part waits for: what it says, and earlier ones that lock what it locks.
fn order(parts: &[Part<'_>]) -> Vec<Vec<usize>> {
    let mut users = Users::default();
    let all = parts.iter().enumerate().map(|(place, part)| {
        let mut after: Vec<usize> = part.after.iter().copied().filter(|on| *on < parts.len() && *on != place).collect();
        if let Some(locks) = part.locks {
            users.add(place, locks, &mut after);
        }
        after.sort_unstable();
        after.dedup();
        after
    });
    all.collect()
}

/// The parts that used each object last.
#[derive(Default)]
struct Users<'a> {
    objects: HashMap<&'a str, (Option<usize>, Vec<usize>)>,
    /// The last part that may use anything, and those since.
    anything: Option<usize>,
    since: Vec<usize>,
}

impl<'a> Users<'a> {
    fn add(&mut self, place: usize, locks: &'a Locks, after: &mut Vec<usize>) {
        after.extend(self.anything);
        let Some(locks) = locks else {
            after.append(&mut self.since);
            self.objects.clear();
            self.anything = Some(place);
            return;
        };
        self.since.push(place);
        for lock in locks {
            let (changed, used) = self.objects.entry(&lock.object).or_default();
            after.extend(*changed);
            if lock.mode == LockMode::Exclusive {
                after.append(used);
                *changed = Some(place);
            } else {
                used.push(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectLock;

    fn part(ms: u64, after: &[usize]) -> Part<'static> {
        Part { ms, after: after.to_vec(), ..Part::default() }
    }

    fn times(schedule: &Schedule) -> Vec<(u64, u64)> {
        schedule.slots.iter().map(|slot| slot.map_or((0, 0), |slot| (slot.start, slot.end))).collect()
    }

    #[test]
    fn a_chain_takes_the_sum_of_its_parts() {
        let plan = schedule(&[part(5, &[]), part(0, &[0]), part(7, &[1])], 4);
        assert_eq!((plan.end(), plan.path.clone()), (12, vec![0, 1, 2]));
        assert_eq!(times(&plan), [(0, 5), (5, 5), (5, 12)]);
    }

    #[test]
    fn the_longer_of_two_ways_decides() {
        let plan = schedule(&[part(2, &[]), part(9, &[0]), part(3, &[0]), part(1, &[1, 2])], 4);
        assert_eq!((plan.end(), plan.path), (12, vec![0, 1, 3]));
    }

    #[test]
    fn where_fewer_may_run_than_could_the_others_wait_for_a_place() {
        let parts = [part(4, &[]), part(6, &[]), part(3, &[])];
        assert_eq!(schedule(&parts, 3).end(), 6);
        let two = schedule(&parts, 2);
        assert_eq!((times(&two), two.path), (vec![(0, 4), (0, 6), (4, 7)], vec![0, 2]));
        assert_eq!(schedule(&parts, 1).end(), 13);
        assert_eq!(schedule(&parts, 0).end(), 13, "one is always under way");
    }

    #[test]
    fn what_is_under_way_needs_no_place() {
        let begun = |ms| Part { ms, begun: true, ..Part::default() };
        let plan = schedule(&[begun(5), begun(8), part(1, &[0])], 1);
        assert_eq!(times(&plan), [(0, 5), (0, 8), (8, 9)]);
    }

    #[test]
    fn who_locks_the_same_comes_one_after_the_other() {
        let locks = |mode| Some(vec![ObjectLock { object: "table t".into(), mode, changes: None }]);
        let (changes, reads, anything) = (locks(LockMode::Exclusive), locks(LockMode::Shared), None);
        let of = |ms, locks| Part { ms, locks: Some(locks), ..Part::default() };
        let plan = schedule(&[of(2, &changes), of(3, &reads), of(4, &reads), of(1, &changes)], 9);
        assert_eq!(times(&plan), [(0, 2), (2, 5), (2, 6), (6, 7)]);
        let plan = schedule(&[of(2, &reads), of(3, &anything), of(4, &reads)], 9);
        assert_eq!(times(&plan), [(0, 2), (2, 5), (5, 9)]);
    }

    #[test]
    fn a_part_that_waits_for_itself_has_no_time_and_holds_nobody_up() {
        let plan = schedule(&[part(1, &[1]), part(1, &[0]), part(2, &[7])], 2);
        assert_eq!(plan.slots[..2], [None, None]);
        assert_eq!((plan.end(), plan.path), (2, vec![2]));
        assert_eq!(schedule(&[], 2), Schedule::default());
    }

    #[test]
    fn at_random_the_path_is_as_long_as_the_whole_and_the_end_falls_with_each_part_that_ends() {
        for seed in 0..300 {
            let mut random = fastrand::Rng::with_seed(seed);
            let n = random.usize(1..30);
            let mut parts: Vec<Part<'_>> = (0..n)
                .map(|place| {
                    let needs = if place == 0 { 0 } else { random.usize(0..3) };
                    let after: Vec<usize> = (0..needs).map(|_| random.usize(0..place)).collect();
                    part(random.u64(0..50), &after)
                })
                .collect();
            let width = random.usize(1..5);
            let plan = schedule(&parts, width);
            let sum: u64 = plan.path.iter().map(|place| parts[*place].ms).sum();
            assert_eq!(plan.end(), sum, "seed {seed}");
            assert!(plan.end() <= parts.iter().map(|part| part.ms).sum(), "seed {seed}");
            // With room for all, whoever ends takes its time with it, and never adds any.
            let mut order: Vec<usize> = (0..n).collect();
            random.shuffle(&mut order);
            let mut before = schedule(&parts, n).end();
            for place in order {
                parts[place].ms = 0;
                let now = schedule(&parts, n).end();
                assert!(now <= before, "seed {seed}: {now} after {before}");
                before = now;
            }
            assert_eq!(before, 0);
        }
    }
}
