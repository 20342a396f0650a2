//! Stamps of a request, who asked and when: the server sets them, whatever the session claims.

use super::{Cast, refused};
use crate::support::{Fresh, on_both_servers};
use caribou::database::Session;
use caribou::model::{BatchId, CommandId, Verb};
use caribou::store::{
    NewCommand, PendingCommand, Role, SessionNote, SessionRole, pending_requests, submit_command, touch_session,
};
use std::time::Duration;

/// The server's own clock, in the milliseconds of the tables.
const NOW: &str = "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED)";

/// The newest command or decision: who, and when.
async fn newest(cast: &Cast, table: &str, key: &str) -> (String, i64) {
    let ours = cast.orchestration();
    let sql = format!("SELECT operator, submitted_ms FROM {ours}.{table} ORDER BY {key} DESC LIMIT 1");
    let mut root = cast.session().await;
    let rows = root.query_text(&sql).await.expect("rows");
    root.close().await;
    (rows[0].get_text(0), rows[0].get_i64(1))
}

/// Calls, and checks that the stamp is the session's user and the server's time.
async fn is_stamped(cast: &Cast, session: &mut dyn Session, call: &str, role: Role) {
    let (table, key) = match call.contains("submit_decision") {
        true => ("migration_decisions", "decision_id"),
        false => ("migration_commands", "command_id"),
    };
    let before = cast.number(NOW).await;
    session.query_text(call).await.unwrap_or_else(|error| panic!("{call}: {error}"));
    let after = cast.number(NOW).await;
    let (who, at) = newest(cast, table, key).await;
    assert_eq!(who.rsplit_once('@').map(|(user, _)| user), Some(cast.name(role).as_str()), "{call}");
    assert!((before..=after).contains(&at), "{call}: stamped {at}, and it was {before} to {after}");
}

fn submit(cast: &Cast) -> String {
    format!(
        "CALL {}.submit_command(1, 'pause', '{{\"verb\":\"pause\"}}', NULL, '{{}}', NULL, 'root')",
        cast.orchestration()
    )
}

fn decide(cast: &Cast) -> String {
    format!("CALL {}.submit_decision(1, 1, 'approve', NULL, NULL, 'root')", cast.orchestration())
}

/// An approval must not be backdated into its window, nor a command before another's.
async fn a_session_cannot_choose_the_time(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    for (role, call) in [(Role::Operator, submit(&cast)), (Role::Approver, decide(&cast))] {
        let mut session = cast.by_hand(role).await;
        for setting in [
            "SET timestamp = 1000000000",
            "SET time_zone = '+13:00'",
            "SET time_zone = '-12:00', timestamp = 2000000000",
            "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
        ] {
            session.query_text(setting).await.unwrap_or_else(|error| panic!("{setting}: {error}"));
            is_stamped(&cast, session.as_mut(), &call, role).await;
        }
        session.close().await;
    }
}

/// The effect that `insert_id` would have: with the highest number taken, nobody could ask for anything again.
async fn a_session_cannot_use_up_the_numbers(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    for (role, call) in [(Role::Operator, submit(&cast)), (Role::Approver, decide(&cast))] {
        let mut session = cast.by_hand(role).await;
        session.query_text("SET insert_id = 9223372036854775807").await.expect("anybody may set it");
        let error = session.query_text(&call).await.expect_err("the number is the server's");
        assert!(error.message.contains("insert_id"), "{error}");
        session.close().await;
        let mut another = cast.by_hand(role).await;
        is_stamped(&cast, another.as_mut(), &call, role).await;
        another.close().await;
    }
    let highest =
        cast.number(&format!("SELECT MAX(command_id) FROM {}.migration_commands", cast.orchestration())).await;
    assert!(highest < 1_000, "{highest}");
}

/// The command's own words about who asks are not what the worker reads.
async fn nobody_asks_under_the_name_of_another(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let ours = cast.orchestration();
    let operator = cast.store(Role::Operator).await;
    let mut session = cast.by_hand(Role::Operator).await;
    let claimed = format!(
        "CALL {ours}.submit_command(1, 'pause', '{{\"verb\":\"pause\",\"operator\":\"root@localhost\"}}', NULL, \
         '{{\"operator\":\"root@localhost\"}}', NULL, 'root')"
    );
    is_stamped(&cast, session.as_mut(), &claimed, Role::Operator).await;
    submit_command(session.as_mut(), &operator, &NewCommand::new(BatchId(1), Verb::Pause)).await.expect("it may ask");
    let worker = cast.store(Role::Worker).await;
    let mut reading = cast.by_hand(Role::Worker).await;
    for pending in pending_requests(reading.as_mut(), &worker, CommandId(0)).await.expect("commands") {
        let PendingCommand::Readable { request: command, .. } = pending else { panic!("{pending:?}") };
        assert!(command.operator.starts_with(&format!("{}@", cast.name(Role::Operator))), "{command:?}");
    }
    refused(session.as_mut(), &format!("UPDATE {ours}.migration_commands SET operator = 'root@localhost'")).await;
    refused(
        session.as_mut(),
        &format!("INSERT INTO {ours}.migration_commands (verb, operator) VALUES ('abort', 'root@localhost')"),
    )
    .await;
    session.close().await;
    reading.close().await;
}

