//! The items of the execution checklist, each with its evidence: pure, over what was found.

use crate::cli::frozen::{Frozen, NOBODY_STOPPED};
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
    /// A person may say so as well, where no machine says that it is done.
    by_person: bool,
}

/// Judgement of a machine: done or not, with the evidence; or that it is not asked for here.
type Judged = Option<(bool, String)>;

const fn machine(phase: ItemPhase, key: &'static str, title: &'static str, judge: fn(&Facts) -> Judged) -> Known {
    Known { phase, key, title, judge: Some(judge), by_person: false }
}

const fn person(phase: ItemPhase, key: &'static str, title: &'static str) -> Known {
    Known { phase, key, title, judge: None, by_person: true }
}

/// What a machine knows where the journal tells it, and else a person.
const fn either(phase: ItemPhase, key: &'static str, title: &'static str, judge: fn(&Facts) -> Judged) -> Known {
    Known { phase, key, title, judge: Some(judge), by_person: true }
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
    machine(ItemPhase::Pre, "monitoring", "Monitoring enabled", monitoring),
    machine(ItemPhase::During, "freeze_active", "System freeze active", |facts| match facts.open {
        true => Some(facts.frozen.judged()),
        false => facts.was_frozen.clone(),
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
        facts.ended().then(|| match facts.frozen.stands() {
            true => (false, format!("it still stands: {}", facts.frozen.judged().1)),
            false => (true, NOBODY_STOPPED.to_owned()),
        })
    }),
    machine(ItemPhase::Post, "validation_passed", "Validation passed", |facts| facts.ended().then(|| checks(facts))),
    either(ItemPhase::Post, "performance_verified", "Performance verified", |facts| {
        facts.probes.clone().filter(|_| facts.ended())
    }),
    either(ItemPhase::Post, "documentation_updated", "Documentation updated", |facts| {
        facts.documents.clone().filter(|_| facts.ended()).map(|stamped| (true, stamped))
    }),
    either(ItemPhase::Post, "monitoring_baseline", "Monitoring baseline established", |facts| {
        facts.baseline.clone().filter(|_| facts.ended()).map(|taken| (true, taken))
    }),
];

/// A worker is alive, and its metrics answer.
fn monitoring(facts: &Facts) -> Judged {
    Some(match (&facts.own_metrics, &facts.worker, &facts.metrics) {
        (Some(address), ..) => (true, format!("this process serves metrics at {address} while it drives the batch")),
        (None, Some(worker), Some(Ok(answer))) => (true, format!("{worker}; {answer}")),
        (None, Some(worker), Some(Err(why))) => (false, format!("{worker}; {why}")),
        (None, Some(worker), None) => (false, format!("{worker} serves no metrics: start it with --metrics PORT")),
        (None, None, _) => (
            false,
            "no worker is alive: `caribou worker --metrics PORT`, or `caribou migrate --metrics PORT`".to_owned(),
        ),
    })
}

fn alerts_are_heard(facts: &Facts) -> Judged {
    Some(match (facts.hooks.as_slice(), facts.broken_hooks.as_slice()) {
        ([], _) => (false, "nobody is told of alerts: set [alerts.hooks.NAME]".to_owned()),
        (hooks, []) => (true, format!("alerts go to {}", hooks.join(", "))),
        (_, broken) => (false, broken.join("; ")),
    })
}

