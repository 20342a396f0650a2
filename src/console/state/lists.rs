//! Lists that screens have asked for: what was told, when, and when it is asked for again.

use super::action::Screen;
use crate::console::feed::FeedError;
use crate::console::lists::{
    AlertList, CheckList, CheckResult, Checklist, DecidedRollback, HistoryList, List, ListRequest,
};
use crate::console::safe_text::SafeText;
use crate::model::{AlertId, AlertStatus, BatchId, Event, EventKind};

/// Time that an answer is waited for before the same is asked again, in milliseconds.
const PATIENCE: u64 = 30_000;
/// Time that a list stands while its screen is on, in milliseconds.
const ALERTS_STAND: u64 = 30_000;
/// The same on every other screen, where they are counted.
const ALERTS_COUNTED: u64 = 60_000;
/// The same while a change is awaited.
const SOON: u64 = 1_500;
const HISTORY_STANDS: u64 = 60_000;
const CHECKLIST_STANDS: u64 = 15_000;
const DECIDED_STANDS: u64 = 60_000;

/// A list, as far as it is known.
#[derive(Debug, Default)]
pub struct Slot<T> {
    pub told: Option<T>,
    /// Reason why it could not be read the last time.
    pub error: Option<SafeText>,
    /// Times when it was asked for and answered, on the console's own clock.
    asked: Option<u64>,
    answered: Option<u64>,
    /// It may be another one now.
    pub due: bool,
}

impl<T> Slot<T> {
    /// True if it is to be asked for now; it then counts as asked.
    fn ask(&mut self, now: u64, stands: Option<u64>) -> bool {
        if self.asked.is_some_and(|at| now.saturating_sub(at) < PATIENCE) {
            return false;
        }
        let is_old = match (self.answered, stands) {
            (None, _) => true,
            (Some(at), Some(stands)) => now.saturating_sub(at) >= stands,
            (Some(_), None) => false,
        };
        let wanted = self.due || is_old;
        if wanted {
            (self.asked, self.due) = (Some(now), false);
        }
        wanted
    }

    fn answer(&mut self, now: u64, told: Result<T, SafeText>) {
        (self.asked, self.answered) = (None, Some(now));
        match told {
            Ok(told) => (self.told, self.error) = (Some(told), None),
            Err(why) => self.error = Some(why),
        }
    }
}

/// The lists of the screens.
#[derive(Debug, Default)]
pub struct Lists {
    pub checks: Slot<CheckList>,
    pub alerts: Slot<AlertList>,
    pub history: Slot<HistoryList>,
    pub checklist: Slot<Checklist>,
    pub decided: Slot<Vec<DecidedRollback>>,
    awaited: Option<Awaited>,
}

/// A change of an alert in a batch that is not on the screen: no event tells of it, so the list is read until it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Awaited {
    alert: AlertId,
    to: AlertStatus,
    until: u64,
}

impl Lists {
    /// The request that is due now: for the screen that is on, or for the alerts, which are counted on every screen.
    pub fn request(&mut self, screen: Screen, batch: Option<BatchId>, now: u64) -> Option<ListRequest> {
        if self.checks.told.as_ref().is_some_and(|list| Some(list.batch) != batch) {
            self.checks = Slot::default();
        }
        if self.checklist.told.as_ref().is_some_and(|list| Some(list.batch) != batch) {
            self.checklist = Slot::default();
        }
        let wanted = match (screen, batch) {
            (Screen::Validations, Some(batch)) => self.checks.ask(now, None).then_some(ListRequest::Checks(batch)),
            (Screen::History, _) => self.history.ask(now, Some(HISTORY_STANDS)).then_some(ListRequest::History),
            (Screen::Checklist, Some(batch)) => {
                self.checklist.ask(now, Some(CHECKLIST_STANDS)).then_some(ListRequest::Checklist(batch))
            }
            (Screen::Decisions, _) => self.decided.ask(now, Some(DECIDED_STANDS)).then_some(ListRequest::Decided),
            _ => None,
        };
        self.awaited = self.awaited.filter(|awaited| now < awaited.until);
        let stands = match self.awaited {
            Some(_) => Some(SOON),
            None => Some(if screen == Screen::Alerts { ALERTS_STAND } else { ALERTS_COUNTED }),
        };
        wanted.or_else(|| self.alerts.ask(now, stands).then_some(ListRequest::Alerts))
    }