/// A routine of one's own gives nobody more than its maker may do, and the stamp is the user who is connected.
async fn a_routine_of_ones_own_lends_nothing(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let own = format!("{}own", cast.fresh.schemas().core);
    let name = |role| format!("'{}'@'127.0.0.1'", cast.name(role));
    cast.run_all(vec![
        format!("CREATE DATABASE {own}"),
        format!("GRANT ALL ON {own}.* TO {}", name(Role::Operator)),
        format!("GRANT EXECUTE ON {own}.* TO {}", name(Role::Observer)),
        format!("GRANT EXECUTE ON {own}.* TO {}", name(Role::Approver)),
    ])
    .await;
    let mut operator = cast.by_hand(Role::Operator).await;
    for (routine, body) in [("asks", submit(&cast)), ("decides", decide(&cast))] {
        let make = format!("CREATE PROCEDURE {own}.{routine}() SQL SECURITY DEFINER {body}");
        operator.query_text(&make).await.expect("a schema of its own");
    }
    let sql = format!("CREATE DEFINER = {} PROCEDURE {own}.as_worker() {}", name(Role::Worker), decide(&cast));
    refused(operator.as_mut(), &sql).await;
    // The maker of it may not decide, so it decides for nobody, not even for an approver.
    refused(operator.as_mut(), &format!("CALL {own}.decides()")).await;
    let mut approver = cast.by_hand(Role::Approver).await;
    refused(approver.as_mut(), &format!("CALL {own}.decides()")).await;
    // It may ask, and whoever is connected is the one who asked.
    is_stamped(&cast, operator.as_mut(), &format!("CALL {own}.asks()"), Role::Operator).await;
    let mut observer = cast.by_hand(Role::Observer).await;
    is_stamped(&cast, observer.as_mut(), &format!("CALL {own}.asks()"), Role::Observer).await;
    for session in [operator, approver, observer] {
        session.close().await;
    }
    cast.run_all(vec![format!("DROP DATABASE {own}")]).await;
}

/// The entry of another console cannot be taken over, and none stands for ever.
async fn a_session_speaks_for_itself_only(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let ephemeral = cast.fresh.schemas().ephemeral.clone();
    let approver = cast.store(Role::Approver).await;
    let mut theirs = cast.by_hand(Role::Approver).await;
    let minute = Duration::from_secs(60);
    let note = SessionNote { key: "desk", role: SessionRole::Console, ttl: minute, rollback: None };
    touch_session(theirs.as_mut(), &approver, &note).await.expect("it watches");
    let mut session = cast.by_hand(Role::Observer).await;
    let call = format!("CALL {}.touch_session('desk', 'worker', '{{}}', 2147483647)", cast.orchestration());
    session.query_text(&call).await.expect("it may call it");
    let of_approver = format!("account LIKE '{}@%' AND session_role = 'console'", cast.name(Role::Approver));
    let sql = format!("SELECT COUNT(*) FROM {ephemeral}.sessions WHERE {of_approver}");
    assert_eq!(cast.number(&sql).await, 1, "it is still the approver's");
    session.query_text(&call.replace("desk", "mine")).await.expect("it may call it");
    let year = "CAST(DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL 1 DAY, '%Y%m%d%H%i%s') AS SIGNED)";
    let sql = format!("SELECT COUNT(*) FROM {ephemeral}.sessions WHERE expires_ymdhis > {year}");
    assert_eq!(cast.number(&sql).await, 0, "no entry stands for years");
    session.close().await;
    theirs.close().await;
}

on_both_servers!(
    a_session_cannot_choose_the_time,
    a_session_cannot_use_up_the_numbers,
    nobody_asks_under_the_name_of_another,
    a_routine_of_ones_own_lends_nothing,
    a_session_speaks_for_itself_only,
);
