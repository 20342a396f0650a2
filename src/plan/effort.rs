//! Effort of a statement: what the time that it takes depends on, as its text tells.

use crate::sql::{AlterOperation, Dialect, How, Statement, StatementKind};

/// Thing on which the time of a statement depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// On nothing that grows.
    Fixed,
    /// On the rows of its table, each of which is written anew.
    Copies,
    /// On the rows of its table, each of which is read, for an index or a check.
    Reads,
    /// On the rows that it changes.
    Changes,
    /// On the rows of other tables.
    Others,
    /// On what its text does not show.
    Untold,
    /// On what the handler of the file does outside the database.
    Own,
}

/// The effort of a statement.
pub(super) fn effort(statement: &Statement, dialect: Dialect) -> Effort {
    use StatementKind as Kind;
    let analysis = &statement.analysis;
    let reads = || analysis.touches.iter().any(|touch| touch.how == How::Reads);
    match analysis.kind {
        kind if kind.is_own() => Effort::Own,
        Kind::LoadData => Effort::Others,
        // Rows may also come of a query that reads no table.
        Kind::Insert | Kind::Replace | Kind::Upsert if reads() || has_query(statement) => Effort::Others,
        Kind::Insert | Kind::Replace | Kind::Upsert => Effort::Fixed,
        Kind::Update | Kind::Delete => Effort::Changes,
        // A foreign key reads no rows of the table that it refers to.
        Kind::CreateTable if reads() && !analysis.flags.foreign_key => Effort::Others,
        Kind::CreateIndex | Kind::Analyze => Effort::Reads,
        Kind::Optimize | Kind::Repair | Kind::Reindex => Effort::Copies,
        Kind::Vacuum => Effort::Untold,
        Kind::AlterTable => {
            analysis.operations.iter().map(|one| alteration(one, dialect)).max().unwrap_or(Effort::Fixed)
        }
        Kind::LockTables | Kind::UnlockTables | Kind::Pragma | Kind::SetGlobal => Effort::Fixed,
        kind if kind.is_opaque() => Effort::Untold,
        _ => Effort::Fixed,
    }
}

/// True if a query stands in the statement, or the word for one in a text of it.
fn has_query(statement: &Statement) -> bool {
    statement.plain().to_ascii_uppercase().contains("SELECT")
}

/// Orders what an ALTER does by how much it takes.
impl Ord for Effort {
    fn cmp(&self, other: &Effort) -> std::cmp::Ordering {
        let rank = |effort: &Effort| match effort {
            Effort::Fixed => 0,
            Effort::Reads => 1,
            Effort::Changes => 2,
            Effort::Copies => 3,
            Effort::Others | Effort::Untold | Effort::Own => 4,
        };
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Effort {
    fn partial_cmp(&self, other: &Effort) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The effort of one operation of an ALTER, where the server says nothing of its means.
fn alteration(operation: &AlterOperation, dialect: Dialect) -> Effort {
    use AlterOperation::*;
    match operation {
        AddIndex { .. } | AddForeignKey { .. } | AddCheck { .. } => Effort::Reads,
        // SQLite writes every row without the column; the others note that it is gone.
        DropColumn { .. } if dialect == Dialect::Sqlite => Effort::Copies,
        AddColumn { .. }
        | DropColumn { .. }
        | RenameColumn { .. }
        | SetDefault { .. }
        | DropDefault { .. }
        | ColumnVisibility { .. }
        | DropIndex { .. }
        | RenameIndex { .. }
        | IndexVisibility { .. }
        | DropForeignKey { .. }
        | DropConstraint { .. }
        | AlterConstraint { .. }
        | RenameTo { .. }
        | DefaultCharset
        | AutoIncrement
        | Modifier { .. } => Effort::Fixed,
        _ => Effort::Copies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    #[test]
    fn what_a_statement_takes_is_read_from_its_text() {
        let of = |text: &str, dialect| {
            let script = sql::read(text, dialect).unwrap();
            effort(&script.statements[0], dialect)
        };
        for (text, wanted) in [
            ("CREATE TABLE t (a INT)", Effort::Fixed),
            ("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES p (id))", Effort::Fixed),
            ("CREATE TABLE t AS SELECT * FROM o", Effort::Others),
            ("INSERT INTO t VALUES (1), (2)", Effort::Fixed),
            ("INSERT INTO t SELECT * FROM o", Effort::Others),
            (
                "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
                Effort::Others,
            ),
            ("UPDATE t SET a = 1", Effort::Changes),
            ("ALTER TABLE t ADD COLUMN b INT", Effort::Fixed),
            ("ALTER TABLE t ADD COLUMN b INT, ADD INDEX i (b)", Effort::Reads),
            ("ALTER TABLE t MODIFY b BIGINT, ADD INDEX i (b)", Effort::Copies),
            ("ALTER TABLE t ENGINE = InnoDB", Effort::Copies),
            ("CREATE INDEX i ON t (a)", Effort::Reads),
            ("OPTIMIZE TABLE t", Effort::Copies),
            ("CALL p()", Effort::Untold),
            ("DROP TABLE t", Effort::Fixed),
        ] {
            assert_eq!(of(text, Dialect::MariaDb), wanted, "{text}");
        }
        assert_eq!(of("ALTER TABLE t DROP COLUMN b", Dialect::MySql), Effort::Fixed);
        assert_eq!(of("ALTER TABLE t DROP COLUMN b", Dialect::Sqlite), Effort::Copies);
    }
}
