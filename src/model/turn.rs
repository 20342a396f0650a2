//! Turns of the files when several may be under way: the order of the plan is the order in which they start, and no
//! file overtakes another one with which it clashes.

use crate::model::{Batch, Clash, DependencyType, File, FileId, FileState, Hold, Outcome};
use std::collections::BTreeSet;

/// Number of waiting files that are looked at for one whose turn has come.
const LOOKAHEAD: usize = 32;

/// The line in which a file stands.
#[derive(Debug, Clone, Copy)]
pub struct Queue<'a> {
    /// File that is just before it.
    pub behind: &'a File,
    pub clash: Clash<'a>,
    /// 1 for the next.
    pub place: u32,
}

impl Queue<'_> {
    /// Reason why the file is held, for people.
    pub fn reason(&self) -> String {
        format!("after {}: {}", self.behind.path, self.clash)
    }

    /// The same with its place in the line.
    pub fn in_line(&self) -> String {
        format!("in line at place {}, {}", self.place, self.reason())
    }
}

impl File {
    /// True if it holds its locks: from the end of preparing until it is completed or undone.
    pub fn holds_locks(&self) -> bool {
        !matches!(self.state, FileState::Idle | FileState::Preparing | FileState::Failed)
    }

    /// True if it waits for another one's locks.
    pub fn is_blocked(&self) -> bool {
        self.holds.iter().any(|(hold, _)| *hold == Hold::Blocked)
    }
}

impl Batch {
    /// The line in which a file stands that is in preparing, or would be if its turn came; `None` when it is free to go.
    ///
    /// Before it are the files that hold locks, and of the others those that come earlier in the plan and will still run.
    pub fn queue<'a>(&'a self, file: &'a File) -> Option<Queue<'a>> {
        let own = (file.sort_order, file.id);
        let earlier = |f: &&File| (f.sort_order, f.id) < own;
        let active = self.active().filter(|f| f.id != file.id && (f.holds_locks() || earlier(f)));
        let waiting = self.still_to_come().take_while(earlier);
        let mut ahead: Vec<(&File, Clash<'_>)> =
            active.chain(waiting).filter_map(|f| Some((f, file.clash(f)?))).collect();
        // Somebody who comes later and holds locks all the same (the file was retried) stands first.
        ahead.sort_by_key(|(f, _)| (earlier(f), f.sort_order, f.id));
        let (behind, clash) = *ahead.last()?;
        Some(Queue { behind, clash, place: u32::try_from(ahead.len()).unwrap_or(u32::MAX) })
    }

    /// The file whose turn is next, while at most `width` are under way. One that clashes with those before it may
    /// stand in line in preparing; so may as many as may be under way.
    pub fn next_turn(&self, width: usize) -> Option<&File> {
        let blocked = self.active().filter(|f| f.is_blocked()).count();
        if self.active.len() - blocked >= width {
            return None;
        }
        let may_block = width > 1 && blocked < width;
        let mut passed: Vec<&File> = Vec::new();
        for file in self.still_to_come().take(LOOKAHEAD) {
            let clashes = |f: &&File| file.clash(f).is_some();
            let own = (file.sort_order, file.id);
            let stands_before = |f: &&File| f.holds_locks() || (f.sort_order, f.id) < own;
            let is_free = || !self.active().filter(stands_before).chain(passed.iter().copied()).any(|f| clashes(&f));
            let may_go = || may_block || is_free();
            if self.blocked_by(file).is_none() && !self.follows_one_of(file, &passed) && may_go() {
                return Some(file);
            }
            passed.push(file);
        }
        None
    }

    /// Up to so many of the files that may be next: they wait for no other file, and share no object with one that is under
    /// way or stands before them.
    pub fn coming(&self, count: usize) -> Vec<&File> {
        let mut passed: Vec<&File> = Vec::new();
        let mut coming = Vec::new();
        for file in self.still_to_come().take(LOOKAHEAD) {
            if coming.len() >= count {
                break;
            }
            let is_free = || !self.active().chain(passed.iter().copied()).any(|f| file.clash(f).is_some());
            if self.blocked_by(file).is_none() && !self.follows_one_of(file, &passed) && is_free() {
                coming.push(file);
            }
            passed.push(file);
        }
        coming
    }

    /// True if an optional dependency of the file has not ended: it is under way, or among those that wait.
    fn follows_one_of(&self, file: &File, waiting: &[&File]) -> bool {
        let optional = file.depends_on.iter().filter(|d| d.kind == DependencyType::Optional);
        optional.into_iter().any(|d| self.active.contains(&d.on) || waiting.iter().any(|f| f.id == d.on))
    }

    /// The waiting files, in order, but for those that wait for one that failed or was undone: they stay, and hold
    /// nobody up.
    pub(crate) fn still_to_come(&self) -> impl Iterator<Item = &File> {
        let mut stuck: BTreeSet<FileId> = BTreeSet::new();
        let waiting = self.waiting.iter().filter_map(|(_, id)| self.files.get(id));
        waiting.filter(move |file| {
            let required = file.depends_on.iter().filter(|d| d.kind == DependencyType::Required);
            let mut on = required.filter_map(|d| self.files.get(&d.on));
            let is_stuck = on.any(|on| on.has_ended_badly() || stuck.contains(&on.id));
            if is_stuck {
                stuck.insert(file.id);
            }
            !is_stuck
        })
    }
}

impl File {
    fn has_ended_badly(&self) -> bool {
        self.state == FileState::Failed || (self.state == FileState::Idle && self.outcome == Some(Outcome::RolledBack))
    }
}
