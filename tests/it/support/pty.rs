//! The real binary on a pseudo-terminal, driven by keys and read through an emulator.
//!
//! Nothing here sleeps: whoever waits is woken by the program's output and gives up at a deadline, showing the screen.

use super::emulator::{Emulator, Page};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr;

/// Time that a screen may take to become what is expected, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal. Dropping it kills the program.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept open, so that the terminal's settings can be read after the program has left.
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    started: Instant,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: Emulator,
    /// Everything the program has written.
    raw: Vec<u8>,
    first_output: Option<Instant>,
    /// Nothing more comes: the terminal is closed, or the reader was asked to stop.
    ended: bool,
    stop: bool,
}

/// The screen as it stood at one moment.
#[derive(Clone)]
pub struct Shot {
    screen: vt100::Screen,
    /// Time when it stood there.
    pub at: Instant,
}

impl Shot {
    /// The screen's lines, without blanks at their ends.
    pub fn lines(&self) -> Vec<String> {
        self.screen.rows(0, self.screen.size().1.get()).map(|line| line.trim_end().to_owned()).collect()
    }

    /// The lines as one text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The column at which a text begins in a line: wide characters take two.
    pub fn column_of(line: &str, text: &str) -> Option<usize> {
        line.find(text).map(|at| line[..at].width())
    }

    /// True if every line has the width that the program thought it has: none was broken, and what stands at the right
    /// edge of the first row and of the tabs does stand there.
    pub fn is_even(&self) -> bool {
        let (rows, columns) = (self.screen.size().0.get(), self.screen.size().1.get());
        let lines = self.lines();
        let is_full = |line: &String| line.width() == usize::from(columns);
        let at_the_edge = lines.first().is_some_and(is_full) && lines.get(3).is_some_and(is_full);
        at_the_edge && !(0..rows).any(|row| self.screen.row_wrapped(row))
    }

    /// True if a text stands in one line.
    pub fn shows(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    /// The first line that holds a text.
    pub fn line_with(&self, text: &str) -> Option<String> {
        self.lines().into_iter().find(|line| line.contains(text))
    }

    /// The cell at which a text begins, to look at its style.
    pub fn cell_of(&self, text: &str) -> Option<&vt100::Cell> {
        self.lines().iter().enumerate().find_map(|(row, line)| {
            // Columns are counted in characters: the texts looked for are narrow.
            let column = line[..line.find(text)?].chars().count();
            self.screen.cell(u16::try_from(row).ok()?, u16::try_from(column).ok()?)
        })
    }

    /// The screen itself: modes, cursor, cells.
    pub fn screen(&self) -> &vt100::Screen {
        &self.screen
    }
}

impl Terminal {
    /// Starts a command on a terminal of that size.
    pub fn start(command: &Command, columns: u16, rows: u16) -> Self {
        let pair = {
            let _nothing_is_started = super::STARTING.lock().expect("no panic while it is held");
            native_pty_system().openpty(pty_size(columns, rows)).expect("a pseudo-terminal")
        };
        let reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let state = State {
            emulator: Emulator::new(columns, rows),
            raw: Vec::new(),
            first_output: None,
            ended: false,
            stop: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let started = Instant::now();
        let child = pair.slave.spawn_command(builder(command)).expect("the program starts");
        let reader = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || read(reader, &shared)
        });
        Self {
            master: Some(pair.master),
            slave: Some(pair.slave),
            writer: Some(writer),
            child,
            shared,
            reader: Some(reader),
            started,
        }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("keys can be typed");
    }

    /// Types the same without end, faster than anyone reads, while something is looked at.
    pub fn pour(&mut self, keys: &'static str, look: impl FnOnce(&Self)) {
        let mut writer = self.writer.take().expect("the terminal is open");
        let goes_on = Arc::new(());
        let pouring = std::thread::spawn({
            let goes_on = Arc::clone(&goes_on);
            move || {
                while Arc::strong_count(&goes_on) > 1 {
                    writer.write_all(keys.as_bytes()).expect("keys can be typed");
                }
                writer
            }
        });
        look(self);
        drop(goes_on);
        self.writer = Some(pouring.join().expect("keys could be typed"));
    }

    /// Waits until the screen is as expected, and gives it.
    ///
    /// # Panics
    /// When it has not become so in time, or the program has ended before; the message holds the screen.
    #[track_caller]
    pub fn wait(&self, what: &str, expected: impl Fn(&Shot) -> bool) -> Shot {
        self.wait_for(what, PATIENCE, expected)
    }

    /// As [`Terminal::wait`], with a time of one's own.
    #[track_caller]
    pub fn wait_for(&self, what: &str, patience: Duration, expected: impl Fn(&Shot) -> bool) -> Shot {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        loop {
            let shot = shot(&state);
            if expected(&shot) {
                return shot;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended {
                let why = if state.ended { "the program ended first" } else { "in vain" };
                drop(state);
                panic!("waited for {what}: {why}. The screen:\n{}", shot.text());
            }
            state = self.shared.changed.wait_timeout(state, left).expect("no panic in the reader").0;
        }
    }

    /// Waits until a text stands in one line.
    #[track_caller]
    pub fn wait_text(&self, text: &str) -> Shot {
        self.wait(&format!("{text:?}"), |shot| shot.shows(text))
    }

    /// Waits until a text is nowhere.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> Shot {
        self.wait(&format!("the end of {text:?}"), |shot| !shot.shows(text))
    }

    /// Waits for whole frames drawn from now on.
    #[track_caller]
    pub fn wait_frames(&self, count: u64) -> Shot {
        self.wait_frame_after(self.frames() + count - 1)
    }

