//! A drill on the screen: the question over the screens, and the score sheet.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::replay::{Asking, DrillView, Replay};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::recording::drill::{Answer, Grade, Question, minutes};
use ratatui::layout::Rect;

/// Columns of a question at most.
const WIDEST: u16 = 92;

/// Draws the question that is asked, or what leads back to it; returns where text is typed.
pub fn question(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> Option<(u16, u16)> {
    let replay = app.replay.as_ref()?;
    if replay.drill.as_ref().is_some_and(|drill| drill.open.is_some()) {
        return None;
    }
    let (question, asking) = replay.question()?;
    if asking.aside {
        let last = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        let words = StyledLine::from_span(Role::Unreal, "DRILL  the question waits: ")
            .span(Role::Key, "a")
            .text(" answers it ");
        canvas.clear(last);
        canvas.line(last, 0, &words);
        return None;
    }
    let width = area.width.saturating_sub(2).min(WIDEST);
    let inside = usize::from(width).saturating_sub(4);
    let mut lines = body(replay, question, asking, inside);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let area = if wanted <= area.height { area } else { Rect::new(0, 0, app.size.0, app.size.1) };
    let height = wanted.min(area.height);
    let frame = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    canvas.clear(frame);
    border(replay, asking, question, canvas, frame);
    let inner =
        Rect { x: frame.x + 2, y: frame.y + 1, width: frame.width.saturating_sub(4), height: height.saturating_sub(2) };
    // The choices are worth more than the situation, where not all has room.
    let room = usize::from(inner.height).saturating_sub(2);
    let surplus = lines.len().saturating_sub(room);
    lines.drain(..surplus);
    canvas.lines(inner, &lines);
    let thought = minutes(Some(app.now.mono.saturating_sub(asking.since)));
    let keys = StyledLine::from_span(Role::Key, "Esc")
        .text(" look at the screens first   ")
        .span(Role::Key, "Enter")
        .text(" answers");
    let time = StyledLine::new().faint(format!("thinking for {thought}"));
    canvas.line(inner, inner.height.saturating_sub(1), &fit(vec![(9, keys), (3, time)], "   ", inside));
    let types = asking.choice == question.choices.len();
    let row = inner.y + u16::try_from(lines.len().saturating_sub(1)).unwrap_or(0);
    let column = LABEL.chars().count() + asking.line.visual_cursor();
    types.then(|| (inner.x + u16::try_from(column.min(inside)).unwrap_or(0), row))
}

const LABEL: &str = "› e  something else: ";

fn border(replay: &Replay, asking: &Asking, question: &Question, canvas: &mut Canvas<'_>, frame: Rect) {
    let all = replay.drill.as_ref().map_or(0, |drill| drill.sheet.questions.len());
    let clock = times::clock(question.at);
    let title = format!(" DRILL  question {} of {all} · {clock} · the clock stands still ", asking.question + 1);
    let inside = usize::from(frame.width).saturating_sub(2);
    let title = SafeText::new(title).cut(inside.saturating_sub(1));
    let rule = "─".repeat(inside.saturating_sub(title.width() + 1));
    canvas.line(frame, 0, &StyledLine::new().text("┌─").span(Role::Unreal, title).text(rule).text("┐"));
    for row in 1..frame.height.saturating_sub(1) {
        canvas.line(frame, row, &StyledLine::new().text("│").text(" ".repeat(inside)).text("│"));
    }
    let bottom = format!("└{}┘", "─".repeat(inside));
    canvas.line(frame, frame.height.saturating_sub(1), &StyledLine::new().text(bottom));
}

fn body(replay: &Replay, question: &Question, asking: &Asking, width: usize) -> Vec<StyledLine> {
    let mut lines: Vec<StyledLine> =
        question.situation.iter().flat_map(|line| StyledLine::new().text(&**line).wrap(width)).collect();
    if replay.tape.damage.is_some() {
        lines.push(StyledLine::from_span(Role::Caution, "The recording ends too early: what was done may be missing."));
    }
    lines.push(StyledLine::new());
    lines.push(StyledLine::from_span(Role::Strong, "What do you do now?"));
    for (n, act) in question.choices.iter().enumerate() {
        lines.push(choice(n, asking, StyledLine::new().text(act.choice())));
    }
    let n = question.choices.len();
    lines.push(choice(n, asking, StyledLine::new().text("something else: ").text(asking.line.value())));
    lines
}

fn choice(n: usize, asking: &Asking, words: StyledLine) -> StyledLine {
    let letter = char::from(b'a' + u8::try_from(n.min(25)).unwrap_or(25));
    let here = n == asking.choice;
    let row = StyledLine::new()
        .text(if here { "› " } else { "  " })
        .span(Role::Key, letter.to_string())
        .text("  ")
        .then(words);
    if here { row.all(Role::Selected) } else { row }
}

/// Draws the score sheet.
pub fn sheet(drill: &DrillView, cursor: usize, canvas: &mut Canvas<'_>, area: Rect) {
    let sheet = &drill.sheet;
    let trainee = sheet.trainee.as_deref().unwrap_or("not named");
    let title = StyledLine::from_span(Role::Unreal, "DRILL")
        .span(Role::Strong, format!("  score sheet  {} · trainee: {trainee}", sheet.batch))
        .faint("  :save FILE");
    let inner = canvas.titled(area, title);
    if sheet.answers.is_empty() {
        canvas.line(inner, 1, &StyledLine::from_span(Role::Strong, "  No question has been answered yet."));
        canvas.line(
            inner,
            2,
            &StyledLine::new().faint("  Answers and what was done stand here side by side. Esc leads back."),
        );
        return;
    }
    let columns = Columns::of(usize::from(inner.width));
    canvas.line(
        inner,
        0,
        &columns.row(["", "when", "what happened", "you said", "was done", "yours", "theirs"]).all(Role::Faint),
    );
    let room = usize::from(inner.height).saturating_sub(8).max(1);
    let top = cursor.saturating_sub(room - 1);
    for (row, (n, answer)) in (1..).zip(sheet.answers.iter().enumerate().skip(top).take(room)) {
        let Some(asked) = sheet.questions.get(answer.question) else { continue };
        let words = line(&columns, asked, answer);
        canvas.line(inner, row, &if n == cursor { words.all(Role::Selected) } else { words });
    }
    let shown = sheet.answers.len().min(room);
    let rest = below(inner, u16::try_from(shown + 2).unwrap_or(u16::MAX));
    if let Some((answer, asked)) = sheet.answers.get(cursor).and_then(|a| Some((a, sheet.questions.get(a.question)?))) {
        lesson(answer, asked, canvas, rest);
    }
    let last = inner.height.saturating_sub(1);
    let back = StyledLine::new().faint("Enter argues · Esc back to the replay");
    let words = fit(vec![(9, StyledLine::new().text(sheet.summary())), (3, back)], "   ", usize::from(inner.width));
    canvas.line(inner, last, &words);
}

/// Widths of the sheet's columns.
struct Columns([usize; 7]);

impl Columns {
    fn of(width: usize) -> Columns {
        let rest = width.saturating_sub(3 + 10 + 9 + 9);
        let third = rest / 3;
        Columns([3, 10, rest - 2 * third, third, third, 9, 9])
    }

    fn row(&self, cells: [&str; 7]) -> StyledLine {
        let mut column = 0;
        let mut words = StyledLine::new();
        for (cell, width) in cells.into_iter().zip(self.0) {
            words = words.fill_to(column).text(SafeText::new(cell).cut(width.saturating_sub(1)));
            column += width;
        }
        words
    }
}

fn line(columns: &Columns, asked: &Question, answer: &Answer) -> StyledLine {
    let role = match answer.grade {
        Grade::Same => Role::Good,
        Grade::Arguable => Role::Caution,
        Grade::Otherwise => Role::Bad,
    };
    let (yours, theirs) = (minutes(Some(answer.ms)), minutes(asked.their_ms));
    let clock = times::clock(asked.at);
    let row = columns.row(["", &clock, &asked.title, &answer.said, asked.done.word(), &yours, &theirs]);
    StyledLine::from_span(role, format!(" {} ", answer.grade.sign())).then(row.skip(3))
}

fn lesson(answer: &Answer, asked: &Question, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let title = format!("you: {}   they: {}", answer.said, asked.done_words());
    let inner = canvas.titled(area, StyledLine::from_span(Role::Strong, title));
    let mut lines: Vec<StyledLine> = Vec::new();
    for text in asked.situation.iter().map(String::as_str).chain([asked.done.lesson()]) {
        lines.extend(StyledLine::new().text(text).wrap(width));
    }
    let room = Rect { height: inner.height.saturating_sub(2), ..inner };
    canvas.lines(room, &lines);
}
