//! The owner of the terminal: takes it, draws on it, gives it back, whatever happens between.

use crate::console::state::options::ConsoleError;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{Command, cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

/// The terminal, from entering it until this is dropped.
pub struct Terminal {
    /// Frame that stands on the terminal.
    shown: Buffer,
    /// The next frame, kept for its memory.
    next: Buffer,
    cursor: Option<(u16, u16)>,
    /// The terminal's contents are not known: everything must be drawn.
    anew: bool,
    /// Standard output without a buffer of its own: one write a frame.
    out: File,
    mouse: bool,
    entered: bool,
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> ConsoleError {
    move |source| ConsoleError::Terminal { what, source }
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`ConsoleError::NoTerminal`] where there is none, [`ConsoleError::Terminal`] when it refuses.
    pub fn enter() -> Result<Terminal, ConsoleError> {
        if !io::stdin().is_terminal() {
            return Err(ConsoleError::NoTerminal("standard input"));
        }
        if !io::stdout().is_terminal() {
            return Err(ConsoleError::NoTerminal("standard output"));
        }
        let out = io::stdout().as_fd().try_clone_to_owned().map_err(failed("opened"))?;
        let mut screen = Terminal {
            shown: Buffer::default(),
            next: Buffer::default(),
            cursor: None,
            anew: true,
            out: File::from(out),
            mouse: false,
            entered: false,
        };
        screen.take().map_err(failed("taken over"))?;
        Ok(screen)
    }

    fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.entered = true;
        self.anew = true;
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse {
            queue!(bytes, EnableMouseCapture)?;
        }
        self.out.write_all(&bytes)
    }

    /// Gives the terminal back; once is enough.
    fn give_back(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.entered) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, EndSynchronizedUpdate)?;
        if self.mouse {
            queue!(bytes, DisableMouseCapture)?;
        }
        queue!(bytes, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show)?;
        let written = self.out.write_all(&bytes);
        disable_raw_mode()?;
        written
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn size(&self) -> Result<(u16, u16), ConsoleError> {
        crossterm::terminal::size().map_err(failed("measured"))
    }

    /// Draws a frame of a size and writes what has changed in one piece, between the marks of a synchronized update.
    /// Nothing is written where nothing has changed.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn draw(
        &mut self,
        (width, height): (u16, u16),
        paint: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>,
    ) -> Result<(), ConsoleError> {
        let area = Rect::new(0, 0, width, height);
        if area != self.shown.area {
            self.shown.resize(area);
            self.next.resize(area);
            self.anew = true;
        }
        self.next.reset();
        let cursor = paint(&mut self.next);
        let bytes = self.frame(cursor).map_err(failed("drawn on"))?;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.cursor = cursor;
        self.anew = false;
        // The marks stand at both ends of the same write: a reader never sees one without the other.
        if bytes.is_empty() { Ok(()) } else { self.out.write_all(&bytes).map_err(failed("drawn on")) }
    }

    /// The bytes that turn what is shown into what is next.
    fn frame(&mut self, cursor: Option<(u16, u16)>) -> io::Result<Vec<u8>> {
        if self.anew {
            self.shown.reset();
        }
        let changes = self.shown.diff(&self.next);
        if changes.is_empty() && !self.anew && cursor == self.cursor {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::with_capacity(64 + changes.len() * 8);
        queue!(bytes, BeginSynchronizedUpdate)?;
        if self.cursor.is_some() {
            queue!(bytes, cursor::Hide)?;
        }
        let mut backend = CrosstermBackend::new(&mut bytes);
        if self.anew {
            backend.clear()?;
        }
        if !changes.is_empty() {
            backend.draw(changes.into_iter())?;
        }
        if let Some((x, y)) = cursor {
            queue!(bytes, cursor::MoveTo(x, y), cursor::Show)?;
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        Ok(bytes)
    }

    /// The next frame is drawn whole.
    pub fn forget(&mut self) {
        self.anew = true;
    }

    /// Turns the mouse on or off.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn mouse(&mut self, on: bool) -> Result<(), ConsoleError> {
        self.mouse = on;
        let mut bytes = Vec::new();
        let queued = if on { queue!(bytes, EnableMouseCapture) } else { queue!(bytes, DisableMouseCapture) };
        queued.and_then(|()| self.out.write_all(&bytes)).map_err(failed("given the mouse"))
    }

    /// Hands a text to the clipboard of the terminal; inside tmux also through it.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn copy(&mut self, text: &str, in_tmux: bool) -> Result<(), ConsoleError> {
        self.out.write_all(copied(text, in_tmux).as_bytes()).map_err(failed("given a text to copy"))
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when it goes on.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn suspend(&mut self) -> Result<(), ConsoleError> {
        use nix::sys::signal::{Signal, raise};
        self.give_back().map_err(failed("given back"))?;
        let stopped = raise(Signal::SIGTSTP).map_err(io::Error::from);
        self.take().and(stopped).map_err(failed("taken over again"))
    }

    /// Gives the terminal back.
    ///
    /// # Errors
    /// [`ConsoleError::Terminal`] when the terminal is gone.
    pub fn leave(mut self) -> Result<(), ConsoleError> {
        self.give_back().map_err(failed("given back"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // On the way out of a panic or an error, of which the terminal's own would only be the second.
        drop(self.give_back());
    }
}

/// OSC 52, and for tmux the same once more in its passthrough.
fn copied(text: &str, in_tmux: bool) -> String {
    let mut plain = String::new();
    if CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain).is_err() {
        return String::new();
    }
    if in_tmux {
        let through = format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
        plain.push_str(&through);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_goes_out_as_osc_52_also_through_tmux() {
        assert_eq!(copied("hi", false), "\x1b]52;c;aGk=\x1b\\");
        let through = copied("hi", true);
        assert!(through.contains("\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\"), "{through:?}");
    }
}
