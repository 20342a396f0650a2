//! The state of the console. It changes in `update` and nowhere else.

use super::action::{Places, Screen};
use super::board::BoardView;
use super::data::Data;
use super::decisions::DecisionsView;
use super::dialog::{Dialog, MovedOn};
use super::files::FilesView;
use super::filter::Filter;
use super::following::Following;
use super::forecast::Forecast;
use super::graph::GraphView;
use super::guide::GuideView;
use super::keymap::Keymap;
use super::lists::Lists;
use super::message::Now;
use super::options::{ConsoleError, Exit, Options, Theme};
use super::past_order::PastOrder;
use super::prompt::Prompt;
use super::replay::Replay;
use super::request::LastRequest;
use super::texts::Texts;
use super::views::{DetailView, HelpView, ListView, Picker};
use crate::console::feed::{FeedError, RECENT_EVENTS};
use crate::console::safe_text::SafeText;
use crate::model::{Batch, BatchStatus, Event, EventKind, FileId, FileState, Millis};
use crate::sql::Dialect;

/// Without news for so long, the screen is stale, whatever the connection says. Milliseconds.
pub const STALE_AFTER: u64 = 5_000;
/// Round trips that an answer of many questions may take: the next look waits behind it.
const QUESTIONS: u64 = 20;
/// The most that a slow way adds, in milliseconds.
const SLOWEST: u64 = 10_000;
/// Events kept back while the view is held still; beyond it the view moves on by itself.
const HELD_BACK: usize = 20 * RECENT_EVENTS;
/// Time that a notice stays, in milliseconds.
const NOTICE_FOR: u64 = 8_000;

/// State of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not yet attached.
    Connecting,
    Live,
    /// Lost; the next try is at that moment of the console's own clock.
    Lost {
        error: FeedError,
        again_at: u64,
    },
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

/// The whole state.
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
    pub connection: ConnectionState,
    pub following: Following,
    /// Time of the last news, on the console's own clock.
    pub news_at: u64,
    pub data: Data,
    pub screen: Screen,
    pub previous: Screen,
    pub board: BoardView,
    /// Texts of the files that are looked at without being opened.
    pub texts: Texts,
    pub files: FilesView,
    pub detail: Option<DetailView>,
    pub picker: Option<Picker>,
    pub decisions: DecisionsView,
    /// What screens have asked for.
    pub lists: Lists,
    pub validations: ListView,
    pub alerts: ListView,
    pub history: ListView,
    pub past_order: PastOrder,
    pub checklist: ListView,
    /// The tour's words, where there is one.
    pub guide: Option<GuideView>,
    pub help: Option<HelpView>,
    /// The rest of the batch on the screen, as it may go.
    pub forecast: Forecast,
    pub graph: GraphView,
    pub dialog: Option<Dialog>,
    /// When the dialog was opened, by the database's clock.
    pub asked_at: Option<Millis>,
    pub moved_on: Option<MovedOn>,
    /// The last commands of the palette, the newest first.
    pub lately: Vec<&'static str>,
    pub help_filter: Filter,
    pub prompt: Option<Prompt>,
    /// What is shown is not now, but a recording.
    pub replay: Option<Replay>,
    pub request: Option<LastRequest>,
    pub notice: Option<Notice>,
    pub armed_until: Option<u64>,
    pub held: Option<HeldBack>,
    pub wrap: bool,
    /// Times as ages instead of clock times.
    pub relative: bool,
    pub mouse: bool,
}