fn checks(facts: &Facts) -> (bool, String) {
    let [passed, failed, warned] = facts.validations;
    let named = facts.warned.iter().map(|line| format!("; {line}"));
    (failed == 0, format!("{passed} passed, {failed} failed, {warned} warned{}", named.collect::<String>()))
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
    /// Whether the metrics of the worker answer, and the evidence; `None` where it serves none.
    pub metrics: Option<Result<String, String>>,
    /// Address at which this very process serves metrics, and drives the batch.
    pub own_metrics: Option<String>,
    /// What was measured at the end of the batch, in words.
    pub baseline: Option<String>,
    /// Whether no probe is slower than before the batch, and the evidence; `None` where none was measured.
    pub probes: Option<(bool, String)>,
    /// Documents that the batch has stamped.
    pub documents: Option<String>,
    pub frozen: Frozen,
    /// Of a batch that has ended, whether others were kept from writing meanwhile, and the evidence; `None` where nobody
    /// knows.
    pub was_frozen: Option<(bool, String)>,
    /// A batch is open.
    pub open: bool,
    /// The status of the last batch of the plan, where there is one.
    pub status: Option<BatchStatus>,
    /// By [`ValidationStatus`].
    pub validations: [u32; ValidationStatus::ALL.len()],
    /// Warnings of the checks after files.
    pub warned: Vec<String>,
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
    /// Set where a person is asked.
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
    let Known { phase, key, title, judge, by_person } = *known;
    let found = judge.and_then(|judge| judge(facts));
    let is_found = found.as_ref().is_some_and(|(done, _)| *done);
    let tick = tick.filter(|_| by_person && !is_found);
    let (done, evidence) = match (found, tick) {
        (_, Some(tick)) => (Some(true), format!("{}, {}", tick.by, tick.at.to_rfc3339())),
        (Some((false, evidence)), None) if by_person => {
            (Some(false), format!("{evidence}; a person accepts it by `caribou checklist tick {key}`"))
        }
        (Some((done, evidence)), None) => (Some(done), evidence),
        (None, None) if !by_person && phase == ItemPhase::During && facts.ended() => (None, OVER.to_owned()),
        (None, None) if !by_person || (phase == ItemPhase::Post && !facts.ended()) => (None, NOT_NOW.to_owned()),
        (None, None) => (Some(false), format!("a person knows: `caribou checklist tick {key}`")),
    };
    let (by, at) = (tick.map(|tick| tick.by.clone()), tick.map(|tick| Millis::to_rfc3339(tick.at)));
    Item { phase, item: key, title, person: by_person && !is_found, done, evidence, by, at }
}

/// The items that a person may tick.
pub(crate) fn of_people() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter(|known| known.by_person).map(|known| known.key)
}

/// Tells whether a machine alone judges an item.
pub(crate) fn is_judged(key: &str) -> bool {
    KNOWN.iter().any(|known| known.key == key && !known.by_person)
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

    #[test]
    fn what_the_journal_tells_needs_nobody_and_a_slower_probe_needs_somebody() {
        let none = BTreeMap::new();
        let told = Facts {
            status: Some(BatchStatus::Completed),
            baseline: Some("9 tables".into()),
            documents: Some("docs/a.md".into()),
            probes: Some((false, "probe by_day is slower".into())),
            ..Facts::default()
        };
        assert_eq!(done(&told, &none, "monitoring_baseline"), Some(true));
        assert_eq!(done(&told, &none, "documentation_updated"), Some(true));
        assert_eq!(done(&told, &none, "performance_verified"), Some(false));
        let tick = Tick { by: "ana@db1".into(), at: Millis(1) };
        let ticks = BTreeMap::from([("performance_verified".to_owned(), tick)]);
        assert_eq!(done(&told, &ticks, "performance_verified"), Some(true), "somebody accepts it");
        let open = Facts { status: None, ..told };
        assert_eq!(done(&open, &none, "monitoring_baseline"), None, "not before the end");
    }

    #[test]
    fn monitoring_is_a_worker_whose_metrics_answer() {
        let none = BTreeMap::new();
        let is = |facts: &Facts| done(facts, &none, "monitoring");
        let worker = Facts { worker: Some("ops@db1 7".into()), hooks: vec!["ops".into()], ..Facts::default() };
        assert_eq!(is(&Facts::default()), Some(false));
        assert_eq!(is(&worker), Some(false), "it serves none");
        assert_eq!(is(&Facts { metrics: Some(Err("refused".into())), ..worker.clone() }), Some(false));
        assert_eq!(is(&Facts { metrics: Some(Ok("answer".into())), ..worker }), Some(true));
        assert_eq!(is(&Facts { own_metrics: Some("127.0.0.1:1".into()), ..Facts::default() }), Some(true));
    }
}
