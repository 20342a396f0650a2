//! What stands around the files that are measured: the schema before them, and what undoes them.

use super::workload::{Workload, create};
use caribou::database::ServerKind;

/// Views in the schema of [`Workload::Column`].
const VIEWS: usize = 40;

/// True if it is run there: what a large schema costs beside a statement is a question of servers.
pub fn is_on(work: Workload, kind: ServerKind) -> bool {
    work != Workload::Column || kind != ServerKind::Sqlite
}

/// What stands before so many files.
pub fn before(work: Workload, kind: ServerKind, files: usize) -> String {
    if work != Workload::Column {
        return String::new();
    }
    let view = |n: usize| format!("CREATE VIEW seen_{n:05} AS SELECT id, name FROM herd_{n:05};\n");
    (0..files).map(|n| create(kind, n)).chain((0..files.min(VIEWS)).map(view)).collect()
}

/// What undoes a file.
pub fn undo(work: Workload, n: usize) -> String {
    match work {
        Workload::One | Workload::Five => format!("DROP TABLE herd_{n:05};\n"),
        Workload::Column => format!("ALTER TABLE herd_{n:05} DROP COLUMN weight;\n"),
    }
}
