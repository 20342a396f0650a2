//! Screen 1: the eight states as a pipeline, what runs, what happened, how it goes.

use crate::console::state::app::{App, ConnectionState};
use crate::console::state::{data, eta};
use crate::console::times;
use crate::console::view::layout::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::{badges, sentence};
use crate::model::{Batch, EventKind, File, FileState};
use ratatui::layout::Rect;

/// Running files that are listed at most.
const RUNNING: u16 = 8;
/// Columns of the figures beside the events.
const FIGURES: u16 = 44;

/// Draws what stands here where there is no batch: the state of the connection, and what to do.
pub fn empty(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let lines: Vec<StyledLine> = match (&app.connection, app.data.server.is_some()) {
        (ConnectionState::Lost { error, .. }, false) => {
            let mut lines =
                vec![StyledLine::from_span(Role::Bad, "Not attached yet."), StyledLine::new().text(error.to_string())];
            lines.extend(error.hint.as_deref().map(|hint| StyledLine::new().text(hint)));
            lines.push(StyledLine::new().faint("It is tried again by itself; nothing here needs a restart."));
            lines
        }
        (_, false) => vec![StyledLine::new().text("Connecting …")],
        (_, true) => vec![
            StyledLine::from_span(Role::Strong, "No batch yet: run caribou migrate."),
            StyledLine::new().faint("Its files, their states and everything that happens to them will be here."),
            StyledLine::new().faint("It is opened by itself as soon as there is one."),
        ],
    };
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    // What to do stands at an error's end: nothing of it may be cut.
    let lines: Vec<StyledLine> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    canvas.lines(top, &lines);
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch() else { return };
    let mut rest = pipeline(app, batch, canvas, area);
    rest = running(app, batch, canvas, rest);
    if area.width >= WIDE {
        let left = Rect { width: rest.width - FIGURES - 1, ..rest };
        let right = Rect { x: rest.x + rest.width - FIGURES, width: FIGURES, ..rest };
        events(app, batch, canvas, left);
        figures(app, batch, canvas, right);
    } else {
        let rest = summary(app, batch, canvas, rest);
        events(app, batch, canvas, rest);
    }
}

/// The states with their counts; the way of a file, and below it the two that lead out of it.
fn pipeline(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let cell = |state: FileState| {
        let badge = badges::state(state);
        let n = batch.count(state);
        let role = if n == 0 { Role::Faint } else { badge.role };
        StyledLine::from_span(role, format!("{} {} ", badge.icon, badge.label))
            .span(if n == 0 { Role::Faint } else { Role::Strong }, n.to_string())
    };
    let chain = |states: &[FileState]| {
        let mut words = StyledLine::new();
        for (n, state) in states.iter().enumerate() {
            words = if n == 0 { words } else { words.faint(" → ") };
            words = words.then(cell(*state));
        }
        words
    };
    use FileState::*;
    let off = chain(&[RollingBack]).text("   ").then(cell(Failed));
    let f = &app.data.figures;
    let idle = format!("   idle: {} waiting, {} completed, {} rolled back", f.waiting, batch.completed, f.rolled_back);
    let mut lines = Vec::new();
    let whole = chain(&[Idle, Preparing, ValidatingPre, Migrating, ValidatingPost, Completing]);
    if whole.width() <= usize::from(area.width) {
        lines.push(whole);
    } else {
        lines.push(chain(&[Idle, Preparing, ValidatingPre, Migrating]));
        lines.push(StyledLine::new().faint("  → ").then(chain(&[ValidatingPost, Completing])));
    }
    lines.push(off.faint(idle));
    let count = u16::try_from(lines.len()).unwrap_or(0);
    canvas.lines(area, &lines);
    below(area, count)
}

fn running(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let active = batch.active.len();
    let title = match app.is_orphaned() && active > 0 {
        true => StyledLine::from_span(Role::Bad, "Under way when the worker went"),
        false => StyledLine::from_span(Role::Title, "Running"),
    };
    let inner = canvas.titled(area, if active > 0 { title.text(format!(" {active}")) } else { title });
    if active == 0 {
        let next = batch.next_waiting().filter(|_| !batch.status.is_final() && !batch.stopped);
        let text = match next {
            Some(file) => format!("no file is under way; next: {}", file.path),
            None => "no file is under way".into(),
        };
        canvas.line(inner, 0, &StyledLine::new().faint(text));
        return below(inner, 1);
    }
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    for file in batch.active().take(usize::from(RUNNING)) {
        lines.push(running_file(app, file, width));
        let blockers = file.running.as_ref().map(|r| r.blockers.as_slice()).unwrap_or_default();
        lines.extend(blockers.iter().map(|b| StyledLine::from_span(Role::Bad, format!("  blocked by {b}"))));
        let queue = batch.queue(file).filter(|_| file.is_blocked());
        lines
            .extend(queue.map(|queue| StyledLine::from_span(Role::Caution, format!("  blocked: {}", queue.in_line()))));
    }
    lines.truncate(usize::from((area.height / 3).max(1)));
    canvas.lines(inner, &lines);
    below(inner, u16::try_from(lines.len()).unwrap_or(0))
}

