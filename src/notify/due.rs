//! Decides which hook is to be told what.

use super::message::key;
use super::settings::Hook;
use crate::model::{AlertId, AlertStatus, BatchId, hook_alert_title};
use crate::store::{AlertRow, Delivery};
use std::collections::BTreeSet;

/// Record of what was told, and what was given up.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Hook and key.
    settled: BTreeSet<(String, String)>,
    /// Hook and alert of what was delivered.
    delivered: BTreeSet<(String, AlertId)>,
}

impl Told {
    /// Takes in a delivery that has come to its end.
    pub(super) fn take(&mut self, delivery: &Delivery) {
        self.settled.insert((delivery.hook.clone(), delivery.key.clone()));
        if delivery.error.is_none() {
            self.delivered.insert((delivery.hook.clone(), delivery.alert));
        }
    }

    /// Tells whether a hook is still to be told how an alert stands.
    pub(super) fn owes(&self, project: &str, hook: &Hook, alert: &AlertRow) -> bool {
        self.concerns(hook, alert) && !self.settled.contains(&(hook.name.clone(), key(project, alert)))
    }

    fn concerns(&self, hook: &Hook, alert: &AlertRow) -> bool {
        // That it fails itself, a hook cannot tell.
        let is_own = alert.batch_id == BatchId::SYSTEM && alert.title == hook_alert_title(&hook.name);
        let reaches = alert.alert_type.gravity() >= hook.least.gravity() && alert.level.max(1) >= hook.level;
        let is_news = match alert.status {
            AlertStatus::New | AlertStatus::Escalated => true,
            // Whoever acknowledges tells the others in their own way.
            AlertStatus::Acknowledged => false,
            // A milestone, which was never open; else whoever was told of it is told of its end.
            AlertStatus::Resolved => {
                alert.created == alert.updated || self.delivered.contains(&(hook.name.clone(), alert.alert_id))
            }
        };
        !is_own && reaches && is_news
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{hook, row};
    use super::*;
    use crate::model::{AlertType, Ymdhis};

    const PROJECT: &str = "db1";

    fn delivered(hook: &Hook, alert: &AlertRow, error: Option<&str>) -> Delivery {
        Delivery {
            alert: alert.alert_id,
            hook: hook.name.clone(),
            key: key(PROJECT, alert),
            attempts: 1,
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn a_hook_hears_what_is_grave_enough_and_has_risen_to_its_level() {
        let told = Told::default();
        let owes = |level, least, alert: &AlertRow| told.owes(PROJECT, &hook("ops", level, least), alert);
        let alert = AlertRow { level: 0, alert_type: AlertType::Warning, ..row() };
        assert!(owes(1, AlertType::Info, &alert));
        assert!(owes(1, AlertType::Warning, &alert));
        assert!(!owes(1, AlertType::Error, &alert), "not grave enough");
        assert!(!owes(2, AlertType::Info, &alert), "it has not risen so far");
        assert!(owes(2, AlertType::Info, &AlertRow { level: 3, ..alert.clone() }));
        assert!(!owes(1, AlertType::Info, &AlertRow { status: AlertStatus::Acknowledged, ..alert }));
    }

    #[test]
    fn what_was_told_is_not_told_twice_and_what_changes_is_told_again() {
        let (mut told, ops, alert) = (Told::default(), hook("ops", 1, AlertType::Info), row());
        told.take(&delivered(&ops, &alert, None));
        assert!(!told.owes(PROJECT, &ops, &alert));
        assert!(told.owes(PROJECT, &hook("lead", 1, AlertType::Info), &alert), "another hook was not told");
        let risen = AlertRow { level: 3, status: AlertStatus::Escalated, ..alert.clone() };
        assert!(told.owes(PROJECT, &ops, &risen));
        let again = AlertRow { updated: Ymdhis(20_260_115_143_001), ..alert };
        assert!(told.owes(PROJECT, &ops, &again), "its acknowledgement is over: it fires again");
    }

    #[test]
    fn an_end_is_told_to_those_who_heard_of_the_beginning() {
        let (mut told, ops, alert) = (Told::default(), hook("ops", 1, AlertType::Info), row());
        let resolved = AlertRow { status: AlertStatus::Resolved, ..alert.clone() };
        assert!(!told.owes(PROJECT, &ops, &resolved));
        told.take(&delivered(&ops, &alert, Some("refused")));
        assert!(!told.owes(PROJECT, &ops, &resolved), "it never arrived");
        told.take(&delivered(&ops, &alert, None));
        assert!(told.owes(PROJECT, &ops, &resolved));
        let milestone = AlertRow { status: AlertStatus::Resolved, updated: alert.created, ..alert };
        assert!(Told::default().owes(PROJECT, &ops, &milestone), "a milestone has no beginning");
    }

    #[test]
    fn a_hook_is_not_told_that_it_fails_itself() {
        let alert = AlertRow { batch_id: BatchId::SYSTEM, title: hook_alert_title("ops"), ..row() };
        assert!(!Told::default().owes(PROJECT, &hook("ops", 1, AlertType::Info), &alert));
        assert!(Told::default().owes(PROJECT, &hook("lead", 1, AlertType::Info), &alert));
    }
}
