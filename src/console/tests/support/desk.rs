//! The console with keys to press, and what it decided.

use super::feed::{at, attached, news};
use super::frame::text;
use crate::console::feed::Attached;
use crate::console::state::app::App;
use crate::console::state::message::{Effect, Input, Now, Report};
use crate::console::state::options::Options;
use crate::console::update::update;
use crate::console::view::draw::draw;
use crate::model::testing::Ledger;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_logger::TuiWidgetState;

/// The console on a ledger, and what it decided.
pub struct Desk {
    pub app: App,
    pub now: Now,
    pub effects: Vec<Effect>,
}

impl Desk {
    /// Attached and with first news.
    pub fn on(ledger: &Ledger) -> Desk {
        Desk::with(ledger, attached(ledger), &Options::default())
    }

    pub fn with(ledger: &Ledger, attached: Attached, options: &Options) -> Desk {
        let mut desk = Desk::apart(options);
        desk.now = at(ledger, 1_000);
        desk.give(Input::Feed(Report::Attached(Box::new(attached))));
        desk.give(Input::Feed(Report::Update(Box::new(news(ledger)))));
        desk.effects.clear();
        desk
    }

    /// Not attached to anything.
    pub fn apart(options: &Options) -> Desk {
        let app = App::new(options).unwrap();
        let mut desk = Desk { app, now: Now::default(), effects: Vec::new() };
        desk.give(Input::Resize(120, 40));
        desk
    }

    pub fn give(&mut self, input: Input) {
        let effects = update(&mut self.app, self.now, input);
        self.effects.extend(effects);
    }

    /// Time goes by.
    pub fn wait(&mut self, ms: u64) {
        self.now.mono += ms;
        self.now.wall.0 += ms as i64;
        self.give(Input::Tick);
    }

    /// Presses letters one after the other, drawing after each, as the driver does.
    pub fn press(&mut self, letters: &str) {
        for c in letters.chars() {
            self.key(KeyCode::Char(c));
        }
    }

    pub fn key(&mut self, code: KeyCode) {
        self.give(Input::Key(KeyEvent::from(code)));
        self.give(Input::Painted);
    }

    pub fn ctrl(&mut self, c: char) {
        self.give(Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)));
        self.give(Input::Painted);
    }

    /// Types a command of the palette and enters it.
    pub fn command(&mut self, line: &str) {
        self.press(":");
        self.press(line);
        self.key(KeyCode::Enter);
    }

    /// The effects since the last look.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Text in the footer.
    pub fn notice(&self) -> String {
        self.app.notice.as_ref().map(|n| n.text.to_string()).unwrap_or_default()
    }

    pub fn frame(&mut self, width: u16, height: u16) -> Buffer {
        self.give(Input::Resize(width, height));
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&self.app, &TuiWidgetState::new(), &mut buffer);
        buffer
    }

    pub fn screen(&mut self, width: u16, height: u16) -> String {
        text(&self.frame(width, height))
    }
}
