//! Blocks: the pieces that a recording is made of, each compressed and under its own checksum.
//!
//! A block is 17 bytes of head (kind, length unpacked and packed, checksum) and the packed bytes. The checksum is the
//! beginning of a SHA-256 over the rest of the head and the packed bytes.

use super::error::RecordingError;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// First line of a recording, up to its version.
pub(super) const MAGIC: &str = "caribou recording ";
/// The version of this format.
pub(super) const VERSION: u32 = 1;
/// Behind the place of the index, at the end of the file.
pub(super) const END: &[u8; 8] = b"caribou\n";

/// Bytes of a block's head.
const HEAD: usize = 17;
/// The largest block that is unpacked: what claims to be larger was not written here.
const LARGEST: usize = 512 << 20;
/// How hard it is compressed, from 0 to 10.
const LEVEL: u8 = 8;

/// The kind of a block, as the byte that stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Facts = b'F' as isize,
    /// A world between two events; the first is the one before all.
    World = b'W' as isize,
    Source = b'S' as isize,
    Events = b'E' as isize,
    Marks = b'M' as isize,
    Index = b'X' as isize,
}

impl Kind {
    const ALL: [Kind; 6] = [Kind::Facts, Kind::World, Kind::Source, Kind::Events, Kind::Marks, Kind::Index];

    fn from_byte(byte: u8) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A block within a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub kind: Kind,
    pub at: usize,
    /// Bytes when unpacked.
    raw: usize,
    packed: &'a [u8],
    check: [u8; 8],
}

/// Reason why no block stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBlock {
    /// The file ends before it does.
    Cut,
    /// No head of a block.
    Nonsense,
}

impl<'a> Block<'a> {
    /// The block that begins at a byte.
    pub fn at(bytes: &'a [u8], at: usize) -> Result<Block<'a>, NoBlock> {
        let rest = bytes.get(at..).ok_or(NoBlock::Cut)?;
        let (head, rest) = rest.split_at_checked(HEAD).ok_or(NoBlock::Cut)?;
        let kind = Kind::from_byte(head[0]).ok_or(NoBlock::Nonsense)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let packed = rest.get(..number(5)).ok_or(NoBlock::Cut)?;
        let mut check = [0; 8];
        check.copy_from_slice(&head[9..]);
        Ok(Block { kind, at, raw: number(1), packed, check })
    }

    /// The byte behind it.
    pub fn end(&self) -> usize {
        self.at + HEAD + self.packed.len()
    }

    /// True if its bytes are those that were written.
    pub fn is_sound(&self) -> bool {
        checksum(self.kind, self.raw, self.packed) == self.check
    }

    /// Its bytes, unpacked.
    pub fn unpack(&self) -> Result<Vec<u8>, RecordingError> {
        let why = |why: &str| RecordingError::Unreadable { at: self.at, why: why.to_owned() };
        if self.raw > LARGEST {
            return Err(why("the block claims to be larger than any that is written"));
        }
        let bytes = decompress_to_vec_zlib_with_limit(self.packed, self.raw)
            .map_err(|error| why(&format!("it cannot be unpacked ({error})")))?;
        if bytes.len() == self.raw { Ok(bytes) } else { Err(why("its length is not the one that was written")) }
    }

    /// What it holds, as JSON.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, RecordingError> {
        serde_json::from_slice(&self.unpack()?)
            .map_err(|error| RecordingError::Unreadable { at: self.at, why: error.to_string() })
    }
}

fn checksum(kind: Kind, raw: usize, packed: &[u8]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update([kind as u8]);
    hash.update((raw as u64).to_le_bytes());
    hash.update((packed.len() as u64).to_le_bytes());
    hash.update(packed);
    let mut check = [0; 8];
    check.copy_from_slice(&hash.finalize()[..8]);
    check
}

/// Appends a block; where it begins.
///
/// # Errors
/// [`RecordingError::Unreadable`] where it would be larger than any that is read.
pub(super) fn append(out: &mut Vec<u8>, kind: Kind, bytes: &[u8]) -> Result<usize, RecordingError> {
    let at = out.len();
    let too_large =
        || RecordingError::Unreadable { at, why: format!("{} bytes are too many for one block", bytes.len()) };
    let packed = compress_to_vec_zlib(bytes, LEVEL);
    let raw = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= LARGEST).ok_or_else(too_large)?;
    let length = u32::try_from(packed.len()).map_err(|_| too_large())?;
    out.push(kind as u8);
    out.extend(raw.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(checksum(kind, bytes.len(), &packed));
    out.extend(packed);
    Ok(at)
}

/// Appends a block of JSON; where it begins.
///
/// # Errors
/// Those of [`append`].
pub(super) fn append_json(out: &mut Vec<u8>, kind: Kind, value: &impl Serialize) -> Result<usize, RecordingError> {
    let json = serde_json::to_vec(value)
        .map_err(|error| RecordingError::Unreadable { at: out.len(), why: error.to_string() })?;
    append(out, kind, &json)
}
