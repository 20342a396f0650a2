//! A rollback looked at closely, in panes: what would be lost first, the order of the undo, the definitions, the plans of
//! slower queries, and whether it can still be undone. Tab goes round them.

use super::{list, radius};
use crate::console::feed::RollbackSummary;
use crate::console::state::app::App;
use crate::console::state::decisions::{BlastLookup, RadiusPane};
use crate::console::state::rollbacks;
use crate::console::times;
use crate::console::view::explain;
use crate::console::view::theme::Role;
use crate::console::view::widgets::beside::BESIDE;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::model::{Batch, BlastRadius};
use ratatui::layout::{Position, Rect};

/// From this height on all panes are there at once; on a lower screen Tab changes between them.
const TALL: u16 = 24;

/// A pane with its place on the screen.
struct Placed {
    /// Place among all panes, by which its scrolling is kept.
    pane: RadiusPane,
    title: StyledLine,
    area: Rect,
    lines: Vec<StyledLine>,
}

/// Draws it.
pub(super) fn draw(app: &App, summary: &RollbackSummary, lookup: &BlastLookup, canvas: &mut Canvas<'_>, area: Rect) {
    let (left, right) = title(app, summary, usize::from(area.width));
    canvas.sides(area, 0, &left, &right);
    let rest = below(area, 1);
    match &lookup.told {
        None => canvas.line(rest, 0, &StyledLine::new().faint(" being looked up …")),
        Some(Err(why)) => canvas.lines(rest, &StyledLine::from_span(Role::Bad, why).wrap(usize::from(area.width))),
        Some(Ok(radius)) => {
            for placed in placed(app, summary, lookup, radius, rest) {
                let top = lookup.tops[placed.pane as usize];
                scroll::pane(canvas, placed.area, placed.title, placed.lines, top);
            }
        }
    }
}

/// The panes that there are, each with the number of lines that it can be scrolled.
pub(super) fn scrolled(
    app: &App,
    summary: &RollbackSummary,
    lookup: &BlastLookup,
    area: Rect,
) -> Vec<(RadiusPane, usize)> {
    let Some(Ok(radius)) = &lookup.told else { return Vec::new() };
    let placed = placed(app, summary, lookup, radius, below(area, 1));
    let most = |pane: RadiusPane| {
        let placed = placed.iter().find(|placed| placed.pane == pane);
        placed.map_or(0, |placed| scroll::most(placed.lines.clone(), placed.area))
    };
    panes(app, summary).into_iter().map(|pane| (pane, most(pane))).collect()
}

/// The pane at a place of the screen, by its place among those that there are.
pub(super) fn pane_at(
    app: &App,
    summary: &RollbackSummary,
    lookup: &BlastLookup,
    area: Rect,
    at: Position,
) -> Option<usize> {
    let Some(Ok(told)) = &lookup.told else { return None };
    let placed = placed(app, summary, lookup, told, below(area, 1));
    let hit = placed.into_iter().find(|placed| placed.area.contains(at))?.pane;
    panes(app, summary).into_iter().position(|pane| pane == hit)
}

/// Number, class, time left, batch; at the right how old the answer is, and who else has it open.
fn title(app: &App, summary: &RollbackSummary, width: usize) -> (StyledLine, StyledLine) {
    let rollback = &summary.rollback;
    let (sign, words, role) = list::stands(app, summary);
    let head = StyledLine::from_span(Role::Strong, format!(" R{}", rollback.id))
        .text(format!("  class {}  ", rollback.class))
        .span(role, format!("{sign} {words}"))
        .text(format!("  batch {}", rollback.batch));
    let named = head.clone().text(format!(" “{}”", summary.batch_name));
    let told = app.decisions.radius_of(rollback.id);
    let age = told.map(|(_, at)| {
        let ago = times::seconds(app.now.mono.saturating_sub(at));
        StyledLine::new().faint(format!("asked {ago} ago, ")).span(Role::Key, "Enter").faint(" asks again")
    });
    let others = rollbacks::opened_by_others(app, rollback.id);
    let others = match others.is_empty() {
        true => StyledLine::new(),
        false => StyledLine::from_span(Role::Strong, format!("also open at {}", others.join(", "))),
    };
    let right = vec![(9, others), (1, age.unwrap_or_default())];
    // The whole where it fits; what it is called and how old the answer is give way, never by half a word.
    let whole = fit(right.clone(), " · ", width);
    let forms = [named.clone().span(Role::Strong, "  blast radius"), named, head.clone()];
    let left = forms.into_iter().find(|left| left.width() + 2 + whole.width() <= width).unwrap_or(head);
    let room = width.saturating_sub(left.width() + 2);
    (left, fit(right, " · ", room.max(10)))
}

/// The panes that there are of a rollback.
fn panes(app: &App, summary: &RollbackSummary) -> Vec<RadiusPane> {
    let has_plans = batch(app, summary).is_some_and(|batch| !explain::lines(batch, BESIDE).is_empty());
    RadiusPane::ALL.into_iter().filter(|pane| *pane != RadiusPane::Explain || has_plans).collect()
}

fn batch<'a>(app: &'a App, summary: &RollbackSummary) -> Option<&'a Batch> {
    app.data.world.batch(summary.rollback.batch)
}

