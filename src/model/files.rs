//! The files of a batch by their keys. Those that rest can be packed: of a batch of very many most do, and one of them is
//! unpacked when somebody looks at it. What is packed is the whole file, so that nobody sees a difference but in memory.

use crate::model::{Brief, BriefFacts, File, FileId, FileState, UndoCoverage};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files that are packed together.
const CHUNK: usize = 64;
/// Chunks that may stay unpacked after somebody has looked at them.
const LOOKS: usize = 32;
/// How hard they are compressed, from 0 to 10.
const LEVEL: u8 = 1;

/// The files of a batch, each under its key.
#[derive(Default)]
pub struct Files {
    /// In the order of the keys.
    chunks: Vec<Chunk>,
    /// Packed chunks that somebody has looked at.
    looks: AtomicUsize,
}

/// Files whose keys follow each other.
#[derive(Debug, Clone)]
struct Chunk {
    first: FileId,
    last: FileId,
    /// Always there where it is not packed; else there once somebody has looked.
    files: OnceLock<Vec<File>>,
    packed: Option<Packed>,
    /// It has changed since it was last to be packed.
    warm: bool,
}

/// Files that rest.
#[derive(Debug, Clone)]
struct Packed {
    bytes: Box<[u8]>,
    facts: Box<[BriefFacts]>,
    /// Their paths, one behind the other, and where each ends.
    paths: Box<str>,
    ends: Box<[u32]>,
    /// What they need: the place of a file, and the file that it depends on.
    needs: (Box<[u8]>, Box<[FileId]>),
    coverage: UndoCoverage,
}

impl Files {
    /// A file.
    pub fn get(&self, id: &FileId) -> Option<&File> {
        let chunk = self.chunks.get(self.chunk_of(*id)?)?;
        let files = self.look_at(chunk);
        files.get(place(files, *id, |file| file.id).ok()?)
    }

    /// A file, to change it.
    pub fn get_mut(&mut self, id: &FileId) -> Option<&mut File> {
        let at = self.chunk_of(*id)?;
        let files = self.open(at);
        let place = place(files, *id, |file| file.id).ok()?;
        files.get_mut(place)
    }

    /// Puts a file in, in place of an earlier one with its key.
    pub fn insert(&mut self, id: FileId, file: File) {
        let at = self.chunks.partition_point(|chunk| chunk.last < id);
        let is_last = at == self.chunks.len();
        // Keys grow: nearly always the file comes last.
        let at = if is_last && self.chunks.last().is_some_and(Chunk::has_room) { at - 1 } else { at };
        if at == self.chunks.len() {
            return self.chunks.push(Chunk::new(vec![file]));
        }
        let files = self.open(at);
        match place(files, id, |file| file.id) {
            Ok(place) => files[place] = file,
            Err(place) => files.insert(place, file),
        }
        let behind = (files.len() > 2 * CHUNK).then(|| files.split_off(CHUNK));
        let (first, last) = (files[0].id, files[files.len() - 1].id);
        let chunk = &mut self.chunks[at];
        (chunk.first, chunk.last) = (first, last);
        if let Some(behind) = behind {
            self.chunks.insert(at + 1, Chunk::new(behind));
        }
    }

