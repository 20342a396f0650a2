//! The keys of this screen, made from the keymap, and the signs and numbers explained. Two columns where there is room.

use crate::console::safe_text::SafeText;
use crate::console::state::action::{Action, Places};
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

/// Draws the help, scrolled by so many lines.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, scrolled: usize) {
    let lines = lines(app, usize::from(area.width));
    let rows = usize::from(area.height.saturating_sub(1));
    let top = scrolled.min(lines.len().saturating_sub(rows));
    let title = StyledLine::from_span(Role::Strong, format!("Help: {}", app.screen.name()));
    let title = match app.help_filter.is_empty() {
        true => title.faint("  / searches it, Esc closes"),
        false => title.span(Role::Caution, format!("  /{}", app.help_filter.0)),
    };
    let last = (top + rows).min(lines.len());
    let seen = format!(" {}-{last} of {} ", (top + 1).min(last), lines.len());
    canvas.rule(area, 0, title, &StyledLine::new().text(seen).faint("─"));
    canvas.lines(below(area, 1), &lines[top..]);
}

/// What a replay is steered with: nothing is changed there.
fn replayed(app: &App, width: usize) -> Vec<StyledLine> {
    let mut lines = vec![title("A replay: what happened, and nothing can be changed")];
    lines.extend(KEYS.iter().map(|binding| row(binding.keys, binding.help, None, width)));
    lines.push(row(":live", "back to what happens now, where the replay was begun from there", None, width));
    if app.replay.as_ref().is_some_and(|replay| replay.drill.is_some()) {
        lines.extend([StyledLine::new(), title("A drill")]);
        lines.push(row("Enter, a-z", "answer; choose. Esc puts the question aside, a brings it back", None, width));
        lines.push(row(":score, :save", "the score sheet, and the same as Markdown", None, width));
    }
    lines.extend([StyledLine::new(), title("Reading")]);
    let here = app.keymap.at(app.place()).filter(|b| !b.changes && b.places != Places::EVERYWHERE);
    lines.extend(here.map(|b| reading(b, width)));
    lines
}

/// Number of lines that it can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    lines(app, usize::from(area.width)).len().saturating_sub(usize::from(area.height.saturating_sub(1)))
}

fn lines(app: &App, width: usize) -> Vec<StyledLine> {
    let wide = width >= usize::from(WIDE);
    let half = if wide { width / 2 } else { width };
    let (left, right) = (keys(app, half), around(app, half));
    if !app.help_filter.is_empty() {
        let all = left.into_iter().chain(right);
        return all.filter(|line| app.help_filter.passes(&line.to_plain())).collect();
    }
    if !wide {
        return left.into_iter().chain(right).collect();
    }
    let rows = left.len().max(right.len());
    let line = |side: &[StyledLine], row: usize| side.get(row).cloned().unwrap_or_default();
    (0..rows).map(|row| line(&left, row).fill_to(half).then(line(&right, row))).collect()
}

/// What changes something, and what is of this screen.
fn keys(app: &App, width: usize) -> Vec<StyledLine> {
    if app.replay.is_some() {
        return replayed(app, width);
    }
    let here = || app.keymap.at(app.place());
    let mut lines = vec![title("Changing, each asks first")];
    lines.extend(here().filter(|b| b.changes).map(|b| changing(app, b, width)));
    lines.extend([StyledLine::new(), title("On this screen")]);
    lines.extend(here().filter(|b| !b.changes && b.places != Places::EVERYWHERE).map(|b| reading(b, width)));
    lines.extend([StyledLine::new(), title("Commands, after :")]);
    lines.extend(COMMANDS.iter().filter(|c| offers::key(app, c.word).is_empty()).map(|command| {
        let words = format!("{} {}", command.word, command.arguments);
        row(words.trim_end(), command.help, offers::refused(app, command.word).as_deref(), width)
    }));
    lines
}

/// What holds everywhere, the signs, the numbers.
fn around(app: &App, width: usize) -> Vec<StyledLine> {
    let everywhere: Vec<&Binding> =
        app.keymap.at(app.place()).filter(|b| !b.changes && b.places == Places::EVERYWHERE).collect();
    let (moving, rest): (Vec<&Binding>, Vec<&Binding>) = everywhere.into_iter().partition(|b| moves(b.action));
    let (screens, rest): (Vec<&Binding>, Vec<&Binding>) =
        rest.into_iter().partition(|b| matches!(b.action, Action::Show(_)));
    let first = |all: &[&Binding]| {
        let keys = all.iter().filter_map(|b| b.keys.first());
        keys.map(|key| key.to_string()).collect::<Vec<_>>()
    };
    let mut lines = vec![title("Everywhere"), row(&first(&moving).join(" "), "move", None, width)];
    let numbers = first(&screens);
    let ends = numbers.first().zip(numbers.last()).map(|(one, last)| format!("{one}-{last}"));
    lines.extend(ends.filter(|_| app.replay.is_none()).map(|keys| row(&keys, "screens", None, width)));
    lines.extend(rest.into_iter().map(|b| reading(b, width)));
    lines.extend([StyledLine::new(), title("Signs")]);
    lines.extend(SIGNS.chunks(2).map(|pair| {
        pair.iter().enumerate().fold(StyledLine::new(), |line, (n, (sign, word))| {
            line.fill_to(if n == 0 { 3 } else { 27 }).span(Role::Strong, *sign).text(format!("  {word}"))
        })
    }));
    lines.extend([StyledLine::new(), title("Numbers")]);
    lines.extend(NUMBERS.iter().map(|(number, word)| row(number, word, None, width)));
    lines
}

fn moves(action: Action) -> bool {
    use Action::*;
    matches!(action, Up | Down | Left | Right | Top | Bottom | PageUp | PageDown | HalfUp | HalfDown)
}

fn title(words: &str) -> StyledLine {
    StyledLine::from_span(Role::Strong, format!(" {words}"))
}

fn changing(app: &App, binding: &Binding, width: usize) -> StyledLine {
    let why = match offers::refused(app, binding.word) {
        None if !intent::makes_sense(app, binding.action) => Some("nothing here that it could change".to_owned()),
        why => why,
    };
    row(&pressed(binding), binding.help, why.as_deref(), width)
}

fn reading(binding: &Binding, width: usize) -> StyledLine {
    row(&pressed(binding), binding.help, None, width)
}

fn pressed(binding: &Binding) -> String {
    binding.keys.iter().map(|key| key.to_string()).collect::<Vec<_>>().join(" ")
}

/// One line; what does not work now is faint and says why.
fn row(key: &str, words: &str, refused: Option<&str>, width: usize) -> StyledLine {
    let room = |line: &StyledLine| width.saturating_sub(line.width() + GAP);
    match refused {
        None => {
            let line = StyledLine::from_span(Role::Key, format!("   {key}")).fill_to(COLUMN.max(key.len() + 4));
            let words = SafeText::new(words).cut(room(&line));
            line.text(words)
        }
        Some(why) => {
            let line = StyledLine::new().faint(format!("   {key}")).fill_to(COLUMN.max(key.len() + 4));
            let words = SafeText::new(format!("not now: {why} ({words})")).cut(room(&line));
            line.faint(words)
        }
    }
}
