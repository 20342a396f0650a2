//! Lines of the story: one for each file that has begun, one for each thing that happened around them. A line is added
//! at the top when it begins, and changes in its place afterwards.

use crate::model::{
    Batch, CommandId, Event, EventKind, FileId, FileState, Hold, Millis, RollbackId, SystemStateId, Token,
    ValidationPhase, ValidationStatus, Verb,
};
use std::collections::{BTreeSet, VecDeque};

/// Lines about the system that are kept; the oldest go first.
const SYSTEM_LINES: usize = 200;

/// A line's name, by which a cursor stays on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    File(FileId),
    /// Number of a line about the system, given when it began.
    System(u64),
}

/// The matter of a line about the system: what comes of it later changes that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    Command(CommandId),
    /// Steps of one operator, one after the other.
    Steps,
    Rollback(RollbackId),
    Freeze(SystemStateId),
    Lease(Token),
    Hold(Hold),
    Probes(ValidationPhase),
    /// It stands alone.
    Once,
}

/// A line about the system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemLine {
    number: u64,
    matter: Matter,
    /// The event that it tells of now.
    pub event: Event,
    /// Time when a command reached what it asked for.
    pub effective: Option<Millis>,
    /// Number of times that it happened, one after the other.
    pub times: u32,
}

impl SystemLine {
    /// Time of what it tells: a command that is in effect is told as of then.
    pub fn at(&self) -> Millis {
        self.effective.unwrap_or(self.event.at)
    }

    /// Its name among the lines.
    pub fn key(&self) -> Key {
        Key::System(self.number)
    }
}

/// The lines, oldest first.
#[derive(Debug, Default)]
pub struct Story {
    keys: Vec<Key>,
    begun: BTreeSet<FileId>,
    system: VecDeque<SystemLine>,
    last_number: u64,
}

impl Story {
    /// The story of a batch that is opened with its newest events: files that began before them come first, in the
    /// order of their last move.
    pub fn open(batch: &Batch, recent: &[Event]) -> Story {
        let mut story = Story::default();
        let told: BTreeSet<FileId> = recent.iter().filter_map(|e| begins(&e.kind)).collect();
        let mut earlier: Vec<(Millis, u32, FileId)> = batch
            .files
            .briefs()
            .map(|f| f.facts)
            .filter(|f| f.has_begun)
            .map(|f| (f.moved_at, f.sort_order, f.id))
            .collect();
        earlier.sort_unstable();
        earlier.iter().filter(|(_, _, id)| !told.contains(id)).for_each(|(_, _, id)| story.begin(*id));
        recent.iter().for_each(|event| story.take(event));
        story
    }

    /// Takes in an event.
    pub fn take(&mut self, event: &Event) {
        match begins(&event.kind) {
            Some(file) => self.begin(file),
            None => self.take_system(event),
        }
    }

    fn begin(&mut self, file: FileId) {
        if self.begun.insert(file) {
            self.keys.push(Key::File(file));
        }
    }

    fn take_system(&mut self, event: &Event) {
        if let EventKind::CommandEffective { command } = &event.kind {
            let is_of = |line: &&mut SystemLine| match &line.event.kind {
                EventKind::CommandAccepted { command: id, .. } => id == command,
                _ => false,
            };
            if let Some(line) = self.system.iter_mut().rev().find(is_of) {
                line.effective = Some(event.at);
            }
            return;
        }
        let Some(matter) = matter(&event.kind) else { return };
        let last_is = |line: &SystemLine, matter| line.matter == matter && line.event.operator == event.operator;
        let line = match matter {
            Matter::Once => None,
            Matter::Steps => self.system.back_mut().filter(|line| last_is(line, matter)),
            // A hold that was lifted is over; the next one is another.
            Matter::Hold(_) if matches!(event.kind, EventKind::HoldPlaced { .. }) => None,
            _ => self.system.iter_mut().rev().find(|line| line.matter == matter),
        };
        match line {
            Some(line) => {
                line.times += u32::from(matter == Matter::Steps);
                line.effective = None;
                line.event = event.clone();
            }
            None if matches!(event.kind, EventKind::HoldLifted { .. }) => {}
            None => self.add(matter, event),
        }
    }