    /// The files, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &File> {
        self.chunks.iter().flat_map(|chunk| self.look_at(chunk))
    }

    /// Those that are not packed, in the order of their keys: all that do not rest are among them.
    pub fn awake(&self) -> impl Iterator<Item = &File> {
        let open = self.chunks.iter().filter(|chunk| chunk.packed.is_none());
        open.flat_map(|chunk| chunk.files.get().into_iter().flatten())
    }

    /// Their keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = FileId> + '_ {
        self.briefs().map(|brief| brief.facts.id)
    }

    /// The files in short, in the order of their keys; none is unpacked for it.
    pub fn briefs(&self) -> impl Iterator<Item = Brief<'_>> {
        self.chunks.iter().flat_map(|chunk| (0..chunk.len()).filter_map(move |place| chunk.brief(place)))
    }

    /// A file in short.
    pub fn brief(&self, id: FileId) -> Option<Brief<'_>> {
        let chunk = self.chunks.get(self.chunk_of(id)?)?;
        chunk.brief(chunk.place(id)?)
    }

    /// The files that depend on one, in the order of their keys.
    pub fn dependants(&self, on: FileId) -> Vec<FileId> {
        self.chunks.iter().flat_map(|chunk| chunk.dependants(on)).collect()
    }

    /// Statements by what undoes them, of all files.
    pub fn coverage(&self) -> UndoCoverage {
        self.chunks.iter().map(Chunk::coverage).sum()
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Packs at most so many chunks of files that rest and have not changed since it was called last. Whoever looks at
    /// them unpacks them for a while.
    pub fn pack(&mut self, most: usize) {
        let mut packed = 0;
        for chunk in &mut self.chunks {
            let is_warm = std::mem::take(&mut chunk.warm);
            if !is_warm && packed < most && chunk.pack() {
                packed += 1;
            }
        }
        self.look_away();
    }

    /// Packs all that rest, but for the last ones, which others may be added to.
    pub fn pack_whole(&mut self) {
        let whole = self.chunks.len().saturating_sub(1);
        for chunk in self.chunks.iter_mut().take(whole) {
            chunk.pack();
        }
        self.look_away();
    }

    /// Lets go of what was unpacked to be looked at, where it has become much.
    pub fn look_away(&mut self) {
        if *self.looks.get_mut() <= LOOKS {
            return;
        }
        *self.looks.get_mut() = 0;
        for chunk in self.chunks.iter_mut().filter(|chunk| chunk.packed.is_some()) {
            chunk.files.take();
        }
    }

    /// Chunks that were unpacked to be looked at.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }

    fn chunk_of(&self, id: FileId) -> Option<usize> {
        let holds = |chunk: &Chunk| chunk.first <= id && id <= chunk.last;
        // Keys nearly always follow each other without a gap.
        let guess = usize::try_from(id.0 - self.chunks.first()?.first.0).ok()? / CHUNK;
        if self.chunks.get(guess).is_some_and(holds) {
            return Some(guess);
        }
        let at = self.chunks.partition_point(|chunk| chunk.last < id);
        self.chunks.get(at).is_some_and(holds).then_some(at)
    }

    fn look_at<'a>(&'a self, chunk: &'a Chunk) -> &'a Vec<File> {
        chunk.files.get_or_init(|| {
            self.looks.fetch_add(1, Ordering::Relaxed);
            chunk.packed.as_ref().map(Packed::unpack).unwrap_or_default()
        })
    }

    /// The files of a chunk, to change them.
    fn open(&mut self, at: usize) -> &mut Vec<File> {
        let chunk = &mut self.chunks[at];
        chunk.warm = true;
        let packed = chunk.packed.take();
        chunk.files.get_or_init(|| packed.as_ref().map(Packed::unpack).unwrap_or_default());
        chunk.files.get_mut().unwrap_or_else(|| unreachable!("it was made a line ago"))
    }
}

/// The place of a file among those of a chunk, or where it would stand.
fn place<T>(files: &[T], id: FileId, key: impl Fn(&T) -> FileId) -> Result<usize, usize> {
    // As above.
    let guess = files.first().and_then(|first| usize::try_from(id.0 - key(first).0).ok());
    match guess.filter(|guess| files.get(*guess).is_some_and(|file| key(file) == id)) {
        Some(place) => Ok(place),
        None => files.binary_search_by_key(&id, key),
    }
}

impl Chunk {
    fn new(files: Vec<File>) -> Chunk {
        let end = |file: Option<&File>| file.map(|file| file.id).unwrap_or_default();
        let (first, last) = (end(files.first()), end(files.last()));
        Chunk { first, last, files: OnceLock::from(files), packed: None, warm: true }
    }

    fn has_room(&self) -> bool {
        self.len() < CHUNK
    }

    fn len(&self) -> usize {
        match &self.packed {
            Some(packed) => packed.facts.len(),
            None => self.files.get().map_or(0, Vec::len),
        }
    }

