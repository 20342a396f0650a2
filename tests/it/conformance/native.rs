//! File sessions are what the native client's would be.

use super::values::file_session;
use crate::support::{Fresh, on_both_servers};
use caribou::database::{Purpose, ServerKind, Session};

/// Variables that are to differ: ours are short on purpose, and what names the connection or the moment.
const OURS: [&str; 10] = [
    "lock_wait_timeout",
    "wait_timeout",
    "pseudo_thread_id",
    "timestamp",
    "rand_seed1",
    "rand_seed2",
    "last_gtid",
    "gtid_seq_no",
    // Of the whole server, and another with each transaction of anybody's.
    "gtid_executed",
    "statement_id",
];

async fn session_variables_are_the_native_clients(fresh: Fresh) {
    let native = fresh.native("SHOW SESSION VARIABLES");
    let mut session = file_session(&fresh).await;
    let ours = session.query_text("SHOW SESSION VARIABLES").await.expect("variables");
    assert!(ours.len() > 300, "{}", ours.len());
    let ours: Vec<(String, String)> = ours.iter().map(|row| (row.get_text(0), row.get_text(1))).collect();
    let mut different = Vec::new();
    for line in native.lines() {
        let (name, value) = line.split_once('\t').unwrap_or((line, ""));
        let found = ours.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        // The client writes line ends and tabs as escapes.
        let same = found.is_some_and(|found| found.replace('\n', "\\n").replace('\t', "\\t") == value);
        if !same && !OURS.contains(&name) {
            different.push(format!("{name}: native {value:?}, ours {found:?}"));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    let found = |name: &str| ours.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    assert_eq!(found("lock_wait_timeout").as_deref(), Some("3"));
    assert_eq!(found("wait_timeout").as_deref(), Some("120"));
}

async fn a_changed_default_mode_reaches_files_and_not_our_own_sessions(fresh: Fresh) {
    let server =
        crate::support::PrivateServer::own(fresh.kind, &["--sql-mode=ANSI_QUOTES", "--default-time-zone=+03:00"]);
    let own = Fresh::in_server(&server);
    let mode = async |session: &mut dyn Session| {
        let rows = session.query_text("SELECT @@sql_mode, @@time_zone").await.expect("settings");
        (rows[0].get_text(0), rows[0].get_text(1))
    };
    let database = own.database().await;
    let mut file = database.open(Purpose::File).await.expect("a session");
    assert_eq!(mode(file.as_mut()).await, ("ANSI_QUOTES".to_owned(), "+03:00".to_owned()));
    let mut journal = database.open(Purpose::Journal).await.expect("a session");
    let expected = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";
    assert_eq!(mode(journal.as_mut()).await, (expected.to_owned(), "+00:00".to_owned()));
}

async fn two_pipes_are_or_and_a_blank_before_a_bracket_is_allowed_as_natively(fresh: Fresh) {
    let text = "SELECT '1' || '0', (SELECT COUNT(*) FROM (SELECT 1 AS count) AS t)";
    let native = fresh.native(text);
    let mut session = file_session(&fresh).await;
    let row = session.query_text(text).await.expect("rows").remove(0);
    assert_eq!(format!("{}\t{}\n", row.get_text(0), row.get_text(1)), native);
}

async fn tls_is_used_and_verified_when_asked(fresh: Fresh) {
    if fresh.kind == ServerKind::MariaDb {
        // MariaDB 10.11 makes no certificate of its own: what is required is refused, and preferred goes without.
        let mut target = fresh.target.clone();
        target.address_mut().expect("a server").tls.mode = caribou::database::SslMode::Required;
        let error = caribou::database::connect(&target).await.expect_err("no TLS there");
        assert!(error.to_string().contains("TLS"), "{error}");
        return;
    }
    use caribou::database::SslMode;
    let server = crate::support::PrivateServer::shared(fresh.kind);
    let mut target = fresh.target.clone();
    let address = target.address_mut().expect("a server");
    (address.tls.mode, address.tls.ca) = (SslMode::VerifyCa, Some(server.dir.join("data/ca.pem")));
    let database = caribou::database::connect(&target).await.expect("its own authority verifies");
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let cipher = session.query_text("SHOW SESSION STATUS LIKE 'Ssl_cipher'").await.expect("rows").remove(0);
    assert!(!cipher.get_text(1).is_empty());
    let address = target.address_mut().expect("a server");
    address.tls.ca = Some(server.dir.join("data/client-cert.pem"));
    let error = caribou::database::connect(&target).await.expect_err("another authority does not");
    assert!(error.to_string().contains("TLS"), "{error}");
}

async fn a_socket_is_as_good_as_a_port(fresh: Fresh) {
    let mut target = fresh.target.clone();
    let address = target.address_mut().expect("a server");
    address.socket = Some(crate::support::PrivateServer::shared(fresh.kind).socket());
    address.port = 1;
    let database = caribou::database::connect(&target).await.expect("by its socket");
    assert!(database.label().ends_with("server.sock"), "{}", database.label());
}

on_both_servers!(
    session_variables_are_the_native_clients,
    a_changed_default_mode_reaches_files_and_not_our_own_sessions,
    two_pipes_are_or_and_a_blank_before_a_bracket_is_allowed_as_natively,
    tls_is_used_and_verified_when_asked,
    a_socket_is_as_good_as_a_port,
);
