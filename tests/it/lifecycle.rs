//! Every statement kind on every server: up and undone is as before; up, with a crash at each event boundary, is as before
//! too, or failed with the evidence.

mod kinds;

use crate::support::{Fresh, Project, Ran, Snapshot, is_wanted, run, snapshot};
use caribou::database::{Purpose, ServerKind};
use caribou::model::{BatchId, FileState};
use caribou::store::{Reader, Store, compare};
use kinds::{BASE, KINDS, Kind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// The fault points of the engine, in the order of a statement's life.
const POINTS: [&str; 8] = [
    "before_commit",
    "after_commit",
    "during",
    "before_receipt",
    "before_end",
    "before_home",
    "half_home",
    "after_statement",
];

/// Those that a server comes to.
fn points(server: ServerKind) -> Vec<&'static str> {
    POINTS.into_iter().filter(|point| server == ServerKind::Sqlite || !point.ends_with("home")).collect()
}

/// Means that undo a file that has completed.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// Its rollback script.
    Script,
    /// Steps that can be derived, and data that was kept.
    Itself,
}

/// A kind on a server, ready to run.
struct Case {
    fresh: Fresh,
    project: Project,
    before: Snapshot,
}

impl Case {
    fn new(kind: &Kind, server: ServerKind, by: By) -> Case {
        let fresh = Fresh::on(server);
        let project = Project::on(&fresh);
        project.configure("[workers]\nlease_ttl = \"10s\"");
        project.run(&["schema", "install"]).exits(0);
        run(async {
            let database = fresh.database().await;
            let mut session = database.open(Purpose::File).await.expect("a session");
            let text = format!("{BASE}{}", kind.before);
            for statement in caribou::sql::statements(&text, server.dialect()).expect("it can be split") {
                session.run(&statement.sql).await.unwrap_or_else(|error| panic!("{}: {error}", kind.name));
            }
            session.close().await;
        });
        project.migration("0001_it.sql", format!("{};\n", kind.up));
        if by == By::Script {
            project.migration("0001_it.rollback.sql", format!("{};\n", kind.down_on(server)));
        }
        // Every run is undone: its rows do not suffice.
        project.migration("0001_it.verify.sql", "SELECT COUNT(*) > 1000 FROM t;\n");
        if kind.up.contains("RENAME TO renamed") || kind.up.contains("TO renamed") {
            project.migration("0001_it.verify.sql", "SELECT COUNT(*) > 1000 FROM renamed;\n");
        }
        let before = run(snapshot(&fresh));
        Case { fresh, project, before }
    }

    /// True if something of the file cannot be undone, so that it needs a word of its own to run.
    fn is_irreversible(&self) -> bool {
        let plan = self.project.run(&["plan", "--format", "json"]);
        plan.json()["undo_coverage"]["none"].as_u64().is_some_and(|none| none > 0)
    }

    fn migrate(&self, fault: Option<&str>) -> Ran {
        let mut command = self.project.command(&["migrate"]);
        command.envs(fault.map(|fault| ("CARIBOU_FAULT", fault)));
        command.output().expect("the binary can be run").into()
    }

    /// After the last run: undone and as before, or failed, and saying what stands.
    fn judge(&self, ran: &Ran, what: &str) -> Verdict {
        self.project.run(&["doctor"]).exits(0);
        let now = run(snapshot(&self.fresh));
        let (state, claims) = run(self.claims());
        match ran.code {
            Some(1) => {
                assert_eq!(state, FileState::Idle, "{what}: {ran:?}");
                assert_eq!(now, self.before, "{what}: it says that it is undone: {ran:?}");
                Verdict::AsBefore
            }
            Some(3) => {
                assert_eq!(state, FileState::Failed, "{what}: {ran:?}");
                assert!(
                    claims.doubt || claims.stands || now == self.before,
                    "{what}: nothing stands, it says: {ran:?}"
                );
                assert!(ran.stdout.contains("a person has to look"), "{what}: {ran:?}");
                Verdict::Person
            }
            _ => panic!("{what}: {ran:?}"),
        }
    }

    /// Receipts and what is kept stand in core on SQLite for a while, and no longer than to the next run.
    async fn leaves_nothing_in_core(&self, what: &str) {
        if self.fresh.kind == ServerKind::Sqlite {
            let mut session = self.fresh.database().await.open(Purpose::File).await.expect("a session");
            let ours = "SELECT name FROM main.sqlite_master WHERE name LIKE 'caribou$%'";
            assert_eq!(session.query_text(ours).await.expect("names"), [], "{what}");
            session.close().await;
        }
    }

    /// Reads what the journal says of the newest attempt at the file.
    async fn claims(&self) -> (FileState, Claims) {
        let store = Store::new(self.fresh.database().await);
        let mut reader = Reader::open(&store).await.expect("a reader");
        let newest: BatchId = reader.batches(1).await.expect("batches")[0].batch_id;
        let wrong = compare(&mut reader, newest).await.expect("it can be compared");
        assert!(wrong.is_empty(), "{wrong:?}");
        let world = reader.world(newest).await.expect("a world").expect("the batch");
        reader.close().await;
        let file = world.batches[&newest].in_order().next().expect("a file").clone();
        let claims = Claims { doubt: file.in_doubt().next().is_some(), stands: file.in_force().next().is_some() };
        (file.state, claims)
    }
}

struct Claims {
    doubt: bool,
    stands: bool,
}

#[derive(Debug, PartialEq)]
enum Verdict {
    AsBefore,
    Person,
}

/// Counts of what was seen of a kind.
#[derive(Default)]
struct Tally {
    crashes: u32,
    as_before: u32,
    person: u32,
}

