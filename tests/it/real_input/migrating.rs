//! `caribou migrate`, the real binary, on every collection: what the native client takes gives the same schema and the
//! same rows; what the server refuses natively is refused with its words, the line, and what had taken effect, and
//! leaves the same behind.
//!
//! The files that are taken natively, one after the other, are one project; a file that is refused is one by itself.
//! Such a file is tried twice: with the checks, which may see beforehand that it cannot succeed and then touch nothing,
//! and without them, as far as the server takes it.
//!
//! Between two projects Caribou is made to forget, since a file that failed half-way is a person's to settle.

use super::collections::{Collection, File, LONG, alone, collection};
use super::native::{MOMENT, without};
use super::picture::{Picture, differences, picture};
use super::{native, whole_files};
use crate::support::packages::say;
use crate::support::{Fresh, Project, Ran, is_proving};
use caribou::database::{Purpose, ServerKind, Session};
use caribou::sql::{Dialect, SegmentKind, split};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// So many files that are refused go through the binary, for each collection; the others are applied natively. The
/// pieces of all of them are tried by `statements`.
const REFUSALS: usize = 4;

/// What the native client takes, no plan may say will fail.
const NOTHING_FORESEEN: &str = "[plan]\nforeseen = \"refuse\"";
/// Leaves to the server what the checks would see beforehand.
const UNCHECKED: &str = "[checks]\nobjects_exist = \"off\"";

/// A refusal as the native client says it.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    message: String,
    /// Servers have one, and say the line.
    code_and_line: Option<(String, u32)>,
}

/// Result of the native client for a file.
#[derive(Clone, Debug)]
pub(super) enum Native {
    Taken,
    Refused(Refused),
    /// It takes a file with nothing in it; Caribou refuses to plan it.
    Empty,
}

/// Files that go up together, and what they come to natively.
pub(super) struct Group<'a> {
    pub(super) files: Vec<&'a File>,
    pub(super) native: Native,
    /// Contents before: core, then the schemas that the files name.
    before: Vec<Picture>,
    /// Contents afterwards.
    pictures: Vec<Picture>,
}

/// One side of the comparison.
pub(super) struct Side {
    pub(super) fresh: Fresh,
    pub(super) collection: &'static Collection,
}

impl Side {
    /// Runs a file natively; the refusal at which the client stopped.
    pub(super) async fn natively(&self, file: &File) -> Native {
        let refused = if self.fresh.kind == ServerKind::Sqlite {
            let refused = whole_files::natively(&self.core_file(), file).await;
            refused.map(|message| Refused { message, code_and_line: None })
        } else {
            let refused = native::run(&self.fresh, &file.text, false).refused.into_iter().next();
            refused.map(|one| Refused { message: one.message, code_and_line: Some((one.code, one.line)) })
        };
        match refused {
            Some(refused) => Native::Refused(refused),
            None if file.text.trim().is_empty() => Native::Empty,
            None => Native::Taken,
        }
    }

    fn core_file(&self) -> std::path::PathBuf {
        let dir = self.fresh.sqlite_dir().expect("a directory");
        std::fs::create_dir_all(&dir).expect("it can be made");
        dir.join("core.db")
    }

    pub(super) async fn pictures(&self) -> Vec<Picture> {
        if self.fresh.kind == ServerKind::Sqlite {
            return vec![whole_files::picture(&self.core_file()).await];
        }
        let mut session = self.session().await;
        let mut pictures = vec![picture(session.as_mut(), &self.fresh.schemas().core).await];
        for schema in self.collection.beside {
            pictures.push(picture(session.as_mut(), schema).await);
        }
        session.close().await;
        pictures
    }

    async fn session(&self) -> Box<dyn Session> {
        self.fresh.database().await.open(Purpose::Control).await.expect("a session")
    }

    /// Drops the schemas that the files name: the other side is to make them again.
    pub(super) async fn drop_beside(&self) {
        for schema in self.collection.beside {
            let mut session = self.session().await;
            session.run(&format!("DROP DATABASE IF EXISTS `{schema}`")).await.expect("it can be dropped");
            session.close().await;
        }
    }

    /// Empties Caribou's own tables, but for what says that they are there.
    pub(super) async fn forget(&self) {
        let orchestration = &self.fresh.schemas().orchestration;
        let mut session = self.session().await;
        for table in session.relations(orchestration).await.expect("tables") {
            if !["migration_schema_version", "migration_settings", "migration_leases"].contains(&table.name.as_str()) {
                session.run(&format!("DELETE FROM {orchestration}.{}", table.name)).await.expect("it is emptied");
            }
        }
        session.close().await;
    }

