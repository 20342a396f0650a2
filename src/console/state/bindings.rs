//! The table of the keys: what each does and where. Help, footer and rebinding are derived from it.

use super::action::{Action, Places, Screen};
use super::key::{Key, ch, ctrl, key};
use crate::model::verb;
use crossterm::event::KeyCode;

/// Keys, action, its word, the places, the hint in the footer, the help.
pub(super) type Row = (&'static [Key], Action, &'static str, Places, Option<&'static str>, &'static str);

const LISTS: Places = Places::EVERYWHERE;
const BATCH: Places = Places::BOARD.and(Places::FILES).and(Places::DETAIL).and(Places::GRAPH);
const LISTED: Places = Places::VALIDATIONS.and(Places::ALERTS).and(Places::HISTORY).and(Places::CHECKLIST);
const FILTERED: Places = Places::BOARD.and(Places::FILES).and(Places::GRAPH).and(LISTED);
const PANES: Places = Places::BOARD
    .and(Places::DETAIL)
    .and(Places::DECISIONS)
    .and(Places::LOG)
    .and(Places::HISTORY)
    .and(Places::CHECKLIST);
const OF_FILES: Places = Places::FILES.and(Places::DETAIL);

/// Reading: lower case.
pub(super) const READING: &[Row] = &[
    (&[ch('j'), key(KeyCode::Down)], Action::Down, "down", LISTS, None, "down"),
    (&[ch('k'), key(KeyCode::Up)], Action::Up, "up", LISTS, None, "up"),
    (&[ch('h'), key(KeyCode::Left)], Action::Left, "left", LISTS, None, "left; on Log: show less of the target"),
    (&[ch('l'), key(KeyCode::Right)], Action::Right, "right", LISTS, None, "right; on Log: show more of the target"),
    (&[ch('g'), key(KeyCode::Home)], Action::Top, "top", LISTS, None, "to the beginning"),
    (&[ch('G'), key(KeyCode::End)], Action::Bottom, "bottom", LISTS, None, "to the end"),
    (&[key(KeyCode::PageUp)], Action::PageUp, "page-up", LISTS, None, "a page up"),
    (&[key(KeyCode::PageDown)], Action::PageDown, "page-down", LISTS, None, "a page down"),
    (&[ctrl('u')], Action::HalfUp, "half-up", LISTS, None, "half a page up"),
    (&[ctrl('d')], Action::HalfDown, "half-down", LISTS, None, "half a page down"),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "open",
        Places::FILES.and(Places::GRAPH),
        Some("open"),
        "open the file: SQL, outcome, dependencies",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "blast-radius",
        Places::DECISIONS,
        Some("what it would do"),
        "look up what the rollback would do, now",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "choose",
        Places::DETAIL.and(Places::LOG),
        None,
        "in the list of batches: open one",
    ),
    (
        &[key(KeyCode::Enter)],
        Action::Enter,
        "unfold",
        Places::BOARD,
        Some("open"),
        "open the file under way; in the story: unfold a line; in the states: list the files",
    ),
    (&[key(KeyCode::Enter)], Action::Enter, "look", LISTED, Some("open"), "open the row under the cursor"),
    (&[key(KeyCode::Esc)], Action::Back, "back", Places::EVERYWHERE, None, "back; never leaves the console"),
    (&[key(KeyCode::Tab)], Action::NextPane, "next-pane", PANES, None, "next pane"),
    (&[ch('1')], Action::Show(Screen::Board), "board", Places::EVERYWHERE, None, "Board"),
    (&[ch('2')], Action::Show(Screen::Files), "files", Places::EVERYWHERE, None, "Files"),
    (&[ch('3')], Action::Show(Screen::Graph), "graph", Places::EVERYWHERE, None, "Graph"),
    (&[ch('4')], Action::Show(Screen::Validations), "validations", Places::EVERYWHERE, None, "Validations"),
    (&[ch('5')], Action::Show(Screen::Decisions), "decisions", Places::EVERYWHERE, None, "Decisions"),
    (&[ch('6')], Action::Show(Screen::Alerts), "alerts", Places::EVERYWHERE, None, "Alerts"),
    (&[ch('7')], Action::Show(Screen::History), "history", Places::EVERYWHERE, None, "History"),
    (&[ch('8')], Action::Show(Screen::Checklist), "checklist", Places::EVERYWHERE, None, "Checklist"),
    (&[ch('9')], Action::Show(Screen::Log), "log", Places::EVERYWHERE, None, "Log"),
    (&[ch('-')], Action::PreviousScreen, "previous-screen", Places::EVERYWHERE, None, "previous screen"),
    (&[ch('/')], Action::Filter, "filter", FILTERED, Some("filter"), "filter; ! inverts"),
    (&[ch('/')], Action::Filter, "search", Places::DETAIL, Some("search"), "search"),
    (&[ch('n')], Action::NextMatch, "next-match", OF_FILES, None, "next match"),
    (&[ch('N')], Action::PreviousMatch, "previous-match", OF_FILES, None, "previous match"),
    (&[ch('s')], Action::Sort, "sort", Places::FILES.and(Places::HISTORY), Some("sort"), "sort by the next column"),
    (&[ch('t')], Action::Times, "times", Places::EVERYWHERE, None, "times absolute or relative"),
    (&[ch('w')], Action::Wrap, "wrap", Places::DETAIL.and(Places::BOARD), None, "wrap long lines"),
    (&[ch('y')], Action::Copy, "copy", Places::EVERYWHERE, None, "copy what is under the cursor (OSC 52)"),
    (
        &[ch('m')],
        Action::Mouse,
        "mouse",
        Places::EVERYWHERE,
        None,
        "mouse on or off; off lets the terminal select text",
    ),
    (
        &[ch(' ')],
        Action::HoldView,
        "hold-view",
        Places::EVERYWHERE,
        Some("hold view"),
        "hold the view still; never touches the migration",
    ),
    (&[ch('q')], Action::ClosePane, "close", Places::EVERYWHERE, None, "close this pane"),
    (&[ch(':')], Action::Palette, "palette", Places::EVERYWHERE, Some("commands"), "commands, completed with Tab"),
    (&[ch('?')], Action::Help, "help", Places::EVERYWHERE, Some("help"), "this help"),
    (&[ctrl('c')], Action::Leave, "leave", Places::EVERYWHERE, None, "leave; also :q. The migration keeps running"),
    (&[ctrl('l')], Action::Redraw, "redraw", Places::EVERYWHERE, None, "draw the screen anew"),
    (&[ctrl('z')], Action::Suspend, "suspend", Places::EVERYWHERE, None, "suspend the console"),
];

