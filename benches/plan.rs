//! Cost of planning: 100,000 files with 300,000 dependencies, and how that grows; reading a directory of 1,000 files.
//!
//! `cargo bench --bench plan`. Times are those of the clock, with the processor time of all threads
//! beside them, since a busy machine makes the clock say more about the neighbours. The bars are 1 s for the plan of 100,000 files, linear, and 30 ms for a whole process that
//! finds 1,000 files and nothing to do, of which reading is the greater part.

use caribou::model::{BatchId, Checksum, DependencyType, Epoch, FileId, FileState, FileStatus, FileType};
use caribou::plan::{self, Applied, Candidate, CandidateNeed, Foreseen, Known, Options, Script};
use caribou::source;
use caribou::sql::Dialect;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Number of times that each is measured; the median is told.
const RUNS: usize = 5;

/// Dependencies of each file.
const NEEDS: usize = 3;

fn candidate(order: usize) -> Candidate {
    // Three earlier files, spread over the whole directory.
    let needs = (1..=NEEDS).filter(|step| order >= step * 7).map(|step| CandidateNeed {
        name: format!("{:06}_file", (order - step * 7) / step),
        kind: DependencyType::Required,
        said_in: format!("{order:06}_file.sql"),
        line: 1,
    });
    let mut text = String::new();
    for step in 1..=NEEDS {
        writeln!(text, "-- caribou: requires={step}").expect("a string takes everything");
    }
    writeln!(text, "CREATE TABLE table_{order} (id BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL);")
        .expect("as before");
    Candidate {
        order,
        path: format!("{order:06}_file.sql"),
        root: String::new(),
        name: format!("{order:06}_file"),
        version: format!("{order:06}"),
        numbers: vec![order as u64],
        file_type: FileType::Doctrine,
        rule: Default::default(),
        findings: Vec::new(),
        up: Script { text, sha256: format!("{order:064x}") },
        down: Some(Script { text: format!("DROP TABLE table_{order};\n"), sha256: String::new() }),
        verify: None,
        needs: needs.collect(),
    }
}

fn completed(order: usize) -> Applied {
    Applied {
        file_id: FileId(order as i64 + 1),
        path: format!("{order:06}_file.sql"),
        hash: Checksum(format!("{order:064x}")),
        canonical: Checksum::default(),
        status: FileStatus::Completed,
        state: FileState::Idle,
        effects: false,
        open: false,
        epoch_to: Epoch(1),
        gone: false,
        batch: BatchId(1),
    }
}

/// Time on the clock and on the processors since a moment, of all threads: files are read on as many as there are.
struct Begun(Instant, Duration);

/// What something has taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Taken {
    clock: Duration,
    processors: Duration,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2?} ({:.2?} of processors)", self.clock, self.processors)
    }
}

impl Begun {
    fn now() -> Begun {
        Begun(Instant::now(), processors())
    }

    fn elapsed(&self) -> Taken {
        Taken { clock: self.0.elapsed(), processors: processors().saturating_sub(self.1) }
    }
}

/// Processor time of this process, to a hundredth of a second; 0 where the system does not tell.
fn processors() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn median(mut run: impl FnMut() -> Taken) -> Taken {
    let mut times: Vec<Taken> = (0..RUNS).map(|_| run()).collect();
    times.sort();
    times[RUNS / 2]
}

fn plans() {
    let options = Options::new(Dialect::MariaDb, "2026-11-22");
    let mut before: Option<Taken> = None;
    for count in [25_000, 50_000, 100_000] {
        let files: Vec<Candidate> = (0..count).map(candidate).collect();
        let needs: usize = files.iter().map(|file| file.needs.len()).sum();
        let time = median(|| {
            let files = files.clone();
            let begun = Begun::now();
            let plan = plan::make(files, &[], &options);
            let time = begun.elapsed();
            assert_eq!((plan.files.len(), plan.refused.len()), (count, 0));
            time
        });
        let grown = before
            .map_or(String::new(), |b| format!(", {:.2} x the half", time.clock.as_secs_f64() / b.clock.as_secs_f64()));
        println!("plan of {count} files with {needs} dependencies, all pending: {time}{grown}");
        before = Some(time);
        let known = Known { engine: Some("innodb".to_owned()), ..Known::default() };
        let time = median(|| {
            let mut plan = plan::make(files.clone(), &[], &options);
            let begun = Begun::now();
            plan::foresee(&mut plan, &known, ("core", Dialect::MariaDb), Foreseen::Block);
            let time = begun.elapsed();
            assert!(plan.files.iter().all(|file| file.findings.is_empty()));
            time
        });
        println!("  its statements followed through the schema: {time}");
    }
    let history: Vec<Applied> = (0..100_000).map(completed).collect();
    let files: Vec<Candidate> = (0..100_000).map(candidate).collect();
    let time = median(|| {
        let files = files.clone();
        let begun = Begun::now();
        let plan = plan::make(files, &history, &options);
        let time = begun.elapsed();
        assert!(plan.is_empty());
        time
    });
    println!("plan of 100000 files, all completed: {time}");
}

fn reading() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for order in 0..1_000 {
        let file = candidate(order);
        std::fs::write(dir.path().join(&file.path), file.up.text.replace("caribou: requires=", "needs "))
            .expect("written");
    }
    let time = median(|| {
        let begun = Begun::now();
        let directory = source::read(dir.path(), "auto", Dialect::MySql).expect("it can be read");
        let time = begun.elapsed();
        assert_eq!(directory.files.len(), 1_000);
        time
    });
    println!("reading a directory of 1000 files: {time}");
}

fn main() {
    plans();
    reading();
}