    fn add(&mut self, matter: Matter, event: &Event) {
        self.last_number += 1;
        let number = self.last_number;
        self.system.push_back(SystemLine { number, matter, event: event.clone(), effective: None, times: 1 });
        self.keys.push(Key::System(number));
        if self.system.len() > SYSTEM_LINES
            && let Some(gone) = self.system.pop_front()
        {
            self.keys.retain(|key| *key != Key::System(gone.number));
        }
    }

    /// The lines, newest begun first.
    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.keys.iter().rev().copied()
    }

    /// Number of lines.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// A line about the system.
    pub fn system(&self, number: u64) -> Option<&SystemLine> {
        let place = self.system.binary_search_by_key(&number, |line| line.number).ok()?;
        self.system.get(place)
    }
}

/// The file that begins with an event.
fn begins(kind: &EventKind) -> Option<FileId> {
    match kind {
        EventKind::FileMoved { file, from: FileState::Idle, .. } => Some(*file),
        _ => None,
    }
}

/// The matter of an event about the system; `None` for one that has no line here: files and alerts are told elsewhere.
fn matter(kind: &EventKind) -> Option<Matter> {
    use EventKind::*;
    Some(match kind {
        CommandAccepted { verb: Verb::Step { .. }, .. } => Matter::Steps,
        CommandAccepted { command, .. } | CommandRefused { command, .. } => Matter::Command(*command),
        RollbackOpened { rollback, .. }
        | RollbackStarted { rollback, .. }
        | RollbackEnded { rollback, .. }
        | WindowWarned { rollback, .. }
        | WindowLapsed { rollback, .. }
        | DecisionAccepted { rollback, .. } => Matter::Rollback(*rollback),
        FreezeChanged { state, .. } => Matter::Freeze(*state),
        LeaseTaken { token, .. } | LeaseReleased { token } => Matter::Lease(*token),
        HoldPlaced { hold, file: None, .. } | HoldLifted { hold, file: None } => Matter::Hold(*hold),
        ProbesMeasured { phase, .. } => Matter::Probes(*phase),
        ValidationRecorded { file: None, status: ValidationStatus::Failed | ValidationStatus::Warning, .. }
        | BatchCreated { .. }
        | BatchStarted
        | BatchProlonged { .. }
        | BatchEnded { .. }
        | DecisionRefused { .. }
        | ServerChanged { .. }
        | ServerAccepted { .. }
        | OutageEnded { .. }
        | ChecklistTicked { .. } => Matter::Once,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BatchId;

    fn event(seq: i64, kind: EventKind) -> Event {
        let at = Millis(seq * 1_000);
        Event { batch: BatchId(1), seq: crate::model::Seq(seq), at, operator: None, kind }
    }

    #[test]
    fn what_comes_of_a_matter_changes_its_line() {
        let mut story = Story::default();
        let rollback = RollbackId(7);
        story.take(&event(1, EventKind::RollbackStarted { rollback, files: Vec::new(), compensating: None }));
        story.take(&event(2, EventKind::BatchStarted));
        let status = crate::model::RollbackStatus::Completed;
        story.take(&event(3, EventKind::RollbackEnded { rollback, status, error: None }));
        assert_eq!(story.keys().collect::<Vec<_>>(), [Key::System(2), Key::System(1)]);
        assert_eq!(story.system(1).map(|line| line.event.at), Some(Millis(3_000)));
    }

    #[test]
    fn steps_raise_a_number_and_a_hold_is_one_line() {
        let mut story = Story::default();
        let verb = Verb::Step { unit: crate::model::StepUnit::Statement };
        for n in 1..=3 {
            let command = CommandId(n);
            story.take(&event(n, EventKind::CommandAccepted { command, verb: verb.clone(), reason: None }));
            story.take(&event(n, EventKind::CommandEffective { command }));
        }
        assert_eq!(story.len(), 1);
        assert_eq!(story.system(1).map(|l| (l.times, l.effective)), Some((3, Some(Millis(3_000)))));
        let placed = |n| event(n, EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason: "x".into() });
        story.take(&placed(4));
        story.take(&event(5, EventKind::HoldLifted { hold: Hold::Paused, file: None }));
        story.take(&placed(6));
        assert_eq!(story.len(), 3);
    }

    #[test]
    fn the_oldest_lines_of_the_system_go() {
        let mut story = Story::default();
        (1..=500).for_each(|n| story.take(&event(n, EventKind::BatchStarted)));
        assert_eq!(story.len(), SYSTEM_LINES);
        assert!(story.keys().all(|key| matches!(key, Key::System(n) if story.system(n).is_some())));
    }
}
