//! The keys of the terminal, none of them left behind.

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// Stream of what is typed, event by event.
///
/// crossterm reads a kilobyte at a time and waits to be told of *more*: what was typed faster than that stays in the
/// terminal's buffer, and when that is full, no key ever comes through again. So whenever there is nothing to give and
/// something to read, the terminal is made to speak up.
pub struct KeyStream(EventStream);

impl KeyStream {
    /// Begins to listen.
    pub fn new() -> KeyStream {
        KeyStream(EventStream::new())
    }

    /// The next event; `None` at the end of the input. Nothing is lost when it is not waited for to the end.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        match self.at_once() {
            Some(event) => Some(event),
            None => self.0.next().await,
        }
    }

    /// An event that is there already.
    ///
    /// The stream itself is not asked here: it wakes whoever asked it first, once. Asked without waiting, it would wake
    /// nobody, and the key after that would lie there until something else happens.
    pub fn at_once(&mut self) -> Option<io::Result<Event>> {
        match crossterm::event::poll(Duration::ZERO) {
            Ok(true) => Some(crossterm::event::read()),
            Ok(false) => {
                if is_left_behind() {
                    speak_up();
                }
                None
            }
            Err(error) => Some(Err(error)),
        }
    }
}

fn is_left_behind() -> bool {
    let stdin = io::stdin();
    let mut waiting = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    poll(&mut waiting, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

/// Setting a terminal as it is set wakes everyone who waits for it, also those who wait for a change only.
fn speak_up() {
    let stdin = io::stdin();
    if let Err(error) = tcgetattr(&stdin).and_then(|set| tcsetattr(&stdin, SetArg::TCSANOW, &set)) {
        tracing::debug!(%error, "the terminal cannot be woken");
    }
}
