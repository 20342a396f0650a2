//! What is under way: a card for each file, in the order of the plan. Where not all fit, they lose what is least needed;
//! at last one line is left for each, those that somebody is in the way of first.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::widgets::table;
use crate::console::view::{ahead, progress, sentence, standing};
use crate::model::{Batch, File, FileState, Hold, Phase, Running};
use ratatui::layout::Rect;

/// Width from which on a card has the state in words, its SQL wherever it is, and air below it.
const WIDE: u16 = 110;
/// Cards that are made at most: nobody reads more, and the rest is counted.
const CARDS: usize = 24;
/// Height of the whole screen from which on there is room for more than one line of SQL, and how many.
const TALL: u16 = 42;
const SQL_LINES: usize = 4;

/// A card's lines, each with its weight: the lightest go first. What stands at its head is never left out.
struct Card {
    lines: Vec<(u8, StyledLine)>,
    blocked: bool,
}

const HEAD: u8 = 9;
const PROGRESS: u8 = 6;
const CHAIN: u8 = 4;
const SQL: u8 = 3;
const MORE_SQL: u8 = 2;
/// That nobody can say how far it is.
const UNKNOWN: u8 = 1;

/// Rows that everything under way would take, its title left out.
pub fn needed(app: &App, batch: &Batch, area: Rect) -> u16 {
    if batch.active.is_empty() {
        // The SQL that comes next has a line of its own.
        return u16::try_from(idle(app, batch, usize::from(area.width)).len()).unwrap_or(u16::MAX);
    }
    let cards = cards(app, batch, area);
    let lines: usize = cards.iter().map(|card| card.lines.len()).sum();
    let air = if area.width >= WIDE { cards.len() } else { 0 };
    u16::try_from((lines + air).max(1)).unwrap_or(u16::MAX)
}

/// Draws it.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let (left, right) = titles(app, batch, area.width);
    let inner = table::rule(canvas, area, left, right);
    if batch.active.is_empty() {
        return canvas.lines(inner, &idle(app, batch, usize::from(area.width)));
    }
    let lines = arranged(cards(app, batch, area), inner, batch.active.len());
    canvas.lines(inner, &lines);
}

fn titles(app: &App, batch: &Batch, width: u16) -> (StyledLine, StyledLine) {
    let n = batch.active.len();
    if app.is_orphaned() && n > 0 {
        let left = StyledLine::from_span(Role::Bad, "Under way when the worker went");
        let right = app.data.worker.as_ref().map_or_else(StyledLine::new, |worker| {
            let ago = times::seconds(worker.age_ms);
            let at = app.shown_clock().map(|now| times::clock(crate::model::Millis(now.0 - worker.age_ms as i64)));
            let at = at.map_or_else(String::new, |at| format!(" {at},"));
            StyledLine::new().text(&*worker.holder).faint(format!(", last seen{at} {ago} ago"))
        });
        return (left, right);
    }
    let room = app.parallel(batch).filter(|_| width >= WIDE);
    let room = room.map_or_else(String::new, |room| format!(", room for {room}"));
    let under_way = match (width >= WIDE, n) {
        (_, 0) => String::new(),
        (true, n) => format!("  {} under way{room}", times::count(n, "file")),
        (false, n) => format!("  {n} under way"),
    };
    (StyledLine::from_span(Role::Strong, "Now").faint(under_way), next(app, batch, width))
}

/// The file that comes next, and what it waits for.
fn next(app: &App, batch: &Batch, width: u16) -> StyledLine {
    let waiting = || batch.waiting.iter().find_map(|(_, id)| batch.file(*id));
    let Some(file) = batch.next_up().or_else(waiting).filter(|_| goes_on(batch) && !app.is_orphaned()) else {
        return StyledLine::new();
    };
    let name = if width >= WIDE { sentence::name(&file.path) } else { names::number(&file.path) };
    let after = batch.blocked_by(file).map(|on| format!(", after {}", names::number(&on.path)));
    StyledLine::new().faint("next: ").text(name).faint(after.unwrap_or_default())
}

/// True if another file may still begin.
fn goes_on(batch: &Batch) -> bool {
    !batch.stopped && batch.aborting.is_none() && !batch.is_being_undone()
}

/// What stands here while nothing is under way.
fn idle(app: &App, batch: &Batch, width: usize) -> Vec<StyledLine> {
    let Some(file) = batch.next_waiting().filter(|_| !batch.status.is_final() && goes_on(batch)) else {
        return vec![StyledLine::new().faint("   no file is under way")];
    };
    let name = sentence::name(&file.path);
    let held = [Hold::Paused, Hold::Stepping, Hold::Throttled, Hold::AwaitingApproval];
    let held = held.into_iter().find(|hold| batch.holds.contains_key(hold));
    let words = match held.filter(|_| !batch.may_move() || batch.is_throttled()) {
        Some(hold) => {
            let line = StyledLine::from_span(Role::Caution, format!(" ● {hold}")).text(format!("  before {name}"));
            // What a server is busy with is told nowhere else at its whole length.
            let why = batch.holds.get(&hold).filter(|_| hold == Hold::Throttled);
            why.map_or(line.clone(), |why| line.text(format!(": {why}")))
        }
        None => StyledLine::new().faint(format!("   no file is under way; next: {name}")),
    };
    let sql = progress::sql(app, file, Phase::Forward, 0, width).map(|sql| StyledLine::new().text("   ").then(sql));
    std::iter::once(words).chain(sql).collect()
}

