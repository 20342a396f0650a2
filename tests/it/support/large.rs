//! Journals of very many files, made by the model itself and written by the store's own journal, without a statement being
//! run: what is asked of a large system is asked of the same rows as of a small one.

use caribou::database::Purpose;
use caribou::model::*;
use caribou::store::{Acquired, Journal, Lease, Store};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Long enough for any journal.
const TTL: Duration = Duration::from_secs(86_400);
/// Files whose events are made durable at once.
const AT_ONCE: usize = 250;

/// A batch of so many files.
#[derive(Debug, Clone, Copy)]
pub struct Large {
    pub files: usize,
    /// Statements of each file.
    pub statements: u32,
    /// The last files, of which preparing fails.
    pub failing: usize,
    /// Files that begin; the others wait, and the batch goes on.
    pub begun: usize,
}

impl Large {
    /// A batch in which everything completes.
    pub fn completed(files: usize) -> Large {
        Large { files, statements: 1, failing: 0, begun: files }
    }
}

/// Opens a journal; nobody else has the lease.
pub async fn journal(store: &Store) -> Journal {
    let mut session = store.database().open(Purpose::Control).await.expect("a session");
    let identity = session.server_identity().await.expect("an identity");
    let acquired = Lease::acquire(store, session.as_mut(), "large@here:1", 7, &identity, TTL).await.expect("an answer");
    let Acquired::Held(lease) = acquired else { panic!("the lease is not free: {acquired:?}") };
    let mut journal = Journal::open(store, &lease).await.expect("a journal");
    let taken = EventKind::LeaseTaken {
        token: lease.token,
        holder: "large@here:1".into(),
        connection: 7,
        server: identity,
        files_as_worker: true,
        versions: Versions::default(),
    };
    journal.append(vec![Draft::new(BatchId::SYSTEM, taken)]);
    journal.commit().await.expect("it is durable");
    journal
}

/// Gives the lease back.
pub async fn end(journal: Journal) {
    let mut session = journal.store().database().open(Purpose::Control).await.expect("a session");
    journal.lease().release(session.as_mut()).await.expect("the lease is given back");
    journal.close().await;
}

/// Adds a batch to the journal.
pub async fn add(journal: &mut Journal, large: Large) -> BatchId {
    let submission = Box::new(submission(journal.world().ids, large));
    give(journal, Input::Submitted { submission, operator: "ana@%".into(), command: None });
    let batch = *journal.world().batches.keys().next_back().expect("a batch");
    journal.commit().await.expect("it is durable");
    let files = journal.world().batch(batch).expect("the batch").order.clone();
    for (n, file) in files.iter().enumerate().take(large.begun) {
        run(journal, batch, *file, n + large.failing >= large.files);
        if n % AT_ONCE == 0 {
            journal.commit().await.expect("it is durable");
        }
    }
    if large.begun == large.files {
        give(journal, Input::Exhausted { batch });
    }
    journal.commit().await.expect("it is durable");
    batch
}

fn give(journal: &mut Journal, input: Input) {
    let drafts = decide(journal.world(), input).expect("the input fits the world");
    journal.append(drafts);
}

/// The way of a file, from its turn to its end.
fn run(journal: &mut Journal, batch: BatchId, file: FileId, fails: bool) {
    give(journal, Input::Turn { batch, file });
    if fails {
        let failure = Failure::new(Category::Constraint, "it cannot be prepared");
        return give(journal, Input::Prepared { batch, file, result: Err(failure) });
    }
    give(journal, Input::Prepared { batch, file, result: Ok(()) });
    give(journal, Input::CheckedBefore { batch, file, findings: vec![passed("budget.core_tables")] });
    let definition = format!("CREATE TABLE `table_{file}` (\n  `id` bigint(20) NOT NULL,\n  PRIMARY KEY (`id`)\n)");
    let definitions = vec![(format!("table_{file}"), Some(definition)).into()];
    let fingerprint = format!("1:{:064x}", file.0);
    let captured = Input::Captured {
        batch,
        file,
        fingerprint: fingerprint.clone(),
        definitions,
        orphans: None,
        relations: Vec::new(),
        before: None,
    };
    give(journal, captured);
    for statement in 0..journal.world().file(batch, file).map_or(0, |file| file.statements) {
        let hash = Checksum(format!("{:064x}", file.0));
        let (line, connection, fingerprint) = (statement + 1, 31, fingerprint.clone());
        let sending = Sending::new((batch, file), (Phase::Forward, statement), hash);
        give(journal, Input::Sending(Sending { line, connection, fingerprint, ..sending }));
        let (rows, ms, fingerprint) = (0, 7, format!("1:{:064x}", file.0 + 1));
        let (warnings, definitions, kept) = (Vec::new(), Vec::new(), Vec::new());
        let result = StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept };
        give(journal, Input::Ended { batch, file, result });
    }
    give(journal, Input::CheckedAfter { batch, file, findings: vec![passed("objects.present")] });
    give(journal, Input::Recorded { batch, file });
}

fn passed(check: &str) -> Finding {
    let status = ValidationStatus::Passed;
    Finding { check: check.into(), status, class: None, result: "as it should be".into(), ms: 1 }
}

/// A plan of files that create a table each; each depends on the three before it.
fn submission(ids: Ids, large: Large) -> Submission {
    let first = ids.file;
    let requires = |n: usize| {
        (1..=3usize).filter_map(move |back| n.checked_sub(back)).map(move |on| Requirement {
            on: On::Planned(on),
            path: path(first, on),
            kind: DependencyType::Required,
            description: format!("{}, line 1", path(first, n)),
        })
    };
    let planned = |n: usize| PlannedFile {
        path: path(first, n),
        file_type: FileType::Module,
        hash: Checksum(sha256(&text(first as usize + n + 1))),
        canonical: Checksum(format!("1:{:064x}", first + n as i64)),
        source: Checksum(format!("{:064x}", first + n as i64)),
        epoch_from: Epoch(n as i64),
        epoch_to: Epoch(n as i64 + 1),
        wave: n as u32 + 1,
        statements: large.statements,
        undo_statements: Some(large.statements),
        coverage: UndoCoverage::default(),
        requires: if n + large.failing < large.files { requires(n).collect() } else { Vec::new() },
        locks: Some(vec![ObjectLock {
            object: format!("table core.t{n}").into(),
            mode: LockMode::Exclusive,
            changes: None,
        }]),
        expected: None,
        findings: Vec::new(),
        again: None,
    };
    Submission {
        name: format!("large of {}", large.files),
        epoch_to: Epoch(large.files as i64),
        plan: Checksum(format!("{first:064x}")),
        policy: Policy { continue_on_failure: Some(true), ..Policy::default() },
        files: (0..large.files).map(planned).collect(),
        ..Submission::default()
    }
}

fn path(first: i64, n: usize) -> String {
    name(first as usize + n + 1)
}

/// Path of the file with a key.
pub fn name(file: usize) -> String {
    format!("{file:08}_create_table.sql")
}

fn text(file: usize) -> String {
    format!("CREATE TABLE table_{file} (id BIGINT PRIMARY KEY);\n")
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the last files up to one, with the texts that the journal knows them by.
#[allow(dead_code, reason = "the bench of scale writes one")]
pub fn write_directory(mut write: impl FnMut(&str, String), last: usize, count: usize) {
    (last - count + 1..=last).for_each(|file| write(&name(file), text(file)));
}
