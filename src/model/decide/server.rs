//! Another server than the one that the journal was written on: everything holds until a person accepts it.

use super::input::Draft;
use crate::model::{AlertId, AlertStatus, AlertType, BatchId, Command, EventKind, Servers, Token, Verb, World};

/// The title of the alert, by which it is found again when it is settled.
const TITLE: &str = "another server";

/// The lease was taken on a server that the journal does not know.
pub(super) fn changed(world: &World, token: Token, holder: String, connection: u64, servers: Servers) -> Vec<Draft> {
    let message = format!(
        "The journal was written on {}, and this is {}: a failover, a clone, or a copy that was restored. Nothing runs, \
         nothing is rolled back and nothing is ended until a person says that this server is the right one: `caribou \
         accept-server`.",
        servers.known, servers.found
    );
    let alert = EventKind::alert(AlertId(world.ids.alert + 1), None, AlertType::Critical, TITLE, message);
    let changed = EventKind::ServerChanged { token, holder, connection, known: servers.known, found: servers.found };
    vec![Draft::new(BatchId::SYSTEM, changed), Draft::new(BatchId::SYSTEM, alert)]
}

/// Answers a command while everything holds; `None` when nothing does.
pub(super) fn while_held(world: &World, command: &Command) -> Option<Vec<Draft>> {
    let answer = match (&world.system.other, &command.verb) {
        (None, Verb::AcceptServer { .. }) => Err("this is the server that the journal knows".to_owned()),
        (None, _) => return None,
        (Some(other), Verb::AcceptServer { server }) if *server != other.found => {
            Err(format!("moved on since you looked: the server is {}", other.found))
        }
        (Some(_), Verb::AcceptServer { server }) => match command.reason.as_deref().map(str::trim) {
            None | Some("") => Err("accepting a server needs a reason".to_owned()),
            Some(reason) => Ok(accepted(world, server, reason)),
        },
        (Some(other), _) => Err(holds(other)),
    };
    let by = |kind| Draft { batch: BatchId::SYSTEM, operator: Some(command.operator.clone()), kind };
    let (id, verb) = (command.id, command.verb.clone());
    Some(match answer {
        Err(reason) => vec![by(EventKind::CommandRefused { command: id, verb, reason })],
        Ok(kinds) => {
            let mut all = vec![EventKind::CommandAccepted { command: id, verb, reason: command.reason.clone() }];
            all.extend(kinds);
            all.push(EventKind::CommandEffective { command: id });
            all.into_iter().map(by).collect()
        }
    })
}

/// Reason why nothing moves.
pub(super) fn holds(other: &Servers) -> String {
    format!(
        "this is another server ({}) than the one that the journal was written on ({}); `caribou accept-server` says that \
         it is the right one",
        other.found, other.known
    )
}

fn accepted(world: &World, server: &str, reason: &str) -> Vec<EventKind> {
    let mut events = vec![EventKind::ServerAccepted { server: server.to_owned(), reason: reason.to_owned() }];
    let open = world.system.alerts.values().filter(|a| a.title == TITLE && a.status == AlertStatus::New);
    events.extend(open.map(|a| EventKind::AlertChanged {
        alert: a.id,
        status: AlertStatus::Resolved,
        level: a.level,
        alert_type: None,
        timer: None,
    }));
    events
}

#[cfg(test)]
mod tests {
    use crate::model::*;

    fn apply(world: &mut World, drafts: Vec<Draft>) -> Vec<EventKind> {
        let mut kinds = Vec::new();
        for draft in drafts {
            let event =
                Event { batch: draft.batch, seq: Seq(1), at: Millis(1), operator: draft.operator, kind: draft.kind };
            world.apply(&event);
            kinds.push(event.kind);
        }
        kinds
    }

    fn command(verb: Verb, reason: Option<&str>) -> Input {
        Input::Commanded(Command {
            id: CommandId(7),
            batch: BatchId::SYSTEM,
            operator: "ana@localhost".into(),
            verb,
            reason: reason.map(str::to_owned),
            expects: Expectation::default(),
            submission: None,
        })
    }

    fn held() -> World {
        let mut world = World::default();
        let servers = Servers { known: "mysql:a".into(), found: "mysql:b".into() };
        let input =
            Input::OtherServer { token: Token(2), holder: "worker".into(), connection: 9, servers: servers.clone() };
        let drafts = decide(&world, input).unwrap();
        apply(&mut world, drafts);
        assert_eq!(world.system.other, Some(servers));
        world
    }

    fn is_refused(world: &mut World, input: Input, why: &str) {
        let drafts = decide(world, input).unwrap();
        match apply(world, drafts).as_slice() {
            [EventKind::CommandRefused { reason, .. }] => assert!(reason.contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_obeyed_on_another_server_but_its_acceptance() {
        let mut world = held();
        assert!(world.system.alerts.values().any(|a| a.alert_type == AlertType::Critical));
        is_refused(&mut world, command(Verb::Pause, None), "another server (mysql:b)");
        is_refused(&mut world, command(Verb::Run, None), "accept-server");
        let accept = |server: &str| Verb::AcceptServer { server: server.to_owned() };
        is_refused(&mut world, command(accept("mysql:c"), Some("restored")), "moved on");
        is_refused(&mut world, command(accept("mysql:b"), Some(" ")), "needs a reason");
        let drafts = decide(&world, command(accept("mysql:b"), Some("restored"))).unwrap();
        assert!(drafts.iter().all(|d| d.operator.as_deref() == Some("ana@localhost")));
        apply(&mut world, drafts);
        assert_eq!(world.system.other, None);
        assert!(world.system.alerts.values().all(|a| a.status == AlertStatus::Resolved));
        is_refused(&mut world, command(accept("mysql:b"), Some("again")), "the server that the journal knows");
    }
}
