//! What no file may reach: the orchestration schema and the undo schema, by whatever name, and what the engine stands on
//! in its session ([`sql::OffLimits`]).
//!
//! The plan has refused it already; here it is looked at again, since a plan may come from somewhere else. SQLite looks
//! a bare name up in every attached file, and the session that runs the files has the orchestration schema attached for
//! its receipts: there a file could reach Caribou's own tables without naming their schema.

use crate::database::ServerKind;
use crate::engine::file::texts::FileText;
use crate::model::{Category, Failure, SourceText};
use crate::sql::{self, How, Language, ObjectKind, Statement};
use crate::store::Store;
use std::collections::HashSet;

/// The failure of a file that names what it may not reach. Creating a table of such a name is no harm: that is core's.
pub(crate) fn refused_file(store: &Store, text: &FileText) -> Option<Failure> {
    if let Some(Reached { line, message, remedy }) = reached(store, &text.source, &text.language) {
        return Some(Failure { line: Some(line), ..Failure::new(Category::Validation, message) }.hint(remedy));
    }
    let settings = sql::directives(&text.source.up).map(|directives| directives.session).unwrap_or_default();
    if let Some(message) = in_settings(store, &settings) {
        return Some(Failure::new(Category::Validation, message).hint(REMEDY));
    }
    if store.database().kind() != ServerKind::Sqlite {
        return None;
    }
    let own: HashSet<String> = store.own_tables().into_iter().map(|name| name.to_lowercase()).collect();
    let down = text.down.as_ref().map_or(&[][..], |d| &d.statements);
    text.up.statements.iter().chain(down).find_map(|statement| refused_on_sqlite(&own, statement))
}

const REMEDY: &str = "take that out: the journal and what is kept are nothing that a file may touch";

/// Where one of a file's scripts reaches what no file may.
pub(crate) struct Reached {
    line: u32,
    pub(crate) message: String,
    remedy: &'static str,
}

/// Finds where one of a file's scripts reaches what no file may, and what to say of it.
pub(crate) fn reached(store: &Store, source: &SourceText, language: &Language) -> Option<Reached> {
    let reserved = store.reserved();
    let schemas: Vec<&str> = reserved.iter().map(String::as_str).collect();
    let scripts = [
        ("", Some(&source.up)),
        (" of its rollback script", source.down.as_ref()),
        (" of its verify script", source.verify.as_ref()),
    ];
    scripts.into_iter().find_map(|(which, script)| {
        if let Some((line, what)) = sql::off_limits(script?, language.clone()).first() {
            let message = format!("line {line}{which}: {what}");
            return Some(Reached { line: *line, message, remedy: what.remedy() });
        }
        let (line, schema) = *sql::names_reserved(script?, language.clone(), &schemas).first()?;
        let message = format!("line {line}{which} names the schema {schema}, which is the orchestrator's own");
        Some(Reached { line, message, remedy: REMEDY })
    })
}

/// The failure of one statement that is about to be sent and reaches that, in its own text or in one that it executes:
/// whatever came before, it is not sent.
pub(crate) fn refused_statement(store: &Store, (statement, executed): (&Statement, Option<&str>)) -> Option<Failure> {
    let (reserved, dialect) = (store.reserved(), store.dialect());
    let failure = |message: String, remedy| {
        Failure::new(Category::Validation, message).at(statement.index, statement.line).hint(remedy)
    };
    let taken = |text| sql::off_limits_to(text, dialect);
    if let Some(what) = taken(statement.plain()).or_else(|| taken(executed?)) {
        return Some(failure(format!("{what}: it was not sent"), what.remedy()));
    }
    let schemas: Vec<&str> = reserved.iter().map(String::as_str).collect();
    let strings = sql::can_prepare(&statement.sql, dialect);
    let within = |text: &str, strings: bool| sql::named_schema(text, dialect, &schemas, strings);
    let schema = within(statement.plain(), strings).or_else(|| within(executed?, true))?;
    let message = format!("the statement names the schema {schema}, which is the orchestrator's own: it was not sent");
    Some(failure(message, REMEDY))
}

fn refused_on_sqlite(own: &HashSet<String>, statement: &Statement) -> Option<Failure> {
    // As it stands there, with the schema that it names: in its script, `main.t` and `t` have become one.
    let analysis = sql::analyse(&statement.sql, sql::Dialect::Sqlite);
    let reached = analysis.touches.iter().find(|touch| {
        let object = &touch.object;
        object.kind == ObjectKind::Table
            && object.schema.is_none()
            && touch.how != How::Creates
            && own.contains(&object.name.to_lowercase())
    })?;
    let name = &reached.object.name;
    let message = format!("{name} is also the name of a table of the orchestration schema, which SQLite would find");
    let failure = Failure::new(Category::Validation, message).at(statement.index, statement.line);
    Some(failure.hint(format!("write main.{name} where core's table is meant")))
}

/// Gives what to say of session settings that read from such a schema.
pub(crate) fn in_settings(store: &Store, settings: &[(String, String)]) -> Option<String> {
    let (reserved, dialect) = (store.reserved(), store.dialect());
    let schemas: Vec<&str> = reserved.iter().map(String::as_str).collect();
    settings.iter().find_map(|(name, value)| {
        let schema = sql::named_schema(&format!("SET {name} = {value}"), dialect, &schemas, false)?;
        Some(format!("the session variable {name} names the schema {schema}, which is the orchestrator's own"))
    })
}
