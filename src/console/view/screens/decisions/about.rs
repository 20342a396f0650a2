//! The rollback under the cursor: what is known of it, who may decide, and what follows from each answer.

use super::{lately, radius};
use crate::console::feed::RollbackSummary;
use crate::console::lists::DecidedRollback;
use crate::console::state::app::App;
use crate::console::state::rollbacks::{self, UnderCursor};
use crate::console::state::{names, probes};
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::model::{BlastRadius, FileId, Lapse, Mark, Outcome};

const LABEL: usize = 14;
/// Columns of a title that the rule and the signs of a pane take.
const ROOM: usize = 8;

/// Facts with their labels.
type Facts = Vec<(&'static str, StyledLine)>;

/// Number, scope, batch, class.
pub(super) fn title(app: &App, selected: UnderCursor<'_>, width: usize) -> StyledLine {
    let name = |id: &dyn std::fmt::Display| StyledLine::from_span(Role::Strong, format!("R{id}"));
    match selected {
        UnderCursor::Open(summary) => {
            let rollback = &summary.rollback;
            let files = times::count(summary.scope.len(), "file");
            let of = format!("{files} of batch {}", rollback.batch);
            let class = format!("class {}", rollback.class);
            let has_plans = app.data.world.batch(rollback.batch).is_some_and(|batch| !probes::slower(batch).is_empty());
            let plans = if has_plans { ", EXPLAIN" } else { "" };
            let key = |words: &str| StyledLine::from_span(Role::Key, "Enter").faint(format!(" {words}"));
            // The whole where it fits; the name and what Enter shows give way.
            let long = name(&rollback.id).text(format!("  roll back {of} “{}”  {class}  ", summary.batch_name));
            let short = name(&rollback.id).text(format!("  {of}  {class}  "));
            let (shows, brief) = match summary.is_undecided() {
                true => (key(&format!("blast radius, diff{plans}")), key("looks closer")),
                false => (key("opens its batch"), key("its batch")),
            };
            let room = width.saturating_sub(ROOM);
            let ways = [long.clone().then(shows.clone()), long.then(brief.clone()), short.clone().then(shows)];
            let fits = ways.into_iter().find(|line| line.width() <= room);
            fits.unwrap_or_else(|| short.then(brief))
        }
        UnderCursor::Over(decided) => {
            let rollback = &decided.rollback;
            let (_, outcome, role) = lately::outcome(decided);
            let line = name(&rollback.id).text(format!("  batch {}  class {}  ", decided.batch, rollback.class));
            line.span(role, outcome)
        }
    }
}

/// All that is told of it.
pub(super) fn lines(app: &App, selected: UnderCursor<'_>, width: usize) -> Vec<StyledLine> {
    let summary = match selected {
        UnderCursor::Open(summary) => summary,
        UnderCursor::Over(decided) => return table::facts(over(app, decided), LABEL, width),
    };
    let mut lines = table::facts(facts(app, summary), LABEL, width);
    if summary.is_undecided() {
        lines.extend(if_approved(app, summary, width));
        lines.push(radius::headline("If rejected, or nobody decides", "", width));
        lines.extend(table::facts([("", StyledLine::new().text(if_rejected(summary)))], 0, width));
    } else {
        lines.push(radius::headline("In the order of the undo", "", width));
        lines.extend(summary.scope.iter().map(|(id, path)| under_way(app, summary, *id, path)));
    }
    lines
}

/// A file of an undo that runs: undone, being undone, or still to come.
fn under_way(app: &App, summary: &RollbackSummary, id: FileId, path: &str) -> StyledLine {
    let file = app.data.world.batch(summary.rollback.batch).and_then(|batch| batch.file(id));
    let badge = file.map(badges::file).filter(|_| file.is_some_and(|file| file.outcome != Some(Outcome::Completed)));
    let (icon, role) = badge.map_or(("·", Role::Faint), |badge| (badge.icon, badge.role));
    StyledLine::new().text(" ").span(role, icon).text(format!(" {path}"))
}

/// One that is over.
fn over(app: &App, decided: &DecidedRollback) -> Facts {
    let rollback = &decided.rollback;
    let fact = |text: String| StyledLine::new().text(text);
    let mut facts = what_for(&rollback.reason);
    facts.push(("decided", fact(format!("{}, {}", lately::by(decided), times::stamp(rollback.at)))));
    facts.extend(decided.said.as_ref().map(|said| ("reason", fact(format!("“{said}”")))));
    if rollback.ms > 0 {
        facts.push(("took", fact(times::span(rollback.ms))));
    }
    let summary = rollbacks::all(app).into_iter().find(|summary| summary.rollback.id == rollback.id);
    if let Some(known) = summary.map(|summary| summary.rollback) {
        let compensated = known.compensated_by;
        facts.extend(compensated.map(|batch| ("as", fact(format!("batch {batch}, which stands for it in history")))));
        facts.extend(known.error.map(|error| ("error", StyledLine::from_span(Role::Bad, error))));
    }
    facts
}

/// The reason, as many lines as it has.
fn what_for(reason: &str) -> Facts {
    let labels = std::iter::once("what for").chain(std::iter::repeat(""));
    labels.zip(names::lines(reason).map(|line| StyledLine::new().text(line))).collect()
}

/// What is known of it without asking the database.
fn facts(app: &App, summary: &RollbackSummary) -> Facts {
    let rollback = &summary.rollback;
    let fact = |text: String| StyledLine::new().text(text);
    // What a check has found opens a window; a failure is undone without one.
    let what = if rollback.decide_by.is_some() { "a finding" } else { "a failure" };
    let by = rollback.opened_by.clone().unwrap_or_else(|| what.into());
    let mut facts = what_for(&rollback.reason);
    facts.push(("opened", fact(format!("{} by {by}", times::stamp(rollback.created_at)))));
    if let Some(deadline) = rollback.decide_by.filter(|_| rollback.is_awaiting()) {
        let then = match summary.on_lapse {
            Lapse::Keep => "after that the files stay",
            Lapse::Escalate => "after that the files stay, and a person has to look",
            Lapse::Rollback => "after that it is rolled back",
        };
        facts.push(("decide by", fact(format!("{} on the database's clock; {then}", times::stamp(deadline)))));
    }
    match rollback.warned {
        Some(Mark::Half) => facts.push(("warned", fact("at half of the window".into()))),
        Some(Mark::NineTenths) => facts.push(("warned", fact("at half and at nine tenths of the window".into()))),
        None => {}
    }
    if summary.is_undecided() {
        facts.push(("who decides", fact(who(summary))));
    }
    // In a replay nobody decides any more.
    if summary.is_undecided() && app.replay.is_none() {
        facts.push((
            "you",
            match rollbacks::cannot_decide(app, summary) {
                Some(why) => StyledLine::from_span(Role::Caution, why),
                None => fact("may approve and reject".into()),
            },
        ));
    }
    let others = rollbacks::opened_by_others(app, rollback.id);
    if !others.is_empty() {
        let have = if others.len() == 1 { "has" } else { "have" };
        let line = StyledLine::from_span(Role::Strong, others.join(", "));
        facts.push(("also looking", line.text(format!(" {have} this rollback open"))));
    }
    facts.extend(rollback.decided_by.as_ref().map(|by| ("decided", fact(format!("by {by}")))));
    if let Some(batch) = rollback.compensated_by {
        facts.push(("as", fact(format!("batch {batch}, which stands for it in history"))));
    }
    if let Some(error) = &rollback.error {
        facts.push(("error", StyledLine::from_span(Role::Bad, &**error)));
    }
    facts
}

fn who(summary: &RollbackSummary) -> String {
    match (&summary.started_by, summary.four_eyes) {
        (Some(by), true) => {
            format!("an approver who is not {by} (started batch {}; four eyes)", summary.rollback.batch)
        }
        _ => "an approver".to_owned(),
    }
}

/// What it would do, as it was asked last.
fn if_approved(app: &App, summary: &RollbackSummary, width: usize) -> Vec<StyledLine> {
    let asked = app.decisions.radius_of(summary.rollback.id);
    let age = asked.as_ref().map_or_else(
        || if app.replay.is_some() { String::new() } else { "being asked".to_owned() },
        |(_, at)| format!("asked {} ago", times::seconds(app.now.mono.saturating_sub(*at))),
    );
    let mut lines = vec![radius::headline("If approved", &age, width)];
    let told = match asked {
        Some((Ok(radius), _)) => approved(app, summary, radius),
        Some((Err(why), _)) => vec![("", StyledLine::from_span(Role::Bad, why))],
        None if app.replay.is_some() => vec![("undone", StyledLine::new().faint("? a recording does not hold it"))],
        None => vec![("undone", StyledLine::new().faint("? it is being looked up"))],
    };
    lines.extend(table::facts(told, LABEL, width));
    lines
}

fn approved(app: &App, summary: &RollbackSummary, known: &BlastRadius) -> Facts {
    let mut told = Vec::new();
    if let Some(why) = &known.refused {
        told.push(("REFUSED", StyledLine::from_span(Role::Bad, format!("as things stand: {why}"))));
    }
    let labels = std::iter::once("undone").chain(std::iter::repeat(""));
    let files =
        known.files.iter().flat_map(|file| [radius::file_line(file)].into_iter().chain(radius::lost_with(file)));
    told.extend(labels.zip(files));
    told.push(("then", StyledLine::new().text(radius::then(app, summary, known))));
    told.push((
        "takes",
        StyledLine::new().text(format!("about {}, as long as it took to do", times::span(known.estimated_ms))),
    ));
    let since = known.written_to_since.iter().map(|file| ("since", StyledLine::from_span(Role::Caution, &**file)));
    told.extend(since);
    match known.in_the_way.as_slice() {
        [] => told.push(("stands on it", StyledLine::new().text("nothing later"))),
        ways => {
            let labels = std::iter::once("stands on it").chain(std::iter::repeat(""));
            told.extend(labels.zip(ways.iter().map(|way| StyledLine::from_span(Role::Bad, &**way))));
        }
    }
    told
}

fn if_rejected(summary: &RollbackSummary) -> String {
    match summary.on_lapse {
        Lapse::Rollback => {
            "rejected: the files stay. If nobody decides, it is rolled back when the window lapses.".to_owned()
        }
        Lapse::Keep | Lapse::Escalate => {
            "the files stay; what was kept to undo them may go, and then it cannot be undone any more".to_owned()
        }
    }
}
