//! Leases, fencing tokens, the barrier, commands and decision windows as a model that is explored exhaustively for
//! small sizes (`CARIBOU_MODEL=large` for larger ones): two workers that crash, sleep and lose their lease at any
//! moment. What they decide, and what follows from it, is decided by the program's own `decide`, `World::apply` and
//! `scheduler::next`; only the database is a model.

mod log;
mod rules;
mod state;

use crate::model::testing::submission;
use crate::model::*;
use log::Log;
use rules::{BATCH, RULES, Rules};
use state::{Session, Stage, State};
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    /// Takes the lease, which nobody holds, whose time is over, or whose holder has vanished.
    Take(usize),
    /// The lease runs out; its holder does not know.
    Expire,
    /// kill -9.
    Crash(usize),
    Clear(usize),
    Look(usize),
    Step(usize),
    Commit(usize),
    Send(usize),
    /// The server carries the statement out.
    Run(usize),
    /// The server notices that the client is gone, and drops the statement.
    Drop(usize),
    HearEnd(usize),
    HearCommand(usize, usize),
    HearDecision(usize),
    Lapse(usize),
    Release(usize),
    Tick,
}

impl Rules {
    fn of_worker(&self, state: &State, w: usize, actions: &mut Vec<Action>) {
        let Some(up) = &state.workers[w] else {
            // All connections of a process end with it, but for those of a statement under way.
            let has_vanished = |holder: usize| state.workers[holder].is_none();
            let is_free = !state.live || state.holder.is_none_or(has_vanished);
            if is_free && state.starts > 0 {
                actions.push(Action::Take(w));
            }
            return;
        };
        if state.crashes > 0 {
            actions.push(Action::Crash(w));
        }
        if up.uncommitted {
            actions.push(Action::Commit(w));
        } else if up.to_send.is_some() {
            actions.push(Action::Send(w));
        } else if up.stage == Stage::Taken {
            // A statement that still runs is waited for: it ends, or is dropped.
            let is_left = |s: &Session| matches!(s, Session::Busy { token, .. } if *token < up.token);
            if !self.barrier || !state.sessions.iter().any(is_left) {
                actions.push(Action::Clear(w));
            }
        } else if up.stage == Stage::Cleared {
            actions.push(Action::Look(w));
        }
        if up.stage != Stage::Driving || up.to_send.is_some() || up.ready.is_some() {
            return;
        }
        if matches!(state.sessions[w], Session::Done { token } if token == up.token) {
            actions.push(Action::HearEnd(w));
        }
        self.of_driver(state, w, up, actions);
    }

    fn of_driver(&self, state: &State, w: usize, up: &state::Up, actions: &mut Vec<Action>) {
        let batch = &up.view.world.batches[&BATCH];
        let next = super::scheduler::next(batch, 1);
        use super::scheduler::Next;
        let is_busy = matches!(state.sessions[w], Session::Busy { .. } | Session::Done { .. });
        match next {
            Next::Do(_) | Next::Exhausted if !is_busy => actions.push(Action::Step(w)),
            Next::Ended | Next::Held if !up.uncommitted && !is_busy => actions.push(Action::Release(w)),
            _ => {}
        }
        let open =
            |n: &usize| !state.durable.commands.contains_key(&(*n as i64 + 1)) && !up.heard.contains(&(*n as i64 + 1));
        actions.extend((0..self.commands.len()).filter(open).map(|n| Action::HearCommand(w, n)));
        let windows = || batch.rollbacks.values().filter(|r| r.class != Class::A);
        if self.window && windows().next().is_some() && !up.decided && state.durable.decisions.is_empty() {
            actions.push(Action::HearDecision(w));
        }
        if windows().any(|r| r.is_awaiting() && r.has_lapsed(Millis(state.now))) {
            actions.push(Action::Lapse(w));
        }
    }
}