    /// Waits for a frame beyond that number.
    #[track_caller]
    pub fn wait_frame_after(&self, seen: u64) -> Shot {
        let shared = Arc::clone(&self.shared);
        let deadline = Instant::now() + PATIENCE;
        let mut state = shared.state.lock().expect("no panic in the reader");
        while state.emulator.frames() <= seen {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.ended, "no frame after {seen}: {}", shot(&state).text());
            state = shared.changed.wait_timeout(state, left).expect("no panic in the reader").0;
        }
        shot(&state)
    }

    /// Takes what stands there now.
    pub fn shot(&self) -> Shot {
        shot(&self.state())
    }

    /// Makes the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.state().emulator.resize(columns, rows);
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(pty_size(columns, rows)).expect("a terminal can be resized");
    }

    /// Bytes written to the terminal so far.
    pub fn written(&self) -> usize {
        self.state().raw.len()
    }

    /// Whole frames drawn so far.
    pub fn frames(&self) -> u64 {
        self.state().emulator.frames()
    }

    /// Keeps every whole frame from now on.
    pub fn keep_pages(&self) {
        self.state().emulator.keep_pages();
    }

    /// The frames that were kept.
    pub fn pages(&self) -> Vec<Page> {
        self.state().emulator.seen().pages.clone().unwrap_or_default()
    }

    /// Everything written to the terminal so far.
    pub fn raw(&self) -> Vec<u8> {
        self.state().raw.clone()
    }

    /// Texts that went to the clipboard, base64.
    pub fn copied(&self) -> Vec<String> {
        self.state().emulator.seen().copied.clone()
    }

    /// Bells, titles, unknown sequences: what only a hostile text would cause.
    pub fn strange(&self) -> Vec<String> {
        self.state().emulator.seen().strange.clone()
    }

    /// Time when the program was started, and when it first wrote.
    pub fn began(&self) -> (Instant, Option<Instant>) {
        (self.started, self.state().first_output)
    }

    /// The program's process.
    pub fn pid(&self) -> i32 {
        self.child.process_id().and_then(|pid| i32::try_from(pid).ok()).expect("a process")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).expect("a signal can be sent");
    }

    /// True if the terminal echoes and reads lines, as a shell needs it.
    pub fn is_cooked(&self) -> bool {
        use nix::sys::termios::LocalFlags;
        let master = self.master.as_ref().expect("the terminal is open");
        let flags = master.get_termios().expect("the terminal's settings").local_flags.bits();
        let wanted = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
        flags & wanted.bits() == wanted.bits()
    }

    /// Waits for the program to end by itself, and for the last that it wrote.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                break status;
            }
            assert!(Instant::now() < deadline, "the program does not end. The screen:\n{}", self.shot().text());
            // A process gives no other sign of its end that can be waited for with a limit.
            std::thread::sleep(Duration::from_millis(5));
        };
        // With the last descriptor of the program's side gone, the reader comes to its end.
        if self.master.as_ref().is_some_and(|master| master.get_termios().is_some()) {
            self.drain();
        }
        status
    }

    /// Waits until everything the ended program wrote has been read: a mark of our own comes after it.
    fn drain(&mut self) {
        const MARK: &[u8] = b"\x1b[?7h";
        let Some(tty) = self.master.as_ref().and_then(|master| master.tty_name()) else { return };
        let before = self.written();
        let mut tty = std::fs::OpenOptions::new().write(true).open(tty).expect("the terminal's other side");
        tty.write_all(MARK).expect("a mark");
        let mut state = self.state();
        while !state.raw[before..].ends_with(MARK) && !state.ended {
            state = self.shared.changed.wait_timeout(state, PATIENCE).expect("no panic in the reader").0;
        }
        let length = state.raw.len() - MARK.len();
        state.raw.truncate(length);
    }

    /// Closes the terminal under the program, as a lost SSH connection does.
    pub fn hang_up(&mut self) {
        self.state().stop = true;
        drop(self.slave.take());
        drop(self.writer.take());
        // The reader notices at the next output: a new size makes the program draw.
        let master = self.master.take().expect("the terminal is open");
        master.resize(pty_size(61, 17)).expect("a terminal can be resized");
        self.reader.take().expect("a reader").join().expect("no panic in the reader");
        drop(master);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no panic in the reader")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let runs = matches!(self.child.try_wait(), Ok(None));
        if runs && kill(Pid::from_raw(self.pid()), Signal::SIGKILL).is_ok() {
            // A killed process can always be waited for.
            drop(self.child.wait());
        }
    }
}

/// Reads until the terminal is closed or someone says stop.
fn read(mut reader: Box<dyn Read + Send>, shared: &Shared) {
    let mut buffer = [0_u8; 65536];
    loop {
        let count = reader.read(&mut buffer).unwrap_or(0);
        let mut state = shared.state.lock().expect("no panic in a story while it holds the state");
        if count == 0 || state.stop {
            state.ended = true;
            shared.changed.notify_all();
            return;
        }
        state.first_output.get_or_insert_with(Instant::now);
        state.emulator.process(&buffer[..count]);
        state.raw.extend_from_slice(&buffer[..count]);
        shared.changed.notify_all();
    }
}

fn shot(state: &State) -> Shot {
    let (screen, at) = state.emulator.settled();
    Shot { screen, at }
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// The same command for a terminal: the environment of a person's shell, colours allowed unless the command says not.
fn builder(command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        builder.cwd(dir);
    }
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")] {
        builder.env(name, value);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    builder
}
