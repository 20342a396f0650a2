//! The server, the account and the clocks.

use super::super::exit::CliError;
use super::super::frozen::Frozen;
use super::super::output::took;
use super::super::project::Project;
use super::finding::{Finding, Severity};
use crate::database::{Purpose, ServerKind, Session, Sight, server_facts, sight};
use crate::model::Freeze;
use crate::store::{Role, SchemaState, Store};
use std::time::Instant;

/// Difference of the clocks, in milliseconds, beyond which it matters for what people read.
const SKEW_MS: u64 = 2_000;

pub(super) async fn examine(project: &mut Project) -> Vec<Finding> {
    let database = project.store.database().clone();
    let mut findings = Vec::new();
    let asked = Instant::now();
    let (store, label, account) = (project.store.clone(), project.label(), project.account());
    // Where there is nothing to read yet, a session is opened for this alone.
    let mut own = None;
    let session = match project.reader() {
        Ok(reader) => reader.session(),
        Err(_) => match database.open(Purpose::Reader).await {
            Ok(session) => own.insert(session).as_mut(),
            Err(error) => return vec![Finding::unanswered("connection", &error.into())],
        },
    };
    if let Err(error) = session.ping().await {
        return vec![Finding::unanswered("connection", &error.into())];
    }
    let ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
    findings.push(Finding::ok("connection", format!("{label} as {account}, {} for an answer", took(ms))));
    findings.push(Finding::ok("version", format!("{} {}", database.kind(), database.version())));
    let server = facts(session).await;
    findings.push(match privileges(&store, session).await {
        Ok(finding) => finding,
        Err(error) => Finding::unanswered("privileges", &error),
    });
    if let Some(session) = own {
        session.close().await;
    }
    let frozen = project.frozen().await;
    findings
        .extend(server.into_iter().filter(|f| f.check != "replication" || f.verdict == Severity::Ok || !ours(&frozen)));
    findings.push(frozen.map_or_else(|error| Finding::unanswered("freeze", &error), |frozen| freeze(&frozen)));
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

/// True if the server is read_only because of a freeze that the journal tells of.
fn ours(frozen: &Result<Frozen, CliError>) -> bool {
    frozen.as_ref().is_ok_and(|f| f.freeze.as_ref().is_some_and(Freeze::stands))
}

/// Whether others are kept from writing, and somebody watches over it.
fn freeze(frozen: &Frozen) -> Finding {
    let by = |f: &Freeze| format!("{} by {}, since {}", f.status, f.asked_by(), f.since.to_rfc3339());
    match &frozen.freeze {
        None if frozen.read_only => Finding::wrong(
            "freeze",
            "the server is read_only, and the journal does not say by whom",
            "whoever set it has to lift it; where nobody did, it is a replica",
        ),
        None => Finding::ok("freeze", "normal: nobody is kept from writing"),
        Some(f) if frozen.is_lifted() => Finding::warning(
            "freeze",
            format!("{}, and read_only is off on the server", by(f)),
            "a restart or somebody lifted it; the next worker says so in the journal",
        ),
        Some(f) if frozen.is_left_behind() => Finding::wrong(
            "freeze",
            format!("{} ({}), and no worker watches over it", by(f), frozen.means(f)),
            "`caribou thaw --emergency` ends it without a worker; `caribou worker` goes on with it or thaws",
        ),
        Some(f) if f.stands() => Finding::ok("freeze", format!("{}, {}", by(f), f.means.sentence())),
        Some(f) => Finding::warning("freeze", by(f), "`caribou thaw` says that the emergency is over"),
    }
}

/// Privileges that a worker needs in the core schema.
const NEEDED: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX"];

/// Checks the privileges that the account itself was granted; what comes through a role is not seen here, and said so.
async fn privileges(store: &Store, session: &mut dyn Session) -> Result<Finding, CliError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(Finding::ok("privileges", "those of the files"));
    }
    let sql = "SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE ? LIKE TABLE_SCHEMA AND GRANTEE = \
               CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') UNION SELECT PRIVILEGE_TYPE FROM \
               information_schema.USER_PRIVILEGES WHERE GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')";
    let core = store.schemas().core.clone();
    if sight(session, &core).await? == Sight::NoSchema {
        let remedy = format!("make it: `CREATE DATABASE {core}`; or name another in database.url");
        return Ok(Finding::wrong("privileges", format!("there is no schema {core} to migrate"), remedy));
    }
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
