//! A replay on the screen: its tape, where it stands, its keys, and the questions of a drill.

use super::action::Screen;
use super::key::Key;
use crate::console::feed::Replayed;
use crate::recording::drill::{Question, Sheet};
use crate::recording::{Matter, Order, Tape, Transport};
use crossterm::event::KeyCode;
use std::sync::Arc;
use tui_input::Input as Line;

/// A recording that is played instead of what happens now.
#[derive(Debug)]
pub struct Replay {
    pub tape: Arc<Tape>,
    pub transport: Transport,
    /// The drill, where it is one.
    pub drill: Option<DrillView>,
}

/// A drill on the screen.
#[derive(Debug, Default)]
pub struct DrillView {
    pub sheet: Sheet,
    pub asking: Option<Asking>,
    /// The score sheet is open, with the answer under the cursor.
    pub open: Option<usize>,
}

/// A question that is asked.
#[derive(Debug, Clone)]
pub struct Asking {
    pub question: usize,
    /// The choice under the cursor; the last, behind all choices, is a text.
    pub choice: usize,
    pub line: Line,
    /// The console's clock when it was asked first, in milliseconds.
    pub since: u64,
    /// Put away, so that the screens can be looked at.
    pub aside: bool,
}

/// A row of the table of keys.
pub struct ReplayBinding {
    pub keys: &'static str,
    /// The word in the footer.
    pub hint: &'static str,
    /// Effect of the keys, for the help.
    pub help: &'static str,
}

const fn binding(keys: &'static str, hint: &'static str, help: &'static str) -> ReplayBinding {
    ReplayBinding { keys, hint, help }
}

/// The keys, for footer and help; what they do says [`key`].
pub const KEYS: [ReplayBinding; 7] = [
    binding("Space", "play", "play, or stand still; at the end, from the beginning"),
    binding("< >", "speed", "slower or faster, from 0.25x to 64x"),
    binding(", .", "one event", "one event back or on, and stand still"),
    binding("[ ]", "what matters", "what matters before or next: failure, lock, hold, decision, undo, end"),
    binding("{ }", "tenths", "a tenth of the whole back or on; 0 goes to the beginning"),
    binding("← →", "5 s", "5 s of played time back or on"),
    binding(":", "seek, mark", ":seek 14:32 to a moment, :seek 70% of the whole, :mark NOTE for a note at this one"),
];

/// A skip by the arrows, in milliseconds.
const SKIP: i64 = 5_000;

/// Order of a key in a replay; `None` where it means what it means everywhere, as the digits do.
pub fn key(key: Key) -> Option<Order> {
    if key.ctrl {
        return None;
    }
    match key.code {
        KeyCode::Char(' ') => Some(Order::PlayPause),
        KeyCode::Char('<') => Some(Order::Speed { faster: false }),
        KeyCode::Char('>') => Some(Order::Speed { faster: true }),
        KeyCode::Char(',') => Some(Order::Step { forward: false }),
        KeyCode::Char('.') => Some(Order::Step { forward: true }),
        KeyCode::Char('[') => Some(Order::Matter { forward: false }),
        KeyCode::Char(']') => Some(Order::Matter { forward: true }),
        KeyCode::Char('0') => Some(Order::Skip(i64::MIN)),
        KeyCode::Char('{') => Some(Order::Tenth { forward: false }),
        KeyCode::Char('}') => Some(Order::Tenth { forward: true }),
        KeyCode::Left => Some(Order::Skip(-SKIP)),
        KeyCode::Right => Some(Order::Skip(SKIP)),
        _ => None,
    }
}

/// The screen of a function key: F1 to F9 do what the digits do.
pub fn screen(key: Key) -> Option<Screen> {
    Screen::all().zip(1..).find(|(_, n)| key.code == KeyCode::F(*n)).map(|(screen, _)| screen)
}

impl Replay {
    /// A replay that begins.
    pub fn new(replayed: Replayed) -> Replay {
        let Replayed { tape, transport } = replayed;
        let drill = tape.drill.as_ref().map(|drill| DrillView {
            sheet: Sheet {
                batch: format!("batch {} “{}”", tape.facts.batch, tape.facts.batch_name),
                trainee: drill.trainee.clone(),
                questions: drill.questions.clone(),
                answers: Vec::new(),
            },
            ..DrillView::default()
        });
        Replay { tape, transport, drill }
    }

    /// What matters, as far as it may be seen: a drill does not tell what comes.
    pub fn matters(&self) -> impl Iterator<Item = &Matter> {
        let hidden = self.drill.is_some();
        self.tape.matters.iter().filter(move |matter| !hidden || matter.event < self.transport.event)
    }

    /// The next thing that matters, and the played milliseconds until then.
    pub fn next_matter(&self) -> Option<(&Matter, u64)> {
        let next = self.matters().find(|matter| matter.event >= self.transport.event)?;
        Some((next, self.tape.timeline.played_at(next.at).saturating_sub(self.transport.played)))
    }

    /// The question on the screen.
    pub fn question(&self) -> Option<(&Question, &Asking)> {
        let drill = self.drill.as_ref()?;
        let asking = drill.asking.as_ref()?;
        Some((drill.sheet.questions.get(asking.question)?, asking))
    }
}