/// Changing: upper case, always through a dialog.
pub(super) const CHANGING: &[Row] = &[
    (
        &[ch('S')],
        Action::Step,
        "step",
        BATCH,
        Some("step"),
        "run one statement; :step --transition runs to the next state",
    ),
    (&[ch('P')], Action::PauseResume, "pause", BATCH, Some("pause"), "pause before the next statement, or resume"),
    (
        &[ch('B')],
        Action::Breakpoint,
        "break",
        OF_FILES.and(Places::GRAPH),
        Some("break"),
        "set or clear a breakpoint at the cursor",
    ),
    (&[ch('T')], Action::Retry, verb::RETRY.name, BATCH, Some("retry"), verb::RETRY.help),
    (
        &[ch('O')],
        Action::Override,
        verb::OVERRIDE.name,
        BATCH.and(Places::VALIDATIONS),
        Some("let pass"),
        "let the checks pass that stopped the file; on Validations the one under the cursor",
    ),
    (
        &[ch('R')],
        Action::RollBack,
        "rollback",
        BATCH.and(Places::DECISIONS),
        Some("roll back"),
        "undo what has run: the file at the cursor, or the whole batch",
    ),
    (
        &[ch('F')],
        Action::Freeze,
        verb::FREEZE.name,
        BATCH,
        Some("freeze"),
        "freeze the system: keep everybody else from writing; or thaw it",
    ),
    (
        &[ch('A')],
        Action::Approve,
        "approve",
        Places::DECISIONS,
        Some("approve"),
        "approve the rollback, once it is seen what it would do",
    ),
    (
        &[ch('A')],
        Action::Acknowledge,
        verb::ACK.name,
        Places::ALERTS,
        Some("acknowledge"),
        "say that somebody looks after the alert: it is quiet for a while",
    ),
    (
        &[ch('X')],
        Action::ResolveAlert,
        verb::RESOLVE.name,
        Places::ALERTS,
        Some("resolve"),
        "say that the alert is over",
    ),
    (
        &[ch('E')],
        Action::EscalateAlert,
        verb::ESCALATE.name,
        Places::ALERTS,
        Some("escalate"),
        "pass the alert on, one level up",
    ),
    (
        &[ch('A')],
        Action::Tick,
        "tick",
        Places::CHECKLIST,
        Some("tick"),
        "say that the item is done, with your name; or take that back",
    ),
    (&[ch('X')], Action::Reject, "reject", Places::DECISIONS, Some("reject"), "reject the rollback: the files stay"),
];
