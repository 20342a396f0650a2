//! The database, the schemas' names, and SQL with those names filled in.

use super::Result;
use crate::database::{Database, Schemas, ServerKind};
use crate::sql::{Dialect, quote_identifier};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The store: its database, the prefix of its tables and the names of its schemas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    database: Arc<dyn Database>,
    prefix: String,
    /// Texts with the names filled in, by template: they are asked for at every commit and poll.
    filled: Mutex<HashMap<&'static str, Arc<str>>>,
}

impl Store {
    /// The store in the schemas that the database names.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self::with_prefix(database, "")
    }

    /// The same with a prefix before every table (`lupo_` in later legacy versions).
    pub fn with_prefix(database: Arc<dyn Database>, prefix: impl Into<String>) -> Self {
        Self { inner: Arc::new(Inner { database, prefix: prefix.into(), filled: Mutex::default() }) }
    }

    /// The database.
    pub fn database(&self) -> &Arc<dyn Database> {
        &self.inner.database
    }

    /// The schemas' names.
    pub fn schemas(&self) -> &Schemas {
        self.inner.database.schemas()
    }

    /// The schemas that no file may name: what happened, and what is kept, is nothing that a file may touch.
    pub fn reserved(&self) -> Vec<String> {
        vec![self.schemas().orchestration.clone(), self.schemas().undo.clone()]
    }

    /// The prefix before every table.
    pub fn prefix(&self) -> &str {
        &self.inner.prefix
    }

    /// Kind of server that it is on.
    pub fn kind(&self) -> ServerKind {
        self.inner.database.kind()
    }

    pub fn dialect(&self) -> Dialect {
        self.kind().dialect()
    }

    /// A fixed text with its names filled in: see [`Store::fill`].
    pub(crate) fn sql(&self, template: &'static str) -> Result<Arc<str>> {
        let mut filled = self.inner.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = filled.get(template) {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = self.fill(template)?.into();
        filled.insert(template, Arc::clone(&text));
        Ok(text)
    }

    /// Fills in `{orchestration}` (a schema, quoted), `{orchestration.migration_files}` (a table of it, prefixed and
    /// quoted), `{orchestration.*}` (all of it, in a grant), and `{now_ms}` (the server's own clock in milliseconds
    /// since 1970, whatever the session's timestamp). Other braces stay.
    pub(super) fn fill(&self, template: &str) -> Result<String> {
        let mut text = String::with_capacity(template.len() + 200);
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            text.push_str(&rest[..open]);
            rest = &rest[open..];
            let close = rest.find('}').map_or(rest.len(), |at| at + 1);
            match self.placeholder(rest[..close].trim_matches(['{', '}']))? {
                Some(name) => text.push_str(&name),
                None => text.push_str(&rest[..close]),
            }
            rest = &rest[close..];
        }
        text.push_str(rest);
        Ok(text)
    }

    fn placeholder(&self, word: &str) -> Result<Option<String>> {
        if word == "now_ms" {
            return Ok(Some(self.now_ms().to_owned()));
        }
        let (schema, object) = word.split_once('.').map_or((word, None), |(schema, object)| (schema, Some(object)));
        let schemas = self.schemas();
        let schema = match schema {
            "core" => &schemas.core,
            "orchestration" => &schemas.orchestration,
            "ephemeral" => &schemas.ephemeral,
            "undo" => &schemas.undo,
            _ => return Ok(None),
        };
        let schema = quote_identifier(schema, self.dialect())?;
        Ok(Some(match object {
            None => schema,
            // In a grant on a whole schema `_` and `%` are wildcards.
            Some("*") => format!("{}.*", schema.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%")),
            Some(object) => format!("{schema}.{}", quote_identifier(&self.table(object), self.dialect())?),
        }))
    }

    /// A table's or routine's name as it stands on the server.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}{name}", self.inner.prefix)
    }

    /// SYSDATE, not NOW: a session can set its own timestamp, and a transaction's does not move.
    fn now_ms(&self) -> &'static str {
        match self.kind() {
            ServerKind::Sqlite => "CAST(ROUND(unixepoch('now', 'subsec') * 1000) AS INTEGER)",
            ServerKind::MariaDb | ServerKind::MySql => "CAST(ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000) AS SIGNED)",
        }
    }

    /// Gives the words between the values of an INSERT and the assignments for a key that is there.
    pub(super) fn upsert_words(&self) -> &'static str {
        match self.kind() {
            ServerKind::Sqlite => "ON CONFLICT DO UPDATE SET",
            ServerKind::MariaDb | ServerKind::MySql => "ON DUPLICATE KEY UPDATE",
        }
    }

    /// The value that an INSERT wanted to write into a column whose key is there.
    pub(super) fn wanted(&self, column: &str) -> String {
        match self.kind() {
            ServerKind::Sqlite => format!("excluded.{column}"),
            ServerKind::MariaDb | ServerKind::MySql => format!("VALUES({column})"),
        }
    }
}
