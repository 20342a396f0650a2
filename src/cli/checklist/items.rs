//! The items of the execution checklist, each with its evidence: pure, over what was found.

use crate::model::{BatchStatus, Millis, ValidationStatus};
use crate::store::Tick;
use std::collections::BTreeMap;

/// Time at which an item counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemPhase {
    Pre,
    During,
    Post,
}

/// Evidence of what is not asked for: not yet, and no longer.
const NOT_NOW: &str = "not now";
const OVER: &str = "the batch has ended; nobody kept how this was";

/// An item: its key, and its words.
struct Known {
    phase: ItemPhase,
    key: &'static str,
    title: &'static str,
    /// The judge of it; `None` where only a person can know.
    judge: Option<fn(&Facts) -> Judged>,
}

/// Judgement of a machine: done or not, with the evidence; or that it is not asked for here.
type Judged = Option<(bool, String)>;

const fn machine(phase: ItemPhase, key: &'static str, title: &'static str, judge: fn(&Facts) -> Judged) -> Known {
    Known { phase, key, title, judge: Some(judge) }
}

const fn person(phase: ItemPhase, key: &'static str, title: &'static str) -> Known {
    Known { phase, key, title, judge: None }
}

const KNOWN: &[Known] = &[
    machine(ItemPhase::Pre, "backup", "System backup completed", |facts| match &facts.backup {
        None => Some((
            false,
            "nothing proves it: set backup.dump (and run `caribou backup`), backup.file or backup.command".to_owned(),
        )),
        Some(Ok(proof)) => Some((true, proof.clone())),
        Some(Err(why)) => Some((false, why.clone())),
    }),
    person(ItemPhase::Pre, "plan_reviewed", "Migration plan reviewed"),
    machine(ItemPhase::Pre, "rollback_tested", "Rollback plan tested", |facts| {
        Some(match facts.rehearsed {
            Some(true) => (true, "the rehearsal of this very plan has passed".to_owned()),
            Some(false) => (false, "the rehearsal of this plan has failed: `caribou rehearse`".to_owned()),
            None => (false, "this plan was not rehearsed: `caribou rehearse`".to_owned()),
        })
    }),
    person(ItemPhase::Pre, "stakeholders_notified", "Stakeholders notified"),
    machine(ItemPhase::Pre, "monitoring", "Monitoring enabled", alerts_are_heard),
    machine(ItemPhase::During, "freeze_active", "System freeze active", |facts| {
        let now = facts
            .open
            .then_some((facts.frozen, if facts.frozen { "the system is frozen" } else { "it is not frozen" }));
        let then = facts.was_frozen.map(|was| (was, if was { "it was frozen" } else { "it was not frozen" }));
        now.or(then).map(|(done, words)| (done, words.to_owned()))
    }),
    machine(ItemPhase::During, "progress_monitoring", "Progress monitoring active", |facts| {
        facts.open.then(|| match &facts.worker {
            Some(worker) => (true, worker.clone()),
            None => (false, "no worker is alive".to_owned()),
        })
    }),
    machine(ItemPhase::During, "checks_passing", "Validation checks passing", |facts| {
        facts.began().then(|| checks(facts))
    }),
    machine(ItemPhase::During, "error_handling", "Error handling ready", |facts| {
        facts.open.then(|| alerts_are_heard(facts)).flatten()
    }),
    machine(ItemPhase::During, "rollback_capability", "Rollback capability verified", |facts| {
        facts.began().then(|| match facts.irreversible {
            0 => (true, "every statement has an undo".to_owned()),
            n => (false, format!("nothing undoes {n} of its statements")),
        })
    }),
    machine(ItemPhase::Post, "thaw_completed", "System thaw completed", |facts| {
        facts
            .ended()
            .then(|| (!facts.frozen, if facts.frozen { "it is still frozen" } else { "it is not frozen" }.to_owned()))
    }),
    machine(ItemPhase::Post, "validation_passed", "Validation passed", |facts| facts.ended().then(|| checks(facts))),
    person(ItemPhase::Post, "performance_verified", "Performance verified"),
    person(ItemPhase::Post, "documentation_updated", "Documentation updated"),
    person(ItemPhase::Post, "monitoring_baseline", "Monitoring baseline established"),
];

fn alerts_are_heard(facts: &Facts) -> Judged {
    Some(match (facts.hooks.as_slice(), facts.broken_hooks.as_slice()) {
        ([], _) => (false, "nobody is told of alerts: set [alerts.hooks.NAME]".to_owned()),
        (hooks, []) => (true, format!("alerts go to {}", hooks.join(", "))),
        (_, broken) => (false, broken.join("; ")),
    })
}

fn checks(facts: &Facts) -> (bool, String) {
    let [passed, failed, warned] = facts.validations;
    (failed == 0, format!("{passed} passed, {failed} failed, {warned} warnings"))
}

