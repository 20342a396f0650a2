//! Pairs: whether one statement undoes another.
//!
//! Only what the texts settle. Anything that would need the old definition or the old rows (a
//! dropped column, a redefinition, an `UPDATE`) is not certain, and `false`.

use crate::sql::{AlterOperation, Analysis, How, ObjectKind, ObjectName, StatementKind};

/// Kinds that create an object, each with the kind that drops it.
const CREATED_AND_DROPPED: &[(StatementKind, StatementKind)] = &[
    (StatementKind::CreateTable, StatementKind::DropTable),
    (StatementKind::CreateView, StatementKind::DropView),
    (StatementKind::CreateIndex, StatementKind::DropIndex),
    (StatementKind::CreateTrigger, StatementKind::DropTrigger),
    (StatementKind::CreateProcedure, StatementKind::DropProcedure),
    (StatementKind::CreateFunction, StatementKind::DropFunction),
    (StatementKind::CreateEvent, StatementKind::DropEvent),
    (StatementKind::CreateSequence, StatementKind::DropSequence),
    (StatementKind::CreateSchema, StatementKind::DropSchema),
];

/// True if running `back` undoes `forward`, given that `forward` took effect (an
/// `IF NOT EXISTS` did make the object). Both analyses must speak of the same current schema.
/// `false` means "not certain".
///
/// It is about objects: whether the schema is the same afterwards, a fingerprint tells.
pub fn undoes(back: &Analysis, forward: &Analysis) -> bool {
    if back.flags.partial || forward.flags.partial {
        return false;
    }
    if back.flags.temporary != forward.flags.temporary && !drops_temporary(back, forward) {
        return false;
    }
    drops_created(back, forward)
        || index_by_alter(back, forward)
        || renames_back(back, forward)
        || alters_back(back, forward)
        || deletes_inserted(back, forward)
}

/// `DROP TABLE` without `TEMPORARY` drops a temporary table too.
fn drops_temporary(back: &Analysis, forward: &Analysis) -> bool {
    forward.flags.temporary
        && matches!(back.kind, StatementKind::DropTable | StatementKind::DropView | StatementKind::DropTrigger)
}

fn objects(analysis: &Analysis, how: How) -> Vec<&ObjectName> {
    let touches = analysis.touches.iter();
    let mut objects: Vec<_> = touches.filter(|touch| touch.how == how).map(|touch| &touch.object).collect();
    objects.sort();
    objects
}

/// The same object was made, and is dropped with nothing beside it. What `OR REPLACE` made may
/// have stood there in another form before; a schema that `IF NOT EXISTS` found holds others' tables.
fn drops_created(back: &Analysis, forward: &Analysis) -> bool {
    let pair = (forward.kind, back.kind);
    let found_schema = forward.kind == StatementKind::CreateSchema && forward.flags.if_not_exists;
    if !CREATED_AND_DROPPED.contains(&pair) || forward.flags.or_replace || found_schema {
        return false;
    }
    let made = objects(forward, How::Creates);
    if made.is_empty() || made != objects(back, How::Drops) {
        return false;
    }
    // MySQL's indexes belong to a table; in SQLite the index alone is named.
    let tables = objects(back, How::Alters);
    pair.0 != StatementKind::CreateIndex || tables.is_empty() || tables == objects(forward, How::Alters)
}

/// `CREATE INDEX i ON t` and `ALTER TABLE t DROP INDEX i`, and the other way round.
fn index_by_alter(back: &Analysis, forward: &Analysis) -> bool {
    let (plain, altering, how) = match (forward.kind, back.kind) {
        (StatementKind::CreateIndex, StatementKind::AlterTable) => (forward, back, How::Creates),
        (StatementKind::AlterTable, StatementKind::DropIndex) => (back, forward, How::Drops),
        _ => return false,
    };
    let [index] = objects(plain, how)[..] else {
        return false;
    };
    let operation = if altering.kind == back.kind {
        AlterOperation::DropIndex { name: index.name.clone() }
    } else {
        match main_operations(altering)[..] {
            [AlterOperation::AddIndex { name: Some(_), unique }] => {
                AlterOperation::AddIndex { name: Some(index.name.clone()), unique: *unique }
            }
            _ => return false,
        }
    };
    objects(plain, How::Alters) == objects(altering, How::Alters)
        && matches!(main_operations(altering)[..], [one] if same(one, &operation))
}

