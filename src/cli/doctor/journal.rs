//! Our own tables: the schema, the lease, what is open, and whether the rows are what the journal says.

use super::super::exit::CliError;
use super::super::output::{count, took};
use super::super::project::Project;
use super::finding::Finding;
use crate::database::ServerKind;
use crate::model::BatchId;
use crate::store::{Difference, Mismatch, SchemaState, StoreError, compare_all};

/// Number of batches that are compared unasked.
const COMPARED: usize = 20;

pub(super) async fn examine(project: &mut Project, all: bool) -> Vec<Finding> {
    let mut findings = vec![schema(project).await];
    if !matches!(project.state(), SchemaState::Installed { .. }) {
        return findings;
    }
    for (check, finding) in [
        ("identity", identity(project).await),
        ("lease", lease(project).await),
        ("events", events(project).await),
        ("ephemeral", ephemeral(project).await),
        ("batches", batches(project).await),
    ] {
        findings.push(finding.unwrap_or_else(|error| Finding::unanswered(check, &error)));
    }
    let limit = if all { usize::MAX >> 1 } else { COMPARED };
    findings.extend(journal(project, limit).await.unwrap_or_else(|error| vec![Finding::unanswered("journal", &error)]));
    findings
}

async fn schema(project: &mut Project) -> Finding {
    let name = project.store.schemas().orchestration.clone();
    match project.state() {
        SchemaState::Absent => Finding::warning(
            "schema",
            format!("{name} is not there yet"),
            "`caribou migrate` makes it, or `caribou schema install`",
        ),
        SchemaState::Installed { version } => match differences(project).await {
            Ok(differences) if differences.is_empty() => Finding::ok("schema", format!("{name}, version {version}")),
            // A server shows a procedure only to those who may run it, and its text to fewer.
            Ok(differences) if differences.iter().all(|d| d.unseen) => Finding::ok(
                "schema",
                format!(
                    "{name}, version {version}; {} this account may not see",
                    count(differences.len() as u64, "procedure")
                ),
            ),
            Ok(differences) => Finding::wrong(
                "schema",
                format!("{name}: {}; the first: {}", count(differences.len() as u64, "difference"), differences[0]),
                match differences.iter().find_map(|d| d.mend.as_ref()) {
                    Some(mend) if project.store.kind() != ServerKind::Sqlite => {
                        format!(
                            "`caribou schema install` makes what is missing; a column gets its type back by: {mend}"
                        )
                    }
                    _ => "`caribou schema check` lists them, `caribou schema install` makes what is missing".to_owned(),
                },
            ),
            Err(error) => Finding::unanswered("schema", &error),
        },
        other => match project.store.require_installed(other) {
            Err(error) => Finding::unanswered("schema", &error.into()),
            Ok(()) => Finding::ok("schema", name),
        },
    }
}

/// Finds what is not as it should be, asked on the session that is open.
async fn differences(project: &mut Project) -> Result<Vec<Difference>, CliError> {
    let store = project.store.clone();
    Ok(store.check_on(project.reader()?.session()).await?)
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
        if !project.reader()?.has_lease_row().await? {
            return Ok(Finding::wrong(
                "lease",
                "the row of the worker's lease is missing: no worker can begin",
                "`caribou schema install` puts it back, after the last token of the journal",
            ));
        }
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

/// Checks whether every journal is whole.
async fn events(project: &mut Project) -> Result<Finding, CliError> {
    let gaps = project.reader()?.gaps().await?;
    if let Some(gap) = gaps.first() {
        let whose = if gap.batch == BatchId::SYSTEM { "the system".to_owned() } else { format!("batch {}", gap.batch) };
        let others =
            if gaps.len() > 1 { format!(", and {} more journals have gaps", gaps.len() - 1) } else { String::new() };
        let found = format!("the journal of {whose} has {} events and goes up to {}{others}", gap.events, gap.last);
        let remedy = match gap.batch {
            BatchId::SYSTEM => {
                let fill = project.reader()?.fill_system().await?;
                format!("put them back from a copy, or fill the gaps: {}", sql(project, &[fill]))
            }
            batch => beyond_repair(project, batch).await?,
        };
        return Ok(Finding::wrong("events", found, remedy));
    }
    let without = project.reader()?.without_journal().await?;
    let open: Vec<BatchId> = without.iter().filter(|(_, status)| !status.is_final()).map(|(batch, _)| *batch).collect();
    if let Some(batch) = open.first() {
        let close: Vec<String> = project.reader()?.close_batch(*batch).await?.into_iter().collect();
        let remedy = format!("put its journal back from a copy, or give it up: {}", sql(project, &close));
        return Ok(Finding::wrong(
            "events",
            format!("batch {batch} is open and has no journal: nobody can drive it"),
            remedy,
        ));
    }
    Ok(match without.as_slice() {
        [] => Finding::ok("events", "no journal has a gap"),
        without => {
            let ids: Vec<String> = without.iter().map(|(batch, _)| batch.to_string()).collect();
            let found = format!("no journal of {}: shown as the rows say, and not undone by Caribou", ids.join(", "));
            Finding::warning("events", found, "put it back from a copy, if there is one")
        }
    })
}

/// Gives the remedy for a batch whose journal cannot be read.
async fn beyond_repair(project: &mut Project, batch: BatchId) -> Result<String, CliError> {
    let statements = project.reader()?.set_aside(batch).await?;
    Ok(format!(
        "put its journal back from a copy, or do without it, so that the rows are believed: {}",
        sql(project, &statements)
    ))
}

/// Statements for the database's own client.
fn sql(project: &Project, statements: &[String]) -> String {
    let text = statements.join("; ");
    match project.store.kind() {
        ServerKind::Sqlite => format!("in {}.db: {text}", project.store.schemas().orchestration),
        ServerKind::MariaDb | ServerKind::MySql => text,
    }
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
    let ids: Vec<BatchId> = batches.iter().map(|b| b.batch_id).collect();
    for some in ids.chunks(COMPARED) {
        for (batch, compared) in compare_all(project.reader()?, some).await? {
            let compared = match compared {
                // Told already (`events`), or a row of it cannot be read.
                Err(error @ StoreError::Corrupt { .. }) => {
                    let remedy = beyond_repair(project, batch).await?;
                    return Ok(vec![Finding::wrong("journal", CliError::from(error).message, remedy)]);
                }
                compared => compared?,
            };
            let (about_jobs, about_rows): (Vec<Mismatch>, Vec<Mismatch>) =
                compared.into_iter().partition(Mismatch::is_about_jobs);
            rows = rows.or_else(|| told(batch, &about_rows));
            jobs = jobs.or_else(|| told(batch, &about_jobs));
        }
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
