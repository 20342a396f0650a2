//! What the terminal says, keys and sizes, none of it left behind.

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
use std::future::poll_fn;
use std::io;
use std::os::fd::AsFd;
use std::task::Poll;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Stream of what is typed, event by event.
///
/// crossterm reads a kilobyte at a time and waits to be told of *more*: what was typed faster than that stays in the
/// terminal's buffer, and when that is full, no key ever comes through again. So whenever there is nothing to give and
/// something to read, the terminal is made to speak up. And where a key and a new size come at the same moment, crossterm
/// gives the key and drops the size: so sizes are listened for here as well. A size may be told twice, never not at all.
pub struct KeyStream {
    events: EventStream,
    resized: Signal,
}

impl KeyStream {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the process may not listen for SIGWINCH.
    pub fn new() -> io::Result<KeyStream> {
        Ok(KeyStream { events: EventStream::new(), resized: signal(SignalKind::window_change())? })
    }

    /// The next event; `None` at the end of the input. Nothing is lost when it is not waited for to the end.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        if let Some(event) = self.at_once() {
            return Some(event);
        }
        let events = &mut self.events;
        // It is looked each time before crossterm is asked, also when the hang-up is what it wakes us for.
        let next = poll_fn(|context| match is_gone() {
            true => Poll::Ready(None),
            false => events.poll_next_unpin(context),
        });
        tokio::select! {
            event = next => event,
            _ = self.resized.recv() => Some(crossterm::terminal::size().map(|(width, height)| Event::Resize(width, height))),
        }
    }

    /// True if another event is there already.
    pub fn more(&self) -> bool {
        !is_gone() && matches!(crossterm::event::poll(Duration::ZERO), Ok(true))
    }

    /// An event that is there already.
    ///
    /// The stream itself is not asked here: it wakes whoever asked it first, once. Asked without waiting, it would wake
    /// nobody, and the key after that would lie there until something else happens.
    pub fn at_once(&mut self) -> Option<io::Result<Event>> {
        if is_gone() {
            return None;
        }
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

/// True if the terminal has hung up. crossterm 0.29 takes no end of input for one: it would read for ever, on the thread
/// that also hears signals.
fn is_gone() -> bool {
    stands().intersects(PollFlags::POLLHUP | PollFlags::POLLERR)
}

fn is_left_behind() -> bool {
    !stands().is_empty()
}

/// How the terminal stands: whether there is something to read, or nothing to come any more.
fn stands() -> PollFlags {
    let stdin = io::stdin();
    let mut waiting = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    match poll(&mut waiting, PollTimeout::ZERO) {
        Ok(_) => waiting[0].revents().unwrap_or(PollFlags::empty()),
        Err(_) => PollFlags::empty(),
    }
}

/// Setting a terminal as it is set wakes everyone who waits for it, also those who wait for a change only.
fn speak_up() {
    let stdin = io::stdin();
    if let Err(error) = tcgetattr(&stdin).and_then(|set| tcsetattr(&stdin, SetArg::TCSANOW, &set)) {
        tracing::debug!(%error, "the terminal cannot be woken");
    }
}