/// False where nothing undoes it, and it is refused for that.
fn up_and_undone(kind: &Kind, server: ServerKind, by: By) -> bool {
    let case = Case::new(kind, server, by);
    let what = format!("{} on {server}", kind.name);
    if by == By::Itself && case.is_irreversible() {
        let ran = case.migrate(None);
        assert_eq!((ran.code, ran.stderr.contains("--accept-irreversible")), (Some(2), true), "{what}: {ran:?}");
        return false;
    }
    let ran = case.migrate(None);
    assert_eq!(case.judge(&ran, &what), Verdict::AsBefore, "{what}: {ran:?}");
    true
}

/// Crashes at the n-th arrival at a point; None when there is no such arrival.
fn crashed(kind: &Kind, server: ServerKind, by: By, case: &mut Case, fault: &str) -> Option<Verdict> {
    let what = format!("{} on {server}, {fault}", kind.name);
    let ran = case.migrate(Some(fault));
    if ran.code.is_some() {
        assert_eq!(case.judge(&ran, &what), Verdict::AsBefore, "{what}: {ran:?}");
        return None;
    }
    let mut ran = case.migrate(None);
    for _ in 0..3 {
        // What had not begun has run, and been undone, by now; what was paused or followed goes on.
        if matches!(ran.code, Some(1 | 3)) {
            break;
        }
        ran = case.migrate(None);
    }
    let verdict = case.judge(&ran, &what);
    run(case.leaves_nothing_in_core(&what));
    if verdict == Verdict::Person {
        eprintln!("{what}: a person has to look:\n{}", ran.stdout);
        // The schema is not what it was: the next crash has its own.
        *case = Case::new(kind, server, by);
    }
    Some(verdict)
}

/// At every boundary when `CARIBOU_LIFECYCLE=all`; else at one of them, by the name's place in the table.
fn crash_everywhere(kind: &Kind, server: ServerKind, by: By, number: usize) -> Tally {
    let mut tally = Tally::default();
    let mut case = Case::new(kind, server, by);
    if by == By::Itself && case.is_irreversible() {
        return tally;
    }
    let all = std::env::var("CARIBOU_LIFECYCLE").is_ok_and(|v| v == "all");
    let points = points(server);
    for (index, point) in points.iter().enumerate().filter(|(index, _)| all || *index == number % points.len()) {
        let first = if all { 1 } else { 1 + (number / points.len() + index) % 3 };
        for nth in first.. {
            match crashed(kind, server, by, &mut case, &format!("{point}:{nth}")) {
                Some(Verdict::AsBefore) => tally.as_before += 1,
                Some(Verdict::Person) => tally.person += 1,
                None => break,
            }
            tally.crashes += 1;
            if !all {
                break;
            }
        }
    }
    tally
}

/// Runs every kind of a server, several at a time: most of the time goes by waiting for servers.
fn each(server: ServerKind, story: impl Fn(&Kind, usize) + Sync) {
    if !is_wanted(server) {
        return;
    }
    let only = std::env::var("CARIBOU_LIFECYCLE_KIND").ok();
    let wanted = |kind: &&Kind| kind.servers.contains(&server) && only.as_deref().is_none_or(|only| only == kind.name);
    let queue = Mutex::new(KINDS.iter().filter(wanted).enumerate());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no panic while it is held").next();
                    let Some((number, kind)) = next else { return };
                    story(kind, number);
                }
            });
        }
    });
}

fn every_kind_is_undone(server: ServerKind) {
    each(server, |kind, _| assert!(up_and_undone(kind, server, By::Script)));
}

/// Those that nothing undoes are known: it is said of no other.
fn every_kind_undoes_itself(server: ServerKind) {
    let undone = AtomicU32::new(0);
    each(server, |kind, _| {
        let undoes = up_and_undone(kind, server, By::Itself);
        assert_eq!(undoes, !kinds::IRREVERSIBLE.contains(&kind.name), "{} on {server}", kind.name);
        undone.fetch_add(u32::from(undoes), Ordering::Relaxed);
    });
    eprintln!("{server}: {} kinds undone without a script", undone.into_inner());
}

fn every_kind_survives_crashes(server: ServerKind, by: By) {
    let total = Mutex::new(Tally::default());
    each(server, |kind, number| {
        let tally = crash_everywhere(kind, server, by, number);
        eprintln!(
            "{server} {}: {} crashes, {} as before, {} for a person",
            kind.name, tally.crashes, tally.as_before, tally.person
        );
        let mut total = total.lock().expect("no panic while it is held");
        total.crashes += tally.crashes;
        total.as_before += tally.as_before;
        total.person += tally.person;
    });
    let total = total.into_inner().expect("no panic while it was held");
    eprintln!(
        "{server}: {} crashes, {} as before, {} for a person, 0 wrong",
        total.crashes, total.as_before, total.person
    );
}

macro_rules! on_every_kind {
    ($($server:ident: $kind:expr),*) => {
        $(mod $server {
            use caribou::database::ServerKind;

            #[test]
            fn every_kind_is_undone() {
                super::every_kind_is_undone($kind);
            }

            #[test]
            fn every_kind_undoes_itself() {
                super::every_kind_undoes_itself($kind);
            }

            #[test]
            fn every_kind_survives_crashes() {
                super::every_kind_survives_crashes($kind, super::By::Script);
            }

            #[test]
            fn every_kind_undoes_itself_through_crashes() {
                super::every_kind_survives_crashes($kind, super::By::Itself);
            }
        })*
    };
}

on_every_kind!(sqlite: ServerKind::Sqlite, mariadb: ServerKind::MariaDb, mysql: ServerKind::MySql);
