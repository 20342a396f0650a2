//! Finding the blocks of a file, sound or not.

use super::block::{Block, END, Kind, NoBlock};
use super::error::{DamageKind, RecordingError};
use super::facts::Bookmark;
use super::index::{Checkpoint, EventBlock, Index};
use super::line;
use super::source::WrittenSource;
use crate::model::{Millis, SourceText};

/// The blocks of a file in their order, and where that ends too early.
pub(super) struct Scan<'a> {
    pub blocks: Vec<Block<'a>>,
    /// The first place that is not sound, and how.
    pub fault: Option<(DamageKind, usize)>,
    /// True if the end of the file is the one that was written.
    is_closed: bool,
}

impl<'a> Scan<'a> {
    /// Walks from block to block, from a byte on. It ends at the first one that is not sound; a text that is not is left
    /// out, since all can be played without it.
    pub fn walk(bytes: &'a [u8], from: usize) -> Scan<'a> {
        let tail = END.len() + 8;
        let is_closed = bytes.len() >= from + tail && bytes.ends_with(END);
        let end = if is_closed { bytes.len() - tail } else { bytes.len() };
        let mut scan = Scan { blocks: Vec::new(), fault: None, is_closed };
        let mut at = from;
        while at < end {
            match Block::at(&bytes[..end], at) {
                Ok(block) => {
                    at = block.end();
                    if block.is_sound() {
                        scan.blocks.push(block);
                        continue;
                    }
                    scan.fault.get_or_insert((DamageKind::Corrupt, block.at));
                    if block.kind != Kind::Source {
                        return scan;
                    }
                }
                Err(NoBlock::Cut) if !is_closed => {
                    scan.fault.get_or_insert((DamageKind::Cut, at));
                    return scan;
                }
                Err(_) => {
                    scan.fault.get_or_insert((DamageKind::Corrupt, at));
                    return scan;
                }
            }
        }
        if !is_closed {
            scan.fault.get_or_insert((DamageKind::Cut, at));
        }
        scan
    }

    /// The one block of a kind.
    pub fn first(&self, kind: Kind) -> Option<&Block<'a>> {
        self.blocks.iter().find(|block| block.kind == kind)
    }

    /// The index: the one that was written where all is sound, else one made from the blocks that are.
    pub fn index(&self) -> Result<Index, RecordingError> {
        let written = self.first(Kind::Index).filter(|_| self.is_closed && self.fault.is_none());
        let written = written.map(Block::read::<Index>).transpose()?.filter(Index::is_in_order);
        let mut index = written.map_or_else(|| self.made(), Ok)?;
        if !index.is_in_order() {
            return Err(RecordingError::Unreadable { at: 0, why: "its blocks do not follow each other".into() });
        }
        if let Some(marks) = self.first(Kind::Marks) {
            index.marks = marks.read::<Vec<Bookmark>>()?;
        }
        Ok(index)
    }

    /// An index of the blocks that are sound.
    fn made(&self) -> Result<Index, RecordingError> {
        let mut index = Index::default();
        for block in &self.blocks {
            match block.kind {
                Kind::World => index.checkpoints.push(Checkpoint { at: block.at, before: index.len() }),
                Kind::Source => {
                    let text = SourceText::from(block.read::<WrittenSource>()?);
                    index.sources.push((text.checksum, block.at));
                }
                Kind::Events => note_events(&mut index, block)?,
                Kind::Facts | Kind::Marks | Kind::Index => {}
            }
        }
        Ok(index)
    }
}

fn note_events(index: &mut Index, block: &Block<'_>) -> Result<(), RecordingError> {
    let unreadable = |error: serde_json::Error| RecordingError::Unreadable { at: block.at, why: error.to_string() };
    let (first, events) = line::read(&block.unpack()?).map_err(unreadable)?;
    let mut before = first.1;
    for (number, event) in (first.0..).zip(&events) {
        index.note(event, number, before);
        before = event.at;
    }
    let end = |event: Option<&crate::model::Event>| event.map_or(Millis(0), |e| e.at);
    index.events.push(EventBlock {
        at: block.at,
        before: first.0,
        count: events.len() as u64,
        from: end(events.first()),
        to: end(events.last()),
    });
    Ok(())
}
