//! Our own tables: the schema, the lease, what is open, and whether the rows are what the journal says.

use super::super::exit::CliError;
use super::super::output::{count, took};
use super::super::project::Project;
use super::Finding;
use crate::model::BatchId;
use crate::store::{Mismatch, SchemaState, compare};

/// How many batches are compared unasked.
const COMPARED: usize = 20;

/// `migrates`: the account may do all that a migration needs, and so sees everything.
pub(super) async fn examine(project: &mut Project, all: bool, migrates: bool) -> Vec<Finding> {
    let mut findings = vec![schema(project, migrates).await];
    if !matches!(project.state(), SchemaState::Installed { .. }) {
        return findings;
    }
    for (check, finding) in [
        ("identity", identity(project).await),
        ("lease", lease(project).await),
        ("ephemeral", ephemeral(project).await),
        ("batches", batches(project).await),
    ] {
        findings.push(finding.unwrap_or_else(|error| Finding::unanswered(check, &error)));
    }
    let limit = if all { usize::MAX >> 1 } else { COMPARED };
    findings.extend(journal(project, limit).await.unwrap_or_else(|error| vec![Finding::unanswered("journal", &error)]));
    findings
}

async fn schema(project: &Project, migrates: bool) -> Finding {
    let name = project.store.schemas().orchestration.clone();
    match project.state() {
        SchemaState::Absent => Finding::warning(
            "schema",
            format!("{name} is not there yet"),
            "`caribou migrate` makes it, or `caribou schema install`",
        ),
        SchemaState::Installed { version } => match project.store.check().await {
            Ok(differences) if differences.is_empty() => Finding::ok("schema", format!("{name}, version {version}")),
            // A server shows a procedure only to those who may run it.
            Ok(differences) if !migrates && differences.iter().all(|d| d.unseen) => Finding::ok(
                "schema",
                format!(
                    "{name}, version {version}; {} this account may not see",
                    count(differences.len() as u64, "procedure")
                ),
            ),
            Ok(differences) => Finding::wrong(
                "schema",
                format!("{name}: {}; the first: {}", count(differences.len() as u64, "difference"), differences[0]),
                "`caribou schema check` lists them, `caribou schema install` makes what is missing",
            ),
            Err(error) => Finding::unanswered("schema", &error.into()),
        },
        other => match project.store.require_installed(other) {
            Err(error) => Finding::unanswered("schema", &error.into()),
            Ok(()) => Finding::ok("schema", name),
        },
    }
}

async fn identity(project: &mut Project) -> Result<Finding, CliError> {
    Ok(match project.reader()?.other_server().await? {
        None => Finding::ok("identity", "the server that the journal was written on"),
        Some(servers) => Finding::wrong(
            "identity",
            format!("the journal was written on {}, and this is {}: everything holds", servers.known, servers.found),
            "a failover, a clone or a restored copy: see that data and journal belong together, then `caribou \
             accept-server`",
        ),
    })
}

async fn ephemeral(project: &mut Project) -> Result<Finding, CliError> {
    let expired = project.reader()?.expired().await?;
    let rows: Vec<String> = expired.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    Ok(match rows.as_slice() {
        [] => Finding::ok("ephemeral", "nothing that has expired is left"),
        rows => Finding::ok("ephemeral", format!("expired, and purged by the next worker: {}", rows.join(", "))),
    })
}

async fn lease(project: &mut Project) -> Result<Finding, CliError> {
    let Some(lease) = project.reader()?.lease().await? else {
        return Ok(Finding::ok("lease", "no worker ever held it"));
    };
    let age = took(lease.age_ms);
    Ok(if lease.is_held() {
        Finding::ok("lease", format!("held by {}, renewed {age} ago", lease.holder))
    } else if lease.expires.0 > 0 {
        let found = format!("{} held it and vanished {age} ago without giving it back", lease.holder);
        Finding::warning("lease", found, "`caribou migrate` or `caribou worker` recovers what it left")
    } else {
        Finding::ok("lease", format!("free; last held by {}", lease.holder))
    })
}

async fn batches(project: &mut Project) -> Result<Finding, CliError> {
    let open: Vec<String> = project
        .batches(COMPARED)
        .await?
        .iter()
        .filter(|b| !b.status.is_final())
        .map(|b| format!("{} ({})", b.batch_id, b.status))
        .collect();
    let alive = project.worker().await?.alive;
    Ok(match (open.is_empty(), alive) {
        (true, _) => Finding::ok("batches", "none is open"),
        (false, true) => Finding::ok("batches", format!("open: {}", open.join(", "))),
        (false, false) => Finding::warning(
            "batches",
            format!("open and with no worker: {}", open.join(", ")),
            "`caribou migrate` goes on with it, `caribou status` shows it",
        ),
    })
}

/// The rows of the eight tables, and what is due about windows: both are what the journal says, or somebody wrote them.
async fn journal(project: &mut Project, limit: usize) -> Result<Vec<Finding>, CliError> {
    let batches = project.batches(limit).await?;
    let (mut rows, mut jobs) = (None, None);
    for batch in batches.iter().map(|b| b.batch_id) {
        let (about_jobs, about_rows): (Vec<Mismatch>, Vec<Mismatch>) =
            compare(project.reader()?, batch).await?.into_iter().partition(Mismatch::is_about_jobs);
        rows = rows.or_else(|| told(batch, &about_rows));
        jobs = jobs.or_else(|| told(batch, &about_jobs));
        if rows.is_some() && jobs.is_some() {
            break;
        }
    }
    let of = match batches.len() {
        1 => "1 batch".to_owned(),
        n => format!("{n} batches"),
    };
    let rows = match rows {
        None => Finding::ok("journal", format!("the rows of {of} are what it says")),
        Some(found) => Finding::wrong(
            "journal",
            found,
            "somebody changed the rows by hand: the journal is the truth; restore them from it",
        ),
    };
    let jobs = match jobs {
        None => Finding::ok("windows", format!("what is due about the windows of {of} is what the journal says")),
        Some(found) => Finding::wrong(
            "windows",
            found,
            "somebody changed migration_jobs by hand: a warning or a lapse may come wrong or never; put back what the \
             journal says, and decide what is open yourself (`caribou rollbacks`)",
        ),
    };
    Ok(vec![rows, jobs])
}

/// The differences of a batch in one line, by the first of them.
fn told(batch: BatchId, mismatches: &[Mismatch]) -> Option<String> {
    let first = mismatches.first()?;
    Some(format!(
        "batch {batch}: {} between rows and journal; the first: {} {}, {}: {} instead of {}",
        count(mismatches.len() as u64, "difference"),
        first.table,
        first.key,
        first.column.as_deref().unwrap_or("the row"),
        first.row.as_deref().unwrap_or("nothing"),
        first.journal.as_deref().unwrap_or("nothing")
    ))
}
