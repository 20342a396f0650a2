//! The state of the console. It changes in `update` and nowhere else.

use super::action::{Places, Screen};
use super::data::Data;
use super::decisions::DecisionsView;
use super::dialog::Dialog;
use super::feed::{FeedError, RECENT_EVENTS};
use super::keymap::Keymap;
use super::options::{ConsoleError, Exit, Options};
use super::prompt::Prompt;
use super::safe_text::SafeText;
use super::theme::Theme;
use super::views::{DetailView, FilesView, Picker};
use crate::model::{BatchStatus, CommandId, DecisionId, Event, EventKind, FileState, Millis};
use crate::sql::Dialect;

/// Without news for so long, the screen is stale, whatever the connection says. Milliseconds.
pub const STALE_AFTER: u64 = 5_000;
/// Events kept back while the view is held still; beyond it the view moves on by itself.
const HELD_BACK: usize = 20 * RECENT_EVENTS;
/// How long a notice stays. Milliseconds.
const NOTICE_FOR: u64 = 8_000;

/// The moment: the console's own clock in milliseconds since it started, and this machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    pub mono: u64,
    pub wall: Millis,
}

/// How it stands with the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Not yet attached.
    Connecting,
    Live,
    /// Lost; the next try is at that moment of the console's own clock.
    Lost {
        error: FeedError,
        again_at: u64,
    },
}

/// How far the last order has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    Sending,
    Sent(CommandId),
    Accepted(CommandId),
    /// A decision is in the table.
    Decided(DecisionId),
    Effective,
    Refused(String),
    /// It did not arrive, or nobody can say whether it did.
    Failed(String),
}

/// The last order of this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastOrder {
    pub words: String,
    pub stage: Stage,
}

/// Something said once in the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: SafeText,
    pub until: u64,
}

/// The view holds still: what has arrived since waits here.
#[derive(Debug, Default)]
pub struct HeldBack {
    pub events: Vec<Event>,
}

/// Everything.
#[derive(Debug)]
pub struct App {
    pub theme: Theme,
    pub ascii: bool,
    /// Started with `--read-only`.
    pub read_only: bool,
    pub embedded: bool,
    pub dialect: Option<Dialect>,
    pub keymap: Keymap,
    pub now: Now,
    /// Columns and rows.
    pub size: (u16, u16),
    pub link: Link,
    /// When the last news came, on the console's own clock.
    pub news_at: u64,
    pub data: Data,
    pub screen: Screen,
    pub previous: Screen,
    /// First event shown on the Board, counted from the newest.
    pub board_scroll: usize,
    pub board_filter: Filter,
    pub files: FilesView,
    pub detail: Option<DetailView>,
    pub picker: Option<Picker>,
    pub decisions: DecisionsView,
    pub help: Option<usize>,
    pub dialog: Option<Dialog>,
    pub prompt: Option<Prompt>,
    pub order: Option<LastOrder>,
    pub notice: Option<Notice>,
    pub armed_until: Option<u64>,
    pub held: Option<HeldBack>,
    pub wrap: bool,
    /// Times as ages instead of clock times.
    pub relative: bool,
    pub mouse: bool,
}

/// A filter as it was typed; `!` in front inverts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(pub String);

impl Filter {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.0.trim_start_matches('!').is_empty()
    }

    /// Whether a line passes; upper and lower case are the same.
    pub fn passes(&self, line: &str) -> bool {
        let (inverted, text) = match self.0.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, self.0.as_str()),
        };
        text.is_empty() || line.to_lowercase().contains(&text.to_lowercase()) != inverted
    }
}

/// What the terminal, the feed and the clock bring.
#[derive(Debug)]
pub enum Input {
    Key(crossterm::event::KeyEvent),
    Paste(String),
    Wheel {
        down: bool,
    },
    Resize(u16, u16),
    /// A second has turned.
    Tick,
    /// What was decided has been drawn: a dialog may now take keys.
    Painted,
    Feed(super::link::Report),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Ask(super::link::Request),
    Copy(String),
    Mouse(bool),
    Redraw,
    Suspend,
    Log(super::views::LogKey),
    Leave(Exit),
    /// Panic, to see what becomes of the terminal.
    #[cfg(debug_assertions)]
    Panic {
        in_a_task: bool,
    },
}

/// Whether the list of rollbacks is another one after an event.
fn is_about_rollbacks(kind: &EventKind) -> bool {
    use EventKind::*;
    matches!(kind, RollbackOpened { .. } | RollbackStarted { .. } | RollbackEnded { .. } | WindowLapsed { .. })
}

