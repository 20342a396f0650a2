//! The walk through a plan: where it is, what it has found, and what it may not rely on.

use super::known::Known;
use super::program::Program;
use super::state::{At, Entry, Found, Schema};
use crate::plan::finding::POLICY_FORESEEN;
use crate::plan::{Evidence, Finding, Level};
use crate::sql::{AlterOperation, Dialect, ForeignKeyChecks, How, ObjectName, Statement};
use std::collections::{HashMap, HashSet};

/// A statement whose effect on definitions is not told.
#[derive(Debug)]
struct Cause {
    at: At,
    why: &'static str,
    said: bool,
}

/// A view that will not work from a statement on, unless a later one makes it anew.
#[derive(Debug)]
struct Broken {
    view: String,
    table: String,
    column: Option<String>,
    at: At,
}

/// The state of the walk.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) known: &'a Known,
    pub(super) schema: Schema,
    /// Paths of the files, by place in the plan.
    paths: Vec<&'a str>,
    /// Statements that make a table or view, by its name.
    makers: HashMap<String, Vec<At>>,
    pub(super) at: At,
    /// By file.
    pub(super) findings: Vec<(usize, Finding)>,
    /// Names whose definitions a statement of the plan has made or changed.
    altered: HashSet<String>,
    /// Those of which a column was shown or hidden, in words that are not read here.
    veiled: HashSet<String>,
    causes: Vec<Cause>,
    broken: Vec<Broken>,
    /// Those that the plan makes and does not drop.
    pub(super) programs: Vec<Program>,
    /// Schema that `USE` has chosen.
    current: Option<String>,
    /// Names of temporary tables that the file has made: they hide others.
    temporary: HashSet<String>,
    /// Checking of foreign keys by the session of this statement.
    pub(super) foreign_key_checks: ForeignKeyChecks,
    /// The session takes `IF EXISTS` for said.
    passes_over: bool,
    /// The engine that a table gets which names none.
    pub(super) engine: Option<String>,
    /// SQLite: the names that were changed since a transaction began.
    transaction: Option<Vec<String>>,
    /// SQLite: the file has said something about `legacy_alter_table`, by which a table's new name is not written into views.
    legacy_alter: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(known: &'a Known, core: &str, dialect: Dialect, paths: Vec<&'a str>) -> Walk<'a> {
        Walk {
            known,
            schema: known.schema(core, dialect),
            paths,
            makers: HashMap::new(),
            at: At { file: 0, statement: 0, line: 0 },
            findings: Vec::new(),
            altered: HashSet::new(),
            veiled: HashSet::new(),
            causes: Vec::new(),
            broken: Vec::new(),
            programs: Vec::new(),
            current: None,
            temporary: HashSet::new(),
            foreign_key_checks: ForeignKeyChecks::Untold,
            passes_over: false,
            engine: None,
            transaction: None,
            legacy_alter: false,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.schema.names.dialect
    }

    /// A statement further on makes this object.
    pub(super) fn will_make(&mut self, object: &ObjectName, at: At) {
        if let Some(key) = self.schema.own(object) {
            self.makers.entry(key).or_default().push(at);
        }
    }

    /// The next file begins, in a session of its own.
    pub(super) fn begin_file(&mut self, file: usize, tells_engine: bool) {
        self.at = At { file, statement: 0, line: 0 };
        self.current = None;
        self.temporary.clear();
        self.transaction = None;
        self.passes_over = false;
        self.legacy_alter = false;
        self.engine = self.known.engine.clone().filter(|_| tells_engine);
    }

    /// True if the session checks foreign keys for certain: no table goes to which one leads, and none is made before the
    /// one to which its own lead. SQLite looks at rows alone.
    pub(super) fn checks_keys(&self) -> bool {
        self.foreign_key_checks == ForeignKeyChecks::On && self.dialect().is_mysql_family()
    }

    /// True if the server looks for certain whether what foreign keys stand on stays, and whether a table that is made is
    /// the one for which they wait: MySQL does so whatever the session says.
    pub(super) fn guards_keys(&self) -> bool {
        self.dialect() == Dialect::MySql || self.checks_keys()
    }

    /// The key of an object that can be looked at: one of core, and not hidden by a temporary table.
    pub(super) fn key(&self, object: &ObjectName) -> Option<String> {
        if object.schema.is_none() && self.current.is_some() {
            return None;
        }
        self.schema.own(object).filter(|key| !self.temporary.contains(key))
    }

    /// An object as it has to be named where the current schema is another.
    pub(super) fn placed(&self, mut object: ObjectName) -> ObjectName {
        if object.schema.is_none() {
            object.schema.clone_from(&self.current);
        }
        object
    }

    /// From here on, what is not there is passed over.
    pub(super) fn passes_over(&mut self) {
        self.passes_over = true;
        self.forget_all("it makes statements pass over what is not there");
    }

    pub(super) fn use_schema(&mut self, name: &str) {
        self.current = Some(name.to_owned()).filter(|name| !self.schema.is_core(name));
    }

    /// A statement has made a temporary object: what else bears its name is not seen from here on.
    pub(super) fn hide(&mut self, object: &ObjectName) {
        let key = self.schema.names.table(&object.name);
        self.temporary.insert(key);
    }

    /// Forgets what a statement changes and a temporary object may hide.
    pub(super) fn forget_hidden(&mut self, statement: &Statement) {
        for touch in statement.analysis.touches.iter().filter(|touch| touch.how.changes() && touch.how != How::Writes) {
            let key = self.schema.names.table(&touch.object.name);
            if self.temporary.contains(&key) {
                self.put(key, Entry::Unknown(None));
            }
        }
    }

    /// From here on, this is known of a name.
    pub(super) fn put(&mut self, key: String, entry: Entry) {
        self.schema.put(key, entry);
    }

    /// Looks for a name; where the answer cannot be relied on, that is said.
    pub(super) fn find(&mut self, key: &str) -> Found<'_> {
        if let Found::Unknown(Some(cause)) = self.schema.find(key) {
            self.say_cause(cause, key);
        }
        self.schema.find(key)
    }

    /// True if some statement has an effect that is not told.
    pub(super) fn has_unknown(&self) -> bool {
        !self.causes.is_empty()
    }

    fn say_cause(&mut self, cause: usize, name: &str) {
        let here = self.at;
        let Some(cause) = self.causes.get_mut(cause).filter(|cause| !cause.said && cause.at != here) else { return };
        cause.said = true;
        let (at, why) = (cause.at, cause.why);
        let message = format!("{why}: the statements after it that name {name} are not compared with the schema");
        self.push(at, "unknown_effect", Level::Info, message, None, None);
    }

    /// Forgets everything: what a statement does is not told.
    pub(super) fn forget_all(&mut self, why: &'static str) {
        self.causes.push(Cause { at: self.at, why, said: false });
        self.schema.forget_all(self.causes.len() - 1);
        self.broken.clear();
        self.engine_untold();
    }

    /// Forgets one object: what a statement does with it is not told.
    pub(super) fn forget(&mut self, key: String, why: &'static str) {
        self.causes.push(Cause { at: self.at, why, said: false });
        self.put(key, Entry::Unknown(Some(self.causes.len() - 1)));
    }

    pub(super) fn engine_untold(&mut self) {
        self.engine = None;
    }

    /// SQLite: from here on, views may keep the old name of a table.
    pub(super) fn alters_as_of_old(&mut self) {
        self.legacy_alter = true;
    }

    /// True if views get a table's new name with it.
    pub(super) fn follows_names(&self) -> bool {
        !self.dialect().is_mysql_family() && !self.legacy_alter
    }

    /// SQLite: a transaction or a savepoint begins.
    pub(super) fn begin(&mut self) {
        if !self.dialect().is_mysql_family() {
            self.transaction.get_or_insert_default();
        }
    }

    pub(super) fn commit(&mut self) {
        self.transaction = None;
    }

    /// A statement has had its effect: what it changes is another thing than what stands in the database now.
    pub(super) fn alters(&mut self, statement: &Statement) {
        let touches = statement.analysis.touches.iter();
        let veils = |operation: &AlterOperation| matches!(operation, AlterOperation::ColumnVisibility { .. });
        let veils = statement.analysis.operations.iter().any(veils);
        for touch in touches.filter(|touch| touch.how.changes() && touch.how != How::Writes) {
            let Some(key) = self.key(&touch.object) else { continue };
            if veils {
                self.veiled.insert(key.clone());
            }
            self.altered.insert(key);
        }
    }

    /// True if the plan has made or changed what bears this name.
    pub(super) fn is_altered(&self, key: &str) -> bool {
        self.altered.contains(key)
    }

    /// True if nobody knows which columns of a table are hidden.
    pub(super) fn is_veiled(&self, key: &str) -> bool {
        self.veiled.contains(key)
    }

    /// SQLite: what a statement changes, a transaction may take back.
    pub(super) fn changes(&mut self, statement: &Statement) {
        if let Some(changed) = self.transaction.as_mut().filter(|_| statement.analysis.kind.is_ddl()) {
            let touched = statement.analysis.touches.iter().filter(|touch| touch.how.changes());
            changed.extend(touched.map(|touch| self.schema.names.table(&touch.object.name)));
        }
    }

    /// SQLite: what was changed since the transaction began is as before, or partly so.
    pub(super) fn rollback(&mut self) {
        for key in self.transaction.take().unwrap_or_default() {
            self.schema.indexes.insert(key.clone(), None);
            self.forget(key, "it takes back what was changed before it");
        }
        self.begin();
    }

    /// Something that the server will answer with an error. `why`: with which words, or by which rule.
    pub(super) fn fails(&mut self, check: &str, message: String, why: &str, remedy: &str) {
        if self.passes_over && check.starts_with("missing_") {
            return;
        }
        self.push(self.at, check, Level::Blocking, message, Some(why), Some(remedy));
    }

    /// Something that is found at a statement.
    pub(super) fn push(
        &mut self,
        at: At,
        check: &str,
        level: Level,
        message: String,
        why: Option<&str>,
        remedy: Option<&str>,
    ) {
        let statement = at.statement + 1;
        let evidence = Evidence {
            statement: Some(statement),
            reason: why.unwrap_or_default().to_owned(),
            safer: remedy.unwrap_or_default().to_owned(),
            policy: POLICY_FORESEEN.to_owned(),
            ..Evidence::default()
        };
        let finding = Finding::new(check, level, Some(at.line), format!("statement {statement}: {message}"));
        self.findings.push((at.file, finding.with(evidence)));
    }

    /// Place where something happened: `line 4 of 0002_b.sql`, or `line 4` of the same file.
    pub(super) fn place(&self, at: At) -> String {
        match self.paths.get(at.file).filter(|_| at.file != self.at.file) {
            Some(path) => format!("line {} of {path}", at.line),
            None => format!("line {}", at.line),
        }
    }

    /// The next statement after this one that makes the object.
    pub(super) fn maker(&self, key: &str) -> Option<At> {
        self.makers.get(key)?.iter().copied().find(|at| *at > self.at)
    }

    /// A table that is not there where a statement needs it.
    pub(super) fn missing_table(&mut self, verb: &str, object: &ObjectName, gone: Option<At>) {
        let key = self.schema.names.table(&object.name);
        let remedy = match (self.maker(&key), gone) {
            (Some(maker), _) => format!("{} makes it: let that come first", self.place(maker)),
            (None, Some(gone)) => format!("{} takes it away: let that come later", self.place(gone)),
            (None, None) => "create it first, or correct the name".to_owned(),
        };
        let message = format!("it {verb} {object}, which will not be there");
        self.fails("missing_table", message, "the server will say that there is no such table", &remedy);
        self.put(key, Entry::Unknown(None));
    }

    /// Remembers a view that a statement breaks: it is a finding if nothing mends it.
    pub(super) fn breaks(&mut self, view: String, table: &str, column: Option<&str>) {
        let broken = Broken { view, table: table.to_owned(), column: column.map(str::to_owned), at: self.at };
        self.broken.push(broken);
    }

    /// The plan has come to its end: views that are still broken are said.
    pub(super) fn finish(mut self) -> Vec<(usize, Finding)> {
        let mut said = HashSet::new();
        for Broken { view, table, column, at } in std::mem::take(&mut self.broken) {
            let stands = match self.schema.find(&view) {
                Found::View(view) => view.by.is_none_or(|by| by < at),
                _ => false,
            };
            let is_back = match (self.schema.find(&table), &column) {
                (Found::Nothing(_), _) => false,
                (Found::Table(table), Some(column)) => table.has_column(column) != super::table::Has::No,
                _ => true,
            };
            if !stands || is_back || !said.insert(view.clone()) {
                continue;
            }
            let what =
                column.map_or_else(|| format!("the table {table}"), |column| format!("the column {table}.{column}"));
            let message =
                format!("it takes away {what}, which the view {view} reads, and nothing makes that view anew");
            let why = "whoever reads the view gets an error from then on, so views_readable takes the file back";
            let remedy = "drop the view or make it anew, in this file or a later one";
            self.push(at, "broken_view", Level::Warning, message, Some(why), Some(remedy));
        }
        self.findings
    }
}