/// Every rename of the one is a rename back in the other, by `RENAME TABLE` or `ALTER TABLE`.
fn renames_back(back: &Analysis, forward: &Analysis) -> bool {
    let only_renames = |analysis: &Analysis| {
        matches!(analysis.kind, StatementKind::RenameTable | StatementKind::AlterTable)
            && analysis.touches.iter().all(|touch| matches!(touch.how, How::RenamesFrom | How::RenamesTo))
    };
    let there = renames(forward);
    let mut again: Vec<_> = renames(back).into_iter().map(|(from, to)| (to, from)).collect();
    let chained = there.iter().any(|(from, _)| there.iter().any(|(_, to)| to == from));
    let mut there = there;
    there.sort();
    again.sort();
    only_renames(forward) && only_renames(back) && !chained && !there.is_empty() && there == again
}

/// From and to, in the order of the text.
fn renames(analysis: &Analysis) -> Vec<(&ObjectName, &ObjectName)> {
    let with = |how| {
        let touches = analysis.touches.iter();
        touches.filter(move |touch| touch.how == how).map(|touch| &touch.object)
    };
    with(How::RenamesFrom).zip(with(How::RenamesTo)).collect()
}

/// Every operation has its inverse in the other statement, and nothing else is there.
fn alters_back(back: &Analysis, forward: &Analysis) -> bool {
    if (back.kind, forward.kind) != (StatementKind::AlterTable, StatementKind::AlterTable)
        || objects(back, How::Alters) != objects(forward, How::Alters)
        || !renames(back).is_empty()
        || !renames(forward).is_empty()
    {
        return false;
    }
    let forward = main_operations(forward);
    let mut left = main_operations(back);
    if forward.is_empty() || forward.len() != left.len() {
        return false;
    }
    forward.iter().all(|operation| {
        let inverse = left.iter().position(|candidate| inverts(candidate, operation));
        inverse.map(|at| left.swap_remove(at)).is_some()
    })
}

/// Without `ALGORITHM`, `LOCK` and their like.
fn main_operations(analysis: &Analysis) -> Vec<&AlterOperation> {
    let operations = analysis.operations.iter();
    operations.filter(|operation| !matches!(operation, AlterOperation::Modifier { .. })).collect()
}

/// True if one operation of an `ALTER TABLE` undoes another.
fn inverts(back: &AlterOperation, forward: &AlterOperation) -> bool {
    use AlterOperation as Op;
    match (forward, back) {
        (Op::AddColumn { name: a }, Op::DropColumn { name: b })
        | (Op::AddForeignKey { name: Some(a) }, Op::DropForeignKey { name: b } | Op::DropConstraint { name: b })
        | (Op::AddCheck { name: Some(a) }, Op::DropConstraint { name: b })
        | (Op::AddIndex { name: Some(a), .. }, Op::DropIndex { name: b })
        | (Op::AddIndex { name: Some(a), unique: true }, Op::DropConstraint { name: b }) => a.eq_ignore_ascii_case(b),
        (Op::AddPrimaryKey, Op::DropPrimaryKey) => true,
        (Op::RenameColumn { from, to }, Op::RenameColumn { from: b, to: a })
        | (Op::RenameIndex { from, to }, Op::RenameIndex { from: b, to: a }) => {
            from.eq_ignore_ascii_case(a) && to.eq_ignore_ascii_case(b)
        }
        _ => false,
    }
}

