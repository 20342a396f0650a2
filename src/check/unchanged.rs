//! Tables whose rows the statements of a file cannot change, and the columns of them whose values they cannot.
//!
//! Pure. Where a statement may do more than its text says, nothing is compared, and that is told.

use crate::database::Definition;
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, ObjectName, Statement, StatementKind as Kind};
use crate::undo::inverse::stored_columns;
use crate::undo::inverse::table::Table;
use std::collections::HashSet;

/// Tables of a file that are compared at the most.
const MOST: usize = 20;
/// Types that have no text by which their values could be compared.
const UNREADABLE: [&str; 10] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geomcollection",
    "geometrycollection",
    "vector",
];

/// A table whose rows a file cannot change. Names are with their schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged {
    pub before: ObjectName,
    pub after: ObjectName,
    /// Columns whose values stay, by their names before the file and after it.
    pub columns: Vec<(String, String)>,
}

/// Tables of a file that can be compared, and in words those that cannot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparable {
    pub(super) tables: Vec<Unchanged>,
    pub(super) left_out: Vec<String>,
}

/// True if a file may change rows of tables that stood before it.
pub(super) fn changes_rows(statements: &[Statement], dialect: Dialect) -> bool {
    let mut reading = Reading { made: HashSet::new(), makes_triggers: false, dialect };
    statements.iter().any(|statement| {
        let reason = reading.reason(statement);
        reading.advance(statement, |_| true);
        reason.is_some()
    })
}

/// What of a file can be compared, with the definitions before it. `made`: tables that the batch itself has made.
pub(super) fn comparable(
    statements: &[Statement],
    definitions: &[Definition],
    made: &HashSet<ObjectName>,
    (core, dialect): (&str, Dialect),
) -> Comparable {
    let mut following = Following { definitions, made, core, dialect, tables: Vec::new(), left_out: Vec::new() };
    let mut reading = Reading { made: HashSet::new(), makes_triggers: false, dialect };
    let mut open = None;
    for statement in statements.iter().filter(|statement| !statement.analysis.is_temporary()) {
        let number = statement.index + 1;
        open = open.or_else(|| Some(format!("statement {number} {}", reading.reason(statement)?)));
        reading.advance(statement, |object| following.stood(object).is_none());
        following.advance(statement);
    }
    let mut found = Comparable { tables: following.tables, left_out: following.left_out };
    if found.tables.len() > MOST {
        found.left_out.push(format!("{} tables more than {MOST}", found.tables.len() - MOST));
        found.tables.truncate(MOST);
    }
    if let Some(open) = open.filter(|_| !found.tables.is_empty()) {
        let names = found.tables.iter().map(|table| table.before.name.as_str()).collect::<Vec<_>>().join(", ");
        found = Comparable { tables: Vec::new(), left_out: vec![format!("{names} ({open})")] };
    }
    found
}

/// The statements of a file as far as they may change rows that stood before it.
struct Reading {
    /// Tables that the file makes.
    made: HashSet<String>,
    makes_triggers: bool,
    dialect: Dialect,
}

impl Reading {
    /// Why other rows may change with a statement than those that it names.
    fn reason(&self, statement: &Statement) -> Option<&'static str> {
        let analysis = &statement.analysis;
        let is_plain = matches!(analysis.kind, Kind::LockTables | Kind::UnlockTables | Kind::SetGlobal | Kind::Pragma);
        if (analysis.kind.is_opaque() && !is_plain && analysis.kind != Kind::Do) || analysis.flags.partial {
            return Some("does not tell what it does");
        }
        if analysis.kind.is_dml() {
            let is_own = |object: &ObjectName| self.made.contains(&object.name.to_lowercase());
            let mut written = analysis.touches.iter().filter(|touch| touch.how == How::Writes);
            let only_fills =
                analysis.kind == Kind::Insert && !self.makes_triggers && written.all(|t| is_own(&t.object));
            return (!only_fills).then_some("changes rows, which triggers and foreign keys may carry on");
        }
        match analysis.kind {
            Kind::Do | Kind::Select | Kind::Set if statement.plain().contains('(') => Some("may call what writes"),
            Kind::CreateTable if analysis.flags.has_select => Some("may call what writes"),
            Kind::Rollback | Kind::RollbackToSavepoint => Some("takes statements back"),
            Kind::DropSchema => Some("drops a schema"),
            // It deletes the rows first, with all that follows from it.
            Kind::DropTable if self.dialect == Dialect::Sqlite => {
                Some("drops a table, which foreign keys may carry on")
            }
            _ => None,
        }
    }

    fn advance(&mut self, statement: &Statement, is_new: impl Fn(&ObjectName) -> bool) {
        self.makes_triggers |= statement.analysis.kind == Kind::CreateTrigger;
        let made = statement.analysis.touches.iter().filter(|touch| touch.how == How::Creates && is_new(&touch.object));
        self.made.extend(made.map(|touch| touch.object.name.to_lowercase()));
    }
}

