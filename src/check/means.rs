//! Means by which a server changes a table: algorithm and lock.

use crate::sql::{Dialect, StatementKind};

/// Algorithm and lock that a statement is tried with, the lightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) algorithm: &'static str,
    /// Empty where the algorithm leaves no choice.
    pub(crate) lock: &'static str,
}

const fn means(algorithm: &'static str, lock: &'static str) -> Means {
    Means { algorithm, lock }
}

const MYSQL: &[Means] = &[
    means("INSTANT", ""),
    means("INPLACE", "NONE"),
    means("INPLACE", "SHARED"),
    means("COPY", "SHARED"),
    means("COPY", "EXCLUSIVE"),
];
const MARIADB: &[Means] = &[
    means("INSTANT", "NONE"),
    means("NOCOPY", "NONE"),
    means("NOCOPY", "SHARED"),
    means("INPLACE", "NONE"),
    means("INPLACE", "SHARED"),
    means("COPY", "SHARED"),
    means("COPY", "EXCLUSIVE"),
];

/// The ladder of means for a statement.
pub(super) fn ladder(kind: StatementKind, dialect: Dialect) -> impl Iterator<Item = Means> {
    let all = if dialect == Dialect::MariaDb { MARIADB } else { MYSQL };
    // MySQL has no INSTANT for indexes.
    let skipped = usize::from(kind != StatementKind::AlterTable && dialect == Dialect::MySql);
    all.iter().skip(skipped).copied()
}

impl Means {
    /// True if the rows are written anew or nobody may write meanwhile. `INPLACE` on MySQL may or may not rebuild.
    pub(super) fn blocks(self) -> bool {
        self.algorithm == "COPY" || matches!(self.lock, "SHARED" | "EXCLUSIVE")
    }

    /// True if definitions alone change.
    pub(crate) fn is_instant(self) -> bool {
        self.algorithm == "INSTANT"
    }

    /// The clause behind a statement.
    pub(super) fn clause(self, kind: StatementKind) -> String {
        let (comma, lock) = (if kind == StatementKind::AlterTable { "," } else { "" }, self.lock);
        let lock = if lock.is_empty() { String::new() } else { format!("{comma} LOCK={lock}") };
        format!("{comma} ALGORITHM={}{lock}", self.algorithm)
    }
}

impl std::fmt::Display for Means {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.lock {
            "" => write!(f, "ALGORITHM={}", self.algorithm),
            lock => write!(f, "ALGORITHM={}, LOCK={lock}", self.algorithm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_begins_with_what_is_lightest() {
        let first = |kind, dialect| ladder(kind, dialect).next().unwrap();
        assert_eq!(
            first(StatementKind::AlterTable, Dialect::MySql).clause(StatementKind::AlterTable),
            ", ALGORITHM=INSTANT"
        );
        let index = first(StatementKind::CreateIndex, Dialect::MySql);
        assert_eq!(index.clause(StatementKind::CreateIndex), " ALGORITHM=INPLACE LOCK=NONE");
        assert!(!index.blocks() && means("INPLACE", "SHARED").blocks() && means("COPY", "SHARED").blocks());
    }
}
