//! One row of a table of cases, and how a table is run.

use super::{capture, undone};
use crate::support::Fresh;
use caribou::database::{Purpose, ServerKind};

/// Servers on which a case runs.
pub const MYSQL: &[ServerKind] = &[ServerKind::MySql];
pub const MARIADB: &[ServerKind] = &[ServerKind::MariaDb];
pub const SQLITE: &[ServerKind] = &[ServerKind::Sqlite];
pub const BOTH: &[ServerKind] = &[ServerKind::MySql, ServerKind::MariaDb];

/// Expectation of a case.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// All comes back, the rows too.
    Back,
    /// The definitions come back; this is lost, as `{:?}` of the kind and names: `rows t`, `column t.a`, `values t.a`.
    Lost(&'static [&'static str]),
    /// There is no inverse, and the reason has these words.
    None(&'static str),
}

/// A statement, what is there before it, and what is expected of its inverse.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub on: &'static [ServerKind],
    pub setup: &'static [&'static str],
    pub statement: &'static str,
    pub expect: Expect,
}

/// Shorthand for a row.
pub const fn case(
    on: &'static [ServerKind],
    setup: &'static [&'static str],
    statement: &'static str,
    expect: Expect,
) -> Case {
    Case { on, setup, statement, expect }
}

/// Runs every case of a table that is for this server, each in an empty schema, and says of all what went wrong.
pub async fn run_table(fresh: &Fresh, cases: &[Case]) {
    let mut session = fresh.database().await.open(Purpose::File).await.expect("a file session");
    let mut wrong = Vec::new();
    let mut ran = 0;
    for case in cases.iter().filter(|case| case.on.contains(&fresh.kind)) {
        ran += 1;
        if let Err(why) = undone::check(session.as_mut(), &fresh.schemas().core, case).await {
            wrong.push(format!("-- {}\n{};\n{why}\n", case.setup.join("; "), case.statement));
            // A statement that failed may have left settings.
            session.close().await;
            session = fresh.database().await.open(Purpose::File).await.expect("a file session");
        }
        capture::empty(session.as_mut(), &fresh.schemas().core).await;
    }
    session.close().await;
    assert!(ran > 0, "no case is for {}", fresh.kind);
    eprintln!("{}: {ran} cases, {} wrong", fresh.kind, wrong.len());
    assert!(wrong.is_empty(), "{} of {ran} cases on {}:\n{}", wrong.len(), fresh.kind, wrong.join("\n"));
}
