//! The keys of this screen, made from the keymap, and the signs and numbers explained. Two columns where there is room.

use crate::console::state::action::{Action, Places, Screen};
use crate::console::state::app::App;
use crate::console::state::intent;
use crate::console::state::keymap::Binding;
use crate::console::state::offers;
use crate::console::state::prompt::COMMANDS;
use crate::console::state::replay::KEYS;
use crate::console::view::screens::header::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// Column where the explanations begin.
const COLUMN: usize = 14;
/// Columns between the two halves.
const GAP: usize = 2;

/// Signs, each with its word.
const SIGNS: [(&str, &str); 18] = [
    ("·", "waits, not run, none"),
    ("▶", "runs"),
    ("»", "preparing"),
    ("≟", "checks before"),
    ("≡", "checks after"),
    ("◆", "completing"),
    ("✓", "done, completed"),
    ("✗", "failed"),
    ("↺", "being undone"),
    ("↶", "undone"),
    ("!", "needs a look"),
    ("?", "nobody knows"),
    ("◷", "a deadline"),
    ("●", "breakpoint; live"),
    ("└", "held by"),
    ("▸", "Enter unfolds"),
    ("›", "the cursor"),
    ("○", "not begun"),
];

/// Numbers, and how they were made.
const NUMBERS: [(&str, &str); 5] = [
    ("6 min left", "is measured"),
    ("7-22 min left", "is measured, with stages to come"),
    ("~6 min", "is from a rehearsal, or guessed"),
    ("18-31 min", "is a range; the word tells how sure it is"),
    ("-, ?", "is not known"),
];

/// Effect of Enter on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelpAct {
    Key(Action),
    /// It is typed into the palette.
    Command(&'static str),
}

/// Word of the key that opens a batch in the list of batches.
const CHOOSE: &str = "choose";

/// A line, and what Enter on it does.
#[derive(Debug, Clone)]
struct HelpLine {
    words: StyledLine,
    act: Option<HelpAct>,
    /// It goes on with what the line before began.
    continues: bool,
}

impl From<StyledLine> for HelpLine {
    fn from(words: StyledLine) -> HelpLine {
        HelpLine { words, act: None, continues: false }
    }
}

/// Draws the help.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(view) = app.help else { return };
    let columns = columns(app, usize::from(area.width));
    let count = columns.iter().map(Vec::len).max().unwrap_or(0);
    let rows = usize::from(area.height.saturating_sub(1));
    let title = StyledLine::from_span(Role::Strong, format!("Help: {}", app.screen.name()));
    let title = match app.help_filter.is_empty() {
        true => title.faint("  / searches it, Enter does the line, Esc closes"),
        false => title.span(Role::Caution, format!("  /{}", app.help_filter.0)),
    };
    let last = (view.top + rows).min(count);
    let seen = format!(" {}-{last} of {count} ", (view.top + 1).min(last));
    canvas.rule(area, 0, title, &StyledLine::new().text(seen).faint("─"));
    let (body, width) = (below(area, 1), area.width / u16::try_from(columns.len()).unwrap_or(1).max(1));
    for (x, column) in (area.x..).step_by(usize::from(width.max(1))).zip(&columns) {
        let has_cursor = view.right == (x > area.x);
        for (row, (n, line)) in (0..body.height).zip(column.iter().enumerate().skip(view.top)) {
            let place = Rect { x, width: width.saturating_sub(1), ..body };
            match has_cursor && n == view.row {
                true => {
                    let words = StyledLine::new().text("›").then(line.words.clone().skip(1));
                    canvas.bar(place, row, &words.all(Role::Selected), Role::Selected);
                }
                false => canvas.line(place, row, &line.words),
            }
        }
    }
}

/// Effect of Enter on the line under the cursor.
pub fn under_cursor(app: &App, area: Rect) -> Option<HelpAct> {
    let view = app.help?;
    columns(app, usize::from(area.width)).get(usize::from(view.right))?.get(view.row)?.act
}

/// The first line of the entry that a line is of, in the column with the cursor.
pub fn begin_of(app: &App, area: Rect, right: bool, row: usize) -> usize {
    let columns = columns(app, usize::from(area.width));
    let Some(column) = columns.get(usize::from(right)) else { return row };
    let last = row.min(column.len().saturating_sub(1));
    (0..=last).rev().find(|n| column.get(*n).is_some_and(|line| !line.continues)).unwrap_or(0)
}

