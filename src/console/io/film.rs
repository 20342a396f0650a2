//! A film: the console without a terminal, its frames as the bytes that a terminal would get.

use crate::console::feed::{Attached, Update};
use crate::console::state::app::App;
use crate::console::state::message::{Input, Now, Report};
use crate::console::state::options::{ConsoleError, Options};
use crate::console::update::update;
use crate::console::view::draw::draw;
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_logger::TuiWidgetState;

/// A console that is drawn for nobody.
pub struct Film {
    app: App,
    log: TuiWidgetState,
    shown: Option<Buffer>,
    now: Now,
}

impl Film {
    /// An empty screen of a size.
    ///
    /// # Errors
    /// [`ConsoleError::Keys`] when the configured keys make no sense.
    pub fn begin(options: &Options, (width, height): (u16, u16)) -> Result<Film, ConsoleError> {
        let mut film = Film { app: App::new(options)?, log: TuiWidgetState::new(), shown: None, now: Now::default() };
        film.give(Input::Resize(width, height));
        Ok(film)
    }

    /// Shows what a feed begins with.
    pub fn attach(&mut self, attached: Attached) {
        self.give(Input::Feed(Report::Attached(Box::new(attached))));
    }

    /// Shows news at a time of the film, in milliseconds.
    pub fn update(&mut self, at_ms: u64, news: Update) {
        self.now = Now { mono: at_ms, wall: news.clock };
        self.give(Input::Feed(Report::Update(Box::new(news))));
    }

    fn give(&mut self, input: Input) {
        // Nobody is there to be asked or answered: a film only shows.
        drop(update(&mut self.app, self.now, input));
    }

    /// The bytes that turn the last frame into this one.
    pub fn frame(&mut self) -> String {
        let (width, height) = self.app.size;
        let mut next = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&self.app, &self.log, &mut next);
        let mut bytes = Vec::new();
        let blank = Buffer::empty(next.area);
        let shown = self.shown.as_ref();
        // Writing into memory cannot fail.
        if shown.is_none() {
            let _ = queue!(bytes, cursor::Hide);
            let _ = CrosstermBackend::new(&mut bytes).clear();
        }
        let changes = shown.unwrap_or(&blank).diff(&next);
        if !changes.is_empty() {
            let _ = CrosstermBackend::new(&mut bytes).draw(changes.into_iter());
        }
        self.shown = Some(next);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