    /// What the checks said of the files that ran, by check and outcome: each is to be one that a person would agree with.
    async fn told(&self) -> BTreeMap<String, u64> {
        let sql = format!(
            "SELECT validation_type, validation_status, COUNT(*) FROM {}.migration_validation_log \
             WHERE validation_status <> 'passed' GROUP BY validation_type, validation_status",
            self.fresh.schemas().orchestration
        );
        let mut session = self.session().await;
        let rows = session.query_text(&sql).await.expect("the log can be read");
        session.close().await;
        let said = |row: &caribou::database::Row| (format!("{} {}", row.get_text(0), row.get_text(1)), row.get_text(2));
        rows.iter().map(said).map(|(check, times)| (check, times.parse().expect("a number"))).collect()
    }

    fn migrate(&self, files: &[&File], checks: &str) -> Ran {
        let project = Project::on(&self.fresh);
        project.configure("[migrations]\nlayout = \"native\"\n[budget]\ncore_tables = 100000");
        project.configure(checks);
        if !checks.contains("[plan]") {
            // What the server says is looked at, not what is foreseen of it.
            project.unforeseen();
        }
        if self.fresh.kind != ServerKind::Sqlite {
            project.configure(&format!("[session]\ntimestamp = \"{MOMENT}\""));
        }
        for (index, file) in files.iter().enumerate() {
            let stem = file.name.strip_suffix(".sql").unwrap_or(&file.name);
            project.migration(&format!("{:04}-{stem}.sql", index + 1), &file.text);
        }
        if checks == NOTHING_FORESEEN {
            let plan = project.run(&["plan", "--accept-irreversible"]).stdout;
            let alarms: Vec<&str> = plan.lines().filter(|line| line.contains("refuses it: ")).collect();
            assert!(alarms.is_empty(), "natively all of it is taken, and the plan says: {alarms:?}");
        }
        project.run(&["migrate", "--accept-irreversible", "--format", "json"])
    }
}

/// Runs all files natively and finds out which go up together.
pub(super) async fn groups<'a>(side: &Side, files: &'a [File]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last = side.pictures().await;
    for file in files {
        let native = side.natively(file).await;
        let pictures = side.pictures().await;
        let before = std::mem::replace(&mut last, pictures.clone());
        match groups.last_mut() {
            Some(group) if matches!((&group.native, &native), (Native::Taken, Native::Taken)) => {
                group.files.push(file);
                group.pictures = pictures;
            }
            _ => groups.push(Group { files: vec![file], native, before, pictures }),
        }
    }
    groups
}

/// Lists what is wrong with how the binary took a group.
fn judge(group: &Group, ran: &Ran, core: &str, dialect: Dialect) -> Vec<String> {
    let file = group.files[0];
    let right = match &group.native {
        Native::Taken => ran.code == Some(0),
        // It runs, with a warning in the plan.
        Native::Empty => ran.code == Some(0),
        Native::Refused(_) => matches!(ran.code, Some(1 | 3)) && !ran.stdout.is_empty(),
    };
    if !right {
        return vec![format!("{}: natively {:?}, and we end so: {ran:?}", file.name, group.native)];
    }
    let Native::Refused(refused) = &group.native else { return Vec::new() };
    let error = without(ran.json()["files"][0]["error"].as_str().unwrap_or_default(), core);
    let mut wrong = judge_words(file, refused, &error, dialect);
    let Some((statement, _)) = place(&error) else {
        wrong.push("no statement and line are named".to_owned());
        return wrong.into_iter().map(|what| format!("{}: {what}: {error}", file.name)).collect();
    };
    // What took effect natively is undone here, or a person is told what stands.
    let stands = ran.code == Some(3) && !compare(&group.before, &group.pictures).is_empty();
    if stands && !error.contains("took effect") {
        wrong.push(format!("something took effect, and we end with {:?}", ran.code));
    }
    // Nothing stands before the first statement.
    if statement == 1 && ran.code != Some(1) {
        wrong.push(format!("nothing took effect, and we end with {:?}", ran.code));
    }
    wrong.into_iter().map(|what| format!("{}: {what}: {error}", file.name)).collect()
}

/// Lists what is wrong where a check said beforehand that the file cannot succeed; None where no check did.
fn judge_foreseen(group: &Group, ran: &Ran, now: &[Picture]) -> Option<Vec<String>> {
    let name = &group.files[0].name;
    let error = ran.json()["files"][0]["error"].as_str().unwrap_or_default().to_owned();
    if !error.starts_with("objects_exist: ") {
        return None;
    }
    let mut wrong = compare(&group.before, now);
    if ran.code != Some(1) || !error.contains("line ") {
        wrong.push(format!("a check refused it, and we end with {:?}: {error}", ran.code));
    }
    Some(wrong.into_iter().map(|what| format!("{name}: {what}")).collect())
}

pub(super) fn compare(one: &[Picture], two: &[Picture]) -> Vec<String> {
    one.iter().zip(two).flat_map(|(one, two)| differences(one, two)).collect()
}