/// The cards' lines, as many as fit.
fn arranged(mut cards: Vec<Card>, area: Rect, active: usize) -> Vec<StyledLine> {
    let room = usize::from(area.height);
    let lines = |cards: &[Card]| cards.iter().map(|card| card.lines.len()).sum::<usize>();
    let air = area.width >= WIDE && lines(&cards) + cards.len() - 1 <= room;
    for weight in [UNKNOWN, MORE_SQL, SQL, CHAIN, PROGRESS] {
        if lines(&cards) > room {
            cards.iter_mut().for_each(|card| card.lines.retain(|(w, _)| *w > weight));
        }
    }
    if cards.len() > room {
        cards.sort_by_key(|card| !card.blocked);
    }
    let mut all = Vec::new();
    for card in cards {
        all.extend(card.lines.into_iter().map(|(_, line)| line));
        all.extend(air.then(StyledLine::new));
    }
    let shown = all.len().min(room);
    let made = active.min(CARDS);
    if (made > room || active > CARDS) && shown == room && room > 1 {
        all.truncate(room - 1);
        let more = active - (room - 1).min(active);
        all.push(StyledLine::new().faint(format!("   + {more} more under way: 2 has them all")));
    }
    all
}

/// A card for each file under way, in the order of the plan.
fn cards(app: &App, batch: &Batch, area: Rect) -> Vec<Card> {
    let mut files: Vec<&File> = batch.active().collect();
    files.sort_by_key(|file| (file.sort_order, file.id));
    if files.len() > CARDS {
        files.sort_by_key(|file| !standing::is_blocked(app, file));
    }
    files.into_iter().take(CARDS).map(|file| card(app, batch, file, area)).collect()
}

fn card(app: &App, batch: &Batch, file: &File, area: Rect) -> Card {
    let (width, wide) = (usize::from(area.width), area.width >= WIDE);
    let mut lines = vec![(HEAD, head(app, batch, file, width, wide))];
    let blocked = !app.is_orphaned() && standing::is_blocked(app, file);
    let chain = if app.is_orphaned() { Vec::new() } else { progress::chain(app, file, wide) };
    if let Some((phase, statement)) = shown_statement(batch, file).filter(|_| wide || chain.is_empty()) {
        let rows = if app.size.1 >= TALL { SQL_LINES } else { 1 };
        let sql = progress::sql(app, file, phase, statement, rows * width);
        let sql = sql.map(|sql| if rows > 1 { sql.wrap(width - 3) } else { vec![sql] }).unwrap_or_default();
        let weights = std::iter::once(SQL).chain(std::iter::repeat(MORE_SQL));
        lines.extend(weights.zip(sql.into_iter().take(rows).map(indented)));
    }
    // Whoever goes through an undo in steps reads here why there is one: the story tells it once it has ended.
    let in_steps = file.state == FileState::RollingBack && !batch.may_move();
    let why = file.failure.as_ref().filter(|_| in_steps);
    lines.extend(why.map(|why| (PROGRESS, indented(standing::failure(file, why)))));
    let stage = progress::stage(app, file, width - 3).filter(|_| chain.is_empty() && !is_killed(batch, file));
    let is_told = progress::live(app, file).is_some_and(|seen| seen.stage.is_some());
    lines.extend(stage.map(|stage| (if is_told { PROGRESS } else { UNKNOWN }, indented(stage))));
    let waits = progress::waits_unknown(app, file).filter(|_| chain.is_empty());
    lines.extend(waits.map(|line| (MORE_SQL, indented(line))));
    for (n, line) in chain.into_iter().enumerate().filter(|(n, _)| wide || *n == 0) {
        lines.push((if n == 0 { PROGRESS } else { CHAIN }, indented(line)));
    }
    Card { lines, blocked }
}

fn indented(line: StyledLine) -> StyledLine {
    StyledLine::new().text("   ").then(line)
}

/// The statement that is shown: the one under way, or the one that comes next where the file stands before it.
fn shown_statement(batch: &Batch, file: &File) -> Option<(Phase, u32)> {
    match &file.running {
        Some(running) => Some((running.phase, running.statement)),
        None if batch.may_move() => None,
        None if file.crash.is_some() => file.resumes_at().filter(|n| *n < file.statements).map(|n| (Phase::Forward, n)),
        None if file.state == FileState::Migrating => file.next_statement().map(|n| (Phase::Forward, n)),
        None => ahead::next(batch).filter(|next| next.file.id == file.id && next.undoes())?.statement(),
    }
}

