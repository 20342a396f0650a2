//! Writing a recording.

use super::block::{self, END, Kind, MAGIC, VERSION};
use super::error::RecordingError;
use super::facts::{Bookmark, Facts};
use super::index::{Checkpoint, EventBlock, Index};
use super::line::{self, First};
use super::open::Recording;
use super::source::WrittenSource;
use crate::model::{Event, Millis, SourceText, World};

/// A block of events is closed when it has so many bytes; what follows is in the next.
const BLOCK: usize = 256 << 10;
/// A checkpoint is worth writing after so many bytes of events; after more where the world is large.
const BETWEEN: usize = 512 << 10;

/// Everything that goes into a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    pub facts: Facts,
    /// The world before the first event.
    pub begin: World,
    pub sources: Vec<SourceText>,
    /// In their order.
    pub events: Vec<Event>,
    pub marks: Vec<Bookmark>,
}

/// The bytes of a recording. Number and times of the events in its facts are those of the events.
///
/// # Errors
/// [`RecordingError::Unreadable`] for a part that is too large for a block.
pub fn write(parts: &Parts) -> Result<Vec<u8>, RecordingError> {
    let mut out = format!("{MAGIC}{VERSION}\n").into_bytes();
    let mut index = Index::default();
    block::append_json(&mut out, Kind::Facts, &completed(parts))?;
    let mut checkpoints = Checkpoints { world: parts.begin.clone(), since: 0, size: 0 };
    checkpoints.append(&mut out, &mut index)?;
    for source in &parts.sources {
        let at = block::append_json(&mut out, Kind::Source, &WrittenSource::from(source))?;
        index.sources.push((source.checksum.clone(), at));
    }
    append_events(&mut out, &mut index, &mut checkpoints, parts)?;
    close(&mut out, &index, &parts.marks)?;
    Ok(out)
}

/// The facts with what the events say of themselves.
fn completed(parts: &Parts) -> Facts {
    let ends = |events: &mut dyn Iterator<Item = &Event>| events.next().map_or(parts.facts.recorded_at, |e| e.at);
    Facts {
        begins: ends(&mut parts.events.iter()),
        ends: ends(&mut parts.events.iter().rev()),
        events: parts.events.len() as u64,
        ..parts.facts.clone()
    }
}

/// The worlds between the events.
struct Checkpoints {
    world: World,
    /// Bytes of events since the last.
    since: usize,
    /// Bytes of the last.
    size: usize,
}

impl Checkpoints {
    fn append(&mut self, out: &mut Vec<u8>, index: &mut Index) -> Result<(), RecordingError> {
        let json = serde_json::to_vec(&self.world)
            .map_err(|error| RecordingError::Unreadable { at: out.len(), why: error.to_string() })?;
        let at = block::append(out, Kind::World, &json)?;
        index.checkpoints.push(Checkpoint { at, before: index.len() });
        (self.size, self.since) = (json.len(), 0);
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.since >= BETWEEN.max(self.size * 4)
    }
}

fn append_events(
    out: &mut Vec<u8>,
    index: &mut Index,
    checkpoints: &mut Checkpoints,
    parts: &Parts,
) -> Result<(), RecordingError> {
    let mut lines = Vec::new();
    let mut open: Option<EventBlock> = None;
    let mut before = parts.events.first().map_or(Millis(0), |event| event.at);
    for (number, event) in (0..).zip(&parts.events) {
        let block = match &mut open {
            Some(block) => block,
            None => {
                lines = serde_json::to_vec(&First(number, before)).unwrap_or_default();
                lines.push(b'\n');
                open.insert(EventBlock { at: 0, before: number, count: 0, from: event.at, to: event.at })
            }
        };
        line::append(&mut lines, event, before)
            .map_err(|error| RecordingError::Unreadable { at: out.len(), why: error.to_string() })?;
        (block.count, block.to) = (block.count + 1, event.at);
        index.note(event, number, before);
        checkpoints.world.apply(event);
        before = event.at;
        if lines.len() >= BLOCK || number + 1 == parts.events.len() as u64 {
            let at = block::append(out, Kind::Events, &lines)?;
            index.events.extend(open.take().map(|block| EventBlock { at, ..block }));
            checkpoints.since += lines.len();
            if checkpoints.is_due() {
                checkpoints.append(out, index)?;
            }
        }
    }
    Ok(())
}

/// Appends what stands behind the events: the marks, the index, and where that is.
fn close(out: &mut Vec<u8>, index: &Index, marks: &[Bookmark]) -> Result<(), RecordingError> {
    block::append_json(out, Kind::Marks, &marks)?;
    let at = block::append_json(out, Kind::Index, index)?;
    out.extend((at as u64).to_le_bytes());
    out.extend(END);
    Ok(())
}

/// The bytes of a recording with other marks. A recording that is damaged gets none: it stays as it was found.
///
/// # Errors
/// [`RecordingError::Unreadable`] where it is damaged.
pub fn with_marks(recording: &Recording, marks: &[Bookmark]) -> Result<Vec<u8>, RecordingError> {
    let sound = recording.before_the_marks();
    let mut out = sound.ok_or(RecordingError::Unreadable { at: 0, why: "it is damaged".into() })?.to_vec();
    close(&mut out, recording.index(), marks)?;
    Ok(out)
}