/// The server's words and number, and the line.
fn judge_words(file: &File, refused: &Refused, error: &str, dialect: Dialect) -> Vec<String> {
    let mut wrong = Vec::new();
    if !error.contains(refused.message.trim_end()) {
        wrong.push(format!("the server's words are {:?}", refused.message));
    }
    let Some((code, native_line)) = &refused.code_and_line else { return wrong };
    if !error.contains(&format!("[{code}]")) {
        wrong.push(format!("the server's number is {code}"));
    }
    if let Some((statement, line)) = place(error) {
        let (first, last, at) = lines(&file.text, dialect, statement);
        if line != at || !(first..=last).contains(native_line) {
            wrong.push(format!("refused natively at line {native_line}; statement {statement} is at {at} to {last}"));
        }
    }
    wrong
}

/// `… statement 5 (line 6): …`, the last of them.
fn place(error: &str) -> Option<(usize, u32)> {
    error
        .match_indices("statement ")
        .filter_map(|(at, word)| {
            let rest = &error[at + word.len()..];
            let (number, rest) = rest.split_once(" (line ")?;
            let (line, _) = rest.split_once("): ")?;
            Some((number.parse().ok()?, line.parse().ok()?))
        })
        .last()
}

/// Of a statement: the end of the one before it, its own end, and where it stands.
fn lines(text: &str, dialect: Dialect, statement: usize) -> (u32, u32, u32) {
    let (mut line, mut gap, mut number) = (1, 1, 0);
    for piece in split(text, dialect).expect("it can be split") {
        line += piece.text.matches('\n').count() as u32;
        if matches!(piece.kind, SegmentKind::Statement(_)) {
            number += 1;
            if number == statement {
                return (gap, line, piece.line);
            }
            gap = line;
        }
    }
    (0, 0, 0)
}

pub async fn through_the_binary(fresh: Fresh, name: &'static str) {
    let collection = collection(name);
    let is_long = name == "zabbix" || LONG.contains(&name) && fresh.kind == ServerKind::MySql;
    if is_long && !is_proving(&format!("{name} on {}, through migrate", fresh.kind)) {
        return;
    }
    let Some(files) = collection.read() else { return };
    let _alone = alone(collection).await;
    let ours = Side { fresh: Fresh::on(fresh.kind), collection };
    let native = Side { fresh, collection };
    let began = Instant::now();
    let groups = groups(&native, &files).await;
    let natively = began.elapsed();
    native.drop_beside().await;
    let (mut wrong, mut spent) = (Vec::new(), Duration::ZERO);
    let (mut taken, mut refusals, mut checked, mut empty) = (0, 0, 0, 0);
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for group in &groups {
        let refused = matches!(group.native, Native::Refused(_));
        if refused && refusals == REFUSALS {
            ours.natively(group.files[0]).await;
            continue;
        }
        let began = Instant::now();
        let mut ran = ours.migrate(&group.files, if refused { "" } else { NOTHING_FORESEEN });
        if refused && let Some(foreseen) = judge_foreseen(group, &ran, &ours.pictures().await) {
            checked += 1;
            wrong.extend(foreseen);
            ours.forget().await;
            ran = ours.migrate(&group.files, UNCHECKED);
        }
        spent += began.elapsed();
        wrong.extend(judge(group, &ran, &ours.fresh.schemas().core, ours.fresh.kind.dialect()));
        let undone = refused && ran.code == Some(1);
        let expected = if undone { &group.before } else { &group.pictures };
        let different = compare(expected, &ours.pictures().await);
        wrong.extend(different.into_iter().map(|one| format!("{}: {one}", group.files[0].name)));
        match group.native {
            Native::Taken => {
                taken += group.files.len();
                for (check, times) in ours.told().await {
                    *told.entry(check).or_default() += times;
                }
            }
            Native::Refused(_) => refusals += 1,
            Native::Empty => empty += 1,
        }
        if !wrong.is_empty() {
            break;
        }
        if undone {
            // The files after it were written for what the native client leaves.
            ours.natively(group.files[0]).await;
        }
        ours.forget().await;
    }
    ours.drop_beside().await;
    say(&format!(
        "real input: {name} on {}, through migrate: {taken} files taken, of which the checks said {told:?}, {refusals} refused as natively, {checked} of them foreseen, {empty} empty, {} \
         differences; \
         {:.1} s, natively with pictures {:.1} s",
        ours.fresh.kind,
        wrong.len(),
        spent.as_secs_f64(),
        natively.as_secs_f64(),
    ));
    assert!(wrong.is_empty(), "{name} on {}:\n{}", ours.fresh.kind, wrong.join("\n"));
}

stories_on_servers!(crate::real_input::migrating::through_the_binary, zabbix);
stories_on_sqlite!(crate::real_input::migrating::through_the_binary);
