//! A terminal emulator that remembers what a program should not have written.

use std::num::NonZeroU16;
use std::time::Instant;
use vt100::{Callbacks, Color, Parser, Screen};

/// Sequences that are no drawing but belong to a full-screen program: synchronized output, autowrap, focus reports,
/// and the keyboard's enhancement.
const MANNERS: [u16; 3] = [2026, 7, 1004];

/// Observations of the emulator besides drawing.
pub struct Seen {
    /// Between the beginning and the end of a synchronized frame.
    in_frame: bool,
    /// Whole frames, each counted at its end.
    frames: u64,
    /// The screen after the last whole frame, and when it stood there.
    settled: (Screen, Instant),
    /// Texts that went to the clipboard, base64.
    pub copied: Vec<String>,
    /// Every whole frame, where they are kept.
    pub pages: Option<Vec<Page>>,
    /// Bells, titles, unknown sequences and control characters: what a hostile text would cause.
    pub strange: Vec<String>,
}

/// A frame as text, what in it is red, and whether a line of it was broken by the terminal.
#[derive(Debug, Clone)]
pub struct Page {
    pub text: String,
    pub red: String,
    pub is_broken: bool,
}

impl Page {
    fn of(screen: &Screen) -> Page {
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let text = screen.rows(0, columns).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n");
        let cells = (0..rows).flat_map(|row| (0..columns).filter_map(move |column| screen.cell(row, column)));
        let red = cells.filter(|cell| matches!(cell.fgcolor(), Color::Idx(1 | 9))).map(vt100::Cell::contents).collect();
        Page { text, red, is_broken: (0..rows).any(|row| screen.row_wrapped(row)) }
    }
}

impl Callbacks for Seen {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.strange.push("a bell".to_owned());
    }
    fn visual_bell(&mut self, _: &mut Screen) {
        self.strange.push("a visual bell".to_owned());
    }
    fn resize(&mut self, _: &mut Screen, size: (u16, u16)) {
        self.strange.push(format!("a wish for the size {size:?}"));
    }
    fn set_window_icon_name(&mut self, _: &mut Screen, name: &[u8]) {
        self.strange.push(format!("an icon name {:?}", String::from_utf8_lossy(name)));
    }
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.strange.push(format!("a title {:?}", String::from_utf8_lossy(title)));
    }
    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.copied.push(String::from_utf8_lossy(data).into_owned());
    }
    fn paste_from_clipboard(&mut self, _: &mut Screen, _: &[u8]) {
        self.strange.push("a wish for the clipboard".to_owned());
    }
    fn unhandled_char(&mut self, _: &mut Screen, c: char) {
        self.strange.push(format!("the character {c:?}"));
    }
    fn unhandled_control(&mut self, _: &mut Screen, byte: u8) {
        self.strange.push(format!("the control character {byte:#04x}"));
    }
    fn unhandled_escape(&mut self, _: &mut Screen, first: Option<u8>, second: Option<u8>, byte: u8) {
        self.strange.push(format!("an escape {first:?} {second:?} {:?}", byte as char));
    }
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        let mode = params.first().and_then(|param| param.first()).copied().unwrap_or_default();
        match (first, c) {
            (Some(b'?'), 'h') if mode == 2026 => self.in_frame = true,
            (Some(b'?'), 'l') if mode == 2026 => {
                self.in_frame = false;
                self.frames += 1;
                self.settled = (screen.clone(), Instant::now());
                if let Some(pages) = &mut self.pages {
                    pages.push(Page::of(screen));
                }
            }
            (Some(b'?'), 'h' | 'l') if MANNERS.contains(&mode) => {}
            (Some(b'>' | b'<'), 'u') => {}
            // Styles that the emulator does not know are styles all the same.
            (None, 'm') => {}
            _ => self.strange.push(format!("a sequence {first:?} {second:?} {params:?} {c:?}")),
        }
    }
    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        let params: Vec<_> = params.iter().map(|param| String::from_utf8_lossy(param)).collect();
        self.strange.push(format!("an operating-system command {params:?}"));
    }
}

/// The replacement character, which every terminal draws and the emulator leaves out; and what it draws for it.
const REPLACED: (&str, &str) = ("\u{fffd}", "\u{25a1}");

/// The emulator. Frames in synchronized output become visible whole, as they do to a person.
pub struct Emulator {
    parser: Parser<Seen>,
    /// The beginning of a character, of which the rest is still to come.
    rest: Vec<u8>,
}

impl Emulator {
    /// A blank screen.
    pub fn new(columns: u16, rows: u16) -> Self {
        let (rows, columns) = size(columns, rows);
        let blank = Parser::new(rows, columns, 0).screen().clone();
        let settled = (blank, Instant::now());
        let seen = Seen { in_frame: false, frames: 0, settled, pages: None, copied: Vec::new(), strange: Vec::new() };
        Self { parser: Parser::new_with_callbacks(rows, columns, 0, seen), rest: Vec::new() }
    }

    /// Takes what the program wrote.
    pub fn process(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let replaced = REPLACED.0.as_bytes();
        let split = (1..replaced.len()).rev().find(|n| all.ends_with(&replaced[..*n])).unwrap_or(0);
        self.rest = all.split_off(all.len() - split);
        while let Some(at) = all.windows(replaced.len()).position(|window| window == replaced) {
            all.splice(at..at + replaced.len(), REPLACED.1.bytes());
        }
        self.parser.process(&all);
        if !self.seen().in_frame {
            let screen = self.parser.screen().clone();
            self.parser.callbacks_mut().settled = (screen, Instant::now());
        }
    }

    /// Becomes another size, as a window does before its program knows.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (rows, columns) = size(columns, rows);
        self.parser.set_size(rows, columns);
    }

    /// The screen after the last whole frame, and since when.
    pub fn settled(&self) -> (Screen, Instant) {
        self.seen().settled.clone()
    }

    /// Whole frames so far.
    pub fn frames(&self) -> u64 {
        self.seen().frames
    }

    /// Gives what was seen besides drawing.
    pub fn seen(&self) -> &Seen {
        self.parser.callbacks()
    }

    /// Keeps every whole frame from now on.
    pub fn keep_pages(&mut self) {
        self.parser.callbacks_mut().pages = Some(Vec::new());
    }
}

fn size(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    let least_one = |n: u16| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    (least_one(rows), least_one(columns))
}