/// The last line of the entry that begins in a line.
pub fn end_of(app: &App, area: Rect, right: bool, row: usize) -> usize {
    let columns = columns(app, usize::from(area.width));
    let Some(column) = columns.get(usize::from(right)) else { return row };
    row + column.iter().skip(row + 1).take_while(|line| line.continues).count()
}

/// Number of lines of each column.
pub fn lengths(app: &App, area: Rect) -> Vec<usize> {
    columns(app, usize::from(area.width)).iter().map(Vec::len).collect()
}

/// What a replay is steered with: nothing is changed there.
fn replayed(app: &App, width: usize) -> Vec<HelpLine> {
    let told = |key: &str, words: &str| rows(key, words, None, width, None);
    let mut lines = vec![title("A replay: what happened, and nothing can be changed")];
    lines.extend(KEYS.iter().flat_map(|binding| told(binding.keys, binding.help)));
    lines.extend(told(":live", "back to what happens now, where the replay was begun from there"));
    if app.replay.as_ref().is_some_and(|replay| replay.drill.is_some()) {
        lines.extend([StyledLine::new().into(), title("A drill")]);
        lines.extend(told("Enter, a-z", "answer; choose. Esc puts the question aside, a brings it back"));
        lines.extend(told(":score, :save", "the score sheet, and the same as Markdown"));
    }
    lines.extend([StyledLine::new().into(), title("Reading")]);
    let here = app.keymap.at(app.place()).filter(|b| !b.changes && b.places != Places::EVERYWHERE && holds(app, b));
    lines.extend(here.flat_map(|b| reading(b, width)));
    lines
}

/// True if a key means here what the keymap says: a replay takes some of them for itself.
fn holds(app: &App, binding: &Binding) -> bool {
    app.replay.is_none() || binding.action != Action::HoldView
}

/// The lines in one column, or in two where there is room; those that pass the filter in one.
fn columns(app: &App, width: usize) -> Vec<Vec<HelpLine>> {
    let wide = width >= usize::from(WIDE);
    let half = if wide { width / 2 } else { width };
    let (mut left, right) = (keys(app, half), around(app, half));
    if !app.help_filter.is_empty() {
        let all: Vec<HelpLine> = left.into_iter().chain(right).collect();
        let passes = |entry: &&[HelpLine]| {
            let words: Vec<String> = entry.iter().map(|line| line.words.to_plain().trim().to_owned()).collect();
            app.help_filter.passes(&words.join(" "))
        };
        return vec![all.chunk_by(|_, next| next.continues).filter(passes).flatten().cloned().collect()];
    }
    if wide {
        return vec![left, right];
    }
    left.extend(right);
    vec![left]
}

/// What changes something, and what is of this screen.
fn keys(app: &App, width: usize) -> Vec<HelpLine> {
    if app.replay.is_some() {
        return replayed(app, width);
    }
    let here = || app.keymap.at(app.place());
    let mut lines = Vec::new();
    if here().any(|b| b.changes) {
        lines.push(title("Changing, each asks first"));
        lines.extend(here().filter(|b| b.changes).flat_map(|b| changing(app, b, width)));
        lines.push(StyledLine::new().into());
    }
    lines.push(title("On this screen"));
    // The list of batches lies over any screen, and says what Enter does in it.
    let is_of_screen = |b: &&Binding| !b.changes && b.places != Places::EVERYWHERE && b.word != CHOOSE;
    lines.extend(here().filter(is_of_screen).flat_map(|b| reading(b, width)));
    if app.screen == Screen::Log {
        let key = |action| app.keymap.key_for(action);
        let (choose, level) = ([key(Action::Down), key(Action::Up)], [key(Action::Left), key(Action::Right)]);
        lines.extend(rows(&choose.join(" "), "the target below, or above", None, width, None));
        lines.extend(rows(&level.join(" "), "show less of the target, or more", None, width, None));
    }
    lines.extend([StyledLine::new().into(), title("Commands, after :")]);
    lines.extend(COMMANDS.iter().filter(|c| offers::key(app, c.word).is_empty()).flat_map(|command| {
        let words = format!("{} {}", command.word, command.arguments);
        let refused = offers::refused(app, command.word);
        let act = HelpAct::Command(command.word);
        rows(words.trim_end(), command.help, refused.as_deref(), width, Some(act))
    }));
    lines
}