impl App {
    /// A console that has not heard anything yet.
    ///
    /// # Errors
    /// [`ConsoleError::Keys`] when the configured keys make no sense.
    pub fn new(options: &Options) -> Result<App, ConsoleError> {
        Ok(App {
            theme: Theme { name: options.theme, colour: !options.no_colour },
            ascii: options.ascii,
            read_only: options.read_only,
            embedded: options.embedded,
            dialect: options.dialect,
            keymap: Keymap::new(&options.keys)?,
            now: Now::default(),
            size: (80, 24),
            link: Link::Connecting,
            news_at: 0,
            data: Data::default(),
            screen: Screen::Board,
            previous: Screen::Files,
            board_scroll: 0,
            board_filter: Filter::default(),
            files: FilesView::default(),
            detail: None,
            picker: None,
            decisions: DecisionsView::default(),
            help: None,
            dialog: None,
            prompt: None,
            order: None,
            notice: None,
            armed_until: None,
            held: None,
            wrap: false,
            relative: false,
            mouse: false,
        })
    }

    /// Which rows of the keymap hold.
    pub fn place(&self) -> Places {
        match self.screen {
            Screen::Board => Places::BOARD,
            Screen::Files if self.detail.is_some() => Places::DETAIL,
            Screen::Files => Places::FILES,
            Screen::Decisions => Places::DECISIONS,
            Screen::Log => Places::LOG,
        }
    }

    /// Milliseconds since the last news.
    pub fn age_ms(&self) -> u64 {
        self.now.mono.saturating_sub(self.news_at)
    }

    /// Whether what is shown may no longer be so.
    pub fn is_stale(&self) -> bool {
        self.link != Link::Live || self.age_ms() > STALE_AFTER
    }

    /// The database's clock now.
    pub fn clock(&self) -> Option<Millis> {
        self.data.clock_at(self.now.mono)
    }

    /// The moment that is shown: the database's clock, standing still while nobody can say what happens there.
    pub fn shown_clock(&self) -> Option<Millis> {
        if self.is_stale() { self.data.clock_at(self.news_at) } else { self.clock() }
    }

    /// The environment of the schema is production, where changes need arming.
    pub fn is_production(&self) -> bool {
        self.data.server.as_ref().is_some_and(|s| s.environment.eq_ignore_ascii_case("production"))
    }

    /// Milliseconds for which changes are still allowed.
    pub fn armed_ms(&self) -> Option<u64> {
        self.armed_until.and_then(|until| until.checked_sub(self.now.mono)).filter(|left| *left > 0)
    }

    /// Whether a living worker holds the lease.
    pub fn worker_is_alive(&self) -> bool {
        self.data.worker.as_ref().is_some_and(|w| w.alive)
    }

    /// Whether what is under way was left there by a worker that is gone: nobody waits for its end.
    pub fn is_orphaned(&self) -> bool {
        !self.worker_is_alive() && self.data.read_only.is_none()
    }

    /// Says something in the footer.
    pub fn say(&mut self, text: impl Into<SafeText>) {
        self.notice = Some(Notice { text: text.into(), until: self.now.mono + NOTICE_FOR });
    }

    /// Takes in a live event, or keeps it back while the view is held.
    pub fn take(&mut self, event: Event) {
        self.follow_order(&event);
        self.decisions.due |= is_about_rollbacks(&event.kind);
        match &mut self.held {
            Some(held) => held.events.push(event),
            None => self.data.take(event),
        }
        if self.held.as_ref().is_some_and(|h| h.events.len() >= HELD_BACK) {
            self.release_view();
            self.say("the view moves again: more events have arrived than can be kept back");
        }
    }

    /// Shows what was kept back.
    pub fn release_view(&mut self) {
        for event in self.held.take().map(|h| h.events).unwrap_or_default() {
            self.data.take(event);
        }
    }

    /// What an event says about the order of this console.
    fn follow_order(&mut self, event: &Event) {
        let Some(order) = &mut self.order else { return };
        if let Stage::Decided(id) = order.stage {
            match &event.kind {
                EventKind::DecisionAccepted { decision, .. } if *decision == id => order.stage = Stage::Effective,
                EventKind::DecisionRefused { decision, reason, .. } if *decision == id => {
                    order.stage = Stage::Refused(reason.clone());
                }
                _ => {}
            }
            return;
        }
        let (Stage::Sent(id) | Stage::Accepted(id)) = order.stage else { return };
        match &event.kind {
            EventKind::CommandAccepted { command, .. } if *command == id => order.stage = Stage::Accepted(id),
            EventKind::CommandEffective { command } if *command == id => order.stage = Stage::Effective,
            EventKind::CommandRefused { command, reason, .. } if *command == id => {
                order.stage = Stage::Refused(reason.clone());
            }
            _ => {}
        }
    }

    /// How the console ends when it is left now.
    pub fn exit(&self) -> Exit {
        Exit {
            pause: self.embedded && self.is_under_way(),
            status: self.data.batch().map(|b| b.status),
            ..Exit::default()
        }
    }

    /// Whether the batch on the screen has something left to do.
    pub fn is_under_way(&self) -> bool {
        self.data.batch().is_some_and(|b| {
            b.status == BatchStatus::Running
                || !b.active.is_empty()
                || (b.status == BatchStatus::Pending && b.count(FileState::Idle) > 0)
        })
    }
}
