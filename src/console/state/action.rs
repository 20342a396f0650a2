//! Actions: what a key or a command of the palette asks for.

/// A screen and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    #[default]
    Board,
    Files,
    Decisions,
    Log,
}

impl Screen {
    /// All screens there are, in the order of their numbers.
    pub const ALL: [Screen; 4] = [Screen::Board, Screen::Files, Screen::Decisions, Screen::Log];

    /// The number key.
    pub fn number(self) -> char {
        match self {
            Screen::Board => '1',
            Screen::Files => '2',
            Screen::Decisions => '5',
            Screen::Log => '9',
        }
    }

    /// The name on the tab and in the palette.
    pub fn name(self) -> &'static str {
        match self {
            Screen::Board => "Board",
            Screen::Files => "Files",
            Screen::Decisions => "Decisions",
            Screen::Log => "Log",
        }
    }
}

/// Set of places where a key means something: a bit for each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places(pub u8);

impl Places {
    pub const BOARD: Places = Places(1);
    pub const FILES: Places = Places(2);
    /// One file, opened from the Files screen.
    pub const DETAIL: Places = Places(4);
    pub const LOG: Places = Places(8);
    pub const DECISIONS: Places = Places(16);
    pub const EVERYWHERE: Places = Places(31);

    /// True if the two share a place.
    pub fn meet(self, other: Places) -> bool {
        self.0 & other.0 != 0
    }

    /// Both.
    pub const fn and(self, other: Places) -> Places {
        Places(self.0 | other.0)
    }
}

/// One thing that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Up,
    Down,
    Left,
    Right,
    Top,
    Bottom,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    Enter,
    Back,
    NextPane,
    Show(Screen),
    PreviousScreen,
    Palette,
    Filter,
    NextMatch,
    PreviousMatch,
    Help,
    Copy,
    Wrap,
    Times,
    Sort,
    Mouse,
    HoldView,
    ClosePane,
    Leave,
    Redraw,
    Suspend,
    Step,
    PauseResume,
    Breakpoint,
    Retry,
    RollBack,
    Approve,
    Reject,
    Freeze,
}