/// Findings that items are judged by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Proof of the backup, or why there is none; `None` where nothing is configured.
    pub backup: Option<Result<String, String>>,
    /// Outcome of the last rehearsal of the plan.
    pub rehearsed: Option<bool>,
    pub hooks: Vec<String>,
    pub broken_hooks: Vec<String>,
    /// The worker that is alive, in words.
    pub worker: Option<String>,
    pub frozen: bool,
    /// Of a batch that has ended, whether it was frozen meanwhile; `None` where nobody knows.
    pub was_frozen: Option<bool>,
    /// A batch is open.
    pub open: bool,
    /// The status of the last batch of the plan, where there is one.
    pub status: Option<BatchStatus>,
    /// By [`ValidationStatus`].
    pub validations: [u32; ValidationStatus::ALL.len()],
    /// Statements that nothing undoes.
    pub irreversible: u32,
}

impl Facts {
    /// It runs, or has run: what the journal tells of it stays true.
    fn began(&self) -> bool {
        self.open || self.status.is_some()
    }

    fn ended(&self) -> bool {
        !self.open && self.status.is_some()
    }
}

/// An item as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Item {
    pub phase: ItemPhase,
    pub item: &'static str,
    pub title: &'static str,
    /// Set where only a person can know.
    pub person: bool,
    /// `None` where it is not asked for now.
    pub done: Option<bool>,
    pub evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// The items, in the order of the checklist.
pub(crate) fn items(facts: &Facts, ticks: &BTreeMap<String, Tick>) -> Vec<Item> {
    KNOWN.iter().map(|known| item(known, facts, ticks.get(known.key))).collect()
}

fn item(known: &Known, facts: &Facts, tick: Option<&Tick>) -> Item {
    let Known { phase, key, title, judge } = *known;
    let (done, evidence) = match (judge, tick) {
        (Some(judge), _) => match judge(facts) {
            Some((done, evidence)) => (Some(done), evidence),
            None if phase == ItemPhase::During && facts.ended() => (None, OVER.to_owned()),
            None => (None, NOT_NOW.to_owned()),
        },
        (None, Some(tick)) => (Some(true), format!("{}, {}", tick.by, tick.at.to_rfc3339())),
        (None, None) if phase == ItemPhase::Post && !facts.ended() => (None, NOT_NOW.to_owned()),
        (None, None) => (Some(false), format!("a person knows: `caribou checklist tick {key}`")),
    };
    let tick = tick.filter(|_| judge.is_none());
    let (by, at) = (tick.map(|tick| tick.by.clone()), tick.map(|tick| Millis::to_rfc3339(tick.at)));
    Item { phase, item: key, title, person: judge.is_none(), done, evidence, by, at }
}

/// The items that only a person can know.
pub(crate) fn of_people() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter(|known| known.judge.is_none()).map(|known| known.key)
}

/// Tells whether a machine judges an item.
pub(crate) fn is_judged(key: &str) -> bool {
    KNOWN.iter().any(|known| known.key == key && known.judge.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(facts: &Facts, ticks: &BTreeMap<String, Tick>, key: &str) -> Option<bool> {
        items(facts, ticks).into_iter().find(|item| item.item == key).unwrap().done
    }

    #[test]
    fn the_seed_has_fifteen_items() {
        let all = items(&Facts::default(), &BTreeMap::new());
        let of = |phase| all.iter().filter(|item| item.phase == phase).count();
        assert_eq!([of(ItemPhase::Pre), of(ItemPhase::During), of(ItemPhase::Post)], [5, 5, 5]);
        let names: std::collections::BTreeSet<_> = all.iter().map(|item| item.item).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_machine_judges_by_what_it_found_and_no_tick_changes_that() {
        let tick = Tick { by: "ana@db1".into(), at: Millis(1) };
        let ticks = BTreeMap::from([("backup".to_owned(), tick.clone()), ("plan_reviewed".to_owned(), tick)]);
        let mut facts = Facts::default();
        assert_eq!(done(&facts, &ticks, "backup"), Some(false), "nobody can say so");
        assert_eq!(done(&facts, &ticks, "plan_reviewed"), Some(true));
        assert_eq!(done(&facts, &BTreeMap::new(), "plan_reviewed"), Some(false));
        facts.backup = Some(Ok("an hour old".into()));
        facts.rehearsed = Some(false);
        assert_eq!(done(&facts, &ticks, "backup"), Some(true));
        assert_eq!(done(&facts, &ticks, "rollback_tested"), Some(false));
    }

    #[test]
    fn what_comes_later_is_not_asked_for_yet() {
        let none = BTreeMap::new();
        let before = Facts::default();
        assert_eq!((done(&before, &none, "checks_passing"), done(&before, &none, "validation_passed")), (None, None));
        let open = Facts { open: true, validations: [3, 1, 0], ..Facts::default() };
        assert_eq!(
            (done(&open, &none, "checks_passing"), done(&open, &none, "validation_passed")),
            (Some(false), None)
        );
        let ended = Facts { status: Some(BatchStatus::Completed), validations: [3, 0, 1], ..Facts::default() };
        assert_eq!(done(&ended, &none, "validation_passed"), Some(true));
        assert_eq!(done(&ended, &none, "checks_passing"), Some(true), "the journal still tells it");
        let over = items(&ended, &none).into_iter().find(|item| item.item == "progress_monitoring").unwrap();
        assert_eq!((over.done, over.evidence.as_str()), (None, OVER), "no worker is needed any more");
        assert_eq!(done(&ended, &none, "documentation_updated"), Some(false));
    }
}