/// The tables that stood, followed through the statements of a file.
struct Following<'a> {
    definitions: &'a [Definition],
    made: &'a HashSet<ObjectName>,
    core: &'a str,
    dialect: Dialect,
    tables: Vec<Unchanged>,
    left_out: Vec<String>,
}

impl Following<'_> {
    fn place(&self, object: &ObjectName) -> ObjectName {
        let schema = object.schema.as_deref().unwrap_or(self.core);
        ObjectName::qualified(ObjectKind::Table, schema, object.name.clone())
    }

    /// The definition of a table before the file.
    fn stood(&self, object: &ObjectName) -> Option<&str> {
        let place = self.place(object);
        let is_it = |one: &&Definition| one.object.kind == ObjectKind::Table && self.place(&one.object) == place;
        self.definitions.iter().find(is_it)?.text.as_deref()
    }

    fn advance(&mut self, statement: &Statement) {
        let touches = &statement.analysis.touches;
        let of = |how: How| touches.iter().filter(move |touch| touch.how == how).map(|touch| touch.object.clone());
        match statement.analysis.kind {
            Kind::AlterTable | Kind::CreateIndex | Kind::DropIndex => {
                let Some(table) = of(How::Alters).chain(of(How::RenamesFrom)).next() else { return };
                let Some(at) = self.at(&table) else { return };
                if let Err(why) = alter(&mut self.tables[at], statement) {
                    let table = self.tables.remove(at);
                    self.left_out.push(format!("{} (statement {} {why})", table.before.name, statement.index + 1));
                    return;
                }
                if let Some(to) = of(How::RenamesTo).next() {
                    self.tables[at].after = self.place(&to);
                }
            }
            Kind::RenameTable => {
                let (from, to): (Vec<_>, Vec<_>) = (of(How::RenamesFrom).collect(), of(How::RenamesTo).collect());
                if from.len() != to.len() {
                    return from.iter().chain(&to).for_each(|one| self.lose(one));
                }
                for (from, to) in from.iter().zip(&to) {
                    if let Some(at) = self.at(from) {
                        self.tables[at].after = self.place(to);
                    }
                }
            }
            // Its rows go, and that is meant.
            Kind::DropTable => of(How::Drops).for_each(|table| self.lose(&table)),
            Kind::Truncate => of(How::Writes).for_each(|table| self.lose(&table)),
            Kind::CreateTable => of(How::Creates).for_each(|table| self.lose(&table)),
            _ => {}
        }
    }

    fn lose(&mut self, table: &ObjectName) {
        let place = self.place(table);
        self.tables.retain(|one| one.after != place);
    }

    /// Where a table is followed that stood before, and whose name now this is.
    fn at(&mut self, table: &ObjectName) -> Option<usize> {
        let place = self.place(table);
        if let Some(at) = self.tables.iter().position(|one| one.after == place) {
            return Some(at);
        }
        let is_known = self.tables.iter().any(|one| one.before == place) || self.made.contains(&place);
        let columns = columns(self.stood(table).filter(|_| !is_known)?, self.dialect)?;
        let columns = columns.into_iter().map(|name| (name.clone(), name)).collect();
        self.tables.push(Unchanged { before: place.clone(), after: place, columns });
        Some(self.tables.len() - 1)
    }
}

/// The columns of a table that can be compared; `None` where its definition does not read as one.
fn columns(text: &str, dialect: Dialect) -> Option<Vec<String>> {
    if dialect == Dialect::Sqlite {
        return stored_columns(text);
    }
    let is_readable = |shown: &str| {
        let word = shown.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        !UNREADABLE.iter().any(|unreadable| word.eq_ignore_ascii_case(unreadable))
    };
    let columns = Table::parse(text, dialect).ok()?.columns.into_iter();
    Some(columns.filter(|one| !one.generated && is_readable(&one.shown)).map(|column| column.name).collect())
}