/// True if the list of rollbacks is another one after an event.
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
            connection: ConnectionState::Connecting,
            following: Following::default(),
            news_at: 0,
            data: Data::default(),
            screen: Screen::Board,
            previous: Screen::Files,
            board: BoardView::default(),
            texts: Texts::default(),
            files: FilesView::default(),
            detail: None,
            picker: None,
            decisions: DecisionsView::default(),
            lists: Lists::default(),
            validations: ListView::default(),
            alerts: ListView::default(),
            history: ListView::default(),
            past_order: PastOrder::default(),
            checklist: ListView::default(),
            guide: None,
            help: None,
            forecast: Forecast::default(),
            graph: GraphView::default(),
            dialog: None,
            asked_at: None,
            moved_on: None,
            lately: Vec::new(),
            help_filter: Filter::default(),
            prompt: None,
            replay: None,
            request: None,
            notice: None,
            armed_until: None,
            held: None,
            wrap: false,
            relative: true,
            mouse: false,
        })
    }

    /// Place whose rows of the keymap hold.
    pub fn place(&self) -> Places {
        match self.screen {
            Screen::Files if self.detail.is_some() => Places::DETAIL,
            screen => screen.place(),
        }
    }

    /// The file that an action is about: the one that is open, or the one under the cursor.
    pub fn selected_file(&self) -> Option<FileId> {
        match (self.place(), &self.detail) {
            (Places::DETAIL, Some(detail)) => Some(detail.file),
            (Places::FILES, _) => self.files.selected(),
            (Places::GRAPH, _) => self.graph.cursor,
            _ => None,
        }
    }

    /// The list on the screen, where the screen is one with an own cursor and nothing else.
    pub fn list(&mut self) -> Option<&mut ListView> {
        match self.screen {
            Screen::Validations => Some(&mut self.validations),
            Screen::Alerts => Some(&mut self.alerts),
            Screen::History => Some(&mut self.history),
            Screen::Checklist => Some(&mut self.checklist),
            Screen::Board | Screen::Files | Screen::Graph | Screen::Decisions | Screen::Log => None,
        }
    }

    /// The same, to look at.
    pub fn shown_list(&self) -> Option<&ListView> {
        match self.screen {
            Screen::Validations => Some(&self.validations),
            Screen::Alerts => Some(&self.alerts),
            Screen::History => Some(&self.history),
            Screen::Checklist => Some(&self.checklist),
            Screen::Board | Screen::Files | Screen::Graph | Screen::Decisions | Screen::Log => None,
        }
    }

    /// Number of files of a batch that may be under way at a time: as its worker says, else as the plan does; `None` where
    /// nobody has said.
    pub fn parallel(&self, batch: &Batch) -> Option<usize> {
        if self.dialect == Some(Dialect::Sqlite) {
            return Some(1); // it has one writer at a time
        }
        let told =
            self.data.live.as_ref().and_then(|live| live.parallel).filter(|_| batch.status == BatchStatus::Running);
        told.or(batch.policy.parallel).map(|files| files.max(1) as usize)
    }

    /// Milliseconds since the last news.
    pub fn age_ms(&self) -> u64 {
        self.now.mono.saturating_sub(self.news_at)
    }

    /// True if what is shown may no longer be so.
    pub fn is_stale(&self) -> bool {
        let slow = (self.data.round_trip_us / 1000 * QUESTIONS).min(SLOWEST);
        self.connection != ConnectionState::Live || self.age_ms() > STALE_AFTER + slow
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

    /// True if a living worker holds the lease.
    pub fn worker_is_alive(&self) -> bool {
        self.data.worker.as_ref().is_some_and(|w| w.alive)
    }

    /// Says something in the footer.
    pub fn notify(&mut self, text: impl Into<SafeText>) {
        self.notice = Some(Notice { text: text.into(), until: self.now.mono + NOTICE_FOR });
    }

    /// Takes in a live event, or keeps it back while the view is held.
    pub fn take(&mut self, event: Event) {
        // What becomes of a command matters more than what was said before it did.
        if self.request.as_mut().is_some_and(|request| request.follow(&event)) {
            self.notice = None;
        }
        self.decisions.due |= is_about_rollbacks(&event.kind);
        self.lists.note(&event);
        match &mut self.held {
            Some(held) => held.events.push(event),
            None => self.data.take(event),
        }
        if self.held.as_ref().is_some_and(|h| h.events.len() >= HELD_BACK) {
            self.release_view();
            self.notify("the view moves again: more events have arrived than can be kept back");
        }
    }

    /// Shows what was kept back.
    pub fn release_view(&mut self) {
        for event in self.held.take().map(|h| h.events).unwrap_or_default() {
            self.data.take(event);
        }
    }

    /// Gives the end of the console when it is left now.
    pub fn exit(&self) -> Exit {
        Exit {
            // Behind a replay the run may be anywhere.
            pause: self.embedded && (self.replay.is_some() || self.is_under_way()),
            status: self.data.batch().map(|b| b.status),
            ..Exit::default()
        }
    }

    /// True if the batch on the screen has something left to do.
    pub fn is_under_way(&self) -> bool {
        self.data.batch().is_some_and(|b| {
            b.status == BatchStatus::Running
                || !b.active.is_empty()
                || (b.status == BatchStatus::Pending && b.count(FileState::Idle) > 0)
        })
    }
}