    fn place(&self, id: FileId) -> Option<usize> {
        match &self.packed {
            Some(packed) => place(&packed.facts, id, |facts| facts.id).ok(),
            None => place(self.files.get()?, id, |file| file.id).ok(),
        }
    }

    fn brief(&self, place: usize) -> Option<Brief<'_>> {
        match &self.packed {
            Some(packed) => packed.brief(place),
            None => self.files.get()?.get(place).map(Brief::from),
        }
    }

    fn coverage(&self) -> UndoCoverage {
        match &self.packed {
            Some(packed) => packed.coverage,
            None => self.files.get().into_iter().flatten().map(|file| file.coverage).sum(),
        }
    }

    fn dependants(&self, on: FileId) -> Vec<FileId> {
        match &self.packed {
            Some(packed) => {
                let (places, needed) = &packed.needs;
                let on_it = places.iter().zip(needed).filter(|(_, needed)| **needed == on);
                on_it.filter_map(|(place, _)| packed.facts.get(usize::from(*place))).map(|facts| facts.id).collect()
            }
            None => {
                let needs = |file: &File| file.depends_on.iter().filter(|d| d.on == on).count();
                let files = self.files.get().into_iter().flatten();
                files.flat_map(|file| std::iter::repeat_n(file.id, needs(file))).collect()
            }
        }
    }

    /// Packs it, if all of it rests; says whether it had to be.
    fn pack(&mut self) -> bool {
        let Some(files) = self.files.get().filter(|files| self.packed.is_none() && files.iter().all(rests)) else {
            return false;
        };
        self.packed = Packed::new(files);
        if self.packed.is_some() {
            self.files.take();
        }
        true
    }
}

/// True if nothing happens to a file, and nothing is to be said of it but what has become of it.
fn rests(file: &File) -> bool {
    file.state == FileState::Idle
        && file.holds.is_empty()
        && file.running.is_none()
        && file.crash.is_none()
        && file.failure.is_none()
}

impl Packed {
    /// `None` where they cannot be written down.
    fn new(files: &[File]) -> Option<Packed> {
        let bytes = compress_to_vec(&serde_json::to_vec(files).ok()?, LEVEL).into();
        let (mut paths, mut ends, mut needs) =
            (String::new(), Vec::with_capacity(files.len()), (Vec::new(), Vec::new()));
        for (place, file) in files.iter().enumerate() {
            paths.push_str(&file.path);
            ends.push(u32::try_from(paths.len()).ok()?);
            let place = u8::try_from(place).ok()?;
            file.depends_on.iter().for_each(|d| {
                needs.0.push(place);
                needs.1.push(d.on);
            });
        }
        let facts = files.iter().map(BriefFacts::from).collect();
        let coverage = files.iter().map(|file| file.coverage).sum();
        Some(Packed {
            bytes,
            facts,
            paths: paths.into(),
            ends: ends.into(),
            needs: (needs.0.into(), needs.1.into()),
            coverage,
        })
    }

    fn unpack(&self) -> Vec<File> {
        // It was packed here: what was written down can be read.
        let text = decompress_to_vec(&self.bytes).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn brief(&self, place: usize) -> Option<Brief<'_>> {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let path = self.paths.get(begin..*self.ends.get(place)? as usize)?;
        Some(Brief { path, facts: *self.facts.get(place)?, file: None })
    }
}

impl Index<&FileId> for Files {
    type Output = File;

    fn index(&self, id: &FileId) -> &File {
        self.get(id).unwrap_or_else(|| panic!("there is no file {id}"))
    }
}

impl Clone for Files {
    fn clone(&self) -> Files {
        let looks = AtomicUsize::new(self.looks.load(Ordering::Relaxed));
        Files { chunks: self.chunks.clone(), looks }
    }
}

impl PartialEq for Files {
    fn eq(&self, other: &Files) -> bool {
        self.len() == other.len() && self.values().eq(other.values())
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values().map(|file| (file.id, file))).finish()
    }
}

impl Serialize for Files {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.values().map(|file| (file.id, file)))
    }
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
        let mut files = Files::default();
        for (id, file) in BTreeMap::<FileId, File>::deserialize(deserializer)? {
            files.insert(id, file);
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests;
