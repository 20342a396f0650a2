//! The loop: terminal, feed, clock and signals in; effects and frames out.

use super::feed_task;
use super::key_stream::KeyStream;
use super::panics::Panics;
use super::terminal::Terminal;
use crate::console::feed::Feed;
use crate::console::guide::{Guide, GuideLink};
use crate::console::state::app::App;
use crate::console::state::guide::GuideView;
use crate::console::state::message::{Effect, Input, Now, Report, Request};
use crate::console::state::options::{ConsoleError, Exit, Options};
use crate::console::update::update;
use crate::console::view::draw::draw;
use crate::model::Millis;
use crossterm::event::{Event, MouseButton, MouseEventKind};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tui_logger::{LevelFilter, TuiWidgetState};

/// Between two frames that nobody has asked for with a key: at most ten a second.
const FRAME: Duration = Duration::from_millis(100);
/// The same while keys pour in.
const ANSWER: Duration = Duration::from_millis(25);
/// Requests and reports under way between screen and feed.
const CHANNEL: usize = 64;
/// Lines that the log screen keeps.
const LOG_LINES: usize = 2_000;

/// Everything that runs while the screen is ours.
pub struct Driver {
    app: App,
    terminal: Terminal,
    log: TuiWidgetState,
    started: Instant,
    requests: mpsc::Sender<Request>,
    reports: mpsc::Receiver<Report>,
    feed: JoinHandle<()>,
    guide: Option<GuideLink>,
    in_tmux: bool,
    /// Something has changed since the last frame.
    dirty: bool,
    /// A key is among what has not been drawn.
    typed: bool,
    drawn_at: Instant,
}

