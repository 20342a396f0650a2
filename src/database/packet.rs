//! Fixed statements that belong together: one transaction, and where the server takes several statements in one text, one
//! way there and back.

use super::Value;

/// Statements with bound values (`?`), in the order in which they take effect.
#[derive(Debug, Default)]
pub struct Packet {
    statements: Vec<(String, Vec<Value>)>,
}

impl Packet {
    /// Adds a statement to the end.
    pub fn add(&mut self, sql: impl Into<String>, values: impl Into<Vec<Value>>) {
        self.statements.push((sql.into(), values.into()));
    }

    /// The statements, each with its values.
    pub fn statements(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.statements.iter().map(|(sql, values)| (sql.as_str(), values.as_slice()))
    }
}