    /// Takes in an answer.
    pub fn take(&mut self, now: u64, wanted: ListRequest, told: Result<List, FeedError>) {
        let told = told.map_err(|error| SafeText::new(error.to_string()));
        match (wanted, told) {
            (_, Ok(List::Checks(list))) => self.checks.answer(now, Ok(list)),
            (_, Ok(List::Alerts(list))) => self.alerts.answer(now, Ok(list)),
            (_, Ok(List::History(list))) => self.history.answer(now, Ok(list)),
            (_, Ok(List::Checklist(list))) => self.checklist.answer(now, Ok(list)),
            (_, Ok(List::Decided(list))) => self.decided.answer(now, Ok(list)),
            (ListRequest::Checks(_), Err(why)) => self.checks.answer(now, Err(why)),
            (ListRequest::Alerts, Err(why)) => self.alerts.answer(now, Err(why)),
            (ListRequest::History, Err(why)) => self.history.answer(now, Err(why)),
            (ListRequest::Checklist(_), Err(why)) => self.checklist.answer(now, Err(why)),
            (ListRequest::Decided, Err(why)) => self.decided.answer(now, Err(why)),
        }
    }

    /// Adds what an event tells: a result of a check comes on top, and what else changes a list makes it due.
    pub fn note(&mut self, event: &Event) {
        if let Some(list) = self.checks.told.as_mut().filter(|list| list.batch == event.batch) {
            for result in CheckResult::of(event) {
                if !list.results.iter().any(|known| known.id == result.id) {
                    list.results.push(result);
                }
            }
        }
        match event.kind {
            EventKind::AlertRaised { .. } | EventKind::AlertChanged { .. } => self.alerts.due = true,
            EventKind::BatchCreated { .. } | EventKind::BatchStarted | EventKind::BatchEnded { .. } => {
                (self.history.due, self.checklist.due) = (true, true);
            }
            EventKind::RollbackEnded { .. } => (self.history.due, self.decided.due) = (true, true),
            EventKind::DecisionAccepted { .. } | EventKind::WindowLapsed { .. } => self.decided.due = true,
            EventKind::ChecklistTicked { .. } => self.checklist.due = true,
            _ => {}
        }
    }

    /// An alert of another batch is to come to a status.
    pub fn await_alert(&mut self, alert: AlertId, to: AlertStatus, now: u64) {
        self.awaited = Some(Awaited { alert, to, until: now + PATIENCE });
    }

    /// True, once, when the awaited status of an alert has been read.
    pub fn has_come(&mut self) -> bool {
        let Some(Awaited { alert, to, .. }) = self.awaited else { return false };
        let list = self.alerts.told.iter().flat_map(|list| &list.alerts);
        let has_come = list.into_iter().any(|known| known.id == alert && known.status == to);
        if has_come {
            self.awaited = None;
        }
        has_come
    }

    /// Everything has to be read anew: it may be another server.
    pub fn forget(&mut self) {
        *self = Lists::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_once_and_again_when_it_is_old() {
        let mut lists = Lists::default();
        let ask = |lists: &mut Lists, now| lists.request(Screen::History, None, now);
        assert_eq!(ask(&mut lists, 0), Some(ListRequest::History));
        assert_eq!(ask(&mut lists, 10), Some(ListRequest::Alerts), "they are counted on every screen");
        assert_eq!(ask(&mut lists, 20), None);
        lists.take(100, ListRequest::History, Ok(List::History(HistoryList::default())));
        lists.take(100, ListRequest::Alerts, Ok(List::Alerts(AlertList::default())));
        assert_eq!(ask(&mut lists, HISTORY_STANDS), None);
        assert_eq!(ask(&mut lists, HISTORY_STANDS + 100), Some(ListRequest::History));
        assert_eq!(ask(&mut lists, HISTORY_STANDS + 100 + PATIENCE), Some(ListRequest::History), "no answer came");
    }

    #[test]
    fn the_checks_of_another_batch_are_asked_for_anew() {
        let mut lists = Lists::default();
        let (one, other) = (BatchId(1), BatchId(2));
        assert_eq!(lists.request(Screen::Validations, Some(one), 0), Some(ListRequest::Checks(one)));
        let told = CheckList { batch: one, results: Vec::new() };
        lists.take(1, ListRequest::Checks(one), Ok(List::Checks(told)));
        lists.take(1, ListRequest::Alerts, Ok(List::Alerts(AlertList::default())));
        assert_eq!(lists.request(Screen::Validations, Some(one), 50_000), None, "events come on top");
        assert_eq!(lists.request(Screen::Validations, Some(other), 50_001), Some(ListRequest::Checks(other)));
    }
}
