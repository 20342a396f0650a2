//! A player: moves through a recording, and has the world of the moment at hand.

use super::error::RecordingError;
use super::facts::Bookmark;
use super::open::Recording;
use super::timeline::Timeline;
use super::transport::{Order, Speed, Transport};
use crate::model::{Event, World};
use std::collections::BTreeSet;

/// Events that are applied one by one instead of going to a checkpoint.
const NEAR: u64 = 2_000;
/// Events that are given out at once.
const AT_ONCE: u64 = 4_000;

/// A place in a recording that was gone to.
#[derive(Debug, Clone)]
pub struct Place {
    pub world: World,
    /// The newest events, oldest first.
    pub recent: Vec<Event>,
}

/// A recording that plays.
#[derive(Debug)]
pub struct Player {
    recording: Recording,
    timeline: Timeline,
    world: World,
    /// Number of the events that have happened.
    event: u64,
    /// Microseconds played at 1x.
    played_us: u64,
    playing: bool,
    speed: Speed,
    /// Numbers of events before which it waits to be released.
    stops: BTreeSet<u64>,
    stopped: Option<u64>,
    marks: Vec<Bookmark>,
}

impl Player {
    /// A player at the beginning, which plays. No pause lasts longer than `max_gap` milliseconds of played time. It waits
    /// before the events of the numbers in `stops`.
    ///
    /// # Errors
    /// [`RecordingError`] where the beginning cannot be read.
    pub fn new(
        mut recording: Recording,
        max_gap: Option<u64>,
        speed: Speed,
        stops: BTreeSet<u64>,
    ) -> Result<Player, RecordingError> {
        let timeline = Timeline::of(&recording, max_gap);
        let world = recording.world_after(0)?;
        let marks = recording.marks().to_vec();
        let mut player = Player {
            recording,
            timeline,
            world,
            event: 0,
            played_us: 0,
            playing: true,
            speed,
            stops,
            stopped: None,
            marks,
        };
        // What happened in the first moment is there from the start.
        player.move_to_moment(0)?;
        Ok(player)
    }

    /// The recording that it plays.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The time that it goes by.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The world of this moment.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The notes in it.
    pub fn marks(&self) -> &[Bookmark] {
        &self.marks
    }

    /// Where it stands.
    pub fn transport(&self) -> Transport {
        let played = self.played_us / 1000;
        let moves = self.playing && !self.is_at_end();
        Transport {
            at: self.timeline.recorded_at(played),
            played,
            playing: moves,
            speed: self.speed,
            rate: if moves { self.timeline.rate_at(played) * self.speed.factor() } else { 0.0 },
            event: self.event,
            stopped: self.stopped,
            ended: self.is_at_end(),
            marks: self.marks.clone(),
        }
    }