impl Model for Rules {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut plan = submission(&[(FileType::Module, self.statements, &[])]);
        plan.policy.windows = Windows { b: 2, ..Windows::default() };
        let mut durable = Log::empty();
        durable.give(
            Input::Submitted { submission: Box::new(plan), operator: "ana@10.%".into(), command: None },
            Millis(0),
        );
        vec![State {
            token: 0,
            holder: None,
            live: false,
            durable,
            workers: [None, None],
            sessions: [Session::Closed, Session::Closed],
            effects: BTreeMap::new(),
            now: 0,
            starts: self.starts,
            crashes: self.crashes,
            expiries: self.expiries,
            wrong: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for w in 0..2 {
            self.of_worker(state, w, actions);
            if matches!(state.sessions[w], Session::Busy { .. }) {
                actions.push(Action::Run(w));
                if is_dropped(state, w, self.barrier) {
                    actions.push(Action::Drop(w));
                }
            }
        }
        if state.live && state.expiries > 0 {
            actions.push(Action::Expire);
        }
        if state.now < self.until {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Take(w) => state.take(w),
            Action::Expire => {
                state.live = false;
                state.expiries -= 1;
            }
            Action::Crash(w) => {
                state.crashes -= 1;
                state.end(w);
            }
            Action::Clear(w) => state.clear(w, *self),
            Action::Look(w) => state.look(w),
            Action::Step(w) => state.step(w, *self),
            Action::Commit(w) => state.commit(w, *self),
            Action::Send(w) => state.send(w),
            Action::Run(w) => state.run(w),
            Action::Drop(w) => state.sessions[w] = Session::Closed,
            Action::HearEnd(w) => state.hear_end(w),
            Action::HearCommand(w, n) => state.hear_command(w, n as i64 + 1, self.commands[n]()),
            Action::HearDecision(w) => state.hear_decision(w),
            Action::Lapse(w) => state.lapse(w),
            Action::Release(w) => {
                if state.workers[w].as_ref().is_some_and(|up| up.token == state.token) {
                    (state.holder, state.live) = (None, false);
                }
                state.end(w);
            }
            Action::Tick => state.now += 1,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("no two workers act", |_, state: &State| state.wrong.is_none()),
            Property::always("no statement takes effect twice", |_, state: &State| {
                state.effects.values().all(|times| *times <= 1)
            }),
            Property::always("no command is done twice", |_, state: &State| {
                state.durable.commands.values().chain(state.durable.decisions.values()).all(|times| *times <= 1)
            }),
            Property::always("no command that was heard and committed is lost", |_, state: &State| {
                let current = state.workers.iter().flatten().filter(|up| up.token == state.token && !up.uncommitted);
                current.flat_map(|up| &up.heard).all(|id| state.durable.commands.contains_key(id))
            }),
            Property::always("no approval after the deadline", |_, state: &State| {
                let log = &state.durable;
                !(log.approved_late || log.approved && log.lapsed)
            }),
            Property::always("what the journal says at the end is what stands", |_, state: &State| is_true(state)),
            Property::sometimes("it completes", |_, state: &State| ends(state, BatchStatus::Completed)),
            Property::sometimes("it is rolled back", |_, state: &State| ends(state, BatchStatus::RolledBack)),
        ];
        if self.window {
            properties.push(Property::sometimes("it is approved", |_, state: &State| state.durable.approved));
            properties.push(Property::sometimes("a window lapses", |_, state: &State| state.durable.lapsed));
        }
        properties
    }
}

/// Tells whether the server may give up a statement: its client is gone, or somebody who takes over has killed its
/// connection.
fn is_dropped(state: &State, w: usize, barrier: bool) -> bool {
    let Session::Busy { token, .. } = state.sessions[w] else { return false };
    let clears =
        |up: &state::Up| up.stage == Stage::Taken && !up.uncommitted && up.token == state.token && up.token > token;
    let is_orphan = state.workers[w].as_ref().is_none_or(|up| up.token != token);
    is_orphan || (barrier && state.workers.iter().flatten().any(clears))
}

fn ends(state: &State, status: BatchStatus) -> bool {
    state.durable.world.batches[&BATCH].status == status
}

/// True if each statement stands exactly when the journal says so, once nothing is under way any more.
fn is_true(state: &State) -> bool {
    let batch = &state.durable.world.batches[&BATCH];
    let quiet = state.sessions.iter().all(|s| !matches!(s, Session::Busy { .. }));
    if !quiet || !batch.active.is_empty() || !batch.status.is_final() {
        return true;
    }
    batch.files.values().all(|file| {
        let stands = |statement: u32| {
            let times = |undo| state.effects.get(&state::Job { file: file.id, statement, undo }).copied().unwrap_or(0);
            times(false) > times(true)
        };
        let in_force: Vec<u32> = file.in_force().collect();
        (0..file.statements).all(|n| stands(n) == in_force.contains(&n))
    })
}

/// Explores everything, and says how much that was.
#[track_caller]
fn explore(what: &str, rules: Rules) {
    let is_large = std::env::var("CARIBOU_MODEL").is_ok_and(|size| size == "large");
    let rules = if is_large { Rules { starts: 3, expiries: 2, ..rules } } else { rules };
    let checked = rules.checker().threads(2).spawn_bfs().join();
    eprintln!("{what}: {} states, {} of them different", checked.state_count(), checked.unique_state_count());
    checked.assert_properties();
}

/// True if one of these properties is violated; stops at the first violation.
fn wrong(rules: Rules) -> bool {
    let checked = rules.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let found = checked.discoveries();
    ["no two workers act", "no statement takes effect twice", "what the journal says at the end is what stands"]
        .iter()
        .any(|property| found.contains_key(property))
}

#[test]
fn two_workers_that_crash_and_lose_their_lease_do_each_statement_once() {
    explore("leases", RULES);
}

#[test]
fn commands_are_answered_once() {
    let commands: &[fn() -> Verb] = &[|| Verb::Pause, || Verb::Abort { keep_completed: false }];
    explore("commands", Rules { commands, statements: 1, ..RULES });
}

#[test]
fn a_window_is_decided_in_time_or_lapses() {
    explore("windows", Rules { window: true, statements: 1, until: 3, ..RULES });
}

#[test]
fn without_the_fence_the_model_finds_what_goes_wrong() {
    assert!(wrong(Rules { fence: false, ..RULES }));
}

#[test]
fn without_the_barrier_the_model_finds_what_goes_wrong() {
    assert!(wrong(Rules { barrier: false, ..RULES }));
}
