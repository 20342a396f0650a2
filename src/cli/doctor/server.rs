//! The server, the account and the clocks.

use super::super::exit::CliError;
use super::super::output::took;
use super::super::project::Project;
use super::Finding;
use crate::database::{Purpose, ServerKind, Session, server_facts};
use crate::store::{Role, SchemaState};
use std::time::Instant;

/// How far the clocks may be apart, in milliseconds, before it matters for what people read.
const SKEW_MS: u64 = 2_000;

pub(super) async fn examine(project: &mut Project) -> Vec<Finding> {
    let database = project.store.database().clone();
    let mut findings = Vec::new();
    let asked = Instant::now();
    let mut session = match database.open(Purpose::Reader).await {
        Ok(session) => session,
        Err(error) => return vec![Finding::unanswered("connection", &error.into())],
    };
    let ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
    findings.push(Finding::ok("connection", format!("{} as {}, {}", project.label(), project.account(), took(ms))));
    findings.push(Finding::ok("version", format!("{} {}", database.kind(), database.version())));
    findings.extend(facts(session.as_mut()).await);
    findings.push(match privileges(project, session.as_mut()).await {
        Ok(finding) => finding,
        Err(error) => Finding::unanswered("privileges", &error),
    });
    session.close().await;
    findings.push(match clock(project).await {
        Ok(finding) => finding,
        Err(error) => Finding::unanswered("clock", &error),
    });
    findings
}

async fn facts(session: &mut dyn Session) -> Vec<Finding> {
    if session.kind() == ServerKind::Sqlite {
        return Vec::new();
    }
    let facts = match server_facts(session).await {
        Ok(facts) => facts,
        Err(error) => return vec![Finding::unanswered("server", &error.into())],
    };
    let primary = match (facts.read_only, facts.replicates_from.first(), facts.replication_known) {
        (_, Some(source), _) => {
            Finding::wrong("replication", format!("it replicates from {source}"), "migrate the primary instead")
        }
        (true, None, _) => Finding::wrong(
            "replication",
            "the server is read_only",
            "migrate the primary, or wait until writes are allowed",
        ),
        (false, None, false) => Finding::warning(
            "replication",
            "not read_only; whether it is a replica cannot be seen by this account",
            "grant REPLICATION CLIENT (MariaDB: SLAVE MONITOR) to see it",
        ),
        (false, None, true) => Finding::ok("replication", "it is no replica, and not read_only"),
    };
    let binlog = match facts.binlog_format.as_deref() {
        None => Finding::ok("binlog_format", "no binary log"),
        Some(format @ ("ROW" | "MIXED")) => Finding::ok("binlog_format", format),
        Some(other) => Finding::wrong("binlog_format", other, "set binlog_format to ROW or MIXED"),
    };
    vec![primary, binlog]
}

/// What a worker needs in the core schema.
const NEEDED: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX"];

/// What the account itself was granted; what comes through a role is not seen here, and said so.
async fn privileges(project: &Project, session: &mut dyn Session) -> Result<Finding, CliError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Finding::ok("privileges", "those of the files"));
    }
    let sql = "SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE ? LIKE TABLE_SCHEMA AND GRANTEE = \
               CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') UNION SELECT PRIVILEGE_TYPE FROM \
               information_schema.USER_PRIVILEGES WHERE GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')";
    let core = project.store.schemas().core.clone();
    let rows = session.query(sql, &[core.as_str().into()]).await?;
    let granted: Vec<String> = rows.iter().map(|r| r.get_text(0)).collect();
    let missing: Vec<&str> = NEEDED.into_iter().filter(|p| !granted.iter().any(|g| g == p)).collect();
    if missing.is_empty() {
        return Ok(Finding::ok("privileges", format!("enough to migrate {core}")));
    }
    Ok(Finding::warning(
        "privileges",
        format!("no {} on {core} of its own (a role may give it)", missing.join(", ")),
        format!(
            "to migrate: `caribou schema grants {} USER@HOST`; to look and steer this may be enough",
            Role::Worker.as_str()
        ),
    ))
}

async fn clock(project: &mut Project) -> Result<Finding, CliError> {
    if project.state() == SchemaState::Absent {
        return Ok(Finding::ok("clock", "not compared before the schema is there"));
    }
    let asked = chrono::Utc::now().timestamp_millis();
    let theirs = project.reader()?.now().await?.0;
    let ours = (asked + chrono::Utc::now().timestamp_millis()) / 2;
    let skew = theirs.abs_diff(ours);
    let found = format!(
        "the database's is {} {} this machine's",
        took(skew),
        if theirs < ours { "behind" } else { "ahead of" }
    );
    Ok(if skew <= SKEW_MS {
        Finding::ok("clock", found)
    } else {
        Finding::warning("clock", found, "synchronise both (NTP); what counts is the database's")
    })
}
