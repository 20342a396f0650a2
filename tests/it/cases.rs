//! Small migration directories and what is right about each: `cases/README.md` says how one reads. Adding a case is
//! adding a folder.
//!
//! `CARIBOU_CASES=name,name` runs some of them, `CARIBOU_CASES=all` all of them on every server: MySQL otherwise takes one
//! in three of those that MariaDB runs too, others each day. `cases/OPEN` names those that are known to be wrong, and where.

mod place;
mod told;
mod trial;

use crate::support::{Fresh, PrivateServer, is_wanted, packages::say};
use caribou::database::ServerKind;
use place::{Place, SCHEMA};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};
use told::Case;

/// Result of a case: how it is right, or what is wrong.
type Verdict = Result<String, String>;

#[test]
fn sqlite() {
    run_all(ServerKind::Sqlite);
}

#[test]
fn mariadb() {
    run_all(ServerKind::MariaDb);
}

#[test]
fn mysql() {
    run_all(ServerKind::MySql);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases")
}

/// The cases that are valid on a server, and chosen.
fn cases(kind: ServerKind) -> Vec<Case> {
    let chosen = std::env::var("CARIBOU_CASES").unwrap_or_default();
    let in_turn = chosen.is_empty() && kind == ServerKind::MySql;
    let chosen: Vec<&str> = chosen.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "all")).collect();
    let folders: Vec<PathBuf> =
        told::entries(&folder()).into_iter().filter(|path| path.join("case.toml").exists()).collect();
    let unknown = chosen.iter().find(|name| folders.iter().all(|path| !path.ends_with(name)));
    assert!(unknown.is_none(), "CARIBOU_CASES names {unknown:?}, which is no case");
    let cases = folders.iter().map(|path| Case::read(path));
    let is_chosen = |case: &Case| chosen.is_empty() || chosen.contains(&case.name().as_str());
    let valid = cases.filter(|case| case.servers.iter().any(|name| name == kind.as_str()) && is_chosen(case));
    if in_turn { of_the_day(valid.collect()) } else { valid.collect() }
}

/// One in so many of the cases that another server runs too.
const TURNS: u64 = 3;

/// The cases that only this server runs, and those of the others whose turn it is today.
fn of_the_day(cases: Vec<Case>) -> Vec<Case> {
    let today = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs() / 86_400;
    let all = cases.len();
    let has_turn = |(at, case): &(u64, Case)| {
        case.servers.iter().all(|name| name != ServerKind::MariaDb.as_str()) || (at + today).is_multiple_of(TURNS)
    };
    let cases: Vec<Case> = (0..).zip(cases).filter(has_turn).map(|(_, case)| case).collect();
    say(&format!("NOT RUN on mysql: {} of {all} cases; CARIBOU_CASES=all asks for them", all - cases.len()));
    cases
}

/// True if a case is known to be wrong on a server.
fn is_open(name: &str, kind: ServerKind) -> bool {
    let listed = std::fs::read_to_string(folder().join("OPEN")).unwrap_or_default();
    listed.lines().any(|line| line.split_whitespace().eq([name, kind.as_str()]))
}

fn run_all(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    let begun = Instant::now();
    let (own, shared): (Vec<Case>, Vec<Case>) =
        cases(kind).into_iter().partition(|case| kind != ServerKind::Sqlite && case.wants_a_server());
    let verdicts = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let note = |case: &Case, verdict: Verdict| {
        verdicts.lock().expect("no panic while it is held").push((case.name(), case.title.clone(), verdict));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| on_a_server_of_their_own(kind, &own, &note));
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = shared.get(next.fetch_add(1, Ordering::Relaxed)) {
                    note(case, verdict(case, || Place { fresh: Fresh::on(kind), own: None }));
                }
            });
        }
    });
    let mut verdicts = verdicts.into_inner().expect("no panic while it was held");
    verdicts.sort_by(|a, b| a.0.cmp(&b.0));
    report(kind, &verdicts, begun);
}

/// One after the other: what they set is set for the whole server.
fn on_a_server_of_their_own(kind: ServerKind, cases: &[Case], note: &impl Fn(&Case, Verdict)) {
    if cases.is_empty() {
        return;
    }
    let server = PrivateServer::own(kind, &[]);
    for case in cases {
        note(case, verdict(case, || Place { fresh: Fresh::named(&server, SCHEMA), own: Some(&server) }));
    }
}

/// A case that panics is wrong, and does not keep the others from being tried.
fn verdict<'a>(case: &Case, place: impl FnOnce() -> Place<'a>) -> Verdict {
    let tried = catch_unwind(AssertUnwindSafe(|| trial::verdict(case, place())));
    tried.unwrap_or_else(|_| Err("it panicked; see above".to_owned()))
}

fn report(kind: ServerKind, verdicts: &[(String, String, Verdict)], begun: Instant) {
    let (mut wrong, mut open) = (Vec::new(), 0);
    for (name, title, verdict) in verdicts {
        let is_open = is_open(name, kind);
        if let Err(why) = verdict {
            let word = if is_open { "OPEN" } else { "WRONG" };
            say(&format!("{word} on {kind}: {name}: {why}"));
        }
        match (verdict, is_open) {
            (Ok(_), false) => {}
            (Ok(_), true) => wrong.push(format!("{name} is right: remove its line from cases/OPEN")),
            (Err(why), false) => wrong.push(format!("{name}: {title}\n{why}")),
            (Err(_), true) => open += 1,
        }
    }
    let (all, took) = (verdicts.len(), begun.elapsed().as_secs());
    say(&format!("cases on {kind}: {all} in {took} s, {} wrong, {open} open", wrong.len()));
    assert!(wrong.is_empty(), "{} of {all} cases on {kind}:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