    /// This place: the world, and at most so many of the events before.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn place(&mut self, recent: usize) -> Result<Place, RecordingError> {
        let from = self.event.saturating_sub(recent as u64);
        Ok(Place { world: self.world.clone(), recent: self.recording.read(from..self.event)? })
    }

    /// The events of these numbers, as far as there are.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn read(&mut self, numbers: std::ops::Range<u64>) -> Result<Vec<Event>, RecordingError> {
        self.recording.read(numbers)
    }

    /// Microseconds on the wall until the next event; `None` while nothing comes.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn next_in_us(&mut self) -> Result<Option<u64>, RecordingError> {
        if !self.playing || self.stopped.is_some() {
            return Ok(None);
        }
        let Some(next) = self.recording.event(self.event)? else { return Ok(None) };
        let due = self.timeline.played_at(next.at).saturating_mul(1000);
        Ok(Some(self.speed.takes(due.saturating_sub(self.played_us))))
    }

    /// Plays for a time of the clock on the wall, in microseconds; the events that happened meanwhile.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`]; it stands still then, with what was sound.
    pub fn advance(&mut self, elapsed_us: u64) -> Result<Vec<Event>, RecordingError> {
        if !self.playing || self.stopped.is_some() {
            return Ok(Vec::new());
        }
        let to_us = (self.played_us + self.speed.played_in(elapsed_us)).min(self.timeline.total().saturating_mul(1000));
        self.play_to(to_us).inspect_err(|_| self.playing = false)
    }

    fn play_to(&mut self, to_us: u64) -> Result<Vec<Event>, RecordingError> {
        let target = self.timeline.recorded_at(to_us / 1000);
        let due = if to_us / 1000 >= self.timeline.total() { u64::MAX } else { self.recording.count_at(target)? };
        let stop = self.next_stop();
        let upto = due.min(self.event + AT_ONCE).min(stop.unwrap_or(u64::MAX)).min(self.recording.events());
        let events = if upto > self.event { self.recording.read(self.event..upto)? } else { Vec::new() };
        for event in &events {
            self.world.apply(event);
        }
        self.event = self.event.max(upto);
        let last = events.last().map(|event| self.timeline.played_at(event.at).saturating_mul(1000));
        self.played_us =
            if due > upto && upto < self.recording.events() { last.unwrap_or(self.played_us) } else { to_us };
        // Time comes to the stop before it waits there.
        if stop == Some(self.event) && due >= self.event {
            self.wait();
        }
        Ok(events)
    }

    fn next_stop(&self) -> Option<u64> {
        self.stops.range(self.event..).next().copied()
    }

    fn wait(&mut self) {
        (self.stopped, self.playing) = (Some(self.event), false);
    }

    fn is_at_end(&self) -> bool {
        self.event >= self.recording.events() && self.played_us / 1000 >= self.timeline.total()
    }

    /// Obeys an order. `None` where the place is still the same.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn obey(&mut self, order: &Order) -> Result<bool, RecordingError> {
        match order {
            Order::PlayPause if self.stopped.is_some() => Ok(false),
            Order::PlayPause if self.is_at_end() => {
                self.playing = true;
                self.move_to_moment(0).map(|()| true)
            }
            Order::PlayPause => {
                self.playing = !self.playing;
                Ok(false)
            }
            Order::Speed { faster } => {
                self.speed = self.speed.next(*faster);
                Ok(false)
            }
            Order::Step { forward } => {
                self.playing = false;
                let to = if *forward { self.event + 1 } else { self.event.saturating_sub(1) };
                self.move_to_event(to.min(self.recording.events())).map(|()| true)
            }
            Order::Matter { forward } => self.move_to_matter(*forward).map(|()| true),
            Order::Tenth { forward } => {
                let (at, tenth) = (self.played_us / 1000, (self.timeline.total() / 10).max(1));
                let to = if *forward { at / tenth + 1 } else { at.saturating_sub(1) / tenth };
                self.move_to_moment((to * tenth).min(self.timeline.total())).map(|()| true)
            }
            Order::Skip(ms) => {
                let to = (self.played_us / 1000).saturating_add_signed(*ms).min(self.timeline.total());
                self.move_to_moment(to).map(|()| true)
            }
            Order::Seek(at) => self.move_to_moment(self.timeline.played_at(*at)).map(|()| true),
            Order::Mark(note) => {
                let at = self.timeline.recorded_at(self.played_us / 1000);
                self.marks.push(Bookmark { at, note: note.clone() });
                self.marks.sort_by_key(|mark| mark.at);
                Ok(false)
            }
            Order::Release => {
                if let Some(stop) = self.stopped.take() {
                    self.stops.remove(&stop);
                    self.playing = true;
                }
                Ok(false)
            }
        }
    }

    /// To the moment right after the next thing that matters, or the one before.
    fn move_to_matter(&mut self, forward: bool) -> Result<(), RecordingError> {
        let matters = self.recording.matters();
        let to = if forward {
            matters.iter().map(|m| m.event + 1).find(|n| *n > self.event)
        } else {
            matters.iter().rev().map(|m| m.event + 1).find(|n| *n < self.event)
        };
        self.playing = false;
        let end = if forward { self.recording.events() } else { 0 };
        self.move_to_event(to.unwrap_or(end))
    }

    /// Right after so many events.
    fn move_to_event(&mut self, events: u64) -> Result<(), RecordingError> {
        let events = self.clamped(events);
        self.go(events)?;
        let last = events.checked_sub(1).map(|n| self.recording.event(n)).transpose()?.flatten();
        let at = last.map_or(self.timeline.begin(), |event| event.at);
        self.played_us = self.timeline.played_at(at).saturating_mul(1000);
        if events == self.recording.events() {
            self.played_us = self.timeline.total().saturating_mul(1000);
        }
        self.stop_here();
        Ok(())
    }

    /// To a played time, in milliseconds.
    fn move_to_moment(&mut self, played: u64) -> Result<(), RecordingError> {
        let at = self.timeline.recorded_at(played);
        let events = if played >= self.timeline.total() && played > 0 {
            self.recording.events()
        } else {
            self.recording.count_at(at)?
        };
        let clamped = self.clamped(events);
        if clamped < events {
            return self.move_to_event(clamped);
        }
        self.go(events)?;
        self.played_us = played.saturating_mul(1000);
        self.stop_here();
        Ok(())
    }

    /// No further than the next stop.
    fn clamped(&self, events: u64) -> u64 {
        self.stops.first().map_or(events, |stop| events.min(*stop))
    }

    fn stop_here(&mut self) {
        self.stopped = None;
        if self.stops.contains(&self.event) {
            self.wait();
        }
    }

    /// The world after so many events.
    fn go(&mut self, events: u64) -> Result<(), RecordingError> {
        if events >= self.event && events - self.event <= NEAR {
            for event in self.recording.read(self.event..events)? {
                self.world.apply(&event);
            }
        } else {
            self.world = self.recording.world_after(events)?;
        }
        self.event = events;
        Ok(())
    }
}
