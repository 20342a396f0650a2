//! Every collection up, and then rolled back whole with no script: by undo that is derived and by what was kept, alone.
//! What stands afterwards is what stood before: definitions and rows.
//!
//! A file of which some statement cannot be undone is applied natively, and counted.

use super::collections::{File, alone, collection};
use super::migrating::{Group, Native, Side, compare, groups};
use super::native::MOMENT;
use crate::support::packages::say;
use crate::support::{Fresh, Project, Ran};
use caribou::database::ServerKind;
use serde_json::Value;

/// Statements by what undoes them, in the words of the plan.
const KINDS: [&str; 5] = ["written", "derived", "kept", "not_needed", "none"];

/// What was seen of a collection.
#[derive(Default)]
struct Seen {
    files: usize,
    statements: u64,
    by: [u64; KINDS.len()],
    /// Files in which something cannot be undone.
    irreversible: usize,
    /// An undo that was refused after all, with its reason: a person would have to look.
    refused: Option<String>,
    wrong: Vec<String>,
}

/// The files, and one after them that its own verification refuses: all of them are rolled back.
fn project(side: &Side, files: &[&File]) -> Project {
    let project = Project::on(&side.fresh);
    project.configure(
        "[migrations]\nlayout = \"native\"\n[budget]\ncore_tables = 100000\n[undo]\nmax_rows = 100000000\n\
         max_bytes = 1000000000000",
    );
    if side.fresh.kind != ServerKind::Sqlite {
        project.configure(&format!("[session]\ntimestamp = \"{MOMENT}\""));
    }
    for (index, file) in files.iter().enumerate() {
        let stem = file.name.strip_suffix(".sql").unwrap_or(&file.name);
        project.migration(&format!("{:04}-{stem}.sql", index + 1), &file.text);
    }
    project.migration("9999-last.sql", "SELECT 1;\n").migration("9999-last.verify.sql", "SELECT 1 = 2;\n");
    project
}

/// How many statements of each file of a plan are undone by what.
fn coverage(ran: &Ran) -> Vec<[u64; KINDS.len()]> {
    let document = ran.json();
    let files = document["files"].as_array().expect("files").clone();
    let of_file = |file: &Value| {
        let statements = file["statements"].as_array().expect("statements").clone();
        KINDS.map(|kind| statements.iter().filter(|statement| statement["undo"] == kind).count() as u64)
    };
    files.iter().filter(|file| file["path"] != "9999-last.sql").map(of_file).collect()
}

/// Up, and back; then natively, for the next.
async fn back_again(side: &Side, files: &[&File], seen: &mut Seen) {
    if files.is_empty() || !seen.wrong.is_empty() || seen.refused.is_some() {
        return;
    }
    let before = side.pictures().await;
    let ran = project(side, files).run(&["migrate", "--format", "json"]);
    let names = || files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
    let error =
        || {
            ran.json()["files"].as_array().into_iter().flatten().find_map(|f| {
                f["error"].as_str().filter(|error| error.starts_with("nothing undoes")).map(str::to_owned)
            })
        };
    if ran.code == Some(3) && error().is_some() {
        seen.refused = error();
        return;
    }
    if ran.code != Some(1) {
        seen.wrong.push(format!("{}: {ran:?}", names()));
        return;
    }
    let status = ran.json()["batch"]["status"].clone();
    if status != "rolled_back" {
        seen.wrong.push(format!("{}: the batch is {status}: {ran:?}", names()));
    }
    let different = compare(&before, &side.pictures().await);
    seen.wrong.extend(different.into_iter().map(|one| format!("{}: {one}", names())));
    side.forget().await;
    for file in files {
        side.natively(file).await;
    }
}

async fn group(side: &Side, group: &Group<'_>, seen: &mut Seen) {
    if !matches!(group.native, Native::Taken) {
        side.natively(group.files[0]).await;
        return;
    }
    let plan = project(side, &group.files).run(&["plan", "--format", "json"]);
    let coverage = coverage(&plan);
    let mut together: Vec<&File> = Vec::new();
    for (file, by) in group.files.iter().zip(&coverage) {
        seen.files += 1;
        seen.statements += by.iter().sum::<u64>();
        seen.by.iter_mut().zip(by).for_each(|(all, one)| *all += one);
        if by[KINDS.len() - 1] == 0 {
            together.push(file);
            continue;
        }
        seen.irreversible += 1;
        back_again(side, &std::mem::take(&mut together), seen).await;
        side.natively(file).await;
    }
    back_again(side, &together, seen).await;
}

pub async fn up_and_back(fresh: Fresh, name: &'static str) {
    if !crate::support::is_proving("whole collections up and back with no script") {
        return;
    }
    let collection = collection(name);
    let Some(files) = collection.read() else { return };
    let _alone = alone(collection).await;
    let ours = Side { fresh: Fresh::on(fresh.kind), collection };
    let native = Side { fresh, collection };
    let groups = groups(&native, &files).await;
    native.drop_beside().await;
    let mut seen = Seen::default();
    for one in &groups {
        group(&ours, one, &mut seen).await;
        if !seen.wrong.is_empty() || seen.refused.is_some() {
            break;
        }
    }
    ours.drop_beside().await;
    let by: Vec<String> = KINDS.iter().zip(seen.by).map(|(kind, n)| format!("{n} {kind}")).collect();
    say(&format!(
        "real input: {name} on {}, up and rolled back without a script: {} files, {} statements: {}; {} files with \
         something irreversible, applied natively; {} differences{}",
        ours.fresh.kind,
        seen.files,
        seen.statements,
        by.join(", "),
        seen.irreversible,
        seen.wrong.len(),
        seen.refused.iter().map(|why| format!("; NOT undone after all: {why}")).collect::<String>()
    ));
    assert!(seen.wrong.is_empty(), "{name} on {}:\n{}", ours.fresh.kind, seen.wrong.join("\n"));
}

stories_on_servers!(crate::real_input::undone::up_and_back, zabbix);
stories_on_sqlite!(crate::real_input::undone::up_and_back);
