//! Dangerous migrations, and harmless ones beside them: what the checks say of each, and that they say nothing else.
//!
//! Each folder of `tests/it/dangerous/` is one: `before.sql` is what stands, `migration.sql` what is to run,
//! `meanwhile.sql` what another session has open, and `case.toml` names the servers and every finding. Adding a case is
//! adding a folder. `CARIBOU_CASES=name` runs one.

use crate::support::{Fresh, PrivateServer, run_text};
use caribou::check::{self, CheckLevel, CheckSettings, CheckedFile, Earlier, KnownObjects, Profile};
use caribou::database::{Database, Purpose, ServerKind};
use caribou::model::{FileType, Finding, ValidationPhase, ValidationStatus};
use caribou::sql::{Language, read};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Cases that there are, in all and for each server, at the least.
const CASES: usize = 140;
const CASES_OF: [(ServerKind, usize); 3] =
    [(ServerKind::MariaDb, 120), (ServerKind::MySql, 120), (ServerKind::Sqlite, 45)];

/// Checks that are about more than danger: they count where a case names them.
const ASIDE: [&str; 2] = ["doctrine_rules", "undo_coverage"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    servers: Vec<String>,
    #[serde(default)]
    large_rows: Option<u64>,
    #[serde(default)]
    long_transaction: Option<u64>,
    #[serde(default)]
    profile: Option<Profile>,
    /// The migration runs, and the checks behind it are asked.
    #[serde(default)]
    after: bool,
    /// Checks that cannot tell yet.
    #[serde(default)]
    open: Vec<String>,
    #[serde(default, rename = "finding")]
    findings: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    check: String,
    #[serde(default)]
    says: String,
    #[serde(default)]
    blocks: bool,
}

impl Case {
    fn settings(&self) -> CheckSettings {
        let mut settings = CheckSettings::default();
        settings.profile = self.profile.unwrap_or_default();
        settings.large_rows = self.large_rows.unwrap_or(settings.large_rows);
        settings.long_transaction = self.long_transaction.map_or(settings.long_transaction, Duration::from_secs);
        let named = |check: &str| self.findings.iter().any(|expected| expected.check == check);
        let aside = ASIDE.iter().filter(|check| !named(check));
        settings.levels.extend(aside.map(|check| ((*check).to_owned(), CheckLevel::Off)));
        settings
    }

    /// What differs from what is expected.
    fn compare(&self, findings: &[Finding]) -> Vec<String> {
        let mut wrong = Vec::new();
        let told = |finding: &&Finding| finding.status != ValidationStatus::Passed;
        for finding in findings.iter().filter(told) {
            let Some(expected) = self.findings.iter().find(|expected| expected.check == finding.check) else {
                wrong.push(format!("a false alarm: {finding:?}"));
                continue;
            };
            if !finding.result.contains(&expected.says) || finding.blocks() != expected.blocks {
                wrong.push(format!("{expected:?} is told as {finding:?}"));
            }
            if !finding.result.contains("\npolicy: checks.") || !finding.result.contains("\nwhy: ") {
                wrong.push(format!("no evidence: {finding:?}"));
            }
        }
        let is_told = |check: &str| findings.iter().filter(told).any(|finding| finding.check == check);
        wrong.extend(self.findings.iter().filter(|e| !is_told(&e.check)).map(|e| format!("not found: {e:?}")));
        let open = |finding: &&Finding| finding.result.contains("not known yet");
        let open: Vec<&str> = findings.iter().filter(open).map(|finding| finding.check.as_str()).collect();
        if open != self.open {
            wrong.push(format!("open are {open:?}, and not {:?}", self.open));
        }
        wrong
    }
}

fn text(folder: &Path, name: &str) -> Option<String> {
    std::fs::read_to_string(folder.join(name)).ok()
}

async fn findings(fresh: &Fresh, database: &dyn Database, folder: &Path, case: &Case) -> Vec<Finding> {
    let mut files = database.open(Purpose::File).await.expect("a session");
    if let Some(before) = text(folder, "before.sql") {
        run_text(files.as_mut(), &before).await.unwrap();
    }
    let mut other = database.open(Purpose::File).await.expect("a session");
    if let Some(meanwhile) = text(folder, "meanwhile.sql") {
        run_text(other.as_mut(), &meanwhile).await.unwrap();
    }
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let scratch = (session.kind().dialect().is_mysql_family()).then(|| "caribou_dangerous".to_owned());
    if let Some(scratch) = &scratch {
        session.create_schema(scratch).await.expect("a scratch schema");
    }
    let migration = text(folder, "migration.sql").expect("a migration");
    let language = Language::from(session.kind().dialect()).for_file(&migration);
    let script = read(&migration, language);
    let phase = if case.after {
        run_text(files.as_mut(), &migration).await.unwrap();
        ValidationPhase::Post
    } else {
        ValidationPhase::Pre
    };
    let earlier = Earlier::default();
    let of = (session.kind().dialect(), fresh.schemas().core.as_str());
    let file = CheckedFile::new(("migration.sql", FileType::Doctrine), of, script.as_ref(), &earlier);
    let file = CheckedFile { scratch: scratch.as_deref(), ..file };
    let mut known = KnownObjects::default();
    let mut found = check::run(phase, &file, &case.settings(), (session.as_mut(), &mut known), database).await;
    // The server's list of transactions is as old as its last reader.
    let until = Instant::now() + Duration::from_secs(20);
    while folder.join("meanwhile.sql").exists() && !case.compare(&found).is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(150)).await;
        known = KnownObjects::default();
        found = check::run(phase, &file, &case.settings(), (session.as_mut(), &mut known), database).await;
    }
    for session in [files, other, session] {
        session.close().await;
    }
    found
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/dangerous");
    let wanted = std::env::var("CARIBOU_CASES").ok().filter(|name| name != "all");
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(root).expect("the corpus").map(|entry| entry.expect("a folder").path()).collect();
    found.retain(|path| wanted.as_deref().is_none_or(|name| path.file_name().is_some_and(|file| file == name)));
    found.sort();
    found
}

async fn each_is_told_and_nothing_else(first: Fresh) {
    // A server's list of transactions is as old as its last reader: where others read it all the time, it stands still.
    let server = (first.kind != ServerKind::Sqlite).then(|| PrivateServer::own(first.kind, &[]));
    let mut wrong = Vec::new();
    let mut count = 0;
    for folder in folders() {
        let case = text(&folder, "case.toml").expect("a case");
        let case: Case = toml::from_str(&case).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        if !case.servers.iter().any(|server| server == first.kind.as_str()) {
            continue;
        }
        count += 1;
        let fresh = server.as_ref().map_or_else(|| Fresh::on(first.kind), Fresh::in_server);
        let database = fresh.database().await;
        let found = findings(&fresh, database.as_ref(), &folder, &case).await;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        wrong.extend(case.compare(&found).into_iter().map(|what| format!("{name} ({}): {what}", case.title)));
        database.close().await;
    }
    assert!(wrong.is_empty(), "{} of {count} cases on {}:\n{}", wrong.len(), first.kind, wrong.join("\n"));
    if std::env::var_os("CARIBOU_CASES").is_none() {
        let least = CASES_OF.iter().find(|(kind, _)| *kind == first.kind).map_or(CASES, |(_, least)| *least);
        let all = folders().len();
        assert!(all >= CASES && count >= least, "the corpus is read: {count} cases of {all} are for {}", first.kind);
    }
}

crate::support::on_every_server!(each_is_told_and_nothing_else);