fn name(pane: RadiusPane, is_short: bool) -> &'static str {
    match (pane, is_short) {
        (RadiusPane::Consequence, _) => "If you approve",
        (RadiusPane::Undo, false) => "Undo, in this order",
        (RadiusPane::Undo, true) => "Undo",
        (RadiusPane::Definitions, false) => "Definitions  - now  + after the undo",
        (RadiusPane::Definitions, true) => "Definitions",
        (RadiusPane::Explain, false) => "EXPLAIN of what is slower  ≠ another than before",
        (RadiusPane::Explain, true) => "EXPLAIN",
        (RadiusPane::Possible, false) => "Can it still be undone?",
        (RadiusPane::Possible, true) => "Possible?",
    }
}

/// Place and lines of each pane. The one with what would be lost is always there.
fn placed(app: &App, summary: &RollbackSummary, lookup: &BlastLookup, told: &BlastRadius, area: Rect) -> Vec<Placed> {
    let panes = panes(app, summary);
    let focus = panes.get(lookup.pane).copied().unwrap_or(RadiusPane::Consequence);
    let make = |pane: RadiusPane, area: Rect| Placed {
        pane,
        title: scroll::focused(StyledLine::from_span(Role::Strong, name(pane, false)), pane == focus),
        lines: content(app, summary, told, pane, usize::from(area.width)),
        area,
    };
    let natural = |pane: RadiusPane, width: u16| make(pane, Rect { width, ..area }).natural();
    let first = natural(RadiusPane::Consequence, area.width).min((area.height / 3).max(4)).min(area.height);
    let mut all = vec![make(RadiusPane::Consequence, Rect { height: first, ..area })];
    let rest = below(area, first);
    if area.height < TALL {
        let shown = if focus == RadiusPane::Consequence { RadiusPane::Undo } else { focus };
        all.push(Placed { title: tabs(&panes, focus, shown), ..make(shown, rest) });
        return all;
    }
    let last = natural(RadiusPane::Possible, area.width).min(rest.height / 3);
    let middle = Rect { height: rest.height - last, ..rest };
    let (halves, explain) = match usize::from(area.width) >= BESIDE {
        true => {
            let half = area.width / 2;
            let left = Rect { width: half - 1, ..middle };
            let right = Rect { x: area.x + half, width: area.width - half, ..middle };
            (vec![(RadiusPane::Undo, left), (RadiusPane::Definitions, right)], RadiusPane::Explain)
        }
        false => (vec![(RadiusPane::Undo, middle)], RadiusPane::Definitions),
    };
    let wanted = halves.iter().map(|(pane, area)| natural(*pane, area.width)).max().unwrap_or(0);
    // On a narrow screen the plans take the place of the definitions while they have the keys.
    let lower = if focus == RadiusPane::Explain { RadiusPane::Explain } else { explain };
    let below_it = if panes.contains(&lower) { natural(lower, area.width) } else { 0 };
    let upper = match wanted.saturating_add(below_it) <= middle.height {
        true => wanted,
        false => wanted.min((middle.height / 2).max(middle.height.saturating_sub(below_it))),
    };
    all.extend(halves.into_iter().map(|(pane, area)| make(pane, Rect { height: upper, ..area })));
    let lower_height = below_it.min(middle.height - upper);
    if lower_height > 0 {
        all.push(make(lower, Rect { height: lower_height, ..below(middle, upper) }));
    }
    all.push(make(RadiusPane::Possible, Rect { height: last, ..below(rest, upper + lower_height) }));
    all
}

impl Placed {
    /// Rows that it takes when all of it is seen, its title included.
    fn natural(&self) -> u16 {
        u16::try_from(self.lines.len() + 1).unwrap_or(u16::MAX)
    }
}

/// The names of the panes in a row, where only one of them has room.
fn tabs(panes: &[RadiusPane], focus: RadiusPane, shown: RadiusPane) -> StyledLine {
    let names = panes.iter().filter(|pane| **pane != RadiusPane::Consequence);
    let line = names.enumerate().fold(StyledLine::new(), |line, (n, pane)| {
        let line = if n > 0 { line.text(" ") } else { line };
        let name = name(*pane, true);
        match *pane {
            pane if pane == shown && pane == focus => line.then(scroll::focused(StyledLine::new().text(name), true)),
            pane if pane == shown => line.span(Role::Strong, format!("[{name}]")),
            _ => line.faint(name),
        }
    });
    line.text(" ").span(Role::Key, "Tab")
}

/// The lines of a pane, wrapped.
fn content(
    app: &App,
    summary: &RollbackSummary,
    told: &BlastRadius,
    pane: RadiusPane,
    width: usize,
) -> Vec<StyledLine> {
    let lines = match pane {
        RadiusPane::Consequence => match &told.refused {
            Some(why) => vec![StyledLine::from_span(Role::BadBanner, format!(" REFUSED as things stand: {why} "))],
            None => radius::if_you_approve(app, summary, told, width),
        },
        RadiusPane::Undo => radius::undo(told),
        RadiusPane::Definitions => radius::definitions(told),
        RadiusPane::Explain => batch(app, summary).map(|batch| explain::lines(batch, width)).unwrap_or_default(),
        RadiusPane::Possible => radius::can_be_undone(app, summary, told),
    };
    lines.into_iter().flat_map(|line| line.wrap(width)).collect()
}
