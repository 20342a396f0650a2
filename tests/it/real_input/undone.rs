//! Every collection up, and then rolled back whole with no script: by undo that is derived and by what was kept, alone.
//! What stands afterwards is what stood before: definitions and rows.
//!
//! A file of which some statement cannot be undone is applied natively, and counted.

use super::collections::{File, LONG, alone, collection};
use super::migrating::{Group, Native, Side, compare, groups};
use super::native::MOMENT;
use super::picture::{Picture, by_meaning, without_counters};
use crate::support::packages::say;
use crate::support::{Fresh, Project, Ran, is_proving};
use caribou::database::ServerKind;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// Files that meet a table whose rows cannot be kept, which no plan can tell from their text: they are refused before
/// anything of them runs, in these words.
const REFUSED: [(&str, &str); 1] = [("searchindex-no-fts.sql", "searchindex is a virtual table")];

/// Statements by what undoes them, in the words of the plan.
const KINDS: [&str; 5] = ["written", "derived", "kept", "not_needed", "none"];

/// Observations of a collection.
#[derive(Default)]
struct Seen {
    files: usize,
    statements: u64,
    by: [u64; KINDS.len()],
    /// Files in which something cannot be undone.
    irreversible: usize,
    /// An undo that was refused after all, with its reason: the plan said more than the engine does.
    refused: Option<String>,
    wrong: Vec<String>,
    /// Each run is also tried with a file in its middle that fails.
    fails_in_the_middle: bool,
    middle: usize,
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

/// Number of statements of each file of a plan, by what undoes them.
fn coverage(ran: &Ran) -> Vec<[u64; KINDS.len()]> {
    let document = ran.json();
    let files = document["files"].as_array().expect("files").clone();
    let of_file = |file: &Value| {
        let statements = file["statements"].as_array().expect("statements").clone();
        KINDS.map(|kind| statements.iter().filter(|statement| statement["undo"] == kind).count() as u64)
    };
    files.iter().filter(|file| file["path"] != "9999-last.sql").map(of_file).collect()
}

/// A statement that fails, behind what a file says.
const FAILS: &str = "\n;\nSELECT * FROM no_table_of_this_name;\n";

/// Up to the middle one of the files, which fails at its end: what ran of it and of those before it comes back.
async fn back_from_the_middle(side: &Side, files: &[&File], seen: &mut Seen) {
    let middle = files.len() / 2;
    let half = &files[..=middle];
    let before = side.pictures().await;
    let project = project(side, half);
    project.unforeseen();
    let stem = files[middle].name.strip_suffix(".sql").unwrap_or(&files[middle].name);
    project.migration(&format!("{:04}-{stem}.sql", middle + 1), format!("{}{FAILS}", files[middle].text));
    let ran = project.run(&["migrate", "--format", "json"]);
    let status = ran.json()["batch"]["status"].clone();
    if ran.code != Some(1) || status != "rolled_back" {
        seen.wrong.push(format!("{} fails: the batch is {status}: {ran:?}", files[middle].name));
    }
    let different = compare(&meant(&before, side), &meant(&side.pictures().await, side));
    seen.wrong.extend(different.into_iter().map(|one| format!("{} fails: {one}", files[middle].name)));
    seen.middle += 1;
    side.forget().await;
}

/// Up, and back; then natively, for the next.
async fn back_again(side: &Side, files: &[&File], seen: &mut Seen) {
    if files.is_empty() || !seen.wrong.is_empty() || seen.refused.is_some() {
        return;
    }
    if seen.fails_in_the_middle {
        back_from_the_middle(side, files, seen).await;
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
    let different = compare(&meant(&before, side), &meant(&side.pictures().await, side));
    seen.wrong.extend(different.into_iter().map(|one| format!("{}: {one}", names())));
    side.forget().await;
    for file in files {
        side.natively(file).await;
    }
}

/// A file that is refused before it runs; then natively, for the next.
async fn refused(side: &Side, file: &File, words: &str, seen: &mut Seen) {
    let before = side.pictures().await;
    let ran = project(side, &[file]).run(&["migrate", "--format", "json"]);
    if ran.code != Some(2) || !ran.stderr.contains(words) {
        seen.wrong.push(format!("{}: not refused with {words:?}: {ran:?}", file.name));
    }
    seen.wrong.extend(compare(&before, &side.pictures().await).into_iter().map(|one| format!("{}: {one}", file.name)));
    side.forget().await;
    side.natively(file).await;
}

/// The pictures by what is to come back.
fn meant(pictures: &[Picture], side: &Side) -> Vec<Picture> {
    let meaning = match side.fresh.kind {
        ServerKind::Sqlite => by_meaning,
        ServerKind::MariaDb | ServerKind::MySql => without_counters,
    };
    pictures.iter().map(meaning).collect()
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
        if let Some((_, words)) = REFUSED.iter().find(|(name, _)| *name == file.name) {
            seen.irreversible += 1;
            back_again(side, &std::mem::take(&mut together), seen).await;
            refused(side, file, words, seen).await;
            continue;
        }
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

/// `842 derived, 3 kept, 1 not needed`.
fn covered(by: &[u64]) -> String {
    let words: Vec<String> = KINDS.iter().zip(by).map(|(kind, n)| format!("{n} {}", kind.replace('_', " "))).collect();
    words.join(", ")
}

/// Says what all collections so far come to; the last such line is that of all of them.
fn say_total(seen: &Seen) {
    static TOTAL: Mutex<(usize, u64, [u64; KINDS.len()])> = Mutex::new((0, 0, [0; KINDS.len()]));
    let mut total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    total.0 += 1;
    total.1 += seen.statements;
    total.2.iter_mut().zip(&seen.by).for_each(|(all, one)| *all += one);
    let (collections, statements, by) = *total;
    say(&format!("real input: undo coverage of {collections} collections: {statements} statements: {}", covered(&by)));
}

pub async fn up_and_back(fresh: Fresh, name: &'static str) {
    let is_long = fresh.kind != ServerKind::Sqlite && LONG.contains(&name);
    if is_long && !is_proving(&format!("{name} on {}, up and rolled back without a script", fresh.kind)) {
        return;
    }
    let collection = collection(name);
    let Some(files) = collection.read() else { return };
    let _alone = alone(collection).await;
    let ours = Side { fresh: Fresh::on(fresh.kind), collection };
    let native = Side { fresh, collection };
    let groups = groups(&native, &files).await;
    native.drop_beside().await;
    let half_way = is_proving(&format!("{name} on {}, failing in the middle", ours.fresh.kind));
    let mut seen = Seen { fails_in_the_middle: half_way, ..Seen::default() };
    for one in &groups {
        group(&ours, one, &mut seen).await;
        if !seen.wrong.is_empty() || seen.refused.is_some() {
            break;
        }
    }
    ours.drop_beside().await;
    let refused = seen.refused.iter().map(|why| format!("; NOT undone after all: {why}")).collect::<String>();
    say(&format!(
        "real input: {name} on {}, up and rolled back without a script: {} files, {} statements: {}; {} files with \
         something irreversible, applied natively; {} times from the middle; {} differences{}",
        ours.fresh.kind,
        seen.files,
        seen.statements,
        covered(&seen.by),
        seen.irreversible,
        seen.middle,
        seen.wrong.len(),
        refused,
    ));
    say_total(&seen);
    assert_eq!(refused, "", "{name} on {}: the plan promised an undo", ours.fresh.kind);
    assert!(seen.wrong.is_empty(), "{name} on {}:\n{}", ours.fresh.kind, seen.wrong.join("\n"));
}

stories_on_servers!(crate::real_input::undone::up_and_back, zabbix);
stories_on_sqlite!(crate::real_input::undone::up_and_back);

/// More packages, when asked for.
pub async fn more_up_and_back(fresh: Fresh, name: &'static str) {
    if is_proving(&format!("{name} on {}, up and rolled back without a script", fresh.kind)) {
        up_and_back(fresh, name).await;
    }
}

stories!(more_on_mariadb, MariaDb, crate::real_input::undone::more_up_and_back:
    ejabberd ejabberd_new kamailio freeradius rsyslog opendmarc tt_rss torrust fang code_push mysql_migration);
stories!(more_on_mysql, MySql, crate::real_input::undone::more_up_and_back:
    ejabberd ejabberd_new kamailio freeradius rsyslog opendmarc tt_rss torrust fang code_push mysql_migration);
stories!(more_on_sqlite, Sqlite, crate::real_input::undone::more_up_and_back:
    cdk_mint cdk_mint_auth cdk_wallet apalis torrust_sqlite openmls synapse_state synapse_main ejabberd_sqlite ejabberd_new_sqlite
    freeradius_sqlite promptfoo sonicjs drizzle_cursor actual);