/// Names of indexes do not mind case.
fn same(a: &AlterOperation, b: &AlterOperation) -> bool {
    use AlterOperation as Op;
    match (a, b) {
        (Op::DropIndex { name: a }, Op::DropIndex { name: b })
        | (Op::AddIndex { name: Some(a), .. }, Op::AddIndex { name: Some(b), .. }) => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}

/// `DELETE FROM t WHERE …` is meant for the rows of `INSERT INTO t`; one without `WHERE` takes
/// others' rows as well, and rows that an `INSERT IGNORE` or `REPLACE` found were there before.
fn deletes_inserted(back: &Analysis, forward: &Analysis) -> bool {
    let table = |analysis| objects(analysis, How::Writes);
    back.kind == StatementKind::Delete
        && forward.kind == StatementKind::Insert
        && back.flags.has_where
        && !back.flags.has_limit
        && !forward.flags.ignore
        && table(back) == table(forward)
        && matches!(table(back)[..], [object] if object.kind == ObjectKind::Table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, analyse};

    fn check(back: &str, forward: &str, dialect: Dialect) -> bool {
        undoes(&analyse(back, dialect), &analyse(forward, dialect))
    }

    #[test]
    fn certain() {
        for (forward, back) in [
            ("CREATE TABLE t (a INT)", "DROP TABLE t"),
            ("CREATE TABLE IF NOT EXISTS `t` (a INT)", "drop table if exists t"),
            ("CREATE TABLE s.t AS SELECT 1", "DROP TABLE s.t"),
            ("CREATE TEMPORARY TABLE t (a INT)", "DROP TABLE t"),
            ("CREATE VIEW v AS SELECT 1", "DROP VIEW v"),
            ("CREATE UNIQUE INDEX i ON t (a)", "DROP INDEX i ON t"),
            ("CREATE INDEX i ON t (a)", "ALTER TABLE t DROP INDEX I"),
            ("ALTER TABLE t ADD INDEX i (a)", "DROP INDEX i ON t"),
            ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "DROP TRIGGER g"),
            ("CREATE PROCEDURE p() BEGIN END", "DROP PROCEDURE IF EXISTS p"),
            ("CREATE DATABASE d", "DROP SCHEMA d"),
            ("RENAME TABLE a TO b, c TO d", "RENAME TABLE d TO c, b TO a"),
            ("ALTER TABLE a RENAME TO b", "RENAME TABLE b TO a"),
            (
                "ALTER TABLE t ADD COLUMN a INT, ADD b INT AFTER a, ALGORITHM=INSTANT",
                "ALTER TABLE t DROP COLUMN B, DROP a",
            ),
            ("ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (a)", "ALTER TABLE t DROP FOREIGN KEY fk"),
            ("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)", "ALTER TABLE t DROP INDEX k"),
            ("ALTER TABLE t ADD PRIMARY KEY (a)", "ALTER TABLE t DROP PRIMARY KEY"),
            ("ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t RENAME COLUMN b TO a"),
            ("ALTER TABLE t RENAME INDEX a TO b", "ALTER TABLE t RENAME KEY b TO a"),
            ("INSERT INTO t VALUES (1)", "DELETE FROM t WHERE a = 1"),
        ] {
            assert!(check(back, forward, Dialect::MySql), "{back} / {forward}");
            assert!(!check(forward, back, Dialect::MySql) || forward.contains("RENAME"), "{forward} / {back}");
        }
        assert!(check("DROP INDEX i", "CREATE INDEX i ON t (a)", Dialect::Sqlite));
        assert!(check("ALTER TABLE t RENAME b TO a", "ALTER TABLE t RENAME COLUMN a TO b", Dialect::Sqlite));
    }

    #[test]
    fn not_certain() {
        for (forward, back) in [
            ("CREATE TABLE t (a INT)", "DROP TABLE u"),
            ("CREATE TABLE t (a INT)", "DROP TABLE t, u"),
            ("CREATE TABLE t (a INT)", "DROP TABLE s.t"),
            ("CREATE TABLE t (a INT)", "DROP TEMPORARY TABLE t"),
            ("CREATE OR REPLACE TABLE t (a INT)", "DROP TABLE t"),
            ("CREATE DATABASE IF NOT EXISTS d", "DROP DATABASE d"),
            ("CREATE INDEX i ON t (a)", "DROP INDEX i ON u"),
            ("CREATE INDEX i ON t (a)", "ALTER TABLE t DROP INDEX i, DROP COLUMN a"),
            ("ALTER TABLE t ADD INDEX (a)", "ALTER TABLE t DROP INDEX a"),
            ("ALTER TABLE t ADD a INT, ADD b INT", "ALTER TABLE t DROP a"),
            ("ALTER TABLE t ADD a INT", "ALTER TABLE t DROP a, DROP b"),
            ("ALTER TABLE t DROP a", "ALTER TABLE t ADD a INT"),
            ("ALTER TABLE t MODIFY a INT", "ALTER TABLE t MODIFY a BIGINT"),
            ("ALTER TABLE t ADD a INT, RENAME TO u", "ALTER TABLE u DROP a, RENAME TO t"),
            ("RENAME TABLE a TO tmp, b TO a, tmp TO b", "RENAME TABLE tmp TO a, a TO b, b TO tmp"),
            ("RENAME TABLE a TO b", "RENAME TABLE b TO c"),
            ("DROP TABLE t", "CREATE TABLE t (a INT)"),
            ("INSERT INTO t VALUES (1)", "DELETE FROM t"),
            ("INSERT IGNORE INTO t VALUES (1)", "DELETE FROM t WHERE a = 1"),
            ("REPLACE INTO t VALUES (1)", "DELETE FROM t WHERE a = 1"),
            ("INSERT INTO t VALUES (1)", "DELETE FROM u WHERE a = 1"),
            ("INSERT INTO t VALUES (1)", "DELETE t, u FROM t JOIN u WHERE a = 1"),
            ("UPDATE t SET a = 1", "UPDATE t SET a = 0"),
            ("SELECT 1", "SELECT 1"),
            ("SOMETHING", "DROP TABLE t"),
        ] {
            assert!(!check(back, forward, Dialect::MySql), "{back} / {forward}");
        }
    }
}