/// What holds everywhere, the signs, the numbers.
fn around(app: &App, width: usize) -> Vec<HelpLine> {
    let everywhere: Vec<&Binding> =
        app.keymap.at(app.place()).filter(|b| !b.changes && b.places == Places::EVERYWHERE && holds(app, b)).collect();
    let (moving, rest): (Vec<&Binding>, Vec<&Binding>) = everywhere.into_iter().partition(|b| moves(b.action));
    let (screens, rest): (Vec<&Binding>, Vec<&Binding>) =
        rest.into_iter().partition(|b| matches!(b.action, Action::Show(_)));
    let first = |all: &[&Binding]| {
        let keys = all.iter().filter_map(|b| b.keys.first());
        keys.map(|key| key.to_string()).collect::<Vec<_>>()
    };
    let mut lines = vec![title("Everywhere")];
    lines.extend(rows(&first(&moving).join(" "), "move", None, width, None));
    let numbers = first(&screens);
    let ends = numbers.first().zip(numbers.last()).map(|(one, last)| format!("{one}-{last}"));
    lines.extend(
        ends.filter(|_| app.replay.is_none()).into_iter().flat_map(|keys| rows(&keys, "screens", None, width, None)),
    );
    lines.extend(rest.into_iter().flat_map(|b| reading(b, width)));
    lines.extend([StyledLine::new().into(), title("Signs")]);
    lines.extend(SIGNS.chunks(2).map(|pair| {
        let words = pair.iter().enumerate().fold(StyledLine::new(), |line, (n, (sign, word))| {
            line.fill_to(if n == 0 { 3 } else { 27 }).span(Role::Strong, *sign).text(format!("  {word}"))
        });
        words.into()
    }));
    lines.extend([StyledLine::new().into(), title("Numbers")]);
    lines.extend(NUMBERS.iter().flat_map(|(number, word)| rows(number, word, None, width, None)));
    lines
}

fn moves(action: Action) -> bool {
    use Action::*;
    matches!(action, Up | Down | Left | Right | Top | Bottom | PageUp | PageDown | HalfUp | HalfDown)
}

fn title(words: &str) -> HelpLine {
    StyledLine::from_span(Role::Strong, format!(" {words}")).into()
}

fn changing(app: &App, binding: &Binding, width: usize) -> Vec<HelpLine> {
    let why = match offers::refused(app, binding.word) {
        None if !intent::makes_sense(app, binding.action) => Some("nothing here that it could change".to_owned()),
        why => why,
    };
    let act = HelpAct::Key(binding.action);
    rows(&pressed(binding), binding.help, why.as_deref(), width, Some(act))
}

fn reading(binding: &Binding, width: usize) -> Vec<HelpLine> {
    rows(&pressed(binding), binding.help, None, width, Some(HelpAct::Key(binding.action)))
}

fn pressed(binding: &Binding) -> String {
    binding.keys.iter().map(|key| key.to_string()).collect::<Vec<_>>().join(" ")
}

/// A key and what it does, in as many lines as that takes; what does not work now is faint and says why.
fn rows(key: &str, words: &str, refused: Option<&str>, width: usize, act: Option<HelpAct>) -> Vec<HelpLine> {
    let (key_role, role) = if refused.is_some() { (Role::Faint, Role::Faint) } else { (Role::Key, Role::Text) };
    let head = StyledLine::new().text("   ").span(key_role, key).fill_to(COLUMN.max(key.len() + 4));
    let words = match refused {
        Some(why) => format!("{words} · not now: {why}"),
        None => words.to_owned(),
    };
    let words = StyledLine::from_span(role, words);
    // Behind a long key the words begin on a line of their own.
    let begins = head.width() == COLUMN || words.width() + head.width() + GAP <= width;
    let mut parts = words.wrap(width.saturating_sub(COLUMN + GAP)).into_iter();
    let first = if begins { head.then(parts.next().unwrap_or_default()) } else { head };
    let indent = " ".repeat(COLUMN);
    let line = |words, continues| HelpLine { words, act, continues };
    let rest = parts.map(|part| line(StyledLine::new().text(&*indent).then(part), true));
    std::iter::once(line(first, false)).chain(rest).collect()
}