/// Takes an alteration in. `Err`: it may change rows.
fn alter(table: &mut Unchanged, statement: &Statement) -> Result<(), &'static str> {
    use AlterOperation::{
        AddPrimaryKey, ChangeColumn, ConvertCharset, DropColumn, Engine, ModifyColumn, Partition, RenameColumn,
        Unknown, Upkeep, Versioning,
    };
    if statement.analysis.flags.ignore {
        return Err("says IGNORE, and may drop rows");
    }
    let is = |name: &String, other: &str| name.eq_ignore_ascii_case(other);
    // Each operation of a statement names columns as they are before it.
    let mut renamed = Vec::new();
    for operation in &statement.analysis.operations {
        match operation {
            ModifyColumn { name } | DropColumn { name } | ChangeColumn { from: name, .. } => {
                table.columns.retain(|(_, now)| !is(name, now));
            }
            RenameColumn { from, to } => renamed.push((from, to)),
            // Values are written anew, those of the key among them.
            ConvertCharset | AddPrimaryKey | Engine { .. } => table.columns.clear(),
            Partition { action } if !["ADD", "BY", "REMOVE", "REORGANIZE", "COALESCE"].contains(&action.as_str()) => {
                return Err("changes partitions");
            }
            Upkeep { what } if !what.ends_with("KEYS") => return Err("changes its files"),
            Versioning { .. } => return Err("changes which rows are kept"),
            Unknown { .. } => return Err("does not tell what it does"),
            _ => {}
        }
    }
    for (_, now) in &mut table.columns {
        if let Some((_, to)) = renamed.iter().find(|(from, _)| is(from, now)) {
            (*to).clone_into(now);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    const T: &str = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL,\n  `a` varchar(9) DEFAULT NULL,\n  `p` point DEFAULT NULL,\n  \
         `g` int(11) GENERATED ALWAYS AS (`id` + 1) VIRTUAL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB";

    fn found(sql: &str) -> Comparable {
        let definition = |name: &str, text: Option<&str>| Definition {
            object: ObjectName::new(ObjectKind::Table, name),
            text: text.map(str::to_owned),
        };
        let definitions = [definition("t", Some(T)), definition("new", None)];
        let statements = statements(sql, Dialect::MariaDb).unwrap();
        comparable(&statements, &definitions, &HashSet::new(), ("core", Dialect::MariaDb))
    }

    /// `before>after: column, column>column`.
    fn told(sql: &str) -> Vec<String> {
        let pair = |(before, after): &(String, String)| match before == after {
            true => before.clone(),
            false => format!("{before}>{after}"),
        };
        let table = |one: &Unchanged| {
            let columns = one.columns.iter().map(pair).collect::<Vec<_>>().join(", ");
            format!("{}: {columns}", pair(&(one.before.name.clone(), one.after.name.clone())))
        };
        found(sql).tables.iter().map(table).collect()
    }

    #[test]
    fn what_stays_is_followed_under_its_names() {
        for (sql, expected) in [
            ("ALTER TABLE t ADD COLUMN b INT", "t: id, a"),
            ("CREATE INDEX i ON t (a); RENAME TABLE t TO u; ALTER TABLE u RENAME COLUMN a TO b", "t>u: id, a>b"),
            ("ALTER TABLE t RENAME COLUMN a TO id, RENAME COLUMN id TO a", "t: id>a, a>id"),
            ("ALTER TABLE t MODIFY a TEXT, RENAME TO u", "t>u: id"),
            ("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", "t: "),
            ("CREATE TABLE new (id INT); INSERT INTO new VALUES (1); ALTER TABLE t DROP COLUMN a", "t: id"),
        ] {
            assert_eq!(told(sql), [expected], "{sql}");
            assert_eq!(found(sql).left_out, Vec::<String>::new(), "{sql}");
        }
        for sql in
            ["CREATE TABLE new (id INT); ALTER TABLE new ADD b INT", "DROP TABLE t", "TRUNCATE t", "UPDATE t SET a = 1"]
        {
            assert_eq!(found(sql), Comparable::default(), "{sql}");
        }
    }

    #[test]
    fn what_may_change_rows_is_not_compared_and_says_why() {
        for (sql, why) in [
            ("ALTER TABLE t ADD b INT; UPDATE t SET b = 1", "t (statement 2 changes rows"),
            ("CALL p(); ALTER TABLE t ADD b INT", "t (statement 1 does not tell"),
            ("SELECT f(); ALTER TABLE t ADD b INT", "t (statement 1 may call what writes"),
            ("ALTER IGNORE TABLE t ADD UNIQUE (a)", "t (statement 1 says IGNORE"),
            ("ALTER TABLE t TRUNCATE PARTITION p0", "t (statement 1 changes partitions"),
        ] {
            let found = found(sql);
            assert!(found.tables.is_empty() && found.left_out.len() == 1, "{sql}: {found:?}");
            assert!(found.left_out[0].starts_with(why), "{sql}: {found:?}");
        }
        let changes = |sql: &str| changes_rows(&statements(sql, Dialect::MySql).unwrap(), Dialect::MySql);
        assert!(!changes("CREATE TABLE a (b INT); INSERT INTO a VALUES (1); ALTER TABLE t ADD b INT"));
        assert!(changes("INSERT INTO t VALUES (1)") && changes("CALL p()"));
    }
}
