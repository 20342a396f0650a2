//! What changed between two outlines of a schema, and whether the statements of the files announce it.

use crate::database::{Outline, Part, PartName};
use crate::sql::{Dialect, How, ObjectKind, Statement, StatementKind, identifiers};
use std::collections::{BTreeMap, HashMap};

/// What a file's statements say that they change.
#[derive(Debug, Clone, Default)]
pub(super) struct Announced {
    /// By name in lower case: true where the object goes or gets another name.
    objects: HashMap<String, bool>,
    /// A statement may change anything, and says so.
    anything: bool,
    /// The first statement whose text does not tell what it does.
    pub(super) untold: Option<(u32, StatementKind)>,
    /// The file has run.
    pub(super) has_ended: bool,
}

impl Announced {
    /// What these statements announce.
    pub(super) fn new(statements: &[Statement]) -> Announced {
        let mut announced = Announced::default();
        statements.iter().for_each(|statement| announced.add(statement));
        announced
    }

    fn add(&mut self, statement: &Statement) {
        use StatementKind::{
            AlterSchema, Do, DropSchema, LockTables, OtherDefinition, Pragma, SetGlobal, UnlockTables,
        };
        let analysis = &statement.analysis;
        let is_plain = matches!(analysis.kind, Do | LockTables | Pragma | SetGlobal | UnlockTables);
        if analysis.kind.is_opaque() && !is_plain && self.untold.is_none() {
            self.untold = Some((statement.index + 1, analysis.kind));
        }
        let of_schema = matches!(analysis.kind, DropSchema | AlterSchema | OtherDefinition);
        // Of a statement that changes definitions, not all of them are told.
        self.anything |= of_schema || (analysis.kind.is_ddl() && analysis.flags.partial);
        if analysis.is_temporary() {
            return;
        }
        for touch in analysis.touches.iter().filter(|touch| !matches!(touch.how, How::Reads | How::Writes)) {
            let takes = matches!(touch.how, How::Drops | How::RenamesFrom | How::RenamesTo);
            *self.objects.entry(touch.object.name.to_lowercase()).or_default() |= takes;
        }
    }

    /// Tells whether it says that a part changes, or names what the part stands on.
    fn covers(&self, name: &PartName, (before, now): (Option<&Part>, Option<&Part>), dialect: Dialect) -> bool {
        let named = |name: &str| self.objects.get(&name.to_lowercase()).copied();
        if self.anything || named(&name.name).is_some() {
            return true;
        }
        let parts = || before.iter().chain(&now);
        let stands_on = parts().filter_map(|part| named(part.on.as_deref()?)).reduce(|one, other| one || other);
        if stands_on.is_some_and(|goes| goes || name.kind != ObjectKind::Trigger) {
            return true;
        }
        // SQLite writes a name anew in every text that speaks of it.
        let is_rewritten = dialect == Dialect::Sqlite && before.is_some() && now.is_some();
        is_rewritten && parts().any(|part| identifiers(&part.digest, dialect).iter().any(|word| named(word).is_some()))
    }
}

/// The objects of which a part changed that nobody announces, in words.
pub(super) fn unannounced<'a>(
    before: &Outline,
    now: &Outline,
    announced: impl Iterator<Item = &'a Announced> + Clone,
    dialect: Dialect,
) -> Vec<String> {
    let mut moved: BTreeMap<(ObjectKind, &str), Vec<String>> = BTreeMap::new();
    let gone = before.keys().filter(|name| !now.contains_key(name));
    for name in gone.chain(now.keys()) {
        let parts = (before.get(name), now.get(name));
        if parts.0 == parts.1 || announced.clone().any(|one| one.covers(name, parts, dialect)) {
            continue;
        }
        moved.entry((name.kind, &name.name)).or_default().push(of_part(&name.part, parts));
    }
    let is_in = |outline: &Outline, (kind, name): (ObjectKind, &str)| {
        let first = PartName { kind, name: name.to_owned(), part: String::new() };
        outline.range(first..).next().is_some_and(|(found, _)| found.kind == kind && found.name == name)
    };
    let told = |(object, parts): (&(ObjectKind, &str), &Vec<String>)| {
        let (kind, name) = object;
        match (is_in(before, *object), is_in(now, *object)) {
            (false, _) => format!("the {kind} {name} is new"),
            (_, false) => format!("the {kind} {name} is gone"),
            (true, true) => format!("the {kind} {name} has changed: {}", parts.join(", ")),
        }
    };
    moved.iter().map(told).collect()
}

