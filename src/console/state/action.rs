//! Actions: what a key or a command of the palette asks for.

/// A screen and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    #[default]
    Board,
    Files,
    Graph,
    Validations,
    Decisions,
    Alerts,
    History,
    Checklist,
    Log,
}

/// The screens in the order of their numbers, with their names on the tab and in the palette.
const SCREENS: [(Screen, char, &str); 9] = [
    (Screen::Board, '1', "Board"),
    (Screen::Files, '2', "Files"),
    (Screen::Graph, '3', "Graph"),
    (Screen::Validations, '4', "Validations"),
    (Screen::Decisions, '5', "Decisions"),
    (Screen::Alerts, '6', "Alerts"),
    (Screen::History, '7', "History"),
    (Screen::Checklist, '8', "Checklist"),
    (Screen::Log, '9', "Log"),
];

impl Screen {
    /// All screens there are, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Screen> {
        SCREENS.into_iter().map(|(screen, _, _)| screen)
    }

    /// The number key.
    pub fn number(self) -> char {
        SCREENS[self as usize].1
    }

    /// The place of its keys, where nothing is opened on it.
    pub fn place(self) -> Places {
        match self {
            Screen::Board => Places::BOARD,
            Screen::Files => Places::FILES,
            Screen::Graph => Places::GRAPH,
            Screen::Validations => Places::VALIDATIONS,
            Screen::Decisions => Places::DECISIONS,
            Screen::Alerts => Places::ALERTS,
            Screen::History => Places::HISTORY,
            Screen::Checklist => Places::CHECKLIST,
            Screen::Log => Places::LOG,
        }
    }

    /// The name on the tab and in the palette.
    pub fn name(self) -> &'static str {
        SCREENS[self as usize].2
    }
}

/// Set of places where a key means something: a bit for each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places(pub u16);

impl Places {
    pub const BOARD: Places = Places(1);
    pub const FILES: Places = Places(2);
    /// One file, opened from the Files screen.
    pub const DETAIL: Places = Places(4);
    pub const LOG: Places = Places(8);
    pub const DECISIONS: Places = Places(16);
    pub const GRAPH: Places = Places(32);
    pub const VALIDATIONS: Places = Places(64);
    pub const ALERTS: Places = Places(128);
    pub const HISTORY: Places = Places(256);
    pub const CHECKLIST: Places = Places(512);
    pub const EVERYWHERE: Places = Places(1023);

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
    Acknowledge,
    ResolveAlert,
    EscalateAlert,
    Tick,
    Freeze,
    Override,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_stand_in_the_order_of_their_numbers() {
        let numbers: String = Screen::all().map(Screen::number).collect();
        assert_eq!(numbers, "123456789");
        assert!(Screen::all().zip(0..).all(|(screen, n)| screen as usize == n));
    }
}
