//! Findings of probes: what was measured before, and how it compares after.

use super::measure::RUN;
use super::slower::{Comparison, Figures, compare};
use crate::model::{Class, Finding, MeasuredProbe, ProbeFinding, ValidationStatus};

/// Name of the check in the validation log.
pub const CHECK: &str = "performance_probe";

/// What was measured before: a probe that could not be is a warning, and is not compared.
pub(super) fn before(measured: &MeasuredProbe) -> ProbeFinding {
    let name = &measured.probe.name;
    match (&measured.failed, Figures::of(measured)) {
        (Some(failure), _) => {
            let result = format!("probe {name} could not be measured, and is not compared: {}", failure.message);
            finding(measured, ValidationStatus::Warning, None, result)
        }
        (None, Some(figures)) => {
            finding(measured, ValidationStatus::Passed, None, format!("probe {name}: {}", told(&figures)))
        }
        (None, None) => finding(measured, ValidationStatus::Warning, None, format!("probe {name} was not measured")),
    }
}

/// True if a probe is slower, or refused: it is worth a second look.
pub(super) fn is_worse(before: &MeasuredProbe, after: &MeasuredProbe) -> bool {
    matches!(compare(before, after, limit()), Comparison::Slower { .. } | Comparison::Refused(_))
}

/// How it compares after, with both plans where it is worse.
pub(super) fn after(before: &MeasuredProbe, after: &MeasuredProbe) -> ProbeFinding {
    let name = &before.probe.name;
    let figures =
        |measured: &MeasuredProbe| Figures::of(measured).map_or_else(|| "not measured".to_owned(), |f| told(&f));
    let both = || format!("before: {}\nafter: {}", figures(before), figures(after));
    match compare(before, after, limit()) {
        Comparison::Kept { ratio } => {
            let result = format!("probe {name}: {ratio:.1} times as slow as before\n{}", both());
            finding(after, ValidationStatus::Passed, None, result)
        }
        Comparison::Slower { ratio, at_least } => {
            let word = if at_least { "at least " } else { "" };
            let most = before.probe.max_ratio;
            let result = format!(
                "probe {name} is {word}{ratio:.1} times as slow as before (at most {most} is allowed)\n{}\n{}",
                both(),
                plans(before, after)
            );
            finding(after, ValidationStatus::Warning, Some(Class::B), result)
        }
        Comparison::Refused(why) => {
            let result = format!("probe {name} ran before, and is refused now: {why}\n{}", plans(before, after));
            finding(after, ValidationStatus::Warning, Some(Class::B), result)
        }
        Comparison::Untold(why) => {
            finding(after, ValidationStatus::Warning, None, format!("probe {name} is not compared: {why}"))
        }
    }
}

fn limit() -> u64 {
    u64::try_from(RUN.as_micros()).unwrap_or(u64::MAX)
}

fn plans(before: &MeasuredProbe, after: &MeasuredProbe) -> String {
    let plan = |measured: &MeasuredProbe| measured.plan.clone().unwrap_or_else(|| "(none)".to_owned());
    format!("plan before:\n{}\nplan after:\n{}", plan(before), plan(after))
}

fn told(figures: &Figures) -> String {
    let ms = |us: u64| format!("{:.1} ms", us as f64 / 1000.0);
    let Figures { median, deviation, slowest, runs } = *figures;
    format!("median {} of {runs} runs (deviation {}, slowest {})", ms(median), ms(deviation), ms(slowest))
}

fn finding(measured: &MeasuredProbe, status: ValidationStatus, class: Option<Class>, result: String) -> ProbeFinding {
    let ms = measured.us.iter().sum::<u64>() / 1000;
    let finding = Finding { check: CHECK.to_owned(), status, class, result, ms };
    ProbeFinding { probe: Some(measured.probe.name.clone()), finding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Probe, ProbeFailure, ProbeFailureKind};

    fn measured(us: &[u64], plan: &str) -> MeasuredProbe {
        let probe = Probe {
            name: "by_day".into(),
            sql: "SELECT 1".into(),
            tables: vec!["orders".into()],
            max_ratio: 1.5,
            runs: 3,
        };
        MeasuredProbe { us: us.to_vec(), plan: Some(plan.to_owned()), ..MeasuredProbe::new(probe) }
    }

    #[test]
    fn a_slower_probe_is_class_b_with_both_plans() {
        let (was, now) = (measured(&[1000, 1100, 1050], "index"), measured(&[90_000, 91_000, 92_000], "scan"));
        let found = after(&was, &now).finding;
        assert_eq!((found.status, found.class), (ValidationStatus::Warning, Some(Class::B)));
        assert!(found.result.starts_with("probe by_day is 86.7 times as slow as before"), "{}", found.result);
        assert!(found.result.ends_with("plan before:\nindex\nplan after:\nscan"), "{}", found.result);
        assert!(is_worse(&was, &now) && !is_worse(&was, &was));
        assert_eq!(after(&was, &was).finding.status, ValidationStatus::Passed);
    }

    #[test]
    fn what_was_not_measured_before_is_a_warning_and_opens_nothing() {
        let failure = ProbeFailure { kind: ProbeFailureKind::Refused, message: "no such table".into() };
        let was = MeasuredProbe { failed: Some(failure.clone()), ..measured(&[], "") };
        let (first, second) = (before(&was).finding, after(&was, &measured(&[1, 2, 3], "")).finding);
        for found in [&first, &second] {
            assert_eq!((found.status, found.class), (ValidationStatus::Warning, None), "{found:?}");
            assert!(found.result.contains("no such table"), "{found:?}");
        }
        let gone = MeasuredProbe { failed: Some(failure), ..measured(&[], "") };
        assert_eq!(after(&measured(&[1, 2, 3], ""), &gone).finding.class, Some(Class::B), "it ran before");
    }
}