/// Sign, state and name on the left, then how it stands; attempt, line and connection on the right.
fn head(app: &App, batch: &Batch, file: &File, width: usize, wide: bool) -> StyledLine {
    let badge = standing::badge(app, file);
    let name = SafeText::new(sentence::name(&file.path));
    let line = StyledLine::new().text(" ").span(badge.role, badge.icon).text(" ");
    let (line, name_width) = match wide {
        true => (line.span(badge.role, SafeText::new(badge.label).pad(16)), 29),
        false => (line, (width / 2).saturating_sub(6).min(36)),
    };
    let line = line.span(Role::Strong, name.pad(name_width.max(name.width().min(width * 2 / 5)))).text(" ");
    let facts = facts(app, batch, file, wide);
    let right = right(app, file, wide);
    let room = width.saturating_sub(line.width());
    if wide {
        let right = fit(right, " · ", room.saturating_sub(facts.width() + 2));
        return line.then(facts).ending_at(width, right);
    }
    let mut all = vec![(9, facts)];
    all.extend(right);
    line.ending_at(width, fit(all, " · ", room))
}

fn right(app: &App, file: &File, wide: bool) -> Vec<(u8, StyledLine)> {
    let attempt = |n: u32| match n {
        1 => StyledLine::new().faint("attempt 1"),
        n => StyledLine::from_span(Role::Caution, format!("attempt {n}")),
    };
    let Some(running) = &file.running else {
        let n = file.retries + 1;
        return if n > 1 { vec![(5, attempt(n))] } else { Vec::new() };
    };
    if app.is_orphaned() {
        let was = standing::connection(app, running).map_or_else(String::new, |id| format!("; it was conn {id}"));
        return vec![(8, StyledLine::from_span(Role::Bad, format!("end unknown{was}")))];
    }
    let line = StyledLine::new().faint(format!("line {:>2}", running.line));
    let connection = standing::connection(app, running);
    let connection = connection.map_or_else(StyledLine::new, |id| StyledLine::new().faint(format!("conn {id}")));
    let connection = (4, connection);
    let attempt = (6, attempt(running.attempt.max(file.retries + 1)));
    if wide { vec![attempt, (2, line), connection] } else { vec![attempt, connection] }
}

/// How it stands: its statement and since when, or its checks.
fn facts(app: &App, batch: &Batch, file: &File, wide: bool) -> StyledLine {
    let elapsed = app.shown_clock().map(|now| times::seconds(now.since(standing::since(file)))).unwrap_or_default();
    match &file.running {
        Some(running) if is_killed(batch, file) => {
            let place = progress::place(file, running);
            StyledLine::from_span(Role::Bad, format!("{place} is being KILLED")).faint(format!("  {elapsed}"))
        }
        Some(running) => statement(app, file, running, &elapsed, wide),
        None => {
            let (text, role) = match checks(app, file) {
                Some(text) => (text, Role::Text),
                None => standing::sentence(app, batch, file),
            };
            let gap = if wide { "  " } else { " · " };
            StyledLine::from_span(role, text).faint(format!("{gap}{elapsed}"))
        }
    }
}

/// True if an abort has been accepted, and the statement under way is being killed.
fn is_killed(batch: &Batch, file: &File) -> bool {
    let runs = file.running.as_ref().is_some_and(|running| running.phase == Phase::Forward);
    batch.aborting.is_some() && runs
}

/// The checks of a file that is in them, counted.
fn checks(app: &App, file: &File) -> Option<String> {
    let known = app.data.tallies.of(file.id)?;
    let (when, results) = match file.state {
        FileState::ValidatingPre => ("before", known.before),
        FileState::ValidatingPost => ("after", known.after),
        _ => return None,
    };
    Some(match (results.all(), results.failed) {
        (0, _) => format!("checks {when}"),
        (n, 0) => format!("checks {when}, {n} done · none failed"),
        (n, failed) => format!("checks {when}, {n} done · {failed} FAILED"),
    })
}

fn statement(app: &App, file: &File, running: &Running, elapsed: &str, wide: bool) -> StyledLine {
    let place = progress::place(file, running);
    let (unit, number) = place.split_once(' ').unwrap_or(("statement", &place));
    let unit = match (wide, unit, running.phase) {
        (true, "step", _) => "undo step",
        (false, "statement", _) => "stmt",
        (_, unit, _) => unit,
    };
    let line = StyledLine::new().faint(format!("{unit} ")).text(number);
    if app.is_orphaned() {
        return line.faint(" · sent ").text(times::clock(running.since));
    }
    if !wide {
        return line.faint(" · ").text(SafeText::new(elapsed).pad_start(6));
    }
    let does = if standing::is_blocked(app, file) { "waiting" } else { "running" };
    line.faint(format!(" · {does}")).text(SafeText::new(elapsed).pad_start(8))
}
