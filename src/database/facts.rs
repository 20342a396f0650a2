//! Facts that decide whether a server may be migrated at all.

use super::read_only::is_on;
use super::{DbError, ErrorKind, Row, ServerKind, Session, Value};

/// Facts about a server, for the refusals before a batch exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// `read_only` or `super_read_only` is set.
    pub read_only: bool,
    /// The server replicates from these (`host:port`).
    pub replicates_from: Vec<String>,
    /// True if the account may see that at all; false leaves `replicates_from` unknown.
    pub replication_known: bool,
    /// `binlog_format`, where there is a binary log.
    pub binlog_format: Option<String>,
}

impl ServerFacts {
    /// Reason why this server should not be migrated, if so, in a sentence.
    pub fn refusal(&self) -> Option<String> {
        if let Some(source) = self.replicates_from.first() {
            return Some(format!(
                "the server replicates from {source}; migrate that one, or override with --on-replica"
            ));
        }
        if self.read_only {
            return Some(
                "the server is read_only and so probably a replica; migrate its primary, or override with --on-replica"
                    .to_owned(),
            );
        }
        match self.binlog_format.as_deref() {
            Some("STATEMENT") => Some(
                "binlog_format is STATEMENT, under which our procedures are not safe; set it to ROW or MIXED"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Asks for the facts; three round trips.
pub async fn server_facts(session: &mut dyn Session) -> Result<ServerFacts, DbError> {
    let (settings, replication) = match session.kind() {
        ServerKind::Sqlite => {
            return Ok(ServerFacts { replication_known: true, ..ServerFacts::default() });
        }
        ServerKind::MariaDb => {
            ("SELECT @@GLOBAL.read_only, 0, @@GLOBAL.log_bin, @@GLOBAL.binlog_format", &["SHOW ALL SLAVES STATUS"][..])
        }
        // SHOW REPLICA STATUS came with 8.0.22.
        ServerKind::MySql => (
            "SELECT @@GLOBAL.read_only, @@GLOBAL.super_read_only, @@GLOBAL.log_bin, @@GLOBAL.binlog_format",
            &["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"][..],
        ),
    };
    let doing = "ask what the server allows";
    let rows = session.query_text(settings).await.map_err(|error| error.doing(doing))?;
    let row = rows.first().ok_or_else(|| DbError::new(ErrorKind::Internal, doing, "the server gave no answer"))?;
    let mut facts = ServerFacts {
        read_only: is_on(row.get(0)) || is_on(row.get(1)),
        binlog_format: row.opt_text(3).filter(|_| is_on(row.get(2))),
        ..ServerFacts::default()
    };
    for question in replication {
        match session.query_text(question).await {
            Ok(rows) => {
                facts.replication_known = true;
                facts.replicates_from = rows.iter().filter_map(source).collect();
                break;
            }
            Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Syntax) => {}
            Err(error) => return Err(error.doing("ask whether the server is a replica")),
        }
    }
    Ok(facts)
}

fn source(row: &Row) -> Option<String> {
    let named = |names: [&str; 2]| names.iter().find_map(|name| row.named(name)).and_then(Value::as_text);
    let host = named(["Source_Host", "Master_Host"])?;
    let port = named(["Source_Port", "Master_Port"]).unwrap_or_default();
    Some(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_and_read_only_servers_are_refused_and_plain_ones_are_not() {
        let plain = ServerFacts { binlog_format: Some("ROW".to_owned()), ..ServerFacts::default() };
        assert_eq!(plain.refusal(), None);
        for facts in [
            ServerFacts { read_only: true, ..plain.clone() },
            ServerFacts { replicates_from: vec!["db0:3306".to_owned()], ..plain.clone() },
            ServerFacts { binlog_format: Some("STATEMENT".to_owned()), ..plain },
        ] {
            assert!(facts.refusal().is_some(), "{facts:?}");
        }
    }

    #[test]
    fn a_source_is_read_under_its_old_and_new_name() {
        for names in [["Source_Host", "Source_Port"], ["Master_Host", "Master_Port"]] {
            let names = names.map(str::to_owned).to_vec().into();
            let row = Row::new(names, vec!["db0".into(), Value::UInt(3306)]);
            assert_eq!(source(&row).as_deref(), Some("db0:3306"));
        }
        assert!(is_on(&"ON".into()) && is_on(&Value::Int(1)) && !is_on(&"OFF".into()) && !is_on(&Value::Null));
    }
}