fn running_file(app: &App, file: &File, width: usize) -> StyledLine {
    let badge = badges::known(file, app.is_orphaned());
    let since = file.running.as_ref().map_or(file.moved_at, |r| r.since);
    let mut elapsed = app.shown_clock().map(|now| times::seconds(now.since(since))).unwrap_or_default();
    if app.is_orphaned() {
        elapsed = format!("since {}, end unknown", times::clock(since));
    }
    let mut facts = Vec::new();
    if let Some(running) = &file.running {
        let total = match running.phase {
            crate::model::Phase::Forward => file.statements,
            crate::model::Phase::Undo => file.undo_statements.unwrap_or_default(),
        };
        facts.push((
            9,
            StyledLine::new().text(format!("{} {}/{total}", data::phase_words(running.phase), running.statement + 1)),
        ));
        facts.push((8, StyledLine::new().text(&*elapsed)));
        if running.attempt > 1 {
            facts.push((7, StyledLine::from_span(Role::Caution, format!("attempt {}", running.attempt))));
        }
        facts.push((1, StyledLine::new().faint(format!("line {}, connection {}", running.line, running.connection))));
    } else {
        facts.push((
            9,
            StyledLine::new().text(format!(
                "{} of {} done",
                file.records.len(),
                times::count(file.statements as usize, "statement")
            )),
        ));
        facts.push((8, StyledLine::new().text(&*elapsed)));
    }
    let path = crate::console::safe_text::SafeText::new(&file.path).cut_start((width / 3).max(20));
    let head = StyledLine::from_span(badge.role, format!("{} {:<15} ", badge.icon, badge.label))
        .span(Role::Strong, path)
        .text("  ");
    let room = width.saturating_sub(head.width());
    head.then(fit(facts, " · ", room))
}

/// The figures in two rows, for a narrow screen.
fn summary(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let inner = canvas.titled(area, StyledLine::from_span(Role::Title, "How it goes"));
    let width = usize::from(area.width);
    canvas.line(inner, 0, &fit(vec![(9, validations(batch)), (5, statements(app))], "   ", width));
    let errors = errors(app);
    let line = if errors.width() > 0 { errors } else { throughput(app, width.saturating_sub(30).min(60)) };
    canvas.line(inner, 1, &line);
    below(inner, 2)
}

/// The figures below each other, for a wide one.
fn figures(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = canvas.titled(area, StyledLine::from_span(Role::Title, "How it goes"));
    let mut lines = vec![validations(batch), statements(app), StyledLine::new()];
    lines.push(throughput(app, usize::from(area.width)));
    if let Some(pace) = eta::files_per_minute(app) {
        lines.push(StyledLine::new().text(format!("files {pace:.0}/min in the last minute")));
    }
    lines.push(StyledLine::new());
    lines.push(StyledLine::from_span(Role::Strong, "errors by category"));
    if app.data.figures.errors.is_empty() {
        lines.push(StyledLine::new().faint("none"));
    }
    let mut errors: Vec<_> = app.data.figures.errors.iter().collect();
    errors.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    lines.extend(
        errors
            .into_iter()
            .map(|(category, n)| StyledLine::from_span(Role::Bad, format!("{n:>6} ")).text(category.as_str())),
    );
    canvas.lines(inner, &lines);
}

fn validations(batch: &Batch) -> StyledLine {
    let [passed, failed, warned] = batch.validations;
    let role = |n: u32, role: Role| if n > 0 { role } else { Role::Faint };
    StyledLine::new()
        .text("checks ")
        .span(role(passed, Role::Good), format!("{passed} passed"))
        .text(", ")
        .span(role(failed, Role::Bad), format!("{failed} failed"))
        .text(", ")
        .span(role(warned, Role::Caution), format!("{warned} warned"))
}

fn statements(app: &App) -> StyledLine {
    let f = &app.data.figures;
    StyledLine::new().text(format!("statements {}/{}", f.statements_ended, f.statements))
}

fn errors(app: &App) -> StyledLine {
    let mut errors: Vec<_> = app.data.figures.errors.iter().collect();
    errors.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let words = errors.iter().map(|(category, n)| format!("{n} {category}")).collect::<Vec<_>>().join(", ");
    if words.is_empty() { StyledLine::new() } else { StyledLine::from_span(Role::Bad, format!("errors: {words}")) }
}

/// Statements per second over the last minutes.
fn throughput(app: &App, width: usize) -> StyledLine {
    let Some(now) = app.clock() else { return StyledLine::new() };
    let label = "statements/s ";
    let room = width.saturating_sub(label.len() + 10).max(10);
    // Up to the second before this one, which is not over yet.
    let values = app.data.rate.per_second(crate::model::Millis(now.0 - 1000), room);
    let most = values.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return StyledLine::new().text(label).faint(format!("none in the last {room} s"));
    }
    StyledLine::new().text(label).then(bar::sparkline(&values, room)).faint(format!(" max {most}"))
}

fn events(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let mut title = StyledLine::from_span(Role::Title, "Newest events");
    if !app.board_filter.is_empty() {
        title = title.span(Role::Caution, format!(" matching /{}", app.board_filter.0));
    }
    if app.board_scroll > 0 {
        title = title.span(Role::Caution, format!(" {} newer above (g: newest)", app.board_scroll));
    }
    let inner = canvas.titled(area, title);
    let now = app.clock();
    // What is noted for readers without the journal tells nothing new here.
    let told = app.data.recent.iter().rev().filter(|e| !matches!(e.kind, EventKind::ProgressNoted { .. }));
    let lines = told.map(|e| (e, sentence::from_event(batch, e)));
    let lines = lines.filter(|(_, words)| app.board_filter.is_empty() || app.board_filter.passes(&words.to_plain()));
    let width = usize::from(area.width);
    let mut row = 0;
    for (event, words) in lines.skip(app.board_scroll) {
        if row >= inner.height {
            break;
        }
        let words = StyledLine::new().faint(times::when(event.at, now, app.relative)).text(" ").then(words);
        let wrapped = if app.wrap { words.wrap(width) } else { vec![words] };
        for line in wrapped {
            canvas.line(inner, row, &line);
            row += 1;
        }
    }
    if row == 0 {
        let text = if app.data.recent.is_empty() { "nothing has happened yet" } else { "no event matches" };
        canvas.line(inner, 0, &StyledLine::new().faint(text));
    }
}