/// The signals that end the console, and their names.
struct EndSignals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl EndSignals {
    fn listen() -> Result<EndSignals, ConsoleError> {
        let hear = |kind| signal(kind).map_err(|source| ConsoleError::Terminal { what: "watched for signals", source });
        Ok(EndSignals {
            hangup: hear(SignalKind::hangup())?,
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.hangup.recv() => "SIGHUP",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

impl Driver {
    /// Takes the terminal and starts the feed's task.
    ///
    /// # Errors
    /// [`ConsoleError`] when there is no terminal or the keys make no sense.
    pub fn new(feed: Box<dyn Feed>, options: &Options) -> Result<Driver, ConsoleError> {
        let mut app = App::new(options)?;
        // The first frame has the tour's words already.
        app.guide = options.guide.as_ref().map(|link| GuideView::new(link.words.borrow().clone(), 0));
        let terminal = Terminal::enter()?;
        let (requests, to_feed) = mpsc::channel(CHANNEL);
        let (from_feed, reports) = mpsc::channel(CHANNEL);
        let feed = tokio::spawn(feed_task::follow(feed, to_feed, from_feed));
        tui_logger::set_buffer_depth(LOG_LINES);
        let log = TuiWidgetState::new().set_default_display_level(LevelFilter::Info);
        let now = Instant::now();
        let in_tmux = std::env::var_os("TMUX").is_some();
        Ok(Driver {
            app,
            terminal,
            log,
            started: now,
            requests,
            reports,
            feed,
            guide: options.guide.clone(),
            in_tmux,
            dirty: true,
            typed: false,
            drawn_at: now,
        })
    }

    /// Runs until the console is left or something panics, then gives the terminal back.
    ///
    /// # Errors
    /// [`ConsoleError`] when the terminal is gone or the feed's task failed.
    pub async fn run(mut self, panics: &Panics) -> Result<Exit, ConsoleError> {
        let ended = self.follow(panics).await;
        self.feed.abort();
        let left = self.terminal.leave();
        let exit = ended?;
        // Where a signal has ended it, the terminal may be gone already.
        if exit.signal.is_none() {
            left?;
        }
        Ok(exit)
    }

    async fn follow(&mut self, panics: &Panics) -> Result<Exit, ConsoleError> {
        let mut ends = EndSignals::listen()?;
        let mut keys =
            KeyStream::new().map_err(|source| ConsoleError::Terminal { what: "watched for signals", source })?;
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let size = self.terminal.size()?;
        let mut effects = self.give(Input::Resize(size.0, size.1));
        self.paint(&mut keys)?;
        loop {
            if let Some(exit) = self.carry_out(&mut effects)? {
                return Ok(exit);
            }
            let due = self.drawn_at + if self.typed { ANSWER } else { FRAME };
            // Keys come last: everything else comes seldom, and a pasted book of keys must not keep it waiting.
            tokio::select! {
                biased;
                signal = ends.any() => return Ok(Exit { signal: Some(signal), ..self.app.exit() }),
                () = panics.come() => return Ok(self.app.exit()),
                report = self.reports.recv() => match report {
                    Some(report) => {
                        // What was asked for is shown at once; what happens by itself, ten times a second.
                        let asked = !matches!(report, Report::Update(_) | Report::Lost { .. });
                        effects = self.give(Input::Feed(report));
                        if asked {
                            self.paint(&mut keys)?;
                        }
                    }
                    // It ends by itself only when the console does, or when it panics, which is told with the panic.
                    None => return Err(ConsoleError::Panicked("the task that reads the database ended".into())),
                },
                () = tokio::time::sleep_until(due), if self.dirty => self.paint(&mut keys)?,
                _ = second.tick() => {
                    tui_logger::move_events();
                    effects = self.give(Input::Tick);
                }
                words = told(&mut self.guide) => effects = self.give(Input::Guide(words)),
                event = keys.next() => {
                    let Some(event) = event else { return Ok(Exit { signal: Some("end of input"), ..self.app.exit() }) };
                    let event = event.map_err(|source| ConsoleError::Terminal { what: "read", source })?;
                    if let Some(input) = input(event) {
                        effects = self.give(input);
                        self.typed = true;
                        // Answered at once, unless the next one is there already; effects that leave or suspend come
                        // before the next frame, and a dialog's first frame before the next key.
                        let asks = self.app.dialog.as_ref().is_some_and(|d| !d.painted);
                        let last = !keys.more() || self.drawn_at.elapsed() >= ANSWER;
                        if effects.is_empty() && (asks || last) {
                            self.paint(&mut keys)?;
                        }
                    }
                }
            }
        }
    }

    fn give(&mut self, input: Input) -> Vec<Effect> {
        let mono = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wall = Millis(chrono::Utc::now().timestamp_millis());
        self.dirty = true;
        if matches!(input, Input::Resize(..)) {
            // A terminal that was made smaller and larger again has lost what stood there, whatever its size is now.
            self.terminal.forget();
        }
        update(&mut self.app, Now { mono, wall }, input)
    }

    /// Draws what has changed. A dialog that is drawn for the first time takes no key that was typed before: those that
    /// wait are thrown away right before the frame is written, so that a key typed at the sight of it is never lost.
    fn paint(&mut self, keys: &mut KeyStream) -> Result<(), ConsoleError> {
        let asks = self.app.dialog.as_ref().is_some_and(|d| !d.painted);
        if asks {
            while let Some(Ok(early)) = keys.at_once() {
                if let Event::Resize(width, height) = early {
                    self.give(Input::Resize(width, height));
                }
            }
        }
        let (app, log) = (&self.app, &self.log);
        self.terminal.draw(app.size, |buffer| draw(app, log, buffer))?;
        self.drawn_at = Instant::now();
        if asks {
            self.give(Input::Painted);
        }
        (self.dirty, self.typed) = (false, false);
        Ok(())
    }

    /// Carries out what was decided; `Some` when the console is left.
    fn carry_out(&mut self, effects: &mut Vec<Effect>) -> Result<Option<Exit>, ConsoleError> {
        for effect in effects.drain(..) {
            match effect {
                Effect::Ask(request) => {
                    if self.requests.try_send(request).is_err() {
                        self.app.notify("the connection is busy; nothing was asked for");
                    }
                }
                Effect::Copy(text) => self.terminal.copy(&text, self.in_tmux)?,
                Effect::Mouse(on) => self.terminal.mouse(on)?,
                Effect::Redraw => self.terminal.forget(),
                Effect::Suspend => {
                    self.terminal.suspend()?;
                    self.app.size = self.terminal.size()?;
                }
                Effect::Save(path, text) => {
                    let said = match super::save::new_file(&path, &text) {
                        Ok(()) => format!("saved as {}", path.display()),
                        Err(error) => format!("not saved: {}: {error}", path.display()),
                    };
                    self.app.notify(said);
                }
                Effect::Log(key) => self.log.transition(key),
                Effect::GoOn(number) => {
                    if let Some(guide) = &self.guide
                        && guide.go_on.try_send(number).is_err()
                    {
                        tracing::debug!(number, "nobody waits to go on");
                    }
                }
                Effect::Leave(exit) => return Ok(Some(exit)),
                #[cfg(debug_assertions)]
                Effect::Panic { in_a_task } => super::panics::provoke(in_a_task),
            }
        }
        Ok(None)
    }
}

/// The next words of the tour; never, where there is none or it is over.
async fn told(guide: &mut Option<GuideLink>) -> Guide {
    if let Some(link) = guide {
        match link.words.changed().await {
            Ok(()) => return link.words.borrow_and_update().clone(),
            Err(_) => *guide = None,
        }
    }
    std::future::pending().await
}

/// Translates a terminal event into an input of the console; nothing for focus and mouse movements.
fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => Some(Input::Key(key)),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(width, height) => Some(Input::Resize(width, height)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Input::Click { column: mouse.column, row: mouse.row }),
            MouseEventKind::ScrollDown => Some(Input::Wheel { down: true }),
            MouseEventKind::ScrollUp => Some(Input::Wheel { down: false }),
            _ => None,
        },
        Event::FocusGained | Event::FocusLost => None,
    }
}