fn of_part(part: &str, (before, now): (Option<&Part>, Option<&Part>)) -> String {
    let count = |part: Option<&Part>| part.map_or(0, |part| part.count);
    match (count(before), count(now)) {
        (0, 0) => part.to_owned(),
        (before, now) => format!("{part} ({before} before, {now} now)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn outline(parts: &[(ObjectKind, &str, &str, &str, Option<&str>)]) -> Outline {
        let part = |(kind, name, part, digest, on): &(ObjectKind, &str, &str, &str, Option<&str>)| {
            let (name, part) = ((*name).to_owned(), (*part).to_owned());
            let on = on.map(str::to_owned);
            (PartName { kind: *kind, name, part }, Part { count: 0, digest: (*digest).to_owned(), on })
        };
        parts.iter().map(part).collect()
    }

    fn told(sql: &str, before: &Outline, now: &Outline, dialect: Dialect) -> Vec<String> {
        let announced = [Announced::new(&statements(sql, dialect).unwrap())];
        unannounced(before, now, announced.iter(), dialect)
    }

    #[test]
    fn what_a_statement_names_is_announced_and_nothing_else() {
        use ObjectKind::{Procedure, Table, Trigger};
        let before = outline(&[
            (Table, "a", "columns", "1", None),
            (Table, "a", "options", "1", None),
            (Table, "b", "columns", "1", None),
            (Table, "b", "options", "1", None),
            (Table, "child", "foreign keys to a", "1", Some("a")),
            (Table, "child", "options", "1", None),
            (Trigger, "on_a", "text", "1", Some("a")),
        ]);
        let now = outline(&[
            (Table, "b", "columns", "2", None),
            (Table, "b", "options", "1", None),
            (Table, "child", "options", "1", None),
            (Procedure, "p", "text", "1", None),
        ]);
        let of = |sql| told(sql, &before, &now, Dialect::MariaDb);
        let p = "the procedure p is new";
        assert_eq!(of("DROP TABLE a"), ["the table b has changed: columns", p]);
        assert_eq!(of("DROP TABLE A; ALTER TABLE core.b ADD COLUMN x INT"), [p]);
        assert_eq!(of("DROP DATABASE core"), Vec::<String>::new());
        let rows = of("UPDATE b SET x = 1; SELECT * FROM a");
        let all = [
            "the table a is gone",
            "the table b has changed: columns",
            "the table child has changed: foreign keys to a",
        ];
        assert_eq!(rows, [&all[..], &["the trigger on_a is gone", p]].concat());
    }

    #[test]
    fn a_trigger_on_a_table_that_is_altered_is_somebody_s_own() {
        let now = outline(&[(ObjectKind::Trigger, "t", "text", "1", Some("a"))]);
        let of = |sql| told(sql, &Outline::new(), &now, Dialect::MySql);
        assert_eq!(of("ALTER TABLE a ADD COLUMN x INT"), ["the trigger t is new"]);
        assert_eq!(of("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a = 1"), Vec::<String>::new());
    }

    #[test]
    fn sqlite_writes_a_name_anew_wherever_it_stands() {
        use ObjectKind::{Index, Table, View};
        let index = "CREATE INDEX i ON a (id)";
        let before = outline(&[
            (View, "v", "text", "CREATE VIEW v AS SELECT id FROM a", None),
            (Table, "a", "text", "CREATE TABLE a (id INT)", None),
            (Index, "i", "text", index, Some("a")),
        ]);
        let now = outline(&[
            (View, "v", "text", "CREATE VIEW v AS SELECT id FROM \"z\"", None),
            (Table, "z", "text", "CREATE TABLE \"z\" (id INT)", None),
            (Index, "i", "text", "CREATE INDEX i ON \"z\" (id)", Some("z")),
        ]);
        assert_eq!(told("ALTER TABLE a RENAME TO z", &before, &now, Dialect::Sqlite), Vec::<String>::new());
        assert_eq!(told("SELECT 1", &before, &now, Dialect::Sqlite).len(), 4);
    }

    #[test]
    fn what_the_text_does_not_tell_is_noted_and_announces_nothing() {
        let now = outline(&[(ObjectKind::Table, "made", "options", "1", None)]);
        assert_eq!(told("CALL p()", &Outline::new(), &now, Dialect::MySql), ["the table made is new"]);
        let of = |sql| Announced::new(&statements(sql, Dialect::MySql).unwrap()).untold;
        assert_eq!(of("SELECT 1; CALL p()"), Some((2, StatementKind::Call)));
        assert_eq!(of("DO SLEEP(0); CREATE TABLE t (a INT)"), None);
    }
}
