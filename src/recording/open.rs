//! Reading a recording: opened by its index, read block by block.

use super::block::{Block, Kind, MAGIC, VERSION};
use super::error::{Damage, RecordingError};
use super::facts::{Bookmark, Facts};
use super::index::Index;
use super::line;
use super::matter::Matter;
use super::scan::Scan;
use super::source::WrittenSource;
use crate::model::{Checksum, Event, Millis, SourceText, World};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Blocks of events that are kept unpacked.
const KEPT: usize = 4;

/// A recording that can be played.
#[derive(Debug)]
pub struct Recording {
    bytes: Vec<u8>,
    facts: Facts,
    index: Index,
    damage: Option<Damage>,
    unpacked: VecDeque<(usize, Arc<[Event]>)>,
}

impl Recording {
    /// Opens the bytes of a file. Every block is held against its checksum; what is behind a damage is not played.
    ///
    /// # Errors
    /// [`RecordingError`] where nothing of it can be played.
    pub fn open(bytes: Vec<u8>) -> Result<Recording, RecordingError> {
        let from = first_block(&bytes)?;
        let scan = Scan::walk(&bytes, from);
        let broken = |at, part| RecordingError::Unplayable { at, part };
        let at = scan.fault.map_or(from, |(_, at)| at);
        let facts: Facts = scan.first(Kind::Facts).ok_or(broken(at, "facts"))?.read()?;
        scan.first(Kind::World).ok_or(broken(at, "first state"))?;
        let index = scan.index()?;
        let damage = scan.fault.map(|(kind, at_byte)| {
            let plays_to = index.events.last().map_or(facts.begins, |block| block.to);
            let missing_ms = facts.ends.since(plays_to);
            let missing_events = facts.events.saturating_sub(index.len());
            Damage { kind, at_byte, plays_to, missing_ms, missing_events }
        });
        Ok(Recording { facts, index, damage, unpacked: VecDeque::new(), bytes })
    }

    /// The facts at its head.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Where it ends too early, if it does.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Number of events that can be played.
    pub fn events(&self) -> u64 {
        self.index.len()
    }

    /// Times of the first and the last event that can be played.
    pub fn span(&self) -> (Millis, Millis) {
        let first = self.index.events.first().map_or(self.facts.begins, |block| block.from);
        (first, self.index.events.last().map_or(first, |block| block.to))
    }

    /// The events that matter, in their order.
    pub fn matters(&self) -> &[Matter] {
        &self.index.matters
    }

    /// The notes in it.
    pub fn marks(&self) -> &[Bookmark] {
        &self.index.marks
    }

    /// Keys of the texts in it.
    pub fn sources(&self) -> impl Iterator<Item = &Checksum> {
        self.index.sources.iter().map(|(checksum, _)| checksum)
    }

    pub(super) fn gaps(&self) -> &[(Millis, Millis)] {
        &self.index.gaps
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The bytes before its marks, where all of it is sound.
    pub(super) fn before_the_marks(&self) -> Option<&[u8]> {
        let sound = self.damage.is_none();
        let scan = Scan::walk(&self.bytes, first_block(&self.bytes).ok().filter(|_| sound)?);
        scan.first(Kind::Marks).map(|block| &self.bytes[..block.at])
    }

    fn block(&self, at: usize) -> Result<Block<'_>, RecordingError> {
        Block::at(&self.bytes, at).map_err(|_| RecordingError::Unreadable { at, why: "no block stands there".into() })
    }

    /// The texts of a file, where they are in it.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn source(&self, checksum: &Checksum) -> Result<Option<SourceText>, RecordingError> {
        let Some((_, at)) = self.index.sources.iter().find(|(key, _)| key == checksum) else { return Ok(None) };
        Ok(Some(self.block(*at)?.read::<WrittenSource>()?.into()))
    }

    /// The world after so many events.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn world_after(&mut self, events: u64) -> Result<World, RecordingError> {
        let near = self.index.checkpoints.iter().rev().find(|checkpoint| checkpoint.before <= events).copied();
        let near = near.ok_or(RecordingError::Unplayable { at: 0, part: "first state" })?;
        let mut world: World = self.block(near.at)?.read()?;
        let mut number = near.before;
        while number < events {
            let block = self.block_of(number)?;
            let (before, read) = block;
            for event in read.iter().skip(to_usize(number - before)).take(to_usize(events - number)) {
                world.apply(event);
            }
            number = before + read.len() as u64;
        }
        Ok(world)
    }

    /// The events of these numbers, as far as there are.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn read(&mut self, numbers: Range<u64>) -> Result<Vec<Event>, RecordingError> {
        let mut events = Vec::new();
        let end = numbers.end.min(self.events());
        let mut number = numbers.start;
        while number < end {
            let (before, read) = self.block_of(number)?;
            let upto = to_usize(end - before).min(read.len());
            events.extend(read[to_usize(number - before)..upto].iter().cloned());
            number = before + upto as u64;
        }
        Ok(events)
    }

    /// An event by its number, from 0.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn event(&mut self, number: u64) -> Result<Option<Event>, RecordingError> {
        Ok(self.read(number..number + 1)?.pop())
    }

    /// Number of the events that have happened at a moment.
    ///
    /// # Errors
    /// [`RecordingError::Unreadable`].
    pub fn count_at(&mut self, at: Millis) -> Result<u64, RecordingError> {
        let Some(block) = self.index.events.iter().rev().find(|block| block.from <= at).copied() else { return Ok(0) };
        let (before, read) = self.block_of(block.before)?;
        let within = read.iter().take_while(|event| event.at <= at).count();
        Ok(before + within as u64)
    }

    /// The block with an event in it: the number of the events before it, and its events.
    fn block_of(&mut self, number: u64) -> Result<(u64, Arc<[Event]>), RecordingError> {
        let place = self.index.events.partition_point(|block| block.before + block.count <= number);
        let at = self.index.events.get(place).map(|block| (block.at, block.before, block.count));
        let (at, before, count) =
            at.ok_or(RecordingError::Unreadable { at: self.bytes.len(), why: format!("there is no event {number}") })?;
        if let Some((_, events)) = self.unpacked.iter().find(|(kept, _)| *kept == at) {
            return Ok((before, events.clone()));
        }
        let (_, events) = line::read(&self.block(at)?.unpack()?)
            .map_err(|error| RecordingError::Unreadable { at, why: error.to_string() })?;
        if events.len() as u64 != count {
            return Err(RecordingError::Unreadable { at, why: "its index counts other events".into() });
        }
        let events: Arc<[Event]> = events.into();
        self.unpacked.push_back((at, events.clone()));
        if self.unpacked.len() > KEPT {
            self.unpacked.pop_front();
        }
        Ok((before, events))
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The byte behind the first line, which names the format.
fn first_block(bytes: &[u8]) -> Result<usize, RecordingError> {
    let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(RecordingError::NoRecording)?;
    let line = rest.iter().take(12).position(|byte| *byte == b'\n');
    let found = String::from_utf8_lossy(&rest[..line.unwrap_or(rest.len().min(12))]).into_owned();
    match line {
        Some(end) if found == VERSION.to_string() => Ok(MAGIC.len() + end + 1),
        _ => Err(RecordingError::Version { found: format!("{found:?}"), known: VERSION }),
    }
}
